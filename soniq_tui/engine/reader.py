"""Reads the journal: pages of long lists, and what an earlier host left.

Read-only, in its own thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from soniq_tui import sql
from soniq_tui.engine.filter import ERROR_COLUMNS, JOB_COLUMNS, condition
from soniq_tui.engine.rows import batch_of, job_of
from soniq_tui.errors import JournalError
from soniq_tui.model.job import Batch, ErrorKind, Items, Job, JobState
from soniq_tui.model.snapshot import CauseRow, ErrorRow, JobRow, Page, Query, Row, View

SQL = sql.load("soniq_tui.engine", "journal.sql")
T = TypeVar("T")


class JournalFile:
    """A read-only connection; opened on first use, belongs to one thread at a time.

    Raises:
        JournalError: from every method, when the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def _rows(self, text: str, values: Any = ()) -> list[sqlite3.Row]:
        try:
            if self._db is None:
                uri = f"file:{quote(str(self._path))}?mode=ro"
                self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
                self._db.row_factory = sqlite3.Row
                self._db.execute("PRAGMA busy_timeout = 5000")
            return self._db.execute(text, values).fetchall()
        except sqlite3.Error as exc:
            raise JournalError(f"{self._path} cannot be read: {exc}") from exc

    def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def batches(self, newest: int) -> list[Batch]:
        """Return the newest batches, oldest first."""
        return [batch_of(row) for row in self._rows(SQL["newest_batches"], (newest,))][::-1]

    def open_batches(self) -> list[Batch]:
        """Return the batches that have not ended, oldest first."""
        return [batch_of(row) for row in self._rows(SQL["open_batches"])]

    def batch(self, batch_id: int) -> Batch | None:
        """Return one batch, or None."""
        rows = self._rows(SQL["batch"], (batch_id,))
        return batch_of(rows[0]) if rows else None

    def live_jobs(
        self, batch_id: int, monotonic: Callable[[float], float], keep_bytes: int
    ) -> list[Job]:
        """Return the jobs of a batch that have not ended."""
        rows = self._rows(SQL["live_jobs"], (batch_id,))
        return [job_of(row, monotonic, keep_bytes) for row in rows]

    def ended_jobs(self, batch_id: int) -> list[Job]:
        """Return the jobs of a batch that a retry can queue again, without payload."""
        return [job_of(row, float, 0) for row in self._rows(SQL["ended_jobs"], (batch_id,))]

    def jobs(self, ids: Iterable[int]) -> list[Job]:
        """Return jobs by id, ended or not, without payload."""
        listed = "[" + ",".join(map(str, ids)) + "]"
        return [job_of(row, float, 0) for row in self._rows(SQL["jobs_by_id"], (listed,))]

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
        """Return a page of jobs, causes or errors; ``JobRow.queue`` is left empty."""
        columns = JOB_COLUMNS if query.view is View.JOBS else ERROR_COLUMNS
        where, values = condition(query.text, columns)
        values |= {
            "batch_id": query.batch_id,
            "stage": query.stage,
            "kind": query.kind.value if query.kind else None,
            "reason": query.reason,
            "limit": query.limit,
            "offset": query.offset,
        }
        name = query.view.value
        found = self._rows(SQL[f"page_{name}"].replace("{filter}", where), values)
        rows: list[Row] = [_MAKERS[query.view](row) for row in found]
        if query.view is View.CAUSES:
            total = found[0]["n"] if found else 0
        else:
            total = self._rows(SQL[f"count_{name}"].replace("{filter}", where), values)[0][0]
        return Page(rows=tuple(rows), total=total, offset=query.offset)


def _job_row(row: sqlite3.Row) -> JobRow:
    return JobRow(
        id=row["id"],
        batch_id=row["batch_id"],
        importer=row["importer"],
        queue="",
        label=row["label"],
        stage=row["stage"],
        state=JobState(row["state"]),
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


_MAKERS: dict[View, Callable[[sqlite3.Row], Row]] = {
    View.JOBS: _job_row,
    View.CAUSES: _cause_row,
    View.ERRORS: _error_row,
}


class Reader:
    """The journal file behind one thread, so that reading never blocks the event loop."""

    def __init__(self, path: Path) -> None:
        self.file = JournalFile(path)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a method of ``self.file`` in the thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *args)

    def close(self) -> None:
        """End the thread and close the file."""
        self._thread.submit(self.file.close)
        self._thread.shutdown(wait=True)
