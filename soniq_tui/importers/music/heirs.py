"""Albums keep their numbers under other keys: moved, tagged otherwise, grouped by other rules.

An album has the number of that from which most of its tracks came, if most of those went there.
"""

from collections import Counter
from functools import cache, partial

from soniq_tui.importers.music.store import SQL, Connection

_NONE = 0
"""A number that no album has."""


class Leaving:
    """How many tracks went from one album to another: a large one goes in several transactions."""

    def __init__(self) -> None:
        self._went = Counter[tuple[int, int]]()
        self._new: set[tuple[int, int]] = set()
        """Those between which some went in this transaction."""

    def __len__(self) -> int:
        return len(self._went)

    def clear(self) -> None:
        """Forget all."""
        self._went.clear()
        self._new.clear()

    def note(self, old: int | None, new: int | None) -> None:
        """Note a track that was in one album and is in another, or in none."""
        if old != new and old is not None and new is not None:
            self._went[old, new] += 1
            self._new.add((old, new))

    def settle(self, connection: Connection) -> bool:
        """Let albums exchange numbers, at the end of a transaction; return whether any has.

        Not before the first scan has ended: until then nobody knows them by their numbers.
        """
        if not self._new:
            return False
        if not connection.execute(SQL["has_late_indexes"]).fetchone()[0]:
            self.clear()
            return False
        came = Counter[int]()
        for (_, new), tracks in self._went.items():
            came[new] += tracks
        settled: set[int] = set()
        # Once for each, which may have all tracks there are; those that exchange are passed over.
        there = cache(partial(_there, connection))
        for old, new in sorted(self._new, key=lambda pair: (-self._went[pair], pair)):
            went = self._went[old, new]
            if not settled.isdisjoint((old, new)) or went <= there(old):
                continue
            if went > there(new) - came[new]:
                _exchange(connection, old, new)
                settled |= {old, new}
        for pair in [pair for pair in self._went if not settled.isdisjoint(pair)]:
            del self._went[pair]
        self._new.clear()
        return bool(settled)


def _there(connection: Connection, album: int) -> int:
    """Return how many tracks of an album are there."""
    (tracks,) = connection.execute(SQL["tracks_there"], (album,)).fetchone()
    return int(tracks)


def _exchange(connection: Connection, one: int, other: int) -> None:
    for name in ("renumber_album", "renumber_album_credits"):
        for before, after in ((one, _NONE), (other, one), (_NONE, other)):
            connection.execute(SQL[name], (after, before))
    connection.execute(SQL["exchange_albums"], (one, other))
