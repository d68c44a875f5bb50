"""Runs jobs beside the engine, on its event loop: for stages that only wait for others.

There is no process to stop or to kill. A stage here must await whatever takes time; one that blocks
blocks the screen, too. Processes and threads that it starts are its own to end when it is
cancelled.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from soniq_tui.importers.base import Ran, RetryLater, Stopped
from soniq_tui.model.job import Checkpoint, ErrorKind, Job, JobState, Outcome
from soniq_tui.model.ports import Progress
from soniq_tui.model.settings import EngineSettings
from soniq_tui.runners import spool
from soniq_tui.runners.board import CANCEL, GO, PAUSE
from soniq_tui.runners.child_client import Cells
from soniq_tui.runners.execute import execute, failed
from soniq_tui.runners.held import (
    NO_PROCESS,
    STUCK_S,
    ChildDiedError,
    NoProcessError,
    unstarted_words,
)
from soniq_tui.runners.stage_output import Voice
from soniq_tui.runners.stop_requests import StopRequests
from soniq_tui.runners.subprocess import Programs
from soniq_tui.runners.template_client import Template

TERM_S = 0.05
"""So long a cancelled job has to stop at its next item."""
log = logging.getLogger(__name__)


class LoopHost:
    """``execute.Host`` for one run: flag and progress lie in memory."""

    def __init__(
        self,
        job: Job,
        asked: StopRequests,
        progress: Progress,
        places: tuple[Path, Path],
        template: Template,
        *,
        begun: Callable[[Job], AbstractContextManager[None]],
    ) -> None:
        self.data_dir, self.spool_dir = places
        self.programs = Programs(template)
        self.done = self.total = 0
        self.fault: Exception | None = None
        """What the engine could not book."""
        self.over = False
        """Nobody waits for the run any more."""
        self.told = False
        """It was cancelled."""
        self._job, self._asked, self._progress = job, asked, progress
        self._begun = begun
        """Says on the board, for a while, that this job runs something."""

    def step(self, done: int, total: int) -> bool:
        """Remember how far the stage is; returns whether it is to stop."""
        self.done, self.total = done, total
        return self.over or self._asked.flag(self._job) != GO

    def cancelled(self) -> bool:
        """Whether stopping means cancelling."""
        return self._asked.flag(self._job) == CANCEL

    def hand_over(self, part: Checkpoint) -> None:
        """Give a checkpoint to the engine."""
        if self.over:
            raise Stopped
        try:
            self._progress.checkpoint(part)
        except Exception as exc:
            self.fault = exc  # the engine's, not the stage's: whoever runs the job learns it
            raise

    async def written(self) -> None:
        """Wait until the engine has its checkpoints on disk."""
        if self.over:
            raise Stopped
        try:
            await self._progress.written()
        except Exception as exc:
            self.fault = exc
            raise

    def said(self, lines: Sequence[str]) -> None:
        """Give what the stage said to whoever looks."""
        if not self.over:
            self._progress.said(lines)

    def doing(self, text: str) -> None:
        """Give what the stage does now to whoever looks."""
        if not self.over:
            self._progress.doing(text)

    async def run(self, argv: Sequence[str], **how: Any) -> Ran:
        """Run a program.

        Raises:
            RetryLater: the system allows no process for now, or what watched it died.
            OSError: it cannot be started.
        """
        try:
            with self._begun(self._job):
                return await self.programs.run(argv, **how)
        except NoProcessError as exc:
            raise RetryLater(unstarted_words(exc), ErrorKind.CRASHED, blameless=True) from exc
        except ChildDiedError as exc:
            raise RetryLater(str(exc), ErrorKind.CRASHED) from exc
        except OSError as exc:
            if exc.errno not in NO_PROCESS:
                raise
            raise RetryLater(unstarted_words(exc), ErrorKind.CRASHED, blameless=True) from exc

    def speaks(self, voice: Voice | None) -> None:
        """Many stages share this process: what it logs goes to the engine's own log."""


class LoopRunner:
    """``model.ports.Runner`` for queues whose place is the loop.

    Args:
        data_dir: where importers keep what they make.
        spool_dir: where stages keep large data for each other.
        settings: how long a cancelled stage may take to end.
        template: forks the keepers of the programs that stages run.
        cells: of the board. A stage that only waits makes no host die, but a program may, by the
            memory it takes: while one runs a cell says so. None: nothing is written.
    """

    def __init__(
        self,
        data_dir: Path,
        spool_dir: Path,
        settings: EngineSettings,
        template: Template,
        cells: Cells | None = None,
    ) -> None:
        self._template, self._cells = template, cells
        self._data_dir, self._spool_dir = data_dir, spool_dir
        self._grace_s = settings.kill_grace_s
        self._asked = StopRequests()
        self._hosts: dict[int, LoopHost] = {}
        self._tasks: dict[int, asyncio.Task[Outcome]] = {}
        """What runs, by job id."""

    async def run(self, job: Job, slot: int, progress: Progress) -> Outcome:  # noqa: ARG002  a slot is a number only
        """See ``model.ports.Runner``.

        Cancelled, it returns an outcome only when the stage was done at the same moment, or when it
        does not end: then it is left to itself, its slot is given back, and the reason says so.
        """
        if stopped := self._asked.stopped(job):
            self._asked.forget(job)
            return stopped
        places = self._data_dir, self._spool_dir
        host = LoopHost(job, self._asked, progress, places, self._template, begun=self._begun)
        task = asyncio.create_task(execute(job, host), name=f"stage-{job.id}")
        self._hosts[job.id], self._tasks[job.id] = host, task
        try:
            await asyncio.wait({task})
            asked = self._asked.stopped(job)
        except asyncio.CancelledError:
            if (outcome := await self._cut_short(job, task)) is None:
                raise
            return outcome
        finally:
            self._asked.forget(job)
            del self._hosts[job.id], self._tasks[job.id]
        if host.fault is not None:
            raise host.fault
        if task.cancelled():  # it had not come to an item in time, or the runner was closed
            await self._drop_spools(job)
            return asked or Outcome(state=JobState.PAUSED)
        return task.result()

    @contextmanager
    def _begun(self, job: Job) -> Iterator[None]:
        """Say on the board that a job runs something; as a whole, whatever it says of its steps."""
        cell = self._cells.take_for(job) if self._cells is not None else None
        try:
            yield
        finally:
            if self._cells is not None and cell is not None:
                self._cells.give_back(cell)

    def reserve(self, job: Job, slot: int) -> bool:  # noqa: ARG002  a slot is a number only
        """Take nothing ahead: a stage that waits for the network leaves the loop to the next."""
        return False

    def warm(self) -> None:
        """See ``model.ports.Runner``; here nothing takes long."""

    def recall(self, slot: int) -> list[int]:  # noqa: ARG002  a slot is a number only
        """Return nothing."""
        return []

    async def _cut_short(self, job: Job, task: asyncio.Task[Outcome]) -> Outcome | None:
        """Cancel a stage; return what came of it, None when it was cancelled in time."""
        host = self._hosts[job.id]
        self._cancel(job.id)
        await asyncio.wait({task}, timeout=self._grace_s)
        if not task.done() and host.programs.ending:
            await asyncio.wait({task}, timeout=STUCK_S)
        if not task.done():
            host.over = True
            log.error("job %d, stage %s: it goes on though it was cancelled", job.id, job.stage)
            return failed(
                ErrorKind.INTERNAL,
                f"the stage {job.stage} did not end when it was cancelled; it may still be at work",
            )
        if not task.cancelled() and task.result().state is JobState.DONE:
            return task.result()
        await self._drop_spools(job)
        return None

    def ask_to_stop(self, job: Job, *, cancel: bool) -> None:
        """See ``model.ports.Runner``; a cancelled one does not have to come to its next item."""
        self._asked.put(job, CANCEL if cancel else PAUSE)
        task = self._tasks.get(job.id)
        if cancel and task is not None:
            asyncio.get_running_loop().call_later(TERM_S, self._cancel_asked, job, task)

    def _cancel_asked(self, job: Job, task: asyncio.Task[Outcome]) -> None:
        if self._asked.flag(job) == CANCEL and self._tasks.get(job.id) is task:
            self._cancel(job.id)

    def _cancel(self, job_id: int) -> None:
        """Cancel a stage, once: a second time would meet it while it waits for a program's end.

        Whether it was is not asked of the task: limits of the stage's own cancel that as well.
        """
        if not self._hosts[job_id].told:
            self._hosts[job_id].told = True
            self._tasks[job_id].cancel()

    def take_back(self, job: Job) -> None:
        """See ``model.ports.Runner``."""
        self._asked.put(job, GO)

    def freeze(self, job: Job) -> None:
        """Never asked for: no process is the job's own, and a hard pause of it is one as any."""

    def unfreeze(self, job: Job) -> None:
        """Never asked for either."""

    def progress_of(self, job: Job) -> tuple[int, int]:
        """See ``model.ports.Runner``."""
        host = self._hosts.get(job.id)
        return (host.done, host.total) if host else (0, 0)

    def pids(self) -> list[int]:
        """Return the programs that its stages run; the stages themselves have no process."""
        return [pid for host in self._hosts.values() for pid in host.programs.pids]

    async def close(self) -> None:
        """Cancel what still runs; a stage that goes on nevertheless is left to itself."""
        for job_id in self._tasks:
            self._cancel(job_id)
        if tasks := list(self._tasks.values()):
            await asyncio.wait(tasks, timeout=self._grace_s)

    async def _drop_spools(self, job: Job) -> None:
        """Delete what the run kept; its names would have come with the outcome."""
        await asyncio.to_thread(spool.drop_run, self._spool_dir, job.id, job.fence)
