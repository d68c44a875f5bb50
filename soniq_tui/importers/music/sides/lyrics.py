"""Lyrics that lie beside the music: ``song.lrc`` for ``song.mp3``."""

import os
import re
from collections.abc import Callable, Iterable

import msgspec

from soniq_tui.importers.music.charsets import charset
from soniq_tui.importers.music.sides import sidecar
from soniq_tui.importers.music.tags import values
from soniq_tui.importers.music.words import Track

Find = Callable[[bytes], str | None]
"""Takes the name of a file of music in the folder, gives the lyrics beside it."""

_LINE_END = re.compile(r"\r\n?")
_CONTROL = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f]")


def beside(folder: bytes, names: Iterable[bytes]) -> Find:
    """Return what finds the lyrics that lie beside the music of a folder.

    A file of lyrics is read when its song is asked for, 64 KiB at most. Its time stamps stay.

    Args:
        folder: path of the folder.
        names: what lies in it beside the music.
    """
    found: dict[str, bytes] = {}
    for name in sorted(names):
        stem = sidecar.stem(name)
        if name[len(stem) :].lower() == b".lrc":
            found.setdefault(sidecar.key(stem), name)

    def find(song: bytes) -> str | None:
        name = found.get(sidecar.key(sidecar.stem(song))) if found else None
        if name is None:
            return None
        data = sidecar.read(os.path.join(folder, name))  # noqa: PTH118  names are bytes
        return None if data is None else text(data)

    return find


def text(data: bytes) -> str | None:
    """Return lyrics of any charset without control characters, None where nothing is left."""
    lines = _LINE_END.sub("\n", charset.decode(data[: sidecar.MAX_BYTES]))
    return values.lyrics([_CONTROL.sub("", lines)])


def added(track: Track, find: Find) -> Track:
    """Return a track with the lyrics beside it where its tag has none.

    Lyrics in the tag win: whoever put them there chose this song, and a file beside it may be
    another version's. Only where there are none, the file counts, time stamps and all.
    """
    if track.lyrics:
        return track
    lyrics = find(os.path.basename(track.path))  # noqa: PTH119  names are bytes
    return msgspec.structs.replace(track, lyrics=lyrics) if lyrics else track
