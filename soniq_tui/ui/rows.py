"""The rows and columns of all tables, made of what the engine shows; pure, no Textual here.

Everything that comes from outside passes ``shown()`` here, so no table ever holds raw foreign text.
"""

import dataclasses
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from soniq_tui.model.job import BatchState, ErrorKind, Items, JobState
from soniq_tui.model.snapshot import (
    BatchView,
    CauseRow,
    ErrorRow,
    JobRow,
    SlotView,
    Snapshot,
)
from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import UNICODE, Glyphs

NOTHING: Mapping[int, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table: a sign, a tone and the cells of all columns, seen or not."""

    id: Hashable
    mark: str
    tone: str
    cells: tuple[str, ...]
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``width`` 0 takes what is left, ``from_width`` joins on tables that wide."""

    label: str
    width: int = 0
    right: bool = False
    from_width: int = 0
    to_width: int = 0
    """Leaves on tables that wide; 0: never."""
    path: bool = False
    """Cut at the left, where a path says least."""


BATCH_COLUMNS = (
    Column("#", 4, right=True, from_width=70),
    Column("KIND", 7),
    Column("BATCH", path=True),
    Column("DONE", 16, right=True),
    Column("RATE", 7, right=True, from_width=70),
    Column("LEFT", 10, right=True, to_width=100),
    Column("LEFT", 15, right=True, from_width=100),
    Column("FAIL", 6, right=True),
    Column("RUNS", 5, right=True, from_width=100),
    Column("WAITS", 8, right=True, from_width=100),
    Column("TOOK", 7, right=True, from_width=140),
)
SLOT_COLUMNS = (
    Column("TIME", 6, right=True),
    Column("QUEUE", 8),
    Column("JOB", path=True),
    Column("ITEMS", 9, right=True, from_width=100),
    Column("TRY", 3, right=True),
    Column("STEP", 14),
)
JOB_COLUMNS = (
    Column("TIME", 6, right=True),
    Column("QUEUE", 8),
    Column("JOB", path=True),
    Column("ITEMS", 15, right=True, from_width=100),
    Column("STEP", 10, from_width=120),
    Column("BATCH", 6, right=True, from_width=140),
    Column("TRY", 3, right=True),
    Column("STATE", 10),
)
CAUSE_COLUMNS = (
    Column("COUNT", 7, right=True),
    Column("LAST", 5),
    Column("FIRST", 5, from_width=120),
    Column("KIND", 12),
    Column("STEP", 10, from_width=100),
    Column("REASON"),
    Column("LIKE", 34, path=True, from_width=120),
)
ERROR_COLUMNS = (
    Column("AT", 5),
    Column("ITEM", path=True),
    Column("REASON", 30),
    Column("TRY", 3, right=True),
    Column("STEP", 10, from_width=100),
    Column("KIND", 12, from_width=120),
)


def batch_row(batch: BatchView, glyphs: Glyphs = UNICODE) -> TableRow:
    """Return the row of one batch."""
    mark, tone = glyphs.of_batch(batch.state)
    running = batch.state is BatchState.RUNNING
    total = ("~" if batch.growing else "") + formats.count(batch.items.total)
    done = f"{formats.count(batch.items.ended)}/{total}"
    left = band = str(batch.state)
    if running:
        guess = "~" if batch.growing and batch.eta_s is not None else ""
        left = guess + formats.duration(batch.eta_s, glyphs)
        known = batch.eta_low_s is not None and batch.eta_high_s is not None
        band = formats.guess(batch.eta_s, batch.eta_low_s, batch.eta_high_s) if known else left
    if batch.undo_s is not None:
        mark, tone = glyphs.failed, "bad"
        done, left = f"gone in {max(0, round(batch.undo_s))}s", "u: undo"
        band = left
    rank = f"  {batch.priority:+d}" if batch.priority else ""
    return TableRow(
        id=batch.id,
        mark=mark,
        tone=tone,
        cells=(
            str(batch.id),
            shown(batch.importer, 7),
            shown(batch.error or batch.label) + rank,
            done,
            formats.rate(batch.items_per_s, glyphs) if running else glyphs.unknown,
            left,
            band,
            formats.count(batch.items.failed),
            str(batch.running),
            formats.count(batch.waiting),
            formats.duration(batch.worked_s, glyphs),
        ),
    )


def batch_rows(snapshot: Snapshot | None, glyphs: Glyphs = UNICODE) -> list[TableRow]:
    """Return the rows of all batches, newest first."""
    return [batch_row(b, glyphs) for b in reversed(snapshot.batches)] if snapshot else []


def muted(table: list[TableRow]) -> list[TableRow]:
    """Return the rows as of an engine that does not answer."""
    return [dataclasses.replace(row, tone="muted", muted=True) for row in table]


def slot_row(slot: SlotView, glyphs: Glyphs = UNICODE, asked_s: float | None = None) -> TableRow:
    """Return the row of one slot; an idle one says so, a draining or a stopped one too.

    ``asked_s`` is how long ago its job was asked to pause or to end, where that is known.
    """
    ident = (slot.queue, slot.index)
    if slot.job_id is None:
        word = "draining" if slot.draining else "idle"
        cells = ("", slot.queue, word, "", "", "")
        return TableRow(id=ident, mark=glyphs.queued, tone="muted", cells=cells, muted=True)
    mark, tone = glyphs.of_job(slot.state)
    step = shown(slot.stage, 14)
    if slot.frozen and slot.state is not JobState.CANCELLING:
        (mark, tone), step = (glyphs.paused, "warn"), "stopped"
    elif slot.state is not JobState.RUNNING:
        ago = "" if asked_s is None else f" {formats.duration(asked_s)}"
        step = str(slot.state) + ago
    elif slot.draining:
        step = "draining"
    return TableRow(
        id=ident,
        mark=mark,
        tone=tone,
        cells=(
            formats.duration(slot.run_s, glyphs),
            slot.queue,
            shown(slot.label),
            f"{slot.done}/{slot.total}" if slot.total else "",
            str(slot.attempt + 1),
            step,
        ),
    )


def slot_rows(
    snapshot: Snapshot | None, glyphs: Glyphs = UNICODE, asked: Mapping[int, float] = NOTHING
) -> list[TableRow]:
    """Return the rows of all slots; ``asked``: seconds since a job was asked to stop, by its id."""
    slots = snapshot.slots if snapshot else ()
    return [slot_row(s, glyphs, asked.get(s.job_id or 0)) for s in slots]


def items_text(items: Items) -> str:
    """Return ``12/200``, with the failed ones where there are any."""
    if not items.total:
        return ""
    failed = f" {items.failed}!" if items.failed else ""
    return f"{formats.count(items.ended)}/{formats.count(items.total)}{failed}"


def job_row(job: JobRow, glyphs: Glyphs = UNICODE, *, stopped: bool = False) -> TableRow:
    """Return the row of one job; ``stopped`` where it is, as only its slot tells."""
    mark, tone = (glyphs.paused, "warn") if stopped else glyphs.of_job(job.state)
    return TableRow(
        id=job.id,
        mark=mark,
        tone=tone,
        cells=(
            formats.duration(job.run_s, glyphs),
            job.queue,
            shown(job.label),
            items_text(job.items),
            shown(job.stage, 10),
            str(job.batch_id),
            str(job.attempt + 1),
            "stopped" if stopped else state_text(job),
        ),
        muted=job.state is JobState.QUEUED,
    )


def state_text(job: JobRow) -> str:
    """Return the state; of a job of many items that failed in part, how many did."""
    if job.state is JobState.FAILED and 0 < job.items.failed < job.items.total:
        return f"{formats.count(job.items.failed)} failed"
    return str(job.state)


def cause_row(cause: CauseRow, glyphs: Glyphs = UNICODE) -> TableRow:
    """Return the row of one cause."""
    return TableRow(
        id=(cause.batch_id, cause.stage, cause.kind, cause.reason),
        mark=glyphs.failed,
        tone="bad",
        cells=(
            formats.count(cause.count),
            formats.clock(cause.last_at_s),
            formats.clock(cause.first_at_s),
            kind_text(cause.kind),
            shown(cause.stage, 10),
            shown(cause.reason),
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
            formats.clock(error.at_s),
            shown(error.item),
            shown(error.reason),
            str(error.attempts),
            shown(error.stage, 10),
            kind_text(error.kind),
        ),
    )


def kind_text(kind: ErrorKind) -> str:
    """Return an error's kind in words."""
    return str(kind).replace("_", " ")
