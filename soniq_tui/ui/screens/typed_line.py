"""A line at the foot of a screen in which a search, a filter or a name is typed."""

from typing import ClassVar

from textual.binding import Binding
from textual.timer import Timer
from textual.widgets import Input

from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions.action import Action
from soniq_tui.ui.keys import action, actions_on
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.terminal import add_bindings
from soniq_tui.ui.widgets.fields import LineInput
from soniq_tui.ui.widgets.table import VirtualTable

HINT_LINES = 5
"""What the longest field of a filter can be, the kinds of failure, fits into so many lines of 60
cells, and so do the filters of a search of music."""
BACK = frozenset({"go.back", "results.back"})
"""What closes the line first of all."""
TYPED_S = 0.25
"""What is typed counts as soon as nothing more has come for so long."""


class TakenLine(LineInput):
    """A line with the key that takes what is typed: of the screen ``filter`` in the table."""

    def __init__(self, value: str = "", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(value, id=id)
        add_bindings(
            self,
            [
                Binding(key, f"screen.act('{each.id}')", show=False)
                for each in self.own()
                for key in each.keys
            ],
        )

    @staticmethod
    def own() -> list[Action]:
        """Return what its keys do."""
        return [action("filter.take")]


class FilterLine(TakenLine):
    """A line that has all the keys of that screen."""

    @staticmethod
    def own() -> list[Action]:
        """Return what its keys do."""
        return actions_on("filter")


class TypedLine(ConsoleScreen):
    """A screen with such a line; the line for messages stays in view below it."""

    table: VirtualTable
    """What gets the focus when the line is closed."""
    hints: ClassVar[dict[str, str]] = {}
    """What the line can be opened for, and what is said of it."""

    def __init__(self) -> None:
        super().__init__()
        self.typing = ""
        """What the line is open for; empty while it is closed."""
        self._typed: Timer | None = None
        self._refusal = ""
        """Why the line stayed open when it was last submitted."""

    def line_for(self, what: str, value: str) -> LineInput:
        """Return a new line."""
        del what
        return TakenLine(value, id="filter")

    def footer(self, now: ActionContext) -> list[Action]:
        """Return the keys of the line while it is open: letters are typed then, and do nothing."""
        offered = super().footer(now)
        if not self.typing:
            return offered
        own = self.line.own() if isinstance(self.line, TakenLine) else []
        return [*own, *(each for each in offered if each.id in BACK)]

    def changing(self, what: str, text: str) -> None:
        """Take what stands in the line now, with each key."""

    def typed(self, what: str, text: str) -> None:
        """Take what has been typed so far."""

    async def submitted(self, what: str, text: str) -> None:
        """Take what was typed; the line is closed."""

    def refused(self, what: str, text: str) -> str:
        """Return why the line stays open although it was submitted; nothing when it does not."""
        del what, text
        return ""

    def show_all(self) -> None:
        """Draw what depends on the line."""

    @property
    def line(self) -> LineInput | None:
        """The line, while it is open."""
        found = self.query(LineInput)
        return found.first() if found else None

    async def do_filter_take(self) -> None:
        """Hand over what stands in the line."""
        if (line := self.line) is not None:
            await line.action_submit()

    async def open_line(self, what: str, value: str = "") -> None:
        """Open the line."""
        if self.typing:
            return
        self.typing = what
        line = self.line_for(what, value)
        self.add_class("-filtering")
        await self.mount(line, before=self.flash_line)
        # At once: focus() only asks for it, and the next key may be here already.
        self.set_focus(line)
        line.cursor_position = len(value)
        self.flash_line.settle()
        self.changing(what, value)
        self.show_all()

    async def close_line(self) -> None:
        """Take the line away."""
        self.typing = ""
        self._settle_refusal()
        if self._typed is not None:
            self._typed.stop()
            self._typed = None
        # Before the line goes: else Textual gives the focus to whatever comes after it.
        self.set_focus(self.table)
        await self.query(LineInput).remove()
        self.remove_class("-filtering")
        self.show_all()

    def _settle_refusal(self) -> None:
        """Take away what was wrong with a text that does not stand there any more."""
        if self._refusal and self.flash_line.said == self._refusal:
            self.flash_line.settle()
        self._refusal = ""

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look at each key, and wait for the typing to rest."""
        if self._typed is not None:
            self._typed.stop()
        what, text = self.typing, event.value.strip()
        if what:
            self._settle_refusal()
            self.changing(what, event.value)
            self._typed = self.set_timer(TYPED_S, lambda: self.typed(what, text))

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close the line and hand over what stands in it; what makes no sense stays."""
        what, text = self.typing, event.value.strip()
        if why := self.refused(what, text):
            self.flash(why, "bad")
            self._refusal = self.flash_line.said
            return
        await self.close_line()
        await self.submitted(what, text)
