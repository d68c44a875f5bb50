"""The orders of some long lists, kept: else each page would have all of its list sorted anew.

Whoever scrolls through a hundred thousand tracks by artist asks for one page after the other. What
is kept is true as long as nobody has written into the catalogue, which its files tell.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import stamps

_LOG = "-wal"
"""What SQLite puts behind the name of a file for the log of its commits."""

Stamp = tuple[tuple[int, int, int] | None, ...]
"""Inode, size and time of modification of the catalogue and of its log; None: not there."""


class _Kept(NamedTuple):
    stamp: Stamp
    key: tuple[Any, ...]
    ids: Sequence[int]


KEPT_MOST = 6
"""What fits a search and its order, for tracks, albums and artists: one search may ask for all."""
_kept: list[_Kept] = []
"""The newest last: 8 bytes for each row of a list."""


def stamp(data_dir: Path) -> Stamp | None:
    """Return what is another one after the next commit; None while clocks are too coarse to tell.

    To be asked for before the catalogue is looked at: what is seen then may be newer, never older.
    """
    found: list[tuple[int, int, int] | None] = []
    for name in (store.FILE, store.FILE + _LOG):
        try:
            stat = (data_dir / name).stat()
        except OSError:
            found.append(None)
            continue
        if stamps.racy(stat):
            return None
        found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def held(now: Stamp | None, key: tuple[Any, ...]) -> Sequence[int] | None:
    """Return the numbers of a list in their order, if they are kept and true."""
    if now is None:
        return None
    return next((kept.ids for kept in _kept[::-1] if (now, key) == kept[:2]), None)


def keep(
    now: Stamp | None, key: tuple[Any, ...], make: Callable[[], Iterable[int]]
) -> Sequence[int]:
    """Return the numbers of a list in their order, made where they are not kept.

    Args:
        now: the ``stamp`` of the catalogue, from before it was looked at.
        key: all that they depend on but the catalogue.
        make: gives them.
    """
    ids = held(now, key)
    if ids is None:
        ids = array("q", make())
        if now is not None:
            true = [kept for kept in _kept if kept.stamp == now]
            _kept[:] = [*true[1 - KEPT_MOST :], _Kept(now, key, ids)]
    return ids
