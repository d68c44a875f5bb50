"""The one loop that brings snapshots to the screen: on change, at most four times a second.

Nothing runs while nothing changes: the loop waits for the engine, without any timer. Only while
work is running it wakes once a second for the clocks.
"""

import asyncio
from collections.abc import Awaitable, Callable

from soniq_tui.errors import HostBusyError
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import Snapshot

REST_S = 0.25
"""Between two snapshots: four a second."""
SLOW_REST_S = 1.0
"""The same while the terminal is behind."""
CLOCK_S = 1.0
"""How often clocks move while work is running."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
"""Before a lost engine is called again, the first time and after many."""


async def follow(
    client: Client, show: Callable[[Snapshot], None], slow: Callable[[], bool]
) -> None:
    """Call ``show`` with each new snapshot, for ever; rest longer while ``slow()``.

    Raises:
        SoniqError, OSError: the client lost the engine.
    """
    while True:
        snapshot = await client.snapshot()
        show(snapshot)
        await asyncio.sleep(SLOW_REST_S if slow() else REST_S)
        if snapshot.working:
            try:
                await asyncio.wait_for(client.changed(snapshot.version), CLOCK_S - REST_S)
            except TimeoutError:
                continue
        else:
            await client.changed(snapshot.version)


async def again(connect: Callable[[], Awaitable[Client]]) -> Client:
    """Call ``connect`` until it gives a client, with ever longer pauses.

    Raises:
        SoniqError: there will be no engine however often it is called.
    """
    pause_s = FIRST_PAUSE_S
    while True:
        await asyncio.sleep(pause_s)
        try:
            return await connect()
        except (OSError, HostBusyError):
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
