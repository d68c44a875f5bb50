"""The lanes of one queue: jobs that share one (a host name) run few at a time, and not at once.

Pure: no clock, no I/O.
"""

import heapq
from typing import NamedTuple


class Entry(NamedTuple):
    """One job that waits; smaller ones start sooner."""

    rank: float
    turn: int
    job_id: int
    lane: str = ""


class _Lane:
    """A lane with jobs that run, or that has to keep its distance. O(1) and small."""

    __slots__ = ("due_s", "running")

    def __init__(self) -> None:
        self.running = 0
        self.due_s = 0.0
        """When the next job may start."""


Shown = list[tuple[int, Entry]]
"""Batches and their entries that may now compete for a slot."""


class Lanes:
    """Jobs that wait for their lane, and how busy each lane is.

    Of each batch the best job of an open lane is *shown*: it competes with all others of its queue.
    The others wait here and are not looked at, so a crowded lane costs those behind it nothing.

    Invariants: while a lane is open, each batch with jobs in it shows at least one, its best; a
    lane that is idle and due takes no memory.

    Args:
        limit: so many jobs of a lane run at once; 0: no limit.
        delay_s: so long after a job of a lane has started the next one may.
    """

    def __init__(self, limit: int, delay_s: float) -> None:
        self.used = bool(limit or delay_s)
        """Whether jobs of one lane get into each other's way at all."""
        self._limit, self._delay_s = limit, delay_s
        self._lanes: dict[str, _Lane] = {}
        self._waiting: dict[int, dict[str, list[Entry]]] = {}
        self._shown: dict[int, dict[str, list[Entry]]] = {}
        self._due: list[tuple[float, str]] = []

    def is_open(self, lane: str, now_s: float) -> bool:
        """Whether a job of the lane may start."""
        known = self._lanes.get(lane)
        if known is None:
            return True
        return known.due_s <= now_s and not (self._limit and known.running >= self._limit)

    def next_due_s(self) -> float | None:
        """Return when a lane for which jobs wait is next due, or None."""
        return self._due[0][0] if self._due and self._waiting else None

    def push(self, batch_id: int, entry: Entry, now_s: float) -> Shown:
        """A job begins to wait."""
        self._wait(batch_id, entry)
        return self._show(batch_id, entry.lane, now_s)

    def park(self, batch_id: int, entry: Entry) -> None:
        """One that was shown has to wait: its lane has closed meanwhile."""
        self._hide(batch_id, entry)
        self._wait(batch_id, entry)

    def left(self, batch_id: int, entry: Entry, now_s: float) -> Shown:
        """One that was shown no longer waits."""
        self._hide(batch_id, entry)
        return self._show(batch_id, entry.lane, now_s)

    def start(self, lane: str, now_s: float) -> None:
        """A job of the lane starts."""
        known = self._lanes.setdefault(lane, _Lane())
        known.running += 1
        if self._delay_s:
            known.due_s = now_s + self._delay_s
            heapq.heappush(self._due, (known.due_s, lane))

    def end(self, lane: str, now_s: float) -> Shown:
        """A job of the lane has stopped."""
        self._lanes[lane].running -= 1
        return self._opened(lane, now_s)

    def wake(self, now_s: float) -> Shown:
        """Show what the lanes let go that have become due."""
        shown: Shown = []
        while self._due and self._due[0][0] <= now_s:
            _, lane = heapq.heappop(self._due)
            shown += self._opened(lane, now_s)
        return shown

    def drop_batch(self, batch_id: int) -> None:
        """None of its jobs waits any more."""
        self._waiting.pop(batch_id, None)
        self._shown.pop(batch_id, None)

    def _opened(self, lane: str, now_s: float) -> Shown:
        known = self._lanes.get(lane)
        if known is not None and not known.running and known.due_s <= now_s:
            del self._lanes[lane]
        return [
            each for batch_id in list(self._waiting) for each in self._show(batch_id, lane, now_s)
        ]

    def _show(self, batch_id: int, lane: str, now_s: float) -> Shown:
        heap = self._waiting.get(batch_id, {}).get(lane)
        if not heap or not self.is_open(lane, now_s):
            return []
        shown = self._shown.setdefault(batch_id, {}).setdefault(lane, [])
        if shown and min(shown) < heap[0]:
            return []
        entry = heapq.heappop(heap)
        shown.append(entry)
        _prune(self._waiting, batch_id, lane)
        return [(batch_id, entry)]

    def _wait(self, batch_id: int, entry: Entry) -> None:
        heap = self._waiting.setdefault(batch_id, {}).setdefault(entry.lane, [])
        heapq.heappush(heap, entry)

    def _hide(self, batch_id: int, entry: Entry) -> None:
        self._shown[batch_id][entry.lane].remove(entry)
        _prune(self._shown, batch_id, entry.lane)


def _prune(entries: dict[int, dict[str, list[Entry]]], batch_id: int, lane: str) -> None:
    """Forget what is empty."""
    lanes = entries[batch_id]
    if not lanes[lane]:
        del lanes[lane]
    if not lanes:
        del entries[batch_id]
