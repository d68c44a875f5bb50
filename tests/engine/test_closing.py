"""The stage that closes a batch: once, last, and again after a retry."""

import msgspec
import pytest
from msgspec.structs import replace

from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.errors import PluginError
from soniq_tui.importers.base import Context, Importer, Stage
from soniq_tui.model.commands import Target
from soniq_tui.model.job import BatchState, Begun, Items, JobState
from tests.engine.desks import Desk
from tests.engine.strategies import FAKE, Options, fault, payload_of, read, spawn, store


async def close(options: Options, ctx: Context) -> None:
    """Put things in order."""


CLOSING = replace(FAKE, stages=(*FAKE.stages, Stage("close", "store", close)), closing="close")


LATE = replace(
    FAKE,
    stages=(
        *FAKE.stages,
        Stage("close", "store", close),
        Stage("look", "read", read),
        Stage("keep", "store", store),
    ),
    closing="close",
)
"""The closing stage spawns jobs that have stages of their own."""


def desk(importer: Importer) -> Desk:
    return Desk(make=lambda queues: Scheduler(lambda _: importer, queues))


@pytest.fixture
def world() -> Desk:
    return desk(CLOSING)


def begun(world: Desk) -> list[str]:
    """Do all that can be done; return the stages in their order."""
    stages = []
    while job := world.start():
        stages.append(job.stage)
        world.finish(job)
    return stages


def test_runs_last_and_once(world: Desk) -> None:
    """When all other jobs have ended the closing stage runs with the options; then it is over."""
    batch_id = world.submit(spawn("a", stage="store"), spawn("b", stage="store"))
    options = msgspec.msgpack.encode(Options())
    world.scheduler.live[batch_id].batch = replace_options(world, batch_id, options)
    for _ in "ab":
        world.finish(world.start())
        assert world.batch(batch_id).state is BatchState.RUNNING
    last = world.start()
    assert (last.stage, last.payload, last.weight) == ("close", options, 0)
    assert not world.scheduler.live[batch_id].growing
    world.finish(last)
    assert world.start() is None
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items(total=2, done=2)


def replace_options(world: Desk, batch_id: int, options: bytes):
    return msgspec.structs.replace(world.scheduler.live[batch_id].batch, options=options)


def test_after_failures_and_after_a_retry(world: Desk) -> None:
    """Failed jobs do not keep it from running, and after a retry of them it runs once more."""
    batch_id = world.submit(spawn("a", stage="store"))
    job = world.start()
    world.finish(job, JobState.FAILED, errors=(fault("store"),), reason="no")
    assert begun(world) == ["close"]
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.retry(batch_id) == 1
    assert begun(world) == ["store", "close"]
    assert world.batch(batch_id).state is BatchState.DONE


def test_after_what_ends_while_it_runs(world: Desk) -> None:
    """A job that is retried and ends while the closing stage runs makes it run once more."""
    batch_id = world.submit(spawn("a", stage="store"), spawn("b", stage="read"))
    world.finish(world.start(), JobState.FAILED, errors=(fault("store"),), reason="no")
    world.finish(world.start(), JobState.FAILED, errors=(fault("read"),), reason="no")
    closing = world.start()
    assert closing.stage == "close"
    world.scheduler.resize("store", 2)
    assert world.retry(batch_id) == 2
    for _ in "ab":
        world.finish(world.start(), JobState.FAILED, errors=(fault("x"),), reason="no")
    world.finish(closing)
    assert begun(world) == ["close"]
    assert world.batch(batch_id).state is BatchState.DONE


def test_not_for_what_was_cancelled(world: Desk) -> None:
    """A batch that is cancelled ends without it."""
    batch_id = world.submit(spawn("a", stage="store"))
    job = world.start()
    world.control("cancel", Target(batches=(batch_id,)))
    world.finish(job, JobState.CANCELLED)
    assert world.start() is None
    assert world.batch(batch_id).state is BatchState.CANCELLED


def test_after_the_last_waiting_job_was_cancelled(world: Desk) -> None:
    """What was done before the last job was given up by itself is put in order, too."""
    batch_id = world.submit(spawn("a", stage="store"), spawn("b", stage="store"))
    world.finish(world.start())
    world.control("cancel", Target(jobs=(2,)))
    assert world.batch(batch_id).state is BatchState.RUNNING
    assert begun(world) == ["close"]
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items(total=2, done=1, skipped=1)


@pytest.mark.parametrize("deaths", [1, 3])
def test_after_the_last_job_ended_with_its_host(world: Desk, deaths: int) -> None:
    """A batch whose last job is cancelled or set aside as the next host begins is closed there."""
    batch_id = world.submit(spawn("a", stage="store"), spawn("b", stage="store"))
    world.finish(world.start())
    for death in range(1, deaths + 1):
        last = world.start()
        if death == deaths == 1:
            world.control("cancel", Target(jobs=(last.id,)))
        world.crash(Begun(job_id=last.id, fence=last.fence, position=0))
    assert world.state(last) is (JobState.CANCELLED if deaths == 1 else JobState.SET_ASIDE)
    assert begun(world) == ["close"]
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items.ended == 2


def test_while_paused(world: Desk) -> None:
    """A batch that is paused at its last job keeps the closing stage until it is resumed."""
    batch_id = world.submit(spawn("a", stage="store"))
    job = world.start()
    world.control("pause", Target(batches=(batch_id,)))
    world.finish(job)
    assert world.start() is None
    assert world.batch(batch_id).state is BatchState.PAUSED
    world.control("resume", Target(batches=(batch_id,)))
    assert begun(world) == ["close"]
    assert world.batch(batch_id).state is BatchState.DONE


def looked(world: Desk, *names: str) -> list[str]:
    """Do all that can be done, with a job for each name spawned at the end; return the stages."""
    stages = []
    while job := world.start():
        stages.append(job.stage)
        spawned = tuple(spawn(name, stage="look") for name in names if job.stage == "close")
        payload = {"payload": payload_of("keep")} if job.stage == "look" else {}
        world.finish(job, spawned=spawned, **payload)
    return stages


def test_what_it_spawns_does_not_call_for_it_again() -> None:
    """Jobs of the closing stage go through the stages behind it, and then the batch has ended."""
    world = desk(LATE)
    batch_id = world.submit(spawn("a", stage="store"))
    assert looked(world, "x", "y") == ["store", "close", "look", "keep", "look", "keep"]
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items(total=3, done=3)


def test_more_may_come_while_it_runs() -> None:
    """Where it may spawn jobs the total is not yet known; while these are done it is."""
    world = desk(LATE)
    batch_id = world.submit(spawn("a", stage="store"))
    live = world.scheduler.live[batch_id]
    job = world.start()
    assert not live.growing
    world.finish(job)
    assert live.growing
    world.finish(world.start(), spawned=(spawn("x", stage="look"),))
    assert not live.growing


def test_work_beside_what_it_spawned_calls_for_it_again() -> None:
    """A job that is retried while late ones wait makes the closing stage run once more."""
    world = desk(LATE)
    batch_id = world.submit(spawn("a", stage="store"))
    world.finish(world.start(), JobState.FAILED, errors=(fault("store"),), reason="no")
    world.finish(world.start(), spawned=(spawn("x", stage="look"),))
    assert world.retry(batch_id) == 1
    stages = looked(world, "x")
    assert stages.count("close") == 1
    assert stages[-1] == "close"
    assert world.batch(batch_id).state is BatchState.DONE


def test_once_more_after_a_restart() -> None:
    """A host that begins among late jobs does not know what was seen: it closes once more."""
    world = desk(LATE)
    batch_id = world.submit(spawn("a", stage="store"))
    world.finish(world.start())
    world.finish(world.start(), spawned=(spawn("x", stage="look"),))
    world.scheduler.live[batch_id].due = True  # as in a new process
    assert looked(world, "x") == ["look", "keep", "close"]
    assert world.batch(batch_id).state is BatchState.DONE


@pytest.mark.parametrize("name", ["nowhere", "store"])
def test_checked_when_made(name: str) -> None:
    """A closing stage that is none, or accepts no options, is refused with the reason."""
    with pytest.raises(PluginError, match="closing stage"):
        replace(FAKE, closing=name)
