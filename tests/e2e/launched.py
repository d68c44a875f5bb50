"""A program under the launcher, for its tests: says what signals it gets, obeys what it reads."""

import os
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
    say(b"ready\n")
    for line in sys.stdin:
        if line.strip() == "detach":
            alone()
        return int(line)
    return 0


sys.exit(launcher.run(work))
