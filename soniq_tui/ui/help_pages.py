"""The pages of the help as lines: the keys, the language of filters. Pure."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from soniq_tui.model.snapshot import View
from soniq_tui.ui import filters, formats, keys, view
from soniq_tui.ui.actions.action import GO, MAIN, Action
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keymap import in_words, said
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.words import _, mark

TWO_COLUMNS = 140
"""From this width on the keys stand in two columns."""
INDENT, GAP = 2, 2
MOST_KEY_CELLS = 18
"""Longer keys stand on a line of their own."""
SAME_KEY = frozenset({"equals_sign"})
"""Keys that only stand for another on the same button."""
UNLISTED = frozenset({"Question", "Leave", "Palette", "Replay"})
"""Groups of screens that show all their keys themselves."""
TITLES = (mark("New batch"), mark("Saved filters"), mark("Help"))
"""Groups of single screens that the page has too."""
FILTERED = {View.JOBS: mark("jobs"), View.CAUSES: mark("errors"), View.LOG: mark("the log")}
"""Lists that have a filter, as they are called."""
Row = tuple[str, str, str]
"""What is pressed or typed, what it does, where."""


# ---------------------------------------------------------------- keys


def key_lines(width: int, glyphs: Glyphs) -> list[Line]:
    """Return the page of the keys; two columns on wide screens."""
    blocks = _key_blocks(glyphs)
    if width < TWO_COLUMNS:
        room = key_room(row for _title, rows in blocks for row in rows)
        return [line for title, rows in blocks for line in block(title, rows, width, glyphs, room)]
    half = width // 2 - 1
    room = key_room(row for _title, rows in blocks for row in rows)
    columns: tuple[list[Line], list[Line]] = ([], [])
    for title, rows in blocks:
        shorter = min(columns, key=len)
        shorter += block(title, rows, half, glyphs, room)
    return beside(columns[0], columns[1], half)


def _key_blocks(glyphs: Glyphs) -> list[tuple[str, list[Row]]]:
    """Return the actions by group, those of every screen first."""
    groups = dict.fromkeys((*keys.HELP_GROUPS, *(a.group for a in keys.actions())))
    blocks = []
    for group in groups:
        if group in UNLISTED:
            continue
        rows = [
            (keys_text(action, glyphs), action.meaning, where_text(action))
            for action in keys.actions()
            if action.group == group and action.tooltip
        ]
        if group == GO:
            rows.append((_moves_text(glyphs), _("move in every list and text"), ""))
        blocks.append((_(group), rows))
    return blocks


def keys_text(action: Action, glyphs: Glyphs) -> str:
    """Return an action's keys as help writes them; the palette has those without a key."""
    pressed = action.keys or keys.action("app.palette").keys[:1]
    return written((key for key in pressed if key not in SAME_KEY or len(pressed) == 1), glyphs)


def _moves_text(glyphs: Glyphs) -> str:
    return written((move.keys[0] for move in keys.moves() if move.keys), glyphs)


def written(pressed: Iterable[str], glyphs: Glyphs) -> str:
    """Return keys as they are written, in the signs there are."""
    names = [said(key) for key in pressed]
    if glyphs.cut.isascii():
        names = [in_words(name) for name in names]
    return " ".join(names)


def where_text(action: Action) -> str:
    """Return where an action works; empty where that is everywhere."""
    if not action.screens or action.screens >= MAIN:
        return ""
    order = {name: number for number, name in enumerate(keys.PLACES)}
    screens = sorted(action.screens, key=lambda name: (order.get(name, len(order)), name))
    names = [_(keys.PLACES.get(name, name)) for name in screens]
    return ", ".join(name for name in names if name)


# ---------------------------------------------------------------- filters


def filter_lines(width: int, glyphs: Glyphs) -> list[Line]:
    """Return the page of the language of filters, as the engine reads it."""
    everywhere = [(typed, _(finds), "") for typed, finds in filters.GRAMMAR]
    blocks: list[tuple[str, list[Row]]] = [(_("in every list"), everywhere)]
    for each, title in FILTERED.items():
        if each in filters.MEANINGS:
            own = filters.meanings(each)[len(everywhere) :]
            blocks.append((_(title), [(typed, finds, "") for typed, finds in own]))
    searched = [(typed, _(finds), "") for typed, finds in filters.SEARCHED]
    blocks.append((_("searches of results"), searched))
    room = key_room(row for _title, rows in blocks for row in rows)
    return [line for title, rows in blocks for line in block(title, rows, width, glyphs, room)]


# ---------------------------------------------------------------- lines


def key_room(rows: Iterable[Row]) -> int:
    """Return how wide the column of keys is: the widest that is not too wide."""
    widths = [cell_len(row[0]) for row in rows]
    return max((width for width in widths if width <= MOST_KEY_CELLS), default=0)


def block(title: str, rows: Sequence[Row], width: int, glyphs: Glyphs, room: int) -> list[Line]:
    """Return a rule with a title, and rows of two columns below it; texts are wrapped, not cut."""
    lines: list[Line] = [view.rule(title[:1].lower() + title[1:], width, glyphs)]
    for typed, does, where in rows:
        lines += _row(typed, does, where, width, room)
    return lines


def _row(typed: str, does: str, where: str, width: int, room: int) -> list[Line]:
    left = INDENT + room + GAP
    texts = formats.wrap(does, max(10, width - left))
    tails = [f"({where})"] if where else []
    if tails and cell_len(texts[-1]) + 2 + cell_len(tails[0]) <= width - left:
        spans: list[Line] = [*(((text, ""),) for text in texts[:-1])]
        spans.append(((texts[-1] + "  ", ""), (tails[0], "muted")))
    else:
        spans = [((text, ""),) for text in texts]
        for tail in tails:
            spans += [((text, "muted"),) for text in formats.wrap(tail, max(10, width - left))]
    head = " " * INDENT + typed
    lines: list[Line] = []
    if cell_len(typed) > room:
        lines.append(((head, "key"),))
        head = ""
    for span in spans:
        lines.append(((formats.fit(head, left), "key"), *span))
        head = ""
    return lines


def beside(left: list[Line], right: list[Line], width: int) -> list[Line]:
    """Return two blocks side by side, the left one ``width`` cells wide."""
    lines = []
    for number in range(max(len(left), len(right))):
        first = left[number] if number < len(left) else EMPTY
        second = right[number] if number < len(right) else EMPTY
        gap = width - sum(cell_len(text) for text, _tone in first)
        lines.append((*first, (" " * max(1, gap + 1), ""), *second))
    return lines
