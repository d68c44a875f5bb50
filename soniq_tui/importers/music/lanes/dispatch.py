"""Which lane an open file takes, by its first bytes, and what the lane found as fields of Track."""

import errno
import struct
from collections.abc import Callable

from soniq_tui.importers.music.lanes import (
    Punt,
    Sound,
    Window,
    ape,
    asf,
    dsf,
    flac,
    mp4,
    mpeg,
    ogg,
    riff,
)
from soniq_tui.importers.music.tags.pictures import choose
from soniq_tui.importers.music.tags.values import MAX_FIGURE, Fields, combined, whole

Lane = Callable[[Window], Sound]
"""What a lane offers as ``read``; raises Punt, or an error of arithmetic on damaged input."""

_BY_MAGIC: dict[bytes, Lane] = {
    b"ID3\x03": mpeg.read,
    b"ID3\x04": mpeg.read,
    b"fLaC": flac.read,
    b"OggS": ogg.read,
    b"0&\xb2u": asf.read,
    b"wvpk": ape.read,
    b"MPCK": ape.read,
    b"MP+\x07": ape.read,
    b"MP+\x17": ape.read,
    b"MAC ": ape.read,
    b"RIFF": riff.read,
    b"FORM": riff.read,
    b"DSD ": dsf.read,
}
"""First four bytes to what reads such a file."""
_SYNC = b"\xe0"
"""Bits of the second byte of MPEG audio that are set, behind a first byte of ones."""
_GIVES_UP = (
    Punt,
    LookupError,
    ValueError,  # texts that do not decode too
    struct.error,
    OverflowError,
    ZeroDivisionError,
)
"""What a lane lets out where a file is not of the usual form."""


def quick(fd: int, head: bytes, size: int) -> Fields | None:
    """Return the fields of Track that a file holds, None where it is not of a usual form.

    Args:
        fd: open for reading; its position is neither used nor moved.
        head: the first ``lanes.HEAD`` bytes, or all of a shorter file.
        size: bytes of the file.

    Raises:
        OSError: the system cannot read it.
    """
    lane = _BY_MAGIC.get(head[:4]) or _other(head)
    if lane is None:
        return None
    try:
        return _fields(lane(Window(fd, head, size)), size)
    except _GIVES_UP:
        return None
    except OSError as exc:
        if exc.errno == errno.EINVAL:  # an offset that is none
            return None
        raise


def _other(head: bytes) -> Lane | None:
    """Return the lane of a file that does not begin with a word."""
    if head[4:8] == b"ftyp" and head[0] == 0:  # no other magic, as ``sniff`` has them
        return mp4.read
    return mpeg.read if head[:1] == b"\xff" and head[1:2] >= _SYNC else None


def _fields(sound: Sound, size: int) -> Fields:
    """Return what a lane found as ``mutagen_files.load`` would."""
    found = combined(sound.meant)
    pictures, length_s, bitrate = sound.pictures, sound.length_s, sound.bitrate
    found["cover"] = choose(pictures) if pictures else None
    found["duration_s"] = float(length_s) if 0 < length_s < MAX_FIGURE else None
    rate, channels, bits = sound.sample_rate, sound.channels, sound.bits
    # As ``values.whole``, in fewer steps.
    found["sample_rate_hz"] = rate if rate and 0 < rate < MAX_FIGURE else None
    found["channels"] = channels if channels and 0 < channels < MAX_FIGURE else None
    found["bits_per_sample"] = bits if bits and 0 < bits < MAX_FIGURE else None
    found["codec"] = sound.codec
    found["container"] = sound.container
    bitrate_kbps = None
    if bitrate and 0 < bitrate < MAX_FIGURE:
        bitrate_kbps = round(bitrate / 1000) or None
    if bitrate_kbps is None and found["duration_s"]:
        sound_bytes = size - sum(picture.length for picture in pictures)
        bitrate_kbps = whole(8 * sound_bytes / length_s, per=1000)
    found["bitrate_kbps"] = bitrate_kbps
    return found
