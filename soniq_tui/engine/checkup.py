"""Looks at a journal, or at a copy of one, and changes nothing: for whoever asks how it is."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from soniq_tui import sql

STEPS = 10_000
"""The clock is looked at after so many steps of SQLite."""
_TOO_LONG = frozenset({sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def sqlite_version() -> tuple[int, ...]:
    """Return the version of the SQLite library that is in use."""
    return sqlite3.sqlite_version_info


def damage(path: Path, most_s: float) -> str | None:
    """Return what is wrong with a file, "" when nothing is, None when ``most_s`` was too short.

    Raises:
        OSError: it cannot be read.
    """
    path.open("rb").close()
    if not _accompanied(path):
        # Nobody has it open. Read as unchangeable it needs no files beside it, which could be
        # written by us alone, or not at all.
        found = _damage(path, most_s, alone=True)
        if not found or not _accompanied(path):
            return found
    return _damage(path, most_s, alone=False)


def _accompanied(path: Path) -> bool:
    return any(path.with_name(f"{path.name}-{end}").exists() for end in ("wal", "journal"))


def _damage(path: Path, most_s: float, *, alone: bool) -> str | None:
    query = sql.load("soniq_tui.engine", "checkup.sql")["quick_check"]
    until_s = time.monotonic() + most_s
    try:
        uri = f"file:{quote(str(path))}?immutable=1" if alone else sql.read_only(path)
        with closing(sqlite3.connect(uri, uri=True, timeout=max(0.0, most_s))) as db:
            db.set_progress_handler(lambda: time.monotonic() > until_s, STEPS)
            found: str = db.execute(query).fetchone()[0]
    except sqlite3.Error as exc:
        code = getattr(exc, "sqlite_errorcode", 0) & 0xFF  # without the details of an extended code
        return None if code in _TOO_LONG else str(exc)
    return "" if found == "ok" else found.splitlines()[-1]
