"""Which code a process runs: the number of the version stays the same between two releases."""

import asyncio
import os
from pathlib import Path

SUFFIXES = (".py", ".sql", ".tcss", ".mo")
"""What is written by people, or made of that; what Python keeps beside it comes and goes."""
UNKNOWN = "?"
"""The digest of sources that cannot be looked at; who is too old to know of digests tells none."""
_HOUSE = Path(__file__).resolve().parents[1]
_seen: list[str] = []
"""The digest, once it is known."""


def running() -> str:
    """Return the digest of the code as it was when this process asked first, which is early.

    Looks at some 500 files (3 ms), so it is no call for an event loop.
    """
    if not _seen:
        _seen.append(digest(_HOUSE))
    return _seen[0]


async def ours() -> str:
    """Return :func:`running`; once it is known at once, whatever disk all threads may wait for."""
    return _seen[0] if _seen else await asyncio.to_thread(running)


def digest(house: Path) -> str:
    """Return a digest of names, sizes and times of all sources below a folder.

    :data:`UNKNOWN` where they cannot be looked at: then nothing is known of them.
    """
    import hashlib  # here: it loads OpenSSL, and no start waits for that

    found, folders = [], [str(house)]
    try:
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders += [entry.path] if entry.name != "__pycache__" else []
                    elif entry.name.endswith(SUFFIXES):
                        seen = entry.stat()
                        found.append((entry.path, seen.st_size, seen.st_mtime_ns))
    except OSError:
        return UNKNOWN
    return hashlib.blake2b(repr(sorted(found)).encode(), digest_size=8).hexdigest()
