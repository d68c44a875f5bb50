"""Reads the journal: pages of long lists, and what an earlier host left.

Read-only, in its own thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from soniq_tui import sql
from soniq_tui.engine.filter import BATCH_COLUMNS, ERROR_COLUMNS, JOB_COLUMNS, condition
from soniq_tui.engine.rows import batch_of, job_of
from soniq_tui.errors import JournalError
from soniq_tui.model.job import BATCH_ENDED, Batch, ErrorKind, Items, Job, JobState
from soniq_tui.model.snapshot import BatchView, CauseRow, ErrorRow, JobRow, Page, Query, Row, View

SQL = sql.load("soniq_tui.engine", "journal.sql")
T = TypeVar("T")


class Left(NamedTuple):
    """What an earlier host left."""

    batches: list[Batch]
    """By number: those to work on, and the newest that have ended."""
    jobs: dict[int, list[Job]]
    """Jobs that have not ended, by batch."""
    keys: dict[int, list[str]]
    """Keys of all jobs, ended ones included, of the batches to work on."""
    live_ids: frozenset[int]
    """All jobs that have not ended, those of other batches included."""
    last_batch: int
    last_job: int


class JournalFile:
    """A read-only connection; opened on first use, belongs to one thread at a time.

    Args:
        path: the journal.
        queue_of: tells the queue of an importer's stage, where anyone wants to know it.

    Raises:
        JournalError: from every method, when the file cannot be read.
    """

    def __init__(self, path: Path, queue_of: Callable[[str, str], str] | None = None) -> None:
        self._path = path
        self._queue_of = queue_of or (lambda _importer, _stage: "")
        self._db: sqlite3.Connection | None = None

    def _rows(self, text: str, values: Any = ()) -> list[sqlite3.Row]:
        try:
            if self._db is None:
                uri = f"file:{quote(str(self._path))}?mode=ro"
                self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
                self._db.row_factory = sqlite3.Row
                self._db.create_function("queue_of", 2, self._queue_of, deterministic=True)
                self._db.execute("PRAGMA busy_timeout = 5000")
            return self._db.execute(text, values).fetchall()
        except (sqlite3.Error, OverflowError) as exc:
            raise JournalError(f"{self._path} cannot be read: {exc}") from exc

    def _made(self, make: Callable[[sqlite3.Row], T], text: str, values: Any = ()) -> list[T]:
        try:
            return [make(row) for row in self._rows(text, values)]
        except (ValueError, TypeError) as exc:  # a state nobody knows, JSON that is none
            raise JournalError(f"{self._path} is damaged: {exc}") from exc

    def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def batches(self, newest: int) -> list[Batch]:
        """Return the newest batches, oldest first."""
        return self._made(batch_of, SQL["newest_batches"], (newest,))[::-1]

    def open_batches(self) -> list[Batch]:
        """Return the batches that have not ended, oldest first."""
        return self._made(batch_of, SQL["open_batches"])

    def batch(self, batch_id: int) -> Batch | None:
        """Return one batch, or None."""
        return next(iter(self._made(batch_of, SQL["batch"], (batch_id,))), None)

    def left(
        self,
        newest: int,
        only: tuple[int, ...] | None,
        monotonic: Callable[[float], float],
        keep_bytes: int,
    ) -> Left:
        """Return what an earlier host left: of all batches, or only of some.

        Args:
            newest: so many of those that have ended are wanted too.
            only: the batches to work on; None: all that have not ended.
            monotonic: turns wall-clock seconds into monotonic seconds.
            keep_bytes: larger payloads stay in the journal.
        """
        known = {b.id: b for b in self.batches(newest) if b.state in BATCH_ENDED}
        known |= {b.id: b for b in self.open_batches()}
        batches = [known[i] for i in sorted(known) if only is None or i in only]
        ids = [b.id for b in batches if b.state not in BATCH_ENDED]
        return Left(
            batches,
            {i: self.live_jobs(i, monotonic, keep_bytes) for i in ids},
            {i: self.keys(i) for i in ids},
            frozenset(row[0] for row in self._rows(SQL["live_ids"])),
            *self.last_ids(),
        )

    def live_jobs(
        self, batch_id: int, monotonic: Callable[[float], float], keep_bytes: int
    ) -> list[Job]:
        """Return the jobs of a batch that have not ended."""
        make = partial(job_of, monotonic=monotonic, keep_bytes=keep_bytes)
        return self._made(make, SQL["live_jobs"], (batch_id,))

    def ended_jobs(self, batch_id: int) -> list[Job]:
        """Return the jobs of a batch that a retry can queue again, without payload."""
        return self._made(_job_without_payload, SQL["ended_jobs"], {"batch_id": batch_id})

    def jobs(self, ids: Iterable[int]) -> list[Job]:
        """Return jobs by id, ended or not, without payload."""
        listed = "[" + ",".join(map(str, ids)) + "]"
        return self._made(_job_without_payload, SQL["jobs_by_id"], (listed,))

    def keys(self, batch_id: int) -> list[str]:
        """Return the keys of all jobs of a batch."""
        return [row[0] for row in self._rows(SQL["keys"], (batch_id,))]

    def payload(self, job_id: int) -> bytes:
        """Return what a job starts with."""
        rows = self._rows(SQL["payload"], (job_id,))
        if not rows:
            raise JournalError(f"job {job_id} is not in {self._path}")
        payload: bytes = rows[0][0]
        return payload

    def last_ids(self) -> tuple[int, int]:
        """Return the largest batch and job numbers given so far."""
        row = self._rows(SQL["last_ids"])[0]
        return row[0], row[1]

    def queue_depths(self) -> list[tuple[str, str, int]]:
        """Return ``(importer, stage, waiting jobs)`` of all batches that have not ended."""
        return [tuple(row) for row in self._rows(SQL["queue_depths"])]

    def page(self, query: Query) -> Page:
        """Return a page of jobs, causes, errors or batches."""
        where, values = condition(query.text, _COLUMNS[query.view])
        values |= {
            "batch_id": query.batch_id,
            "stage": query.stage,
            "kind": query.kind.value if query.kind else None,
            "reason": query.reason,
            "limit": query.limit,
            "offset": query.offset,
        }
        page, count = (
            SQL[f"{what}_{query.view.value}"]
            .replace("{shown_jobs}", SQL["shown_jobs"])
            .replace("{filter}", where)
            for what in ("page", "count")
        )
        rows = self._made(_MAKERS[query.view], page, values)
        total = self._rows(count, values)[0][0]
        return Page(rows=tuple(rows), total=total, offset=query.offset)


def _job_without_payload(row: sqlite3.Row) -> Job:
    return job_of(row, float, 0)


def _job_row(row: sqlite3.Row) -> JobRow:
    return JobRow(
        id=row["id"],
        batch_id=row["batch_id"],
        importer=row["importer"],
        queue=row["queue"],
        label=row["label"],
        stage=row["stage"],
        state=JobState(row["shown"]),
        attempt=row["attempt"],
        items=Items(row["total"], row["done"], row["skipped"], row["failed"]),
        run_s=row["run_s"] or None,
        error=row["error"],
    )


def _cause_row(row: sqlite3.Row) -> CauseRow:
    return CauseRow(
        batch_id=row["batch_id"],
        importer=row["importer"],
        stage=row["stage"],
        kind=ErrorKind(row["kind"]),
        reason=row["reason"],
        count=row["count"],
        first_at_s=row["first_at_s"],
        last_at_s=row["last_at_s"],
        sample=row["sample"],
    )


def _error_row(row: sqlite3.Row) -> ErrorRow:
    return ErrorRow(
        id=row["id"],
        batch_id=row["batch_id"],
        job_id=row["job_id"],
        item=row["item"],
        stage=row["stage"],
        kind=ErrorKind(row["kind"]),
        reason=row["reason"],
        attempts=row["attempts"],
        at_s=row["at_s"],
    )


def _batch_row(row: sqlite3.Row) -> BatchView:
    batch = batch_of(row)
    return BatchView(
        id=batch.id,
        importer=batch.importer,
        label=batch.label,
        state=batch.state,
        priority=batch.priority,
        items=batch.items,
        added_at_s=batch.added_at_s,
        ended_at_s=batch.ended_at_s,
        worked_s=batch.worked_s,
        error=batch.error,
    )


_COLUMNS = {
    View.JOBS: JOB_COLUMNS,
    View.CAUSES: ERROR_COLUMNS,
    View.ERRORS: ERROR_COLUMNS,
    View.BATCHES: BATCH_COLUMNS,
}
_MAKERS: dict[View, Callable[[sqlite3.Row], Row]] = {
    View.JOBS: _job_row,
    View.CAUSES: _cause_row,
    View.ERRORS: _error_row,
    View.BATCHES: _batch_row,
}


class Reader:
    """The journal file behind one thread, so that reading never blocks the event loop."""

    def __init__(self, path: Path, queue_of: Callable[[str, str], str] | None = None) -> None:
        self.file = JournalFile(path, queue_of)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a method of ``self.file`` in the thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *args)

    async def close(self) -> None:
        """Close the file and end the thread."""
        await self.call(self.file.close)
        self._thread.shutdown(wait=False)
