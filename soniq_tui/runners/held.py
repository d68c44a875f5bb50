"""A process that the template forked, as the host sees it: a socket, a pidfd, and how it ended."""

import asyncio
import errno
import os
import signal
import socket
from contextlib import suppress

import msgspec

from soniq_tui.runners.channel import Channel
from soniq_tui.runners.processes import signal_group
from soniq_tui.runners.wire import GRACE_S, Ended, FromTemplate

STUCK_S = 3.0
"""A killed process that is not gone after so long hangs in the kernel (state D): on a disk, a
server or a file system that does not answer. It runs no instruction of its own any more."""
BUSY_S = 2.5
"""A keeper takes a tenth of it to end hundreds of processes; on a machine that is busy, more."""
NO_PROCESS = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
"""What a system says that has no process, memory or file left for now."""


class ChildDiedError(Exception):
    """The process that was to run a job is gone, or could not be started; the message says why."""


class NoProcessError(ChildDiedError):
    """The system allows no further process or open file for now, which is no fault of a job."""


def unstarted_words(why: object) -> str:
    """Return the reason of a job that no process could be had for."""
    return f"no process could be started for it: {why}"


class Held:
    """One process of the template's; frees what it holds by itself when that has ended.

    Args:
        pid: also the number of its process group.
        pidfd: owned, as is ``sock``.
        sock: the host's end of the stream to it.
    """

    def __init__(self, pid: int, pidfd: int, sock: socket.socket) -> None:
        self.pid, self._pidfd = pid, pidfd
        self.gone = asyncio.Event()
        self.orphaned = False
        """Ended because the template did, through no fault of its own."""
        self.left = False
        """It hangs in the kernel and has been waited for in vain."""
        self._status: int | None = None
        self._reaped = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._channel = Channel(sock, self._on_frame, self._on_end)
        self._loop.add_reader(pidfd, self._died)

    def _on_frame(self, body: bytes, fds: list[int]) -> None:
        raise NotImplementedError

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all of its group."""
        if self.gone.is_set():
            return
        signal_group(self.pid, number)
        with suppress(OSError):  # it may have ended this very moment
            signal.pidfd_send_signal(self._pidfd, number)

    def reaped(self, status: int | None) -> None:
        """It ended, as ``status`` says if anyone knows, and nothing that it started runs."""
        self._status = status
        self._reaped.set()

    def orphan(self) -> None:
        """The template is gone: nobody will tell how this one ended, and nobody ends its group."""
        if self.gone.is_set():
            # Nobody took the number meanwhile: the kernel counts through all others first.
            signal_group(self.pid, signal.SIGKILL)
        self.send_signal(signal.SIGKILL)
        self.orphaned = True

    async def buried(self) -> None:
        """Wait until it is gone with all that it started, which is told even if the template dies.

        Without a bound: what hangs in the kernel may still hold files.
        """
        await self.gone.wait()
        await self._reaped.wait()

    def let_go(self) -> None:
        """Nobody waits for it any more, and nothing of it is to be heard."""
        if not self.gone.is_set():
            self._channel.close()
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)

    async def how_it_ended(self) -> str:
        """Return what is known of it, in words, when all that it started is gone too."""
        await self.buried()
        if self._status is None:
            return "ended together with the one that starts all others"
        return exit_words(self._status)

    def _on_end(self) -> None:
        # It closed its socket, so it ends or is of no more use. Its exit status is not changed by
        # a signal when it is ending already.
        self.send_signal(signal.SIGKILL)

    def _died(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self.gone.set()
        self._channel.drain()  # it may have answered and ended at once
        self._channel.close()


class Kept(Held):
    """The keeper of a foreign program."""

    def __init__(self, pid: int, pidfd: int, sock: socket.socket) -> None:
        super().__init__(pid, pidfd, sock)
        self._said: asyncio.Queue[FromTemplate | None] = asyncio.Queue()
        self._decoder = msgspec.msgpack.Decoder(FromTemplate)
        self._over = False
        """It told of the end of its program, of which nothing was left by then."""

    async def told(self) -> FromTemplate:
        """Return what it tells next of its program.

        Raises:
            ChildDiedError: it ended instead, and the program with it.
        """
        if (said := await self._said.get()) is None:
            raise ChildDiedError(
                f"the process that watched its program {await self.how_it_ended()}"
            )
        return said

    async def end(self) -> None:
        """Have its program told to stop, if it runs; wait until nothing of it is left."""
        if self._over:
            return
        self._channel.close()
        try:
            async with asyncio.timeout(GRACE_S + BUSY_S):
                await self.gone.wait()
        except TimeoutError:
            self.send_signal(signal.SIGKILL)
        await self.buried()

    def orphan(self) -> None:
        """The template is gone: this one ends what it keeps before it ends itself."""
        self._channel.close()
        self.orphaned = True

    def _on_frame(self, body: bytes, _fds: list[int]) -> None:
        said = self._decoder.decode(body)
        self._over = isinstance(said, Ended)
        self._said.put_nowait(said)

    def _died(self) -> None:
        super()._died()
        self._said.put_nowait(None)


def exit_words(status: int) -> str:
    """Return in words what a status of ``os.waitpid`` says."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exited with {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:  # most real-time signals have no name
        return f"was killed by signal {-code}"
