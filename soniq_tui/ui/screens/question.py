"""A question at the foot of the screen; what it is about stays in view above it."""

from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ModalScreen
from textual.timer import Timer

from soniq_tui.model.text import shown
from soniq_tui.ui import formats, view
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions.action import Action
from soniq_tui.ui.keys import actions_on
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.view import Line
from soniq_tui.ui.widgets.flash import SHOWN_S
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.words import _, mark

MOST_ROWS = 15
"""A question leaves something of the screen below it in view."""


def wrapped(line: Line, width: int) -> list[Line]:
    """Return a line of one tone in as many lines as it needs, each a blank from the edge."""
    text = "".join(part for part, _tone in line)
    if cell_len(text) <= width:
        return [line]
    tone = line[0][1]
    return [((" " + part, tone),) for part in formats.wrap(text.strip(), width - 1)]


class Question(ConsoleScreen, ModalScreen[object], inherit_bindings=False):
    """A rule, a few lines, the keys that answer."""

    over: ClassVar[bool] = True
    title_text: ClassVar[str] = mark("question")

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self.question = Lines(MOST_ROWS, id="question")
        self._asked = lines
        self._said: Line = view.EMPTY
        self._saying: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        yield self.question

    def redraw(self) -> None:
        """Draw the question and the keys."""
        width = self.app.size.width
        now = self.context()
        keys: list[tuple[str, str]] = [(" ", "")]
        for key, name in self.offered(now):
            keys += [(key, "key"), (f" {name}   ", "")]
        title = view.rule(_(self.title_text), width, self.glyphs)
        asked, room = self.asked(width - 1), min(MOST_ROWS, self.app.size.height - 1) - 3
        if len(asked) > room:  # the answers are seen whatever is asked
            asked = [*asked[: room - 1], ((f" {self.glyphs.cut}", ""),)]
        lines = [title, *asked, self._said, tuple(keys)]
        height = self.question.styles.height
        if height is None or height.value != len(lines):
            self.question.styles.height = len(lines)
        self.question.show(lines)

    def asked(self, width: int) -> list[Line]:
        """Return what is asked, in lines of at most ``width`` cells."""
        return [part for line in self._asked for part in wrapped(line, width)]

    def answers(self) -> list[Action]:
        """Return the answers in the order they are offered."""
        return sorted(actions_on(self.where), key=lambda a: a.rank)

    def offered(self, now: ActionContext) -> list[tuple[str, str]]:
        """Return keys as they are written, and what each answers."""
        return [(each.key, each.name) for each in self.answers() if not each.allowed(now)]

    def offer_keys(self) -> None:
        """Do nothing: the question shows its keys itself."""

    def flash(self, text: str, tone: str = "warn") -> None:
        """Say it in the free line above the keys, as long as it would be said elsewhere."""
        if self._saying is not None:
            self._saying.stop()
        self._said = ((" " + shown(text), tone),)
        self._saying = self.set_timer(SHOWN_S, self._settle)
        self.redraw()

    def _settle(self) -> None:
        self._saying, self._said = None, view.EMPTY
        self.redraw()


class Confirm(Question):
    """What, how many, and what cannot be undone; gives True for yes."""

    where = "confirm"
    title_text = mark("sure?")

    def __init__(self, question: str, note: str) -> None:
        super().__init__([((" " + shown(question), "strong"),), ((" " + shown(note), ""),)])

    def do_answer_yes(self) -> None:
        """Do it."""
        self.dismiss(True)

    def do_answer_no(self) -> None:
        """Leave things as they are."""
        self.dismiss(False)


class Recents(Question):
    """One launch to a line, each with a digit; gives the digit, or nothing."""

    where = "recents"
    title_text = mark("recent launches: a digit fills the form with one")

    def __init__(self, lines: list[Line]) -> None:
        super().__init__(lines)
        self._count = len(lines)

    def on_key(self, event: Key) -> None:
        """Take a digit."""
        if event.character and event.character in "123456789"[: self._count]:
            event.stop()
            self.dismiss(int(event.character))

    def do_recents_close(self) -> None:
        """Leave the form as it is."""
        self.dismiss(None)
