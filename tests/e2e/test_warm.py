"""A command in a fork of a process that has imported it is like one that Python was started for."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.command import SONIQ, WAIT_S, Soniq
from tests.e2e.warm import WARM, Warm
from tests.ui.term import Term, plain


@pytest.mark.parametrize(
    "words",
    [("status", "--json"), ("export", "tracks", "--csv"), ("hold", "nowhere"), ("--help",), ("x",)],
)
def test_it_says_the_same_and_ends_in_the_same_way(scanned: Soniq, words: tuple[str, ...]) -> None:
    """Standard output, standard error and exit status are those of a real start."""
    warm, real = scanned.run(*words), scanned.run(*words, before=("env",))
    assert real.args[:2] == ["env", SONIQ[0]]
    assert warm.args[0] == words[0]
    assert (warm.stdout, warm.stderr) == (real.stdout, real.stderr)
    assert warm.returncode == real.returncode


def test_nothing_goes_over_from_one_to_the_next(soniq: Soniq) -> None:
    """Each has the environment that it was given, and nothing else of anybody's."""
    assert soniq.run("status", env={"SONIQ_LOG_LEVEL": "x"}).returncode == 2
    assert soniq.run("status").returncode == 0


def test_who_takes_too_long_is_killed(soniq: Soniq, tmp_path: Path) -> None:
    """As by ``subprocess``."""
    os.mkfifo(tmp_path / "never")
    with pytest.raises(subprocess.TimeoutExpired):
        WARM.run(["status", "--config", str(tmp_path / "never")], soniq.env, 0.2)


@pytest.mark.parametrize("session", [False, True])
def test_what_was_started_is_heard_and_told(soniq: Soniq, session: bool) -> None:
    """It runs where it was asked to, hears signals, and what it says until its end is kept."""
    serve = soniq.start("serve", start_new_session=session)
    told = f"soniq-tui: the engine works in {soniq.data}, process {serve.pid}\n"
    assert serve.stderr.readline() == told
    assert (os.getsid(serve.pid) == serve.pid) is session
    with pytest.raises(subprocess.TimeoutExpired):
        serve.communicate(timeout=0.01)
    assert serve.poll() is None
    wrong, whole = soniq.start("x"), soniq.run("x")
    assert wrong.communicate(timeout=WAIT_S) == (whole.stdout, whole.stderr)
    assert "no command 'x'" in wrong.communicate()[1]
    assert wrong.returncode == whole.returncode
    serve.terminate()
    assert serve.communicate(timeout=WAIT_S) == ("", "")
    assert serve.returncode == 143
    assert serve.stdout.closed
    assert serve.stderr.closed
    with pytest.raises(ProcessLookupError):
        os.kill(serve.pid, 0)


def test_what_is_read_at_a_start_needs_a_real_one(soniq: Soniq) -> None:
    """A locale, or where to be killed, is not taken up by a process that runs already."""
    assert Warm().can(soniq.env | {"PYTHONPATH": str(soniq.home)})
    assert not Warm().can(soniq.env | {"LC_ALL": "C"})
    assert not Warm().can(soniq.env | {"PYTHONUTF8": "0"})
    assert not Warm().can(soniq.env | {"TEST_SONIQ_CRASH_AT": "journal.before_commit:1"})


@pytest.mark.parametrize("cold", [False, True])
def test_a_console_begins_and_ends_in_the_same_way(soniq: Soniq, cold: bool) -> None:
    """On a terminal in a session of its own, it shows the same and leaves the same behind."""
    argv = [*SONIQ, "--data-dir", str(soniq.data)]
    with Term(argv=argv, env=soniq.env, cold=cold) as term:
        assert isinstance(term.process, subprocess.Popen) is cold
        assert term.sees("new batch")
        assert os.getsid(term.process.pid) == term.process.pid
        streams = Path(f"/proc/{term.process.pid}/fd")
        (terminal,) = {(streams / str(number)).readlink() for number in range(3)}
        assert terminal.parent == Path("/dev/pts")
        term.keys("q")
        assert term.ended() == 0
        assert b"\x1b[?1049l" in term.all[-4000:]
    with Term(argv=argv, env=soniq.env, cold=cold) as term:
        assert term.sees("new batch")
        term.process.send_signal(signal.SIGTERM)
        assert term.ended() == 143
        assert "stopped by SIGTERM" in plain(term.all)
