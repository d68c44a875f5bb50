"""What ``jobs``, ``errors`` and ``log`` print: the long lists of the console, as lines or JSON.

Where an engine runs it is asked; else journal and log file are read as they are.
"""

import asyncio
import time
from contextlib import closing
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from soniq_tui.api.client import RemoteClient
from soniq_tui.engine.logbook import Logbook
from soniq_tui.engine.reader import JournalFile
from soniq_tui.errors import EngineError, JournalError, UsageError
from soniq_tui.host import out, tables
from soniq_tui.host.lock import checked, closed, holder
from soniq_tui.host.log import NAME, earlier
from soniq_tui.host.report import kind_word
from soniq_tui.host.status import being_made, queue_of
from soniq_tui.host.verbs import known, no_batch
from soniq_tui.model.filters import SORTS, Reader, in_english
from soniq_tui.model.job import HOLDS_SLOT
from soniq_tui.model.results import ResultColumn
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import CauseRow, ErrorRow, JobRow, LogRow, Page, Query, Row, View
from soniq_tui.words import _, mark, typed, use
from soniq_tui.words.told import figures, label, told

ANSWER_S = 5.0
INTERRUPTED = mark("interrupted")
"""What runs according to the journal of a host that has gone."""


class Asked(NamedTuple):
    """A list as the command line asks for it."""

    view: View
    batch: int | None
    text: str
    sort: str
    reverse: bool
    limit: int

    @property
    def _reader(self) -> Reader:
        finds = typed.lines if self.view is View.LOG else typed.reasons
        return Reader(typed.values, finds, typed.figures)

    @property
    def query(self) -> Query:
        """The question for a client."""
        newest = -self.limit if self.view is View.LOG else 0
        return Query(
            view=self.view,
            batch_id=self.batch,
            text=in_english(self.text, self.view, self._reader),
            sort=self.sort,
            reverse=self.reverse,
            offset=newest,
            limit=self.limit,
        )


def show(settings: Settings, asked: Asked, *, as_json: bool) -> int:
    """Print a list; return the exit status.

    Raises:
        UsageError: there is no such batch or column, or the filter means nothing.
        EngineError: the engine does not answer, or the journal cannot be read.
    """
    query = asked.query  # read while the language is in use that a person types
    if as_json:
        use("en")
    known(asked.batch)
    orders = SORTS.get(asked.view, ())
    if asked.sort and asked.sort not in orders:
        text = _("{name} is no order of this list; there are: {known}")
        raise UsageError(text.format(name=repr(asked.sort[:60]), known=", ".join(orders)))
    running = holder(checked(settings.data_path)) is not None
    page = page_of(settings, query, running=running)
    if as_json:
        rows = [_object(row, running=running) for row in page.rows]
        out.say_json({"total": page.total, "rows": rows})
        return 0
    if not page.rows:
        out.warn(_("nothing matches") if asked.text else _("there are none"))
        return 0
    made = [_cells(row, running=running) for row in page.rows]
    columns = COLUMNS[asked.view]
    tables.show(columns, [_said(columns, row) for row in made] if tables.for_people() else made)
    if page.total > len(page.rows):
        tables.tell_more(len(page.rows), page.total)
    return 0


def page_of(settings: Settings, query: Query, *, running: bool) -> Page:
    """Return a page of a list: of the engine where one runs, else of what is on disk.

    Raises:
        EngineError: the engine does not answer, or the journal cannot be read.
    """
    return asyncio.run(_asked(settings, query)) if running else _read(settings, query)


async def _asked(settings: Settings, query: Query) -> Page:
    """Ask the engine that runs."""
    folder = settings.data_path
    try:
        async with asyncio.timeout(ANSWER_S):
            client = await RemoteClient.connect(folder)
            try:
                if query.batch_id is not None and await client.report(query.batch_id) is None:
                    raise no_batch(query.batch_id)
                return await client.browse(query)
            finally:
                await client.close()
    except TimeoutError as exc:
        raise EngineError(_("the engine does not answer")) from exc
    except OSError as exc:
        if why := closed(exc, folder):
            raise why from exc
        return _read(settings, query)  # it has just ended


def _read(settings: Settings, query: Query) -> Page:
    """Read what is on disk."""
    if query.view is View.LOG:
        return Logbook(earlier(settings.data_path / NAME)).page(query)
    if not settings.journal_path.exists():
        if query.batch_id is not None:
            raise no_batch(query.batch_id)
        return Page()
    try:
        with closing(JournalFile(settings.journal_path)) as file:
            if query.batch_id is not None and file.batch(query.batch_id) is None:
                raise no_batch(query.batch_id)
            page = file.page(query)
    except JournalError as exc:
        if being_made(exc):
            return Page()
        raise
    return replace(page, rows=tuple(map(_placed, page.rows)))


def _placed(row: Row) -> Row:
    """Name the queue of a job, which the journal leaves to its importer."""
    return replace(row, queue=queue_of(row.importer, row.stage)) if isinstance(row, JobRow) else row


# -------------------------------------------------------------------- printing


def _column(title: str, *, right: bool = False) -> ResultColumn:
    return ResultColumn(name=title.lower(), title=title, right=right)


COLUMNS = {
    View.JOBS: (
        _column(mark("Job"), right=True),
        _column(mark("Batch"), right=True),
        _column(mark("State")),
        _column(mark("Queue")),
        _column(mark("Try"), right=True),
        _column(mark("Items"), right=True),
        _column(mark("Label")),
        _column(mark("Error")),
    ),
    View.ERRORS: (
        _column(mark("Job"), right=True),
        _column(mark("Batch"), right=True),
        _column(mark("Kind")),
        _column(mark("Item")),
        _column(mark("Reason")),
    ),
    View.CAUSES: (
        _column(mark("Count"), right=True),
        _column(mark("Batch"), right=True),
        _column(mark("Kind")),
        _column(mark("Stage")),
        _column(mark("Reason")),
        _column(mark("Sample")),
    ),
    View.LOG: (
        _column(mark("At")),
        _column(mark("Level")),
        _column(mark("Source")),
        _column(mark("Text")),
    ),
}


WORDS = frozenset({"state", "kind", "level"})
"""Columns with one of few words."""
TEXTS = frozenset({"error", "reason", "text"})
"""Columns with what engine and importers say."""
LABEL = "label"
"""The column with what jobs are called."""


def _state(row: JobRow, *, running: bool) -> str:
    return row.state.value if running or row.state not in HOLDS_SLOT else INTERRUPTED


def _cells(row: Row, *, running: bool) -> tuple[str, ...]:
    match row:
        case JobRow():
            items = f"{row.items.ended:,}/{row.items.total:,}" if row.items.total else ""
            state = _state(row, running=running)
            return (str(row.id), str(row.batch_id), state, row.queue, str(row.attempt + 1),
                    items, row.label, row.error)  # fmt: skip
        case ErrorRow():
            return str(row.job_id), str(row.batch_id), row.kind.value, row.item, row.reason
        case CauseRow():
            return (f"{row.count:,}", str(row.batch_id), row.kind.value, row.stage, row.reason,
                    row.sample)  # fmt: skip
        case LogRow():
            at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.at_s))
            return at, row.level, row.source, row.text
    raise TypeError(type(row).__name__)


def _said(columns: tuple[ResultColumn, ...], row: tuple[str, ...]) -> tuple[str, ...]:
    """Return the cells of a row in the language in use; the words in them are an engine's."""
    return tuple(
        told(cell) if column.name in TEXTS else kind_word(cell) if column.name in WORDS
        else label(cell) if column.name == LABEL
        else figures(cell) if column.right else cell
        for column, cell in zip(columns, row, strict=True)
    )  # fmt: skip


def _object(row: Row, *, running: bool) -> dict[str, object]:
    made: dict[str, object] = msgspec.to_builtins(replace(row))
    made.pop("type", None)
    if isinstance(row, JobRow):
        made["state"] = _state(row, running=running)
    return made
