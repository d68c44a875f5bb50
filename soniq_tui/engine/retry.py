"""When a stage that failed in passing is tried again. Pure."""

BASE_S = 2.0
"""The ceiling of the first wait; each further try doubles it."""
CAP_S = 300.0
"""No wait that we choose is longer."""
ASKED_CAP_S = 3600.0
"""However long another side asks us to wait, more than this is not patience but giving up."""
JITTER = 0.1
"""By so much a wait that another side asked for is lengthened at most."""
MOST_S = ASKED_CAP_S * (1 + JITTER)
"""No wait at all is longer."""

NO_ROOM_S = 5.0
"""What found no room on a disk tries again after so long, as often as it takes."""


def delay_s(attempt: int, chance: float, asked_s: float | None = None) -> float:
    """Return how long to wait before try number ``attempt`` (1 is the first retry), in seconds.

    Exponential with full jitter, so that jobs which failed together do not come back together:
    uniform between 0 and ``min(CAP_S, BASE_S * 2 ** (attempt - 1))``. ``chance`` is in 0..1.
    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

    Where the other side asked for ``asked_s`` seconds (Retry-After, RFC 9110 section 10.2.3) that
    counts instead, and chance only adds to it: coming back early would be asking for a ban.
    """
    if asked_s is not None:
        # In this order NaN, which compares with nothing, counts as no wait.
        return min(ASKED_CAP_S, max(0.0, asked_s)) * (1 + JITTER * chance)
    ceiling = min(CAP_S, BASE_S * 2.0 ** min(attempt - 1, 30))
    return chance * ceiling
