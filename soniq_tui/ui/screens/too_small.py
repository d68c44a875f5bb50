"""The terminal is too small for any screen."""

from textual.app import ComposeResult

from soniq_tui.model.snapshot import Snapshot
from soniq_tui.ui import formats
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.words import _

MOST_ROWS = 15
"""A terminal with more is small in width only; the text has no more lines anyway."""


def small_text(
    size: tuple[int, int], needed: tuple[int, int], *, working: bool, ascii_only: bool
) -> str:
    """Return what is needed, what there is, and of what works that it has not stopped."""
    by = "x" if ascii_only else "\u00d7"
    text = _("needs {needed}, has {has}; jobs keep running")
    text = text if working else _("needs {needed}, has {has}")
    return text.format(needed=f"{needed[0]}{by}{needed[1]}", has=f"{size[0]}{by}{size[1]}")


class TooSmall(ConsoleScreen):
    """One line that says what is needed and that work goes on; wrapped where it must be."""

    where = "small"

    def __init__(self) -> None:
        super().__init__()
        self.line = Lines(MOST_ROWS)
        self._working = False
        """Whether jobs run, as far as the line says so."""

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.line

    def take(self, snapshot: Snapshot) -> None:
        """Say whether jobs run, when that has changed."""
        if bool(snapshot.active) is not self._working:
            self.redraw()

    def redraw(self) -> None:
        """Say how small it is."""
        from soniq_tui.ui.app import LEAST_COLUMNS, LEAST_ROWS

        snapshot = self.console.snapshot
        self._working = snapshot is not None and bool(snapshot.active)
        text = small_text(
            self.app.size,
            (LEAST_COLUMNS, LEAST_ROWS),
            working=self._working,
            ascii_only=self.glyphs.cut.isascii(),
        )
        width = max(1, self.app.size.width)
        self.line.show([((line, ""),) for line in formats.wrap(text, width)])

    def flash(self, text: str, tone: str = "warn") -> None:
        """Say nothing: there is no room."""
