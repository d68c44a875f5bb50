"""The wait before a stage is tried again."""

import pytest

from soniq_tui.engine.retry import ASKED_CAP_S, BASE_S, CAP_S, MOST_S, delay_s


@pytest.mark.parametrize(("attempt", "ceiling"), [(1, BASE_S), (2, 4.0), (3, 8.0), (7, 128.0)])
def test_doubles(attempt: int, ceiling: float) -> None:
    """Each further try may wait twice as long."""
    assert delay_s(attempt, 1.0) == ceiling


@pytest.mark.parametrize("attempt", [9, 50, 10_000])
def test_cap(attempt: int) -> None:
    """No wait is longer than the cap, and no count of attempts overflows."""
    assert delay_s(attempt, 1.0) == CAP_S


def test_jitter() -> None:
    """The wait is anywhere between nothing and the ceiling, so that nobody comes back together."""
    assert [delay_s(2, chance) for chance in (0.0, 0.25, 1.0)] == [0.0, 1.0, 4.0]


@pytest.mark.parametrize(
    ("asked_s", "wait_s"),
    [(0.0, 0.0), (7.0, 7.0), (-5.0, 0.0), (1e9, ASKED_CAP_S), (float("nan"), 0.0)],
)
def test_asked_to_wait(asked_s: float, wait_s: float) -> None:
    """What the other side asks for counts instead, within reason, whatever the attempt."""
    assert delay_s(1, 0.0, asked_s) == wait_s
    assert delay_s(9, 0.0, asked_s) == wait_s


def test_nobody_comes_back_early() -> None:
    """Chance lengthens a wait that was asked for, by a tenth at most, and never shortens it."""
    assert [delay_s(1, chance, 100.0) for chance in (0.0, 0.5)] == [100.0, 105.0]
    assert delay_s(1, 1.0, 1e9) == MOST_S
