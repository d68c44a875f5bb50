"""A table that holds no rows: it asks for the visible ones and repaints only those that changed.

Built on the line API because a DataTable repaints itself for any change and takes seconds for
100,000 rows. The cursor belongs to a row's id, so it stays with the job when rows are added before
it.
"""

from collections.abc import Callable, Hashable

from rich.segment import Segment
from textual.binding import Binding
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.keys import moves
from soniq_tui.ui.rows import Column, RowSource, TableRow, shares
from soniq_tui.ui.terminal import rebind
from soniq_tui.ui.widgets.tones import Toned
from soniq_tui.words import _

SCROLL_BAR_CELLS = 1
BAR_PARTS = 8
"""Of a cell, as Textual draws scroll bars."""
MARK_CELLS = 3
"""A blank, the sign, a blank."""
MARK = "*"
"""Stands before the sign of a marked row."""
Look = tuple[TableRow | None, bool, bool]
"""What decides how a row looks: its content, the cursor on it and whether it is marked.

In a pane without the focus the cursor is not seen, unless its keys come from elsewhere."""


def _never(_id: Hashable, _number: int) -> bool:
    return False


class VirtualTable(Toned, ScrollView, can_focus=True):
    """Keyed rows in columns that join as the screen gets wider."""

    DEFAULT_CSS = """
    VirtualTable { height: 1fr; width: 1fr; overflow-x: hidden; overflow-y: auto; }
    """

    class CursorMoved(Message):
        """The cursor stands on another row."""

        def can_replace(self, message: Message) -> bool:
            """Queued duplicates collapse."""
            return isinstance(message, VirtualTable.CursorMoved)

    class Opened(Message):
        """A row was clicked on that already held the cursor."""

    def __init__(
        self,
        columns: tuple[Column, ...],
        source: RowSource,
        *,
        id: str | None = None,  # noqa: A002  Textual's word
        glyphs: Glyphs = UNICODE,
        spare: int = 0,
        guided: bool = False,
    ) -> None:
        super().__init__(id=id)
        rebind(self, [Binding(k, m.does, show=False) for m in moves() for k in m.keys])
        self.columns = columns
        self.source = source
        self.glyphs = glyphs
        self.spare = spare
        """Cells that stay free before the scroll bar: numbers in the last column need them."""
        self.guided = guided
        """The cursor is moved from a line that has the focus, and is seen without it."""
        self.cursor = 0
        self.is_marked: Callable[[Hashable, int], bool] = _never
        """Tells by id and number whether a row is marked."""
        self._late: list[Callable[[], int]] | None = None
        """Moves that wait for the list they are meant for; None: they are made at once."""
        self._order = "", ""
        """By what the rows are sorted, and the arrow that says so."""
        self.rows_painted = 0
        """Counted for tests: how many rows have been drawn."""
        self._cursor_id: Hashable = None
        self._looks: dict[int, Look] = {}
        self._widths: list[tuple[int, int]] = []
        """Column number and width of the columns that are shown."""
        self._laid_for = 0
        """The width that the columns are laid for."""

    # What is under the cursor.

    @property
    def current(self) -> TableRow | None:
        """The row under the cursor, or None."""
        return self.source.row(self.cursor) if 0 <= self.cursor < len(self.source) else None

    @property
    def rows_shown(self) -> int:
        """How many rows fit."""
        return max(1, self.size.height - 1)

    def move_to(self, number: int) -> None:
        """Put the cursor on a row."""
        number = max(0, min(len(self.source) - 1, number))
        moved = number != self.cursor
        self.cursor = number
        row = self.current
        self._cursor_id = row.id if row else None
        top = self.scroll_offset.y
        if number < top:
            self.scroll_to(y=number, animate=False, force=True)
        elif number >= top + self.rows_shown:
            self.scroll_to(y=number - self.rows_shown + 1, animate=False, force=True)
        self.tick()
        if moved:
            self.post_message(self.CursorMoved())

    def step(self, wanted: Callable[[], int]) -> None:
        """Move as a key says; while another list is on its way, only once that is here."""
        if self._late is None:
            self.move_to(wanted())
        else:
            self._late.append(wanted)

    def hold(self) -> None:
        """Another list is on its way: what keys say from now on is meant for that one."""
        self._late = []

    def go_on(self) -> None:
        """Make the moves that were held back, as soon as the list can be scrolled so far."""
        if self._late:
            self.call_after_refresh(self._make_up)
        else:
            self._late = None

    def _make_up(self) -> None:
        late, self._late = self._late or (), None
        for wanted in late:
            self.move_to(wanted())

    def reset(self) -> None:
        """Forget the cursor and start at the top: the source means another list now."""
        self._cursor_id = None
        self.cursor = 0
        self.scroll_to(y=0, animate=False)
        self.tick()

    @property
    def place(self) -> tuple[int, Hashable, int]:
        """Where one is: number and id of the row under the cursor, number of the top row."""
        return self.cursor, self._cursor_id, int(self.scroll_offset.y)

    def turn_to(
        self,
        source: RowSource,
        columns: tuple[Column, ...],
        place: tuple[int, Hashable, int] = (0, None, 0),
    ) -> None:
        """Show another list, at the place where one was in it; its rows must be known by then."""
        self.source = source
        self.lay(columns)
        self.cursor, self._cursor_id, top = place
        self._grow()
        self.scroll_to(y=top, animate=False, force=True)
        self.repaint()
        self.tick()

    def lay(self, columns: tuple[Column, ...]) -> None:
        """Take other columns."""
        if columns != self.columns:
            self.columns = columns
            self._laid_for = 0
            self.repaint()

    def show_order(self, by: str, arrow: str) -> None:
        """Say in the head of a column that the rows are sorted by it, and which way."""
        if (by, arrow) != self._order:
            self._order = by, arrow
            self.refresh(Region(0, 0, self.size.width, 1))

    # Painting.

    def tick(self) -> int:
        """Repaint what looks different from what is on screen; returns how many rows that are."""
        self._follow()
        self._grow()
        width, top = self.size.width, self.scroll_offset.y
        self.source.want(top, top + self.rows_shown - 1)
        dirty = [
            Region(0, y, width, 1)
            for y in range(1, self.size.height)
            if self._looks.get(y) != self._look_of(top + y - 1)
        ]
        if dirty:
            self.refresh(*dirty)
        return len(dirty)

    def _grow(self) -> None:
        """Tell the scroll bar how many rows there are.

        Textual lays the whole screen out anew for a new virtual size. That is needed only when a
        scroll bar comes or goes, and a list that grows four times a second must not pay for it.
        """
        old, new = self.virtual_size.height, len(self.source) + 1
        if old == new:
            return
        room = self.container_size.height
        if not room or (old > room) != (new > room):
            self.virtual_size = Size(1, new)
            return
        self.set_reactive(VirtualTable.virtual_size, Size(1, new))
        bar = self.vertical_scrollbar if self.show_vertical_scrollbar else None
        if bar is not None and abs(bar.window_virtual_size - new) * room > bar.window_virtual_size:
            bar.window_virtual_size = new

    def draw_with(self, glyphs: Glyphs) -> None:
        """Take a set of signs."""
        if self.glyphs is not glyphs:
            self.glyphs = glyphs
            self.repaint()

    def repaint(self) -> None:
        """Repaint everything: glyphs, columns or theme have changed."""
        self._looks.clear()
        self.refresh()

    def _follow(self) -> None:
        """Keep the cursor on its row, wherever that is now."""
        last = max(0, len(self.source) - 1)
        if self._cursor_id is not None:
            number = self.source.number_of(self._cursor_id)
            if number is not None and number != self.cursor:
                shift = number - self.cursor
                self.cursor = number
                self.scroll_to(y=self.scroll_offset.y + shift, animate=False, force=True)
        if self.cursor > last:
            self.cursor = last
            self._cursor_id = None
        if self._cursor_id is None and (row := self.current):
            self._cursor_id = row.id
            self.post_message(self.CursorMoved())

    def _look_of(self, number: int) -> Look:
        if number >= len(self.source):
            return None, False, False
        row = self.source.row(number)
        cursor = number == self.cursor and (self.guided or self.has_focus)
        return row, cursor, row is not None and self.is_marked(row.id, number)

    def _lay_columns(self, total: int) -> None:
        self._laid_for = total
        wide = total + SCROLL_BAR_CELLS
        chosen = [
            (i, c)
            for i, c in enumerate(self.columns)
            if c.from_width <= wide and not 0 < c.to_width <= wide
        ]
        fixed = sum(c.width + 1 for _, c in chosen if c.width)
        most = [c.most for _, c in chosen if not c.width]
        room = max(8, total - MARK_CELLS - self.spare - fixed - len(most))
        shared = iter(shares(room, most))
        self._widths = [(i, c.width or next(shared)) for i, c in chosen]

    def line_text(self, cells: tuple[str, ...]) -> str:
        """Return the cells of one row side by side."""
        parts = []
        for number, width in self._widths:
            column, text = self.columns[number], cells[number]
            # Of names in a row, as batches of some files are called, the first says most.
            path = column.path and ("/" in text or ", " not in text)
            cut = formats.cut_left if path else formats.cut_right
            text = cut(text, width, self.glyphs)
            parts.append(formats.fit(text, width, right=column.right))
        return " ".join(parts)

    def _head(self) -> str:
        """Return what the columns are called; an arrow stands at that by which they are sorted.

        It has a blank beside the name for itself, if need be the one between two columns.
        """
        names = tuple(_(column.label) for column in self.columns)
        text = " " * MARK_CELLS + self.line_text(names) + " "
        by, arrow = self._order
        start = MARK_CELLS
        for number, width in self._widths:
            column, cells = self.columns[number], min(width, len(names[number]))
            if by and column.sort == by:
                at = start + (width - cells - 1 if column.right else cells)
                text = text[:at] + arrow + text[at + 1 :]
            start += width + 1
        return text

    def render_line(self, y: int) -> Strip:
        """Return the strip of one line on screen; the first one is the header."""
        width = self.size.width
        if self._laid_for != width:
            self._lay_columns(width)
        if y == 0:
            text = formats.fit(self._head(), width)
            return Strip([Segment(text, self.tone_style("head"))], width)
        number = self.scroll_offset.y + y - 1
        look = self._looks[y] = self._look_of(number)
        self.rows_painted += 1
        row, cursor, marked = look
        if row is None:
            waiting = number < len(self.source)
            text = f"   {self.glyphs.cut}" if waiting else ""
            style = self.tone_style("cursor" if cursor else "muted")
            return Strip([Segment(formats.fit(text, width), style)], width)
        text = formats.fit(self.line_text(row.cells), width - MARK_CELLS - SCROLL_BAR_CELLS)
        sign = f"{MARK if marked else ' '}{row.mark} "
        # The cell below the scroll bar stands for itself: Textual cuts there, and to cut a text
        # that is not ASCII it measures its parts.
        last = " " * SCROLL_BAR_CELLS
        if cursor:
            style = self.tone_style("cursor")
            return Strip([Segment(f"{sign}{text}", style), Segment(last, style)], width)
        plain = self.tone_style("muted" if row.muted else "")
        segments = [Segment(sign, self.tone_style(row.tone)), Segment(text, plain)]
        return Strip([*segments, Segment(last, plain)], width)

    # What Textual tells.

    def notify_style_update(self) -> None:
        """Repaint with the new styles."""
        self._looks.clear()
        super().notify_style_update()

    def on_resize(self, _: Resize) -> None:
        """Keep the cursor in view."""
        if self.cursor >= self.scroll_offset.y + self.rows_shown:
            self.move_to(self.cursor)
        self.tick()

    def on_focus(self) -> None:
        """Show the cursor in full."""
        self.tick()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.tick()

    def on_click(self, event: Click) -> None:
        """Move the cursor to the row; the first button opens it when it is there already."""
        number = self.scroll_offset.y + event.y - 1
        if event.y == 0 or number >= len(self.source):
            return
        if number == self.cursor and event.button == 1:
            self.post_message(self.Opened())
        self.move_to(number)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for the rows that came into view.

        Stands for that of ``ScrollView``, which has the scroll bar drawn anew for each row. In a
        long list the bar looks the same for hundreds of them, and is a quarter of the frame.
        """
        bar = self.vertical_scrollbar if self.show_vertical_scrollbar else None
        if bar is not None:
            most = self.max_scroll_y
            step = max(1.0, most / (self.rows_shown * BAR_PARTS))
            if new_value in {0, most} or bar.position // step != new_value // step:
                bar.position = new_value
        if round(old_value) != round(new_value):
            self.refresh(self.size.region)
        self.source.want(int(new_value), int(new_value) + self.rows_shown - 1)

    def action_cursor_up(self) -> None:
        """Move up one row."""
        self.step(lambda: self.cursor - 1)

    def action_cursor_down(self) -> None:
        """Move down one row."""
        self.step(lambda: self.cursor + 1)

    def action_page_up(self) -> None:
        """Move up one page."""
        self.step(lambda: self.cursor - self.rows_shown)

    def action_page_down(self) -> None:
        """Move down one page."""
        self.step(lambda: self.cursor + self.rows_shown)

    def action_cursor_first(self) -> None:
        """Move to the first row."""
        self.step(lambda: 0)

    def action_cursor_last(self) -> None:
        """Move to the last row."""
        self.step(lambda: len(self.source) - 1)
