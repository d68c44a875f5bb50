"""The journal keeps what it promised."""

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.engine import journal as module
from soniq_tui.engine.opening import APPLICATION_ID, SCHEMA
from soniq_tui.engine.reader import JournalFile
from soniq_tui.engine.rows import KEEP_BYTES
from soniq_tui.errors import JournalError
from soniq_tui.model.events import (
    BatchChanged,
    BatchEmptied,
    ErrorsBooked,
    ErrorsCleared,
    JobAdmitted,
    JobChanged,
)
from soniq_tui.model.job import (
    ErrorKind,
    ItemError,
    Items,
    Job,
    JobState,
)
from tests.engine.faults import Faults, Opened
from tests.engine.journals import a_batch, a_job, admitted, rows
from tests.engine.strategies import fault
from tests.waiting import until

PAYLOAD_LARGE = bytes(KEEP_BYTES + 1)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def log_bytes(opened: Opened) -> int:
    return opened.path.with_name("journal.db-wal").stat().st_size


@pytest.fixture
async def opened(tmp_path: Path) -> Opened:
    there = Opened(tmp_path / "journal.db")
    yield there
    await there.journal.close()


async def test_written_is_on_disk(opened: Opened) -> None:
    """When ``written`` returns, another connection sees the rows."""
    await opened.journal.written(admitted(a_job()))
    assert rows(opened.path, "SELECT id, state FROM job") == [(1, "queued")]
    assert rows(opened.path, "PRAGMA journal_mode") == [("wal",)]


async def test_written_waits_for_all_before(opened: Opened) -> None:
    """``written`` without facts returns when all that was appended before is on disk."""
    opened.journal.append(admitted(a_job(1), a_job(2)))
    await opened.journal.written()
    assert rows(opened.path, "SELECT count(*) FROM job") == [(2,)]


async def test_coalescing(opened: Opened) -> None:
    """Of many changes of a job or a batch within one commit only the last is written."""
    await opened.journal.written(admitted(a_job()))
    before = opened.journal._db.total_changes
    job = a_job().moved(JobState.RUNNING, fence=1)
    many = [JobChanged(job=a_job(state=JobState.RUNNING, run_s=float(n))) for n in range(50)]
    batches = [BatchChanged(batch=a_batch(items=Items(total=n))) for n in range(50)]
    await opened.journal.written([*many, *batches, JobChanged(job=job)])
    assert opened.journal._db.total_changes - before == 2
    assert rows(opened.path, "SELECT state, fence FROM job") == [("running", 1)]
    assert rows(opened.path, "SELECT total FROM batch") == [(49,)]


async def test_group_commit(opened: Opened) -> None:
    """What queues up during one commit is the next commit."""
    opened.journal.append(admitted())
    for number in range(1, 2001):
        opened.journal.append([JobAdmitted(job=a_job(number))])
    await opened.journal.written()
    assert opened.journal.transactions < 100
    assert rows(opened.path, "SELECT count(*) FROM job") == [(2000,)]


async def test_a_commit_is_bounded(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """However fast work comes in, a commit takes only so much of it."""
    monkeypatch.setattr(module, "OPS_MOST", 10)
    await opened.journal.written(admitted())  # the writer may have looked at the bound before
    for number in range(1, 96):
        opened.journal.append([JobAdmitted(job=a_job(number))])
    await opened.journal.written()
    assert opened.journal.transactions >= 9
    assert rows(opened.path, "SELECT count(*) FROM job") == [(95,)]


async def test_then(opened: Opened) -> None:
    """What is to follow a commit follows it, and nothing else."""
    seen: list[Any] = []
    opened.journal.append(
        admitted(a_job()), then=lambda: seen.append(rows(opened.path, "SELECT id FROM job"))
    )
    assert seen == []
    await opened.journal.written([], then=lambda: seen.append("second"))
    await opened.journal.written()
    assert seen == [[(1,)], "second"]


async def test_emptied_in_order(opened: Opened) -> None:
    """All that waits when a batch is emptied is cancelled, what runs or comes later is not."""
    await opened.journal.written(
        [
            *admitted(a_job(1), a_job(2), a_job(3)),
            JobChanged(job=a_job(2, state=JobState.RUNNING)),
            JobChanged(job=a_job(3, state=JobState.PAUSED)),
            BatchEmptied(batch_id=1),
            JobAdmitted(job=a_job(4)),
        ]
    )
    states = rows(opened.path, "SELECT state FROM job ORDER BY id")
    assert [row[0] for row in states] == ["cancelled", "running", "cancelled", "queued"]


async def test_cleared_in_order(opened: Opened) -> None:
    """Errors booked before a job began again are gone, later ones stay."""
    booked = [
        ErrorsBooked(batch_id=1, job_id=1, errors=(fault(item=item),)) for item in ("old", "new")
    ]
    events = [*admitted(a_job()), booked[0], ErrorsCleared(job_id=1), booked[1]]
    await opened.journal.written(events)
    assert rows(opened.path, "SELECT item FROM error") == [("new",)]


async def test_payloads(opened: Opened) -> None:
    """A job starts with its newest payload, or with the one it was admitted with."""
    await opened.journal.written(admitted(a_job(1, payload=b"origin")))
    file = JournalFile(opened.path)

    def payload() -> bytes:
        return rows(opened.path, "SELECT coalesce(now, origin) FROM payload")[0][0]

    assert payload() == b"origin"
    moved = a_job(1, stage="group", payload=b"second")
    await opened.journal.written([JobChanged(job=moved, payload_changed=True)])
    await opened.journal.written([JobChanged(job=a_job(1, stage="group", payload=b""))])
    assert payload() == b"second"
    back = a_job(1, payload=b"", stored=True)
    await opened.journal.written([JobChanged(job=back, payload_changed=True)])
    assert payload() == b"origin"
    file.close()


async def test_large_payloads_may_leave_memory(opened: Opened) -> None:
    """Who holds a job is told when its large payload is safe; small and ended ones do not count."""
    await opened.journal.written(
        [
            *admitted(
                a_job(1, payload=PAYLOAD_LARGE),
                a_job(2, payload=PAYLOAD_LARGE[1:]),
                a_job(3, payload=PAYLOAD_LARGE),
            ),
            JobChanged(job=a_job(3, payload=PAYLOAD_LARGE, state=JobState.DONE)),
        ]
    )
    await opened.journal.written()
    assert opened.stored == [1]


async def test_closing_writes_everything(tmp_path: Path) -> None:
    """What was appended is on disk after closing, in one file; later facts are refused."""
    there = Opened(tmp_path / "journal.db")
    for number in range(100):
        batch = a_batch(number + 1)
        there.journal.append(admitted(a_job(number + 1, batch_id=number + 1), batch=batch))
    waiting = there.journal.written()
    await there.journal.close()
    await waiting
    assert names(tmp_path) == ["journal.ballast", "journal.db"]
    assert rows(there.path, "SELECT count(*) FROM job") == [(100,)]
    with pytest.raises(JournalError):
        await there.journal.written(admitted(a_job(200)))


async def test_reopening_keeps(tmp_path: Path) -> None:
    """A journal that is opened again has what it had."""
    path = tmp_path / "journal.db"
    for number in (1, 2):
        there = Opened(path)
        await there.journal.written(admitted(a_job(number)))
        await there.journal.close()
    assert rows(path, "SELECT id FROM job ORDER BY id") == [(1,), (2,)]
    assert rows(path, "PRAGMA user_version") == [(SCHEMA,)]
    assert rows(path, "PRAGMA application_id") == [(APPLICATION_ID,)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_failure(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that fails is told to who waits and to the engine; nothing of it is written."""
    await opened.journal.written(admitted(a_job(1)))
    done: list[str] = []

    def broken(self: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(module.Commit, "flush", broken)
    opened.journal.append([JobAdmitted(job=a_job(2))], then=lambda: done.append("then"))
    with pytest.raises(JournalError, match="cannot be written: disk I/O error"):
        await opened.journal.written([JobAdmitted(job=a_job(3))])
    with pytest.raises(JournalError, match="disk I/O error"):
        await opened.journal.written()
    opened.journal.append([JobAdmitted(job=a_job(4))])
    await until(lambda: opened.failures)
    assert [str(exc) for exc in opened.failures] == ["disk I/O error"]
    assert done == []
    assert rows(opened.path, "SELECT id FROM job") == [(1,)]


HOSTILE = [
    "\x00",
    "a\x00b",
    "\udcff.mp3",
    "\ud800",
    "'; DROP TABLE job; --",
    "\x1b]0;x\x07",
    "x" * 10**6,
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_foreign_text(opened: Opened, text: str) -> None:
    """No name, tag or message can stop the writer."""
    error = ItemError(item=text, stage="read", kind=ErrorKind.CORRUPT, reason=text)
    key = text.encode("utf-8", "backslashreplace").decode()
    await opened.journal.written(
        [
            *admitted(
                a_job(1, label=text, key=key, lane=text, error=text),
                batch=a_batch(label=text, error=text),
            ),
            ErrorsBooked(batch_id=1, job_id=1, errors=(error,)),
        ]
    )
    assert rows(opened.path, "SELECT label, key FROM job") == [(key, key)]
    assert rows(opened.path, "SELECT item, reason FROM error") == [(key, key)]


async def test_numbers_beyond_bounds(opened: Opened) -> None:
    """Counts that no database holds are cut, times that are no numbers are none."""
    items = Items(10**30, -(10**30), 5, 7)
    await opened.journal.written(
        admitted(
            a_job(1, items=items, weight=10**30, run_s=float("nan")),
            batch=a_batch(items=items),
        )
    )
    most = 2**63 - 1
    text = "SELECT total, done, skipped, failed, weight, run_s FROM job"
    assert rows(opened.path, text) == [(most, -most, 5, 7, most, 0.0)]


async def test_deaths(opened: Opened) -> None:
    """At how many deaths of the host a job was being run, and where, is remembered."""
    await opened.journal.written(admitted(a_job(1), a_job(2)))
    assert rows(opened.path, "SELECT deaths, died_at FROM job") == [(0, -1)] * 2
    await opened.journal.written([JobChanged(job=a_job(2, deaths=2, died_at=7))])
    assert rows(opened.path, "SELECT deaths, died_at FROM job") == [(0, -1), (2, 7)]
    file = JournalFile(opened.path)
    found = await asyncio.to_thread(file.rows, [1, 2])
    assert [(job.deaths, job.died_at) for job in found] == [(0, -1), (2, 7)]
    file.close()


async def test_payloads_do_not_ride_on_moves(opened: Opened) -> None:
    """A job that moves is written without its payload; one that is done gives up a large one."""
    large = bytes(50_000)
    await opened.journal.written(admitted(a_job(1, payload=large)))
    moved = a_job(1, stage="group", payload=large)
    await opened.journal.written([JobChanged(job=moved, payload_changed=True)])
    before = log_bytes(opened)
    await opened.journal.written([JobChanged(job=a_job(1, state=JobState.RUNNING))])
    assert log_bytes(opened) - before < 20_000
    await opened.journal.written([JobChanged(job=a_job(1, state=JobState.DONE))])
    assert rows(opened.path, "SELECT count(*) FROM payload") == [(0,)]


async def test_little_is_written(opened: Opened) -> None:
    """Of jobs that move by the hundred, each costs less than a kilobyte of the log."""
    count, group = 1000, 100
    jobs = [a_job(n, key=f"/music/{n:05}", payload=bytes(8000)) for n in range(1, count + 1)]
    await opened.journal.written(admitted(*jobs))
    before = log_bytes(opened)
    last: list[Job] = []
    for at in range(0, count + 1, group):
        now = jobs[at : at + group]
        events = [JobChanged(job=a_job(job.id, state=JobState.DONE)) for job in last]
        events += [JobChanged(job=a_job(job.id, state=JobState.RUNNING)) for job in now]
        await opened.journal.written([*events, BatchChanged(batch=a_batch())])
        last = now
    assert rows(opened.path, "SELECT DISTINCT state FROM job") == [("done",)]
    assert log_bytes(opened) - before < 2 * count * 1000


async def test_a_time_to_wait_for_is_written_by_the_clock_on_the_wall(opened: Opened) -> None:
    """The monotonic clock begins anew with the machine: what waits for its time still does then."""
    job = a_job(1, not_before_s=time.monotonic() + 3600)
    await opened.journal.written(admitted(job, a_job(2)))
    (waits,), (waits_not,) = rows(opened.path, "SELECT not_before_at_s FROM job ORDER BY id")
    assert waits == pytest.approx(time.time() + 3600, abs=60)
    assert not waits_not


async def test_a_clock_that_was_put_right(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to wait a while waits no hour longer because the clock was wrong when all began."""
    now_at_s = time.time() - 400_000_000
    monkeypatch.setattr(module.time, "time", lambda: now_at_s)
    await opened.journal.written(admitted(a_job(1, not_before_s=time.monotonic() + 10)))
    ((waits,),) = rows(opened.path, "SELECT not_before_at_s FROM job")
    assert waits == pytest.approx(now_at_s + 10, abs=5)


async def test_linger(opened: Opened) -> None:
    """What nobody waits for waits for company: four commits long, within bounds."""
    waits: list[float] = []
    inbox = opened.journal._ops
    real = inbox.gather
    inbox.gather = lambda linger_s, most: (waits.append(linger_s), real(linger_s, most))[1]
    for last_s in (0.0, 0.01, 1.0):
        await opened.journal.written(admitted() if not waits else [])
        opened.journal._last_s = last_s
        await opened.journal.written()
        await opened.journal.written()
    assert waits[-1] == pytest.approx(module.LINGER_MOST_S)
    assert 0.04 in [pytest.approx(wait) for wait in waits]
    assert min(waits) >= module.LINGER_S


async def test_the_log_stays_short(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is folded into the file as it grows, however few commits made it."""
    monkeypatch.setattr(module, "WAL_BYTES", 100_000)
    opened.journal._wal_most = 100_000
    await opened.journal.written(admitted())
    for number in range(1, 40):
        job = a_job(number, payload=bytes(30_000))
        await opened.journal.written([JobAdmitted(job=job)])
    assert log_bytes(opened) < 500_000
    assert rows(opened.path, "SELECT count(*) FROM payload") == [(39,)]


async def test_the_log_is_folded_seldom(
    tmp_path: Path, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that has grown once stays as long: that is no reason to fold it at each commit."""
    monkeypatch.setattr(module, "WAL_BYTES", 100_000)
    here = Opened(tmp_path / "journal.db")
    await here.journal.written(admitted(a_job(1, payload=bytes(200_000))))
    for number in range(2, 22):
        await here.journal.written([JobAdmitted(job=a_job(number))])
    await here.journal.close()
    assert 1 <= faults.seen.count("PRAGMA wal_checkpoint(PASSIVE)") <= 4
