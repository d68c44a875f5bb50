"""How long things take, however that is written: ISO 8601, a clock, some languages' words. Pure."""

import re
from typing import Any

from soniq_tui.importers.recipes.page.plain import plain
from soniq_tui.importers.recipes.page.strings import strings_of, text_of
from soniq_tui.importers.recipes.units import FRACTIONS

_DURATION = re.compile(
    r"^\s*([+-])?P(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?"
    r"(?:T(?:(-?\d+(?:[.,]\d+)?)H)?(?:(-?\d+(?:[.,]\d+)?)M)?(?:(-?\d+(?:[.,]\d+)?)S)?)?\s*$",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"^(\d{1,2}):([0-5]\d)(?::([0-5]\d))?\s*(?:h(?:ou|eu|\b|r)\w*|std\w*|uur|(m)(?:in\w*|n)?)?\.?$",
    re.IGNORECASE,
)
"""Hours, minutes and maybe seconds; minutes and seconds where that is said: the last group."""
_NUMBER = r"(?<![\d/.,])(?:\d{1,3}\s+)?[1-9]/[1-9](?!\d)|\d+(?:[.,]\d+)?|\d*\s*[¼½¾⅓⅔]"
_SPOKEN = re.compile(
    rf"({_NUMBER})\s*"
    r"(d(?:ays?|agen?|ías?)?|j(?:ours?)?|tage?|h(?:(?:ou)?rs?|eures?|oras?)?|std\.?|stunden?|uur|timmar|timer?|or[ae]|"
    r"m(?:n|in(?:ute|uut|uten|uti|utos?|uter|utter)?[sn]?\.?)?|['′](?!['′])|s(?:ec(?:onds?)?)?)(?![a-zà-ÿ])",
    re.IGNORECASE,
)
_TO = re.compile(r"^\s*(?:[-–—/]|to|or|à|ou|bis|oder|tot|of|a|o|til|till)\s*$", re.IGNORECASE)
"""Between the ends of a range: the longer one counts."""
_UNITS = {"SEC": "s", "MIN": "min", "HUR": "h", "DAY": "days"}
"""Common codes of UN/CEFACT, as schema.org wants units."""
DURATION_MOST_CHARS = 200


def minutes_of(value: Any) -> int | None:
    """Return minutes of an ISO 8601 duration, a number of minutes, or words like "1 h 30".

    What is negative or nothing is not told.
    """
    if isinstance(value, dict):
        unit = _UNITS.get(text_of(value.get("unitCode")).upper(), text_of(value.get("unitText")))
        number = value.get("maxValue") or value.get("value") or value.get("minValue")
        value = f"{text_of(number)} {unit}"
    for told in strings_of(value):
        text = told[:DURATION_MOST_CHARS]
        if (match := _DURATION.match(text)) and any(match.groups()[1:]):
            return None if match[1] == "-" else _of_iso(match.groups()[1:])
        plain_text = plain(text)
        try:
            return _sane(float(plain_text))
        except ValueError:
            pass
        if clock := _CLOCK.match(plain_text):
            first, second, third = (int(g or 0) for g in clock.groups()[:3])
            return _sane(first + second / 60 if clock[4] else first * 60 + second + third / 60)
        if not re.match(r"[-−–]\d|-P", plain_text) and (found := _spoken(plain_text)):
            return _sane(found)
    return None


def _of_iso(groups: tuple[str | None, ...]) -> int | None:
    years, months, weeks, days, hours, minutes, seconds = (
        float((g or "0").replace(",", ".")) for g in groups
    )
    total = (((years * 365 + months * 30 + weeks * 7 + days) * 24) + hours) * 60 + minutes
    return _sane(total + seconds / 60)


def _sane(minutes: float) -> int | None:
    return round(minutes) or None if 0 < minutes < 60 * 24 * 366 else None


def _spoken(text: str) -> float:
    """Return the minutes of words, nothing where they tell no time; of a range the longer end."""
    total, last, end, hours_at = 0.0, 0.0, 0, None
    for match in _SPOKEN.finditer(text):
        each = _minutes_of_unit(match[2].lower())
        if total and each >= last and _TO.match(text[end : match.start()]):
            total = 0.0
        total += _number(match[1].strip()) * each
        last, end = each, match.end()
        hours_at = end if each == 60 else hours_at  # noqa: PLR2004
    if hours_at is not None and (rest := re.match(r"\s*(\d{1,2})\s*$", text[hours_at:])):
        total += int(rest[1])  # "1h30"
    return total


def _minutes_of_unit(unit: str) -> float:
    if unit[0] in "dj" or unit.startswith("tag"):
        return 1440
    if unit[0] == "s" and not unit.startswith("st"):
        return 1 / 60
    return 1 if unit[0] in "m'′" else 60


def _number(text: str) -> float:
    if "/" in text:
        whole, _, part = text.rpartition(" ")
        top, _, bottom = part.partition("/")
        return float(whole.strip() or 0) + int(top) / int(bottom)
    half = next((v for c, v in FRACTIONS.items() if text.endswith(c)), 0.0)
    whole = text.rstrip("¼½¾⅓⅔ ").replace(",", ".")
    return (float(whole) if whole else 0.0) + half
