"""Who made a track: names as tagged become artists, each with the key that equal names share.

Tags that hold several values are taken as they are. One value that names several people is parted
only where that is plain: at " feat. " and the like, at " / " and ";" with white space around or
after them. Never at "/", "," or "&": AC/DC and Earth, Wind & Fire are one name each. Identifiers of
MusicBrainz have the last word: as many of them as names means that the names are right.
"""

import re
from functools import lru_cache
from unicodedata import normalize

from soniq_tui.importers.music.words import Artist

_GUEST = r"(?:(?:feat|ft)(?:\.\s*(?=\S)|\s+)|featuring\s+)"
_PARTS = re.compile(
    rf"(?:\s*,|\s+[-\u2013])?\s+{_GUEST}|\s*[(\[]\s*{_GUEST}|\s+/\s+|\s*;\s+",
    re.IGNORECASE,
)
"""What stands between names. navidrome parts at the same places by default."""
_WHOLE = re.compile(
    r"(?<!\w)(?:ac\s+/\s+dc|22\s+/\s+7|\+\s+/\s+-|of monsters and men\s+/\s+live|little\s+feat)"
    r"(?!\w)",
    re.IGNORECASE,
)
"""Names that hold such a mark and are one name all the same, alone and among others."""
_PLAIN = str.maketrans(
    dict.fromkeys("\u2018\u2019\u02bc\u00b4", "'")
    | dict.fromkeys("\u201c\u201d", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
    | {"\u2026": "..."}
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", "")
)
"""Marks as printers set them, and as keyboards have them: MusicBrainz writes the former.

Signs that nobody sees, such as texts from the web hold, become nothing.
"""
_SET = re.compile(f"[{''.join(map(chr, _PLAIN))}]")
"""Any of the former: to look for them takes a tenth of the time in which they are replaced."""
_BRACKETS = {"(": ")", "[": "]"}
_MAX_NAME = 500
"""A longer text is no list of names."""


def plain(name: str) -> str:
    """Return what equal names have in common: NFC, case folded, plain marks, white space collapsed.

    The decomposition before folding is Unicode's canonical caseless match (definition D145).
    """
    if name.isascii():
        return " ".join(name.lower().split())
    folded = normalize("NFC", normalize("NFD", name).casefold())
    if _SET.search(folded):
        folded = folded.translate(_PLAIN)
    return " ".join(folded.split())


name_key = lru_cache(20_000)(plain)
"""The same for names that come again and again."""


@lru_cache(20_000)
def artists_of(
    names: tuple[str, ...], sort_name: str | None = None, ids: tuple[str, ...] = ()
) -> tuple[Artist, ...]:
    """Return the artists of a tag in their order, each once.

    Sort names and identifiers are given to artists where it is plain which belongs to which.
    """
    given = names
    if len(ids) != len(names) and any(map(_is_parted, names)):
        parted = tuple(part for name in names for part in parts(name))
        if len(ids) in {0, len(parted)} or len(ids) < len(names):
            given = parted
    paired = ids if len(ids) == len(given) else (None,) * len(given)
    found: dict[str, Artist] = {}
    for name, musicbrainz_id in zip(given, paired, strict=True):
        key = _artist_key(name)
        if key and key not in found:
            sort = sort_name if len(given) == 1 else None
            found[key] = Artist(key, " ".join(name.split()), sort or None, musicbrainz_id or None)
    return tuple(found.values())


def _artist_key(name: str) -> str:
    """Return the key of a name; "Beatles, The" is written as it is sorted."""
    key = name_key(name)
    return f"the {key[:-5]}" if key[-5:] == ", the" and len(key) > 5 else key  # noqa: PLR2004


def _is_parted(name: str) -> bool:
    """Say whether a mark stands in a text; most hold no letters of one, which is told at once."""
    low = name.lower()
    may = "/" in low or ";" in low or "ft" in low or "feat" in low
    return may and _PARTS.search(name) is not None


def parts(name: str) -> list[str]:
    """Return the names in one text; where guests stand in brackets the names around lose these."""
    if len(name) > _MAX_NAME:
        return [name]
    marks = _WHOLE.sub(lambda match: "\0" * len(match[0]), name)
    found = _Parted()
    at = 0
    for match in _PARTS.finditer(marks):
        found.add(name[at : match.start()])
        found.begin(match[0].strip()[:1])
        at = match.end()
    found.add(name[at:])
    return [part for each in found.names if (part := each.strip())] or [name]


class _Parted:
    """Names while a text is read; what follows on the guests of a name belongs to that."""

    def __init__(self) -> None:
        self.names = [""]
        self._at = 0
        """Which of them is written."""
        self._open: list[tuple[str, int]] = []
        """Brackets that guests stand in: the end of each, and whose they are."""
        self._depth = 0
        """Other brackets of that kind that are open in the last of them."""

    def begin(self, mark: str) -> None:
        """Begin another name, behind such a mark."""
        if mark in _BRACKETS:
            self._open.append((_BRACKETS[mark], self._at))
            self._depth = 0
        self.names.append("")
        self._at = len(self.names) - 1

    def add(self, text: str) -> None:
        """Take a text without marks."""
        while self._open and (end := self._end(text)) >= 0:
            self._write(text[:end])
            text = text[end + 1 :]
            self._at = self._open.pop()[1]
            self._depth = 0
        self._write(text)

    def _end(self, text: str) -> int:
        """Return where the last bracket of guests ends, -1 where it does not."""
        closing = self._open[-1][0]
        for at, sign in enumerate(text):
            if sign == closing:
                self._depth -= 1
                if self._depth < 0:
                    return at
            elif _BRACKETS.get(sign) == closing:
                self._depth += 1
        return -1

    def _write(self, text: str) -> None:
        name = self.names[self._at].rstrip()
        gap = " " if name and text[:1].isalnum() else ""
        self.names[self._at] = name + gap + text
