"""What batches brought, for looking: lists that lead into each other, details beside them."""

import dataclasses
from functools import partial
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from soniq_tui.errors import UsageError
from soniq_tui.model.results import ResultPage, ResultRow
from soniq_tui.model.snapshot import Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import result_rows
from soniq_tui.ui.action_context import EVERYTHING, ActionContext
from soniq_tui.ui.breadcrumbs import TOP, Breadcrumbs, Place
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.pages import Pages
from soniq_tui.ui.rows import Column, ListSource, TableRow
from soniq_tui.ui.screens.result_commands import NAME
from soniq_tui.ui.screens.result_search import SEARCH, ResultSearch
from soniq_tui.ui.screens.typed_line import HINT_LINES
from soniq_tui.ui.sorting import Sorting
from soniq_tui.ui.view import EMPTY
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.table import VirtualTable
from soniq_tui.words import _, mark

WIDE = 120
"""From this width on the details stand beside the list."""
PANE_SHARE, PANE_LEAST = 0.36, 44
REFRESH_S = 2.0
"""While a batch runs the list is asked for again at most so often."""
EMPTY_LINES = 6


class Results(ResultSearch):
    """The lists of one importer's results."""

    where = "results"
    hints: ClassVar[dict[str, str]] = {
        SEARCH: mark('words "a phrase" !not year:1990-1999'),
        NAME: mark("name of the playlist; enter keeps it, esc does not"),
    }

    def __init__(self, trail: Breadcrumbs) -> None:
        super().__init__()
        self.trail = trail
        self.head = Lines(1, id="title")
        self.tabs = Lines(1, id="tabs")
        self.table = VirtualTable((), ListSource(), id="list", spare=1)
        self.nothing = Lines(EMPTY_LINES, id="nothing")
        self.zoomed = False
        """The list has the whole screen, without details beside it."""
        self._again: Timer | None = None
        self._seen: tuple[object, ...] = ()
        """What had ended when the list was last asked for."""
        self._asked_s: float | None = None

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.tabs
        yield self.banner_line
        with Horizontal(id="room"):
            with Vertical(id="left"):
                yield self.table
                yield self.nothing
            yield self.pane
        yield from self.bottom()

    def on_mount(self) -> None:
        """Go where one was when these lists were last looked at."""
        self.table.glyphs = self.glyphs
        self.table.focus()
        # A screen that was left may still be closing: its pages are none of this one.
        self.trail.close()
        self.trail.holder = self
        self.turn()
        if not self.trail.choices:
            self.learn_choices()

    def on_unmount(self) -> None:
        """Stop fetching; where one is stays noted."""
        if self.trail.holder is self:
            self.trail.close()

    # Lists.

    def note_place(self) -> None:
        """Remember where one is in the list in view."""
        pages = self.place.pages
        if pages is not None and pages.known and self.table.source is pages and not self.place.due:
            self.place.at = self.table.place

    def turn(self) -> None:
        """Show the list that the trail leads to, at the place where one was in it.

        One that is not known yet is shown when its first rows have come: clearing the screen for
        that moment would cost more bytes than the rows themselves.
        """
        place = self.place
        self.table.hold()
        if place.pages is not None and place.pages.known:
            self.table.turn_to(place.pages, self.columns, place.at)
            self.table.go_on()
            place.pages.refresh()
        else:
            place.pages = self.pages_of(place)
            place.due = place.at[0]
            place.pages.reset(place.due)
        self.show_all()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the list in view, as far as they are known."""
        head = self.place.head
        return result_rows.columns_of(head.columns, self.place.cells) if head else ()

    def pages_of(self, place: Place) -> Pages[ResultRow]:
        """Return the rows of a list."""

        async def fetch(offset: int, limit: int) -> ResultPage:
            client = self.console.client
            if client is None:
                raise UsageError(_("the engine is still starting"))
            asked = msgspec.structs.replace(place.asked, offset=offset, limit=limit)
            page = await client.results(asked)
            if page.problem:
                raise UsageError(page.problem)
            place.cells = result_rows.seen_cells(page, place.cells)
            place.head = msgspec.structs.replace(page, rows=())
            return page

        def row_of(row: ResultRow) -> TableRow:
            return result_rows.table_row(row, len(self.table.columns), self.glyphs)

        def came(error: str) -> None:
            place.problem = error
            # They may come before the screen counts as mounted; who holds the trail is not closed.
            if place is self.place and self.trail.holder is self:
                self.rows_came(place)

        return Pages(fetch, row_of, ResultRow, came, id_of=result_rows.row_id)

    def rows_came(self, place: Place) -> None:
        """Show what came; the cursor stays on its row, in a new list it is at the top."""
        if place.problem and place.sorting and place.asked.sort:
            place.refused.add(place.asked.sort)
            self.do_results_sort()
            return
        place.sorting = False
        if place.head is not None and not place.problem:
            self.trail.learn(place.head.views)
        if place.pages is not None and self.table.source is not place.pages:
            self.table.turn_to(place.pages, self.columns)
        elif place.head is not None and not place.problem:
            self.table.lay(self.columns)
            if place.turned:
                place.turned, back, place.back = False, place.back, TOP
                self.table.reset()
                if back != TOP and place.pages is not None:
                    self.table.turn_to(place.pages, self.columns, back)
        self.table.tick()
        if place.due and not place.problem:
            self.table.move_to(place.due)
            place.due = 0
        self.table.go_on()
        self.show_all()

    def ask_anew(self) -> None:
        """Ask the changed question from the top; what is shown stays until the answer comes."""
        if self.place.pages is not None:
            self.place.turned = True
            self.place.pages.replace()
        self.show_all()

    @property
    def is_due(self) -> bool:
        """Whether the row under the cursor is still on its way."""
        pages = self.place.pages
        return not self.place.problem and (pages is None or pages.due(self.table.cursor))

    # Showing.

    def take(self, snapshot: Snapshot) -> None:
        """Ask for the rows again where something has ended since, but seldom."""
        self.table.draw_with(self.glyphs)
        ended = tuple((b.id, b.state, b.items.ended) for b in snapshot.batches)
        seen = (id(self.console.client), ended)
        if seen == self._seen or not self.is_mounted:
            return
        fresh, self._seen = not self._seen, seen
        if self._again is None and not fresh:
            now = self.console.now_s()
            due_s = 0.0 if self._asked_s is None else self._asked_s + REFRESH_S - now
            if due_s <= 0:
                self.refresh_rows()
            else:
                self._again = self.set_timer(due_s, self.refresh_rows)

    def refresh_rows(self) -> None:
        """Ask for the visible rows again; the cursor stays with its row."""
        if self._again is not None:
            self._again.stop()
        self._again = None
        self._asked_s = self.console.now_s()
        if self.place.pages is not None and self.is_mounted:
            self.place.pages.refresh()

    def redraw(self) -> None:
        """Draw everything for this size."""
        width = self.app.size.width
        wide = width >= WIDE and not self.zoomed
        self.set_class(wide, "-wide")
        pane = max(PANE_LEAST, int(width * PANE_SHARE))
        if self.pane.styles.width is None or self.pane.styles.width.value != pane:
            self.pane.styles.width = pane
        super().redraw()
        self.show_all()
        self.call_after_refresh(self.redraw_pane)

    def redraw_pane(self) -> None:
        """Draw the details for the size that they now have."""
        if self.is_mounted and self.has_class("-wide"):
            self.pane.show(self.pane.detail, self.glyphs)

    def show_all(self) -> None:
        """Show title, tabs, what stands in place of an empty list, problems, keys."""
        place, pages, glyphs = self.place, self.place.pages, self.glyphs
        width = self.app.size.width
        known = pages is not None and pages.known
        count = len(pages) if pages is not None and known else None
        title = partial(result_rows.title_text, place.head, place.asked, count, glyphs=glyphs)
        self.head.show([self.title_of(title)])
        order = Sorting(place.asked.sort, reverse=place.asked.descending)
        self.table.show_order(order.by, order.arrow(glyphs))
        trail = self.trail
        self.tabs.show([result_rows.tabs_line(trail.views, trail.view, width, glyphs, self.whose)])
        empty = place.head is not None and count == 0
        self.set_class(empty, "-nothing")
        if empty and place.head is not None:
            lines = result_rows.empty_lines(place.head, place.asked, self.list_width)
            self.nothing.show([] if place.problem else lines)
        self.stand()
        self.offer_keys()
        self.wait_for_rest()

    def stand(self) -> None:
        """Say what is wrong, else what may be typed, else what there is to say of the row."""
        place = self.place
        said = ((f" {shown(place.problem)}", "bad"),) if place.problem else EMPTY
        hint = ((f" {self.hint}", "muted"),) if self.typing else EMPTY
        aside = self.has_class("-wide")  # all of it stands there
        note = "" if aside or place.head is None else self.note(place.head)
        self.flash_line.stand(said or hint or (((f" {note}", ""),) if note else EMPTY), HINT_LINES)

    def note(self, head: ResultPage) -> str:
        """Return what there is to say of the row under the cursor."""
        return result_rows.note_of(self.current(), head.columns)

    @property
    def hint(self) -> str:
        """What is said of the line at the foot while it is open."""
        text = _(self.hints.get(self.typing, ""))
        if self.typing == SEARCH and EVERYTHING in dict(self.trail.views):
            text += "  " + _("/ first: everything")
        return text

    @property
    def list_width(self) -> int:
        """How wide the list is, as far as the layout has come."""
        return self.table.size.width or self.app.size.width

    def context(self) -> ActionContext:
        """Return the marked row, and what could be kept as a playlist."""
        row, asked, head = self.current(), self.place.asked, self.place.head
        return dataclasses.replace(
            super().context(),
            row=row is not None,
            due=self.is_due,
            result=row,
            result_query=asked,
            columns=len(head.columns) if head else 0,
            importers=len(self.trail.choices),
            searches_all=EVERYTHING in dict(self.trail.views),
            filter_text="",
        )

    # Going around.

    def on_virtual_table_cursor_moved(self) -> None:
        """Show what may be done with the row; its details come when the cursor rests."""
        self.note_place()
        self.stand()
        self.offer_keys()
        self.wait_for_rest()

    async def do_row_open(self) -> None:
        """Go into what the row leads to, or look at its details."""
        if (row := self.current()) is None:
            return
        if not row.opens:
            await self.do_results_details()
            return
        self.note_place()
        self.trail.open(row)
        self.turn()

    async def on_virtual_table_opened(self) -> None:
        """Open what was clicked on twice."""
        await self.do_row_open()

    async def do_results_back(self) -> None:
        """Close the line, else clear the search, else go back to the list before, else leave."""
        if self.typing:
            if self.typing == SEARCH:
                self.take_back_search()
            await self.close_line()
        elif self.zoomed and self.app.size.width >= WIDE:
            self.do_pane_zoom()
        elif self.place.asked.text:
            self.search("")
        elif self.trail.back():
            self.turn()
        else:
            self.console.do_go_back()

    def do_results_view(self, step: int) -> None:
        """Show another list that one can begin with; each keeps its place."""
        self.note_place()
        self.trail.came_from = ""
        self.trail.view = result_rows.next_view(self.trail.views, self.trail.view, step)
        self.turn()

    def do_results_sort(self) -> None:
        """Sort by the next column; after the last one in the natural order."""
        place = self.place
        columns = place.head.columns if place.head else ()
        sort = result_rows.next_sort(columns, place.asked.sort, place.refused)
        place.sorting = place.sorting or not place.problem
        place.asked = msgspec.structs.replace(place.asked, sort=sort, descending=False)
        self.ask_anew()

    def do_results_reverse(self) -> None:
        """Turn the order around."""
        asked = self.place.asked
        self.place.asked = msgspec.structs.replace(asked, descending=not asked.descending)
        self.ask_anew()

    def do_pane_zoom(self) -> None:
        """Give the list the whole screen, or the details their room again."""
        if not self.zoomed and self.app.size.width < WIDE:
            text = _("the list has the whole screen already; {key} shows details")
            self.flash(text.format(key=pressed("results.details")))
            return
        self.zoomed = not self.zoomed
        self.redraw()

    def do_row_copy(self) -> None:
        """Copy the path or address of the row; where it has none, its name."""
        if (row := self.current()) is not None:
            self.console.copy(shown(row.item or self.name_of(row)))

    def anew(self, trail: Breadcrumbs) -> "Results":
        """Return such a screen for the results of another importer."""
        return Results(trail)
