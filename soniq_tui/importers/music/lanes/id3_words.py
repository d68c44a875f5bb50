"""What the texts of ID3 mean: ID3v1, and words that stand for others, as mutagen has them.

References: id3.org/ID3v1, id3.org/id3v2.3.0 (TYER, TDAT, TIME, TCON), id3.org/id3v2.4.0-frames.
"""

import re
from functools import lru_cache

from soniq_tui.importers.music.lanes import Punt, pieces
from soniq_tui.importers.music.lanes.pieces import Piece
from soniq_tui.importers.music.tags import names
from soniq_tui.importers.music.tags.values import Meanings, date

V23, V24 = 3, 4
"""Versions of ID3v2."""
Key = str | tuple[str, ...]
"""What tells a frame from others of its tag: a name, a description, or that with a language."""
Held = dict[Key, Piece]
PLACES = pieces.places(names.ID3)

_MAX_CACHED = 256  # characters
_DATES_OF_23 = ("TYER", "TDAT", "TIME")
_NONE = [""]
_STAMPS = frozenset({"TDRC", "TDRL", "TDOR"})
OLD = frozenset({*_DATES_OF_23, "TORY"})
"""Frames of ID3v2.3 that ID3v2.4 has others for."""
RESPELT = OLD | _STAMPS | {"TCON"}
"""Frames whose values mutagen spells in another way than files do."""
_YEAR = re.compile(r"([0-9]{4})(-[0-9]{2}-[0-9]{2})?\Z")
_TWO_NUMBERS = re.compile(r"([0-9]{2})([0-9]{2})\Z")
_PLAIN_STAMP = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_SHORT_GENRES = frozenset({"", "RX", "CR"})
"""Genres that stand for another word, as numbers do."""
_ID3V1_READ, _ID3V1_LEAST, _ID3V1_MOST = 131, 124, 128
"""Bytes that mutagen looks through, and what it takes: it once wrote years too short."""
_NO_GENRE = 255
_OF_ID3V1 = frozenset({"TIT2", "TPE1", "TALB", "TRCK", "TCON"})
"""Frames that ID3v1 stands for, but for its year."""


def piece(name: str, values: list[str]) -> Piece:
    """Return what stands in a frame, with dates and genres spelt as mutagen does.

    The frames of ID3v2.3 in ``OLD`` keep their values, as fields of their names.
    """
    if name in RESPELT:
        if name in OLD:
            return (values, name, 0, values[0]) if len(values) == 1 else (values, "", -1, None)
        values = _respelt(name, values)
    return pieces.piece(PLACES.get(name), values)


def alone(tail: bytes) -> tuple[Meanings, bool]:
    """Return what the texts of an ID3v1 tag that stands alone mean, and whether there is one.

    Args:
        tail: the last ``TAIL`` bytes of the file.
    """
    held: Held = {}
    fill(held, tail, V24)
    return pieces.together(held.values()), bool(held)


def fill(held: Held, tail: bytes, version: int) -> None:
    """Add what an ID3v1 tag has where nothing is held.

    Args:
        held: by the names of frames.
        tail: the last ``TAIL`` bytes of the file.
        version: of the tag that the others are from.
    """
    year = "TYER" if version == V23 else "TDRC"
    if year in held and held.keys() >= _OF_ID3V1:
        return
    for name, value in _id3v1(tail, year).items():
        if name not in held:
            held[name] = piece(name, [value])


def dated(meant: Meanings) -> bool:
    """Put the date that frames of ID3v2.3 tell in their place.

    Returns False, and changes nothing, where other frames tell of dates as well.
    """
    if "date" in meant or "TORY" in meant:
        return False
    year, day, time = (meant.pop(name, "") for name in _DATES_OF_23)
    one = _recorded(year, day, time)
    if one is not None and one[1]:
        meant[one[1]] = one[3]
    return True


def renew(held: Held) -> None:
    """Put dates as ID3v2.4 has them in the place of those of ID3v2.3."""
    old = [held.pop(name)[0] if name in held else _NONE for name in _DATES_OF_23]
    (year,), (day,), (time,) = old  # ValueError where there are several
    if "TDRC" not in held and (one := _recorded(year, day, time)) is not None:
        held["TDRC"] = one
    if "TORY" in held:
        (first,) = held.pop("TORY")[0]
        if "," in first:
            raise Punt
        if "TDOR" not in held:
            held["TDOR"] = _dated("TDOR", first)


@lru_cache(1024)
def _dated(name: str, value: str) -> Piece:
    return piece(name, [value])


def _id3v1(tail: bytes, year: str) -> dict[str, str]:
    """Return the texts of an ID3v1 tag by the names of their frames, none without one.

    Args:
        tail: the last ``TAIL`` bytes of the file.
        year: the frame that the year goes to.
    """
    tail = tail[-_ID3V1_READ:]
    at = tail.find(b"TAG")
    size = len(tail) - at
    if at < 0 or tail.startswith(b"APETAGEX", at - 3) or not _ID3V1_LEAST <= size <= _ID3V1_MOST:
        return {}
    years = size - _ID3V1_LEAST
    title, artist, album = tail[at + 3 : at + 33], tail[at + 33 : at + 63], tail[at + 63 : at + 93]
    texts = (
        ("TIT2", title),
        ("TPE1", artist),
        ("TALB", album),
        (year, tail[at + 93 : at + 93 + years]),
    )
    found = {}
    for name, data in texts:
        if text := data.partition(b"\0")[0].strip().decode("latin-1"):
            found[name] = text
    if "," in found.get("TDRC", ""):
        raise Punt
    if tail[-3] == 0 and tail[-2]:
        found["TRCK"] = str(tail[-2])
    if tail[-1] != _NO_GENRE:
        found["TCON"] = str(tail[-1])
    return found


def _respelt(name: str, values: list[str]) -> list[str]:
    """Return the dates or the genres of a frame of ID3v2.4 as mutagen spells them."""
    if name in _STAMPS:
        return [_stamp(value) for value in values]
    if len(values) == 1 and _is_plain_genre(values[0]):
        return values
    return _genres("\0".join(values))


def _is_plain_genre(value: str) -> bool:
    """Say whether mutagen leaves a genre as it is."""
    odd = value in _SHORT_GENRES or value[0] == "(" or value.isdecimal() or "\n" in value
    return not odd


@lru_cache(1024)
def _genres(value: str) -> list[str]:
    """Return the names of genres, which may be numbers: mutagen reads them twice over."""
    from mutagen.id3 import TCON

    if len(value) > _MAX_CACHED:
        raise Punt
    frame = TCON(encoding=3, text=value.split("\0"))
    frame.genres = frame.genres
    return list(frame.genres)


@lru_cache(1024)
def _stamp(value: str) -> str:
    """Return a date as mutagen spells it, or as it stands where only that tells one."""
    if _PLAIN_STAMP.fullmatch(value):
        return value
    from mutagen.id3 import ID3TimeStamp

    if len(value) > _MAX_CACHED:
        raise Punt
    spelt = str(ID3TimeStamp(value))
    return value if not date([spelt]) and date([value]) else spelt


@lru_cache(1024)
def _recorded(year: str, day: str, time: str) -> Piece | None:
    """Return the date that TYER, TDAT (DDMM) and TIME (HHMM) make, None where they make none."""
    if len(year) + len(day) + len(time) > _MAX_CACHED:
        raise Punt
    years, days, times = _YEAR.match(year), _TWO_NUMBERS.match(day), _TWO_NUMBERS.match(time)
    if years is None:
        as_tagged = pieces.piece(PLACES["TDRC"], [year])
        return as_tagged if as_tagged[3] else None
    when = years[1] + (f"-{days[2]}-{days[1]}" if days else years[2] or "")
    when += f"T{times[1]}:{times[2]}:00" if times and when != years[1] else ""
    return piece("TDRC", [when])
