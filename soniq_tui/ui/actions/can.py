"""Why an action on batches, jobs and queues cannot be done now; nothing when it can.

These are the ``allowed`` and ``relabel`` of the tables of keys. No Textual here.
"""

from soniq_tui.model.job import BATCH_ENDED, BatchState, JobState
from soniq_tui.model.snapshot import BatchView, JobRow, Snapshot
from soniq_tui.ui.action_context import (
    CANCELLABLE,
    HALTABLE,
    PAUSABLE_JOBS,
    PAUSED_BATCH,
    PAUSED_JOB,
    RETRYABLE,
    ActionContext,
    batch_in,
    is_stopped,
    open_batches,
    queue_of,
)
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.relaunch import meant
from soniq_tui.words import _, mark


def always(_now: ActionContext) -> str:
    """Return nothing: this may always be done."""
    return ""


def connected(now: ActionContext) -> str:
    """Return whether the engine is there."""
    if now.lost:
        return _("the engine does not answer")
    return "" if now.snapshot else _("the engine is still starting")


def _missing(now: ActionContext, what: str) -> str:
    if now.idle:
        return _("this slot is idle")
    return _("the list is not here yet") if now.due else what


ROWS = frozenset({"jobs", "errors", "cause"})
"""Screens with a list whose rows are no batches."""


def no_batch(now: ActionContext) -> str:
    """Return that no batch or job is meant, or that nobody knows yet which."""
    if now.screen in ROWS:
        return no_row(now)
    return _missing(now, _("no batch is marked"))


def no_row(now: ActionContext) -> str:
    """Return that no row is meant, or that nobody knows yet which."""
    return _missing(now, _("there is no row here"))


def empty(now: ActionContext) -> str:
    """Return that the list has no row, or that nobody knows yet whether it has."""
    return _missing(now, _("the list is empty"))


def has_panes(now: ActionContext) -> str:
    """Return that the dashboard has no lists yet."""
    if now.screen != "dash" or now.snapshot is None:
        return ""
    return has_batches(now)


def has_batches(now: ActionContext) -> str:
    """Return that there is no batch yet, or that nobody knows."""
    if now.snapshot is None or now.snapshot.batches:
        return connected(now)
    return _("there is no batch yet; {key} starts one").format(key=pressed("batch.new"))


def repeatable(now: ActionContext) -> str:
    """Return why no batch can be started again."""
    if now.replaying:
        return _("this is a recording: nothing is started in it")
    return connected(now) or ("" if meant(now) is not None else no_batch(now))


def freezable(now: ActionContext) -> str:
    """Return why what is meant cannot be stopped where it is."""
    if now.marked is not None:
        return _of_marked(now, HALTABLE | PAUSABLE_JOBS)
    if now.idle:
        return no_batch(now)
    if now.job is None:
        return _("it stops one running job; {key} goes to the slots").format(
            key=pressed("pane.next")
        )
    if is_stopped(now):
        return _("this job is stopped already; {key} resumes it").format(key=pressed("jobs.pause"))
    if now.job.state in HALTABLE:
        return ""
    return _("this job is {state}: nothing to stop").format(state=_(now.job.state))


def movable(now: ActionContext) -> str:
    """Return why the priority of what is meant cannot be changed."""
    if now.marked is not None:
        return _of_marked(now, PAUSABLE_JOBS)
    if now.job is not None:
        if now.job.state in {JobState.QUEUED, JobState.PAUSED}:
            return ""
        text = _("this job is {state}: only waiting ones have a priority")
        return text.format(state=_(now.job.state))
    if now.batch is None:
        return no_batch(now)
    if now.batch.state not in BATCH_ENDED:
        return ""
    return _("this batch is {state}: nothing waits").format(state=_(now.batch.state))


def _of_marked(now: ActionContext, states: frozenset[JobState]) -> str:
    """Return why nothing of what is marked is in one of some states; what is unknown may be."""
    known = now.marked.states if now.marked is not None else None
    return "" if known is None or known & states else _("nothing that is marked can be: unmark it")


def cancel_word(now: ActionContext) -> str:
    """Return what c does."""
    return _("cancel marked") if now.marked is not None else _("cancel")


def retry_word(now: ActionContext) -> str:
    """Return what r does."""
    return _("retry marked") if now.marked is not None else _("retry")


def slots_word(now: ActionContext) -> str:
    """Return of which queue the slots are."""
    return _("slots {queue}").format(queue=now.queue) if now.queue else _("slots")


def autoscale_word(now: ActionContext) -> str:
    """Return which queue a scales."""
    return _("autoscale {queue}").format(queue=now.queue) if now.queue else _("autoscale")


def has_rows(now: ActionContext) -> str:
    """Return why there is nothing to take out of the list."""
    return connected(now) or ("" if now.row or now.shown else empty(now))


def filter_keepable(now: ActionContext) -> str:
    """Return why no filter can be kept under a name."""
    return (
        ""
        if now.filter_text
        else _("no filter is set; {key} sets one").format(key=pressed("list.filter"))
    )


def any_marked(now: ActionContext) -> str:
    """Return why nothing can be unmarked."""
    return "" if now.marked is not None else _("nothing is marked")


def follow_word(now: ActionContext) -> str:
    """Return what f does."""
    return _("stay") if now.following else _("follow")


def waits_with_batch(job: JobRow, snapshot: Snapshot | None) -> str:
    """Return that a job is paused because its batch is, and what helps; empty where that is not so.

    It goes on with its batch and not before, whether it was paused by itself as well or not.
    """
    batch = batch_in(snapshot, job.batch_id) if job.state is JobState.PAUSED else None
    if batch is None or batch.state not in PAUSED_BATCH:
        return ""
    text = _("its batch is {state}; {key} on the batch resumes it")
    return text.format(state=_(str(batch.state)), key=pressed("jobs.pause"))


def pausable(now: ActionContext) -> str:
    """Return why what is meant cannot be paused or resumed."""
    if now.marked is not None:
        return _of_marked(now, PAUSABLE_JOBS)
    if now.job is not None:
        if now.job.state in PAUSABLE_JOBS:
            return waits_with_batch(now.job, now.snapshot)
        return _("this job is {state}: nothing to pause").format(state=_(now.job.state))
    if now.batch is None:
        return no_batch(now)
    if now.batch.state in BATCH_ENDED or now.batch.state is BatchState.CANCELLING:
        return _("this batch is {state}: nothing to pause").format(state=_(now.batch.state))
    return ""


def pause_word(now: ActionContext) -> str:
    """Return what space does to what is meant."""
    if now.marked is not None:
        states = now.marked.states or frozenset()
        resumes = bool(states & PAUSED_JOB) and not states & (PAUSABLE_JOBS - PAUSED_JOB)
        return _("resume marked") if resumes else _("pause marked")
    if now.job is not None:
        paused = now.job.state in PAUSED_JOB or is_stopped(now)
    else:
        paused = now.batch is not None and now.batch.state in PAUSED_BATCH
    return _("resume") if paused else _("pause")


def pausable_all(now: ActionContext) -> str:
    """Return why there is nothing to pause."""
    if now.filter_text:
        return filtered(now)
    return connected(now) or ("" if open_batches(now.snapshot) else _("no batch is open"))


def pause_all_word(now: ActionContext) -> str:
    """Return what P does."""
    if now.filter_text:
        return _("resume shown") if now.shown_paused else _("pause shown")
    batches = open_batches(now.snapshot)
    paused = bool(batches) and all(b.state in PAUSED_BATCH for b in batches)
    return _("resume all") if paused else _("pause all")


def cancellable(now: ActionContext) -> str:
    """Return why what is meant cannot be cancelled."""
    if now.marked is not None:
        return _of_marked(now, CANCELLABLE)
    if now.job is not None:
        if now.job.state in CANCELLABLE:
            return ""
        return _("this job is {state}: nothing to cancel").format(state=_(now.job.state))
    return no_batch(now) if now.batch is None else _batch_cancellable(now.batch)


def _batch_cancellable(batch: BatchView) -> str:
    if batch.undo_s is not None:
        text = _("is being cancelled already; {key} takes it back")
        return text.format(key=pressed("jobs.undo"))
    if batch.state in BATCH_ENDED:
        return _("this batch is {state}: nothing to cancel").format(state=_(batch.state))
    return ""


def forgettable(now: ActionContext) -> str:
    """Return why what is meant cannot be forgotten."""
    if now.replaying:
        return _("this is a recording: nothing in it can be changed")
    if now.marked is not None:
        over = (now.marked.states or frozenset()) <= {str(state) for state in BATCH_ENDED}
        return connected(now) if over else _("not all that is marked has ended: unmark it")
    if now.job is not None:
        text = _("only whole batches are forgotten; {key} leads there")
        return text.format(key=pressed("pane.next"))
    if now.batch is None:
        return no_batch(now)
    if now.batch.state not in BATCH_ENDED:
        text = _("this batch is {state}: only what has ended can be forgotten")
        return text.format(state=_(now.batch.state))
    return connected(now)


def undoable(now: ActionContext) -> str:
    """Return why nothing can be taken back."""
    known = now.snapshot is not None and now.snapshot.undo is not None
    return "" if known or now.just_done else _("nothing can be taken back now")


def undo_word(now: ActionContext) -> str:
    """Return what u takes back."""
    undo = now.snapshot.undo if now.snapshot is not None else None
    if undo is None:
        return _("undo")
    if undo.what == "slots":
        return _("undo: {queue} {after} -> {before}").format(
            queue=undo.queue, after=undo.after, before=undo.before
        )
    return _("undo {what}").format(what=_(undo.what) + (f" {undo.queue}" if undo.queue else ""))


def retryable(now: ActionContext) -> str:
    """Return why what is meant cannot be retried."""
    if now.marked is not None:
        return _of_marked(now, RETRYABLE)
    if now.cause is not None:
        text = _("its job has not ended: nothing to retry; a watch takes back what has mended")
        return "" if now.cause.jobs else text
    if now.job is not None:
        if now.job.state in RETRYABLE:
            return ""
        text = _("this job is {state}: only failed ones are retried")
        return text.format(state=_(now.job.state))
    if now.batch is None:
        gone = _("batch {id} was forgotten").format(id=now.forgotten)
        return gone if now.forgotten else no_batch(now)
    failed = now.batch.items.failed or now.batch.state in {BatchState.FAILED, BatchState.CANCELLED}
    return "" if failed else _("nothing of this batch has failed")


def filtered(now: ActionContext) -> str:
    """Return why there are no jobs that a filter shows."""
    if not now.filter_text:
        return _("no filter is set; {key} sets one").format(key=pressed("list.filter"))
    return connected(now) or ("" if now.shown else _("the filter shows no job"))


def freeze_word(now: ActionContext) -> str:
    """Return what . does to the view."""
    return _("go on") if now.frozen else _("freeze")


def retry_all_word(now: ActionContext) -> str:
    """Return what R does."""
    if now.marked is not None:
        return _("retry marked")
    return _("retry shown") if now.filter_text else _("retry all")


def any_failed(now: ActionContext) -> str:
    """Return why there is nothing to retry."""
    if now.marked is not None:
        return _of_marked(now, RETRYABLE)
    if now.filter_text:
        return filtered(now)
    batches = now.snapshot.batches if now.snapshot else ()
    return "" if any(b.items.failed for b in batches) else _("nothing has failed")


def has_queue(now: ActionContext) -> str:
    """Return why the queue in view has no slots to change."""
    if not now.queue:
        return _("no queue is in use")
    return "" if queue_of(now) else _("there is no queue {queue}").format(queue=now.queue)


def hold_word(now: ActionContext) -> str:
    """Return what space does to the queue in view."""
    queue = queue_of(now)
    return _("release") if queue is not None and queue.held else _("hold")


def fewer(now: ActionContext) -> str:
    """Return why the queue in view cannot have fewer slots."""
    if reason := has_queue(now):
        return reason
    queue = queue_of(now)
    slots = queue.slots if queue else 0
    if slots > 1:
        return ""
    return _("{queue} has one slot; {screen} and {key} hold a queue").format(
        queue=now.queue, screen=pressed("go.queues"), key=pressed("queue.hold")
    )


def has_row(now: ActionContext) -> str:
    """Return why no row can be opened or copied."""
    return "" if now.row else no_row(now)


def detachable(now: ActionContext) -> str:
    """Return why the screen cannot be left alone."""
    return "" if now.can_detach else _("detach is not possible here")


WORK_RUNS = mark("work is running; start `soniq-tui demo` in another window")
ENGINE_ELSEWHERE = mark("the engine is elsewhere; start `soniq-tui demo` in another window")


def demo(now: ActionContext) -> str:
    """Return why the demo cannot run."""
    if not now.can_demo:
        return _("no demo is offered here")
    if reason := connected(now):
        return reason
    if now.snapshot and (now.snapshot.active or now.snapshot.depth or open_batches(now.snapshot)):
        return _(WORK_RUNS)
    return _(ENGINE_ELSEWHERE) if now.attached else ""


def stoppable(now: ActionContext) -> str:
    """Return why the engine cannot be stopped from here without leaving."""
    if not now.attached:
        text = _("this console holds the engine: {key} leaves and asks")
        return text.format(key=pressed("app.quit"))
    return connected(now)
