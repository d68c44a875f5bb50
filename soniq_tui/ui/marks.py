"""Which rows of a list are marked, for what is done to all of them at once. Pure.

Marks belong to rows and not to places: they stay where a list is sorted, grows or scrolls. *All*
means what the list shows by its filter, seen or not, new rows included, without those that were
unmarked again.
"""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

R = TypeVar("R")
RANGE_MOST = 10_000
"""So many rows one range can have: they are fetched to be marked."""


class Marks(Generic[R]):
    """The marked rows of one list, with each row as it was last seen."""

    def __init__(self) -> None:
        self.rows: dict[Hashable, R] = {}
        self.everything = False
        self.without: set[Hashable] = set()
        """Those that were unmarked since everything was marked."""
        self.changes = 0
        """Grows whenever what is marked, or how it looks, changes."""
        self.anchor: tuple[Hashable, int] | None = None
        """The row where a range begins, and its number when it was begun."""

    def __bool__(self) -> bool:
        return self.everything or bool(self.rows)

    def has(self, row_id: Hashable) -> bool:
        """Return whether a row is marked."""
        if self.everything:
            return row_id not in self.without
        return row_id in self.rows

    def count(self, shown: int) -> int:
        """Return how many are marked, of a list that shows so many."""
        return max(0, shown - len(self.without)) if self.everything else len(self.rows)

    def toggle(self, row_id: Hashable, row: R) -> None:
        """Mark a row, or not any more."""
        self.changes += 1
        if self.everything:
            self.without ^= {row_id}
        elif row_id in self.rows:
            del self.rows[row_id]
        else:
            self.rows[row_id] = row

    def add(self, rows: Iterable[tuple[Hashable, R]]) -> None:
        """Mark rows."""
        self.changes += 1
        for row_id, row in rows:
            if self.everything:
                self.without.discard(row_id)
            else:
                self.rows[row_id] = row

    def take_all(self) -> None:
        """Mark everything that the list shows."""
        self.clear()
        self.everything = True

    def see(self, row_id: Hashable, row: R) -> None:
        """A marked row looks like this now."""
        if row_id in self.rows and self.rows[row_id] != row:
            self.changes += 1
            self.rows[row_id] = row

    def clear(self) -> bool:
        """Unmark all; return whether there was anything."""
        had = bool(self) or self.anchor is not None
        self.changes += 1
        self.rows.clear()
        self.without.clear()
        self.everything, self.anchor = False, None
        return had

    def span(self, cursor: int, anchor_now: int | None) -> tuple[int, int] | None:
        """Return the first and last number of the range that is open; None where none is.

        Args:
            cursor: the number of the row under the cursor.
            anchor_now: the number of the anchor's row by now, where that is known.
        """
        if self.anchor is None:
            return None
        begun = self.anchor[1] if anchor_now is None else anchor_now
        return min(begun, cursor), max(begun, cursor)
