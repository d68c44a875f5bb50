"""Vorbis comments, as they stand in FLAC, Ogg Vorbis and Opus files.

Source: xiph.org/vorbis/doc/v-comment.html. What mutagen makes of one: a name is ASCII from space to
``}``, any other is dropped or cannot be one of ours; text that is not UTF-8 is replaced.
"""

from itertools import repeat
from struct import Struct

from soniq_tui.importers.music.lanes import Punt
from soniq_tui.importers.music.lanes.pieces import (
    NOTHING,
    OF_ONE_TRACK,
    PICTURE,
    Piece,
    Place,
    piece,
    places,
    remember,
    together,
)
from soniq_tui.importers.music.tags import names
from soniq_tui.importers.music.tags.pictures import Picture, coverart, flac_block
from soniq_tui.importers.music.tags.values import Meanings

MAX_BYTES = 16 << 20
"""A larger comment is left to mutagen."""
_MAX_COMMENTS = 4096
_MAX_NAME = 64
"""A longer name is not one of ours."""
_MAX_NAMES = 4096
"""Spellings of names that are remembered."""
_LARGE = 64 * 1024
"""Bytes of a comment that is hardly ever anything but a picture."""
_LENGTH = 4
"""Bytes of a length."""
_PICTURES = frozenset({b"metadata_block_picture", b"coverart", b"coverartmime"})
_WANTED = {name.encode(): place for name, place in places(names.VORBIS).items()}
_uint = Struct("<I").unpack_from
_spelt: dict[bytes, Place | str | None] = {}
"""What is made of a name as files have it; a name of ``_PICTURES`` is as it is there."""
_met: dict[bytes, Piece] = {}
"""Comments met before, by their bytes and the length before these."""


def comments(data: bytes, at: int, end: int) -> tuple[Meanings, list[Picture], int]:
    """Return what the texts of a Vorbis comment mean, its pictures, and where it ends in ``data``.

    Args:
        data: the comment, and maybe more.
        at: where the length of the vendor's name begins.
        end: the comment ends here or before.

    Raises:
        Punt: it does not, or holds more than anybody writes.
        IndexError, struct.error: it goes beyond ``data``.
    """
    pieces: list[Piece] = []
    add, met = pieces.append, _met.get
    art: dict[str, list[str]] = {}
    at += _LENGTH + _uint(data, at)[0]
    (count,) = _uint(data, at)
    at += _LENGTH
    if count > _MAX_COMMENTS:
        raise Punt
    for _ in repeat(None, count):
        # All of a comment of usual length; no longer one was ever remembered.
        stop = at + _LENGTH + data[at]
        raw = data[at:stop]
        one = met(raw)
        if one is None:
            start = at + _LENGTH
            at = start + _uint(data, at)[0]
            one = _read(data, start, at, art)
            if one is PICTURE:
                continue
            if at == stop and one[1] not in OF_ONE_TRACK:
                remember(_met, raw, one)
        else:
            at = stop
        if one is not NOTHING:
            add(one)
    if at > end:
        raise Punt
    return together(pieces), _pictures(art) if art else [], at


def _read(data: bytes, start: int, stop: int, art: dict[str, list[str]]) -> Piece:
    """Return what one comment stands for; pictures and their types are added to ``art``."""
    equals = data.find(b"=", start, stop)
    if equals < 0:
        return NOTHING
    spelt = data[start:equals]
    place = _spelt[spelt] if spelt in _spelt else _place(spelt)
    if place is None:
        return NOTHING
    if stop - start < _LARGE:
        value = data[equals + 1 : stop].decode("utf-8", "replace")
    else:
        value = str(memoryview(data)[equals + 1 : stop], "utf-8", "replace")  # one copy, not two
    if isinstance(place, str):
        art.setdefault(place, []).append(value)
        return PICTURE
    return piece(place, [value])


def missing(data: bytes, at: int) -> int:
    """Return how many bytes more the comment needs in which ``data`` ends, or more comments do."""
    size = len(data) - _LENGTH
    at += _LENGTH + _uint(data, at)[0]
    if at <= size:
        (count,) = _uint(data, at)
        at += _LENGTH
        for _ in repeat(None, count):
            if at > size:
                break
            at += _LENGTH + _uint(data, at)[0]
    return max(at - size, _LENGTH)


def _place(spelt: bytes) -> Place | str | None:
    if len(spelt) > _MAX_NAME:
        return None
    name = spelt.lower()
    place = name.decode() if name in _PICTURES else _WANTED.get(name)
    if len(_spelt) < _MAX_NAMES:
        _spelt[spelt] = place
    return place


def _pictures(held: dict[str, list[str]]) -> list[Picture]:
    pictures = [flac_block(value) for value in held.get("metadata_block_picture", ())]
    mimes = held.get("coverartmime", [])
    for i, value in enumerate(held.get("coverart", ())):
        pictures.append(coverart(value, mimes[i] if i < len(mimes) else ""))
    return [picture for picture in pictures if picture]
