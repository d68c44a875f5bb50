"""Where one is among results: lists that were opened from each other, each with its place; pure."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from soniq_tui.model.results import ResultPage, ResultQuery, ResultRow
from soniq_tui.ui.pages import Pages

TOP: tuple[int, Hashable, int] = (0, None, 0)


@dataclass(eq=False)
class Place:
    """One list of results, and where one is in it."""

    asked: ResultQuery
    """The question, without offset and limit."""
    head: ResultPage | None = None
    """The newest answer without its rows; None before there is one."""
    pages: Pages[ResultRow] | None = None
    """None while nobody looks at it."""
    at: tuple[int, Hashable, int] = TOP
    """Number and key of the row under the cursor, number of the top row."""
    cells: tuple[int, ...] = ()
    """How wide what was seen in each column is; it never shrinks, so that columns stand still."""
    due: int = 0
    """The row to go to when the first answer has come."""
    problem: str = ""
    """Why the question makes no sense, or why there is no answer."""
    refused: set[str] = field(default_factory=set)
    """Columns by which the list cannot be sorted, as was found out."""
    sorting: bool = False
    """Only the column to sort by has changed since the last good answer."""
    turned: bool = False
    """The question has changed: the next answer is looked at from its top."""
    back: tuple[int, Hashable, int] = TOP
    """Where it is looked at instead, because one was there before."""


@dataclass
class Breadcrumbs:
    """The lists one has come through, the first one of each kind being a tab of its own."""

    importer: str
    ways: dict[str, list[Place]] = field(default_factory=dict)
    """By the name of the list they begin with; the last one of each is the one to look at."""
    view: str = ""
    """The list where the way in view begins."""
    views: tuple[tuple[str, str], ...] = ()
    """Names and titles of the lists one can begin with, as the engine last told."""
    holder: object = None
    """The screen that shows it."""
    came_from: str = ""
    """The list in view before everything was searched."""
    others: "dict[str, Breadcrumbs]" = field(default_factory=dict)
    """The trails of all importers that were looked at, this one among them."""
    choices: tuple[tuple[str, str], ...] = ()
    """Names and titles of all importers that have results, as the engine last told."""

    def __post_init__(self) -> None:
        self.others[self.importer] = self

    def of(self, importer: str) -> "Breadcrumbs":
        """Return the trail of another importer, as it was left."""
        if importer not in self.others:
            self.others[importer] = Breadcrumbs(importer, others=self.others)
        found = self.others[importer]
        found.choices = self.choices
        return found

    @property
    def way(self) -> list[Place]:
        """The lists from the tab down to the one in view."""
        if self.view not in self.ways:
            asked = ResultQuery(importer=self.importer, view=self.view)
            self.ways[self.view] = [Place(asked)]
        return self.ways[self.view]

    @property
    def place(self) -> Place:
        """The list in view."""
        return self.way[-1]

    def open(self, row: ResultRow) -> None:
        """Go into the list that a row leads to."""
        asked = ResultQuery(importer=self.importer, view=row.opens, key=row.key)
        self.way.append(Place(asked))

    def go_to(self, view: str) -> None:
        """Show a list that one can begin with; where one comes from is remembered."""
        if view != self.view:
            self.came_from, self.view = ("" if view == self.came_from else self.view), view

    def text_of(self, view: str) -> str:
        """Return what a list was searched for last."""
        return self.ways[view][0].asked.text if view in self.ways else ""

    def back(self) -> bool:
        """Go back to the list before; returns whether there was one."""
        if len(self.way) == 1:
            if self.came_from in {"", self.view}:
                return False
            self.view, self.came_from = self.came_from, ""
            return True
        gone = self.way.pop()
        if gone.pages is not None:
            gone.pages.close()
        return True

    def learn(self, views: tuple[tuple[str, str], ...]) -> None:
        """Take the lists there are; the first is where looking begins."""
        if not views:
            return
        self.views = views
        if not self.view:
            way = self.ways.pop("", None)
            self.view = views[0][0]
            if way is not None:
                self.ways[self.view] = way

    def close(self) -> None:
        """Stop fetching; where one was in each list stays."""
        for way in self.ways.values():
            for place in way:
                if place.pages is not None:
                    place.pages.close()
                place.pages = None
