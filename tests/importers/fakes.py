"""A world for one stage that remembers what the stage told it."""

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.importers.base import GoBack, Stopped
from soniq_tui.model.job import ErrorKind


class FakeContext:
    """What a stage may use, with everything it did laid open.

    ``stop_at``: the position at which the job is asked to stop.
    """

    def __init__(
        self,
        data_dir: Path = Path("/nonexistent"),
        *,
        attempt: int = 0,
        retries: int = 0,
        suspects: tuple[int, ...] = (),
        stop_at: int | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.attempt = attempt
        self.retries = retries
        self.suspects = suspects
        self.stop_at = stop_at
        self.positions: list[tuple[int, int]] = []
        self.spawned: list[dict[str, Any]] = []
        self.checkpoints: list[msgspec.Struct] = []
        self.outlooks: list[tuple[int, int | None, int] | None] = []
        """At each checkpoint: items found and spawned until then, and what is expected (how many,
        how many of them have ended); None: nothing was said of it."""
        self.safe = 0
        """So many checkpoints are known to be on disk."""
        self.expected: tuple[int | None, int] | None = None
        self.counts = {"done": 0, "skipped": 0, "found": 0}
        self.failed: list[tuple[str, ErrorKind, str]] = []
        self.spools: dict[str, bytes] = {}
        self.said: list[str] = []
        self.done_now: list[str] = []

    def progress(self, done: int, total: int) -> None:
        self.positions.append((done, total))
        if done == self.stop_at:
            raise Stopped

    def spawn(self, payload: msgspec.Struct, **asked: Any) -> None:
        self.spawned.append({"payload": payload, **asked})

    def checkpoint(self, payload: msgspec.Struct) -> None:
        self.checkpoints.append(payload)
        brought = self.counts["found"] + sum(each.get("items", 1) for each in self.spawned)
        self.outlooks.append(self.expected and (brought, *self.expected))
        self.expected = None

    async def written(self) -> None:
        self.safe = len(self.checkpoints)

    def expect(self, items: int | None, ended: int = 0) -> None:
        self.expected = items, ended

    def take_back(self) -> None:
        self.counts["found"] -= len(self.failed)
        self.failed.clear()

    def count(self, *, done: int = 0, skipped: int = 0) -> None:
        self.counts["done"] += done
        self.counts["skipped"] += skipped

    def found(self, items: int) -> None:
        self.counts["found"] += items

    def fail(self, item: str, kind: ErrorKind, reason: str) -> None:
        self.failed.append((item, kind, reason))

    def log(self, text: str) -> None:
        self.said.append(text)

    def doing(self, text: str) -> None:
        self.done_now.append(text)

    def write_spool(self, data: bytes) -> str:
        name = f"spool-{len(self.spools)}"
        self.spools[name] = data
        return name

    def read_spool(self, name: str) -> bytes:
        try:
            return self.spools[name]
        except KeyError:
            raise GoBack(name) from None


def ended(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Return the result of a stage that never waits; needs no event loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise AssertionError("the stage waited for something")
