"""Journals of every version that was ever released load for ever."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from soniq_tui.engine.opening import SCHEMA, connect
from soniq_tui.engine.reader import JournalFile
from soniq_tui.engine.rows import QueueControl
from soniq_tui.engine.takeover import earlier
from soniq_tui.model.commands import Target
from soniq_tui.model.job import BATCH_ENDED, BatchState, ErrorKind, Items, JobState
from soniq_tui.model.snapshot import Query, View
from tests.engine.desks import restored
from tests.engine.strategies import importer, payload_of, scheduler

DATA = Path(__file__).resolve().parents[1] / "data"
FILES = sorted(DATA.glob("journal_v*.sqlite"))
AT_S = 1_790_000_000.0


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    copy = tmp_path / "journal.db"
    shutil.copy(request.param, copy)
    connect(copy).close()  # migrates
    return copy


def test_there_is_one_of_each_version() -> None:
    """Each version of the schema has its file."""
    assert [path.name for path in FILES] == [f"journal_v{n}.sqlite" for n in range(1, SCHEMA + 1)]


def test_states_are_known(path: Path) -> None:
    """Every state of a batch, a job and every kind of error that was written can be read."""
    file = JournalFile(path)
    assert {batch.state for batch in file.batches(100)} == set(BatchState)
    jobs = file.page(Query(view=View.JOBS, batch_id=1)).rows
    assert {job.state for job in jobs} == set(JobState)
    causes = file.page(Query(view=View.CAUSES)).rows
    assert {cause.kind for cause in causes} == set(ErrorKind)
    file.close()


def test_everything_is_there(path: Path) -> None:
    """Jobs come back with all they carried."""
    file = JournalFile(path)
    left, unusable = earlier(file, importer, None, 100.0, AT_S)
    assert unusable == {}
    assert len(left.batches) == 7
    batch = left.batches[0]
    assert (batch.items, batch.worked_s, batch.priority) == (Items(20, 2, 2, 2), 12.5, -2)
    jobs = {job.state: job for job in left.jobs[1]}
    queued = jobs[JobState.QUEUED]
    assert (queued.stage, queued.first_stage, queued.payload) == (
        "group", "read", payload_of("group"),
    )  # fmt: skip
    assert (queued.not_before_s, queued.lane, queued.attempt, queued.fence) == (
        160.0, "host.invalid", 1, 3,
    )  # fmt: skip
    assert queued.label == "\u00c9t\u00e9 \\xff \u202e queued"
    assert jobs[JobState.RUNNING].suspects == (0, 7)
    assert len(left.keys[1]) == len(JobState) + 1
    finder = next(job for job in file.ended_jobs(1) if job.stage == "find")
    assert file.payload(finder.id) == payload_of("half way")
    file.close()


def test_work_goes_on(path: Path) -> None:
    """A scheduler takes such a journal over and everything in it comes to its end."""
    file = JournalFile(path)
    left, _ = earlier(file, importer, None, 100.0, AT_S)
    file.close()
    engine = scheduler()
    engine.start_ids(left.last_batch + 1, left.last_job + 1)
    jobs = [job for found in left.jobs.values() for job in found]
    keys = [(i, key) for i, known in left.keys.items() for key in known]
    restored(engine, left.batches, jobs, keys, 100.0)
    states = {batch_id: live.batch.state for batch_id, live in engine.live.items()}
    assert BatchState.CANCELLED in states.values()
    engine.cancel(Target(), 100.0, AT_S)
    assert all(live.batch.state in BATCH_ENDED for live in engine.live.values())


def test_nothing_foreign_in_it(path: Path) -> None:
    """The file is sound, small, and holds invented content only."""
    assert path.stat().st_size < 200_000
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for (label,) in db.execute("SELECT label FROM batch").fetchall():
        assert label.startswith("/invented/")
    db.close()


def test_what_the_second_version_added(path: Path, request: pytest.FixtureRequest) -> None:
    """What an older journal does not know is nothing; what a newer one wrote is there."""
    name = request.node.callspec.params["path"].stem
    newer, history = name != "journal_v1", {"journal_v1": 0, "journal_v2": 1}.get(name, 2)
    file = JournalFile(path)
    assert file.controls() == (
        {
            "extract": QueueControl(slots=3, held=True),
            "scan": QueueControl(autoscaled=False),
        }
        if newer
        else {}
    )
    assert file.page(Query(view=View.SCALES)).total == newer
    assert file.page(Query(view=View.HISTORY)).total == history
    deaths = {job.state: (job.deaths, job.died_at) for job in file.rows(range(100), float, 0)}
    assert deaths[JobState.RUNNING] == ((2, 7) if newer else (0, -1))
    file.close()


def test_what_the_third_version_added(path: Path, request: pytest.FixtureRequest) -> None:
    """How runs ended is there where it was written; older minutes do not know what failed."""
    newer = request.node.callspec.params["path"].stem not in {"journal_v1", "journal_v2"}
    file = JournalFile(path)
    detail = file.detail(9, 10)
    assert detail is not None
    assert (detail.job.state, detail.starts) == (JobState.FAILED, 3)
    assert [(a.fence, a.again, a.run_s) for a in detail.attempts] == (
        [(1, True, 2.5), (3, False, 0.5)] if newer else []
    )
    minutes = [(m.errors, m.took) for m in file.page(Query(view=View.HISTORY)).rows]
    assert minutes[-1:] in ([(None, ())], [])
    assert ((2, (0, 3, 2)) in minutes) is newer
    assert file.detail(99, 10) is None
    file.close()
