"""The engine's client in the same process: commands in, snapshots and pages out."""

import asyncio
import time
from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from soniq_tui.engine import views
from soniq_tui.engine.engine import Engine
from soniq_tui.engine.options import convert
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
    Undo,
)
from soniq_tui.model.events import Event
from soniq_tui.model.job import BATCH_ENDED, Batch, BatchState, Job, JobState
from soniq_tui.model.snapshot import FormSpec, JobRow, Page, Preview, Query, Snapshot, View


class LocalClient:
    """``model.ports.Client`` beside the engine.

    Args:
        engine: the engine.
        importers: names of all importers.
    """

    def __init__(self, engine: Engine, importers: Callable[[], Iterable[str]]) -> None:
        self._engine = engine
        self._importers = importers
        self._undo: dict[int, tuple[float, Target, asyncio.TimerHandle]] = {}
        """By number, oldest first: when it runs out, what is cancelled then, and the timer."""
        self._undos = 0

    # ---------------------------------------------------------------- looking

    async def snapshot(self) -> Snapshot:
        """See ``Client``."""
        now_s = self._engine.clock()
        left = {
            batch_id: until_s - now_s
            for until_s, target, _ in self._undo.values()
            for batch_id in target.batches
        }
        return views.snapshot(self._engine, left)

    async def changed(self, version: int) -> None:
        """See ``Client``."""
        await self._engine.bus.changed(version)

    async def browse(self, query: Query) -> Page:
        """See ``Client``. Jobs that are live are shown as they are, not as the journal has them."""
        reader = self._engine.reader
        page = await reader.call(reader.file.page, query)
        if query.view is not View.JOBS:
            return page
        rows = tuple(self._fresh(row) if isinstance(row, JobRow) else row for row in page.rows)
        return replace(page, rows=rows)

    def _fresh(self, row: JobRow) -> JobRow:
        scheduler = self._engine.scheduler
        live = scheduler.live.get(row.batch_id)
        job = live.jobs.get(row.id) if live else None
        if live is None or job is None:
            return replace(row, queue=self._queue(row.importer, row.stage))
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

    def _queue(self, importer: str, stage: str) -> str:
        try:
            return self._engine.importer(importer).stage(stage).queue
        except (SoniqError, KeyError):
            return ""  # an importer that is no longer installed

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
                return await self._do(scheduler.resume(target, now_s))
            case Cancel():
                return await self._cancel(command)
            case Undo():
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
        options = msgspec.msgpack.decode(command.options, type=loaded.options)
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
        engine = self._engine
        targeted = self._open(command.target)
        now_s = engine.clock()
        if not command.undo_s or not targeted.batches:
            events = engine.scheduler.cancel(command.target, now_s, time.time())
            await engine.apply_and_wait(events)
            return Reply(affected=len(events))
        await engine.apply_and_wait(engine.scheduler.pause(targeted, now_s, time.time()))
        self._undos += 1
        handle = asyncio.get_running_loop().call_later(command.undo_s, self._undo_over, self._undos)
        self._undo[self._undos] = (now_s + command.undo_s, targeted, handle)
        engine.bus.touch()
        text = f"cancelled in {command.undo_s:.0f} s; u takes it back"
        return Reply(text=text, affected=len(targeted.batches))

    def _undo_over(self, number: int) -> None:
        _, target, _ = self._undo.pop(number)
        engine = self._engine
        engine.apply(engine.scheduler.cancel(target, engine.clock(), time.time()))

    async def _take_back(self) -> Reply:
        if not self._undo:
            return Reply(ok=False, text="there is no cancel to take back")
        _, (_, target, handle) = self._undo.popitem()
        handle.cancel()
        await self._engine.apply_and_wait(
            self._engine.scheduler.resume(target, self._engine.clock())
        )
        return Reply(text="taken back, it goes on", affected=len(target.batches))

    async def _retry(self, target: Target) -> Reply:
        """Jobs by name, whatever ended them; of batches those that failed."""
        engine, file = self._engine, self._engine.reader.file
        await engine.journal.written()  # what ended a moment ago is to be found

        def read() -> list[tuple[Batch, list[Job], list[str]]]:
            jobs = file.jobs(target.jobs)
            wanted = set(target.batches) | {job.batch_id for job in jobs}
            found = []
            for batch_id in sorted(wanted):
                batch = file.batch(batch_id)
                mine = [job for job in jobs if job.batch_id == batch_id]
                if not target.jobs:
                    mine = file.ended_jobs(batch_id)
                if batch is not None:
                    found.append((batch, mine, file.keys(batch_id)))
            return found

        count = 0
        for batch, jobs, keys in await engine.reader.call(read):
            queued, events = engine.scheduler.retry(batch, jobs, keys, engine.clock())
            count += queued
            await engine.apply_and_wait(events)
        if not count:
            return Reply(ok=False, text="nothing there that failed")
        return Reply(text=f"{count} queued again", affected=count)

    def _open(self, target: Target) -> Target:
        """Name the batches of a target that have not ended."""
        if target.jobs:
            return target
        live = self._engine.scheduler.live
        ids = target.batches or tuple(live)
        open_ids = [i for i in ids if i in live and live[i].batch.state not in BATCH_ENDED]
        return Target(batches=tuple(open_ids))
