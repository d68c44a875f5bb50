"""What was done lately and can be taken back: pauses, priorities, slots, holds.

Cancels have a clock of their own (``undo.py``). Everything else is done at once; what it changed is
noted, and taking it back changes exactly that again, as far as it is still there. Nothing of it
outlives the engine, and after a minute nobody means it any more.
"""

import asyncio
import time
from collections.abc import Callable

import msgspec

from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.model.commands import (
    Autoscale,
    Command,
    Hold,
    Pause,
    Resize,
    Resume,
    SetPriority,
    ShiftPriority,
    Target,
)
from soniq_tui.model.events import Event, JobChanged
from soniq_tui.model.job import BATCH_ENDED, BatchState
from soniq_tui.model.snapshot import UndoView

KEPT_S = 60.0
MOST = 20
"""So many are kept, the newest."""
_PAUSED_BATCH = frozenset({BatchState.PAUSED, BatchState.PAUSING})


class Done(msgspec.Struct, eq=False):
    """One thing that was done."""

    view: UndoView
    back: Callable[[float], list[Event]]
    """Takes it back, at a moment of the engine's clock."""
    jobs: tuple[int, ...] = ()
    """Single jobs that have to be in memory for that."""
    done_s: float = 0.0
    timer: asyncio.TimerHandle | None = None


class Note(msgspec.Struct, eq=False):
    """What a command is about to change, and what it has changed by now.

    A command on many jobs is decided part by part: :meth:`before` and :meth:`after` come for each.
    """

    scheduler: Scheduler
    command: Command
    batches: dict[int, int] = {}
    """Those that it changes; with their priority."""
    alone: frozenset[int] = frozenset()
    """Of those batches the jobs that were paused one by one before."""
    jobs: dict[int, int] = {}
    """Single jobs that it has changed; with their priority before."""
    _priorities: dict[int, int] = {}

    def before(self, target: Target) -> None:
        """Note how things are."""
        for live in self.scheduler.open_of(target):
            if self._changes(live.batch.state):
                self.batches[live.batch.id] = live.batch.priority
                self.alone |= live.held_back
        if isinstance(self.command, ShiftPriority):
            found = ((job_id, self.scheduler.find(job_id)) for job_id in target.jobs)
            self._priorities = {job_id: each[1].priority for job_id, each in found if each}

    def _changes(self, state: BatchState) -> bool:
        """Return whether the command changes an open batch in such a state."""
        if isinstance(self.command, Pause):
            return state is BatchState.RUNNING
        return not isinstance(self.command, Resume) or state in _PAUSED_BATCH

    def after(self, events: list[Event]) -> None:
        """Note which single jobs were changed."""
        whole = isinstance(self.command, Pause) and self.batches
        for event in events:
            if isinstance(event, JobChanged) and not (whole and event.job.batch_id in self.batches):
                self.jobs[event.job.id] = self._priorities.get(event.job.id, 0)

    def done(self) -> Done | None:
        """Return what was done, as what can be taken back; None where nothing was."""
        if not self.batches and not self.jobs:
            return None
        what, back = "priority", self._rank
        if isinstance(self.command, Pause):
            what, back = "pause", self._resume
        elif isinstance(self.command, Resume):
            what, back = "resume", self._pause
        view = UndoView(what=what, batches=len(self.batches), jobs=len(self.jobs))
        return Done(view, back, tuple(self.jobs))

    def _open(self) -> tuple[int, ...]:
        live = self.scheduler.live
        return tuple(
            i for i in self.batches if i in live and live[i].batch.state not in BATCH_ENDED
        )

    def _resume(self, now_s: float) -> list[Event]:
        events: list[Event] = []
        if batches := self._open():
            target = Target(batches=batches)
            events += self.scheduler.resume(target, now_s, leaving=self.alone)
        if self.jobs:
            events += self.scheduler.resume(Target(jobs=tuple(self.jobs)), now_s)
        return events

    def _pause(self, now_s: float) -> list[Event]:
        events: list[Event] = []
        now_at_s = time.time()
        if self.jobs:
            events += self.scheduler.pause(Target(jobs=tuple(self.jobs)), now_s, now_at_s)
        if batches := self._open():
            events += self.scheduler.pause(Target(batches=batches), now_s, now_at_s)
        return events

    def _rank(self, now_s: float) -> list[Event]:
        events: list[Event] = []
        for batch_id in self._open():
            target = Target(batches=(batch_id,))
            events += self.scheduler.set_priority(target, self.batches[batch_id])
        steps: dict[int, list[int]] = {}
        for job_id, priority in self.jobs.items():
            if (found := self.scheduler.find(job_id)) is not None:
                steps.setdefault(priority - found[1].priority, []).append(job_id)
        for step, job_ids in steps.items():
            events += self.scheduler.shift_priority(Target(jobs=tuple(job_ids)), step, now_s)
        return events


class TakingBack:
    """The things that can be taken back, oldest first.

    Args:
        scheduler: what takes them back.
        changed: called when there is another one to take back, or none.
    """

    def __init__(self, scheduler: Scheduler, changed: Callable[[], None]) -> None:
        self._scheduler, self._changed = scheduler, changed
        self._done: list[Done] = []

    @property
    def newest(self) -> Done | None:
        """What was done last."""
        return self._done[-1] if self._done else None

    def __contains__(self, done: Done) -> bool:
        """Whether it can still be taken back."""
        return done in self._done

    def note(self, command: Command) -> Note | None:
        """Return a note for a command on batches or jobs; None for one of another kind."""
        known = isinstance(command, Pause | Resume | SetPriority | ShiftPriority)
        return Note(self._scheduler, command) if known else None

    def of_queue(self, command: Resize | Hold | Autoscale) -> Done | None:
        """Return how to take back what a command is about to do to a queue; None: nothing."""
        queue = self._scheduler.queues.get(command.queue)
        if queue is None:
            return None
        name, decide = command.queue, self._scheduler
        if isinstance(command, Resize):
            before = queue.slots
            view = UndoView(what="slots", queue=name, before=before, after=command.slots)
            if before == command.slots:
                return None
            return Done(view, lambda _s: decide.resize(name, before))
        if isinstance(command, Hold):
            held = queue.held
            view = UndoView(what="hold" if command.held else "release", queue=name)
            if held is command.held:
                return None
            return Done(view, lambda _s: decide.hold(name, held=held))
        on = queue.autoscaled
        view = UndoView(what="autoscale", queue=name, before=int(on), after=int(command.on))
        return None if on is command.on else Done(view, lambda _s: decide.autoscale(name, on=on))

    def add(self, done: Done | None, now_s: float) -> None:
        """Keep what was done, for a while."""
        if done is None:
            return
        loop = asyncio.get_running_loop()
        done.done_s = now_s
        done.timer = loop.call_later(KEPT_S, self._forget, done)
        self._done.append(done)
        for old in self._done[:-MOST]:
            self.drop(old)
        self._changed()

    def drop(self, done: Done) -> None:
        """It cannot be taken back any more, or was."""
        if done.timer is not None:
            done.timer.cancel()
        self._done.remove(done)

    def _forget(self, done: Done) -> None:
        self.drop(done)
        self._changed()
