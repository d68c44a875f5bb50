"""What the terminal shows already, so that nothing is sent twice; pure, no Textual here.

A *piece* is a run of cells in one line, as runs of text that look alike. Textual paints a screen
anew whenever its layout may have changed, mostly with the same pieces, and a line from its left
edge to its last change though only a number in it may have grown.
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from rich.cells import split_graphemes

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


class Sent:
    """The cells on the terminal."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, Cell]] = {}

    def forget(self) -> None:
        """Assume nothing: frames were dropped, or the terminal was resized."""
        self._lines.clear()

    def new(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """Give what of ``pieces`` is not on the terminal, and note it as sent."""
        for piece in pieces:
            line = self._lines.setdefault(piece.y, {})
            cells = cells_of(piece.runs)
            here = range(piece.x, piece.x + len(cells))
            old = [line.get(x) for x in here]
            if old == cells:
                continue
            line.update(zip(here, cells, strict=True))
            if len(cells) == piece.width and are_plain(old) and are_plain(cells):
                for start, end in changes(old, cells):
                    yield part_of(piece, cells, start, end)
            else:
                yield piece


def cells_of(runs: Iterable[tuple[str, Look]]) -> list[Cell]:
    """Return the cells of some texts, one for each column."""
    cells: list[Cell] = []
    for text, look in runs:
        if text.isascii():
            cells += [(sign, look) for sign in text]
            continue
        for start, end, width in split_graphemes(text)[0]:
            if width:
                cells.append((text[start:end], look))
                cells += [("", look)] * (width - 1)
            elif cells:
                cells[-1] = (cells[-1][0] + text[start:end], look)
    return cells


def are_plain(cells: Iterable[Cell | None]) -> bool:
    """Say whether each sign takes one cell on every terminal.

    Of wide and joined signs terminals think differently. What stands right of one may be shifted,
    so a line that has any is sent whole, as ever.
    """
    return all(cell is None or len(cell[0]) == 1 for cell in cells)


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
