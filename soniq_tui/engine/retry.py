"""When a stage that failed in passing is tried again. Pure."""

BASE_S = 2.0
"""The ceiling of the first wait; each further try doubles it."""
CAP_S = 300.0
"""No wait is longer."""


def delay_s(attempt: int, chance: float) -> float:
    """Return how long to wait before try number ``attempt`` (1 is the first retry), in seconds.

    Exponential with full jitter, so that jobs which failed together do not come back together:
    uniform between 0 and ``min(CAP_S, BASE_S * 2 ** (attempt - 1))``. ``chance`` is in 0..1.
    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    ceiling = min(CAP_S, BASE_S * 2.0 ** min(attempt - 1, 30))
    return chance * ceiling
