"""One job in lines: facts, why it waits, its runs, what failed in it, what it said; pure.

Everything that comes from outside passes ``shown()`` here or before.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from soniq_tui.model.details import AttemptRow, JobDetail
from soniq_tui.model.job import HOLDS_SLOT, Items, JobState
from soniq_tui.model.snapshot import ErrorRow, JobRow, QueueView, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.model.waiting import held_back
from soniq_tui.ui import formats, forms, job_rows, rows
from soniq_tui.ui.action_context import PAUSED_BATCH, batch_in, queue_in, stopped_jobs
from soniq_tui.ui.actions.can import waits_with_batch
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.view import EMPTY, VALUE_CHARS, Facts, Line, fact_lines, rule
from soniq_tui.words import _, heading, labelled, many, mark
from soniq_tui.words.told import label, told

RUNS_IN_PANE = 4
"""So many runs are shown where there is little room; the newest."""
ERRORS_IN_PANE = 3
STOPPED = mark("stopped where it is; its clock stands still, {key} resumes it")
GONE = mark("its batch was forgotten")
LOST = mark("it has left its slot; the list of jobs knows more")


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a job at one moment."""

    job: JobRow
    detail: JobDetail | None = None
    """None until the engine has told."""
    fetched_at_s: float = 0.0
    """When it told, wall clock."""
    output: Sequence[str] = ()
    missed: int = 0
    """Lines of the output that are gone."""
    lost: bool = False
    """It was running when last seen, and nobody knows where it is now."""
    gone: bool = False
    """It was forgotten with its batch: what is here is what was known."""
    places: tuple[str, ...] = ()
    """Words that a command needs to mean the same data directory as this console."""


def why_waiting(  # noqa: PLR0911  one for each reason
    job: JobRow,
    snapshot: Snapshot | None,
    detail: JobDetail | None = None,
    fetched_at_s: float = 0.0,
) -> str:
    """Return why a job does not run; empty when it does or has ended."""
    if why := waits_with_batch(job, snapshot):
        return why
    if job.state is JobState.PAUSED:
        return _("it is paused; {key} resumes it").format(key=pressed("jobs.pause"))
    if job.state is not JobState.QUEUED or snapshot is None:
        return ""
    batch = batch_in(snapshot, job.batch_id)
    if batch is not None and batch.state in PAUSED_BATCH:
        return _("its batch is {state}").format(state=_(str(batch.state)))
    queue = queue_in(snapshot, job.queue)
    if queue is None:
        return _("its queue is not served here")
    if queue.held:
        return _("queue {queue} is held").format(queue=queue.name)
    if detail is not None and (why := _own_reason(detail, fetched_at_s)):
        return why
    if snapshot.banner:
        return shown(snapshot.banner)
    if job.attempt:
        return _("its next try has to come due")
    return _queue_reason(queue)


def _queue_reason(queue: QueueView) -> str:
    """Return what keeps a whole queue."""
    if held_back(queue) and queue.active >= queue.target:
        return _("{queue} is {reason}").format(queue=queue.name, reason=shown(told(queue.reason)))
    if queue.active >= queue.slots:
        text = many("the slot of {queue} is busy", "all {n} slots of {queue} are busy", queue.slots)
        return text.format(queue=queue.name)
    if queue.depth <= 1:
        return _("it is its turn next")
    return _("{n} wait in {queue}").format(n=formats.count(queue.depth), queue=queue.name)


def _own_reason(detail: JobDetail, fetched_at_s: float) -> str:
    """Return what keeps this job and not its whole queue."""
    if detail.due_s is not None:
        at = time.strftime("%H:%M:%S", time.localtime(fetched_at_s + detail.due_s))
        return _("its next try comes due at {time}").format(time=at)
    if detail.lane_busy:
        return _("another job of {lane} is at work, or has just been").format(
            lane=shown(detail.lane)
        )
    if detail.full_queue:
        return _("queue {queue} behind it is full").format(queue=detail.full_queue)
    return ""


def command_of(detail: JobDetail | None, places: tuple[str, ...] = (), most: int = 0) -> str:
    """Return the command line that starts the batch of a job again; empty where nobody knows.

    ``places`` as in :class:`Known`. With ``most`` it is cut when it is that long: to be shown.
    """
    if detail is None or detail.form is None:
        return ""
    if forms.untold(detail.form, detail.values):
        return ""  # without what no form can hold it would start another batch
    return forms.command_line(detail.form, detail.values, more=places, most=most)


def state_of(known: Known, snapshot: Snapshot | None, glyphs: Glyphs) -> tuple[str, str, str]:
    """Return sign, word and tone of a job's state, as the list of jobs shows it."""
    job = known.job
    if known.gone:
        return glyphs.failed, _("forgotten"), "muted"
    if job.id in stopped_jobs(snapshot):
        return glyphs.paused, _("stopped"), "warn"
    sign, tone = glyphs.of(job.state)
    return sign, job_rows.state_text(job), tone


def facts_of(known: Known, snapshot: Snapshot | None, glyphs: Glyphs) -> Facts:
    """Return everything known of a job in single words and numbers, foreign text as it came."""
    job, detail = known.job, known.detail
    sign, _tone = glyphs.of(job.state)
    batch = batch_in(snapshot, job.batch_id)
    state = f"{sign} {_(job_rows.state_text(job))}"
    if job.id in stopped_jobs(snapshot):
        state = _(STOPPED).format(key=pressed("jobs.pause"))
    state = _(GONE) if known.gone else state
    why = "" if known.lost or known.gone else why_waiting(job, snapshot, detail, known.fetched_at_s)
    facts = [
        (_("job"), label(job.label)),
        (_("state"), _(LOST) if known.lost else state),
        (_("waits"), why),
        (_("error"), told(job.error)),
        (_("batch"), f"{job.batch_id}  {job.importer}  {label(batch.label) if batch else ''}"),
        (_("queue"), job.queue),
        (_("step"), "" if known.lost else _step(job, snapshot)),
        (_("try"), str(job.attempt + 1)),
        (_("time"), "" if known.lost else _time(job, glyphs)),
        (_("items"), _items(job.items)),
    ]
    if detail is not None:
        facts += _more_facts(detail)
    # A batch may have been told megabytes, and this is drawn again with each second of its run.
    command = command_of(detail, known.places, VALUE_CHARS + 1)
    facts += [(_("id"), str(job.id)), (_("command"), command)]
    if command and detail is not None and detail.logins:
        facts.append((_("without"), _("logins in addresses")))
    return [(name, value) for name, value in facts if value]


def _step(job: JobRow, snapshot: Snapshot | None) -> str:
    """Return the step a job is at, and what it does there where its slot tells."""
    slots = snapshot.slots if snapshot else ()
    slot = next((s for s in slots if s.job_id == job.id and s.doing), None)
    return job.stage if slot is None else f"{slot.stage}  {rows.step_text(slot)}"


def _items(items: Items) -> str:
    """Return how many items of a job have ended, and how many of them could not be done."""
    if not items.failed:
        return job_rows.items_text(items)
    ended = f"{formats.count(items.ended)}/{formats.count(items.total)}"
    return f"{ended}, " + many("{n} failed", "{n} failed", items.failed)


def _time(job: JobRow, glyphs: Glyphs) -> str:
    """Return how long a job took, or has been at it: then in whole seconds, which move less."""
    moves = job.state in HOLDS_SLOT
    return formats.duration(job.run_s, glyphs) if moves else formats.brief(job.run_s, glyphs)


def _more_facts(detail: JobDetail) -> Facts:
    again = many("once by hand", "{n} times by hand", detail.retries)
    moved = formats.moment(detail.changed_at_s) if detail.changed_at_s else ""
    return [
        (_("priority"), f"{detail.priority:+d}" if detail.priority else ""),
        (_("lane"), detail.lane),
        (_("repeated"), again if detail.retries else ""),
        (_("since"), moved),
    ]


# What happened to it.


def outcome_of(attempt: AttemptRow) -> str:
    """Return in words how a run ended."""
    if attempt.again:
        return _("tried again")
    return _(str(attempt.state))


def run_lines(detail: JobDetail, width: int, most: int, glyphs: Glyphs) -> list[Line]:
    """Return how the runs of a job ended, oldest first, at most the newest ``most``."""
    if not detail.starts:
        return []
    lines = [rule(_("runs"), width, glyphs, formats.count(detail.starts))]
    for attempt in detail.attempts[-most:]:
        lines.append(run_line(attempt, width, glyphs))
        if attempt.reason:
            room = width - 12
            reason = formats.cut_right(job_rows.reason_text(attempt.reason), room, glyphs)
            lines.append((("           ", ""), (reason, "muted")))
    if len(detail.attempts) < detail.starts:
        text = _("only runs that failed, were repeated or took over 1 s are told")
        lines.append((("   " + formats.cut_right(text, width - 4, glyphs), "muted"),))
    return lines


def run_line(attempt: AttemptRow, width: int, glyphs: Glyphs) -> Line:
    """Return one run: when it ended, its step and try, how long it took, how it ended."""
    sign, tone = (glyphs.retry, "warn") if attempt.again else glyphs.of(attempt.state)
    at = time.strftime("%H:%M:%S", time.localtime(attempt.at_s))
    took = formats.brief(attempt.run_s, glyphs)
    step = formats.fit(shown(attempt.stage, 10), 10)
    head = f" {sign} {at} {step} {attempt.attempt + 1:>2} {took:>7} "
    return (
        (head, tone),
        (formats.cut_right(outcome_of(attempt), width - len(head) - 1, glyphs), ""),
    )


def error_lines(detail: JobDetail, width: int, most: int, glyphs: Glyphs) -> list[Line]:
    """Return the first items of a job that could not be done."""
    if not detail.errors:
        return []
    total = max(len(detail.errors), detail.job.items.failed)
    lines = [rule(_("failed items"), width, glyphs, formats.count(total))]
    lines += [error_line(error, width, glyphs) for error in detail.errors[:most]]
    left = total - min(most, len(detail.errors))
    if left > 0:
        more = many("{n} more", "{n} more", left)
        lines.append(((f"   {more}", "muted"),))
    return lines


def error_line(error: ErrorRow, width: int, glyphs: Glyphs) -> Line:
    """Return one item that could not be done, and why."""
    room = width - 4
    why = job_rows.why_text(error.kind, error.reason)
    item = formats.cut_left(shown(error.item), max(room * 2 // 5, room - cell_len(why) - 2), glyphs)
    text = formats.cut_right(f"{item}  {why}", room, glyphs)
    return ((f" {glyphs.failed} ", "bad"), (text, ""))


def output_lines(known: Known, width: int, most: int, glyphs: Glyphs) -> list[Line]:
    """Return the newest ``most`` lines that a job said."""
    if not known.output:
        return []
    gone = known.missed + max(0, len(known.output) - most)
    note = f"+{formats.count(gone)}" if gone else ""
    said = (formats.cut_right(text, width - 2, glyphs) for text in known.output[-most:])
    return [rule(_("output"), width, glyphs, note), *(((f" {text}", ""),) for text in said)]


def pane_lines(
    known: Known, snapshot: Snapshot | None, width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Return a job in at most ``height`` lines: the facts, then what fits of all else."""
    hidden = {_("id"), _("since"), _("command"), _("without")}
    facts = [fact for fact in facts_of(known, snapshot, glyphs) if fact[0] not in hidden]
    lines = fact_lines(facts, width)
    if known.detail is not None:
        for block in (
            run_lines(known.detail, width, RUNS_IN_PANE, glyphs),
            error_lines(known.detail, width, ERRORS_IN_PANE, glyphs),
        ):
            if block and len(lines) + len(block) < height:
                lines += [EMPTY, *block]
    room = height - len(lines) - 2
    if room > 0 and known.output:
        lines += [EMPTY, *output_lines(known, width, room, glyphs)]
    return lines[:height]


def whole_lines(known: Known, snapshot: Snapshot | None, width: int, glyphs: Glyphs) -> list[Line]:
    """Return everything of a job, as long as it is."""
    lines = [EMPTY, *fact_lines(facts_of(known, snapshot, glyphs), width)]
    detail = known.detail
    if detail is not None:
        for block in (
            run_lines(detail, width, len(detail.attempts), glyphs),
            error_lines(detail, width, len(detail.errors), glyphs),
        ):
            lines += [EMPTY, *block] if block else []
    said = output_lines(known, width, len(known.output), glyphs)
    return [*lines, EMPTY, *said] if said else lines


def whole_text(known: Known, snapshot: Snapshot | None, glyphs: Glyphs) -> str:
    """Return everything of a job as text: nothing is cut, nothing is wrapped."""
    facts = facts_of(known, snapshot, glyphs)
    parts = [labelled(name, shown(value, VALUE_CHARS)) for name, value in facts]
    detail = known.detail
    if detail is not None and detail.attempts:
        parts += ["", heading(_("runs"))]
        for attempt in detail.attempts:
            took = formats.brief(attempt.run_s, glyphs)
            head = f"{formats.moment(attempt.at_s)}  {shown(attempt.stage)}  {attempt.attempt + 1}"
            reason = f"  {job_rows.reason_text(attempt.reason)}" if attempt.reason else ""
            parts.append(f"{head}  {took}  {outcome_of(attempt)}{reason}")
    if detail is not None and detail.errors:
        parts += ["", heading(_("failed items"))]
        for error in detail.errors:
            why = job_rows.why_text(error.kind, error.reason)
            parts.append(f"{shown(error.item)}  {why}")
    if known.output:
        parts += ["", heading(_("output")), *known.output]
    return "\n".join(parts) + "\n"
