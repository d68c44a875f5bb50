"""What was done minute by minute, until the journal has it. Pure: wall-clock time is passed in."""

from soniq_tui.model.events import Counted
from soniq_tui.model.snapshot import HistoryRow

MINUTE_S = 60
ROWS_MOST = 2000
"""When nobody fetches them, rows beyond are put together with those of the next minute."""

_Key = tuple[int, str]


class _Sums:
    """What one queue did for one batch in one minute."""

    __slots__ = ("busy_s", "failed", "items", "jobs")

    def __init__(self) -> None:
        self.jobs = self.failed = self.items = 0
        self.busy_s = 0.0

    def add(self, jobs: int, failed: int, items: int, busy_s: float) -> None:
        self.jobs += jobs
        self.failed += failed
        self.items += items
        self.busy_s += busy_s


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
        busy_s: float = 0.0,
        now_at_s: float,
    ) -> None:
        """A queue did this for a batch just now."""
        self._turn(now_at_s)
        sums = self._open.get((batch_id, queue))
        if sums is None:
            sums = self._open[batch_id, queue] = _Sums()
        sums.add(jobs, failed, items, busy_s)

    def due(self, now_at_s: float) -> Counted | None:
        """Return the minutes that have ended since the last call, or None."""
        self._turn(now_at_s)
        return self._handed_over()

    def flush(self) -> Counted | None:
        """Return all that was counted, the minute that is open included, or None."""
        self._close()
        return self._handed_over()

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
                into.add(sums.jobs, sums.failed, sums.items, sums.busy_s)

    def _handed_over(self) -> Counted | None:
        rows = tuple(
            HistoryRow(
                at_s=float(minute * MINUTE_S),
                batch_id=batch_id,
                queue=queue,
                jobs=sums.jobs,
                failed=sums.failed,
                items=sums.items,
                busy_s=sums.busy_s,
            )
            for minute, counts in self._ended
            for (batch_id, queue), sums in counts.items()
        )
        self._ended.clear()
        return Counted(rows=rows) if rows else None
