"""What a person types of what is shown: the English that engines know for it.

States and kinds are few, and each has its word. Reasons are known by their forms: for each that
says what was typed the longest part that is the same in every reason of its form is looked for.
"""

import re
from collections.abc import Callable, Collection, Iterable
from functools import cache, lru_cache, partial
from unicodedata import combining, normalize

from soniq_tui import words
from soniq_tui.words.failures import FAILURES
from soniq_tui.words.labels import LABELS
from soniq_tui.words.logged import LOGGED
from soniq_tui.words.told import FIELD

REASONS_MOST = 8
"""What more forms than that say is no word to find anything by; each costs a look at every row."""
LEAST_CHARS = 3
FAILURES_AND_LABELS = (*FAILURES, *LABELS)


def values(known: Iterable[str], typed: str) -> list[str]:
    """Return which of the known English words are shown as a word that begins so."""
    begun = folded(typed.replace("_", " "))
    return [each for each in known if begun and folded(shown(each)).startswith(begun)]


def shown(value: str) -> str:
    """Return how a state, a kind or a level is shown."""
    return words._(value.replace("_", " "))


def reasons(typed: str) -> list[str]:
    """Return what reasons of failures, and labels of jobs, have that are shown with these words."""
    return _said(FAILURES_AND_LABELS, typed)


def lines(typed: str) -> list[str]:
    """Return what lines of the log have that are shown with these words in them."""
    return _said(LOGGED, typed)


_FIGURE = re.compile(
    r"(?P<whole>\d{1,3}(?:[\u00a0\u202f]\d{3})+|\d+)(?:,(?P<decimals>\d+))?"
    r"(?P<unit>[ \u00a0\u202f][smh](?!\S))?"
)
_ONE = re.sub(r"\(\?P<\w+>", "(?:", _FIGURE.pattern)
_FIGURES = re.compile(
    r"""(?P<quoted>"[^"]*"?)|(?<![^\s!])(?P<before>(?P<name>[A-Za-z]+)[:<>])"""
    rf"(?P<value>{_ONE}(?:\|{_ONE})*)"
)
TIME = "time"
"""The field whose numbers have units."""


def figures(typed: str, fields: Collection[str]) -> str:
    """Return a filter with the numbers behind these fields as engines read them.

    What stands in quotes stays.
    """
    if words.in_use() == "en":
        return typed

    def plain(found: re.Match[str]) -> str:
        if found["name"] is None or (name := found["name"].lower()) not in fields:
            return found[0]

        def figure(one: re.Match[str]) -> str:
            unit = one["unit"] or ""
            unit = unit.lstrip() if name == TIME else unit
            return _plain(one["whole"], one["decimals"]) + unit

        return found["before"] + _FIGURE.sub(figure, found["value"])

    return _FIGURES.sub(plain, typed)


SOUGHT_MOST_CHARS = 1000
"""A longer search is refused, whatever is in it."""
_BLANKS = " \u00a0\u202f"
_UNIT = rf"[{_BLANKS}]?(?P<unit>kHz|Hz|kbit/s|k)(?![^\s\"-])"
_SOME = (
    rf"\d{{1,2}}(?:[{_BLANKS}]\d{{3}})+(?!\d)|\d{{1,3}}(?:[\u00a0\u202f]\d{{3}})+(?!\d)"
    r"|\d{1,20}(?!\d)"
)
"""A plain blank may stand before the next word as well ("bitrate:192 311"): it is taken for a part
of a number behind one or two figures alone."""
_ROUND = rf"\d{{3}}(?:[{_BLANKS}]\d{{3}})*[{_BLANKS}]\d00(?!\d)|{_SOME}"
"""Of sample rates also before round numbers ("192 000")."""


SOUGHT = {"year": _SOME, "bitrate": _SOME, "rate": _ROUND}
"""Filters of results that take numbers, or two with a dash between, and how these are written."""


def sought(typed: str) -> str:
    """Return a search of results with the numbers of its filters as importers read them."""
    if words.in_use() == "en" or len(typed) > SOUGHT_MOST_CHARS:
        return typed
    for name in SOUGHT:
        one, filters = _patterns(name)
        plain = partial(one.sub, _number)
        typed = filters.sub(partial(_with_plain, plain), typed)
    return typed


def _with_plain(plain: Callable[[str], str], found: re.Match[str]) -> str:
    return found["before"] + plain(found["value"])


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds a number behind a name, and what finds the name with one or two."""
    number = rf"(?P<whole>{SOUGHT[name]})(?:,(?P<decimals>\d+))?(?:{_UNIT})?"
    some = re.sub(r"\(\?P<\w+>", "(?:", number)
    filters = (
        rf"""(?<![^\s!])(?P<before>{name}:)(?P<quote>"?)"""
        rf"""(?P<value>(?:[<>]=?)?(?:{some})?-?(?:{some})?)(?P=quote)"""
    )
    return re.compile(number, re.IGNORECASE), re.compile(filters, re.IGNORECASE)


def _number(found: re.Match[str]) -> str:
    thousands = "k" if (found["unit"] or "").lower() in {"k", "khz"} else ""
    return _plain(found["whole"], found["decimals"]) + thousands


def _plain(whole: str, decimals: str | None) -> str:
    return re.sub(r"\D", "", whole) + (f".{decimals}" if decimals else "")


def _said(forms: tuple[str, ...], typed: str) -> list[str]:
    part = folded(typed)
    if words.in_use() == "en" or len(part) < LEAST_CHARS:
        return []
    found: list[str] = []
    for text, anchor in _folded(forms, words.in_use()):
        if part in text and not any(shorter in anchor for shorter in found):
            found.append(anchor)
    return found if len(found) <= REASONS_MOST else []


@lru_cache(maxsize=8)
def _folded(forms: tuple[str, ...], language: str) -> tuple[tuple[str, str], ...]:
    """Return each form as it is shown, without what is put in, and its longest part in English.

    The shortest parts come first: what has a longer one in it has them, too.
    """
    del language  # the forms are translated into the one in use, which this is
    by_anchor: dict[str, str] = {}
    for form in forms:
        anchor = max((part.strip() for part in FIELD.split(form)[::2]), key=len)
        text = folded(FIELD.sub("\0", words._(form)))
        by_anchor[anchor] = f"{by_anchor.get(anchor, '')}\0{text}"
    return tuple((by_anchor[anchor], anchor) for anchor in sorted(by_anchor, key=len))


def folded(text: str) -> str:
    """Return a text without what a person leaves out who types in a hurry: case and accents."""
    plain = normalize("NFKD", text.replace("\u2019", "'")).casefold()
    return "".join(letter for letter in plain if not combining(letter))
