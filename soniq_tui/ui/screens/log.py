"""The engine's log: newest lines last, followed until one scrolls back."""

from typing import ClassVar

from soniq_tui.model.snapshot import LOG_KEPT, LogRow, Query, View
from soniq_tui.ui import formats, log_rows
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.rows import TableRow
from soniq_tui.ui.screens.detail import Detail
from soniq_tui.ui.screens.lists import LongList
from soniq_tui.words import _


class Log(LongList[LogRow]):
    """The log as a list."""

    where = "log"
    view: ClassVar[View] = View.LOG
    shelf: ClassVar[str] = "log"

    def __init__(self) -> None:
        super().__init__(LogRow, log_rows.COLUMNS)
        self.following = True
        self._read = 0
        """The newest line that was there when the end was last in view."""
        self._fetched: tuple[object, ...] = ()

    def question(self) -> Query:
        """Ask for lines."""
        return Query(view=View.LOG, text=self.filter_text)

    def row_of(self, raw: LogRow) -> TableRow:
        """Return the row of one line."""
        return log_rows.log_row(raw, self.glyphs)

    def id_of(self, raw: LogRow) -> int:
        """Return the number of the line."""
        return raw.id

    def text_of(self, raw: LogRow) -> str:
        """Return one line as it is copied."""
        return log_rows.line_text(raw)

    def row_text(self, raw: LogRow) -> str:
        """Return one line with its traceback, for the pager."""
        return log_rows.line_text(raw) + ("\n" + raw.trace if raw.trace else "")

    def title_text(self) -> str:
        """Return what the list is of."""
        return _("log")

    def nothing_text(self) -> str:
        """Return what to say of an empty log."""
        return _("the engine has said nothing yet")

    @property
    def logged(self) -> int:
        """The number of the newest line."""
        return 0 if self.console.snapshot is None else self.console.snapshot.logged

    def notes(self) -> list[str]:
        """Return what the title tells: also how many lines came since one scrolled back."""
        new = 0 if self.following else self.logged - self._read
        more = _("+{n} new, {key} follows").format(n=formats.count(new), key=pressed("list.follow"))
        return [*super().notes(), *([more] if new > 0 else [])]

    def on_mount(self) -> None:
        """Begin at the end."""
        self._fetched = (id(self.console.client), self.logged)
        self.pages.reset(max(0, min(self.logged, LOG_KEPT) - 1))

    def rows_came(self, error: str) -> None:
        """Remember what is read."""
        if self.following:
            self._read = self.logged
        super().rows_came(error)

    def refresh_rows(self) -> None:
        """Ask again only when something was said."""
        look = (id(self.console.client), self.logged)
        if look != self._fetched:
            self._fetched = look
            super().refresh_rows()

    def do_row_open(self) -> None:
        """Show the line in full."""
        if (row := self.current()) is not None:
            self.app.push_screen(
                Detail(_("log line {id}").format(id=row.id), log_rows.facts_of(row))
            )
