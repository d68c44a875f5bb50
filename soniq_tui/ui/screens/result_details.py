"""The details of the row under the cursor: beside its list, or on a screen of their own."""

from textual import work
from textual.timer import Timer

from soniq_tui.errors import SoniqError
from soniq_tui.model.results import DetailQuery, ResultDetail, ResultRow
from soniq_tui.ui import cells, result_rows
from soniq_tui.ui.actions import can
from soniq_tui.ui.screens.result_commands import ResultCommands
from soniq_tui.ui.widgets.pane import DetailPane
from soniq_tui.words import _

REST_S = 0.15
"""The details are asked for when the cursor has rested for so long."""


class ResultDetails(ResultCommands):
    """A screen of results that shows details."""

    def __init__(self) -> None:
        super().__init__()
        self.pane = DetailPane(id="pane")
        self._detail_of: ResultRow | None = None
        """Whose details the pane shows, or has asked for."""
        self._rest: Timer | None = None

    def wait_for_rest(self) -> None:
        """Ask for details once the cursor has rested on a row whose details are not shown."""
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        if self.has_class("-wide") and self.current() != self._detail_of:
            self._rest = self.set_timer(REST_S, self.rested)

    def rested(self) -> None:
        """Ask for the details of the row under the cursor."""
        self._rest = None
        if self.console.line_busy:
            self.wait_for_rest()
            return
        self._detail_of = row = self.current()
        if row is None:
            self.pane.show(ResultDetail(), self.glyphs)
        else:
            self.show_detail(row)

    @work(group="detail", exclusive=True)
    async def show_detail(self, row: ResultRow) -> None:
        """Show the details of a row beside the list."""
        detail = await self.ask_detail(row, self.pane.pixels)
        if detail is not None and row == self._detail_of and self.is_mounted:
            self.pane.show(detail, self.glyphs)

    async def ask_detail(self, row: ResultRow, pixels: int) -> ResultDetail | None:
        """Return everything about a row, or in its place why it cannot be told."""
        client = self.console.client
        if client is None:
            return None
        asked = DetailQuery(
            importer=self.trail.importer,
            kind=row.kind,
            key=row.key,
            picture=0 if row.kind in result_rows.FACELESS else pixels,
        )
        try:
            return await client.detail(asked)
        except (SoniqError, OSError) as error:
            return ResultDetail(title=self.name_of(row), facts=((_("problem"), str(error)),))

    async def do_results_details(self) -> None:
        """Show everything about the marked row on a screen of its own."""
        from soniq_tui.ui.screens.result_item import ResultItem, picture_room

        if (row := self.current()) is None:
            return
        detail = await self.ask_detail(row, cells.pixels_wanted(*picture_room(*self.app.size)))
        if detail is not None and self.app.screen is self:
            self.app.push_screen(ResultItem(detail, row.item))

    async def do_row_page(self) -> None:
        """Show everything about the marked row in the pager."""
        if (row := self.current()) is None:
            self.flash(can.no_row(self.context()))
            return
        detail = await self.ask_detail(row, cells.LEAST_PIXELS)
        if detail is not None and self.app.screen is self:
            await self.console.page(result_rows.full_text(detail))
