"""One line for what just happened; below it lies a line that stays, and may need several."""

import re
from collections.abc import Iterator

from textual.timer import Timer

from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.ui.widgets.lines import Lines

SHOWN_S = 5.0
GLUE = "\u00a0"
_QUOTED = re.compile(r'"[^"]*"')


class Flash(Lines):
    """A message that goes away by itself; until then it covers the standing line."""

    def __init__(self) -> None:
        super().__init__(1, id="flash")
        self._standing: Line = EMPTY
        self._most = 1
        """So many lines what is shown may take."""
        self._timer: Timer | None = None
        self.said = ""
        """The message that is shown; empty when there is none."""

    def stand(self, line: Line, most: int = 1) -> None:
        """Set the line that is shown while nothing happens.

        With ``most`` it, and whatever covers it, may take so many lines of the screen.
        """
        self._standing, self._most = line, most
        if self._timer is None:
            self._lay(line)

    def on_resize(self) -> None:
        """Break what stands anew; a message goes soon."""
        if self._timer is None:
            self._lay(self._standing)

    def tell(self, text: str, tone: str = "warn", shown_s: float = SHOWN_S) -> None:
        """Show ``text`` for a few seconds."""
        if self._timer is not None:
            self._timer.stop()
        self.said = text
        self._lay(((" " + shown(text), tone),))
        self._timer = self.set_timer(shown_s, self.settle)

    def settle(self) -> None:
        """Take the message away."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = None
        self.said = ""
        self._lay(self._standing)

    def _lay(self, line: Line) -> None:
        """Show a line in as many as it needs and may take."""
        lines = list(_broken(line, self.app.size.width))[: self._most] if self._most > 1 else [line]
        if len(lines) == len(self._block):
            self.show(lines)
        else:
            self._block = lines
            self.refresh(layout=True)


def _broken(line: Line, width: int) -> Iterator[Line]:
    """Give a line of one tone in lines that fit, nothing in quotes broken."""
    text = "".join(part for part, _tone in line).strip()
    glued = _QUOTED.sub(lambda quoted: quoted[0].replace(" ", GLUE), text)
    for part in formats.wrap(glued, width - 1):
        yield ((" " + part.rstrip().replace(GLUE, " "), line[0][1]),) if line else EMPTY
