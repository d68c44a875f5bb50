"""Cancels that can still be taken back.

Until its time has run out a cancelled batch is paused, and paused is what an engine that ends
meanwhile leaves behind: losing a cancel is mended with a key, losing work is not.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from soniq_tui.model.commands import Target


@dataclass(frozen=True, slots=True)
class Before:
    """How a batch was when its cancel was asked for."""

    running: bool
    """It was not paused."""
    paused: tuple[int, ...]
    """Jobs of it that were paused one by one."""


@dataclass(eq=False, slots=True)
class _Pending:
    batches: dict[int, Before]
    until_s: float
    timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()


class Undo:
    """Pending cancels, oldest first.

    Args:
        carry_out: cancels batches for good; called when their time has run out.
    """

    def __init__(self, carry_out: Callable[[Target], None]) -> None:
        self._carry_out = carry_out
        self._pending: list[_Pending] = []

    def left_s(self, now_s: float) -> dict[int, float]:
        """Return for each batch that can be taken back the seconds left."""
        return {i: each.until_s - now_s for each in self._pending for i in each.batches}

    def add(self, batches: dict[int, Before], undo_s: float, now_s: float) -> None:
        """Cancel batches that have been paused when ``undo_s`` has run out."""
        each = _Pending(batches, now_s + undo_s)
        each.timer = asyncio.get_running_loop().call_later(undo_s, self._over, each)
        self._pending.append(each)

    def pop(self) -> dict[int, Before]:
        """Take the newest one back; return its batches, none when there is nothing to take back."""
        if not self._pending:
            return {}
        each = self._pending.pop()
        each.stop()
        return each.batches

    def forget(self, batch_ids: Iterable[int]) -> None:
        """Something else was asked of these batches: their cancel no longer counts."""
        for each in list(self._pending):
            for batch_id in batch_ids:
                each.batches.pop(batch_id, None)
            if not each.batches:
                each.stop()
                self._pending.remove(each)

    def _over(self, each: _Pending) -> None:
        self._pending.remove(each)
        self._carry_out(Target(batches=tuple(each.batches)))
