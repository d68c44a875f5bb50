"""The rows and columns of batches and slots, made of what the engine shows; pure, no Textual here.

Everything that comes from outside passes ``shown()`` here, so no table ever holds raw foreign text.
"""

import dataclasses
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from rich.cells import cell_len

from soniq_tui.model.job import BatchState, JobState
from soniq_tui.model.snapshot import BatchView, SlotView, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.model.waiting import Wait, wait_of
from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.words import _, labelled, mark
from soniq_tui.words.told import label, told

NOTHING: Mapping[int, float] = MappingProxyType({})
UNDO_S = 5.0
"""For so long a cancel can usually be taken back."""
DOING_FROM = 88
"""Tables that wide have room for all that a slot says it does."""


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
    sort: str = ""
    """What a list is sorted by for this column; empty: it cannot be."""
    most: int = 0
    """Cells that a column of width 0 has a use for; 0: for any number of them."""


def shares(room: int, most: Sequence[int]) -> list[int]:
    """Return the cells of columns that share ``room``: whoever needs less leaves it to the others.

    ``most`` is what each has a use for, 0 for any number; what nobody needs is shared equally.
    """
    given = [0] * len(most)
    order = sorted(range(len(most)), key=lambda number: most[number] or room)
    for waiting, number in zip(range(len(most), 0, -1), order, strict=True):
        given[number] = min(most[number] or room, room // waiting)
        room -= given[number]
    return [cells + room // len(most) for cells in given]


BATCH_COLUMNS = (
    Column("#", 4, right=True, from_width=70, sort="number"),
    Column(mark("KIND"), 7, sort="kind"),
    Column(mark("BATCH"), path=True, sort="batch"),
    Column(mark("DONE"), 10, right=True, sort="done"),
    Column(mark("RATE"), 7, right=True, from_width=70, sort="rate"),
    Column(mark("LEFT"), 10, right=True, to_width=100, sort="left"),
    Column(mark("LEFT"), 15, right=True, from_width=100, sort="left"),
    Column(mark("FAIL"), 6, right=True, sort="failed"),
    Column(mark("RUNS"), 5, right=True, from_width=100, sort="runs"),
    Column(mark("WAITS"), 8, right=True, from_width=100, sort="waits"),
    Column(mark("TOOK"), 7, right=True, from_width=140, sort="took"),
)
SLOT_COLUMNS = (
    Column(mark("TIME"), 6, right=True),
    Column(mark("QUEUE"), 8),
    Column(mark("JOB"), path=True),
    Column(mark("ITEMS"), 9, right=True, from_width=100),
    Column(mark("TRY"), 3, right=True),
    Column(mark("STEP"), 14, to_width=DOING_FROM),
    Column(mark("STEP"), 28, from_width=DOING_FROM),
)


def batch_columns(snapshot: Snapshot | None) -> tuple[Column, ...]:
    """Return the columns of batches: numbers have the cells they will need, names the rest."""
    cells = cell_len(undo_text(UNDO_S))
    for batch in snapshot.batches if snapshot else ():
        total = formats.count(batch.likely.total)
        undo = undo_text(batch.undo_s or 0.0)
        cells = max(cells, cell_len(undo), 2 * len(total) + (2 if batch.growing else 1))
    left = max(cell_len(_(BatchState.PAUSING)), cell_len(undo_key()))
    needs = {"done": cells, "left": left}
    return tuple(
        dataclasses.replace(column, width=max(column.width, needs[column.sort]))
        if column.sort in needs
        else column
        for column in BATCH_COLUMNS
    )


def undo_key() -> str:
    """Return what takes a cancel back."""
    return labelled(pressed("jobs.undo"), _("undo"))


def undo_text(left_s: float) -> str:
    """Return for how long a cancel can still be taken back."""
    return _("ends in {n}s").format(n=max(0, round(left_s)))


def how_many(batch: BatchView) -> str:
    """Return how many items of a batch have ended, of how many; the latter may be a guess.

    While none is known yet there is nothing to be guessed from.
    """
    if batch.growing and not batch.likely.total:
        return formats.count(0)
    guess = "~" if batch.growing else ""
    return f"{formats.count(batch.likely.ended)}/{guess}{formats.count(batch.likely.total)}"


def batch_row(batch: BatchView, glyphs: Glyphs = UNICODE, wait: Wait | None = None) -> TableRow:
    """Return the row of one batch; ``wait`` is what keeps all of it, if anything does."""
    mark, tone = glyphs.of(batch.state)
    running = batch.state is BatchState.RUNNING
    done = how_many(batch)
    left = band = _(batch.state)
    if running:
        guess = "~" if batch.growing and batch.eta_s is not None else ""
        left = guess + formats.duration(batch.eta_s, glyphs)
        known = batch.eta_low_s is not None and batch.eta_high_s is not None
        band = formats.guess(batch.eta_s, batch.eta_low_s, batch.eta_high_s) if known else left
    if wait is not None:
        mark, tone = (glyphs.paused, "warn") if wait.held else (glyphs.queued, "muted")
        left = band = _("waits")
    if batch.undo_s is not None:
        mark, tone = glyphs.failed, "bad"
        done = undo_text(batch.undo_s)
        left = undo_key()
        band = left
    rank = f"  {batch.priority:+d}" if batch.priority else ""
    return TableRow(
        id=batch.id,
        mark=mark,
        tone=tone,
        cells=(
            str(batch.id),
            shown(batch.importer, 7),
            shown(told(batch.error) or label(batch.label)) + rank,
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
    if snapshot is None:
        return []
    return [batch_row(b, glyphs, wait_of(b, snapshot)) for b in reversed(snapshot.batches)]


def muted(table: list[TableRow]) -> list[TableRow]:
    """Return the rows as of an engine that does not answer."""
    return [dataclasses.replace(row, tone="muted", muted=True) for row in table]


def slot_row(slot: SlotView, glyphs: Glyphs = UNICODE, asked_s: float | None = None) -> TableRow:
    """Return the row of one slot; an idle one says so, a draining or a stopped one too.

    ``asked_s`` is how long ago its job was asked to pause or to end, where that is known.
    """
    ident = (slot.queue, slot.index)
    if slot.job_id is None:
        word = _("draining") if slot.draining else _("idle")
        cells = ("", slot.queue, word, "", "", "", "")
        return TableRow(id=ident, mark=glyphs.queued, tone="muted", cells=cells, muted=True)
    mark, tone = glyphs.of(slot.state)
    step = step_text(slot)
    if slot.frozen and slot.state is not JobState.CANCELLING:
        (mark, tone), step = (glyphs.paused, "warn"), _("stopped")
    elif slot.state is not JobState.RUNNING:
        ago = "" if asked_s is None else f" {formats.duration(asked_s)}"
        step = _(slot.state) + ago
    elif slot.draining:
        step = _("draining")
    return TableRow(
        id=ident,
        mark=mark,
        tone=tone,
        cells=(
            formats.duration(slot.run_s, glyphs),
            slot.queue,
            shown(label(slot.label)),
            f"{slot.done}/{slot.total}" if slot.total else "",
            formats.apart(slot.attempt + 1),
            step,
            step,
        ),
    )


def step_text(slot: SlotView) -> str:
    """Return at which step a job is and what it does there, as far as it says."""
    if not slot.doing:
        return shown(slot.stage)
    of = f"{slot.done}/{slot.total} " if slot.total else ""
    return of + shown(told(slot.doing))


def slot_rows(
    snapshot: Snapshot | None, glyphs: Glyphs = UNICODE, asked: Mapping[int, float] = NOTHING
) -> list[TableRow]:
    """Return the rows of all slots; ``asked``: seconds since a job was asked to stop, by its id."""
    slots = snapshot.slots if snapshot else ()
    return [slot_row(s, glyphs, asked.get(s.job_id or 0)) for s in slots]


class RowSource(Protocol):
    """Rows by number; those that are not here yet are None."""

    def __len__(self) -> int: ...

    def row(self, number: int) -> TableRow | None:
        """Return one row, or None while it is not loaded."""

    def want(self, first: int, last: int) -> None:
        """Learn that these rows are on screen."""

    def number_of(self, row_id: Hashable) -> int | None:
        """Return where a row is now; None where nobody knows."""


class ListSource:
    """Rows that are all here."""

    def __init__(self) -> None:
        self._rows: Sequence[TableRow] = ()
        self._numbers: dict[Hashable, int] = {}

    def put(self, rows: Sequence[TableRow]) -> None:
        """Replace all rows."""
        self._rows = rows
        self._numbers = {row.id: number for number, row in enumerate(rows)}

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, number: int) -> TableRow | None:
        """Return one row."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def want(self, first: int, last: int) -> None:
        """Do nothing: all rows are here."""

    def number_of(self, row_id: Hashable) -> int | None:
        """Return where a row is now."""
        return self._numbers.get(row_id)
