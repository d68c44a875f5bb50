"""Between rows of the journal and the words of the model. Pure."""

import json
import sqlite3
from collections.abc import Callable

from soniq_tui.model.job import Batch, BatchState, Items, Job, JobState

Values = tuple[object, ...]


def batch_values(batch: Batch) -> Values:
    """Return a batch in the column order of ``put_batch``."""
    items = batch.items
    return (
        batch.id,
        batch.importer,
        batch.label,
        batch.options,
        batch.priority,
        batch.state.value,
        items.total,
        items.done,
        items.skipped,
        items.failed,
        batch.added_at_s,
        batch.ended_at_s,
        batch.worked_s,
        batch.error,
    )


def job_values(
    job: Job, wall: Callable[[float], float], now_at_s: float, payload: bytes | None
) -> Values:
    """Return what may change in a job, in the column order of ``move_job``.

    ``wall`` turns monotonic seconds into wall-clock seconds, 0 into 0.
    """
    items = job.items
    return (
        job.stage,
        payload,
        job.priority,
        job.state.value,
        job.attempt,
        job.fence,
        wall(job.not_before_s),
        items.total,
        items.done,
        items.skipped,
        items.failed,
        json.dumps(job.suspects),
        job.error,
        job.run_s,
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
        job.label,
        job.payload,
        job.weight,
        job.lane,
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
        error=row["error"],
        lane=row["lane"],
        run_s=row["run_s"],
    )
