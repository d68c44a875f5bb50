"""The engine: the asynchronous shell around the scheduler.

``apply`` is the one door through which state changes: facts go to the journal and to the bus, and
the dispatcher is woken. Decisions are the scheduler's; running is the runners'.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from soniq_tui.engine.bus import Bus
from soniq_tui.engine.failures import Failures
from soniq_tui.engine.journal import KEEP_BYTES, Journal
from soniq_tui.engine.load import Load
from soniq_tui.engine.meter import BatchMeter, Meter
from soniq_tui.engine.reader import Reader
from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.errors import EngineError, JournalError
from soniq_tui.importers.base import Importer
from soniq_tui.model.commands import Target
from soniq_tui.model.events import BatchChanged, ErrorsBooked, Event, JobChanged
from soniq_tui.model.job import (
    BATCH_ENDED,
    HOLDS_SLOT,
    TERMINAL,
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
BATCHES_SHOWN = 20
"""So many batches of earlier hosts are shown."""
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
        self.meter = Meter()
        self.meters: dict[int, BatchMeter] = {}
        self.failures = Failures()
        path = Path(settings.data_dir) / "journal.db"
        self.journal = Journal(path, on_stored=self._evict, on_failure=self._journal_failed)
        self.reader = Reader(path)
        self.running: dict[int, tuple[Job, int, float]] = {}
        """Job id to the job as it was started, its slot, and when."""
        self.failure: EngineError | None = None
        self._runners, self._spool = runners, spool
        self._spools: dict[int, list[str]] = {}
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
        file = self.reader.file
        offset_s = time.time() - self.clock()

        def monotonic(at_s: float) -> float:
            return max(0.0, at_s - offset_s) if at_s else 0.0

        def read() -> tuple[list[Batch], list[Job], list[tuple[int, str]], tuple[int, int]]:
            batches = {b.id: b for b in file.batches(BATCHES_SHOWN) if b.state in BATCH_ENDED}
            batches |= {b.id: b for b in file.open_batches()}
            mine = [b for b in batches.values() if only is None or b.id in only]
            open_ids = [b.id for b in mine if b.state not in BATCH_ENDED]
            jobs = [j for i in open_ids for j in file.live_jobs(i, monotonic, KEEP_BYTES)]
            keys = [(i, key) for i in open_ids for key in file.keys(i)]
            return sorted(mine, key=lambda b: b.id), jobs, keys, file.last_ids()

        batches, jobs, keys, (last_batch, last_job) = await self.reader.call(read)
        self.scheduler.start_ids(last_batch + 1, last_job + 1)
        events = self.scheduler.restore(batches, jobs, keys, self.clock(), time.time())
        live = {job_id for known in self.scheduler.live.values() for job_id in known.jobs}
        self._spools = self._spool.sweep(live)
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
                for task in list(self._tasks.values()):
                    task.cancel()
        await self.idle.wait()
        self._ending = True
        self._wake.set()

    async def close(self) -> None:
        """End runners and journal; after :meth:`run` has returned."""
        for handle in self._killers.values():
            handle.cancel()
        await asyncio.gather(*(runner.close() for runner in set(self._runners.values())))
        await self.journal.close()
        self.reader.close()

    # ---------------------------------------------------------------- the one door

    def apply(self, events: list[Event]) -> None:
        """Write facts soon, tell everyone, and see what may start now."""
        if events:
            self.journal.append(self._timed(events))
            self._publish(events)

    async def apply_and_wait(self, events: list[Event]) -> None:
        """Like :meth:`apply`, but return when the facts are safe on disk."""
        if events:
            written = self.journal.written(self._timed(events))
            self._publish(events)
            await written

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
        meter = self.meters.get(batch.id)
        return batch.worked_s + (meter.working_s(self.clock()) if meter else 0.0)

    def _publish(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case JobChanged(job=job):
                    self._obey(job)
                case ErrorsBooked():
                    self.failures.add(event, time.time())
                case BatchChanged(batch=batch) if batch.state in BATCH_ENDED:
                    self._rest(batch.id)
                case _:
                    pass
        self.bus.publish(events)
        self._wake.set()

    def _obey(self, job: Job) -> None:
        """A running job was asked to stop, or may go on after all."""
        if job.id not in self.running:
            return
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
        if job_id in self._tasks:
            self._tasks[job_id].cancel()

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
            queue = self.scheduler.queue_of(job)
            self.meter.begin(now_s)
            meter = self.meters.setdefault(job.batch_id, BatchMeter())
            meter.begin(now_s)
            meter.started(queue.name, len(queue.busy))
            self.apply(events)
            self._tasks[job.id] = tasks.create_task(self._work(job, slot), name=f"job-{job.id}")

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
            full = job
            if job.stored:
                payload = await self.reader.call(self.reader.file.payload, job.id)
                full = replace(job, payload=payload, stored=False)
            outcome = await runner.run(full, slot, _JobProgress(self, job))
        except asyncio.CancelledError:
            outcome = Outcome(state=JobState.PAUSED)  # stopped; where it goes its state tells
        self._finish(job, outcome)

    def _finish(self, job: Job, outcome: Outcome) -> None:
        now_s = self.clock()
        del self.running[job.id], self._tasks[job.id]
        if handle := self._killers.pop(job.id, None):
            handle.cancel()
        queue = self.scheduler.queue_of(job)
        before = self._ended(job.batch_id)
        events = self.scheduler.finish(job, outcome, now_s, time.time())
        ended = self._ended(job.batch_id) - before
        meter = self.meters.setdefault(job.batch_id, BatchMeter())
        meter.ended(queue.name, outcome.run_s)
        for event in events:
            if isinstance(event, JobChanged) and event.job.id == job.id:
                if event.job.state in TERMINAL:
                    meter.took(job.weight, event.job.run_s)
                    self.meter.took(job.weight, event.job.run_s)
        self._meter(job.batch_id, ended, now_s)
        live = self.scheduler.live.get(job.batch_id)
        if live is None or not live.running:
            self._rest(job.batch_id)
        if not self.running:
            self.meter.rest(now_s)
            self.idle.set()
        obsolete = self._obsolete_spools(job, outcome)
        if obsolete:
            self.journal.append(self._timed(events), then=lambda: self._spool.delete(obsolete))
            self._publish(events)
        else:
            self.apply(events)
        self._wake.set()

    def checkpoint(self, job: Job, part: Checkpoint) -> None:
        """A running stage handed over a part of what it found."""
        before = self._ended(job.batch_id)
        self.apply(self.scheduler.checkpoint(job, part, self.clock()))
        self._meter(job.batch_id, self._ended(job.batch_id) - before, self.clock())

    def _obsolete_spools(self, job: Job, outcome: Outcome) -> list[str]:
        """Return the spool files that nobody needs once the outcome is on disk."""
        held = self._spools.pop(job.id, [])
        live = self.scheduler.find(job.id)
        if live is None or outcome.back:
            return [*held, *outcome.spools]
        if outcome.state is JobState.DONE:
            if outcome.spools:
                self._spools[job.id] = list(outcome.spools)
            return held
        if held:
            self._spools[job.id] = held  # the stage runs again and needs what it was given
        return list(outcome.spools)

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

    async def everything_stopped(self, target: Target) -> None:
        """Return when no job of the target's batches holds a slot."""
        while any(job.batch_id in target.batches for job, _, _ in self.running.values()):
            await self.bus.changed(self.bus.version)

    def _ended(self, batch_id: int) -> int:
        live = self.scheduler.live.get(batch_id)
        return live.batch.items.ended if live else 0

    def _meter(self, batch_id: int, ended: int, now_s: float) -> None:
        self.meters.setdefault(batch_id, BatchMeter()).add(ended, now_s)
        self.meter.add(ended, now_s)

    def _rest(self, batch_id: int) -> None:
        if batch_id in self.meters:
            self.meters[batch_id].rest(self.clock())

    def _evict(self, jobs: list[Job]) -> None:
        """Large payloads that are safe in the journal leave memory, unless the job moved on."""
        for job in jobs:
            live = self.scheduler.live.get(job.batch_id)
            now = live.jobs.get(job.id) if live else None
            if live and now and now.payload is job.payload and now.state not in HOLDS_SLOT:
                live.jobs[job.id] = replace(now, payload=b"", stored=True)

    def _journal_failed(self, exc: BaseException) -> None:
        self.failure = JournalError(
            f"the journal {self.journal.path} cannot be written: {exc}; "
            "nothing more is started, finished work is kept up to the last commit"
        )
        self._dispatching = False
        for task in self._tasks.values():
            task.cancel()
        self._ending = True
        self.bus.touch()
        self._wake.set()

    async def _sample(self) -> None:
        while True:
            if not self.running:
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
