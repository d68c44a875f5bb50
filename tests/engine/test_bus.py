"""Numbered events for listeners of any speed."""

import asyncio

from soniq_tui.engine.bus import Bus
from soniq_tui.engine.rows import KEEP_BYTES
from soniq_tui.model.events import BatchEmptied, Event, Gap, JobAdmitted, JobChanged
from tests.engine.journals import a_job


def emptied(*numbers: int) -> list[Event]:
    return [BatchEmptied(batch_id=number) for number in numbers]


async def take(bus: Bus, after: int, count: int) -> list[int | Gap]:
    """Return what a listener gets next: batch numbers, and gaps."""
    got: list[int | Gap] = []
    async for event in bus.events(after):
        got.append(event if isinstance(event, Gap) else event.batch_id)
        if len(got) == count:
            break
    return got


async def test_in_order() -> None:
    """A listener gets all events after the one it knows."""
    bus = Bus()
    bus.publish(emptied(1, 2, 3))
    assert await take(bus, 1, 2) == [2, 3]


async def test_gap() -> None:
    """A listener that was too slow is told how many events it missed, and goes on."""
    bus = Bus(ring=3)
    bus.publish(emptied(*range(10)))
    assert await take(bus, 2, 4) == [Gap(missed=5), 7, 8, 9]


async def test_waits_for_more() -> None:
    """A listener that knows everything waits for what comes."""
    bus = Bus()
    bus.publish(emptied(1))
    listening = asyncio.create_task(take(bus, 0, 3))
    await asyncio.sleep(0)
    assert not listening.done()
    bus.publish(emptied(2, 3))
    assert await listening == [1, 2, 3]


async def test_slow_in_the_middle() -> None:
    """Events that come while a listener is busy with others are not lost."""
    bus = Bus(ring=4)
    bus.publish(emptied(1, 2))
    listener = bus.events(0)
    assert (await anext(listener)).batch_id == 1
    bus.publish(emptied(3, 4, 5, 6, 7))
    assert (await anext(listener)).batch_id == 2
    assert await anext(listener) == Gap(missed=1)
    assert (await anext(listener)).batch_id == 4


async def test_changed() -> None:
    """Everyone who waits for a change is woken by one, also by one that is no event."""
    bus = Bus()
    waiting = [asyncio.create_task(bus.changed(bus.version)) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    bus.touch()
    await asyncio.gather(*waiting)
    await bus.changed(bus.version - 1)
    assert bus.newest == 0


async def test_large_payloads_are_not_kept() -> None:
    """What a job works on is in the journal; of ten thousand jobs it would be megabytes here."""
    bus, small, large = Bus(), bytes(KEEP_BYTES), bytes(KEEP_BYTES + 1)
    job = a_job(payload=large)
    bus.publish([JobAdmitted(job=job), JobChanged(job=job, payload_changed=True)])
    bus.publish([JobAdmitted(job=a_job(payload=small))])
    heard = []
    async for event in bus.events(0):
        heard.append((event.job.payload, event.job.stored))
        if len(heard) == 3:
            break
    assert heard == [(b"", True), (b"", True), (small, False)]
    assert (job.payload, job.stored) == (large, False)
