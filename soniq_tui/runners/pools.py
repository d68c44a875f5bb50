"""Runs jobs in child processes: hire, feed, watch, replace and kill them.

One dead child fails one job and nothing else. A child is replaced after ``max_jobs_per_child``
jobs or when its memory exceeds ``max_memory_per_child_mib`` after a job, never while it is busy.
"""

import asyncio
import logging
import signal
from functools import partial

from soniq_tui.model.job import ErrorKind, Job, JobState, Outcome
from soniq_tui.model.ports import Progress
from soniq_tui.model.settings import EngineSettings
from soniq_tui.runners import spool
from soniq_tui.runners.board import CANCEL, GO, PAUSE, Board
from soniq_tui.runners.child_client import Cells, Child, ChildDiedError
from soniq_tui.runners.template_client import Template

MIB = 1024 * 1024
TRIES = 2
"""So often a child is looked for that lives long enough to begin a job."""
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
        self._turns: dict[int, asyncio.Lock] = {}
        self._running: dict[int, Child] = {}
        self._asked: dict[int, tuple[int, int]] = {}
        """Jobs that were asked to stop, to their fence and the value of their flag."""

    # ---------------------------------------------------------------- model.ports.Runner

    async def run(self, job: Job, slot: int, progress: Progress) -> Outcome:
        """See ``model.ports.Runner``."""
        place = 0 if self._single else slot
        try:
            async with self._turns.setdefault(place, asyncio.Lock()):
                return await self._take_turn(place, job, progress)
        finally:
            self._asked.pop(job.id, None)

    def ask_to_stop(self, job: Job, *, cancel: bool) -> None:
        """See ``model.ports.Runner``."""
        self._flag(job, CANCEL if cancel else PAUSE)

    def take_back(self, job: Job) -> None:
        """See ``model.ports.Runner``."""
        self._flag(job, GO)

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
        children = self._alive()
        await asyncio.gather(*(child.end(self._settings.kill_grace_s) for child in children))

    # ---------------------------------------------------------------- inner

    def _flag(self, job: Job, flag: int) -> None:
        self._asked[job.id] = job.fence, flag
        child = self._running.get(job.id)
        if child is not None:
            self._board.flag(child.cell, flag)

    def _stopped(self, job: Job) -> Outcome | None:
        """Return what a job comes to that was asked to stop before it began."""
        fence, flag = self._asked.get(job.id, (job.fence, GO))
        if fence != job.fence or flag == GO:
            return None
        return Outcome(state=JobState.CANCELLED if flag == CANCEL else JobState.PAUSED)

    def _alive(self) -> list[Child]:
        known = [*self._children.values(), *self._retired]
        return [child for child in known if not child.gone.is_set()]

    async def _take_turn(self, place: int, job: Job, progress: Progress) -> Outcome:
        why = ""
        for _ in range(TRIES):
            child: Child | None = None
            if outcome := self._stopped(job):
                return outcome
            try:
                child = self._child(place) or await self._hire(place, job)
                if outcome := self._stopped(job):
                    self._rest(child, place)
                    return outcome
                return await self._run(child, place, job, progress)
            except ChildDiedError as exc:
                why = str(exc)
            # A child that died before it began the job is no word against the job.
            if child is not None and (outcome := await self._begun(child, job)):
                return outcome
        return _crashed(f"no process could be started for it: {why}", None)

    def _child(self, place: int) -> Child | None:
        child = self._children.get(place)
        return None if child is None or child.gone.is_set() else child

    async def _hire(self, place: int, job: Job) -> Child:
        if self._closed.is_set():
            raise ChildDiedError("the host ends")
        child = self._children[place] = await self._template.fork(self._cells, job.importer)
        if self._closed.is_set():
            self._retire(child, place)
        return child

    async def _run(self, child: Child, place: int, job: Job, progress: Progress) -> Outcome:
        child.busy()
        self._board.flag(child.cell, GO)
        self._running[job.id] = child
        try:
            outcome = await child.run(job, progress)
        except ChildDiedError:
            raise
        except BaseException:
            # Nothing of the job may run on: whoever cancelled has waited long enough.
            child.send_signal(signal.SIGKILL)
            await child.gone.wait()
            await self._drop_spools(job)
            raise
        finally:
            self._running.pop(job.id, None)
        self._rest(child, place)
        return outcome

    async def _begun(self, child: Child, job: Job) -> Outcome | None:
        """Return what a job comes to whose child died, None when it had not begun."""
        work = self._board.read(child.cell)
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
        """The child has nothing to do for now; it is replaced if it is worn out."""
        limit_bytes = self._settings.max_memory_per_child_mib * MIB
        if child.jobs >= self._settings.max_jobs_per_child or child.rss_bytes > limit_bytes:
            self._retire(child, place)
        else:
            child.after(self._settings.child_idle_s, partial(self._retire, child, place))

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


__all__ = ["Cells", "ChildDiedError", "ChildRunner", "Template"]
