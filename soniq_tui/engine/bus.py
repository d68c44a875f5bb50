"""Tells whoever looks that there is something new to see."""

import asyncio


class Bus:
    """A number that grows, and a signal: nothing is copied for those who wait."""

    def __init__(self) -> None:
        self.version = 0
        """Grows with everything that changes what a screen shows."""
        self._moved = asyncio.Event()

    def touch(self) -> None:
        """Something changed; wake all who wait."""
        self.version += 1
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def changed(self, version: int) -> None:
        """Return as soon as ``version`` is no longer the newest."""
        while self.version == version:
            await self._moved.wait()
