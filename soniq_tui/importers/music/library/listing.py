"""What all lists of music have in common: columns, cells, and pages of tracks and albums."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from soniq_tui.errors import UsageError
from soniq_tui.importers.music.library import find, orders
from soniq_tui.importers.music.library.cells import (
    clock,
    day,
    format_text,
    names_text,
    place,
    sortable,
    sortable_names,
)
from soniq_tui.importers.music.library.find import SQL, Where
from soniq_tui.importers.music.library.search import Search
from soniq_tui.importers.music.store import Connection
from soniq_tui.model.near import hint
from soniq_tui.model.results import ResultColumn, ResultPage, ResultQuery, ResultRow
from soniq_tui.model.text import path_text
from soniq_tui.words import mark

LISTS = (
    ("artists", mark("Artists")),
    ("albums", mark("Albums")),
    ("tracks", mark("Tracks")),
    ("genres", mark("Genres")),
    ("years", mark("Years")),
    ("recent", mark("Recent")),
    ("changes", mark("Changes")),
    ("playlists", mark("Playlists")),
    ("health", mark("Health")),
    ("errors", mark("Errors")),
    ("all", mark("Everything")),
)
"""The lists one can begin with."""
NOTHING = mark("nothing was scanned yet; a scan of a music folder brings it here")
NO_MATCH = mark("nothing fits")
PAGE_MOST = 100_000
SORTED_MOST = 2000
"""More tracks by title are found in the order of the index; fewer are sorted sooner."""
NAMED_MOST = 20_000
"""So many tracks are read again by their numbers; of more the condition is looked at again."""
SORTED_FEW = 2000
"""A page that ends farther from both ends of a list than this has all of it sorted, and kept."""

TITLE = ResultColumn(name="title", title=mark("Title"))
ARTIST = ResultColumn(name="artist", title=mark("Artist"))
ALBUM = ResultColumn(name="album", title=mark("Album"), rank=2)
TIME = ResultColumn(name="time", title=mark("Time"), width=8, right=True, rank=1)
FORMAT = ResultColumn(name="format", title=mark("Format"), width=12, rank=3)
NUMBER = ResultColumn(name="number", title=mark("No."), width=5, right=True)
YEAR = ResultColumn(name="year", title=mark("Year"), width=4, right=True, rank=1)
ADDED = ResultColumn(name="added", title=mark("Added"), width=10, rank=1)
PATH = ResultColumn(name="path", title=mark("Path"), rank=2)
NOTE = ResultColumn(name="note", title=mark("Note"), rank=1)
TRACKS = ResultColumn(name="tracks", title=mark("Tracks"), width=7, right=True, rank=1)
ALBUMS = ResultColumn(name="albums", title=mark("Albums"), width=7, right=True, rank=1)

TRACK_COLUMNS = (TITLE, ARTIST, ALBUM, TIME, FORMAT)
ALBUM_COLUMNS = (TITLE, ARTIST, YEAR, TRACKS, TIME)
TRACK_ORDERS = ("title", "artist", "album", "number", "time", "year", "format", "added")
ALBUM_ORDERS = ("title", "artist", "year", "tracks", "time")
Notes = Callable[[list[int]], dict[int, str]]


class Order(NamedTuple):
    """How a list is sorted."""

    text: str
    """SQL with ``{way}`` behind what was asked for and ``{on}`` behind all else; lists that are
    never sorted backwards have ``{way}`` alone."""
    descending: bool = False

    def sql(self, *, backwards: bool = False) -> str:
        """Return it as SQL; ``backwards`` is the same from the end."""
        return self._filled(self.text, backwards=backwards)

    def of(self, query: str, *, backwards: bool = False) -> str:
        """Return a query of ``library.sql`` that has an order of its own."""
        return self._filled(SQL[query], backwards=backwards)

    def _filled(self, text: str, *, backwards: bool) -> str:
        way = "DESC" if self.descending is not backwards else "ASC"
        return text.format(way=way, on="DESC" if backwards else "ASC")


@dataclass(frozen=True, slots=True)
class Look:
    """One question to the catalogue."""

    connection: Connection
    query: ResultQuery
    search: Search
    stamp: orders.Stamp | None = None
    """Of the catalogue before it was opened; None: no order of it is kept."""

    def __post_init__(self) -> None:
        for name, function in (("sortable", sortable), ("sortable_names", sortable_names)):
            self.connection.create_function(name, 1, function, deterministic=True)

    def rows(self, query: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query of ``library.sql``."""
        return self.connection.execute(SQL[query], values).fetchall()

    def page(self, rows: Iterable[ResultRow], total: int, **fields: Any) -> ResultPage:
        """Return a page of the list that was asked for."""
        fields.setdefault("empty", NO_MATCH if self.search else mark("there are none"))
        return ResultPage(views=LISTS, rows=tuple(rows), total=total, offset=self.offset, **fields)

    def words(self) -> Search:
        """Return the words that are looked for in a list of other things than music.

        Raises:
            UsageError: there is a filter among them, of which such a list knows nothing.
        """
        if name := self.search.filter:
            raise UsageError(f"'{name}:' is about music; this list is searched by words alone")
        return self.search

    @property
    def offset(self) -> int:
        """Where the page begins."""
        return max(0, self.query.offset)

    @property
    def limit(self) -> int:
        """How many rows it has at the most."""
        return min(PAGE_MOST, max(0, self.query.limit))

    def cut(self, found: Sequence[Any]) -> list[Any]:
        """Return the part of a whole list that the page shows."""
        return list(found[self.offset : self.offset + self.limit])

    def order(self, prefix: str, natural: str, known: Iterable[str]) -> Order:
        """Return the order that was asked for.

        Raises:
            UsageError: there is no such column to sort by.
        """
        names = list(known)
        name = self.query.sort or natural
        if self.query.sort and name not in names:
            raise UsageError(f"this list cannot be sorted by {name[:60]!r}; {hint(name, names)}")
        if f"order_{prefix}{name}" not in SQL:  # one of ``by_count``
            return Order(SQL[f"order_{prefix}{natural}"])
        return Order(SQL[f"order_{prefix}{name}"], self.query.descending)

    def by_count(self, ids: list[int], **queries: str) -> list[int]:
        """Return numbers sorted by what a query counts, where its name is the column asked for."""
        query = queries.get(self.query.sort)
        if query is None:
            return ids
        counts = dict(self.rows(query))
        return sorted(ids, key=lambda i: counts.get(i, 0), reverse=self.query.descending)


def track_page(
    look: Look,
    title: str,
    columns: tuple[ResultColumn, ...] = TRACK_COLUMNS,
    *,
    scope: Where = Where(),  # noqa: B008  nobody changes it
    ids: list[int] | None = None,
    natural: str = "title",
    notes: Notes | None = None,
    **fields: Any,
) -> ResultPage:
    """Return a page of tracks: of ``scope``, or of ``ids`` in their order, that fit the search."""
    order = look.order("", natural, TRACK_ORDERS)
    limits = scope
    by_rank = ids is None and scope.sql == "1" and not look.query.sort and natural == "title"
    if by_rank and find.ranks(look.search):
        ids, unlooked = find.tracks(look.connection, look.search)
    else:
        fitting, unlooked = find.fitting(look.connection, look.search)
        limits &= fitting
    if unlooked == 1:
        title += "; 1 track not looked at: the scan has not come to index it"
    elif unlooked:
        title += f"; {unlooked:,} tracks not looked at: the scan has not come to index them"
    if ids is not None and (limits.sql != "1" or look.query.sort):
        limits &= find.where("ids", ids=find.ids_json(ids))
        if look.query.sort:
            ids = _ordered(look, limits, order)
        else:
            chosen = set(_ordered(look, limits, Order(SQL["order_added"])))  # as they lie
            ids = [number for number in ids if number in chosen]
    if ids is None:
        total, shown = _shown(look, limits, order)
    else:
        total, shown = len(ids), look.cut(ids)
    rows = track_rows(look, shown, columns, notes)
    return look.page(rows, total, title=title, columns=columns, **fields)


def _ordered(look: Look, limits: Where, order: Order) -> list[int]:
    text = SQL["tracks_page"].format(where=limits.sql, order=order.sql())
    return _ids(look, text, {**limits.values, "limit": -1, "offset": 0})


def _shown(look: Look, limits: Where, order: Order) -> tuple[int, list[int]]:
    """Return how many tracks there are, and those of the page."""
    key = (*limits, order)
    fitting: Sequence[int] = ()
    if limits.sql == "1":
        (total,) = look.connection.execute(SQL["tracks_count"].format(where="1")).fetchone()
    else:
        # Looked for once, whichever page comes next and whichever column then sorts them.
        text = SQL["tracks_of"].format(where=limits.sql)
        fitting = orders.keep(look.stamp, limits, lambda: _ids(look, text, limits.values))
        total = len(fitting)
        if total <= NAMED_MOST:
            limits = find.where("ids", ids=find.ids_json(fitting))
    by_title = order.text == SQL["order_title"] and (limits.sql == "1" or total > SORTED_MOST)
    by_title = by_title and not look.rows("words_lack")[0][0]
    far = min(look.offset + look.limit, total - look.offset) > SORTED_FEW
    if by_title and not (far and fitting):
        part = range(look.offset, look.offset + look.limit)
        return total, _by_title(look, order, part, total, fitting)

    def whole() -> list[int]:
        if by_title:
            return _by_title(look, order, range(total), total, fitting)
        return _ordered(look, limits, order)

    kept = orders.held(look.stamp, key)
    # Names are folded for it, all of them for any page: that takes longer than to sort them.
    if kept is None and (far or "sortable" in order.text):
        kept = orders.keep(look.stamp, key, whole)
    if kept is not None:
        return total, look.cut(kept)

    def found(limit: int, offset: int, backwards: bool) -> list[int]:
        sql = order.sql(backwards=backwards)
        text = SQL["tracks_page"].format(where=limits.sql, order=sql)
        return _ids(look, text, {**limits.values, "limit": limit, "offset": offset})

    return total, _from_the_nearer_end(found, look.offset, look.limit, total)


def _by_title(
    look: Look, order: Order, part: range, total: int, fitting: Sequence[int]
) -> list[int]:
    """Return a part of many tracks by title, for which there is an index: of all, or of some."""
    chosen = set(fitting)
    untitled = _ids(look, order.of("untitled"), {})
    untitled = [number for number in untitled if number in chosen] if chosen else untitled
    titled = total - len(untitled)

    def found(limit: int, offset: int, backwards: bool) -> list[int]:
        text = order.of("titled", backwards=backwards)
        if not chosen:
            return _ids(look, text, {"limit": limit, "offset": offset})
        rows = look.connection.execute(text, {"limit": -1, "offset": 0})
        return list(islice((i for (i,) in rows if i in chosen), offset, offset + limit))

    ids = _from_the_nearer_end(found, part.start, len(part), titled)
    start = max(0, part.start - titled)
    return ids + untitled[start : start + len(part) - len(ids)]


def _from_the_nearer_end(
    found: Callable[[int, int, bool], list[int]], offset: int, limit: int, total: int
) -> list[int]:
    """Return a part of a list; what is near its end is looked for backwards, in as little time."""
    limit = min(limit, max(0, total - offset))
    if not limit:
        return []
    behind = total - offset - limit
    if offset <= behind:
        return found(limit, offset, False)
    return found(limit, behind, True)[::-1]


def _ids(look: Look, text: str, values: dict[str, Any]) -> list[int]:
    return find.ids(look.connection, text, values)


def track_rows(
    look: Look, ids: list[int], columns: tuple[ResultColumn, ...], notes: Notes | None = None
) -> list[ResultRow]:
    """Return the rows of some tracks; one that comes again gets a key of its own."""
    said = notes(ids) if notes else {}
    seen: dict[int, int] = {}
    rows = []
    for row in look.rows("track_rows", ids=find.ids_json(ids)):
        cells = _track_cells(row, said)
        number = row[0]
        seen[number] = times = seen.get(number, 0) + 1
        rows.append(
            ResultRow(
                key=str(number) if times == 1 else f"{number}#{times}",
                kind="track",
                cells=tuple(cells[column.name] for column in columns),
                item=path_text(row[13].partition(b"\0")[0]),
                muted=bool(row[14]),
            )
        )
    return rows


def _track_cells(row: tuple[Any, ...], said: dict[int, str]) -> dict[str, str]:
    (number, title, artists, album, disc, track, duration_s, codec, bitrate, year, added_at_s,
     _, container, path, _, part, _) = row  # fmt: skip
    shown_path = path_text(path.partition(b"\0")[0])
    return {
        "title": title or f"({shown_path.rpartition('/')[2]})",
        "artist": names_text(artists),
        "album": album or "",
        "number": place(disc, track),
        "time": clock(duration_s),
        "format": format_text(codec or container, bitrate),
        "year": str(year or ""),
        "added": day(added_at_s),
        "path": shown_path + (f" (track {part} of its cue sheet)" if part else ""),
        "note": said.get(number, ""),
    }


def album_page(
    look: Look,
    title: str,
    columns: tuple[ResultColumn, ...] = ALBUM_COLUMNS,
    *,
    scope: Where = Where(),  # noqa: B008  nobody changes it
    natural: str = "title",
    notes: Notes | None = None,
    more: tuple[ResultRow, ...] = (),
) -> ResultPage:
    """Return a page of the albums of ``scope`` that fit the search; ``more`` rows at the end."""
    own, rest = look.search.split(("album", "artists"))
    order = look.order("album_", natural, ALBUM_ORDERS)

    def sorted_ids() -> list[int]:
        limits = scope
        if own:
            limits &= find.where("album_ids", ids=find.ids_json(_named(look, own)))
        if rest:
            limits &= find.of("album_of", find.fitting(look.connection, rest)[0])
        text = SQL["albums"].format(where=limits.sql, order=order.sql())
        return look.by_count(
            _ids(look, text, limits.values), tracks="album_tracks", time="album_time"
        )

    key = ("albums", *scope, look.search, order, look.query.sort, look.query.descending)
    ids = orders.keep(look.stamp, key, sorted_ids)
    shown = look.cut(ids)
    said = notes(shown) if notes else {}
    rows = [_album_row(r, columns, said) for r in look.rows("album_rows", ids=find.ids_json(shown))]
    if not look.search and look.offset + look.limit > len(ids):
        rows += more
    total = len(ids) + (0 if look.search else len(more))
    return look.page(rows, total, title=title, columns=columns)


def _named(look: Look, own: Search) -> list[int]:
    """Return the albums whose title or artists fit the words."""
    artists: defaultdict[int, str] = defaultdict(str)
    for number, name in look.connection.execute(SQL["album_credits"]):
        artists[number] += f" {name}"
    return [
        number
        for number, title, version in look.connection.execute(SQL["album_names"])
        if own.fits({"album": f"{title} {version or ''}", "artists": artists[number]})
    ]


def _album_row(
    row: tuple[Any, ...], columns: tuple[ResultColumn, ...], said: dict[int, str]
) -> ResultRow:
    number, title, version, year, artists, count, duration_s, missing = row
    cells = {
        "title": title + (f" ({version})" if version else ""),
        "artist": names_text(artists),
        "year": str(year or ""),
        "tracks": f"{count:,}",
        "time": clock(duration_s),
        "note": said.get(number, ""),
    }
    return ResultRow(
        key=str(number),
        kind="album",
        cells=tuple(cells[column.name] for column in columns),
        opens="tracks",
        item=title,
        muted=missing == count,
    )


def track_ids(look: Look, search: Search) -> list[int]:
    """Return the tracks that a search finds, in the order of the library."""
    return _ordered(look, find.fitting(look.connection, search)[0], Order("track.id"))
