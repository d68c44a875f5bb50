"""What failed: causes with their counts, and the items behind one."""

import dataclasses

from soniq_tui.model.snapshot import CauseRow, ErrorRow, Query, View
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, job_rows
from soniq_tui.ui.rows import TableRow
from soniq_tui.ui.screens.lists import LongList
from soniq_tui.ui.situation import Situation


class Causes(LongList[CauseRow]):
    """Failures grouped by cause."""

    where = "errors"

    def __init__(self) -> None:
        super().__init__(CauseRow, job_rows.CAUSE_COLUMNS)

    def question(self) -> Query:
        """Ask for causes."""
        return Query(view=View.CAUSES, text=self.filter_text)

    def row_of(self, raw: CauseRow) -> TableRow:
        """Return the row of one cause."""
        return job_rows.cause_row(raw, self.glyphs)

    def title_text(self) -> str:
        """Return the title."""
        return "errors by cause"

    def nothing_text(self) -> str:
        """Return what to say of an empty list."""
        return "nothing has failed"

    def situation(self) -> Situation:
        """Return the marked cause."""
        row = self.current()
        now = super().situation()
        return dataclasses.replace(now, cause=row, row=True) if row else now

    def do_row_open(self) -> None:
        """Show the items behind the cause."""
        if (row := self.current()) is not None:
            self.app.push_screen(CauseItems(row))

    def do_row_copy(self) -> None:
        """Copy the reason."""
        if (row := self.current()) is not None:
            self.console.copy(shown(row.reason))


class CauseItems(LongList[ErrorRow]):
    """The items that failed for one cause."""

    where = "cause"

    def __init__(self, cause: CauseRow) -> None:
        super().__init__(ErrorRow, job_rows.ERROR_COLUMNS)
        self.cause = cause

    def question(self) -> Query:
        """Ask for the items."""
        cause = self.cause
        return Query(
            view=View.ERRORS,
            batch_id=cause.batch_id,
            stage=cause.stage,
            kind=cause.kind,
            reason=cause.reason,
            text=self.filter_text,
        )

    def row_of(self, raw: ErrorRow) -> TableRow:
        """Return the row of one item."""
        return job_rows.error_row(raw, self.glyphs)

    def title_text(self) -> str:
        """Return the cause."""
        return f"{job_rows.kind_text(self.cause.kind)}: {self.cause.reason}"

    def situation(self) -> Situation:
        """Return the cause; its retry means all its jobs."""
        now = super().situation()
        return dataclasses.replace(now, cause=self.cause, row=self.current() is not None)

    def do_row_open(self) -> None:
        """Show the full text of the item."""
        from soniq_tui.ui.screens.detail import Detail

        if (row := self.current()) is not None:
            self.app.push_screen(Detail("failed item", facts_of(row)))

    def do_row_copy(self) -> None:
        """Copy the item's name."""
        if (row := self.current()) is not None:
            self.console.copy(shown(row.item))


def facts_of(row: ErrorRow) -> list[tuple[str, str]]:
    """Return everything known of a failed item, foreign text as it came."""
    return [
        ("item", row.item),
        ("reason", row.reason),
        ("kind", job_rows.kind_text(row.kind)),
        ("step", row.stage),
        ("tried", formats.plural(row.attempts, "time")),
        ("at", formats.moment(row.at_s)),
        ("batch", str(row.batch_id)),
        ("job", str(row.job_id)),
    ]
