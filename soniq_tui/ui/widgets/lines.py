"""A block of lines that repaints only those that changed."""

from collections.abc import Sequence

from textual.geometry import Region, Size
from textual.strip import Strip

from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.ui.widgets.tones import Toned


class Lines(Toned):
    """A fixed number of lines; what does not fit is not shown."""

    DEFAULT_CSS = "Lines { height: auto; width: 1fr; }"

    def __init__(self, count: int, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._block: list[Line] = [EMPTY] * count

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return the number of lines."""
        return len(self._block)

    def show(self, lines: Sequence[Line]) -> int:
        """Show ``lines``; returns how many of them are repainted."""
        count = len(self._block)
        wanted = [*lines[:count], *[EMPTY] * (count - len(lines))]
        changed = [
            y for y, (old, new) in enumerate(zip(self._block, wanted, strict=True)) if old != new
        ]
        self._block = wanted
        width = self.size.width
        if changed and width:
            self.refresh(*(Region(0, y, width, 1) for y in changed))
        return len(changed)

    @property
    def block(self) -> list[Line]:
        """The lines as they are shown."""
        return self._block

    def render_line(self, y: int) -> Strip:
        """Return the strip of one line."""
        line = self._block[y] if y < len(self._block) else EMPTY
        return self.strip_of(line, self.size.width)
