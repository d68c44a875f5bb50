"""The keys that work now, in one line that fits; a click on one does what the key does."""

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.events import Click, MouseDown

from soniq_tui.ui.actions.action import Action
from soniq_tui.ui.view import Line
from soniq_tui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from soniq_tui.ui.screens.base import ConsoleScreen

GAP = 2
"""So many cells stand between two keys."""


class KeyLine(Lines):
    """The footer."""

    DEFAULT_CSS = "KeyLine { height: 1; }"

    def __init__(self) -> None:
        super().__init__(1, id="keys")
        self._offered: list[tuple[Action, str]] = []
        self._pressed = ""
        """The action on which a button of the mouse went down; empty for none."""
        self._done = ""
        """What the last click did."""

    def offer(self, items: list[tuple[Action, str]]) -> None:
        """Show as many of ``items`` (by rank, with their label) as the width takes."""
        self._offered = fitting(items, self.app.size.width)
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
        for action, label in self._offered:
            end = begin + _cells(action, label)
            if begin <= x < end:
                return action.id
            begin = end + GAP
        return ""


def _cells(action: Action, label: str) -> int:
    return cell_len(f"{action.key} {label}")


def fitting(items: list[tuple[Action, str]], width: int) -> list[tuple[Action, str]]:
    """Return what there is room for: what ranks first is the last to go, and stands at the end."""
    chosen: list[tuple[Action, str]] = []
    room = width - 1
    for action, label in items:
        cells = _cells(action, label) + GAP
        if cells > room + 1:
            break
        room -= cells
        chosen.append((action, label))
    return [item for item in chosen if item[0].rank > 2] + [  # noqa: PLR2004  help and quit
        item
        for item in reversed(chosen)
        if item[0].rank <= 2  # noqa: PLR2004
    ]


def footer_line(offered: list[tuple[Action, str]]) -> Line:
    """Return the footer with these keys, in this order."""
    # One colour for keys and one for words would cost two segments a key; the line changes rarely.
    spans: list[tuple[str, str]] = [(" ", "")]
    last = len(offered) - 1
    for place, (action, label) in enumerate(offered):
        spans.append((action.key, "key"))
        spans.append((f" {label}" + ("" if place == last else " " * GAP), "muted"))
    return tuple(spans)
