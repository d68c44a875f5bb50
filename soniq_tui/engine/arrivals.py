"""Batches that are on their way: asked for, and not yet on disk."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from soniq_tui.model.commands import Reply

log = logging.getLogger(__name__)


class Arrivals:
    """Sees to it that what was asked for comes about, also where whoever asked has left.

    Args:
        changed: called when one of them has arrived, or cannot.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._tasks: set[asyncio.Task[Reply]] = set()

    def __bool__(self) -> bool:
        return bool(self._tasks)

    async def see_through(self, coming: Coroutine[Any, Any, Reply]) -> Reply:
        """Return what is answered; cancelling this leaves what comes on its way."""
        task = asyncio.create_task(coming, name="arrival")
        self._tasks.add(task)
        task.add_done_callback(self._over)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_tell)
            raise

    async def arrived(self, patience_s: float) -> None:
        """Return when nothing is on its way any more; what takes longer does not come about."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=patience_s)
            for task in late:
                task.cancel()

    def _over(self, task: asyncio.Task[Reply]) -> None:
        self._tasks.discard(task)
        self._changed()


def _tell(task: asyncio.Task[Reply]) -> None:
    """Log why nothing came of what was asked for: whoever asked has left."""
    if task.cancelled():
        log.warning("a batch may not have been begun: the engine ends")
    elif (exc := task.exception()) is not None:
        log.warning("a batch was not begun: %s", exc)
