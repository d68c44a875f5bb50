"""How long ago something was, as people type it: ``90d``, ``12w``, ``2y``."""

import re

_AGE = re.compile(r"(\d{1,6})([hdwmy])", re.IGNORECASE)
_UNIT_S = {"h": 3600, "d": 86400, "w": 7 * 86400, "m": 30 * 86400, "y": 365 * 86400}


def seconds_of(text: str) -> int | None:
    """Return an age in seconds (a month has 30 days, a year 365); None where it is none."""
    age = _AGE.fullmatch(text)
    return None if age is None else int(age[1]) * _UNIT_S[age[2].lower()]
