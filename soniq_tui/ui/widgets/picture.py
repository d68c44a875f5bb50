"""A picture in half blocks; where colours are few in shades of one, or in ASCII."""

from rich.color import ColorSystem
from rich.segment import Segment
from textual.strip import Strip

from soniq_tui.model.results import Picture
from soniq_tui.ui import cells
from soniq_tui.ui.glyphs import ASCII, Glyphs
from soniq_tui.ui.widgets.tones import Toned

SYSTEMS = {"truecolor": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT}
POOR_THEMES = frozenset({"ansi", "mono"})
"""Their terminals have sixteen colours, or none."""
MARGIN_CELLS = 1


class PictureBox(Toned):
    """A picture at the top left of its room; its strips are made once and kept.

    It takes as much room as the picture needs, and none without one.
    """

    DEFAULT_CSS = "PictureBox { height: 0; width: 0; }"

    def __init__(self) -> None:
        super().__init__()
        self._made_of: tuple[object, ...] = ()
        self._lines: list[list[Segment]] = []
        self._strips: list[Strip] = []

    def way(self, glyphs: Glyphs) -> ColorSystem | str:
        """Return the colours to paint with; where they are few, the signs from dark to light."""
        if glyphs is ASCII:
            return cells.RAMP
        if self.app.theme in POOR_THEMES:
            return cells.SHADES
        return SYSTEMS.get(self.app.console.color_system or "", cells.SHADES)

    def show(self, picture: Picture | None, columns: int, rows: int, glyphs: Glyphs) -> bool:
        """Show ``picture`` in so many cells at most; returns whether it can be seen."""
        way = self.way(glyphs)
        made_of = (picture, columns, rows, way)
        if made_of == self._made_of:
            return bool(self._lines)
        self._made_of, self._strips, self._lines = made_of, [], []
        if picture is not None and rows > 0 and columns > 0:
            self._lines = (
                cells.shades(picture, columns, rows, way)
                if isinstance(way, str)
                else cells.segments(picture, columns, rows, way)
            )
        width = sum(s.cell_length for s in self._lines[0]) + MARGIN_CELLS if self._lines else 0
        if self.styles.height is None or self.styles.height.value != len(self._lines):
            self.styles.height = len(self._lines)
        if self.styles.width is None or self.styles.width.value != width:
            self.styles.width = width
        self.refresh()
        return bool(self._lines)

    def notify_style_update(self) -> None:
        """Make the strips anew: the theme has changed."""
        self._strips = []
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Return the strip of one line."""
        if not self._strips:
            plain = self.tone_style("")
            gap = Segment(" " * MARGIN_CELLS, plain)
            self._strips = [
                Strip([gap, *(Segment(s.text, s.style or plain) for s in line)])
                for line in self._lines
            ]
        return self._strips[y] if y < len(self._strips) else self.strip_of((), self.size.width)
