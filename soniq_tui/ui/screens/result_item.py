"""One result in full: its picture beside the facts, and what is longer than a line.

What was made of a text has that text beside it, to hold one against the other: where the screen is
wide both are seen, else one in place of the other.
"""

import dataclasses

from textual.app import ComposeResult
from textual.containers import Horizontal

from soniq_tui.model.results import ResultDetail
from soniq_tui.model.snapshot import Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, result_rows
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.view import EMPTY, Line, rule
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.picture import MARGIN_CELLS, PictureBox
from soniq_tui.ui.widgets.text import Text
from soniq_tui.words import _

FRAME_ROWS = 4
"""Title, a blank line, the two lines at the foot."""
TITLE_CELLS = 24
"""Left of a title line for the name of the program and the state of the engine."""
SHARE = 0.45
"""The most of the width that a picture takes."""
WIDE = 120
"""From so many columns on a source stands beside what was made of it."""


def picture_room(width: int, height: int) -> tuple[int, int]:
    """Return columns and rows of the picture on a screen of this size."""
    return int(width * SHARE), height - FRAME_ROWS


class ResultItem(ConsoleScreen):
    """Everything about one result; ``y`` copies its path or address, ``o`` opens the pager."""

    where = "thing"

    def __init__(self, detail: ResultDetail, item: str) -> None:
        super().__init__()
        self.detail = detail
        self.item = detail.item or item
        self.head = Lines(2)
        self.text = Text()
        self.source = Text()
        self.sourced: bool | None = None
        """Whether the source is seen; None: where there is room beside it."""
        self.picture = PictureBox()

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.banner_line
        with Horizontal(id="room"):
            yield self.text
            yield self.source
            yield self.picture
        yield from self.bottom()

    def on_mount(self) -> None:
        """Let the keys scroll."""
        self.text.focus()

    def context(self) -> ActionContext:
        """Return whether there is something to copy, and a source."""
        sources = bool(self.detail.source)
        return dataclasses.replace(super().context(), row=bool(self.item), sources=sources)

    @property
    def shows_source(self) -> bool:
        """Whether the source is seen now."""
        wide = self.app.size.width >= WIDE
        return bool(self.detail.source) and (wide if self.sourced is None else self.sourced)

    def take(self, snapshot: Snapshot) -> None:  # noqa: ARG002  the title asks for what it needs
        """Bring the title up to date; what is known of the thing stays."""
        self.show_title()

    def show_title(self) -> None:
        """Show what the thing is called."""
        room = self.app.size.width - TITLE_CELLS
        title = formats.cut_right(shown(self.detail.title), room, self.glyphs)
        self.head.show([self.title_with([(f"  {title}", "")])])

    def redraw(self) -> None:
        """Draw everything for this size."""
        width, height = self.app.size
        glyphs: Glyphs = self.glyphs
        self.offer_banner()
        self.show_title()
        sourced, wide = self.shows_source, width >= WIDE
        self.text.display = wide or not sourced
        self.source.display = sourced
        self.picture.display = not sourced
        room = width - 1
        if sourced:
            room = width // 2 - 1 if wide else room
            self.source.show(self.source_lines(width - room - 1 if wide else room))
        elif self.picture.show(self.detail.picture, *picture_room(width, height), glyphs):
            taken = self.picture.styles.width.value if self.picture.styles.width else 0
            room -= int(taken) + MARGIN_CELLS
        self.text.show(result_rows.detail_lines(self.detail, room, glyphs))
        self.offer_keys()

    def source_lines(self, width: int) -> list[Line]:
        """Return the source below a rule."""
        lines: list[Line] = [rule(_("source"), width - 1, self.glyphs), EMPTY]
        for part in self.detail.source.split("\n"):
            wrapped = formats.wrap(shown(part, result_rows.TEXT_CHARS), max(10, width - 2))
            lines += [((f" {line}", ""),) for line in wrapped]
        return lines

    def do_thing_source(self) -> None:
        """Show the source, or not any more."""
        self.sourced = not self.shows_source
        self.redraw()
        (self.source if self.source.display and not self.text.display else self.text).focus()

    def do_thing_other(self) -> None:
        """Let the keys scroll the other text, where two are seen."""
        if self.source.display and self.text.display:
            (self.text if self.source.has_focus else self.source).focus()

    def do_row_copy(self) -> None:
        """Copy the path or the address."""
        self.console.copy(shown(self.item))

    def full_text(self) -> str:
        """Return all of it, for the pager."""
        return result_rows.full_text(self.detail)
