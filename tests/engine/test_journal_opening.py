"""Journal files that are not as one wants them."""

import errno
import logging
import os
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.engine import opening as module
from soniq_tui.engine.journal_errors import BACKUP, at_opening
from soniq_tui.engine.journal_errors import of as trouble_of
from soniq_tui.engine.opening import SCHEMA, SQL, connect
from soniq_tui.engine.reader import JournalFile
from soniq_tui.errors import DataDirError, JournalError
from tests.engine.faults import small_disk
from tests.engine.journals import a_job, admitted, commit, rows


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_only_its_owner_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever made the folder: the journal and its log are their owner's from the first byte."""
    seen: list[int] = []
    connected = sqlite3.connect

    def connect_and_look(*args: Any, **options: Any) -> sqlite3.Connection:
        seen.extend(modes(tmp_path).values())
        return connected(*args, **options)

    old = os.umask(0)
    try:
        monkeypatch.setattr(sqlite3, "connect", connect_and_look)
        db = connect(tmp_path / "journal.db")
    finally:
        os.umask(old)
    assert seen == [0o600]
    commit(db, admitted(a_job()))
    assert modes(tmp_path) == dict.fromkeys(
        ("journal.db", "journal.db-shm", "journal.db-wal"), 0o600
    )
    db.close()


def test_an_older_one_is_its_owners_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What others could read of an earlier version they can read no more, and the log says so."""
    path = tmp_path / "journal.db"
    db = connect(path)
    (tmp_path / BACKUP).touch()
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        connect(path).close()
    assert set(modes(tmp_path).values()) == {0o600}
    assert f"{path} could be read by others" in caplog.text
    db.close()
    caplog.clear()
    connect(path).close()
    assert not caplog.text


def test_a_disk_that_keeps_nothing_private(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a disk knows no owners, as exFAT, the journal is used and the log tells the truth."""
    path = tmp_path / "journal.db"
    connect(path).close()
    path.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    with caplog.at_level(logging.WARNING):
        connect(path).close()
    assert f"{path} can be read by others" in caplog.text


def test_a_quota_that_is_used_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLite only says that writing failed, and there is room, the quota is looked at."""
    path = tmp_path / "journal.db"
    exc = sqlite3.OperationalError("disk I/O error")
    exc.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    found = trouble_of(exc, path)
    assert found is not None
    assert (found.full, list(tmp_path.iterdir())) == (False, [])

    def refuse(*_: object) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    found = trouble_of(exc, path)
    assert found is not None
    assert found.full
    assert "is full: free some space" in found.reason
    assert list(tmp_path.iterdir()) == []


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
    with pytest.raises(
        JournalError, match=r"is damaged \(database disk image is malformed\); move it away"
    ):
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
    with pytest.raises(JournalError, match=r"is damaged \('dancing'"):
        journal.rows([1], float, 0)
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
    error = at_opening(exc, Path("/data/journal.db"))
    assert isinstance(error, DataDirError)
    assert "--data-dir" in str(error)


V1 = Path(__file__).resolve().parents[1] / "data" / "journal_v1.sqlite"


def everything(path: Path) -> list[str]:
    """Return the whole content as text."""
    db = sqlite3.connect(path)
    try:
        return [*db.iterdump(), str(db.execute("PRAGMA user_version").fetchone()[0])]
    finally:
        db.close()


@pytest.mark.parametrize(
    "broken", ["SELECT nobody();", "CREATE TABLE batch (x);", "ALTER TABLE job DROP COLUMN key;"]
)
def test_a_migration_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """A migration that fails half-way leaves the older version as it was, and it opens later."""
    path = tmp_path / "journal.db"
    shutil.copy(V1, path)
    before = everything(path)
    whole = SQL["migration_2"]
    with monkeypatch.context() as patch:
        patch.setitem(SQL, "migration_2", whole + broken)
        with pytest.raises(JournalError):
            connect(path)
    assert everything(path) == before
    connect(path).close()
    assert rows(path, "PRAGMA user_version") == [(SCHEMA,)]
    assert rows(path, "PRAGMA foreign_key_check") == []


def test_made_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is killed while it is made leaves none, not one of an older version."""
    path = tmp_path / "journal.db"
    with monkeypatch.context() as patch:
        patch.setitem(SQL, "migration_4", "SELECT nobody();")
        with pytest.raises(JournalError, match="nobody"):
            connect(path)
    assert everything(path)[-1] == "0"
    connect(path).close()


def test_a_migration_without_room(tmp_path: Path) -> None:
    """A disk that is too full for a migration leaves the older version as it was."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    with small_disk(tmp_path / "disk", "256k") as folder:
        path = folder / "journal.db"
        shutil.copy(V1, path)
        before = everything(path)
        room = os.statvfs(folder)
        filler = folder / "filler"
        filler.write_bytes(bytes(room.f_bavail * room.f_frsize - 60_000))
        with pytest.raises(DataDirError, match="cannot be written"):
            connect(path)
        assert everything(path) == before
        filler.unlink()
        connect(path).close()


def damage(path: Path) -> None:
    """Write a journal of which one page is broken."""
    db = connect(path)
    commit(db, admitted(*(a_job(n, payload=bytes(500)) for n in range(1, 200))))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    with path.open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xff" * 4096)


def test_damage_is_found_at_opening(tmp_path: Path) -> None:
    """A journal with a broken page is not worked with; the newest backup is named."""
    path = tmp_path / "journal.db"
    damage(path)
    with pytest.raises(JournalError, match=r"is damaged \(.*\); move it away .* to begin anew"):
        connect(path)
    path.with_name(BACKUP).touch()
    with pytest.raises(
        JournalError, match=r"copy .*journal\.backup\.db \(of 20\d\d-.* to its place"
    ):
        connect(path)


def test_a_large_journal_opens_unchecked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening does not read the whole of a journal that is large."""
    path = tmp_path / "journal.db"
    damage(path)
    monkeypatch.setattr(module, "CHECK_BYTES", path.stat().st_size - 1)
    connect(path).close()
    with pytest.raises(JournalError, match="is damaged"):
        module.reconnect(path)


def test_opening_again_makes_nothing(tmp_path: Path) -> None:
    """A journal that is gone is not begun anew in the middle of work."""
    with pytest.raises(DataDirError):
        module.reconnect(tmp_path / "journal.db")
    assert list(tmp_path.iterdir()) == []


def test_opening_again_folds_the_log(tmp_path: Path) -> None:
    """After an I/O error nothing is added to a log of which the disk may hold less than is seen."""
    path = tmp_path / "journal.db"
    db = connect(path)
    commit(db, admitted(a_job()))
    again = module.reconnect(path)
    alone = shutil.copy(path, tmp_path / "alone.db")
    assert rows(alone, "SELECT id FROM job") == [(1,)]
    again.close()
    db.close()


def test_opening_again_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that keeps the log from being folded is waited for."""
    monkeypatch.setattr(module, "BUSY_MS", 1)
    path = tmp_path / "journal.db"
    db = connect(path)
    commit(db, admitted(a_job()))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM job").fetchall()
    with pytest.raises(DataDirError, match="another program holds") as caught:
        module.reconnect(path)
    assert trouble_of(caught.value, path) is not None
    reader.close()
    module.reconnect(path).close()
    db.close()
