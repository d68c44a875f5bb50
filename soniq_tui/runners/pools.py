"""The host's side of template and children: fork, feed, watch, replace and kill them.

One dead child fails one job and nothing else. A child is replaced after ``max_jobs_per_child``
jobs or when its memory exceeds ``max_memory_per_child_mib`` after a job, never while it is busy.
"""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

import msgspec

from soniq_tui.model.job import ErrorKind, Job, JobState, Outcome
from soniq_tui.model.ports import Progress
from soniq_tui.model.settings import EngineSettings
from soniq_tui.runners.board import CANCEL, CELLS, GO, PAUSE, Board
from soniq_tui.runners.channel import Channel
from soniq_tui.runners.wire import (
    Done,
    Ended,
    Fork,
    FromChild,
    FromTemplate,
    Run,
    Setup,
)

MIB = 1024 * 1024
log = logging.getLogger(__name__)


class ChildDiedError(Exception):
    """The child that ran a job is gone."""


class Child:
    """One child process as the host sees it."""

    def __init__(self, cell: int, pid: int, pidfd: int) -> None:
        self.cell, self.pid, self._pidfd = cell, pid, pidfd
        self.jobs = 0
        self.rss_bytes = 0
        self.channel: Channel | None = None
        self.gone = asyncio.Event()
        self.idle_timer: asyncio.TimerHandle | None = None
        self._decoder = msgspec.msgpack.Decoder(FromChild)
        self._answer: asyncio.Future[Outcome] | None = None
        self._progress: Progress | None = None
        asyncio.get_running_loop().add_reader(pidfd, self._died)

    async def run(self, job: Job, progress: Progress) -> Outcome:
        """Run one job.

        Raises:
            ChildDiedError: the process ended before it answered.
        """
        if self.gone.is_set() or self.channel is None:
            raise ChildDiedError
        self._answer = asyncio.get_running_loop().create_future()
        self._progress = progress
        self.jobs += 1
        self.channel.send(Run(job=job))
        try:
            return await self._answer
        finally:
            self._answer = self._progress = None

    def on_frame(self, body: bytes, _fds: list[int]) -> None:
        """A message of the child arrived."""
        message = self._decoder.decode(body)
        if isinstance(message, Done):
            self.rss_bytes = message.outcome.rss_bytes
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(message.outcome)
        elif self._progress is not None:
            self._progress.checkpoint(message.part)

    def on_end(self) -> None:
        """The child closed its socket, or died. The pidfd tells which."""

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the child and all processes of its session's group."""
        if self.gone.is_set():
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
        with suppress(ProcessLookupError, OSError):
            signal.pidfd_send_signal(self._pidfd, number)

    async def end(self, grace_s: float) -> None:
        """Let the child end by itself, kill it when it does not, and wait until it is gone."""
        if self.idle_timer is not None:
            self.idle_timer.cancel()
        if self.channel is not None:
            self.channel.close()
        try:
            async with asyncio.timeout(grace_s):
                await self.gone.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            await self.gone.wait()

    def _died(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self.gone.set()
        if self.channel is not None:
            self.channel.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ChildDiedError())


class Template:
    """The process that children are forked from; started when the first one is needed."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._waiting: dict[int, asyncio.Future[Child]] = {}
        self._ended: dict[int, int] = {}
        self._decoder = msgspec.msgpack.Decoder(FromTemplate)

    @property
    def pid(self) -> int | None:
        """Its process id, None while it does not run."""
        return self._process.pid if self._process and self._channel else None

    def preload(self, modules: tuple[str, ...]) -> None:
        """Let it import these before its first child, if it has not been started yet."""
        if self._process is None:
            fresh = (m for m in modules if m not in self._setup.preload)
            preload = (*self._setup.preload, *fresh)
            self._setup = msgspec.structs.replace(self._setup, preload=preload)

    async def fork(self, cell: int) -> Child:
        """Fork a child that writes to ``cell`` of the board.

        Raises:
            ChildDiedError: the template is gone; the next call starts another.
        """
        if self._channel is None:
            self._start()
        here, there = socket.socketpair()
        future: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._waiting[cell] = future
        assert self._channel is not None  # noqa: S101  _start has just made it
        self._channel.send(Fork(cell=cell), there.fileno())
        there.close()
        try:
            child = await future
        except BaseException:
            here.close()
            raise
        child.channel = Channel(here, child.on_frame, child.on_end)
        return child

    def why_ended(self, child: Child) -> str:
        """Return how a child ended, as far as it is known."""
        status = self._ended.pop(child.pid, None)
        if status is None:
            return "ended unexpectedly"
        code = os.waitstatus_to_exitcode(status)
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"

    async def close(self) -> None:
        """End the template, and with it whatever is left of its children."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            process = self._process
            await asyncio.get_running_loop().run_in_executor(None, _wait, process)

    def _start(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        here, there = socket.socketpair()
        # exec, not fork: this process has threads. PR_SET_PDEATHSIG is bound to the forking thread,
        # which is the event loop's and lives as long as the host.
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "soniq_tui.runners.template",
                str(there.fileno()),
                str(os.getpid()),
            ],
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        there.close()
        self._channel = Channel(here, self._on_frame, self._on_end)
        self._channel.send(self._setup)

    def _on_frame(self, body: bytes, fds: list[int]) -> None:
        message = self._decoder.decode(body)
        if isinstance(message, Ended):
            self._ended[message.pid] = message.status
            return
        pidfd = fds.pop(0)
        future = self._waiting.pop(message.cell, None)
        if future is None or future.done():
            with suppress(OSError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            os.close(pidfd)
            return
        future.set_result(Child(message.cell, message.pid, pidfd))

    def _on_end(self) -> None:
        self._channel = None
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(ChildDiedError())


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Cells:
    """Hands out cells of the board."""

    def __init__(self) -> None:
        self._free = list(range(CELLS - 1, -1, -1))

    def take(self) -> int:
        """Return a cell nobody has."""
        if not self._free:
            raise ChildDiedError("more children than the board has cells")
        return self._free.pop()

    def give_back(self, cell: int) -> None:
        """The child of that cell is gone."""
        self._free.append(cell)


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
        self._turns: dict[int, asyncio.Lock] = {}
        self._running: dict[int, Child] = {}
        self._asked: dict[int, int] = {}
        """Jobs that were asked to stop, to the value of their flag."""

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

    def _flag(self, job: Job, flag: int) -> None:
        self._asked[job.id] = flag
        child = self._running.get(job.id)
        if child is not None:
            self._board.flag(child.cell, flag)

    def progress_of(self, job: Job) -> tuple[int, int]:
        """See ``model.ports.Runner``."""
        child = self._running.get(job.id)
        if child is None:
            return 0, 0
        work = self._board.read(child.cell)
        return (work.done, work.total) if work.job_id == job.id else (0, 0)

    def pids(self) -> list[int]:
        """See ``model.ports.Runner``."""
        return [child.pid for child in self._children.values()]

    async def close(self) -> None:
        """See ``model.ports.Runner``."""
        children, self._children = list(self._children.values()), {}
        await asyncio.gather(*(child.end(self._settings.kill_grace_s) for child in children))

    async def _take_turn(self, place: int, job: Job, progress: Progress) -> Outcome:
        try:
            child = self._children.get(place) or await self._hire(place)
        except ChildDiedError:
            return _crashed("the child processes cannot be started", None)
        asked = self._asked.get(job.id, GO)
        if asked != GO:
            return Outcome(state=JobState.CANCELLED if asked == CANCEL else JobState.PAUSED)
        try:
            return await self._run(child, place, job, progress)
        except ChildDiedError:
            return await self._bury(child, place, job)

    async def _run(self, child: Child, place: int, job: Job, progress: Progress) -> Outcome:
        if child.idle_timer is not None:
            child.idle_timer.cancel()
            child.idle_timer = None
        self._board.flag(child.cell, GO)
        self._running[job.id] = child
        try:
            outcome = await child.run(job, progress)
        except asyncio.CancelledError:
            # Nothing of the job may run on: whoever cancelled has waited long enough.
            child.signal(signal.SIGKILL)
            await self._dismiss(child, place)
            raise
        finally:
            self._running.pop(job.id, None)
        limit_bytes = self._settings.max_memory_per_child_mib * MIB
        if child.jobs >= self._settings.max_jobs_per_child or child.rss_bytes > limit_bytes:
            await self._dismiss(child, place)
        else:
            child.idle_timer = asyncio.get_running_loop().call_later(
                self._settings.child_idle_s, self._retire, child, place
            )
        return outcome

    async def _hire(self, place: int) -> Child:
        cell = self._cells.take()
        try:
            child = await self._template.fork(cell)
        except BaseException:
            self._cells.give_back(cell)
            raise
        self._children[place] = child
        return child

    async def _bury(self, child: Child, place: int, job: Job) -> Outcome:
        work = self._board.read(child.cell)
        await self._dismiss(child, place)
        await asyncio.sleep(0)  # lets the template's word of how it ended arrive
        known = work.job_id == job.id and work.fence == job.fence and work.total
        reason = f"the process that worked on it {self._template.why_ended(child)}"
        log.warning("job %d, stage %s: %s", job.id, job.stage, reason)
        return _crashed(reason, work.done if known else None)

    async def _dismiss(self, child: Child, place: int) -> None:
        if self._children.get(place) is child:
            del self._children[place]
        await child.end(self._settings.kill_grace_s)
        self._cells.give_back(child.cell)

    def _retire(self, child: Child, place: int) -> None:
        """Nothing to do for a while: let the child end by itself."""
        if self._children.get(place) is child and child.channel is not None:
            del self._children[place]
            child.channel.close()
            self._cells.give_back(child.cell)


def _crashed(reason: str, suspect: int | None) -> Outcome:
    return Outcome(
        state=JobState.FAILED,
        kind=ErrorKind.CRASHED,
        reason=reason,
        retryable=True,
        suspect=suspect,
    )
