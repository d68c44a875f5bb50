"""One queue by itself."""

import pytest
from msgspec.structs import replace

from soniq_tui.engine.queue import AGEING_S, JobQueue
from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.errors import PluginError
from soniq_tui.importers.base import Importer, Stage
from soniq_tui.model.job import Job, JobState, Outcome
from soniq_tui.model.settings import QueueSettings, Scaling
from tests.engine.strategies import FAKE, read, spawn


def queue(slots: int = 2, limit: int = 0, scaling: Scaling = Scaling.FIXED) -> JobQueue:
    return JobQueue("q", QueueSettings(slots=slots, depth_limit=limit, scaling=scaling))


def job(job_id: int, *, turn: int = 0, priority: int = 0, lane: str = "") -> Job:
    return Job(
        id=job_id,
        batch_id=1,
        importer="fake",
        stage="read",
        first_stage="read",
        key=str(job_id),
        label="",
        turn=turn or job_id,
        priority=priority,
        lane=lane,
    )


def start(q: JobQueue, job_id: int) -> int:
    """Start a job that was pushed a moment before; return its slot."""
    q.push(job(job_id), 0.0, 0.0)
    return q.start(1, 0.0)


def test_lowest_slot_first() -> None:
    """A job gets the lowest free slot, and a slot that was given back is given again."""
    q = queue(3)
    assert [start(q, job_id) for job_id in (10, 11, 12)] == [0, 1, 2]
    assert not q.has_free_slot
    q.give_back(job(11), 0.0)
    q.give_back(job(10), 0.0)
    assert [start(q, 13), start(q, 14)] == [0, 1]


def test_giving_back_what_nobody_has() -> None:
    """Giving back twice frees nothing twice."""
    q = queue(1)
    start(q, 1)
    q.give_back(job(1), 0.0)
    q.give_back(job(1), 0.0)
    start(q, 2)
    assert not q.has_free_slot


def test_shrink_and_grow_while_busy() -> None:
    """Slots beyond a new size drain, and come back when the queue grows again meanwhile."""
    q = queue(4)
    for job_id in range(1, 5):
        start(q, job_id)
    q.resize(2)
    q.give_back(job(1), 0.0)
    q.give_back(job(4), 0.0)
    assert not q.has_free_slot, "two still run"
    q.give_back(job(3), 0.0)
    assert start(q, 9) == 0
    q.resize(4)
    assert sorted([start(q, 20), start(q, 21)]) == [2, 3]


def test_held() -> None:
    """A held queue starts nothing."""
    q = queue()
    q.held = True
    assert not q.has_free_slot


def test_target() -> None:
    """Only so many slots are used as the engine wants to use."""
    q = queue(4, scaling=Scaling.CPU)
    q.target = 1
    start(q, 1)
    assert not q.has_free_slot
    q.target = 2
    assert q.has_free_slot


def test_resize_keeps_what_was_held_back() -> None:
    """A target below the slots stays where it fits; where all were used all are used again."""
    q = queue(4, scaling=Scaling.CPU)
    q.resize(6)
    assert q.target == 6
    q.target = 3
    q.resize(5)
    assert q.target == 3
    q.resize(2)
    assert q.target == 2
    fixed = queue(2)
    fixed.resize(1)
    fixed.resize(3)
    assert fixed.target == 3


def test_order() -> None:
    """Priority first, then age, then the order in which they came."""
    q = queue()
    q.push(job(100, turn=1), 0.0, 0.0)
    q.push(job(101, turn=2, priority=1), AGEING_S / 2, 0.0)
    q.push(job(102, turn=3), 0.0, 0.0)
    order = []
    while head := q.head(1):
        order.append(head.job_id)
        q.drop(1, 0.0)
    assert order == [101, 100, 102]
    assert list(q.batches()) == []


def test_full() -> None:
    """A queue is full when those that may start reach its limit."""
    q = queue(limit=2)
    for batch_id in (1, 2, 2):
        q.count(batch_id, 1)
    assert q.full(lambda _: True)
    assert q.full(lambda batch_id: batch_id == 2)
    assert not q.full(lambda batch_id: batch_id == 1)
    q.drop_batch(2)
    assert q.depth == 1
    assert not q.full(lambda _: True)


def test_no_limit() -> None:
    """A queue without a limit is never full."""
    q = queue()
    for _ in range(1000):
        q.count(1, 1)
    assert not q.full(lambda _: True)


def test_hot_and_ready() -> None:
    """Cold jobs are not hot, and those that wait for their time are not ready."""
    q = queue()
    q.count(1, 5, cold=2)
    q.set_aside(1, 7, 1)
    assert (q.depth, q.hot(1), q.ready(1), q.delayed) == (5, 3, 2, 1)
    q.forget(1, 7)
    q.forget(1, 7)
    assert (q.ready(1), q.delayed) == (3, 0)
    q.drop_batch(1)
    assert (q.depth, q.hot(1), q.ready(1)) == (0, 0, 0)


def two_ways(*queues: str) -> Importer:
    """Return an importer whose stages wait in these queues."""
    stages = tuple(Stage(f"s{n}", name, read) for n, name in enumerate(queues))
    return replace(FAKE, stages=stages)


def test_full_queues_never_wait_for_each_other() -> None:
    """An importer that sends jobs round in a circle of limited queues is refused."""
    limited = {name: QueueSettings(depth_limit=2) for name in ("a", "b", "c")}
    circle = Scheduler(lambda _: two_ways("a", "b", "c", "a"), limited)
    with pytest.raises(PluginError, match="from queue c to a, which wait for each other"):
        circle.submit("x", "x", b"", [spawn("k", stage="s0")], now_s=1.0, now_at_s=1.0)
    importers = {"there": two_ways("a", "b"), "back": two_ways("b", "a")}
    both = Scheduler(importers.__getitem__, limited)
    both.submit("there", "x", b"", [spawn("k", stage="s0")], now_s=1.0, now_at_s=1.0)
    with pytest.raises(PluginError, match="importer back"):
        both.submit("back", "x", b"", [spawn("k", stage="s0")], now_s=1.0, now_at_s=1.0)


def test_two_stages_in_one_limited_queue() -> None:
    """A job that goes on in the same queue makes it no fuller: nothing stands still."""
    limited = {"a": QueueSettings(depth_limit=2)}
    one = Scheduler(lambda _: two_ways("a", "a"), limited)
    spawns = [spawn(str(n), stage="s0") for n in range(6)]
    one.submit("x", "x", b"", spawns, now_s=1.0, now_at_s=1.0)
    done = 0
    while started := one.start_next(1.0):
        one.finish(started[0], Outcome(state=JobState.DONE, payload=b"x"), 1.0, 1.0)
        done += 1
    assert done == 12
