"""One queue by itself."""

from soniq_tui.engine.queue import AGEING_S, JobQueue
from soniq_tui.model.settings import QueueSettings


def queue(slots: int = 2, limit: int = 0) -> JobQueue:
    return JobQueue("q", QueueSettings(slots=slots, depth_limit=limit))


def test_lowest_slot_first() -> None:
    """A job gets the lowest free slot, and a slot that was given back is given again."""
    q = queue(3)
    assert [q.take_slot(job) for job in (10, 11, 12)] == [0, 1, 2]
    assert not q.has_free_slot
    q.give_back(11)
    q.give_back(10)
    assert [q.take_slot(13), q.take_slot(14)] == [0, 1]


def test_giving_back_what_nobody_has() -> None:
    """Giving back twice frees nothing twice."""
    q = queue(1)
    q.take_slot(1)
    q.give_back(1)
    q.give_back(1)
    q.take_slot(2)
    assert not q.has_free_slot


def test_shrink_and_grow_while_busy() -> None:
    """Slots beyond a new size drain, and come back when the queue grows again meanwhile."""
    q = queue(4)
    for job in range(4):
        q.take_slot(job)
    q.resize(2)
    q.give_back(0)
    q.give_back(3)
    assert not q.has_free_slot, "two still run"
    q.give_back(2)
    assert q.take_slot(9) == 0
    q.resize(4)
    assert sorted([q.take_slot(20), q.take_slot(21)]) == [2, 3]


def test_held() -> None:
    """A held queue starts nothing."""
    q = queue()
    q.held = True
    assert not q.has_free_slot


def test_order() -> None:
    """Priority first, then age, then the order in which they came."""
    q = queue()
    q.push(1, 100, 1, 0, 0.0)
    q.push(1, 101, 2, 1, AGEING_S / 2)
    q.push(1, 102, 3, 0, 0.0)
    order = []
    while head := q.head(1):
        order.append(head[2])
        q.pop(1)
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
