"""Jobs that are frozen where they are."""

import pytest

from soniq_tui.model.commands import Target
from soniq_tui.model.job import BatchState, JobState
from tests.engine.desks import Desk
from tests.engine.strategies import spawn


@pytest.fixture
def world() -> Desk:
    return Desk()


def test_hard_pause_of_a_batch(world: Desk) -> None:
    """What runs is frozen, holds its slot, and its batch is pausing until it is resumed."""
    batch_id = world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    first, second = world.start(), world.start()
    world.control("pause", hard=True)
    for job in (first, second):
        now = world.book.jobs[job.id]
        assert (now.state, now.frozen) == (JobState.PAUSING, True)
    assert world.batch(batch_id).state is BatchState.PAUSING
    assert len(world.scheduler.queues["read"].busy) == 2
    assert world.control("pause", hard=True) == []
    world.control("resume")
    for job in (first, second):
        now = world.book.jobs[job.id]
        assert (now.state, now.frozen) == (JobState.RUNNING, False)
    assert world.batch(batch_id).state is BatchState.RUNNING


def test_hard_after_soft(world: Desk) -> None:
    """A job that was asked to stop at its next item can be frozen before it gets there."""
    world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    job, other = world.start(), world.start()
    world.control("pause", Target(jobs=(job.id,)))
    assert not world.book.jobs[job.id].frozen
    world.control("pause", Target(jobs=(job.id,)), hard=True)
    assert world.book.jobs[job.id].frozen
    world.control("pause")
    assert not world.book.jobs[other.id].frozen
    world.control("pause", hard=True)
    assert world.book.jobs[other.id].frozen


def test_soft_after_hard(world: Desk) -> None:
    """What is frozen stays so when someone asks it to stop."""
    world.submit(spawn("a", stage="read"))
    job = world.start()
    world.control("pause", hard=True)
    assert world.control("pause", Target(jobs=(job.id,))) == []
    assert world.book.jobs[job.id].frozen


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.DONE, JobState.FAILED])
def test_nothing_stays_frozen(world: Desk, state: JobState) -> None:
    """However a frozen job stops, a kill included, it is no longer frozen then."""
    world.submit(spawn("a", stage="read"))
    job = world.start()
    world.control("pause", hard=True)
    world.finish(job, state)
    assert not world.book.jobs[job.id].frozen


def test_cancel_of_what_is_frozen(world: Desk) -> None:
    """A frozen job that is cancelled has to be let go to die."""
    world.submit(spawn("a", stage="read"))
    job = world.start()
    world.control("pause", hard=True)
    world.control("cancel")
    now = world.book.jobs[job.id]
    assert (now.state, now.frozen) == (JobState.CANCELLING, False)


def test_hard_pause_of_what_waits(world: Desk) -> None:
    """A job that does not run has nothing to freeze: it is paused."""
    world.submit(spawn("a", stage="read"))
    world.control("pause", Target(jobs=(1,)), hard=True)
    assert (world.book.jobs[1].state, world.book.jobs[1].frozen) == (JobState.PAUSED, False)
