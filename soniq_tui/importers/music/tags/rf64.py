"""WAV files of more than 4 GB, which mutagen does not know: RF64, and BW64 of the same form.

References: EBU Tech 3306 (RF64), ITU-R BS.2088 (BW64). It is RIFF, but a chunk ``ds64`` comes first
and has the sizes that 32 bits cannot hold; in their places stand ones. WAV files without sizes, as
a recorder leaves them that is stopped, are read here, too: the sound is all that follows.
"""

import struct
from io import BytesIO
from types import SimpleNamespace
from typing import BinaryIO

from mutagen.id3 import ID3, ID3NoHeaderError

from soniq_tui.importers.music.tags import codecs, frames, info_list
from soniq_tui.importers.music.tags.values import Texts

Chunks = dict[bytes, tuple[int, int]]
"""Where the data of the first chunk of each name begins, and its bytes."""

MAX_TAG_BYTES = 64 * 1024 * 1024
"""What is read of an ID3 tag, with its pictures."""
_START = 12
"""Where the first chunk begins: behind the header of the outer one and its form."""
_HEADER = struct.Struct("<4sI")
_SIZES = struct.Struct("<3QI")
"""Bytes of the whole and of the sound, samples, entries of the table that follows."""
_ENTRY = struct.Struct("<4sQ")
_ELSEWHERE = 0xFFFFFFFF
"""The size of a chunk that stands in ``ds64``."""
_MAX_CHUNKS = 256
_MAX_ENTRIES = 64
_LIST, _INFO = b"LIST", b"INFO"


def parse(file: BinaryIO) -> SimpleNamespace:
    """Return figures and tags of an open file, as mutagen has those of WAV.

    Raises:
        EOFError: it does not say what its sound is.
        struct.error: nor how large it is.
        MutagenError: its ID3 tag is damaged.
    """
    found, end = _chunks(file)
    start, size = found.get(b"fmt ", (end, 0))
    file.seek(start)
    form = file.read(min(size, codecs.WAVE_FORM))
    if len(form) < codecs.WAVE_FORM:
        raise EOFError
    codec, channels, rate, _, _, bits = struct.unpack("<2H2I2H", form)
    start, said = found.get(b"data", (end, 0))
    length_s, bitrate = codecs.wave(form, said, end - start)
    info = SimpleNamespace(
        audio_format=codec,
        channels=channels,
        sample_rate=rate,
        bits_per_sample=bits,
        length=length_s,
        bitrate=bitrate,
    )
    return SimpleNamespace(info=info, tags=_tag(file, found))


def texts(file: BinaryIO) -> Texts:
    """Return what the list of the form INFO says in a file that has been parsed."""
    start, size = _chunks(file)[0].get(_INFO, (0, 0))
    file.seek(start)
    return info_list.texts(file.read(min(size, info_list.MAX_BYTES)))


def _tag(file: BinaryIO, found: Chunks) -> ID3 | None:
    start, size = found.get(b"id3 ") or found.get(b"ID3 ") or (0, 0)
    if not size:
        return None
    file.seek(start)
    data = BytesIO(file.read(min(size, MAX_TAG_BYTES)))
    try:
        return ID3(data, translate=False, known_frames=frames.FRAMES)
    except ID3NoHeaderError:
        return None


def _chunks(file: BinaryIO) -> tuple[Chunks, int]:
    """Return the chunks of a file, a list of the form INFO by that name, and the bytes of all."""
    end = file.seek(0, 2)
    sizes: dict[bytes, int] = {}
    found: Chunks = {}
    at = _START
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            break
        name, size = _HEADER.unpack(header)
        start = at + _HEADER.size
        if name == b"ds64":
            sizes = _sizes(file.read(min(size, _SIZES.size + _MAX_ENTRIES * _ENTRY.size)))
        elif size == _ELSEWHERE or (name == b"data" and not size):
            size = sizes.get(name) or end - start
        if name == _LIST and file.read(len(_INFO)) == _INFO:
            found.setdefault(_INFO, (start + len(_INFO), max(0, size - len(_INFO))))
        found.setdefault(name, (start, size))
        at = min(start + size + (size & 1), end)  # nobody can seek to 2**63
    return found, end


def _sizes(data: bytes) -> dict[bytes, int]:
    """Return the sizes that a chunk ``ds64`` has, by the names of their chunks."""
    _, sound, _, entries = _SIZES.unpack_from(data)
    room = (len(data) - _SIZES.size) // _ENTRY.size
    places = (_SIZES.size + n * _ENTRY.size for n in range(min(entries, room)))
    return {b"data": sound, **dict(_ENTRY.unpack_from(data, at) for at in places)}
