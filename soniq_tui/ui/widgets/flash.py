"""One line for what just happened; below it lies a line that stays."""

from textual.timer import Timer

from soniq_tui.model.text import shown
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.ui.widgets.lines import Lines

SHOWN_S = 5.0


class Flash(Lines):
    """A message that goes away by itself; until then it covers the standing line."""

    DEFAULT_CSS = "Flash { height: 1; }"

    def __init__(self) -> None:
        super().__init__(1, id="flash")
        self._standing: Line = EMPTY
        self._timer: Timer | None = None
        self.said = ""
        """The message that is shown; empty when there is none."""

    def stand(self, line: Line) -> None:
        """Set the line that is shown while nothing happens."""
        self._standing = line
        if self._timer is None:
            self.show([line])

    def tell(self, text: str, tone: str = "warn", shown_s: float = SHOWN_S) -> None:
        """Show ``text`` for a few seconds."""
        if self._timer is not None:
            self._timer.stop()
        self.said = text
        self.show([((" " + shown(text), tone),)])
        self._timer = self.set_timer(shown_s, self.settle)

    def settle(self) -> None:
        """Take the message away."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = None
        self.said = ""
        self.show([self._standing])
