"""Where a table gets its rows from."""

from collections.abc import Hashable, Sequence
from typing import Protocol

from soniq_tui.ui.rows import TableRow


class RowSource(Protocol):
    """Rows by number; those that are not here yet are None."""

    def __len__(self) -> int: ...

    def row(self, number: int) -> TableRow | None:
        """Return one row, or None while it is not loaded."""

    def want(self, first: int, last: int) -> None:
        """Learn that these rows are on screen."""

    def number_of(self, row_id: Hashable) -> int | None:
        """Return where a row is now; None where nobody knows."""


class ListSource:
    """Rows that are all here."""

    def __init__(self) -> None:
        self._rows: Sequence[TableRow] = ()
        self._numbers: dict[Hashable, int] = {}

    def put(self, rows: Sequence[TableRow]) -> None:
        """Replace all rows."""
        self._rows = rows
        self._numbers = {row.id: number for number, row in enumerate(rows)}

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, number: int) -> TableRow | None:
        """Return one row."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def want(self, first: int, last: int) -> None:
        """Do nothing: all rows are here."""

    def number_of(self, row_id: Hashable) -> int | None:
        """Return where a row is now."""
        return self._numbers.get(row_id)
