"""The template process as the host sees it: started when the first child is needed."""

import asyncio
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from soniq_tui.runners.channel import Channel
from soniq_tui.runners.child_client import Cells, Child
from soniq_tui.runners.held import NO_PROCESS, ChildDiedError, NoProcessError, exit_words
from soniq_tui.runners.inbox import Inbox
from soniq_tui.runners.leftovers import end_marked
from soniq_tui.runners.processes import wait_for
from soniq_tui.runners.starting import Started, mark_of, start
from soniq_tui.runners.wire import Ended, Fork, Forked, FromTemplate, Refused, Setup

if TYPE_CHECKING:
    from soniq_tui.runners.forked import Twin

    _Process = subprocess.Popen[bytes] | Twin

PATIENCE_S = 1.0
"""A template that was told to end is killed after so long."""


class _Request:
    """A child that was asked for; gives the cell back if none comes of it."""

    def __init__(self, cells: Cells, sock: socket.socket, inbox: Inbox) -> None:
        self.cells, self.cell, self.sock, self.inbox = cells, cells.take(), sock, inbox
        self.future: asyncio.Future[Child] = asyncio.get_running_loop().create_future()

    def granted(self, pid: int, pidfd: int) -> Child:
        child = Child(
            self.cell,
            pid,
            pidfd,
            self.sock,
            self.inbox,
            lambda: self.cells.give_back(self.cell),
        )
        if self.future.done():
            child.send_signal(signal.SIGKILL)  # nobody waits for it any more
        else:
            self.future.set_result(child)
        return child

    def refused(self, error: ChildDiedError) -> None:
        self.sock.close()
        self.inbox.close()
        self.cells.give_back(self.cell)
        if not self.future.done():
            self.future.set_exception(error)


class Template:
    """Forks children on request; when it dies, the next request starts another."""

    def __init__(self, setup: Setup, early: Started | None = None) -> None:
        """``early``: the first process, where it was started before."""
        self._setup = setup
        self._early = early
        self._process: _Process | None = None
        self._channel: Channel | None = None
        self._requests: dict[int, _Request] = {}
        self._last_number = 0
        self._children: dict[int, Child] = {}
        """By process id, until they are reaped."""
        self._starts = 0
        self._sweeps: set[asyncio.Task[None]] = set()
        """What killed templates left is being ended."""
        self._decoder = msgspec.msgpack.Decoder(FromTemplate)

    @property
    def pid(self) -> int | None:
        """Its process id, None while it does not run."""
        return self._process.pid if self._process and self._channel else None

    @property
    def spool_dir(self) -> Path:
        """Where its children keep large data."""
        return Path(self._setup.spool_dir)

    def preload(self, modules: tuple[str, ...]) -> None:
        """Let it import these before its first child, if it has not been started yet."""
        if self._process is None:
            fresh = (m for m in modules if m not in self._setup.preload)
            preload = (*self._setup.preload, *fresh)
            self._setup = msgspec.structs.replace(self._setup, preload=preload)

    def warm(self) -> None:
        """Start it before its first child is wanted; what fails now is told when one is."""
        if self._process is None:
            with suppress(OSError):
                self._start()

    async def fork(self, cells: Cells, importer: str, nicer: int = 0) -> Child:
        """Fork a child with a cell of its own, which is given back when it has ended.

        ``nicer``: how much nicer than the template it is to be.

        Raises:
            ChildDiedError: the template is gone; NoProcessError where the system allows no further
                process for now.
        """
        try:
            request = self._ask(cells, importer, nicer)
        except OSError as exc:
            raise _unstarted(str(exc), exc.errno) from exc
        try:
            return await request.future
        except asyncio.CancelledError:
            if request.future.done() and not request.future.cancelled():
                request.future.result().retire(0)  # it came at the same moment
            raise

    def _ask(self, cells: Cells, importer: str, nicer: int) -> _Request:
        channel = self._channel or self._start()
        inbox = Inbox.new()
        try:
            here, there = socket.socketpair()
        except OSError:
            inbox.close()
            raise
        with there:
            try:
                request = _Request(cells, here, inbox)
            except ChildDiedError:
                here.close()
                inbox.close()
                raise
            self._last_number += 1
            self._requests[self._last_number] = request
            number, cell = self._last_number, request.cell
            fork = Fork(number=number, cell=cell, importer=importer, nicer=nicer)
            channel.send(fork, there.fileno(), inbox.fileno())
        return request

    async def close(self) -> None:
        """End the template, and with it whatever is left of its children."""
        lost: list[Child] = []
        if self._channel is not None:
            self._channel.close()
            requests, lost = self._lose_all()
            for request in requests:
                request.refused(ChildDiedError("the host ends"))
        if self._early is not None:
            self._early.end()
        if self._process is not None:
            await asyncio.to_thread(_wait, self._process)
        for child in lost:  # before the board is closed, from which they take themselves off
            child.reaped(None)
            await child.buried()
        await asyncio.gather(*self._sweeps)

    def _start(self) -> Channel:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._starts += 1
        early, self._early = self._early, None
        self._process, here = early or start(self._mark)
        self._channel = Channel(here, self._on_frame, self._on_end)
        self._channel.send(self._setup)
        return self._channel

    def _on_frame(self, body: bytes, fds: list[int]) -> None:
        message = self._decoder.decode(body)
        if isinstance(message, Ended):
            child = self._children.pop(message.pid, None)
            if child is not None:
                child.reaped(message.status)
        elif isinstance(message, Refused):
            request = self._requests.pop(message.number)
            request.refused(_unstarted(message.reason, message.code))
        else:
            self._forked(message, fds)

    def _forked(self, message: Forked, fds: list[int]) -> None:
        request = self._requests.pop(message.number)
        if fds:
            self._children[message.pid] = request.granted(message.pid, fds.pop(0))
        else:  # the kernel drops what would exceed the limit of open files
            request.refused(NoProcessError("too many open files"))

    @property
    def _mark(self) -> str:
        return mark_of(Path(self._setup.board), self._starts)

    def _on_end(self) -> None:
        lost = self._bury(self._process, self._mark, *self._lose_all())
        sweep = asyncio.create_task(lost, name="sweep")
        self._sweeps.add(sweep)
        sweep.add_done_callback(self._sweeps.discard)

    def _lose_all(self) -> tuple[list[_Request], list[Child]]:
        """Let go of the process; return who waits for a child of it, and those it had."""
        self._channel = None
        requests, self._requests = self._requests, {}
        children, self._children = self._children, {}
        for child in children.values():
            child.orphan()
        return list(requests.values()), list(children.values())

    async def _bury(
        self, process: "_Process | None", mark: str, requests: list[_Request], children: list[Child]
    ) -> None:
        """Tell who waited how a template ended; end what it and its children left elsewhere."""
        how = "ended"
        try:
            how = await _how_it_ended(process)
        finally:
            for request in requests:
                request.refused(ChildDiedError(f"the one that starts all others {how}"))
        try:
            await asyncio.to_thread(end_marked, mark)
        finally:
            for child in children:
                child.reaped(None)


def _unstarted(reason: str, code: int | None) -> ChildDiedError:
    """Return whether there may be a process later, or never."""
    return (NoProcessError if code in NO_PROCESS else ChildDiedError)(reason)


async def _how_it_ended(process: "_Process | None") -> str:
    """Return how the process ended whose socket is closed; it may still be about to."""
    if process is None:
        return "ended"
    with suppress(OSError):  # no file is left by which it could be told
        await asyncio.to_thread(wait_for, process.pid, PATIENCE_S)
    with suppress(subprocess.TimeoutExpired, OSError):
        process.wait(0)
    code = process.returncode
    if code is None:
        return "ended"
    return exit_words(-code if code < 0 else code << 8)


def _wait(process: "_Process") -> None:
    """Wait until it has ended by itself, or end it."""
    if process.returncode is None:
        try:
            ended = wait_for(process.pid, PATIENCE_S)
        except OSError:  # no file is left by which it could be told
            ended = False
        if not ended:
            process.kill()
        process.wait()
