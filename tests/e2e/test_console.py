"""The real console with its engine, on a pseudo-terminal, as a person meets it."""

import os
import signal
import time
from pathlib import Path

import pytest

from soniq_tui.host.lock import holder
from tests.e2e.command import MANY, SOME, SONIQ, WAIT_S, Soniq
from tests.ui.term import Term, plain

GIVEN_BACK = (b"\x1b[?1049l", b"\x1b[?25h")
"""Main screen, cursor."""


def console(soniq: Soniq, *words: object, **size: int) -> Term:
    """Open the console."""
    argv = [*SONIQ, *map(str, words), "--data-dir", str(soniq.data)]
    return Term(argv=argv, env=soniq.env, **size)


def last_line(term: Term) -> str:
    """Return what stands last on the main screen after the console."""
    return plain(term.all.rpartition(GIVEN_BACK[0])[2]).split("\n")[-2].strip()


def counts(soniq: Soniq) -> list[tuple[str, int, int]]:
    """Return state, ended and total of each batch."""
    found = []
    for batch in soniq.status()["batches"]:
        items = batch["items"]
        ended = items["done"] + items["skipped"] + items["failed"]
        found.append((batch["state"], ended, items["total"]))
    return found


def free(soniq: Soniq) -> None:
    """Return when the engine has ended by itself and let go."""
    until_s = time.monotonic() + WAIT_S
    while holder(soniq.data) is not None:
        assert time.monotonic() < until_s, "it still works"
        time.sleep(0.05)


def held(soniq: Soniq) -> None:
    """Hold the last queue, so that no batch ends before it is released."""
    assert soniq.run("hold", "insert").returncode == 0


def at_work(soniq: Soniq, term: Term) -> int:
    """Return the host when its batch is on the screen and cannot end."""
    assert term.until("music") is not None
    return soniq.wait_for(lambda now: any(b.items.total for b in now.batches)).engine.pid


def test_first_start_says_what_this_is(soniq: Soniq) -> None:
    """The first start tells what to press; ``q`` leaves at once and gives the terminal back."""
    with console(soniq) as term:
        assert term.until("new batch") is not None
        term.keys("q")
        assert term.ended() == 0
        assert all(sign in term.all[-4000:] for sign in GIVEN_BACK)


def test_after_a_demo_the_own_console_is_there_again(soniq: Soniq) -> None:
    """``D`` shows the demo in a console of its own; leaving that is not leaving this one."""
    with console(soniq) as term:
        assert term.until("runs the demo") is not None
        term.keys("D")
        assert term.sees("400/400", "· idle")
        term.keys("q")
        assert term.until("runs the demo") is not None
        assert soniq.status()["batches"] == []
        term.keys("q")
        assert term.ended() == 0


def test_a_scan_is_seen_to_its_end(soniq: Soniq, library: Path) -> None:
    """A scan opens the console on its batch; what failed is listed when all is committed."""
    with console(soniq, "scan", library) as term:
        assert term.until("60/60") is not None
        term.keys("e")
        assert term.until("corrupt") is not None
        term.keys("q")
        assert term.ended() == 0
    assert counts(soniq) == [("done", 60, 60)]


def test_stop_now_keeps_the_work_and_the_next_start_goes_on(soniq: Soniq, many: Path) -> None:
    """``q`` while work runs asks; ``s`` stops within seconds; the next console finishes it."""
    with console(soniq, "scan", many) as term:
        assert term.until("/s") is not None
        term.keys("q")
        assert term.until("stop now") is not None
        term.keys("s")
        assert term.ended() == 0
    state, ended, _ = counts(soniq)[0]
    assert (state, ended < MANY) == ("running", True)
    with console(soniq) as term:
        assert term.until(f"{MANY:,}/{MANY:,}", 30) is not None
        term.keys("q")
        assert term.ended() == 0
    assert counts(soniq) == [("done", MANY, MANY)]


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_a_signal_gives_the_terminal_back(soniq: Soniq, many: Path, number: signal.Signals) -> None:
    """Ended by a signal it stops the work in order, restores the screen and says by which."""
    with console(soniq, "scan", many) as term:
        assert term.until("/s") is not None
        term.process.send_signal(number)
        assert term.ended() == 128 + number
        assert all(sign in term.all[-4000:] for sign in GIVEN_BACK)
        hint = soniq.hint("resume")
        assert last_line(term) == f"soniq-tui: stopped by {number.name}; {hint} goes on"
    assert counts(soniq)[0][0] == "running"


@pytest.mark.parametrize("how", ["signal and close", "close", "signal"])
def test_a_lost_terminal_stops_no_work(soniq: Soniq, some: Path, how: str) -> None:
    """A terminal that hangs up takes the screen with it, and nothing else."""
    held(soniq)
    with console(soniq, "scan", some) as term:
        host = at_work(soniq, term)
        if "signal" in how:
            term.process.send_signal(signal.SIGHUP)
        if "close" in how:
            term.hang_up()
        # Here the terminal controls nobody, so to close it sends no signal.
        assert term.ended(8) == (128 + signal.SIGHUP if "signal" in how else 0)
        if "close" not in how:
            assert last_line(term).startswith("soniq-tui: SIGHUP; the work goes on without a")
        assert holder(soniq.data) == host
        assert os.getsid(host) == host
    soniq.run("release", "insert")
    free(soniq)
    assert counts(soniq) == [("done", SOME, SOME)]


def test_detach_gives_the_shell_back_and_works_on(soniq: Soniq, some: Path) -> None:
    """``q`` and ``d`` end the command with 0; the batch ends without it, and then the host."""
    held(soniq)
    with console(soniq, "scan", some) as term:
        host = at_work(soniq, term)
        term.keys("q")
        assert term.until("detach") is not None
        term.keys("d")
        assert term.ended() == 0
        assert all(sign in term.all[-4000:] for sign in GIVEN_BACK)
        assert "the work goes on" in plain(term.all)
        assert holder(soniq.data) == host
    soniq.run("release", "insert")
    free(soniq)
    assert counts(soniq) == [("done", SOME, SOME)]
    assert not (soniq.data / "engine.sock").exists()


def test_a_detached_engine_ends_in_order_by_a_signal(soniq: Soniq, some: Path) -> None:
    """SIGTERM ends what went on without a screen; a hang-up does not."""
    held(soniq)
    with console(soniq, "scan", some) as term:
        host = at_work(soniq, term)
        term.keys("q")
        assert term.sees("detach")
        term.keys("d")
        assert term.ended() == 0
    os.kill(host, signal.SIGHUP)
    os.kill(host, signal.SIGTERM)
    free(soniq)
    assert counts(soniq)[0][0] == "running"


def test_a_second_console_shows_the_same_and_leaves_alone(soniq: Soniq, some: Path) -> None:
    """A second console attaches; what it pauses is paused in both; it leaves without a trace."""
    held(soniq)
    with console(soniq, "scan", some) as first:
        at_work(soniq, first)
        with console(soniq) as second:
            assert second.until("music") is not None
            assert soniq.run("pause", "all").stdout.startswith("1 batch paused")
            assert first.until("paused") is not None
            assert soniq.run("unpause", "1").returncode == 0
            second.keys("q")
            assert second.ended() == 0
        assert first.process.poll() is None
        soniq.run("release", "insert")
        assert first.until(f"{SOME:,}/{SOME:,}", 30) is not None
        first.keys("q")
        assert first.ended() == 0
    assert counts(soniq) == [("done", SOME, SOME)]


def test_an_attached_console_can_stop_the_engine(soniq: Soniq, some: Path) -> None:
    """An action of a second console stops the engine; the first ends with it."""
    held(soniq)
    with console(soniq, "scan", some) as first:
        at_work(soniq, first)
        with console(soniq) as second:
            assert second.until("music") is not None
            second.keys(":stop engine\r")
            assert second.sees("stop now")
            second.keys("s")
            assert second.ended(8) == 0
        assert first.ended(8) == 0
    free(soniq)
    assert counts(soniq)[0][0] == "running"


def test_a_console_on_a_batch_of_an_engine_elsewhere(soniq: Soniq, library: Path) -> None:
    """``scan`` in a terminal beside a running engine shows the batch that it began there."""
    serve = soniq.start("serve")
    soniq.wait_for(lambda now: now.engine.pid)
    with console(soniq, "scan", library) as term:
        assert term.until("60/60") is not None
        term.keys("q")
        assert term.ended() == 0
    assert serve.poll() is None
    assert counts(soniq) == [("done", 60, 60)]


def test_a_killed_console_gives_the_terminal_back(soniq: Soniq, some: Path) -> None:
    """The launcher restores the screen of a console that was killed, and tells by what."""
    held(soniq)
    with console(soniq, "scan", some) as term:
        os.kill(at_work(soniq, term), signal.SIGKILL)
        assert term.ended(8) == 128 + signal.SIGKILL
        assert all(sign in term.all[-4000:] for sign in GIVEN_BACK)
        assert last_line(term).startswith("soniq-tui: killed by SIGKILL")
        assert last_line(term).endswith(f"{soniq.hint('resume')} goes on")
    assert soniq.run("release", "insert").returncode == 0  # by a host that takes over
    log = (soniq.data / "soniq.log").read_text()
    assert "the last host died" in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_console_that_only_looks_says_what_ended_it(soniq: Soniq, number: signal.Signals) -> None:
    """A signal to a console of an engine elsewhere: one line, and the engine works on."""
    serve = soniq.start("serve")
    soniq.wait_for(lambda now: now.engine.pid and not now.engine.trouble)
    with console(soniq) as term:
        assert term.until("new batch") is not None
        term.process.send_signal(number)
        assert term.ended(8) == 128 + number
        assert last_line(term).startswith(f"soniq-tui: stopped by {number.name}; the engine works")
    assert serve.poll() is None


def test_a_console_without_work_says_what_ended_it(soniq: Soniq) -> None:
    """A signal to a console with nothing to do names the signal, and promises nothing."""
    with console(soniq) as term:
        assert term.until("new batch") is not None
        soniq.wait_for(lambda now: now.engine.pid and not now.engine.trouble)
        term.process.send_signal(signal.SIGTERM)
        assert term.ended(8) == 143
        assert last_line(term) == "soniq-tui: stopped by SIGTERM; nothing was left to do"


@pytest.mark.parametrize("term_is", ["dumb", ""])
def test_a_terminal_that_cannot_paint_gets_the_status(soniq: Soniq, term_is: str) -> None:
    """With TERM=dumb, or none, there is no console: the status, and one sentence."""
    soniq.env["TERM"] = term_is
    with console(soniq) as term:
        assert term.ended() == 0
        assert b"\x1b" not in term.all
        lines = plain(term.all).splitlines()
    assert lines[0] == "engine: none"
    assert lines[-1].startswith("no console here")
    assert not soniq.data.exists()


def test_hostile_names_reach_the_terminal_as_text(soniq: Soniq, tmp_path: Path) -> None:
    """Names with control sequences, bidi marks and brackets are shown, never obeyed."""
    music = tmp_path / "music"
    music.mkdir()
    names = ("[b +", "Artist [Live]", "\x1b]0;PWNED\x07", "\x9b31m c1", "rtl \u202e gpj")
    for name in names:
        (music / f"{name}.mp3").write_bytes(b"no audio at all")
    with console(soniq, "scan", music) as term:
        assert term.until("5/5") is not None
        for key in ("e", "\r", "\r", "\x1b", "\x1b", "2", "\r", "\x1b", "1"):
            term.keys(key)
            term.read(0.3)
        assert term.process.poll() is None
        for bad in (b"\x1b]0;PWNED", "\x9b31m".encode(), "\u202e".encode()):
            assert bad not in term.all
        assert "[Live]" in plain(term.all)


def test_finishing_can_be_cut_short(soniq: Soniq, many: Path) -> None:
    """After ``q`` and ``f`` what runs is finished; Ctrl+C then ends it within its grace time."""
    with console(soniq, "scan", many) as term:
        assert term.until("/s") is not None
        children = descendants(holder(soniq.data))
        for pid in children:
            os.kill(pid, signal.SIGSTOP)  # as if the disk did not answer
        term.keys("q")
        assert term.until("finish") is not None
        term.keys("f")
        assert term.until("Ctrl+C stops it now") is not None
        term.process.send_signal(signal.SIGINT)
        assert term.ended(8) == 130


def descendants(pid: int) -> list[int]:
    """Return the children of the children of a process: those that do the work."""
    return [child for template in _children(pid) for child in _children(template)]


def _children(pid: int) -> list[int]:
    return [int(w) for w in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
