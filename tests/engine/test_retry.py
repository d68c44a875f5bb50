"""The wait before a stage is tried again."""

import pytest

from soniq_tui.engine.retry import BASE_S, CAP_S, delay_s


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
