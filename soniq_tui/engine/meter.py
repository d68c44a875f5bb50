"""Rates, time left and medians. Pure: time is passed in."""

import math
from collections import deque

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
_STEPS = 8
"""Buckets of the histogram per factor of two: medians are within 4.5 %."""


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
        self.busy_since_s: float | None = None
        self.worked_s = 0.0
        self._histogram: dict[int, int] = {}

    def begin(self, now_s: float) -> None:
        """A first job of what is measured began to run."""
        if self.busy_since_s is not None:
            return
        self.busy_since_s = now_s
        if self._rested_s is None or now_s - self._rested_s > REST_S:
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

    def add(self, items: int, now_s: float) -> None:
        """``items`` ended now."""
        if items <= 0:
            return
        second = int(now_s)
        if self._seconds and self._seconds[-1][0] == second:
            items += self._seconds.pop()[1]
        self._seconds.append((second, items))

    def took(self, items: int, seconds: float) -> None:
        """``items`` took ``seconds`` together."""
        if items > 0 and seconds > 0:
            bucket = math.floor(math.log2(seconds / items) * _STEPS)
            self._histogram[bucket] = self._histogram.get(bucket, 0) + items

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

    def eta_s(self, left: int, now_s: float) -> float | None:
        """Return the seconds that ``left`` items will take, or None while that would be a guess."""
        rate = self.rate(now_s)
        if left <= 0 or rate <= 0 or self._span_s(now_s) < ETA_AFTER_S:
            return None
        return left / rate

    def rates(self, now_s: float, seconds: int) -> tuple[float, ...]:
        """Return items per second for each of the last whole seconds, oldest first."""
        values = dict(self._seconds)
        last = int(now_s)
        return tuple(float(values.get(s, 0)) for s in range(last - seconds, last))

    def median_s(self) -> float | None:
        """Return the median time an item took, or None."""
        total = sum(self._histogram.values())
        seen = 0
        for bucket in sorted(self._histogram):
            seen += self._histogram[bucket]
            if 2 * seen >= total:
                return float(2.0 ** ((bucket + 0.5) / _STEPS))
        return None


class BatchMeter(Meter):
    """A :class:`Meter` of one batch, which also knows what its queues were busy with."""

    def __init__(self) -> None:
        super().__init__()
        self.peaks: dict[str, int] = {}
        """The most slots that were busy at once, by queue."""
        self.busy_s: dict[str, float] = {}
        """Time that stages ran, summed over slots, by queue."""

    def started(self, queue: str, active: int) -> None:
        """A job began in ``queue``, where now ``active`` slots are busy."""
        self.peaks[queue] = max(active, self.peaks.get(queue, 0))

    def ended(self, queue: str, run_s: float) -> None:
        """A job of ``queue`` ended its stage after ``run_s``."""
        self.busy_s[queue] = self.busy_s.get(queue, 0.0) + run_s
