"""Carries out commands: names what they mean, asks the scheduler, and waits for the disk."""

import asyncio
import ctypes
import time
from contextlib import suppress

import msgspec
from msgspec.structs import replace

from soniq_tui.engine import answers
from soniq_tui.engine.arrivals import Arrivals
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
    Forget,
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
from soniq_tui.model.events import BatchChanged, Event, JobChanged
from soniq_tui.model.snapshot import UndoView
from soniq_tui.words import _, steps

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
        self.arrivals = Arrivals(engine.bus.touch)

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
            return await self.arrivals.see_through(self.submit(command))
        if isinstance(command, Forget):  # nothing of it waits, runs or is reserved
            return await self._engine.upkeep.forgetting.carry_out(command)
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
                events = scheduler.resize(queue, slots)
            case Hold(queue=queue, held=held):
                events = scheduler.hold(queue, held=held)
            case Autoscale(queue=queue, on=on):
                events = scheduler.autoscale(queue, on=on)
        known = scheduler.queues.get(command.queue)
        return events, Reply(text=answers.of_queue(command, len(known.busy) if known else 0))

    async def _take_back(self) -> Reply:
        """Take back what was done last."""
        while True:
            done, cancel = self._back.newest, self.undo.newest
            if done is None or (cancel is not None and cancel.asked_s >= done.done_s):
                return await self._do(*self._cancels.take_back())
            if not await self._in_memory(done.jobs):
                return self._not_now()
            if done in self._back:  # nobody took it back meanwhile
                break
        self._back.drop(done)
        self._engine.bus.touch()
        events = done.back(self._engine.clock())
        if not events:
            return Reply(ok=False, text=answers.nothing_left(done.view))
        return await self._do(events, Reply(text=answers.taken_back(done.view)))

    async def _aimed(
        self, command: Pause | Resume | Cancel | Retry | SetPriority | ShiftPriority
    ) -> Reply:
        target = command.target
        behind = target.failures or bool(target.causes)
        if behind and not isinstance(command, Retry):
            raise UsageError(_("only a retry can mean the jobs behind failures"))
        filtered = behind or bool(target.text)
        if filtered:
            if not await self._engine.settled():  # what changed a moment ago is to be found
                return self._not_now()
            target = await self._matching(target)
            if not target.jobs:
                return Reply(ok=False, text=_(answers.NO_MATCH))
        if isinstance(command, Retry):
            retried = await self._retries.retry(target)
            if retried is None:
                return self._not_now()
            count, failed, events = retried
            if not count:
                return Reply(ok=False, text=_(answers.NO_FAILURE))
            reply = Reply(text=answers.queued_again(count, failed), affected=count)
            return await self._do(events, reply)
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
                return [], self._not_now()
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
                return events, Reply(text=answers.paused(events))
            case Resume():
                self._cancels.resumed(target)
                return scheduler.resume(target, now_s), Reply()
            case Cancel(undo_s=undo_s):
                return self._cancels.cancel(target, undo_s)
            case SetPriority(priority=priority):
                if target.jobs:
                    text = _("single jobs have no priority to set; raise or lower theirs")
                    raise UsageError(text)
                events = scheduler.set_priority(target, priority)
                return events, Reply(text=_("priority {n}").format(n=priority))
            case ShiftPriority(step=step):
                events = scheduler.shift_priority(target, step, now_s)
                return events, Reply(text=answers.priority(events))
        raise UsageError(f"unknown command {type(command).__name__}")

    async def _do(self, events: list[Event], reply: Reply) -> Reply:
        """Make facts true and answer when they are safe on disk."""
        safe = await self._engine.apply_and_wait(events)
        reply = replace(reply, text=_said(reply.text, safe=safe))
        return reply if reply.affected else replace(reply, affected=_affected(events))

    # ---------------------------------------------------------------- naming

    async def _matching(self, target: Target) -> Target:
        reader = self._engine.lists
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

    def _not_now(self) -> Reply:
        return Reply(ok=False, text=answers.not_now(self._engine.blocked))

    # ---------------------------------------------------------------- starting

    async def submit(self, command: Submit) -> Reply:
        """Start a batch; to be seen through by ``arrivals``.

        Raises:
            UsageError: it cannot be started.
        """
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
        if command.slots is not None:  # in the same commit
            events += engine.scheduler.resize(plan.queue or loaded.work_queue, command.slots)
        text = f"{loaded.title}: {plan.label}"
        if command.paused:
            text = _("{batch}; paused").format(batch=text)
        events += draft.complete(time.time(), paused=command.paused)
        many_jobs, note = len(events) > MANY, plan.note
        # Whoever sees a batch may rely on it: it is shown, and begun, when the journal has it.
        safe = await engine.come_true(
            events, lambda: engine.scheduler.submit_draft(draft, engine.clock())
        )
        if many_jobs:
            del draft, events, plan
            asyncio.get_running_loop().run_in_executor(None, _give_memory_back)
        reply = Reply(text=_said(text, safe=safe))
        return replace(reply, batch_id=batch_id, affected=1, note=note)


def _give_memory_back() -> None:
    """Return to the system what a large batch took on its way into the journal.

    Only glibc keeps it. A hundred thousand jobs that were queued at once leave some 15 MiB of
    holes; takes about 10 ms, without the interpreter's lock.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def _said(text: str, *, safe: bool) -> str:
    """Return what is answered, and that it is not on disk yet where it is not."""
    return text if safe else steps(filter(None, [text, _(answers.UNWRITTEN)]))


def _affected(events: list[Event]) -> int:
    """Count the jobs that changed, not those that follow; where none did, the batches or queues."""
    jobs = {e.job.id for e in events if isinstance(e, JobChanged)}
    batches = {e.batch.id for e in events if isinstance(e, BatchChanged)}
    return len(jobs) or len(batches) or len(events)
