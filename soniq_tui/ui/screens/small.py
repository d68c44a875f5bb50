"""The terminal is too small for any screen."""

from textual.app import ComposeResult

from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.widgets.lines import Lines

BY = "\u00d7"


class TooSmall(ConsoleScreen):
    """One line that says what is needed and that nothing has stopped."""

    where = "small"

    def __init__(self) -> None:
        super().__init__()
        self.line = Lines(1)

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.line

    def redraw(self) -> None:
        """Say how small it is."""
        width, height = self.app.size
        self.line.show([((f"needs 60{BY}16, has {width}{BY}{height}; jobs keep running", ""),)])

    def flash(self, text: str, tone: str = "warn") -> None:
        """Say nothing: there is no room."""
