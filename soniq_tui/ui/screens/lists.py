"""What all long lists share: title, table over pages, filter."""

from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input

from soniq_tui.model.snapshot import Page, Query, Row, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.pages import Pages
from soniq_tui.ui.rows import Column, TableRow
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.widgets.fields import LineInput
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.table import VirtualTable

R = TypeVar("R", bound=Row)


class LongList(ConsoleScreen, Generic[R]):
    """A list that may have 100,000 rows."""

    def __init__(self, kind: type[R], columns: tuple[Column, ...], filter_text: str = "") -> None:
        super().__init__()
        self.pages: Pages[R] = Pages(self.fetch, self.row_of, kind, self.rows_came)
        self.head = Lines(1, id="title")
        self.table = VirtualTable(columns, self.pages, id="list")
        self.filter_text = filter_text
        self._given = filter_text
        """The filter that the list was opened with: leaving it is leaving the list."""
        self._seen = (0, -1)
        """Which client and version the rows are of; another engine counts its versions anew."""

    # What a list has to say.

    def question(self) -> Query:
        """Return what to ask the engine, without offset and limit."""
        raise NotImplementedError

    def row_of(self, raw: R) -> TableRow:
        """Return the table row of one row."""
        raise NotImplementedError

    def title_text(self) -> str:
        """Return what the list is of."""
        raise NotImplementedError

    def nothing_text(self) -> str:
        """Return what to say of an empty list."""
        return "nothing here"

    # Life.

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.banner_line
        yield self.table
        yield from self.bottom()

    def on_mount(self) -> None:
        """Ask for the first page."""
        self.table.glyphs = self.glyphs
        self.table.focus()
        self.pages.reset()

    def on_unmount(self) -> None:
        """Stop fetching."""
        self.pages.close()

    async def fetch(self, offset: int, limit: int) -> Page:
        """Ask the engine for a page."""
        import msgspec

        client = self.console.client
        if client is None:
            return Page()
        return await client.browse(
            msgspec.structs.replace(self.question(), offset=offset, limit=limit)
        )

    def rows_came(self, error: str) -> None:
        """Show what came."""
        if error:
            self.flash(error, "bad")
        self.table.tick()
        self.show_title()
        self.offer_keys()

    def take(self, snapshot: Snapshot) -> None:
        """Fetch the visible rows again when the engine has moved."""
        if self.table.glyphs is not self.glyphs:
            self.table.glyphs = self.glyphs
            self.table.repaint()
        seen = (id(self.console.client), snapshot.version)
        if seen != self._seen:
            self._seen = seen
            if self.is_mounted:
                self.pages.refresh()
        self.show_title()

    def show_title(self) -> None:
        """Show count, filter and what the list is of."""
        count = formats.count(len(self.pages)) if self.pages.known else self.glyphs.cut
        text = f"  {shown(self.title_text())}  {count}"
        if self.filter_text:
            text += f"  filter: {shown(self.filter_text)}"
        if self.pages.known and not len(self.pages):
            text += (
                "  "
                + self.glyphs.dot
                + " "
                + (
                    "nothing matches; esc clears the filter"
                    if self.filter_text and self.filter_text != self._given
                    else "nothing matches"
                    if self.filter_text
                    else self.nothing_text()
                )
            )
        word, tone = ("", "")
        if self.console.snapshot is not None:
            word, tone = self.state_word(self.console.snapshot)
        room = self.app.size.width - len(" soniq") - len(word) - 1
        # Two cells stay free before the word at the right end.
        cut = formats.fit(formats.cut_right(text, room - 2, self.glyphs), room)
        self.head.show([((" soniq", "strong"), (cut, ""), (word, tone))])

    def current(self) -> R | None:
        """Return the row under the cursor."""
        return self.pages.raw(self.table.cursor)

    def on_virtual_table_cursor_moved(self) -> None:
        """What may be done depends on the row."""
        self.offer_keys()

    def on_virtual_table_opened(self) -> None:
        """Open what was clicked on twice."""
        self.do_row_open()

    def do_row_open(self) -> None:
        """Open the row."""

    # Filter.

    @property
    def filter_line(self) -> Input | None:
        """The line in which a filter is typed, while it is."""
        found = self.query(LineInput)
        return found.first() if found else None

    async def do_list_filter(self) -> None:
        """Open the filter line."""
        if self.filter_line is not None:
            return
        line = LineInput(
            self.filter_text, placeholder="words  !not  state:failed  queue:  kind:", id="filter"
        )
        self.add_class("-filtering")
        before: Widget = self.flash_line
        await self.mount(line, before=before)
        # At once: focus() only asks for it, and the next key may be here already.
        self.set_focus(line)
        line.cursor_position = len(line.value)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Apply the filter."""
        await self.close_filter()
        self.apply_filter(event.value.strip())

    async def close_filter(self) -> None:
        """Take the filter line away."""
        if self.filter_line is not None:
            await self.filter_line.remove()
        self.remove_class("-filtering")
        self.table.focus()

    def apply_filter(self, text: str) -> None:
        """Show only what ``text`` lets through."""
        if text != self.filter_text:
            self.filter_text = text
            self.pages.reset()
            self.table.reset()
        self.show_title()

    async def do_go_back(self) -> None:
        """Close the filter line, else clear the filter, else go back."""
        if self.filter_line is not None:
            await self.close_filter()
        elif self.filter_text and self.filter_text != self._given:
            self.apply_filter("")
        else:
            self.console.do_go_back()
