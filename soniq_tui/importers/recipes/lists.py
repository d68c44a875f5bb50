"""The lists of recipes that the console shows: all, by site, by category, pages without one."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes import store
from soniq_tui.importers.recipes.fold import folded, sortable
from soniq_tui.importers.recipes.formats.reading import spoken
from soniq_tui.importers.recipes.store import SQL
from soniq_tui.importers.recipes.words import flag_text
from soniq_tui.model.near import hint
from soniq_tui.model.results import ResultColumn, ResultPage, ResultQuery, ResultRow
from soniq_tui.words import mark

LISTS = (
    ("recipes", mark("Recipes")),
    ("sites", mark("Sites")),
    ("categories", mark("Categories")),
    ("failed", mark("Without a recipe")),
)
"""The lists one can begin with."""
NOTHING = mark("no recipe was imported yet; addresses or files bring them here")
PAGE_MOST, CHARS_MOST, TERMS_MOST = 10_000, 500, 20
ORDERS = {"title", "host", "yields", "total", "time", "flags"}
FILTERS = {
    "site": "a part of the site's name: site:marmiton",
    "is": "is:model (a model made it), is:odd (something looks odd)",
}
"""What stands before a colon in a search, besides words."""

TITLE = ResultColumn(name="title", title=mark("Title"))
HOST = ResultColumn(name="host", title=mark("Site"), width=24, rank=2)
YIELDS = ResultColumn(name="yields", title=mark("Yield"), width=14, rank=3)
TOTAL = ResultColumn(name="total", title=mark("Takes"), width=10, right=True, rank=1)
TIME = ResultColumn(name="time", title=mark("Saved"), width=16, rank=2)
FLAGS = ResultColumn(name="flags", title=mark("Flags"), width=18, rank=1)
COUNT = ResultColumn(name="recipes", title=mark("Recipes"), width=8, right=True)
RECIPE_COLUMNS = (TITLE, HOST, YIELDS, TOTAL, TIME, FLAGS)


@dataclass(frozen=True, slots=True)
class Look:
    """One question to the index."""

    connection: Any
    query: ResultQuery
    where: str
    values: dict[str, object]
    """What the search asks for, as SQL."""

    def page(
        self, rows: Iterable[ResultRow], total: int, title: str, columns: tuple[ResultColumn, ...]
    ) -> ResultPage:
        """Return a page of the list that was asked for."""
        return ResultPage(
            title=title,
            views=LISTS,
            columns=columns,
            rows=tuple(rows),
            total=total,
            offset=self.offset,
            empty=mark("nothing fits") if self.query.text else NOTHING,
        )

    @property
    def offset(self) -> int:
        """Where the page begins."""
        return max(0, self.query.offset)

    @property
    def limit(self) -> int:
        """How many rows it has at the most."""
        return min(PAGE_MOST, max(0, self.query.limit))

    def order(self, found: list[Any]) -> None:
        """Sort names with their counts: the largest first, unless names are asked for."""
        by_count = self.query.sort in {"", "recipes"}
        found.sort(key=lambda row: (-row[1] if by_count else 0, sortable(str(row[0]))))
        if self.query.descending:
            found.reverse()

    def cut(self, found: list[Any]) -> list[Any]:
        """Return the part of a whole list that the page shows."""
        return found[self.offset : self.offset + self.limit]


def results(data_dir: Path, query: ResultQuery) -> ResultPage:
    """Return a page of one list.

    Raises:
        DataDirError: the index cannot be read.
    """
    name = query.view or LISTS[0][0]
    title = dict(LISTS).get(name, "")
    try:
        make = _view_of(name)
        where, values = searched(query.text)
        with store.reading(data_dir) as connection:
            if connection is None:
                return ResultPage(title=title, views=LISTS, empty=NOTHING)
            connection.create_function("sortable", 1, sortable, deterministic=True)
            return make(Look(connection, query, where, values))
    except UsageError as exc:
        return ResultPage(title=title, views=LISTS, problem=str(exc))


def _view_of(name: str) -> Callable[[Look], ResultPage]:
    if name not in _VIEWS:
        raise UsageError(_near(name, list(_VIEWS), "list"))
    return _VIEWS[name]


def searched(text: str) -> tuple[str, dict[str, object]]:
    """Return a search as a condition with its values: ``word``, ``!word``, ``site:x``, ``is:x``.

    Raises:
        UsageError: a filter is not known.
    """
    parts, values = ["1"], dict[str, object]()
    for number, term in enumerate(text[:CHARS_MOST].split()[:TERMS_MOST]):
        wanted = term.removeprefix("!")
        made = _condition(wanted)
        if made is None:
            continue
        block, name, value = made
        part = SQL[block].replace(f":{name}", f":{name}{number}") if name else SQL[block]
        parts.append(f"NOT ({part})" if term != wanted else f"({part})")
        if name:
            values[f"{name}{number}"] = value
    return " AND ".join(parts), values


def _condition(term: str) -> tuple[str, str, str] | None:
    """Return the block of SQL for a term, its parameter and the value."""
    name, colon, value = term.partition(":")
    name = name.lower()
    if colon and value and name in FILTERS:
        if name == "site":
            return "where_site", "site", value.lower()
        if value.lower() in {"model", "odd"}:
            return f"where_{value.lower()}", "", ""
        raise UsageError(f"'is:{value[:60]}': {FILTERS['is']}")
    words = folded(term)
    return ("where_words", "word", words) if words else None


def _near(name: str, known: list[str], what: str) -> str:
    return f"there is no {what} {name[:60]!r} of recipes; {hint(name, known)}"


# -------------------------------------------------------------------- the lists


def _all(look: Look) -> ResultPage:
    return _recipes(look, mark("Recipes"))


def _recipes(look: Look, title: str, scope: str = "1", **values: object) -> ResultPage:
    """Return a page of recipes, the newest first unless another order is asked for."""
    asked = look.query
    if asked.sort and asked.sort not in ORDERS:
        raise UsageError(_near(asked.sort, sorted(ORDERS), "order"))
    # Times begin with the newest, whatever else with the least.
    backward = asked.descending is not (asked.sort in {"", "time"})
    order = SQL[f"order_{asked.sort or 'time'}"].format(way="DESC" if backward else "ASC")
    where = f"({scope}) AND {look.where}"
    values |= look.values
    run = look.connection.execute
    (total,) = run(SQL["matching"].format(where=where), values).fetchone()
    found = run(
        SQL["page"].format(where=where, order=order),
        {**values, "limit": look.limit, "offset": look.offset},
    )
    return look.page(map(_row, found), total, title, RECIPE_COLUMNS)


def _row(row: tuple[Any, ...]) -> ResultRow:
    slug, title, url, host, saved_at, flags, structured, yields, total_min, _categories = row
    noted = ["by a model"] if structured == "llm" else []
    noted += map(flag_text, flags.split())
    return ResultRow(
        key=slug,
        kind="recipe",
        cells=(title, host, yields, spoken(total_min), moment(saved_at), ", ".join(noted)),
        item=url,
    )


def moment(at_s: float) -> str:
    """Return date and time of here."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s))


def _sites(look: Look) -> ResultPage:
    if host := look.query.key:
        shown_host = "" if host == NONE else host
        return _recipes(look, shown_host or mark("From files"), SQL["where_host"], host=shown_host)
    text = SQL["sites"].format(where=look.where)
    found = look.connection.execute(text, look.values).fetchall()
    look.order(found)
    rows = [
        ResultRow(
            key=host or NONE,
            kind="site",
            cells=(host or mark("From files"), f"{count:,}", moment(newest)),
            opens="sites",
            item=host,
        )
        for host, count, newest in look.cut(found)
    ]
    site = msgspec.structs.replace(HOST, width=0, rank=0)
    return look.page(rows, len(found), mark("Sites"), (site, COUNT, TIME))


NONE = "-"
"""The key of recipes that are of no site, or of no category."""


def _categories(look: Look) -> ResultPage:
    if key := look.query.key:
        name = "" if key == NONE else key
        title = name or mark("Without a category")
        return _recipes(look, title, SQL["where_category"], category=name)
    run = look.connection.execute
    found = run(SQL["categories"].format(where=look.where), look.values).fetchall()
    (others,) = run(SQL["uncategorised"].format(where=look.where), look.values).fetchone()
    look.order(found)
    found += [("", others)] if others else []
    rows = [
        ResultRow(
            key=str(name) or NONE,
            kind="category",
            cells=(str(name) or mark("Without a category"), f"{count:,}"),
            opens="categories",
            item=str(name),
        )
        for name, count in look.cut(found)
    ]
    category = ResultColumn(name="category", title=mark("Category"))
    return look.page(rows, len(found), mark("Categories"), (category, COUNT))


def _failed(look: Look) -> ResultPage:
    wanted = [folded(term) for term in look.query.text.split()]
    rows = [
        ResultRow(
            key=item,
            kind="failed",
            cells=(item, kind.replace("_", " "), reason, moment(last_at), f"{tries:,}"),
            item=item,
        )
        for item, kind, reason, last_at, tries in look.connection.execute(SQL["troubles"])
        if all(word in folded(f"{item} {kind} {reason}") for word in wanted)
    ]
    if look.query.descending:
        rows.reverse()
    columns = (
        ResultColumn(name="url", title=mark("Page or file")),
        ResultColumn(name="kind", title=mark("Kind"), width=12),
        ResultColumn(name="reason", title=mark("Reason")),
        ResultColumn(name="last", title=mark("Last tried"), width=16, rank=2),
        ResultColumn(name="tries", title=mark("Tries"), width=5, right=True, rank=3),
    )
    page = look.page(look.cut(rows), len(rows), mark("Without a recipe"), columns)
    nothing = mark("every page that was asked for gave a recipe")
    return page if look.query.text else msgspec.structs.replace(page, empty=nothing)


_VIEWS: dict[str, Callable[[Look], ResultPage]] = {
    "recipes": _all,
    "sites": _sites,
    "categories": _categories,
    "failed": _failed,
}


# -------------------------------------------------------------------- deeds


def skip(data_dir: Path, words: dict[str, str]) -> str:
    """Forget that a page gave no recipe; see ``Importer.deeds``.

    Raises:
        UsageError: it is not in the list.
    """
    item = words.get("item", "")
    if not item or not store.solved(data_dir, item):
        raise UsageError(mark("it is not in the list any more"))
    return mark("left out; it stays among the failures of its batch")
