"""The sample description of MP4 sound: what mutagen takes for rate, channels, bits and codec.

Sources: ISO/IEC 14496-12, section 12.2.3 (AudioSampleEntry), ISO/IEC 14496-1, section 7.2.6
(descriptors), github.com/macosforge/alac, ALACMagicCookieDescription.txt.
"""

from io import BytesIO
from struct import Struct, pack
from typing import NamedTuple

from soniq_tui.importers.music.lanes import Punt


class Entry(NamedTuple):
    """Figures of a sound track."""

    bitrate: int
    """Bits per second."""
    sample_rate: int
    channels: int
    bits: int | None
    """Bits per sample where they mean something."""
    codec: str


class _Aac(NamedTuple):
    sample_rate: int
    channels: int
    codec: str


_CODECS = {
    "mp4a.40": "aac",
    "mp4a.66": "aac",
    "mp4a.67": "aac",
    "mp4a.68": "aac",
    "mp4a.69": "mp3",
    "mp4a.6B": "mp3",
}
"""Object types (mp4ra.org) to the usual names; others are left to mutagen."""
_HEAD = 8
"""Bytes before the first entry: version, flags, count."""
_ENTRY = 36
"""Bytes of an entry before the atom that it ends with."""
_first = Struct(">2I I4s28s I4s").unpack_from
"""Version and flags, count; size, name and figures of the entry; size and name of its atom."""
_EXTRA = _HEAD + _ENTRY + 8
"""Where what this atom holds begins."""
_ALAC = 28
_alac = Struct(">I4x 2B3xB6x2I").unpack_from
"""Version and flags; of the cookie: its version, bits, channels, bit rate, sample rate."""
_ES, _DECODER_CONFIG = 3, 4
_ES_OPTIONS = 0xE0
"""Flags of an ES_Descriptor whose fields depend on them."""
_MAX_SIZE_BYTES = 4
_MORE = 0x80
_CONFIG = 13
"""Bytes of a DecoderConfigDescriptor before others: type, stream, buffer size, two bit rates."""
_RATES_AT = 2
"""Of these the first that say nothing about how the sound is stored, and differ by file."""
_average = Struct(">9xI").unpack_from

_aac: dict[bytes, _Aac | None] = {}
"""What mutagen made of a description, by its bytes but for the bit rates; None: it gave up."""
_MAX_AAC = 1024


def sample_entry(stsd: bytes) -> Entry:
    """Return the figures that an ``stsd`` atom holds.

    Args:
        stsd: what the atom holds.

    Raises:
        Punt: it holds something else than one entry for AAC or ALAC, or does not fit.
        IndexError, struct.error: it is cut.
    """
    head, count, size, name, figures, extra_size, extra_name = _first(stsd)
    stop = _HEAD + _ENTRY + extra_size
    if head or count != 1 or stop > _HEAD + size or _HEAD + size > len(stsd):
        raise Punt
    if name == extra_name == b"alac":
        version, cookie, bits, channels, bitrate, rate = _alac(stsd, _EXTRA)
        if version or cookie or stop < _EXTRA + _ALAC:
            raise Punt
        return Entry(bitrate, rate, channels, bits, "alac")
    if name != b"mp4a" or extra_name != b"esds":
        raise Punt
    at = _config_at(stsd, stop)
    (bitrate,) = _average(stsd, at)
    esds = stsd[_EXTRA : at + _RATES_AT] + bytes(_CONFIG - _RATES_AT) + stsd[at + _CONFIG : stop]
    key = figures + esds
    try:
        found = _aac[key]
    except KeyError:
        found = _parse(figures, esds)
        if len(_aac) < _MAX_AAC:
            _aac[key] = found
    if found is None:
        raise Punt
    return Entry(bitrate, found.sample_rate, found.channels, None, found.codec)


def _config_at(stsd: bytes, stop: int) -> int:
    """Return where what the DecoderConfigDescriptor holds begins."""
    at = _EXTRA + 4
    if stsd[_EXTRA] or stsd[at] != _ES:
        raise Punt
    at = _after_size(stsd, at + 1) + 2
    if stsd[at] & _ES_OPTIONS or stsd[at + 1] != _DECODER_CONFIG:
        raise Punt
    at = _after_size(stsd, at + 2)
    if at + _CONFIG > stop:
        raise Punt
    return at


def _after_size(stsd: bytes, at: int) -> int:
    for last in range(at, at + _MAX_SIZE_BYTES):
        if stsd[last] < _MORE:
            return last + 1
    raise Punt


def _parse(figures: bytes, esds: bytes) -> _Aac | None:
    """Have mutagen read an entry."""
    from mutagen.mp4._as_entry import ASEntryError, AudioSampleEntry
    from mutagen.mp4._atom import Atom

    extra = pack(">I4s", 8 + len(esds), b"esds") + esds
    file = BytesIO(pack(">I4s", _ENTRY + len(extra), b"mp4a") + figures + extra)
    try:
        entry = AudioSampleEntry(Atom(file), file)
    except ASEntryError:
        return None
    said = entry.codec or ""
    codec = _CODECS.get(said) or _CODECS.get(said.rpartition(".")[0])
    return _Aac(entry.sample_rate, entry.channels, codec) if codec else None
