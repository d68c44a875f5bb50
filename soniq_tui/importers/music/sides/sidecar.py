"""Small files that lie beside the music and belong to it: cue sheets and lyrics."""

import os
import stat
from unicodedata import normalize

MAX_BYTES = 64 * 1024
"""What is read of one; whole albums of lyrics are shorter."""


def read(path: bytes) -> bytes | None:
    """Return the first 64 KiB of a file; None where it is no regular file or cannot be read."""
    # O_NONBLOCK: opening a named pipe must not wait for a writer. It means nothing to a file.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW
    try:
        fd = os.open(path, flags)
    except OSError:
        return None  # gone, a link or not ours to read: the music itself is none the worse for it
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        with os.fdopen(fd, "rb", closefd=False) as file:
            return file.read(MAX_BYTES)
    except OSError:
        return None  # the disk fails here, and will say so for the music, where it is booked
    finally:
        os.close(fd)


def key(name: bytes) -> str:
    """Return what names have in common that mean one file: NFC, case folded.

    File systems differ in both, and so do the programs that wrote the names down.
    """
    return normalize("NFC", name.decode("utf-8", "surrogateescape")).casefold()


def stem(name: bytes) -> bytes:
    """Return a name without its ending."""
    return os.path.splitext(name)[0]  # noqa: PTH122  names are bytes
