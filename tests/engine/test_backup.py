"""The copy of the journal is a whole one, or the older one stays."""

import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.engine import backup, ballast
from soniq_tui.engine.opening import connect
from soniq_tui.errors import DataDirError, JournalError
from soniq_tui.model.events import JobAdmitted
from tests.engine.faults import small_disk
from tests.engine.journals import a_job, admitted, commit, rows, write
from tests.engine.test_journal_opening import damage


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    write(path, admitted(*(a_job(n, payload=bytes(3000)) for n in range(1, 1001))))
    path.chmod(0o600)
    return path


def test_copy(source: Path) -> None:
    """The copy is one file that holds all that was committed, readable by the same people."""
    db = connect(source)  # a journal that is being written has a log beside it
    commit(db, [JobAdmitted(job=a_job(2000))])
    target = source.with_name("journal.backup.db")
    backup.copy(source, target)
    db.close()
    assert names(source.parent) == ["journal.backup.db", "journal.db"]
    assert rows(target, "SELECT count(*), max(id) FROM job") == [(1001, 2000)]
    assert rows(target, "PRAGMA journal_mode") == [("delete",)]
    assert names(source.parent) == ["journal.backup.db", "journal.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    connect(target).close()  # a copy can be worked with


def test_the_older_copy_is_replaced(source: Path) -> None:
    """A copy takes the place of the one before it, and of what a killed one left."""
    target = source.with_name("journal.backup.db")
    target.write_bytes(b"old")
    target.with_name(".journal.backup.db.part").write_bytes(b"left")
    backup.copy(source, target)
    assert rows(target, "SELECT count(*) FROM job") == [(1000,)]
    assert [name for name in names(source.parent) if "backup" in name] == [target.name]


def test_writing_goes_on_meanwhile(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that is written at every step is copied in one go, as it was when it began."""
    db = connect(source)
    db.execute("PRAGMA busy_timeout = 0")
    real, steps = sqlite3.connect, []

    class Slow(sqlite3.Connection):
        def backup(self, target: Any, **options: Any) -> None:
            def step(*_: int) -> None:
                steps.append(len(steps))
                commit(db, [JobAdmitted(job=a_job(2000 + len(steps)))])

            super().backup(target, progress=step, **options)

    monkeypatch.setattr(
        backup.sqlite3, "connect", lambda *args, **more: real(*args, factory=Slow, **more)
    )
    target = source.with_name("journal.backup.db")
    backup.copy(source, target)
    db.close()
    assert 2 < len(steps) < 20
    assert rows(target, "SELECT count(*) FROM job") == [(1000,)]
    assert rows(source, "SELECT count(*) FROM job") == [(1000 + len(steps),)]


def test_a_damaged_journal(tmp_path: Path) -> None:
    """A damaged journal never takes the place of a good copy."""
    path, target = tmp_path / "journal.db", tmp_path / "journal.backup.db"
    damage(path)
    target.write_bytes(b"good")
    with pytest.raises(JournalError, match="is damaged"):
        backup.copy(path, target)
    assert target.read_bytes() == b"good"
    assert not [name for name in names(tmp_path) if "part" in name]


def test_no_room(source: Path) -> None:
    """Where there is no room the older copy stays, and nothing else is left."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    with small_disk(source.parent / "disk", "1m") as folder:
        target = folder / "journal.backup.db"
        target.write_bytes(b"good")
        with pytest.raises(DataDirError, match="free some space"):
            backup.copy(source, target)
        backup_room, backup.SPARE_BYTES = backup.SPARE_BYTES, -(10**9)
        try:
            with pytest.raises(DataDirError, match="cannot be written"):
                backup.copy(source, target)
        finally:
            backup.SPARE_BYTES = backup_room
        assert names(folder) == ["journal.backup.db"]
        assert target.read_bytes() == b"good"


def test_no_journal(tmp_path: Path) -> None:
    """A journal that is not there is told, and none is made."""
    with pytest.raises(DataDirError):
        backup.copy(tmp_path / "journal.db", tmp_path / "journal.backup.db")
    assert names(tmp_path) == []


def test_ballast(tmp_path: Path) -> None:
    """Room is kept in reserve once, given back when asked for, and made anew."""
    path = tmp_path / "journal.ballast"
    kept = ballast.Ballast(path)
    assert not kept.free()
    kept.make()
    kept.make()
    assert kept.there
    assert path.stat().st_size == ballast.BYTES
    assert path.stat().st_blocks * 512 >= ballast.BYTES
    again = ballast.Ballast(path)
    assert again.free()
    assert not path.exists()
    assert not again.there


def test_a_hole_is_no_ballast(tmp_path: Path) -> None:
    """Programs that copy a data directory may leave holes where zeros were, which hold no room."""
    path = tmp_path / "journal.ballast"
    with path.open("wb") as file:
        file.truncate(ballast.BYTES)
    assert path.stat().st_blocks == 0
    kept = ballast.Ballast(path)
    kept.make()
    assert kept.there
    assert path.stat().st_blocks * 512 >= ballast.BYTES


def test_no_room_for_ballast(tmp_path: Path) -> None:
    """A disk that has little room is not filled with a reserve."""
    kept = ballast.Ballast(tmp_path / "journal.ballast", 2**60)
    kept.make()
    assert not kept.there
    assert names(tmp_path) == []
    nowhere = ballast.Ballast(tmp_path / "gone" / "journal.ballast")
    nowhere.make()
    assert not nowhere.there
