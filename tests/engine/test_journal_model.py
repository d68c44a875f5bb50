"""The journal file against a model of it."""

import random
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.engine.opening import connect
from soniq_tui.model.commands import Target
from soniq_tui.model.job import (
    BatchState,
    Checkpoint,
    Items,
    JobState,
    Outcome,
)
from tests.engine.journals import commit, rows
from tests.engine.strategies import Book, fault, finder, payload_of, scheduler, spawn

ALL_JOBS = """
    SELECT id, state, stage, total, done, skipped, failed, attempt, fence,
      coalesce(now, origin), (SELECT count(*) FROM error WHERE job_id = job.id)
    FROM job LEFT JOIN payload ON payload.job_id = job.id
"""


@pytest.mark.parametrize("seed", range(8))
def test_the_file_agrees_with_the_model(tmp_path: Path, seed: int) -> None:  # noqa: C901  a history
    """Whatever happened and wherever commits fell, the file says what the model journal says."""
    rng = random.Random(seed)
    book, pending, now_s = Book(), [], 100.0
    path = tmp_path / "journal.db"
    db = connect(path)
    engine = scheduler()
    running = []

    def wrote(events: list) -> None:
        book.apply(events)
        pending.extend(events)
        if rng.random() < 0.3:
            commit(db, pending)
            pending.clear()

    for step in range(250):
        now_s += rng.random()
        match rng.choice(["submit", "start", "start", "start", "finish", "finish", "act", "retry"]):
            case "submit" if len(book.batches) < 9:
                spawns = [
                    finder(str(step)),
                    *(spawn(str(n), stage="read", items=3) for n in range(4)),
                ]
                wrote(engine.submit("fake", "x", b"", spawns, now_s=now_s, now_at_s=now_s)[1])
            case "start":
                if started := engine.start_next(now_s):
                    wrote(started[2])
                    running.append(started[0])
            case "finish" if running:
                job = running.pop(rng.randrange(len(running)))
                wrote(_ended(engine, job, rng, now_s))
            case "act" if book.batches:
                target = Target(batches=(rng.choice(list(book.batches)),))
                verb = rng.choice([engine.pause, engine.resume, engine.resume, engine.cancel])
                extra = () if verb == engine.resume else (now_s,)
                wrote(verb(target, now_s, *extra))
            case "retry" if book.batches:
                batch = book.batches[rng.choice(list(book.batches))]
                again = [j for j in book.of(batch.id) if j.state is JobState.FAILED]
                wrote(engine.retry(batch, again, book.keys(batch.id), now_s)[1])
    commit(db, pending)
    db.close()
    assert len(book.jobs) > 20
    written = {row[0]: row[1:] for row in rows(path, ALL_JOBS)}
    assert written.keys() == book.jobs.keys()
    for job in book.jobs.values():
        row = written[job.id]
        items = job.items
        assert row[:2] == (job.state.value, job.stage)
        assert row[2:6] == (items.total, items.done, items.skipped, items.failed)
        assert row[6:8] == (job.attempt, job.fence)
        assert row[9] == len(book.errors.get(job.id, []))
        if job.state not in {JobState.DONE, JobState.SKIPPED}:
            assert row[8] == book.payload(job.id)
    text = "SELECT id, state, total, done, skipped, failed FROM batch ORDER BY id"
    assert rows(path, text) == [
        (b.id, b.state.value, b.items.total, b.items.done, b.items.skipped, b.items.failed)
        for b in book.batches.values()
    ]


def _ended(engine: Any, job: Any, rng: random.Random, now_s: float) -> list:
    following = engine.route(job.importer, job.stage).following
    kind = rng.choice(["done"] * 5 + ["failed", "retry", "back", "stop", "part"])
    if kind == "part":
        part = Checkpoint(
            payload=payload_of(job.stage) + b" ",
            spawned=(spawn(f"more {now_s}", stage="read"),),
        )
        events = engine.checkpoint(job, part, now_s)
        outcome = Outcome(state=JobState.PAUSED)
        return [*events, *engine.finish(job, outcome, now_s, now_s)]
    if kind == "done":
        outcome = Outcome(
            state=JobState.DONE,
            payload=payload_of(following) if following else b"",
            items=Items(failed=1) if job.items.left else Items(),
            errors=(fault(),) if job.items.left else (),
        )
    elif kind == "stop":
        outcome = Outcome(state=JobState.PAUSED)
    else:
        outcome = Outcome(
            state=JobState.FAILED, retryable=kind == "retry", back=kind == "back", reason="why"
        )
    return engine.finish(job, outcome, now_s, now_s)


def test_batch_states_are_words() -> None:
    """The words in the file are the words on screen, in lower case."""
    assert all(state.value == state.value.lower() for state in (*BatchState, *JobState))
