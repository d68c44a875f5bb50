"""The keys that work now, in one line that fits; a click on one does what the key does."""

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.events import Click, MouseDown

from soniq_tui.ui.actions.action import Action
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keymap import in_words
from soniq_tui.ui.view import Line
from soniq_tui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from soniq_tui.ui.app import ConsoleApp
    from soniq_tui.ui.screens.base import ConsoleScreen

Offered = tuple[Action, str, str]
"""An action, its key as it is written, and its label."""
GAP = 2
"""So many cells stand between two keys."""


class KeyLine(Lines):
    """The footer."""

    DEFAULT_CSS = "KeyLine { height: 1; }"

    def __init__(self) -> None:
        super().__init__(1, id="keys")
        self._offered: list[Offered] = []
        self._pressed = ""
        """The action on which a button of the mouse went down; empty for none."""
        self._done = ""
        """What the last click did."""

    def offer(self, items: list[tuple[Action, str]]) -> None:
        """Show as many of ``items`` (by rank, with their label) as the width takes."""
        glyphs = cast("ConsoleApp", self.app).glyphs
        self._offered = fitting(
            [(a, key_of(a, glyphs), label) for a, label in items], self.app.size.width
        )
        self.show([footer_line(self._offered)])

    def on_mouse_down(self, event: MouseDown) -> None:
        """Note what is meant: the keys may change, and the mouse move, before it is let go."""
        self._pressed = self._at(event.x)

    def on_click(self, event: Click) -> None:
        """Do what is offered under the first button, where the actions of keys are done.

        The second of two quick clicks does it again, but nothing else that stands there since.
        """
        action_id, first = self._at(event.x), event.chain == 1
        meant = action_id == self._pressed and (first or action_id == self._done)
        self._done = action_id if meant and event.button == 1 else ""
        if self._done:
            self.app.call_later(cast("ConsoleScreen", self.screen).clicked, self._done)

    def _at(self, x: int) -> str:
        begin = 1
        for action, key, label in self._offered:
            end = begin + cell_len(f"{key} {label}")
            if begin <= x < end:
                return action.id
            begin = end + GAP
        return ""


def key_of(action: Action, glyphs: Glyphs) -> str:
    """Return the key of an action in the signs there are."""
    return in_words(action.key) if glyphs.cut.isascii() else action.key


def fitting(items: list[Offered], width: int) -> list[Offered]:
    """Return what there is room for: what ranks first is the last to go, and stands at the end."""
    chosen: list[Offered] = []
    room = width - 1
    for item in items:
        cells = cell_len(f"{item[1]} {item[2]}") + GAP
        if cells > room + 1:
            break
        room -= cells
        chosen.append(item)
    return [item for item in chosen if item[0].rank > 2] + [  # noqa: PLR2004  help and quit
        item
        for item in reversed(chosen)
        if item[0].rank <= 2  # noqa: PLR2004
    ]


def footer_line(offered: list[Offered]) -> Line:
    """Return the footer with these keys, in this order."""
    # One colour for keys and one for words would cost two segments a key; the line changes rarely.
    spans: list[tuple[str, str]] = [(" ", "")]
    last = len(offered) - 1
    for place, (_action, key, label) in enumerate(offered):
        spans.append((key, "key"))
        spans.append((f" {label}" + ("" if place == last else " " * GAP), "muted"))
    return tuple(spans)
