"""Decides what starts next. Synchronous: no I/O, no clock, no asyncio.

In this order:

1. the queue with the largest priority that has a free slot in use, is not held, and whose next
   queue is not full;
2. in it, the job with the largest ``priority + waiting time / AGEING_S`` of all running batches
   whose time has come and whose lane is open;
3. of equals, the one that was queued first.

Of jobs that would be set aside at the next death of the host one runs at a time, on trial, all
queues counted: of two that ran side by side nobody could tell which was to blame. It may run beside
others, which lose no more than an attempt.

A slot for which jobs were reserved goes on with those, whatever has changed since: the process that
works for it has them already. What may still be taken back is given back to its queue first.
"""

import heapq
from collections.abc import Callable, Collection, Mapping

from msgspec.structs import replace

from soniq_tui.engine.lanes import Entry
from soniq_tui.engine.ledger import Ledger
from soniq_tui.engine.live import Live
from soniq_tui.engine.queue import JobQueue
from soniq_tui.importers.base import Importer
from soniq_tui.model.events import Event
from soniq_tui.model.job import HOLDS_SLOT, BatchState, Job, JobState
from soniq_tui.model.settings import QueueSettings

TRIAL_REST_S = 1.0
"""Between two looks whether the job on trial has ended, for those that are next."""
Started = tuple[Job, int, list[Event]]
"""A job that was started, its slot, and the facts."""


class Starter(Ledger):
    """Gives free slots to the jobs that wait."""

    def __init__(
        self, importer: Callable[[str], Importer], queues: Mapping[str, QueueSettings]
    ) -> None:
        super().__init__(importer, queues)
        self._order = sorted(self.queues.values(), key=lambda q: -q.settings.priority)
        self._laned = [queue for queue in self._order if queue.lanes.used]
        self._trial = 0, 0
        """The batch and the job that was started last of those that may be to blame."""

    def start_next(self, now_s: float) -> Started | None:
        """Start the best job that may start; return it, its slot and the events, or None."""
        self._wake_delayed(now_s)
        if (reserved := self.start_reserved(now_s)) is not None:
            return reserved
        for queue in self._order:
            if not queue.has_free_slot:
                continue
            found = self._best(queue, now_s)
            if found is not None:
                live, job = found
                return self._run(live, job, queue.start(live.batch.id, now_s), now_s)
        return None

    def _run(self, live: Live, job: Job, slot: int, now_s: float) -> Started:
        event = self._put(live, job.moved(JobState.RUNNING, fence=job.fence + 1), now_s)
        live.running.add(job.id)
        if self._suspected(job):
            self._trial = live.batch.id, job.id
        return live.jobs[job.id], slot, [event]

    # ---------------------------------------------------------------- ahead of time

    def reserve_next(self, queue: JobQueue, slot: int, now_s: float) -> Job | None:
        """Reserve the best job that may start for a busy slot; return it, still QUEUED, or None.

        One that may be to blame for deaths of the host is not handed over before it starts.
        """
        if slot not in queue.busy or queue.lanes.used or not queue.may_reserve():
            return None
        self._wake_delayed(now_s)
        found = self._best(queue, now_s)
        if found is None or self._suspected(found[1]):
            return None
        queue.reserve(found[0].batch.id, slot)
        return found[1]

    def give_back(self, queue: JobQueue, slot: int, ids: Collection[int]) -> None:
        """Let jobs that were reserved for a slot wait again, at their old places."""
        queue.return_reserved(slot, ids)

    def start_reserved(self, now_s: float) -> Started | None:
        """Start the first job reserved for a slot that has become idle, or return None."""
        for queue in self._order:
            if queue.due:
                for slot in sorted(queue.due):
                    if (started := self.go_on(queue, slot, now_s)) is not None:
                        return started
        return None

    def go_on(self, queue: JobQueue, slot: int, now_s: float) -> Started | None:
        """Start the first job reserved for this slot if it is idle, or return None."""
        while slot in queue.due:
            batch_id, entry = queue.take_reserved(slot)
            live = self.live.get(batch_id)
            job = live.jobs.get(entry.job_id) if live else None
            if live and job and job.turn == entry.turn and job.state is JobState.QUEUED:
                if live.batch.state is BatchState.RUNNING:
                    return self._run(live, job, slot, now_s)
                queue.put_back(batch_id, entry)  # nothing of a paused batch starts
            queue.release(slot)  # else cancelled, moved or paused since it was reserved
        return None

    def next_due_s(self) -> float | None:
        """Return when the next delayed job or awaited lane is due, or None."""
        due = [queue.lanes.next_due_s() for queue in self._laned]
        due.append(self._delayed[0][0] if self._delayed else None)
        return min((due_s for due_s in due if due_s is not None), default=None)

    def _best(self, queue: JobQueue, now_s: float) -> tuple[Live, Job] | None:
        """Return the best job of a queue; its entry is the head of its batch there."""
        best: tuple[float, int] | None = None
        choice: tuple[Live, Job] | None = None
        # Asked once: each answer may take a look at all batches that wait there.
        full = {each: each.full(self._starts) if each else False for each in self._behind[queue]}
        if full and all(full.values()):
            return None
        for batch_id in list(queue.batches()):
            live = self.live.get(batch_id)
            if live is None:
                queue.drop_batch(batch_id)
                continue
            if live.batch.state is not BatchState.RUNNING:
                continue
            while (head := queue.head(batch_id)) is not None:
                rank = (head.rank - live.batch.priority, head.turn)
                if best is not None and rank > best:
                    break  # nor is anything behind it better: with many batches most end here
                job = self._ready(queue, live, head, now_s)
                if job is None:
                    continue
                if not full[self.route(job.importer, job.stage).next_queue]:
                    best, choice = rank, (live, job)
                break
        return choice

    def _ready(self, queue: JobQueue, live: Live, head: Entry, now_s: float) -> Job | None:
        """Return the job of the best entry of a batch; None where that had to be taken away."""
        job = live.jobs.get(head.job_id)
        if job is None or job.turn != head.turn or job.state is not JobState.QUEUED:
            queue.drop(live.batch.id, now_s)  # cancelled, moved or paused since it was queued
            return None
        if head.lane and not queue.lanes.is_open(head.lane, now_s):
            queue.park(live.batch.id)
            return None
        if self._suspected(job) and self._tries():
            queue.drop(live.batch.id, now_s)
            later = replace(job, not_before_s=now_s + TRIAL_REST_S)
            self._place(live, later, live.since_s[job.id], now_s)
            return None
        return job

    def _tries(self) -> bool:
        """Whether such a job runs; one that has got past where the host died is cleared."""
        batch_id, job_id = self._trial
        live = self.live.get(batch_id)
        job = live.jobs.get(job_id) if live else None
        return job is not None and job.state in HOLDS_SLOT and self._suspected(job)

    def full_behind(self, job: Job) -> JobQueue | None:
        """Return the queue behind a job's own that takes no more for now, if that is so."""
        following = self.route(job.importer, job.stage).next_queue
        return following if following is not None and following.full(self._starts) else None

    def _starts(self, batch_id: int) -> bool:
        live = self.live.get(batch_id)
        return live is not None and live.batch.state is BatchState.RUNNING

    def _wake_delayed(self, now_s: float) -> None:
        while self._delayed and self._delayed[0][0] <= now_s:
            due_s, turn, batch_id, job_id = heapq.heappop(self._delayed)
            live = self.live.get(batch_id)
            job = live.jobs.get(job_id) if live else None
            if job is not None and job.turn == turn and job.state is JobState.QUEUED:
                self.queue_of(job).push(job, due_s, now_s)
        for queue in self._laned:
            queue.wake(now_s)
