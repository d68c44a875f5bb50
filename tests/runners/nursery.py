"""Templates as forks of a process that has imported them: as any, but begun in a few milliseconds.

A new interpreter with what a template imports costs more than all that most tests of children do.
What is begun here has its own environment, module path, session and place under its host, as
``forked`` makes them; tests of how a template starts and ends start real ones.
"""

import ctypes
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from soniq_tui.runners import forked
from soniq_tui.runners.processes import PR_SET_CHILD_SUBREAPER
from soniq_tui.runners.starting import Started

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 128 * 1024
LOOK_S = 0.0005
PR_GET_CHILD_SUBREAPER = 37
"""From linux/prctl.h."""


def be_subreaper(whether: int) -> None:
    """Take, or take no longer, what becomes an orphan below this process; see prctl(2)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, whether, 0, 0, 0)


def is_subreaper() -> bool:
    """Return whether orphans come to this process."""
    found = ctypes.c_int()
    ctypes.CDLL(None).prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(found), 0, 0, 0)
    return bool(found.value)


class Nursery:
    """Begins templates; one for each process of tests, begun when it is first used."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._door: socket.socket | None = None

    def open(self) -> socket.socket:
        """Begin what begins them, if it is not there; return the way to it."""
        if self._door is None:
            self._door, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            for end in (self._door, inner):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MOST_BYTES)
            with inner:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.runners.nursery", str(inner.fileno())],
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    pass_fds=[inner.fileno()],
                )
        return self._door

    def start(self, mark: str, importer: str = "") -> Started:
        """Begin a template as ``starting.start`` does, a child of this process."""
        door = self.open()
        here, there = socket.socketpair()
        be_subreaper(1)
        try:
            with there:
                request = [mark, importer, os.getpid(), dict(os.environ)]
                socket.send_fds(door, [json.dumps(request).encode()], [there.fileno()])
            pid = int(door.recv(100))
        finally:
            be_subreaper(0)
        return Started(forked.Twin(pid), here)

    def end(self) -> None:
        """End the process that begins them, if there is one."""
        if self._door is not None and self._process is not None:
            self._door.close()
            self._process.wait()
            self._door = self._process = None


NURSERY = Nursery()


# What follows is the other process.


def serve(door: socket.socket) -> None:
    """Begin what is asked for; end with who asks. Never called with threads."""
    while True:
        request, fds, _, _ = socket.recv_fds(door, MOST_BYTES, 1)
        if not request:
            return
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            between = os.getpid()
            pid = os.fork()
            if pid == 0:
                os.close(reading)
                os.close(writing)
                be_template(between, *json.loads(request), fds[0])
            os.write(writing, b"%d" % pid)
            os._exit(0)
        os.close(fds[0])
        os.close(writing)
        os.waitpid(between, 0)  # from now on it is a child of who asked
        door.send(os.read(reading, 100))
        os.close(reading)


def be_template(
    between: int, mark: str, importer: str, host_pid: int, env: dict[str, str], fd: int
) -> None:
    """Be a template of that host, whose child it is when ``between`` has ended."""
    os.environ.clear()
    os.environ.update(env)
    sys.path[:0] = filter(None, env.get("PYTHONPATH", "").split(os.pathsep))
    while os.getppid() == between:
        time.sleep(LOOK_S)
    forked._be_template(fd, host_pid, mark, importer, signal.pthread_sigmask(signal.SIG_BLOCK, ()))


if __name__ == "__main__":
    gc.disable()  # as in ``boot.py``
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
