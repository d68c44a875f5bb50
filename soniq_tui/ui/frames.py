"""What the terminal shows already, so that nothing is sent twice; pure, no Textual here.

A *piece* is a run of cells in one line, with the bytes that paint it. Textual paints a screen anew
whenever its layout may have changed, mostly with the same pieces.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Piece(NamedTuple):
    """A run of cells: line, first column, width, and the text with its colours."""

    y: int
    x: int
    width: int
    text: str


class Sent:
    """The pieces on the terminal."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, Piece]] = {}

    def forget(self) -> None:
        """Assume nothing: frames were dropped, or the terminal was resized."""
        self._lines.clear()

    def new(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """Give those of ``pieces`` that are not on the terminal, and note them as sent."""
        for piece in pieces:
            line = self._lines.setdefault(piece.y, {})
            if line.get(piece.x) == piece:
                continue
            end = piece.x + piece.width
            for x, other in list(line.items()):
                if x < end and x + other.width > piece.x:
                    del line[x]
            line[piece.x] = piece
            yield piece
