"""The figures of a WavPack stream: what mutagen does not know of rates, channels and DSD.

Source: wavpack.com, "WavPack 5 File Format": a block begins with a header of 32 bytes, whose rates
end at 192 kHz; others, the number of channels beyond two and the power of DSD stand in sub-blocks.
"""

import struct
from typing import BinaryIO, NamedTuple

RATES = (
    6000, 8000, 9600, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000,
    88_200, 96_000, 192_000,
)  # fmt: skip
"""Hz by the number in the flags of a block; the number after them stands for another rate."""
MONO, INITIAL, FINAL, DSD = 1 << 2, 1 << 11, 1 << 12, 1 << 31
"""Flags of a block: one channel; the first and the last of those that sound together; no PCM."""
NOT_KNOWN = 0xFFFFFFFF
"""Samples of a file whose encoder could not go back to its start."""
_HEADER = struct.Struct("<4sI4x5I")
_BEFORE_SIZE = 8
_RATE_SHIFT, _RATE_MASK = 23, 15
_RATE, _CHANNELS, _DSD = 0x27, 0x0D, 0x0E
"""Kinds of sub-blocks."""
_KIND, _LARGE = 0x3F, 0x80
_MAX_NOTES = 64
_MAX_READ = 64 * 1024
"""Bytes of the first block that are looked through: the sound, which is most of it, stands last."""
_BITS = 8


class Figures(NamedTuple):
    """What is known of a stream, by the names that mutagen has for it."""

    length: float
    """Seconds."""
    sample_rate: int
    """Hz, of DSD in bits."""
    channels: int
    bits_per_sample: int


def figures(file: BinaryIO) -> Figures:
    """Return the figures of an open file.

    Raises:
        EOFError: it ends within its first header.
    """
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    _, size, total, index, samples, flags, _ = _HEADER.unpack(header)
    notes = _notes(file.read(min(max(0, size + _BEFORE_SIZE - _HEADER.size), _MAX_READ)))
    channels = 1 if flags & MONO else 2
    if flags & (INITIAL | FINAL) == INITIAL:
        channels = (notes.get(_CHANNELS) or bytes([channels]))[0]
    number = flags >> _RATE_SHIFT & _RATE_MASK
    rate = RATES[number] if number < len(RATES) else _number(notes.get(_RATE))
    bits, width = _BITS * ((flags & 3) + 1), 1
    if flags & DSD:  # samples are bytes, and their rate is a power of two more
        rate <<= min((notes.get(_DSD) or b"\0")[0], _BITS)
        bits, width = 1, _BITS
    if total == NOT_KNOWN or index:
        total = samples + _behind(file, size, flags)
    return Figures(total / rate if rate else 0.0, width * rate, channels, bits)


def _notes(block: bytes) -> dict[int, bytes]:
    """Return the first bytes of the sub-blocks of a block, without its header, by their kinds."""
    notes: dict[int, bytes] = {}
    at = 0
    for _ in range(_MAX_NOTES):
        if at + 2 > len(block):
            break
        kind, words = block[at], block[at + 1]
        at += 2
        if kind & _LARGE:
            words |= int.from_bytes(block[at : at + 2], "little") << _BITS
            at += 2
        notes.setdefault(kind & _KIND, block[at : at + min(2 * words, 4)])
        at += 2 * words
    return notes


def _number(note: bytes | None) -> int:
    """Return a rate that is given in three or four bytes, 0 where it is not."""
    return int.from_bytes((note or b"")[:3], "little")


def _behind(file: BinaryIO, size: int, first: int) -> int:
    """Return the samples of all blocks behind the first; those that sound together count once."""
    samples = at = 0
    once = first & INITIAL
    while size >= _HEADER.size - _BEFORE_SIZE:
        at += size + _BEFORE_SIZE
        file.seek(at)
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size or not header.startswith(b"wvpk"):
            break
        _, size, _, _, here, flags, _ = _HEADER.unpack(header)
        if not once or flags & INITIAL:
            samples += here
    return samples
