"""What keeps the journal from being written or read, in words with the next step.

Some of it heals: a full disk, a cable that comes loose, another program that holds the file. Then
everything is kept and tried again. The rest does not, and the engine ends.
"""

import errno
import os
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from soniq_tui.engine.place import AwayError
from soniq_tui.errors import DataDirError, EngineError, JournalError, JournalGoneError

BACKUP = "journal.backup.db"
"""Where the copy of the journal lies, beside it."""
FULL_BYTES = 64 * 1024
"""A disk with less room than this is full, whatever the error says."""
_OLDER = (
    "no such column",
    *(f"no such table: {name}" for name in ("gone", "history", "payload")),
    *(f"no such table: {name}" for name in ("queue_control", "scale")),
)
"""What a journal lacks that was not brought up to date."""
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NOT_WRITABLE = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FAILING = frozenset({errno.EIO, errno.EROFS, errno.ENXIO})


class Trouble(NamedTuple):
    """Something that keeps a commit from being written, and may pass."""

    reason: str
    """For people: what it is and what to do."""
    full: bool = False
    """More room would help."""
    reopen: bool = False
    """What the system holds of the file may not be what the disk holds: after a failed fsync the
    next one succeeds without having written anything (Rebello et al., USENIX ATC 2020)."""


def of(exc: BaseException, path: Path) -> Trouble | None:
    """Return what kept a commit to the journal ``path`` from being written; None: it cannot heal.

    Args:
        exc: from a statement, or from opening the journal again.
        path: the journal.
    """
    if isinstance(exc, DataDirError):  # from opening it again
        found = of(exc.__cause__, path) if exc.__cause__ else None
        return found and found._replace(reopen=True)
    if isinstance(exc, OSError):
        return _of_system(exc, path)
    code = primary(exc)
    if code in _BUSY:
        return Trouble(
            f"another program holds {path}: end it, or wait for it; work goes on by itself"
        )
    if code == sqlite3.SQLITE_FULL:
        return _disk(path, exc, full=True)._replace(reopen=False)  # no fsync failed
    if code in _NOT_WRITABLE:
        return _disk(path, exc, full=_is_full(path.parent))
    return None


def _of_system(exc: OSError, path: Path) -> Trouble | None:
    if isinstance(exc, AwayError):
        return Trouble(f"{path} is not there any more: put it back; work goes on by itself")
    full, failing = exc.errno in _FULL, exc.errno in _FAILING
    return _disk(path, exc, full=full) if full or failing else None


def primary(exc: BaseException) -> int | None:
    """Return SQLite's code of an error, without details; None where there is none."""
    code: int | None = getattr(exc, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def at_opening(exc: sqlite3.DatabaseError, path: Path) -> EngineError:
    """Return why the journal cannot be opened."""
    code = primary(exc)
    if code in _BUSY:
        return DataDirError(f"another program holds {path} ({exc}); end it and try again")
    if code in _NOT_WRITABLE:
        return DataDirError(
            f"{path} cannot be written ({exc}); choose another place with --data-dir"
        )
    return damaged(path, exc)


def at_reading(exc: Exception, path: Path) -> JournalError:
    """Return why the journal cannot be read."""
    if isinstance(exc, OverflowError):
        return JournalError(f"{path} cannot be read: it holds no numbers of more than 63 bits")
    if primary(exc) in _DAMAGED:
        return damaged(path, exc)
    if any(missing in str(exc) for missing in _OLDER):
        return JournalError(
            f"{path} is of an older soniq-tui ({exc}); start soniq-tui once, which brings it up"
        )
    return JournalError(f"{path} cannot be read: {exc}")


def for_good(exc: BaseException, path: Path) -> JournalError:
    """Return what to say where the journal can be used no more and everything ends."""
    if isinstance(exc, JournalGoneError):
        return exc
    return JournalError(
        f"the journal {path} cannot be used: {exc}; "
        "nothing more is started, finished work is kept up to the last commit"
    )


def damaged(path: Path, why: object) -> JournalError:
    """Return what to say of a journal that is damaged: where its backup lies, and the next step."""
    away = f"move it away (and {path.name}-wal, if there is one)"
    why = " ".join(str(why).removeprefix("*** in database main ***").split())
    backup = path.with_name(BACKUP)
    try:
        made_at_s = backup.stat().st_mtime
    except OSError:
        return JournalError(
            f"{path} is damaged ({why}); {away} to begin anew, what was imported is kept"
        )
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(made_at_s))
    return JournalError(
        f"{path} is damaged ({why}); {away} and copy {backup} (of {made}) to its place, "
        "or begin anew; what was imported is kept"
    )


def _disk(path: Path, exc: BaseException, *, full: bool) -> Trouble:
    if full:
        reason = f"the disk of {path.parent} is full: free some space; work goes on by itself"
    else:
        reason = (
            f"the disk of {path.parent} fails ({exc}): check the disk, its cable and whether it "
            "can be written; work goes on by itself"
        )
    return Trouble(reason, full=full, reopen=True)


def _is_full(folder: Path) -> bool:
    try:
        room = os.statvfs(folder)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < FULL_BYTES or _quota_is_used_up(folder)


def _quota_is_used_up(folder: Path) -> bool:
    """Try to have some room; SQLite does not say why it could not write."""
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            os.posix_fallocate(file.fileno(), 0, FULL_BYTES)
    except OSError as exc:
        return exc.errno in _FULL
    return False
