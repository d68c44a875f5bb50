"""The line for what just happened; below it lies a line that stays. Both may need several."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, cast

from textual.timer import Timer

from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from soniq_tui.ui.app import ConsoleApp

SHOWN_S = 5.0
TOLD_LINES = 3
"""What most of the messages need that are longer than one line of 60 cells has room for."""
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

        It may take ``most`` lines of the screen.
        """
        self._standing, self._most = line, most
        if self._timer is None:
            self._lay(line, most)

    def on_resize(self) -> None:
        """Break what stands anew; a message goes soon."""
        if self._timer is None:
            self._lay(self._standing, self._most)

    def tell(self, text: str, tone: str = "warn", shown_s: float = SHOWN_S) -> None:
        """Show ``text`` for a few seconds."""
        if self._timer is not None:
            self._timer.stop()
        self.said = text
        self._lay(((" " + shown(text), tone),), max(TOLD_LINES, self._most))
        self._timer = self.set_timer(shown_s, self.settle)

    def settle(self) -> None:
        """Take the message away."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = None
        self.said = ""
        self._lay(self._standing, self._most)

    def _lay(self, line: Line, most: int) -> None:
        """Show a line in as many as it needs and may take; what is cut then says so."""
        width = self.app.size.width
        lines = [line] if most == 1 else list(islice(_broken(line, width), most + 1))
        if len(lines) > most:
            glyphs = cast("ConsoleApp", self.app).glyphs
            text, more = (part[0][0] for part in lines[-2:])
            lines[-2:] = [((formats.cut_right(text + more, width - 1, glyphs), line[0][1]),)]
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
