"""A longer text that can be scrolled, and how scroll bars are drawn."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

from soniq_tui.ui.glyphs import ASCII, Glyphs
from soniq_tui.ui.keys import moves
from soniq_tui.ui.terminal import rebind
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.ui.widgets.tones import Toned


class Text(Toned, ScrollView, can_focus=True):
    """Lines on the line API; keys scroll it."""

    DEFAULT_CSS = "Text { height: 1fr; width: 1fr; overflow-x: hidden; overflow-y: auto; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        rebind(self, [Binding(k, m.does, show=False) for m in moves() for k in m.keys])
        self._text: list[Line] = []

    def show(self, lines: Sequence[Line]) -> None:
        """Show ``lines``, keeping the place where it is; the end, where that was in view."""
        wanted = list(lines)
        if wanted == self._text:
            return
        at_end = 0 < self.max_scroll_y <= self.scroll_offset.y
        self._text = wanted
        if len(wanted) != self.virtual_size.height:
            self.virtual_size = Size(1, len(wanted))
        if at_end:
            self.action_cursor_last()
        self.refresh()

    @property
    def block(self) -> list[Line]:
        """The lines as they are shown."""
        return self._text

    def render_line(self, y: int) -> Strip:
        """Return the strip of one line on screen."""
        row = y + self.scroll_offset.y
        return self.strip_of(self._text[row] if row < len(self._text) else EMPTY, self.size.width)

    def scroll_by(self, rows: int) -> None:
        """Scroll by ``rows``."""
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)

    def action_cursor_up(self) -> None:
        """Scroll up one line."""
        self.scroll_by(-1)

    def action_cursor_down(self) -> None:
        """Scroll down one line."""
        self.scroll_by(1)

    def action_page_up(self) -> None:
        """Scroll up one page."""
        self.scroll_by(1 - self.size.height)

    def action_page_down(self) -> None:
        """Scroll down one page."""
        self.scroll_by(self.size.height - 1)

    def action_cursor_first(self) -> None:
        """Scroll to the start."""
        self.scroll_to(y=0, animate=False)

    def action_cursor_last(self) -> None:
        """Scroll to the end."""
        self.scroll_to(y=len(self._text), animate=False)


class PlainBar(ScrollBarRender):
    """Whole cells of reversed blanks, where a terminal may not have the signs for parts."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]


def draw_scroll_bars(glyphs: Glyphs) -> None:
    """Draw all scroll bars with ``glyphs`` from now on; the process has one console."""
    ScrollBar.renderer = PlainBar if glyphs is ASCII else ScrollBarRender
