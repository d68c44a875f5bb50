"""Batches leave the journal at once, and what is theirs slice by slice."""

import asyncio
import signal
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.engine import sweep as sweeping
from soniq_tui.engine.commit import Commit, Numbers
from soniq_tui.engine.journal import Journal
from soniq_tui.engine.opening import connect
from soniq_tui.engine.queries import SQL
from soniq_tui.engine.reader import JournalFile
from soniq_tui.engine.sweep import shrink, sweep
from soniq_tui.errors import JournalError
from soniq_tui.model.details import AttemptRow
from soniq_tui.model.events import (
    AttemptEnded,
    BatchForgotten,
    Counted,
    ErrorsBooked,
    Event,
    JobAdmitted,
)
from soniq_tui.model.job import BatchState, JobState
from soniq_tui.model.snapshot import HistoryRow, Query, View
from tests.engine.faults import Faults, Opened
from tests.engine.journals import a_batch, a_job, admitted, commit, in_a_fork, rows
from tests.engine.strategies import fault

TABLES = ("batch", "job", "payload", "attempt", "error", "history")
GONE = BatchForgotten(batch_id=1, ended_at_s=50.0)


def facts(batch_id: int, jobs: int = 3, errors: int = 2, **fields: object) -> list[Event]:
    """Return a batch that has ended, each of whose jobs failed, with all that is kept of it."""
    ids = range(100 * batch_id, 100 * batch_id + jobs)
    fields = {"batch_id": batch_id, "state": JobState.FAILED} | fields
    made = [a_job(i, key=f"key {i}", **fields) for i in ids]
    ended = a_batch(batch_id, state=BatchState.DONE, ended_at_s=50.0)
    attempt = AttemptRow(
        fence=1, stage="read", attempt=0, state=JobState.FAILED, again=False, at_s=1.0, run_s=1.0,
        reason="why",
    )  # fmt: skip
    minute = HistoryRow(
        at_s=60.0 * batch_id, batch_id=batch_id, queue="read", jobs=1, failed=1, items=1, busy_s=1.0
    )
    return [
        *admitted(*made, batch=ended),
        *(ErrorsBooked(batch_id=batch_id, job_id=i, errors=(fault(),) * errors) for i in ids),
        *(AttemptEnded(job_id=i, attempt=attempt) for i in ids),
        Counted(rows=(minute,)),
    ]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A journal of two batches that have ended."""
    made = connect(tmp_path / "journal.db")
    commit(made, [*facts(1), *facts(2)])
    yield made
    made.close()


def counts(db: sqlite3.Connection) -> dict[str, int]:
    text = "SELECT count(*) FROM {}"
    return {name: db.execute(text.format(name)).fetchone()[0] for name in TABLES}


def forget(db: sqlite3.Connection, *events: Event) -> None:
    """Write it as the journal does: what is the batch's must not go with its row."""
    db.execute("PRAGMA foreign_keys = OFF")
    commit(db, events or [GONE])
    db.execute("PRAGMA foreign_keys = ON")


def swept(db: sqlite3.Connection, **how: int) -> int:
    """Sweep until nothing is left; return how many slices that took."""
    slices = 0
    db.execute("BEGIN")
    while sweep(db, **how):
        slices += 1
    db.execute("COMMIT")
    return slices


def test_all_of_a_batch_goes_and_nothing_else(db: sqlite3.Connection) -> None:
    """Jobs, runs, payloads, failures and minutes go with their batch; the other keeps all."""
    before = counts(db)
    forget(db)
    assert counts(db) == before | {"batch": 1}
    swept(db)
    assert counts(db) == {name: count // 2 for name, count in before.items()}
    assert {row[0] for row in db.execute("SELECT batch_id FROM job")} == {2}
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert not sweep(db)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_a_slice_is_bounded(db: sqlite3.Connection, most: int) -> None:
    """No slice takes more rows than it may, failures of one job among them."""
    commit(db, [ErrorsBooked(batch_id=1, job_id=100, errors=(fault(),) * 20)])
    forget(db)
    more = True
    while more:
        before = counts(db)
        more = sweep(db, rows=most)
        after = counts(db)
        gone = {name: before[name] - after[name] for name in TABLES}
        # A run and a payload go with their job.
        assert gone["job"] + gone["error"] + gone["history"] <= most
        assert gone["payload"] == gone["attempt"] == gone["job"]
    assert counts(db)["job"] == 3


def test_many_small_batches_go_in_one_slice(tmp_path: Path) -> None:
    """Two hundred batches with a job each take no two hundred slices; nothing else goes."""
    db = connect(tmp_path / "many.db")
    for i in range(1, 202):
        commit(db, facts(i, jobs=1, errors=0))
    forget(db, *(BatchForgotten(batch_id=i, ended_at_s=50.0) for i in range(1, 201)))
    assert swept(db) == 2  # and a third that is not full: 600 rows
    assert counts(db)["job"] == counts(db)["batch"] == counts(db)["history"] == 1
    assert db.execute("SELECT count(*) FROM forgotten").fetchone() == (0,)
    db.close()


def test_large_payloads_go_in_smaller_slices(tmp_path: Path) -> None:
    """Jobs are taken until their payloads are as large as may be, but never none."""
    db = connect(tmp_path / "large.db")
    commit(db, facts(1, jobs=6, errors=0, payload=bytes(4000)))
    forget(db)
    assert sweep(db, payload_bytes=9000)
    assert counts(db)["job"] == 4
    assert sweep(db, payload_bytes=10)
    assert counts(db)["job"] == 3
    db.close()


def test_numbers_are_not_given_again(tmp_path: Path) -> None:
    """The newest batch was removed: the next one is called otherwise, and so is all of it."""
    path = tmp_path / "journal.db"
    db = connect(path)
    commit(db, [*facts(1), *facts(2)])
    file = JournalFile(path)
    numbers, last = Numbers.of(db), file.last_ids()
    assert last == (2, 202)
    forget(db, BatchForgotten(batch_id=2, ended_at_s=70.0), GONE)
    assert (Numbers.of(db), file.last_ids()) == (numbers, last)
    swept(db)
    assert (Numbers.of(db), file.last_ids()) == (numbers, last)
    assert [tuple(row) for row in file.select("last_end")] == [(70.0,)]
    file.close()
    db.close()
    assert JournalFile(path).last_ids() == last


def test_a_commit_that_may_be_there_twice(db: sqlite3.Connection) -> None:
    """After an I/O error a commit with a removal is written again, whether it came through or not.

    Then nothing goes with a job by foreign keys, which are off: its payload is taken away as well.
    """
    events = [GONE, JobAdmitted(job=a_job(300, batch_id=2, key="new"))]
    numbers = Numbers.of(db)
    db.execute("PRAGMA foreign_keys = OFF")
    for again in (False, True):
        db.execute("BEGIN")
        part = Commit(db, float, 1000.0, numbers)
        if again:
            part.forget(events)
        for event in events:
            part.take(event)
        part.flush()
        db.execute("COMMIT")
    db.execute("PRAGMA foreign_keys = ON")
    swept(db)
    assert counts(db)["job"] == 4
    assert counts(db)["payload"] == 4
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_what_is_not_yet_swept_is_in_no_list(tmp_path: Path) -> None:
    """Rows of a batch that is gone are neither shown nor counted; those of others are."""
    path = tmp_path / "journal.db"
    db = connect(path)
    commit(db, [*facts(1), *facts(2)])
    file = JournalFile(path)
    assert file.page(Query(view=View.CAUSES)).total == 2  # grouped, and remembered as such
    forget(db)
    found = {view: file.page(Query(view=view)) for view in View if view is not View.LOG}
    of = {view: {row.batch_id for row in found[view].rows} for view in list(found)[:3]}
    assert of == {View.JOBS: {2}, View.CAUSES: {2}, View.ERRORS: {2}}
    totals = {view.value: page.total for view, page in found.items()}
    assert totals == {"jobs": 3, "causes": 1, "errors": 6, "batches": 1, "history": 1, "scales": 0}
    assert file.page(Query(view=View.JOBS, batch_id=1)).total == 0
    assert file.page(Query(view=View.JOBS, limit=1)).total == 3
    assert file.page(Query(view=View.ERRORS, limit=1)).total == 6
    assert file.matching((), "state:failed") == [200, 201, 202]
    assert file.batch(1) is None
    swept(db)
    assert file.page(Query(view=View.CAUSES)).total == 1
    assert file.page(Query(view=View.JOBS)).total == 3
    file.close()
    db.close()


def test_causes_are_not_grouped_anew_while_something_is_swept(tmp_path: Path) -> None:
    """What is known of the other batches is shown, without looking at each of their failures."""
    path = tmp_path / "journal.db"
    db = connect(path)
    commit(db, [*facts(1), *facts(2)])
    forget(db)
    file = JournalFile(path)
    grouped = file.page(Query(view=View.CAUSES)).rows
    assert [row.batch_id for row in grouped] == [2]
    asked: list[str] = []
    file._opened().set_trace_callback(asked.append)
    assert file.page(Query(view=View.CAUSES)).rows == grouped
    assert not [text for text in asked if "FROM error AS e" in text]
    file.close()
    db.close()


def test_bytes_are_told_about_right(tmp_path: Path) -> None:
    """What a batch is said to take is what becomes free in the file, give or take a fifth."""
    path = tmp_path / "journal.db"
    db = connect(path)
    name = "/srv/music/An Artist of Some Length/An Album of Some Length (1999)/{:02} Title.flac"
    jobs = [
        a_job(
            i, state=JobState.FAILED, key=name.format(i), label=name.format(i), payload=bytes(900)
        )
        for i in range(1, 1500)
    ]
    errors = [
        ErrorsBooked(batch_id=1, job_id=job.id, errors=(fault(item=job.label),)) for job in jobs
    ]
    ended = a_batch(1, state=BatchState.DONE, ended_at_s=50.0)
    commit(db, [*admitted(*jobs, batch=ended), *errors])
    file = JournalFile(path)
    weight = tuple(file.select("weigh_batch", {"batch_id": 1})[0])
    forget(db)
    swept(db)
    free = db.execute("PRAGMA freelist_count").fetchone()[0] * 4096
    assert weight[:2] == (1499, 1499)
    assert 0.8 < weight[2] / free < 1.2
    file.close()
    db.close()


@pytest.mark.parametrize("at", ["journal.after_commit:2", "journal.before_swept:1",
                                "journal.before_swept:7", "journal.before_swept:13"])  # fmt: skip
def test_killed_half_way(tmp_path: Path, at: str) -> None:
    """A process that is killed leaves a batch that is gone, and rows that the next one removes."""
    path = tmp_path / "journal.db"

    async def write() -> None:
        def told(_what: object) -> None:
            pass

        sweep.__defaults__ = (2, 1 << 20)
        days = 100_000  # what it writes is of 1970
        journal = Journal(path, on_stored=told, on_failure=told, on_blocked=told, history_days=days)
        await journal.written([*facts(1, jobs=9), *facts(2)])
        await journal.written([GONE])
        while await journal.sweep(hurry=True):
            pass
        await journal.close()

    assert in_a_fork(write, at) == -signal.SIGKILL
    file = JournalFile(path)
    assert [batch.id for batch in file.batches(10)] == [2]
    assert file.page(Query(view=View.JOBS)).total == 3
    assert file.page(Query(view=View.ERRORS)).total == 6
    assert file.last_ids() == (2, 202)
    file.close()
    assert rows(path, "SELECT count(*) > 3 FROM job") == [(1,)]
    db = connect(path)
    swept(db)
    assert counts(db) == {
        "batch": 1, "job": 3, "payload": 3, "attempt": 3, "error": 6, "history": 1,
    }  # fmt: skip
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


def large(path: Path) -> sqlite3.Connection:
    """Return a journal of 300 pages, of which a few more than ten are in use."""
    db = connect(path)
    commit(db, facts(1, jobs=300, errors=0, payload=bytes(4000)))
    commit(db, facts(9))
    forget(db)
    swept(db)
    return db


def test_what_is_free_is_given_back(tmp_path: Path) -> None:
    """In slices the file gets as short as what is left needs, with some to spare."""
    path = tmp_path / "journal.db"
    db = large(path)
    kept = counts(db)
    assert not shrink(db)  # too little to be worth it
    slices = 1
    while shrink(db, spare_pages=20):
        slices += 1
    free, pages, _ = db.execute(SQL["free_pages"]).fetchone()
    assert 1 < slices < 10
    assert free <= 20
    assert pages < 60
    assert not shrink(db, spare_pages=20)
    assert counts(db) == kept
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
    assert path.stat().st_size == 4096 * pages


def test_a_share_of_what_is_in_use_stays_free(db: sqlite3.Connection) -> None:
    """What comes and goes each night does not make the file shorter and longer in turn."""
    commit(db, facts(3, jobs=60, errors=0, payload=bytes(4000)))
    commit(db, facts(4, jobs=12, errors=0, payload=bytes(4000)))
    forget(db, BatchForgotten(batch_id=4, ended_at_s=50.0))
    swept(db)
    free, pages, _ = db.execute(SQL["free_pages"]).fetchone()
    assert 5 < free < (pages - free) * sweeping.SPARE_SHARE
    assert not shrink(db, spare_pages=0)


def test_a_journal_that_cannot_get_shorter_stays(tmp_path: Path) -> None:
    """One that was made without that is swept all the same, and left as large as it is."""
    path = tmp_path / "journal.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA user_version = 0")
    db.execute("CREATE TABLE t (a)")
    db.execute("DROP TABLE t")
    db.close()
    db = large(path)
    assert db.execute(SQL["free_pages"]).fetchone()[0] > 200
    assert not shrink(db, spare_pages=20)
    db.close()


async def test_a_journal_gives_back_behind_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What sweeps until nothing is left gives back what is free as well."""
    monkeypatch.setattr(sweeping.shrink, "__defaults__", (20,))
    here = Opened(tmp_path / "journal.db", history_days=100_000)
    await here.journal.written([*facts(1, jobs=300, payload=bytes(4000)), *facts(9), GONE])
    await until_swept(here)
    await here.journal.close()
    assert rows(here.path, SQL["free_pages"])[0][0] <= 20
    assert here.path.stat().st_size < 60 * 4096


async def until_swept(here: Opened) -> None:
    while await here.journal.sweep(hurry=True):
        pass


async def test_a_sweep_comes_behind_what_it_waits_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is asked for while something else is written sweeps what is forgotten before it."""
    here = Opened(tmp_path / "journal.db", history_days=100_000)
    await here.journal.written([*facts(1), *facts(2)])
    write, writes, may = here.journal._write, threading.Event(), threading.Event()

    def slowly(ops: list[Any]) -> None:
        writes.set()
        may.wait(5)
        write(ops)

    monkeypatch.setattr(here.journal, "_write", slowly)
    other = here.journal.written([JobAdmitted(job=a_job(300, batch_id=2, key="new"))])
    await asyncio.to_thread(writes.wait, 5)
    here.journal.append([GONE])
    swept_all = here.journal.sweep(hurry=True)
    may.set()
    await other
    await swept_all
    await here.journal.close()
    assert rows(here.path, "SELECT count(*) FROM job WHERE batch_id = 1") == [(0,)]


@pytest.mark.parametrize(
    ("code", "after"),
    [
        (sqlite3.SQLITE_FULL, False),
        (sqlite3.SQLITE_IOERR_FSYNC, False),
        (sqlite3.SQLITE_IOERR_FSYNC, True),
    ],
)
async def test_a_disk_that_fails_meanwhile(
    tmp_path: Path, faults: Faults, code: int, after: bool
) -> None:
    """The commit that removes a batch is tried again as any other, whether it took effect or not.

    It takes no job with it, and foreign keys are on again behind it.
    """
    here = Opened(tmp_path / "journal.db", retry_s=0.01, history_days=100_000)
    await here.journal.written([*facts(1), *facts(2)])
    faults.at, faults.code, faults.after, faults.left = "COMMIT", code, after, 2
    await here.journal.written([GONE, JobAdmitted(job=a_job(300, batch_id=2, key="new"))])
    await asyncio.sleep(0)
    assert here.blocked[-1] == ""
    found = await asyncio.to_thread(rows, here.path, "SELECT count(*) FROM job")
    assert found == [(7,)]
    await until_swept(here)
    await here.journal.close()
    db = await asyncio.to_thread(connect, here.path)
    assert await asyncio.to_thread(counts, db) == {
        "batch": 1, "job": 4, "payload": 4, "attempt": 3, "error": 6, "history": 1,
    }  # fmt: skip
    db.close()
    assert rows(here.path, "PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE])
async def test_a_slice_that_cannot_be_removed(tmp_path: Path, faults: Faults, code: int) -> None:
    """It is told at once and keeps nobody waiting; the next one goes on where it was."""
    here = Opened(tmp_path / "journal.db", retry_s=0.01)
    await here.journal.written([*facts(1), *facts(2)])
    await here.journal.written([GONE])
    before = here.journal._db
    faults.at, faults.code, faults.left = "DELETE FROM error", code, 1
    with pytest.raises(JournalError):
        await here.journal.sweep(hurry=True)
    assert here.blocked == []
    await here.journal.written([JobAdmitted(job=a_job(300, batch_id=2, key="new"))])
    # A disk that is full has failed no fsync: only after one that fails the file is opened anew.
    assert (here.journal._db is before) == (code == sqlite3.SQLITE_FULL)
    await until_swept(here)
    await here.journal.close()
    assert rows(here.path, "SELECT id FROM job") == [(200,), (201,), (202,), (300,)]
    assert here.failures == []


async def test_a_journal_that_is_closed_sweeps_no_more(tmp_path: Path) -> None:
    """Whoever asks then is told so, as with facts."""
    here = Opened(tmp_path / "journal.db")
    await here.journal.close()
    with pytest.raises(JournalError):
        await here.journal.sweep()


@pytest.mark.parametrize(
    "name", ["sweep_errors", "sweep_history", "jobs_to_sweep", "sweep_job", "weigh_batch"]
)
def test_an_index_leads_to_what_is_a_batchs(db: sqlite3.Connection, name: str) -> None:
    """However many jobs there are, a slice finds its own, and so does who weighs a batch."""
    values = {"batch_id": 1} if name == "weigh_batch" else (1, 9)[: SQL[name].count("?")]
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", values)]
    assert any(line.startswith("SEARCH") for line in plan)
    assert not [line for line in plan if line.startswith("SCAN") and "CONSTANT" not in line], plan


@pytest.mark.parametrize("name", ["ended_batches", "ended_before"])
def test_an_index_leads_to_what_may_be_left_to_do(db: sqlite3.Connection, name: str) -> None:
    """Whether a batch can go is seen without going through its jobs."""
    names = ("batches", "before_s", "now_at_s", "first_at_s", "slack_s")
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", dict.fromkeys(names))]
    assert [line for line in plan if "job_live" in line and line.startswith("SEARCH")], plan
