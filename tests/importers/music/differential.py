"""What a lane makes of a file beside what mutagen makes of it."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from soniq_tui.importers.music.lanes import HEAD, dispatch
from soniq_tui.importers.music.tags import Unusable
from soniq_tui.importers.music.tags import read as reading

Fields = dict[str, Any]


class Both(NamedTuple):
    """One file read in two ways."""

    lane: Fields | None
    """None where the lane gave up."""
    mutagen: Fields | Unusable

    @property
    def differing(self) -> dict[str, tuple[Any, Any]]:
        """The lane's lies, by field: what it has and what mutagen has; empty where it gave up."""
        return diff(self.lane, self.mutagen)


def diff(lane: Fields | None, mutagen: Fields | Unusable) -> dict[str, tuple[Any, Any]]:
    """Return by field what a lane has and what mutagen has, where they differ."""
    if lane is None or lane == mutagen:
        return {}
    if isinstance(mutagen, Unusable):
        return {"": (lane, str(mutagen))}
    names = sorted(lane.keys() | mutagen.keys())
    pairs = {name: (lane.get(name, ...), mutagen.get(name, ...)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def by_lane(path: Path) -> Fields | None:
    """Return what the lanes make of a file, None where they give up."""
    fd = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(fd).st_size
        return dispatch.quick(fd, os.pread(fd, HEAD, 0), size)
    finally:
        os.close(fd)


def by_mutagen(path: Path) -> Fields | Unusable:
    """Return what mutagen makes of a file."""
    try:
        return reading.by_mutagen(bytes(path), path.stat().st_size)
    except Unusable as exc:
        return exc


def both(path: Path) -> Both:
    """Read a file by its lane, and by mutagen."""
    return Both(by_lane(path), by_mutagen(path))


def both_of(folder: Path, data: bytes, name: str = "file.bin") -> Both:
    """Read a file of these bytes by its lane, and by mutagen."""
    path = folder / name
    path.write_bytes(data)
    return both(path)
