"""Vorbis comments, as they stand in FLAC, Ogg Vorbis and Opus files.

Source: xiph.org/vorbis/doc/v-comment.html. What mutagen makes of one: a name is ASCII from space to
``}``, any other is dropped or cannot be one of ours; text that is not UTF-8 is replaced.
"""

from itertools import repeat
from struct import Struct

from soniq_tui.importers.music.lanes import Punt
from soniq_tui.importers.music.tags import names
from soniq_tui.importers.music.tags.pictures import Picture, coverart, flac_block
from soniq_tui.importers.music.tags.values import Texts

MAX_BYTES = 16 << 20
"""A larger comment is left to mutagen."""
_MAX_COMMENTS = 4096
_MAX_NAME = 64
"""A longer name is not one of ours."""
_MAX_NAMES = 4096
"""Spellings of names that are remembered."""
_LENGTH = 4
"""Bytes of a length."""
_PICTURES = ("metadata_block_picture", "coverart", "coverartmime")
_WANTED = {name.encode(): name for known in names.VORBIS.values() for name in known}
_WANTED.update((name.encode(), name) for name in _PICTURES)
_uint = Struct("<I").unpack_from
_spelt: dict[bytes, str] = {}
"""Names as files have them, to those of the table; empty where nothing is made of one."""


def comments(data: bytes, at: int, end: int) -> tuple[Texts, list[Picture], int]:
    """Return what a Vorbis comment holds: texts by field, pictures, and where it ends in ``data``.

    Args:
        data: the comment, and maybe more.
        at: where the length of the vendor's name begins.
        end: the comment ends here or before.

    Raises:
        Punt: it does not, or holds more than anybody writes.
        struct.error: it goes beyond ``data``.
    """
    held: dict[str, list[str]] = {}
    at += _LENGTH + _uint(data, at)[0]
    (count,) = _uint(data, at)
    at += _LENGTH
    if count > _MAX_COMMENTS:
        raise Punt
    for _ in repeat(None, count):
        start = at + _LENGTH
        at = start + _uint(data, at)[0]
        equals = data.find(b"=", start, at)
        if equals < 0:
            continue
        spelt = data[start:equals]
        name = _spelt.get(spelt)
        if name is None:
            name = _name(spelt)
        if name:
            value = data[equals + 1 : at].decode("utf-8", "replace")
            if name in held:
                held[name].append(value)
            else:
                held[name] = [value]
    if at > end:
        raise Punt
    return names.pick(held, names.VORBIS), _pictures(held), at


def missing(data: bytes, at: int) -> int:
    """Return how many bytes more the comment needs in which ``data`` ends, or more comments do."""
    size = len(data) - _LENGTH
    at += _LENGTH + _uint(data, at)[0]
    if at <= size:
        at += _LENGTH
        while at <= size:
            at += _LENGTH + _uint(data, at)[0]
    return max(at - size, _LENGTH)


def _name(spelt: bytes) -> str:
    if len(spelt) > _MAX_NAME:
        return ""
    name = _WANTED.get(spelt.lower(), "")
    if len(_spelt) < _MAX_NAMES:
        _spelt[spelt] = name
    return name


def _pictures(held: dict[str, list[str]]) -> list[Picture]:
    blocks, art = held.get("metadata_block_picture"), held.get("coverart")
    if not (blocks or art):
        return []
    pictures = [flac_block(value) for value in blocks or ()]
    mimes = held.get("coverartmime", [])
    for i, value in enumerate(art or ()):
        pictures.append(coverart(value, mimes[i] if i < len(mimes) else ""))
    return [picture for picture in pictures if picture]
