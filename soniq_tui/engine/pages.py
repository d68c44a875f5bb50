"""Rows of the journal as rows of lists, and what the filter of each list knows. Pure."""

import sqlite3
from collections.abc import Callable, Mapping

from soniq_tui.engine.filter import (
    BATCH_COLUMNS,
    ERROR_COLUMNS,
    HISTORY_COLUMNS,
    JOB_COLUMNS,
    SCALE_COLUMNS,
)
from soniq_tui.engine.rows import batch_of
from soniq_tui.model.job import ErrorKind, Items, JobState
from soniq_tui.model.snapshot import (
    BatchView,
    CauseRow,
    ErrorRow,
    HistoryRow,
    JobRow,
    Row,
    ScaleRow,
    View,
)


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


def _history_row(row: sqlite3.Row) -> HistoryRow:
    return HistoryRow(**dict(row))


def _scale_row(row: sqlite3.Row) -> ScaleRow:
    return ScaleRow(**dict(row))


COLUMNS: Mapping[View, Mapping[str, str]] = {
    View.JOBS: JOB_COLUMNS,
    View.CAUSES: ERROR_COLUMNS,
    View.ERRORS: ERROR_COLUMNS,
    View.BATCHES: BATCH_COLUMNS,
    View.HISTORY: HISTORY_COLUMNS,
    View.SCALES: SCALE_COLUMNS,
}
"""What the words of a filter mean in each list."""
MAKERS: Mapping[View, Callable[[sqlite3.Row], Row]] = {
    View.JOBS: _job_row,
    View.CAUSES: _cause_row,
    View.ERRORS: _error_row,
    View.BATCHES: _batch_row,
    View.HISTORY: _history_row,
    View.SCALES: _scale_row,
}
"""What makes a row of each list from a row of the journal."""
