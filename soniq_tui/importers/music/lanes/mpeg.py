"""MPEG audio: its tags at either end, and the figures of the stream as ``mutagen.mp3`` has them.

References: mpgedit.org/mpgedit/mpeg_format/mpeghdr.htm (frame headers, Xing, VBRI),
gabriel.mp3-tech.org/mp3infotag.html (the tag of LAME).
"""

import os
import re
import struct

from soniq_tui.importers.music.lanes import Punt, Sound, Window, ape, id3, id3_words
from soniq_tui.importers.music.lanes.pieces import remember
from soniq_tui.importers.music.tags.pictures import Picture

_BIT_RATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Thousands of bits per second by version and layer, from index 1 on."""
_RATES = (44_100, 48_000, 32_000)
_MONO = 3
_LAYER3 = 3
_TOC_BYTES = 100
_AHEAD = 1536
"""Bytes read where the first frame is not at hand: most frames are no longer."""
_INFO_BYTES = 192
"""From the start of a frame to the last byte that is read of its Xing and LAME tags."""
_ENOUGH_FRAMES = 4
_FRAME_HEAD = 40
"""Bytes at the start of a frame in which Xing, Info or VBRI would begin."""
_XING = frozenset({b"Xing", b"Info"})
_uint = struct.Struct(">I").unpack_from
_WITH_TAG = b"LAME", b"L3.99"
_LAME = re.compile(rb"LAME3\.(?:9[1-9]|100)(?![0-9])")
"""Versions that are sure to write the whole of their tag."""
_LAME_BYTES = 36
_VBRI_AT, _VBRI_BYTES = 36, 26
_SAME = 1e-6
"""Seconds by which lengths differ from rounding alone."""


class _Frame:
    """What the header of a frame says."""

    __slots__ = ("bitrate", "channels", "info", "layer", "length", "rate", "samples")

    def __init__(self, header: bytes) -> None:
        first, second, third, fourth = header
        version, layer = second >> 3 & 3, 4 - (second >> 1 & 3)
        index, rate = third >> 4, third >> 2 & 3
        if first != 0xFF or second < 0xE0:  # noqa: PLR2004  a header
            raise Punt
        if version == 1 or layer == 4 or not 0 < index < 15 or rate == 3:  # noqa: PLR2004  what the standard reserves
            raise Punt
        newer = version != 3  # noqa: PLR2004  MPEG-1; 2 is MPEG-2 and 0 is MPEG-2.5
        mono = fourth >> 6 == _MONO
        self.channels = 1 if mono else 2
        self.layer = layer
        self.bitrate = 1000 * _BIT_RATES[2 if newer else 1, layer][index - 1]
        self.rate = _RATES[rate] >> (0 if not newer else 1 if version else 2)
        self.samples = 384 if layer == 1 else 576 if newer and layer == _LAYER3 else 1152
        slots = self.samples // 8 * self.bitrate // self.rate + (third >> 1 & 1)
        self.length = 4 * slots if layer == 1 else slots
        self.info = (13 if mono else 21) if newer else (21 if mono else 36)
        """Where in a frame of layer 3 a Xing header would be."""


_frames: dict[bytes, _Frame] = {}
"""By their headers."""


def _frame(data: bytes, at: int = 0) -> _Frame:
    """Return what the frame header at ``at`` says."""
    header = data[at : at + 4]
    found = _frames.get(header)
    if found is None:
        found = _Frame(header)  # ValueError where it is cut
        remember(_frames, header, found)
    return found


def read(w: Window) -> Sound:
    """Return what an MPEG file holds."""
    tail = id3.last(w)
    pictures: list[Picture] = []
    if w.head[:3] == b"ID3":
        tag = id3.Tag(w, 0)
        start = tag.end
        buf, at = tag.buf, start - tag.base
        meant, pictures = tag.meant(tail), tag.pictures
        cut = False
    else:
        start, buf, at = 0, w.head, 0
        meant, cut = id3_words.alone(tail)
    if at < 0 or at + _INFO_BYTES > len(buf):
        buf, at = w.at(start, max(_INFO_BYTES, min(_AHEAD, w.size - start))), 0
    first, length_s, bitrate = _stream(w, start, buf, at)
    surplus = ape.surplus(w.size, tail)
    if surplus or not length_s:
        length_s = _reckoned(w, start, bitrate, length_s, surplus)
    if surplus:
        more, art = ape.held(w, tail)
        meant = {**meant, **more} if cut else {**more, **meant}
        pictures += art
    layer = first.layer
    name = "mp3" if layer == _LAYER3 else f"mp{layer}"
    rate, channels = first.rate, first.channels
    return Sound("mpeg", meant, pictures, length_s, bitrate, rate, channels, None, name, name)


def _stream(w: Window, start: int, data: bytes, at: int) -> tuple[_Frame, float, int]:
    """Return the first frame, the length in seconds and the bit rate.

    Args:
        w: the file.
        start: where its sound begins.
        data: bytes of the file, at least ``_INFO_BYTES`` from there on.
        at: where in these it begins.
    """
    first = _frame(data, at)
    if data[at + 4 : at + 8] == b"ftyp":
        raise Punt  # MP4, says ``sniff``
    found = None
    if first.layer == _LAYER3:
        info, vbri = at + first.info, at + _VBRI_AT
        if data[info : info + 4] in _XING:
            found = _xing(first, data, info)
        elif data[vbri : vbri + 4] == b"VBRI":
            return (first, *_vbri(first, data[vbri : vbri + _VBRI_BYTES], w.size - start))
    if found is None:
        _consecutive(w, start, data, at, first)
        found = None, first.bitrate
    length_s, bitrate = found
    return first, 8 * (w.size - start) / bitrate if length_s is None else length_s, bitrate


def _xing(first: _Frame, data: bytes, at: int) -> tuple[float | None, int]:
    """Return length in seconds, None where the header does not say, and bit rate."""
    flags = data[at + 7]
    at += 8
    frames = sound_bytes = None
    if flags & 1:
        (frames,) = _uint(data, at)
        at += 4
    if flags & 2:
        (sound_bytes,) = _uint(data, at)
        at += 4
    if flags & 4:
        at += _TOC_BYTES
    if flags & 8:
        at += 4
    cut = 0
    lame = data[at : at + _LAME_BYTES]
    if lame.startswith(_WITH_TAG):
        if not _LAME.match(lame):
            raise Punt
        if lame[9] >> 4 == 0:  # revision 0 of the tag
            before, both, after = lame[21:24]  # 12 bits of samples each
            cut = (before << 4 | both >> 4) + ((both & 0xF) << 8 | after)
    bitrate = first.bitrate
    if frames is None:
        return None, bitrate
    samples = first.samples * frames
    if sound_bytes is not None and samples > 0:
        bits = (sound_bytes - first.length) * 8 * first.rate if sound_bytes > first.length else 0
        bitrate = round(bits / float(samples))
    return (samples - cut if samples > cut else 0) / first.rate, bitrate


def _vbri(first: _Frame, data: bytes, size: int) -> tuple[float, int]:
    """Return length in seconds and bit rate as a header of Fraunhofer's encoder has them."""
    version, sound_bytes, frames, entries, _, entry = struct.unpack_from(">4xH4xIIHHH", data)
    whole = _VBRI_AT + _VBRI_BYTES + entries * entry <= size
    if version != 1 or entry not in {2, 4} or not whole:
        raise Punt
    length_s = float(first.samples * frames) / first.rate
    return length_s, int(sound_bytes * 8 / length_s) if length_s else first.bitrate


def _consecutive(w: Window, start: int, data: bytes, at: int, frame: _Frame) -> None:
    """Make sure that three more frames follow the first, none of which says more than it."""
    if at + 3 * frame.length + _FRAME_HEAD > len(data):
        data, at = os.pread(w.fd, 3 * frame.length + 2 * _FRAME_HEAD, start), 0
    base = start - at
    for _ in range(_ENOUGH_FRAMES - 1):
        at += frame.length
        head, here = data, at
        if at + _FRAME_HEAD > len(data):
            head, here = w.at(base + at, _FRAME_HEAD), 0
        frame = _frame(head, here)
        if frame.layer == _LAYER3:
            info, vbri = here + frame.info, here + _VBRI_AT
            if head[info : info + 4] in _XING or head[vbri : vbri + 4] == b"VBRI":
                raise Punt


def _reckoned(w: Window, start: int, bitrate: int, length_s: float, surplus: int) -> float:
    """Return a length without a tag at the end that was taken for sound, or where none is said."""
    guessed = 8 * (w.size - start) / bitrate
    if not length_s or abs(length_s - guessed) < _SAME:
        return guessed - 8 * surplus / bitrate
    return length_s
