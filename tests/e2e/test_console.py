"""The real console with its engine, on a pseudo-terminal, as a person meets it."""

import os
import signal
from pathlib import Path

import pytest

from tests.e2e.command import MANY, SONIQ, Soniq
from tests.ui.term import Term, plain

GIVEN_BACK = (b"\x1b[?1049l", b"\x1b[?25h")
"""Main screen, cursor."""


def console(soniq: Soniq, *words: object, **size: int) -> Term:
    """Open the console."""
    argv = [*SONIQ, *map(str, words), "--data-dir", str(soniq.data)]
    return Term(argv=argv, env=soniq.env, **size)


def counts(soniq: Soniq) -> list[tuple[str, int, int]]:
    """Return state, ended and total of each batch."""
    found = []
    for batch in soniq.status()["batches"]:
        items = batch["items"]
        ended = items["done"] + items["skipped"] + items["failed"]
        found.append((batch["state"], ended, items["total"]))
    return found


def test_first_start_says_what_this_is(soniq: Soniq) -> None:
    """The first start tells what to press; ``q`` leaves at once and gives the terminal back."""
    with console(soniq) as term:
        assert term.until("new batch") is not None
        term.keys("q")
        assert term.ended() == 0
        assert all(sign in term.all[-4000:] for sign in GIVEN_BACK)


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_gives_the_terminal_back(soniq: Soniq, many: Path, number: int) -> None:
    """Ended by a signal it stops the work in order, restores the screen and says by which."""
    with console(soniq, "scan", many) as term:
        assert term.until("/s") is not None
        term.process.send_signal(number)
        assert term.ended() == 128 + number
        assert all(sign in term.all[-4000:] for sign in GIVEN_BACK)
    assert counts(soniq)[0][0] == "running"


def test_a_closed_terminal_ends_in_order(soniq: Soniq, many: Path) -> None:
    """A terminal that is closed leaves a journal from which ``resume`` finishes."""
    with console(soniq, "scan", many) as term:
        assert term.until("/s") is not None
        term.process.send_signal(signal.SIGHUP)
        term.hang_up()
        assert term.ended(8) == 128 + signal.SIGHUP
    assert soniq.run("resume", "--headless").returncode == 0
    assert counts(soniq) == [("done", MANY, MANY)]


def test_a_second_console_is_told_in_one_line(soniq: Soniq, many: Path) -> None:
    """A second host on the same data says who is there and ends with status 3."""
    with console(soniq, "scan", many) as first:
        assert first.until("/s") is not None
        with console(soniq) as second:
            assert second.ended(10) == 3
            assert f"process {first.process.pid}" in plain(second.all)


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
        children = descendants(term.process.pid)
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
