"""The second column of a wide dashboard: causes of failures and queues; pure.

Its blocks have the places of those beside them, so that nothing moves when a figure does.
"""

from soniq_tui.model.snapshot import CauseRow, QueueView, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, job_rows
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.view import EMPTY, Line, failed_text, held_back, rule
from soniq_tui.words import _, many
from soniq_tui.words.told import told

BAR_CELLS = 10


def lines(
    snapshot: Snapshot,
    causes: tuple[CauseRow, ...],
    width: int,
    upper: int,
    glyphs: Glyphs,
    *,
    new: int = 0,
) -> list[Line]:
    """Return the causes in ``upper`` lines, and below them the queues; ``new`` as in the rule."""
    block = [*cause_lines(snapshot, causes, width, upper, glyphs, new=new)]
    block += [EMPTY] * (upper - len(block))
    return [*block, *queue_lines(snapshot, width, glyphs)]


def cause_lines(
    snapshot: Snapshot,
    causes: tuple[CauseRow, ...],
    width: int,
    height: int,
    glyphs: Glyphs,
    *,
    new: int = 0,
) -> list[Line]:
    """Return why things failed, the most frequent first; that nothing did.

    Each has the number of its batch where there are several.
    """
    note = failed_text(snapshot.failures, new, glyphs) if snapshot.failures else ""
    block = [rule(_("errors"), width, glyphs, note)]
    if not snapshot.failures:
        block.append(((f"   {_('nothing has failed')}", "muted"),))
    numbers = {cause.batch_id for cause in causes}
    several = len(numbers | {batch.id for batch in snapshot.batches}) > 1
    cells = max(map(len, map(str, numbers)), default=0) if several else 0
    block += [cause_line(cause, width, glyphs, cells) for cause in causes[: height - 1]]
    return block[:height]


def queue_lines(snapshot: Snapshot, width: int, glyphs: Glyphs) -> list[Line]:
    """Return the queues in use: slots as a bar, what waits, and whether it is held."""
    return [
        rule(_("queues"), width, glyphs),
        *(queue_line(q, width, glyphs) for q in queues_shown(snapshot)),
    ]


def queues_shown(snapshot: Snapshot) -> list[QueueView]:
    """Return the queues that have a line."""
    return [q for q in snapshot.queues if q.in_use and (q.slots or q.depth)]


def queue_line(queue: QueueView, width: int, glyphs: Glyphs) -> Line:
    """Return one queue."""
    bar = formats.bar(queue.active, queue.slots, BAR_CELLS, glyphs)
    back = held_back(queue)
    waits = ""
    if queue.depth:
        waits = many("{n} waiting", "{n} waiting", queue.depth)
    waits = _("held") if queue.held else shown(told(queue.reason)) if back else waits
    share = f"{queue.active}/{queue.slots}"
    room = width - BAR_CELLS - 22
    return (
        (f"   {formats.fit(shown(queue.name), 10)} ", ""),
        (bar, "accent" if queue.active else "muted"),
        (
            f"{share:>6} {formats.fit(formats.cut_right(waits, room, glyphs), room, right=True)}",
            "warn" if queue.held or back else "",
        ),
    )


def cause_line(cause: CauseRow, width: int, glyphs: Glyphs, number_cells: int = 0) -> Line:
    """Return one cause: how often, in which batch where its number is given cells, and why."""
    text = job_rows.why_text(cause.kind, cause.reason)
    head = f" {glyphs.failed} {formats.count(cause.count):>6} "
    number = f"#{cause.batch_id:<{number_cells}} " if number_cells else ""
    room = width - len(head) - len(number) - 1
    return ((head, "bad"), (number, "muted"), (formats.cut_right(text, room, glyphs), ""))
