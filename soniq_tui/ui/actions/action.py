"""What an action is: one thing a person can do, as data."""

from collections.abc import Callable
from dataclasses import dataclass

from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions import can
from soniq_tui.ui.keymap import said
from soniq_tui.words import _, mark


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do."""

    id: str
    keys: tuple[str, ...]
    """Names as Textual knows them; none: found in the palette only."""
    label: str
    """For the footer: one or two words, marked."""
    tooltip: str
    """For help and palette: one sentence without a full stop, marked."""
    group: str
    screens: frozenset[str] = frozenset()
    """Where it works; empty: on every screen of :data:`MAIN`."""
    rank: int = 0
    """Place in the footer, the smallest goes last; 0: never there."""
    quiet: frozenset[str] = frozenset()
    """Screens whose footer has more to the point to offer."""
    allowed: Callable[[ActionContext], str] = can.always
    """Why not now, in the language in use; empty when it may be done."""
    does: str = ""
    """What its method is called after, where several actions have one; empty: after the id."""
    by: float | None = None
    """What that method is given: how far, and in which direction."""
    relabel: Callable[[ActionContext], str] | None = None
    """The label where it depends on the context, in the language in use."""

    def works_on(self, screen: str) -> bool:
        """Return whether the action belongs to ``screen``."""
        return screen in (self.screens or MAIN)

    def words(self, now: ActionContext) -> str:
        """Return the footer's label, in the language in use."""
        return self.relabel(now) if self.relabel else _(self.label)

    @property
    def name(self) -> str:
        """The label where there is no context to judge by, in the language in use."""
        return _(self.label)

    @property
    def meaning(self) -> str:
        """The tooltip in the language in use."""
        return _(self.tooltip)

    @property
    def key(self) -> str:
        """The first key as it is written on screen, in the language in use; empty without one."""
        return said(self.keys[0]) if self.keys else ""

    @property
    def handler(self) -> str:
        """The name of the method that does it."""
        return "do_" + (self.does or self.id.replace(".", "_"))


MAIN = frozenset(
    {
        *("dash", "jobs", "errors", "cause", "queues", "job", "text"),
        *("thing", "results", "log", "trends"),
    }
)
"""Screens on which all general keys work."""
LISTS = frozenset({"dash", "jobs", "errors", "cause", "queues", "results", "log"})


def on(*screens: str) -> frozenset[str]:
    """Return a set of screens."""
    return frozenset(screens)


WORK, LOOK, GO, LEAVE = mark("Work"), mark("Look"), mark("Go"), "soniq-tui"
"""Groups of the help page."""
