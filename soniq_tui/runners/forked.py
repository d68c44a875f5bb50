"""Begins a template as a fork of this process, with all the modules that it has already.

That takes a millisecond where a new interpreter takes as long as all that it has to import. Only a
process without threads can do it, so early that it has nothing open that is its own alone.
"""

import ctypes
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from soniq_tui.runners import template
from soniq_tui.runners.processes import wait_for
from soniq_tui.runners.starting import MARK, Started

NAME = b"soniq-tui: its children"
"""How a template and what it forks is called in ``ps``, where there is room for it."""
_ARGUMENTS, _ENVIRONMENT = slice(48 - 3, 50 - 3), slice(50 - 3, 52 - 3)
"""Fields of /proc/PID/stat (proc_pid_stat(5)), counted from the third, which follows the name:
where in memory lie, from and to, the words that the program was begun with."""


class Twin:
    """A child of this process, with as much of ``subprocess.Popen`` as a template's host uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, None as long as it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def kill(self) -> None:
        """Send SIGKILL; not reaped, the number is still its own."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended, as soon as it has.

        Raises:
            subprocess.TimeoutExpired: it has not after so many seconds.
        """
        while (code := self.poll()) is None:
            if not wait_for(self.pid, timeout):
                raise subprocess.TimeoutExpired("template", timeout or 0.0)
        return code


def start(mark: str, importer: str) -> Started | None:
    """Fork a template, which dies with the thread that calls this; None where that cannot be.

    ``importer``: what its first child will work for.

    Raises:
        OSError: the system allows no further process.
    """
    words = os.fsencode(f"{MARK}={mark}")
    if len(os.listdir("/proc/self/task")) > 1 or _place(_ENVIRONMENT)[1] <= len(words):  # noqa: PTH208  a count
        return None
    here, there = socket.socketpair()
    host_pid = os.getpid()
    gc.freeze()  # neither is to touch, and so to copy, what they share
    # What a handler raises in one of the modules' own calls at a fork is lost, and the signal too.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    with there:
        try:
            pid = os.fork()
            if pid == 0:
                _be_template(there.detach(), host_pid, mark, importer, mask)
        except OSError:
            here.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return Started(Twin(pid), here)


def _be_template(
    fd: int, host_pid: int, mark: str, importer: str, mask: set[signal.Signals | int]
) -> NoReturn:
    """Be as if begun by exec: in a session of its own, marked, without what is the host's.

    ``mask``: the signals that were blocked before those of the fork were.
    """
    status = 1
    try:
        os.setsid()
        _wear(mark)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        for other in set(map(int, os.listdir("/proc/self/fd"))) - {0, 1, 2, fd}:  # noqa: PTH208  numbers
            with suppress(OSError):  # the listing's own
                if not _is_libffis(other):
                    os.close(other)
        _leave_folder()
        root = logging.getLogger()
        root.handlers.clear()
        root.setLevel(logging.WARNING)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        template.main(fd, host_pid, importer)
        status = 0
    finally:
        os._exit(status)  # never back into what the host does, whatever happened


def _is_libffis(fd: int) -> bool:
    """Whether it is libffi's own file: from 3.4 on that maps it again for callbacks to come.

    It does not look whether another file has that number by then.
    """
    return Path(os.readlink(f"/proc/self/fd/{fd}")).name.startswith("libffi.")  # noqa: PTH115  text


def _place(fields: slice) -> tuple[int, int]:
    """Return where words of this process begin that the kernel tells, and how many bytes there are.

    They are all 0 where the kernel keeps them to itself.
    """
    words = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[fields]
    begin, end = map(int, words)
    return begin, end - begin


def _wear(mark: str) -> None:
    """Set ``MARK``, and let the kernel tell it, and a name, of this process and of all its forks.

    What it tells (``/proc/PID/environ``) is the memory where the environment lay when the program
    began. Everything is put elsewhere first: the C library copies what it is told to set. Of what
    else stood there the longest has to make room.
    """
    os.environ[MARK] = mark
    for name, value in os.environb.items():
        if name:  # setenv(3) refuses one that is empty
            os.putenv(name, value)
    words = [name + b"=" + value for name, value in os.environb.items()]
    words.sort(key=lambda word: (not word.startswith(os.fsencode(f"{MARK}=")), len(word)))
    _write(_ENVIRONMENT, words)
    _write(_ARGUMENTS, [NAME])


def _write(fields: slice, words: list[bytes]) -> None:
    """Write as many words as there is room for where the kernel looks for them."""
    begin, size = _place(fields)
    text = b""
    for word in words:
        if len(text) + len(word) < size:
            text += word + b"\0"
    ctypes.memmove(begin, text.ljust(size, b"\0"), size)


def _leave_folder() -> None:
    """Keep the current folder off the module path, as ``python -P`` does; see ``boot.py``."""
    here = {""}
    with suppress(FileNotFoundError):  # it has been removed
        here.add(str(Path.cwd()))
    root = str(Path(__file__).parents[2])
    if sys.path and sys.path[0] in here - {root}:
        del sys.path[0]
    if root not in sys.path:
        sys.path.insert(0, root)
