"""Queues that are held, scaled and resized."""

import pytest

from soniq_tui.engine.slots import MAX_SLOTS, UNSCALED
from soniq_tui.errors import UsageError
from soniq_tui.model.events import AutoscaleSet, QueueHeld, Scaled, SlotsResized
from soniq_tui.model.job import JobState
from soniq_tui.model.settings import QueueSettings, Scaling
from tests.engine.desks import Desk
from tests.engine.strategies import QUEUES, spawn


@pytest.fixture
def world() -> Desk:
    made = Desk(QUEUES | {"read": QueueSettings(slots=4, scaling=Scaling.CPU)})
    made.submit(*(spawn(f"k{n}", stage="read") for n in range(8)))
    return made


def test_hold(world: Desk) -> None:
    """A held queue starts nothing more, what runs goes on, and saying it twice changes nothing."""
    job = world.start()
    assert world.scheduler.hold("read") == [QueueHeld(queue="read", held=True)]
    assert world.scheduler.hold("read") == []
    assert world.start() is None
    assert world.state(job) is JobState.RUNNING
    assert world.scheduler.hold("read", held=False) == [QueueHeld(queue="read", held=False)]
    assert world.start() is not None


def test_target(world: Desk) -> None:
    """Only as many slots are used as the engine wants to use; no busy one is stopped for it."""
    read = world.scheduler.queues["read"]
    assert (read.target, read.autoscaled) == (4, True)
    assert world.scheduler.set_target("read", 2, "78 °C") == [
        Scaled(queue="read", before=4, after=2, reason="78 °C")
    ]
    running = [world.start(), world.start()]
    assert world.start() is None
    world.scheduler.set_target("read", 1, "81 °C")
    assert [world.state(job) for job in running] == [JobState.RUNNING] * 2
    world.finish(running[0], JobState.SKIPPED)
    assert world.start() is None
    world.scheduler.set_target("read", 4, "")
    assert [world.start() is not None for _ in range(4)] == [True, True, True, False]


def test_target_told_once(world: Desk) -> None:
    """A scale event tells of another target or another reason, and of nothing else."""
    scheduler = world.scheduler
    assert scheduler.set_target("read", 4, "") == []
    assert scheduler.set_target("read", 4, "backlog of 8") == [
        Scaled(queue="read", before=4, after=4, reason="backlog of 8")
    ]
    assert scheduler.set_target("read", 4, "backlog of 8") == []


@pytest.mark.parametrize(("asked", "target"), [(-1, 0), (0, 0), (9, 4)])
def test_target_within_bounds(world: Desk, asked: int, target: int) -> None:
    """No target is below none or above the slots there are."""
    world.scheduler.set_target("read", asked, "why")
    assert world.scheduler.queues["read"].target == target


def test_autoscale(world: Desk) -> None:
    """When nobody scales a queue any more all its slots are used, and nobody says why."""
    world.scheduler.set_target("read", 1, "78 °C")
    assert world.scheduler.autoscale("read", on=False) == [
        AutoscaleSet(queue="read", on=False),
        Scaled(queue="read", before=1, after=4, reason=UNSCALED),
    ]
    read = world.scheduler.queues["read"]
    assert (read.target, read.reason, read.autoscaled) == (4, "", False)
    assert world.scheduler.autoscale("read", on=False) == []
    assert world.scheduler.set_target("read", 1, "78 °C") == []
    assert world.scheduler.autoscale("read") == [AutoscaleSet(queue="read", on=True)]
    assert world.scheduler.set_target("read", 1, "78 °C") != []


def test_a_queue_that_nobody_scales(world: Desk) -> None:
    """A queue of fixed size uses all its slots from the beginning."""
    store = world.scheduler.queues["store"]
    assert (store.target, store.autoscaled) == (store.slots, False)


def test_resize(world: Desk) -> None:
    """A target never exceeds the slots, and more slots do not lift what is held back."""
    world.scheduler.set_target("read", 3, "78 °C")
    assert world.scheduler.resize("read", 2) == [SlotsResized(queue="read", slots=2)]
    assert world.scheduler.queues["read"].target == 2
    world.scheduler.set_target("read", 1, "78 °C")
    world.scheduler.resize("read", 6)
    assert world.scheduler.queues["read"].target == 1


@pytest.mark.parametrize("verb", ["hold", "autoscale"])
def test_no_such_queue(world: Desk, verb: str) -> None:
    """A queue that does not exist is refused, and those that do are named."""
    with pytest.raises(UsageError, match="'nope'; there are: scan"):
        getattr(world.scheduler, verb)("nope")
    with pytest.raises(UsageError, match="'nope'"):
        world.scheduler.set_target("nope", 1, "")


def test_the_most_slots(world: Desk) -> None:
    """No queue has more slots than a machine can use."""
    with pytest.raises(UsageError, match=f"1 to {MAX_SLOTS}"):
        world.scheduler.resize("read", MAX_SLOTS + 1)
