"""How long things take, however that is written: ISO 8601, a clock, some languages' words. Pure."""

import re
from typing import Any

from soniq_tui.importers.recipes.page.plain import plain
from soniq_tui.importers.recipes.page.spoken_times import minutes_in
from soniq_tui.importers.recipes.page.strings import strings_of, text_of
from soniq_tui.importers.recipes.units import DASHES

_DURATION = re.compile(
    r"^\s*([+-])?P(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?"
    r"(?:T(?:(-?\d+(?:[.,]\d+)?)H)?(?:(-?\d+(?:[.,]\d+)?)M)?(?:(-?\d+(?:[.,]\d+)?)S)?)?\s*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(rf"\s*(?:[{DASHES}/]|\bto\b)\s*(?=PT?\d)", re.IGNORECASE)
_BARE = re.compile(r"^\s*PT\s*(\d{1,4})\s*$", re.IGNORECASE)
"""A duration without its unit."""
FEWEST_NO_MONTHS = 4
"""``P20M`` was to be twenty minutes; its T was forgotten."""
_CLOCK = re.compile(
    r"^(\d{1,2}):([0-5]\d)(?::([0-5]\d))?\s*(?:h(?:ou|eu|\b|r)\w*|std\w*|uur|(m)(?:in\w*|n)?)?\.?$",
    re.IGNORECASE,
)
"""Hours, minutes and maybe seconds; minutes and seconds where that is said: the last group."""
_UNITS = {"SEC": "s", "MIN": "min", "HUR": "h", "DAY": "days"}
"""Common codes of UN/CEFACT, as schema.org wants units."""
DURATION_MOST_CHARS = 200


def minutes_of(value: Any) -> int | None:
    """Return minutes of an ISO 8601 duration, a number of minutes, or words like "1 h 30".

    What is negative or nothing is not told.
    """
    if isinstance(value, dict):
        unit = _UNITS.get(text_of(value.get("unitCode")).upper(), text_of(value.get("unitText")))
        named = ("maxValue", "value", "minValue", "@value", "name")
        number = next((value[name] for name in named if value.get(name)), "")
        value = f"{text_of(number)} {unit}".strip()
    for told in strings_of(value):
        text = told[:DURATION_MOST_CHARS]
        if ends := _durations(text):
            return max((minutes for each in ends if (minutes := _of_iso(each))), default=None)
        plain_text = plain(_BARE.sub(r"\1", text))
        try:
            return _sane(float(plain_text))
        except ValueError:
            pass
        if clock := _CLOCK.match(plain_text):
            first, second, third = (int(g or 0) for g in clock.groups()[:3])
            return _sane(first + second / 60 if clock[4] else first * 60 + second + third / 60)
        if not re.match(r"[-−–]\d|-P", plain_text) and (found := minutes_in(plain_text)):
            return _sane(found)
    return None


def _durations(text: str) -> list[re.Match[str]]:
    """Return a duration of ISO 8601, or the two ends of a range; nothing where it is no such."""
    found = [_DURATION.match(part) for part in _BETWEEN.split(text)]
    return [each for each in found if each and any(each.groups()[1:])] if all(found) else []


def _of_iso(duration: re.Match[str]) -> int | None:
    if duration[1] == "-":
        return None
    years, months, weeks, days, hours, minutes, seconds = (
        float((group or "0").replace(",", ".")) for group in duration.groups()[1:]
    )
    if months >= FEWEST_NO_MONTHS and not any(duration.group(2, 4, 5, 6, 7, 8)):
        return _sane(months)
    total = (((years * 365 + months * 30 + weeks * 7 + days) * 24) + hours) * 60 + minutes
    return _sane(total + seconds / 60)


def _sane(minutes: float) -> int | None:
    return round(minutes) or None if 0 < minutes < 60 * 24 * 366 else None
