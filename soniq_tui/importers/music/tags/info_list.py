"""The texts of WAV and AIFF files beside an ID3 tag: a LIST chunk of the form INFO, text chunks.

Source: "Multimedia Programming Interface and Data Specifications" 1.0, "INFO List Chunk": chunks of
a name, a length and a text that ends with NUL, each at an even place. Recorders, ffmpeg and Windows
write no other tag; of its charset nothing is said. AIFF ("Audio Interchange File Format" 1.3,
"Text Chunks") has such texts beside its sound.
"""

from collections.abc import Mapping

from soniq_tui.importers.music.tags import names
from soniq_tui.importers.music.tags.values import Texts

MAX_BYTES = 64 * 1024
"""What is read of a list; the rest is left."""
_HEADER = 8


def texts(data: bytes) -> Texts:
    """Return by field what a list says.

    Texts are read as UTF-8, others as Latin-1, of which the charsets of a folder make what they
    were. A chunk that goes beyond the list ends it.

    Args:
        data: the list, without its header and form.
    """
    held: dict[str, list[str]] = {}
    at = 0
    while at + _HEADER <= len(data):
        size = int.from_bytes(data[at + 4 : at + _HEADER], "little")
        start = at + _HEADER
        at = start + size + (size & 1)
        if start + size > len(data):
            break
        name = data[start - _HEADER : start - 4].decode("latin-1").lower()
        if name in names.RIFF.places:
            held.setdefault(name, [_text(data[start : start + size])])
    return names.pick(held, names.RIFF) if held else {}


def of_chunks(chunks: Mapping[str, bytes]) -> Texts:
    """Return by field what the text chunks of an AIFF file say, given by their names."""
    return names.pick({name: [_text(data)] for name, data in chunks.items()}, names.AIFF)


def _text(data: bytes) -> str:
    data = data.partition(b"\0")[0]
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
