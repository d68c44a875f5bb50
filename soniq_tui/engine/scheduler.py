"""Decides what starts, ends, pauses and comes back. Synchronous: no I/O, no clock, no asyncio.

Every method is atomic on the event loop and returns the facts that follow from it, so nothing here
needs a lock. What starts next is decided in ``starter.py``, what a person asks for in
``control.py`` and ``slots.py``, what is let in while a batch goes on in ``admission.py``, what is
kept in memory in ``thaw.py``, what becomes of the work of an earlier host in ``restore.py``, and
``ledger.py`` keeps the books.
"""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from soniq_tui.engine.control import check_priority
from soniq_tui.engine.draft import Draft
from soniq_tui.engine.ledger import booked
from soniq_tui.engine.live import Live
from soniq_tui.engine.restore import MAX_SUSPECTS, Restore
from soniq_tui.engine.retry import NO_ROOM_S, delay_s
from soniq_tui.engine.slots import Slots
from soniq_tui.engine.starter import Starter
from soniq_tui.engine.thaw import Thaw
from soniq_tui.importers.base import Importer
from soniq_tui.model.events import (
    BatchChanged,
    ErrorsCleared,
    Event,
    JobChanged,
)
from soniq_tui.model.job import (
    HOLDS_SLOT,
    Batch,
    Checkpoint,
    ErrorKind,
    Expected,
    ItemError,
    Items,
    Job,
    JobState,
    Outcome,
    Spawn,
)
from soniq_tui.model.settings import QueueSettings
from soniq_tui.model.text import named

MAX_STARTS = 1000
"""A job that went back to its first stage after so many starts would do so for ever."""


class Scheduler(Restore, Slots, Thaw, Starter):
    """Batches, jobs and queues, and every decision about them."""

    def __init__(
        self,
        importer: Callable[[str], Importer],
        queues: Mapping[str, QueueSettings],
        *,
        max_attempts: int = 3,
        host_deaths_most: int = 3,
        chance: Callable[[], float] = lambda: 0.5,
    ) -> None:
        super().__init__(importer, queues)
        self._max_attempts, self._host_deaths_most = max_attempts, host_deaths_most
        self._chance = chance

    # ---------------------------------------------------------------- admitting

    def submit(
        self,
        importer: str,
        label: str,
        options: bytes,
        spawns: Iterable[Spawn],
        *,
        priority: int = 0,
        now_s: float,
        now_at_s: float,
    ) -> tuple[int, list[Event]]:
        """Add a batch with its first jobs; return its id and the events.

        A batch of nothing is DONE at once.

        Raises:
            UsageError: the priority is out of bounds.
            PluginError: a stage of the importer waits in a queue that nobody serves.
        """
        draft = self.draft(importer, label, options, priority=priority, now_at_s=now_at_s)
        self.add_to(draft, spawns)
        events = draft.complete(now_at_s)
        self.submit_draft(draft, now_s)
        return draft.batch.id, events

    def draft(
        self, importer: str, label: str, options: bytes, *, priority: int = 0, now_at_s: float
    ) -> Draft:
        """Begin a batch that is put together in slices; see :meth:`submit` for what is raised."""
        check_priority(priority)
        stages = [stage.name for stage in self._importer(importer).stages]
        for stage in stages:
            self.route(importer, stage)  # before anything is remembered
        batch = Batch(
            id=self._next_batch,
            importer=importer,
            label=named(label),
            options=options,
            priority=priority,
            added_at_s=now_at_s,
        )
        self._next_batch += 1
        return Draft(batch, stages[0])

    def add_to(self, draft: Draft, spawns: Iterable[Spawn]) -> None:
        """Put jobs into a batch that is not yet submitted; some 3 µs each."""
        for spawn in spawns:
            if spawn.stage:
                self.route(draft.batch.importer, spawn.stage)
            if draft.add(spawn, self._next_job):
                self._next_job += 1

    def submit_draft(self, draft: Draft, now_s: float) -> None:
        """Make a batch that is complete known with all its jobs at once.

        Those that will be cold are only numbers from the start: however many they are, it takes
        some milliseconds. One of nothing may have been removed as soon as the journal had it.
        """
        if draft.batch.id in self.forgotten:
            return
        live = self.live[draft.batch.id] = Live(draft.batch)
        live.keys = draft.keys
        later: dict[str, list[int]] = {}
        for job in draft.jobs:
            if job.stage in later:
                later[job.stage].append(job.id)
                continue
            self._hold(live, job)
            self._enqueue(live, job, now_s)
            if job.id not in live.jobs:  # cold, and so will be all that follow
                later[job.stage] = []
        for stage, ids in later.items():
            self.add_cold(live, stage, ids)
        for job_id, items in draft.expected.items():
            live.expect(job_id, Expected(items))
        if live.empty:
            self._forget_oldest()

    # ---------------------------------------------------------------- ending

    def checkpoint(self, started: Job, part: Checkpoint, now_s: float) -> list[Event]:
        """Admit what a running stage handed over; nothing when it is no longer its turn."""
        live, job = self._current(started)
        if live is None or job is None:
            return []
        cleared: list[Event] = []
        if part.anew and not job.weight:
            job, cleared = self._take_back(live, job)
        job = self._gain(live, job, part.items)
        job = live.jobs[job.id] = replace(
            job, payload=part.payload, stored=False, deaths=0, died_at=-1
        )
        before = live.batch.items.total - part.items.total
        events = self._admit(live, part.spawned, now_s)
        live.brought(job.id, live.batch.items.total - before, part.expected)
        return [
            *cleared,
            *events,
            *booked(job, part.errors),
            JobChanged(job=job, payload_changed=True),
            BatchChanged(batch=live.batch),
        ]

    def _take_back(self, live: Live, job: Job) -> tuple[Job, list[Event]]:
        """Let what a job has booked as failed, all of which it found itself, count no more."""
        gone = Items(total=job.items.failed, failed=job.items.failed)
        self._count(live, gone, sign=-1)
        job = replace(job, items=job.items.plus(gone, -1))
        return job, [ErrorsCleared(job_id=job.id)]

    def finish(self, started: Job, outcome: Outcome, now_s: float, now_at_s: float) -> list[Event]:
        """Take the outcome of a stage and decide where its job goes.

        ``started`` is the job as :meth:`start_next` gave it: when its fence is not the newest, or
        the job has ended meanwhile, the outcome is dropped.
        """
        live, job = self._current(started)
        if live is None or job is None:
            return []
        self.queue_of(job).give_back(job, now_s)
        live.running.discard(job.id)
        job = live.jobs[job.id] = replace(job, run_s=job.run_s + outcome.run_s)
        before = live.batch
        events: list[Event] = []
        if _counts(job, outcome):
            job = self._gain(live, job, outcome.items)
            events += self._admit(live, outcome.spawned, now_s)
            events += booked(job, outcome.errors)
        events += self._move_on(live, job, outcome, now_s)
        self._worked(live, job)
        events += self._close(live, now_s)
        settled = self._settle(live, now_at_s)
        if not settled and live.batch is not before:
            settled = [BatchChanged(batch=live.batch)]
        return [*events, *settled]

    def _move_on(self, live: Live, job: Job, outcome: Outcome, now_s: float) -> list[Event]:
        if outcome.back and job.fence < MAX_STARTS and job.state is not JobState.CANCELLING:
            return self._begin_again(live, job, now_s, reason=outcome.reason)
        if outcome.state is JobState.DONE:
            return self._advance(live, job, outcome, now_s)
        if outcome.state in {JobState.PAUSED, JobState.CANCELLED}:
            return [self._stopped(live, job, now_s)]
        if job.state is JobState.CANCELLING:
            return [self._put(live, self._given_up(live, job), now_s)]
        if outcome.retryable and (again := self._try_again(live, job, outcome, now_s)):
            return [again]
        return self._end(live, job, outcome, now_s)

    def _stopped(self, live: Live, job: Job, now_s: float) -> Event:
        """The stage stopped because it was asked to, or because the host ends."""
        to = {
            JobState.PAUSING: JobState.PAUSED,
            JobState.CANCELLING: JobState.CANCELLED,
            JobState.RUNNING: JobState.QUEUED,
        }[job.state]
        moved = self._given_up(live, job) if to is JobState.CANCELLED else job.moved(to)
        return self._put(live, moved, now_s)

    def _advance(self, live: Live, job: Job, outcome: Outcome, now_s: float) -> list[Event]:
        following = outcome.onward or self.route(job.importer, job.stage).following
        if following is None or job.state is JobState.CANCELLING:
            if following is not None:
                return [self._put(live, self._given_up(live, job), now_s)]
            return self._end(live, job, outcome, now_s)
        # A queue that was paused meanwhile keeps the job, already at its next stage.
        to = JobState.PAUSED if job.state is JobState.PAUSING else JobState.QUEUED
        moved = job.anew(to, stage=following, payload=outcome.payload, stored=False, error="")
        return [self._put(live, moved, now_s, payload_changed=True)]

    def _try_again(self, live: Live, job: Job, outcome: Outcome, now_s: float) -> Event | None:
        attempt, suspects, accused = job.attempt + 1, job.suspects, -1
        if outcome.suspect is not None:
            if outcome.suspect == job.accused and len(suspects) < MAX_SUSPECTS:
                # It died on the same item again: leave that out and begin to count anew.
                attempt, suspects = 0, (*suspects, outcome.suspect)
            else:
                accused = outcome.suspect
        wait_s = 0.0
        if outcome.kind is ErrorKind.DISK_FULL:
            attempt, wait_s = job.attempt, NO_ROOM_S  # no fault of the job
        elif outcome.blameless:
            asked_s = delay_s(1, 0.0, outcome.retry_after_s or 0.0)  # within bounds
            attempt, wait_s = job.attempt, asked_s or NO_ROOM_S
        elif attempt >= self._max_attempts:
            return None
        elif attempt and accused < 0:
            wait_s = delay_s(attempt, self._chance(), outcome.retry_after_s)
        to = JobState.PAUSED if job.state is JobState.PAUSING else JobState.QUEUED
        moved = job.moved(
            to,
            attempt=attempt,
            not_before_s=now_s + wait_s if wait_s else 0.0,
            suspects=suspects,
            accused=accused,
            error=outcome.reason,
        )
        return self._put(live, moved, now_s)

    def _end(self, live: Live, job: Job, outcome: Outcome, now_s: float) -> list[Event]:
        """The job has ended; items that nobody counted share its fate."""
        rest = Items(
            done=job.items.left if outcome.state is JobState.DONE else 0,
            skipped=job.items.left if outcome.state is JobState.SKIPPED else 0,
            failed=job.items.left if outcome.state is JobState.FAILED else 0,
        )
        self._count(live, rest)
        items = job.items.plus(rest)
        state = outcome.state
        if state is JobState.DONE and items.failed and job.state is not JobState.CANCELLING:
            state = JobState.FAILED
        events: list[Event] = []
        if outcome.state is JobState.FAILED:
            events += booked(job, (_fault(job, outcome),))
            if not job.weight:
                live.batch = replace(live.batch, error=outcome.reason)
        moved = job.moved(state, items=items, error=outcome.reason)
        return [*events, self._put(live, moved, now_s)]

    def _current(self, started: Job) -> tuple[Live | None, Job | None]:
        live = self.live.get(started.batch_id)
        job = live.jobs.get(started.id) if live else None
        if job is None or job.fence != started.fence or job.state not in HOLDS_SLOT:
            return None, None
        return live, job


def _counts(job: Job, outcome: Outcome) -> bool:
    """Whether what came of a run is not to come once more: of one that is given up what failed."""
    if outcome.state is JobState.CANCELLED:
        return job.state is JobState.CANCELLING
    return outcome.state is not JobState.PAUSED and not outcome.retryable and not outcome.back


def _fault(job: Job, outcome: Outcome) -> ItemError:
    return ItemError(
        item=job.label,
        stage=job.stage,
        kind=outcome.kind or ErrorKind.INTERNAL,
        reason=outcome.reason,
        attempts=job.attempt + 1,
    )
