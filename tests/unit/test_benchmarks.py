"""What the comparison with Celery claims, and when it says that it cannot tell."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks import bench_celery
from benchmarks.versus import environment, table
from benchmarks.versus.nothing import offer

OURS = {
    "rate": [{"jobs_per_s": 5000.0, "bytes_per_job": 600.0, "lag_p99_ms": 3.0}] * 3,
    "boot": [{"boot_s": 0.25}] * 3,
    "replaced": [{"median_ms": 9.0, "max_ms": 12.0, "kills": 20}],
    "queued": [{"idle_mib": 40.0, "queued_mib": 60.0}],
    "requeued": [{"queued_mib": 70.0, "running_s": 0.5}],
}


def theirs(tasks_per_s: float, boot_s: float) -> dict:
    rounds = [{"tasks_per_s": tasks_per_s, "boot_s": boot_s}] * 3
    return {"celery": rounds, "celery acks_late": rounds}


def report(bars: list[table.Bar]) -> table.Report:
    return table.Report(machine="m", peer="p", bars=bars, noise=[], figures={})


@pytest.mark.parametrize(("value", "holds"), [(9.9, True), (10.0, True), (10.1, False)])
def test_a_bound_itself_holds(value, holds):
    """A figure may be as large as its bound and no larger."""
    bar = table.at_most("lag", value, 10, "ms")
    assert bar.holds is holds
    assert report([bar]).fell_short is not holds


@pytest.mark.parametrize(
    ("tasks_per_s", "boot_s", "short"),
    [
        (1000, 1.0, set()),
        (1001, 1.0, {"no-op"}),
        (1000, 0.99, {"start"}),
        (9e9, 0.1, {"no-op", "start"}),
    ],
)
def test_celery_is_beaten_by_the_ratio_that_is_promised(tasks_per_s, boot_s, short):
    """Five times the jobs and a quarter of the start hold exactly at the ratio."""
    bars = bench_celery.bars(OURS | theirs(tasks_per_s, boot_s))
    assert {bar.what.split()[0] for bar in bars if bar.holds is False} == short


def test_rounds_are_compared_with_the_one_beside_them():
    """A machine that is slow for a while slows both, and the ratio stays."""
    figures = OURS | theirs(1000, 1.0)
    figures["rate"] = [figures["rate"][0] | {"jobs_per_s": r} for r in (6000.0, 1200.0, 6000.0)]
    slow = [{"tasks_per_s": r, "boot_s": 1.0} for r in (1000.0, 200.0, 1000.0)]
    bars = bench_celery.bars(figures | {"celery": slow})
    assert bars[0].measured == "6,000 to 1,000 per s, 6.0 x"


def test_without_celery_nothing_is_claimed():
    """What there is nothing to compare with neither holds nor fails."""
    bars = bench_celery.bars(OURS)
    assert [bar.holds for bar in bars[:2]] == [None, None]
    assert not report(bars).fell_short


def test_a_noisy_machine_is_named():
    """Others' work, stolen time and rounds that differ are each said; quiet says nothing."""
    quiet = table.Ticks(total=1000, busy=500, stolen=10, own=450)
    assert table.noise({"rate": [100.0, 110.0, 90.0]}, quiet) == []
    assert "others took 40%" in table.noise({}, quiet._replace(own=100))[0]
    assert "6% of the processor's time was stolen" in table.noise({}, quiet._replace(stolen=60))[0]
    assert "rate differs by 60%" in table.noise({"rate": [70.0, 130.0, 100.0]}, quiet)[0]


def test_own_work_is_not_others():
    """Time that a child of ours took counts as ours as soon as it has ended."""
    before = table.ticks()
    subprocess.run([sys.executable, "-c", "sum(range(5_000_000))"], check=True)
    took = table.ticks().since(before)
    assert 0 < took.own <= took.total


def test_the_table_is_for_people():
    """One line for each figure, with what is wanted and whether it holds."""
    lines = table.lines(report([table.at_most("lag", 20.0, 10, "ms")]))
    assert lines[-1].split() == ["lag", "<=", "10", "ms", "20.0", "ms", "NO"]


def test_what_pip_says_is_the_reason(tmp_path):
    """A peer that cannot be installed is left out with the last line of what went wrong."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho first >&2\necho no such package >&2\nexit 1\n")
    python.chmod(0o700)
    with pytest.raises(environment.MissingError, match="no such package"):
        environment.pip(python, "celery")


def test_our_side_runs_for_real(tmp_path):
    """A host of its own process starts, runs a job in a child and tells when it was committed."""
    env = offer(tmp_path / "offer")
    command = [sys.executable, "-m", "benchmarks.versus.ours", "boot", str(tmp_path / "data")]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, env=env, cwd=root, capture_output=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr.decode()
    assert msgspec.json.decode(done.stdout)["done_at_s"] > 0
