"""Rates, medians and busy slots; what the time left is reckoned from. Pure: time is passed in."""

import math
from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from soniq_tui.engine.eta import ENDED_LEAST, Eta, Flow, Lengths, by_jobs

WINDOW_S = 10
"""Rates are of the last so many seconds."""
ETA_AFTER_S = 2.0
"""No time left is named before this much work has been seen."""
LEAST_S = 0.2
"""A shorter time tells nothing of a rate."""
REST_S = 5.0
"""After a longer rest (a pause) rates begin anew; a shorter one is part of the work."""
KEPT_S = 120
"""So many per-second values are kept for the graph."""
LENGTHS_KEPT = 50
"""The time left is reckoned from how long so many jobs took."""
SHORT_S, LONG_S = 5.0, 20.0
"""Jobs that take less on average are a flow of items, those that take more are looked at one by
one; in between both count, so that no figure jumps."""
LATE_S = 2.0
"""A search tells of what it has found within this time; one that does not has come to a stand."""
UNSURE = 2.0
"""Two answers that differ by more are none."""
_STEPS = 8
"""Buckets of the histogram per factor of two: medians are within 4.5 %."""


class Histogram:
    """How long things took, in buckets that grow by a fixed factor."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def add(self, count: int, seconds: float) -> None:
        """``count`` things took ``seconds`` each."""
        if count > 0 and seconds > 0:
            bucket = math.floor(math.log2(seconds) * _STEPS)
            self._counts[bucket] = self._counts.get(bucket, 0) + count

    def median_s(self) -> float | None:
        """Return the median, or None when there was nothing."""
        total = sum(self._counts.values())
        seen = 0
        for bucket in sorted(self._counts):
            seen += self._counts[bucket]
            if 2 * seen >= total:
                return float(2.0 ** ((bucket + 0.5) / _STEPS))
        return None


class Busy:
    """How many of something were busy on average over the last ``WINDOW_S`` seconds.

    Keeps the sum of busy time at the first event of each second; in between it grew evenly enough.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sum_s = 0.0
        self._since_s: float | None = None
        self._marks: deque[tuple[float, float]] = deque(maxlen=WINDOW_S + 2)

    def change(self, by: int, now_s: float) -> None:
        """So many more, or with a minus less, are busy from now on."""
        self._sum_s = self._sum_at(now_s)
        self._since_s = now_s
        if not self._marks or now_s - self._marks[-1][0] >= 1:
            self._marks.append((now_s, self._sum_s))
        self.count = max(0, self.count + by)

    def mean(self, now_s: float) -> float:
        """Return how many were busy on average, over less time where there was less."""
        if not self._marks:
            return 0.0
        from_s = max(now_s - WINDOW_S, self._marks[0][0])
        if now_s - from_s <= LEAST_S:
            return float(self.count)
        return (self._sum_at(now_s) - self._sum_then(from_s)) / (now_s - from_s)

    def _sum_at(self, now_s: float) -> float:
        return self._sum_s + self.count * (
            now_s - (now_s if self._since_s is None else self._since_s)
        )

    def _sum_then(self, then_s: float) -> float:
        points = [*self._marks, (self._since_s or 0.0, self._sum_s)]
        for (a_s, a), (b_s, b) in pairwise(points):
            if a_s <= then_s < b_s:
                return a + (b - a) * (then_s - a_s) / (b_s - a_s)
        return self._sum_at(then_s)


class Meter:
    """Counts items as they end.

    Values live in one bucket for each second of monotonic time, so adding is O(1) and a rate is a
    sum over ``WINDOW_S`` buckets.
    """

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, int]] = deque(maxlen=KEPT_S)
        self._first_s: float | None = None
        """When the work began that rates are reckoned from."""
        self._rested_s: float | None = None
        self._still_s = 0.0
        """Time before the first work, and of all rests since that were no part of it."""
        self.busy_since_s: float | None = None
        self.worked_s = 0.0
        self._histogram = Histogram()
        self._flow = Flow()
        self._lengths: deque[float] = deque(maxlen=LENGTHS_KEPT)

    def begin(self, now_s: float) -> None:
        """A first job of what is measured began to run."""
        if self.busy_since_s is not None:
            return
        self.busy_since_s = now_s
        if self._rested_s is None or now_s - self._rested_s > REST_S:
            self._still_s += now_s - (self._rested_s or 0.0)
            self._first_s = now_s

    def rest(self, now_s: float) -> None:
        """The last job of what is measured stopped running."""
        if self.busy_since_s is not None:
            self.worked_s += now_s - self.busy_since_s
            self.busy_since_s, self._rested_s = None, now_s

    def working_s(self, now_s: float) -> float:
        """Return for how long at least one job ran."""
        running_s = now_s - self.busy_since_s if self.busy_since_s is not None else 0.0
        return self.worked_s + running_s

    def add(self, items: int, now_s: float, *, worked: bool = True) -> None:
        """``items`` ended now; without ``worked`` they ended as they were found.

        These tell nothing of how long others take: a scan passes over a thousand unchanged files
        while it reads one.
        """
        if items <= 0:
            return
        if worked:
            self._flow.add(items, self._work_s(now_s))
        second = int(now_s)
        if self._seconds and self._seconds[-1][0] == second:
            items += self._seconds.pop()[1]
        self._seconds.append((second, items))

    def took(self, items: int, seconds: float) -> None:
        """A job of ``items`` took ``seconds``."""
        if items > 0 and seconds > 0:
            self._histogram.add(items, seconds / items)
            self._lengths.append(seconds)

    def rate(self, now_s: float) -> float:
        """Return items per second over the last ``WINDOW_S`` to ``WINDOW_S + 1`` seconds."""
        span_s = self._span_s(now_s)
        if span_s <= LEAST_S:
            return 0.0
        since = math.floor(now_s - span_s)
        return sum(n for second, n in self._seconds if second >= since) / span_s

    def _span_s(self, now_s: float) -> float:
        """Return how far back a rate looks: to the edge of a bucket, so that it does not swing."""
        if self._first_s is None:
            return 0.0
        return now_s - max(float(math.floor(now_s) - WINDOW_S), self._first_s)

    def _paced_s(self, now_s: float) -> float:
        """Return for how long work has gone on, with the short rests that belong to it."""
        if self._first_s is None:
            return 0.0
        if self.busy_since_s is None and self._rested_s is not None:
            now_s = min(now_s, self._rested_s + REST_S)
        return max(0.0, now_s - self._still_s)

    def _work_s(self, now_s: float) -> float:
        """Return the time by which work is measured that is to be done on items."""
        return self._paced_s(now_s)

    def eta(
        self,
        left: int,
        now_s: float,
        *,
        ages_s: Sequence[float] = (),
        waiting: int = 0,
        slots: float = 1.0,
    ) -> Eta | None:
        """Return the time that ``left`` items will take, or None while that would be a guess.

        Args:
            left: items that have not ended.
            now_s: now.
            ages_s: for how long the jobs that run have been running.
            waiting: how many jobs have not begun.
            slots: how many run at once, as it has been lately.
        """
        if left <= 0 or self._span_s(now_s) < ETA_AFTER_S:
            return None
        flow = self._flow.eta(left, self._work_s(now_s))
        if len(self._lengths) < ENDED_LEAST or not (ages_s or waiting):
            return flow
        mean_s = sum(self._lengths) / len(self._lengths)
        share = min(1.0, max(0.0, (mean_s - SHORT_S) / (LONG_S - SHORT_S)))
        if share > 0 or flow is None:
            jobs = by_jobs(self._lengths, ages_s, waiting, slots)
            flow = jobs if jobs is None or flow is None else flow.mixed(jobs, share)
        if flow is None or not ages_s:
            return flow
        oldest_s, _ = Lengths(self._lengths, ages_s).rest(max(ages_s))
        return flow.at_least(oldest_s)

    def rates(self, now_s: float, seconds: int) -> tuple[float, ...]:
        """Return items per second for each of the last whole seconds, oldest first."""
        values = dict(self._seconds)
        last = int(now_s)
        return tuple(float(values.get(s, 0)) for s in range(last - seconds, last))

    def median_s(self) -> float | None:
        """Return the median time an item took, or None."""
        return self._histogram.median_s()


class BatchMeter(Meter):
    """A :class:`Meter` of one batch, which also knows what its queues were busy with."""

    def __init__(self) -> None:
        super().__init__()
        self.peaks: dict[str, int] = {}
        """The most slots that were busy at once, by queue."""
        self.busy_s: dict[str, float] = {}
        """Time that stages ran, summed over slots, by queue."""
        self.busy = Busy()
        """Slots that ran it, in all queues."""
        self._search = Flow()
        """Items as they were found, since it was first said how many were to be expected."""
        self._searched_s: tuple[float, float] | None = None
        """When that was, and when some were found last, in time worked."""
        self._found = self._passed = 0
        self._seekers = self._workers = 0
        """Jobs that run: those that only look for items, and all others."""
        self._turned_s = self._alone_s = 0.0
        """When one of them began or ended last; for how long there were none but seekers."""

    def found(self, items: int, passed: int, now_s: float, *, expecting: bool = True) -> None:
        """So many items were found now.

        Args:
            items: how many.
            passed: so many of all that were found have ended as they were found.
            now_s: now.
            expecting: it is said how many more there may be. Only what comes after that was said
                for the first time tells of the pace: what came before had a beginning in it.
        """
        self._found += items
        self._passed += passed
        if not expecting:
            return
        paced_s = self._paced_s(now_s)
        began_s = paced_s if self._searched_s is None else self._searched_s[0]
        if items > 0 and self._searched_s is not None:
            self._search.add(items, paced_s - began_s)
        self._searched_s = began_s, paced_s

    def _search_eta(self, expected: int, now_s: float) -> Eta | None:
        """Return the time that so many items take to be found, as of when some were last."""
        if self._searched_s is None:
            return None
        began_s, last_s = self._searched_s
        return self._search.eta(expected, max(last_s, self._paced_s(now_s) - LATE_S) - began_s)

    def eta_of_search(self, left: int, expected: int, now_s: float) -> Eta | None:
        """Return the time left of a batch of which it is known about how much is to be found.

        What is to be found comes at the pace of the search, what has to be worked on ends at the
        pace of work, side by side. How much of what is to come has to be worked on is not known:
        nothing of it, or as much as until now. Where that makes much of a difference there is no
        answer.

        Args:
            left: items that were found and have not ended.
            expected: items that are likely to be found still.
            now_s: now.
        """
        if left + expected <= 0 or self._span_s(now_s) < ETA_AFTER_S:
            return None
        search: Eta | None = Eta(0.0, 0.0, 0.0)
        if expected > 0:
            search = self._search_eta(expected, now_s)
        share = 1 - min(self._found, self._passed) / self._found if self._found > 0 else 1.0
        ends: list[Eta] = []
        for work in (left, left + round(share * expected)):
            its = self._flow.eta(work, self._work_s(now_s)) if work > 0 else search
            if search is None or its is None:
                return None
            ends.append(Eta(*map(max, zip(search, its, strict=True))))
        soon, late = ends
        if late.s > UNSURE * soon.s:
            return None
        return Eta((soon.s + late.s) / 2, soon.low_s, late.high_s)

    def _work_s(self, now_s: float) -> float:
        """Return the same without the time in which there was nothing but to wait for a search."""
        return max(0.0, self._paced_s(now_s) - self._waited_s(now_s))

    def _waited_s(self, now_s: float) -> float:
        waits = self._seekers > 0 and self._workers <= 0
        return self._alone_s + (max(0.0, now_s - self._turned_s) if waits else 0.0)

    def _turn(self, by: int, now_s: float, *, seeks: bool) -> None:
        self._alone_s, self._turned_s = self._waited_s(now_s), now_s
        self._seekers += by * seeks
        self._workers += by * (not seeks)

    def started(self, queue: str, active: int, now_s: float, *, seeks: bool = False) -> None:
        """A job began in ``queue``, where now ``active`` slots are busy.

        ``seeks``: it only looks for items that others work on.
        """
        self.begin(now_s)
        self._turn(1, now_s, seeks=seeks)
        self.peaks[queue] = max(active, self.peaks.get(queue, 0))
        self.busy.change(1, now_s)

    def ended(self, queue: str, run_s: float, now_s: float, *, seeks: bool = False) -> None:
        """A job of ``queue`` ended its stage after ``run_s``; ``seeks`` as when it began."""
        self._turn(-1, now_s, seeks=seeks)
        self.busy_s[queue] = self.busy_s.get(queue, 0.0) + run_s
        self.busy.change(-1, now_s)


class QueueMeter:
    """What the slots of one queue did since the engine started."""

    def __init__(self) -> None:
        self.ended = 0
        self.failed = 0
        """Of ``ended``."""
        self._stages = Meter()
        self._histogram = Histogram()
        self._busy = Busy()

    def started(self, now_s: float) -> None:
        """A job began."""
        self._stages.begin(now_s)
        self._busy.change(1, now_s)

    def stage_ended(self, run_s: float, now_s: float, *, failed: bool, stopped: bool) -> None:
        """A slot is free again; a stage that was ``stopped`` because someone asked did not end."""
        self._busy.change(-1, now_s)
        if not stopped:
            self.ended += 1
            self.failed += failed
            self._stages.add(1, now_s)
            self._histogram.add(1, run_s)
        if not self._busy.count:
            self._stages.rest(now_s)

    def jobs_per_s(self, now_s: float) -> float:
        """Return how many stages ended in a second, over the last ``WINDOW_S``."""
        return self._stages.rate(now_s)

    def median_s(self) -> float | None:
        """Return the median time a stage took, or None."""
        return self._histogram.median_s()

    def busy_share(self, slots: int, now_s: float) -> float:
        """Return how much of the time of ``slots`` was used over the last seconds, 0..1."""
        return min(1.0, self._busy.mean(now_s) / slots) if slots > 0 else 0.0
