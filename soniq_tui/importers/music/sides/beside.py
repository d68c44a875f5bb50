"""What lies beside the music and belongs to it: pictures of the album, cue sheets, lyrics."""

import os
from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple

from soniq_tui.importers.music.discovery import stamps
from soniq_tui.importers.music.sides import sidecar

STEMS = frozenset({b"cover", b"folder", b"front", b"album", b"albumart", b"artwork"})
"""What a picture is called that stands for its album; see ``folder_cover.py``."""
PICTURES = frozenset({b".jpg", b".jpeg", b".png", b".webp"})
TEXTS = frozenset({b".cue", b".lrc"})
ENDINGS = PICTURES | TEXTS

NAMES_MOST = 64
NAME_BYTES_MOST = 8 * 1024
"""Of one folder: a job may carry 64 KiB, of many folders."""

Side = tuple[bytes, os.DirEntry[bytes]]
"""Its name as seen from the folder of the music, and what tells its size."""


def belongs(name: bytes, ending: bytes) -> bool:
    """Say whether a file belongs to music beside it; ``ending`` is its own in lower case."""
    return ending in TEXTS or (ending in PICTURES and name[: -len(ending)].lower() in STEMS)


def is_picture(name: bytes) -> bool:
    """Say whether something that belongs to music is a picture."""
    return name[name.rfind(b".") :].lower() in PICTURES


_NO_LYRICS: Mapping[str, bytes] = {}
"""A plain one, because it goes from process to process."""


class Names(NamedTuple):
    """What lies beside the music of a folder."""

    common: tuple[bytes, ...] = ()
    """What belongs to all of it, sorted; where they are few lyrics, too."""
    lyrics: Mapping[str, bytes] = _NO_LYRICS
    """Where they are many: each by the ``sidecar.key`` of the song it belongs to."""

    def of_song(self, song: bytes) -> bytes | None:
        """Return the lyrics of a song that are not among ``common``."""
        return self.lyrics.get(sidecar.key(sidecar.stem(song))) if self.lyrics else None

    @property
    def texts(self) -> bool:
        """Whether there is anything that belongs to one name."""
        return bool(self.lyrics) or any(not is_picture(name) for name in self.common)


def names(sides: list[Side]) -> Names:
    """Return the names of what lies beside the music, the first of too many."""
    if not sides:
        return Names()
    found = sorted(name for name, _ in sides)
    lyrics: dict[str, bytes] = {}
    if len(found) > NAMES_MOST or sum(map(len, found)) > NAME_BYTES_MOST:
        for name in found:
            if name[-4:].lower() == b".lrc":
                lyrics.setdefault(sidecar.key(sidecar.stem(name)), name)
        found = [name for name in found if name[-4:].lower() != b".lrc"][:NAMES_MOST]
        while sum(map(len, found)) > NAME_BYTES_MOST:
            found.pop()
    return Names(tuple(found), lyrics)


def signature(sides: list[Side]) -> int:
    """Return what changes when any of them does: signed 64 bits, 0 where there are none.

    Of names, sizes and times of modification, all of which a folder keeps that is moved. While one
    of them is too new to tell, it is another signature than that which comes after.
    """
    if not sides:
        return 0
    said = []
    for name, entry in sides:
        try:
            stat = entry.stat(follow_symlinks=False)
        except OSError:
            continue  # it went away while we looked, or cannot be looked at: as if it were not
        said.append(b"%d %d %d %b" % (stat.st_size, stat.st_mtime_ns, stamps.racy(stat), name))
    said.sort()
    digest = blake2b(b"\0".join(said), digest_size=8).digest()
    return (int.from_bytes(digest, "big", signed=True) or 1) if said else 0
