"""Killed 200 times, at random and at named points, the engine keeps every promise."""

import random
import statistics
import time
from collections.abc import Callable

import pytest

from tests.trust.ledger import Trial

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RANDOM_KILLS = 80
KILLS_AT_A_POINT = 20
POINTS = (
    "journal.before_begin",
    "journal.before_commit",
    "journal.after_commit",
    "journal.before_answer",
    "dispatch.started",
    "dispatch.ended",
)
JOBS, MS = 60, 4.0


def feed(trial: Trial, chance: random.Random) -> None:
    """See that there is work when the host dies, now and then in one large batch."""
    trial.submit(chance.choice([1, JOBS, JOBS, 4 * JOBS]), MS)


def test_at_random(trial: Callable[..., Trial]) -> None:
    """80 kills at random moments: no promised job is lost, each is done, and soon again."""
    chance = random.Random(20261122)
    tried = trial()
    for _ in range(RANDOM_KILLS):
        assert tried.start()
        if tried.outstanding() < JOBS:
            feed(tried, chance)
        time.sleep(chance.uniform(0.0, 0.6))
        tried.kill()
    finished(tried)
    assert statistics.median(tried.restarts_s) < 1.0, sorted(tried.restarts_s)


@pytest.mark.parametrize("point", POINTS)
def test_at_a_point(trial: Callable[..., Trial], point: str) -> None:
    """20 kills right before or after what must be one step: nothing is lost, nothing half done."""
    chance = random.Random(point)
    tried = trial()
    for _ in range(KILLS_AT_A_POINT):
        nth = chance.randint(3, 60)
        if tried.start(TEST_SONIQ_CRASH_AT=f"{point}:{nth}"):
            alive = True
            while alive:
                few = tried.outstanding() < JOBS
                alive = tried.submit(chance.choice([1, JOBS]) if few else 1, MS)
                time.sleep(0.01)
        tried.died()
        assert tried.complaints == ""
    finished(tried)


def finished(tried: Trial) -> None:
    """Let it end and judge it."""
    assert tried.start()
    tried.finish()
    tried.judge()
