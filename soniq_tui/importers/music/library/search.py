"""What people type to find music, in the console and on the command line. Pure.

Words must all occur, the last one as a beginning; "words in quotes" stand together; ``!word`` must
not occur; ``artist:``, ``year:1990-1999`` and the like narrow down. Both sides of a comparison are
folded by ``wordindex.folded``. What is no such query is refused in words, never with an exception
of another kind.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from unicodedata import normalize

from soniq_tui.errors import UsageError
from soniq_tui.importers.music.genres import canonical
from soniq_tui.importers.music.wordindex import fold, folded
from soniq_tui.model.ages import seconds_of
from soniq_tui.model.near import hint

CHARS_MOST = 1000
TERMS_MOST = 50
TOKENS_MOST = 200
"""What lies beyond is left off."""
APART_MOST = 12
"""Letters of a word that may be written apart. Of a longer one there are too many ways."""
APART_FEW = 4
"""Of so few letters a part may be a single one: a-ha."""
COLUMNS = {"title": "title", "artist": "artists", "album": "album"}
"""Filters that look for words in one column of the index."""
IS = ("missing", "lossless", "compilation", "repaired")
NO = ("cover", "title", "artist", "album", "track", "year", "genre")
FILTERS: dict[str, str] = {
    "artist": "NAME: tracks and albums of artists with such a name",
    "album": "TITLE: on albums with such a title",
    "title": "WORDS: with these words in the title",
    "genre": "NAME: of a genre, whichever way the tag spells it",
    "year": "1990, 1990-1999, <1970 or >2010: of those years",
    "added": "7d: came into the library in the last 7 days; also h, w, m and y",
    "changed": "7d: read again in the last 7 days, for the file had changed",
    "moved": "7d: found under another name in the last 7 days",
    "gone": "7d: found to be gone in the last 7 days",
    "codec": "flac: of that codec or container",
    "bitrate": "<192: in kbit/s; also 320 and 192-320",
    "rate": ">48000: samples a second; also 44.1k",
    "no": f"{', '.join(NO)}: where that is missing",
    "is": f"{', '.join(IS)}",
    "path": "TEXT: with this text in the path",
}
"""By name: what they take and what they do."""

_TERM = re.compile(
    r'\s*(?P<no>!?)(?:(?P<name>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)(?:"|\Z)|(?P<word>\S*))'
)
_TOKEN = re.compile(r"[^\W_]+")
_RANGE = re.compile(
    r"(?P<op><=|>=|<|>)?(?P<low>\d{1,9}(?:\.\d{1,3}|,\d{1,3}(?=k))?k?)?(?P<to>-)?"
    r"(?P<high>\d{1,9}(?:\.\d{1,3}|,\d{1,3}(?=k))?k?)?",
    re.IGNORECASE,
)
_MOST = 10**12

_CACHED_CHARS = 200
"""Of a longer name, which some hostile tag holds, nothing is kept."""
_short = lru_cache(50_000)(fold)
"""Names that each key in a search compares again: those of 15,000 albums and of their artists."""


class Words(NamedTuple):
    """Words that stand together, in one column or in any."""

    tokens: tuple[str, ...]
    column: str = ""
    """Of the index; empty: any."""
    prefix: bool = False
    """The last of them may go on."""
    negative: bool = False
    sign: str = ""
    """Text without a letter or digit ("÷"), which no index of words knows; then no tokens."""
    others: tuple[tuple[str, ...], ...] = ()
    """Other tokens, whole ones, any of which will do as well."""


class Condition(NamedTuple):
    """A filter: the block ``where_NAME`` of ``library.sql`` with its values."""

    name: str
    values: dict[str, Any]
    negative: bool = False


class Search(NamedTuple):
    """A query that makes sense."""

    words: tuple[Words, ...] = ()
    conditions: tuple[Condition, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything was asked."""
        return bool(self.words or self.conditions)

    @property
    def filter(self) -> str:
        """The name of a filter in it; nothing where there are only words for any column."""
        of_columns = (w.column for w in self.words if w.column)
        named = next(
            (name for column in of_columns for name in COLUMNS if COLUMNS[name] == column), ""
        )
        return named or next((c.name.partition("_")[0] for c in self.conditions), "")

    def split(self, columns: Iterable[str]) -> tuple["Search", "Search"]:
        """Return what these columns decide (free words with them), and the rest."""
        own = tuple(w for w in self.words if not w.column or w.column in columns)
        rest = tuple(w for w in self.words if w not in own)
        return Search(own), Search(rest, self.conditions)

    def fits(self, texts: Mapping[str, str]) -> bool:
        """Return whether texts by column fit the words; conditions are not looked at."""
        return all(_found(words, texts) is not words.negative for words in self.words)


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text as the index of words has them."""
    return tuple(_TOKEN.findall(folded(text)))


def otherwise(words: Words) -> Words:
    """Return words with the ways in which they may be written otherwise.

    A word in two parts, or each letter by itself ("acdc", "rem": AC/DC, R.E.M.); several that were
    typed in one, in one ("ac/dc": ACDC).
    """
    joined = "".join(words.tokens)
    if not 1 < len(joined) <= APART_MOST:
        return words
    if len(words.tokens) > 1:
        return words._replace(others=((joined,),))
    least = 1 if len(joined) <= APART_FEW else 2
    parts = [(joined[:at], joined[at:]) for at in range(least, len(joined) - least + 1)]
    return words._replace(others=tuple(dict.fromkeys([*parts, tuple(joined)])))


def parse(text: str, now_s: float) -> Search:
    """Return what a text asks for.

    Args:
        text: what was typed.
        now_s: seconds since 1970, for ``added:``.

    Raises:
        UsageError: a filter or its value is not known; the message names the nearest that is.
    """
    plain = text[:CHARS_MOST].encode("utf-8", "replace").decode().replace("\0", " ").strip()
    words: list[Words] = []
    conditions: list[Condition] = []
    at = 0
    for _ in range(TERMS_MOST):
        match = _TERM.match(plain, at)
        if match is None or match.end() == at:
            break
        at = match.end()
        last = at >= len(plain)
        if (read := _term(match, now_s, last=last)) is None:
            continue
        if isinstance(read, Condition):
            conditions.append(read)
        else:
            words.append(read)
    return Search(_worded(words), tuple(conditions))


def _term(match: re.Match[str], now_s: float, *, last: bool) -> Words | Condition | None:
    name, phrase, word = match["name"], match["phrase"], match["word"]
    negative = bool(match["no"])
    value = phrase if phrase is not None else word
    if name is not None and not value and not last:
        name, value = None, f"{name}:"  # "Kid A: live" is two words and no filter
    if name is None:
        if not value.strip("!") and phrase is None:
            return _words(match[0].strip(), "", prefix=False, negative=False)  # the band "!!!"
        return _words(value, "", prefix=last and phrase is None, negative=negative)
    name = name.lower()
    if name not in FILTERS:
        raise UsageError(
            f"there is no filter '{name}:'; to look for the text itself, put it in quotes; "
            f"{hint(name, FILTERS, after=':')}"
        )
    if not value.strip():
        raise UsageError(f"'{name}:' wants a value: {name}:{FILTERS[name]}")
    if name in COLUMNS:
        return _words(value, COLUMNS[name], prefix=last and phrase is None, negative=negative)
    return Condition(*_condition(name, value.strip(), now_s), negative)


def _words(text: str, column: str, *, prefix: bool, negative: bool) -> Words | None:
    found = tokens(text)[:TOKENS_MOST]
    if found:
        prefix = prefix and bool(_TOKEN.fullmatch(folded(text).strip()[-1:]))
        return Words(found, column, prefix, negative)
    sign = text.strip()
    return Words((), column, negative=negative, sign=sign) if sign else None


def _worded(words: list[Words]) -> tuple[Words, ...]:
    """Leave out signs beside words: no tokenizer keeps the "&" of "Simon & Garfunkel"."""
    spelt = [w for w in words if w.tokens]
    return tuple(spelt if any(not w.negative for w in spelt) else words)


def _condition(name: str, value: str, now_s: float) -> tuple[str, dict[str, object]]:
    match name:
        case "year" | "bitrate" | "rate":
            low, high = _range(name, value)
            return name, {"low": low, "high": high}
        case "added" | "changed" | "moved" | "gone":
            age_s = seconds_of(value)
            if age_s is None:
                raise UsageError(f"'{name}:{value}': {FILTERS[name]}")
            return name, {"since": now_s - age_s}
        case "is" | "no":
            known = IS if name == "is" else NO
            if value.lower() not in known:
                near = hint(value.lower(), known, f"{name}:")
                raise UsageError(f"there is no '{name}:{value}'; {near}")
            return f"{name}_{value.lower()}", {}
        case "path":
            return name, {"value": normalize("NFC", value).casefold()}
        case "genre":
            return name, {"tokens": tokens(canonical(value)) or (value,)}
        case _:
            return name, {"value": value.lower()}


def _range(name: str, value: str) -> tuple[int, int]:
    """Return the bounds, both included, of ``5``, ``1-5``, ``1-``, ``-5``, ``<5`` and ``>=1``."""
    match = _RANGE.fullmatch(value)
    operator, low, to, high = match.groups() if match else ("", "", "", "")
    if not (low or high) or (operator and (to or not low)) or (high and not to):
        raise UsageError(f"'{name}:{value}': {name}:{FILTERS[name]}")
    first, last = _number(low, 0), _number(high, _MOST)
    match operator:
        case "<":
            return 0, first - 1
        case "<=":
            return 0, first
        case ">":
            return first + 1, _MOST
        case ">=":
            return first, _MOST
    return (first, last) if to else (first, first)


def _number(text: str | None, default: int) -> int:
    if not text:
        return default
    if text[-1] in "kK":
        return round(float(text[:-1].replace(",", ".")) * 1000)  # 44,1k in many languages
    return round(float(text))


def _found(words: Words, texts: Mapping[str, str]) -> bool:
    columns = [words.column] if words.column else texts
    if words.sign:
        sign = words.sign.casefold()
        return any(sign in texts.get(column, "").casefold() for column in columns)
    ways = _ways(words)
    for column in columns:
        text = texts.get(column, "")
        plain = _short(text) if len(text) <= _CACHED_CHARS else fold(text)
        # Most texts lack one of the words; only the others are taken apart.
        for tokens, wanted in ways:
            near = tokens[0] in plain and all(token in plain for token in tokens)
            if near and wanted in f" {' '.join(_TOKEN.findall(plain))} ":
                return True
    return False


@lru_cache(TERMS_MOST)
def _ways(words: Words) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return each way in which words may be written, and how that stands in a text."""
    first = words.tokens, f" {' '.join(words.tokens)}" + ("" if words.prefix else " ")
    return (first, *((tokens, f" {' '.join(tokens)} ") for tokens in words.others))
