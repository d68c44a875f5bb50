"""APEv2 tags, and the formats that have them: WavPack, Musepack and Monkey's Audio.

References: wiki.hydrogenaud.io ("APEv2 specification", "APE Tag Item"), wavpack.com ("WavPack 5
File Format"), trac.musepack.net (SV7 and SV8), the headers in the sources of Monkey's Audio.
"""

import os
import struct
from typing import NamedTuple

from soniq_tui.importers.music.lanes import Punt, Sound, Window, id3_words
from soniq_tui.importers.music.lanes.id3 import last
from soniq_tui.importers.music.lanes.pieces import (
    NOTHING,
    OF_ONE_TRACK,
    Held,
    Piece,
    piece,
    places,
    remember,
    together,
)
from soniq_tui.importers.music.tags import names, wavpack
from soniq_tui.importers.music.tags.pictures import EDGE, FRONT, Picture
from soniq_tui.importers.music.tags.values import Meanings

_FOOTER = 32
_ID3V1 = 128
_MARK = b"APETAGEX"
_LYRICS = b"LYRICS200"
"""The end of Lyrics3v2."""
_HAS_HEADER = 1 << 31
_AHEAD = 16 * 1024
_item = struct.Struct("<2I").unpack_from
"""Bytes of the value, flags."""
_ITEM = 8
"""Bytes of an item before its key."""
_TEXT, _BINARY, _KINDS = 0, 1 << 1, 3 << 1
"""Flags that say what a value is; all of them together are reserved."""
_MAX_KEY = 255
_MAX_START = _ITEM + _MAX_KEY + 1
"""Bytes of an item before its value."""
_USUAL = 128
"""Bytes of a value; no larger one was ever remembered."""
_NO_KEYS = frozenset({"OggS", "TAG", "ID3", "MP+"})
_MAX_TEXT = 4 << 20
_MAX_NAME = 512
"""Bytes in which the name of a picture ends."""
_OTHER = 0
_PLACES = places(names.APE)
_met: dict[bytes, tuple[str, Piece]] = {}
"""Items met before, by their bytes: key and piece."""

_MUSEPACK_RATES = (44_100, 48_000, 37_800, 32_000)
_SV8_START = 4
_MAX_PACKETS = 16
_MAC_3980, _MAC_3950, _MAC_3900, _MAC_3800 = 3980, 3950, 3900, 3800


class _Place(NamedTuple):
    """Where a tag at the end of a file is."""

    start: int
    """The first byte of its items."""
    end: int
    items: int
    surplus: int
    """Bytes from its header to the end of the file."""


def _place(size: int, tail: bytes) -> _Place | None:
    """Return where the tag of a file is, None without one.

    Args:
        size: bytes of the file.
        tail: its last 160 bytes.
    """
    after = _ID3V1 if tail[_FOOTER:].startswith(b"TAG") else 0
    footer = tail[:_FOOTER] if after else tail[-_FOOTER:]
    if footer.endswith(_LYRICS) or (after and tail[-_FOOTER:].startswith(_MARK)):
        raise Punt
    if not footer.startswith(_MARK):
        return None
    length, items, flags = struct.unpack_from("<3I", footer, 12)
    end = size - after - _FOOTER
    start = end + _FOOTER - length
    header = _FOOTER if flags & _HAS_HEADER else 0
    if start > end or start < header:
        raise Punt
    return _Place(start, end, items, length + header + after)


def surplus(size: int, tail: bytes) -> int:
    """Return the bytes from the start of an APEv2 tag to the end of a file, 0 without one.

    Args:
        size: bytes of the file.
        tail: its last 160 bytes.
    """
    # ``in`` would first take these for numbers, and make an error of that: ten times the steps.
    if tail.find(_MARK) < 0 and tail.find(_LYRICS) < 0:
        return 0  # of nearly all files
    place = _place(size, tail)
    return place.surplus if place else 0


def held(w: Window, tail: bytes) -> Held:  # noqa: C901, PLR0912  one loop over items
    """Return what the texts mean, and the pictures, of the APEv2 tag at the end of a file."""
    place = _place(w.size, tail)
    if place is None:
        return {}, []
    found: list[Piece] = []
    pictures: list[Picture] = []
    seen: set[str] = set()
    at, end = place.start, place.end
    buf, base = w.head, 0
    for _ in range(place.items):
        if at == end:
            break  # fewer than were counted, as with mutagen
        offset = at - base
        if offset + _MAX_START > len(buf) and end - base > len(buf):
            buf, base, offset = os.pread(w.fd, min(_AHEAD, end - at), at), at, 0
        size, flags = _item(buf, offset)
        stop = buf.index(0, offset + _ITEM)
        raw = buf[offset : stop + 1 + size] if size < _USUAL else b""
        value_at = base + stop + 1
        at = value_at + size
        known = _met.get(raw)
        if known is None:
            key = _key(buf[offset + _ITEM : stop], flags)
            if at > end:
                raise Punt
            one = NOTHING
            if flags & _KINDS == _BINARY:
                if key.startswith("cover art"):
                    pictures.append(_picture(w, key, value_at, size))
            else:
                data = buf[stop + 1 : stop + 1 + size]
                one = _piece(w, key, flags, (value_at, size), data)
                if len(raw) == at - base - offset and one[1] not in OF_ONE_TRACK:
                    remember(_met, raw, (key, one))
        else:
            key, one = known
        if key in seen or at > end:
            raise Punt
        seen.add(key)
        if one is not NOTHING:
            found.append(one)
    return together(found), pictures


def _key(spelt: bytes, flags: int) -> str:
    """Return the name of an item as the table has it."""
    name = spelt.decode("ascii")
    good = name.isprintable() and name not in _NO_KEYS  # it is ASCII
    if flags & _KINDS == _KINDS or not good or not 2 <= len(name) <= _MAX_KEY:  # noqa: PLR2004  the standard
        raise Punt
    return name.lower()


def _piece(w: Window, key: str, flags: int, at: tuple[int, int], data: bytes) -> Piece:
    """Return what an item stands for that is not binary.

    Args:
        w: the file.
        key: of the item.
        flags: of the item.
        at: where its value begins, and its bytes.
        data: these, or the first of them.
    """
    start, size = at
    if size > _MAX_TEXT:
        raise Punt
    value = (data if len(data) == size else w.at(start, size)).decode()
    return piece(_PLACES.get(key), [value]) if flags & _KINDS == _TEXT else NOTHING


def _picture(w: Window, key: str, at: int, size: int) -> Picture:
    """Return a picture: a file name, NUL, then its bytes."""
    head = w.at(at, min(size, EDGE + _MAX_NAME))
    name_end = head.find(b"\0")
    if name_end < 0 and len(head) < size:
        raise Punt
    length = size - name_end - 1
    start = at + name_end + 1
    edge = min(EDGE, length)
    first = head[name_end + 1 : name_end + 1 + edge]
    if len(first) < edge:
        first = w.at(start, edge)
    tail = first if length == edge else w.at(at + size - edge, edge)
    return Picture(FRONT if "front" in key else _OTHER, "", length, first, tail)


def read(w: Window) -> Sound:
    """Return what a WavPack, Musepack or Monkey's Audio file holds."""
    tail = last(w)
    magic = w.head[:4]
    meant, pictures = held(w, tail)
    if not meant:
        meant, _ = id3_words.alone(tail)
    if magic == b"wvpk":
        return _wavpack(w, meant, pictures)
    if magic == b"MAC ":
        return _monkeys(w, meant, pictures)
    return _musepack(w, meant, pictures)


def _wavpack(w: Window, meant: Meanings, pictures: list[Picture]) -> Sound:
    total, block, _, flags = struct.unpack_from("<4I", w.at(0, _FOOTER), 12)
    several = flags & (wavpack.INITIAL | wavpack.FINAL) == wavpack.INITIAL
    if total == wavpack.NOT_KNOWN or block or several or flags & wavpack.DSD:
        raise Punt  # more is said in its first block, or in all
    rate, bits = wavpack.RATES[flags >> 23 & 0xF], 8 * ((flags & 3) + 1)
    return Sound(
        kind="wavpack",
        meant=meant,
        pictures=pictures,
        length_s=float(total) / rate,
        bitrate=None,
        sample_rate=rate,
        channels=1 if flags & wavpack.MONO else 2,
        bits=bits,
        codec="wavpack",
        container="wavpack",
    )


def _monkeys(w: Window, meant: Meanings, pictures: list[Picture]) -> Sound:
    head = w.at(0, 76)
    version, level = struct.unpack_from("<2H", head, 4)
    if version >= _MAC_3980:
        per_frame, final, frames, bits, channels, rate = struct.unpack_from("<3I2HI", head, 56)
    else:
        channels, rate = struct.unpack_from("<HI", head, 10)
        frames, final = struct.unpack_from("<2I", head, 24)
        per_frame = 9216
        if version >= _MAC_3950:
            per_frame = 4 * 73_728
        elif version >= _MAC_3900 or (version >= _MAC_3800 and level == 4):  # noqa: PLR2004  extra high
            per_frame = 73_728
        bits = int.from_bytes(head[74:76], "little") if head[48:].startswith(b"WAVEfmt") else 0
    length_s = 0.0
    if rate and frames:
        length_s = float((frames - 1) * per_frame + final) / rate
    return Sound(
        kind="monkeys",
        meant=meant,
        pictures=pictures,
        length_s=length_s,
        bitrate=None,
        sample_rate=rate,
        channels=channels,
        bits=bits,
        codec="monkeys",
        container="ape",
    )


def _musepack(w: Window, meant: Meanings, pictures: list[Picture]) -> Sound:
    if w.head[:4] == b"MPCK":
        length_s, rate, channels = _sv8(w.head)
    else:
        frames, flags = struct.unpack_from("<2I", w.at(0, _FOOTER), 4)
        rate, channels = _MUSEPACK_RATES[flags >> 16 & 3], 2
        length_s = float(frames * 1152 - 576) / rate
    return Sound(
        kind="musepack",
        meant=meant,
        pictures=pictures,
        length_s=length_s,
        bitrate=round(w.size * 8 / length_s) if length_s else 0,
        sample_rate=rate,
        channels=channels,
        bits=None,
        codec="musepack",
        container="musepack",
    )


def _sv8(data: bytes) -> tuple[float, int, int]:
    """Return length in seconds, sample rate and channels of the packets at the start of SV8."""
    at = _SV8_START
    needed = {b"SH", b"RG"}
    samples = rate = channels = 0
    for _ in range(_MAX_PACKETS):
        key = data[at : at + 2]
        if not needed:
            break
        size, body = _number(data, at + 2)
        end = at + size
        if not b"AA" <= key <= b"ZZ" or key in {b"AP", b"SE"} or body > end or end > len(data):
            raise Punt
        if key == b"SH":
            count, after = _number(data, body + 5)
            skipped, after = _number(data, after)
            if end - after < 2:  # noqa: PLR2004  bytes of the stream's form
                raise Punt
            samples, rate = count - skipped, _MUSEPACK_RATES[data[after] >> 5]
            channels = (data[after + 1] >> 4) + 1
        elif key == b"RG" and end - body < 9:  # noqa: PLR2004  bytes of version, gains and peaks
            raise Punt
        if key in {b"SH", b"RG"}:
            needed.remove(key)  # KeyError where it comes twice
        at = end
    if needed or not b"AA" <= data[at : at + 2] <= b"ZZ":
        raise Punt
    return float(samples) / rate, rate, channels


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits in each byte, and where it has ended."""
    found = 0
    for i in range(at, at + 9):
        found = found << 7 | data[i] & 0x7F
        if not data[i] & 0x80:
            return found, i + 1
    raise Punt
