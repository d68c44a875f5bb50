"""What the person looks at, and what may be done about it.

The functions here are the ``allowed`` of the table in ``keys.py``: they return why an action cannot
be done now, or nothing when it can. No Textual here.
"""

from dataclasses import dataclass

from soniq_tui.model.commands import Target
from soniq_tui.model.job import BATCH_ENDED, BatchState, ErrorKind, JobState
from soniq_tui.model.results import ResultQuery, ResultRow
from soniq_tui.model.snapshot import BatchView, JobRow, QueueView, SlotView, Snapshot

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
    result: ResultRow | None = None
    """The marked row of a list of results."""
    result_query: ResultQuery | None = None
    """What the list of results in view shows."""
    columns: int = 0
    """How many columns the list of results has."""


def always(_: Situation) -> str:
    """Return nothing: this may always be done."""
    return ""


def connected(now: Situation) -> str:
    """Return whether the engine is there."""
    if now.lost:
        return "the engine does not answer"
    return "" if now.snapshot else "the engine is still starting"


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


def freezable(now: Situation) -> str:
    """Return why the marked job cannot be stopped where it is."""
    if now.job is None:
        return "it stops one running job; tab goes to the slots"
    if is_stopped(now):
        return "this job is stopped already; space resumes it"
    return "" if now.job.state in HALTABLE else f"this job is {now.job.state}: nothing to stop"


HALTABLE = frozenset({JobState.RUNNING, JobState.PAUSING})


def movable(now: Situation) -> str:
    """Return why the priority of the marked row cannot be changed."""
    if now.job is not None:
        fine = now.job.state in {JobState.QUEUED, JobState.PAUSED}
        return "" if fine else f"this job is {now.job.state}: only waiting ones have a priority"
    if now.batch is None:
        return "no batch is marked"
    ended = now.batch.state in BATCH_ENDED
    return f"this batch is {now.batch.state}: nothing waits" if ended else ""


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
        return "resume" if now.job.state in PAUSED_JOB or is_stopped(now) else "pause"
    return "resume" if now.batch and now.batch.state in PAUSED_BATCH else "pause"


def open_batches(snapshot: Snapshot | None) -> list[BatchView]:
    """Return the batches that have not ended."""
    return [b for b in snapshot.batches if b.state not in BATCH_ENDED] if snapshot else []


def pausable_all(now: Situation) -> str:
    """Return why there is nothing to pause."""
    if now.filter_text:
        return filtered(now)
    return connected(now) or ("" if open_batches(now.snapshot) else "no batch is open")


def pause_all_word(now: Situation) -> str:
    """Return what P does."""
    if now.filter_text:
        return "resume shown" if now.shown_paused else "pause shown"
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


def filtered(now: Situation) -> str:
    """Return why there are no jobs that a filter shows."""
    if not now.filter_text:
        return "no filter is set; / sets one"
    return connected(now) or ("" if now.shown else "the filter shows no job")


def retry_all_word(now: Situation) -> str:
    """Return what R does."""
    return "retry shown" if now.filter_text else "retry all"


def any_failed(now: Situation) -> str:
    """Return why there is nothing to retry."""
    if now.filter_text:
        return filtered(now)
    batches = now.snapshot.batches if now.snapshot else ()
    return "" if any(b.items.failed for b in batches) else "nothing has failed"


def has_queue(now: Situation) -> str:
    """Return why the queue in view has no slots to change."""
    return "" if queue_of(now) else f"there is no queue {now.queue}"


def queue_of(now: Situation) -> QueueView | None:
    """Return the queue in view."""
    queues = now.snapshot.queues if now.snapshot else ()
    return next((q for q in queues if q.name == now.queue), None)


def hold_word(now: Situation) -> str:
    """Return what space does to the queue in view."""
    queue = queue_of(now)
    return "release" if queue is not None and queue.held else "hold"


def fewer(now: Situation) -> str:
    """Return why the queue in view cannot have fewer slots."""
    if reason := has_queue(now):
        return reason
    queue = queue_of(now)
    slots = queue.slots if queue else 0
    return "" if slots > 1 else f"{now.queue} has one slot; Q and space hold a queue"


def has_row(now: Situation) -> str:
    """Return why no row can be opened or copied."""
    return "" if now.row else "there is no row here"


def detachable(now: Situation) -> str:
    """Return why the screen cannot be left alone."""
    return "" if now.can_detach else "detach is not possible here"


ELSEWHERE = "start `soniq-tui demo` in another window"


def demo(now: Situation) -> str:
    """Return why the demo cannot run."""
    if not now.can_demo:
        return "no demo is offered here"
    if reason := connected(now):
        return reason
    if now.snapshot and (now.snapshot.active or now.snapshot.depth or open_batches(now.snapshot)):
        return f"work is running; {ELSEWHERE}"
    return f"the engine is elsewhere; {ELSEWHERE}" if now.attached else ""


def stoppable(now: Situation) -> str:
    """Return why the engine cannot be stopped from here without leaving."""
    if not now.attached:
        return "this console holds the engine: q leaves and asks"
    return connected(now)


def rereadable(now: Situation) -> str:
    """Return why the marked result cannot be read again."""
    if now.result is None:
        return "there is no row here"
    if now.result.kind in GATHERED or not now.result.item.startswith("/"):
        return "only files are read again; enter leads to them"
    return connected(now)


GATHERED = frozenset({"artist", "album", "genre", "playlist", "check", "folder", "year"})
"""Kinds of results that stand for more than one file."""


def retry_word(now: Situation) -> str:
    """Return what r does to the marked result."""
    return "read again" if now.result and now.result.kind == "track" else "retry"


def savable(now: Situation) -> str:
    """Return why the list in view makes no playlist."""
    asked = now.result_query
    if asked is None or not (asked.text or asked.key):
        return "it keeps a search or an opened list; / searches"
    return connected(now) if now.row else "the list is empty"


def deletable(now: Situation) -> str:
    """Return why nothing is to be deleted."""
    if now.result is None or now.result.kind != "playlist":
        return "only playlists can be deleted"
    return connected(now)


def sortable(now: Situation) -> str:
    """Return why there is nothing to sort."""
    return "" if now.columns else "the list is not here yet"
