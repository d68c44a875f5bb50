"""Whoever looks is told that there is something new to see."""

import asyncio

from soniq_tui.engine.bus import Bus


async def test_changed() -> None:
    """Everyone who waits for a change is woken by one, and nobody waits for one that was."""
    bus = Bus()
    waiting = [asyncio.create_task(bus.changed(bus.version)) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    bus.touch()
    await asyncio.gather(*waiting)
    await bus.changed(bus.version - 1)
