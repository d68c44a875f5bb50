"""The template process as the host sees it: started when the first child is needed."""

import asyncio
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from soniq_tui.runners.channel import Channel
from soniq_tui.runners.child_client import Cells, Child
from soniq_tui.runners.held import (
    BUSY_S,
    NO_PROCESS,
    STUCK_S,
    ChildDiedError,
    Held,
    Kept,
    NoProcessError,
    exit_words,
)
from soniq_tui.runners.inbox import Inbox
from soniq_tui.runners.leftovers import end_marked
from soniq_tui.runners.processes import wait_for
from soniq_tui.runners.starting import Started, mark_of, start
from soniq_tui.runners.wire import GRACE_S, Ended, Fork, Forked, FromTemplate, Keep, Refused, Setup

if TYPE_CHECKING:
    from soniq_tui.runners.forked import Twin

    _Process = subprocess.Popen[bytes] | Twin

PATIENCE_S = 1.0
"""A template that was told to end is killed after so long."""


_H = TypeVar("_H", bound=Held)


class _Request(Generic[_H]):
    """A process that was asked for.

    Args:
        make: takes hold of it, given its id, a pidfd and ``sock``.
        sock: the host's end of the stream to it.
        drop: frees what was meant for it, that too, if none comes.
    """

    def __init__(
        self,
        make: Callable[[int, int, socket.socket], _H],
        sock: socket.socket,
        drop: Callable[[], None],
    ) -> None:
        self._make, self._sock, self._drop = make, sock, drop
        self.future: asyncio.Future[_H] = asyncio.get_running_loop().create_future()

    def granted(self, pid: int, pidfd: int) -> _H:
        held = self._make(pid, pidfd, self._sock)
        if self.future.done():
            held.send_signal(signal.SIGKILL)  # nobody waits for it any more
        else:
            self.future.set_result(held)
        return held

    def unwanted(self) -> None:
        """Nobody waits for it any more: it is to end as soon as it is there, and begin nothing."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def refused(self, error: ChildDiedError) -> None:
        self._drop()
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
        self._requests: dict[int, _Request[Any]] = {}
        self._last_number = 0
        self._children: dict[int, Held] = {}
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

        ``nicer``: how much nicer than the setup says it is to be.

        Raises:
            ChildDiedError: the template is gone; NoProcessError where the system allows no further
                process for now.
        """

        def ask(undo: ExitStack) -> _Request[Child]:
            inbox = Inbox.new()
            undo.callback(inbox.close)
            here, there = socket.socketpair()
            undo.callback(here.close)
            with there:
                cell = cells.take()
                undo.callback(cells.give_back, cell)
                fork = Fork(number=0, cell=cell, importer=importer, nicer=nicer)
                gone = partial(cells.give_back, cell)
                return self._ask(
                    fork,
                    lambda pid, pidfd, sock: Child(cell, pid, pidfd, sock, inbox, gone),
                    here,
                    undo,
                    there.fileno(),
                    inbox.fileno(),
                )

        return await self._granted(ask)

    async def keep(self, program: Keep, out: int, err: int) -> Kept:
        """Fork a keeper, which runs a program that writes to two pipes; they stay the caller's.

        Raises:
            ChildDiedError: as :meth:`fork`.
        """

        def ask(undo: ExitStack) -> _Request[Kept]:
            here, there = socket.socketpair()
            undo.callback(here.close)
            with there:
                return self._ask(program, Kept, here, undo, there.fileno(), out, err)

        return await self._granted(ask)

    def _ask(
        self,
        message: Fork | Keep,
        make: Callable[[int, int, socket.socket], _H],
        here: socket.socket,
        undo: ExitStack,
        *fds: int,
    ) -> _Request[_H]:
        channel = self._channel or self._start()
        self._last_number += 1
        channel.send(msgspec.structs.replace(message, number=self._last_number), *fds)
        request = _Request(make, here, undo.pop_all().close)
        self._requests[self._last_number] = request
        return request

    async def _granted(self, ask: Callable[[ExitStack], _Request[_H]]) -> _H:
        """Ask for a process and wait until it is there; ``ask`` frees by its stack if it fails."""
        try:
            with ExitStack() as undo:
                request = ask(undo)
        except OSError as exc:
            raise _unstarted(str(exc), exc.errno) from exc
        try:
            return await request.future
        except asyncio.CancelledError:
            if request.future.cancelled():
                request.unwanted()
            elif request.future.exception() is None:  # it came at the same moment
                request.future.result().send_signal(signal.SIGKILL)
            raise

    async def close(self) -> None:
        """End the template, and with it whatever is left of its children."""
        lost: list[Held] = []
        if self._channel is not None:
            self._channel.close()
            requests, lost = self._lose_all()
            for request in requests:
                request.refused(ChildDiedError("the host ends"))
        if self._early is not None:
            self._early.end()
        if self._process is not None and not await asyncio.to_thread(_wait, self._process):
            await asyncio.to_thread(end_marked, self._mark)
        for child in lost:
            child.reaped(None)
        # Before the board is closed, from which they take themselves off.
        if gone := [asyncio.create_task(child.gone.wait()) for child in lost if not child.left]:
            await asyncio.wait(gone, timeout=STUCK_S)
        for child in lost:
            child.let_go()
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

    def _lose_all(self) -> tuple[list[_Request[Any]], list[Held]]:
        """Let go of the process; return who waits for a child of it, and those it had."""
        self._channel = None
        requests, self._requests = self._requests, {}
        children, self._children = self._children, {}
        for child in children.values():
            child.orphan()
        return list(requests.values()), list(children.values())

    async def _bury(
        self,
        process: "_Process | None",
        mark: str,
        requests: list[_Request[Any]],
        children: list[Held],
    ) -> None:
        """Tell who waited how a template ended; end what it and its children left elsewhere.

        First its keepers do: what they are for has no mark, if it has cleared its environment.
        """
        how = "ended"
        try:
            how = await _how_it_ended(process)
        finally:
            for request in requests:
                request.refused(ChildDiedError(f"the one that starts all others {how}"))
        try:
            kept = [child for child in children if isinstance(child, Kept)]
            if gone := [asyncio.create_task(child.gone.wait()) for child in kept]:
                await asyncio.wait(gone, timeout=GRACE_S + BUSY_S)
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


def _wait(process: "_Process") -> bool:
    """Wait until it has ended, killed in the end; return whether it had ended by itself."""
    ended = process.returncode is not None
    if not ended:
        with suppress(OSError):  # no file is left by which it could be told
            ended = wait_for(process.pid, PATIENCE_S)
        if not ended:
            process.kill()
        process.wait()
    return ended
