"""Cancelling with time to take it back."""

import time

from soniq_tui.engine import answers
from soniq_tui.engine.engine import Engine
from soniq_tui.engine.undo import Before, Pending, Undo
from soniq_tui.model.commands import Reply, Target
from soniq_tui.model.events import Event
from soniq_tui.model.job import HOLDS_SLOT, BatchState, JobState
from soniq_tui.words import _, mark

NOTHING = mark("there is nothing to take back")
AGAIN = mark("it is being cancelled already")


class Cancels:
    """Cancels batches and jobs, at once or when the time to take it back has run out.

    Every method decides at once and returns the facts; whoever asked waits for the disk.

    Args:
        engine: the engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.undo = Undo(self._carry_out)

    def cancel(self, target: Target, undo_s: float) -> tuple[list[Event], Reply]:
        """Cancel a target; with ``undo_s`` it is paused until then."""
        now_s = self._engine.clock()
        open_batches = self.open(target).batches
        if not undo_s:
            self.undo.forget(open_batches, target.jobs)
            return self._engine.scheduler.cancel(target, now_s, time.time()), Reply()
        each = self._jobs(target) if target.jobs else self._batches(open_batches, now_s)
        if not each:
            return [], Reply(text=_(AGAIN))
        paused = Target(batches=tuple(each.batches), jobs=tuple(each.jobs))
        events = self._engine.scheduler.pause(paused, now_s, time.time())
        self.undo.add(each, undo_s, now_s)
        self._engine.bus.touch()
        count = len(each.batches) or len(each.jobs)
        text = answers.cancelled(len(each.jobs), undo_s)
        return events, Reply(text=text, affected=count)

    def take_back(self) -> tuple[list[Event], Reply]:
        """Take the newest cancel back: everything is as it was."""
        each = self.undo.pop()
        if each is None:
            return [], Reply(ok=False, text=_(NOTHING))
        scheduler, now_s = self._engine.scheduler, self._engine.clock()
        running = tuple(i for i, before in each.batches.items() if before.running)
        resumed = tuple(i for i, was_paused in each.jobs.items() if not was_paused)
        events: list[Event] = []
        if running:
            leaving = {job for i in running for job in each.batches[i].paused}
            events += scheduler.resume(Target(batches=running), now_s, leaving=leaving)
        if resumed:
            events += scheduler.resume(Target(jobs=resumed), now_s)
        self._engine.bus.touch()
        goes_on, stays = _("taken back, it goes on"), _("taken back, it stays paused")
        count = len(each.batches) or len(each.jobs)
        return events, Reply(text=goes_on if running or resumed else stays, affected=count)

    def resumed(self, target: Target) -> None:
        """These go on after all: a cancel of them no longer counts."""
        batches = set(self.open(target).batches)
        find = self._engine.scheduler.find
        inside = [
            job_id
            for job_id in self.undo.jobs()
            if (found := find(job_id)) and found[0].batch.id in batches
        ]
        self.undo.forget(batches, (*target.jobs, *inside))

    def open(self, target: Target) -> Target:
        """Name the batches of a target that have not ended; none when it means jobs."""
        lives = self._engine.scheduler.open_of(target)
        return Target(batches=tuple(live.batch.id for live in lives))

    # ---------------------------------------------------------------- inner

    def _batches(self, open_batches: tuple[int, ...], now_s: float) -> Pending:
        live, pending = self._engine.scheduler.live, self.undo.left_s(now_s)
        ids = [i for i in open_batches if live[i].batch.state is not BatchState.CANCELLING]
        return Pending(batches={i: self._before(i) for i in ids if i not in pending})

    def _before(self, batch_id: int) -> Before:
        live = self._engine.scheduler.live[batch_id]
        return Before(live.batch.state is BatchState.RUNNING, live.held_back)

    def _jobs(self, target: Target) -> Pending:
        pending, jobs = set(self.undo.jobs()), dict[int, bool]()
        for job_id in target.jobs:
            found = self._engine.scheduler.find(job_id)
            if found is not None and job_id not in pending:
                state = found[1].state
                if state in HOLDS_SLOT - {JobState.CANCELLING} | {JobState.QUEUED, JobState.PAUSED}:
                    jobs[job_id] = state in {JobState.PAUSED, JobState.PAUSING}
        return Pending(jobs=jobs)

    def _carry_out(self, target: Target) -> None:
        engine = self._engine
        if not engine.ending:
            engine.apply(engine.scheduler.cancel(target, engine.clock(), time.time()))
