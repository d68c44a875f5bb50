"""Jobs that share a lane run few at a time, and cost those behind them nothing."""

import pytest

from soniq_tui.engine.lanes import Entry, Lanes
from soniq_tui.model.commands import Target
from soniq_tui.model.job import JobState
from soniq_tui.model.settings import QueueSettings
from tests.engine.desks import Desk
from tests.engine.strategies import QUEUES, spawn


def desk(limit: int = 1, delay_s: float = 0.0, slots: int = 4) -> Desk:
    read = QueueSettings(slots=slots, priority=20, lane_limit=limit, lane_delay_s=delay_s)
    return Desk(QUEUES | {"read": read})


def page(key: str, lane: str = "a.example") -> object:
    return spawn(key, stage="read", lane=lane)


def started(world: Desk) -> list:
    """Start all that may start; return the jobs."""
    return list(iter(world.start, None))


def test_a_full_lane_blocks_nobody() -> None:
    """Jobs behind those of a full lane start, and the lane's next one when it frees."""
    world = desk()
    world.submit(page("a1"), page("a2"), page("a3"), page("b1", "b.example"), page("c", ""))
    jobs = started(world)
    assert [job.key for job in jobs] == ["a1", "b1", "c"]
    read = world.scheduler.queues["read"]
    assert (read.depth, read.delayed) == (2, 2)
    world.finish(jobs[0], JobState.SKIPPED)
    assert (read.depth, read.delayed) == (2, 1), "one waits for nothing but a slot now"
    assert [job.key for job in started(world)] == ["a2"]


def test_the_limit_of_a_lane() -> None:
    """As many jobs of a lane run at once as the queue says."""
    world = desk(limit=2)
    world.submit(*(page(f"a{n}") for n in range(4)))
    jobs = started(world)
    assert [job.key for job in jobs] == ["a0", "a1"]
    world.finish(jobs[1], JobState.SKIPPED)
    assert [job.key for job in started(world)] == ["a2"]


def test_distance() -> None:
    """The next job of a lane starts so long after the last one has started, and others before."""
    world = desk(limit=0, delay_s=2.0)
    world.submit(page("a1"), page("a2"), page("b1", "b.example"))
    assert [job.key for job in started(world)] == ["a1", "b1"]
    assert world.scheduler.next_due_s() == world.now_s + 2.0
    world.now_s += 1.9
    assert started(world) == []
    world.now_s += 0.1
    assert [job.key for job in started(world)] == ["a2"]
    assert world.scheduler.next_due_s() is None, "nobody waits any more"


def test_a_lane_spans_batches() -> None:
    """A server is the same server for two batches, and the one with more priority goes first."""
    world = desk()
    first = world.submit(page("a1"), page("a2"))
    job = world.start()
    second = world.submit(page("x"), priority=5)
    assert started(world) == []
    world.finish(job, JobState.SKIPPED)
    assert world.start().batch_id == second
    assert started(world) == []
    assert world.scheduler.live[first].waiting == 1


def test_a_paused_batch_does_not_keep_a_lane() -> None:
    """Jobs of another batch use the lane while those before them are paused."""
    world = desk()
    first = world.submit(page("a1"), page("a2"))
    world.control("pause", Target(batches=(first,)))
    second = world.submit(page("x"))
    job = world.start()
    assert job.batch_id == second
    world.control("resume", Target(batches=(first,)))
    assert started(world) == []
    world.finish(job, JobState.SKIPPED)
    assert world.start().key == "a1"


def test_cancelled_in_its_lane() -> None:
    """A job that is cancelled while it waits for its lane is passed over."""
    world = desk()
    world.submit(page("a1"), page("a2"), page("a3"))
    job = world.start()
    world.control("cancel", Target(jobs=(2,)))
    assert world.scheduler.queues["read"].delayed == 1
    world.finish(job, JobState.SKIPPED)
    assert world.start().key == "a3"


def test_a_raised_job_goes_first_in_its_lane() -> None:
    """Among jobs of one lane the order is that of all others: priority, then age."""
    world = desk()
    world.submit(page("a1"), page("a2"), page("a3"))
    job = world.start()
    world.wrote(world.scheduler.shift_priority(Target(jobs=(3,)), 1, world.now_s))
    world.finish(job, JobState.SKIPPED)
    assert world.start().key == "a3"


def test_a_raised_job_goes_before_one_that_is_shown() -> None:
    """A better job of an open lane starts first also when another one already competes."""
    world = desk(slots=1)
    world.submit(page("b", "b.example"), page("a1"), page("a2"))
    job = world.start()
    assert job.key == "b"
    world.wrote(world.scheduler.shift_priority(Target(jobs=(3,)), 1, world.now_s))
    world.finish(job, JobState.SKIPPED)
    assert world.start().key == "a2"


def test_a_queue_without_lanes() -> None:
    """Where a queue has no lanes, what jobs share does not matter."""
    world = desk(limit=0)
    world.submit(page("a1"), page("a2"))
    assert [job.key for job in started(world)] == ["a1", "a2"]
    assert world.scheduler.queues["read"].delayed == 0


def test_delayed_jobs_are_counted() -> None:
    """``delayed`` counts those that wait for their time as well as for their lane."""
    world = desk()
    world.scheduler._chance = lambda: 1.0
    world.submit(page("a1"), page("a2"), page("b1", "b.example"))
    jobs = started(world)
    world.finish(jobs[1], JobState.FAILED, retryable=True, reason="gone")
    read = world.scheduler.queues["read"]
    assert (read.depth, read.delayed) == (2, 2)
    world.control("cancel")
    assert (read.depth, read.delayed) == (0, 0)


def test_idle_lanes_take_no_memory() -> None:
    """After 1,000 servers nothing is left of them."""
    world = desk(delay_s=1.0)
    world.submit(*(page(str(n), f"{n}.example") for n in range(1000)))
    while job := world.start():
        world.finish(job, JobState.SKIPPED)
    world.now_s += 2.0
    assert world.start() is None
    lanes = world.scheduler.queues["read"].lanes
    assert (lanes._lanes, lanes._waiting, lanes._shown, lanes._due) == ({}, {}, {}, [])


@pytest.mark.parametrize("name", ["", "\x1b[31m", "\udcff", "a" * 10_000])
def test_any_name(name: str) -> None:
    """A lane's name comes from outside and may be anything."""
    world = desk()
    world.submit(page("a1", name), page("a2", name))
    assert len(started(world)) == (1 if name else 2)


def test_parked() -> None:
    """An entry that was shown and has to wait again is shown when the lane opens."""
    lanes = Lanes(limit=1, delay_s=0.0)
    first, second = Entry(0.0, 1, 1, "a"), Entry(0.0, 2, 2, "a")
    assert lanes.push(1, first, 0.0) == [(1, first)]
    assert lanes.push(2, second, 0.0) == [(2, second)]
    lanes.start("a", 0.0)
    assert lanes.left(1, first, 0.0) == []
    lanes.park(2, second)
    assert lanes.end("a", 0.0) == [(2, second)]
    lanes.drop_batch(2)
    assert lanes.wake(9.0) == []
