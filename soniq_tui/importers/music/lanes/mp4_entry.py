"""The sample description of MP4 sound: what mutagen takes for rate, channels, bits and codec.

Sources: ISO/IEC 14496-12, section 12.2.3 (AudioSampleEntry), ISO/IEC 14496-1, section 7.2.6
(descriptors), github.com/macosforge/alac, ALACMagicCookieDescription.txt.
"""

from io import BytesIO
from struct import Struct, pack

import msgspec

from soniq_tui.importers.music.lanes import Punt
from soniq_tui.importers.music.lanes.pieces import remember
from soniq_tui.importers.music.tags.codecs import MONO_AAC


class Entry(msgspec.Struct, frozen=True, gc=False):
    """Figures of a sound track."""

    bitrate: int
    """Bits per second."""
    sample_rate: int
    channels: int
    bits: int | None
    """Bits per sample where they mean something."""
    codec: str


class _Aac(msgspec.Struct, frozen=True, gc=False):
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

_met: dict[int, dict[bytes, _Aac]] = {}
"""What mutagen made of descriptions, by where the configuration begins and by the other bytes."""


def sample_entry(stsd: bytes) -> Entry:
    """Return the figures that an ``stsd`` atom holds.

    Args:
        stsd: what the atom holds.

    Raises:
        Punt: it holds something else than one entry for AAC or ALAC, or does not fit.
        IndexError, struct.error: it is cut.
    """
    for at, known in list(_met.items()):  # other threads add to it
        kept = known.get(stsd[: at + _RATES_AT] + stsd[at + _CONFIG :])
        if kept is not None:
            return Entry(_average(stsd, at)[0], kept.sample_rate, kept.channels, None, kept.codec)
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
    esds = stsd[_EXTRA : at + _RATES_AT] + bytes(_CONFIG - _RATES_AT) + stsd[at + _CONFIG : stop]
    found = _parse(figures, esds)
    if found is None:
        raise Punt
    if MONO_AAC.search(stsd):
        found = msgspec.structs.replace(found, channels=1)
    remember(_met.setdefault(at, {}), stsd[: at + _RATES_AT] + stsd[at + _CONFIG :], found)
    return Entry(_average(stsd, at)[0], found.sample_rate, found.channels, None, found.codec)


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
