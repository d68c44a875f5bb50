"""A disk that is full or fails, a file that others hold: nothing that was asked for is lost."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.engine import ballast, journal_errors, opening
from soniq_tui.engine import journal as module
from soniq_tui.engine.opening import connect
from soniq_tui.errors import DataDirError, JournalError
from soniq_tui.model.events import (
    BatchEmptied,
    Counted,
    ErrorsBooked,
    ErrorsCleared,
    Event,
    JobAdmitted,
    JobChanged,
    Scaled,
)
from soniq_tui.model.job import JobState
from soniq_tui.model.snapshot import HistoryRow
from tests.engine.faults import Faults, Opened, error, small_disk
from tests.engine.journals import a_job, admitted, rows
from tests.engine.strategies import fault
from tests.waiting import until

RETRY_S = 0.01
MINUTE = HistoryRow(at_s=1e10, batch_id=1, queue="q", jobs=1, failed=0, items=1, busy_s=1.0)


def facts(number: int) -> list[Event]:
    """Return facts of which none may be missing and none be there twice."""
    job = a_job(number)
    return [
        JobAdmitted(job=job),
        ErrorsBooked(batch_id=1, job_id=number, errors=(fault(item="gone"),)),
        ErrorsCleared(job_id=number),
        ErrorsBooked(batch_id=1, job_id=number, errors=(fault(item=str(number)),)),
        JobChanged(job=job.moved(JobState.RUNNING, fence=number)),
        Scaled(queue="q", before=number, after=number + 1, reason="why"),
        Counted(rows=(MINUTE,)),
    ]


def check(path: Path, most: int) -> None:
    """Everything is there once, in its order."""
    numbers = [(n,) for n in range(1, most + 1)]
    assert rows(path, "SELECT id FROM job ORDER BY id") == numbers
    assert rows(path, "SELECT job_id FROM payload ORDER BY job_id") == numbers
    assert rows(path, "SELECT fence FROM job WHERE state = 'running' ORDER BY id") == numbers
    assert rows(path, "SELECT CAST(item AS INTEGER) FROM error ORDER BY id") == numbers
    assert rows(path, "SELECT before FROM scale ORDER BY id") == numbers
    assert len(rows(path, "SELECT id FROM history")) == most
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


PLACES = ["BEGIN", "INSERT INTO job", "INSERT INTO error", "COMMIT"]
CODES = [
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_BUSY,
]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("place", PLACES)
async def test_kept_and_tried_again(tmp_path: Path, faults: Faults, place: str, code: int) -> None:
    """Whatever statement fails for a while, everything is written once and in its order."""
    here = Opened(tmp_path / "journal.db", retry_s=RETRY_S)
    await here.journal.written([*admitted(), *facts(1)])
    faults.at, faults.code, faults.left = place, code, 3
    for number in range(2, 6):
        here.journal.append(facts(number))
    await here.journal.written(facts(6))
    await asyncio.sleep(0)
    assert faults.left == 0
    assert here.blocked[-1] == ""
    assert "work goes on by itself" in here.blocked[0]
    await here.journal.close()
    check(here.path, 6)
    assert here.failures == []


async def test_committed_without_knowing(tmp_path: Path, faults: Faults) -> None:
    """A commit that took effect although it failed is not written a second time."""
    here = Opened(tmp_path / "journal.db", retry_s=RETRY_S)
    await here.journal.written([*admitted(), *facts(1)])
    faults.at, faults.code = "COMMIT", sqlite3.SQLITE_IOERR_FSYNC
    faults.after, faults.left = True, 2
    events = [*facts(2), *facts(3), BatchEmptied(batch_id=1), *facts(4)]
    await here.journal.written(events)
    await here.journal.written(facts(5))
    await here.journal.close()
    check(here.path, 5)


async def test_booked_without_knowing(tmp_path: Path, faults: Faults) -> None:
    """Failures, scale events and minutes of such a commit are not there twice either."""
    here = Opened(tmp_path / "journal.db", retry_s=RETRY_S)
    await here.journal.written([*admitted(), *facts(1)])
    faults.at, faults.code = "COMMIT", sqlite3.SQLITE_IOERR_FSYNC
    faults.after, faults.left = True, 1
    booked = ErrorsBooked(batch_id=1, job_id=1, errors=(fault(item="a"), fault(item="b")))
    scaled = Scaled(queue="q", before=2, after=3, reason="why")
    await here.journal.written([booked, scaled, Counted(rows=(MINUTE, MINUTE))])
    await here.journal.close()
    assert rows(here.path, "SELECT item FROM error ORDER BY id") == [("1",), ("a",), ("b",)]
    assert rows(here.path, "SELECT before FROM scale ORDER BY id") == [(1,), (2,)]
    assert rows(here.path, "SELECT count(*) FROM history") == [(3,)]


async def test_fsync_is_never_repeated(tmp_path: Path, faults: Faults) -> None:
    """After an I/O error the file is opened anew, checked and folded before anything is written."""
    here = Opened(tmp_path / "journal.db", retry_s=RETRY_S)
    await here.journal.written(admitted())
    before = here.journal._db
    faults.at, faults.code, faults.left = "COMMIT", sqlite3.SQLITE_IOERR_FSYNC, 1
    await here.journal.written(facts(1))
    assert here.journal._db is not before
    with pytest.raises(sqlite3.ProgrammingError):
        before._db.execute("SELECT 1")
    await here.journal.close()
    check(here.path, 1)


async def test_damaged_after_an_error(tmp_path: Path, faults: Faults) -> None:
    """A file that is damaged when it is opened again is given up; who waits is told."""
    here = Opened(tmp_path / "journal.db", retry_s=RETRY_S)
    await here.journal.written([*admitted(), *facts(1)])
    faults.at, faults.code, faults.left = "BEGIN", sqlite3.SQLITE_IOERR_READ, 1
    here.journal._db._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    here.path.write_bytes(b"\xff" * 8192)
    with pytest.raises(JournalError, match="damaged"):
        await here.journal.written(facts(2))
    await until(lambda: here.failures)
    assert isinstance(here.failures[0], JournalError)
    await here.journal.close()


async def test_a_folder_that_comes_back(tmp_path: Path, faults: Faults) -> None:
    """A disk that is unplugged is waited for, and no new journal is begun where it was."""
    folder, away = tmp_path / "disk", tmp_path / "away"
    folder.mkdir()
    here = Opened(folder / "journal.db", retry_s=RETRY_S)
    await here.journal.written([*admitted(), *facts(1)])
    faults.at, faults.code, faults.left = "BEGIN", sqlite3.SQLITE_IOERR_WRITE, 1
    folder.rename(away)
    folder.mkdir()
    waiting = here.journal.written(facts(2))
    await until(lambda: len(faults.seen) > 1 and here.blocked)
    await asyncio.sleep(RETRY_S * 3)
    assert not waiting.done()
    assert not (folder / "journal.db").exists()
    for left in folder.iterdir():
        left.unlink()
    folder.rmdir()
    away.rename(folder)
    await waiting
    await here.journal.close()
    check(here.path, 2)


async def test_others_are_not_blocked_for_long(tmp_path: Path, faults: Faults) -> None:
    """While nothing can be written nobody is told that it was, and nothing fails."""
    here = Opened(tmp_path / "journal.db", retry_s=RETRY_S)
    await here.journal.written(admitted())
    faults.at, faults.code, faults.left = "BEGIN", sqlite3.SQLITE_FULL, 10**6
    done: list[str] = []
    here.journal.append(facts(1), then=lambda: done.append("first"))
    waiting = here.journal.written(facts(2), then=lambda: done.append("second"))
    await until(lambda: here.blocked)
    await asyncio.sleep(RETRY_S * 3)
    assert done == []
    assert not waiting.done()
    assert here.blocked == [
        f"the disk of {tmp_path} is full: free some space; work goes on by itself"
    ]
    faults.left = 0
    await waiting
    await until(lambda: len(done) > 1)
    assert done == ["first", "second"]
    await here.journal.close()


async def test_closing_while_blocked(
    tmp_path: Path, faults: Faults, caplog: pytest.LogCaptureFixture
) -> None:
    """Closing tries once more, then says what was not written and to whom it was promised."""
    here = Opened(tmp_path / "journal.db", retry_s=60.0)
    await here.journal.written(admitted())
    faults.at, faults.code, faults.left = "BEGIN", sqlite3.SQLITE_IOERR_WRITE, 10**6
    waiting = here.journal.written(facts(1))
    await until(lambda: here.blocked)
    here.journal.append(facts(2))
    tried = faults.seen.count("BEGIN IMMEDIATE")
    with caplog.at_level(logging.ERROR):
        async with asyncio.timeout(10):
            await here.journal.close()
    with pytest.raises(JournalError, match="cannot be written: injected"):
        await waiting
    assert faults.seen.count("BEGIN IMMEDIATE") == tried + 1
    assert here.journal.unwritten["JobAdmitted"] == 2
    assert "2 JobAdmitted" in caplog.text
    assert rows(here.path, "SELECT id FROM job") == []
    with pytest.raises(JournalError):
        await here.journal.written(facts(3))


async def test_closing_after_the_disk_was_freed(tmp_path: Path, faults: Faults) -> None:
    """What was kept is written at closing when the disk is well by then."""
    here = Opened(tmp_path / "journal.db", retry_s=60.0)
    await here.journal.written(admitted())
    faults.at, faults.code, faults.left = "COMMIT", sqlite3.SQLITE_FULL, 2
    here.journal._ballast.there = True  # is not made on this disk again
    waiting = here.journal.written(facts(1))
    await until(lambda: faults.left < 2)
    here.journal.append(facts(2))
    faults.left = 0
    await here.journal.close()
    await waiting
    check(here.path, 2)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_ERROR, sqlite3.SQLITE_IOERR_WRITE])
async def test_a_log_that_cannot_be_folded(
    tmp_path: Path, faults: Faults, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """It holds everything all the same: what comes is written, and it is folded the next time."""
    monkeypatch.setattr(module, "WAL_BYTES", 1)
    here = Opened(tmp_path / "journal.db", retry_s=RETRY_S)
    faults.at, faults.code, faults.left = "PRAGMA wal_checkpoint(PASSIVE)", code, 1
    async with asyncio.timeout(10):
        await here.journal.written([*admitted(), *facts(1)])
        for number in range(2, 5):
            await here.journal.written(facts(number))
    assert faults.left == 0
    await here.journal.close()
    check(here.path, 4)
    assert here.failures == []


async def test_what_was_in_reserve_is_used_at_once(
    tmp_path: Path, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk is full and the ballast makes room nobody waits for the next try."""
    monkeypatch.setattr(ballast, "BYTES", 64 * 1024)
    here = Opened(tmp_path / "journal.db", retry_s=60)
    await until((tmp_path / "journal.ballast").exists)
    faults.at, faults.code, faults.left = "COMMIT", sqlite3.SQLITE_FULL, 1
    async with asyncio.timeout(10):
        await here.journal.written([*admitted(), *facts(1)])
    await here.journal.close()
    check(here.path, 1)


async def test_held_by_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that holds the file is waited for."""
    monkeypatch.setattr(opening, "BUSY_MS", 1)
    here = Opened(tmp_path / "journal.db", retry_s=RETRY_S)
    await here.journal.written(admitted())
    other = sqlite3.connect(here.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = here.journal.written(facts(1))
    await until(lambda: here.blocked)
    assert "another program holds" in here.blocked[0]
    assert not waiting.done()
    other.execute("ROLLBACK")
    other.close()
    await waiting
    await here.journal.close()
    check(here.path, 1)


# -------------------------------------------------------------------- a real small disk


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    monkeypatch.setattr(ballast, "BYTES", 256 * 1024)
    with small_disk(tmp_path / "disk", "3m") as folder:
        yield folder


def fill(folder: Path, leave: int = 0) -> Path:
    """Fill a disk but for ``leave`` bytes."""
    room = os.statvfs(folder)
    path = folder / "filler"
    path.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - leave)))
    return path


async def test_a_full_disk(disk: Path) -> None:
    """What is asked of a full disk is written when there is room again, and all before it stays."""
    here = Opened(disk / "journal.db", retry_s=RETRY_S)
    await here.journal.written([*admitted(), *facts(1)])
    await until(lambda: here.journal._ballast.there)
    filler = fill(disk)
    number, waiting = 1, here.journal.written()
    while len(here.blocked) < 3:  # blocked, helped by the ballast, and blocked again
        number += 1
        big = a_job(number, payload=bytes(20_000))
        waiting = here.journal.written([JobAdmitted(job=big), *facts(number)[1:]])
        await until(lambda: waiting.done() or len(here.blocked) == 3)  # noqa: B023  awaited at once
    assert here.blocked == [here.blocked[0], "", here.blocked[0]]
    assert not (disk / "journal.ballast").exists()
    later = here.journal.written(facts(number + 1))
    await asyncio.sleep(RETRY_S * 3)
    assert not waiting.done()
    assert not later.done()
    assert rows(here.path, "SELECT max(id), count(*) FROM job") == [(number - 1, number - 1)]
    filler.unlink()
    await later
    assert waiting.done()
    assert here.blocked[-1] == ""
    await until(lambda: here.journal._ballast.there)
    assert (disk / "journal.ballast").stat().st_size == ballast.BYTES
    await here.journal.close()
    check(here.path, number + 1)
    assert here.failures == []


async def test_closing_on_a_full_disk(disk: Path) -> None:
    """The ballast is what the last facts are written with."""
    here = Opened(disk / "journal.db", retry_s=60.0)
    await here.journal.written([*admitted(), *facts(1)])
    await until(lambda: here.journal._ballast.there)
    fill(disk)
    job = a_job(2, payload=bytes(100_000))
    waiting = here.journal.written([JobAdmitted(job=job), *facts(2)[1:]])
    await here.journal.close()
    await waiting
    check(here.path, 2)


async def test_opening_on_a_full_disk(disk: Path) -> None:
    """A journal opens on a full disk with the room that was kept in reserve."""
    for number in (1, 2):
        here = Opened(disk / "journal.db", retry_s=RETRY_S)
        await here.journal.written([*(admitted() if number == 1 else []), *facts(number)])
        if number == 1:
            await until(lambda: here.journal._ballast.there)  # noqa: B023  awaited at once
        await here.journal.close()
        fill(disk)
    check(disk / "journal.db", 2)


# -------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("exc", "words", "full", "reopen"),
    [
        (error(sqlite3.SQLITE_FULL), "is full", True, False),
        (error(sqlite3.SQLITE_IOERR_FSYNC), "fails (injected)", False, True),
        (error(sqlite3.SQLITE_BUSY), "another program", False, False),
        (OSError(28, "No space left on device"), "is full", True, True),
        (OSError(5, "Input/output error"), "Input/output error", False, True),
    ],
)
def test_what_heals(tmp_path: Path, exc: Exception, words: str, full: bool, reopen: bool) -> None:
    """What may pass is told in words with the next step."""
    found = journal_errors.of(exc, tmp_path / "journal.db")
    assert found is not None
    assert words in found.reason
    assert found.reason.endswith("work goes on by itself")
    assert (found.full, found.reopen) == (full, reopen)


@pytest.mark.parametrize(
    "exc",
    [
        sqlite3.IntegrityError("UNIQUE constraint failed"),
        error(sqlite3.SQLITE_CORRUPT),
        error(sqlite3.SQLITE_ERROR),
        sqlite3.OperationalError("of our own making"),
        OSError(2, "No such file"),
        ValueError("a bug"),
        DataDirError("without a cause"),
        JournalError("damaged"),
    ],
)
def test_what_does_not_heal(tmp_path: Path, exc: Exception) -> None:
    """Damage and bugs are not waited for."""
    assert journal_errors.of(exc, tmp_path / "journal.db") is None


async def test_a_bug_is_told(opened_with_bug: Any) -> None:
    """A commit that can never be written ends the journal and says what was given up."""
    here = opened_with_bug
    with pytest.raises(JournalError, match="UNIQUE"):
        await here.journal.written(facts(1))
    await until(lambda: here.failures)
    assert here.journal.unwritten["JobAdmitted"] == 1
    await here.journal.close()


@pytest.fixture
async def opened_with_bug(tmp_path: Path) -> Opened:
    here = Opened(tmp_path / "journal.db")
    await here.journal.written([*admitted(), *facts(1)])
    return here


def test_what_is_written_is_what_connect_reads(tmp_path: Path) -> None:
    """A name with signs that mean something in an address is a name."""
    path = tmp_path / "a ?mode=ro#%41.db"
    connect(path).close()
    assert path.exists()


async def test_a_writer_that_breaks_is_heard_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the journal's own, between two commits, leaves nobody waiting for the disk."""
    here = Opened(tmp_path / "journal.db")
    await here.journal.written(admitted(a_job()))
    broken = ValueError("a bug")

    def breaks() -> None:
        raise broken

    monkeypatch.setattr(here.journal, "_fold", breaks)
    # It breaks before that is written, or behind it.
    await asyncio.gather(here.journal.written([]), return_exceptions=True)
    await until(lambda: here.failures)
    assert here.failures == [broken]
    async with asyncio.timeout(10):
        with pytest.raises(JournalError, match="a bug"):
            await here.journal.written([])
        with pytest.raises(JournalError, match="a bug"):
            await here.journal.sweep()
    await here.journal.close()
    assert rows(here.path, "SELECT count(*) FROM job") == [(1,)]


async def test_a_sweep_that_breaks_is_heard_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for a slice is told too where a fault of the journal's own ends its writer."""
    here = Opened(tmp_path / "journal.db")

    def breaks(_db: sqlite3.Connection) -> bool:
        raise ValueError("a bug")

    monkeypatch.setattr(module, "sweep", breaks)
    async with asyncio.timeout(10):
        with pytest.raises(JournalError, match="a bug"):
            await here.journal.sweep()
    assert [str(exc) for exc in here.failures] == ["a bug"]
    await here.journal.close()
