"""FLAC files: stream figures, the Vorbis comment and the ends of pictures; no seek table, no sound.

Source: xiph.org/flac/format.html (RFC 9639, section 8). mutagen does not trust the lengths of
comments and pictures but reads on to where their own end, so these have to agree here.
"""

from struct import Struct

from soniq_tui.importers.music.lanes import Punt, Sound, Window
from soniq_tui.importers.music.lanes.forward import Forward
from soniq_tui.importers.music.lanes.vorbis import MAX_BYTES, comments
from soniq_tui.importers.music.tags.pictures import EDGE, Picture
from soniq_tui.importers.music.tags.values import Meanings

_STREAMINFO = 34
_FIRST_BLOCK = b"\0\0\0\x22", b"\x80\0\0\x22"
"""Headers of a STREAMINFO block, the second that of the only block."""
_SEEKTABLE, _COMMENT, _CUESHEET, _PICTURE = 3, 4, 5, 6
_KNOWN = frozenset({1, 2, _SEEKTABLE, _COMMENT, _CUESHEET, _PICTURE})
"""Types of blocks after the first; 1 is padding, 2 belongs to some application."""
_HEADER = 4
_MAX_BLOCKS = 128
_MAX_METADATA = 64 << 20
_MAX_PICTURES = 16
_MAX_WORDS = 2048
"""Bytes of a MIME type or a description."""
_CUESHEET_HEAD, _CUESHEET_TRACK, _CUESHEET_INDEX = 396, 36, 12
_figures = Struct(">Q").unpack_from
_uint = Struct(">I").unpack_from
_two_uints = Struct(">2I").unpack_from


def read(w: Window) -> Sound:
    """Read a FLAC file.

    Raises:
        Punt: an ID3v2 tag stands before it, something is unknown, comes twice or does not fit.
    """
    head = w.head
    if head[:4] != b"fLaC" or head[4:8] not in _FIRST_BLOCK:
        raise Punt
    (figures,) = _figures(head, 18)
    rate, samples = figures >> 44, figures & 0xF_FFFF_FFFF
    if not rate:
        raise Punt
    at = 8 + _STREAMINFO
    if at > w.size:
        raise Punt
    meant: Meanings = {}
    pictures: list[Picture] = []
    if head[4] == 0:
        at, meant, pictures = _blocks(Forward(w), at)
    length_s = samples / float(rate)
    return Sound(
        kind="flac",
        meant=meant,
        pictures=pictures,
        length_s=length_s,
        bitrate=int(float(w.size - at) * 8 / length_s) if length_s else 0,
        sample_rate=rate,
        channels=(figures >> 41 & 7) + 1,
        bits=(figures >> 36 & 31) + 1,
        codec="flac",
        container="flac",
    )


def _blocks(file: Forward, at: int) -> tuple[int, Meanings, list[Picture]]:  # noqa: C901  one loop
    """Read the blocks after the first; return where the sound begins, what texts mean, pictures."""
    most = min(file.window.size, _MAX_METADATA)
    meant: Meanings | None = None
    pictures: list[Picture] = []
    tagged: list[Picture] = []
    seen: set[int] = set()
    data, base = file.load(at, 0)
    for _ in range(_MAX_BLOCKS):
        if at + _HEADER > base + len(data):
            data, base = file.load(at, _HEADER)
        (header,) = _uint(data, at - base)
        kind, size = header >> 24 & 0x7F, header & 0xFF_FFFF
        at += _HEADER
        if kind not in _KNOWN or at + size > most:
            raise Punt
        if kind == _PICTURE:
            if len(pictures) < _MAX_PICTURES:
                pictures.append(_picture(file, at, size))
            else:
                _picture(file, at, size)
        elif kind >= _SEEKTABLE:
            if kind in seen:
                raise Punt
            seen.add(kind)
            if kind == _COMMENT:
                meant, tagged = _comment(file, at, size)
            elif kind == _CUESHEET:
                _check_cuesheet(file.at(at, size))
        at += size
        if header >> 31:
            # Without a comment there is no tag object, and nobody asks for the pictures.
            return (at, {}, []) if meant is None else (at, meant, pictures + tagged)
    raise Punt


def _comment(file: Forward, at: int, size: int) -> tuple[Meanings, list[Picture]]:
    if size > MAX_BYTES:
        raise Punt
    data, base = file.load(at, size)
    end = at - base + size
    meant, pictures, stop = comments(data, at - base, end)
    if stop != end:
        raise Punt
    return meant, pictures


def _picture(file: Forward, at: int, size: int) -> Picture:
    head = file.at(at, min(size, EDGE))
    kind, mime_size = _two_uints(head)
    if mime_size > _MAX_WORDS:
        raise Punt
    start = 12 + mime_size
    words_size = _uint(head, start - 4)[0]
    start += words_size + 20
    if words_size > _MAX_WORDS:
        raise Punt
    if start > len(head):
        head = file.at(at, start)
    length = _uint(head, start - 4)[0]
    if start + length != size:
        raise Punt
    mime = head[8 : 8 + mime_size].decode("utf-8", "replace")
    return file.picture(kind, mime, at + start, length)


def _check_cuesheet(data: bytes) -> None:
    """Make sure that its tracks lie within it; mutagen stumbles over others."""
    at = _CUESHEET_HEAD
    for _ in range(data[at - 1]):
        at += _CUESHEET_TRACK
        at += _CUESHEET_INDEX * data[at - 1]
    if at > len(data):
        raise Punt
