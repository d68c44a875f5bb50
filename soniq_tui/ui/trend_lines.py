"""What was done over time, in lines: rates, failures, scale events and durations; pure.

Nothing is smoothed. A column is a minute, or so many whole minutes that all fit; what was not
counted is said to be unknown and not drawn as nothing.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from soniq_tui.model.snapshot import TOOK_S, HistoryRow, ScaleRow
from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.view import EMPTY, Line, rule
from soniq_tui.words import _, many
from soniq_tui.words.told import told

MINUTE_S = 60
WIDTHS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 7200, 14400, 43200)
"""So many minutes a column may stand for."""
CELLS_MOST = 6
"""So many cells a column may have where there are few."""
NAME_CELLS = 11
STEP_CELLS = 2
"""Cells of each step of a histogram."""
SCALES_SHOWN = 5
HALF, MOST = 0.5, 0.95


@dataclass(frozen=True, slots=True)
class Axis:
    """How time lies in columns."""

    first_min: int
    """The minute the first column begins with, counted since 1970."""
    minutes: int
    """Of each column."""
    columns: int
    cells: int
    """Of each column."""

    def column(self, at_s: float) -> int | None:
        """Return the column of a moment; None where it lies outside."""
        number = (int(at_s // MINUTE_S) - self.first_min) // self.minutes
        return number if 0 <= number < self.columns else None

    def spread(self, run: str) -> str:
        """Return a run of one character for each column as wide as the columns are."""
        return "".join(sign * self.cells for sign in run)


def axis_of(rows: Iterable[HistoryRow], width: int) -> Axis | None:
    """Return the axis on which all minutes fit in ``width`` cells; None for no minutes."""
    minutes = [int(row.at_s // MINUTE_S) for row in rows]
    if not minutes or width < 1:
        return None
    first, last = min(minutes), max(minutes)
    step = next((w for w in WIDTHS_MIN if last // w - first // w < width), 0)
    while not step or last // step - first // step >= width:
        step = max(step + 1, (last - first) // width)
    begin = first - first % step
    columns = last // step - first // step + 1
    cells = max(1, min(CELLS_MOST, width // columns))
    return Axis(begin, step, columns, cells)


def sums(axis: Axis, pairs: Iterable[tuple[float, int]]) -> list[int]:
    """Return the sum in each column of numbers at moments."""
    columns = [0] * axis.columns
    for at_s, number in pairs:
        if (column := axis.column(at_s)) is not None:
            columns[column] += number
    return columns


def axis_line(axis: Axis, width: int) -> Line:
    """Return when the first column begins and the last one ends, and what a column stands for."""
    room = axis.columns * axis.cells
    ends = [axis.first_min, axis.first_min + axis.minutes * axis.columns]
    long = axis.minutes * axis.columns >= 24 * 60
    form = "%m-%d %H:%M" if long else "%H:%M"
    first, last = (time.strftime(form, time.localtime(m * MINUTE_S)) for m in ends)
    text = f"{first}{last:>{max(len(last) + 1, room - len(first))}}"
    note = many("a column is {n} minute", "a column is {n} minutes", axis.minutes)
    if len(text) + len(note) + 4 <= width:
        text += f"   {note}"
    return ((" " + text[: width - 2], "muted"),)


def bars(values: Sequence[float], axis: Axis, height: int, glyphs: Glyphs) -> list[str]:
    """Return a graph of one value for each column."""
    runs = formats.graph(tuple(values), axis.columns, height, glyphs)
    return [axis.spread(run) for run in runs]


def rate_block(
    rows: Sequence[HistoryRow], axis: Axis, width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Return how many items ended in each minute; of longer columns the mean."""
    counts = sums(axis, ((row.at_s, row.items) for row in rows))
    values = [count / axis.minutes for count in counts]
    note = f"{_('top')} {formats.count(round(max(values)))}/min"
    title = rule(_("items per minute"), width, glyphs, note)
    runs = bars(values, axis, height, glyphs)
    return [title, *(((" " + run, "accent"),) for run in runs)]


def failure_block(
    rows: Sequence[HistoryRow], axis: Axis, width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Return how many items failed in each column; where nobody counted, that is said."""
    counted = [row for row in rows if row.errors is not None]
    counts = sums(axis, ((row.at_s, row.errors or 0) for row in counted))
    total = formats.count(sum(counts))
    note = f"{total}, {_('top')} {formats.count(max(counts))}" if any(counts) else total
    lines = [rule(_("failed items"), width, glyphs, note)]
    if any(counts):
        lines += [((" " + run, "bad"),) for run in bars(counts, axis, height, glyphs)]
    elif counted:
        lines.append(((f"   {_('nothing has failed')}", "muted"),))
    if len(counted) < len(rows):
        lines.append(((f"   {_('older minutes: nobody counted what failed')}", "muted"),))
    return lines


def scale_block(scales: Sequence[ScaleRow], axis: Axis, width: int, glyphs: Glyphs) -> list[Line]:
    """Return when more (+) or fewer (-) slots were used, and the newest of these times in words."""
    moves = [row for row in scales if axis.column(row.at_s) is not None and row.after != row.before]
    if not moves:
        return []
    ups = sums(axis, ((r.at_s, 1) for r in moves if r.after > r.before))
    downs = sums(axis, ((r.at_s, 1) for r in moves if r.after < r.before))
    signs = [
        "*" if up and down else "+" if up else "-" if down else " "
        for up, down in zip(ups, downs, strict=True)
    ]
    run = "".join(sign.ljust(axis.cells) for sign in signs)
    note = many(
        "{n} change: + more, - fewer, * both", "{n} changes: + more, - fewer, * both", len(moves)
    )
    lines: list[Line] = [rule(_("slots"), width, glyphs, note)]
    lines.append(((" " + run, "warn"),))
    for row in moves[:SCALES_SHOWN]:
        head = f"   {formats.clock(row.at_s)}  {formats.fit(shown(row.queue), NAME_CELLS)}"
        text = f" {row.before} -> {row.after}  {shown(told(row.reason))}"
        lines.append(
            ((head, "muted"), (formats.cut_right(text, width - len(head) - 1, glyphs), ""))
        )
    return lines


# How long stages took.


def took_of(rows: Iterable[HistoryRow]) -> dict[str, list[int]]:
    """Return how many stages took how long, by queue; only queues of which anyone counted."""
    found: dict[str, list[int]] = {}
    for row in rows:
        if row.took:
            counts = found.setdefault(row.queue, [0] * (len(TOOK_S) + 1))
            for step, count in enumerate(row.took[: len(counts)]):
                counts[step] += count
    return found


def step_text(step: int) -> str:
    """Return where a step ends: ``64ms``; what the last one is beyond."""
    if step < len(TOOK_S):
        return formats.brief(TOOK_S[step]).replace(".0", "").removesuffix("00s")
    return ">" + step_text(len(TOOK_S) - 1)


def within(counts: Sequence[int], share: float) -> str:
    """Return the end of the step by which ``share`` of all had ended."""
    total, seen = sum(counts), 0
    for step, count in enumerate(counts):
        seen += count
        if seen >= total * share:
            return step_text(step)
    return step_text(len(counts) - 1)


def duration_block(
    rows: Sequence[HistoryRow], width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Return a histogram for each queue, all on one axis whose steps double."""
    by_queue = took_of(rows)
    if not by_queue:
        return []
    used = [s for counts in by_queue.values() for s, count in enumerate(counts) if count]
    room = max(1, (width - NAME_CELLS - 4) // STEP_CELLS)
    first = min(used)
    last = min(max(used), first + room - 1)
    lines: list[Line] = [rule(_("how long a job takes"), width, glyphs)]
    for queue, counts in by_queue.items():
        lines += queue_block(queue, counts[first : last + 1], first, width, height, glyphs)
    lines.append(scale_line(first, last, width))
    return lines


def queue_block(  # noqa: PLR0917  what it is made of
    queue: str, counts: Sequence[int], first: int, width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Return the histogram of one queue, and its figures beside the last line."""
    total = sum(counts)
    if not total:
        return []
    padded = [0] * first + list(counts)
    figures = many("{n} job, in {most}", "{n} jobs, half in {half}, 95% in {most}", total).format(
        half=within(padded, HALF), most=within(padded, MOST)
    )
    cells = len(counts) * STEP_CELLS
    beside = width - NAME_CELLS - cells - 5 >= len(figures)
    runs = formats.graph(tuple(map(float, counts)), len(counts), height, glyphs)
    lines: list[Line] = []
    for number, run in enumerate(runs, 1):
        last = number == len(runs)
        name = formats.fit(shown(queue) if last else "", NAME_CELLS)
        wide = "".join(sign * STEP_CELLS for sign in run)
        note = f"  {figures}" if last and beside else ""
        lines.append(((f" {name} ", "muted"), (wide, "accent"), (note, "")))
    if not beside:
        blank = " " * max(3, min(NAME_CELLS + 2, width - 1 - cell_len(figures)))
        lines.append(((blank + formats.cut_right(figures, width - len(blank) - 1, glyphs), ""),))
    return lines


def scale_line(first: int, last: int, width: int) -> Line:
    """Return the axis of the histograms: the ends of some steps, each under its own."""
    text = ""
    for step in range(first, last + 1):
        at = (step - first) * STEP_CELLS
        label = step_text(step) if step == len(TOOK_S) else "<" + step_text(step)
        free = at == 0 or len(text) < at
        if free and NAME_CELLS + 2 + at + len(label) <= width:
            text = text.ljust(at) + label
    return ((" " * (NAME_CELLS + 2) + text, "muted"),)


def lines(  # noqa: PLR0917  all that is drawn
    rows: Sequence[HistoryRow],
    scales: Sequence[ScaleRow],
    rates: tuple[float, ...],
    width: int,
    height: int,
    glyphs: Glyphs,
) -> list[Line]:
    """Return the whole screen; what does not fit is scrolled to.

    Args:
        rows: minutes, in any order.
        scales: newest first.
        rates: items per second over the last seconds; empty where they are not shown.
        width: cells.
        height: lines that are seen at once.
        glyphs: the set in use.
    """
    tall = max(2, min(8, height // 5))
    low = max(1, tall // 2)
    block: list[Line] = []
    if any(rates):
        top = formats.rate(max(rates), glyphs)
        title = _("items per second, last {n} s").format(n=len(rates))
        block.append(rule(title, width, glyphs, f"{_('top')} {top}"))
        runs = formats.graph(rates, min(width - 2, len(rates)), low, glyphs)
        block += [((" " + run, "accent"),) for run in runs]
        block.append(EMPTY)
    axis = axis_of(rows, width - 2)
    if axis is None:
        return block
    block += rate_block(rows, axis, width, tall, glyphs)
    block.append(axis_line(axis, width))
    for part in (
        failure_block(rows, axis, width, low, glyphs),
        scale_block(scales, axis, width, glyphs),
        duration_block(rows, width, low, glyphs),
    ):
        block += [EMPTY, *part] if part else []
    return block
