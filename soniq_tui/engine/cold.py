"""Waiting jobs that are not kept in memory: only their numbers, since the journal has the rest.

Pure: no I/O, no clock.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

HOT_MOST = 1000
"""So many jobs of a batch compete for the slots of a queue; the others of them are cold."""
LOOK_AHEAD = 8
"""So many times ``HOT_MOST`` are in memory at most while most of them wait for time or lane."""
GRAIN_S = 10.0
"""When a cold job was queued is known this precisely: a sixth of what one priority is worth."""
FEW = 32
"""Up to so many numbers are taken out one by one (a memmove each), more in one sweep."""


class ColdStage:
    """The cold jobs of one batch that wait for one stage, oldest first.

    Invariants: a number is either in ``_ids`` or, once it was asked for, in ``asked``; ``_marks``
    are pairs of a number and the time from which on jobs from that number on were queued, both
    ascending.
    """

    __slots__ = ("_ids", "_marks", "_ordered", "asked", "finds")

    def __init__(self, *, finds: bool) -> None:
        self.finds = finds
        """The stage brings further items."""
        self.asked: set[int] = set()
        """Being read from the journal."""
        self._ids = array("q")
        self._ordered = True
        self._marks: list[tuple[int, float]] = []

    def __len__(self) -> int:
        return len(self._ids) + len(self.asked)

    def __contains__(self, job_id: int) -> bool:
        return job_id in self.asked or self._place(job_id) is not None

    def add(self, job_id: int, now_s: float) -> None:
        """One more, queued at ``now_s``."""
        self._ordered = self._ordered and (not self._ids or self._ids[-1] < job_id)
        self._ids.append(job_id)
        marks = self._marks
        if not marks or (job_id > marks[-1][0] and now_s - marks[-1][1] >= GRAIN_S):
            marks.append((job_id, now_s))

    def extend(self, ids: Iterable[int]) -> None:
        """Add many whose time is not known until :meth:`mark`."""
        self._ids.extend(ids)
        self._ordered = False

    def mark(self, now_s: float) -> None:
        """Those whose time is not known count as queued at ``now_s``."""
        if not self._marks:
            self._marks.append((0, now_s))

    def ask(self, most: int) -> list[int]:
        """Return the oldest that were not yet asked for; they count as asked for from now on."""
        self._sort()
        ids = self._ids[:most].tolist()
        del self._ids[:most]
        self.asked.update(ids)
        return ids

    def take(self, ids: set[int]) -> set[int]:
        """Take these out, asked for or not; return those that were here. O(``ids`` + log n)."""
        found = self.asked & ids
        self.asked -= found
        others = ids - found
        if len(others) > FEW:
            here = others.intersection(self._ids)
            found |= here
            if here:
                self._ids = array("q", (i for i in self._ids if i not in here))
        else:
            for job_id in others:
                at = self._place(job_id)
                if at is not None:
                    del self._ids[at]
                    found.add(job_id)
        self._forget_marks()
        return found

    def since_s(self, job_id: int, now_s: float) -> float:
        """Return when a job was queued, at most ``GRAIN_S`` too early; ``now_s`` if unknown.

        One that was queued again and is older than its neighbours counts as long as they do.
        """
        if not self._marks:
            return now_s
        at = bisect_right(self._marks, job_id, key=lambda mark: mark[0])
        return self._marks[max(0, at - 1)][1]

    def _place(self, job_id: int) -> int | None:
        self._sort()
        at = bisect_left(self._ids, job_id)
        return at if at < len(self._ids) and self._ids[at] == job_id else None

    def _sort(self) -> None:
        if not self._ordered:
            self._ids = array("q", sorted(self._ids))
            self._ordered = True

    def _forget_marks(self) -> None:
        if len(self._marks) > 1 and len(self):
            self._sort()
            first = min((*self.asked, *self._ids[:1]))
            at = bisect_right(self._marks, first, key=lambda mark: mark[0])
            del self._marks[: max(0, at - 1)]


class Cold:
    """The cold jobs of one batch, by stage."""

    __slots__ = ("_stages",)

    def __init__(self) -> None:
        self._stages: dict[str, ColdStage] = {}

    def __len__(self) -> int:
        return sum(map(len, self._stages.values()))

    def __bool__(self) -> bool:
        return bool(self._stages)

    def __contains__(self, job_id: int) -> bool:
        return any(job_id in part for part in self._stages.values())

    @property
    def finds(self) -> bool:
        """Whether one of them may bring further items."""
        return any(part.finds for part in self._stages.values())

    def part(self, stage: str) -> ColdStage | None:
        """Return those that wait for a stage, or None where there are none."""
        return self._stages.get(stage)

    def parts(self) -> Iterator[tuple[str, ColdStage]]:
        """Yield them by stage, those that were asked for longest ago first."""
        yield from self._stages.items()

    def grown(self, stage: str, *, finds: bool) -> ColdStage:
        """Return where one more of a stage is to be added."""
        part = self._stages.get(stage)
        if part is None:
            part = self._stages[stage] = ColdStage(finds=finds)
        return part

    def ask(self, stage: str, most: int) -> list[int]:
        """Return the oldest of a stage that were not yet asked for; then it is others' turn."""
        part = self._stages[stage] = self._stages.pop(stage)
        return part.ask(most)

    def take(self, stage: str, ids: set[int]) -> set[int]:
        """Take these out of a stage; return those that were there."""
        part = self._stages.get(stage)
        if part is None:
            return set()
        found = part.take(ids)
        if not len(part):
            del self._stages[stage]
        return found

    def clear(self) -> None:
        """None of them waits any more."""
        self._stages.clear()
