"""Every action by name."""

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Input

from soniq_tui.ui import view
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keys import Action, actions_on
from soniq_tui.ui.rows import Column, TableRow
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.situation import Situation
from soniq_tui.ui.widgets.fields import LineInput
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.sources import ListSource
from soniq_tui.ui.widgets.table import VirtualTable

COLUMNS = (Column("KEY", 6), Column("ACTION", 12), Column("WHAT IT DOES"))
HIDDEN = frozenset({"app.palette", "go.back"})


def matches(action: Action, text: str) -> bool:
    """Return whether every word of ``text`` occurs in the action's words."""
    words = f"{action.id} {action.label} {action.tooltip}".lower()
    return all(word in words for word in text.lower().split())


def rows_for(actions: list[Action], now: Situation, glyphs: Glyphs) -> list[TableRow]:
    """Return one row for each action; what cannot be done now says why."""
    rows = []
    for action in actions:
        reason = action.allowed(now)
        what = f"{action.tooltip} {glyphs.dot} {reason}" if reason else action.tooltip
        cells = (action.key, action.words(now), what)
        rows.append(
            TableRow(
                action.id,
                glyphs.queued if reason else glyphs.running,
                "muted" if reason else "accent",
                cells,
                muted=bool(reason),
            )
        )
    return rows


class Palette(ConsoleScreen, ModalScreen[str], inherit_bindings=False):
    """Type a word, take an action; gives the action's id, or nothing."""

    where = "palette"

    def __init__(self, screen: str, now: Situation) -> None:
        super().__init__()
        self._offers = [a for a in actions_on(screen) if a.id not in HIDDEN]
        self._now = now
        self.source = ListSource()
        self.head = Lines(1)
        self.line = LineInput(placeholder="type a word: pause, errors, theme")
        self.table = VirtualTable(COLUMNS, self.source)

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.line
        yield self.table
        yield from self.bottom()

    def on_mount(self) -> None:
        """Offer everything."""
        self.table.glyphs = self.glyphs
        self.line.focus()
        self.narrow("")

    def redraw(self) -> None:
        """Draw the title."""
        self.head.show([view.rule("all actions", self.app.size.width, self.glyphs)])
        self.offer_keys()

    def narrow(self, text: str) -> None:
        """Offer what matches."""
        found = [a for a in self._offers if matches(a, text)]
        self.source.put(rows_for(found, self._now, self.glyphs))
        self.table.reset()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow while typing."""
        self.narrow(event.value)

    def on_input_submitted(self) -> None:
        """Do the marked action."""
        self.do_palette_run()

    def do_palette_run(self) -> None:
        """Give back the marked action."""
        row = self.table.current
        self.dismiss(str(row.id) if row else "")

    def do_palette_close(self) -> None:
        """Give back nothing."""
        self.dismiss("")

    def do_palette_down(self) -> None:
        """Mark the next one."""
        self.table.move_to(self.table.cursor + 1)

    def do_palette_up(self) -> None:
        """Mark the one before."""
        self.table.move_to(self.table.cursor - 1)
