"""What the terminal shows already, so that nothing is sent twice; pure, no Textual here.

A *piece* is a run of cells in one line, as runs of text that look alike. Textual paints a screen
anew whenever its layout may have changed, mostly with the same pieces, and a line from its left
edge to its last change though only a number in it may have grown.
"""

from collections.abc import Hashable, Iterable, Iterator
from itertools import repeat
from typing import NamedTuple

from rich.cells import split_graphemes

from soniq_tui.ui.formats import one_cell_each

APART = 32
"""Two changes of a line so far apart are sent each for itself: to move the cursor and to set
colours costs as many bytes as the cells between them."""
Look = Hashable
Cell = tuple[str, Look]
"""A sign and how it looks; the second half of a wide sign is empty."""


class Piece(NamedTuple):
    """A run of cells: line, first column, width, and texts with their looks."""

    y: int
    x: int
    width: int
    runs: tuple[tuple[str, Look], ...]


class _Line:
    """One line of the terminal."""

    __slots__ = ("cells", "odd")

    def __init__(self) -> None:
        self.cells: list[Cell | None] = []
        self.odd: set[int] = set()
        """Columns whose sign may take another number of cells than one."""

    def part(self, start: int, end: int) -> list[Cell | None]:
        """Return some cells; None where nothing is known."""
        if len(self.cells) < end:
            self.cells += [None] * (end - len(self.cells))
        return self.cells[start:end]

    def is_plain(self, start: int, end: int) -> bool:
        """Say whether each sign there takes one cell on every terminal.

        Of wide and joined signs terminals think differently. What stands right of one may be
        shifted, so a stretch that has any is sent whole, as ever.
        """
        return not self.odd or self.odd.isdisjoint(range(start, end))

    def put(self, start: int, cells: list[Cell], *, plain: bool) -> None:
        """Note what is shown from a column on."""
        end = start + len(cells)
        self.cells[start:end] = cells
        if self.odd:
            self.odd.difference_update(range(start, end))
        if not plain:
            self.odd.update(x for x, (sign, _) in enumerate(cells, start) if len(sign) != 1)


class Sent:
    """The cells on the terminal."""

    def __init__(self) -> None:
        self._lines: dict[int, _Line] = {}

    def forget(self) -> None:
        """Assume nothing: frames were dropped, or the terminal was resized."""
        self._lines.clear()

    def new(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """Give what of ``pieces`` is not on the terminal, and note it as sent."""
        for piece in pieces:
            line = self._lines.setdefault(piece.y, _Line())
            cells = cells_of(piece.runs)
            start, end = piece.x, piece.x + len(cells)
            old = line.part(start, end)
            if old == cells:
                continue
            plain = are_plain(piece.runs)
            as_one = not plain or len(cells) != piece.width or not line.is_plain(start, end)
            line.put(start, cells, plain=plain)
            if as_one:
                yield piece
            else:
                for first, last in changes(old, cells):
                    yield part_of(piece, cells, first, last)


def are_plain(runs: Iterable[tuple[str, Look]]) -> bool:
    """Say whether each sign of some texts takes one cell."""
    return all(one_cell_each(text) for text, _ in runs)


def cells_of(runs: Iterable[tuple[str, Look]]) -> list[Cell]:
    """Return the cells of some texts, one for each column."""
    cells: list[Cell] = []
    for text, look in runs:
        if one_cell_each(text):
            cells += zip(text, repeat(look))
            continue
        for start, end, width in split_graphemes(text)[0]:
            if width:
                cells.append((text[start:end], look))
                cells += [("", look)] * (width - 1)
            elif cells:
                cells[-1] = (cells[-1][0] + text[start:end], look)
    return cells


def changes(old: list[Cell | None], new: list[Cell]) -> list[tuple[int, int]]:
    """Return where two rows of cells differ: begin and end of each stretch."""
    found: list[tuple[int, int]] = []
    for x, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        if found and x - found[-1][1] < APART:
            found[-1] = (found[-1][0], x + 1)
        else:
            found.append((x, x + 1))
    return found


def part_of(piece: Piece, cells: list[Cell], start: int, end: int) -> Piece:
    """Return a stretch of a piece in which every sign takes one cell."""
    runs: list[tuple[str, Look]] = []
    for sign, look in cells[start:end]:
        if runs and runs[-1][1] == look:
            runs[-1] = (runs[-1][0] + sign, look)
        else:
            runs.append((sign, look))
    return Piece(piece.y, piece.x + start, end - start, tuple(runs))
