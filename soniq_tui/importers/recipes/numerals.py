"""Numbers in words at the beginning of an ingredient line: "two eggs", "une demi-gousse". Pure.

"A little", "ein paar" and "five-spice" are no numbers, and "a" is one only before what is counted.
"""

import re

from soniq_tui.importers.recipes.units import COUNTS, DASHES, FRACTIONS, TO, unit_at

_NAMES = {
    1: "un une one eine einer einen ein een una uno uma ett",
    2: "deux two zwei twee dos due dois duas två",
    3: "trois three drei drie tres tre três",
    4: "quatre four vier cuatro quattro quatro fyra",
    5: "cinq five fünf cinco cinque fem",
    6: "six sechs seis sei sex",
    8: "huit eight acht ocho otto åtta",
    10: "dix ten zehn diez dieci dez",
    12: "douze twelve zwölf twaalf",
}
NUMBERS = {name: number for number, names in _NAMES.items() for name in names.split()}
_ARTICLES = {"a", "an"}
_ENGLISH = re.compile(
    r"(?:cup|tablespoon|tbsp|teaspoon|tsp|pinch|dash|handful|bunch|clove|can|tin|slice|sprig|stick|"
    r"head|knob|bottle|jar|glass|pint|quart|gallon|pound|packet|package|pack|piece|leaf|stalk|rib|"
    r"drizzle|drop|ball|rasher|litre|liter)$",
    re.IGNORECASE,
)
"""Before these in English, and before a dozen, "a" is a number; in Italian it is how: "a fette"."""
_WORD, _LAST = re.compile(r"([^\W\d_]+)\s+"), re.compile(r"([^\W\d_]+)\b\s*")
_FEW = re.compile(
    r"(?:(?:tout\s+petit|petit)\s+)?(?:peu|poco|po['’]|pouco|wenig|bisschen|bißchen|paar|beetje|"
    r"little|few|bit|touch|couple|spices?|épices|parfums|formaggi|fromages|leches|of)\b|d[eu]\s|d['’]|and\s+a\s+half\b(?!\s)",
    re.IGNORECASE,
)
_HALF = re.compile(
    r"(?P<one>(?:an?|une?|eine?[rnms]?|een|un[oa]|uma?|en|1)\s+)?"
    r"(?P<half>demie?s?[-\s]+|halbe[rnms]?\s+|halve?\s+|medi[oa]\s+|mezz(?:[oa]\s+|['’]\s*)|"
    r"mei[oa]\s+|half\s+(?:(?:of\s+)?(?:an?|the)\s+)?)"
    r"|(?P<of>(?:la\s+)?moitié\s+d['’](?:une?\s+)?)",
    re.IGNORECASE,
)
_NO_HALF = re.compile(r"(?:and|fat|y|e|écrémé|crema|glace)\b|&", re.IGNORECASE)
"""What makes of half something else: half and half, half-fat, lait demi écrémé."""
_AND = re.compile(
    rf"(\d+)\s*(?:and|&|et|und|en|y|e)\s+(\d/\d+|[{''.join(FRACTIONS)}]|demie?\b|"
    r"(?:an?\s+|eine?\s+|een\s+)?(?:half|halb|halve)\b|medi[oa]\b|mezz[oa]\b|mei[oa]\b)",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:([^\W_]+)[\s-]+)?(?:(?P<quarters>quarters?|viertel)|(?P<thirds>thirds?|drittel))\s+"
    r"(?:of\s+)?(?:(?:an?|the)\s+)?"
    r"|([^\W_]+)\s+(?:(?P<quarts>quarts?|cuartos?|quart[oi])|(?P<tiers>tiers|tercios?|terz[oi]))\s+"
    r"(?:d[ei]\s+|d['’])",
    re.IGNORECASE,
)
"""Before a unit; in English a quart is one itself."""
_TO_WORD = re.compile(rf"(\d+\s+(?:{TO})\s+)([^\W\d_]+)(?=\s)", re.IGNORECASE)
_KILOS = re.compile(r"(\d{1,2})\s?kg\s?(\d{3})(?!\d)(?:\s?g(?!\w))?", re.IGNORECASE)
"""What people say and write for grams behind kilograms: "1 kg 500"."""
_POINT = re.compile(r"[.,](?=\d)")


def in_figures(text: str) -> str:
    """Return a line with the number that it begins with in figures."""
    text = _POINT.sub("0.", text, count=1) if text[:1] in {".", ","} else text
    if half := _HALF.match(text):
        rest = text[half.end() :]
        alone = not (half["of"] or half["one"])
        joined = alone and half["half"][-1] in DASHES and not _counts(rest)
        text = text if joined or _NO_HALF.match(rest) else f"1/2 {rest}"
    elif part := _part(text):
        text = part
    elif word := _WORD.match(text):
        text = _worded(word[1].lower(), text, text[word.end() :])
    if (to := _TO_WORD.match(text)) and (high := NUMBERS.get(to[2].lower())):
        text = f"{to[1]}{high}{text[to.end() :]}"
    if more := _AND.match(text):
        part = more[2] if more[2][0] in FRACTIONS or more[2][0].isdigit() else "1/2"
        text = f"{more[1]} {part}{text[more.end() :]}"
    if kilos := _KILOS.match(text):
        text = f"{kilos[1]}.{kilos[2]} kg{text[kilos.end() :]}"
    return text


def _part(text: str) -> str:
    """Return quarters or thirds of a unit in figures; nothing where a text begins otherwise."""
    match = _PART.match(text)
    if match is None or unit_at(text[match.end() :]) is None:
        return ""
    word = (match[1] or match[4] or "a").lower()
    count = 1 if word in _ARTICLES else NUMBERS.get(word, word if word.isdecimal() else "")
    below = 3 if match["thirds"] or match["tiers"] else 4
    return f"{count}/{below} {text[match.end() :]}" if count else ""


def _worded(word: str, text: str, rest: str) -> str:
    if word in NUMBERS and not _FEW.match(rest):
        return f"{NUMBERS[word]} {rest}"
    unit = unit_at(rest) if word in _ARTICLES else None
    english = unit is not None and _ENGLISH.match(unit.text)
    dozen = word in _ARTICLES and counted(rest)[0] > 1
    return f"1 {rest}" if english or dozen else text


def _counts(rest: str) -> bool:
    """Return whether what follows is a unit, or so many of something."""
    return unit_at(rest) is not None or counted(rest)[0] > 1


def counted(text: str) -> tuple[int, str]:
    """Return twelve and the rest of what begins with a dozen, else one and all of it."""
    word = _LAST.match(text)
    number = COUNTS.get(word[1].lower().removesuffix("s"), 1) if word else 1
    return number, text[word.end() :] if word and number > 1 else text
