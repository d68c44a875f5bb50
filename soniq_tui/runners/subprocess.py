"""Runs a foreign program for a stage: its lines as they come, its whole group ended with it.

The program leads a session and a group of its own. What it writes is read to the end whatever it
writes: a line longer than ``LINE_MOST_BYTES`` is cut, the rest dropped, and nothing waits for a
grandchild that keeps a pipe open. When the stage is cancelled the group gets SIGTERM, and SIGKILL
after ``GRACE_S``.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from soniq_tui.importers.base import Ran
from soniq_tui.runners.processes import signal_group

LINE_MOST_BYTES = 64 * 1024
TAIL_LINES = 40
GRACE_S = 1.0
"""From SIGTERM to SIGKILL; shorter than the engine's patience with a cancelled stage."""
KILLED_S = 0.2
DRAIN_S = 0.5
"""So long the pipes of a program that has ended are read; then a grandchild holds them."""
MUCH_S, REST = 0.005, 4
"""A pipe whose lines took so long is left alone for so many times as long."""
_NOT_THERE = (FileNotFoundError, NotADirectoryError, PermissionError)
"""What was not begun raises these; all else may be of who is to watch a program that was."""
PLAIN = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8:backslashreplace", "LC_ALL": "C.UTF-8"}
"""So that lines come when they are written, in a charset that is known."""


class Lines(asyncio.SubprocessProtocol):
    """Cuts what comes from both pipes into bounded lines."""

    def __init__(self, on_line: Callable[[str], None], on_error: Callable[[str], None]) -> None:
        self._say = {1: on_line, 2: on_error}
        self._parts = {1: bytearray(), 2: bytearray()}
        self._cut = {1: False, 2: False}
        self.exited: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open = 2
        self._pipes: asyncio.SubprocessTransport | None = None
        self.begun = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember who can hold the pipes."""
        if isinstance(transport, asyncio.SubprocessTransport):
            self._pipes = transport
            self.begun.set()

    async def end_unwatched(self) -> None:
        """End a program that may have begun though nobody can be told of its end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(KILLED_S):
                await self.begun.wait()
        if self._pipes is None:
            return
        process: subprocess.Popen[bytes] = self._pipes.get_extra_info("subprocess")
        signal_group(process.pid, signal.SIGKILL)
        until_s = time.monotonic() + KILLED_S
        while process.poll() is None and time.monotonic() < until_s:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.002)
        self._pipes.close()

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        """Take what came; a carriage return ends a line as well, as progress bars have it.

        A program that never stops talking waits then: the screen shares this loop.
        """
        began_s = time.perf_counter()
        self._take(fd, data)
        took_s = time.perf_counter() - began_s
        pipe = self._pipes.get_pipe_transport(fd) if self._pipes is not None else None
        if took_s > MUCH_S and isinstance(pipe, asyncio.ReadTransport) and not self.exited.done():
            pipe.pause_reading()
            asyncio.get_running_loop().call_later(took_s * REST, pipe.resume_reading)

    def _take(self, fd: int, data: bytes | str) -> None:
        part = self._parts[fd]
        raw = data if isinstance(data, bytes) else data.encode()
        for piece in raw.replace(b"\r", b"\n").splitlines(keepends=True):
            room = LINE_MOST_BYTES - len(part)
            text = piece.rstrip(b"\n")
            part += text[: max(0, room)]
            self._cut[fd] |= len(text) > room
            if piece.endswith(b"\n"):
                self._emit(fd)

    def _emit(self, fd: int) -> None:
        line = self._parts[fd].decode("utf-8", "replace")
        self._parts[fd].clear()
        if self._cut[fd]:
            line, self._cut[fd] = f"{line} … (cut)", False
        if line.strip():
            self._say[fd](line)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        """Emit what has no line end."""
        if self._parts.get(fd):
            self._emit(fd)
        self._open -= 1
        if not self._open and not self.closed.done():
            self.closed.set_result(None)

    def process_exited(self) -> None:
        """Note it; what the pipes still hold comes afterwards, and at once."""
        for fd in (1, 2):
            pipe = self._pipes.get_pipe_transport(fd) if self._pipes is not None else None
            if isinstance(pipe, asyncio.ReadTransport):
                pipe.resume_reading()
        if not self.exited.done():
            self.exited.set_result(None)


class Programs:
    """The programs of one run of a stage, so that they can be counted and ended."""

    def __init__(self) -> None:
        self._groups: set[int] = set()

    @property
    def pids(self) -> list[int]:
        """The processes that lead their groups."""
        return sorted(self._groups)

    async def run(
        self,
        argv: Sequence[str],
        *,
        on_line: Callable[[str], None],
        on_error: Callable[[str], None] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> Ran:
        """Run a program to its end; see ``Context.run``.

        Raises:
            OSError: it cannot be started.
        """
        tail: deque[str] = deque(maxlen=TAIL_LINES)

        def noted(say: Callable[[str], None] | None) -> Callable[[str], None]:
            def on(line: str) -> None:
                tail.append(line)
                if say is not None:
                    say(line)

            return on

        lines = Lines(noted(on_line), noted(on_error))
        transport, cancelled = await _begin(lines, argv, {**PLAIN, **(env or {})}, cwd)
        pid = transport.get_pid()
        self._groups.add(pid)
        try:
            if cancelled:
                raise asyncio.CancelledError  # noqa: TRY301  ended as below
            # Not awaited itself: who is cancelled while it awaits a future cancels that, too, and
            # then nothing would tell when the program has ended.
            await asyncio.wait({lines.exited})
            await asyncio.wait({lines.closed}, timeout=DRAIN_S)
            return Ran(status=transport.get_returncode() or 0, tail=tuple(tail))
        except asyncio.CancelledError:
            await self._end(pid, lines)
            raise
        finally:
            signal_group(pid, signal.SIGKILL)  # what it started and left
            self._groups.discard(pid)
            transport.close()

    async def _end(self, pid: int, lines: Lines) -> None:
        signal_group(pid, signal.SIGCONT)
        signal_group(pid, signal.SIGTERM)
        await asyncio.wait({lines.exited}, timeout=GRACE_S)
        if not lines.exited.done():
            signal_group(pid, signal.SIGKILL)
            await asyncio.wait({lines.exited}, timeout=KILLED_S)  # so that it is no zombie


async def _begin(
    lines: Lines, argv: Sequence[str], env: Mapping[str, str], cwd: str | None
) -> tuple[asyncio.SubprocessTransport, bool]:
    """Begin a program; return it, and whether this was cancelled meanwhile.

    Raises:
        OSError: it cannot be started.
    """
    loop = asyncio.get_running_loop()
    _watch_without_threads()
    starting = loop.create_task(
        loop.subprocess_exec(
            lambda: lines,
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            env={**os.environ, **env},
            cwd=cwd,
            start_new_session=True,
        )
    )
    cancelled = await _finished(starting)
    fault = starting.exception()
    if fault is not None and not isinstance(fault, _NOT_THERE):
        await lines.end_unwatched()
    if cancelled and fault is not None:
        raise asyncio.CancelledError
    return starting.result()[0], cancelled


def _watch_without_threads() -> None:
    """Let the kernel tell when programs end, as later versions of Python do by themselves.

    Before 3.12 each one had a thread that waited for it; where no thread could be had, the program
    went on, and nobody knew of it. So it is still where the kernel is too old for that (before
    5.3), or a container does not allow it.
    """
    if sys.version_info < (3, 12):
        policy = asyncio.get_event_loop_policy()
        watcher = policy.get_child_watcher()
        if not isinstance(watcher, asyncio.PidfdChildWatcher):
            if not _has_pidfds():
                return
            watcher = asyncio.PidfdChildWatcher()
            policy.set_child_watcher(watcher)
        if not watcher.is_active():
            watcher.attach_loop(asyncio.get_running_loop())


def _has_pidfds() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # ENOSYS, or EPERM where a seccomp profile does not know the call
        return False
    return True


async def _finished(starting: "asyncio.Task[tuple[asyncio.SubprocessTransport, Lines]]") -> bool:
    """Wait until a program has begun, or could not; return whether this was cancelled meanwhile.

    asyncio ends a program whose start is cancelled by SIGKILL, and then waits without end for pipes
    that nobody connects any more; one that has begun is ended as any other.
    """
    cancelled = False
    while not starting.done():
        try:
            await asyncio.wait({starting})
        except asyncio.CancelledError:
            cancelled = True
    return cancelled
