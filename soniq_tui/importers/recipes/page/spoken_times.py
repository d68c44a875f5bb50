"""How long things take in words: "1 Std. 30 Min.", "une heure et demie", "1時間30分". Pure."""

import re
from collections.abc import Iterator
from functools import cache

from soniq_tui.importers.recipes.numerals import NUMBERS
from soniq_tui.importers.recipes.units import DASHES, FRACTIONS, TO, unit_at

DAY_MIN, WEEK_MIN = 1440, 10_080
_NAMES: dict[float, str] = {
    1 / 60: "s sec secs second seconds seconde secondes seconden sek sekunde sekunden sekunder "
    "sekund sekundy segundo segundos secondo secondi сек секунд секунды 秒 초",
    1: "m mn min mins minute minutes minuten minuter minutter minuto minutos minuti minuut minut "
    "minutt minuty minúta minúty minút minuutti minuuttia perc dakika dk мин минута минуту минуты "
    "минут хв хвилин λεπτό λεπτά دقيقة دقائق 分 分钟 分鐘 分間 분 ' ′ ’",
    60: "h hr hrs hour hours heure heures hora horas std stunde stunden uur uren u timme timmar "
    "tim time timer t ora ore godz godzina godzinę godziny godzin hod hodina hodinu hodiny hodin "
    "óra saat sa tunti tuntia ч час часа часов год година години годин ώρα ώρες ساعة ساعات 時間 "
    "小时 小時 시간",
    DAY_MIN: "d day days j jour jours tag tage tagen dag dagen dagar dage dager día días dia dias "
    "giorno giorni dzień dni den dny dní nap gün день дня дней päivä päivää يوم 日 天 일",
    WEEK_MIN: "week weeks wk wks semaine semaines woche wochen semana semanas settimana settimane "
    "vecka veckor uge uger uke uker weken viikko viikkoa tydzień tygodnie tygodni týden týdny "
    "týdnů неделя недели недель",
}
_MINUTES = {name: minutes for minutes, names in _NAMES.items() for name in names.split()}
_SIGNS = "".join(FRACTIONS)
_LETTER = rf"[^\W\d_{_SIGNS}]"
_UNSPACED = [name for name in _MINUTES if name[0] > "\u2000" or name == "'"]
"""Signs, and words of languages that write no blanks: other letters may follow at once."""
_UNIT = (
    rf"(?:(?:{'|'.join(sorted(_UNSPACED, key=len, reverse=True))})(?!['′’])|"
    rf"{_LETTER}{{1,{max(map(len, _MINUTES))}}}(?!{_LETTER}))"
)
"""What may be a unit: a word, which is to be looked up."""
_NUMBER = (
    r"(?<![\d/.,])(?:\d{1,3}\s{1,3})?[1-9]/[1-9](?!\d)|"
    rf"(?:(?<!\d)\d{{1,5}}\s{{0,3}})?[{_SIGNS}]|(?<!\d)\d{{1,5}}(?:[.,]\d{{1,3}})?(?!\d)"
)
_SPOKEN = re.compile(rf"({_NUMBER})\s{{0,3}}({_UNIT})\.?", re.IGNORECASE)
_TO = re.compile(rf"^\s*(?:[{DASHES}/]|{TO})\s*$", re.IGNORECASE)
"""Between the ends of a range: the longer one counts."""
_MORE = {
    "1": "a an en um", "2.5": "zweieinhalb", "4": "fire", "10": "tien",
    "15": "fifteen quinze fünfzehn vijftien quince quindici",
    "20": "twenty vingt zwanzig twintig veinte venti vinte",
    "25": "twenty-five vingt-cinq",
    "30": "thirty trente dreißig dertig treinta trenta trinta",
    "40": "forty quarante vierzig cuarenta quaranta quarenta",
    "45": "forty-five quarante-cinq fünfundvierzig",
    "50": "fifty cinquante",
}  # fmt: skip
"""Numbers before units of time, besides those before food, where some of these are other words."""
_COUNTED = {word: str(count) for word, count in NUMBERS.items()} | {
    word: count for count, words in _MORE.items() for word in words.split()
}
_WORDS = "|".join(sorted(_COUNTED, key=len, reverse=True))
_COUNT = re.compile(
    rf"(?<![^\W_])({_WORDS})(?=\s{{1,3}}"
    rf"(?:and a half |(?:à|to|or|ou|bis|a) (?:{_WORDS}) )?({_UNIT}))",
    re.IGNORECASE,
)
_WHOLE = r"(\d{1,3} ?(?:h|heures?)|(?:une|deux|trois|quatre) heures?)"
_PHRASES = (
    ("45 min", (r"three[ -]quarters of an hour|(?:eine )?dreiviertelstunde|tre quarti d['’]ora|"
               r"trois quarts d['’]heure|tres cuartos de hora")),
    ("15 min", (r"(?:a )?quarter of an hour|(?:eine )?viertelstunde|(?:un )?quart d['’]heure|"
               r"(?:een )?kwartier|(?:un )?cuarto de hora|(?:un )?quarto d['’]ora")),
    ("90 min", r"(?<!\d )hora (?:y media|e meia)"),
    ("1 ora", r"un['’]ora"),
    (r"\1 15 min", rf"{_WHOLE} ?(?:et quart|(?:et )?1/4|quinze)"),
    (r"\1 30 min", rf"{_WHOLE} ?(?:(?:et )?1/2|trente)"),
    (r"\1 45 min", rf"{_WHOLE} ?(?:(?:et )?3/4|quarante-cinq)"),
    (r"\1 30 min", r"(hours?) and a half"),
    ("30 min", (r"half an hour|(?:a )?half[- ]hour|(?:eine )?halbe stunde|(?:en )?halvtimme|"
               r"(?:une )?demi[- ]?heure|(?:een )?half ?uur|media hora|meia hora|mezz['’ ]?ora|"
               r"et demie?|y media|e mezz[ao]|e meia")),
    (r"2 \1", r"an? (minute|hour) or (?:two|2)"),
    ("1.5", r"anderthalb|eineinhalb|anderhalf"),
)  # fmt: skip
_HINT = re.compile(
    "half|or two|or 2|un['’]ora|hal[bv]|demi|med?ia|mezz|ander|einein|quart|cuart|viertel|kwart|"
    "/[24]|quinze|trente|quarante",
    re.IGNORECASE,
)
"""One of these is in each of them."""
_HALF_MORE = re.compile(r"(?<=\d) and a half(?![^\W_])", re.IGNORECASE)


def minutes_in(text: str) -> float:
    """Return the minutes of words, nothing where they tell no time; of a range the longer end."""
    total, last, end = 0.0, 0.0, 0
    text = figures(text)
    for number, each, start, stop in _spans(text):
        if total and each >= last and _TO.match(text[end:start]):
            total = 0.0
        total += number * each
        last, end = each, stop
    return total


_NO_TIMERS = frozenset(("t", "u", "m", "sa", "tim", "time", "'", "′", "’"))
"""What is something else in most texts; those with a label before them are of times alone."""
_AND = re.compile(r"\s*(?:,|et|and|und|en|y|e|og|och|i|и)?\s*", re.IGNORECASE)


def timers(text: str) -> list[float]:
    """Return the minutes of each time up to hours that a text tells; of a range the longer end."""
    found: list[float] = []
    last, end = 0.0, 0
    text = figures(text)
    for number, each, start, stop in _spans(text, _NO_TIMERS):
        between = text[end:start]
        if each >= DAY_MIN:
            continue
        if found and each >= last and _TO.match(between):
            found[-1] = number * each
        elif found and each < last and _AND.fullmatch(between):
            found[-1] += number * each
        else:
            found.append(number * each)
        last, end = each, stop
    return found


def all_minutes(text: str) -> set[int]:
    """Return every time that a text tells anywhere, in minutes."""
    found: set[int] = set()
    for line in text.splitlines():
        each = (number * minutes for number, minutes, _, _ in _spans(figures(line)))
        found.update(map(round, (*each, *timers(line), minutes_in(line))))
    return found - {0}


def figures(text: str) -> str:
    """Return a text with the numbers of times in figures: "30 min" of "une demi-heure"."""
    for phrase, said in _phrases() if _HINT.search(text) else ():
        text = phrase.sub(said, text)
    text = _COUNT.sub(_counted, text)
    return _HALF_MORE.sub(".5", text)


@cache
def _phrases() -> list[tuple[re.Pattern[str], str]]:
    """Return them ready to be looked for: many texts have none, and that takes a while."""
    return [
        (re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE), said)
        for said, words in _PHRASES
    ]


def _counted(found: re.Match[str]) -> str:
    is_unit = found[2].lower() in _MINUTES
    return _COUNTED.get(found[1].lower(), found[1]) if is_unit else found[1]


def _spans(
    text: str, passed: frozenset[str] = frozenset()
) -> Iterator[tuple[float, float, int, int]]:
    """Yield how many of how many minutes are told, and from where to where."""
    for match in _SPOKEN.finditer(text):
        unit = match[2].lower()
        if unit in _MINUTES and unit not in passed:
            number, each, end = _number(match[1].strip()), _MINUTES[unit], match.end()
            ends = match[0].endswith(".") and unit not in _SHORT
            if each == 60 and not ends and (rest := _behind_hours(text, end)):  # noqa: PLR2004
                number, end = number + int(rest[1]) / 60, rest.end()
            yield number, each, match.start(), end


_SHORT = frozenset(("h", "hr", "hrs", "std", "u", "t", "tim", "godz", "hod", "ч"))
"""Hours that are written with a point; behind another a sentence ends."""
NEAR = 60
"""Characters behind a number in which a unit would stand."""
_REST = re.compile(r"\s{0,3}([0-5]\d(?![\d.,/]*\d|\s?[°º%])|\d(?=\s*$))")
_RANGE = re.compile(rf"\s{{0,3}}(?:[{DASHES}]|{TO})\s{{0,3}}", re.IGNORECASE)


def _behind_hours(text: str, at: int) -> re.Match[str] | None:
    """Return the minutes that stand behind hours without a unit, as in "1h30"."""
    rest = _REST.match(text, at)
    if rest is None or unit_at(text[rest.end() : rest.end() + NEAR].lstrip()):
        return None
    to = _RANGE.match(text, rest.end())
    less = to and 0 < _unit_min(text, to.end()) < 60  # noqa: PLR2004  "1 hour 15 to 20 minutes"
    return None if less or _unit_min(text, rest.start(1)) else rest


def _unit_min(text: str, at: int) -> float:
    """Return the minutes of the unit of a number at a place; nothing where it has none."""
    told = _SPOKEN.match(text, at)
    return _MINUTES.get(told[2].lower(), 0) if told else 0


def _number(text: str) -> float:
    if "/" in text:
        whole, _, part = text.rpartition(" ")
        top, _, bottom = part.partition("/")
        return float(whole.strip() or 0) + int(top) / int(bottom)
    half = next((v for c, v in FRACTIONS.items() if text.endswith(c)), 0.0)
    whole = text.rstrip(f"{_SIGNS} ").replace(",", ".")
    return (float(whole) if whole else 0.0) + half
