"""A program under the launcher, for its tests: says what signals it gets, obeys what it reads."""

import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from soniq_tui.host import launcher


def say(words: bytes) -> None:
    """Write at once, also in a signal handler."""
    os.write(1, words)


def work(detach: Callable[[], None]) -> int:
    """Read words: a number ends with it, ``detach`` goes on alone and writes who it is."""
    file = Path(sys.argv[1])

    def alone(*_: object) -> None:
        detach()
        file.write_text(f"{os.getpid()} {os.getsid(0)}")
        os._exit(5)  # an exit status that nobody sees

    signal.signal(signal.SIGINT, lambda *_: say(b"interrupted\n"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, alone)
    # A signal that comes just before a blocking read would wait for it; so it makes a byte, too.
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    say(b"ready\n")
    watched = [0, woken]
    while True:
        ready, _, _ = select.select(watched, [], [])
        if woken in ready:
            os.read(woken, 100)
        if 0 in ready and (line := typed()):
            if line == b"detach":
                alone()
            return int(line)
        if 0 in ready:
            watched.remove(0)  # the terminal has gone; the signal that tells of it is on its way


def typed() -> bytes:
    """Return the next line, or nothing where the terminal has gone."""
    try:
        return os.read(0, 100).strip()
    except OSError:
        return b""


sys.exit(launcher.run(work))
