"""The time left: how often its band holds, and how still it stands."""

import math
import random
import time
from bisect import bisect
from collections.abc import Callable
from heapq import heappop, heappush, heapreplace
from typing import NamedTuple

import pytest

from soniq_tui.engine.eta import BLOCKS_MOST, Eta, Flow, Lengths, by_jobs
from soniq_tui.engine.meter import ETA_AFTER_S, BatchMeter

Work = list[tuple[Callable[[float], float], int]]
"""Of each job how long it takes when it begins at a time, and its items."""


class Ran(NamedTuple):
    """One job of a simulated batch."""

    begin_s: float
    end_s: float
    items: int


def fixed(lengths: list[float], items: list[int]) -> Work:
    return [(lambda _, s=s: s, n) for s, n in zip(lengths, items, strict=True)]


def steady(rng: random.Random) -> tuple[Work, int]:
    mean_s = rng.uniform(0.2, 2)
    count = rng.randint(100, 1500)
    lengths = [mean_s * rng.uniform(0.7, 1.3) for _ in range(count)]
    return fixed(lengths, [rng.randint(50, 200) for _ in range(count)]), rng.choice([1, 2, 4, 8])


def bursty(rng: random.Random) -> tuple[Work, int]:
    """A disk that is five times as fast for some seconds, three times as slow for others."""
    phase_s, mean_s, slots = rng.uniform(2, 10), rng.uniform(0.3, 1.5), rng.choice([1, 2, 4, 8])
    edges, paces = [0.0], [1.0]
    while edges[-1] < 5000:
        edges.append(edges[-1] + rng.expovariate(1 / phase_s))
        paces.append(rng.choice([0.2, 1.0, 3.0]))
    count = max(200, int(25 * phase_s * slots / mean_s))
    lengths = [mean_s * rng.uniform(0.7, 1.3) for _ in range(count)]
    work = [(lambda t, s=s: s * paces[bisect(edges, t) - 1], rng.randint(1, 200)) for s in lengths]
    return work, slots


def heavy(rng: random.Random) -> tuple[Work, int]:
    """Most jobs are short, some take a hundred times as long."""
    lengths = [min(120.0, 0.3 * rng.paretovariate(1.5)) for _ in range(rng.randint(200, 1500))]
    return fixed(lengths, [rng.choice([1, 1, 5, 200]) for _ in lengths]), rng.choice([1, 2, 4, 8])


def few(rng: random.Random) -> tuple[Work, int]:
    """Fifty recipes of three to eight minutes."""
    return fixed([rng.uniform(180, 480) for _ in range(50)], [1] * 50), 8


def few_skewed(rng: random.Random) -> tuple[Work, int]:
    count = rng.randint(30, 80)
    lengths = [60 * rng.lognormvariate(1, 0.8) for _ in range(count)]
    return fixed(lengths, [1] * count), rng.choice([2, 4, 8])


KINDS = {f.__name__: f for f in (steady, bursty, heavy, few, few_skewed)}


def simulated(kind: str, seed: int) -> tuple[list[Ran], int]:
    work, slots = KINDS[kind](random.Random(f"{kind} {seed}"))
    free, ran = [0.0] * slots, []
    for length_s, items in work:
        begin_s = heappop(free)
        end_s = begin_s + length_s(begin_s)
        ran.append(Ran(begin_s, end_s, items))
        heappush(free, end_s)
    return ran, slots


class Replay:
    """A meter that is told what happened up to a moment."""

    def __init__(self, ran: list[Ran]) -> None:
        self.ran, self.meter = ran, BatchMeter()
        self.left = sum(job.items for job in ran)
        events = [(job.end_s, 0, n) for n, job in enumerate(ran)]
        events += [(job.begin_s, 1, n) for n, job in enumerate(ran)]
        self._events = sorted(events, reverse=True)
        self._running: dict[int, float] = {}
        self._waiting = len(ran)

    def eta(self, now_s: float) -> Eta | None:
        while self._events and self._events[-1][0] <= now_s:
            at_s, begins, n = self._events.pop()
            job = self.ran[n]
            if begins:
                self._waiting -= 1
                self._running[n] = at_s
                self.meter.started("q", len(self._running), at_s)
            else:
                del self._running[n]
                self.meter.ended("q", job.end_s - job.begin_s, at_s)
                self.meter.took(job.items, job.end_s - job.begin_s)
                self.meter.add(job.items, at_s)
                self.left -= job.items
        return self.meter.eta(
            self.left,
            now_s,
            ages_s=[now_s - at_s for at_s in self._running.values()],
            waiting=self._waiting,
            slots=self.meter.busy.mean(now_s),
        )


def coverage(kind: str, seeds: range) -> list[bool]:
    """Tell for each batch whether it ended within the band that was shown at half-way."""
    held = []
    for seed in seeds:
        ran, _ = simulated(kind, seed)
        end_s = max(job.end_s for job in ran)
        eta = Replay(ran).eta(end_s / 2)
        held.append(eta is not None and eta.low_s <= end_s / 2 <= eta.high_s)
    return held


def test_four_of_five_batches_end_within_the_band() -> None:
    """Of all kinds of work at least three quarters end within the band shown at half-way."""
    held = {kind: coverage(kind, range(40)) for kind in KINDS}
    shares = {kind: sum(all_of) / len(all_of) for kind, all_of in held.items()}
    assert sum(shares.values()) / len(shares) >= 0.75, shares
    assert min(shares.values()) >= 0.6, shares


@pytest.mark.parametrize("kind", ["steady", "few"])
def test_the_band_is_narrow_where_the_work_is_even(kind: str) -> None:
    """A band that held because it said "some time" would be of no use."""
    ran, _ = simulated(kind, 1)
    end_s = max(job.end_s for job in ran)
    eta = Replay(ran).eta(end_s / 2)
    assert eta is not None
    assert eta.high_s - eta.low_s < 0.4 * eta.s


MOST = {"steady": 0.1, "bursty": 0.35, "heavy": 0.25, "few": 0.1, "few_skewed": 0.3}
"""So much of itself a figure may move in a second beyond the second that has gone; more where a
single second can bring a twentieth of the batch."""


@pytest.mark.parametrize("kind", KINDS)
def test_it_does_not_jump(kind: str) -> None:
    """From second to second the figure moves little beyond the second that has gone by."""
    worst = 0.0
    for seed in range(3):
        ran, _ = simulated(kind, seed)
        replay, end_s, before = Replay(ran), max(job.end_s for job in ran), None
        for now_s in range(int(end_s / 4), int(end_s * 3 / 4)):
            eta = replay.eta(float(now_s))
            assert eta is not None
            if before is not None:
                worst = max(worst, abs(eta.s - before + 1) / max(before, 20.0))
            before = eta.s
    assert worst < MOST[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_the_band_holds_the_figure(kind: str) -> None:
    """At any moment the figure lies in its band, and neither is below zero."""
    ran, _ = simulated(kind, 7)
    replay, end_s, seen = Replay(ran), max(job.end_s for job in ran), 0
    for step in range(1, 200):
        eta = replay.eta(end_s * step / 200)
        if eta is not None:
            seen += 1
            assert 0 <= eta.low_s <= eta.s <= eta.high_s
    assert seen > 100


def test_never_below_the_longest_job_that_runs() -> None:
    """A job that is already older than all that ended keeps the time left above nothing."""
    meter = BatchMeter()
    for n in range(40):
        meter.started("q", 1, n * 1.0)
        meter.ended("q", 1.0, n + 1.0)
        meter.took(100, 1.0)
        meter.add(100, n + 1.0)
    meter.started("q", 1, 40.0)
    for age_s in (10.0, 100.0, 1000.0):
        eta = meter.eta(1, 40 + age_s, ages_s=[age_s], slots=1.0)
        assert eta is not None
        assert eta.s >= 0.2 * age_s


def test_long_jobs_are_unknown_until_some_ended_and_known_ever_after() -> None:
    """Nothing is named before three long jobs ended; then there is a figure until the end."""
    ran, _ = simulated("few", 3)
    replay = Replay(ran)
    third_s = sorted(job.end_s for job in ran)[2]
    end_s = max(job.end_s for job in ran)
    assert replay.eta(100.0) is None
    for now_s in range(int(third_s) + 1, int(end_s), 7):
        assert replay.eta(float(now_s)) is not None


def test_an_age_is_learned_from() -> None:
    """Jobs that run longer than any that ended make jobs longer than those that ended."""
    young, old = Lengths([10.0, 11.0, 12.0], []), Lengths([10.0, 11.0, 12.0], [30.0] * 3)
    assert young.mean_s == pytest.approx(11.0)
    assert old.mean_s > 20
    mean_s, variance = young.rest(10.5)
    assert (mean_s, variance) == pytest.approx((1.0, 0.25))
    assert young.ends_within(1.0, 10.5) == pytest.approx(0.5)


def test_known_work_is_divided_by_the_slots() -> None:
    """Twelve equal jobs on four slots take three times as long as one."""
    eta = by_jobs([60.0] * 20, [], 12, 4.0)
    assert eta is not None
    assert eta.s == pytest.approx(180, rel=0.25)
    assert by_jobs([60.0] * 2, [1.0], 1, 1.0) is None
    assert by_jobs([60.0] * 20, [], 0, 1.0) is None


@pytest.mark.parametrize(("waiting", "slots"), [(60, 4), (200, 8)])
def test_jobs_of_uneven_length_end_when_it_is_said(waiting: int, slots: int) -> None:
    """Of many such batches, done as an engine does them, the middle one ends about then."""
    rng, ended_s = random.Random(1), [1.0] * 45 + [91.0] * 5
    ends_s = []
    for _ in range(200):
        free_s = [0.0] * slots
        for length_s in rng.choices(ended_s, k=waiting):
            heapreplace(free_s, free_s[0] + length_s)
        ends_s.append(max(free_s))
    eta = by_jobs(ended_s, [], waiting, slots)
    assert eta is not None
    assert eta.s == pytest.approx(sorted(ends_s)[100], rel=0.1)


def test_a_job_exactly_as_old_as_the_longest_that_ended() -> None:
    """It is taken to go on for a while, as one that is older."""
    for waiting in (0, 1):
        eta = by_jobs([1.0, 2.0, 4.0], [4.0], waiting, 1.0)
        assert eta is not None
        assert eta.s >= 1.0


def test_a_flow_of_months_takes_no_room() -> None:
    """Blocks grow instead of their number, and nothing that was counted is lost."""
    flow = Flow()
    for hour in range(24 * 60):
        flow.add(3600, hour * 3600.0)
    assert len(flow._blocks) <= BLOCKS_MOST
    assert sum(flow._blocks) == 24 * 60 * 3600
    eta = flow.eta(7200 * 500, 24 * 60 * 3600.0)
    assert eta is not None
    assert eta.s == pytest.approx(7200 * 500, rel=0.05)


def test_it_follows_a_change() -> None:
    """Close to the end only what happened lately counts."""
    flow = Flow()
    for second in range(100):
        flow.add(100 if second < 60 else 10, second + 0.5)
    eta = flow.eta(300, 100.0)
    assert eta is not None
    assert eta.s == pytest.approx(30, rel=0.1)


def test_too_early_is_shown_as_unsure() -> None:
    """After the first seconds there is a figure, and a band as wide as what is not known."""
    flow = Flow()
    flow.add(100, ETA_AFTER_S / 2)
    eta = flow.eta(1000, ETA_AFTER_S)
    assert eta is not None
    assert eta.high_s > 5 * eta.low_s


@pytest.mark.parametrize("kind", ["bursty", "few_skewed"])
def test_it_is_cheap(kind: str) -> None:
    """A figure is reckoned in well under a millisecond, as 0.3 ms on an idle machine."""
    ran, _ = simulated(kind, 5)
    replay, half_s = Replay(ran), max(job.end_s for job in ran) / 2
    replay.eta(half_s)
    took_s = []
    for _ in range(50):
        began_s = time.perf_counter()
        replay.eta(half_s)
        took_s.append(time.perf_counter() - began_s)
    assert min(took_s) < 0.001


def test_the_band_of_even_work_is_that_of_chance() -> None:
    """One item a second for 100 s: what comes by chance strays by the root of its number."""
    flow = Flow()
    for second in range(100):
        flow.add(1, second + 0.5)
    eta = flow.eta(100, 100.0)
    assert eta is not None
    spread = 1.2816 * math.sqrt(1 / 100 + 1 / 100)
    assert eta == pytest.approx((100, 100 * math.exp(-1.5 * spread), 100 * math.exp(2 * spread)))


def test_two_reckonings_are_mixed_by_their_shares() -> None:
    """A quarter of the other moves each figure by a quarter of the way."""
    assert Eta(10, 8, 20).mixed(Eta(20, 12, 40), 0.25) == (12.5, 9, 25)


def test_jobs_that_ended_tell_where_no_item_does() -> None:
    """Three jobs of a minute ended and brought no item: the fourth takes about as long."""
    meter = BatchMeter()
    for n in range(3):
        meter.started("q", 1, n * 60.0)
        meter.ended("q", 60.0, n * 60.0 + 60)
        meter.took(1, 60.0)
    meter.started("q", 1, 180.0)
    eta = meter.eta(1, 190.0, ages_s=[10.0], slots=1.0)
    assert eta is not None
    assert eta.s == pytest.approx(50.0, abs=0.1)
