"""What all screens share on whose list rows can be marked: the keys, and what is said of it."""

from collections.abc import Hashable
from typing import Any

from soniq_tui.ui import formats
from soniq_tui.ui.action_context import Marked
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.marks import RANGE_MOST, Marks
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.widgets.table import VirtualTable
from soniq_tui.words import _, many

ENDS_RANGE = frozenset(
    {
        *("jobs.pause", "jobs.freeze", "jobs.cancel", "jobs.retry", "all.retry"),
        *("priority.less", "priority.more", "row.copy", "list.export", "mark.toggle"),
    }
)
"""Actions that mean a range which is still open, and close it."""


class Marking(ConsoleScreen):
    """A screen with such a list."""

    marking_table: VirtualTable
    """The table of the list."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: Marks[Any] = Marks()
        self._span: tuple[int, int] | None = None
        """The range that is open, as far as the cursor is now."""

    # What a screen has to say.

    def row_at(self, number: int) -> tuple[Hashable, Any] | None:
        """Return id and row at a place; None while it is not here."""
        raise NotImplementedError

    def number_of(self, row_id: Hashable) -> int | None:
        """Return where a row is, where that is known."""
        return self.marking_table.source.number_of(row_id)

    async def rows_between(self, first: int, last: int) -> list[tuple[Hashable, Any]]:
        """Return ids and rows of a part of the list, also those that are not here."""
        found = (self.row_at(number) for number in range(first, last + 1))
        return [each for each in found if each is not None]

    @property
    def takes_everything(self) -> bool:
        """Whether everything can be marked without fetching it."""
        return False

    def marked(self) -> Marked | None:
        """Return what the marks mean; None where there are none."""
        raise NotImplementedError

    def show_marks(self) -> None:
        """Show how many rows are marked."""

    # What is marked.

    def is_marked(self, row_id: Hashable, number: int) -> bool:
        """Return whether a row is marked, or in the range that is open."""
        if self.marks.has(row_id):
            return True
        return self._span is not None and self._span[0] <= number <= self._span[1]

    def marks_moved(self) -> None:
        """Marks or cursor have changed: show it."""
        anchor = self.marks.anchor
        where = self.number_of(anchor[0]) if anchor else None
        self._span = self.marks.span(self.marking_table.cursor, where)
        self.marking_table.tick()
        self.show_marks()
        self.offer_keys()

    def marks_text(self) -> str:
        """Return what the title tells of the marks."""
        if self._span is not None:
            count = self._span[1] - self._span[0] + 1
            return _("range of {n}: {key} marks it").format(
                n=formats.count(count), key=pressed("mark.range")
            )
        if not self.marks:
            return ""
        count = self.marks.count(len(self.marking_table.source))
        text = many("{n} marked", "{n} marked", count)
        if self.marks.everything:
            text = _("all {n} marked")
        if self.marks.everything and self.marks.without:
            text = _("{n} of all marked")
        return text.format(n=formats.count(count))

    def marks_used(self) -> None:
        """What was asked for was done: the marks have served."""
        if self.marks.clear():
            self.marks_moved()

    def clear_marks(self) -> bool:
        """Unmark all; return whether there was anything."""
        had = self.marks.clear()
        if had:
            self.marks_moved()
        return had

    # Actions.

    async def action_act(self, action_id: str) -> None:
        """Do an action; one that means marks closes the range first."""
        if self.marks.anchor is not None and action_id in ENDS_RANGE:
            await self.do_mark_range()
        await super().action_act(action_id)

    def do_mark_toggle(self) -> None:
        """Mark the row, or not any more, and go to the next one."""
        table = self.marking_table
        if (found := self.row_at(table.cursor)) is not None:
            self.marks.toggle(*found)
            table.move_to(table.cursor + 1)
            self.marks_moved()

    async def do_mark_range(self) -> None:
        """Begin a range at the row, or mark all from where it was begun to here."""
        if self.marks.anchor is None:
            if (found := self.row_at(self.marking_table.cursor)) is not None:
                self.marks.anchor = (found[0], self.marking_table.cursor)
                self.marks_moved()
            return
        self.marks_moved()
        span, self.marks.anchor = self._span, None
        if span is not None:
            await self._mark(*span)

    async def do_mark_all(self) -> None:
        """Mark all that the list shows."""
        if self.takes_everything:
            self.marks.take_all()
            self.marks_moved()
            return
        self.marks.anchor = None
        await self._mark(0, len(self.marking_table.source) - 1)

    async def _mark(self, first: int, last: int) -> None:
        count = last - first + 1
        if count > RANGE_MOST:
            text = many(
                "at most {most} rows at once, and this would be {n}",
                "at most {most} rows at once, and these would be {n}",
                count,
            )
            self.flash(text.format(most=formats.count(RANGE_MOST)))
        else:
            self.marks.add(await self.rows_between(first, last))
        self.marks_moved()

    def do_mark_clear(self) -> None:
        """Unmark all."""
        self.clear_marks()
