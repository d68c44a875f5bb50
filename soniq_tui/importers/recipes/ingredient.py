"""An ingredient line taken apart: how much of what, in French and English. Pure.

The line itself is what counts and is kept; this is what machines may want of it. Where nothing sure
can be said nothing is said.
"""

import re
import unicodedata

import msgspec

from soniq_tui.importers.recipes.numerals import counted, in_figures
from soniq_tui.importers.recipes.units import (
    BUTTER,
    DASHES,
    FRACTIONS,
    TO,
    Unit,
    is_size,
    unit_at,
)

MOST = 1e7
"""Larger numbers are no amounts but those of articles, or nonsense."""
_SIGNS = "".join(FRACTIONS)
_ONE = rf"(?:\d+(?:[.,]\d+)?\s*(?:[{_SIGNS}]|\s\d+/\d+)?|\d+/\d+|[{_SIGNS}])"
_NUMBER = rf"(?:\d+(?:\s+|-)[1-9]/[1-9]\d?(?!\d)|\d+\s+\d+/\d+|\d+/\d+|{_ONE})"
_TO = rf"\s*(?:[{DASHES}]|{TO})\s*"
_AMOUNT = re.compile(
    rf"^\s*(?:env(?:iron|\.)|about|approx(?:imately|\.)?|ca\.?|[~≈±]|\+/-)?\s*(?P<low>{_NUMBER})"
    rf"(?:{_TO}(?P<high>{_NUMBER}))?\s*(?P<times>[x×](?![^\W\d_])\s*)?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(
    r"(?<![\d.,])(\d{1,3})(?:[.,](\d{3})(?=\s?(?:g|gr?|gramm?(?:es)?|ml|mg)\b)|"
    r"['’](\d{3})(?!\d)| (000)(?![\d.,]))"
)
"""Of grams and millilitres nobody writes thousandths; of kilograms some do."""
_SIZE = re.compile(rf"[{DASHES}][^\W\d_]|(?<!\s)[%°\"″”]")
"""A 14-oz can is no 14 of anything, nor is a 12" pizza."""
_HIGH = re.compile(rf"^{_TO}(?P<number>{_NUMBER})\s*", re.IGNORECASE)
_SECOND = re.compile(
    rf"^(?P<how>/|(?P<more>plus\s|\+|and\s|et\s|und\s|&)|(?P<less>minus\s|moins\s|less\s))?\s*"
    rf"(?P<number>{_NUMBER})\s*",
    re.IGNORECASE,
)
_OF = re.compile(r"^(?:of\s+|de\s+la\s+|de\s+l['’]|des\s+|du\s+|de\s+|d['’])", re.IGNORECASE)
_OF_UNIT = re.compile(
    r"^(?:d(?:i|o|a|os|as|el)\s+|del(?:la|lo|l['’])\s*|van\s+|von\s+)", re.IGNORECASE
)
"""Stands behind units alone; elsewhere these are words of food."""
_AND_HALF = re.compile(r"^(?:et\s+demie?|and\s+a\s+half)\b\s*", re.IGNORECASE)
_REVERSED = re.compile(rf"^(?P<food>[^:\d]{{2,60}}?)(?:\s*:|\s[{DASHES}])\s*(?P<rest>{_NUMBER}.*)$")
_REMARK = re.compile(
    r"(?:optional|optionnel|facultatif|fakultativ|opcional|facoltativo|for|pour|für|per|para|voor)\b",
    re.IGNORECASE,
)
"""So begins what stands before an amount and is no food."""
_ASIDE, _ASIDE_FIRST = re.compile(r"\s*\(([^()]*)\)"), re.compile(r"^\(([^()]*)\)\s*")
_MULTIPLE = re.compile(r"^[x×](?![^\W\d_])\s*", re.IGNORECASE)
_OTHER = re.compile(
    rf"\s+(?P<other>(?:or|ou|oder|eller|plus|minus|moins|and|et|und|\+|&)\s+{_NUMBER}(?![-‐‑]))",
    re.IGNORECASE,
)
"""Where another amount begins: of something else, of more or of less."""
_LIKED = re.compile(
    r"[\s,]+(?P<liked>to\s+taste|as\s+needed|selon\s+(?:le|votre|son)\s+go[ûu]t|au\s+go[ûu]t|"
    r"à\s+volonté|nach\s+(?:Geschmack|Belieben)|naar\s+smaak|al\s+gusto|a\s+gosto|"
    r"q\.\s?b\.?|quanto\s+basta|ett?er\s+smak|efter\s+smak|do\s+smaku|по\s+вкусу)\s*$",
    re.IGNORECASE,
)


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
    text = unicodedata.normalize("NFC", raw.replace("⁄", "/").replace("\u00a0", " "))
    text = text.translate(_NARROW).strip(" -–•*")
    head, notes = "", list[str]()
    if (first := _ASIDE_FIRST.match(text)) and _AMOUNT.match(text[first.end() :]):
        notes, text = [first[1]], text[first.end() :]
    if turned := _REVERSED.match(text):  # "Lait : 25 cl"
        head, text = turned["food"].strip(), turned["rest"]
        if _REMARK.match(head):
            head, notes = "", [*notes, head]
    text = in_figures(_THOUSANDS.sub(r"\1\2\3\4", text))
    rest = _unit(found, _counted(found, _amount(found, text)), notes)
    if rest is None:
        return Ingredient(raw=raw, group=found.group, food=_tidy(text) or None)
    _food(found, f"{head} {rest}" if head else rest, notes)
    return found


_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Letters and digits as wide as those of East Asia."""


def _amount(found: Ingredient, text: str) -> str:
    """Note how many there are; returns the rest."""
    match = _AMOUNT.match(text)
    if not match:
        return text
    low = _value(match["low"])
    high = _value(match["high"]) if match["high"] else low
    if not 0 < min(low, high) < MOST or _SIZE.match(text, match.end()):
        return text  # double zero flour is none at all
    found.min, found.max = min(low, high), min(max(low, high), MOST)
    return text[match.end() :]


def _counted(found: Ingredient, rest: str) -> str:
    """Make twelve of a dozen."""
    if found.min is None or found.max is None:
        return rest
    each, rest = counted(rest)
    found.min, found.max = min(found.min * each, MOST), min(found.max * each, MOST)
    return rest


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


def _unit(found: Ingredient, rest: str, notes: list[str]) -> str | None:
    """Note of what the number tells; returns the rest, None where the amount is not sure."""
    aside = _ASIDE_FIRST.match(rest)
    told = unit_at(rest[aside.end() :] if aside else rest)
    if told is None or found.min is None or found.max is None:
        return rest
    notes += [aside[1]] if aside else []
    notes += [told.size] if told.size else []
    unit, rest = told.unit, told.rest
    if not told.measures:
        unit = Unit(unit.id)
    elif unit.id == "stick" and not BUTTER.search(rest):
        unit = unit._replace(g=None)
    found.unit, found.unit_id = told.text, unit.id
    if half := _AND_HALF.match(rest):
        found.min, found.max, rest = found.min + 0.5, found.max + 0.5, rest[half.end() :]
    end = _HIGH.match(rest)
    high = unit_at(rest[end.end() :]) if end else None
    if end and high and high.unit == unit:  # "200 g - 250 g"
        found.max, rest = max(found.min, min(_value(end["number"]), MOST)), high.rest
    behind = _second(found, unit, rest, notes)
    if behind is None:
        return None
    found.ml = round(found.min * unit.ml, 2) if unit.ml else None
    found.g = round(found.min * unit.g, 2) if unit.g else None
    found.min, found.max = round(found.min, 4), round(found.max, 4)
    return _OF_UNIT.sub("", behind)


def _second(found: Ingredient, unit: Unit, rest: str, notes: list[str]) -> str | None:
    """Add a second amount to the first; returns the rest, None where nobody knows how much it is.

    "1 lb 2 oz" is one amount, "1 cup/240 ml" the same twice, and so is what is no small part of the
    first where nothing is said between.
    """
    match = _SECOND.match(rest)
    other = unit_at(rest[match.end() :]) if match else None
    if match is None or other is None or found.min is None or found.max is None:
        return rest
    changes = bool(match["more"] or match["less"])
    each = other.unit.ml if unit.ml else other.unit.g if unit.g else None
    if not each and changes:
        return None
    if not each:  # "1 can 400 g"
        notes.append(rest[match.start("number") : len(rest) - len(other.rest)].strip())
        return other.rest
    part = _value(match["number"]) * each / (unit.ml or unit.g or 1.0)
    if match["how"] != "/" and (changes or part < 0.9):  # noqa: PLR2004
        part = -part if match["less"] else part
        found.min, found.max = found.min + part, min(found.max + part, MOST)
    return other.rest if found.min > 0 else None


def _food(found: Ingredient, rest: str, notes: list[str]) -> None:
    """Note what it is; what else is said of it, and other amounts, are notes."""
    text = _MULTIPLE.sub("", rest.strip())
    notes += [aside.strip() for aside in _ASIDE.findall(text)]
    text = _OF.sub("", _ASIDE.sub(" ", text).strip())
    food, _, behind = text.partition(", ")
    if found.min is not None and (other := _OTHER.search(food)):
        if is_size(food[: other.start()]):  # "1 large or 2 small onions"
            found.min = found.max = found.unit = found.unit_id = found.ml = found.g = None
        else:
            notes.append(food[other.start("other") :].strip())
            food = food[: other.start()]
    if liked := _LIKED.search(food):
        notes.append(liked["liked"])
        food = food[: liked.start()]
    if not food.strip():  # "2 cups, packed, brown sugar"
        food, behind = behind, ""
    notes.append(behind.strip())
    found.food = _tidy(food) or None
    found.note = "; ".join(note for note in notes if note) or None


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" .,;:")
