"""Numbered events for whoever listens. A slow listener loses the oldest ones and is told so."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from msgspec.structs import replace

from soniq_tui.engine.rows import KEEP_BYTES
from soniq_tui.model.events import Event, Gap, JobAdmitted, JobChanged

RING = 4096
"""So many events are kept for listeners that lag behind."""


class Bus:
    """A ring of the newest events and a signal that there are more.

    Publishing costs the same whoever listens: nothing is copied for a listener. What a job works on
    is left to the journal where it is large: nobody hears of jobs for that, and the ring would hold
    megabytes.
    """

    def __init__(self, ring: int = RING) -> None:
        self._ring: deque[Event] = deque(maxlen=ring)
        self.version = 0
        """Grows with everything that changes what a screen shows."""
        self.newest = 0
        """Number of the newest event."""
        self._moved = asyncio.Event()

    def publish(self, events: list[Event]) -> None:
        """Add events and wake the listeners."""
        self._ring.extend(map(_light, events))
        self.newest += len(events)
        self.touch()

    def touch(self) -> None:
        """Something changed that is no event; wake the listeners."""
        self.version += 1
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def changed(self, version: int) -> None:
        """Return as soon as ``version`` is no longer the newest."""
        while self.version == version:
            await self._moved.wait()

    async def events(self, after: int) -> AsyncIterator[Event]:
        """Yield all events numbered above ``after``, and a :class:`Gap` for those that are gone."""
        while True:
            while self.newest == after:
                await self._moved.wait()
            oldest = self.newest - len(self._ring)
            if after < oldest:
                yield Gap(missed=oldest - after)
                after = oldest
            fresh = list(self._ring)[after - oldest :]
            after = self.newest
            for event in fresh:
                yield event


def _light(event: Event) -> Event:
    """Return an event of a job without a large payload."""
    if isinstance(event, JobAdmitted | JobChanged) and len(event.job.payload) > KEEP_BYTES:
        return replace(event, job=replace(event.job, payload=b"", stored=True))
    return event
