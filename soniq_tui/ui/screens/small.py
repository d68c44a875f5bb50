"""The terminal is too small for any screen."""

from textual.app import ComposeResult

from soniq_tui.ui import formats
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.words import _

MOST_ROWS = 15
"""A terminal with more is small in width only; the text has no more lines anyway."""


def small_text(width: int, height: int, needed: tuple[int, int], *, ascii_only: bool) -> str:
    """Return what is needed, what there is, and that nothing has stopped."""
    by = "x" if ascii_only else "\u00d7"
    return _("needs {needed}, has {has}; jobs keep running").format(
        needed=f"{needed[0]}{by}{needed[1]}", has=f"{width}{by}{height}"
    )


class TooSmall(ConsoleScreen):
    """One line that says what is needed and that nothing has stopped; wrapped where it must be."""

    where = "small"

    def __init__(self) -> None:
        super().__init__()
        self.line = Lines(MOST_ROWS)

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.line

    def redraw(self) -> None:
        """Say how small it is."""
        from soniq_tui.ui.app import LEAST_COLUMNS, LEAST_ROWS

        width, height = self.app.size
        ascii_only = self.glyphs.cut.isascii()
        text = small_text(width, height, (LEAST_COLUMNS, LEAST_ROWS), ascii_only=ascii_only)
        self.line.show([((line, ""),) for line in formats.wrap(text, max(1, width))])

    def flash(self, text: str, tone: str = "warn") -> None:
        """Say nothing: there is no room."""
