"""The queues as rows and their scale events as lines; pure, no Textual here."""

from soniq_tui.model.snapshot import QueueView, ScaleRow, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.model.waiting import held_back
from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.rows import Column, TableRow
from soniq_tui.ui.view import Line
from soniq_tui.words import _, mark
from soniq_tui.words.told import told

COLUMNS = (
    Column(mark("QUEUE"), 11, sort="queue"),
    Column(mark("DEPTH"), 7, right=True, sort="depth"),
    Column(mark("SLOTS"), sort="slots"),
    Column(mark("RATE"), 7, right=True, from_width=66, sort="rate"),
    Column(mark("MEDIAN"), 6, right=True, from_width=70, sort="median"),
    Column(mark("BUSY"), 4, right=True, from_width=78, sort="busy"),
    Column(mark("FAIL"), 5, right=True, from_width=78, sort="failed"),
    Column(mark("STATE"), 9),
    Column(mark("ENDED"), 9, right=True, from_width=100, sort="ended"),
    Column(mark("WHERE"), 8, from_width=100, sort="where"),
    Column(mark("WHY"), 28, from_width=130),
)


def slots_text(queue: QueueView, draining: int) -> str:
    """Return how many slots work of how many: ``2/4 held at 2: 78 °C``, ``3 -> 2 (1 draining)``."""
    if draining:
        text = _("{active} -> {slots} ({n} draining)")
        return text.format(active=queue.active, slots=queue.slots, n=draining)
    share = f"{queue.active}/{queue.slots}"
    if held_back(queue):
        return f"{share} {shown(told(queue.reason))}"
    # Held back by nothing, it uses fewer because no more are needed.
    if 0 < queue.target < queue.slots:
        return _("{share} uses {n}").format(share=share, n=queue.target)
    return share


def queue_row(queue: QueueView, draining: int = 0, glyphs: Glyphs = UNICODE) -> TableRow:
    """Return the row of one queue."""
    mark, tone = (glyphs.running, "accent") if queue.active else (glyphs.queued, "muted")
    if queue.held:
        mark, tone = glyphs.paused, "warn"
    elif held_back(queue):
        tone = "warn"
    state = _("held") if queue.held else _("autoscale") if queue.autoscaled else _("fixed")
    return TableRow(
        id=queue.name,
        mark=mark,
        tone=tone,
        cells=(
            shown(queue.name),
            formats.count(queue.depth),
            slots_text(queue, draining),
            formats.rate(queue.jobs_per_s, glyphs),
            formats.brief(queue.median_s, glyphs),
            f"{queue.busy_share * 100:.0f}%",
            formats.count(queue.failed),
            state,
            formats.count(queue.ended),
            shown(queue.place, 8),
            shown(told(queue.reason)),
        ),
        muted=not queue.in_use,
    )


def queue_rows(snapshot: Snapshot | None, glyphs: Glyphs = UNICODE) -> list[TableRow]:
    """Return the rows of all queues, those in use first."""
    if snapshot is None:
        return []
    draining: dict[str, int] = {}
    for slot in snapshot.slots:
        if slot.draining and slot.job_id is not None:
            draining[slot.queue] = draining.get(slot.queue, 0) + 1
    ordered = sorted(snapshot.queues, key=lambda queue: not queue.in_use)
    return [queue_row(queue, draining.get(queue.name, 0), glyphs) for queue in ordered]


def scale_line(row: ScaleRow, width: int, glyphs: Glyphs = UNICODE) -> Line:
    """Return one scale event."""
    head = f"   {formats.when(row.at_s)}  {formats.fit(shown(row.queue), 11)}"
    text = f" {row.before} -> {row.after}  {shown(told(row.reason))}"
    return ((head, "muted"), (formats.cut_right(text, width - len(head) - 1, glyphs), ""))


def scale_lines(snapshot: Snapshot | None, width: int, most: int, glyphs: Glyphs) -> list[Line]:
    """Return the newest scale events, newest first."""
    rows = snapshot.scaled if snapshot else ()
    return [scale_line(row, width, glyphs) for row in rows[::-1][:most]]
