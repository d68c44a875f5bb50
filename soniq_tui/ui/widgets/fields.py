"""The lines of a form: text, yes or no, one of several, a button."""

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

from soniq_tui.model.text import shown
from soniq_tui.ui.view import Line
from soniq_tui.ui.widgets.tones import Toned
from soniq_tui.words import _


class LineInput(Input):
    """A one-line field whose cursor does not blink: blinking costs 2 KB/s on the link."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        id: str | None = None,  # noqa: A002  Textual's word
    ) -> None:
        super().__init__(value, placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def insert_text_at_cursor(self, text: str) -> None:
        """Insert text without what a terminal would obey; only a paste can hold such a thing."""
        super().insert_text_at_cursor("".join(char for char in text if shown(char) == char))


class OneLine(Toned, can_focus=True):
    """One focusable line of text; enter and space press it, left and right turn it."""

    DEFAULT_CSS = "OneLine { height: 1; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", show=False),
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
    ]

    class Changed(Message):
        """The line stands for something else now."""

        def __init__(self, line: "OneLine") -> None:
            super().__init__()
            self.line = line

        @property
        def control(self) -> "OneLine":
            """The line that changed."""
            return self.line

    class Pressed(Message):
        """The button was pressed."""

    def line(self) -> Line:
        """Return what is shown without the focus."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Return the strip; reversed with the focus."""
        line = self.line() if y == 0 else ()
        if self.has_focus:
            line = tuple((text, "cursor") for text, _ in line)
        return self.strip_of(line, self.size.width)

    def on_focus(self) -> None:
        """Show the focus."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that the focus is gone."""
        self.refresh()

    def on_click(self) -> None:
        """A click presses."""
        self.action_press()

    def action_press(self) -> None:
        """Be pressed."""

    def action_turn(self, step: int) -> None:
        """Be turned by ``step``."""


class Flag(OneLine):
    """Yes or no."""

    def __init__(self, value: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._value = value

    @property
    def value(self) -> str:
        """``yes`` or nothing."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        self._value = value
        self.refresh()

    def line(self) -> Line:
        """Return the box and the word."""
        return ((f" [x] {_('yes')} " if self.value else f" [ ] {_('no')} ", ""),)

    def action_press(self) -> None:
        """Change it."""
        self.value = "" if self.value else "yes"
        self.post_message(self.Changed(self))

    def action_turn(self, step: int) -> None:  # noqa: ARG002
        """Change it."""
        self.action_press()


class Choice(OneLine):
    """One of several words."""

    def __init__(self, words: list[str], value: str = "", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.words = words
        self.chosen = 0
        self.value = value

    @property
    def value(self) -> str:
        """The chosen word."""
        return self.words[self.chosen]

    @value.setter
    def value(self, word: str) -> None:
        self.chosen = self.words.index(word) if word in self.words else 0
        self.refresh()

    def line(self) -> Line:
        """Return the words, the chosen one in brackets; where they do not fit, from it on."""
        words = [shown(word, 30) for word in self.words]
        parts = [f"[{w}]" if i == self.chosen else f" {w} " for i, w in enumerate(words)]
        if cell_len(" ".join(parts)) + 1 > self.size.width:
            parts = parts[self.chosen :] + parts[: self.chosen]
        return ((" " + " ".join(parts), "strong"),)

    def action_press(self) -> None:
        """Take the next one."""
        self.action_turn(1)

    def action_turn(self, step: int) -> None:
        """Take another one."""
        self.chosen = (self.chosen + step) % len(self.words)
        self.refresh()
        self.post_message(self.Changed(self))


class Press(OneLine):
    """A button."""

    def __init__(self, text: str, reason: Callable[[], str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.text = text
        self.reason = reason
        self._line: Line = ()

    def renew(self) -> None:
        """Paint it anew where the reason has come or gone."""
        if self.line() != self._line:
            self._line = self.line()
            self.refresh()

    def line(self) -> Line:
        """Return the button; muted while it cannot be pressed."""
        return ((f" [ {self.text} ] ", "muted" if self.reason() else "strong"),)

    def action_press(self) -> None:
        """Press it."""
        self.post_message(self.Pressed())
