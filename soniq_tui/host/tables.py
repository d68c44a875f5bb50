"""Rows as they are printed: in columns on a terminal, else with tabs between the cells."""

import shutil
import sys
from collections.abc import Sequence

from soniq_tui.host import out
from soniq_tui.model.results import ResultColumn
from soniq_tui.model.text import shown
from soniq_tui.words import _, figure

GAP = "  "
NARROWEST = 6
"""A column that gives way keeps so many cells."""
PATHS = frozenset({"item", "label", "sample", "path", "file", "folder", "url"})
"""Columns with paths and addresses: their ends tell more than their beginnings."""


def for_people() -> bool:
    """Say whether a person reads the rows, and not a program: words of ours are translated then."""
    return sys.stdout.isatty()


def show(
    columns: tuple[ResultColumn, ...],
    rows: list[tuple[str, ...]],
    tails: Sequence[tuple[str, ...]] = (),
) -> None:
    """Print rows; ``tails`` are cells that only programs get, at the end of each row."""
    if for_people():
        out.say(_table(columns, rows, shutil.get_terminal_size().columns))
        return
    lines = [(*row, *tail) for row, tail in zip(rows, tails or [()] * len(rows), strict=True)]
    out.say("".join("\t".join(map(shown, line)) + "\n" for line in lines))


def tell_more(shown_rows: int, total: int) -> None:
    """Say on standard error that there are more rows than are printed."""
    text = _("{n} of {total}; --limit shows more")
    out.warn(text.format(n=figure(shown_rows), total=figure(total)))


def _table(columns: tuple[ResultColumn, ...], rows: list[tuple[str, ...]], room: int) -> str:
    """Return lines of at most ``room`` cells; the widest columns give way first."""
    lines = [tuple(_(c.title) for c in columns), *(tuple(map(shown, row)) for row in rows)]
    widths = [max(map(out.cells_of, column)) for column in zip(*lines, strict=True)]
    while sum(widths) + len(GAP) * (len(widths) - 1) > room and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    made = []
    for line in lines:
        cells = [
            _fit(text, width, column)
            for text, width, column in zip(line, widths, columns, strict=True)
        ]
        made.append(GAP.join(cells).rstrip())
    return "\n".join(made) + "\n"


def _fit(text: str, width: int, column: ResultColumn) -> str:
    # Of names in a row, as batches of some files are called, the first says most.
    in_a_row = ", " in text and "/" not in text
    cut = out.ending if column.name in PATHS and not in_a_row else out.fitted
    text = cut(text, width)
    space = " " * (width - out.cells_of(text))
    return space + text if column.right else text + space
