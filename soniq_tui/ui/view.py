"""Snapshot in, lines and rows out: what the screens show, as plain data; no Textual here.

A *line* is a tuple of ``(text, tone)`` spans; tones are the names in ``widgets/tones.py``.
Everything that comes from outside passes ``shown()`` here, so no widget ever holds raw foreign
text.
"""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from soniq_tui.model.job import NO_ITEMS, BatchState, Items
from soniq_tui.model.snapshot import BatchView, FailureView, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.model.waiting import held_back
from soniq_tui.ui import formats, job_rows
from soniq_tui.ui.engine_state import state_of
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.words import _, labelled, many, mark
from soniq_tui.words.told import told

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
LOST = mark("the engine does not answer; trying again. Below is what was last known")
BANNER_ROWS = 2
"""A banner has its cause and what to do about it in so many lines, on any screen."""
SIGN_CELLS = 2
LEAST_PATH = 16
"""Cells to which the paths in a banner are cut before the text is."""
ALMOST = 1000
"""As long as more may be found a bar lacks at least one of so many parts of an item."""
ITEM_CELLS = 14
"""So much of a failed item's name is seen beside its reason, from its end."""
GRAPH_NOTE = 13
"""Cells beside the graph of the header, for what its height stands for."""


def banner(
    snapshot: Snapshot | None, width: int, glyphs: Glyphs = UNICODE, *, lost: bool = False
) -> list[Line]:
    """Return why the engine holds back, or that it is lost; no line when all is well."""
    text = _(LOST) if lost else snapshot.banner if snapshot else ""
    return notice_lines(glyphs.failed, shown(text), "bad", width, glyphs) if text else []


def notice_lines(sign: str, text: str, tone: str, width: int, glyphs: Glyphs) -> list[Line]:
    """Return a sign and a text, wrapped to the lines that a banner has."""
    parts = in_rows(text, width - SIGN_CELLS - 2, BANNER_ROWS, glyphs)
    signs = [sign, *" " * (len(parts) - 1)]
    return [((f" {s} {part}", tone),) for s, part in zip(signs, parts, strict=True)]


def in_rows(text: str, width: int, rows: int, glyphs: Glyphs) -> list[str]:
    """Return ``text`` in at most ``rows`` lines; what is too long loses its paths' beginnings.

    What stands behind a path says what to do, so the end is the last to be cut.
    """
    parts = formats.wrap(text, width)
    while len(parts) > rows:
        paths = [word for word in text.split(" ") if "/" in word]
        longest = max(paths, key=cell_len, default="")
        if cell_len(longest) <= LEAST_PATH:
            break
        room = max(LEAST_PATH, cell_len(longest) * 3 // 4)
        text = text.replace(longest, formats.cut_left(longest, room, glyphs), 1)
        parts = formats.wrap(text, width)
    if len(parts) > rows:
        parts[rows - 1 :] = [formats.cut_right(" ".join(parts[rows - 1 :]), width, glyphs)]
    return parts


def held_notes(snapshot: Snapshot) -> list[str]:
    """Return one note for each queue that is held back: ``extract held at 2: 78 °C``."""
    held = [q for q in snapshot.queues if q.in_use and held_back(q)]
    return [f"{q.name} {shown(told(q.reason))}" for q in held]


def header(
    snapshot: Snapshot | None,
    width: int,
    glyphs: Glyphs = UNICODE,
    *,
    frozen: bool = False,
    attached: bool = False,
    older: bool = False,
    place: str = "",
    lost: bool = False,
    silent_s: float = 0.0,
    side: int = 0,
    bar: bool = True,
) -> list[Line]:
    """Return the three lines at the top of the dashboard: machine, totals, bar.

    With ``side`` a graph of the last rates takes so many cells at the right of the two latter.

    What an engine last said before it fell silent is muted, all but the word that says so.
    """
    if snapshot is None:
        return [
            ((" soniq", "strong"), ("  " + _("starting the engine") + glyphs.cut, "")),
            EMPTY,
            EMPTY,
        ]
    state = state_of(snapshot, glyphs, frozen=frozen, lost=lost, silent_s=silent_s)
    lines = [
        machine_line(
            snapshot, width, glyphs, state=state, attached=attached, older=older, place=place
        ),
        *(
            beside_graph(snapshot, width, side, glyphs)
            if side
            else (totals_line(snapshot, width, glyphs), bar_line(snapshot, width, glyphs))
        ),
    ][: 3 if bar else 2]
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
    older: bool = False,
    place: str = "",
) -> Line:
    """Return the first line: name, batches; what the machine tells and ``state`` at the right.

    ``place`` is the data directory where it is not the usual one, as in a demo.
    """
    host = snapshot.host
    count = len(snapshot.batches)
    batches = many("{n} batch", "{n} batches", count)
    words = [shown(host.name, 20)] if host.name else []
    process = (
        _("attached to process {pid}, older code") if older else _("attached to process {pid}")
    )
    words += [process.format(pid=host.pid)] if attached else []
    words += [formats.in_place(shown(place), glyphs)] if place else []
    words.append(batches)
    # An engine at rest measures nothing: what its processor did last would be an old figure.
    share = glyphs.unknown if host.cpu_percent is None else f"{host.cpu_percent:.0f}%"
    facts = [f"{_('cpu')} {share:>4}"] if snapshot.active else []
    if host.temperature_c is not None:
        facts.append(f"{host.temperature_c:.0f} {glyphs.degree}")
    facts += [f"{_('mem')} {formats.mib(host.rss_mib)}"] if host.rss_mib else []
    if host.memory_available_mib is not None and width >= WIDE:
        facts.append(f"{_('free')} {formats.mib(host.memory_available_mib)}")
    trouble = shown(host.trouble, 24) + "  " if host.trouble else ""
    room = width - len(" soniq") - len(trouble) - len(state[0]) - 1
    left, right = apart(words, facts, room, glyphs)
    return (
        (" soniq", "strong"),
        (formats.fit(left, room - len(right)) + right, ""),
        *(((trouble, "bad"),) if trouble else ()),
        state,
    )


def apart(words: list[str], facts: list[str], room: int, glyphs: Glyphs) -> tuple[str, str]:
    """Return what stands at the left and at the right of ``room`` cells.

    Where it is short figures of the machine go first, the count of batches, which is told last,
    after them; what is left of the words is cut.
    """
    words, facts = list(words), list(facts)
    while True:
        left, right = "".join(f"  {word}" for word in words), "  ".join([*facts, ""])
        cells = room - len(right) - 2
        if cell_len(left) <= cells or not (facts or len(words) > 1):
            return formats.cut_right(left, cells, glyphs), right
        (facts or words).pop(0 if facts else -1)


def totals_line(snapshot: Snapshot, width: int, glyphs: Glyphs, *, spark: bool = True) -> Line:
    """Return the second line; each figure has its own place, so that none moves another."""
    items = counted(snapshot)
    slots = sum(q.slots for q in snapshot.queues if q.in_use)
    share = f"{snapshot.active}/{slots}" if slots else glyphs.unknown
    rates = formats.spark(snapshot.rates, SPARK_CELLS, glyphs) + " "
    left = "" if snapshot.eta_s is None else "~" + formats.duration(snapshot.eta_s, glyphs)
    per_s = formats.rate(snapshot.items_per_s, glyphs)
    figures = [
        placed(f" {_('queue')} {formats.count(snapshot.depth)}", 15),
        placed(f"{_('slots')} {share}", 12),
    ]
    if width >= USUAL:
        good = items.done + items.skipped
        figures.append(placed(f"{_('done')} {formats.count(good)}", 13))
    failed = placed(f"{_('failed')} {formats.count(items.failed)}", 13)
    more = ""
    if width >= WIDE:
        more = quality(snapshot, glyphs)
        if left:
            left = formats.guess(snapshot.eta_s, snapshot.eta_low_s, snapshot.eta_high_s, glyphs)
    tone = "bad" if items.failed else ""
    if not spark or width < USUAL or WIDE <= width < SPARK_WIDE:
        rates = ""
    head = "".join(figures)
    over = cell_len(f"{head}{failed}{more}{per_s:>7} {rates}{left}") - width
    if rates and over > 0:  # of millions of items: the time left is worth more than the rates
        rates = rates[over:]
    return ((head, ""), (failed, tone), (f"{more}{per_s:>7} {rates}{left}", ""))


def counted(snapshot: Snapshot) -> Items:
    """Return what *done* and *failed* count: while work goes on that of the batches at work.

    At rest they count all that are listed: a batch that waits for somebody must not make it look
    as if nothing had been done. What a search has passed over and not handed over counts, as it
    does in the row of its batch.
    """
    if snapshot.active or any(b.state is BatchState.RUNNING for b in snapshot.batches):
        ahead = sum(b.expected.ended for b in snapshot.batches if b.growing and b.expected)
        return snapshot.items.plus(Items(skipped=ahead))
    total = NO_ITEMS
    for batch in snapshot.batches:
        total = total.plus(batch.items)
    return total


def quality(snapshot: Snapshot, glyphs: Glyphs) -> str:
    """Return how long an item takes, and how many of them are good."""
    items = counted(snapshot)
    done, judged = items.done, items.done + items.failed
    median = placed(f"{_('median')} {formats.brief(snapshot.median_item_s, glyphs)}", 14)
    return median + placed(f"{_('good')} {formats.percent(done, judged, glyphs)}", 11)


def placed(text: str, cells: int) -> str:
    """Return a figure in its place; one that is longer still has a blank behind it."""
    return text.ljust(cells - 1) + " "


def beside_graph(snapshot: Snapshot, width: int, side: int, glyphs: Glyphs) -> list[Line]:
    """Return the second and the third line of a wide screen: figures, and a graph of two rows."""
    left = width - side
    totals = totals_line(snapshot, USUAL, glyphs, spark=False)
    bar, share = bar_line(snapshot, left - len(quality(snapshot, glyphs)) - 2, glyphs)
    cells = max(1, side - GRAPH_NOTE)
    upper, lower = formats.graph(snapshot.rates, cells, 2, glyphs)
    top = formats.rate(max(snapshot.rates, default=0.0), glyphs)
    notes = [top, f"{min(cells, len(snapshot.rates))} s"] if snapshot.rates else ["", ""]
    text = fitted(totals, left)
    figures = fitted([bar, share, ("  " + quality(snapshot, glyphs), "")], left)
    return [
        (*text, (upper, "accent"), (f" {_('top')} {notes[0]}" if notes[0] else "", "muted")),
        (*figures, (lower, "accent"), (f" {notes[1]}", "muted")),
    ]


def fitted(line: Sequence[Span], width: int) -> list[Span]:
    """Return a line in exactly ``width`` cells."""
    spans: list[Span] = []
    room = width
    for text, tone in line:
        part = text if cell_len(text) <= room else formats.fit(text, room)
        room -= cell_len(part)
        spans.append((part, tone))
    return [*spans, (" " * room, "")] if room else spans


def how_far(items: Items, growing: Iterable[BatchView]) -> tuple[int, int]:
    """Return how many items have ended and of how many, to tell how far their batches are.

    While more may be found what was skipped tells nothing of that: a scan that comes upon a file
    as it was has found and ended an item at once, and would be at its end from the first file on.
    Where all of the rest has ended, nothing is known of what is to come: both are 0 then.
    What is likely to be found counts as found, and what was skipped then counts too. However much
    has ended, it is not all before no more can be found.
    """
    found, aside = list(growing), 0
    for batch in found:
        items = items.plus(batch.likely).plus(batch.items, -1)
        aside += batch.items.skipped if batch.expected is None else 0
    ended, total = items.ended - aside, items.total - aside
    if not found or ended < total:
        return ended, total
    if total <= 0 or any(batch.expected is None for batch in found):
        return 0, 0
    return total * ALMOST - 1, total * ALMOST


def bar_line(snapshot: Snapshot, width: int, glyphs: Glyphs) -> Line:
    """Return the third line: how much of the items known so far has ended."""
    growing = [b for b in snapshot.batches if b.growing]
    ended, total = how_far(snapshot.items, growing)
    share = formats.percent(ended, total, glyphs)
    if growing and total:
        share = "~" + share
    bar = formats.bar(ended, total, width - 9, glyphs)
    return ((" " + bar, "accent"), (f"{share:>7}", ""))


def failure_line(
    failure: FailureView | None, width: int, glyphs: Glyphs = UNICODE, *, fresh: bool = False
) -> Line:
    """Return the newest failure in one line, with how many like it there are; bold when fresh."""
    if failure is None:
        return EMPTY
    like = failure.same - 1
    more = many("({n} like it)", "({n} like it)", like)
    tail = f"  {more}" if like else ""
    opens = "  " + _("{key} opens").format(key=pressed("go.errors"))
    head = f" {glyphs.failed} {formats.when(failure.at_s)} {shown(failure.importer, 10)} "
    reason = job_rows.why_text(failure.kind, failure.reason)
    room = max(8, width - cell_len(head) - cell_len(tail) - 1)
    if room - cell_len(opens) - cell_len(reason) - 2 >= ITEM_CELLS:
        room, tail = room - cell_len(opens), tail + opens  # else the reason is worth more
    item_room = max(min(ITEM_CELLS, room * 2 // 5), room - cell_len(reason) - 2)
    item = formats.cut_left(shown(failure.item), item_room, glyphs)
    text = formats.cut_right(f"{item}  {reason}", room, glyphs)
    return ((head, "bad"), (formats.fit(text, room) + tail, "head" if fresh else ""))


def failed_text(failed: int, new: int, glyphs: Glyphs) -> str:
    """Return ``failed 67 · 2 new``: ``new`` have failed since the errors were last looked at.

    Where all are new the number itself says so.
    """
    text = f"{_('failed')} {formats.count(failed)}"
    if not 0 < new < failed:
        return text
    return f"{text} {glyphs.dot} " + many("{n} new", "{n} new", new)


def slots_rule(
    snapshot: Snapshot | None, width: int, glyphs: Glyphs = UNICODE, *, new: int = 0
) -> Line:
    """Return the rule above the slots: which queues are held back, how much has failed."""
    if snapshot is None:
        return rule(_("slots"), width, glyphs)
    notes = held_notes(snapshot)
    if snapshot.failures:
        notes.append(failed_text(snapshot.failures, new, glyphs))
    room = width - cell_len(f" -- {_('slots')} ") - 4
    note = formats.cut_right(f" {glyphs.dot} ".join(notes), room, glyphs)
    return rule(_("slots"), width, glyphs, note, "warn" if held_notes(snapshot) else "rule")


def rule(
    title: str, width: int, glyphs: Glyphs = UNICODE, note: str = "", tone: str = "rule"
) -> Line:
    """Return a rule of ``width`` cells with a title and a note of ``tone`` at its right end."""
    head = f" {glyphs.rule * 2} {title} "
    tail = f" {note} " if note else ""
    end = glyphs.rule if note else ""
    line = head + glyphs.rule * max(0, width - cell_len(head) - cell_len(tail) - len(end) - 1)
    if tone == "rule":
        return ((line + tail + end, tone),)
    return ((line, "rule"), (tail, tone), (end, "rule"))


NAME_CELLS = 10
VALUE_CHARS = 16_384
"""Of one line of a value; the rest is cut off."""
Facts = list[tuple[str, str]]
"""Names, in the language in use, and what they are, as it came."""


def fact_lines(facts: Facts, width: int) -> list[Line]:
    """Return names at the left and their wrapped values beside them."""
    lines: list[Line] = []
    for name, value in facts:
        safe = "\n".join(shown(part, VALUE_CHARS) for part in value.split("\n"))
        for number, part in enumerate(formats.wrap(safe, max(20, width - NAME_CELLS - 3))):
            head = formats.fit(name if number == 0 else "", NAME_CELLS)
            lines.append(((f" {head} ", "muted"), (part, "")))
    return lines


def facts_text(facts: Facts) -> str:
    """Return facts as lines of text, uncut and safe to show."""
    parts = ((name, value.split("\n")) for name, value in facts)
    return "".join(
        labelled(name, "\n".join(shown(part, VALUE_CHARS) for part in lines)) + "\n"
        for name, lines in parts
    )
