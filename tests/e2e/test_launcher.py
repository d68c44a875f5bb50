"""The process that the shell waits for, on a terminal that it leads a session of."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import ROOT, WAIT_S
from tests.ui.term import Term, plain

LEAD = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv({0!r}, {1!r})"
)
"""Makes the terminal the controlling one, as a shell's is."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "alone"


@pytest.fixture
def term(place: Path) -> Iterator[Term]:
    program = [sys.executable, str(Path(__file__).with_name("launched.py")), str(place)]
    argv = [sys.executable, "-c", LEAD.format(program[0], program)]
    with Term(argv=argv, env={"PYTHONPATH": str(ROOT)}) as opened:
        assert opened.until("ready") is not None
        yield opened


def child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def who(place: Path) -> tuple[int, int]:
    """Return process and session of the child that went on alone."""
    until_s = time.monotonic() + WAIT_S
    while not place.exists() or not place.read_text():
        assert time.monotonic() < until_s
        time.sleep(0.01)
    pid, session = place.read_text().split()
    return int(pid), int(session)


def test_the_exit_status_is_the_childs(term: Term) -> None:
    """What the child ends with is what the shell sees."""
    term.keys("7\n")
    assert term.ended() == 7


def test_a_signal_arrives_once(term: Term) -> None:
    """Ctrl-C reaches the child once, by the terminal; one that is sent by hand is handed on."""
    term.keys("\x03")
    assert term.until("interrupted") is not None
    assert "interrupted" not in plain(term.read(0.3))
    term.process.send_signal(signal.SIGINT)
    assert term.until("interrupted") is not None
    term.process.send_signal(signal.SIGTERM)
    assert term.ended() == 143


def test_nothing_stops_or_fools_it(term: Term) -> None:
    """Ctrl-Z stops neither process, and a stranger cannot say that the child detached."""
    child = child_of(term.process.pid)
    term.keys("\x1a")
    os.kill(child, signal.SIGTSTP)
    term.process.send_signal(signal.SIGUSR1)
    term.read(0.2)
    term.keys("9\n")
    assert term.ended() == 9


def test_a_detached_child_goes_on_in_a_session_of_its_own(term: Term, place: Path) -> None:
    """The launcher ends with 0 as soon as the child says that it goes on alone."""
    child = child_of(term.process.pid)
    term.keys("detach\n")
    assert term.ended() == 0
    assert who(place) == (child, child)


@pytest.mark.parametrize("how", ["closed", "signalled"])
def test_a_lost_terminal_is_handed_on(term: Term, place: Path, how: str) -> None:
    """A hang-up reaches the child, which goes on alone; the launcher ends with 129."""
    child = child_of(term.process.pid)
    if how == "closed":
        term.hang_up()
    else:
        term.process.send_signal(signal.SIGHUP)
    assert term.ended() == 129
    assert who(place) == (child, child)


def test_a_killed_child_is_told_of(term: Term) -> None:
    """A child that was killed leaves a usable terminal and a status that names the signal."""
    os.kill(child_of(term.process.pid), signal.SIGKILL)
    assert term.ended() == 137
    assert b"\x1b[?1049l" in term.all
