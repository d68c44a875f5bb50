"""Rows of the journal as rows of lists. Pure."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from soniq_tui.engine.rows import batch_of
from soniq_tui.model.details import AttemptRow, JobDetail
from soniq_tui.model.job import Batch, ErrorKind, Items, JobState
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
        run_s=row["ran_s"] or None,
        error=row["error"],
    )


def _cause_row(row: sqlite3.Row) -> CauseRow:
    return CauseRow(**_of_a_kind(row))


def error_row(row: sqlite3.Row) -> ErrorRow:
    """Return one item that could not be done."""
    return ErrorRow(**_of_a_kind(row))


def _of_a_kind(row: sqlite3.Row) -> dict[str, Any]:
    """Return a row of the journal whose columns are those of the list."""
    return {**dict(row), "kind": ErrorKind(row["kind"])}


def attempt_row(row: sqlite3.Row) -> AttemptRow:
    """Return how one run of a job ended."""
    values = dict(row)
    state, again = JobState(values.pop("state")), bool(values.pop("again"))
    return AttemptRow(**values, state=state, again=again)


def job_detail(row: sqlite3.Row) -> JobDetail:
    """Return what the row of one job tells."""
    return JobDetail(
        job=_job_row(row),
        first_stage=row["first_stage"],
        priority=row["priority"],
        starts=row["fence"],
        retries=row["retries"],
        lane=row["lane"],
        changed_at_s=row["changed_at_s"],
    )


def batch_view(batch: Batch) -> BatchView:
    """Return a batch as the journal tells of it."""
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
    values = dict(row)
    took = json.loads(values.pop("took") or "[]")
    return HistoryRow(**values, took=tuple(took))


def _scale_row(row: sqlite3.Row) -> ScaleRow:
    return ScaleRow(**dict(row))


MAKERS: Mapping[View, Callable[[sqlite3.Row], Row]] = {
    View.JOBS: _job_row,
    View.CAUSES: _cause_row,
    View.ERRORS: error_row,
    View.BATCHES: lambda row: batch_view(batch_of(row)),
    View.HISTORY: _history_row,
    View.SCALES: _scale_row,
}
"""What makes a row of each list from a row of the journal."""
