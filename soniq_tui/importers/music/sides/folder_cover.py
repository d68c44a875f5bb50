"""Pictures that lie beside the music: which one counts, and its cheap key.

Nobody looks at a picture here: a scan only notes where it is and which pictures are the same.
"""

import os
import stat
from collections.abc import Sequence

from msgspec.structs import replace

from soniq_tui.importers.music.tags.pictures import EDGE, FRONT, Picture, choose
from soniq_tui.importers.music.words import CoverRef

_STEMS = (b"cover", b"folder", b"front", b"album", b"albumart", b"artwork")
_ENDINGS = (b".jpg", b".jpeg", b".png", b".webp")
RANKS = {stem + ending: i for i, stem in enumerate(_STEMS) for ending in _ENDINGS}
"""File names of covers in lower case, each with its rank; the lowest is taken."""


def choose_cover(folder: bytes, names: Sequence[bytes]) -> CoverRef | None:
    """Return cover, folder, front, album, albumart or artwork .jpg, .jpeg, .png or .webp.

    What lies in the folder itself goes before what lies above it, and a picture before what only
    has the name of one (a web page that was saved as ``cover.jpg``): that is returned, without a
    kind, where there is no picture, so that whoever looks at it can say so. What is empty, no file
    or cannot be read is passed over.

    Args:
        folder: full path.
        names: of what lies beside the music, from the folder; may be ``../cover.jpg``.
    """
    named = [(b"/" in name, RANKS[plain], name) for name in names if (plain := _plain(name))]
    no_picture = None
    for *_, name in sorted(named):
        found = _look(folder, name)
        if found is not None and found.mime is not None:
            return found
        no_picture = no_picture or found
    return no_picture


def _plain(name: bytes) -> bytes | None:
    """Return the name as RANKS has it; None where it is not in there."""
    last = name.rpartition(b"/")[2].lower()
    return last if last in RANKS else None


def _look(folder: bytes, name: bytes) -> CoverRef | None:
    """Return a picture file; None where it is no regular file, empty or unreadable."""
    path = os.path.join(folder, name)  # noqa: PTH118  names are bytes
    try:
        fd = open_picture(path)
    except OSError:
        return None  # gone or not ours to read: the music itself is none the worse for it
    try:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            return None
        head = os.pread(fd, EDGE, 0)
        tail = os.pread(fd, EDGE, max(0, info.st_size - EDGE))
    except OSError:
        return None  # the disk fails here, and will say so for the music, where it is booked
    finally:
        os.close(fd)
    found = choose([Picture(FRONT, "", info.st_size, head, tail)])
    return None if found is None else replace(found, source="folder", file=name)


def open_picture(path: bytes) -> int:
    """Open a file that should be a picture; a link is refused, a named pipe does not block.

    Raises:
        OSError: it cannot be opened.
    """
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW)
