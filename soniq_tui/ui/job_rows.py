"""The rows and columns of jobs, causes and failed items; pure, no Textual here.

Everything that comes from outside passes ``shown()`` here, so no table ever holds raw foreign text.
"""

from soniq_tui.model.job import ErrorKind, Items, JobState
from soniq_tui.model.snapshot import CauseRow, ErrorRow, JobRow
from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.rows import Column, TableRow
from soniq_tui.words import _, labelled, many, mark
from soniq_tui.words.told import label, told

JOB_COLUMNS = (
    Column(mark("TIME"), 6, right=True, sort="time"),
    Column(mark("QUEUE"), 8, sort="queue"),
    Column(mark("JOB"), path=True, sort="job"),
    Column(mark("ITEMS"), 15, right=True, from_width=100, sort="items"),
    Column(mark("STEP"), 10, from_width=120, sort="step"),
    Column(mark("BATCH"), 6, right=True, from_width=140, sort="batch"),
    Column(mark("TRY"), 3, right=True, sort="try"),
    Column(mark("STATE"), 10, sort="state"),
)
CAUSE_COLUMNS = (
    # At every width: what fails at each scan has a row for each, and nothing else tells them apart.
    Column("#", 4, right=True, sort="batch"),
    Column(mark("COUNT"), 7, right=True, sort="count"),
    Column(mark("LAST"), 5, sort="last"),
    Column(mark("FIRST"), 5, from_width=120, sort="first"),
    Column(mark("KIND"), 12, sort="kind"),
    Column(mark("STEP"), 10, from_width=100, sort="step"),
    Column(mark("REASON"), sort="reason"),
    Column(mark("LIKE"), 34, path=True, from_width=120),
)
ERROR_COLUMNS = (
    Column(mark("AT"), 5, sort="at"),
    Column(mark("ITEM"), path=True, sort="item"),
    Column(mark("REASON"), 30, from_width=120, sort="reason"),
    Column(mark("TRY"), 3, right=True, sort="try"),
    Column(mark("STEP"), 10, from_width=100, sort="step"),
    Column(mark("KIND"), 12, from_width=120, sort="kind"),
)


def items_text(items: Items) -> str:
    """Return ``12/200``, with the failed ones where there are any."""
    if not items.total:
        return ""
    failed = f" {items.failed}!" if items.failed else ""
    return f"{formats.count(items.ended)}/{formats.count(items.total)}{failed}"


def job_row(job: JobRow, glyphs: Glyphs = UNICODE, *, stopped: bool = False) -> TableRow:
    """Return the row of one job; ``stopped`` where it is, as only its slot tells."""
    mark, tone = (glyphs.paused, "warn") if stopped else glyphs.of(job.state)
    return TableRow(
        id=job.id,
        mark=mark,
        tone=tone,
        cells=(
            formats.duration(job.run_s, glyphs),
            job.queue,
            shown(label(job.label)),
            items_text(job.items),
            shown(job.stage, 10),
            str(job.batch_id),
            formats.apart(job.attempt + 1),
            _("stopped") if stopped else state_text(job),
        ),
        muted=job.state is JobState.QUEUED,
    )


def state_text(job: JobRow) -> str:
    """Return the state; of a job of many items that failed in part, how many did."""
    if job.state is JobState.FAILED and 0 < job.items.failed < job.items.total:
        return many("{n} failed", "{n} failed", job.items.failed)
    return _(job.state)


def cause_row(cause: CauseRow, glyphs: Glyphs = UNICODE) -> TableRow:
    """Return the row of one cause."""
    return TableRow(
        id=(cause.batch_id, cause.stage, cause.kind, cause.reason),
        mark=glyphs.failed,
        tone="bad",
        cells=(
            str(cause.batch_id),
            formats.count(cause.count),
            formats.when(cause.last_at_s),
            formats.when(cause.first_at_s),
            kind_text(cause.kind),
            shown(cause.stage, 10),
            reason_text(cause.reason),
            shown(cause.sample),
        ),
    )


def error_row(error: ErrorRow, glyphs: Glyphs = UNICODE) -> TableRow:
    """Return the row of one failed item."""
    return TableRow(
        id=error.id,
        mark=glyphs.failed,
        tone="bad",
        cells=(
            formats.when(error.at_s),
            shown(error.item),
            reason_text(error.reason),
            str(error.attempts),
            shown(error.stage, 10),
            kind_text(error.kind),
        ),
    )


def reason_text(reason: str) -> str:
    """Return why something failed, in the language in use where its words are known."""
    return shown(told(reason))


def why_text(kind: ErrorKind, reason: str) -> str:
    """Return kind and reason of a failure; the kind alone where nothing more is known."""
    text = reason_text(reason)
    return labelled(kind_text(kind), text) if text else kind_text(kind)


def kind_text(kind: ErrorKind) -> str:
    """Return an error's kind in words."""
    return _(str(kind).replace("_", " "))
