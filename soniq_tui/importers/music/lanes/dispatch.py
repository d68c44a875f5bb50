"""Which lane an open file takes, by its first bytes, and what the lane found as fields of Track."""

import errno
import struct
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from soniq_tui.importers.music.lanes import Punt, Sound, Window
from soniq_tui.importers.music.tags.pictures import choose
from soniq_tui.importers.music.tags.values import Fields, fields, measured, whole

Lane = Callable[[Window], Sound]
"""What a lane offers as ``read``; raises Punt, or an error of arithmetic on damaged input."""

_BY_MAGIC = {
    b"ID3\x03": "mpeg",
    b"ID3\x04": "mpeg",
    b"fLaC": "flac",
    b"OggS": "ogg",
    b"0&\xb2u": "asf",
    b"wvpk": "ape",
    b"MPCK": "ape",
    b"MP+\x07": "ape",
    b"MP+\x17": "ape",
    b"MAC ": "ape",
    b"RIFF": "riff",
    b"FORM": "riff",
    b"DSD ": "dsf",
}
"""First four bytes to the module of the lane."""
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
_lanes: dict[str, Lane | None] = {}


def quick(fd: int, head: bytes, size: int) -> Fields | None:
    """Return the fields of Track that a file holds, None where it is not of a usual form.

    Args:
        fd: open for reading; its position is neither used nor moved.
        head: the first ``lanes.HEAD`` bytes, or all of a shorter file.
        size: bytes of the file.

    Raises:
        OSError: the system cannot read it.
    """
    lane = _lane(head)
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


def _lane(head: bytes) -> Lane | None:
    name = _BY_MAGIC.get(head[:4])
    if name is None:
        if head[4:8] == b"ftyp":
            name = "mp4"
        elif head[:1] == b"\xff" and head[1:2] >= _SYNC:
            name = "mpeg"
        else:
            return None
    if name not in _lanes:
        module = f"{__package__}.{name}"
        found: Any = import_module(module) if find_spec(module) else None
        _lanes[name] = cast("Lane | None", found and found.read)
    return _lanes[name]


def _fields(sound: Sound, size: int) -> Fields:
    """Return what a lane found as ``mutagen_files.load`` would."""
    _, texts, pictures, length_s, bitrate, sample_rate, channels, bits, codec, container = sound
    found = fields(texts)
    found["cover"] = choose(pictures) if pictures else None
    found["duration_s"] = duration_s = measured(length_s)
    found["bitrate_kbps"] = bitrate_kbps = whole(bitrate, per=1000)
    found["sample_rate_hz"] = whole(sample_rate)
    found["channels"] = whole(channels)
    found["bits_per_sample"] = whole(bits)
    found["codec"] = codec
    found["container"] = container
    if bitrate_kbps is None and duration_s:
        sound_bytes = size - sum(picture.length for picture in pictures)
        found["bitrate_kbps"] = whole(8 * sound_bytes / duration_s, per=1000)
    return found
