"""WAV and AIFF: chunks one after the other, in one of which an ID3v2 tag may be.

References: "Multimedia Programming Interface and Data Specifications" 1.0 (RIFF WAVE), "Audio
Interchange File Format" 1.3 and AIFF-C.
"""

import struct
from typing import Literal

from soniq_tui.importers.music.lanes import Punt, Sound, Window, id3
from soniq_tui.importers.music.tags import codecs, info_list, names
from soniq_tui.importers.music.tags.pictures import Picture
from soniq_tui.importers.music.tags.values import Meanings, meanings

_HEADER = 8
_START = 12
"""Where the first chunk begins: behind the header of the outer one and its form."""
_MAX_CHUNKS = 64
_CONTAINERS = frozenset({b"LIST", b"RIFF", b"FORM"})
_FORM_BYTES = 4
_INFO = b"LIST INFO"
"""What the first list of this form is called among chunks."""
_TEXTS = {name.encode(): name for name in names.AIFF.places}
"""Chunks of AIFF that hold a text."""
_FMT = struct.Struct("<2HI6xH")
"""Format tag, channels, rate, bits."""
_COMM = struct.Struct(">hIhHII")
_NO_NUMBER, _BIAS, _SIGN = 0x7FFF, 16_383, 0x8000

Chunk = tuple[int, int]
"""Where the data of a chunk begins, and how many bytes it says it has."""


def read(w: Window) -> Sound:
    """Return what a WAV or an AIFF file holds."""
    magic, form = w.head[:4], w.head[8:12]
    if magic == b"RIFF" and form == b"WAVE":
        return _wave(w, _chunks(w, "little"))
    if magic == b"FORM" and form in {b"AIFF", b"AIFC"}:
        return _aiff(w, _chunks(w, "big"))
    raise Punt


def _chunks(w: Window, order: Literal["little", "big"]) -> dict[bytes, Chunk]:
    """Return the first chunk of each name, and ``_INFO``."""
    size = int.from_bytes(w.at(4, 4), order)
    at, end = _START, _HEADER + size + (size & 1)
    found: dict[bytes, Chunk] = {}
    for _ in range(_MAX_CHUNKS):
        if at >= end or at + _HEADER > w.size:
            return found
        header = w.at(at, _HEADER)
        name, size = header[:4], int.from_bytes(header[4:], order)
        if not name.isascii() or not name.strip() or not name.decode().isprintable():
            raise Punt
        if name.rstrip() != name.rstrip(b" "):
            raise Punt
        if name in _CONTAINERS:
            form = w.at(at + _HEADER, _FORM_BYTES)
            if size < _FORM_BYTES or not form.isascii():
                raise Punt
            if name == b"LIST" and form == b"INFO":
                found.setdefault(_INFO, (at + _HEADER + _FORM_BYTES, size - _FORM_BYTES))
        found.setdefault(name.rstrip(), (at + _HEADER, size))
        at += _HEADER + size + (size & 1)
    raise Punt


def _tag(w: Window, at: int | None) -> tuple[Meanings, list[Picture]]:
    if at is None:
        return {}, []
    tag = id3.Tag(w, at)
    return tag.meant(id3.last(w)), tag.pictures


def _words(w: Window, chunk: Chunk) -> bytes:
    start, size = chunk
    return w.at(start, min(size, info_list.MAX_BYTES, w.size - start))


def _wave(w: Window, chunks: dict[bytes, Chunk]) -> Sound:
    if b"ID3" in chunks and b"id3" in chunks:
        raise Punt
    at, size = chunks[b"fmt"]
    form = w.at(at, min(_FMT.size, size))
    codec, channels, rate, bits = _FMT.unpack(form)
    start, said = chunks.get(b"data", (w.size, 0))
    at, size = chunks.get(b"fact", (0, 0))
    fact = w.at(at, min(codecs.WAVE_FACT, size))
    length_s, bitrate = codecs.wave(form, said, w.size - start, fact)
    held = chunks.get(b"id3") or chunks.get(b"ID3")
    meant, pictures = _tag(w, held and held[0])
    if _INFO in chunks and (texts := info_list.texts(_words(w, chunks[_INFO]))):
        meant = {**meanings(texts), **meant}
    return Sound(
        kind="wav",
        meant=meant,
        pictures=pictures,
        length_s=length_s,
        bitrate=bitrate,
        sample_rate=rate,
        channels=channels,
        bits=bits,
        codec=codecs.WAVE.get(codec, "pcm"),
        container="wav",
    )


def _aiff(w: Window, chunks: dict[bytes, Chunk]) -> Sound:
    if b"FORM" in chunks:
        raise Punt
    at, size = chunks[b"COMM"]
    channels, count, bits, exponent, high, low = _COMM.unpack(w.at(at, min(_COMM.size, size)))
    rate = _rate(exponent, high, low)
    held = chunks.get(b"ID3")
    meant, pictures = _tag(w, held and held[0])
    said = {name: _words(w, chunks[key]) for key, name in _TEXTS.items() if key in chunks}
    if said:
        meant = {**meanings(info_list.of_chunks(said)), **meant}
    return Sound(
        kind="aiff",
        meant=meant,
        pictures=pictures,
        length_s=count / float(rate) if rate else 0,
        bitrate=channels * bits * rate,
        sample_rate=rate,
        channels=channels,
        bits=bits,
        codec="pcm",
        container="aiff",
    )


def _rate(exponent: int, high: int, low: int) -> int:
    """Return a number of 80 bits (IEEE 754, extended) as a whole one."""
    if exponent & _SIGN or exponent == _NO_NUMBER:
        raise Punt
    if not exponent and not high and not low:
        return 0
    return int((high * 0x100000000 + low) * pow(2.0, exponent - _BIAS - 63))
