"""Ogg files with one Vorbis or Opus stream: first page, comment packet, last page.

Sources: RFC 3533 (pages), xiph.org/vorbis/doc/Vorbis_I_spec.html section 4.2 (headers), RFC 7845
(Opus). What is multiplexed, chained or cut is left to mutagen, and so are FLAC and Speex in Ogg.
"""

from functools import lru_cache
from struct import Struct
from zlib import adler32

from soniq_tui.importers.music.lanes import Punt, Sound, Window
from soniq_tui.importers.music.lanes.forward import Forward
from soniq_tui.importers.music.lanes.vorbis import MAX_BYTES, comments, missing

_page = Struct("<4sBBqIIIB").unpack_from
"""Mark, version, flags, position, serial number, sequence number, checksum, segments."""
_PAGE = 27
_MARK = b"OggS"
_FIRST, _LAST = 2, 4
_NEW_PAGE, _CONTINUED_PAGE = b"OggS\0\0", b"OggS\0\1"
"""Mark, version, flags."""
_page_head = Struct("<6s8x2I4xB").unpack_from
"""The two above, serial number, sequence number, segments."""
_MAX_PAGE_HEAD = _PAGE + 255
_NO_POSITION = -1
"""No packet ends on the page."""
_NO_POSITION_BYTES = b"\xff" * 8
_FULL = 255
"""A segment of so many bytes does not end its packet."""
_FULL_LACING = b"\xff" * 255
_MAX_PAGES = 8192
_BEHIND = 2048
"""Bytes read behind a large comment, such as a picture: some more comments, mostly."""
_TAIL = 8 * 1024
"""The last page lies in it, mostly."""
_MUTAGEN_TAIL = 64 * 1024
"""mutagen looks for the last page no further from the end."""

_VORBIS, _VORBIS_COMMENT, _VORBIS_HEAD = b"\x01vorbis", b"\x03vorbis", 30
_OPUS, _OPUS_COMMENT, _OPUS_HEAD = b"OpusHead", b"OpusTags", 19
_OPUS_RATE = 48_000
_vorbis_head = Struct("<BI3i").unpack_from
_opus_head = Struct("<BBH").unpack_from


def read(w: Window) -> Sound:
    """Read an Ogg Vorbis or Ogg Opus file.

    Raises:
        Punt: it is something else, or not the plain form of one.
    """
    head = w.head
    mark, version, flags, position, serial, sequence, _, segments = _page(head)
    if mark != _MARK or segments != 1 or flags != _FIRST or version or position or sequence:
        raise Punt
    size = head[_PAGE]
    at = _PAGE + 1
    if head.startswith(_VORBIS, at) and size == _VORBIS_HEAD:
        return _vorbis(w, at, serial)
    if head.startswith(_OPUS, at) and _OPUS_HEAD <= size < _FULL:
        return _opus(w, at, size, serial)
    raise Punt


def _vorbis(w: Window, at: int, serial: int) -> Sound:
    channels, rate, most, nominal, least = _vorbis_head(w.head, at + 11)
    packet, _ = _comment_packet(Forward(w), at + _VORBIS_HEAD, serial, _VORBIS_COMMENT)
    meant, pictures, end = comments(packet, len(_VORBIS_COMMENT), len(packet))
    if not packet[end] & 1 or not rate:  # a bit closes the comment
        raise Punt
    return Sound(
        kind="vorbis",
        meant=meant,
        pictures=pictures,
        length_s=_last_position(w, serial) / float(rate),
        bitrate=_bitrate(max(0, most), max(0, nominal), max(0, least)),
        sample_rate=rate,
        channels=channels,
        bits=None,
        codec="vorbis",
        container="ogg",
    )


def _bitrate(most: int, nominal: int, least: int) -> int:
    if not nominal:
        return (most + least) // 2
    return most if most and most < nominal else max(least, nominal)


def _opus(w: Window, at: int, size: int, serial: int) -> Sound:
    version, channels, pre_skip = _opus_head(w.head, at + len(_OPUS))
    if version >> 4:  # incompatible
        raise Punt
    packet, after = _comment_packet(Forward(w), at + size, serial, _OPUS_COMMENT)
    meant, pictures, _ = comments(packet, len(_OPUS_COMMENT), len(packet))
    length_s = (_last_position(w, serial) - pre_skip) / float(_OPUS_RATE)
    return Sound(
        kind="opus",
        meant=meant,
        pictures=pictures,
        length_s=length_s,
        bitrate=round((w.size - after) * 8 / length_s) if length_s else 0,
        sample_rate=_OPUS_RATE,
        channels=channels,
        bits=None,
        codec="opus",
        container="ogg",
    )


def _comment_packet(file: Forward, at: int, serial: int, begins: bytes) -> tuple[bytes, int]:
    """Return the packet that begins on the page at ``at``, and where the page ends it ends on."""
    parts: list[bytes | memoryview] = []
    most = min(file.window.size, MAX_BYTES)
    start = _NEW_PAGE
    data, base = file.load(at, _PAGE)
    sequence = 1
    while sequence < _MAX_PAGES:
        if at + _MAX_PAGE_HEAD > base + len(data):
            data, base = file.load(at, min(_MAX_PAGE_HEAD, file.window.size - at))
        mark, of, number, segments = _page_head(data, at - base)
        if mark != start or of != serial or number != sequence or not segments:
            raise Punt
        at += _PAGE + segments
        lacing = data[at - base - segments : at - base]
        rest = lacing.lstrip(b"\xff")
        size = _FULL * (segments - len(rest)) + (rest[0] if rest else 0)
        if at + size > base + len(data):
            data, base = file.load(at, size)
        body = data[at - base : at - base + size]
        parts.append(body)
        at += _sum(lacing) if rest else size
        if at > most:
            raise Punt
        if rest:
            packet = b"".join(parts)
            if not packet.startswith(begins):
                raise Punt
            return packet, at
        if start == _NEW_PAGE:
            start = _CONTINUED_PAGE
            more = missing(body, len(begins))
            # What pages of the usual 4 KiB add to it, and the rest of the last one.
            more += more // 90 + _BEHIND
            data, base = file.load(at, min(more, most - at))
        between, at = _between(data, at - base, serial, sequence + 1)
        parts += between
        at += base
        sequence += 1 + len(between)
    raise Punt


def _between(data: bytes, at: int, serial: int, sequence: int) -> tuple[list[memoryview], int]:
    """Return what the pages from ``at`` on hold that one packet fills, and where they have ended.

    Most pages of a comment with a picture are such: no packet begins or ends on them.
    """
    segments = data[at + _PAGE - 1] if at + _PAGE <= len(data) else 0
    if not segments:
        return [], at
    start = _CONTINUED_PAGE + _NO_POSITION_BYTES + serial.to_bytes(4, "little")
    lacing = bytes((segments,)) + _FULL_LACING[:segments]
    page = _full_page(segments)
    size = page.size
    stop = at + (len(data) - at) // size * size
    view = memoryview(data)
    number = sequence
    for begins, of, sizes in page.iter_unpack(view[at:stop]):
        if begins != start or sizes != lacing or of != number:
            break
        number += 1
    stop = at + (number - sequence) * size
    head = _PAGE + segments
    return [view[i + head : i + size] for i in range(at, stop, size)], stop


@lru_cache(8)
def _full_page(segments: int) -> Struct:
    """Return the form of pages all of whose segments are full.

    What they begin with up to the serial number, sequence number, number and sizes of segments.
    """
    return Struct(f"<18sI4x{1 + segments}s{_FULL * segments}x")


def _sum(lacing: bytes) -> int:
    """Return the sum of the sizes of segments, of which a page has 255 at most.

    Adler-32 holds one more than it, modulo 65,521: in less than a tenth of the time.
    """
    return (adler32(lacing) & 0xFFFF) - 1


def _last_position(w: Window, serial: int) -> int:
    """Return the position that the last page of the file gives."""
    for most in (_TAIL, _MUTAGEN_TAIL):
        count = min(most, w.size)
        tail = w.at(w.size - count, count)
        at = tail.rfind(_MARK)
        if at >= 0:
            break
    else:
        raise Punt
    _, version, flags, position, of, _, _, segments = _page(tail, at)
    at += _PAGE
    lacing = tail[at : at + segments]
    cut = len(lacing) < segments or at + segments + _sum(lacing) > len(tail)
    if cut or version or of != serial or not flags & _LAST or position == _NO_POSITION:
        raise Punt
    return int(position)
