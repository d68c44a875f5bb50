"""What all long lists share: title, table over pages, filter, order, marks, export."""

import dataclasses
from collections.abc import AsyncIterator, Hashable
from typing import Any, Generic, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.timer import Timer

from soniq_tui.errors import SoniqError
from soniq_tui.model.snapshot import Page, Query, Row, Snapshot, View
from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.pages import SIZE, Pages
from soniq_tui.ui.rows import Column, TableRow
from soniq_tui.ui.screens.exporting import Exporting
from soniq_tui.ui.screens.filtering import Filtering
from soniq_tui.ui.screens.marking import Marking
from soniq_tui.ui.sorting import Sorting
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.table import VirtualTable
from soniq_tui.words import _

R = TypeVar("R", bound=Row)
TO_SHOWN = frozenset({"shown.cancel", "all.pause", "all.retry"})
TO_MARKED = TO_SHOWN | {
    *("jobs.pause", "jobs.freeze", "jobs.cancel", "jobs.retry", "priority.less", "priority.more")
}
"""Actions that mean all that a filter shows: by themselves, and where all is marked."""
COSTLY_ROWS, COSTLY_S = 5000, 1.0
"""A list of so many rows that is filtered or sorted is read anew at most so often."""


class LongList(Exporting, Filtering, Marking, Generic[R]):
    """A list that may have 100,000 rows."""

    batch_id: int | None = None
    """The one batch that all of it is of."""
    forgotten = 0
    """That batch, once nobody knows it any more."""

    def __init__(self, kind: type[R], columns: tuple[Column, ...], filter_text: str = "") -> None:
        super().__init__(filter_text)
        self.pages: Pages[R] = Pages(self.fetch, self.row_of, kind, self.rows_came, self.id_of)
        self.head = Lines(1, id="title")
        self.table = VirtualTable(columns, self.pages, id="list")
        self.marking_table = self.table
        self.table.is_marked = self.is_marked
        self.sorting = Sorting()
        self.following = False
        """The cursor goes to what is newest."""
        self._newest_at = 0
        """Where that was, when the cursor was last put there; more may have come since."""
        self._given = filter_text
        """The filter that the list was opened with: leaving it is leaving the list."""
        self._seen = (0, -1)
        """Which client and version the rows are of; another engine counts its versions anew."""
        self._find: int | None = None
        """The row that the cursor shall stay on in the new order."""
        self._counted: str | None = None
        """The filter that the number of rows is of."""
        self._left = self.table.place
        """Where the cursor was when the line for a filter was opened."""
        self._back: tuple[int, Hashable, int] | None = None
        """Where it goes back to as soon as the rows of before are here again."""
        self._again: Timer | None = None
        self._asked_s = 0.0

    # What a list has to say.

    def question(self) -> Query:
        """Return what to ask the engine, without order, offset and limit."""
        raise NotImplementedError

    def row_of(self, raw: R) -> TableRow:
        """Return the table row of one row."""
        raise NotImplementedError

    def id_of(self, raw: R) -> Hashable:
        """Return the id of a row."""
        raise NotImplementedError

    def title_text(self) -> str:
        """Return what the list is of."""
        raise NotImplementedError

    def nothing_text(self) -> str:
        """Return what to say of an empty list."""
        return _("nothing here")

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
        self.set_focus(self.table)  # at once: who opens the list may open its line next
        if (snapshot := self.console.snapshot) is not None:
            self._seen = (id(self.console.client), snapshot.version)
        self.pages.reset()

    def on_unmount(self) -> None:
        """Stop fetching."""
        self.pages.close()

    def asked(self) -> Query:
        """Return the question in its order."""
        import msgspec

        return msgspec.structs.replace(
            self.question(), sort=self.sorting.by, reverse=self.sorting.reverse
        )

    async def fetch(self, offset: int, limit: int) -> Page:
        """Ask the engine for a page, or for the one that has the row the cursor is on."""
        find, self._find = self._find, None
        return await self.ask_for(offset, limit, find)

    async def ask_for(self, offset: int, limit: int, find: int | None = None) -> Page:
        """Ask the engine for a part of the list."""
        import msgspec

        client = self.console.client
        if client is None:
            return Page()
        return await client.browse(
            msgspec.structs.replace(self.asked(), offset=offset, limit=limit, find=find)
        )

    def rows_came(self, error: str) -> None:
        """Show what came."""
        if error:
            self.flash(error, "bad")
        else:
            self._counted = self.filter_text
        if self.pages.turned and not error:
            back, self._back = self._back, None
            if back is not None and not self.following:
                self.table.turn_to(self.pages, self.table.columns, back)
            if self.number_of(self.table.place[1]) is None:
                self.table.reset()
        if self.marks.rows:
            for raw in self.pages.here():
                self.marks.see(self.id_of(raw), raw)
        if self.following:
            self.go_to_newest()
        empty = not error and self.pages.known and not len(self.pages)
        if empty and self.batch_id is not None and not self.forgotten:
            self._ask_of_batch(self.batch_id)
        self.marks_moved()

    @work(group="forgotten", exclusive=True)
    async def _ask_of_batch(self, batch_id: int) -> None:
        """Learn whether nothing is left because the batch was forgotten."""
        client = self.console.client
        if client is None:
            return
        try:
            page = await client.browse(Query(view=View.BATCHES, batch_id=batch_id, limit=1))
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return
        if not page.rows:
            self.forgotten = batch_id
            self.show_title()
            self.offer_keys()

    def take(self, snapshot: Snapshot) -> None:
        """Fetch the visible rows again when the engine has moved."""
        self.table.draw_with(self.glyphs)
        seen = (id(self.console.client), snapshot.version)
        if seen != self._seen and self.is_mounted:
            self._seen = seen
            costly = (self.sorting.by or self.filter_text) and len(self.pages) > COSTLY_ROWS
            due_s = self._asked_s + COSTLY_S - self.console.now_s() if costly else 0.0
            if due_s <= 0:
                self.refresh_rows()
            elif self._again is None:
                self._again = self.set_timer(due_s, self.refresh_rows)
        self.show_title()

    def refresh_rows(self) -> None:
        """Ask for the visible rows again."""
        if self._again is not None:
            self._again.stop()
            self._again = None
        self._asked_s = self.console.now_s()
        if self.is_mounted:
            self.pages.refresh()

    def ask_anew(self) -> None:
        """Ask a changed question; what is here stays until the answer comes, the cursor too."""
        held = self.table.place[1]
        self._find = held if isinstance(held, int) else None
        self.pages.replace()
        self.show_title()

    # The title.

    def notes(self) -> list[str]:
        """Return what the title tells besides name and count."""
        found = [self.marks_text(), self.sorting.text(self.glyphs)]
        if self.following:
            found.append(_("following"))
        if self.filter_text:
            found.append(_("filter: {text}").format(text=shown(self.filter_text)))
        return [note for note in found if note]

    def empty_text(self) -> str:
        """Return what to say where there is no row."""
        if self.forgotten:
            return _("batch {id} was forgotten").format(id=self.forgotten)
        if self.filter_text and self.filter_text != self._given:
            return _("nothing matches; {key} clears it").format(key=pressed("go.back"))
        return _("nothing matches") if self.filter_text else self.nothing_text()

    def show_title(self) -> None:
        """Show count, marks, order, filter and what the list is of."""
        count = formats.count(len(self.pages)) if self.pages.known else self.glyphs.cut
        name, told = f"  {shown(self.title_text())}", "  ".join((count, *self.notes()))
        if self.forgotten:  # the name of what is gone may be longer than the line
            name = f"  {self.empty_text()}  {self.glyphs.dot}{name}"
        elif self.pages.known and not len(self.pages):
            told += f"  {self.glyphs.dot} {self.empty_text()}"
        line = self.title_of(lambda room: formats.titled(name, told, room, self.glyphs))
        self.head.show([line])
        self.table.show_order(self.sorting.by, self.sorting.arrow(self.glyphs))

    # The row under the cursor, and those that are marked.

    def current(self) -> R | None:
        """Return the row under the cursor."""
        return self.pages.raw(self.table.cursor)

    def row_at(self, number: int) -> tuple[Hashable, R] | None:
        """Return id and row at a place."""
        raw = self.pages.raw(number)
        return None if raw is None else (self.id_of(raw), raw)

    def rows_here(self) -> tuple[Row, ...]:
        """Return the rows that are here."""
        return tuple(self.pages.here())

    async def rows_between(self, first: int, last: int) -> list[tuple[Hashable, R]]:
        """Return a part of the list, asked for where it is not all here."""
        found = [self.row_at(number) for number in range(first, last + 1)]
        if None not in found:
            return [each for each in found if each is not None]
        page = await self.ask_for(first, last - first + 1)
        rows: tuple[Any, ...] = page.rows
        return [(self.id_of(raw), raw) for raw in rows]

    def show_marks(self) -> None:
        """Show the title, which tells of the marks."""
        self.show_title()

    async def export_rows(self) -> AsyncIterator[tuple[Row, ...]]:
        """Give the marked rows, else all that the list shows, page by page."""
        if self.marks and not self.marks.everything:
            yield tuple(self.marks.rows.values())
            return
        offset, size = 0, SIZE * 5
        while True:
            page = await self.ask_for(offset, size)
            rows: tuple[Any, ...] = page.rows
            yield tuple(raw for raw in rows if not self.left_out(raw))
            offset += size
            if offset >= page.total or not rows:
                return

    def left_out(self, raw: R) -> bool:
        """Return whether a row was unmarked since everything was marked."""
        return self.marks.everything and not self.marks.has(self.id_of(raw))

    def on_virtual_table_cursor_moved(self) -> None:
        """What may be done depends on the row; who moves away does not follow any more."""
        if self.following and self.table.cursor != self._newest_at:
            self.following = False
        self.marks_moved()

    def on_virtual_table_opened(self) -> None:
        """Open what was clicked on twice."""
        self.do_row_open()

    def context(self) -> ActionContext:
        """Return what every list tells of itself."""
        return dataclasses.replace(
            super().context(),
            row=self.current() is not None,
            due=self.pages.due(self.table.cursor),
            filter_text=self.filter_text,
            shown=len(self.pages),
            following=self.following,
        )

    async def action_act(self, action_id: str) -> None:
        """Do an action; to all that a filter shows nothing before it is known how much that is."""
        means_all = action_id in (TO_MARKED if self.marks.everything else TO_SHOWN)
        filtered = self.marks.everything or self.filter_text
        if means_all and filtered and self._counted != self.filter_text:
            self.flash(_("the list is still on its way; press it again when it is there"))
            return
        await super().action_act(action_id)

    def do_row_open(self) -> None:
        """Open the row."""

    # Order.

    def do_list_sort(self) -> None:
        """Sort by the next column that is seen; after the last in the natural order."""
        self.sort_by(self.sorting.next(self.table.columns, self.table.size.width))

    def do_list_reverse(self) -> None:
        """Turn the order around."""
        self.sort_by(self.sorting.turned())

    def sort_by(self, sorting: Sorting) -> None:
        """Take another order; the cursor stays on its row."""
        self.sorting = sorting
        self.following = False
        self.ask_anew()

    @property
    def newest(self) -> int:
        """The number of the newest row in the natural order."""
        return 0 if self.sorting.reverse else max(0, len(self.pages) - 1)

    def go_to_newest(self) -> None:
        """Put the cursor on the newest row."""
        self._newest_at = self.newest
        if self.table.cursor != self._newest_at:
            self.table.move_to(self._newest_at)

    def do_list_follow(self) -> None:
        """Follow what is newest, or not any more."""
        self.following = not self.following
        if self.following and self.sorting.by:
            self.sorting = Sorting()
            self.pages.replace()
        elif self.following:
            self.go_to_newest()
        self.show_title()
        self.offer_keys()

    # Filter.

    def apply_filter(self, text: str) -> None:
        """Show only what ``text`` lets through; everything that was marked was of the other."""
        if text != self.filter_text:
            self.filter_text = text
            if self.marks.everything:
                self.marks.clear()
            self.ask_anew()
        self.marks_moved()

    async def do_list_filter(self) -> None:
        """Open the line for a filter; esc comes back to the row that the cursor is on now."""
        if not self.typing:
            self._left = self._back or self.table.place
        await super().do_list_filter()

    def take_back_filter(self) -> None:
        """Show the list as it was when the line was opened, with the cursor where it was."""
        asked = self.filter_text
        super().take_back_filter()
        if asked != self.filter_text:
            self._back, held = self._left, self._left[1]
            self._find = held if isinstance(held, int) else None

    def typed(self, what: str, text: str) -> None:
        """Filter while typing, unless all is marked: esc could not bring such marks back."""
        if not self.marks.everything:
            super().typed(what, text)

    async def do_go_back(self) -> None:
        """Close the line, else unmark, else clear the filter, else go back."""
        if self.typing:
            self.take_back_filter()
            await self.close_line()
        elif self.clear_marks():
            return
        elif self.filter_text and self.filter_text != self._given:
            self.apply_filter(self._given)
        else:
            self.console.do_go_back()
