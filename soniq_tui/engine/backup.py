"""The copy of the journal that is kept beside it."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from soniq_tui import sql
from soniq_tui.engine import journal_errors
from soniq_tui.errors import DataDirError
from soniq_tui.files import sync

PAGES = 256
"""So many pages, 1 MiB, are copied at a time."""
SPARE_BYTES = 16 * 1024 * 1024
"""A copy must leave so much room on the disk."""


def copy(source: Path, target: Path) -> None:
    """Copy the journal as it is now to ``target``, which is replaced as a whole or not at all.

    Whoever writes the journal is not held up: the copy reads one state of it, as every reader does.
    Meant for a thread of its own.

    Raises:
        DataDirError: there is no room for it, or it cannot be written.
        JournalError: the journal is damaged; the older copy stays.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)  # of a process that was killed
        _room(source, target)
        _write(source, part)
        sync(part)
        part.replace(target)
        sync(target.parent)
    except sqlite3.DatabaseError as exc:
        raise journal_errors.at_reading(exc, source) from exc
    except OSError as exc:
        raise DataDirError(
            f"the backup {target} cannot be written: {exc.strerror or exc}; make room for it, or "
            "set engine.backup_every_min to 0"
        ) from exc
    finally:
        for name in (part.name, f"{part.name}-journal", f"{part.name}-wal", f"{part.name}-shm"):
            with suppress(OSError):
                part.with_name(name).unlink(missing_ok=True)


def _room(source: Path, target: Path) -> None:
    needed = source.stat().st_size + SPARE_BYTES
    disk = os.statvfs(target.parent)
    if disk.f_bavail * disk.f_frsize < needed:
        raise DataDirError(
            f"no backup of the journal: the disk of {target.parent} has less than "
            f"{needed // 1024**2} MiB left; free some space"
        )


def _write(source: Path, part: Path) -> None:
    part.touch(mode=source.stat().st_mode & 0o777)
    read = sqlite3.connect(sql.read_only(source), uri=True, isolation_level=None)
    with closing(read), closing(sqlite3.connect(part, isolation_level=None)) as write:
        read.execute("PRAGMA busy_timeout = 5000")
        # Without a transaction of its own the copy would begin anew at every commit.
        read.execute("BEGIN")
        read.execute("PRAGMA user_version").fetchone()
        try:
            read.backup(write, pages=PAGES)
        except sqlite3.OperationalError as exc:
            if journal_errors.primary(exc) in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
                raise OSError(None, str(exc)) from exc
            raise
        write.execute("PRAGMA synchronous = OFF")  # the caller syncs the file as a whole
        write.execute("PRAGMA journal_mode = DELETE")  # one file, which needs no log beside it
        found: str = write.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise journal_errors.damaged(source, found)
