"""The filter of a list: typed with help, remembered, kept under a name."""

from typing import ClassVar

from soniq_tui.model.snapshot import Row, View
from soniq_tui.model.text import shown
from soniq_tui.ui import filters
from soniq_tui.ui.screens.typed_line import HINT_LINES, FilterLine, TypedLine
from soniq_tui.ui.widgets.fields import LineInput
from soniq_tui.words import _

FILTER, NAME = "filter", "name"


class Filtering(TypedLine):
    """A screen whose list can be filtered; it says of which view the list is."""

    view: ClassVar[View] = View.JOBS
    shelf: ClassVar[str] = "jobs"
    """Under which name filters of this list are remembered."""

    def __init__(self, filter_text: str = "") -> None:
        super().__init__()
        self.filter_text = filter_text
        self._before = filter_text
        """The filter as it was when the line was opened."""
        self._older = -1
        """Which of the earlier filters stands in the line; -1: what is being typed."""
        self._begun = ""
        """What was being typed before an earlier one was looked at."""
        self._offer: filters.Completion | None = None
        self._turn = -1
        """Which of the offered words stands in the line."""

    # What a list has to say.

    def apply_filter(self, text: str) -> None:
        """Show only what ``text`` lets through."""
        raise NotImplementedError

    def rows_here(self) -> tuple[Row, ...]:
        """Return the rows that are here, whose words are offered."""
        return ()

    # The line.

    def line_for(self, what: str, value: str) -> LineInput:
        """Return the line: for a filter one with its keys."""
        if what == FILTER:
            self._older, self._begun, self._offer = -1, value, None
            return FilterLine(value, id="filter")
        return super().line_for(what, value)

    async def do_list_filter(self) -> None:
        """Open the line for a filter, unless it is open: a second click may ask for it then."""
        if self.typing:
            return
        self._before = self.filter_text
        await self.open_line(FILTER, self.filter_text)

    def changing(self, what: str, text: str) -> None:
        """Say what could come next, or what makes no sense."""
        if what == NAME:
            hint = _("a name for the filter {text}").format(text=shown(self.filter_text))
            self.flash_line.stand(((f" {hint}", "muted"),), HINT_LINES)
            return
        cursor = self.line.cursor_position if self.line else len(text)
        wrong = filters.problem(text, self.view)
        values = filters.values_of(self.view, self.console.snapshot, self.rows_here())
        hint = filters.hint(text, cursor, self.view, values)
        unfinished = bool(wrong) and text[:cursor].endswith((":", ">", "<", "!"))
        if wrong and not unfinished:
            self.flash_line.stand(((f" {wrong}", "bad"),), HINT_LINES)
        else:
            self.flash_line.stand(((f" {shown(hint)}", "muted"),), HINT_LINES)

    def typed(self, what: str, text: str) -> None:
        """Show what lets through what is typed so far, where that means something."""
        if what == FILTER and not filters.problem(text, self.view):
            self.apply_filter(text)

    def take_back_filter(self) -> None:
        """Show the list as it was when the line was opened."""
        if self.typing == FILTER:
            self.apply_filter(self._before)

    def show_all(self) -> None:
        """Take the hint away with the line, and show the keys of what is open."""
        if not self.typing:
            self.flash_line.stand(())
        self.offer_keys()

    def refused(self, what: str, text: str) -> str:
        """Return why a filter means nothing; the line stays open then."""
        return filters.problem(text, self.view) if what == FILTER else ""

    async def submitted(self, what: str, text: str) -> None:
        """Apply the filter, or keep it under the name that was typed."""
        if what == FILTER:
            self.console.memory.used_filter(self.shelf, text)
            self.apply_filter(text)
        elif what == NAME and text:
            why = self.console.memory.save_filter(self.shelf, text, self.filter_text)
            self.flash(why or _("kept as {name}").format(name=text), "bad" if why else "ok")

    # The keys of the line.

    def _put(self, text: str, cursor: int) -> None:
        if (line := self.line) is not None:
            line.value = text
            line.cursor_position = cursor

    def do_filter_complete(self) -> None:
        """Complete the word before the cursor; again: take the next that it could be."""
        if (line := self.line) is None:
            return
        text, cursor = line.value, line.cursor_position
        held, turn = self._offer, self._turn
        again = held is not None and text[held.start : cursor] in held.words
        if held is not None and again and len(held.words) > 1:
            held = filters.Completion(held.start, cursor, held.words)
            turn = (turn + 1) % len(held.words)
            word = held.words[turn]
        else:
            values = filters.values_of(self.view, self.console.snapshot, self.rows_here())
            held = filters.offer(text, cursor, self.view, values)
            turn = -1
            if not held.words:
                return
            word = held.common
            if word == text[held.start : cursor] or len(held.words) == 1:
                turn, word = 0, held.words[0]
        self._offer, self._turn = held, turn
        self._put(*held.put(text, word))

    def do_filter_history(self, step: int) -> None:
        """Take the filter that was used before, or the one after it, at last what was typed."""
        used = self.console.memory.filter_history(self.shelf)
        if (line := self.line) is None or not -1 <= self._older + step < len(used):
            return
        if self._older == -1:
            self._begun = line.value
        self._older += step
        text = self._begun if self._older == -1 else used[self._older]
        self._put(text, len(text))

    # Filters with a name.

    async def do_filter_keep(self) -> None:
        """Ask for a name for the filter of the list."""
        await self.open_line(NAME)

    def do_filter_saved(self) -> None:
        """Choose one of those that have a name."""
        from soniq_tui.ui.screens.saved_filters import SavedFilters

        self.app.push_screen(SavedFilters(self.shelf), self._chosen)

    def _chosen(self, text: object) -> None:
        if isinstance(text, str) and text:
            self.take_saved(text)

    def take_saved(self, text: str) -> None:
        """Apply a filter that was saved; another version may have known other words."""
        if why := filters.problem(text, self.view):
            self.flash(why, "bad")
        else:
            self.apply_filter(text)
