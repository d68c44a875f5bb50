"""Snapshot in, lines and rows out: what the screens show, as plain data; no Textual here.

A *line* is a tuple of ``(text, tone)`` spans; tones are the names in ``widgets/tones.py``.
Everything that comes from outside passes ``shown()`` here, so no widget ever holds raw foreign
text.
"""

from collections.abc import Sequence

from rich.cells import cell_len

from soniq_tui.model.job import BatchState
from soniq_tui.model.snapshot import FailureView, QueueView, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import UNICODE, Glyphs

Span = tuple[str, str]
Line = tuple[Span, ...]
EMPTY: Line = ()
USUAL = 78
"""Below this width the second line leaves out what the bar tells too."""
WIDE = 100
"""From this width on the header also tells median, success rate, free memory and the eta's band."""
SPARK_WIDE = 116
"""Between the two widths the sparkline gives its place to them."""
SPARK_CELLS = 10
LOST = "the engine does not answer; trying again. What is shown is the last that was known"


def state_of(
    snapshot: Snapshot,
    glyphs: Glyphs,
    *,
    frozen: bool,
    lost: bool = False,
    silent_s: float = 0.0,
) -> Span:
    """Return the sign and word at the right end of the header."""
    if lost or silent_s:
        word = "lost" if lost else f"no answer for {silent_s:.0f} s"
        return f"{glyphs.failed} {word}", "bad"
    if frozen:
        return f"{glyphs.paused} frozen", "warn"
    if snapshot.banner:
        return f"{glyphs.failed} held", "warn"
    if snapshot.active:
        return f"{glyphs.running} live", "accent"
    if any(b.state in {BatchState.PAUSED, BatchState.PAUSING} for b in snapshot.batches):
        return f"{glyphs.paused} paused", "warn"
    return f"{glyphs.queued} idle", "muted"


def banner(
    snapshot: Snapshot | None, width: int, glyphs: Glyphs = UNICODE, *, lost: bool = False
) -> Line:
    """Return why the engine holds back, or that it is lost; nothing when all is well."""
    text = LOST if lost else snapshot.banner if snapshot else ""
    if not text:
        return EMPTY
    return ((" " + formats.cut_right(f"{glyphs.failed} {shown(text)}", width - 2, glyphs), "bad"),)


def held_back(queue: QueueView) -> bool:
    """Return whether the engine uses fewer slots of a queue than there are, for its own reasons."""
    return queue.target < queue.slots and queue.reason.startswith(("held", "down to"))


def held_notes(snapshot: Snapshot) -> list[str]:
    """Return one note for each queue that is held back: ``extract held at 2: 78 °C``."""
    return [f"{q.name} {shown(q.reason)}" for q in snapshot.queues if q.in_use and held_back(q)]


def header(
    snapshot: Snapshot | None,
    width: int,
    glyphs: Glyphs = UNICODE,
    *,
    frozen: bool = False,
    attached: bool = False,
    lost: bool = False,
    silent_s: float = 0.0,
) -> list[Line]:
    """Return the three lines at the top of the dashboard: machine, totals, bar.

    What an engine last said before it fell silent is muted, all but the word that says so.
    """
    if snapshot is None:
        return [((" soniq", "strong"), ("  starting the engine" + glyphs.cut, "")), EMPTY, EMPTY]
    state = state_of(snapshot, glyphs, frozen=frozen, lost=lost, silent_s=silent_s)
    lines = [
        machine_line(snapshot, width, glyphs, state=state, attached=attached),
        totals_line(snapshot, width, glyphs),
        bar_line(snapshot, width, glyphs),
    ]
    if not silent_s:
        return lines
    return [tuple(s if s is state else (s[0], "muted") for s in line) for line in lines]


def machine_line(
    snapshot: Snapshot,
    width: int,
    glyphs: Glyphs,
    *,
    state: Span,
    attached: bool = False,
) -> Line:
    """Return the first line: name, batches; what the machine tells and ``state`` at the right."""
    host = snapshot.host
    batches = formats.plural(len(snapshot.batches), "batch", "batches")
    words = [shown(host.name, 20)] if host.name else []
    words += [f"attached to {host.pid}"] if attached else []
    left = "".join(f"  {word}" for word in [*words, batches])
    facts = [] if host.cpu_percent is None else [f"cpu {host.cpu_percent:3.0f}%"]
    if host.temperature_c is not None:
        facts.append(f"{host.temperature_c:.0f} {glyphs.degree}")
    facts += [f"mem {formats.mib(host.rss_mib)}"] if host.rss_mib else []
    if host.memory_available_mib is not None and width >= WIDE:
        facts.append(f"free {formats.mib(host.memory_available_mib)}")
    trouble = shown(host.trouble, 24) + "  " if host.trouble else ""
    right = "  ".join([*facts, ""])
    room = width - len(" soniq") - len(right) - len(trouble) - len(state[0]) - 1
    return (
        (" soniq", "strong"),
        (formats.fit(formats.cut_right(left, room - 2, glyphs), room) + right, ""),
        *(((trouble, "bad"),) if trouble else ()),
        state,
    )


def totals_line(snapshot: Snapshot, width: int, glyphs: Glyphs) -> Line:
    """Return the second line; each figure has its own place, so that none moves another."""
    slots = sum(q.slots for q in snapshot.queues if q.in_use)
    share = f"{snapshot.active}/{slots}" if slots else glyphs.unknown
    rates = formats.spark(snapshot.rates, SPARK_CELLS, glyphs) + " "
    left = "" if snapshot.eta_s is None else "~" + formats.duration(snapshot.eta_s, glyphs)
    per_s = formats.rate(snapshot.items_per_s, glyphs)
    figures = [
        f" queue {formats.count(snapshot.depth)}".ljust(15),
        f"slots {share}".ljust(12),
    ]
    if width >= USUAL:
        figures.append(f"done {formats.count(snapshot.items.done)}".ljust(13))
    failed = f"failed {formats.count(snapshot.items.failed)}".ljust(13)
    more = ""
    if width >= WIDE:
        done, judged = snapshot.items.done, snapshot.items.done + snapshot.items.failed
        more = f"median {formats.brief(snapshot.median_item_s, glyphs)}".ljust(14)
        more += f"good {formats.percent(done, judged, glyphs)}".ljust(11)
        if left:
            left = formats.guess(snapshot.eta_s, snapshot.eta_low_s, snapshot.eta_high_s, glyphs)
    tone = "bad" if snapshot.items.failed else ""
    if width < USUAL or WIDE <= width < SPARK_WIDE:
        rates = ""
    return (("".join(figures), ""), (failed, tone), (f"{more}{per_s:>7} {rates}{left}", ""))


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
    """Return the rule above the slots: which queues are held back, how much has failed."""
    if snapshot is None:
        return rule("slots", width, glyphs)
    notes = held_notes(snapshot)
    notes += [f"failed {formats.count(snapshot.failures)}"] if snapshot.failures else []
    room = width - len(" -- slots ") - 4
    note = formats.cut_right(f" {glyphs.dot} ".join(notes), room, glyphs)
    return rule("slots", width, glyphs, note, "warn" if held_notes(snapshot) else "rule")


def rule(
    title: str, width: int, glyphs: Glyphs = UNICODE, note: str = "", tone: str = "rule"
) -> Line:
    """Return a rule of ``width`` cells with a title and a note of ``tone`` at its right end."""
    head = f" {glyphs.rule * 2} {title} "
    tail = f" {note} " if note else ""
    end = glyphs.rule if note else ""
    line = head + glyphs.rule * max(0, width - len(head) - cell_len(tail) - len(end) - 1)
    if tone == "rule":
        return ((line + tail + end, tone),)
    return ((line, "rule"), (tail, tone), (end, "rule"))


def welcome(
    glyphs: Glyphs = UNICODE, *, demo: bool = False, titles: Sequence[str] = ()
) -> list[Line]:
    """Return the empty state: what this is, what to press; ``titles`` of the forms there are."""
    kinds = ": " + ", ".join(shown(title, 24).lower() for title in titles) if titles else ""
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
        ((" n", "key"), (f"  new batch{kinds}", "")),
        offer,
        ((" ?", "key"), ("  every key" + " " * 3 + glyphs.dot + " q leaves", "")),
    ]
