"""The engine's client in the same process: commands in, snapshots and pages out."""

import asyncio
import time
from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from soniq_tui.engine import views
from soniq_tui.engine.engine import Engine
from soniq_tui.engine.options import convert
from soniq_tui.engine.undo import Before, Undo
from soniq_tui.errors import SoniqError, UsageError
from soniq_tui.model.commands import (
    Cancel,
    Command,
    Pause,
    Reply,
    Resize,
    Resume,
    Retry,
    SetPriority,
    Submit,
    Target,
)
from soniq_tui.model.commands import Undo as TakeBack
from soniq_tui.model.events import Event
from soniq_tui.model.job import BATCH_ENDED, Batch, BatchState, Job, JobState
from soniq_tui.model.snapshot import (
    BatchView,
    FormSpec,
    JobRow,
    Page,
    Preview,
    Query,
    Row,
    Snapshot,
    View,
)


class LocalClient:
    """``model.ports.Client`` beside the engine.

    Args:
        engine: the engine.
        importers: names of all importers.
    """

    def __init__(self, engine: Engine, importers: Callable[[], Iterable[str]]) -> None:
        self._engine = engine
        self._importers = importers
        self._undo = Undo(self._carry_out)
        self._retrying = asyncio.Lock()
        """What a retry reads of the journal must not be retried by another one meanwhile."""

    # ---------------------------------------------------------------- looking

    async def snapshot(self) -> Snapshot:
        """See ``Client``."""
        return views.snapshot(self._engine, self._undo.left_s(self._engine.clock()))

    async def changed(self, version: int) -> None:
        """See ``Client``."""
        await self._engine.bus.changed(version)

    async def browse(self, query: Query) -> Page:
        """See ``Client``. What is live is shown as it is, not as the journal has it."""
        reader = self._engine.reader
        page = await reader.call(reader.file.page, query)
        rows: tuple[Row, ...] = page.rows
        if query.view is View.JOBS:
            rows = tuple(self._fresh(row) if isinstance(row, JobRow) else row for row in rows)
        elif query.view is View.BATCHES:
            live = {batch.id: batch for batch in (await self.snapshot()).batches}
            rows = tuple(live.get(r.id, r) if isinstance(r, BatchView) else r for r in rows)
        return replace(page, rows=rows)

    def _fresh(self, row: JobRow) -> JobRow:
        scheduler = self._engine.scheduler
        live = scheduler.live.get(row.batch_id)
        job = live.jobs.get(row.id) if live else None
        if live is None or job is None:
            return row
        state = job.state
        if state is JobState.QUEUED and live.batch.state in {
            BatchState.PAUSED,
            BatchState.PAUSING,
        }:
            state = JobState.PAUSED  # it waits because its batch does
        running = self._engine.running.get(job.id)
        return replace(
            row,
            queue=scheduler.queue_of(job).name,
            stage=job.stage,
            state=state,
            attempt=job.attempt,
            items=job.items,
            run_s=self._engine.clock() - running[2] if running else row.run_s,
            error=job.error,
        )

    async def describe(self) -> list[FormSpec]:
        """See ``Client``."""

        def forms() -> list[FormSpec]:
            return [self._engine.importer(name).form() for name in self._importers()]

        return await asyncio.to_thread(forms)

    async def preview(self, importer: str, options: dict[str, object]) -> Preview:
        """See ``Client``."""
        try:
            loaded = await asyncio.to_thread(self._engine.importer, importer)
            values = convert(loaded, options)
        except SoniqError as exc:
            return Preview(ok=False, text=str(exc))
        return await asyncio.to_thread(loaded.preview, values, self._engine.settings.data_path)

    # ---------------------------------------------------------------- asking

    async def launch(self, importer: str, options: dict[str, object]) -> Reply:
        """See ``Client``."""
        loaded = await asyncio.to_thread(self._engine.importer, importer)
        values = convert(loaded, options)
        return await self.send(Submit(importer=importer, options=msgspec.msgpack.encode(values)))

    async def send(self, command: Command) -> Reply:  # noqa: PLR0911  one for each command
        """See ``Client``."""
        engine, scheduler = self._engine, self._engine.scheduler
        now_s, now_at_s = engine.clock(), time.time()
        match command:
            case Submit():
                return await self._submit(command)
            case Pause(target=target):
                return await self._do(scheduler.pause(target, now_s, now_at_s))
            case Resume(target=target):
                self._undo.forget(self._open(target).batches)
                return await self._do(scheduler.resume(target, now_s))
            case Cancel():
                return await self._cancel(command)
            case TakeBack():
                return await self._take_back()
            case Retry(target=target):
                return await self._retry(target)
            case Resize(queue=queue, slots=slots):
                reply = await self._do(scheduler.resize(queue, slots))
                return replace(reply, text=f"{queue}: {slots} slots")
            case SetPriority(target=target, priority=priority):
                return await self._do(scheduler.set_priority(target, priority))
        raise UsageError(f"unknown command {type(command).__name__}")

    async def _do(self, events: list[Event]) -> Reply:
        await self._engine.apply_and_wait(events)
        return Reply(affected=len(events))

    async def _submit(self, command: Submit) -> Reply:
        engine = self._engine
        loaded = await asyncio.to_thread(engine.importer, command.importer)
        try:
            options = msgspec.msgpack.decode(command.options, type=loaded.options)
        except msgspec.MsgspecError as exc:
            raise UsageError(f"{loaded.title}: {exc}") from exc
        data_dir = engine.settings.data_path
        plan = await asyncio.to_thread(loaded.plan, options, data_dir)
        batch_id, events = engine.scheduler.submit(
            command.importer,
            plan.label,
            command.options,
            plan.jobs,
            priority=command.priority,
            now_s=engine.clock(),
            now_at_s=time.time(),
        )
        await engine.apply_and_wait(events)
        return Reply(text=f"{loaded.title}: {plan.label}", batch_id=batch_id, affected=1)

    async def _cancel(self, command: Cancel) -> Reply:
        engine, now_s = self._engine, self._engine.clock()
        targeted = self._open(command.target)
        if not command.undo_s or command.target.jobs or not targeted.batches:
            self._undo.forget(targeted.batches)
            return await self._do(engine.scheduler.cancel(command.target, now_s, time.time()))
        live, pending = engine.scheduler.live, self._undo.left_s(now_s)
        ids = [i for i in targeted.batches if live[i].batch.state is not BatchState.CANCELLING]
        fresh = Target(batches=tuple(i for i in ids if i not in pending))
        if not fresh.batches:
            return Reply(text="it is being cancelled already")
        before = {batch_id: self._before(batch_id) for batch_id in fresh.batches}
        events = engine.scheduler.pause(fresh, now_s, time.time())
        self._undo.add(before, command.undo_s, now_s)
        engine.bus.touch()
        await engine.apply_and_wait(events)
        text = f"cancelled in {command.undo_s:.0f} s; u takes it back"
        return Reply(text=text, affected=len(fresh.batches))

    def _before(self, batch_id: int) -> Before:
        live = self._engine.scheduler.live[batch_id]
        asked = {i for i in live.running if live.jobs[i].state is JobState.PAUSING}
        running = live.batch.state is BatchState.RUNNING
        return Before(running, tuple(sorted(live.paused | asked)))

    def _carry_out(self, target: Target) -> None:
        engine = self._engine
        if not engine.ending:
            engine.apply(engine.scheduler.cancel(target, engine.clock(), time.time()))

    async def _take_back(self) -> Reply:
        batches = self._undo.pop()
        if not batches:
            return Reply(ok=False, text="there is no cancel to take back")
        engine, now_s = self._engine, self._engine.clock()
        running = tuple(i for i, before in batches.items() if before.running)
        paused = tuple(job for i in running for job in batches[i].paused)
        events: list[Event] = []
        if running:
            events += engine.scheduler.resume(Target(batches=running), now_s)
        if paused:
            events += engine.scheduler.pause(Target(jobs=paused), now_s, time.time())
        engine.bus.touch()
        await engine.apply_and_wait(events)
        goes_on = "it goes on" if running else "it stays paused"
        return Reply(text=f"taken back, {goes_on}", affected=len(batches))

    async def _retry(self, target: Target) -> Reply:
        """Jobs by name, whatever ended them; of batches those that failed."""
        engine, file = self._engine, self._engine.reader.file

        def read(named: Target) -> list[tuple[Batch, list[Job], list[str]]]:
            jobs = file.jobs(named.jobs)
            found = []
            for batch_id in sorted({*named.batches, *(job.batch_id for job in jobs)}):
                batch = file.batch(batch_id)
                mine = {job.id: job for job in jobs if job.batch_id == batch_id}
                if batch_id in named.batches:
                    mine |= {job.id: job for job in file.ended_jobs(batch_id)}
                if batch is not None:
                    found.append((batch, list(mine.values()), file.keys(batch_id)))
            return found

        async with self._retrying:
            await engine.journal.written()  # what ended a moment ago is to be found
            named = target if target.jobs or target.batches else self._open(target)
            count, events = 0, list[Event]()
            for batch, jobs, keys in await engine.reader.call(read, named):
                queued, facts = engine.scheduler.retry(batch, jobs, keys, engine.clock())
                count, events = count + queued, events + facts
                if queued:
                    self._undo.forget((batch.id,))
            await engine.apply_and_wait(events)
        if not count:
            return Reply(ok=False, text="nothing there that failed")
        return Reply(text=f"{count} queued again", affected=count)

    def _open(self, target: Target) -> Target:
        """Name the batches of a target that have not ended; none when it means jobs."""
        if target.jobs and not target.batches:
            return Target()
        live = self._engine.scheduler.live
        ids = target.batches or tuple(live)
        open_ids = [i for i in ids if i in live and live[i].batch.state not in BATCH_ENDED]
        return Target(batches=tuple(open_ids))
