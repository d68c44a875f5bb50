"""Runs a foreign program for a stage: its lines as they come, all that it started ended with it.

A keeper starts it (``keeper``). What it writes is read to the end whatever it writes: a line longer
than ``LINE_MOST_BYTES`` is cut, the rest dropped. When the stage is cancelled the program and all
that it started get SIGTERM, and SIGKILL after ``wire.GRACE_S``.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

from soniq_tui.importers.base import Ran
from soniq_tui.runners.held import STUCK_S, Kept
from soniq_tui.runners.template_client import Template
from soniq_tui.runners.wire import GRACE_S, Ended, Keep, Refused

LINE_MOST_BYTES = 64 * 1024
TAIL_LINES = 40
READ_BYTES = 256 * 1024
DRAIN_S = 0.5
"""So long the pipes of a program that has ended are read; then something holds them that hangs in
the kernel."""
MUCH_S, REST = 0.005, 4
"""A pipe whose lines took so long is left alone for so many times as long."""
PLAIN = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8:backslashreplace", "LC_ALL": "C.UTF-8"}
"""So that lines come when they are written, in a charset that is known."""


class Output:
    """A pipe that a program writes to, cut into bounded lines; a context that closes it.

    Args:
        say: called with each line that is not empty.

    Raises:
        OSError: too many files are open.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._part = bytearray()
        self._cut = False
        self._hurry = False
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._fd, self.inner = os.pipe2(os.O_CLOEXEC)
        """The program's end is ``inner``."""

    def __enter__(self) -> Self:
        os.set_blocking(self._fd, False)
        self._loop.add_reader(self._fd, self._readable)
        return self

    def __exit__(self, *_: object) -> None:
        self.given()
        self._close()

    def given(self) -> None:
        """The program has its end, and nobody else is to have it."""
        if self.inner >= 0:
            os.close(self.inner)
            self.inner = -1

    def hurry(self) -> None:
        """The program has ended: what the pipe still holds is read at once."""
        self._hurry = True
        self._resume()

    def _resume(self) -> None:
        if self._fd >= 0:
            self._loop.add_reader(self._fd, self._readable)

    def _close(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1
            self.closed.set_result(None)

    def _readable(self) -> None:
        """Take what came.

        A program that never stops talking waits then: the screen shares this loop.
        """
        with suppress(BlockingIOError):
            data = os.read(self._fd, READ_BYTES)
            if not data:
                self._close()
                if self._part:
                    self._emit()  # it has no line end
                return
            began_s = time.perf_counter()
            self._take(data)
            took_s = time.perf_counter() - began_s
            if took_s > MUCH_S and not self._hurry:
                self._loop.remove_reader(self._fd)
                self._loop.call_later(took_s * REST, self._resume)

    def _take(self, data: bytes) -> None:
        """A carriage return ends a line as well, as progress bars have it."""
        for piece in data.replace(b"\r", b"\n").splitlines(keepends=True):
            room = LINE_MOST_BYTES - len(self._part)
            text = piece.rstrip(b"\n")
            self._part += text[: max(0, room)]
            self._cut |= len(text) > room
            if piece.endswith(b"\n"):
                self._emit()

    def _emit(self) -> None:
        line = self._part.decode("utf-8", "replace")
        self._part.clear()
        if self._cut:
            line, self._cut = f"{line} … (cut)", False
        if line.strip():
            self._say(line)


class Programs:
    """The programs of one run of a stage, so that they can be counted.

    Args:
        template: forks their keepers.
    """

    def __init__(self, template: Template) -> None:
        self._template = template
        self.pids: set[int] = set()
        """The programs that run, without what they started."""
        self.ending = 0
        """So many are being ended."""

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
            ChildDiedError: its keeper could not be had, or died.
        """
        tail: deque[str] = deque(maxlen=TAIL_LINES)

        def noted(say: Callable[[str], None] | None) -> Callable[[str], None]:
            def on(line: str) -> None:
                tail.append(line)
                if say is not None:
                    say(line)

            return on

        with Output(noted(on_line)) as out, Output(noted(on_error)) as err:
            request = _request(argv, {**os.environ, **PLAIN, **(env or {})}, cwd)
            kept = await self._template.keep(request, out.inner, err.inner)
            try:
                out.given()
                err.given()
                return Ran(status=await self._ended(argv[0], kept, out, err), tail=tuple(tail))
            finally:
                self.ending += 1
                try:
                    await kept.end()
                except asyncio.CancelledError:  # what had run into a limit of its stage's own
                    with suppress(TimeoutError):  # at the engine's end nobody waits without one
                        async with asyncio.timeout(GRACE_S + STUCK_S):
                            await kept.end()
                    raise
                finally:
                    self.ending -= 1

    async def _ended(self, program: str, kept: Kept, *outputs: Output) -> int:
        """Return how a program ended that is about to begin, when all that it wrote is read."""
        begun = await kept.told()
        if isinstance(begun, Refused):
            raise OSError(begun.code, begun.reason, program)
        self.pids.add(begun.pid)
        try:
            ended = await kept.told()
        finally:
            self.pids.discard(begun.pid)
        for output in outputs:
            output.hurry()
        await asyncio.wait({output.closed for output in outputs}, timeout=DRAIN_S)
        return os.waitstatus_to_exitcode(ended.status) if isinstance(ended, Ended) else 0


def _request(argv: Sequence[str], env: Mapping[str, str], cwd: str | None) -> Keep:
    return Keep(
        argv=tuple(map(os.fsencode, argv)),
        env={os.fsencode(name): os.fsencode(value) for name, value in env.items()},
        cwd=os.fsencode(cwd or ""),
    )
