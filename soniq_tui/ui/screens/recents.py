"""Recent launches by number."""

from textual.events import Key

from soniq_tui.ui.screens.ask import Ask
from soniq_tui.ui.view import Line
from soniq_tui.words import mark


class Recents(Ask):
    """One launch to a line, each with a digit; gives the digit, or nothing."""

    where = "recents"
    title_text = mark("recent launches: a digit fills the form with one")

    def __init__(self, lines: list[Line]) -> None:
        super().__init__(lines)
        self._count = len(lines)

    def on_key(self, event: Key) -> None:
        """Take a digit."""
        if event.character and event.character in "123456789"[: self._count]:
            event.stop()
            self.dismiss(int(event.character))

    def do_recents_close(self) -> None:
        """Leave the form as it is."""
        self.dismiss(None)
