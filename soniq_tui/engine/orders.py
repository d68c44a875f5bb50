"""Carries out commands: names what they mean, asks the scheduler, and waits for the disk."""

import asyncio
import time
from typing import Any

import msgspec
from msgspec.structs import replace

from soniq_tui.engine import memory
from soniq_tui.engine.cancels import Cancels
from soniq_tui.engine.control import check_priority
from soniq_tui.engine.engine import Engine
from soniq_tui.engine.options import limited
from soniq_tui.engine.retries import Retries
from soniq_tui.engine.taking_back import Note, TakingBack
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
from soniq_tui.model.job import JobState
from soniq_tui.model.snapshot import UndoView
from soniq_tui.words import _

NO_MATCH = Reply(ok=False, text="nothing there that matches")
UNWRITTEN = "done; written down as soon as there is room again"
SLICE = 1000
"""So many jobs are made, read or changed in one step: some 5 ms."""
MANY = 10_000
"""A batch of so many jobs leaves memory behind that is worth giving back."""
Decided = tuple[list[Event], Reply]
"""Facts that are still to be applied, and the answer once they are safe."""


class Orders:
    """What a :class:`~soniq_tui.engine.client.LocalClient` does with commands.

    Args:
        engine: the engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._cancels = Cancels(engine)
        self._retries = Retries(engine, self._cancels)
        self.undo = self._cancels.undo
        self._back = TakingBack(engine.scheduler, engine.bus.touch)

    def undoable(self) -> UndoView | None:
        """Return what would be taken back now."""
        cancel, done = self.undo.newest, self._back.newest
        if done is not None and (cancel is None or done.done_s > cancel.asked_s):
            return done.view
        if cancel is None:
            return None
        return UndoView(what="cancel", batches=len(cancel.batches), jobs=len(cancel.jobs))

    async def carry_out(self, command: Command) -> Reply:
        """Carry out a command; returns when its effect is safe on disk.

        Raises:
            UsageError: it asks for something that cannot be.
        """
        if isinstance(command, Submit):
            return await self._submit(command)
        # Within it nothing is reserved: what runs is what the engine knows of.
        async with self._engine.dispatcher.ahead.settled():
            return await self._settled(command)

    async def _settled(self, command: Command) -> Reply:
        match command:
            case TakeBack():
                return await self._take_back()
            case Resize() | Hold() | Autoscale():
                back = self._back.of_queue(command)
                events, reply = self._of_queue(command)
                self._back.add(back, self._engine.clock())
                return await self._do(events, reply)
            case Pause() | Resume() | Cancel() | Retry() | SetPriority() | ShiftPriority():
                return await self._aimed(command)
        raise UsageError(f"unknown command {type(command).__name__}")

    def _of_queue(self, command: Resize | Hold | Autoscale) -> Decided:
        scheduler = self._engine.scheduler
        match command:
            case Resize(queue=queue, slots=slots):
                text = f"{queue}: {slots} slot{'' if slots == 1 else 's'}"
                return scheduler.resize(queue, slots), Reply(text=text)
            case Hold(queue=queue, held=held):
                text = self._held_words(queue, held=held)
                return scheduler.hold(queue, held=held), Reply(text=text)
        queue, on = command.queue, command.on
        text = f"{queue}: {'the engine chooses its slots' if on else 'all slots in use'}"
        return scheduler.autoscale(queue, on=on), Reply(text=text)

    async def _take_back(self) -> Reply:
        """Take back what was done last."""
        done, cancel = self._back.newest, self.undo.newest
        if done is None or (cancel is not None and cancel.asked_s >= done.done_s):
            return await self._do(*self._cancels.take_back())
        if not await self._in_memory(done.jobs):
            return Reply(ok=False, text=f"not now: {self._engine.blocked}")
        self._back.drop(done)
        self._engine.bus.touch()
        events = done.back(self._engine.clock())
        if not events:
            return Reply(ok=False, text=f"{undone_words(done.view)}: nothing of it is left")
        return await self._do(events, Reply(text=f"taken back: {undone_words(done.view)}"))

    async def _aimed(
        self, command: Pause | Resume | Cancel | Retry | SetPriority | ShiftPriority
    ) -> Reply:
        target = command.target
        behind = target.failures or bool(target.causes)
        if behind and not isinstance(command, Retry):
            raise UsageError("only a retry can mean the jobs behind failures")
        filtered = behind or bool(target.text)
        reads = filtered or isinstance(command, Retry)
        # What changed a moment ago is to be found.
        if reads and not await self._engine.settled():
            return Reply(ok=False, text=f"not now: {self._engine.blocked}")
        if filtered:
            target = await self._matching(target)
            if not target.jobs:
                return NO_MATCH
        if isinstance(command, Retry):
            count, events = await self._retries.retry(target)
            if not count:
                return Reply(ok=False, text="nothing there that failed")
            return await self._do(events, Reply(text=f"{count:,} queued again", affected=count))
        note = self._back.note(command)
        events, reply = await self._part_by_part(command, target, note)
        if note is not None:
            self._back.add(note.done(), self._engine.clock())
        return await self._do(events, reply)

    async def _part_by_part(self, command: Command, target: Target, note: Note | None) -> Decided:
        """Decide for a part of the jobs at a time; all but the last part is applied already."""
        whole = isinstance(command, Cancel) and command.undo_s > 0  # what is taken back is one
        step = max(1, len(target.jobs)) if whole else SLICE
        affected, events, reply = 0, list[Event](), Reply()
        for at in range(0, max(1, len(target.jobs)), step):
            self._engine.apply(events)
            part = msgspec.structs.replace(target, jobs=target.jobs[at : at + step], text="")
            if not await self._in_memory(part.jobs):
                return [], Reply(ok=False, text=f"not now: {self._engine.blocked}")
            if note is not None:
                note.before(part)
            events, reply = self._decided(command, part)
            if note is not None:
                note.after(events)
            affected += _affected(events)
        return events, replace(reply, affected=reply.affected or affected)

    def _decided(self, command: Command, target: Target) -> Decided:
        """Decide, in one step: nothing moves meanwhile."""
        scheduler, now_s, now_at_s = self._engine.scheduler, self._engine.clock(), time.time()
        match command:
            case Pause(hard=hard):
                events = scheduler.pause(target, now_s, now_at_s, hard=hard)
                return events, Reply(text=_paused_words(events))
            case Resume():
                self._cancels.resumed(target)
                return scheduler.resume(target, now_s), Reply()
            case Cancel(undo_s=undo_s):
                return self._cancels.cancel(target, undo_s)
            case SetPriority(priority=priority):
                if target.jobs:
                    raise UsageError("single jobs have no priority to set; raise or lower theirs")
                return scheduler.set_priority(target, priority), Reply(text=f"priority {priority}")
            case ShiftPriority(step=step):
                events = scheduler.shift_priority(target, step, now_s)
                return events, Reply(text=_priority_words(events))
        raise UsageError(f"unknown command {type(command).__name__}")

    async def _do(self, events: list[Event], reply: Reply) -> Reply:
        """Make facts true and answer when they are safe on disk."""
        if not await self._engine.apply_and_wait(events):
            text = f"{reply.text}; {UNWRITTEN}" if reply.text else UNWRITTEN
            reply = replace(reply, text=text)
        return reply if reply.affected else replace(reply, affected=_affected(events))

    # ---------------------------------------------------------------- naming

    async def _matching(self, target: Target) -> Target:
        reader = self._engine.reader
        if target.causes or target.failures:
            found: list[int] = await reader.call(reader.file.behind, target)
        else:
            running = self._engine.runs.running_s()
            found = await reader.call(reader.file.matching, target.batches, target.text, running)
        without = set(target.without)
        named = dict.fromkeys((*target.jobs, *found))
        return Target(jobs=tuple(job_id for job_id in named if job_id not in without))

    async def _in_memory(self, jobs: tuple[int, ...]) -> bool:
        """See to it that none of these is in the journal alone; False while that cannot be.

        While rows are read, others of these jobs may begin to wait for their next stage and turn
        cold themselves: it is over only when a look finds none.
        """
        while self._engine.scheduler.cold_among(jobs):
            if not await self._engine.settled():
                return False
            await self._engine.dispatcher.load_rows(jobs)
        return True

    def _held_words(self, queue: str, *, held: bool) -> str:
        known = self._engine.scheduler.queues.get(queue)
        running = len(known.busy) if known else 0
        if not held:
            return f"{queue}: goes on"
        return f"{queue}: held" + (f", draining {running}" if running else "")

    # ---------------------------------------------------------------- starting

    async def _submit(self, command: Submit) -> Reply:
        engine = self._engine
        engine.warm()
        loaded = await asyncio.to_thread(engine.importer, command.importer)
        try:
            options = msgspec.msgpack.decode(command.options, type=loaded.options)
        except msgspec.MsgspecError as exc:
            raise UsageError(f"{loaded.title}: {exc}") from exc
        data_dir = engine.settings.data_path
        plan = await asyncio.to_thread(loaded.plan, options, data_dir)
        plan = limited(loaded.title, plan, command.limit)
        check_priority(command.priority)
        draft = engine.scheduler.draft(
            command.importer,
            plan.label,
            command.options,
            priority=command.priority,
            now_at_s=time.time(),
        )
        batch_id = draft.batch.id
        for at in range(0, len(plan.jobs), SLICE):
            engine.scheduler.add_to(draft, plan.jobs[at : at + SLICE])
            await asyncio.sleep(0)  # the screen comes first
        events: list[Event] = []
        if command.slots is not None:
            events += engine.scheduler.resize(loaded.work_queue, command.slots)
        events += engine.scheduler.submit_draft(draft, engine.clock(), time.time())
        text = f"{loaded.title}: {plan.label}"
        if command.paused:  # in the same step: nothing of it has begun
            target = Target(batches=(batch_id,))
            events += engine.scheduler.pause(target, engine.clock(), time.time())
            text = _("{batch}; paused").format(batch=text)
        reply = await self._do(events, Reply(text=text))
        if len(events) > MANY:
            del draft, events, plan
            asyncio.get_running_loop().run_in_executor(None, memory.give_back)
        return replace(reply, batch_id=batch_id, affected=1)


def undone_words(view: UndoView) -> str:
    """Return what was done, in words: of what is taken back."""
    if view.what == "slots":
        return f"slots of {view.queue} {view.after} -> {view.before}"
    if view.queue:
        return f"{view.what} of {view.queue}"
    counts = [f"{view.batches:,} batch" + ("es" if view.batches != 1 else "")] * bool(view.batches)
    counts += [f"{view.jobs:,} job" + ("s" if view.jobs != 1 else "")] * bool(view.jobs)
    return f"{view.what} of {' and '.join(counts)}"


def _affected(events: list[Event]) -> int:
    """Count the jobs that changed; where none did, the batches or queues."""
    jobs = {e.job.id for e in events if isinstance(e, JobChanged | JobAdmitted)}
    batches = {e.batch.id for e in events if isinstance(e, BatchChanged)}
    return len(jobs) or len(batches) or len(events)


def _paused_words(events: list[Event]) -> str:
    jobs = [e.job for e in events if isinstance(e, JobChanged) and e.job.state is JobState.PAUSING]
    frozen = sum(job.frozen for job in jobs)
    words = []
    if stopping := len(jobs) - frozen:
        jobs_stop = "1 running job stops" if stopping == 1 else f"{stopping:,} running jobs stop"
        words.append(f"{jobs_stop} at the next item")
    if frozen:
        stand = "1 job stands" if frozen == 1 else f"{frozen:,} jobs stand"
        words.append(f"{stand} still, and the clock with it")
    return "; ".join(words)


def _priority_words(events: list[Event]) -> str:
    new: list[Any] = [e.batch.priority for e in events if isinstance(e, BatchChanged)]
    new = new or [e.job.priority for e in events if isinstance(e, JobChanged)]
    return f"priority {min(new)}" if new and min(new) == max(new) else "priorities changed"
