"""Screens to read: a title above text that scrolls; one thing in full, nothing of it cut."""

import dataclasses
from collections.abc import Callable

from textual.app import ComposeResult

from soniq_tui.model.snapshot import Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.view import EMPTY, Facts, Line, Span, fact_lines, facts_text
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.text import Text


class Reading(ConsoleScreen):
    """Lays both out; what they show is up to the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.head = Lines(1)
        self.text = Text()

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.banner_line
        yield self.text
        yield from self.bottom()

    def on_mount(self) -> None:
        """Let the keys scroll."""
        self.text.focus()


class Detail(Reading):
    """One thing in full; ``y`` copies its first fact."""

    where = "text"

    def __init__(
        self, title: str, facts: Facts, below: Callable[[], ActionContext] | None = None
    ) -> None:
        super().__init__()
        self.heading = title
        self.facts = facts
        self.below = below
        """Tells what is meant in the list that the thing stands in, if that can be acted on."""

    def context(self) -> ActionContext:
        """Return a context with a row: there is something to copy."""
        now = self.below() if self.below else super().context()
        return dataclasses.replace(now, screen=self.where, row=True, marked=None, filter_text="")

    def take(self, snapshot: Snapshot) -> None:  # noqa: ARG002  the title asks for what it needs
        """Bring the title up to date; the facts stay."""
        self.head.show([self.title_with(self.title_spans())])

    def redraw(self) -> None:
        """Draw text and keys."""
        self.offer_banner()
        self.draw()
        self.offer_keys()

    def draw(self) -> None:
        """Wrap the facts for this width."""
        self.head.show([self.title_with(self.title_spans())])
        self.text.show(self.body(self.app.size.width))

    def title_spans(self) -> list[Span]:
        """Return what the title says of the thing."""
        return [(f"  {shown(self.heading)}", "")]

    def body(self, width: int) -> list[Line]:
        """Return the lines below the title."""
        return [EMPTY, *fact_lines(self.facts, width)]

    def full_text(self) -> str:
        """Return everything, uncut and safe to show, for the pager."""
        return facts_text(self.facts)

    def do_row_copy(self) -> None:
        """Copy the first fact: the item, the name."""
        self.console.copy(shown(self.facts[0][1]))
