"""How scroll bars are drawn: in the set of signs that is in use."""

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender

from soniq_tui.ui.glyphs import ASCII, Glyphs


class PlainBar(ScrollBarRender):
    """Whole cells of reversed blanks, where a terminal may not have the signs for parts."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]


def draw_with(glyphs: Glyphs) -> None:
    """Draw all scroll bars with ``glyphs`` from now on; the process has one console."""
    ScrollBar.renderer = PlainBar if glyphs is ASCII else ScrollBarRender
