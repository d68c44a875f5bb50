"""Queueing again what has ended: what the journal knows of it, and in slices where it is much."""

import asyncio

from soniq_tui.engine.cancels import Cancels
from soniq_tui.engine.engine import Engine
from soniq_tui.model.commands import Target
from soniq_tui.model.events import Event, JobChanged
from soniq_tui.model.job import Batch, Job

SLICE = 1000
"""So many jobs are queued again in one step: some 15 ms."""
Found = list[tuple[Batch, list[Job], list[str], list[Job]]]
"""Batches, their jobs that are meant, the keys of all their jobs, and those that are owed."""


class Retries:
    """Retries failed and cancelled jobs.

    Args:
        engine: the engine.
        cancels: whose pending cancels no longer count for what is retried.
    """

    def __init__(self, engine: Engine, cancels: Cancels) -> None:
        self._engine, self._cancels = engine, cancels
        self._turn = asyncio.Lock()
        """What a retry reads of the journal must not be retried by another one meanwhile."""

    async def retry(self, target: Target) -> tuple[int, int, list[Event]] | None:
        """Queue again jobs by name, whatever ended them, and of batches those that failed.

        Returns how many, how many items of theirs had failed, and the facts that are still to be
        applied, at once; None while nothing can be written, and so nothing be read that is true.
        """
        engine = self._engine
        async with self._turn:
            if not await engine.settled():  # what another retry has queued is not to be found
                return None
            named = target if target.jobs or target.batches else self._cancels.open(target)
            count, failed, events = 0, 0, list[Event]()
            for batch, jobs, keys, owed in await engine.reader.call(self._read, named):
                before = count
                for at in range(0, max(1, len(jobs)), SLICE):
                    engine.apply(events)
                    await asyncio.sleep(0)
                    part, known = jobs[at : at + SLICE], ((), ()) if at else (keys, owed)
                    now_s = engine.clock()
                    queued, events = engine.scheduler.retry(batch, part, known[0], now_s, known[1])
                    count += queued
                    again = {e.job.id for e in events if isinstance(e, JobChanged)}
                    failed += sum(job.items.failed for job in part if job.id in again)
                if count > before:
                    events = [*events, *self._go_on(batch.id)]
            return count, failed, events

    def _go_on(self, batch_id: int) -> list[Event]:
        """A batch whose cancel was pending is only paused for that: it goes on."""
        before = self._cancels.undo.forget((batch_id,)).get(batch_id)
        if before is None:
            return []
        target, now_s = Target(batches=(batch_id,)), self._engine.clock()
        return self._engine.scheduler.resume(target, now_s, leaving=before.paused)

    def _read(self, named: Target) -> Found:
        file = self._engine.reader.file
        jobs = file.jobs(named.jobs)
        found: Found = []
        for batch_id in sorted({*named.batches, *(job.batch_id for job in jobs)}):
            batch = file.batch(batch_id)
            mine = {job.id: job for job in jobs if job.batch_id == batch_id}
            if batch_id in named.batches:
                mine |= {job.id: job for job in file.ended_jobs(batch_id)}
            if batch is not None:
                known = file.keys(batch_id), file.owed(batch_id)
                found.append((batch, list(mine.values()), *known))
        return found
