"""Searching results: the list in view, everything, and whose results they are."""

import msgspec
from textual import work

from soniq_tui.errors import SoniqError
from soniq_tui.model.results import ResultQuery
from soniq_tui.ui import result_rows
from soniq_tui.ui.action_context import EVERYTHING
from soniq_tui.ui.breadcrumbs import TOP, Breadcrumbs
from soniq_tui.ui.result_rows import EVERYWHERE
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.screens.result_commands import NAME
from soniq_tui.ui.screens.result_details import ResultDetails

SEARCH = "search"


class ResultSearch(ResultDetails):
    """A screen of results with a line to search them."""

    def __init__(self) -> None:
        super().__init__()
        self._before = ("", "")
        """List and search as they were when the line was opened."""
        self._at = TOP
        """Where one was in the list then."""
        self._line_view = ""
        """The list that the line searches."""

    def note_place(self) -> None:
        """Remember where one is in the list in view."""
        raise NotImplementedError

    def ask_anew(self) -> None:
        """Ask the changed question from the top."""
        raise NotImplementedError

    def anew(self, trail: Breadcrumbs) -> ConsoleScreen:
        """Return such a screen for the results of another importer."""
        raise NotImplementedError

    # The line at the foot.

    async def do_results_search(self) -> None:
        """Open the line for a search of the list in view, unless it is open already."""
        if self.typing:
            return
        self.note_place()
        self._before, self._at = (self.trail.view, self.place.asked.text), self.place.at
        self._line_view = self.trail.view
        await self.open_line(SEARCH, self.place.asked.text)

    async def do_results_everywhere(self) -> None:
        """Open the line for a search of everything, with the words of the list in view."""
        if self.typing:
            return
        before = (self.trail.view, self.place.asked.text)
        self.search(before[1] or self.trail.text_of(EVERYTHING), EVERYTHING)
        await self.do_results_search()
        self._before = before

    def typed(self, what: str, text: str) -> None:
        """Search while typing."""
        if what == SEARCH:
            self.search_for(text)

    async def submitted(self, what: str, text: str) -> None:
        """Search, or keep the list under the name that was typed."""
        if what == SEARCH:
            self.search_for(text)
        elif what == NAME and text:
            self.save_playlist(text)

    def take_back_search(self) -> None:
        """Show list and search as they were when the line was opened, and go where one was."""
        view, text = self._before
        self.search(text, view)
        if self.place.turned:
            self.place.back = self._at

    def search_for(self, typed: str) -> None:
        """Search for what was typed: in the list the line is for, or in everything."""
        text = typed.removeprefix(EVERYWHERE)
        if text != typed and EVERYTHING in dict(self.trail.views):
            self.search(text.strip(), EVERYTHING)
        else:
            self.search(typed, self._line_view)

    def search(self, text: str, view: str = "") -> None:
        """Show what of a list, the one in view or another, matches ``text``."""
        elsewhere = bool(view) and view != self.trail.view
        if elsewhere:
            self.note_place()
            self.trail.go_to(view)
        place = self.place
        new, here = text != place.asked.text, place.pages is not None
        place.asked = msgspec.structs.replace(place.asked, text=text)
        if elsewhere:
            self.turn()
        if new and (here or not elsewhere):
            self.ask_anew()

    # Other importers.

    @property
    def whose(self) -> str:
        """Whose results these are, where there is a choice."""
        choices = dict(self.trail.choices)
        return choices.get(self.trail.importer, "") if len(choices) > 1 else ""

    @work(group="choices", exclusive=True)
    async def learn_choices(self) -> None:
        """Find out which importers have results to look at."""
        if (client := self.console.client) is None:
            return
        found = []
        try:
            for form in await client.describe():
                page = await client.results(ResultQuery(importer=form.importer, limit=1))
                if page.views or not page.problem:
                    found.append((form.importer, form.title))
        except (SoniqError, OSError):
            return  # the list itself says what is wrong
        self.trail.choices = tuple(found)
        if self.trail.holder is self:
            self.show_all()

    def do_results_importer(self) -> None:
        """Show the results of the next importer, where one was in them."""
        self.note_place()
        choices = self.trail.choices
        name = result_rows.next_view(choices, self.trail.importer, 1)
        self.console.trail = self.trail.of(name)
        self.console.open_list(self.anew(self.console.trail))
