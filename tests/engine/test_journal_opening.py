"""Journal files that are not as one wants them."""

import sqlite3
from pathlib import Path

import pytest

from soniq_tui.engine import journal as module
from soniq_tui.engine.journal import (
    SCHEMA,
    _explained,
    connect,
)
from soniq_tui.engine.reader import JournalFile
from soniq_tui.errors import DataDirError, JournalError
from tests.engine.journals import a_job, admitted, commit, rows


def test_newer_version(tmp_path: Path) -> None:
    """A journal of a newer soniq-tui is refused and left as it is."""
    path = tmp_path / "journal.db"
    connect(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    db.close()
    with pytest.raises(JournalError, match="newer soniq-tui"):
        connect(path)
    assert rows(path, "PRAGMA user_version") == [(SCHEMA + 1,)]


def test_damaged(tmp_path: Path) -> None:
    """A file that is no database is called damaged, with what to do."""
    path = tmp_path / "journal.db"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(JournalError, match=r"is damaged .*move it away"):
        connect(path)


def test_damaged_within(tmp_path: Path) -> None:
    """Damage that shows only when rows are read is told in one line, too."""
    path = tmp_path / "journal.db"
    db = connect(path)
    commit(db, admitted(*(a_job(n, payload=bytes(500)) for n in range(1, 200))))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * (path.stat().st_size - 4 * 4096))
    journal = JournalFile(path)
    with pytest.raises(JournalError, match="cannot be read: database disk image is malformed"):
        journal.left(10, None, float, 0)
    journal.close()


def test_a_state_nobody_knows(tmp_path: Path) -> None:
    """A row that cannot have been written by us is damage, not a traceback."""
    path = tmp_path / "journal.db"
    db = connect(path)
    commit(db, admitted(a_job()))
    db.execute("UPDATE job SET state = 'dancing'")
    db.close()
    journal = JournalFile(path)
    with pytest.raises(JournalError, match="is damaged: 'dancing'"):
        journal.live_jobs(1, float, 0)
    journal.close()


def test_database_of_another_program(tmp_path: Path) -> None:
    """A database of another program is not touched."""
    path = tmp_path / "journal.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA application_id = 77")
    db.execute("CREATE TABLE batch (x)")
    db.close()
    with pytest.raises(JournalError, match="another program"):
        connect(path)
    assert rows(path, "SELECT name FROM sqlite_master") == [("batch",)]


def test_held_by_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that another program holds is not called damaged."""
    path = tmp_path / "journal.db"
    connect(path).close()
    monkeypatch.setattr(module, "BUSY_MS", 1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DataDirError, match="another program holds"):
        connect(path)
    other.close()


@pytest.mark.parametrize("name", ["missing/journal.db", "."])
def test_no_place(tmp_path: Path, name: str) -> None:
    """A folder that does not exist, or that stands where the file should, is the folder's fault."""
    with pytest.raises(DataDirError):
        connect(tmp_path / name)


@pytest.mark.parametrize(
    "code",
    [
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_CANTOPEN,
    ],
)
def test_not_writable(code: int) -> None:
    """A place that cannot be written is named with the way out."""
    exc = sqlite3.OperationalError("it cannot")
    exc.sqlite_errorcode = code
    error = _explained(exc, Path("/data/journal.db"))
    assert isinstance(error, DataDirError)
    assert "--data-dir" in str(error)
