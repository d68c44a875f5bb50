"""Between rows of the journal and the words of the model. Pure."""

import json
import math
import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from soniq_tui.model.bounds import INT_MOST
from soniq_tui.model.details import AttemptRow
from soniq_tui.model.job import Batch, BatchState, ItemError, Items, Job, JobState
from soniq_tui.model.snapshot import HistoryRow
from soniq_tui.model.text import plain

Values = tuple[object, ...]
KEEP_BYTES = 1024
"""Payloads above this leave memory once they are in the journal."""


class QueueControl(NamedTuple):
    """What was ever set of a queue; None: never."""

    slots: int | None = None
    held: bool | None = None
    autoscaled: bool | None = None


def _int(value: int) -> int:
    """Return what fits: a stage that counts wrongly must not stop the journal."""
    return max(-INT_MOST, min(INT_MOST, value))


def _finite(value: float) -> float:
    """Return a number: NaN is NULL there."""
    return value if math.isfinite(value) else 0.0


def _counts(items: Items) -> tuple[int, int, int, int]:
    return _int(items.total), _int(items.done), _int(items.skipped), _int(items.failed)


def batch_values(batch: Batch) -> Values:
    """Return a batch in the column order of ``put_batch``."""
    return (
        batch.id,
        batch.importer,
        plain(batch.label),
        batch.options,
        batch.priority,
        batch.state.value,
        *_counts(batch.items),
        batch.added_at_s,
        batch.ended_at_s,
        batch.worked_s,
        plain(batch.error),
    )


def job_values(job: Job, wall: Callable[[float], float], now_at_s: float) -> Values:
    """Return what may change in a job, in the column order of ``move_job``.

    ``wall`` turns monotonic seconds into wall-clock seconds, 0 into 0.
    """
    return (
        job.stage,
        job.priority,
        job.state.value,
        job.attempt,
        job.fence,
        wall(job.not_before_s),
        *_counts(job.items),
        json.dumps(job.suspects) if job.suspects else "[]",
        job.deaths,
        _int(job.died_at),
        job.retries,
        plain(job.error),
        _finite(job.run_s),
        now_at_s,
        job.id,
    )


def identity_values(job: Job) -> Values:
    """Return what never changes in a job, in the order that follows in ``add_job``."""
    return (
        job.batch_id,
        job.importer,
        job.first_stage,
        job.key,
        plain(job.label),
        _int(job.weight),
        plain(job.lane),
    )


def error_values(
    number: int, batch_id: int, job_id: int, error: ItemError, now_at_s: float
) -> Values:
    """Return an item that could not be done in the column order of ``book_error``."""
    return (
        number,
        batch_id,
        job_id,
        plain(error.item),
        error.stage,
        error.kind.value,
        plain(error.reason),
        _int(error.attempts),
        now_at_s,
    )


def history_values(number: int, row: HistoryRow) -> Values:
    """Return what a queue did in a minute in the column order of ``add_history``."""
    counts = _int(row.jobs), _int(row.failed), _int(row.items)
    took = json.dumps(row.took, separators=(",", ":")) if row.took else None
    return (
        number, _finite(row.at_s), row.batch_id, row.queue, *counts, _finite(row.busy_s),
        row.errors, took,
    )  # fmt: skip


def attempt_values(job_id: int, row: AttemptRow) -> Values:
    """Return a run that ended in the column order of ``add_attempt``."""
    return (
        job_id,
        row.fence,
        row.stage,
        row.attempt,
        row.state.value,
        row.again,
        _finite(row.at_s),
        _finite(row.run_s),
        plain(row.reason),
    )


def batch_of(row: sqlite3.Row) -> Batch:
    """Return a batch from a row of ``batch``."""
    return Batch(
        id=row["id"],
        importer=row["importer"],
        label=row["label"],
        options=row["options"],
        priority=row["priority"],
        state=BatchState(row["state"]),
        items=Items(row["total"], row["done"], row["skipped"], row["failed"]),
        added_at_s=row["added_at_s"],
        ended_at_s=row["ended_at_s"],
        worked_s=row["worked_s"],
        error=row["error"],
    )


def job_of(row: sqlite3.Row, monotonic: Callable[[float], float], keep_bytes: int) -> Job:
    """Return a job from a row; a payload of more than ``keep_bytes`` stays in the journal.

    ``monotonic`` turns wall-clock seconds into monotonic seconds, 0 into 0.
    """
    payload: bytes = row["payload"]
    stored = not payload or len(payload) > keep_bytes
    return Job(
        id=row["id"],
        batch_id=row["batch_id"],
        importer=row["importer"],
        stage=row["stage"],
        first_stage=row["first_stage"],
        key=row["key"],
        label=row["label"],
        payload=b"" if stored else payload,
        stored=stored,
        priority=row["priority"],
        state=JobState(row["state"]),
        attempt=row["attempt"],
        fence=row["fence"],
        not_before_s=monotonic(row["not_before_at_s"]),
        weight=row["weight"],
        items=Items(row["total"], row["done"], row["skipped"], row["failed"]),
        suspects=tuple(json.loads(row["suspects"])),
        deaths=row["deaths"],
        died_at=row["died_at"],
        retries=row["retries"],
        error=row["error"],
        lane=row["lane"],
        run_s=row["run_s"],
    )
