"""What the engine answers to commands, in words. Pure."""

from typing import Any

from soniq_tui.model.commands import Autoscale, Hold, Resize
from soniq_tui.model.events import BatchChanged, Event, JobChanged
from soniq_tui.model.job import JobState
from soniq_tui.model.snapshot import UndoView
from soniq_tui.words import _, figure, many, mark, steps

NO_MATCH = mark("nothing there that matches")
NO_FAILURE = mark("nothing there that failed")
UNWRITTEN = mark("done; written down as soon as there is room again")
NAMED_MOST = 5
"""Of so many batches that stay it is said why."""
UNDONE = (
    *(mark("cancel"), mark("pause"), mark("resume"), mark("priority")),
    *(mark("hold"), mark("release"), mark("autoscale")),
)
"""What a :class:`UndoView` tells, to be translated."""


def of_queue(command: Resize | Hold | Autoscale, running: int) -> str:
    """Return what was done to a queue, of whose jobs so many are running."""
    queue = command.queue
    if isinstance(command, Resize):
        text = many("{queue}: {n} slot", "{queue}: {n} slots", command.slots)
        return text.format(queue=queue)
    if isinstance(command, Autoscale):
        on, off = (
            _("{queue}: the engine chooses its slots"),
            _("{queue}: autoscale off, it has all its slots"),
        )
        return (on if command.on else off).format(queue=queue)
    if not command.held:
        return _("{queue}: goes on").format(queue=queue)
    text = _("{queue}: held, draining {n}") if running else _("{queue}: held")
    return text.format(queue=queue, n=running)


def not_now(why: str) -> str:
    """Return why nothing can be read at the moment."""
    return _("not now: {why}").format(why=why)


def queued_again(jobs: int, failed: int) -> str:
    """Return how many jobs a retry has queued, and how many items of theirs had failed."""
    text = many("{n} job queued again", "{n} jobs queued again", jobs)
    if not failed:
        return text
    items = many("{n} item had failed", "{n} items had failed", failed)
    return steps([text, items])


def forgotten(count: int, others: list[str]) -> str:
    """Return how many batches were forgotten, and why others were not; nothing: already gone."""
    text = many("{n} batch forgotten", "{n} batches forgotten", count)
    before, whys = others.count(""), [why for why in others if why]
    said = [text] if count or not before else []
    if before:
        text = many("{n} was forgotten already", "{n} were forgotten already", before)
        said.append(text)
    return steps([*said, *whys[:NAMED_MOST]])


def taken_back(view: UndoView) -> str:
    """Return that something was taken back."""
    return _("taken back: {what}").format(what=undone(view))


def nothing_left(view: UndoView) -> str:
    """Return that nothing is left to take back of it."""
    return _("{what}: nothing of it is left").format(what=undone(view))


def undone(view: UndoView) -> str:
    """Return what was done, of what is taken back."""
    if view.what == "slots":
        text = _("slots of {queue} {after} -> {before}")
        return text.format(queue=view.queue, after=view.after, before=view.before)
    of = [view.queue] if view.queue else []
    if view.batches:
        of.append(many("{n} batch", "{n} batches", view.batches))
    if view.jobs:
        of.append(many("{n} job", "{n} jobs", view.jobs))
    things = _("{one} and {other}").format(one=of[0], other=of[1]) if len(of) > 1 else of[0]
    return _("{what} of {things}").format(what=_(view.what), things=things)


def paused(events: list[Event]) -> str:
    """Return what a pause does to jobs that run; nothing where none does."""
    jobs = [e.job for e in events if isinstance(e, JobChanged) and e.job.state is JobState.PAUSING]
    frozen = sum(job.frozen for job in jobs)
    words = []
    if stopping := len(jobs) - frozen:
        text = many(
            "{n} running job stops at the next item",
            "{n} running jobs stop at the next item",
            stopping,
        )
        words.append(text)
    if frozen:
        text = many(
            "{n} job stands still, and the clock with it",
            "{n} jobs stand still, and the clock with it",
            frozen,
        )
        words.append(text)
    return steps(words)


def priority(events: list[Event]) -> str:
    """Return the new priority, where it is one."""
    new: list[Any] = [e.batch.priority for e in events if isinstance(e, BatchChanged)]
    new = new or [e.job.priority for e in events if isinstance(e, JobChanged)]
    if new and min(new) == max(new):
        return _("priority {n}").format(n=min(new))
    return _("priorities changed")


def cancelled(jobs: int, seconds: float) -> str:
    """Return when a cancel that can be taken back becomes true; who asked says how to do that."""
    if jobs > 1:
        text = _("{n} jobs cancelled in {seconds} s")
        return text.format(n=figure(jobs), seconds=f"{seconds:.0f}")
    return _("cancelled in {seconds} s").format(seconds=f"{seconds:.0f}")
