#!/usr/bin/env python3
"""Make the journal that every later version must be able to load: batches and jobs in every state.

The content is invented. The results, ``tests/data/journal_v*.sqlite``, are committed and never made
anew for a schema that has been released; a new schema gets a file of its own beside them::

    .venv/bin/python scripts/make_journal_fixture.py [FILE]
"""

import argparse
import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import msgspec

from soniq_tui.engine.commit import Commit, Numbers
from soniq_tui.engine.opening import SCHEMA, connect
from soniq_tui.model.details import AttemptRow
from soniq_tui.model.events import (
    AttemptEnded,
    AutoscaleSet,
    BatchChanged,
    Counted,
    ErrorsBooked,
    Event,
    JobAdmitted,
    JobChanged,
    QueueHeld,
    Scaled,
    SlotsResized,
)
from soniq_tui.model.job import (
    BATCH_ENDED,
    HOLDS_SLOT,
    NO_ITEMS,
    Batch,
    BatchState,
    ErrorKind,
    ItemError,
    Items,
    Job,
    JobState,
)
from soniq_tui.model.snapshot import HistoryRow

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "tests" / "data" / f"journal_v{SCHEMA}.sqlite"
NOW_AT_S = 1_790_000_000.0
LARGE_BYTES = 3000


def payload(text: str) -> bytes:
    """Return what the stages of the tests' importer accept."""
    return msgspec.msgpack.encode({"text": text})


def jobs_of(batch_id: int, numbers: Iterator[int]) -> list[Event]:
    """Return a finder and a job in each state, with everything a job can carry."""
    events: list[Event] = []
    finder = Job(
        id=next(numbers),
        batch_id=batch_id,
        importer="fake",
        stage="find",
        first_stage="find",
        key="/invented/library",
        label="/invented/library",
        payload=payload("find"),
        weight=0,
        items=NO_ITEMS,
    )
    half_way = msgspec.structs.replace(
        finder, state=JobState.FAILED, fence=2, payload=payload("half way"), error="it is gone"
    )
    events += [JobAdmitted(job=finder), JobChanged(job=half_way, payload_changed=True)]
    for state in JobState:
        ended = {JobState.DONE: Items(2, 2), JobState.SKIPPED: Items(2, 0, 2)}
        failed = Items(2, 0, 0, 2) if state is JobState.FAILED else Items(2)
        job = Job(
            id=next(numbers),
            batch_id=batch_id,
            importer="fake",
            stage="read",
            first_stage="read",
            key=f"/invented/library/{state.value}",
            label=f"\u00c9t\u00e9 \\xff \u202e {state.value}",
            payload=payload("read") + bytes(LARGE_BYTES * (state is JobState.PAUSED)),
            weight=2,
            items=Items(2),
            lane="host.invalid" if state is JobState.QUEUED else "",
        )
        moved = msgspec.structs.replace(
            job,
            stage="group",
            payload=payload("group"),
            state=state,
            attempt=1,
            fence=3,
            not_before_s=NOW_AT_S + 60 if state is JobState.QUEUED else 0.0,
            items=ended.get(state, failed),
            suspects=(0, 7) if state in HOLDS_SLOT else (),
            deaths=2 if state in HOLDS_SLOT else 0,
            died_at=7 if state in HOLDS_SLOT else -1,
            error="" if state is JobState.DONE else "an invented reason",
            run_s=1.25,
        )
        events += [JobAdmitted(job=job), JobChanged(job=moved, payload_changed=True)]
    return events


def content() -> list[Event]:
    """Return the facts of one batch in each state."""
    numbers = count(1)
    events: list[Event] = []
    for number, state in enumerate(BatchState, 1):
        batch = Batch(
            id=number,
            importer="fake",
            label=f"/invented/{state.value}",
            options=msgspec.msgpack.encode({"names": ["a"]}),
            priority=number - 3,
            state=state,
            items=Items(20, 2, 2, 2),
            added_at_s=NOW_AT_S - 100 * number,
            ended_at_s=NOW_AT_S if state in BATCH_ENDED else None,
            worked_s=12.5,
            error="an invented reason" if state is BatchState.FAILED else "",
        )
        events.append(BatchChanged(batch=batch))
        if state not in BATCH_ENDED:
            events += jobs_of(number, numbers)
    errors = tuple(
        ItemError(item=f"/invented/{kind.value}", stage="read", kind=kind, reason="why", attempts=2)
        for kind in ErrorKind
    )
    booked = ErrorsBooked(batch_id=1, job_id=1, errors=errors)
    failed = next(e.job for e in events if isinstance(e, JobChanged) and e.job.attempt
                  and e.job.state is JobState.FAILED)  # fmt: skip
    return [*events, booked, *runs_of(failed), *of_queues()]


def runs_of(job: Job) -> list[Event]:
    """Return how the runs of a job ended; of the second nobody kept anything."""
    first = AttemptRow(
        fence=1, stage="read", attempt=0, state=JobState.FAILED, again=True, at_s=NOW_AT_S - 90,
        run_s=2.5, reason="host.invalid: no answer",
    )  # fmt: skip
    last = msgspec.structs.replace(
        first, fence=3, stage="group", attempt=1, again=False, run_s=0.5, reason="why \u202e"
    )
    return [AttemptEnded(job_id=job.id, attempt=attempt) for attempt in (first, last)]


def of_queues() -> list[Event]:
    """Return what was set of the queues, and what they did."""
    minute = HistoryRow(
        at_s=NOW_AT_S - 60, batch_id=1, queue="extract", jobs=5, failed=1, items=9, busy_s=12.5
    )
    counted = msgspec.structs.replace(minute, at_s=NOW_AT_S, errors=2, took=(0, 3, 2))
    return [
        SlotsResized(queue="extract", slots=3),
        QueueHeld(queue="extract", held=True),
        AutoscaleSet(queue="scan", on=False),
        Scaled(queue="extract", before=1, after=2, reason="backlog of 40"),
        Counted(rows=(minute, counted)),
    ]


def make(path: Path) -> None:
    """Write the journal as one file without a log beside it."""
    path.unlink(missing_ok=True)
    db: sqlite3.Connection = connect(path)
    db.execute("BEGIN")
    part = Commit(db, lambda monotonic_s: monotonic_s, NOW_AT_S, Numbers.of(db))
    for event in content():
        part.take(event)
    part.flush()
    db.execute("COMMIT")
    db.execute("PRAGMA journal_mode = DELETE")
    db.execute("VACUUM")
    db.close()


def main() -> None:
    """Make the file and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=TARGET)
    path = parser.parse_args().file
    make(path)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
