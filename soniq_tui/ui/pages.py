"""A long list, of jobs or of results, of which only the pages around the visible rows are here.

Rows that are still on their way are None; the table shows a placeholder and is told when they came.
One request is under way at a time, so a slow engine is never flooded by a fast cursor.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator
from typing import Any, Generic, TypeVar

from soniq_tui.errors import SoniqError
from soniq_tui.model.results import ResultPage
from soniq_tui.model.snapshot import Page
from soniq_tui.ui.rows import TableRow

SIZE = 200
KEPT = 8
"""Pages kept around the visible one."""
AFTER_S = 0.012
"""What can wait is asked for so long after a key, when its frame has been painted: to ask and to
paint at once takes both twice as long. A key that is held down comes every 30 ms."""
R = TypeVar("R")
Fetch = Callable[[int, int], Awaitable[Page | ResultPage]]


class Pages(Generic[R]):
    """A :class:`~soniq_tui.ui.rows.RowSource` over ``client.browse`` or ``results``.

    Args:
        fetch: gives the page at an offset, with at most a number of rows.
        row_of: makes a table row of a row of the page.
        kind: what the rows are; anything else in a page is dropped.
        came: is called when rows have come, or with the error that came instead.
        id_of: gives the id of the table row without making it, where that is cheaper.
    """

    def __init__(
        self,
        fetch: Fetch,
        row_of: Callable[[R], TableRow],
        kind: type[R],
        came: Callable[[str], None],
        id_of: Callable[[R], Hashable] | None = None,
    ) -> None:
        self._fetch = fetch
        self._row_of = row_of
        self._kind = kind
        self._came = came
        self._id_of: Callable[[R], Hashable] = id_of or (lambda raw: row_of(raw).id)
        self._pages: dict[int, tuple[R, ...]] = {}
        self._stale: set[int] = set()
        self._total = 0
        self._window = (0, 0)
        self._running: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._generation = 0
        self._replacing = False
        """What is here answers an older question, and goes when the first page has come."""
        self.known = False
        """Whether any page has come yet."""
        self.turned = False
        """What has just come is the first answer to a new question of :meth:`replace`."""

    def __len__(self) -> int:
        return self._total

    def raw(self, number: int) -> R | None:
        """Return a row as the engine gave it, or None while it is not here."""
        page = self._pages.get(number // SIZE, ())
        at = number % SIZE
        return page[at] if at < len(page) else None

    def here(self) -> Iterator[R]:
        """Give the rows that are here, those on screen among them."""
        for page in self._pages.values():
            yield from page

    def row(self, number: int) -> TableRow | None:
        """Return a row as the table shows it."""
        raw = self.raw(number)
        return None if raw is None else self._row_of(raw)

    def due(self, number: int) -> bool:
        """Return whether a row is still on its way."""
        return not self.known or (number < self._total and self.raw(number) is None)

    def number_of(self, row_id: Hashable) -> int | None:
        """Return where a row is now, if it is among the pages that are here."""
        first, last = self._window
        for page in sorted(self._pages, key=lambda p: not first // SIZE <= p <= last // SIZE):
            for at, raw in enumerate(self._pages[page]):
                if self._id_of(raw) == row_id:
                    return page * SIZE + at
        return None

    def want(self, first: int, last: int) -> None:
        """Fetch what is missing of the rows ``first`` to ``last``."""
        self._window = (first, last)
        self._start()

    def reset(self, at: int = 0) -> None:
        """Forget everything: the question has changed. Row number ``at`` is fetched first."""
        self._generation += 1
        self._replacing = False
        self._pages.clear()
        self._stale.clear()
        self._total = 0
        self._window = (at, at)
        self.known = False
        self._start(force=True)

    def replace(self) -> None:
        """Ask a new question from the top; what is here stays until the first page has come."""
        self._generation += 1
        self._replacing = True
        self._stale = set(self._pages)
        self._window = (0, 0)
        self._start(force=True)

    def refresh(self) -> None:
        """Fetch the visible rows again; what is here stays until the new ones have come."""
        self._stale = set(self._pages)
        self._start(force=True)

    def close(self) -> None:
        """Stop fetching."""
        self._generation += 1
        self._do_not_wait()
        if self._running is not None:
            self._running.cancel()
            self._running = None

    def _missing(self) -> int | None:
        """Return the page to fetch next: a visible one, else one that a page key would show."""
        first, last = self._window
        last = max(first, min(last, self._total - 1))
        low, high = first // SIZE, last // SIZE
        for page in range(low, high + 1):
            if page not in self._pages or page in self._stale:
                return page
        for page in (high + 1, low - 1):
            if 0 <= page * SIZE < self._total and page not in self._pages:
                return page
        return None

    def _start(self, *, force: bool = False) -> None:
        if self._running is not None and not self._running.done():
            return
        page = self._missing() if self.known else None
        if page is not None and not self._urgent(page):
            if self._later is None:
                self._later = asyncio.get_running_loop().call_later(AFTER_S, self._begin)
        elif force or page is not None:
            self._begin()

    def _begin(self) -> None:
        self._do_not_wait()
        self._running = asyncio.create_task(self._pump())

    def _do_not_wait(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def _urgent(self, page: int) -> bool:
        """Return whether a page is seen, and what is seen of it is not even an older answer."""
        first, last = self._window
        seen = first // SIZE <= page <= last // SIZE
        return self._replacing or (seen and page not in self._pages)

    async def _pump(self) -> None:
        """Fetch page after page until the visible ones and their neighbours are here."""
        while (page := self._missing()) is not None:
            generation = self._generation
            try:
                answer = await self._fetch(page * SIZE, SIZE)
            except (SoniqError, OSError) as error:
                if generation == self._generation:
                    self._came(str(error))
                if generation == self._generation:
                    return
                continue  # it was of an older question, or made another one be asked
            if generation != self._generation:
                continue
            self.turned = self._replacing
            if self._replacing:
                self._replacing = False
                self._pages.clear()
                self._stale.clear()
                # The page that has the row which was to be found may be another one.
                page = answer.offset // SIZE if isinstance(answer, Page) else page
                self._window = (page * SIZE, page * SIZE)
            self._stale.discard(page)
            rows: tuple[Any, ...] = answer.rows
            self._pages[page] = tuple(r for r in rows if isinstance(r, self._kind))
            self._total = answer.total
            self.known = True
            self._drop_far(page)
            self._came("")

    def _drop_far(self, near: int) -> None:
        for page in [p for p in self._pages if abs(p - near) > KEPT // 2]:
            del self._pages[page]
            self._stale.discard(page)
