"""Facts in full: nothing is cut, long text is wrapped."""

import dataclasses
from collections.abc import Callable

from soniq_tui.model.snapshot import Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.screens.reading import Reading
from soniq_tui.ui.view import EMPTY, Facts, Line, Span, fact_lines, facts_text


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
