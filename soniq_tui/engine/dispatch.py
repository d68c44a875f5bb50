"""Starting jobs and taking in what comes of them: the hot path of the engine."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from soniq_tui.engine import crash
from soniq_tui.engine.runs import STOPPED, Run
from soniq_tui.errors import JournalError
from soniq_tui.model.events import Event, JobChanged
from soniq_tui.model.job import Checkpoint, Job, JobState, Outcome

if TYPE_CHECKING:
    from soniq_tui.engine.engine import Engine


class Dispatcher:
    """Gives free slots to jobs and hands their outcomes to the scheduler.

    Args:
        engine: whose scheduler, runs and journal it works with.
    """

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self.rewound: set[int] = set()
        """Jobs whose payload in the journal is being set back to where they entered."""

    def dispatch(self, tasks: asyncio.TaskGroup) -> None:
        """Start all that may start now; ask the journal for what will soon be wanted."""
        engine, scheduler = self._engine, self._engine.scheduler
        now_s = engine.clock()
        if not engine.may_start or not engine.upkeep.before_start(now_s):
            return
        while engine.may_start:
            started = scheduler.start_next(now_s)
            if started is not None:
                self._start(tasks, *started)
                now_s = engine.clock()
            elif not engine.upkeep.hurry(now_s):
                break
        for thirst in scheduler.thirsty():
            tasks.create_task(self._fetch(thirst.ids), name="rows")

    def _start(self, tasks: asyncio.TaskGroup, job: Job, slot: int, events: list[Event]) -> None:
        engine = self._engine
        engine.idle.clear()
        queue = engine.scheduler.queue_of(job)
        run = engine.runs.begin(job, slot, self.limit_s(job))
        engine.pace.started(job.batch_id, queue.name, len(queue.busy), run.since_s)
        engine.apply(events)
        crash.at("dispatch.started")
        run.task = tasks.create_task(self._work(run), name=f"job-{job.id}")
        run.task.add_done_callback(partial(self._cut_short, run))

    async def _work(self, run: Run) -> None:
        engine, job = self._engine, run.job
        runner = engine.runner_of(job)
        try:
            full = await self._with_payload(job)
            outcome = await runner.run(full, run.slot, _JobProgress(self, job))
        except asyncio.CancelledError:
            outcome = STOPPED
        except JournalError as exc:
            engine.journal_failed(exc)
            outcome = STOPPED
        self._finish(run, outcome)

    def _cut_short(self, run: Run, task: asyncio.Task[None]) -> None:
        """A task that was cancelled before its first step, or broke, has not finished its job."""
        if run.task is task and self._engine.runs.by_id.get(run.job.id) is run:
            self._finish(run, STOPPED)

    def _finish(self, run: Run, outcome: Outcome) -> None:
        engine, job = self._engine, run.job
        now_s, now_at_s = engine.clock(), time.time()
        engine.runs.end(run)
        outcome = engine.runs.judged(run, outcome)
        before = self._ended(job.batch_id)
        queue = engine.scheduler.queue_of(job).name
        events = engine.scheduler.finish(job, outcome, now_s, now_at_s)
        engine.pace.stage_ended(
            job.batch_id,
            queue,
            outcome.run_s,
            failed=outcome.state is JobState.FAILED and not outcome.back,
            stopped=outcome.state in {JobState.PAUSED, JobState.CANCELLED},
            now_s=now_s,
        )
        for event in events:
            if isinstance(event, JobChanged) and event.job.id == job.id:
                engine.pace.job_ended(event.job)
        items = self._ended(job.batch_id) - before
        engine.pace.items(job.batch_id, items, now_s)
        engine.upkeep.stage_ended(job.batch_id, queue, outcome, items, now_at_s)
        live = engine.scheduler.live.get(job.batch_id)
        if live is None or not live.running:
            engine.pace.rest(job.batch_id, now_s)
        if not engine.runs.by_id:
            engine.meter.rest(now_s)
            engine.idle.set()
        crash.at("dispatch.ended")
        engine.apply(events, engine.spools.after(job.id, outcome))

    def checkpoint(self, job: Job, part: Checkpoint) -> None:
        """A running stage handed over a part of what it found."""
        engine = self._engine
        before, now_s = self._ended(job.batch_id), engine.clock()
        engine.apply(engine.scheduler.checkpoint(job, part, now_s))
        items = self._ended(job.batch_id) - before
        engine.pace.items(job.batch_id, items, now_s)
        queue = engine.scheduler.queue_of(job).name
        engine.upkeep.history.add(job.batch_id, queue, items=items, now_at_s=time.time())

    def limit_s(self, job: Job) -> float | None:
        """Return how long a stage may run; None where there is no limit."""
        own = self._engine.importer(job.importer).stage(job.stage).time_limit_s
        queue = self._engine.scheduler.queue_of(job)
        return (queue.settings.time_limit_s if own is None else own) or None

    def _ended(self, batch_id: int) -> int:
        live = self._engine.scheduler.live.get(batch_id)
        return live.batch.items.ended if live else 0

    # ---------------------------------------------------------------- what lies in the journal

    async def _with_payload(self, job: Job) -> Job:
        if not job.stored:
            return job
        engine = self._engine
        if job.id in self.rewound:
            await engine.journal.written()  # else the payload of a later stage would be read
            self.rewound.discard(job.id)
        payload = await engine.reader.call(engine.reader.file.payload, job.id)
        return replace(job, payload=payload, stored=False)

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
