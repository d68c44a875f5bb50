"""The newest failure and how many like it."""

from soniq_tui.engine.failures import CAUSES_MOST, Failures
from soniq_tui.model.events import ErrorsBooked
from soniq_tui.model.job import ErrorKind, ItemError


def booked(stage: str = "read", kind: ErrorKind = ErrorKind.CORRUPT, *items: str) -> ErrorsBooked:
    errors = tuple(ItemError(item=i, stage=stage, kind=kind, reason="why") for i in items or ("a",))
    return ErrorsBooked(batch_id=1, job_id=2, errors=errors)


def test_newest() -> None:
    """The newest failure is told with its importer and how many of its kind there are."""
    failures = Failures()
    assert failures.newest is None
    failures.add(booked("read", ErrorKind.CORRUPT, "a", "b"), "fake", 5.0)
    failures.add(booked("store", ErrorKind.CORRUPT, "c"), "fake", 6.0)
    failures.add(booked("read", ErrorKind.CORRUPT, "d"), "fake", 7.0)
    newest = failures.newest
    assert newest is not None
    assert (newest.item, newest.same, newest.at_s, newest.importer) == ("d", 3, 7.0, "fake")


def test_memory_is_bounded() -> None:
    """However many causes there are, only so many are counted."""
    failures = Failures()
    for number in range(CAUSES_MOST * 3):
        failures.add(booked(f"stage{number}"), "fake", 1.0)
    assert len(failures._same) <= CAUSES_MOST + 1
