"""One child process as the host sees it: a socket, a pidfd and a cell of the board."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

import msgspec

from soniq_tui.model.job import Job, Outcome
from soniq_tui.model.ports import Progress
from soniq_tui.runners.board import CELLS, NOTHING, Board, Work
from soniq_tui.runners.channel import Channel
from soniq_tui.runners.wire import Done, FromChild, Run

REAP_S = 1.0
"""The template's word of how a child ended is waited for so long; it takes a millisecond."""


class ChildDiedError(Exception):
    """The child that was to run a job is gone, or could not be started; the message says why."""


class Cells:
    """Hands out cells of a board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._free = list(range(CELLS - 1, -1, -1))

    def take(self) -> int:
        """Return a cell nobody has.

        Raises:
            ChildDiedError: there is none.
        """
        if not self._free:
            raise ChildDiedError(f"there are {CELLS:,} child processes already")
        return self._free.pop()

    def give_back(self, cell: int) -> Work:
        """The child of that cell is gone; returns what it said last."""
        last = self._board.read(cell)
        self._board.clear(cell)
        self._free.append(cell)
        return last


class Child:
    """One child process; frees what it holds by itself when the process has ended.

    Args:
        cell: its cell of the board.
        pid: also the number of its process group.
        pidfd: owned, as is ``sock``.
        sock: the host's end of its socket pair.
        on_gone: called once when the process has ended; returns what it had said last.
    """

    def __init__(
        self, cell: int, pid: int, pidfd: int, sock: socket.socket, on_gone: Callable[[], Work]
    ) -> None:
        self.cell, self.pid, self._pidfd = cell, pid, pidfd
        self.jobs = 0
        self.rss_bytes = 0
        self.gone = asyncio.Event()
        self.orphaned = False
        """Ended because the template did, through no fault of its own."""
        self.last = NOTHING
        """What stood on the board when it ended."""
        self._status: int | None = None
        self._reaped = asyncio.Event()
        self._on_gone = on_gone
        self._timer: asyncio.TimerHandle | None = None
        self._decoder = msgspec.msgpack.Decoder(FromChild)
        self._answer: asyncio.Future[Outcome] | None = None
        self._progress: Progress | None = None
        self._channel = Channel(sock, self._on_frame, self._on_end)
        asyncio.get_running_loop().add_reader(pidfd, self._died)

    # ---------------------------------------------------------------- work

    @property
    def listens(self) -> bool:
        """Whether it can be given a job."""
        return self._channel.is_open

    async def run(self, job: Job, progress: Progress) -> Outcome:
        """Run one job.

        Raises:
            ChildDiedError: the process ended before it answered.
        """
        if not self.listens:
            raise ChildDiedError("ended while it had nothing to do")
        self._answer = asyncio.get_running_loop().create_future()
        self._progress = progress
        self.jobs += 1
        try:
            self._channel.send(Run(job=job))
            return await self._answer
        finally:
            self._answer = self._progress = None

    def _on_frame(self, body: bytes, _fds: list[int]) -> None:
        message = self._decoder.decode(body)
        answer = self._answer
        if answer is None or answer.done():
            return
        if isinstance(message, Done):
            self.rss_bytes = message.outcome.rss_bytes
            answer.set_result(message.outcome)
        elif self._progress is not None:
            try:
                self._progress.checkpoint(message.part)
            except Exception as exc:  # noqa: BLE001  the engine's own fault: whoever runs the job learns it
                answer.set_exception(exc)

    # ---------------------------------------------------------------- end

    def after(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Call back later, unless the child ends, gets a job or another callback before."""
        self.busy()
        if self.gone.is_set():
            return
        self._timer = asyncio.get_running_loop().call_later(delay_s, callback)

    def busy(self) -> None:
        """Forget the callback."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the child and all processes of its group."""
        if self.gone.is_set():
            return
        self._signal_group(number)
        with suppress(OSError):  # it may have ended this very moment
            signal.pidfd_send_signal(self._pidfd, number)

    def retire(self, grace_s: float) -> None:
        """No more jobs: let it end by itself, kill it when it does not."""
        self._channel.close()
        self.after(grace_s, lambda: self.send_signal(signal.SIGKILL))

    async def end(self, grace_s: float) -> None:
        """Like :meth:`retire`, but wait until it is gone."""
        self.retire(grace_s)
        await self.gone.wait()

    def reaped(self, status: int | None) -> None:
        """It ended, as ``status`` says if anyone knows, and nothing that it started runs."""
        self._status = status
        self._reaped.set()

    def orphan(self) -> None:
        """The template is gone: nobody will tell how the child ended, and nobody ends its group."""
        if self.gone.is_set():
            # Nobody took the number meanwhile: the kernel counts through all others first.
            self._signal_group(signal.SIGKILL)
        self.send_signal(signal.SIGKILL)
        self.orphaned = True

    async def buried(self) -> None:
        """Wait until it is gone with all that it started.

        Without a bound for itself: what hangs in the kernel may still hold files. What the
        template does not tell in ``REAP_S`` it cannot tell.
        """
        await self.gone.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(REAP_S):
                await self._reaped.wait()

    async def how_it_ended(self) -> str:
        """Return what is known of it, in words, when all that it started is gone too."""
        await self.buried()
        if self._status is None:
            return "ended together with the one that starts all others"
        return exit_words(self._status)

    def _signal_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _on_end(self) -> None:
        # It closed its socket, so it ends or is of no more use. Its exit status is not changed by
        # a signal when it is ending already.
        self.send_signal(signal.SIGKILL)

    def _died(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self.gone.set()
        self.busy()
        self._channel.drain()  # it may have answered and ended at once
        self._channel.close()
        self.last = self._on_gone()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ChildDiedError("ended before it answered"))


def exit_words(status: int) -> str:
    """Return in words what a status of ``os.waitpid`` says."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exited with {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:  # most real-time signals have no name
        return f"was killed by signal {-code}"
