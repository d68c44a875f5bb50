"""The engine: the asynchronous shell around the scheduler.

``apply`` is the one door through which state changes: facts go to the journal and to the bus, and
the dispatcher is woken. Decisions are the scheduler's; running is the runners'.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from msgspec.structs import replace

from soniq_tui.engine import journal_errors
from soniq_tui.engine.bus import Bus
from soniq_tui.engine.dispatch import Dispatcher
from soniq_tui.engine.failures import Failures
from soniq_tui.engine.journal import Journal
from soniq_tui.engine.pace import Pace
from soniq_tui.engine.reader import Reader
from soniq_tui.engine.restore import NOBODY
from soniq_tui.engine.runs import Runs
from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.engine.spools import Spools
from soniq_tui.engine.takeover import earlier, in_words, take_over
from soniq_tui.engine.upkeep import Upkeep
from soniq_tui.errors import EngineError, SoniqError, UsageError
from soniq_tui.importers.base import Importer
from soniq_tui.model.events import (
    BatchChanged,
    ErrorsBooked,
    ErrorsCleared,
    Event,
    JobChanged,
    Scaled,
)
from soniq_tui.model.job import BATCH_ENDED, HOLDS_SLOT, Batch, Begun, Job
from soniq_tui.model.ports import Runner, SpoolKeeper
from soniq_tui.model.settings import Settings

log = logging.getLogger(__name__)


class Engine:
    """Journal, scheduler and runners, put to work.

    Args:
        settings: how to work.
        importer: finds an importer by name.
        runners: for each queue.
        spool: what stages keep for each other.
        clock: monotonic seconds.
        dispatch: start jobs; without it commands are carried out and nothing else.
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
        dispatch: bool = True,
    ) -> None:
        self.settings = settings
        self.importer = importer
        how = settings.engine
        self.scheduler = Scheduler(
            importer,
            settings.queues,
            max_attempts=how.max_attempts,
            host_deaths_most=how.host_deaths_most,
            chance=chance,
        )
        unserved = settings.queues.keys() - runners.keys()
        if unserved:
            raise EngineError(f"nobody serves the queues {', '.join(sorted(unserved))}: a bug")
        self.clock = clock
        self.bus = Bus()
        self.pace = Pace()
        self.meter, self.meters = self.pace.all, self.pace.batches
        self.failures = Failures()
        path = settings.journal_path
        self.journal = Journal(
            path,
            on_stored=self._evict,
            on_failure=self.journal_failed,
            on_blocked=self.journal_blocked,
            history_days=how.history_days,
        )
        self.reader, self.lists = Reader(path, self.queue_name), Reader(path, self.queue_name)
        """For what the engine needs, and for what people look at: jobs never wait for a list."""
        self.runs = Runs(
            self.runner_of, clock, kill_grace_s=how.kill_grace_s, limit_grace_s=how.limit_grace_s
        )
        self.failure: EngineError | None = None
        self.left_out = ""
        """Which batches of an earlier host cannot be worked on, and why."""
        self.blocked = ""
        """Why nothing can be written for now; empty when all is well."""
        self._blocked = asyncio.Event()
        self._spool, self.runners = spool, runners
        """Of each queue."""
        self.spools = Spools(self.scheduler.is_live)
        self._wake = asyncio.Event()
        self._dispatching = dispatch
        self._ending = False
        self.idle = asyncio.Event()
        """Set while nothing runs."""
        self.idle.set()
        self.dispatcher = Dispatcher(self)
        self.upkeep = Upkeep(self)
        self.load = self.upkeep.load

    # ---------------------------------------------------------------- life

    async def restore(
        self, only: tuple[int, ...] | None = None, begun: Mapping[int, Begun] = NOBODY
    ) -> None:
        """Take over what an earlier host left: all of it, or only some batches.

        ``begun`` are the jobs that were being run when it died, by id.
        """
        now_s = self.clock()
        read = partial(
            earlier, self.reader.file, self.importer, only, now_s, time.time(), begun=begun
        )
        left, unusable = await self.reader.call(read)
        self.upkeep.forgetting.unusable = unusable
        self.left_out = in_words(unusable)
        self.scheduler.start_ids(left.last_batch + 1, left.last_job + 1)
        await self._restore_queues()
        events = await take_over(self.scheduler, left, now_s, time.time(), begun)
        self.spools.restored(self._spool.sweep(left.live_ids))
        self.apply(events)
        if self.scheduler.open:
            self.warm()

    async def _restore_queues(self) -> None:
        for name, known in (await self.reader.call(self.reader.file.controls)).items():
            with suppress(UsageError):  # a queue that is no longer configured, or no longer so wide
                if known.slots is not None:
                    self.scheduler.resize(name, known.slots)
                if known.held is not None:
                    self.scheduler.hold(name, held=known.held)
                if known.autoscaled is not None:
                    self.scheduler.autoscale(name, on=known.autoscaled)

    async def run(self) -> None:
        """Start jobs until :meth:`stop` is called.

        Raises:
            EngineError: the journal can no longer be written.
        """
        async with asyncio.TaskGroup() as tasks:
            upkeep = tasks.create_task(self.upkeep.run(), name="upkeep")
            forgetting = tasks.create_task(self.upkeep.forgetting.run(), name="forgetting")
            while not self._ending:
                self._wake.clear()
                self.dispatcher.dispatch(tasks)
                await self._wait()
            upkeep.cancel()
            forgetting.cancel()
            self.dispatcher.stop_fetching()
        if self.failure is not None:
            raise self.failure

    async def stop(self, *, finish: bool = False) -> None:
        """Start nothing more and return when nothing runs.

        What runs is asked to stop and goes on at the next start, or with ``finish`` ends first.
        """
        self._dispatching = False
        await self.dispatcher.ahead.settle()
        if finish:
            self.runs.unfreeze_all()  # what stands still would never end
        else:
            self.runs.stop_all()
            try:
                async with asyncio.timeout(self.settings.engine.kill_grace_s):
                    await self.idle.wait()
            except TimeoutError:
                self.runs.kill_all()
        await self.idle.wait()
        self._ending = True
        self.wake()

    async def close(self) -> None:
        """End runners and journal; after :meth:`run` has returned."""
        ends = asyncio.gather(*(runner.close() for runner in set(self.runners.values())))
        try:
            await self._close_files()  # beside each other: both wait for the disk
        finally:
            await ends

    async def _close_files(self) -> None:
        await self.upkeep.close()
        for reader in (self.reader, self.lists):
            await reader.close()  # before the journal: whoever closes last folds the log away
        await self.journal.close()

    @property
    def ending(self) -> bool:
        """Whether it starts nothing more."""
        return not self._dispatching

    @property
    def has_work(self) -> bool:
        """Whether something runs."""
        return bool(self.runs.by_id)

    # ---------------------------------------------------------------- the one door

    def apply(self, events: list[Event], obsolete: Sequence[str] = ()) -> None:
        """Write facts soon, tell everyone, and see what may start now.

        ``obsolete`` are spool files to delete when the facts are safe.
        """
        if events:
            self.journal.append(self._timed(events), then=self._then(events, obsolete))
            self._publish(events)

    async def apply_and_wait(self, events: list[Event]) -> bool:
        """Like :meth:`apply`, but return when the facts are safe on disk.

        While the journal cannot be written it returns at once with False: what was asked for is
        done, and is written as soon as there is room.
        """
        if not events:
            return True
        written = self.journal.written(self._timed(events), then=self._then(events))
        self._publish(events)
        return await self._safe(written)

    async def come_true(self, events: list[Event], make: Callable[[], None]) -> bool:
        """Like :meth:`apply_and_wait`, for facts that nobody shall see before they are safe.

        ``make`` makes them true. It is called when they are on disk, also where nobody waits for
        that any more, and at once while the journal cannot be written.
        """
        untold = [events]

        def tell() -> None:
            if untold:  # once, by whoever is first
                make()
                self._publish(untold.pop())

        safe = await self._safe(self.journal.written(self._timed(events), then=tell))
        tell()
        return safe

    async def settled(self) -> bool:
        """Return when all that was decided is on disk; at once with False while none can be."""
        return await self._safe(self.journal.written())

    async def _safe(self, written: "asyncio.Future[None]") -> bool:
        if not self.blocked:
            blocked = asyncio.create_task(self._blocked.wait())
            either: tuple[asyncio.Future[Any], ...] = (written, blocked)
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                blocked.cancel()
        if written.done():
            written.result()
            return True
        # Whoever asked is told that it is not yet written; a failure ends the engine by itself.
        written.add_done_callback(lambda done: done.cancelled() or done.exception())
        return False

    def _then(self, events: list[Event], obsolete: Sequence[str] = ()) -> Callable[[], None] | None:
        names = [*obsolete, *self.spools.released(events)]
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
                    self.runs.obey(job)
                case ErrorsBooked():
                    live = self.scheduler.live.get(event.batch_id)
                    importer = live.batch.importer if live else ""
                    self.failures.add(event, importer, time.time())
                case ErrorsCleared(job_id=job_id):
                    self.failures.clear(job_id)
                    self.dispatcher.rewound.add(job_id)
                case BatchChanged(batch=batch):
                    self.upkeep.narrator.tell(event)
                    if batch.state in BATCH_ENDED:
                        self._batch_ended(batch.id)
                case Scaled():
                    self.upkeep.was_scaled(event)
                case _:
                    self.upkeep.narrator.tell(event)
        self.bus.touch()
        self.wake()

    def wake(self) -> None:
        """See soon what may start."""
        self._wake.set()

    def _batch_ended(self, batch_id: int) -> None:
        self.pace.rest(batch_id, self.clock())
        for forgotten in self.meters.keys() - self.scheduler.live.keys():
            self.pace.forget(forgotten)

    async def _wait(self) -> None:
        """Until something changed or a delayed job is due."""
        # While a guard holds, upkeep looks again by itself: a job that is due changes nothing.
        starts = self.may_start and self.upkeep.may_start
        due_s = self.scheduler.next_due_s() if starts else None
        if due_s is None:
            await self._wake.wait()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due_s - self.clock())):
                await self._wake.wait()

    @property
    def may_start(self) -> bool:
        """Whether jobs are started at all."""
        return self._dispatching and self.failure is None and not self.blocked

    # ---------------------------------------------------------------- inner

    def runner_of(self, job: Job) -> Runner:
        """Return the runner of the queue a job is in."""
        return self.runners[self.scheduler.queue_of(job).name]

    def warm(self) -> None:
        """Work is about to come: runners begin what takes long to begin."""
        if self._dispatching:
            for runner in set(self.runners.values()):
                runner.warm()

    def pids(self) -> list[int]:
        """Return the process ids of all children."""
        return [pid for runner in set(self.runners.values()) for pid in runner.pids()]

    def progress_of(self, job: Job) -> tuple[int, int]:
        """Return how far a running job is: items worked on, of how many."""
        return self.runner_of(job).progress_of(job)

    def queue_name(self, importer: str, stage: str) -> str:
        """Return the queue of a stage; empty for an importer that is no longer there."""
        try:
            return self.importer(importer).stage(stage).queue
        except (SoniqError, KeyError):
            return ""

    def _evict(self, jobs: list[Job]) -> None:
        """Large payloads that are safe in the journal leave memory, unless the job moved on."""
        for job in jobs:
            live = self.scheduler.live.get(job.batch_id)
            now = live.jobs.get(job.id) if live else None
            if live and now and now.payload is job.payload and now.state not in HOLDS_SLOT:
                live.jobs[job.id] = replace(now, payload=b"", stored=True)

    def journal_blocked(self, reason: str) -> None:
        """The journal cannot be written for now (no room), or ("") can be again."""
        self.blocked = reason
        if reason:
            self._blocked.set()
            self.dispatcher.ahead.recall_all()
        else:
            self._blocked.clear()
        self.bus.touch()
        self.wake()

    def journal_failed(self, exc: BaseException) -> None:
        """Nothing can be written or read any more: everything ends."""
        self.failure = self.failure or journal_errors.for_good(exc, self.journal.path)
        self._dispatching = False
        self.dispatcher.ahead.recall_all()
        self.runs.kill_all()
        self._ending = True
        self.bus.touch()
        self.wake()
