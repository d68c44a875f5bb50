"""Carries out commands: names what they mean, asks the scheduler, and waits for the disk."""

import asyncio
import time
from typing import Any

import msgspec
from msgspec.structs import replace

from soniq_tui.engine.engine import Engine
from soniq_tui.engine.undo import Before, Undo
from soniq_tui.errors import UsageError
from soniq_tui.model.commands import (
    Autoscale,
    Cancel,
    Command,
    Hold,
    Pause,
    Reply,
    Resize,
    Resume,
    Retry,
    SetPriority,
    ShiftPriority,
    Submit,
    Target,
)
from soniq_tui.model.commands import Undo as TakeBack
from soniq_tui.model.events import BatchChanged, Event, JobAdmitted, JobChanged
from soniq_tui.model.job import BATCH_ENDED, Batch, BatchState, Job, JobState

NO_MATCH = Reply(ok=False, text="nothing there that matches")
UNWRITTEN = "done; written down as soon as there is room again"
JOBS_AT_ONCE = 500
"""So many jobs are read at a time when a filter names many."""


class Orders:
    """What a :class:`~soniq_tui.engine.client.LocalClient` does with commands.

    Args:
        engine: the engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.undo = Undo(self._carry_out)
        self._retrying = asyncio.Lock()
        """What a retry reads of the journal must not be retried by another one meanwhile."""

    async def carry_out(self, command: Command) -> Reply:  # noqa: PLR0911  one for each command
        """Carry out a command; returns when its effect is safe on disk.

        Raises:
            UsageError: it asks for something that cannot be.
        """
        scheduler = self._engine.scheduler
        match command:
            case Submit():
                return await self._submit(command)
            case TakeBack():
                return await self._take_back()
            case Resize(queue=queue, slots=slots):
                return await self._do(scheduler.resize(queue, slots), f"{queue}: {slots} slots")
            case Hold(queue=queue, held=held):
                text = self._held_words(queue, held=held)
                return await self._do(scheduler.hold(queue, held=held), text)
            case Autoscale(queue=queue, on=on):
                text = f"{queue}: {'the engine chooses its slots' if on else 'all slots in use'}"
                return await self._do(scheduler.autoscale(queue, on=on), text)
            case Pause() | Resume() | Cancel() | Retry() | SetPriority() | ShiftPriority():
                target = await self._named(command.target)
                if target is None:
                    return NO_MATCH
                return await self._aimed(command, target)
        raise UsageError(f"unknown command {type(command).__name__}")

    async def _aimed(self, command: Command, target: Target) -> Reply:
        engine, scheduler = self._engine, self._engine.scheduler
        now_s, now_at_s = engine.clock(), time.time()
        match command:
            case Pause(hard=hard):
                events = scheduler.pause(target, now_s, now_at_s, hard=hard)
                return await self._do(events, self._paused_words(events, hard=hard))
            case Resume():
                self.undo.forget(self._open(target).batches)
                return await self._do(scheduler.resume(target, now_s))
            case Cancel(undo_s=undo_s):
                return await self._cancel(target, undo_s)
            case SetPriority(priority=priority):
                events = scheduler.set_priority(target, priority)
                return await self._do(events, f"priority {priority}")
            case ShiftPriority(step=step):
                events = scheduler.shift_priority(target, step, now_s)
                return await self._do(events, _priority_words(events))
        return await self._retry(target)

    async def _do(self, events: list[Event], text: str = "") -> Reply:
        """Make facts true and answer when they are safe on disk."""
        if not await self._engine.apply_and_wait(events):
            text = f"{text}; {UNWRITTEN}" if text else UNWRITTEN
        return Reply(text=text, affected=_affected(events))

    # ---------------------------------------------------------------- naming

    async def _named(self, target: Target) -> Target | None:
        """Return a target with its filter resolved and its jobs in memory, None for no match."""
        engine = self._engine
        if not target.text:
            await engine.dispatcher.load_rows(target.jobs)
            return target
        await engine.journal.written()  # what changed a moment ago is to be found
        read = engine.reader.file.matching
        found: list[int] = await engine.reader.call(read, target.batches, target.text)
        jobs = tuple(dict.fromkeys((*target.jobs, *found)))
        for at in range(0, len(jobs), JOBS_AT_ONCE):
            await engine.dispatcher.load_rows(jobs[at : at + JOBS_AT_ONCE])
        return Target(jobs=jobs) if jobs else None

    def _open(self, target: Target) -> Target:
        """Name the batches of a target that have not ended; none when it means jobs."""
        if target.jobs and not target.batches:
            return Target()
        live = self._engine.scheduler.live
        ids = target.batches or tuple(live)
        open_ids = [i for i in ids if i in live and live[i].batch.state not in BATCH_ENDED]
        return Target(batches=tuple(open_ids))

    # ---------------------------------------------------------------- words

    def _paused_words(self, events: list[Event], *, hard: bool) -> str:
        stopping = [e.job for e in events if isinstance(e, JobChanged) and _is_stopping(e.job)]
        if not stopping:
            return ""
        what = "1 job" if len(stopping) == 1 else f"{len(stopping):,} jobs"
        if hard:
            return f"{what} stopped where it is; the clock stands still"
        return f"{what} running: it stops at the next item"

    def _held_words(self, queue: str, *, held: bool) -> str:
        known = self._engine.scheduler.queues.get(queue)
        running = len(known.busy) if known else 0
        if not held:
            return f"{queue}: goes on"
        return f"{queue}: held" + (f", draining {running}" if running else "")

    # ---------------------------------------------------------------- starting

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
        reply = await self._do(events, f"{loaded.title}: {plan.label}")
        return replace(reply, batch_id=batch_id, affected=1)

    # ---------------------------------------------------------------- cancelling

    async def _cancel(self, target: Target, undo_s: float) -> Reply:
        engine, now_s = self._engine, self._engine.clock()
        targeted = self._open(target)
        if not undo_s or target.jobs or not targeted.batches:
            self.undo.forget(targeted.batches)
            return await self._do(engine.scheduler.cancel(target, now_s, time.time()))
        live, pending = engine.scheduler.live, self.undo.left_s(now_s)
        ids = [i for i in targeted.batches if live[i].batch.state is not BatchState.CANCELLING]
        fresh = Target(batches=tuple(i for i in ids if i not in pending))
        if not fresh.batches:
            return Reply(text="it is being cancelled already")
        before = {batch_id: self._before(batch_id) for batch_id in fresh.batches}
        events = engine.scheduler.pause(fresh, now_s, time.time())
        self.undo.add(before, undo_s, now_s)
        engine.bus.touch()
        reply = await self._do(events, f"cancelled in {undo_s:.0f} s; u takes it back")
        return replace(reply, affected=len(fresh.batches))

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
        batches = self.undo.pop()
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
        goes_on = "it goes on" if running else "it stays paused"
        reply = await self._do(events, f"taken back, {goes_on}")
        return replace(reply, affected=len(batches))

    # ---------------------------------------------------------------- retrying

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
                    self.undo.forget((batch.id,))
            reply = await self._do(events, f"{count:,} queued again")
        if not count:
            return Reply(ok=False, text="nothing there that failed")
        return replace(reply, affected=count)


def _affected(events: list[Event]) -> int:
    """Count the jobs that changed; where none did, the batches or queues."""
    jobs = {e.job.id for e in events if isinstance(e, JobChanged | JobAdmitted)}
    batches = {e.batch.id for e in events if isinstance(e, BatchChanged)}
    return len(jobs) or len(batches) or len(events)


def _is_stopping(job: Job) -> bool:
    return job.state is JobState.PAUSING


def _priority_words(events: list[Event]) -> str:
    new: list[Any] = [e.batch.priority for e in events if isinstance(e, BatchChanged)]
    new = new or [e.job.priority for e in events if isinstance(e, JobChanged)]
    return f"priority {min(new)}" if new and min(new) == max(new) else "priorities changed"
