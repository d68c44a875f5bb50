"""Yield and times that a page tells people alone: "Serves 4", "Temps total : 1 h 20". Pure."""

import re
from collections.abc import Iterable

from soniq_tui.importers.recipes.page.found import Found
from soniq_tui.importers.recipes.page.times import minutes_of

_NUMBER = r"\d{1,3}(?:\s?(?:[-–/]|à|to|bis|tot|a|do)\s?\d{1,3})?"
_EATERS = (
    r"(?:servings?|persons?|people|portions?|personnes?|parts|convives|personen|portionen|stück|porties|"
    r"stuks|personer|porsjoner|portioner|porciones|personas|raciones|por[cç][oõ]es|pessoas|porzioni|persone|"
    r"porcj[ei]|osoby|osób|annosta|cookies|muffins|pancakes|slices|pieces|cupcakes|biscuits)"
)
_YIELDS = re.compile(
    rf"^(?:(?:recipe )?yields?|servings?(?: size)?|serves|makes|portions?|"
    rf"(?:nombre de )?(?:personnes|parts|portions)|rendement|personen|portionen|ergibt|"
    rf"ergiebigkeit|aantal (?:personen|porties)|porties|antal (?:personer|portioner)|portioner|"
    rf"porsjoner|räcker till|"
    rf"porciones|raciones|rendimiento|rende|por[cç][oõ]es|rendimento|porzioni|dosi(?: per)?|"
    rf"(?:liczba )?porcji|ilość porcji)"
    rf"\s?[:=]?\s?((?:about |env(?:iron|\.) |ca\.? )?{_NUMBER}(?:\s{_EATERS})?)\s?[.)]?$"
    rf"|^(?:serves|makes|pour|für|voor|för|til|para|per|dla)\s?:?\s({_NUMBER}\s{_EATERS})\s?[.):]?$"
    rf"|^({_NUMBER}\s{_EATERS})\s?[.:]?$",
    re.IGNORECASE,
)
_TIMES = {
    "total_min": r"total(?: time)?|ready in|temps total|durée totale|gesamtzeit|gesamt|totale tijd|"
    r"totaltid|tiempo total|tempo total[e]?|czas całkowity",
    "prep_min": r"prep(?:aration)?(?: time)?|(?:temps de )?préparation|vorbereitung(?:szeit)?|"
    r"zubereitungszeit|voorbereiding(?:stijd)?|tiempo de preparación|tempo de preparo|"
    r"(?:tempo di )?preparazione|czas przygotowania",
    "cook_min": r"cook(?:ing)?(?: time)?|(?:temps de )?cuisson|kochzeit|backzeit|garzeit|"
    r"(?:bak|kook)tijd|tiempo de cocción|(?:tempo di )?cottura|czas gotowania",
}
_TIMED = {
    name: re.compile(rf"^(?:{words})\s?:?\s?(\d[\d\s.,:½¼¾a-zéûß]{{0,30}})$", re.IGNORECASE)
    for name, words in _TIMES.items()
}
_UNIT = re.compile(r"\d\s?(?:m|h|std|uur|tim|d|j|or[ae]|godz)", re.IGNORECASE)
LONGEST, MOST_LINES = 80, 5000


def complete(found: Found, lines: Iterable[str]) -> None:
    """Give a recipe the yield and times that the lines of its page tell, where it has none.

    The first of each kind is the recipe's; a label may stand alone, its value in the line below.
    """
    wants_times = not found.timed
    told: dict[str, int] = {}
    before = ""
    for count, line in enumerate(lines):
        if count > MOST_LINES or (found.yields and not wants_times):
            break
        if len(line) <= LONGEST:
            for text in (line, f"{before} {line}" if before else line):
                found.yields = found.yields or _yields(text)
                for name, pattern in _TIMED.items() if wants_times else ():
                    match = pattern.match(text)
                    if match and _UNIT.search(match[1]) and (minutes := minutes_of(match[1])):
                        told.setdefault(name, minutes)
        before = line if len(line) <= LONGEST and not any(c.isdigit() for c in line) else ""
    for name, minutes in told.items():
        setattr(found, name, minutes)


def tells(line: str) -> bool:
    """Return whether a line is a yield or a time, and nothing else."""
    if len(line) > LONGEST:
        return False
    return bool(_YIELDS.match(line) or any(pattern.match(line) for pattern in _TIMED.values()))


def _yields(line: str) -> str:
    match = _YIELDS.match(line)
    return next((each for each in match.groups() if each), "") if match else ""
