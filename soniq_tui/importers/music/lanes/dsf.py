"""DSF: three chunks of fixed form, and an ID3v2 tag behind the sound.

Reference: "DSF File Format Specification" 1.01 (Sony, dsd-guide.com).
"""

import struct

from soniq_tui.importers.music.lanes import Punt, Sound, Window, id3
from soniq_tui.importers.music.tags.pictures import Picture
from soniq_tui.importers.music.tags.values import Meanings

_HEAD = struct.Struct("<4sQ8xQ4sQ2I4x3IQ8x4sQ")
"""DSD chunk: name, size, offset of the tag; fmt chunk: name, size, version, format, then channels,
sample rate, bits, samples of each channel; data chunk: name, size."""
_DSD_BYTES, _FMT_BYTES, _DATA_BYTES, _VERSION = 28, 52, 12, 1


def read(w: Window) -> Sound:
    """Return what a DSF file holds."""
    dsd, dsd_size, tag_at, *rest = _HEAD.unpack(w.at(0, _HEAD.size))
    fmt, fmt_size, version, form, channels, rate, bits, samples, data, size = rest
    named = (dsd, fmt, data) == (b"DSD ", b"fmt ", b"data")
    sized = (dsd_size, fmt_size) == (_DSD_BYTES, _FMT_BYTES) and size >= _DATA_BYTES
    if not named or not sized or version != _VERSION or form:
        raise Punt
    meant: Meanings = {}
    pictures: list[Picture] = []
    if tag_at:
        tag = id3.Tag(w, tag_at)
        meant, pictures = tag.meant(id3.last(w)), tag.pictures
    return Sound(
        kind="dsf",
        meant=meant,
        pictures=pictures,
        length_s=float(samples) / rate,
        bitrate=rate * bits * channels,
        sample_rate=rate,
        channels=channels,
        bits=bits,
        codec="dsd",
        container="dsf",
    )
