"""Pause, resume, cancel, retry and priorities: what people ask for. Synchronous and pure.

What each means in each state of a job:

===========  ===========  ===============  ==========  =================
asked        queued       running          paused      ended
===========  ===========  ===============  ==========  =================
pause        paused       pausing          —           —
pause hard   paused       pausing, frozen  —           —
resume       —            —                queued      —
cancel       cancelled    cancelling       cancelled   —
retry        —            —                —           failed: queued
===========  ===========  ===============  ==========  =================

A job that is pausing runs on when it is resumed, and is frozen where it is by a hard pause. Single
jobs that are cold (``cold.py``) are brought into memory before they are named here.
"""

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from soniq_tui.engine.admission import Admission
from soniq_tui.engine.ledger import digest
from soniq_tui.engine.live import Live
from soniq_tui.errors import UsageError
from soniq_tui.model.commands import Target
from soniq_tui.model.events import (
    BatchChanged,
    BatchEmptied,
    BatchForgotten,
    ErrorsCleared,
    Event,
    JobChanged,
)
from soniq_tui.model.job import (
    BATCH_ENDED,
    HOLDS_SLOT,
    MOVES,
    TERMINAL,
    Batch,
    BatchState,
    Items,
    Job,
    JobState,
)
from soniq_tui.model.settings import Place

_S = JobState
MAX_PRIORITY = 1000
"""As urgent as waiting for most of a day; SQLite would not hold just any number."""
RETRIED = frozenset(state for state in TERMINAL if _S.QUEUED in MOVES[state])
"""States from which a retry leads back into a queue."""


class Control(Admission):
    """Commands on batches and jobs."""

    def pause(
        self, target: Target, now_s: float, now_at_s: float, *, hard: bool = False
    ) -> list[Event]:
        """Start nothing more of the target; what runs is asked to stop. O(running jobs).

        With ``hard`` it is stopped where it is instead, keeps its slot, and is pausing until it is
        resumed.
        """
        events: list[Event] = []
        for live, job in self._targeted_jobs(target):
            events += self._pause_job(live, job, now_s, hard=hard)
        for live in self.open_of(target):
            pauses = live.batch.state is BatchState.RUNNING
            if pauses:
                live.batch = replace(live.batch, state=BatchState.PAUSING)
            if pauses or (hard and live.batch.state is BatchState.PAUSING):
                for job_id in list(live.running):
                    events += self._pause_job(live, live.jobs[job_id], now_s, hard=hard)
            if pauses:
                events += self._settle(live, now_at_s) or [BatchChanged(batch=live.batch)]
        return events

    def _pause_job(self, live: Live, job: Job, now_s: float, *, hard: bool) -> list[Event]:
        # Only a process of its own can be stopped where it is; the writer's is everybody's.
        hard = hard and self.queue_of(job).settings.place is Place.POOL
        if job.state is _S.PAUSING and hard and not job.frozen:
            return [self._put(live, replace(job, frozen=True), now_s)]
        if job.state is _S.RUNNING:
            return [self._put(live, job.moved(_S.PAUSING, frozen=hard), now_s)]
        if job.state is _S.QUEUED:
            return [self._put(live, job.moved(_S.PAUSED), now_s)]
        return []

    def resume(self, target: Target, now_s: float, *, leaving: Collection[int] = ()) -> list[Event]:
        """Take up what was paused, jobs that were paused one by one included.

        ``leaving`` are jobs that stay as they are.
        """
        events: list[Event] = []
        for live, job in self._targeted_jobs(target):
            events += self._resume_job(live, job, now_s)
        for live in self.open_of(target):
            for job_id in [*sorted(live.paused), *live.running]:
                if job_id not in leaving:
                    events += self._resume_job(live, live.jobs[job_id], now_s)
            if live.batch.state in {BatchState.PAUSING, BatchState.PAUSED}:
                live.batch = replace(live.batch, state=BatchState.RUNNING)
                events.append(BatchChanged(batch=live.batch))
        return events

    def _resume_job(self, live: Live, job: Job, now_s: float) -> list[Event]:
        to = {_S.PAUSED: _S.QUEUED, _S.PAUSING: _S.RUNNING}.get(job.state)
        return [self._put(live, job.moved(to), now_s)] if to else []

    def cancel(self, target: Target, now_s: float, now_at_s: float) -> list[Event]:
        """Give the target up; what runs is asked to stop. One event for all that waits."""
        events: list[Event] = []
        for live, job in self._targeted_jobs(target):
            if job.state in HOLDS_SLOT - {_S.CANCELLING}:
                events.append(self._put(live, job.moved(_S.CANCELLING), now_s))
            elif job.state in {_S.QUEUED, _S.PAUSED}:
                events.append(self._put(live, self._given_up(live, job), now_s))
                events += self._close(live, now_s)
                events += self._settle(live, now_at_s) or [BatchChanged(batch=live.batch)]
        for live in self.open_of(target):
            if live.batch.state is not BatchState.CANCELLING:
                events += self._cancel_batch(live, now_s, now_at_s)
        return events

    def _cancel_batch(self, live: Live, now_s: float, now_at_s: float) -> list[Event]:
        live.only_running()
        for queue in self.queues.values():
            queue.drop_batch(live.batch.id)
        live.batch = replace(live.batch, state=BatchState.CANCELLING)
        # In this order, so that the journal does not cancel at once what still runs.
        events: list[Event] = [
            self._put(live, job.moved(_S.CANCELLING), now_s)
            for job in list(live.jobs.values())
            if job.state is not _S.CANCELLING
        ]
        events.append(BatchEmptied(batch_id=live.batch.id))
        return [*events, *(self._settle(live, now_at_s) or [BatchChanged(batch=live.batch)])]

    def retry(
        self,
        batch: Batch,
        jobs: Iterable[Job],
        keys: Iterable[str],
        now_s: float,
        owed: Iterable[Job] = (),
    ) -> tuple[int, list[Event]]:
        """Queue ended jobs of a batch again; return how many, and the events.

        ``batch``, its ended ``jobs``, the ``keys`` of all its jobs and those that are ``owed`` (see
        ``Live``) come from the journal. Jobs that are done or skipped are passed over; so are those
        which had not ended when the journal was read (they may have by now), and batches that are
        being cancelled, were removed since, or are not ours.
        """
        live = self.live.get(batch.id) or Live(batch)
        ours = batch.id in self.live or batch.state in BATCH_ENDED
        ours = ours and batch.id not in self.forgotten
        again = [
            job
            for job in jobs
            if job.state in RETRIED and job.id not in live.jobs and job.id not in live.cold
        ]
        if not again or not ours or live.batch.state is BatchState.CANCELLING:
            return 0, []
        self.live[batch.id] = live
        live.keys.update(map(digest, keys))
        for job in owed:
            if job.id not in live.jobs and job.id not in live.cold:
                self._owe(live, job)
        events: list[Event] = []
        for ended in again:
            job = replace(ended, retries=ended.retries + 1)
            live.owed.pop(job.id, None)
            self._hold(live, job)
            events += self._begin_again(live, job, now_s, reason="")
        if live.batch.state in BATCH_ENDED:
            live.batch = replace(live.batch, state=BatchState.RUNNING, ended_at_s=None)
        if any(not job.weight for job in again):
            # What made it FAILED is tried again; something else may have, too.
            live.batch = replace(live.batch, error=next(filter(None, live.owed.values()), ""))
        return len(again), [*events, BatchChanged(batch=live.batch)]

    def forget(self, ended: Iterable[tuple[int, float]]) -> list[Event]:
        """Let go of batches that had ended, with when they did, by the journal or by us.

        Those that have begun again since the journal was read are passed over.
        """
        events: list[Event] = []
        for batch_id, ended_at_s in ended:
            live = self.live.get(batch_id)
            back = live is not None and (live.batch.state not in BATCH_ENDED or not live.empty)
            if back or batch_id in self.forgotten:
                continue
            self.live.pop(batch_id, None)
            self.forgotten.add(batch_id)
            events.append(BatchForgotten(batch_id=batch_id, ended_at_s=ended_at_s))
        return events

    def _begin_again(self, live: Live, job: Job, now_s: float, reason: str) -> list[Event]:
        """Back to the first stage, with the payload the job was admitted with.

        A job that stands for no items of its own and is still in its first stage (discovery) goes
        on from its last checkpoint instead: what it handed over is not handed over twice.
        """
        goes_on = not job.weight and job.stage == job.first_stage
        if goes_on:
            gone = Items(total=job.items.failed, failed=job.items.failed)
        else:
            gone = replace(job.items, total=job.items.total - job.weight)
        self._count(live, gone, sign=-1)
        to = {_S.PAUSING: _S.PAUSED, _S.CANCELLING: _S.CANCELLED}.get(job.state, _S.QUEUED)
        moved = job.anew(
            to,
            stage=job.first_stage,
            payload=b"",
            stored=True,
            items=job.items.plus(gone, -1),
            error=reason,
            run_s=0.0,
        )
        return [
            ErrorsCleared(job_id=job.id),
            self._put(live, moved, now_s, payload_changed=not goes_on),
        ]

    def set_priority(self, target: Target, priority: int) -> list[Event]:
        """Set the priority of batches. O(batches): jobs are ranked within their batch.

        Raises:
            UsageError: the priority is out of bounds.
        """
        check_priority(priority)
        events: list[Event] = []
        for live in self.open_of(target):
            live.batch = replace(live.batch, priority=priority)
            events.append(BatchChanged(batch=live.batch))
        return events

    def shift_priority(self, target: Target, step: int, now_s: float) -> list[Event]:
        """Raise or lower the priority of batches, or of jobs within theirs, as far as it goes.

        A job that waits takes its new place at once and stays as old as it is.
        """
        events: list[Event] = []
        for live in self.open_of(target):
            priority = _shifted(live.batch.priority, step)
            if priority != live.batch.priority:
                live.batch = replace(live.batch, priority=priority)
                events.append(BatchChanged(batch=live.batch))
        for live, job in self._targeted_jobs(target):
            priority = _shifted(job.priority, step)
            if priority != job.priority:
                changed = live.jobs[job.id] = replace(job, priority=priority)
                if job.state is _S.QUEUED:
                    changed = self._place(live, changed, live.since_s[job.id], now_s)
                events.append(JobChanged(job=changed))
        return events


def _shifted(priority: int, step: int) -> int:
    return max(-MAX_PRIORITY, min(MAX_PRIORITY, priority + step))


def check_priority(priority: int) -> None:
    """Raise UsageError when a batch cannot have this priority."""
    if abs(priority) > MAX_PRIORITY:
        raise UsageError(f"a priority is between -{MAX_PRIORITY} and {MAX_PRIORITY}: {priority}")
