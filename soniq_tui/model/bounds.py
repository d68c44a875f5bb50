"""What is wrong with a number beyond what it can be, as forms, commands and settings say it."""

import re

from soniq_tui.model.text import shown

_RANGE = re.compile(r"Expected `\w+` (?P<sign>[<>])= (?P<bound>[\d.e+-]+)")
"""What msgspec says of such a number: "Expected `int` >= 1", with where it stands behind it."""
MOST_CHARS = 20
INT_MOST = 2**63 - 1
"""What the journal can hold, and a message to an engine."""


def too_small(number: object, least: object) -> str:
    """Return that ``number``, which may be text from outside, is less than ``least``."""
    return f"{shown(str(number), MOST_CHARS)} is too small; {least} is the least"


def too_large(number: object, most: object) -> str:
    """Return that ``number``, which may be text from outside, is more than ``most``."""
    return f"{shown(str(number), MOST_CHARS)} is too large; {most} is the most"


def refused(said: str, number: object) -> str:
    """Return what msgspec says of a number beyond its bounds; empty where it says another thing."""
    found = _RANGE.match(said)
    if found is None or str(number).lower().lstrip("+-") == "nan":  # that is beyond no bound
        return ""
    bound = found["bound"].removesuffix(".0")
    return (too_small if found["sign"] == ">" else too_large)(number, bound)
