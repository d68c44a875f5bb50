"""The filters that have a name: one is chosen, or deleted."""

import dataclasses

from textual.app import ComposeResult
from textual.screen import ModalScreen

from soniq_tui.model.text import shown
from soniq_tui.ui import view
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.rows import Column, ListSource, TableRow
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.table import VirtualTable
from soniq_tui.words import _, mark

COLUMNS = (Column(mark("NAME"), 24), Column(mark("FILTER")))


class SavedFilters(ConsoleScreen, ModalScreen[str], inherit_bindings=False):
    """The saved filters of one kind of list; gives the text of the chosen one, or nothing."""

    where = "filters"

    def __init__(self, shelf: str) -> None:
        super().__init__()
        self.shelf = shelf
        self.source = ListSource()
        self.head = Lines(1)
        self.table = VirtualTable(COLUMNS, self.source)

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.table
        yield from self.bottom()

    def on_mount(self) -> None:
        """Show them."""
        self.table.glyphs = self.glyphs
        self.table.focus()
        self.show_filters()

    def redraw(self) -> None:
        """Draw the title."""
        title = _("saved filters")
        self.head.show([view.rule(title, self.app.size.width, self.glyphs)])
        self.offer_keys()

    def show_filters(self) -> None:
        """Show what there is."""
        saved = self.console.memory.saved_filters(self.shelf)
        glyph = self.glyphs.running
        rows = [TableRow(s.name, glyph, "accent", (shown(s.name), shown(s.text))) for s in saved]
        self.source.put(rows)
        self.table.tick()
        if not rows:
            text = _("none yet: {keep} keeps the filter of a list under a name")
            self.flash_line.stand(((" " + text.format(keep=pressed("filter.keep")), "muted"),))
        self.offer_keys()

    def context(self) -> ActionContext:
        """Return whether there is a filter to use or to delete."""
        return dataclasses.replace(super().context(), row=bool(self.name_marked))

    @property
    def name_marked(self) -> str:
        """The name under the cursor; empty where there is none."""
        row = self.table.current
        return str(row.id) if row else ""

    def do_saved_use(self) -> None:
        """Give back the text of the marked one."""
        saved = self.console.memory.saved_filters(self.shelf)
        self.dismiss(next((s.text for s in saved if s.name == self.name_marked), ""))

    def on_virtual_table_opened(self) -> None:
        """Take what was clicked on twice."""
        self.do_saved_use()

    def do_saved_delete(self) -> None:
        """Forget the marked one."""
        if name := self.name_marked:
            self.console.memory.drop_filter(self.shelf, name)
            self.show_filters()
            self.flash(_("deleted {name}").format(name=name), "ok")

    def do_saved_close(self) -> None:
        """Give back nothing."""
        self.dismiss("")
