"""One queue: its slots, and the jobs that wait for one. Pure: no clock, no I/O."""

import heapq
from collections import deque
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from soniq_tui.engine.lanes import Entry, Lanes, Shown
from soniq_tui.model.job import Job
from soniq_tui.model.settings import QueueSettings, Scaling

AGEING_S = 60.0
"""A job that has waited this long counts as one step of priority more, so nothing starves."""


class Reserved(NamedTuple):
    """An entry that was put aside for a slot."""

    batch_id: int
    entry: Entry


class JobQueue:
    """Jobs that wait, in one heap for each batch, and numbered slots.

    Entries are never searched for: an entry counts only while its ``turn`` is the newest of its
    job, so cancelling or moving a job costs nothing here. With ageing, the rank of a job at time
    ``now`` is ``priority + (now - queued_at) / AGEING_S``; the order of two jobs never changes
    with ``now``, so ``queued_at / AGEING_S - priority`` is a fixed heap key.

    Invariants: ``depth`` is the number of QUEUED jobs of this queue, delayed and cold ones
    included; a job in memory that waits for its time or its lane is in ``_aside``, any other
    competes in ``_ready`` or is reserved in ``ahead``; a slot number is in exactly one of
    ``_free``, ``busy`` and ``due`` unless it is beyond ``slots`` and idle; slots in ``due`` have
    jobs ``ahead``.
    """

    def __init__(self, name: str, settings: QueueSettings) -> None:
        self.name = name
        self.settings = settings
        self.slots = settings.slots
        self.target = settings.slots
        """So many of the slots are in use."""
        self.reason = ""
        """Why ``target`` is what it is; empty where nobody scales."""
        self.autoscaled = settings.scaling is not Scaling.FIXED
        self.held = False
        self.busy: dict[int, int] = {}
        """Slot number to job id."""
        self.ahead: dict[int, deque[Reserved]] = {}
        """By slot, the jobs that were reserved for it, in the order in which they start."""
        self.due: set[int] = set()
        """Slots that are idle until the first job reserved for them is started."""
        self.depth = 0
        self.lanes = Lanes(settings.lane_limit, settings.lane_delay_s)
        self._free = list(range(self.slots))
        self._ready: dict[int, list[Entry]] = {}
        self._waiting: dict[int, int] = {}
        """``depth`` by batch."""
        self._cold: dict[int, int] = {}
        """Of ``_waiting``: not in memory."""
        self._aside: dict[int, dict[int, int]] = {}
        """By batch, job id to turn."""

    # ---------------------------------------------------------------- how full

    @property
    def delayed(self) -> int:
        """Jobs in memory that wait for their time or their lane."""
        return sum(map(len, self._aside.values()))

    @property
    def reserved(self) -> int:
        """Jobs that are QUEUED, and were reserved for a slot."""
        return sum(map(len, self.ahead.values()))

    def waits(self, batch_id: int) -> bool:
        """Say whether jobs of a batch wait here, in memory or not."""
        return batch_id in self._waiting

    def hot(self, batch_id: int) -> int:
        """Return how many jobs of a batch wait here and are in memory."""
        return self._waiting.get(batch_id, 0) - self._cold.get(batch_id, 0)

    def ready(self, batch_id: int) -> int:
        """Return how many of them wait for nothing but a slot."""
        return self.hot(batch_id) - len(self._aside.get(batch_id, ()))

    def full(self, starts: Callable[[int], bool]) -> bool:
        """Whether the stage before has to wait.

        Jobs of a batch for which ``starts`` says no (a paused one) do not count: they would hold
        up every other batch for as long as theirs is paused.
        """
        limit = self.settings.depth_limit
        if not limit or self.depth < limit:
            return False
        return sum(n for batch_id, n in self._waiting.items() if starts(batch_id)) >= limit

    def count(self, batch_id: int, change: int, *, cold: int = 0) -> None:
        """So many jobs more of a batch are QUEUED here, of them ``cold`` not in memory."""
        self.depth += change
        for counts, more in ((self._waiting, change), (self._cold, cold)):
            now = counts.get(batch_id, 0) + more
            if now:
                counts[batch_id] = now
            else:
                counts.pop(batch_id, None)

    # ---------------------------------------------------------------- who waits

    def push(self, job: Job, since_s: float, now_s: float) -> None:
        """Let a job compete for a slot, or wait in its lane; it was counted when it was QUEUED."""
        lane = job.lane if self.lanes.used else ""
        entry = Entry(since_s / AGEING_S - job.priority, job.turn, job.id, lane)
        if lane:
            self.set_aside(job.batch_id, job.id, job.turn)
            self._show(self.lanes.push(job.batch_id, entry, now_s))
        else:
            self._show([(job.batch_id, entry)])

    def set_aside(self, batch_id: int, job_id: int, turn: int) -> None:
        """A job waits for its time or its lane."""
        self._aside.setdefault(batch_id, {})[job_id] = turn

    def forget(self, batch_id: int, job_id: int) -> None:
        """Whatever a job waits for, it no longer counts: it moved, or waits anew."""
        aside = self._aside.get(batch_id)
        if aside is not None and aside.pop(job_id, None) is not None and not aside:
            del self._aside[batch_id]

    def batches(self) -> Iterator[int]:
        """Yield the batches that have entries, void ones included."""
        yield from self._ready

    def head(self, batch_id: int) -> Entry | None:
        """Return the best entry of a batch, or None."""
        heap = self._ready.get(batch_id)
        return heap[0] if heap else None

    def drop(self, batch_id: int, now_s: float) -> None:
        """Drop the best entry of a batch: it is void."""
        entry = self._pop(batch_id)
        if entry.lane:
            self._show(self.lanes.left(batch_id, entry, now_s))

    def park(self, batch_id: int) -> None:
        """The best entry of a batch has to wait for its lane after all."""
        entry = self._pop(batch_id)
        self.lanes.park(batch_id, entry)
        self.set_aside(batch_id, entry.job_id, entry.turn)

    def drop_batch(self, batch_id: int) -> None:
        """Drop all entries of a batch: none of its jobs waits any more."""
        self._ready.pop(batch_id, None)
        self._aside.pop(batch_id, None)
        self._cold.pop(batch_id, None)
        for slot, reserved in list(self.ahead.items()):
            self._keep(slot, deque(each for each in reserved if each.batch_id != batch_id))
        self.depth -= self._waiting.pop(batch_id, 0)
        self.lanes.drop_batch(batch_id)

    def wake(self, now_s: float) -> None:
        """Let jobs compete whose lane has become due."""
        self._show(self.lanes.wake(now_s))

    def _show(self, shown: Shown) -> None:
        for batch_id, entry in shown:
            heapq.heappush(self._ready.setdefault(batch_id, []), entry)
            if self._aside.get(batch_id, {}).get(entry.job_id) == entry.turn:
                self.forget(batch_id, entry.job_id)

    def _pop(self, batch_id: int) -> Entry:
        heap = self._ready[batch_id]
        entry = heapq.heappop(heap)
        if not heap:
            del self._ready[batch_id]
        return entry

    # ---------------------------------------------------------------- slots

    @property
    def has_free_slot(self) -> bool:
        """Whether a job could start."""
        return len(self.busy) + len(self.due) < min(self.slots, self.target) and not self.held

    def may_reserve(self) -> bool:
        """Whether jobs may be reserved for its busy slots."""
        return not self.held and len(self.busy) <= min(self.slots, self.target)

    def reserve(self, batch_id: int, slot: int) -> None:
        """Put the best entry of a batch aside for a busy slot; its job stays QUEUED."""
        self.ahead.setdefault(slot, deque()).append(Reserved(batch_id, self._pop(batch_id)))

    def take_reserved(self, slot: int) -> "Reserved":
        """Return the first entry that was reserved for an idle slot; the slot is then busy."""
        reserved = self.ahead[slot]
        first = reserved.popleft()
        if not reserved:
            del self.ahead[slot]
        self.due.discard(slot)
        self.busy[slot] = first.entry.job_id
        return first

    def return_reserved(self, slot: int, ids: Collection[int]) -> None:
        """Let jobs that were reserved for a slot compete again; they are as old as they are."""
        kept: deque[Reserved] = deque()
        for each in self.ahead.get(slot, ()):
            if each.entry.job_id in ids:
                self.put_back(*each)
            else:
                kept.append(each)
        self._keep(slot, kept)

    def put_back(self, batch_id: int, entry: Entry) -> None:
        """Let an entry that was reserved compete again."""
        self._show([(batch_id, entry)])

    def _keep(self, slot: int, reserved: "deque[Reserved]") -> None:
        if reserved:
            self.ahead[slot] = reserved
            return
        self.ahead.pop(slot, None)
        if slot in self.due:
            self.due.discard(slot)
            self._freed(slot)

    def start(self, batch_id: int, now_s: float) -> int:
        """Give the lowest free slot to the best entry of a batch and return its number."""
        entry = self._pop(batch_id)
        if entry.lane:
            self.lanes.start(entry.lane, now_s)
            self._show(self.lanes.left(batch_id, entry, now_s))
        while True:
            slot = heapq.heappop(self._free)
            if slot < self.slots and slot not in self.busy:
                self.busy[slot] = entry.job_id
                return slot

    def give_back(self, job: Job, now_s: float) -> None:
        """Free the slot of a job. O(busy slots), which are few."""
        for slot, holder in self.busy.items():
            if holder == job.id:
                self.release(slot)
                if job.lane and self.lanes.used:
                    self._show(self.lanes.end(job.lane, now_s))
                return

    def release(self, slot: int) -> None:
        """Nothing runs in a slot any more; it is idle until what is reserved for it starts."""
        del self.busy[slot]
        if slot in self.ahead:
            self.due.add(slot)
        else:
            self._freed(slot)

    def _freed(self, slot: int) -> None:
        if slot < self.slots:
            heapq.heappush(self._free, slot)

    def resize(self, slots: int) -> None:
        """Set the number of slots. A busy slot beyond it drains: it goes when its job ends.

        What the engine holds back stays so; where it used all slots it uses all again.
        """
        all_used = not self.autoscaled or self.target >= self.slots
        self.target = slots if all_used else min(self.target, slots)
        self.slots = slots
        self._free = [i for i in range(slots) if i not in self.busy and i not in self.due]
