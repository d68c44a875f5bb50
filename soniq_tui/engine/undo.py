"""Cancels that can still be taken back.

Until its time has run out what was cancelled is paused, and paused is what an engine that ends
meanwhile leaves behind: losing a cancel is mended with a key, losing work is not.
"""

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from soniq_tui.model.commands import Target


class Before(msgspec.Struct, frozen=True):
    """How a batch was when its cancel was asked for."""

    running: bool
    """It was not paused."""
    paused: frozenset[int]
    """Jobs of it that were paused one by one."""


class Pending(msgspec.Struct, eq=False):
    """One cancel: of whole batches, or of jobs."""

    batches: dict[int, Before] = {}
    jobs: dict[int, bool] = {}
    """Whether a job was paused before."""
    until_s: float = 0.0
    asked_s: float = 0.0
    timer: asyncio.TimerHandle | None = None

    def __bool__(self) -> bool:
        return bool(self.batches or self.jobs)

    def stop(self) -> None:
        """Its time does not run any more."""
        if self.timer is not None:
            self.timer.cancel()


class Undo:
    """Pending cancels, oldest first.

    Args:
        carry_out: cancels for good; called when the time of a cancel has run out.
    """

    def __init__(self, carry_out: Callable[[Target], None]) -> None:
        self._carry_out = carry_out
        self._pending: list[Pending] = []

    def left_s(self, now_s: float) -> dict[int, float]:
        """Return for each batch that can be taken back the seconds left."""
        return {i: each.until_s - now_s for each in self._pending for i in each.batches}

    def jobs(self) -> list[int]:
        """Return the jobs that can be taken back."""
        return [job_id for each in self._pending for job_id in each.jobs]

    @property
    def newest(self) -> Pending | None:
        """The newest one."""
        return self._pending[-1] if self._pending else None

    def add(self, each: Pending, undo_s: float, now_s: float) -> None:
        """Cancel what has been paused when ``undo_s`` has run out."""
        each.asked_s, each.until_s = now_s, now_s + undo_s
        each.timer = asyncio.get_running_loop().call_later(undo_s, self._over, each)
        self._pending.append(each)

    def pop(self) -> Pending | None:
        """Take the newest one back; return it, or None when there is nothing to take back."""
        if not self._pending:
            return None
        each = self._pending.pop()
        each.stop()
        return each

    def forget(
        self, batch_ids: Iterable[int] = (), job_ids: Iterable[int] = ()
    ) -> dict[int, Before]:
        """Something else was asked of these: their cancel no longer counts.

        Returns:
            Those of the batches that had been running before they were cancelled.
        """
        batch_ids, job_ids, ran = tuple(batch_ids), tuple(job_ids), dict[int, Before]()
        for each in list(self._pending):
            for batch_id in batch_ids:
                before = each.batches.pop(batch_id, None)
                if before is not None and before.running:
                    ran[batch_id] = before
            for job_id in job_ids:
                each.jobs.pop(job_id, None)
            if not each:
                each.stop()
                self._pending.remove(each)
        return ran

    def _over(self, each: Pending) -> None:
        self._pending.remove(each)
        if each.batches:
            self._carry_out(Target(batches=tuple(each.batches)))
        if each.jobs:
            self._carry_out(Target(jobs=tuple(each.jobs)))
