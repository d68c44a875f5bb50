"""Plays a recording: a client whose engine is a file.

The player stands at a moment of the recording and moves on by itself, at any speed. Snapshots and
answers are those of that moment; an answer that was asked for only a little later counts as well,
and of what does not move by itself (forms, results, details) any one does. Commands are refused:
what was, was.
"""

# ruff: noqa: ARG002  what is refused is not looked at

import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import msgspec

from soniq_tui.api import wire
from soniq_tui.errors import EngineError, UsageError
from soniq_tui.host.recording import Chunk, Kind, Reader, digest, sane
from soniq_tui.model.commands import Command, Reply
from soniq_tui.model.details import JobDetail, Output
from soniq_tui.model.forms import FormSpec, Preview
from soniq_tui.model.report import Report
from soniq_tui.model.results import DetailQuery, ResultDetail, ResultPage, ResultQuery
from soniq_tui.model.snapshot import Page, Query, Snapshot
from soniq_tui.words import _, figure, mark

REFUSED = mark("this is a recording: nothing in it can be changed")
ABSENT = mark("nobody looked at this when it was recorded")
TICK_S = 1.0
"""While it plays the time that is shown moves so often."""
AHEAD_S = 5.0
"""A list that was asked for so much later is shown already."""
STILL = frozenset({"describe", "results", "detail"})
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
SPEED_LEAST, SPEED_MOST = 0.01, 10_000.0
TOTAL_MOST = 1_000_000_000
BOUNDS: dict[str, tuple[int, int]] = {
    # How long a list may be, or how large a number; no engine shows more, and a screen would stall.
    "batches": (0, 10_000),
    "queues": (0, 1_000),
    "slots": (0, 10_000),
    "rates": (0, 10_000),
    "scaled": (0, 10_000),
    "rows": (0, 10_000),
    "columns": (0, 64),
    "views": (0, 64),
    "facts": (0, 1_000),
    "fields": (0, 200),
    "attempts": (0, 1_000_000),
    "errors": (0, 10_000),
    "changes": (0, 100),
    "lines": (0, 10_000),
    "total": (0, TOTAL_MOST),
    "offset": (0, TOTAL_MOST),
    "width": (0, 4_096),
    "height": (0, 4_096),
    "rank": (-1_000, 1_000),
}


def within_bounds(value: object) -> None:
    """Let pass what a screen can hold.

    Raises:
        ValueError: a list is too long, or a number is none that can be.
    """
    if isinstance(value, tuple | list):
        for each in value:
            within_bounds(each)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            inner = getattr(value, name)
            size = len(inner) if isinstance(inner, tuple | list | dict) else inner
            low, high = BOUNDS.get(name, (0, 0))
            if high and isinstance(size, int) and not low <= size <= high:
                raise ValueError(f"{name} of {size:,}")
            if not isinstance(inner, str | int | float | bytes | None):
                within_bounds(inner)


class ReplayClient:
    """``model.ports.Client`` of a recording, and its player.

    Args:
        path: the recording.
        speed: how many seconds of it pass in one.
        clock: seconds that never go back.

    Raises:
        UsageError: it cannot be read.
    """

    def __init__(
        self, path: Path, speed: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not SPEED_LEAST <= speed <= SPEED_MOST:
            text = _("a speed of {speed}: give one from {least} to {most}")
            raise UsageError(
                text.format(speed=f"{speed:g}", least=SPEED_LEAST, most=figure(SPEED_MOST))
            )
        self._reader = Reader(path)
        self.about = self._reader.about
        self._snapshots = [c for c in self._reader.chunks if c.kind is Kind.SNAPSHOT]
        self._times = [chunk.at_s for chunk in self._snapshots]
        self._answers: dict[bytes, list[Chunk]] = {}
        for chunk in self._reader.chunks:
            if chunk.kind is Kind.ANSWER:
                self._answers.setdefault(chunk.question, []).append(chunk)
        if not self._snapshots:
            self._reader.close()
            text = _("{path} holds nothing that was seen: it ends at its beginning")
            raise UsageError(text.format(path=path))
        self.length_s = self._reader.chunks[-1].at_s
        self.why_end = self._why_end()
        self.speed, self.paused = speed, False
        self._clock = clock
        self._from_s, self._since_s = 0.0, clock()
        self._version = 0
        self._shown: tuple[object, ...] = ()
        """What the version stands for: the snapshot and the second of the recording."""
        self._moved = asyncio.Event()

    def close(self) -> None:
        """Give the file back."""
        self._reader.close()

    def _why_end(self) -> str:
        if self._reader.cut:
            return mark("it was cut here")
        body = self._reader.body(self._reader.chunks[-1])
        return body[:200].decode("utf-8", "replace")

    # ---------------------------------------------------------------- the player

    @property
    def position_s(self) -> float:
        """Where it stands, in seconds of the recording."""
        gone_s = 0.0 if self.paused else (self._clock() - self._since_s) * self.speed
        return min(self.length_s, max(0.0, self._from_s + gone_s))

    @property
    def at_end(self) -> bool:
        """Whether the last picture stands still."""
        return self.position_s >= self.length_s

    def moments(self) -> list[float]:
        """Return when something new is to be seen, the end included."""
        return [*self._times, self.length_s]

    def seek(self, position_s: float) -> None:
        """Go to a moment."""
        self._from_s = min(self.length_s, max(0.0, position_s))
        self._since_s = self._clock()
        self._moved.set()

    def pause(self, *, on: bool) -> None:
        """Stand still, or go on."""
        position_s = self.position_s
        self.paused = on
        self.seek(position_s)

    def change_speed(self, step: int) -> None:
        """Take the next of :data:`SPEEDS`, upwards or downwards."""
        position_s = self.position_s
        if step > 0:
            self.speed = next((s for s in SPEEDS if s > self.speed), self.speed)
        else:
            self.speed = next((s for s in reversed(SPEEDS) if s < self.speed), self.speed)
        self.seek(position_s)

    # ---------------------------------------------------------------- looking

    def _number(self, position_s: float) -> int:
        return max(0, bisect_right(self._times, position_s) - 1)

    def _picture(self) -> tuple[Chunk, tuple[object, ...]]:
        """Return the snapshot of this moment, and all that makes one moment differ from another."""
        position_s = self.position_s
        chunk = self._snapshots[self._number(position_s)]
        return chunk, (chunk.offset, int(position_s), self.paused, self.speed)

    async def snapshot(self) -> Snapshot:
        """See ``Client``. Its version grows as the recording moves, whichever way."""
        chunk, shown = self._picture()
        if shown != self._shown:
            self._shown, self._version = shown, self._version + 1
        found: Snapshot = self._read(chunk, "snapshot")
        return msgspec.structs.replace(found, version=self._version)

    async def changed(self, version: int) -> None:
        """See ``Client``."""
        while version == self._version and self._picture()[1] == self._shown:
            self._moved.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), self._until_next_s())

    def _until_next_s(self) -> float | None:
        """Return how long nothing new is to be seen; None where it stands still."""
        position_s = self.position_s
        if self.paused or position_s >= self.length_s:
            return None
        at = bisect_right(self._times, position_s)
        next_s = self._times[at] if at < len(self._times) else self.length_s
        return max(0.0, min(TICK_S, (next_s - position_s) / self.speed))

    def _answer(self, method: str, *question: object) -> Any:
        known = self._answers.get(digest(method, question), ())
        position_s = self.position_s
        before = [chunk for chunk in known if chunk.at_s <= position_s]
        ahead_s = self.length_s if method in STILL else position_s + AHEAD_S
        found = before[-1:] or [chunk for chunk in known if chunk.at_s <= ahead_s][:1]
        if not found:
            raise UsageError(_(ABSENT))
        return self._read(found[0], method)

    def _read(self, chunk: Chunk, method: str) -> Any:
        try:
            found = wire.METHODS[method].result.decode(self._reader.body(chunk))
            sane(found)
            within_bounds(found)
        except (msgspec.MsgspecError, ValueError, RecursionError) as exc:
            why = _("the recording is damaged: {why}").format(why=exc)
            raise EngineError(why) from exc
        return found

    async def browse(self, query: Query) -> Page:
        """See ``Client``."""
        return cast("Page", self._answer("browse", query))

    async def job(self, job_id: int) -> JobDetail | None:
        """See ``Client``."""
        return cast("JobDetail | None", self._answer("job", job_id))

    async def output(self, job_id: int, after: int) -> Output:
        """See ``Client``."""
        return cast("Output", self._answer("output", job_id, after))

    async def describe(self) -> list[FormSpec]:
        """See ``Client``."""
        return cast("list[FormSpec]", self._answer("describe"))

    async def results(self, query: ResultQuery) -> ResultPage:
        """See ``Client``."""
        return cast("ResultPage", self._answer("results", query))

    async def detail(self, query: DetailQuery) -> ResultDetail:
        """See ``Client``."""
        return cast("ResultDetail", self._answer("detail", query))

    async def report(self, batch_id: int) -> Report | None:
        """See ``Client``."""
        return cast("Report | None", self._answer("report", batch_id))

    # ---------------------------------------------------------------- refused

    async def send(self, command: Command) -> Reply:
        """See ``Client``."""
        return Reply(ok=False, text=_(REFUSED))

    async def preview(self, importer: str, options: dict[str, object]) -> Preview:
        """See ``Client``."""
        return Preview(ok=False, text=_(REFUSED))

    async def launch(self, importer: str, options: dict[str, object]) -> Reply:
        """See ``Client``."""
        raise UsageError(_(REFUSED))

    async def deed(self, importer: str, name: str, words: dict[str, str]) -> Reply:
        """See ``Client``."""
        raise UsageError(_(REFUSED))

    async def metrics(self) -> str:
        """See ``Client``."""
        raise UsageError(_(REFUSED))

    async def end(self, *, finish: bool) -> Reply:
        """See ``Client``."""
        return Reply(ok=False, text=_(REFUSED))
