"""Why an action on batches, jobs and queues cannot be done now; nothing when it can.

These are the ``allowed`` and ``relabel`` of the tables of keys. No Textual here.
"""

from soniq_tui.model.job import BATCH_ENDED, BatchState, JobState
from soniq_tui.ui.situation import (
    CANCELLABLE,
    HALTABLE,
    PAUSABLE_JOBS,
    PAUSED_BATCH,
    PAUSED_JOB,
    RETRYABLE,
    Situation,
    is_stopped,
    open_batches,
    queue_of,
)


def always(_: Situation) -> str:
    """Return nothing: this may always be done."""
    return ""


def connected(now: Situation) -> str:
    """Return whether the engine is there."""
    if now.lost:
        return "the engine does not answer"
    return "" if now.snapshot else "the engine is still starting"


def freezable(now: Situation) -> str:
    """Return why the marked job cannot be stopped where it is."""
    if now.job is None:
        return "it stops one running job; tab goes to the slots"
    if is_stopped(now):
        return "this job is stopped already; space resumes it"
    return "" if now.job.state in HALTABLE else f"this job is {now.job.state}: nothing to stop"


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


def pause_word(now: Situation) -> str:
    """Return what space does to the marked row."""
    if now.job is not None:
        return "resume" if now.job.state in PAUSED_JOB or is_stopped(now) else "pause"
    return "resume" if now.batch and now.batch.state in PAUSED_BATCH else "pause"


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
