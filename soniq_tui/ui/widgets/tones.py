"""Tones: the few ways text may look, by name, resolved from the style sheet once per theme.

A screen has them for all its widgets. Were they component classes of each widget, Textual would
work out a dozen styles for every line of a screen whenever it opens.
"""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from soniq_tui.ui.formats import fit
from soniq_tui.ui.view import Line

TONES = ("accent", "ok", "bad", "warn", "muted", "strong", "rule", "key", "head", "cursor")
TONE_CLASSES = {f"tone--{tone}" for tone in TONES}
"""Component classes of every screen of ours."""


class Toned(Widget):
    """A widget whose text is painted in tones."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id, classes=classes)
        self._tone_styles: dict[str, Style] = {}

    def tone_style(self, tone: str) -> Style:
        """Return the style of ``tone``; the widget's own for the empty name."""
        style = self._tone_styles.get(tone)
        if style is None:
            style = self.rich_style
            if tone:
                style += self.screen.get_component_rich_style(f"tone--{tone}", partial=True)
            self._tone_styles[tone] = style
        return style

    def notify_style_update(self) -> None:
        """Forget the styles: theme or focus has changed."""
        self._tone_styles.clear()
        super().notify_style_update()

    def strip_of(self, line: Line, width: int) -> Strip:
        """Return ``line`` in exactly ``width`` cells."""
        segments: list[Segment] = []
        left = width
        for text, tone in line:
            strip = Strip([Segment(text, self.tone_style(tone))])
            if strip.cell_length > left:
                text = fit(text, left)  # noqa: PLW2901  cut to the room
                strip = Strip([Segment(text, self.tone_style(tone))], left)
            segments.extend(strip)
            left -= strip.cell_length
        if left > 0:
            segments.append(Segment(" " * left, self.tone_style("")))
        return Strip(segments, width)
