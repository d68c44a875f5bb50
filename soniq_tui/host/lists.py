"""What ``jobs``, ``errors`` and ``log`` print: the long lists of the console, as lines or JSON.

Where an engine runs it is asked; else journal and log file are read as they are.
"""

import asyncio
import time
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
from soniq_tui.host.status import being_made, queue_of
from soniq_tui.host.verbs import INT_MOST, no_batch
from soniq_tui.model.filters import SORTS
from soniq_tui.model.job import HOLDS_SLOT
from soniq_tui.model.results import ResultColumn
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import CauseRow, ErrorRow, JobRow, LogRow, Page, Query, Row, View

ANSWER_S = 5.0
INTERRUPTED = "interrupted"
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
    def query(self) -> Query:
        """The question for a client."""
        newest = -self.limit if self.view is View.LOG else 0
        return Query(
            view=self.view,
            batch_id=self.batch,
            text=self.text,
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
    if asked.batch is not None and not 0 < asked.batch <= INT_MOST:
        raise no_batch(asked.batch)
    known = SORTS.get(asked.view, ())
    if asked.sort and asked.sort not in known:
        raise UsageError(f"{asked.sort[:60]!r} is no order of this list; there are: "
                         f"{', '.join(known)}")  # fmt: skip
    running = holder(checked(settings.data_path)) is not None
    page = asyncio.run(_asked(settings, asked)) if running else _read(settings, asked)
    if as_json:
        rows = [_object(row, running=running) for row in page.rows]
        out.say_json({"total": page.total, "rows": rows})
        return 0
    if not page.rows:
        out.warn("nothing matches" if asked.text else "there are none")
        return 0
    columns, cells = COLUMNS[asked.view], [_cells(row, running=running) for row in page.rows]
    tables.show(columns, cells)
    if page.total > len(page.rows):
        out.warn(f"{len(page.rows):,} of {page.total:,}; --limit shows more")
    return 0


async def _asked(settings: Settings, asked: Asked) -> Page:
    """Ask the engine that runs."""
    folder = settings.data_path
    try:
        async with asyncio.timeout(ANSWER_S):
            client = await RemoteClient.connect(folder)
            try:
                if asked.batch is not None and await client.report(asked.batch) is None:
                    raise no_batch(asked.batch)
                return await client.browse(asked.query)
            finally:
                await client.close()
    except TimeoutError as exc:
        raise EngineError("the engine does not answer") from exc
    except OSError as exc:
        if why := closed(exc, folder):
            raise why from exc
        return _read(settings, asked)  # it has just ended


def _read(settings: Settings, asked: Asked) -> Page:
    """Read what is on disk."""
    if asked.view is View.LOG:
        return Logbook(earlier(settings.data_path / NAME)).page(asked.query)
    path = settings.data_path / "journal.db"
    if not path.exists():
        if asked.batch is not None:
            raise no_batch(asked.batch)
        return Page()
    file = JournalFile(path)
    try:
        if asked.batch is not None and file.batch(asked.batch) is None:
            raise no_batch(asked.batch)
        page = file.page(asked.query)
    except JournalError as exc:
        if being_made(exc):
            return Page()
        raise
    finally:
        file.close()
    return replace(page, rows=tuple(map(_placed, page.rows)))


def _placed(row: Row) -> Row:
    """Name the queue of a job, which the journal leaves to its importer."""
    return replace(row, queue=queue_of(row.importer, row.stage)) if isinstance(row, JobRow) else row


# -------------------------------------------------------------------- printing


def _column(name: str, *, right: bool = False) -> ResultColumn:
    return ResultColumn(name=name, title=name.capitalize(), right=right)


COLUMNS = {
    View.JOBS: (
        _column("job", right=True),
        _column("batch", right=True),
        _column("state"),
        _column("queue"),
        _column("try", right=True),
        _column("items", right=True),
        _column("label"),
        _column("error"),
    ),
    View.ERRORS: (
        _column("job", right=True),
        _column("batch", right=True),
        _column("kind"),
        _column("item"),
        _column("reason"),
    ),
    View.CAUSES: (
        _column("count", right=True),
        _column("batch", right=True),
        _column("kind"),
        _column("stage"),
        _column("reason"),
        _column("sample"),
    ),
    View.LOG: (_column("at"), _column("level"), _column("source"), _column("text")),
}


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


def _object(row: Row, *, running: bool) -> dict[str, object]:
    made: dict[str, object] = msgspec.to_builtins(replace(row))
    made.pop("type", None)
    if isinstance(row, JobRow):
        made["state"] = _state(row, running=running)
    return made
