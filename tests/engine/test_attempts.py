"""How runs of jobs ended: which are kept, where, and how many."""

import sqlite3
from pathlib import Path

import pytest

from soniq_tui.engine import attempts
from soniq_tui.engine import commit as module
from soniq_tui.engine.commit import Commit, Numbers
from soniq_tui.engine.opening import connect
from soniq_tui.engine.reader import JournalFile
from soniq_tui.model.details import AttemptRow
from soniq_tui.model.events import AttemptEnded, JobAdmitted, JobChanged
from soniq_tui.model.job import ErrorKind, JobState, Outcome
from tests.engine.journals import a_job, admitted, commit, rows


def ended(job_id: int, fence: int = 1, **fields) -> AttemptEnded:
    fields = {"stage": "read", "attempt": 0, "state": JobState.FAILED, "again": True,
              "at_s": 5.0, "run_s": 0.5, "reason": "r"} | fields  # fmt: skip
    return AttemptEnded(job_id=job_id, attempt=AttemptRow(fence=fence, **fields))


@pytest.mark.parametrize(
    ("job", "outcome", "kept"),
    [
        ({}, {"state": JobState.DONE, "run_s": 0.2}, False),
        ({}, {"state": JobState.DONE, "run_s": 1.5}, True),
        ({"attempt": 1}, {"state": JobState.DONE, "run_s": 0.2}, True),
        ({"retries": 1}, {"state": JobState.DONE, "run_s": 0.2}, True),
        ({}, {"state": JobState.FAILED, "kind": ErrorKind.NETWORK}, True),
        ({}, {"state": JobState.SKIPPED}, True),
        ({}, {"state": JobState.PAUSED}, True),
    ],
)
def test_what_went_well_and_quickly_is_not_kept(job, outcome, kept):
    """A row is written for what failed, was repeated, was stopped or took long, and no other."""
    assert attempts.is_kept(a_job(**job), Outcome(**outcome)) is kept


def test_a_run_says_whether_it_is_tried_again():
    """It failed and the job waits: it is tried again; it failed and the job has: that was it."""
    job = a_job(fence=4, attempt=2)
    outcome = Outcome(state=JobState.FAILED, reason="x" * 5000, run_s=2.0)
    waits = attempts.ended(job, outcome, a_job(state=JobState.QUEUED), 7.0).attempt
    assert (waits.again, waits.fence, waits.attempt, waits.at_s) == (True, 4, 2, 7.0)
    assert len(waits.reason) == attempts.REASON_CHARS
    assert not attempts.ended(job, outcome, a_job(state=JobState.FAILED), 7.0).attempt.again


def test_runs_are_read_back_oldest_first(tmp_path: Path):
    """With the job they belong to; a commit that is repeated writes none twice."""
    path = tmp_path / "journal.db"
    db = connect(path)
    commit(db, admitted(a_job(1), a_job(2)))
    for _ in range(2):
        commit(db, [ended(1, 3, reason="b\udc80"), ended(1, 1), ended(2, 1)])
    db.close()
    file = JournalFile(path)
    detail = file.detail(1, 5)
    assert detail is not None
    assert [(a.fence, a.again, a.reason) for a in detail.attempts] == [
        (1, True, "r"),
        (3, True, "b\\udc80"),
    ]
    assert file.detail(3, 5) is None
    file.close()


def test_their_number_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Those of the oldest jobs go; of a job that begins again for ever the newest stay."""
    monkeypatch.setattr(module, "ATTEMPTS_MOST", 60)
    monkeypatch.setattr(module, "PRUNE_ROWS", 20)
    path = tmp_path / "journal.db"
    db = connect(path)
    commit(db, admitted(*(a_job(n) for n in range(1, 301))))
    numbers = Numbers.of(db)
    for n in range(1, 301):
        db.execute("BEGIN IMMEDIATE")
        part = Commit(db, float, 1.0, numbers)
        part.take(ended(n))
        part.flush()
        db.execute("COMMIT")
        numbers = part.numbers
    kept = [row[0] for row in rows(path, "SELECT job_id FROM attempt ORDER BY job_id")]
    assert kept == list(range(301 - len(kept), 301))
    assert 40 <= len(kept) <= 60
    monkeypatch.undo()
    for fence in range(1, module.ATTEMPTS_OF_JOB + 30):
        commit(db, [ended(300, fence)])
    fences = rows(path, "SELECT min(fence), count(*) FROM attempt WHERE job_id = 300")
    assert fences == [(30, module.ATTEMPTS_OF_JOB)]
    db.close()


def test_a_run_in_the_commit_that_admits_its_job(tmp_path: Path):
    """Whatever comes in one commit, parents are written before children."""
    path = tmp_path / "journal.db"
    db = connect(path)
    job = a_job(1)
    over = a_job(1, state=JobState.DONE, fence=1)
    commit(db, [ended(1), *admitted(job), JobChanged(job=over), JobAdmitted(job=a_job(2))])
    db.close()
    assert rows(path, "SELECT job_id, fence FROM attempt") == [(1, 1)]


def test_one_without_a_job_is_refused(tmp_path: Path):
    """A run belongs to a job."""
    db = connect(tmp_path / "journal.db")
    with pytest.raises(sqlite3.IntegrityError):
        commit(db, [ended(9)])
    db.close()
