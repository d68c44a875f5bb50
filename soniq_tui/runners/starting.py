"""Starting the template process; light, so that it can begin before all that will ask it for work.

It takes as long to import what it needs as the engine does. Begun beside the engine's imports, on
another core, it is ready when the engine is.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from soniq_tui.runners.forked import Twin

MARK = "CHILD_OF_SONIQ"
"""Names the variable by which everything that a template started is known, orphans included."""
BOOT = Path(__file__).with_name("boot.py")


class Started(NamedTuple):
    """A template process, and our end of the socket to it."""

    process: "subprocess.Popen[bytes] | Twin"
    socket: socket.socket

    def end(self) -> None:
        """Let it go unused."""
        self.process.kill()  # before it hears that nobody is there: how it ends is no race
        self.process.wait()
        self.socket.close()


def mark_of(board: Path, number: int) -> str:
    """Return the value of ``MARK`` for the template of that number that this process starts.

    By it all that the template starts is known, and is told from what others start.
    """
    return f"{board}:{os.getpid()}.{number}:"


def start(mark: str, importer: str = "") -> Started:
    """Start a template, which dies with the thread that calls this.

    ``importer``: what its first child will work for, where that is known.

    Raises:
        OSError: the system allows no further process.
    """
    here, there = socket.socketpair()
    with there:
        try:
            # exec, not fork: this process has threads. PR_SET_PDEATHSIG is bound to the forking
            # thread, which is the event loop's and lives as long as the host.
            process = subprocess.Popen(
                [sys.executable, "-P", str(BOOT), str(there.fileno()), str(os.getpid()), importer],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, MARK: mark},
            )
        except OSError:
            here.close()
            raise
    return Started(process, here)
