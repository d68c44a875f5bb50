"""Folders whose files are read together, because one changes what another means.

Files are read each by itself, but for two cases: a cue sheet may mean one file or another by what
else lies there, and texts in a wrong charset are repaired by a vote of the folder. The signature
that such files keep holds what music lies in their folder, so that any change there has all of them
read again; a rescan then comes to the same as a full scan.
"""

import os
from hashlib import blake2b

from soniq_tui.importers.music.words import SUFFIXES

VOTERS_MOST = 64
"""Files of one folder that have a say in each other's charset; of more the first by name."""


def music(folder: bytes) -> list[bytes]:
    """Return the names of all files of music in a folder, sorted; empty where it went away."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  names are bytes
    except OSError:
        return []  # its files are gone with it, and are told of one by one
    return sorted(n for n in names if n[:1] != b"." and n[n.rfind(b".") :].lower() in SUFFIXES)


def signature(beside: int, folder: bytes) -> int:
    """Return the signature of what lies around files that are read together; signed 64 bits.

    Args:
        beside: that of what lies beside the music.
        folder: full path.
    """
    said = [b"%d" % beside]
    for name in music(folder):
        try:
            stat = os.stat(folder + b"/" + name)  # noqa: PTH116  paths are bytes
        except OSError:
            continue  # gone, or a link to nowhere: as if it were not there
        said.append(b"%d %d %d %b" % (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, name))
    digest = blake2b(b"\0".join(said), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1
