"""One result in full: its picture beside the facts, and what is longer than a line."""

import dataclasses

from textual.app import ComposeResult
from textual.containers import Horizontal

from soniq_tui.model.results import ResultDetail
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, result_rows
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.situation import Situation
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.picture import MARGIN_CELLS, PictureBox
from soniq_tui.ui.widgets.text import Text

FRAME_ROWS = 4
"""Title, a blank line, the two lines at the foot."""
SHARE = 0.45
"""The most of the width that a picture takes."""


def picture_room(width: int, height: int) -> tuple[int, int]:
    """Return columns and rows of the picture on a screen of this size."""
    return int(width * SHARE), height - FRAME_ROWS


class Thing(ConsoleScreen):
    """Everything about one result; ``y`` copies its path or address, ``o`` opens the pager."""

    where = "text"

    def __init__(self, detail: ResultDetail, item: str) -> None:
        super().__init__()
        self.detail = detail
        self.item = detail.item or item
        self.head = Lines(2)
        self.text = Text()
        self.picture = PictureBox()

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.banner_line
        with Horizontal(id="room"):
            yield self.text
            yield self.picture
        yield from self.bottom()

    def on_mount(self) -> None:
        """Let the keys scroll."""
        self.text.focus()

    def situation(self) -> Situation:
        """Return whether there is something to copy."""
        return dataclasses.replace(super().situation(), row=bool(self.item))

    def redraw(self) -> None:
        """Draw everything for this size."""
        width, height = self.app.size
        glyphs: Glyphs = self.glyphs
        self.offer_banner()
        title = formats.cut_right(shown(self.detail.title), width - 9, glyphs)
        self.head.show([((" soniq", "strong"), (f"  {title}", ""))])
        columns, rows = picture_room(width, height)
        seen = self.picture.show(self.detail.picture, columns, rows, glyphs)
        taken = self.picture.styles.width.value if seen and self.picture.styles.width else 0
        room = width - int(taken) - (MARGIN_CELLS if seen else 0) - 1
        self.text.show(result_rows.detail_lines(self.detail, room, glyphs))
        self.offer_keys()

    def do_row_copy(self) -> None:
        """Copy the path or the address."""
        self.console.copy(shown(self.item))

    def full_text(self) -> str:
        """Return all of it, for the pager."""
        return result_rows.full_text(self.detail)
