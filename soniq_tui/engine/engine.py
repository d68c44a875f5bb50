"""The engine: the asynchronous shell around the scheduler.

``apply`` is the one door through which state changes: facts go to the journal and to the bus, and
the dispatcher is woken. Decisions are the scheduler's; running is the runners'.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from soniq_tui.engine.bus import Bus
from soniq_tui.engine.earlier import earlier, take_over
from soniq_tui.engine.failures import Failures
from soniq_tui.engine.journal import Journal
from soniq_tui.engine.load import Load
from soniq_tui.engine.pace import Pace
from soniq_tui.engine.reader import Reader
from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.engine.spools import Spools
from soniq_tui.errors import EngineError, JournalError, SoniqError
from soniq_tui.importers.base import Importer
from soniq_tui.model.events import BatchChanged, ErrorsBooked, ErrorsCleared, Event, JobChanged
from soniq_tui.model.job import (
    BATCH_ENDED,
    HOLDS_SLOT,
    Batch,
    Checkpoint,
    Job,
    JobState,
    Outcome,
)
from soniq_tui.model.ports import Runner, SpoolKeeper
from soniq_tui.model.settings import Settings

SAMPLE_S = 1.0
"""Memory and processor are measured this often while something runs."""
STOPPED = Outcome(state=JobState.PAUSED)
"""What came of a run that was cut short; where its job goes, its state tells."""
log = logging.getLogger(__name__)


class Engine:
    """Journal, scheduler and runners, put to work.

    Args:
        settings: how to work.
        importer: finds an importer by name.
        runners: for each queue.
        spool: what stages keep for each other.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        settings: Settings,
        importer: Callable[[str], Importer],
        runners: Mapping[str, Runner],
        spool: SpoolKeeper,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float],
    ) -> None:
        self.settings = settings
        self.importer = importer
        self.scheduler = Scheduler(
            importer,
            settings.queues,
            max_attempts=settings.engine.max_attempts,
            chance=chance,
        )
        self.clock = clock
        self.bus = Bus()
        self.load = Load()
        self.pace = Pace()
        self.meter, self.meters = self.pace.all, self.pace.batches
        self.failures = Failures()
        path = Path(settings.data_dir) / "journal.db"
        self.journal = Journal(path, on_stored=self._evict, on_failure=self._journal_failed)
        self.reader = Reader(path, self.queue_name)
        self.running: dict[int, tuple[Job, int, float]] = {}
        """Job id to the job as it was started, its slot, and when."""
        self.failure: EngineError | None = None
        self.left_out = ""
        """Which batches of an earlier host cannot be worked on, and why."""
        self._runners, self._spool = runners, spool
        self._spools = Spools(lambda job_id: self.scheduler.find(job_id) is not None)
        self._rewound: set[int] = set()
        """Jobs whose payload in the journal is being set back to where they entered."""
        self._told: dict[int, JobState] = {}
        """The state of each running job that its runner knows of."""
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._killers: dict[int, asyncio.TimerHandle] = {}
        self._wake = asyncio.Event()
        self._dispatching = True
        self._ending = False
        self.idle = asyncio.Event()
        """Set while nothing runs."""
        self.idle.set()

    # ---------------------------------------------------------------- life

    async def restore(self, only: tuple[int, ...] | None = None) -> None:
        """Take over what an earlier host left: all of it, or only some batches."""
        now_s = self.clock()
        read = partial(earlier, self.reader.file, self.importer, only, now_s, time.time())
        left, unusable = await self.reader.call(read)
        self.left_out = "; ".join(f"batch {i} waits: {why}" for i, why in unusable.items())
        self.scheduler.start_ids(left.last_batch + 1, left.last_job + 1)
        events = await take_over(self.scheduler, left, now_s, time.time())
        self._spools.restored(self._spool.sweep(left.live_ids))
        self.apply(events)

    async def run(self) -> None:
        """Start jobs until :meth:`stop` is called.

        Raises:
            EngineError: the journal can no longer be written.
        """
        async with asyncio.TaskGroup() as tasks:
            sampler = tasks.create_task(self._sample(), name="sampler")
            while not self._ending:
                self._wake.clear()
                self._dispatch(tasks)
                await self._wait()
            sampler.cancel()
        if self.failure is not None:
            raise self.failure

    async def stop(self, *, finish: bool = False) -> None:
        """Start nothing more and return when nothing runs.

        What runs is asked to stop and goes on at the next start, or with ``finish`` ends first.
        """
        self._dispatching = False
        if not finish:
            for job, _, _ in list(self.running.values()):
                self.runner_of(job).ask_to_stop(job, cancel=False)
            grace_s = self.settings.engine.kill_grace_s
            try:
                async with asyncio.timeout(grace_s):
                    await self.idle.wait()
            except TimeoutError:
                for job_id in list(self._tasks):
                    self._kill(job_id)
        await self.idle.wait()
        self._ending = True
        self._wake.set()

    async def close(self) -> None:
        """End runners and journal; after :meth:`run` has returned."""
        for handle in self._killers.values():
            handle.cancel()
        await asyncio.gather(*(runner.close() for runner in set(self._runners.values())))
        await self.reader.close()  # before the journal: whoever closes last folds the log away
        await self.journal.close()

    @property
    def ending(self) -> bool:
        """Whether it starts nothing more."""
        return not self._dispatching

    # ---------------------------------------------------------------- the one door

    def apply(self, events: list[Event], obsolete: Sequence[str] = ()) -> None:
        """Write facts soon, tell everyone, and see what may start now.

        ``obsolete`` are spool files to delete when the facts are safe.
        """
        if events:
            self.journal.append(self._timed(events), then=self._then(events, obsolete))
            self._publish(events)

    async def apply_and_wait(self, events: list[Event]) -> None:
        """Like :meth:`apply`, but return when the facts are safe on disk."""
        if events:
            written = self.journal.written(self._timed(events), then=self._then(events))
            self._publish(events)
            await written

    def _then(self, events: list[Event], obsolete: Sequence[str] = ()) -> Callable[[], None] | None:
        names = [*obsolete, *self._spools.released(events)]
        return partial(self._spool.delete, names) if names else None

    def _timed(self, events: list[Event]) -> list[Event]:
        """Put the time that was worked on a batch into what is written of it."""
        return [
            BatchChanged(batch=replace(event.batch, worked_s=self.worked_s(event.batch)))
            if isinstance(event, BatchChanged)
            else event
            for event in events
        ]

    def worked_s(self, batch: Batch) -> float:
        """Return for how long at least one job of a batch ran, earlier hosts included."""
        return self.pace.worked_s(batch, self.clock())

    def _publish(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case JobChanged(job=job):
                    self._obey(job)
                case ErrorsBooked():
                    live = self.scheduler.live.get(event.batch_id)
                    importer = live.batch.importer if live else ""
                    self.failures.add(event, importer, time.time())
                case ErrorsCleared(job_id=job_id):
                    self._rewound.add(job_id)
                case BatchChanged(batch=batch) if batch.state in BATCH_ENDED:
                    self._batch_ended(batch.id)
                case _:
                    pass
        self.bus.publish(events)
        self._wake.set()

    def _obey(self, job: Job) -> None:
        """A running job was asked to stop, or may go on after all."""
        # A checkpoint moves nothing: it must not take back what a stop of the engine asked for.
        if self._told.get(job.id, job.state) is job.state:
            return
        self._told[job.id] = job.state
        runner = self.runner_of(job)
        if job.state is JobState.PAUSING:
            runner.ask_to_stop(job, cancel=False)
        elif job.state is JobState.RUNNING:
            runner.take_back(job)
        elif job.state is JobState.CANCELLING and job.id not in self._killers:
            runner.ask_to_stop(job, cancel=True)
            grace_s = self.settings.engine.kill_grace_s
            loop = asyncio.get_running_loop()
            self._killers[job.id] = loop.call_later(grace_s, self._kill, job.id)

    def _kill(self, job_id: int) -> None:
        # Once only: a second cancellation would meet the runner while it ends the child.
        task = self._tasks.get(job_id)
        if task is not None and not task.cancelling():
            task.cancel()

    def _batch_ended(self, batch_id: int) -> None:
        self.pace.rest(batch_id, self.clock())
        for forgotten in self.meters.keys() - self.scheduler.live.keys():
            self.pace.forget(forgotten)

    # ---------------------------------------------------------------- starting and ending jobs

    def _dispatch(self, tasks: asyncio.TaskGroup) -> None:
        while self._dispatching and self.failure is None:
            now_s = self.clock()
            started = self.scheduler.start_next(now_s)
            if started is None:
                return
            job, slot, events = started
            self.idle.clear()
            self.running[job.id] = (job, slot, now_s)
            self._told[job.id] = job.state
            queue = self.scheduler.queue_of(job)
            self.pace.started(job.batch_id, queue.name, len(queue.busy), now_s)
            self.apply(events)
            task = tasks.create_task(self._work(job, slot), name=f"job-{job.id}")
            self._tasks[job.id] = task
            task.add_done_callback(partial(self._cut_short, job))

    async def _wait(self) -> None:
        """Until something changed or a delayed job is due."""
        due_s = self.scheduler.next_due_s() if self._dispatching else None
        delay_s = None if due_s is None else max(0.0, due_s - self.clock())
        try:
            async with asyncio.timeout(delay_s):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _work(self, job: Job, slot: int) -> None:
        runner = self.runner_of(job)
        try:
            full = await self._with_payload(job)
            outcome = await runner.run(full, slot, _JobProgress(self, job))
        except asyncio.CancelledError:
            outcome = STOPPED
        except JournalError as exc:
            self._journal_failed(exc)
            outcome = STOPPED
        self._finish(job, outcome)

    async def _with_payload(self, job: Job) -> Job:
        if not job.stored:
            return job
        if job.id in self._rewound:
            await self.journal.written()  # else the payload of a later stage would be read
            self._rewound.discard(job.id)
        payload = await self.reader.call(self.reader.file.payload, job.id)
        return replace(job, payload=payload, stored=False)

    def _cut_short(self, job: Job, task: asyncio.Task[None]) -> None:
        """A task that was cancelled before its first step, or broke, has not finished its job."""
        if self._tasks.get(job.id) is task:
            self._finish(job, STOPPED)

    def _finish(self, job: Job, outcome: Outcome) -> None:
        now_s = self.clock()
        del self.running[job.id], self._told[job.id], self._tasks[job.id]
        if handle := self._killers.pop(job.id, None):
            handle.cancel()
        before = self._ended(job.batch_id)
        events = self.scheduler.finish(job, outcome, now_s, time.time())
        self.pace.stage_ended(job.batch_id, self.scheduler.queue_of(job).name, outcome.run_s)
        for event in events:
            if isinstance(event, JobChanged) and event.job.id == job.id:
                self.pace.job_ended(event.job)
        self.pace.items(job.batch_id, self._ended(job.batch_id) - before, now_s)
        live = self.scheduler.live.get(job.batch_id)
        if live is None or not live.running:
            self.pace.rest(job.batch_id, now_s)
        if not self.running:
            self.meter.rest(now_s)
            self.idle.set()
        self.apply(events, self._spools.after(job.id, outcome))

    def checkpoint(self, job: Job, part: Checkpoint) -> None:
        """A running stage handed over a part of what it found."""
        before = self._ended(job.batch_id)
        self.apply(self.scheduler.checkpoint(job, part, self.clock()))
        self.pace.items(job.batch_id, self._ended(job.batch_id) - before, self.clock())

    # ---------------------------------------------------------------- inner

    def runner_of(self, job: Job) -> Runner:
        """Return the runner of the queue a job is in."""
        return self._runners[self.scheduler.queue_of(job).name]

    def pids(self) -> list[int]:
        """Return the process ids of all children."""
        return [pid for runner in set(self._runners.values()) for pid in runner.pids()]

    def progress_of(self, job: Job) -> tuple[int, int]:
        """Return how far a running job is: items worked on, of how many."""
        return self.runner_of(job).progress_of(job)

    def queue_name(self, importer: str, stage: str) -> str:
        """Return the queue of a stage; empty for an importer that is no longer there."""
        try:
            return self.importer(importer).stage(stage).queue
        except (SoniqError, KeyError):
            return ""

    def _ended(self, batch_id: int) -> int:
        live = self.scheduler.live.get(batch_id)
        return live.batch.items.ended if live else 0

    def _evict(self, jobs: list[Job]) -> None:
        """Large payloads that are safe in the journal leave memory, unless the job moved on."""
        for job in jobs:
            live = self.scheduler.live.get(job.batch_id)
            now = live.jobs.get(job.id) if live else None
            if live and now and now.payload is job.payload and now.state not in HOLDS_SLOT:
                live.jobs[job.id] = replace(now, payload=b"", stored=True)

    def _journal_failed(self, exc: BaseException) -> None:
        self.failure = self.failure or JournalError(
            f"the journal {self.journal.path} cannot be used: {exc}; "
            "nothing more is started, finished work is kept up to the last commit"
        )
        self._dispatching = False
        for job_id in list(self._tasks):
            self._kill(job_id)
        self._ending = True
        self.bus.touch()
        self._wake.set()

    async def _sample(self) -> None:
        while True:
            if not self.running:
                if self.load.cpu_percent is not None:
                    self.load.cpu_percent = None  # an old figure would be a lie
                    self.bus.touch()
                await self.bus.changed(self.bus.version)
                continue
            self.load.sample(self.pids())
            await asyncio.sleep(SAMPLE_S)


class _JobProgress:
    """``model.ports.Progress`` for one run of a job."""

    def __init__(self, engine: Engine, job: Job) -> None:
        self._engine, self._job = engine, job

    def checkpoint(self, part: Checkpoint) -> None:
        self._engine.checkpoint(self._job, part)
