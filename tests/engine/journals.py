"""Journals for tests: rows written without a thread, and read back as they are."""

import asyncio
import os
import sqlite3
import traceback
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from soniq_tui.engine import crash
from soniq_tui.engine.commit import Commit, Numbers
from soniq_tui.engine.opening import connect
from soniq_tui.model.events import BatchChanged, Event, JobAdmitted
from soniq_tui.model.job import Batch, Items, Job
from tests.engine.strategies import payload_of


def a_batch(batch_id: int = 1, **fields: Any) -> Batch:
    fields = {"importer": "fake", "label": f"batch {batch_id}", "options": b""} | fields
    return Batch(id=batch_id, **fields)


def a_job(job_id: int = 1, **fields: Any) -> Job:
    fields = {
        "batch_id": 1,
        "importer": "fake",
        "stage": "read",
        "first_stage": "read",
        "key": f"key {job_id}",
        "label": f"label {job_id}",
        "payload": payload_of("read"),
        "items": Items(total=1),
    } | fields
    return Job(id=job_id, **fields)


def admitted(*jobs: Job, batch: Batch | None = None) -> list[Event]:
    """Return the facts of a batch with jobs."""
    return [BatchChanged(batch=batch or a_batch()), *(JobAdmitted(job=job) for job in jobs)]


def commit(db: sqlite3.Connection, events: Iterable[Event], now_at_s: float = 1000.0) -> None:
    """Write facts in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    part = Commit(db, lambda monotonic_s: monotonic_s, now_at_s, Numbers.of(db))
    for event in events:
        part.take(event)
    part.flush()
    db.execute("COMMIT")


def write(path: Path, events: Iterable[Event], now_at_s: float = 1000.0) -> None:
    """Write facts into a journal file in one transaction."""
    db = connect(path)
    commit(db, events, now_at_s)
    db.close()


def rows(path: Path, text: str) -> list[tuple[Any, ...]]:
    """Read with a connection of its own, which sees only what was committed."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return db.execute(text).fetchall()
    finally:
        db.close()


def in_a_fork(write: Callable[[], Coroutine[Any, Any, None]], at: str) -> int:
    """Return how a fork of this process ended that was to be killed at a point and its pass.

    As by ``TEST_SONIQ_CRASH_AT``, without the start of another Python.
    """
    pid = os.fork()
    if not pid:
        status = 1
        try:
            crash._NAME, _, passes = at.partition(":")
            crash._left = int(passes or 1)
            asyncio.run(write())
            status = 0
        except Exception:  # noqa: BLE001  nobody else tells of it
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
