"""What failed: causes with their counts, and the items behind one."""

import dataclasses
from collections.abc import AsyncIterator, Hashable
from typing import Any, ClassVar, TypeVar

import msgspec

from soniq_tui.model.commands import Retry, Target
from soniq_tui.model.snapshot import CauseRow, ErrorRow, Query, Row, Snapshot, View
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, job_rows
from soniq_tui.ui.action_context import ActionContext, Marked
from soniq_tui.ui.job_commands import cause_of
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.pages import SIZE
from soniq_tui.ui.rows import TableRow
from soniq_tui.ui.screens.lists import LongList
from soniq_tui.words import _, many
from soniq_tui.words.told import told

R = TypeVar("R", bound=Row)


def query_of(cause: CauseRow, text: str = "") -> Query:
    """Return what to ask for the items behind a cause."""
    return Query(
        view=View.ERRORS,
        batch_id=cause.batch_id,
        stage=cause.stage,
        kind=cause.kind,
        reason=cause.reason,
        text=text,
    )


class Failed(LongList[R]):
    """A list of what failed: whoever sees it has looked at the failures."""

    def take(self, snapshot: Snapshot) -> None:
        """Show the engine as it is now."""
        self.console.failures_seen = snapshot.failures
        super().take(snapshot)


class Causes(Failed[CauseRow]):
    """Failures grouped by cause, of one batch or of all."""

    where = "errors"
    view: ClassVar[View] = View.CAUSES
    shelf: ClassVar[str] = "errors"

    def __init__(self, filter_text: str = "", *, batch_id: int | None = None) -> None:
        super().__init__(CauseRow, job_rows.CAUSE_COLUMNS, filter_text)
        self.batch_id = batch_id

    def question(self) -> Query:
        """Ask for causes."""
        return Query(view=View.CAUSES, batch_id=self.batch_id, text=self.filter_text)

    def row_of(self, raw: CauseRow) -> TableRow:
        """Return the row of one cause."""
        return job_rows.cause_row(raw, self.glyphs)

    def id_of(self, raw: CauseRow) -> Hashable:
        """Return what the failures have in common."""
        return (raw.batch_id, raw.stage, raw.kind, raw.reason)

    def title_text(self) -> str:
        """Return the title."""
        if self.batch_id is None:
            return _("errors by cause")
        return _("errors of batch {id}").format(id=self.batch_id)

    def notes(self) -> list[str]:
        """Return what the title tells besides; how those of all batches are seen."""
        others = _("{key} shows all batches").format(key=pressed("go.errors"))
        return [*super().notes(), *([] if self.batch_id is None else [others])]

    def nothing_text(self) -> str:
        """Return what to say of an empty list."""
        return _("nothing has failed")

    def context(self) -> ActionContext:
        """Return the cause under the cursor, and what is marked."""
        return dataclasses.replace(super().context(), cause=self.current(), marked=self.marked())

    def marked(self) -> Marked | None:
        """Return the jobs behind the marked causes; one that failed for two is counted twice."""
        if not self.marks:
            return None
        rows: list[CauseRow] = list(self.marks.rows.values())
        target = Target(causes=tuple(map(cause_of, rows)))
        return Marked(len(rows), sum(row.jobs for row in rows), target, None)

    def do_all_retry(self) -> None:
        """Retry the jobs behind what is marked, else shown; where that is all, everything."""
        of = () if self.batch_id is None else (self.batch_id,)
        if self.marks:
            self.console.do_jobs_retry()
        elif self.filter_text or of:
            jobs = sum(row.jobs for row in self.pages.here())
            ask_shown(self, Target(failures=True, batches=of, text=self.filter_text), jobs)
        else:
            self.console.do_all_retry()

    def do_row_open(self) -> None:
        """Show the items behind the cause."""
        if (row := self.current()) is not None:
            self.app.push_screen(CauseItems(row))

    def text_of(self, raw: CauseRow) -> str:
        """Return the reason."""
        return job_rows.reason_text(raw.reason)

    def export_count(self) -> int:
        """Return how many failed items are behind the causes."""
        rows = self.marks.rows.values() if self.marks else self.pages.here()
        return sum(row.count for row in rows)

    async def export_rows(self) -> AsyncIterator[tuple[Row, ...]]:
        """Give the failed items behind the marked causes, else behind all that are shown."""
        causes: list[Any] = []
        async for rows in super().export_rows():
            causes += rows
        client = self.console.client
        for cause in causes:
            offset, total = 0, 1
            while client is not None and offset < total:
                query = query_of(cause)
                query = msgspec.structs.replace(query, offset=offset, limit=SIZE * 5)
                page = await client.browse(query)
                yield page.rows
                offset, total = offset + SIZE * 5, page.total


class CauseItems(Failed[ErrorRow]):
    """The items that failed for one cause."""

    where = "cause"
    view: ClassVar[View] = View.ERRORS
    shelf: ClassVar[str] = "errors"

    def __init__(self, cause: CauseRow) -> None:
        super().__init__(ErrorRow, job_rows.ERROR_COLUMNS)
        self.cause = cause
        self.batch_id = cause.batch_id

    def question(self) -> Query:
        """Ask for the items."""
        return query_of(self.cause, self.filter_text)

    def row_of(self, raw: ErrorRow) -> TableRow:
        """Return the row of one item."""
        return job_rows.error_row(raw, self.glyphs)

    def id_of(self, raw: ErrorRow) -> int:
        """Return the number of the failure."""
        return raw.id

    def title_text(self) -> str:
        """Return the batch and the cause."""
        batch = _("batch {id}").format(id=self.cause.batch_id)
        return f"{batch}  {job_rows.why_text(self.cause.kind, self.cause.reason)}"

    def context(self) -> ActionContext:
        """Return the cause, whose retry means all its jobs, and what is marked."""
        return dataclasses.replace(
            super().context(),
            cause=None if self.forgotten else self.cause,
            forgotten=self.forgotten,
            failed=self.current(),
            marked=self.marked(),
        )

    def marked(self) -> Marked | None:
        """Return the jobs of the marked items."""
        if not self.marks:
            return None
        jobs = tuple(sorted({row.job_id for row in self.marks.rows.values()}))
        return Marked(len(self.marks.rows), len(jobs), Target(jobs=jobs), None)

    def do_all_retry(self) -> None:
        """Retry the jobs of what is marked, else shown; without a filter of everything."""
        if self.marks:
            self.console.do_jobs_retry()
        elif self.filter_text:
            causes = (cause_of(self.cause),)
            target = Target(failures=True, causes=causes, text=self.filter_text)
            ask_shown(self, target, min(len(self.pages), self.cause.jobs))
        else:
            self.console.do_all_retry()

    def do_row_open(self) -> None:
        """Show the full text of the item."""
        from soniq_tui.ui.screens.detail import Detail

        if (row := self.current()) is not None:

            def below() -> ActionContext:
                return dataclasses.replace(self.context(), failed=row)

            self.app.push_screen(Detail(_("failed item"), facts_of(row), below))

    def text_of(self, raw: ErrorRow) -> str:
        """Return the item's name."""
        return shown(raw.item)


def ask_shown(screen: LongList[Any], target: Target, jobs: int) -> None:
    """Retry the jobs behind all that a list of failures shows, after a question if it is much."""
    if target.text:
        question = many(
            "Retry all behind what the filter shows: at most {n} job?",
            "Retry all behind what the filter shows: at most {n} jobs?",
            jobs,
        )
    else:
        question = many(
            "Retry all that failed in this batch: at most {n} job?",
            "Retry all that failed in this batch: at most {n} jobs?",
            jobs,
        )
    note = _("A job runs again whole: what else failed in it is tried too.")
    command = Retry(target=target)
    screen.console.when_sure(jobs, question, note, command)


def facts_of(row: ErrorRow) -> list[tuple[str, str]]:
    """Return everything known of a failed item, foreign text as it came."""
    tried = many("{n} time", "{n} times", row.attempts)
    return [
        (_("item"), row.item),
        (_("reason"), told(row.reason)),
        (_("kind"), job_rows.kind_text(row.kind)),
        (_("step"), row.stage),
        (_("tried"), tried),
        (_("at"), formats.moment(row.at_s)),
        (_("batch"), str(row.batch_id)),
        (_("job"), str(row.job_id)),
    ]
