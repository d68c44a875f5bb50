"""What is on screen and under the cursor: all that an action may be judged by. No Textual here."""

from dataclasses import dataclass

from soniq_tui.model.commands import Target
from soniq_tui.model.job import BATCH_ENDED, BatchState, JobState
from soniq_tui.model.results import ResultQuery, ResultRow
from soniq_tui.model.snapshot import (
    BatchView,
    CauseRow,
    ErrorRow,
    JobRow,
    QueueView,
    SlotView,
    Snapshot,
)

EVERYTHING = "all"
"""The list of results, where an importer has it, that a search over all of them shows."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Rows that are marked, for an action on all of them."""

    count: int
    """How many rows."""
    jobs: int
    """How many jobs a command on them means, at most."""
    target: Target
    states: frozenset[str] | None
    """In which states they are; None where nobody knows of all."""


@dataclass(frozen=True, slots=True)
class ActionContext:
    """What ``allowed`` of an action may judge by."""

    screen: str = ""
    snapshot: Snapshot | None = None
    batch: BatchView | None = None
    """The batch under the cursor, or the one that is looked into."""
    job: JobRow | None = None
    cause: CauseRow | None = None
    """Failures with one cause, under the cursor or looked into."""
    marked: Marked | None = None
    queue: str = ""
    """The queue that + and - mean; empty where none is in use."""
    row: bool = False
    """Whether there is a row under the cursor."""
    idle: bool = False
    """The cursor is on a slot that runs no job."""
    due: bool = False
    """The row under the cursor is still on its way."""
    filter_text: str = ""
    """The filter of the list in view."""
    shown: int = 0
    """How many rows the list in view has, seen or not."""
    shown_paused: bool = False
    """Of the rows that are seen some are paused and none could be."""
    following: bool = False
    """The list follows what is newest."""
    frozen: bool = False
    can_detach: bool = False
    attached: bool = False
    """The engine is another process's; this console only watches."""
    lost: bool = False
    """The engine of another process does not answer at the moment."""
    can_demo: bool = False
    just_done: bool = False
    """This console did something a moment ago; what can be taken back is on its way."""
    replaying: bool = False
    """What is seen is a recording."""
    result: ResultRow | None = None
    """The marked row of a list of results."""
    result_query: ResultQuery | None = None
    """What the list of results in view shows."""
    importers: int = 0
    """How many importers have results to look at; 0: nobody knows yet."""
    searches_all: bool = False
    """The results in view can be searched all at once."""
    columns: int = 0
    """How many columns the list of results has."""
    failed: ErrorRow | None = None
    """The failed item under the cursor."""
    forgotten: int = 0
    """The batch that all in view was of, where it is gone."""
    sources: bool = False
    """What is read in full has the text it was made of beside it."""


def batch_in(snapshot: Snapshot | None, batch_id: object) -> BatchView | None:
    """Return a batch by its number; None where nobody knows it."""
    batches = snapshot.batches if snapshot else ()
    return next((batch for batch in batches if batch.id == batch_id), None)


def queue_in(snapshot: Snapshot | None, name: str) -> QueueView | None:
    """Return a queue by its name."""
    queues = snapshot.queues if snapshot else ()
    return next((queue for queue in queues if queue.name == name), None)


def failing_batch(now: ActionContext, of: int | None = None) -> int | None:
    """Return the number of the batch in view where it has failures, and others have some, too.

    ``of`` is the one that a list in view is of. None: nothing parts its failures from all.
    """
    of = now.job.batch_id if of is None and now.job is not None else of
    if now.snapshot is None:
        return None
    batch = now.batch or batch_in(now.snapshot, of)
    return batch.id if batch and parts_failures(batch, now.snapshot) else None


def parts_failures(batch: BatchView, snapshot: Snapshot) -> bool:
    """Say whether a batch has failures, and others have some, too."""
    return 0 < batch.items.failed < snapshot.failures


def jobs_paused(batch: BatchView, snapshot: Snapshot) -> int:
    """Return how many jobs a batch that is not paused itself has left, where all are paused.

    What waits and is in no queue is paused; 0 while something waits for a slot, or runs.
    """
    if batch.state is not BatchState.RUNNING or batch.running or batch.undo_s is not None:
        return 0
    return 0 if any(queue.depth for queue in snapshot.queues) else batch.waiting


def stopped_jobs(snapshot: Snapshot | None) -> frozenset[int]:
    """Return the ids of the jobs that are stopped where they are; only their slots tell."""
    slots = snapshot.slots if snapshot else ()
    return frozenset(s.job_id for s in slots if s.frozen and s.job_id is not None)


def is_meant(slot: SlotView, target: Target) -> bool:
    """Return whether a target can mean the job of a slot, as far as the slot tells."""
    if target.jobs:
        return slot.job_id in target.jobs
    return not target.batches or slot.batch_id in target.batches


def is_stopped(now: ActionContext) -> bool:
    """Return whether the marked job is stopped where it is."""
    return now.job is not None and now.job.id in stopped_jobs(now.snapshot)


HALTABLE = frozenset({JobState.RUNNING, JobState.PAUSING})
PAUSABLE_JOBS = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.PAUSING, JobState.PAUSED})
PAUSED_BATCH = frozenset({BatchState.PAUSED, BatchState.PAUSING})
PAUSED_JOB = frozenset({JobState.PAUSED, JobState.PAUSING})
RETRYABLE = frozenset({JobState.FAILED, JobState.CANCELLED, JobState.SET_ASIDE})
CANCELLABLE = PAUSABLE_JOBS


def open_batches(snapshot: Snapshot | None) -> list[BatchView]:
    """Return the batches that have not ended."""
    return [b for b in snapshot.batches if b.state not in BATCH_ENDED] if snapshot else []


def queue_of(now: ActionContext) -> QueueView | None:
    """Return the queue in view."""
    return queue_in(now.snapshot, now.queue)


def queue_for(snapshot: Snapshot | None, batch_id: int | None = None) -> str:
    """Return the queue that is meant where a batch is in view, or none is.

    Of the queues where it has jobs in slots the one with most jobs waiting, for that one holds it
    up; where it has none, and where no batch is in view, of all that are in use. Empty: none is.
    """
    if snapshot is None:
        return ""
    running = {s.queue for s in snapshot.slots if batch_id is not None and s.batch_id == batch_id}
    used = [q for q in snapshot.queues if q.name in running]
    used = used or [q for q in snapshot.queues if q.in_use]
    return max(used, key=lambda q: (q.depth, q.slots)).name if used else ""
