"""Runs jobs in child processes: hire, feed, watch, replace and kill them.

One dead child fails one job and nothing else. A child is replaced after ``max_jobs_per_child``
jobs or when its memory exceeds ``max_memory_per_child_mib`` after a job, never while it is busy.

Cancelling has three steps: the flag at once; SIGTERM to all that the job runs (its own process
ignores it, what it started does not) when it has not stopped after ``TERM_S``; SIGKILL when the
engine cancels :meth:`ChildRunner.run`. Nothing of the job runs any more when that has ended.

A child may be given short jobs ahead (``reserve``): it goes on with the next one without waiting
for the host. The flag names the job it is meant for, so it stops that or nothing.
"""

import asyncio
import logging
import signal
from functools import partial
from typing import Any

from msgspec.structs import replace

from soniq_tui.model.job import ErrorKind, Job, JobState, Outcome
from soniq_tui.model.ports import Progress
from soniq_tui.model.settings import EngineSettings
from soniq_tui.runners import spool
from soniq_tui.runners.board import CANCEL, GO, PAUSE, Board
from soniq_tui.runners.child_client import Cells, Child
from soniq_tui.runners.held import STUCK_S, ChildDiedError, NoProcessError, unstarted_words
from soniq_tui.runners.processes import tell_descendants
from soniq_tui.runners.stop_requests import StopRequests
from soniq_tui.runners.template_client import Template

MIB = 1024 * 1024
TRIES = 2
"""So often a child is looked for that lives long enough to begin a job."""
TERM_S = 0.05
"""So long a cancelled job has to stop by itself."""
BEHIND_WRITER = 9
"""How much nicer all others are than the writer. It waits for the disk and for its next job again
and again; where it does not get the processor at once after that, work piles up before it, and at
the end all wait for it alone."""
log = logging.getLogger(__name__)


class ChildRunner:
    """Runs jobs in child processes: one for each slot, or a single one whatever the slot.

    Args:
        template: where children come from.
        board: what they write on.
        cells: shared by all runners of the board.
        settings: when to replace, end and kill children.
        single: all slots share one child and take turns: the catalogue has one writer.
    """

    def __init__(
        self,
        template: Template,
        board: Board,
        cells: Cells,
        settings: EngineSettings,
        *,
        single: bool = False,
    ) -> None:
        self._template, self._board, self._cells = template, board, cells
        self._settings = settings
        self._single = single
        self._children: dict[int, Child] = {}
        """The child of each slot."""
        self._retired: list[Child] = []
        """Those that were sent away and may not have ended yet."""
        self._closed = asyncio.Event()
        self._unbegun: dict[int, list[int]] = {}
        """By slot, the jobs that its last child had been given ahead and died without."""
        self._turns: dict[int, asyncio.Lock] = {}
        self._running: dict[int, Child] = {}
        self._asked = StopRequests()
        self._frozen: set[int] = set()
        """Ids of the jobs whose processes are to stand still."""
        self._telling: dict[int, asyncio.Task[None]] = {}
        """By job id, the newest signal that is on its way to what it started."""

    # ---------------------------------------------------------------- model.ports.Runner

    async def run(self, job: Job, slot: int, progress: Progress) -> Outcome:
        """See ``model.ports.Runner``."""
        place = 0 if self._single else slot
        turn = self._turns.get(place)
        if turn is None:
            turn = self._turns[place] = asyncio.Lock()
        try:
            async with turn:
                return await self._take_turn(place, job, progress)
        finally:
            self._asked.forget(job)
            self._frozen.discard(job.id)
            if self._unbegun:
                self._run_after_all(place, job)

    def _run_after_all(self, place: int, job: Job) -> None:
        left = [job_id for job_id in self._unbegun.get(place, ()) if job_id != job.id]
        if left:
            self._unbegun[place] = left
        else:
            self._unbegun.pop(place, None)

    def reserve(self, job: Job, slot: int) -> bool:
        """See ``model.ports.Runner``; only a child that is there and will live on takes it."""
        child = self._children.get(slot)
        if self._single or child is None or not child.listens or self._worn(child):
            return False
        return not self._unbegun.get(slot) and child.reserve(job)

    def warm(self) -> None:
        """See ``model.ports.Runner``."""
        self._template.warm()

    def recall(self, slot: int) -> list[int]:
        """See ``model.ports.Runner``."""
        child = self._children.get(slot)
        back = self._unbegun.pop(slot, [])
        if child is not None and not self._single and (taken := child.recall()):
            back += taken
            self._rest(child, slot)
        return back

    def ask_to_stop(self, job: Job, *, cancel: bool) -> None:
        """See ``model.ports.Runner``."""
        self._flag(job, CANCEL if cancel else PAUSE)
        child = self._running.get(job.id)
        if cancel and child is not None:
            frozen = job.id in self._frozen
            wait_s = 0.0 if frozen else TERM_S
            asyncio.get_running_loop().call_later(wait_s, self._terminate, job, child)

    def take_back(self, job: Job) -> None:
        """See ``model.ports.Runner``."""
        self._flag(job, GO)

    def freeze(self, job: Job) -> None:
        """See ``model.ports.Runner``."""
        self._frozen.add(job.id)
        self._stand_still(job)

    def unfreeze(self, job: Job) -> None:
        """See ``model.ports.Runner``."""
        if job.id in self._frozen:
            self._frozen.discard(job.id)
            self._signal_all(job, signal.SIGCONT)

    def progress_of(self, job: Job) -> tuple[int, int]:
        """See ``model.ports.Runner``."""
        child = self._running.get(job.id)
        if child is None:
            return 0, 0
        work = self._board.read(child.cell)
        return (
            (work.done, work.total) if (work.job_id, work.fence) == (job.id, job.fence) else (0, 0)
        )

    def pids(self) -> list[int]:
        """See ``model.ports.Runner``."""
        return [child.pid for child in self._alive()]

    async def close(self) -> None:
        """See ``model.ports.Runner``."""
        self._closed.set()
        for child in (children := [child for child in self._alive() if not child.left]):
            child.send_signal(signal.SIGCONT)  # what stands still cannot end by itself
        grace_s = self._settings.kill_grace_s
        for child in children:
            child.retire(grace_s)
        ends: list[asyncio.Task[Any]] = [
            asyncio.create_task(child.gone.wait()) for child in children
        ]
        ends += self._telling.values()
        if ends:
            await asyncio.wait(ends, timeout=grace_s + STUCK_S)

    # ---------------------------------------------------------------- inner

    def _flag(self, job: Job, flag: int) -> None:
        self._asked.put(job, flag)
        child = self._running.get(job.id)
        if child is not None:
            self._board.flag(child.cell, job.id, job.fence, flag)

    def _terminate(self, job: Job, child: Child) -> None:
        """A cancelled job that has not stopped by itself loses what it started."""
        if self._running.get(job.id) is not child or self._asked.flag(job) != CANCEL:
            return
        self._signal_all(job, signal.SIGTERM)
        self.unfreeze(job)  # for what stands still SIGTERM waits

    def _stand_still(self, job: Job) -> None:
        if job.id in self._frozen:
            self._signal_all(job, signal.SIGSTOP)

    def _signal_all(self, job: Job, number: signal.Signals) -> None:
        """Send a signal to all processes of a job that runs: to its group now, to others soon."""
        if child := self._running.get(job.id):
            child.send_signal(number)
            earlier = self._telling.get(job.id)
            others = self._signal_others(child, number, earlier)
            self._telling[job.id] = asyncio.create_task(others, name="signal")

    async def _signal_others(
        self, child: Child, number: signal.Signals, earlier: asyncio.Task[None] | None
    ) -> None:
        """Send a signal to what a job runs in other groups and sessions, after an earlier one."""
        if earlier is not None:
            await earlier
        if not child.gone.is_set():
            await asyncio.to_thread(tell_descendants, child.pid, number)

    async def _signals_over(self, job: Job) -> None:
        """A job has answered: no signal that is on its way may meet what the next one starts.

        One that was to stand still when it had answered already would keep its child from the next.
        """
        telling: asyncio.Task[None] | None = None
        while job.id in self._frozen or self._telling.get(job.id) is not telling:
            self.unfreeze(job)
            telling = self._telling.get(job.id)
            if telling is not None:
                await telling

    def _alive(self) -> list[Child]:
        known = [*self._children.values(), *self._retired]
        return [child for child in known if not child.gone.is_set()]

    async def _take_turn(self, place: int, job: Job, progress: Progress) -> Outcome:
        why = ""
        for _ in range(TRIES):
            child = self._children.get(place)
            if child is not None and not child.has(job):
                child = None
            try:
                if child is None:
                    if outcome := self._asked.stopped(job):
                        return outcome
                    child = self._child(place) or await self._hire(place, job)
                    if outcome := self._asked.stopped(job):
                        self._rest(child, place)
                        return outcome
                return await self._run(child, place, job, progress)
            except NoProcessError as exc:
                return unstarted(str(exc), blameless=True)
            except ChildDiedError as exc:
                why = str(exc)
            # A child that died before it began the job is no word against the job.
            if child is not None and (outcome := await self._begun(child, job)):
                return outcome
        return unstarted(why, blameless=False)

    def _child(self, place: int) -> Child | None:
        child = self._children.get(place)
        if child is None or child.gone.is_set():
            return None
        if not child.listens:
            self._retire(child, place)  # it is about to end
            return None
        if child.at_work:  # on what nobody knows of any more
            child.send_signal(signal.SIGKILL)
            self._retire(child, place)
            return None
        return child

    async def _hire(self, place: int, job: Job) -> Child:
        if self._closed.is_set():
            raise ChildDiedError("the host ends")
        last = self._children.get(place)
        if last is not None and last.at_work:
            self._unbegun.setdefault(place, []).extend(last.recall())
        nicer = 0 if self._single else BEHIND_WRITER
        child = await self._template.fork(self._cells, job.importer, nicer)
        self._children[place] = child
        if self._closed.is_set():
            self._retire(child, place)
        return child

    async def _run(self, child: Child, place: int, job: Job, progress: Progress) -> Outcome:
        child.busy()
        self._running[job.id] = child
        try:
            if flag := self._asked.flag(job):  # asked for when it had been given to the child
                self._board.flag(child.cell, job.id, job.fence, flag)
            self._stand_still(job)  # asked for while it waited
            outcome = await child.run(job, progress)
            await self._signals_over(job)
        except ChildDiedError:
            raise
        except BaseException:
            # Nothing of the job may run on: whoever cancelled has waited long enough.
            child.spoiled = True
            child.send_signal(signal.SIGKILL)
            await self._bury(child, place, job)
            await self._drop_spools(job)
            raise
        finally:
            self._running.pop(job.id, None)
            self._telling.pop(job.id, None)
        self._rest(child, place)
        return outcome

    async def _bury(self, child: Child, place: int, job: Job) -> None:
        """Wait until a killed child is gone: a slot is free when it is true.

        One that hangs in the kernel is left to itself; it may read on for ever, and others are to
        go on. The writer is waited for, however long: its last write may be on its way.
        """
        burial = asyncio.ensure_future(child.buried())
        try:
            await asyncio.wait({burial}, timeout=STUCK_S)
            if stuck := not child.gone.is_set():
                what = "its slot waits for it" if self._single else "it is left to itself"
                log.warning(
                    "job %d: process %d was killed and hangs in the kernel; %s",
                    job.id,
                    child.pid,
                    what,
                )
            if stuck and not self._single:
                child.left = True
                self._retire(child, place)
            else:
                await burial
        finally:
            burial.cancel()

    async def _begun(self, child: Child, job: Job) -> Outcome | None:
        """Return what a job comes to whose child died, None when it had not begun."""
        work = child.last
        if (work.job_id, work.fence) != (job.id, job.fence):
            return None
        reason = f"the process that worked on it {await child.how_it_ended()}"
        log.warning("job %d, stage %s: %s", job.id, job.stage, reason)
        await self._drop_spools(job)
        known = work.total and not child.orphaned
        return _crashed(reason, work.done if known else None)

    async def _drop_spools(self, job: Job) -> None:
        """Delete what the run kept; its names would have come with the outcome."""
        await asyncio.to_thread(spool.drop_run, self._template.spool_dir, job.id, job.fence)

    def _rest(self, child: Child, place: int) -> None:
        """A job has ended; the child is replaced if it is worn out and was given no other."""
        if child.at_work:
            return
        if self._worn(child):
            self._retire(child, place)
        else:
            child.after(self._settings.child_idle_s, partial(self._retire, child, place))

    def _worn(self, child: Child) -> bool:
        """Whether it has had its share, what it was given ahead included."""
        limit_bytes = self._settings.max_memory_per_child_mib * MIB
        return child.jobs >= self._settings.max_jobs_per_child or child.rss_bytes > limit_bytes

    def _retire(self, child: Child, place: int) -> None:
        if self._children.get(place) is child:
            del self._children[place]
        self._retired = [c for c in self._retired if not c.gone.is_set()]
        self._retired.append(child)
        child.retire(self._settings.kill_grace_s)


def _crashed(reason: str, suspect: int | None) -> Outcome:
    return Outcome(
        state=JobState.FAILED,
        kind=ErrorKind.CRASHED,
        reason=reason,
        retryable=True,
        suspect=suspect,
    )


def unstarted(why: str, *, blameless: bool) -> Outcome:
    """Return what a job comes to that was not begun; ``blameless``: it waits, however often."""
    outcome = _crashed(unstarted_words(why), None)
    return replace(outcome, blameless=blameless)
