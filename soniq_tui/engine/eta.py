"""How long what is left will take, and how sure that is. Pure: time is passed in.

Two ways to look at a batch, one for each kind of work:

*Many short jobs* are a flow of items. :class:`Flow` looks back over as many items as lie ahead, so
a near end follows what happens now and a far one is not shaken by a moment. How much the flow
swings is taken from the sums of blocks of time, at several block lengths, the largest variance a
second counts: neighbouring seconds are alike (a slow disk stays slow for a while), so short blocks
alone promise too much. This is the method of batch means (Law and Kelton, Simulation Modeling and
Analysis, 9.5.3). A block bootstrap would draw some hundred times from the same sums to find the
same spread, and its chance would make the figure tremble.

*Few long jobs* end too rarely to have a rate. :func:`by_jobs` learns the lengths of jobs from those
that ended and from the age of those that run (Kaplan and Meier, 1958: else the short ones, which
end first, would count too much), divides the work that is left by the slots, and adds how long the
last one keeps everybody waiting.

Neither knows of what has not happened yet: a disk that becomes slow for good after half of a batch
ends outside the band. ``tests/engine/test_eta.py`` measures how often the band holds.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

BLOCKS_MOST = 120
"""So many sums of items are kept; when they are full their length doubles."""
LOOK_LEAST_S = 30.0
"""A flow is looked at over at least so long, once it has lasted that long."""
GROUPS_LEAST = 5
"""Fewer sums tell nothing of how they swing."""
SPREAD_LEAST = 0.04
"""No flow is steadier than that."""
SPREAD_MOST = 2.0
WIDER = 1.5
"""Swings that were seen are less than those that come: nobody saw the rarest."""
SKEW = 2.0
"""The band reaches so much further up: one long job delays an end, no short one brings it near."""
WIDER_JOBS, SKEW_JOBS = 1.2, 1.7
"""The same for single jobs; all four were fitted to simulated batches of many kinds."""
Z = 1.2816
"""Four of five values of a normal distribution lie within so many standard deviations."""
ENDED_LEAST = 3
"""No time left is reckoned from fewer jobs that ended."""
AGES_MOST = 16
"""Of more running jobs every second, third, ... stands for its neighbours."""
BEYOND = 1.25
"""A job that is older than any that ended is taken to end at so many times its age."""
_HALVINGS = 12
"""A quantile is within 1/4096 of the longest job."""


class Eta(NamedTuple):
    """Seconds left, and between which two figures four of five such batches end."""

    s: float
    low_s: float
    high_s: float

    def mixed(self, other: "Eta", share: float) -> "Eta":
        """Return the mean of both, ``share`` of it the other's."""
        return Eta(*(a * (1 - share) + b * share for a, b in zip(self, other, strict=True)))

    def at_least(self, floor_s: float) -> "Eta":
        """Return it with nothing but the lower edge below ``floor_s``."""
        s = max(self.s, floor_s)
        return Eta(s, min(self.low_s, s), max(self.high_s, s))


class Flow:
    """Items that ended, by the time worked, in blocks of equal length: days take no more room."""

    def __init__(self) -> None:
        self._blocks: list[int] = []
        self._length_s = 1.0

    def add(self, items: int, at_s: float) -> None:
        """``items`` ended after ``at_s`` of work. O(1), amortised."""
        self._reach(at_s)
        self._blocks[int(at_s / self._length_s)] += items

    def _reach(self, at_s: float) -> None:
        while at_s >= self._length_s * BLOCKS_MOST:
            even, odd = self._blocks[::2], self._blocks[1::2]
            odd += [0] * (len(even) - len(odd))
            self._blocks = [a + b for a, b in zip(even, odd, strict=True)]
            self._length_s *= 2
        missing = int(at_s / self._length_s) + 1 - len(self._blocks)
        self._blocks += [0] * missing

    def eta(self, left: int, at_s: float) -> Eta | None:
        """Return how long ``left`` items take, seen after ``at_s`` of work; None when unknown."""
        self._reach(at_s)
        full = int(at_s / self._length_s)
        count, span_s, first = float(self._blocks[full]), at_s - full * self._length_s, full
        while first > 0 and (count < left or span_s < LOOK_LEAST_S):
            first -= 1
            count += self._blocks[first]
            span_s += self._length_s
        if count <= 0 or span_s <= 0:
            return None
        # Of the earliest block only the part that is needed: no figure moves by its own edges.
        if count > left and span_s > LOOK_LEAST_S and first < full:
            share = min((count - left) / max(1, self._blocks[first]), 1.0)
            share = min(share, (span_s - LOOK_LEAST_S) / self._length_s)
            count, span_s = count - share * self._blocks[first], span_s - share * self._length_s
        rate = count / span_s
        time_s = left / rate
        swing = _swing(self._blocks[first:full], self._length_s, rate)
        # What is to come swings, and so did what the rate was learned from.
        spread = max(SPREAD_LEAST, swing * math.sqrt(1 / time_s + 1 / span_s) / rate)
        spread = min(spread, SPREAD_MOST)
        return Eta(time_s, time_s * math.exp(-WIDER * spread), time_s * math.exp(SKEW * spread))


def _swing(blocks: Sequence[int], length_s: float, rate: float) -> float:
    """Return how far the items of a second stray, times the quantile that goes with it.

    Infinitely far when there are too few blocks to tell.
    """
    if len(blocks) < GROUPS_LEAST:
        return math.inf
    most, size = math.sqrt(rate) * Z, 1  # of single items that come by chance: Poisson
    while len(blocks) // size >= GROUPS_LEAST:
        groups = len(blocks) // size
        newest = blocks[len(blocks) - groups * size :]
        sums = [sum(newest[i : i + size]) for i in range(0, len(newest), size)]
        mean = sum(sums) / groups
        variance = sum((x - mean) ** 2 for x in sums) / (groups - 1) / (size * length_s)
        most = max(most, math.sqrt(variance) * _quantile(groups - 1))
        size *= 2
    return most


def _quantile(freedom: int) -> float:
    """Return Student's 90 % quantile, within 1 % from 4 degrees of freedom on."""
    return Z * (1 + 0.75 / freedom)


class Lengths:
    """How long jobs take: some lengths and how likely each is.

    Args:
        ended_s: lengths of jobs that ended, at least one.
        ages_s: for how long others have been running.
    """

    def __init__(self, ended_s: Sequence[float], ages_s: Sequence[float]) -> None:
        ages = sorted(ages_s)
        self.seconds = sorted(ended_s)
        survive, alive, known = 1.0, [1.0], len(self.seconds)
        for i, length_s in enumerate(self.seconds):
            survive *= 1 - 1 / (known - i + len(ages) - bisect_right(ages, length_s))
            alive.append(survive)
        if survive > 0:  # the oldest of all still runs
            self.seconds.append(max(ages[-1], self.seconds[-1]) * BEYOND)
            alive.append(0.0)
        self._beyond = alive
        """How likely a job is longer than the first so many lengths."""
        parts = [a - b for a, b in pairwise(alive)]
        sums = accumulate((p * s for p, s in zip(parts, self.seconds, strict=True)), initial=0.0)
        squares = accumulate(
            (p * s * s for p, s in zip(parts, self.seconds, strict=True)), initial=0.0
        )
        self._sums, self._squares = list(sums), list(squares)
        self.mean_s = self._sums[-1]
        self.variance = max(0.0, self._squares[-1] - self.mean_s**2)

    def below(self, length_s: float) -> float:
        """Return how likely a job is not longer."""
        return 1 - self._beyond[bisect_right(self.seconds, length_s)]

    def rest(self, age_s: float) -> tuple[float, float]:
        """Return mean and variance of what is left of a job of this age."""
        i = bisect_right(self.seconds, age_s)
        share = self._beyond[i]
        if share <= 0:
            return (BEYOND - 1) * age_s, ((BEYOND - 1) * age_s) ** 2
        mean_s = (self._sums[-1] - self._sums[i]) / share
        square = (self._squares[-1] - self._squares[i]) / share
        return mean_s - age_s, max(0.0, square - mean_s**2)

    def ends_within(self, seconds: float, age_s: float) -> float:
        """Return how likely a job of this age ends within ``seconds``."""
        share = self._beyond[bisect_right(self.seconds, age_s)]
        if share <= 0:
            return 1.0 if seconds >= (BEYOND - 1) * age_s else 0.0
        return 1 - self._beyond[bisect_right(self.seconds, age_s + seconds)] / share

    def met_within(self, seconds: float) -> float:
        """Return how likely a job met at any moment of its run ends within ``seconds``."""
        i = bisect_right(self.seconds, seconds)
        longer = self._sums[-1] - self._sums[i] - seconds * self._beyond[i]
        return 1 - longer / self.mean_s


def by_jobs(
    ended_s: Sequence[float], ages_s: Sequence[float], waiting: int, slots: float
) -> Eta | None:
    """Return how long the jobs that are left take; None when too few ended.

    Args:
        ended_s: how long the newest jobs took that ended.
        ages_s: for how long jobs have been running.
        waiting: how many have not begun.
        slots: how many run at once.
    """
    if len(ended_s) < ENDED_LEAST or not (ages_s or waiting):
        return None
    lengths = Lengths(ended_s, ages_s)
    mean_s, slots = lengths.mean_s, max(1.0, slots, float(not waiting) * len(ages_s))
    rests = [lengths.rest(age_s) for age_s in ages_s]
    ages = sorted(ages_s)[:: max(1, -(-len(ages_s) // AGES_MOST))]
    each = len(ages_s) / len(ages) if ages else 0.0

    until_last_s = variance = 0.0
    if waiting:
        met_s = (mean_s**2 + lengths.variance) / (2 * mean_s)
        work_s = sum(rest for rest, _ in rests) + waiting * mean_s
        until_last_s = max(0.0, (work_s - (slots - 1) * met_s - mean_s) / slots)
        unsure = (until_last_s**2 / len(ended_s)) * lengths.variance / mean_s**2
        variance = (sum(v for _, v in rests) + waiting * lengths.variance) / slots**2 + unsure

    def all_within(seconds: float) -> float:
        if waiting:
            others = lengths.met_within(seconds) ** (slots - 1)
            return float(others * lengths.below(seconds))
        return float(math.prod(lengths.ends_within(seconds, age_s) ** each for age_s in ages))

    longest_s = max(lengths.seconds[-1], max(ages_s, default=0.0) * BEYOND)
    low_s, middle_s, high_s = (_where(all_within, q, longest_s) for q in (0.1, 0.5, 0.9))
    stray_s = math.sqrt(variance) * _quantile(len(ended_s))
    time_s = until_last_s + middle_s
    return Eta(
        time_s,
        max(0.0, time_s - WIDER_JOBS * math.hypot(stray_s, middle_s - low_s)),
        time_s + SKEW_JOBS * math.hypot(stray_s, high_s - middle_s),
    ).at_least(max((rest for rest, _ in rests), default=0.0))


def _where(grows: Callable[[float], float], value: float, most: float) -> float:
    """Return where a function that grows reaches ``value``, between 0 and ``most``."""
    low, high = 0.0, most
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if grows(middle) < value:
            low = middle
        else:
            high = middle
    return high
