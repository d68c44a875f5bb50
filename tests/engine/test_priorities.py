"""Batches and single jobs that are raised and lowered."""

import pytest

from soniq_tui.engine.control import MAX_PRIORITY
from soniq_tui.engine.queue import AGEING_S
from soniq_tui.model.commands import Target
from soniq_tui.model.job import JobState
from tests.engine.desks import ALL, Desk
from tests.engine.strategies import spawn


@pytest.fixture
def world() -> Desk:
    return Desk()


def test_shift_of_a_batch(world: Desk) -> None:
    """A batch goes up and down by steps, as far as it goes."""
    batch_id = world.submit(spawn("a", stage="read"), priority=MAX_PRIORITY - 1)
    shift = world.scheduler.shift_priority
    world.wrote(shift(Target(batches=(batch_id,)), 5, world.now_s))
    assert world.batch(batch_id).priority == MAX_PRIORITY
    assert shift(Target(batches=(batch_id,)), 5, world.now_s) == []
    world.wrote(shift(ALL, -(10**9), world.now_s))
    assert world.batch(batch_id).priority == -MAX_PRIORITY


def test_shift_of_a_job(world: Desk) -> None:
    """A job that is raised starts before the others of its batch, at once and in later stages."""
    world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    world.wrote(world.scheduler.shift_priority(Target(jobs=(3,)), 1, world.now_s))
    assert world.book.jobs[3].priority == 1
    assert world.batch(1).priority == 0
    job = world.start()
    assert (job.id, job.priority) == (3, 1)
    world.start()
    world.finish(job)
    assert world.book.jobs[3].priority == 1
    assert world.scheduler.queues["read"].depth == 2


def test_shift_keeps_the_age(world: Desk) -> None:
    """A job that was raised and lowered again is as old as it was."""
    world.submit(spawn("a", stage="read"))
    world.now_s += 5.0
    world.submit(spawn("b", stage="read"))
    world.now_s += 5.0
    for step in (1, -1):
        world.wrote(world.scheduler.shift_priority(Target(jobs=(1,)), step, world.now_s))
    assert world.start().key == "a"


def test_lowered_jobs_age(world: Desk) -> None:
    """A job that was lowered is not starved: in the end it goes before what came later."""
    world.submit(spawn("a", stage="read"))
    world.wrote(world.scheduler.shift_priority(Target(jobs=(1,)), -2, world.now_s))
    world.now_s += 2 * AGEING_S + 1
    world.submit(spawn("b", stage="read"))
    assert world.start().key == "a"


def test_shift_of_what_is_not_yet_due() -> None:
    """A raised job still waits for its time, and is counted once."""
    world = Desk(chance=lambda: 1.0)
    world.submit(spawn("a", stage="read"))
    world.finish(world.start(), JobState.FAILED, retryable=True, reason="gone")
    world.wrote(world.scheduler.shift_priority(Target(jobs=(1,)), 5, world.now_s))
    read = world.scheduler.queues["read"]
    assert (read.depth, read.delayed) == (1, 1)
    assert world.start() is None
    world.now_s = world.scheduler.next_due_s()
    assert world.start().priority == 5


@pytest.mark.parametrize("verb", ["start", "pause"])
def test_shift_of_what_does_not_wait(world: Desk, verb: str) -> None:
    """A job that runs or is paused takes its new priority along."""
    world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    if verb == "start":
        job = world.start()
    else:
        job = world.book.jobs[1]
        world.control("pause", Target(jobs=(1,)))
    world.wrote(world.scheduler.shift_priority(Target(jobs=(1,)), 2, world.now_s))
    if verb == "start":
        world.finish(job, JobState.PAUSED)
    else:
        world.control("resume", Target(jobs=(1,)))
    assert world.start().priority == 2
