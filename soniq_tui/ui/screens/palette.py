"""Every action by name."""

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Input

from soniq_tui.ui import view
from soniq_tui.ui.actions.action import Action
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keys import BY_ID, actions_on
from soniq_tui.ui.rows import Column, TableRow
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.situation import Situation
from soniq_tui.ui.widgets.fields import LineInput
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.sources import ListSource
from soniq_tui.ui.widgets.table import VirtualTable

COLUMNS = (Column("KEY", 6), Column("ACTION", 12), Column("WHAT IT DOES"))
HIDDEN = frozenset({"app.palette", "go.back", "results.back"})


def named(action: Action, now: Situation, text: str) -> bool:
    """Return whether every word of ``text`` occurs in the action's name."""
    name = f"{action.id} {action.label} {action.words(now)}".lower()
    return all(word in name for word in text.lower().split())


def matches(action: Action, now: Situation, text: str) -> bool:
    """Return whether ``text`` is the action's key, or its words occur in what is said of it."""
    words = f"{action.id} {action.label} {action.words(now)} {action.tooltip}".lower()
    return text == action.key or all(word in words for word in text.lower().split())


def found(actions: list[Action], now: Situation, text: str) -> list[Action]:
    """Return what ``text`` finds: by name before by description, what cannot be done now last."""
    hits = [action for action in actions if matches(action, now, text)]
    return sorted(hits, key=lambda a: (bool(a.allowed(now)), not named(a, now, text)))


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
        # At once: focus() only asks for it, and text may be waiting for the field.
        self.set_focus(self.line)
        self.narrow("")

    @property
    def takes_keys(self) -> bool:
        """Not before the field has the focus."""
        return self.focused is self.line

    def redraw(self) -> None:
        """Draw the title."""
        self.head.show([view.rule("all actions", self.app.size.width, self.glyphs)])
        self.offer_keys()

    def narrow(self, text: str) -> None:
        """Offer what matches and mark the first that is called so, even where it cannot be done.

        Else enter would do another thing than the one whose name was typed.
        """
        offers = found(self._offers, self._now, text)
        self.source.put(rows_for(offers, self._now, self.glyphs))
        self.table.reset()
        called = (i for i, action in enumerate(offers) if named(action, self._now, text))
        self.table.move_to(next(called, 0))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow while typing."""
        self.narrow(event.value)

    def on_input_submitted(self) -> None:
        """Do the marked action."""
        self.do_palette_run()

    def do_palette_run(self) -> None:
        """Give back the marked action; of one that cannot be done now say why."""
        row = self.table.current
        action = BY_ID[str(row.id)] if row else None
        if action is not None and (reason := action.allowed(self._now)):
            self.flash(f"{action.label}: {reason}")
        else:
            self.dismiss(action.id if action else "")

    def do_palette_close(self) -> None:
        """Give back nothing."""
        self.dismiss("")

    def do_palette_down(self) -> None:
        """Mark the next one."""
        self.table.move_to(self.table.cursor + 1)

    def do_palette_up(self) -> None:
        """Mark the one before."""
        self.table.move_to(self.table.cursor - 1)
