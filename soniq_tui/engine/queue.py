"""One queue: its slots, and the jobs that wait for one. Pure: no clock, no I/O."""

import heapq
from collections.abc import Callable, Iterator

from soniq_tui.model.settings import QueueSettings

AGEING_S = 60.0
"""A job that has waited this long counts as one step of priority more, so nothing starves."""


class JobQueue:
    """Jobs that wait, in one heap for each batch, and numbered slots.

    Entries are never searched for: an entry counts only while its ``turn`` is the newest of its
    job, so cancelling or moving a job costs nothing here. With ageing, the rank of a job at time
    ``now`` is ``priority + (now - queued_at) / AGEING_S``; the order of two jobs never changes
    with ``now``, so ``queued_at / AGEING_S - priority`` is a fixed heap key.

    Invariants: ``depth`` is the number of QUEUED jobs of this queue, delayed ones included; a slot
    number is in exactly one of ``_free`` and ``busy`` unless it is beyond ``slots`` and idle.
    """

    def __init__(self, name: str, settings: QueueSettings) -> None:
        self.name = name
        self.settings = settings
        self.slots = settings.slots
        self.busy: dict[int, int] = {}
        """Slot number to job id."""
        self.depth = 0
        self.held = False
        self._free = list(range(self.slots))
        self._ready: dict[int, list[tuple[float, int, int]]] = {}
        self._waiting: dict[int, int] = {}
        """``depth`` by batch."""

    def full(self, starts: Callable[[int], bool]) -> bool:
        """Whether the stage before has to wait.

        Jobs of a batch for which ``starts`` says no (a paused one) do not count: they would hold
        up every other batch for as long as theirs is paused.
        """
        limit = self.settings.depth_limit
        if not limit or self.depth < limit:
            return False
        return sum(n for batch_id, n in self._waiting.items() if starts(batch_id)) >= limit

    @property
    def has_free_slot(self) -> bool:
        """Whether a job could start."""
        return len(self.busy) < self.slots and not self.held

    def count(self, batch_id: int, change: int) -> None:
        """One job more (1) or less (-1) of a batch is QUEUED here."""
        self.depth += change
        waiting = self._waiting.get(batch_id, 0) + change
        if waiting:
            self._waiting[batch_id] = waiting
        else:
            self._waiting.pop(batch_id, None)

    def push(self, batch_id: int, job_id: int, turn: int, priority: int, queued_s: float) -> None:
        """Let a job compete for a slot; it was counted when it was QUEUED."""
        heap = self._ready.setdefault(batch_id, [])
        heapq.heappush(heap, (queued_s / AGEING_S - priority, turn, job_id))

    def batches(self) -> Iterator[int]:
        """Yield the batches that have entries, void ones included."""
        yield from self._ready

    def head(self, batch_id: int) -> tuple[float, int, int] | None:
        """Return ``(key, turn, job id)`` of the best entry of a batch, or None."""
        heap = self._ready.get(batch_id)
        return heap[0] if heap else None

    def pop(self, batch_id: int) -> None:
        """Drop the best entry of a batch."""
        heap = self._ready[batch_id]
        heapq.heappop(heap)
        if not heap:
            del self._ready[batch_id]

    def drop_batch(self, batch_id: int) -> None:
        """Drop all entries of a batch: none of its jobs waits any more."""
        self._ready.pop(batch_id, None)
        self.depth -= self._waiting.pop(batch_id, 0)

    def take_slot(self, job_id: int) -> int:
        """Give the lowest free slot to a job and return its number."""
        while True:
            slot = heapq.heappop(self._free)
            if slot < self.slots and slot not in self.busy:
                self.busy[slot] = job_id
                return slot

    def give_back(self, job_id: int) -> None:
        """Free the slot of a job. O(busy slots), which are few."""
        for slot, holder in self.busy.items():
            if holder == job_id:
                del self.busy[slot]
                if slot < self.slots:
                    heapq.heappush(self._free, slot)
                return

    def resize(self, slots: int) -> None:
        """Set the number of slots. A busy slot beyond it drains: it goes when its job ends."""
        self.slots = slots
        self._free = [i for i in range(slots) if i not in self.busy]
