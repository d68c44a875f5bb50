"""The one loop that brings snapshots to the screen: on change, at most four times a second.

Nothing runs while nothing changes: the loop waits for the engine, without any timer. Only while
work is running it wakes once a second for the clocks.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from soniq_tui.errors import HostBusyError
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import Snapshot

T = TypeVar("T")
_LATE: set[asyncio.Future[Any]] = set()
"""Questions that nobody waits for any more; asyncio itself would let go of them."""
REST_S = 0.25
"""Between two snapshots: four a second."""
SLOW_REST_S = 1.0
"""The same while the terminal is behind."""
CLOCK_S = 1.0
"""How often clocks move while work is running."""
SILENT_S = 3.0
"""An engine that owes an answer for so long is said not to answer."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
"""Before a lost engine is called again, the first time and after many."""


async def follow(
    client: Client,
    show: Callable[[Snapshot], None],
    slow: Callable[[], bool],
    silent: Callable[[float], None] | None = None,
) -> None:
    """Call ``show`` with each new snapshot, for ever; rest longer while ``slow()``.

    ``silent`` is told while a snapshot is overdue; without it nobody counts.

    Raises:
        SoniqError, OSError: the client lost the engine.
    """
    while True:
        snapshot = await (patiently(client.snapshot(), silent) if silent else client.snapshot())
        show(snapshot)
        await asyncio.sleep(SLOW_REST_S if slow() else REST_S)
        if snapshot.working:
            try:
                await asyncio.wait_for(client.changed(snapshot.version), CLOCK_S - REST_S)
            except TimeoutError:
                continue
        else:
            await client.changed(snapshot.version)


async def patiently(answer: Coroutine[Any, Any, T], silent: Callable[[float], None]) -> T:
    """Return the answer however long it takes; the question is asked once and never withdrawn.

    From :data:`SILENT_S` on ``silent`` is called once a second with the seconds waited so far, and
    with 0 when the wait is over.
    """
    task = asyncio.ensure_future(answer)
    began_s, late = time.monotonic(), False
    try:
        while not (await asyncio.wait({task}, timeout=CLOCK_S if late else SILENT_S))[0]:
            late = True
            silent(time.monotonic() - began_s)
        return task.result()
    finally:
        task.cancel()
        if late:
            silent(0.0)


async def within(answer: Coroutine[Any, Any, T], limit_s: float) -> T:
    """Return the answer; one that is late still takes effect, but nobody waits for it.

    Raises:
        TimeoutError: it has not come within ``limit_s`` seconds.
    """
    task = asyncio.ensure_future(answer)
    if not (await asyncio.wait({task}, timeout=limit_s))[0]:
        _LATE.add(task)
        task.add_done_callback(_forget)
        raise TimeoutError
    return task.result()


def _forget(task: asyncio.Future[Any]) -> None:
    _LATE.discard(task)
    if not task.cancelled():
        task.exception()  # whoever asked has been told that there was no answer


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
