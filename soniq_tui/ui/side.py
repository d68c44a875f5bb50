"""The second column of a wide dashboard: rates over time, queues, causes of failures; pure."""

from soniq_tui.model.snapshot import CauseRow, QueueView, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, job_rows
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.view import EMPTY, Line, held_back, rule

TALL = 40
"""From so many lines on the graph is drawn in full."""
TALL_GRAPH, LOW_GRAPH = 8, 4
BAR_CELLS = 10
LEAST_CAUSES = 3


def lines(
    snapshot: Snapshot, causes: tuple[CauseRow, ...], width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Return the whole column, at most ``height`` lines."""
    block = rate_lines(snapshot, width, TALL_GRAPH if height >= TALL else LOW_GRAPH, glyphs)
    block += [EMPTY, *queue_lines(snapshot, width, glyphs)]
    room = height - len(block) - 2
    if room >= LEAST_CAUSES and causes:
        note = f"failed {formats.count(snapshot.failures)}"
        block += [EMPTY, rule("errors", width, glyphs, note)]
        block += [cause_line(cause, width, glyphs) for cause in causes[:room]]
    return block[:height]


def rate_lines(snapshot: Snapshot, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Return a graph of the last rates, one run a line, with its top value in the rule."""
    top = formats.rate(max(snapshot.rates, default=0.0), glyphs)
    head = rule("items per second", width, glyphs, f"top {top}")
    graph = formats.graph(snapshot.rates, width - 1, height, glyphs)
    return [head, *(((" " + run, "accent"),) for run in graph)]


def queue_lines(snapshot: Snapshot, width: int, glyphs: Glyphs) -> list[Line]:
    """Return the queues in use: slots as a bar, what waits, and whether it is held."""
    used = [q for q in snapshot.queues if q.in_use and (q.slots or q.depth)]
    return [rule("queues", width, glyphs), *(queue_line(q, width, glyphs) for q in used)]


def queue_line(queue: QueueView, width: int, glyphs: Glyphs) -> Line:
    """Return one queue."""
    bar = formats.bar(queue.active, queue.slots, BAR_CELLS, glyphs)
    back = held_back(queue)
    waits = f"{formats.count(queue.depth)} waiting" if queue.depth else ""
    waits = "held" if queue.held else shown(queue.reason) if back else waits
    share = f"{queue.active}/{queue.slots}"
    room = width - BAR_CELLS - 22
    return (
        (f"   {formats.fit(shown(queue.name), 10)} ", ""),
        (bar, "accent" if queue.active else "muted"),
        (
            f"{share:>6} {formats.fit(waits, room, right=True)}",
            "warn" if queue.held or back else "",
        ),
    )


def cause_line(cause: CauseRow, width: int, glyphs: Glyphs) -> Line:
    """Return one cause: how often, and why."""
    text = f"{job_rows.kind_text(cause.kind)}: {shown(cause.reason)}"
    head = f" {glyphs.failed} {formats.count(cause.count):>6} "
    return ((head, "bad"), (formats.cut_right(text, width - len(head) - 1, glyphs), ""))
