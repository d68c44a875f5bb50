"""What stands beside a launch form, as lines: help, what it would meet, the same as a command.

In little room the three share a few lines; with more of it each has its own and recent launches
join them. Plain data; no Textual here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from soniq_tui.model.forms import FormSpec, Preview
from soniq_tui.model.job import BATCH_ENDED
from soniq_tui.model.snapshot import BatchView
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, forms, view
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.remembered import Launched
from soniq_tui.ui.view import EMPTY, Line, how_far
from soniq_tui.words import _, many
from soniq_tui.words.told import label

RECENTS = 9
"""So many are offered: each has a digit."""
ROOMY = 12
"""From so many lines on each part has its own."""

DOUBT = "!"
"""Before what may be launched and is likely a slip."""
SHORT = 8
"""A value of so many characters is told with a recent launch."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is said beside a form."""

    hint: str = ""
    """What was done with the form; a word on the field comes after it."""
    help: str = ""
    missing: str = ""
    """What is still to be typed."""
    problem: str = ""
    """What is wrong with a field."""
    preview: Preview | None = None
    """None while it is being looked."""
    busy: str = ""
    """What is being done, where it is more than looking."""
    command: str = ""
    recents: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class Recent:
    """A launch of an earlier day, and what came of it."""

    launch: Launched
    form: FormSpec
    batch: BatchView | None = None


def lines(beside: Beside, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Return the lines for a place of this size."""
    return (_roomy if height >= ROOMY else _close)(beside, width, height, glyphs)


def _close(beside: Beside, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    verdict, tone = _verdict(beside, glyphs)
    said = _block(verdict, width, max(1, min(2, height - 2)), glyphs, tone)
    command = _block(f"$ {shown(beside.command)}", width, height - 1 - len(said), glyphs)
    # A long command can be copied whole; what a field is for has the lines that it leaves.
    helped = _block(_told(beside), width, height - len(said) - len(command), glyphs, "muted")
    return [*helped, *said, *command]


def _roomy(beside: Beside, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    verdict, tone = _verdict(beside, glyphs)
    copies = pressed("form.copy")
    parts = [
        view.rule(_("what it would meet"), width, glyphs),
        *_block(verdict, width, 5, glyphs, tone),
        EMPTY,
        *_block(_told(beside), width, 4, glyphs, "muted"),
        EMPTY,
        view.rule(_("the same as a command"), width, glyphs, _("{key} copies").format(key=copies)),
        *_block(f"$ {shown(beside.command)}", width, 8, glyphs),
        EMPTY,
    ]
    if beside.recents and height >= len(parts) + 2:
        takes = _("{key} takes one").format(key=pressed("form.recents"))
        parts += [view.rule(_("recent"), width, glyphs, takes), *beside.recents]
    return parts


def _told(beside: Beside) -> str:
    """Return hint and help, each beginning a line."""
    return "\n".join(shown(text) for text in (beside.hint, beside.help) if text)


def _verdict(beside: Beside, glyphs: Glyphs) -> tuple[str, str]:
    """Return what is known of the launch, and the tone of it."""
    if beside.busy:
        return beside.busy + glyphs.cut, "muted"
    if beside.missing:
        return beside.missing, "muted"
    if beside.problem:
        return f"{glyphs.failed} {beside.problem}", "warn"
    if beside.preview is None:
        return _("looking") + glyphs.cut, "muted"
    sign, tone = glyphs.failed, "bad"
    if beside.preview.ok:
        sign, tone = (DOUBT, "warn") if beside.preview.doubt else (glyphs.done, "ok")
    return f"{sign} {shown(beside.preview.text)}", tone


def _block(text: str, width: int, most: int, glyphs: Glyphs, tone: str = "") -> list[Line]:
    """Return text in at most ``most`` lines, the last one cut."""
    room = max(1, width - 2)
    wrapped = formats.wrap(text, room)
    if len(wrapped) > most:
        last = formats.cut_right(wrapped[most - 1] + " " * room, room, glyphs)
        wrapped = [*wrapped[: most - 1], last]
    return [((" " + line, tone),) for line in wrapped]


# -------------------------------------------------------------------- recent launches


def recent_line(number: int, recent: Recent, width: int, glyphs: Glyphs, now_s: float) -> Line:
    """Return one launch: its digit, what it was, when, how it ended."""
    ended, tone = _ended(recent, glyphs)
    when = f"  {formats.when(recent.launch.at_s, now_s)}  "
    last = max(16, width // 4)
    ended = formats.cut_right(ended, last, glyphs)
    room = max(8, width - len(f" {number}  ") - len(when) - last - 1)
    what = formats.cut_right(summary(recent, room, glyphs), room, glyphs)
    return (
        (f" {number}", "key"),
        (f"  {formats.fit(what, room)}{when}", ""),
        (ended, tone),
    )


def summary(recent: Recent, room: int, glyphs: Glyphs) -> str:
    """Return what a launch was about: its verb, the first entry, how many more, its options."""
    field = recent.form.argument
    text = recent.launch.values.get(field.name, "") if field is not None else ""
    entries = [line for line in text.split("\n") if line.strip()]
    verb, after = recent.form.verb, ""
    if len(entries) > 1:
        n = len(entries) - 1
        after = " " + many("and {n} more", "and {n} more", n)
    for each in recent.form.fields:
        value = recent.launch.values.get(each.name, "").strip()
        if each is not field and value not in {"", forms.default_of(each)}:
            after += f" --{each.name.replace('_', '-')}"
            if each.kind != "flag" and len(value) <= SHORT:
                after += f" {shown(value)}"
    what = ""
    if entries:
        what = entries[0]
    elif field is not None:  # it was too long to be remembered; the engine has a name for it
        what = label(recent.launch.label)
    first = formats.cut_left(shown(what), max(12, room - len(verb) - len(after) - 1), glyphs)
    return f"{verb} {first}{after}" if first else f"{verb}{after}"


def _ended(recent: Recent, glyphs: Glyphs) -> tuple[str, str]:
    batch = recent.batch
    if batch is None:
        return glyphs.unknown, "muted"
    sign, tone = glyphs.of(batch.state)
    words = f"{sign} {_(str(batch.state))}"
    items = batch.items
    if batch.state not in BATCH_ENDED:
        share = formats.percent(*how_far(items, [batch] if batch.growing else []), glyphs)
        return f"{words} {share}", tone
    words += f" {formats.count(items.done)}"
    if items.failed:
        words += ", " + many("{n} failed", "{n} failed", items.failed)
    return words, "warn" if items.failed else tone
