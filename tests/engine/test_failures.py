"""The newest failure and how many like it."""

import pytest

from soniq_tui.engine import failures as module
from soniq_tui.engine.failures import CAUSES_MOST, JOBS_MOST, Failures
from soniq_tui.model.events import ErrorsBooked
from soniq_tui.model.job import ErrorKind, ItemError


def booked(
    stage: str = "read",
    kind: ErrorKind = ErrorKind.CORRUPT,
    *items: str,
    job_id: int = 2,
    reason: str = "why",
) -> ErrorsBooked:
    errors = tuple(
        ItemError(item=i, stage=stage, kind=kind, reason=reason) for i in items or ("a",)
    )
    return ErrorsBooked(batch_id=1, job_id=job_id, errors=errors)


def test_newest() -> None:
    """The newest failure is told with its importer and how many of its cause there are."""
    failures = Failures()
    assert failures.newest is None
    failures.add(booked("read", ErrorKind.CORRUPT, "a", "b"), "fake", 5.0)
    failures.add(booked("store", ErrorKind.CORRUPT, "c"), "fake", 6.0)
    failures.add(booked("read", ErrorKind.CORRUPT, "d"), "fake", 7.0)
    newest = failures.newest
    assert newest is not None
    assert (newest.item, newest.same, newest.at_s, newest.importer) == ("d", 3, 7.0, "fake")


def test_like_it_are_those_of_the_same_cause() -> None:
    """As in the list of causes another reason of the same kind is another cause."""
    failures = Failures()
    corrupt = ErrorKind.CORRUPT
    failures.add(booked("read", corrupt, "a", "b", job_id=1, reason="cut short"), "fake", 5.0)
    failures.add(booked("read", corrupt, "c", job_id=2, reason="the file is empty"), "fake", 6.0)
    failures.add(booked("read", corrupt, "d", job_id=3, reason="the file is empty"), "fake", 7.0)
    newest = failures.newest
    assert newest is not None
    assert (newest.item, newest.reason, newest.same) == ("d", "the file is empty", 2)
    failures.clear(2)
    failures.clear(3)
    left = failures.newest
    assert left is not None
    assert (left.item, left.reason, left.same) == ("b", "cut short", 2)


@pytest.mark.parametrize("differs", ["stage", "reason"])
def test_memory_is_bounded(differs: str) -> None:
    """However many causes there are, only so many are counted, and the newest is told."""
    failures = Failures()
    for number in range(CAUSES_MOST * 3):
        stage, reason = (f"s{number}", "") if differs == "stage" else ("read", f"no {number}")
        failures.add(booked(stage, job_id=number, reason=reason), "fake", 1.0)
        assert failures.newest is not None
    assert len(failures._same) <= CAUSES_MOST + 1
    assert len(failures._of_job) <= JOBS_MOST


def test_counters_that_begin_anew_leave_no_failure_of_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A failure that is told is one of its cause at least, also when later ones are retried."""
    monkeypatch.setattr(module, "CAUSES_MOST", 3)
    failures = Failures()
    for job_id in range(6):
        failures.add(booked(job_id=job_id, reason=f"no {job_id}"), "fake", 1.0)
    told = []
    for job_id in reversed(range(6)):
        told.append(failures.newest)
        failures.clear(job_id)
    assert [view.same for view in told if view] == [1, 1]
    assert failures.newest is None


def test_what_is_retried_counts_no_more() -> None:
    """A job that starts again takes its failures along; the newest of the others is told."""
    failures = Failures()
    failures.add(booked("read", ErrorKind.CORRUPT, "a", "b", job_id=1), "fake", 5.0)
    failures.add(booked("read", ErrorKind.CORRUPT, "c", job_id=2), "fake", 6.0)
    failures.clear(2)
    newest = failures.newest
    assert newest is not None
    assert (newest.item, newest.same) == ("b", 2)
    failures.clear(1)
    failures.clear(1)
    assert failures.newest is None
    failures.add(booked("read", ErrorKind.CORRUPT, "a", job_id=1), "fake", 7.0)
    again = failures.newest
    assert again is not None
    assert (again.item, again.same) == ("a", 1)


def test_what_is_retried_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many causes have come and gone, one that still counts is told."""
    monkeypatch.setattr(module, "CAUSES_MOST", 3)
    failures = Failures()
    failures.add(booked(job_id=1, reason="stays"), "fake", 1.0)
    for job_id in range(2, 20):
        failures.add(booked(job_id=job_id, reason=f"no {job_id}"), "fake", 1.0)
        failures.clear(job_id)
    assert failures.newest is not None
    assert (failures.newest.reason, failures.newest.same) == ("stays", 1)


def test_jobs_are_bounded() -> None:
    """Of however many jobs that failed only the newest are known by their number."""
    failures = Failures()
    for number in range(JOBS_MOST + 50):
        failures.add(booked(job_id=number), "fake", 1.0)
    assert len(failures._of_job) == JOBS_MOST
    assert failures.newest is not None
    assert failures.newest.same == JOBS_MOST + 50
