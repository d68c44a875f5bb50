"""One file: opened without blocking, its tags read within bounds, every fault given a kind."""

import errno
import io
import os
import re
import resource
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from soniq_tui.importers.music.lanes import HEAD
from soniq_tui.importers.music.lanes.dispatch import quick
from soniq_tui.importers.music.tags import MAX_READ_BYTES, Unusable
from soniq_tui.importers.music.tags.values import Fields, text
from soniq_tui.model.job import ErrorKind

MAX_CPU_S = 5.0
"""What mutagen may compute over one file; most take a thousandth of a second."""

MAX_MEMORY_BYTES = 512 * 1024 * 1024
"""What mutagen may take for one file beside what the process has; most take less than their tags
have bytes. A few KiB of packed text can be worth gigabytes."""
_AGAIN_S = 0.1
"""mutagen swallows what it meets in places: the bell then rings again."""
_BUFFER_BYTES = 16 * 1024
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
"""To open a named pipe must not wait for a writer (O_NONBLOCK); to a file that means nothing."""
_unstamped = [os.O_NOATIME]
"""Empty once it was refused: only the owner of a file, or root, may read it so (open(2))."""
_VANISHED = frozenset({errno.ENOENT, errno.ESTALE, errno.ENOTDIR})
_STORAGE = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EIO,
        errno.ELOOP,
        errno.ENXIO,
        errno.ENODEV,
        errno.ETIMEDOUT,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.EREMOTEIO,
        errno.ENOTCONN,
        errno.EMFILE,
        errno.ENFILE,
    }
)
"""What the system says of a disk or a mount; EINVAL and the like come from damaged offsets."""
_NOT_A_FILE = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_TOO_SOON = re.compile(
    r"file said \d+ bytes, read \d+ bytes|(?:DSF chunk )?truncated(?: data)?"
    r"|read b.*, expected b'OggS', at 0x.*"
    r"|unable to read (?:full (?:data|header; got b.*)|\d+ lacing bytes)"
)
"""What mutagen says of files that end, or go on otherwise, before they should: the same of all of
them, since each reason is a cause of failures of its own."""
_MAX_REASON = 300
_NO_MEMORY = "reading it needs more memory than there is"


def read(path: bytes, size: int) -> Fields:
    """Return the fields of Track that a file holds, from ``title`` to ``cover``.

    A picture beside the file is not looked for.

    Args:
        path: full path.
        size: bytes, as discovery saw them.

    Raises:
        Unusable: it cannot be read; kind and reason say why.
    """
    found = by_lane(path, size)
    return by_mutagen(path, size) if found is None else found


def by_lane(path: bytes, size: int) -> Fields | None:
    """Return what ``read`` would, None where that takes a parser; may be called in any thread.

    Raises:
        Unusable: as ``read`` has it.
    """
    fd = _open(path)
    try:
        # What has this length is the file; a third of the time that all that is said of it takes.
        if size and os.lseek(fd, 0, os.SEEK_END) == size:
            return quick(fd, os.pread(fd, HEAD, 0), size)
        _check(fd)
    except OSError as exc:
        raise _of_open(fd, exc) from exc
    except MemoryError as exc:
        raise Unusable(ErrorKind.MEMORY, _NO_MEMORY) from exc
    finally:
        os.close(fd)
    return None


def _open(path: bytes) -> int:
    """Open a file, if we may without the system's noting that it was read.

    A scan would else write to the disk for each file it reads, once a day or after each change.

    Raises:
        Unusable: it cannot be opened.
    """
    for flag in _unstamped:
        try:
            return os.open(path, _FLAGS | flag)
        except PermissionError as exc:
            if exc.errno != errno.EPERM:
                raise _of_system(exc) from exc
            _unstamped.clear()
        except OSError as exc:
            raise _of_system(exc) from exc
    try:
        return os.open(path, _FLAGS)
    except OSError as exc:
        raise _of_system(exc) from exc


def by_mutagen(path: bytes, size: int) -> Fields:
    """Return what ``read`` would if there were no lanes; what these are held against.

    Raises:
        Unusable: as ``read`` has it.
    """
    fd = _open(path)
    try:
        _check(fd)
        return _parsed(fd, path, size)
    finally:
        os.close(fd)


def _check(fd: int) -> None:
    """Make sure that what is open is a file that holds something."""
    info = os.fstat(fd)
    if not stat.S_ISREG(info.st_mode):
        what = next((word for is_a, word in _NOT_A_FILE if is_a(info.st_mode)), "something")
        raise Unusable(ErrorKind.UNREADABLE, f"{what}, not a file")
    if info.st_size == 0:
        raise Unusable(ErrorKind.CORRUPT, "the file is empty")


class _Bounded(io.FileIO):
    """A file that can be read from only so much in all."""

    left = MAX_READ_BYTES

    def readinto(self, buffer: Any, /) -> int | None:
        got = super().readinto(buffer)
        self.left -= got or 0
        if self.left < 0:
            mib = MAX_READ_BYTES >> 20
            raise Unusable(ErrorKind.TOO_BIG, f"its tags do not end within {mib} MiB")
        return got


class _Buffered(io.BufferedReader):
    """Makes room for what is there, not for the gigabytes that a damaged size asks for."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _BUFFER_BYTES:
            there = os.fstat(self.fileno()).st_size - self.tell()
            size = max(0, min(size, there))
        return super().read(size)


def _parsed(fd: int, path: bytes, size: int) -> Fields:
    """Have mutagen read an open file, within bounds of bytes and of time."""
    from soniq_tui.importers.music.tags.mutagen_files import load

    try:
        raw = _Bounded(fd, closefd=False)
        raw.name = path
        with _Buffered(raw, _BUFFER_BYTES) as file, _deadline(), _little():
            return load(file, size)
    except Unusable:
        raise
    except OSError as exc:
        raise _of_system(exc) from exc
    except MemoryError as exc:
        raise Unusable(ErrorKind.MEMORY, _NO_MEMORY) from exc
    except Exception as exc:
        # mutagen lets out what its arithmetic meets on damaged input (struct.error, IndexError,
        # RecursionError, ...): one such file must not end its chunk.
        raise _of_parser(exc, path) from exc


@contextmanager
def _deadline() -> Iterator[None]:
    """Raise Unusable inside once the process has computed for ``MAX_CPU_S``.

    Damaged counts and sizes can keep a parser busy for minutes. Only the main thread can be
    interrupted; in any other one nothing is bounded.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    over = False

    def ring(*_: object) -> None:
        if not over:
            raise Unusable(ErrorKind.TIMEOUT, f"its tags took more than {MAX_CPU_S:g} s to read")

    handler = signal.signal(signal.SIGPROF, ring)
    timer = signal.setitimer(signal.ITIMER_PROF, MAX_CPU_S, _AGAIN_S)
    try:
        try:
            yield
        finally:
            over = True  # a signal that is on its way is let go
    finally:
        signal.setitimer(signal.ITIMER_PROF, *timer)
        signal.signal(signal.SIGPROF, handler)


@contextmanager
def _little() -> Iterator[None]:
    """Let allocations fail inside that would make the process ``MAX_MEMORY_BYTES`` larger.

    In the main thread alone: the bound is that of the whole process.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123  proc_pid_statm(5): pages
        most = int(statm.read().split()[5]) * resource.getpagesize() + MAX_MEMORY_BYTES
    if before[0] == resource.RLIM_INFINITY or most < before[0]:
        resource.setrlimit(resource.RLIMIT_DATA, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _of_open(fd: int, exc: OSError) -> Unusable:
    """Return what is wrong with what is open and cannot be read: mostly, that it is no file."""
    try:
        _check(fd)
    except Unusable as fault:
        return fault
    except OSError as again:
        return _of_system(again)
    return _of_system(exc)


def _of_system(exc: OSError) -> Unusable:
    if exc.errno in _VANISHED:
        return Unusable(ErrorKind.VANISHED, "it is no longer there")
    if exc.errno == errno.ENOMEM:
        return Unusable(ErrorKind.MEMORY, "the system has no memory left to read it")
    if exc.errno in _STORAGE:
        return Unusable(ErrorKind.UNREADABLE, exc.strerror or "the system refuses to read it")
    return Unusable(ErrorKind.CORRUPT, "damaged or cut short")


def _of_parser(exc: Exception, path: bytes) -> Unusable:
    cause = exc.args[0] if exc.args else None
    if isinstance(cause, OSError):  # mutagen wraps what the system said
        return _of_system(cause)
    if isinstance(exc, EOFError) or isinstance(cause, EOFError):
        return Unusable(ErrorKind.CORRUPT, "damaged or cut short")
    said = " ".join(str(exc).replace(repr(path), "").split())
    if _TOO_SOON.fullmatch(said):
        return Unusable(ErrorKind.CORRUPT, "damaged or cut short")
    if not said or not type(exc).__module__.startswith("mutagen"):
        said = f"the parser stumbled ({type(exc).__name__} {said}".rstrip() + ")"
    return Unusable(ErrorKind.CORRUPT, text(f"damaged: {said}", _MAX_REASON))
