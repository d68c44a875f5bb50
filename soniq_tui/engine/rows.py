"""Between rows of the journal and the words of the model. Pure."""

import json
import math
import sqlite3
from collections.abc import Callable

from soniq_tui.engine.ledger import plain
from soniq_tui.model.job import Batch, BatchState, ItemError, Items, Job, JobState

Values = tuple[object, ...]
INT_MOST = 2**63 - 1
"""What SQLite holds."""


def _int(value: int) -> int:
    """Return what fits: a stage that counts wrongly must not stop the journal."""
    return max(-INT_MOST, min(INT_MOST, value))


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


def job_values(
    job: Job, wall: Callable[[float], float], now_at_s: float, payload: bytes | None
) -> Values:
    """Return what may change in a job, in the column order of ``move_job``.

    ``wall`` turns monotonic seconds into wall-clock seconds, 0 into 0.
    """
    return (
        job.stage,
        payload,
        job.priority,
        job.state.value,
        job.attempt,
        job.fence,
        wall(job.not_before_s),
        *_counts(job.items),
        json.dumps(job.suspects),
        job.retries,
        plain(job.error),
        job.run_s if math.isfinite(job.run_s) else 0.0,  # NaN is NULL there
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
        job.payload,
        _int(job.weight),
        plain(job.lane),
    )


def error_values(batch_id: int, job_id: int, error: ItemError, now_at_s: float) -> Values:
    """Return an item that could not be done in the column order of ``book_error``."""
    return (
        batch_id,
        job_id,
        plain(error.item),
        error.stage,
        error.kind.value,
        plain(error.reason),
        _int(error.attempts),
        now_at_s,
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
        retries=row["retries"],
        error=row["error"],
        lane=row["lane"],
        run_s=row["run_s"],
    )
