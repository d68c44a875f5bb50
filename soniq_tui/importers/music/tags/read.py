"""One file: opened without blocking, its tags read within bounds, every fault given a kind."""

import errno
import io
import os
import stat
from typing import Any

from soniq_tui.importers.music.tags import MAX_READ_BYTES, Unusable
from soniq_tui.importers.music.tags.values import Fields, text
from soniq_tui.model.job import ErrorKind

_BUFFER_BYTES = 16 * 1024
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
_MAX_REASON = 300


def read(path: bytes, size: int) -> Fields:
    """Return the fields of Track that a file holds, from ``title`` to ``cover``.

    A picture beside the file is not looked for.

    Args:
        path: full path.
        size: bytes, as discovery saw them.

    Raises:
        Unusable: it cannot be read; kind and reason say why.
    """
    from soniq_tui.importers.music.tags.mutagen_files import load

    try:
        with _open(path) as file:
            return load(file, size)
    except Unusable:
        raise
    except OSError as exc:
        raise _of_system(exc) from exc
    except MemoryError as exc:
        raise Unusable(ErrorKind.MEMORY, "reading it needs more memory than there is") from exc
    except Exception as exc:
        # mutagen lets out what its arithmetic meets on damaged input (struct.error, IndexError,
        # RecursionError, ...): one such file must not end its chunk.
        raise _of_parser(exc, path) from exc


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


def _open(path: bytes) -> io.BufferedReader:
    # O_NONBLOCK: opening a named pipe must not wait for a writer. It means nothing to a file.
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _check(os.fstat(fd))
        raw = _Bounded(fd)
    except BaseException:
        os.close(fd)
        raise
    raw.name = path
    return io.BufferedReader(raw, _BUFFER_BYTES)


def _check(info: os.stat_result) -> None:
    if not stat.S_ISREG(info.st_mode):
        what = next((word for is_a, word in _NOT_A_FILE if is_a(info.st_mode)), "something")
        raise Unusable(ErrorKind.UNREADABLE, f"{what}, not a file")
    if info.st_size == 0:
        raise Unusable(ErrorKind.CORRUPT, "the file is empty")


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
    if not said or not type(exc).__module__.startswith("mutagen"):
        said = f"the parser stumbled ({type(exc).__name__} {said}".rstrip() + ")"
    return Unusable(ErrorKind.CORRUPT, text(f"damaged: {said}", _MAX_REASON))
