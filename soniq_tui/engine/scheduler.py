"""Decides what starts, ends, pauses and comes back. Synchronous: no I/O, no clock, no asyncio.

Every method is atomic on the event loop and returns the facts that follow from it, so nothing here
needs a lock. What starts next, in this order:

1. the queue with the largest priority that has a free slot, is not held, and whose next queue is
   not full;
2. in it, the job with the largest ``priority + waiting time / AGEING_S`` of all running batches;
3. of equals, the one that was queued first.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from soniq_tui.engine.control import Control
from soniq_tui.engine.ledger import Live, digest
from soniq_tui.engine.queue import JobQueue
from soniq_tui.engine.retry import delay_s
from soniq_tui.importers.base import Importer
from soniq_tui.model.events import (
    BatchChanged,
    ErrorsBooked,
    Event,
    JobAdmitted,
    JobChanged,
)
from soniq_tui.model.job import (
    HOLDS_SLOT,
    NO_ITEMS,
    Batch,
    BatchState,
    Checkpoint,
    ErrorKind,
    ItemError,
    Items,
    Job,
    JobState,
    Outcome,
    Spawn,
)
from soniq_tui.model.settings import QueueSettings

MAX_SUSPECTS = 20
"""A job whose items killed this many children has failed as a whole."""


class Scheduler(Control):
    """Batches, jobs and queues, and every decision about them."""

    def __init__(
        self,
        importer: Callable[[str], Importer],
        queues: Mapping[str, QueueSettings],
        *,
        max_attempts: int = 3,
        chance: Callable[[], float] = lambda: 0.5,
    ) -> None:
        super().__init__(importer, queues)
        self._max_attempts = max_attempts
        self._chance = chance
        self._order = sorted(self.queues.values(), key=lambda q: -q.settings.priority)
        self._next_job = 1
        self._next_batch = 1

    # ---------------------------------------------------------------- admitting

    def start_ids(self, next_batch: int, next_job: int) -> None:
        """Number new batches and jobs from these on; called before anything else."""
        self._next_batch, self._next_job = next_batch, next_job

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
        """
        batch = Batch(
            id=self._next_batch,
            importer=importer,
            label=label,
            options=options,
            priority=priority,
            added_at_s=now_at_s,
        )
        self._next_batch += 1
        live = self.live[batch.id] = Live(batch)
        events = self._admit(live, spawns, now_s)
        if not live.jobs:
            live.batch = replace(live.batch, state=BatchState.DONE, ended_at_s=now_at_s)
        return batch.id, [BatchChanged(batch=live.batch), *events]

    def restore(
        self,
        batches: Iterable[Batch],
        jobs: Iterable[Job],
        keys: Iterable[tuple[int, str]],
        now_s: float,
        now_at_s: float,
    ) -> list[Event]:
        """Take over what an earlier host left; what was running runs again.

        Args:
            batches: batches to work on; ended ones are only shown.
            jobs: their jobs that have not ended.
            keys: ``(batch id, key)`` of all jobs of those batches.
            now_s: monotonic time.
            now_at_s: wall-clock time.
        """
        events: list[Event] = []
        for batch in batches:
            self.live[batch.id] = Live(batch)
        for batch_id, key in keys:
            self.live[batch_id].keys.add(digest(key))
        for job in jobs:
            live = self.live[job.batch_id]
            back = {
                JobState.RUNNING: JobState.QUEUED,
                JobState.PAUSING: JobState.PAUSED,
                JobState.CANCELLING: JobState.CANCELLED,
            }.get(job.state)
            self._hold(live, job)
            if back is not None:
                events.append(self._put(live, job.moved(back), now_s))
            elif job.state is JobState.QUEUED:
                self._enqueue(live, job, now_s)
            elif job.state is JobState.PAUSED:
                live.paused.add(job.id)
        for live in list(self.live.values()):
            events += self._settle(live, now_at_s)
        return events

    def _admit(self, live: Live, spawns: Iterable[Spawn], now_s: float) -> list[Event]:
        events: list[Event] = []
        first = self._importer(live.batch.importer).stages[0].name
        items = 0
        for spawn in spawns:
            key = digest(spawn.key)
            if key in live.keys:
                continue
            live.keys.add(key)
            stage = spawn.stage or first
            job = Job(
                id=self._next_job,
                batch_id=live.batch.id,
                importer=live.batch.importer,
                stage=stage,
                first_stage=stage,
                key=spawn.key,
                label=spawn.label,
                payload=spawn.payload,
                weight=spawn.items,
                items=Items(total=spawn.items) if spawn.items else NO_ITEMS,
                lane=spawn.lane,
            )
            self._next_job += 1
            items += spawn.items
            self._hold(live, job)
            events.append(JobAdmitted(job=self._enqueue(live, job, now_s)))
        self._count(live, Items(total=items))
        return events

    # ---------------------------------------------------------------- starting

    def start_next(self, now_s: float) -> tuple[Job, int, list[Event]] | None:
        """Start the best job that may start; return it, its slot and the events, or None."""
        self._wake_delayed(now_s)
        for queue in self._order:
            if not queue.has_free_slot:
                continue
            found = self._best(queue)
            if found is not None:
                live, job = found
                slot = queue.take_slot(job.id)
                event = self._put(live, job.moved(JobState.RUNNING, fence=job.fence + 1), now_s)
                live.running.add(job.id)
                return live.jobs[job.id], slot, [event]
        return None

    def next_due_s(self) -> float | None:
        """Return when the next delayed job is due, or None."""
        return self._delayed[0][0] if self._delayed else None

    def _best(self, queue: JobQueue) -> tuple[Live, Job] | None:
        best: tuple[float, int, int] | None = None
        choice: tuple[Live, Job] | None = None
        for batch_id in list(queue.batches()):
            live = self.live.get(batch_id)
            if live is None:
                queue.drop_batch(batch_id)
                continue
            if live.batch.state is not BatchState.RUNNING:
                continue
            while (head := queue.head(batch_id)) is not None:
                job = live.jobs.get(head[2])
                if job is None or job.turn != head[1] or job.state is not JobState.QUEUED:
                    queue.pop(batch_id)  # cancelled, moved or paused since it was queued
                    continue
                rank = (head[0] - live.batch.priority, head[1], head[2])
                if (best is None or rank < best) and not self._next_is_full(job):
                    best, choice = rank, (live, job)
                break
        if choice is not None:
            queue.pop(choice[0].batch.id)
        return choice

    def _next_is_full(self, job: Job) -> bool:
        following = self.route(job.importer, job.stage).next_queue
        return following is not None and following.full

    def _wake_delayed(self, now_s: float) -> None:
        while self._delayed and self._delayed[0][0] <= now_s:
            due_s, turn, batch_id, job_id = heapq.heappop(self._delayed)
            live = self.live.get(batch_id)
            job = live.jobs.get(job_id) if live else None
            if job is not None and job.turn == turn and job.state is JobState.QUEUED:
                queue = self.queue_of(job)
                queue.push(batch_id, job_id, turn, job.priority, due_s)

    # ---------------------------------------------------------------- ending

    def checkpoint(self, started: Job, part: Checkpoint, now_s: float) -> list[Event]:
        """Admit what a running stage handed over; nothing when it is no longer its turn."""
        live, job = self._current(started)
        if live is None or job is None:
            return []
        job = replace(job, payload=part.payload, stored=False, items=job.items.plus(part.items))
        live.jobs[job.id] = job
        self._count(live, part.items)
        events = self._admit(live, part.spawned, now_s)
        return [
            *events,
            *_booked(job, part.errors),
            JobChanged(job=job, payload_changed=True),
            BatchChanged(batch=live.batch),
        ]

    def finish(self, started: Job, outcome: Outcome, now_s: float, now_at_s: float) -> list[Event]:
        """Take the outcome of a stage and decide where its job goes.

        ``started`` is the job as :meth:`start_next` gave it: when its fence is not the newest, or
        the job has ended meanwhile, the outcome is dropped.
        """
        live, job = self._current(started)
        if live is None or job is None:
            return []
        self.queue_of(job).give_back(job.id)
        live.running.discard(job.id)
        job = live.jobs[job.id] = replace(job, run_s=job.run_s + outcome.run_s)
        events: list[Event] = []
        if outcome.state in {JobState.DONE, JobState.SKIPPED, JobState.FAILED} and (
            not outcome.retryable and not outcome.back
        ):
            job = live.jobs[job.id] = replace(job, items=job.items.plus(outcome.items))
            self._count(live, outcome.items)
            events += self._admit(live, outcome.spawned, now_s)
            events += _booked(job, outcome.errors)
        events += self._move_on(live, job, outcome, now_s)
        events += self._settle(live, now_at_s)
        return events

    def _move_on(self, live: Live, job: Job, outcome: Outcome, now_s: float) -> list[Event]:
        if outcome.back:
            return self._begin_again(live, job, now_s, reason=outcome.reason)
        if outcome.state is JobState.DONE:
            return self._advance(live, job, outcome, now_s)
        if outcome.state in {JobState.PAUSED, JobState.CANCELLED}:
            return [self._stopped(live, job, now_s)]
        if job.state is JobState.CANCELLING:
            return [self._put(live, job.moved(JobState.CANCELLED), now_s)]
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
        return self._put(live, job.moved(to), now_s)

    def _advance(self, live: Live, job: Job, outcome: Outcome, now_s: float) -> list[Event]:
        following = self.route(job.importer, job.stage).following
        if following is None or job.state is JobState.CANCELLING:
            if following is not None:
                return [self._put(live, job.moved(JobState.CANCELLED), now_s)]
            return self._end(live, job, outcome, now_s)
        # A queue that was paused meanwhile keeps the job, already at its next stage.
        to = JobState.PAUSED if job.state is JobState.PAUSING else JobState.QUEUED
        moved = job.moved(
            to,
            stage=following,
            payload=outcome.payload,
            stored=False,
            attempt=0,
            not_before_s=0.0,
            accused=-1,
            suspects=(),
            error="",
        )
        return [self._put(live, moved, now_s, payload_changed=True), BatchChanged(batch=live.batch)]

    def _try_again(self, live: Live, job: Job, outcome: Outcome, now_s: float) -> Event | None:
        attempt, suspects, accused = job.attempt + 1, job.suspects, -1
        if outcome.suspect is not None:
            if outcome.suspect == job.accused and len(suspects) < MAX_SUSPECTS:
                # It died on the same item again: leave that out and begin to count anew.
                attempt, suspects = 0, (*suspects, outcome.suspect)
            else:
                accused = outcome.suspect
        if attempt >= self._max_attempts:
            return None
        wait_s = delay_s(attempt, self._chance()) if attempt and accused < 0 else 0.0
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
            events += _booked(job, (_fault(job, outcome),))
            if not job.weight:
                live.batch = replace(live.batch, error=outcome.reason)
        moved = job.moved(state, items=items, error=outcome.reason)
        return [*events, self._put(live, moved, now_s), BatchChanged(batch=live.batch)]

    def _current(self, started: Job) -> tuple[Live | None, Job | None]:
        live = self.live.get(started.batch_id)
        job = live.jobs.get(started.id) if live else None
        if job is None or job.fence != started.fence or job.state not in HOLDS_SLOT:
            return None, None
        return live, job


def _booked(job: Job, errors: tuple[ItemError, ...]) -> list[Event]:
    if not errors:
        return []
    return [ErrorsBooked(batch_id=job.batch_id, job_id=job.id, errors=errors)]


def _fault(job: Job, outcome: Outcome) -> ItemError:
    return ItemError(
        item=job.label,
        stage=job.stage,
        kind=outcome.kind or ErrorKind.INTERNAL,
        reason=outcome.reason,
        attempts=job.attempt + 1,
    )
