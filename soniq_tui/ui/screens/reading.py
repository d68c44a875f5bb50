"""A title above text that scrolls, for screens to read in."""

from textual.app import ComposeResult

from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.text import Text


class Reading(ConsoleScreen):
    """Lays both out; what they show is up to the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.head = Lines(1)
        self.text = Text()

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.banner_line
        yield self.text
        yield from self.bottom()

    def on_mount(self) -> None:
        """Let the keys scroll."""
        self.text.focus()
