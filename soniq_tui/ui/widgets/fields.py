"""The lines of a form: text, yes or no, one of several, a button."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Paste
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

from soniq_tui.ui.view import Line
from soniq_tui.ui.widgets.tones import Toned


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


class ListInput(LineInput):
    """A field for several words: pasted lines become blanks."""

    def _on_paste(self, event: Paste) -> None:
        # Input itself keeps the first pasted line only.
        self.insert_text_at_cursor(" ".join(event.text.split()) + " ")
        event.stop()
        event.prevent_default()


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
        self.value = value

    def line(self) -> Line:
        """Return the box and the word."""
        return ((" [x] yes " if self.value else " [ ] no  ", ""),)

    def action_press(self) -> None:
        """Change it."""
        self.value = "" if self.value else "yes"
        self.refresh()
        self.post_message(self.Changed(self))

    def action_turn(self, step: int) -> None:  # noqa: ARG002
        """Change it."""
        self.action_press()


class Choice(OneLine):
    """One of several words."""

    def __init__(self, words: list[str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.words = words
        self.chosen = 0

    def line(self) -> Line:
        """Return all words, the chosen one in brackets."""
        parts = [f"[{w}]" if i == self.chosen else f" {w} " for i, w in enumerate(self.words)]
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

    def line(self) -> Line:
        """Return the button; muted while it cannot be pressed."""
        return ((f" [ {self.text} ] ", "muted" if self.reason() else "strong"),)

    def action_press(self) -> None:
        """Press it."""
        self.post_message(self.Pressed())
