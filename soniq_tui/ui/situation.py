"""What the person looks at, for whoever judges what may be done about it. No Textual here."""

from dataclasses import dataclass

from soniq_tui.model.commands import Target
from soniq_tui.model.job import BATCH_ENDED, BatchState, JobState
from soniq_tui.model.results import ResultQuery, ResultRow
from soniq_tui.model.snapshot import BatchView, CauseRow, JobRow, QueueView, SlotView, Snapshot

DEFAULT_QUEUE = "extract"
"""The queue that + and - mean where none is in view."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the person looks at: all that ``allowed`` may judge by."""

    screen: str = ""
    snapshot: Snapshot | None = None
    batch: BatchView | None = None
    """The batch under the cursor, or the one that is looked into."""
    job: JobRow | None = None
    cause: CauseRow | None = None
    """Failures with one cause, under the cursor or looked into."""
    queue: str = DEFAULT_QUEUE
    row: bool = False
    """Whether there is a row under the cursor."""
    filter_text: str = ""
    """The filter of the list in view."""
    shown: int = 0
    """How many rows the list in view has, seen or not."""
    shown_paused: bool = False
    """Of the rows that are seen some are paused and none could be."""
    frozen: bool = False
    can_detach: bool = False
    attached: bool = False
    """The engine is another process's; this console only watches."""
    lost: bool = False
    """The engine of another process does not answer at the moment."""
    can_demo: bool = False
    just_cancelled: bool = False
    """A cancel of this console can still be taken back."""
    replaying: bool = False
    """What is seen is a recording."""
    result: ResultRow | None = None
    """The marked row of a list of results."""
    result_query: ResultQuery | None = None
    """What the list of results in view shows."""
    columns: int = 0
    """How many columns the list of results has."""


def stopped_jobs(snapshot: Snapshot | None) -> frozenset[int]:
    """Return the ids of the jobs that are stopped where they are; only their slots tell."""
    slots = snapshot.slots if snapshot else ()
    return frozenset(s.job_id for s in slots if s.frozen and s.job_id is not None)


def is_meant(slot: SlotView, target: Target) -> bool:
    """Return whether a target can mean the job of a slot, as far as the slot tells."""
    if target.jobs:
        return slot.job_id in target.jobs
    return not target.batches or slot.batch_id in target.batches


def is_stopped(now: Situation) -> bool:
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


def queue_of(now: Situation) -> QueueView | None:
    """Return the queue in view."""
    queues = now.snapshot.queues if now.snapshot else ()
    return next((q for q in queues if q.name == now.queue), None)
