"""ASF files, as Windows Media Audio: the objects of the header, of pictures the ends alone.

Source: "Advanced Systems Format (ASF) Specification", revision 01.20.05, sections 3 and 4. mutagen
refuses a file in which any attribute has a value that does not fit its type, so all are looked at.
"""

from collections.abc import Iterator
from struct import Struct

from soniq_tui.importers.music.lanes import Punt, Sound, Window
from soniq_tui.importers.music.lanes.forward import Forward
from soniq_tui.importers.music.lanes.pieces import Held
from soniq_tui.importers.music.tags import names
from soniq_tui.importers.music.tags.families import Values
from soniq_tui.importers.music.tags.pictures import Picture, asf_picture
from soniq_tui.importers.music.tags.values import meanings

_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_STREAM = bytes.fromhex("9107dcb7b7a9cf118ee600c00c205365")
_CODECS = bytes.fromhex("4052d1861d31d011a3a400a0c90348f6")
_DESCRIPTION = bytes.fromhex("3326b2758e66cf11a6d900aa0062ce6c")
_ATTRIBUTES = bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850")
_EXTENSION = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
_METADATA = bytes.fromhex("eacbf8c5af5b77488467aa8c44fa4cca")
_LIBRARY = bytes.fromhex("941c23449894d149a1411d134e457054")
_IN_HEADER = frozenset({_FILE, _STREAM, _CODECS, _DESCRIPTION, _ATTRIBUTES, _EXTENSION})
_IN_EXTENSION = frozenset({_METADATA, _LIBRARY})
_PARSED = _IN_HEADER | _IN_EXTENSION | {_HEADER}
"""Objects that mutagen does something about, wherever they stand."""

_HEADER_BYTES = 30
_object = Struct("<16sQ").unpack_from
_OBJECT = 24
_header = Struct("<16sQI").unpack_from
_MAX_OBJECTS = 256
_MAX_HEADER = 64 << 20
_MAX_ATTRIBUTES = 4096
_length = Struct("<40xQ8xQ").unpack_from
"""Of the file properties: play duration (100 ns), preroll (ms)."""
_figures = Struct("<56xH2I").unpack_from
"""Of the stream properties: channels, sample rate, bytes per second."""
_EXTENSION_HEAD = 22
_extension = Struct("<18xI").unpack_from
_lengths = Struct("<5H").unpack_from
_TEXTS = ("title", "author", "copyright", "description", "rating")
_ushort = Struct("<H").unpack_from
_uint = Struct("<I").unpack_from
_two_ushorts = Struct("<2H").unpack_from
_attribute = Struct("<4xH H I").unpack_from
"""In the extension: bytes of the name, type, bytes of the value."""
_ATTRIBUTE = 12
_AROUND_NAME = 6
"""Bytes of an attribute elsewhere but for name and value: those of the name before it, then type
and bytes of the value."""
_USUAL = 128
"""Bytes at hand at once: those of most attributes."""

_UNICODE, _BYTES, _BOOL, _DWORD, _QWORD, _WORD, _GUID = range(7)
_BOOL_BYTES, _SHORT_BOOL_BYTES = 4, 2
"""Of a yes or no, in the extended content description and elsewhere."""
_SIZES = {_DWORD: 4, _QWORD: 8, _WORD: 2}
_PICTURE = "WM/Picture"
_PICTURE_HEAD = 4096
_MAX_VALUE = 1 << 20
"""A larger value that is no picture is left to mutagen."""

_AUDIO = 2
_CODEC_NAMES = {
    b"": "wma",
    b"\x0a\x00": "wmavoice",
    b"\x60\x01": "wmav2",
    b"\x61\x01": "wmav2",
    b"\x62\x01": "wmapro",
    b"\x63\x01": "wmalossless",
}
"""Formats as the codec list has them, to what mutagen's names for them come to."""

_spelt: dict[bytes, str] = {}
"""Names as files have them, to names as mutagen has them."""
_MAX_SPELT = 4096
_MAX_NAME = 256

Attribute = tuple[str, str | Picture | None]
Objects = dict[bytes, list[Attribute]]


def read(w: Window) -> Sound:
    """Read an ASF file.

    Raises:
        Punt: an object or an attribute comes twice, is not known or does not fit.
    """
    guid, header_size, count = _header(w.head)
    if guid != _HEADER or count > _MAX_OBJECTS:
        raise Punt
    file = Forward(w)
    attributes: Objects = {}
    found: dict[bytes, bytes] = {}
    at, end = _HEADER_BYTES, min(header_size, w.size, _MAX_HEADER)
    for _ in range(count):
        guid, size = _object(file.at(at, _OBJECT))
        if size < _OBJECT or at + size > end or guid in found or guid in attributes:
            raise Punt
        start = at + _OBJECT
        at += size
        if guid == _ATTRIBUTES:
            attributes[guid] = list(_described(file, start, at))
        elif guid == _EXTENSION:
            found[guid] = b""
            _extended(file, start, at, attributes)
        elif guid in _IN_HEADER:
            if size > _MAX_VALUE:
                raise Punt
            found[guid] = file.at(start, size - _OBJECT)
        elif guid in _PARSED:
            raise Punt
    if _DESCRIPTION in found:
        attributes[_DESCRIPTION] = list(_texts(found[_DESCRIPTION]))
    meant, pictures = _held(attributes)
    duration, preroll = _length(found[_FILE])
    channels, rate, byte_rate = _figures(found[_STREAM])
    return Sound(
        kind="asf",
        meant=meant,
        pictures=pictures,
        length_s=max(duration / 10000000.0 - preroll / 1000.0, 0.0),
        bitrate=byte_rate * 8,
        sample_rate=rate,
        channels=channels,
        bits=None,
        codec=_codec(found[_CODECS]) if _CODECS in found else "wma",
        container="asf",
    )


def _extended(file: Forward, at: int, stop: int, attributes: Objects) -> None:
    """Read the objects inside the header extension."""
    (size,) = _extension(file.at(at, _EXTENSION_HEAD))
    at += _EXTENSION_HEAD
    end = at + size
    if end > stop:
        raise Punt
    for _ in range(_MAX_OBJECTS):
        if at == end:
            return
        guid, size = _object(file.at(at, _OBJECT))
        if size < _OBJECT or at + size > end or guid in attributes:
            raise Punt
        if guid in _IN_EXTENSION:
            attributes[guid] = list(_filed(file, at + _OBJECT, at + size))
        elif guid in _PARSED:
            raise Punt
        at += size
    raise Punt


def _texts(data: bytes) -> Iterator[Attribute]:
    """Read the content description."""
    at = 10
    for name, size in zip(_TEXTS, _lengths(data), strict=True):
        stop = at + size
        if stop > len(data):
            raise Punt
        if size:
            yield name, _unicode(data[at:stop])
        at = stop


def _described(file: Forward, at: int, stop: int) -> Iterator[Attribute]:
    """Read the extended content description."""
    (count,) = _ushort(file.at(at, 2))
    at += 2
    if count > _MAX_ATTRIBUTES:
        raise Punt
    for _ in range(count):
        data, base = file.load(at, min(_USUAL, stop - at))
        (name_size,) = _ushort(data, at - base)
        if name_size > _USUAL - _AROUND_NAME:
            data, base = file.load(at, name_size + _AROUND_NAME)
        start = at - base + 2
        name = _name(data[start : start + name_size])
        kind, size = _two_ushorts(data, start + name_size)
        at += name_size + _AROUND_NAME
        if at + size > stop:
            raise Punt
        yield name, _value(file, name, kind, (at, size), _BOOL_BYTES)
        at += size


def _filed(file: Forward, at: int, stop: int) -> Iterator[Attribute]:
    """Read the metadata object or the metadata library object."""
    (count,) = _ushort(file.at(at, 2))
    at += 2
    if count > _MAX_ATTRIBUTES:
        raise Punt
    for _ in range(count):
        name_size, kind, size = _attribute(file.at(at, _ATTRIBUTE))
        at += _ATTRIBUTE
        name = _name(file.at(at, name_size))
        at += name_size
        if at + size > stop:
            raise Punt
        yield name, _value(file, name, kind, (at, size), _SHORT_BOOL_BYTES)
        at += size


def _name(spelt: bytes) -> str:
    name = _spelt.get(spelt)
    if name is None:
        name = _unicode(spelt)
        name = name if name == _PICTURE else name.lower()
        if len(_spelt) < _MAX_SPELT and len(spelt) <= _MAX_NAME:
            _spelt[spelt] = name
    return name


def _unicode(data: bytes) -> str:
    return data.decode("utf-16-le").strip("\0")


def _value(
    file: Forward, name: str, kind: int, place: tuple[int, int], bool_bytes: int
) -> str | Picture | None:
    at, size = place
    if kind == _BYTES:
        if name == _PICTURE:
            return _picture(file, at, size)
        return f"[binary data ({size} bytes)]"
    if name == _PICTURE or size > _MAX_VALUE:
        raise Punt
    data = file.at(at, size)
    if kind == _UNICODE:
        return _unicode(data)
    if kind == _BOOL:
        if size != bool_bytes:
            raise Punt
        return str(int.from_bytes(data, "little") == 1)
    if kind == _GUID:
        return repr(data)
    if size != _SIZES[kind]:
        raise Punt
    return str(int.from_bytes(data, "little"))


def _picture(file: Forward, at: int, size: int) -> Picture | None:
    """Return what ``asf_picture`` makes of a value, without its middle."""
    if size <= 2 * _PICTURE_HEAD:
        return asf_picture(file.at(at, size))
    head = file.at(at, _PICTURE_HEAD)
    kind, length = head[0], int.from_bytes(head[1:5], "little")
    start = 5
    mime = ""
    for i in range(2):
        stop = start
        while head[stop : stop + 2] != b"\0\0":
            stop += 2
            if stop >= _PICTURE_HEAD // 2:
                raise Punt
        if i == 0:
            mime = head[start:stop].decode("utf-16-le", "replace")
        start = stop + 2
    return file.picture(kind, mime, at + start, min(length, size - start))


def _held(attributes: Objects) -> Held:
    """Put together what the objects hold, in the order that mutagen does."""
    held: Values = {}
    pictures: list[Picture] = []
    for guid in (_DESCRIPTION, _ATTRIBUTES, _METADATA, _LIBRARY):
        for name, value in attributes.get(guid, ()):
            if isinstance(value, str):
                held.setdefault(name, []).append(value)
            elif value:
                pictures.append(value)
    return meanings(names.pick(names.once(held), names.ASF)), pictures


def _codec(data: bytes) -> str:
    """Return the codec of the first entry for sound in the codec list."""
    at = 20
    for _ in range(_uint(data, 16)[0]):
        (kind,) = _ushort(data, at)
        at += 2
        for _ in range(2):  # name, description: UTF-16
            at += 2 + 2 * _ushort(data, at)[0]
        (size,) = _ushort(data, at)
        at += 2
        if at + size > len(data):
            raise Punt
        if kind == _AUDIO:
            return _CODEC_NAMES[data[at : at + size]]
        at += size
    return "wma"
