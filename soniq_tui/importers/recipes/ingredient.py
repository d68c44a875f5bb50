"""An ingredient line taken apart: how much of what, in French and English. Pure.

The line itself is what counts and is kept; this is what machines may want of it. Where nothing sure
can be said nothing is said.
"""

import re
import unicodedata

import msgspec

from soniq_tui.importers.recipes.units import (
    BUTTER,
    BY_NAME,
    COUNTS,
    DASHES,
    FRACTIONS,
    NO_UNITS,
    Unit,
)

MOST = 1e7
"""Larger numbers are no amounts but those of articles, or nonsense."""
_ONE = (
    rf"(?:\d+(?:[.,]\d+)?\s*(?:[{''.join(FRACTIONS)}]|\s\d+/\d+)?|\d+/\d+|[{''.join(FRACTIONS)}])"
)
_NUMBER = rf"(?:\d+(?:\s+|-)[1-9]/[1-9]\d?(?!\d)|\d+\s+\d+/\d+|\d+/\d+|{_ONE})"
_TO = rf"\s*(?:[{DASHES}]|à|to|ou|or|bis|tot)\s*"
_AMOUNT = re.compile(
    rf"^\s*(?:env(?:iron|\.)|about|approx(?:imately|\.)?|ca\.?|[~≈±]|\+/-)?\s*(?P<low>{_NUMBER})"
    rf"(?:{_TO}(?P<high>{_NUMBER}))?\s*(?P<times>[x×]\s*)?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(
    r"(?<![\d.,])(\d{1,3})(?:[.,](\d{3})(?=\s?(?:g|gr?|gramm?(?:es)?|ml|mg)\b)| (000)(?![\d.,]))"
)
"""Of grams and millilitres nobody writes thousandths; of kilograms some do."""
_SIZE = re.compile(rf"^[{DASHES}][^\W\d_]")
"""A 14-oz can is no 14 of anything."""
_WORDS = {"un": 1, "une": 1, "a": 1, "an": 1, "one": 1, "deux": 2, "two": 2, "trois": 3, "three": 3,
          "quatre": 4, "four": 4, "cinq": 5, "five": 5, "six": 6, "demi": 0.5, "half": 0.5,
          "eine": 1, "ein": 1}  # fmt: skip
_SPOKEN = re.compile(rf"^(?P<word>{'|'.join(_WORDS)})\b\s*", re.IGNORECASE)
_UNITS = "|".join(sorted(map(re.escape, BY_NAME), key=len, reverse=True))
_UNIT = re.compile(rf"^(?P<unit>{_UNITS})(?![\wà-ÿ])\.?\s*", re.IGNORECASE)
_MEASURED = rf"(?P<number>{_NUMBER})\s*(?P<unit>{_UNITS})(?![\wà-ÿ])\.?\s*"
_HIGH = re.compile(rf"^{_TO}{_MEASURED}", re.IGNORECASE)
_SECOND = re.compile(rf"^(?P<how>/|plus\s|\+|and\s|et\s|&)?\s*{_MEASURED}", re.IGNORECASE)
_A = re.compile(r"^(?:of\s+)?(?:an?|une?)\s+", re.IGNORECASE)
_OF = re.compile(r"^(?:of\s+|de\s+la\s+|de\s+l['’]|des\s+|du\s+|de\s+|d['’])", re.IGNORECASE)
_HALF_OF = re.compile(
    r"^(?:(?:une?|1)\s+demie?[-\s]|(?:la\s+)?moitié\s+d['’](?:une?\s+)?)\s*", re.IGNORECASE
)
_AND = re.compile(
    rf"^(\d+)\s*(?:and|&|et)\s+(\d/\d+|[{''.join(FRACTIONS)}]|demie?\b)", re.IGNORECASE
)
_AND_HALF = re.compile(r"^(?:et\s+demie?|and\s+a\s+half)\b\s*", re.IGNORECASE)
_COUNTED = re.compile(rf"^({'|'.join(COUNTS)})s?\b\s*", re.IGNORECASE)
_REVERSED = re.compile(rf"^(?P<food>[^:\d]{{2,60}})\s*:\s*(?P<rest>{_NUMBER}.*)$")
_ASIDE = re.compile(r"\s*\(([^()]*)\)")
_MULTIPLE = re.compile(r"^[x×]\s*", re.IGNORECASE)


class Ingredient(msgspec.Struct, omit_defaults=False):
    """A line and what was understood of it; None where nothing was."""

    raw: str
    group: str | None = None
    min: float | None = None
    max: float | None = None
    unit: str | None = None
    """As written."""
    unit_id: str | None = None
    ml: float | None = None
    """Of the smaller amount."""
    g: float | None = None
    food: str | None = None
    note: str | None = None
    by: str = "rules"
    """``rules`` or ``llm``: who took it apart."""
    grounded: bool = True
    """Whether the page has this line; False: a model said so and the page does not."""


def parse(raw: str, group: str = "") -> Ingredient:
    """Take one line apart."""
    found = Ingredient(raw=raw, group=group or None)
    text = unicodedata.normalize("NFC", raw.replace("⁄", "/").replace("\u00a0", " ")).strip(" -–•*")
    text = _THOUSANDS.sub(r"\1\2\3", text)
    if turned := _REVERSED.match(text):  # "Lait : 25 cl"
        text = f"{turned['rest']} {turned['food'].strip()}"
    text = _AND.sub(_added, _HALF_OF.sub("1/2 ", text))
    rest = _counted(found, _amount(found, text))
    rest = _unit(found, rest)
    _food(found, rest)
    return found


def _amount(found: Ingredient, text: str) -> str:
    if match := _AMOUNT.match(text):
        low = _value(match["low"])
        high = _value(match["high"]) if match["high"] else low
        if not 0 < min(low, high) < MOST or _SIZE.match(text[match.end() :]):
            return text  # double zero flour is none at all
        found.min, found.max = min(low, high), min(max(low, high), MOST)
        return text[match.end() :]
    if match := _SPOKEN.match(text):
        rest = text[match.end() :]
        word = match["word"].lower()
        countable = _UNIT.match(rest) or _COUNTED.match(rest) or word not in {"a", "an"}
        if word in _WORDS and countable:
            found.min = found.max = _WORDS[word]
            return _A.sub("", rest) if found.min < 1 else rest
    return text


def _added(match: re.Match[str]) -> str:
    """Return "1 1/2" of "1 and 1/2"."""
    return f"{match[1]} {'1/2' if match[2][0] in 'dD' else match[2]}"


def _counted(found: Ingredient, rest: str) -> str:
    """Make twelve of a dozen."""
    match = _COUNTED.match(rest)
    if not match or found.min is None or found.max is None:
        return rest
    each = COUNTS[match[1].lower()]
    found.min, found.max = min(found.min * each, MOST), min(found.max * each, MOST)
    return rest[match.end() :]


def _value(text: str) -> float:
    """Return a number: "1 1/2", "1½", "1,5"."""
    total = 0.0
    for sign, value in FRACTIONS.items():
        if sign in text:
            total += value
            text = text.replace(sign, " ")
    for part in text.replace("-", " ").split():
        above, slash, below = part.partition("/")
        number = float(above.replace(",", "."))
        if slash and not float(below):
            return 0.0
        total += number / float(below) if slash else number
    return round(total, 4)


def _unit(found: Ingredient, rest: str) -> str:
    match = None if NO_UNITS.match(rest) else _UNIT.match(rest)
    unit = (
        BY_NAME.get(match["unit"].lower()) if match else None
    )  # there are letters of one case that are others
    if not match or unit is None or found.min is None or found.max is None:
        return rest
    if unit.id == "stick" and not BUTTER.search(rest):
        unit = unit._replace(g=None)
    found.unit, found.unit_id = match["unit"], unit.id
    rest = rest[match.end() :]
    if half := _AND_HALF.match(rest):
        found.min, found.max, rest = found.min + 0.5, found.max + 0.5, rest[half.end() :]
    if (end := _HIGH.match(rest)) and BY_NAME.get(end["unit"].lower()) == unit:  # "200 g - 250 g"
        found.max, rest = max(found.min, min(_value(end["number"]), MOST)), rest[end.end() :]
    more, rest = _more(unit, rest)
    if more is not None:
        found.ml = round(found.min * unit.ml + more, 2) if unit.ml else None
        found.g = round(found.min * unit.g + more, 2) if unit.g else None
    return rest


def _more(unit: Unit, rest: str) -> tuple[float | None, str]:
    """Return what a second amount adds to the first, in its grams or millilitres, and the rest.

    "1 lb 2 oz" is one amount, "1 cup/240 ml" the same twice, and so is what is no small part of the
    first where nothing is said between. None: nobody knows.
    """
    match = _SECOND.match(rest)
    other = BY_NAME.get(match["unit"].lower()) if match else None
    if match is None or other is None:
        return 0.0, rest
    rest = rest[match.end() :]
    if match["how"] == "/":
        return 0.0, rest
    each = other.ml if unit.ml else other.g if unit.g else None
    if not each:
        return None, rest
    second = _value(match["number"]) * each
    part_of = 0.9 * (unit.ml or unit.g or 0.0)
    return (second if match["how"] or second < part_of else 0.0), rest


def _food(found: Ingredient, rest: str) -> None:
    notes = [aside.strip() for aside in _ASIDE.findall(rest) if aside.strip()]
    rest = _OF.sub("", _ASIDE.sub(" ", _MULTIPLE.sub("", rest.strip())).strip())
    food, comma, note = rest.partition(", ")
    if comma:
        notes.append(note.strip())
    found.food = " ".join(food.split()).strip(" .,;:") or None
    found.note = "; ".join(n for n in notes if n) or None
