"""Rates, time left and medians."""

import random
import statistics
from itertools import pairwise

import pytest

from soniq_tui.engine.meter import (
    ETA_AFTER_S,
    LENGTHS_KEPT,
    REST_S,
    WINDOW_S,
    BatchMeter,
    Busy,
    Meter,
    QueueMeter,
)


def worked(meter: Meter, from_s: float, to_s: float, per_s: int) -> None:
    """Let ``per_s`` items end each second, ten times a second."""
    meter.begin(from_s)
    for tick in range(int((to_s - from_s) * 10)):
        meter.add(per_s // 10, from_s + tick / 10 + 0.05)


def test_nothing_known() -> None:
    """Before anything ran there is no rate, no time left and no median."""
    meter = Meter()
    assert meter.rate(5.0) == 0.0
    assert meter.eta(10, 5.0) is None
    assert meter.median_s() is None
    assert meter.working_s(5.0) == 0.0


def test_right_after_the_start() -> None:
    """The first instants tell nothing of a rate."""
    meter = Meter()
    meter.begin(100.0)
    meter.add(200, 100.1)
    assert meter.rate(100.1) == 0.0
    assert meter.rate(101.0) == pytest.approx(200.0)


@pytest.mark.parametrize("start_s", [100.0, 100.37, 100.93])
def test_a_steady_rate_stands_still(start_s: float) -> None:
    """A steady flow is shown as a steady rate, whatever moment one looks at it."""
    meter = Meter()
    worked(meter, start_s, start_s + 40, 100)
    for tenth in range(100):
        now_s = start_s + 15 + tenth / 4
        meter_now = Meter()
        worked(meter_now, start_s, now_s, 100)
        assert meter_now.rate(now_s) == pytest.approx(100, rel=0.03)


def test_the_window() -> None:
    """A rate is of the last seconds: what was fast long ago no longer counts."""
    meter = Meter()
    worked(meter, 100.0, 110.0, 1000)
    worked(meter, 110.0, 110.0 + WINDOW_S + 2, 10)
    assert meter.rate(110.0 + WINDOW_S + 2) == pytest.approx(10, rel=0.01)


def test_eta_means_something() -> None:
    """No time left is named before enough was seen, and none when nothing is left."""
    meter = Meter()
    assert meter.eta(10, 5.0) is None
    worked(meter, 100.0, 100.0 + ETA_AFTER_S, 100)
    assert meter.eta(500, 100.0 + ETA_AFTER_S - 0.1) is None
    eta = meter.eta(500, 100.0 + ETA_AFTER_S)
    assert eta is not None
    assert eta.s == pytest.approx(5.0, rel=0.1)
    assert meter.eta(0, 103.0) is None


def test_eta_grows_while_nothing_moves() -> None:
    """Work that stands still moves the end away; it never makes the figure vanish."""
    meter = Meter()
    worked(meter, 100.0, 110.0, 100)
    seen = [meter.eta(500, now_s) for now_s in (110.0, 130.0, 200.0, 1000.0)]
    times = [eta.s for eta in seen if eta is not None]
    assert times == sorted(times)
    assert len(times) == 4


def test_a_pause_does_not_count() -> None:
    """After a pause the rate is what it was before, not the mean over the pause."""
    meter = Meter()
    worked(meter, 100.0, 120.0, 100)
    meter.rest(120.0)
    assert meter.working_s(400.0) == 20.0
    worked(meter, 400.0, 403.0, 100)
    assert meter.rate(403.0) == pytest.approx(100, rel=0.05)
    assert meter.working_s(403.0) == 23.0
    assert meter.eta(100, 400.0 + ETA_AFTER_S / 2) is None
    eta = meter.eta(100, 403.0)
    assert eta is not None
    assert eta.s == pytest.approx(1.0, rel=0.05)


def test_a_gap_between_jobs_counts() -> None:
    """The moments in which a slot waits for its next job are part of the work."""
    meter = Meter()
    for second in range(20):
        meter.begin(100.0 + second)
        meter.add(10, 100.4 + second)
        meter.rest(100.5 + second)
    assert REST_S > 0.5
    assert meter.rate(120.0) == pytest.approx(10, rel=0.05)


def test_rates_of_whole_seconds() -> None:
    """The graph has one value for each whole second, oldest first, zeros included."""
    meter = Meter()
    meter.begin(100.0)
    meter.add(3, 100.2)
    meter.add(4, 100.9)
    meter.add(5, 102.0)
    meter.add(9, 103.5)
    assert meter.rates(103.6, 4) == (0.0, 7.0, 0.0, 5.0)


def test_nothing_is_added_for_nothing() -> None:
    """Counts that are not above zero and times that are none leave no trace."""
    meter = Meter()
    meter.add(0, 1.0)
    meter.add(-5, 1.0)
    meter.took(0, 1.0)
    meter.took(1, 0.0)
    assert meter.rates(2.0, 2) == (0.0, 0.0)
    assert meter.median_s() is None


@pytest.mark.parametrize("seed", range(5))
def test_median(seed: int) -> None:
    """The median time of an item is within 5 % of the true one."""
    rng = random.Random(seed)
    times = [rng.lognormvariate(-3, 1.5) for _ in range(2001)]
    meter = Meter()
    for time_s in times:
        meter.took(1, time_s)
    assert meter.median_s() == pytest.approx(statistics.median(times), rel=0.05)


def test_median_counts_items() -> None:
    """A job of many items weighs as many."""
    meter = Meter()
    meter.took(100, 1.0)
    meter.took(1, 5.0)
    assert meter.median_s() == pytest.approx(0.01, rel=0.05)


def test_memory_is_bounded() -> None:
    """Days of work leave no more than a few hundred values behind."""
    meter = BatchMeter()
    meter.begin(0.0)
    for second in range(0, 100_000, 7):
        meter.add(1, float(second))
        meter.took(1, 0.001 * (second % 97 + 1))
    assert len(meter._seconds) <= 120
    assert len(meter._histogram._counts) < 200
    assert len(meter._lengths) == LENGTHS_KEPT
    assert len(meter._flow._blocks) <= 120


def test_what_queues_were_busy_with() -> None:
    """A batch's meter knows how many slots were busy at most, and for how long."""
    meter = BatchMeter()
    meter.started("read", 2, 1.0)
    meter.started("read", 1, 1.0)
    meter.ended("read", 1.5, 2.5)
    meter.ended("read", 0.5, 2.5)
    assert (meter.peaks, meter.busy_s) == ({"read": 2}, {"read": 2.0})


@pytest.mark.parametrize("seed", range(5))
def test_mean_of_busy_slots(seed: int) -> None:
    """The mean over the last seconds is that of the true course, within 2 % and a tenth."""
    rng = random.Random(seed)
    busy, now_s, course = Busy(), 50.0, [(50.0, 0)]
    while now_s < 90.0:
        by = rng.choice([1, -1]) if course[-1][1] else 1
        busy.change(by, now_s)
        course.append((now_s, course[-1][1] + by))
        now_s += rng.expovariate(5)
    course.append((now_s, course[-1][1]))
    since_s = now_s - WINDOW_S
    true = sum(
        count * max(0.0, until_s - max(from_s, since_s))
        for (from_s, count), (until_s, _) in pairwise(course)
    )
    assert busy.mean(now_s) == pytest.approx(true / WINDOW_S, rel=0.02, abs=0.1)
    assert busy.mean(now_s + 100) == pytest.approx(busy.count)
    assert len(busy._marks) <= WINDOW_S + 2


def test_busy_share_of_a_queue() -> None:
    """Two of four slots at work are half; a queue at rest falls to nothing."""
    meter = QueueMeter()
    assert meter.busy_share(4, 10.0) == 0.0
    meter.started(10.0)
    meter.started(10.0)
    assert meter.busy_share(4, 30.0) == pytest.approx(0.5)
    assert meter.busy_share(1, 30.0) == 1.0
    assert meter.busy_share(0, 30.0) == 0.0
    meter.stage_ended(20.0, 30.0, failed=False, stopped=False)
    meter.stage_ended(20.0, 30.0, failed=True, stopped=False)
    assert meter.busy_share(4, 35.0) == pytest.approx(0.25)
    assert meter.busy_share(4, 40.0) == pytest.approx(0.0)
    assert (meter.ended, meter.failed) == (2, 1)


def test_figures_of_a_queue() -> None:
    """Stages that ended are counted, timed and told by the second; stopped ones are not."""
    meter = QueueMeter()
    for n in range(40):
        meter.started(100 + n / 2)
        stopped = n % 4 == 0
        meter.stage_ended(0.4, 100.4 + n / 2, failed=n % 8 == 1, stopped=stopped)
    assert (meter.ended, meter.failed) == (30, 5)
    assert meter.jobs_per_s(120.0) == pytest.approx(1.5, rel=0.1)
    assert meter.jobs_per_s(140.0) == 0.0
    assert meter.median_s() == pytest.approx(0.4, rel=0.05)


def searched(per_s: int, passed: int, seconds: int, *, read: int = 0) -> BatchMeter:
    """Let ``per_s`` items be found each second, so many of them as they were, ``read`` others."""
    meter = BatchMeter()
    meter.begin(100.0)
    meter.found(0, 0, 100.0)
    for second in range(seconds):
        at_s = 100.5 + second
        meter.add(passed, at_s, worked=False)
        meter.found(per_s, passed, at_s)
        meter.add(read, at_s)
    return meter


def test_a_search_that_only_meets_what_it_knows() -> None:
    """What is still to be looked at takes as long as what was; what was skipped is no work."""
    meter = searched(1000, 1000, 10)
    eta = meter.eta_of_search(0, 50_000, 110.0)
    assert eta is not None
    assert eta.s == pytest.approx(50, rel=0.1)
    assert eta.low_s < eta.s < eta.high_s
    assert meter.rate(110.0) == pytest.approx(1000, rel=0.1)


def test_a_search_with_some_work_behind_it() -> None:
    """Whichever is longer counts: what is to be found, or what was found and is to be read."""
    meter = searched(1000, 990, 10, read=5)
    eta = meter.eta_of_search(50, 50_000, 110.0)
    assert eta is None, "5 of 1,000 are read in a second, and 500 more are likely to come"
    eta = meter.eta_of_search(5000, 1000, 110.0)
    assert eta is not None
    assert eta.s == pytest.approx(1000, rel=0.1), "few are to come: what is there counts"
    keeps_up = searched(1000, 990, 10, read=10).eta_of_search(10, 50_000, 110.0)
    assert keeps_up is not None
    assert keeps_up.s == pytest.approx(50, rel=0.1)


def test_a_search_of_which_nobody_can_tell() -> None:
    """Rather none than a wrong one: before anything was seen, read, or when all may be changed."""
    assert BatchMeter().eta_of_search(0, 100, 110.0) is None
    assert searched(1000, 1000, 1).eta_of_search(0, 100, 101.0) is None, "too early"
    assert searched(1000, 1000, 10).eta_of_search(0, 0, 110.0) is None, "nothing to tell of"
    assert searched(1000, 900, 10).eta_of_search(0, 5000, 110.0) is None, "nothing was read yet"
    assert searched(100, 0, 10, read=10).eta_of_search(900, 90_000, 110.0) is None
    known = searched(100, 0, 10, read=10).eta_of_search(900, 300, 110.0)
    assert known is not None
    assert known.s == pytest.approx((90 + 120) / 2, rel=0.1)


def test_what_was_passed_over_does_not_hurry_the_rest() -> None:
    """Once all is found only what is read tells how long the rest takes."""
    meter = searched(1000, 900, 10, read=10)
    eta = meter.eta(900, 110.0)
    assert eta is not None
    assert eta.s == pytest.approx(90, rel=0.1)


def test_waiting_for_a_search_is_no_work() -> None:
    """How quickly items are read is measured while some are: before there was nothing to do."""
    meter = BatchMeter()
    meter.started("scan", 1, 100.0, seeks=True)
    meter.found(100, 100, 159.0)
    meter.started("read", 1, 160.0)
    for second in range(10):
        meter.add(20, 160.5 + second)
    eta = meter.eta(400, 170.0)
    assert eta is not None
    assert eta.s == pytest.approx(20, rel=0.1)
    meter.ended("read", 10.0, 170.0)
    assert meter.eta(400, 200.0) == eta, "it waits again, and no longer than before"
    meter.ended("scan", 100.0, 200.0, seeks=True)
    meter.started("read", 1, 200.0)
    later = meter.eta(400, 210.0)
    assert later is not None
    assert later.s > 1.5 * eta.s, "now it is the work that stands still"


def test_how_a_search_began_tells_nothing_of_its_pace() -> None:
    """Of what was found before it was said how much is expected nobody knows how long it took."""
    meter = BatchMeter()
    meter.begin(100.0)
    meter.found(5, 5, 109.0, expecting=False)
    meter.found(80_000, 80_000, 110.0)
    assert meter.eta_of_search(0, 10_000, 110.0) is None
    meter.found(1000, 1000, 111.0)
    eta = meter.eta_of_search(0, 9000, 111.9)
    assert eta is not None
    assert eta.s == pytest.approx(9, rel=0.01), "as of the last word, which is to come each second"
    still = meter.eta_of_search(0, 9000, 120.0)
    assert still is not None
    assert still.s == pytest.approx(9 * 8, rel=0.01), "it has come to a stand"
