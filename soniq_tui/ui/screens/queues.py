"""The queues: what waits, how many slots work and why, what was scaled."""

import dataclasses

import msgspec
from textual.app import ComposeResult

from soniq_tui.model.snapshot import Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, queue_rows, view
from soniq_tui.ui.action_context import ActionContext, queue_in
from soniq_tui.ui.export import record
from soniq_tui.ui.rows import ListSource
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.sorting import QUEUE_SORTS, Sorting, ordered
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.table import VirtualTable
from soniq_tui.words import _

FRAME_ROWS = 5
"""Title, table header, rule and the two lines at the foot."""
EVENTS_MOST = 10


class Queues(ConsoleScreen):
    """One row for each queue, those in use first; scale events take only what room is left."""

    where = "queues"

    def __init__(self) -> None:
        super().__init__()
        self.head = Lines(1, id="title")
        self.source = ListSource()
        self.table = VirtualTable(queue_rows.COLUMNS, self.source, id="list")
        self.rule = Lines(1, id="rule")
        self.events = Lines(EVENTS_MOST, id="events")
        self.sorting = Sorting()
        self._events_rows = -1
        """For how many the screen was laid out."""

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.banner_line
        yield self.table
        yield self.rule
        yield self.events
        yield from self.bottom()

    def on_mount(self) -> None:
        """Let the keys move in the table."""
        self.table.focus()

    def take(self, snapshot: Snapshot) -> None:
        """Show the queues as they are now."""
        width, height = self.app.size
        glyphs = self.glyphs
        self.table.draw_with(glyphs)
        self.head.show([self.title_line(snapshot)])
        queues = tuple(ordered(snapshot.queues, self.sorting, QUEUE_SORTS))
        self.source.put(
            queue_rows.queue_rows(msgspec.structs.replace(snapshot, queues=queues), glyphs)
        )
        room = height - FRAME_ROWS - len(self.banner) - len(snapshot.queues)
        most = max(0, min(EVENTS_MOST, room, len(snapshot.scaled)))
        self.set_class(bool(most), "-events")
        if self._events_rows != most:  # the height "auto" of the style sheet has the value 1
            self._events_rows = self.events.styles.height = most
        self.rule.show([view.rule(_("scale events"), width, glyphs)])
        self.events.show(queue_rows.scale_lines(snapshot, width, most, glyphs))
        self.table.show_order(self.sorting.by, self.sorting.arrow(glyphs))
        self.table.tick()

    def title_line(self, snapshot: Snapshot) -> view.Line:
        """Return how many queues there are, and the engine's state at the right end."""
        used = sum(queue.in_use for queue in snapshot.queues)
        text = _("queues  {all}, {n} in use").format(n=used, all=len(snapshot.queues))
        text = "  ".join(("", text, self.sorting.text(self.glyphs)))
        return self.title_of(lambda room: formats.cut_right(text, room, self.glyphs))

    # What is marked.

    @property
    def marked(self) -> str:
        """The name of the queue under the cursor; empty before there is one."""
        row = self.table.current
        return str(row.id) if row else ""

    def context(self) -> ActionContext:
        """Return the marked queue."""
        name = self.marked
        return dataclasses.replace(super().context(), queue=name, row=bool(name))

    def do_list_sort(self) -> None:
        """Sort by the next column that is seen; after the last in the natural order."""
        self.sort_by(self.sorting.next(self.table.columns, self.table.size.width))

    def do_list_reverse(self) -> None:
        """Turn the order around."""
        self.sort_by(self.sorting.turned())

    def sort_by(self, sorting: Sorting) -> None:
        """Take another order; the cursor stays on its queue."""
        self.sorting = sorting
        self.redraw()

    def on_virtual_table_cursor_moved(self) -> None:
        """What may be done depends on the row."""
        self.offer_keys()

    def on_virtual_table_opened(self) -> None:
        """Open what was clicked on twice."""
        self.do_row_open()

    def do_row_open(self) -> None:
        """Show the jobs of the marked queue."""
        from soniq_tui.ui.screens.jobs import Jobs

        if name := self.marked:
            self.app.push_screen(Jobs(filter_text=f"queue:{name}"))

    def full_text(self) -> str:
        """Return all figures of the marked queue, for the pager."""
        if (found := queue_in(self.console.snapshot, self.marked)) is None:
            return ""
        return "\n".join(f"{name:<12} {value}" for name, value in record(found).items()) + "\n"

    def do_row_copy(self) -> None:
        """Copy the queue's name."""
        self.console.copy(shown(self.marked))
