"""Every key, made from the table of keys."""

from rich.cells import cell_len
from textual.app import ComposeResult

from soniq_tui.ui import formats, view
from soniq_tui.ui.actions.action import Action
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keymap import key_name
from soniq_tui.ui.keys import ACTIONS, HELP_GROUPS
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.text import Text

KEY_CELLS = 10
TWO_COLUMNS = 140


def keys_text(action: Action) -> str:
    """Return an action's keys as help writes them; the palette has those without a key."""
    return " ".join(key_name(key) for key in action.keys or ("colon",) if key != "equals_sign")


def group_lines(group: str, width: int, glyphs: Glyphs) -> list[Line]:
    """Return one group of actions with its rule."""
    lines: list[Line] = [
        view.rule(group.lower() if group in {"Work", "Look", "Go"} else group, width, glyphs)
    ]
    for action in ACTIONS:
        if action.group == group:
            where = "" if not action.screens else f"  ({', '.join(sorted(action.screens))})"
            text = formats.cut_right(action.tooltip + where, width - KEY_CELLS - 3, glyphs)
            lines.append(((f"  {formats.fit(keys_text(action), KEY_CELLS)} ", "key"), (text, "")))
    return lines


def help_lines(width: int, glyphs: Glyphs) -> list[Line]:
    """Return the whole help; two columns on wide screens."""
    moves: Line = (("  ↑↓ PgUp PgDn Home End  ", "key"), ("move in every list and text", ""))
    if width < TWO_COLUMNS:
        lines: list[Line] = []
        for group in HELP_GROUPS:
            lines += [*group_lines(group, width, glyphs), *([moves] if group == "Go" else [])]
        return lines
    half = width // 2 - 1
    left = group_lines(HELP_GROUPS[0], half, glyphs) + group_lines(HELP_GROUPS[3], half, glyphs)
    right = [
        *group_lines(HELP_GROUPS[1], half, glyphs),
        moves,
        *group_lines(HELP_GROUPS[2], half, glyphs),
    ]
    return beside(left, right, half)


def beside(left: list[Line], right: list[Line], width: int) -> list[Line]:
    """Return two blocks side by side, the left one ``width`` cells wide."""
    lines = []
    for number in range(max(len(left), len(right))):
        first = left[number] if number < len(left) else EMPTY
        second = right[number] if number < len(right) else EMPTY
        gap = width - sum(cell_len(text) for text, _ in first)
        lines.append((*first, (" " * max(1, gap + 1), ""), *second))
    return lines


class Help(ConsoleScreen):
    """The keys; scrolls where they do not fit."""

    where = "help"

    def __init__(self) -> None:
        super().__init__()
        self.head = Lines(1)
        self.text = Text(id="help")

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.banner_line
        yield self.text
        yield from self.bottom()

    def on_mount(self) -> None:
        """Write the help."""
        self.text.focus()

    def redraw(self) -> None:
        """Write the help for this width."""
        width = self.app.size.width
        self.head.show([((" soniq", "strong"), ("  help: every key", ""))])
        self.text.show(help_lines(width - 1, self.glyphs))
        self.offer_banner()
        self.offer_keys()
