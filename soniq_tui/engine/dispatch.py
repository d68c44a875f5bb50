"""Starting jobs and taking in what comes of them: the hot path of the engine."""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from soniq_tui.engine import attempts, crash
from soniq_tui.engine.ahead import Ahead
from soniq_tui.engine.outputs import Outputs
from soniq_tui.engine.queue import JobQueue
from soniq_tui.engine.runs import STOPPED, Run
from soniq_tui.engine.starter import Started
from soniq_tui.errors import JournalError
from soniq_tui.model.events import Event, JobChanged
from soniq_tui.model.job import NO_ITEMS, Checkpoint, Items, Job, JobState, Outcome

if TYPE_CHECKING:
    from soniq_tui.engine.engine import Engine


class Dispatcher:
    """Gives free slots to jobs and hands their outcomes to the scheduler.

    Args:
        engine: whose scheduler, runs and journal it works with.
    """

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self.ahead = Ahead(engine)
        self.outputs = Outputs()
        """What stages said."""
        self._fetches: set[asyncio.Task[None]] = set()
        self.rewound: set[int] = set()
        """Jobs whose payload in the journal is being set back to where they entered."""

    def dispatch(self, tasks: asyncio.TaskGroup) -> None:
        """Start all that may start now; ask the journal for what will soon be wanted."""
        engine, scheduler = self._engine, self._engine.scheduler
        now_s = engine.clock()
        may_start = engine.may_start and engine.upkeep.before_start(now_s)
        if may_start:
            self.ahead.look(now_s)
        else:
            self.ahead.recall_all()
        while True:
            may_start = may_start and engine.may_start
            started = (scheduler.start_next if may_start else scheduler.start_reserved)(now_s)
            if started is not None:
                self._start(tasks, started)
                now_s = engine.clock()
            elif not may_start or not (engine.upkeep.hurry(now_s) or self.ahead.share()):
                break
        if may_start:
            self.ahead.fill(now_s)
            for ids in scheduler.thirsty():
                fetch = tasks.create_task(self._fetch(ids), name="rows")
                self._fetches.add(fetch)
                fetch.add_done_callback(self._fetches.discard)

    def _start(self, tasks: asyncio.TaskGroup, started: Started) -> None:
        run, events = self._begin(started)
        self._engine.apply(events)
        crash.at("dispatch.started")
        run.task = tasks.create_task(self._work(run), name=f"job-{run.job.id}")
        run.task.add_done_callback(self._cut_short)

    def _begin(self, started: Started) -> tuple[Run, list[Event]]:
        engine = self._engine
        job, slot, events = started
        engine.idle.clear()
        queue = engine.scheduler.queue_of(job)
        run = engine.runs.begin(job, slot, self.limit_s(job, queue))
        busy, seeks = len(queue.busy), self._seeks(job)
        engine.pace.started(job.batch_id, queue.name, busy, run.since_s, seeks=seeks)
        self.ahead.hand_over(run, queue)
        return run, events

    async def _work(self, first: Run) -> None:
        """Do the work of a slot: one job, and those that were reserved behind it."""
        engine, run = self._engine, first
        runner = engine.runner_of(run.job)
        following: Run | None = first
        while following is not None:
            run = following
            try:
                full = await self._with_payload(run.job)
                outcome = await runner.run(full, run.slot, _JobProgress(self, run.job))
            except asyncio.CancelledError:
                outcome = STOPPED
            except JournalError as exc:
                engine.journal_failed(exc)
                outcome = STOPPED
            following = self._finish(run, outcome, goes_on=outcome is not STOPPED)

    def _cut_short(self, task: asyncio.Task[None]) -> None:
        """A task that was cancelled before its first step, or broke, has not finished its job."""
        for run in [run for run in self._engine.runs.by_id.values() if run.task is task]:
            self._finish(run, STOPPED, goes_on=False)

    def _finish(self, run: Run, outcome: Outcome, *, goes_on: bool) -> Run | None:
        """Take in what came of a run; return the next one of its slot, if one was reserved."""
        engine, job = self._engine, run.job
        now_s, now_at_s = engine.clock(), time.time()
        engine.runs.end(run)
        outcome = engine.runs.judged(run, outcome)
        before = self._counts(job)
        queue = engine.scheduler.queue_of(job)
        events = engine.scheduler.finish(job, outcome, now_s, now_at_s)
        engine.pace.stage_ended(
            job.batch_id,
            queue.name,
            outcome.run_s,
            now_s,
            failed=outcome.state is JobState.FAILED and not outcome.back,
            stopped=outcome.state in {JobState.PAUSED, JobState.CANCELLED},
            seeks=self._seeks(job),
        )
        moved: Job | None = None
        for event in events:
            if isinstance(event, JobChanged) and event.job.id == job.id:
                engine.pace.job_ended(event.job)
                moved = event.job
        if moved is not None and attempts.is_kept(job, outcome):
            events.append(attempts.ended(job, outcome, moved, now_at_s))
        ended = self._counted(job, before, now_s)
        engine.upkeep.stage_ended(job.batch_id, queue.name, outcome, ended, now_at_s)
        live = engine.scheduler.live.get(job.batch_id)
        if live is None or not live.running:
            engine.pace.rest(job.batch_id, now_s)
        following = self._go_on(run, queue, events, now_s) if goes_on else None
        if not engine.runs.by_id:
            engine.meter.rest(now_s)
            engine.idle.set()
        crash.at("dispatch.ended")
        engine.apply(events, engine.spools.after(job.id, outcome))
        return following

    def _go_on(self, last: Run, queue: JobQueue, events: list[Event], now_s: float) -> Run | None:
        """Start the job that was reserved behind another one; its facts follow ``events``."""
        started = self._engine.scheduler.go_on(queue, last.slot, now_s)
        if started is None:
            return None
        run, facts = self._begin(started)
        run.task = last.task
        events += facts
        self.ahead.started()
        return run

    def doing(self, job: Job, text: str) -> None:
        """Note what a run does now; of a run that is over nothing is noted."""
        run = self._engine.runs.by_id.get(job.id)
        if run is not None and run.job.fence == job.fence:
            run.doing = text

    def checkpoint(self, job: Job, part: Checkpoint) -> None:
        """A running stage handed over a part of what it found."""
        engine = self._engine
        before, now_s = self._counts(job), engine.clock()
        engine.apply(engine.scheduler.checkpoint(job, part, now_s))
        items, errors = self._counted(job, before, now_s)
        queue = engine.scheduler.queue_of(job).name
        engine.upkeep.history.add(
            job.batch_id, queue, items=items, errors=errors, now_at_s=time.time()
        )

    async def written(self) -> None:
        """Return when all that was booked is on disk, however long that is full."""
        await self._engine.journal.written()

    def limit_s(self, job: Job, queue: JobQueue) -> float | None:
        """Return how long a stage may run; None where there is no limit."""
        own = self._engine.importer(job.importer).stage(job.stage).time_limit_s
        return (queue.settings.time_limit_s if own is None else own) or None

    def _seeks(self, job: Job) -> bool:
        """Whether a job only looks for items that others work on."""
        return not job.weight and self._engine.scheduler.route(job.importer, job.stage).finds

    def _counts(self, job: Job) -> tuple[Items, int]:
        """Return the items of a job's batch, and how many the job has met beyond them."""
        live = self._engine.scheduler.live.get(job.batch_id)
        if live is None:
            return NO_ITEMS, 0
        ahead = live.expected.get(job.id)
        return live.batch.items, ahead.ended if ahead else 0

    def _counted(self, job: Job, before: tuple[Items, int], now_s: float) -> tuple[int, int]:
        """Tell what a job changed since ``before``; return how many items ended, and failed."""
        pace = self._engine.pace
        now, ahead = self._counts(job)
        items = now.plus(before[0], -1)
        # A stage that looks for items has done no work on those that end as they are found.
        seeks = self._seeks(job)
        pace.items(job.batch_id, items.ended, now_s, worked=not seeks)
        if seeks:
            live = self._engine.scheduler.live.get(job.batch_id)
            found, passed = items.total + ahead - before[1], items.ended + ahead - before[1]
            expecting = live is not None and live.outlook is not None
            pace.found(job.batch_id, found, passed, now_s, expecting=expecting)
        # What is taken back was counted in minutes that are over.
        return max(0, items.ended), max(0, items.failed)

    # ---------------------------------------------------------------- what lies in the journal

    async def _with_payload(self, job: Job) -> Job:
        engine = self._engine
        if not job.stored:
            self.rewound.discard(job.id)
            return job
        if job.id in self.rewound:
            await engine.journal.written()  # else the payload of a later stage would be read
            self.rewound.discard(job.id)
        payload = await engine.reader.call(engine.reader.file.payload, job.id)
        return replace(job, payload=payload, stored=False)

    def stop_fetching(self) -> None:
        """Nobody wants rows any more: on a full disk they would be waited for without end."""
        for fetch in self._fetches:
            fetch.cancel()

    async def _fetch(self, ids: Sequence[int]) -> None:
        try:
            await self.load_rows(ids)
        except JournalError as exc:
            self._engine.journal_failed(exc)

    async def load_rows(self, ids: Sequence[int]) -> None:
        """Bring these jobs into memory, those of them that lie in the journal alone.

        Raises:
            JournalError: the journal cannot be read.
        """
        engine = self._engine
        cold = engine.scheduler.cold_among(ids)
        if cold:
            await engine.journal.written()
            rows = await engine.reader.call(engine.reader.file.rows, cold)
            # No other await between reading and thawing: nothing may move on in between.
            engine.scheduler.thaw(rows, engine.clock())
            if len(rows) < len(cold):
                raise JournalError(f"{len(cold) - len(rows)} waiting jobs are not in the journal")
            engine.wake()


class _JobProgress:
    """``model.ports.Progress`` for one run of a job."""

    def __init__(self, dispatcher: Dispatcher, job: Job) -> None:
        self._dispatcher, self._job = dispatcher, job

    def checkpoint(self, part: Checkpoint) -> None:
        self._dispatcher.checkpoint(self._job, part)

    def said(self, lines: Sequence[str]) -> None:
        self._dispatcher.outputs.add(self._job.id, lines)

    def doing(self, text: str) -> None:
        self._dispatcher.doing(self._job, text)

    async def written(self) -> None:
        await self._dispatcher.written()
