"""Names of codecs as people know them, from what the headers of containers say; sound in WAV."""

import re
import struct

WAVE = {2: "adpcm", 6: "alaw", 7: "mulaw", 0x11: "adpcm", 0x55: "mp3"}
"""Format tags that are not PCM (1, 3 and 0xFFFE are)."""
_WAVE_SAMPLES = frozenset({1, 3, 6, 7, 0xFFFE})
"""Format tags whose blocks hold one sample of each channel; others say bytes of a second alone."""
_WAVE_FORMAT = struct.Struct("<2H2I2H")
WAVE_FORM = _WAVE_FORMAT.size
"""Bytes of a ``fmt`` chunk that are looked at."""
WAVE_FACT = 4
"""The same of a ``fact`` chunk."""
_MP4 = {
    "mp4a.40": "aac",
    "mp4a.66": "aac",
    "mp4a.67": "aac",
    "mp4a.68": "aac",
    "mp4a.69": "mp3",
    "mp4a.6B": "mp3",
    "mp4a.a5": "ac3",
    "mp4a.a6": "eac3",
    "mp4a.A5": "ac3",
    "mp4a.A6": "eac3",
    "mp4a": "aac",
    "ac-3": "ac3",
    "ec-3": "eac3",
    "Opus": "opus",
    "fLaC": "flac",
}
"""Sample entries and object types (mp4ra.org) to the usual names; others stand as they are."""
MONO_AAC = re.compile(rb"\x05(?:\x80{3})?[\x05-\x7f][\x10-\x17][\x08\x88]\x56\xe5[\x00-\x7f]")
"""The description of AAC LC of one channel that says that nothing extends it (ISO 14496-3, 1.6.2).

Without that word one channel may be two (parametric stereo), and mutagen takes the number that
stands beside it, which is two from ffmpeg whatever the sound is.
"""
MP4_EXACT = frozenset({"alac", "flac"})
"""Codecs in MP4 that keep the sound as it was."""
_ASF = (
    ("Lossless", "wmalossless"),
    ("Professional", "wmapro"),
    ("Pro over", "wmapro"),
    ("Voice", "wmavoice"),
    ("Windows Media Audio", "wmav2"),
)
"""Words in mutagen's name of the codec to the usual short name."""
ASF_EXACT = "wmalossless"
"""The codec in ASF that keeps the sound as it was."""


def wave(form: bytes, said: int, there: int, fact: bytes = b"") -> tuple[float, int]:
    """Return seconds and bits per second of the sound in a WAV file.

    A program that writes into a pipe, or is stopped, leaves the largest number for a length. Of
    compressed sound ffmpeg tells bytes of a second that it was asked for, or none.

    Args:
        form: the first ``WAVE_FORM`` bytes of what the ``fmt`` chunk holds.
        said: bytes of its sound, as the ``data`` chunk has them.
        there: bytes from there to the end of the file.
        fact: the first ``WAVE_FACT`` bytes of what the ``fact`` chunk holds: samples of a channel.
    """
    codec, channels, rate, byte_rate, block, bits = _WAVE_FORMAT.unpack_from(form)
    if codec in _WAVE_SAMPLES:
        bitrate, byte_rate = channels * bits * rate, block * rate
    else:
        bitrate = 8 * byte_rate
        samples = int.from_bytes(fact, "little")
        if rate and samples and said <= there:
            return samples / rate, round(8 * said * rate / samples)
    return min(said, there) / byte_rate if byte_rate else 0.0, bitrate


def mp4(said: str) -> str:
    """Return the usual name of what mutagen calls the codec of an MP4 file."""
    return _MP4.get(said) or _MP4.get(said.rpartition(".")[0]) or said


def asf(said: str) -> str:
    """Return the usual name of what mutagen calls the codec type of an ASF file."""
    return next((short for word, short in _ASF if word in said), "wma")
