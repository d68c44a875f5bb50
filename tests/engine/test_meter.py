"""Rates, time left and medians."""

import random
import statistics

import pytest

from soniq_tui.engine.meter import ETA_AFTER_S, REST_S, WINDOW_S, BatchMeter, Meter
from soniq_tui.engine.pace import Pace
from soniq_tui.model.job import Batch, Job, JobState


def worked(meter: Meter, from_s: float, to_s: float, per_s: int) -> None:
    """Let ``per_s`` items end each second, ten times a second."""
    meter.begin(from_s)
    for tick in range(int((to_s - from_s) * 10)):
        meter.add(per_s // 10, from_s + tick / 10 + 0.05)


def test_nothing_known() -> None:
    """Before anything ran there is no rate, no time left and no median."""
    meter = Meter()
    assert meter.rate(5.0) == 0.0
    assert meter.eta_s(10, 5.0) is None
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
    """No time left is named before enough was seen, none when nothing is left or nothing moves."""
    meter = Meter()
    worked(meter, 100.0, 100.0 + ETA_AFTER_S, 100)
    assert meter.eta_s(500, 100.0 + ETA_AFTER_S - 0.1) is None
    assert meter.eta_s(500, 100.0 + ETA_AFTER_S) == pytest.approx(5.0, rel=0.1)
    assert meter.eta_s(0, 103.0) is None
    assert meter.eta_s(500, 200.0) is None


def test_a_pause_does_not_count() -> None:
    """After a pause the rate is what it was before, not the mean over the pause."""
    meter = Meter()
    worked(meter, 100.0, 120.0, 100)
    meter.rest(120.0)
    assert meter.working_s(400.0) == 20.0
    worked(meter, 400.0, 403.0, 100)
    assert meter.rate(403.0) == pytest.approx(100, rel=0.05)
    assert meter.working_s(403.0) == 23.0
    assert meter.eta_s(100, 400.0 + ETA_AFTER_S / 2) is None


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
    assert len(meter._histogram) < 200


def test_busy_share() -> None:
    """A batch's meter knows how many slots were busy at most, and for how long."""
    meter = BatchMeter()
    meter.started("read", 2)
    meter.started("read", 1)
    meter.ended("read", 1.5)
    meter.ended("read", 0.5)
    assert (meter.peaks, meter.busy_s) == ({"read": 2}, {"read": 2.0})


def test_work_of_earlier_hosts() -> None:
    """The time worked on a batch sums up over hosts, and once only when it left memory."""
    pace = Pace()
    batch = Batch(id=1, importer="fake", label="", options=b"", worked_s=10.0)
    pace.started(1, "read", 1, 100.0)
    pace.rest(1, 105.0)
    assert pace.worked_s(batch, 200.0) == 15.0
    pace.forget(1)
    written = Batch(id=1, importer="fake", label="", options=b"", worked_s=15.0)
    assert pace.worked_s(written, 300.0) == 15.0


def test_a_cancelled_job_tells_no_time() -> None:
    """The time of a job that was given up half-way is not that of all its items."""
    pace = Pace()
    job = Job(id=1, batch_id=1, importer="fake", stage="read", first_stage="read", key="k",
              label="", weight=100, run_s=1.0)  # fmt: skip
    for state in (JobState.CANCELLED, JobState.QUEUED):
        pace.job_ended(
            Job(**{f: getattr(job, f) for f in job.__struct_fields__} | {"state": state})
        )
    assert pace.all.median_s() is None
