"""What a watch knows of the files it has handed over, beyond what the catalogue has of them."""

from collections.abc import Iterable, Mapping

from soniq_tui.importers.music.discovery.pending import Change, Fault, Renamed
from soniq_tui.importers.music.store import BrokenRow, KnownRow
from soniq_tui.importers.music.words import fault_mark

HANDED_MOST = 50_000
"""More are forgotten: such a file may be read twice, or what is wrong with it told twice."""


class Handed(dict[bytes, KnownRow]):
    """Files that were handed over lately, as if they were in the catalogue already."""

    def __init__(self) -> None:
        super().__init__()
        self._gone: dict[bytes, BrokenRow] = {}
        """Broken files that are gone, as they were told."""
        self._new: dict[bytes, bytes] = {}
        """Paths of files that were handed over as moved, by those that the catalogue had then."""

    def remember(self, path: bytes, change: Change, beside: int) -> None:
        """Note a file that is handed over; of a fault nothing is."""
        if isinstance(change, Fault):
            return
        file = change.moved if isinstance(change, Renamed) else change
        if max(len(self), len(self._new)) >= HANDED_MOST:
            self.clear()
            self._new.clear()
        if isinstance(change, Renamed):
            self._new[change.old] = path
        self[path] = (file.size, file.mtime_ns, file.ctime_ns, file.inode, 0, beside)

    def went(
        self, paths: Iterable[bytes], broken: Mapping[bytes, BrokenRow], since_s: float
    ) -> None:
        """Note files that are gone; those found broken since a time may come back as they were."""
        for path in paths:
            self.pop(path, None)
            row = broken.get(path)
            if row is not None and row[6] >= since_s and len(self._gone) < HANDED_MOST:
                self._gone[path] = row

    def leaving(self, rows: Mapping[bytes, KnownRow]) -> list[bytes]:
        """Return which rows of the catalogue are files that were handed over under other names."""
        return [path for path in self._new if path in rows and self.leaves(path, rows[path])]

    def leaves(self, path: bytes, known: KnownRow) -> bool:
        """Say whether a row of the catalogue is a file that was handed over under another name."""
        new = self._new.get(path, path)
        row = self.get(new) if new != path else None
        return row is not None and (row[:2], row[3]) == (known[:2], known[3])

    def told(
        self,
        path: bytes,
        broken: BrokenRow | None,
        stats: tuple[int, int, int, int],
        since_s: float,
    ) -> int:
        """Return the mark of what was told of a file, if its content is as it was then; else 0.

        Args:
            path: its path.
            broken: what the catalogue knows of its fault; None: nothing, it may have been away.
            stats: its size, times and inode now. Only size and time of modification are compared:
                a name that changes and comes back makes another time of change, a disk other
                inodes.
            since_s: when the watch began. What was found broken before its walks tell, each anew.
        """
        before = self._gone.pop(path, None) if broken is None else broken
        if before is None or before[:2] != stats[:2] or before[6] < since_s:
            return 0
        return fault_mark(before[4].value, before[5])
