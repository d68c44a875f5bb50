"""Files that are there whole or not at all."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import get_ident
from typing import TypeVar

T = TypeVar("T")
_CANNOT = {errno.EINVAL, errno.EACCES}
"""Of a folder: its file system knows no such thing, or it may be written and not be read."""


def is_replaceable(path: Path) -> bool:
    """Say whether a path is free or a plain file; nobody wants a pipe or a device replaced."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


def replaced(path: Path, write: Callable[[Path], T], *, private: bool = False) -> T:
    """Have a file written beside ``path``, and put it there; returns what ``write`` does.

    Of a link what it leads to is replaced. It is on the disk before it has its name, which is there
    too when this returns, and read by whoever could read the older one; a private one by its owner
    alone.

    Raises:
        OSError: it cannot be written; the older one stays.
    """
    path = Path(os.path.realpath(path))
    part = path.with_name(f".soniq-{os.getpid()}-{get_ident()}.part")
    try:
        part.touch(0o600 if private else 0o666)
        mode = None if private else _mode(path)
        if mode is not None:
            part.chmod(mode | stat.S_IRUSR | stat.S_IWUSR)  # also of one that nobody may write
        done = write(part)
        with part.open("rb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        part.replace(path)
        sync(path.parent)
    finally:
        part.unlink(missing_ok=True)
    return done


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, survive a power cut where that can be had."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as exc:
        if exc.errno not in _CANNOT:
            raise
