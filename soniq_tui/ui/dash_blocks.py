"""Blocks of the dashboard: causes and queues in its second column, the welcome without batches.

Those of the second column have the places of what is beside them, so that nothing moves when a
figure does. Pure.
"""

from collections.abc import Sequence

from rich.cells import cell_len

from soniq_tui.model.snapshot import CauseRow, QueueView, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.model.waiting import held_back
from soniq_tui.ui import formats, job_rows
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.view import EMPTY, Line, failed_text, rule
from soniq_tui.words import _, labelled, many
from soniq_tui.words.told import told

BAR_CELLS = 10


def side_lines(
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


def welcome_lines(
    width: int, glyphs: Glyphs = UNICODE, *, demo: bool = False, titles: Sequence[str] = ()
) -> list[Line]:
    """Return the empty state: what this is, what to press; ``titles`` of the forms there are."""
    lines: list[Line] = [EMPTY]
    for text in (
        _("soniq runs big, slow batches on this machine and loses none of them."),
        _("Start one, watch it, close the lid: it goes on, and what failed can be retried."),
    ):
        lines += [((f" {part}", ""),) for part in formats.wrap(text, width - 2)]
    lines.append(EMPTY)
    kinds = ", ".join(shown(_(title), 24).lower() for title in titles)
    starts = labelled(_("new batch"), kinds) if kinds else _("new batch")
    offers = [(pressed("batch.new"), starts)]
    if demo:
        runs = _("runs the demo: a small music library, made to look at")
        offers.append((pressed("demo.run"), runs))
    leaves = _("{key} leaves").format(key=pressed("app.quit"))
    offers.append((pressed("app.help"), _("every key") + f"   {glyphs.dot} {leaves}"))
    for key, text in offers:
        for number, part in enumerate(formats.wrap(text, width - 6)):
            head = key if number == 0 else " " * cell_len(key)
            lines.append(((f" {head}", "key"), (f"  {part}", "")))
    return lines
