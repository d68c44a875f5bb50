"""What was done minute by minute, until the journal has it. Pure: wall-clock time is passed in."""

from bisect import bisect_right
from collections.abc import Container, Sequence

from soniq_tui.model.events import Counted
from soniq_tui.model.snapshot import TOOK_S, HistoryRow

MINUTE_S = 60
ROWS_MOST = 2000
"""When nobody fetches them, rows beyond are put together with those of the next minute."""

_Key = tuple[int, str]


class _Sums:
    """What one queue did for one batch in one minute."""

    __slots__ = ("busy_s", "errors", "failed", "items", "jobs", "took")

    def __init__(self) -> None:
        self.jobs = self.failed = self.items = self.errors = 0
        self.busy_s = 0.0
        self.took = [0] * (len(TOOK_S) + 1)

    def add(self, jobs: int, failed: int, items: int, errors: int, busy_s: float) -> None:
        self.jobs += jobs
        self.failed += failed
        self.items += items
        self.errors += errors
        self.busy_s += busy_s

    def merge(self, other: "_Sums") -> None:
        self.add(other.jobs, other.failed, other.items, other.errors, other.busy_s)
        self.took = [a + b for a, b in zip(self.took, other.took, strict=True)]

    def row(self, minute: int, key: _Key) -> HistoryRow:
        batch_id, queue = key
        return HistoryRow(
            at_s=float(minute * MINUTE_S),
            batch_id=batch_id,
            queue=queue,
            jobs=self.jobs,
            failed=self.failed,
            items=self.items,
            busy_s=self.busy_s,
            errors=self.errors,
            took=trimmed(self.took),
        )


def trimmed(took: Sequence[int]) -> tuple[int, ...]:
    """Return counts of durations without the zeros at the end."""
    used = max((step for step, count in enumerate(took, 1) if count), default=0)
    return tuple(took[:used])


class History:
    """Counts for one minute at a time, and hands each minute over once it has ended.

    A clock that is set back by less than a minute goes on in the minute that is open. Set back
    further, that minute ends and an earlier one begins, so rows of the same minute may come twice:
    they are to be added up, none replaces another.
    """

    def __init__(self) -> None:
        self._minute = 0
        self._open: dict[_Key, _Sums] = {}
        self._ended: list[tuple[int, dict[_Key, _Sums]]] = []

    def add(
        self,
        batch_id: int,
        queue: str,
        *,
        jobs: int = 0,
        failed: int = 0,
        items: int = 0,
        errors: int = 0,
        busy_s: float = 0.0,
        now_at_s: float,
    ) -> None:
        """A queue did this for a batch just now; ``jobs`` took ``busy_s`` together."""
        self._turn(now_at_s)
        sums = self._open.get((batch_id, queue))
        if sums is None:
            sums = self._open[batch_id, queue] = _Sums()
        sums.add(jobs, failed, items, errors, busy_s)
        if jobs:
            sums.took[bisect_right(TOOK_S, busy_s / jobs)] += jobs

    def open_rows(self, batch_id: int | None = None) -> list[HistoryRow]:
        """Return what was counted and not handed over, newest first, of one batch or of all."""
        return [
            sums.row(minute, key)
            for minute, counts in reversed([*self._ended, (self._minute, self._open)])
            for key, sums in counts.items()
            if batch_id is None or key[0] == batch_id
        ]

    def due(self, now_at_s: float) -> Counted | None:
        """Return the minutes that have ended since the last call, or None."""
        self._turn(now_at_s)
        return self._handed_over()

    def flush(self) -> Counted | None:
        """Return all that was counted, the minute that is open included, or None."""
        self._close()
        return self._handed_over()

    def forget(self, batch_ids: Container[int]) -> None:
        """Batches were removed: nothing more is written of them."""
        for counted in (self._open, *(counts for _minute, counts in self._ended)):
            for key in [key for key in counted if key[0] in batch_ids]:
                del counted[key]

    def _turn(self, now_at_s: float) -> None:
        minute = int(now_at_s // MINUTE_S)
        # One minute back may be a moment back: a clock that is trimmed makes no new rows.
        if minute not in {self._minute, self._minute - 1}:
            self._close()
            self._minute = minute

    def _close(self) -> None:
        if self._open:
            self._ended.append((self._minute, self._open))
            self._open = {}
        while len(self._ended) > 1 and sum(len(sums) for _, sums in self._ended) > ROWS_MOST:
            _, oldest = self._ended.pop(0)
            following = self._ended[0][1]
            for key, sums in oldest.items():
                into = following.setdefault(key, _Sums())
                into.merge(sums)

    def _handed_over(self) -> Counted | None:
        rows = tuple(
            sums.row(minute, key) for minute, counts in self._ended for key, sums in counts.items()
        )
        self._ended.clear()
        return Counted(rows=rows) if rows else None
