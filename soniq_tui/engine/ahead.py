"""Short jobs are handed to their slot before it is free, so that it never waits for the engine.

A job that was reserved stays QUEUED until the one before it has ended. How many are reserved
depends on how long the stages of a queue take: where that is much longer than what is saved,
nothing is. What was not begun is taken back at once, before anything that a person asks for is
carried out, and whenever another slot would be idle or the engine holds back.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from soniq_tui.engine.queue import JobQueue
from soniq_tui.engine.runs import Run
from soniq_tui.model.job import Job, JobState
from soniq_tui.model.settings import Place

if TYPE_CHECKING:
    from soniq_tui.engine.engine import Engine

ROUND_TRIP_S = 0.002
"""From the answer of a child to its next job at full load, niced children included: measured."""
WINDOW_MOST = 4
"""So many jobs of a slot are in the hands of its child at most, the one that runs included."""
LOOK_S = 0.25
"""How long stages take is looked at this often."""
LATE_S = 0.25
"""Behind a job that runs for longer nothing is reserved: others may be free sooner."""
SETTLE_S = 1.0
"""What a child has begun is known to the engine much sooner than this."""
log = logging.getLogger(__name__)


class Ahead:
    """Reserves jobs for busy slots and takes them back.

    Invariant: while somebody is within :meth:`settled`, or the engine does not start anything, no
    job is reserved; a run is told to stop only then, or when its slot was recalled before.

    Args:
        engine: whose scheduler and runners it works with.
    """

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._queues = [
            queue
            for queue in engine.scheduler.queues.values()
            if queue.settings.place is Place.POOL and not queue.lanes.used
        ]
        self._most: dict[str, int] = {}
        self._looked_s = -LOOK_S
        self._settling = 0
        self._settled = asyncio.Event()

    # ---------------------------------------------------------------- reserving

    def look(self, now_s: float) -> None:
        """Reckon anew how many jobs are reserved, where that is due."""
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            for queue in self._queues:
                self._most[queue.name] = window(self._engine.pace.queue(queue.name).median_s()) - 1

    def hand_over(self, run: Run, queue: JobQueue) -> None:
        """A run begins: give its job to the process at once if others may follow."""
        if self._most.get(queue.name) and not self._settling and self._in_memory(run.job):
            run.handed = self._engine.runners[queue.name].reserve(run.job, run.slot)

    def fill(self, now_s: float) -> None:
        """Reserve what may be reserved, evenly."""
        if self._settling:
            return
        for queue in self._queues:
            most = self._most.get(queue.name, 0)
            if most and queue.depth and queue.may_reserve():
                slots = [slot for slot in queue.busy if self._goes_on(queue, slot, now_s)]
                for length in range(most):
                    slots = [s for s in slots if self._reserve(queue, s, length, now_s)]

    def _reserve(self, queue: JobQueue, slot: int, length: int, now_s: float) -> bool:
        """See to it that more than ``length`` jobs are reserved; return whether that is so."""
        if len(queue.ahead.get(slot, ())) > length:
            return True
        scheduler = self._engine.scheduler
        job = scheduler.reserve_next(queue, slot, now_s)
        if job is None:
            return False
        runner = self._engine.runners[queue.name]
        if self._in_memory(job) and runner.reserve(replace(job, fence=job.fence + 1), slot):
            return True
        scheduler.give_back(queue, slot, (job.id,))
        return False

    def _goes_on(self, queue: JobQueue, slot: int, now_s: float) -> bool:
        """Whether the run in a slot is likely to end soon, and in peace."""
        run = self._engine.runs.by_id.get(queue.busy.get(slot, 0))
        return (
            run is not None
            and run.handed
            and not run.asked_to_stop
            and run.told.state is JobState.RUNNING
            and now_s - run.since_s < LATE_S
        )

    def _in_memory(self, job: Job) -> bool:
        return not job.stored and job.id not in self._engine.dispatcher.rewound

    # ---------------------------------------------------------------- taking back

    def recall(self, queue: JobQueue, slot: int) -> bool:
        """Give back to the queue what was reserved for a slot and not begun; return whether any."""
        if slot not in queue.ahead:
            return False
        runner = self._engine.runners[queue.name]
        ids = runner.recall(slot)
        run = self._engine.runs.by_id.get(queue.busy.get(slot, 0))
        if run is not None and run.job.id in ids:  # handed over this moment, it is to begin
            run.handed = runner.reserve(run.job, slot)
        self._engine.scheduler.give_back(queue, slot, ids)
        return bool(ids)

    def recall_queue(self, queue: JobQueue) -> bool:
        """Take back what was reserved for all slots of a queue; return whether there was any."""
        recalled = [self.recall(queue, slot) for slot in list(queue.ahead)]
        return any(recalled)

    def recall_all(self) -> None:
        """Take back everything that was not begun."""
        for queue in self._queues:
            if queue.ahead:
                self.recall_queue(queue)

    def share(self) -> bool:
        """Take back what is reserved where slots are idle; return whether there was any."""
        idle = [queue for queue in self._queues if queue.ahead and queue.has_free_slot]
        recalled = [self.recall_queue(queue) for queue in idle]
        return any(recalled)

    @asynccontextmanager
    async def settled(self) -> AsyncIterator[None]:
        """Within it nothing is reserved, and what a child has begun is RUNNING.

        A child takes a job only after it has sent the answer of the one before. So what cannot be
        taken back any more starts as soon as the loop has seen that answer.
        """
        self._settling += 1
        try:
            await self.settle()
            yield
        finally:
            self._settling -= 1
            self._engine.wake()

    async def settle(self) -> None:
        """Take back everything and wait until all that was begun is RUNNING."""
        self.recall_all()
        if not self._waiting:
            return
        try:
            async with asyncio.timeout(SETTLE_S):
                while self._waiting:
                    self._settled.clear()
                    await self._settled.wait()
        except TimeoutError:
            log.warning("a child has not told for %.0f s what it has begun", SETTLE_S)

    def started(self) -> None:
        """A job that was reserved has been started."""
        if self._settling:
            self.recall_all()  # what its child died without
            if not self._waiting:
                self._settled.set()

    @property
    def _waiting(self) -> bool:
        return any(queue.ahead for queue in self._queues)


def window(median_s: float | None) -> int:
    """Return how many jobs of a slot its child may hold when stages take so long."""
    if not median_s:
        return 1
    return max(1, min(WINDOW_MOST, math.ceil(2 * ROUND_TRIP_S / median_s)))
