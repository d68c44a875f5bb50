"""The process that the shell waits for while the console works in its child.

So the console can go on without its terminal: a child may begin a session of its own, which the
leader of a process group may not (setsid(2)), and the shell gets its prompt back when the launcher
ends. It forks before any thread or event loop exists, then only waits for signals.
"""

import os
import signal
import sys
import termios
from collections.abc import Callable
from contextlib import suppress

from soniq_tui.host import out

DETACHED = signal.SIGUSR1
"""From the child, and from nobody else: it goes on alone."""
HANGUP_STATUS = 128 + signal.SIGHUP
WAITED = frozenset(
    {
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGTSTP,
        signal.SIGCHLD,
        DETACHED,
    }
)
GIVE_BACK = b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1049l\x1b[?25h\x1b[m"
"""No mouse reports, no bracketed paste, main screen, cursor, plain colours."""


def run(work: Callable[[Callable[[], None]], int]) -> int:
    """Do ``work`` in a child and return its exit status, in both processes.

    ``work`` is given a function that lets the child go on alone: the launcher then returns 0.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whoever started us may have had it ignored
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WAITED)
    sys.stdout.flush()
    sys.stderr.flush()
    launcher = os.getpid()
    child = os.fork()
    if child:
        return _wait(child)
    # Ctrl-Z would stop the work; a console that is in the way is detached.
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return work(lambda: detach(launcher))


def detach(launcher: int) -> None:
    """Leave terminal and session, and tell the launcher, if it is still there."""
    with suppress(PermissionError):  # the leader of a group already has a session of its own, or
        os.setsid()  # somebody to share it with
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    os.close(null)
    if os.getppid() == launcher:
        os.kill(launcher, DETACHED)


def _wait(child: int) -> int:
    """Return how the child ended, or 0 as soon as it goes on alone."""
    terminal = _terminal()
    hung_up = False
    while True:
        info = signal.sigwaitinfo(WAITED)
        number = info.si_signo
        if number == signal.SIGCHLD:
            ended, how = os.waitpid(child, os.WNOHANG)
            if ended:
                return _status(how, terminal)
        elif number == DETACHED:
            if info.si_pid == child:
                return HANGUP_STATUS if hung_up else 0
        elif number in {signal.SIGTERM, signal.SIGHUP} or (
            # What the terminal sends, it sends to both; what a person sends comes here alone.
            number in {signal.SIGINT, signal.SIGQUIT} and info.si_code <= 0
        ):
            hung_up = hung_up or number == signal.SIGHUP
            os.kill(child, number)


def _terminal() -> list[object] | None:
    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def _status(how: int, terminal: list[object] | None) -> int:
    code = os.waitstatus_to_exitcode(how)
    if code >= 0:
        return code
    if terminal is not None:
        # It was killed and could not give the terminal back itself.
        with suppress(termios.error, OSError):
            os.write(2, GIVE_BACK)
            termios.tcsetattr(0, termios.TCSADRAIN, terminal)  # type: ignore[arg-type]
    text = out.hinted(f"soniq-tui: {_word(-code)}; 'soniq-tui resume' goes on\n")
    with suppress(OSError):
        os.write(2, text.encode(errors="replace"))
    return 128 - code


def _word(number: int) -> str:
    if number == signal.SIGKILL:
        return "killed by SIGKILL, by hand or because memory ran out"
    try:
        return f"killed by {signal.Signals(number).name}"
    except ValueError:  # a real-time signal has no name
        return f"killed by signal {number}"
