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
    rf"\s+{_GUEST}|\s*[(\[]\s*{_GUEST}|\s+/\s+|\s*;\s+",
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
)
"""Marks as printers set them, and as keyboards have them: MusicBrainz writes the former."""
_SET = re.compile(f"[{''.join(map(chr, _PLAIN))}]")
"""Any of the former: to look for them takes a tenth of the time in which they are replaced."""
_BRACKETS = {"(": ")", "[": "]"}
_MAX_NAME = 500
"""A longer text is no list of names."""


@lru_cache(20_000)
def name_key(name: str) -> str:
    """Return what equal names have in common: NFC, case folded, plain marks, white space collapsed.

    The decomposition before folding is Unicode's canonical caseless match (definition D145).
    """
    if name.isascii():
        return " ".join(name.lower().split())
    folded = normalize("NFC", normalize("NFD", name).casefold())
    if _SET.search(folded):
        folded = folded.translate(_PLAIN)
    return " ".join(folded.split())


@lru_cache(20_000)
def artists_of(
    names: tuple[str, ...], sort_name: str | None = None, ids: tuple[str, ...] = ()
) -> tuple[Artist, ...]:
    """Return the artists of a tag in their order, each once.

    Sort names and identifiers are given to artists where it is plain which belongs to which.
    """
    given = names
    if len(ids) != len(names) and any(map(_PARTS.search, names)):
        parted = tuple(part for name in names for part in parts(name))
        if len(ids) in {0, len(parted)} or len(ids) < len(names):
            given = parted
    paired = ids if len(ids) == len(given) else (None,) * len(given)
    found: dict[str, Artist] = {}
    for name, musicbrainz_id in zip(given, paired, strict=True):
        key = name_key(name)
        if key and key not in found:
            sort = sort_name if len(given) == 1 else None
            found[key] = Artist(key, " ".join(name.split()), sort or None, musicbrainz_id or None)
    return tuple(found.values())


def parts(name: str) -> list[str]:
    """Return the names in one text; where guests stand in brackets the names lose these."""
    if len(name) > _MAX_NAME:
        return [name]
    marks = _WHOLE.sub(lambda match: "\0" * len(match[0]), name)
    found: list[str] = []
    opened = ""
    at = 0
    for match in _PARTS.finditer(marks):
        part, opened = _closed(name[at : match.start()], opened)
        found.append(part)
        mark = match[0].strip()[:1]
        opened, at = mark if mark in _BRACKETS else opened, match.end()
    found.append(_closed(name[at:], opened)[0])
    return [part for part in found if part] or [name]


def _closed(part: str, opened: str) -> tuple[str, str]:
    """Return a name without the end of the bracket it stands in, and what is open behind it."""
    part = part.strip()
    closing = _BRACKETS.get(opened, "")
    if closing and part.endswith(closing) and part.count(opened) < part.count(closing):
        return part[:-1].rstrip(), ""
    return part, opened
