"""Opening the journal for writing: what the connection promises, and the schema it finds."""

import logging
import os
import sqlite3
import stat
from pathlib import Path
from urllib.parse import quote

from soniq_tui import sql
from soniq_tui.engine import journal_errors
from soniq_tui.errors import DataDirError, JournalError

BUSY_MS = 5000
"""How long to wait for another program, a backup say, that holds the file."""
CHECK_BYTES = 128 * 1024 * 1024
"""A larger journal opens without a check, its damage shows where it is read. 200,000 jobs are
67 MB, which are checked in 0.1 s, or as fast as the disk reads them."""
LOG_BYTES = 16 * 1024 * 1024
"""The log beside it gives what it has beyond this back to the disk when it begins anew."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
APPLICATION_ID = 0x534E5154
"""``SNQT`` in the file's header, so that ``file`` and we know it is ours."""
SCHEMA = 4

SQL = sql.load("soniq_tui.engine", "journal.sql")
log = logging.getLogger(__name__)


def connect(path: Path) -> sqlite3.Connection:
    """Open the journal for writing, make or migrate it, and return the one connection.

    Raises:
        DataDirError: it cannot be opened or written.
        JournalError: it is damaged, or newer than this program.
    """
    _make_private(path)
    return _open(path, again=False)


def reconnect(path: Path) -> sqlite3.Connection:
    """Open the journal again after an I/O error; it is checked as a whole.

    All of the log is folded into the file before anything is added. Of a part of the log whose
    fsync failed the disk may hold nothing while the system still shows it; a commit that followed
    it in the log would be lost with it. Folding writes every page anew.

    Raises:
        DataDirError: it still cannot be opened or written.
        JournalError: it is damaged.
    """
    return _open(path, again=True)


def _make_private(path: Path) -> None:
    """Let its owner alone read the journal: options of batches may hold logins.

    SQLite gives the log beside it the rights that the journal has when the log is made.
    """
    try:
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError:
        return  # SQLite will say what is wrong with the place
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", journal_errors.BACKUP):
        _close_to_others(path.with_name(name))


def _close_to_others(file: Path) -> None:
    """Mend the rights of a file that an earlier version made, if it is there."""
    try:
        if not file.stat().st_mode & _OTHERS:
            return
        file.chmod(stat.S_IMODE(file.stat().st_mode) & ~_OTHERS)
        mended = not file.stat().st_mode & _OTHERS  # some file systems know no owners
    except FileNotFoundError:
        return
    except OSError:
        mended = False
    if mended:
        log.warning("%s could be read by others; now its owner alone can", file)
    else:
        log.warning("%s can be read by others, and that cannot be changed here", file)


def _open(path: Path, *, again: bool) -> sqlite3.Connection:
    uri = f"file:{quote(str(path))}?mode={'rw' if again else 'rwc'}"
    try:
        db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as exc:
        raise DataDirError(f"{path} cannot be opened: {exc}") from exc
    try:
        _prepare(db, path)
        _check(db, path, None if again else CHECK_BYTES)
        if again:
            _fold(db)
        _bring_up(db)
    except sqlite3.DatabaseError as exc:
        db.close()
        raise journal_errors.at_opening(exc, path) from exc
    except JournalError:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    owner: int = db.execute("PRAGMA application_id").fetchone()[0]
    if owner not in {0, APPLICATION_ID}:
        raise JournalError(f"{path} is a database of another program; move it away")
    # Counts where the file is made, and costs a page of 4 KiB in 800: see sweep.shrink.
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("PRAGMA foreign_keys = ON")
    # Some builds overwrite what is deleted with zeros: that is nothing but wear on a card.
    db.execute("PRAGMA secure_delete = OFF")
    db.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    version = _version(db)
    if version > SCHEMA:
        raise JournalError(f"{path} was written by a newer soniq-tui (version {version})")


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def _bring_up(db: sqlite3.Connection) -> None:
    """Make the journal or bring it to this version as a whole, or leave it as it is.

    Also where nothing is due: it proves that the file can be written before anything is promised.
    """
    due = [SQL[f"migration_{step}"] for step in range(_version(db) + 1, SCHEMA + 1)]
    try:
        db.executescript(
            f"BEGIN IMMEDIATE; {''.join(due)} {SQL['later_indexes']} "
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA}; COMMIT;"
        )
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _fold(db: sqlite3.Connection) -> None:
    busy: int = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        error = sqlite3.OperationalError("its log is being read")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error


def _check(db: sqlite3.Connection, path: Path, most: int | None) -> None:
    """Look for damage, unless the journal has more than ``most`` bytes; None: always."""
    pages: int = db.execute("PRAGMA page_count").fetchone()[0]
    size: int = db.execute("PRAGMA page_size").fetchone()[0]
    if most is not None and pages * size > most:
        log.info("%s is too large to be checked whenever it is opened", path)
        return
    found: str = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise journal_errors.damaged(path, found)
