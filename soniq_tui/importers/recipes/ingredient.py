"""An ingredient line taken apart: how much of what, in French and English. Pure.

The line itself is what counts and is kept; this is what machines may want of it. Where nothing sure
can be said nothing is said.
"""

import re
import unicodedata

import msgspec

from soniq_tui.importers.recipes.units import BY_NAME, FRACTIONS, Unit

MOST = 1e7
"""Larger numbers are no amounts but those of articles, or nonsense."""
_ONE = (
    rf"(?:\d+(?:[.,]\d+)?\s*(?:[{''.join(FRACTIONS)}]|\s\d+/\d+)?|\d+/\d+|[{''.join(FRACTIONS)}])"
)
_NUMBER = rf"(?:\d+\s+\d+/\d+|\d+/\d+|{_ONE})"
_AMOUNT = re.compile(
    rf"^\s*(?:env(?:iron|\.)|about|approx\.?|ca\.?|~|≈)?\s*(?P<low>{_NUMBER})"
    rf"(?:\s*(?:-|–|à|to|ou|or|bis|tot)\s*(?P<high>{_NUMBER}))?\s*(?P<times>[x×]\s*)?",
    re.IGNORECASE,
)
_WORDS = {"un": 1, "une": 1, "a": 1, "an": 1, "one": 1, "deux": 2, "two": 2, "trois": 3, "three": 3,
          "quatre": 4, "four": 4, "cinq": 5, "five": 5, "six": 6, "demi": 0.5, "half": 0.5,
          "eine": 1, "ein": 1}  # fmt: skip
_SPOKEN = re.compile(rf"^(?P<word>{'|'.join(_WORDS)})\b\s*", re.IGNORECASE)
_UNIT = re.compile(
    rf"^(?P<unit>{'|'.join(sorted(map(re.escape, BY_NAME), key=len, reverse=True))})"
    r"(?![\wà-ÿ])\.?\s*",
    re.IGNORECASE,
)
_OF = re.compile(r"^(?:of\s+|de\s+la\s+|de\s+l['’]|des\s+|du\s+|de\s+|d['’])", re.IGNORECASE)
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
    if turned := _REVERSED.match(text):  # "Lait : 25 cl"
        text = f"{turned['rest']} {turned['food'].strip()}"
    rest = _amount(found, text)
    rest = _unit(found, rest)
    _food(found, rest)
    return found


def _amount(found: Ingredient, text: str) -> str:
    if (match := _AMOUNT.match(text)) and _value(match["low"]) < MOST:
        found.min = _value(match["low"])
        found.max = min(_value(match["high"]), MOST) if match["high"] else found.min
        return text[match.end() :]
    if match := _SPOKEN.match(text):
        rest = text[match.end() :]
        if _UNIT.match(rest) or match["word"].lower() not in {"a", "an"}:
            found.min = found.max = _WORDS[match["word"].lower()]
            return rest
    return text


def _value(text: str) -> float:
    """Return a number: "1 1/2", "1½", "1,5"."""
    total = 0.0
    for sign, value in FRACTIONS.items():
        if sign in text:
            total += value
            text = text.replace(sign, " ")
    for part in text.split():
        above, _, below = part.partition("/")
        number = float(above.replace(",", "."))
        total += number / float(below) if below and float(below) else number
    return round(total, 4)


def _unit(found: Ingredient, rest: str) -> str:
    match = _UNIT.match(rest)
    if not match or found.min is None:
        return rest
    unit: Unit = BY_NAME[match["unit"].lower()]
    found.unit, found.unit_id = match["unit"], unit.id
    found.ml = round(found.min * unit.ml, 2) if unit.ml else None
    found.g = round(found.min * unit.g, 2) if unit.g else None
    return rest[match.end() :]


def _food(found: Ingredient, rest: str) -> None:
    notes = [aside.strip() for aside in _ASIDE.findall(rest) if aside.strip()]
    rest = _ASIDE.sub(" ", _OF.sub("", _MULTIPLE.sub("", rest.strip())))
    food, comma, note = rest.partition(", ")
    if comma:
        notes.append(note.strip())
    found.food = " ".join(food.split()).strip(" .,;:") or None
    found.note = "; ".join(n for n in notes if n) or None
