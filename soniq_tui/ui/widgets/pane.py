"""Everything about one thing beside its list: title, picture, facts."""

from textual.app import ComposeResult
from textual.containers import Vertical

from soniq_tui.model.results import ResultDetail
from soniq_tui.model.text import shown
from soniq_tui.ui import cells, formats, result_rows
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.picture import PictureBox
from soniq_tui.ui.widgets.text import Text

LEAST_FACTS = 8
"""So many lines stay for facts; the picture takes what is left."""


class DetailPane(Vertical):
    """The details of the row under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self.head = Lines(2)
        self.picture = PictureBox()
        self.text = Text()
        self.text.can_focus = False  # the keys belong to the list beside it
        self.detail = ResultDetail()
        self._glyphs = UNICODE

    def compose(self) -> ComposeResult:
        """Lay out the pane."""
        yield self.head
        yield self.picture
        yield self.text

    @property
    def picture_room(self) -> tuple[int, int]:
        """Columns and rows that a picture may take."""
        return self.size.width - 2, max(0, self.size.height - 3 - LEAST_FACTS)

    @property
    def pixels(self) -> int:
        """How large a picture to ask for."""
        return cells.pixels_wanted(*self.picture_room)

    def show(self, detail: ResultDetail, glyphs: Glyphs) -> None:
        """Show everything about one thing."""
        if detail is not self.detail:
            self.text.scroll_to(y=0, animate=False)
        self.detail, self._glyphs = detail, glyphs
        width = self.size.width
        title = formats.cut_right(shown(detail.title), width - 2, glyphs)
        self.head.show([((f" {title}", "strong"),)])
        seen = self.picture.show(detail.picture, *self.picture_room, glyphs)
        lines = result_rows.detail_lines(detail, width - 1, glyphs)
        self.text.show([(), *lines] if seen else lines)
