"""What the person looks at, and what may be done about it.

The functions here are the ``allowed`` of the table in ``keys.py``: they return why an action cannot
be done now, or nothing when it can. No Textual here.
"""

from dataclasses import dataclass

from soniq_tui.model.job import BATCH_ENDED, BatchState, ErrorKind, JobState
from soniq_tui.model.snapshot import BatchView, JobRow, Snapshot

DEFAULT_QUEUE = "extract"
"""The queue that + and - mean where none is in view."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures with one cause, as an action means them."""

    batch_id: int
    stage: str
    kind: ErrorKind
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Situation:
    """What the person looks at: all that ``allowed`` may judge by."""

    screen: str = ""
    snapshot: Snapshot | None = None
    batch: BatchView | None = None
    """The batch under the cursor, or the one that is looked into."""
    job: JobRow | None = None
    cause: Cause | None = None
    queue: str = DEFAULT_QUEUE
    row: bool = False
    """Whether there is a row under the cursor."""
    frozen: bool = False
    can_detach: bool = False
    can_demo: bool = False
    just_cancelled: bool = False
    """A cancel of this console can still be taken back."""


def always(_: Situation) -> str:
    """Return nothing: this may always be done."""
    return ""


def connected(now: Situation) -> str:
    """Return whether the engine is there."""
    return "" if now.snapshot else "the engine is still starting"


def pausable(now: Situation) -> str:
    """Return why the marked row cannot be paused or resumed."""
    if now.job is not None:
        ended = now.job.state not in PAUSABLE_JOBS
        return f"this job is {now.job.state}: nothing to pause" if ended else ""
    if now.batch is None:
        return "no batch is marked"
    if now.batch.state in BATCH_ENDED or now.batch.state is BatchState.CANCELLING:
        return f"this batch is {now.batch.state}: nothing to pause"
    return ""


PAUSABLE_JOBS = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.PAUSING, JobState.PAUSED})
PAUSED_BATCH = frozenset({BatchState.PAUSED, BatchState.PAUSING})
PAUSED_JOB = frozenset({JobState.PAUSED, JobState.PAUSING})
RETRYABLE = frozenset({JobState.FAILED, JobState.CANCELLED, JobState.SET_ASIDE})
CANCELLABLE = PAUSABLE_JOBS


def pause_word(now: Situation) -> str:
    """Return what space does to the marked row."""
    if now.job is not None:
        return "resume" if now.job.state in PAUSED_JOB else "pause"
    return "resume" if now.batch and now.batch.state in PAUSED_BATCH else "pause"


def open_batches(snapshot: Snapshot | None) -> list[BatchView]:
    """Return the batches that have not ended."""
    return [b for b in snapshot.batches if b.state not in BATCH_ENDED] if snapshot else []


def pausable_all(now: Situation) -> str:
    """Return why there is nothing to pause."""
    return connected(now) or ("" if open_batches(now.snapshot) else "no batch is open")


def pause_all_word(now: Situation) -> str:
    """Return what P does."""
    batches = open_batches(now.snapshot)
    return (
        "resume all" if batches and all(b.state in PAUSED_BATCH for b in batches) else "pause all"
    )


def cancellable(now: Situation) -> str:
    """Return why the marked row cannot be cancelled."""
    if now.job is not None:
        gone = now.job.state not in CANCELLABLE
        return f"this job is {now.job.state}: nothing to cancel" if gone else ""
    if now.batch is None:
        return "no batch is marked"
    if now.batch.undo_s is not None:
        return "is being cancelled already; u takes it back"
    if now.batch.state in BATCH_ENDED:
        return f"this batch is {now.batch.state}: nothing to cancel"
    return ""


def undoable(now: Situation) -> str:
    """Return why no cancel can be taken back."""
    pending = now.snapshot and any(b.undo_s is not None for b in now.snapshot.batches)
    return "" if pending or now.just_cancelled else "nothing can be taken back now"


def retryable(now: Situation) -> str:
    """Return why the marked row cannot be retried."""
    if now.cause is not None:
        return ""
    if now.job is not None:
        fine = now.job.state in RETRYABLE
        return "" if fine else f"this job is {now.job.state}: only failed ones are retried"
    if now.batch is None:
        return "no batch is marked"
    failed = now.batch.items.failed or now.batch.state in {BatchState.FAILED, BatchState.CANCELLED}
    return "" if failed else "nothing of this batch has failed"


def any_failed(now: Situation) -> str:
    """Return why there is nothing to retry."""
    batches = now.snapshot.batches if now.snapshot else ()
    return "" if any(b.items.failed for b in batches) else "nothing has failed"


def has_queue(now: Situation) -> str:
    """Return why the queue in view has no slots to change."""
    known = now.snapshot and any(q.name == now.queue for q in now.snapshot.queues)
    return "" if known else f"there is no queue {now.queue}"


def fewer(now: Situation) -> str:
    """Return why the queue in view cannot have fewer slots."""
    if reason := has_queue(now):
        return reason
    slots = (
        next((q.slots for q in now.snapshot.queues if q.name == now.queue), 0)
        if now.snapshot
        else 0
    )
    return "" if slots > 1 else f"{now.queue} has one slot; P pauses everything"


def has_row(now: Situation) -> str:
    """Return why no row can be opened or copied."""
    return "" if now.row else "there is no row here"


def detachable(now: Situation) -> str:
    """Return why the screen cannot be left alone."""
    return "" if now.can_detach else "detach is not possible here"


def demo(now: Situation) -> str:
    """Return why the demo cannot run."""
    return connected(now) or ("" if now.can_demo else "no demo is offered here")
