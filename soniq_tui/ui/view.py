"""Snapshot in, lines and rows out: what the screens show, as plain data; no Textual here.

A *line* is a tuple of ``(text, tone)`` spans; tones are the names in ``widgets/tones.py``.
Everything that comes from outside passes ``shown()`` here, so no widget ever holds raw foreign
text.
"""

from soniq_tui.model.job import BatchState
from soniq_tui.model.snapshot import (
    FailureView,
    Snapshot,
)
from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import UNICODE, Glyphs

Span = tuple[str, str]
Line = tuple[Span, ...]
EMPTY: Line = ()
USUAL = 78
"""Below this width the second line leaves out what the bar tells too."""
WIDE = 110
"""From this width on the header also tells the median duration and the success rate."""
SPARK_CELLS = 10


def state_of(snapshot: Snapshot, glyphs: Glyphs, *, frozen: bool) -> Span:
    """Return the sign and word at the right end of the header."""
    if frozen:
        return f"{glyphs.paused} frozen", "warn"
    if snapshot.banner:
        return f"{glyphs.failed} held", "warn"
    if snapshot.active:
        return f"{glyphs.running} live", "accent"
    if any(b.state in {BatchState.PAUSED, BatchState.PAUSING} for b in snapshot.batches):
        return f"{glyphs.paused} paused", "warn"
    return f"{glyphs.queued} idle", "muted"


def header(
    snapshot: Snapshot | None, width: int, glyphs: Glyphs = UNICODE, *, frozen: bool = False
) -> list[Line]:
    """Return the three lines at the top of the dashboard: machine, totals, bar."""
    if snapshot is None:
        return [((" soniq", "strong"), ("  starting the engine" + glyphs.cut, "")), EMPTY, EMPTY]
    return [
        machine_line(snapshot, width, glyphs, frozen=frozen),
        totals_line(snapshot, width, glyphs),
        bar_line(snapshot, width, glyphs),
    ]


def machine_line(snapshot: Snapshot, width: int, glyphs: Glyphs, *, frozen: bool = False) -> Line:
    """Return the first line: name, batches; CPU, memory and the state at the right."""
    host = snapshot.host
    batches = formats.plural(len(snapshot.batches), "batch", "batches")
    left = f"  {shown(host.name, 20)}  {batches}" if host.name else f"  {batches}"
    if snapshot.banner:
        left += "  " + shown(snapshot.banner)
    facts = [] if host.cpu_percent is None else [f"cpu {host.cpu_percent:3.0f}%"]
    facts += [f"mem {formats.mib(host.rss_mib)}"] if host.rss_mib else []
    word, tone = state_of(snapshot, glyphs, frozen=frozen)
    right = "  ".join([*facts, ""])
    room = width - len(" soniq") - len(right) - len(word) - 1
    return (
        (" soniq", "strong"),
        (formats.fit(formats.cut_right(left, room, glyphs), room) + right, ""),
        (word, tone),
    )


def totals_line(snapshot: Snapshot, width: int, glyphs: Glyphs) -> Line:
    """Return the second line; each figure has its own place, so that none moves another."""
    slots = sum(q.slots for q in snapshot.queues)
    rates = formats.spark(snapshot.rates, SPARK_CELLS, glyphs)
    left = "" if snapshot.eta_s is None else "~" + formats.duration(snapshot.eta_s, glyphs)
    per_s = formats.rate(snapshot.items_per_s, glyphs)
    figures = [
        f" queue {formats.count(snapshot.depth)}".ljust(15),
        f"slots {snapshot.active}/{slots}".ljust(12),
    ]
    if width >= USUAL:
        figures.append(f"done {formats.count(snapshot.items.done)}".ljust(13))
    failed = f"failed {formats.count(snapshot.items.failed)}".ljust(13)
    more = ""
    if width >= WIDE:
        item_s = snapshot.median_item_s
        median = glyphs.unknown if item_s is None else f"{item_s * 1000:.1f} ms"
        share = formats.percent(
            snapshot.items.ended - snapshot.items.failed, snapshot.items.ended, glyphs
        )
        more = f"median {median}".ljust(17) + f"good {share}".ljust(12)
    tone = "bad" if snapshot.items.failed else ""
    if width < USUAL:
        rates = ""
    return (("".join(figures), ""), (failed, tone), (f"{more}{per_s:>7} {rates} {left}", ""))


def bar_line(snapshot: Snapshot, width: int, glyphs: Glyphs) -> Line:
    """Return the third line: how much of the items known so far has ended."""
    items = snapshot.items
    share = formats.percent(items.ended, items.total, glyphs)
    if any(b.growing for b in snapshot.batches) and items.total:
        share = "~" + share
    bar = formats.bar(items.ended, items.total, width - 9, glyphs)
    return ((" " + bar, "accent"), (f"{share:>7}", ""))


def failure_line(failure: FailureView | None, width: int, glyphs: Glyphs = UNICODE) -> Line:
    """Return the newest failure in one line, with how many like it there are."""
    if failure is None:
        return EMPTY
    like = failure.same - 1
    tail = (f"  ({formats.count(like)} like it)" if like else "") + "  e opens"
    head = f" {glyphs.failed} {formats.clock(failure.at_s)} {shown(failure.importer, 10)} "
    room = max(8, width - len(head) - len(tail) - 1)
    item = formats.cut_left(shown(failure.item), room * 2 // 5, glyphs)
    reason = f"{failure.kind}: {shown(failure.reason)}" if failure.reason else str(failure.kind)
    text = formats.cut_right(f"{item}  {reason}", room, glyphs)
    return ((head, "bad"), (formats.fit(text, room) + tail, ""))


def slots_rule(snapshot: Snapshot | None, width: int, glyphs: Glyphs = UNICODE) -> Line:
    """Return the rule above the slots."""
    note = f"failed {formats.count(snapshot.failures)}" if snapshot and snapshot.failures else ""
    return rule("slots", width, glyphs, note)


def rule(title: str, width: int, glyphs: Glyphs = UNICODE, note: str = "") -> Line:
    """Return a rule of ``width`` cells with a title and a note at its right end."""
    head = f" {glyphs.rule * 2} {title} "
    tail = f" {note} {glyphs.rule}" if note else ""
    return ((head + glyphs.rule * max(0, width - len(head) - len(tail) - 1) + tail, "rule"),)


def welcome(glyphs: Glyphs = UNICODE, *, demo: bool = False) -> list[Line]:
    """Return the empty state: what this is, what to press."""
    offer = (
        ((" D", "key"), ("  runs the demo: small batches that are made for looking", ""))
        if demo
        else EMPTY
    )
    return [
        EMPTY,
        ((" soniq runs big, slow batches on this machine and loses none of them.", ""),),
        ((" Start one, watch it, close the lid: it goes on, and what failed can be retried.", ""),),
        EMPTY,
        ((" n", "key"), ("  new batch: a music folder, a list of recipes, a web site", "")),
        offer,
        ((" ?", "key"), ("  every key" + " " * 3 + glyphs.dot + " q leaves", "")),
    ]
