"""One batch in lines, for the pane beside its list; pure."""

from collections import Counter
from collections.abc import Sequence

from soniq_tui.model.job import BATCH_ENDED
from soniq_tui.model.snapshot import BatchView, CauseRow, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.model.waiting import wait_of
from soniq_tui.ui import formats, job_rows, rows
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.outcomes import NONE, Changes, changes_text
from soniq_tui.ui.view import Facts, Line, fact_lines, rule
from soniq_tui.words import _, labelled, many
from soniq_tui.words.told import label, told


def facts_of(
    batch: BatchView,
    glyphs: Glyphs,
    causes: Sequence[CauseRow] = (),
    changes: Changes = NONE,
    waits: str = "",
) -> Facts:
    """Return everything that is known of a batch, foreign text as it came.

    While it goes on every figure has its line, known or not, so that none moves another.
    ``causes`` tell of what kinds its failures are, as far as they are of this batch; ``changes``
    what it has changed, ``waits`` what all of it waits for.
    """
    sign, _tone = glyphs.of(batch.state)
    facts = [
        (_("batch"), f"{batch.id}  {batch.importer}  {label(batch.label)}"),
        (_("state"), f"{sign} {_(str(batch.state))}"),
        (_("waits"), waits),
        (_("error"), told(batch.error)),
        (_("priority"), f"{batch.priority:+d}" if batch.priority else ""),
        *_figures(batch, glyphs, kinds_text(batch, causes)),
        (_("changed"), changes_text(changes)),
        (_("worked"), formats.duration(batch.worked_s, glyphs)),
        (_("added"), formats.moment(batch.added_at_s) if batch.added_at_s else ""),
        (_("ended"), formats.moment(batch.ended_at_s) if batch.ended_at_s else ""),
    ]
    return [(name, value) for name, value in facts if value]


def wait_text(batch: BatchView, snapshot: Snapshot | None) -> str:
    """Return what all of a batch waits for, with the key that helps; nothing where it does not."""
    wait = wait_of(batch, snapshot) if snapshot is not None else None
    if wait is None:
        return ""
    if wait.held:
        text = _("queue {queue} is held; {queues}, then {hold} there lets it go on")
        queues, hold = pressed("go.queues"), pressed("queue.hold")
        return text.format(queue=shown(wait.queue), queues=queues, hold=hold)
    if wait.reason:
        reason = shown(told(wait.reason))
        return _("{queue} is {reason}").format(queue=shown(wait.queue), reason=reason)
    return many(
        "the slots of {queue} work for batch {batches}; {key} raises the priority of this batch",
        "the slots of {queue} work for batches {batches}; {key} raises the priority of this batch",
        len(wait.behind),
    ).format(
        queue=shown(wait.queue),
        batches=", ".join(map(str, wait.behind)),
        key=pressed("priority.more"),
    )


def kinds_text(batch: BatchView, causes: Sequence[CauseRow]) -> str:
    """Return how many items of an ended batch failed by kind: ``2 blocked, 1 not found``.

    Nothing where not all of its causes are among them.
    """
    if batch.state not in BATCH_ENDED:
        return ""
    counts = Counter[str]()
    for cause in causes:
        if cause.batch_id == batch.id:
            counts[job_rows.kind_text(cause.kind)] += cause.count
    if counts.total() < batch.items.failed:
        return ""
    return ", ".join(f"{formats.count(n)} {kind}" for kind, n in counts.most_common())


def _figures(batch: BatchView, glyphs: Glyphs, kinds: str) -> Facts:
    items = batch.likely
    failed = formats.count(items.failed)
    counts = [
        (_("items"), rows.how_many(batch)),
        (_("done"), formats.count(items.done)),
        (_("skipped"), formats.count(items.skipped)),
        (_("failed"), labelled(failed, kinds) if kinds else failed),
        (_("good"), formats.percent(items.done, items.done + items.failed, glyphs)),
        (_("an item"), formats.brief(batch.median_item_s, glyphs)),
    ]
    if batch.state in BATCH_ENDED:
        return counts
    left = formats.guess(batch.eta_s, batch.eta_low_s, batch.eta_high_s, glyphs)
    runs, waits = formats.count(batch.running), formats.count(batch.waiting)
    return [
        *counts,
        (_("rate"), formats.rate(batch.items_per_s, glyphs)),
        (_("left"), left),
        (_("jobs"), _("{runs} running, {waits} waiting").format(runs=runs, waits=waits)),
    ]


def pane_lines(
    batch: BatchView | None,
    width: int,
    height: int,
    glyphs: Glyphs,
    causes: Sequence[CauseRow] = (),
    *,
    changes: Changes = NONE,
    waits: str = "",
) -> list[Line]:
    """Return a batch in at most ``height`` lines, a rule above it."""
    if batch is None:
        return [rule(_("batch"), width, glyphs)]
    title = _("batch {id}").format(id=shown(str(batch.id)))
    facts = facts_of(batch, glyphs, causes, changes, waits)
    return [rule(title, width, glyphs), *fact_lines(facts, width)][:height]
