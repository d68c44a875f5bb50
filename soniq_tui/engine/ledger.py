"""What the scheduler remembers: live batches, their jobs, the queues they wait in.

Only live jobs are held, and of those that wait only so many as may soon start; of the others, the
*cold* ones, only the number (``cold.py``). All else lives in the journal alone, so memory and the
cost of a job do not grow with the number of jobs. Synchronous, no I/O, no clock.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from msgspec.structs import replace

from soniq_tui.engine.cold import HOT_MOST, LOOK_AHEAD
from soniq_tui.engine.live import Live
from soniq_tui.engine.queue import JobQueue
from soniq_tui.errors import PluginError
from soniq_tui.importers.base import Importer
from soniq_tui.model.commands import Target
from soniq_tui.model.events import BatchChanged, ErrorsBooked, Event, JobChanged
from soniq_tui.model.job import (
    BATCH_ENDED,
    HOLDS_SLOT,
    NO_ITEMS,
    TERMINAL,
    Batch,
    BatchState,
    ItemError,
    Items,
    Job,
    JobState,
)
from soniq_tui.model.settings import QueueSettings

ENDED_SHOWN = 50
"""So many ended batches stay in memory, to be shown."""


class Route(NamedTuple):
    """Where a job of one stage waits and where it goes next."""

    queue: JobQueue
    following: str | None
    next_queue: JobQueue | None
    finds: bool
    """The stage brings further items: it ends its chain before the last stage."""
    late: bool
    """The stage is for what the closing one spawns."""


class Ledger:
    """The books: every change of a job or a batch goes through here, and the counters stay true.

    Invariants: until it ends a job is either in ``Live.jobs`` or in ``Live.cold`` of its batch;
    ``JobQueue.depth`` is the number of QUEUED jobs of the queue; ``Live.running`` are the jobs that
    hold a slot; a stage that has cold jobs gets further ones behind them.
    """

    _host_deaths_most: int

    def __init__(
        self, importer: Callable[[str], Importer], queues: Mapping[str, QueueSettings]
    ) -> None:
        self._importer = importer
        self.queues = {name: JobQueue(name, settings) for name, settings in queues.items()}
        self.live: dict[int, Live] = {}
        """Batches that have not ended, and the newest of those that have."""
        self.forgotten: set[int] = set()
        """Batches that were removed since this engine began, by number: nothing of them returns."""
        self.hot_most = HOT_MOST
        self._delayed: list[tuple[float, int, int, int]] = []
        self._routes: dict[tuple[str, str], Route] = {}
        self._behind: dict[JobQueue, set[JobQueue | None]] = {
            q: set() for q in self.queues.values()
        }
        """By queue, those to which jobs go from there by the routes that are known."""
        self._limited: set[tuple[str, str]] = set()
        """From which queue to which limited ones jobs go."""
        self._turn = 0

    # ---------------------------------------------------------------- looking

    def find(self, job_id: int) -> tuple[Live, Job] | None:
        """Return a live job that is in memory and its batch, or None."""
        for live in self.live.values():
            job = live.jobs.get(job_id)
            if job is not None:
                return live, job
        return None

    def _suspected(self, job: Job) -> bool:
        """Whether a job would be set aside at the next death of the host."""
        return job.deaths >= max(1, self._host_deaths_most - 1)

    def queue_of(self, job: Job) -> JobQueue:
        """Return the queue in which a job waits or runs."""
        return self.route(job.importer, job.stage).queue

    def route(self, importer: str, stage: str) -> Route:
        """Return where jobs of a stage wait and go.

        Raises:
            PluginError: there is no such stage, or it names a queue that does not exist.
        """
        route = self._routes.get((importer, stage))
        if route is None:
            loaded = self._importer(importer)
            if stage not in {known.name for known in loaded.stages}:
                raise PluginError(f"importer {importer} has no stage called {stage!r}")
            here, following = loaded.stage(stage), loaded.after(stage)
            for named in (here, following):
                if named is not None and named.queue not in self.queues:
                    raise PluginError(
                        f"importer {importer}: stage {named.name} waits in queue {named.queue!r}, "
                        f"which nobody serves; there are: {', '.join(self.queues)}"
                    )
            # A job that goes on in the same queue makes it no fuller.
            leads_on = following is not None and following.queue != here.queue
            if following is not None and leads_on:
                self._flows(importer, here.queue, following.queue)
            route = self._routes[importer, stage] = Route(
                queue=self.queues[here.queue],
                following=following.name if following else None,
                next_queue=self.queues[following.queue] if following and leads_on else None,
                finds=loaded.finds(stage),
                late=loaded.late(stage),
            )
            self._behind[route.queue].add(route.next_queue)
        return route

    def _flows(self, importer: str, source: str, target: str) -> None:
        """Note that jobs go from one queue to another.

        Raises:
            PluginError: queues with a limit would feed each other: once they were full, each would
                wait for the other for ever.
        """
        if not self.queues[target].settings.depth_limit:
            return
        known, ways = {target}, [target]
        while ways:
            ways = [b for a, b in self._limited if a in ways and b not in known]
            known.update(ways)
        if source in known:
            raise PluginError(
                f"importer {importer}: jobs go from queue {source} to {target}, which wait for "
                "each other when they are full; use other queues, or give them no depth_limit"
            )
        self._limited.add((source, target))

    @property
    def open(self) -> bool:
        """Whether some batch has not ended."""
        return any(live.batch.state not in BATCH_ENDED for live in self.live.values())

    # ---------------------------------------------------------------- writing

    def _put(self, live: Live, job: Job, now_s: float, *, payload_changed: bool = False) -> Event:
        """Write a job that moved, keep the counters true, and return the fact."""
        before = live.jobs[job.id]
        if before.state is JobState.QUEUED:
            queue = self.queue_of(before)
            queue.count(live.batch.id, -1)
            queue.forget(live.batch.id, job.id)
            live.since_s.pop(job.id, None)
        live.paused.discard(job.id)
        if job.frozen and job.state is not JobState.PAUSING:
            job = replace(job, frozen=False)
        if job.state in TERMINAL:
            del live.jobs[job.id]
            live.finds_no_more(job.id)
            self._owe(live, job)
        else:
            self._hold(live, job)
            if before.state in HOLDS_SLOT and job.state not in HOLDS_SLOT:
                live.rests(job.id)
        if job.state is JobState.QUEUED:
            # What had begun this stage goes on before those that have not.
            begun = before.state in HOLDS_SLOT and before.stage == job.stage
            job = self._enqueue(live, job, now_s, stays=begun)
        elif job.state is JobState.PAUSED:
            live.paused.add(job.id)
        return JobChanged(job=job, payload_changed=payload_changed)

    def _hold(self, live: Live, job: Job) -> None:
        live.jobs[job.id] = job
        if self.route(job.importer, job.stage).finds:
            live.finders.add(job.id)
        else:
            live.finds_no_more(job.id)

    def _enqueue(self, live: Live, job: Job, now_s: float, *, stays: bool = False) -> Job:
        """Let a job wait for its stage, in memory if it ``stays`` there or there is room."""
        queue = self.queue_of(job)
        if not stays and is_plain(job) and not self._room(live, job, queue):
            del live.jobs[job.id]
            live.finds_no_more(job.id)
            finds = self.route(job.importer, job.stage).finds
            live.cold.grown(job.stage, finds=finds).add(job.id, now_s)
            queue.count(live.batch.id, 1, cold=1)
            return job
        queue.count(live.batch.id, 1)
        return self._place(live, job, max(now_s, job.not_before_s), now_s)

    def add_cold(self, live: Live, stage: str, ids: Sequence[int]) -> None:
        """Let many jobs wait whose rows are in the journal, or on their way there."""
        if ids:
            route = self.route(live.batch.importer, stage)
            live.cold.grown(stage, finds=route.finds).extend(ids)
            route.queue.count(live.batch.id, len(ids), cold=len(ids))

    def _room(self, live: Live, job: Job, queue: JobQueue) -> bool:
        """Whether one more plain job may wait in memory.

        Jobs that wait for their time or their lane do not count, or a crowd of them would keep
        those behind it from starting; but they may not fill the memory either.
        """
        batch_id = live.batch.id
        if live.cold.part(job.stage) is not None:
            return False
        ahead = queue.hot(batch_id) < LOOK_AHEAD * self.hot_most
        return ahead and queue.ready(batch_id) < self.hot_most

    def _place(self, live: Live, job: Job, since_s: float, now_s: float) -> Job:
        """Make a new entry for a QUEUED job in memory; an older one is void."""
        self._turn += 1
        job = live.jobs[job.id] = replace(job, turn=self._turn)
        live.since_s[job.id] = since_s
        queue = self.queue_of(job)
        queue.forget(live.batch.id, job.id)
        if job.not_before_s > now_s:
            queue.set_aside(live.batch.id, job.id, job.turn)
            heapq.heappush(self._delayed, (job.not_before_s, job.turn, live.batch.id, job.id))
        else:
            queue.push(job, since_s, now_s)
        return job

    def _count(self, live: Live, items: Items, sign: int = 1) -> None:
        if items != NO_ITEMS:
            live.batch = replace(live.batch, items=live.batch.items.plus(items, sign))

    def _gain(self, live: Live, job: Job, items: Items) -> Job:
        """Count items that ended in a job.

        ``total`` follows where a stage counts more items than it said there are: no screen ever
        shows 101 of 100.
        """
        more = job.items.plus(items)
        beyond = max(0, more.ended - more.total)
        self._count(live, replace(items, total=items.total + beyond))
        job = live.jobs[job.id] = replace(job, items=replace(more, total=more.total + beyond))
        return job

    def _given_up(self, live: Live, job: Job) -> Job:
        """Return a job as it ends that was cancelled.

        Where its batch goes on, its items count as skipped, or the batch would never be complete.
        """
        if live.batch.state is BatchState.CANCELLING:
            return job.moved(JobState.CANCELLED)
        rest = Items(skipped=job.items.left)
        self._count(live, rest)
        return job.moved(JobState.CANCELLED, items=job.items.plus(rest))

    def _owe(self, live: Live, job: Job) -> None:
        """Note a job that ended without its work, if no item tells; the closing one comes again."""
        if job.weight or job.stage == self._importer(job.importer).closing:
            return
        if job.state is JobState.CANCELLED:
            live.owed[job.id] = ""
        elif job.error and job.state in {JobState.FAILED, JobState.SET_ASIDE}:
            live.owed[job.id] = job.error

    def _settle(self, live: Live, now_at_s: float) -> list[Event]:
        """Move the batch on when its last job has stopped or ended.

        Items that have not ended then, and jobs without items that are owed, were cancelled with
        the batch: where only others were retried it is a cancelled one still.
        """
        batch = live.batch
        state = batch.state
        if state in BATCH_ENDED:
            return []
        if live.empty:
            if state is BatchState.CANCELLING:
                state = BatchState.CANCELLED
            elif batch.error:
                state = BatchState.FAILED
            else:
                left = batch.items.left > 0 or live.owed
                state = BatchState.CANCELLED if left else BatchState.DONE
            live.keys.clear()
        elif state is BatchState.PAUSING and not live.running:
            state = BatchState.PAUSED
        if state is batch.state:
            return []
        ended = state in BATCH_ENDED
        live.batch = replace(batch, state=state, ended_at_s=now_at_s if ended else None)
        if ended:
            self._forget_oldest()
        return [BatchChanged(batch=live.batch)]

    def _forget_oldest(self) -> None:
        ended = [i for i, live in self.live.items() if live.batch.state in BATCH_ENDED]
        for batch_id in ended[: max(0, len(ended) - ENDED_SHOWN)]:
            del self.live[batch_id]

    def show_ended(self, newest: Sequence[Batch]) -> None:
        """Show batches that had ended in place of those that were removed, by number as ever."""
        known, room = list[Batch](), ENDED_SHOWN
        room -= sum(live.batch.state in BATCH_ENDED for live in self.live.values())
        for batch in newest:
            there = batch.id in self.live or batch.id in self.forgotten
            if batch.state in BATCH_ENDED and not there:
                known.append(batch)
        lives = {batch.id: Live(batch) for batch in known[-room:]} if room > 0 else {}
        if lives:
            lives |= self.live
            self.live.clear()
            self.live.update(sorted(lives.items()))

    # ---------------------------------------------------------------- naming

    def _targeted_jobs(self, target: Target) -> Iterator[tuple[Live, Job]]:
        for job_id in target.jobs:
            found = self.find(job_id)
            if found is not None:
                yield found

    def open_of(self, target: Target) -> list[Live]:
        """Return the batches of a target that have not ended; none when it means jobs."""
        if target.jobs and not target.batches:
            return []
        ids = dict.fromkeys(target.batches or self.live)
        lives = [self.live[i] for i in ids if i in self.live]
        return [live for live in lives if live.batch.state not in BATCH_ENDED]


def is_plain(job: Job) -> bool:
    """Whether the journal has all there is to know of a waiting job, and it is like any other."""
    return (
        not job.attempt
        and not job.priority
        and not job.deaths
        and not job.suspects
        and job.accused < 0
        and not job.not_before_s
    )


def booked(job: Job, errors: tuple[ItemError, ...]) -> list[Event]:
    """Return the fact that items of a job could not be done; nothing for no errors."""
    if not errors:
        return []
    return [ErrorsBooked(batch_id=job.batch_id, job_id=job.id, errors=errors)]


def digest(key: str) -> int:
    """Return 64 bits of a key: what is kept of it to recognise a job that was admitted before."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
