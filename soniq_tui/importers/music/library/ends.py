"""Files of the library by the ends of their paths: lists of players come from other machines."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple
from unicodedata import normalize

Parts = tuple[str, ...]
"""The names in a path from its end."""


class _Alike(NamedTuple):
    """Files of one name, sorted by the names of their folders, the nearest first."""

    parts: list[Parts]
    paths: list[bytes]
    there: list[int]
    """How many of the files before each place are there, not missing."""


class Ends:
    """Finds the file whose path ends most like another, in a time that no number of files prolongs.

    Args:
        files: paths, and whether they are missing.
    """

    def __init__(self, files: Iterable[tuple[bytes, int]]) -> None:
        named: defaultdict[str, list[tuple[Parts, bytes, bool]]] = defaultdict(list)
        for path, missing in files:
            # After a NUL: another file has taken that name.
            if b"\0" not in path and (parts := parts_of(path)):
                named[parts[0]].append((parts, path, not missing))
        self._named = {name: _alike(files) for name, files in named.items()}

    def find(self, path: bytes) -> bytes | None:
        """Return the file; None where two do so alike, unless one alone of them is there."""
        wanted = parts_of(path)
        alike = self._named.get(wanted[0]) if wanted else None
        if alike is None:
            return None
        at = bisect_left(alike.parts, wanted)
        common = max(_common(parts, wanted) for parts in alike.parts[max(0, at - 1) : at + 1])
        *nearer, last = wanted[:common]
        low = bisect_left(alike.parts, wanted[:common])
        high = bisect_left(alike.parts, (*nearer, last + "\0"))  # what follows all with this end
        before, there = alike.there[low], alike.there[high] - alike.there[low]
        if there == 1:
            return alike.paths[bisect_left(alike.there, before + 1, low, high) - 1]
        return alike.paths[low] if not there and high - low == 1 else None


def _alike(files: list[tuple[Parts, bytes, bool]]) -> _Alike:
    files.sort()
    parts, paths, there = zip(*files, strict=True)
    return _Alike(list(parts), list(paths), list(accumulate(there, initial=0)))


def _common(one: Parts, other: Parts) -> int:
    """Return how many names two paths have in common from their ends."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def parts_of(path: bytes) -> Parts:
    """Return the names in a path from its end, however their accents are written."""
    try:
        text = path.decode()
    except UnicodeDecodeError:
        text = path.decode("cp1252", "replace")  # what players without UTF-8 write
    names = normalize("NFC", text).casefold().split("/")
    return tuple(name for name in reversed(names) if name not in {"", ".", ".."})
