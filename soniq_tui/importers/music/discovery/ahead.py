"""How much of a root a walk has still before it: as much as was known there at the last scan.

Known files are counted by the place of their folders in the walk, not taken off as they are met: so
neither what is new behind it, nor what is gone, makes what lies ahead more or less than it is.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path

from soniq_tui.errors import DataDirError
from soniq_tui.importers.music.discovery import sums
from soniq_tui.importers.music.discovery.moves import Moves


class Ahead:
    """Known files by their folders, in the order of a walk.

    Args:
        files: how many a folder holds itself, by its path.
    """

    def __init__(self, files: Mapping[bytes, int]) -> None:
        ordered = sorted((_place(folder), count) for folder, count in files.items())
        self._places = [place for place, _ in ordered]
        self._before = list(accumulate((count for _, count in ordered), initial=0))

    def behind(self, folder: bytes) -> int:
        """Return how many files lie in folders that a walk meets after this one."""
        return self._before[-1] - self._before[bisect_right(self._places, _place(folder))]


def _place(folder: bytes) -> bytes:
    """Return what sorts as a walk does, to which a slash comes before all that names consist of."""
    return folder.replace(b"/", b"\0")


def by_folder(paths: Iterable[bytes]) -> Counter[bytes]:
    """Return how many of these files each folder holds."""
    return Counter(path.rpartition(b"/")[0] for path in paths)


def is_whole(moves: Moves) -> bool:
    """Say whether what is known is all that there was: the last scan came to its end.

    What a scan leaves to be done that was cancelled tells that it did not, and that there may be
    any number of files that it has not met.
    """
    return not any(any(row[1:]) for row in moves.ask("owing", ()))


def known_below(data_dir: Path, roots: Iterable[bytes]) -> list[int | None]:
    """Return how many files were there below each root; None where that tells nothing."""
    try:
        moves = Moves(data_dir, follow=False)
    except DataDirError:
        return [None for _ in roots]  # the scan itself will tell
    try:
        if not moves.knows or not is_whole(moves):
            return [None for _ in roots]
        return [sums.there(moves, root) or None for root in roots]
    finally:
        moves.close()


def any_below(data_dir: Path, root: bytes) -> bool:
    """Say whether any file, readable or not, is known to be there below a root."""
    try:
        moves = Moves(data_dir, follow=False)
    except DataDirError:
        return False  # the scan itself will tell
    try:
        below = root + b"/", root + b"0"
        return any(True for query in ("places", "broken") for _ in moves.ask(query, below))
    finally:
        moves.close()
