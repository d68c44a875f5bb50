"""How long a fragmented MP4 file is, of which mutagen reads an empty table alone.

Streams, and what download programs make of them, keep the lengths of their samples in fragments:
``moof`` atoms beside the sound. Source: ISO/IEC 14496-12, sections 8.8.3 (trex), 8.8.7 (tfhd) and
8.8.8 (trun).
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

_MAX_MOOV, _MAX_MOOF = 64 << 20, 4 << 20
_MAX_ATOMS = 100_000
"""Beside each other: 27 hours in fragments of two seconds, two atoms each."""
_HEADER, _HEADER_64 = 8, 16
_SIZE_64 = 1
_atom = struct.Struct(">I4s").unpack_from
_uint = struct.Struct(">I").unpack_from

_BASE_OFFSET, _DESCRIPTION, _DEFAULT_DURATION = 0x1, 0x2, 0x8
"""Flags of ``tfhd``: the fields before the duration, and that it is there."""
_DATA_OFFSET, _FIRST_FLAGS, _DURATION = 0x1, 0x4, 0x100
"""Flags of ``trun``: the fields before its samples, and that each has a duration."""
_OF_SAMPLE = (0x100, 0x200, 0x400, 0x800)
"""Flags of ``trun``, each for four bytes that every sample has."""


def length_s(file: BinaryIO) -> float:
    """Return the seconds of sound in the fragments of a file, 0 where there are none.

    Raises:
        LookupError, struct.error: it does not hold what it says, or too many fragments.
    """
    track = scale = duration = units = 0
    for name, start, size in _beside(file):
        if name == b"moov":
            track, scale, duration = _sound(_read(file, start, size, _MAX_MOOV))
        elif name == b"moof" and track:
            units += _units(_read(file, start, size, _MAX_MOOF), track, duration)
    return units / scale if scale else 0.0


def _read(file: BinaryIO, start: int, size: int, most: int) -> bytes:
    file.seek(start)
    return file.read(min(size, most))


def _beside(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and bytes of what each of the outermost atoms holds."""
    at = 0
    for _ in range(_MAX_ATOMS + 1):
        file.seek(at)
        header = file.read(_HEADER_64)
        if len(header) < _HEADER:
            return  # as a stream ends that was cut off
        size, name = _atom(header)
        start = at + _HEADER
        if size == _SIZE_64 and len(header) == _HEADER_64:
            size, start = int.from_bytes(header[_HEADER:]), at + _HEADER_64
        if size < start - at:
            return  # to the end, or damaged
        yield name, start, size - (start - at)
        at += size
    raise LookupError(f"more than {_MAX_ATOMS} atoms beside each other")


def _inside(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name of each atom, and what it holds."""
    at = 0
    while at + _HEADER <= len(data):
        size, name = _atom(data, at)
        if size < _HEADER:
            return
        yield name, data[at + _HEADER : at + size]
        at += size


def _sound(moov: bytes) -> tuple[int, int, int]:
    """Return number, time scale and usual duration of a sample of the first track of sound."""
    number = scale = 0
    usual: dict[int, int] = {}
    for name, held in _inside(moov):
        if name == b"mvex":
            for inner, trex in _inside(held):
                if inner == b"trex":
                    usual[_uint(trex, 4)[0]] = _uint(trex, 12)[0]
        elif name == b"trak" and not scale:
            atoms = dict(_inside(held))
            media = dict(_inside(atoms.get(b"mdia", b"")))
            if media.get(b"hdlr", b"")[8:12] == b"soun":
                head, header = media[b"mdhd"], atoms[b"tkhd"]
                scale = _uint(head, 20 if head[0] else 12)[0]
                number = _uint(header, 20 if header[0] else 12)[0]
    return number, scale, usual.get(number, 0)


def _units(moof: bytes, track: int, usual: int) -> int:
    """Return how long the samples of a track are together in one fragment."""
    units = 0
    for name, traf in _inside(moof):
        if name != b"traf":
            continue
        each = usual
        for inner, held in _inside(traf):
            flags = int.from_bytes(held[1:4])
            if inner == b"tfhd":
                if _uint(held, 4)[0] != track:
                    break
                at = 8 + 8 * bool(flags & _BASE_OFFSET) + 4 * bool(flags & _DESCRIPTION)
                if flags & _DEFAULT_DURATION:
                    (each,) = _uint(held, at)
            elif inner == b"trun":
                units += _run(held, flags, each)
    return units


def _run(trun: bytes, flags: int, each: int) -> int:
    """Return how long the samples of one run are together."""
    count = int.from_bytes(trun[4:8])
    if not flags & _DURATION:
        return count * each
    at = 8 + 4 * bool(flags & _DATA_OFFSET) + 4 * bool(flags & _FIRST_FLAGS)
    width = 4 * sum(bool(flags & field) for field in _OF_SAMPLE)
    return sum(int(_uint(trun, at + width * i)[0]) for i in range(count))
