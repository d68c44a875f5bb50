"""From the words of a tag to the values of a Track: text, lists, numbers, dates, gains.

Nothing here knows a tag format, and nothing raises on any text: what cannot be understood is None
or absent.
"""

import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

from soniq_tui.importers.music.tags import MAX_LYRICS, MAX_TEXT, MAX_VALUES

T = TypeVar("T")
Texts = dict[str, list[str]]
"""Values as tagged, by the field names of ``names``."""
Meanings = dict[str, Any]
"""What values mean, by the same names; some of it has to be put together to be a field."""
Fields = dict[str, Any]
"""Arguments of Track."""

_MAX_NUMBER = 99_999
_MAX_BPM = 9_999
_MAX_GAIN_DB = 200.0
MAX_FIGURE = 2**53
"""Beyond it a float is no longer exact."""
_NUMBER = re.compile(r"(?a)0*(\d{0,9})(?!\d)\s*(?:(?:/|of)\s*0*(\d{1,9})(?!\d))?")
_DATE = re.compile(r"(?a)([12]\d{3})(?:[-./](\d\d?)(?:[-./](\d\d?))?|(\d\d)(\d\d)?)?(?!\d)")
_YEAR = re.compile(r"(?a)(?<!\d)[12]\d{3}(?!\d)")
_DECIMAL = re.compile(r"(?a)[-+]?\d{1,6}(?:[.,]\d{1,12})?")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ID_BREAK = re.compile(r"[\s/;,]+")
_YES = frozenset({"1", "true", "yes", "y"})
_NO = frozenset({"0", "false", "no", "n"})
_CACHED = 1024
"""Short texts whose meaning is remembered: albums and whole libraries repeat them."""
_SHORT = 64
_R128_ABOVE_REPLAYGAIN_DB = 5.0
_NO_NUMBERS = (None, None)
_OPUS_GAINS = {
    "track_gain_r128": "replaygain_track_gain_db",
    "album_gain_r128": "replaygain_album_gain_db",
}
"""Gains of Opus, each with the usual one that it stands in for."""


def _remembered(meaning: Callable[[list[str]], T]) -> Callable[[list[str]], T]:
    """Have a meaning of one short value looked up where it was met before."""
    known = lru_cache(_CACHED)(lambda value: meaning([value]))

    @wraps(meaning)
    def found(values: list[str]) -> T:
        if len(values) == 1 and len(values[0]) <= _SHORT:
            return known(values[0])
        return meaning(values)

    return found


def text(value: str, limit: int = MAX_TEXT) -> str:
    """Return ``value`` without NULs, outer white space and lone surrogates, cut at ``limit``."""
    if len(value) <= limit and value.isprintable():  # neither NULs nor surrogates are
        return value.strip()
    value = value[: 4 * limit].replace("\0", "").strip()
    if len(value) > limit:
        value = value[:limit].rstrip()
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            # A pair of surrogates becomes its character, a lone one U+FFFD: neither msgpack nor
            # SQLite takes surrogates.
            value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def many(values: list[str]) -> tuple[str, ...]:
    """Return the values that hold something, split at NULs, in order."""
    if len(values) == 1 and (plain := _plain(values[0])):
        return (plain,)
    found = []
    for value in values:
        parts = value.split("\0", MAX_VALUES) if "\0" in value else (value,)
        for part in parts:
            if clean := text(part):
                found.append(clean)
                if len(found) == MAX_VALUES:
                    return tuple(found)
    return tuple(found)


def one(values: list[str]) -> str | None:
    """Return the first value that holds something."""
    if values:
        value = values[0]
        if len(value) <= MAX_TEXT and value.isprintable() and (plain := value.strip()):
            return plain
    for value in values:
        for part in value.split("\0", MAX_VALUES):
            if clean := text(part):
                return clean
    return None


def _plain(value: str) -> str:
    """Return a text that needs no cleaning but of white space around it, empty for all others."""
    return value.strip() if len(value) <= MAX_TEXT and value.isprintable() else ""


@_remembered
def genres(values: list[str]) -> tuple[str, ...]:
    """Return each genre once; ``;`` parts them, ``/`` does not ("Soul/R&B" is one)."""
    if len(values) == 1 and ";" not in values[0] and (plain := _plain(values[0])):
        return (plain,)
    parts = [part for value in many(values) for part in value.split(";")]
    return tuple(dict.fromkeys(many(parts)))


def lyrics(values: list[str]) -> str | None:
    """Return the first value that holds something, line ends as they are."""
    return next((clean for value in values if (clean := text(value, MAX_LYRICS))), None)


def ids(values: list[str]) -> tuple[str, ...]:
    """Return identifiers; taggers that can hold one value join them with ``/`` or ``;``."""
    if len(values) == 1 and _UUID.fullmatch(values[0]):
        return (values[0],)
    return many([part for value in many(values) for part in _ID_BREAK.split(value)])


def one_id(values: list[str]) -> str | None:
    """Return the first identifier."""
    if len(values) == 1 and _UUID.fullmatch(values[0]):
        return values[0]
    return next(iter(ids(values)), None)


@_remembered
def number(values: list[str]) -> tuple[int | None, int | None]:
    """Return n and N of ``n``, ``n/N`` or ``n of N``; 0 means not known."""
    match = _NUMBER.match(one(values) or "")
    return (None, None) if match is None else (_positive(match[1]), _positive(match[2]))


def _positive(digits: str | None) -> int | None:
    found = int(digits or 0)
    return found if 0 < found <= _MAX_NUMBER else None


@_remembered
def date(values: list[str]) -> str | None:
    """Return ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, as much as is said and can be true.

    A text that does not begin with a year gives the first year in it: which of its other numbers is
    the month cannot be known.
    """
    value = one(values) or ""
    match = _DATE.match(value)
    if match is None:
        year = _YEAR.search(value)
        return year[0] if year else None
    month, day = int(match[2] or match[4] or 0), int(match[3] or match[5] or 0)
    if not 1 <= month <= 12:  # noqa: PLR2004  months
        return match[1]
    try:
        return dt.date(int(match[1]), month, day).isoformat()
    except ValueError:
        return f"{match[1]}-{month:02}"


@_remembered
def flag(values: list[str]) -> bool | None:
    """Return a yes or no, None for any other word."""
    word = (one(values) or "").lower()
    return True if word in _YES else False if word in _NO else None


def decimal(values: list[str], most: float) -> float | None:
    """Return the number that the value begins with, None beyond ``most`` either way."""
    match = _DECIMAL.match(one(values) or "")
    found = float(match[0].replace(",", ".")) if match else None
    return found if found is not None and abs(found) <= most else None


def bpm(values: list[str]) -> float | None:
    """Return beats per minute; 0 means not known."""
    found = decimal(values, _MAX_BPM)
    return found if found is not None and found > 0 else None


@_remembered
def gain_db(values: list[str]) -> float | None:
    """Return a ReplayGain in dB, of a text such as ``-7.30 dB``."""
    return decimal(values, _MAX_GAIN_DB)


def r128_db(values: list[str]) -> float | None:
    """Return a ReplayGain in dB of an Opus gain.

    That is a whole number of 1/256 dB towards -23 LUFS (RFC 7845, section 5.2.1); ReplayGain 2 aims
    at -18 LUFS.
    """
    steps = decimal(values, 256 * _MAX_GAIN_DB)
    return None if steps is None else steps / 256 + _R128_ABOVE_REPLAYGAIN_DB


MEANINGS: dict[str, Callable[[list[str]], Any]] = {
    "title": one,
    "artists": many,
    "artist_list": many,
    "album": one,
    "album_artists": many,
    "track": number,
    "track_total": number,
    "disc": number,
    "disc_total": number,
    "date": date,
    "original_date": date,
    "genres": genres,
    "composers": many,
    "compilation": flag,
    "musicbrainz_recording_id": one_id,
    "musicbrainz_album_id": one_id,
    "musicbrainz_artist_ids": ids,
    "musicbrainz_albumartist_ids": ids,
    "musicbrainz_releasegroup_id": one_id,
    "musicbrainz_track_id": one_id,
    "acoustid_id": one_id,
    "isrc": one,
    "bpm": bpm,
    "replaygain_track_gain_db": gain_db,
    "replaygain_album_gain_db": gain_db,
    "track_gain_r128": r128_db,
    "album_gain_r128": r128_db,
    "lyrics": lyrics,
    "artist_sort": one,
    "album_artist_sort": one,
    "album_version": one,
    "cue": lyrics,
}
"""By the field names of ``names``: what values mean by themselves. Empty values mean nothing."""


def meanings(texts: Texts) -> Meanings:
    """Return what the values of each field mean by themselves."""
    return {name: MEANINGS[name](values) for name, values in texts.items() if name in MEANINGS}


def fields(texts: Texts) -> Fields:
    """Return the fields of Track that the words of a tag stand for.

    Args:
        texts: by field one value or more.
    """
    return combined(meanings(texts))


def combined(found: Meanings) -> Fields:
    """Return the fields of Track that meanings stand for; ``found`` itself becomes them."""
    if "artist_list" in found:
        listed = found.pop("artist_list")
        if len(credited := found.get("artists", ())) <= 1:
            listed = _unjoined(listed, len(found.get("musicbrainz_artist_ids", ())), credited)
            found["artists"] = listed or credited
    found["track"], total = found.get("track", _NO_NUMBERS)  # ``3/12`` says how many there are
    if total is None and "track_total" in found:
        total = found["track_total"][0]
    found["track_total"] = total
    found["disc"], total = found.get("disc", _NO_NUMBERS)
    if total is None and "disc_total" in found:
        total = found["disc_total"][0]
    found["disc_total"] = total
    when = found.get("date")
    if "original_date" in found:
        when = when or found["original_date"]
        del found["original_date"]
    found["date"] = when
    found["year"] = int(when[:4]) if when else None
    if "track_gain_r128" in found or "album_gain_r128" in found:
        for opus_name, name in _OPUS_GAINS.items():
            gain = found.pop(opus_name, None)
            if found.get(name) is None:
                found[name] = gain
    return found


def _unjoined(listed: tuple[str, ...], count: int, credited: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of a list that a tagger had to write as one text, as ID3v2.3 wants it.

    Picard and mutagen join with ``/`` unless they are told otherwise, and AC/DC is one name: so the
    number of identifiers decides. Where neither gives as many, the credit says more than the list.

    Args:
        listed: one name or more.
        count: of identifiers of artists.
        credited: how the artists are named together.
    """
    if len(listed) != 1 or count <= 1:
        return listed
    for mark in ";/":  # few names hold the former
        names = many(listed[0].split(mark))
        if len(names) == count:
            return names
    return credited or listed


def measured(value: object) -> float | None:
    """Return a figure of a stream, None where it is no number above 0 (parsers say 0 or -1)."""
    if not isinstance(value, (int, float)) or not 0 < value < MAX_FIGURE:  # NaN is not
        return None
    return float(value)


def whole(value: object, per: int = 1) -> int | None:
    """Return a figure of a stream in units of ``per``, rounded; None where that is 0."""
    if not isinstance(value, (int, float)) or not 0 < value < MAX_FIGURE:
        return None
    return round(value / per) or None
