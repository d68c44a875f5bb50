"""The lists that the catalogue answers with: artists, albums, tracks and the rest."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.music import store
from soniq_tui.importers.music.genres import canonical
from soniq_tui.importers.music.library import changes, everything, find, health, orders
from soniq_tui.importers.music.library.cells import clock, day, moment, sortable
from soniq_tui.importers.music.library.find import SQL, Where
from soniq_tui.importers.music.library.listing import (
    ADDED,
    ALBUMS,
    ARTIST,
    FORMAT,
    LISTS,
    NOTHING,
    NUMBER,
    TIME,
    TITLE,
    TRACKS,
    Look,
    album_page,
    track_page,
)
from soniq_tui.importers.music.library.search import Search, parse
from soniq_tui.model.near import hint
from soniq_tui.model.results import ResultColumn, ResultPage, ResultQuery, ResultRow
from soniq_tui.model.text import path_text
from soniq_tui.words import mark

ELSEWHERE = "artist:"
"""Before the number of an artist: the tracks of theirs that no album of theirs holds."""
NAME = ResultColumn(name="name", title=mark("Name"))
LATELY_S = 60.0
"""``changed:1d`` begins at a whole minute."""
_names = msgspec.json.Decoder(list[str]).decode


def results(data_dir: Path, query: ResultQuery) -> ResultPage:
    """Return a page of one list.

    Raises:
        DataDirError: the catalogue cannot be read.
    """
    name = query.view or LISTS[0][0]
    try:
        view = view_of(name)
        now_s = time.time() // LATELY_S * LATELY_S  # what was kept a page before is true still
        search = parse(query.text, now_s)
        stamp = orders.stamp(data_dir)
        with store.looking(data_dir) as connection:
            if connection is None:
                if name == "health" and query.key:
                    health.check_of(query.key)
                return ResultPage(title=dict(LISTS)[name], views=LISTS, empty=NOTHING)
            return view(Look(connection, query, find.eased(connection, search), stamp))
    except UsageError as exc:
        return ResultPage(title=dict(LISTS).get(name, ""), views=LISTS, problem=str(exc))


def view_of(name: str) -> Callable[[Look], ResultPage]:
    """Return what makes the pages of a list.

    Raises:
        UsageError: there is none of that name; the message names the nearest.
    """
    if name in VIEWS:
        return VIEWS[name]
    known = [each for each, _ in LISTS]
    raise UsageError(f"there is no list {name[:60]!r} of music; {hint(name, known)}")


def number_of(key: str) -> int:
    """Return the number in a key.

    Raises:
        UsageError: there is none.
    """
    digits = key.removeprefix(ELSEWHERE).partition("#")[0]
    if not (digits.isascii() and digits.isdigit() and len(digits) < 18):  # noqa: PLR2004  64 bits
        raise UsageError(f"nothing of the library has the key {key[:60]!r}")
    return int(digits)


# -------------------------------------------------------------------- artists and albums


def _artists(look: Look) -> ResultPage:
    own, rest = look.search.split(("artists",))
    order = look.order("artist_", "name", ("name", "albums", "tracks"))

    def sorted_ids() -> list[int]:
        limits = Where()
        if own:
            look.connection.create_function("fits", 2, _fitting(own), deterministic=True)
            limits &= find.where("artist_named")
        if rest:
            limits &= find.of("artist_of", find.fitting(look.connection, rest)[0])
        text = SQL["artists"].format(where=limits.sql, order=order.sql())
        ids = find.ids(look.connection, text, limits.values)
        return look.by_count(ids, albums="artist_albums", tracks="artist_tracks")

    key = ("artists", look.search, order, look.query.sort, look.query.descending)
    ids = orders.keep(look.stamp, key, sorted_ids)
    rows = [
        ResultRow(
            key=str(number),
            kind="artist",
            cells=(name, f"{albums:,}", f"{tracks:,}"),
            opens="albums",
            item=name,
            muted=not there,
        )
        for number, name, albums, tracks, there in look.rows(
            "artist_rows", ids=find.ids_json(look.cut(ids))
        )
    ]
    columns = (NAME, ALBUMS, TRACKS)
    return look.page(rows, len(ids), title=mark("Artists"), columns=columns)


def _fitting(own: Search) -> Callable[[str, str | None], bool]:
    return lambda name, sort_name: own.fits({"artists": f"{name} {sort_name or ''}"})


def _albums(look: Look) -> ResultPage:
    if not look.query.key:
        return album_page(look, mark("Albums"))
    number = number_of(look.query.key)
    name = artist_name(look, number)
    elsewhere = find.where("elsewhere", artist=number)
    count = SQL["tracks_count"].format(where=elsewhere.sql)
    (others,) = look.connection.execute(count, elsewhere.values).fetchone()
    more = ResultRow(
        key=f"{ELSEWHERE}{number}",
        kind="artist",
        cells=("(tracks on other albums)", name, "", f"{others:,}", ""),
        opens="tracks",
        item=name,
    )
    return album_page(
        look,
        f"Albums of {name}",
        scope=find.where("album_by", artist=number),
        natural="year",
        more=(more,) if others else (),
    )


def artist_name(look: Look, number: int) -> str:
    """Return the name of an artist.

    Raises:
        UsageError: there is none of that number.
    """
    found = look.rows("artist", artist=number)
    if not found:
        raise UsageError(f"there is no artist {number}")
    return str(found[0][0])


def _tracks(look: Look) -> ResultPage:
    key = look.query.key
    if not key:
        return track_page(look, mark("Tracks"))
    number = number_of(key)
    if key.startswith(ELSEWHERE):
        scope = find.where("elsewhere", artist=number)
        title = f"Tracks of {artist_name(look, number)} on other albums"
        return track_page(look, title, scope=scope, natural="album")
    found = look.rows("album_rows", ids=find.ids_json([number]))
    if not found:
        raise UsageError(f"there is no album {number}")
    _, title, version, *_ = found[0]
    title = f"{title} ({version})" if version else title
    columns = (NUMBER, TITLE, ARTIST, TIME, FORMAT)
    scope = find.where("album", album=number)
    return track_page(look, title, columns, scope=scope, natural="number")


def _recent(look: Look) -> ResultPage:
    newest = look if look.query.sort else _sorted_by_day(look)
    columns = (TITLE, ARTIST, TRACK_ALBUM, ADDED)
    return track_page(newest, mark("Added lately"), columns, natural="added")


TRACK_ALBUM = ResultColumn(name="album", title=mark("Album"), rank=2)


def _sorted_by_day(look: Look) -> Look:
    """Return the same question with the newest first."""
    query = msgspec.structs.replace(look.query, sort="added", descending=not look.query.descending)
    return replace(look, query=query)


# -------------------------------------------------------------------- genres, years


def _genres(look: Look) -> ResultPage:
    if look.query.key:
        return _tracks_of_genre(look, look.query.key)
    own, rest = look.search.split(("genres",))
    limits, _ = find.fitting(look.connection, rest)
    text = SQL["tagged_genres_of"].format(where=limits.sql) if rest else SQL["tagged_genres"]
    counts: Counter[str] = Counter()
    spelt: defaultdict[str, set[str]] = defaultdict(set)
    for tagged, count in look.connection.execute(text, limits.values):
        for name in dict.fromkeys(map(canonical, _names(tagged))):
            counts[name] += count
        for each in _names(tagged):
            spelt[canonical(each)].add(each)
    fitting = [n for n in counts if own.fits({"genres": f"{n} {' '.join(sorted(spelt[n]))}"})]
    by_count = look.order("artist_", "name", ("name", "tracks")) and look.query.sort == "tracks"
    fitting.sort(key=lambda n: (counts[n] if by_count else 0, sortable(n), n))
    if look.query.descending:
        fitting.reverse()
    rows = [
        ResultRow(
            key=name,
            kind="genre",
            cells=(name, f"{counts[name]:,}", ", ".join(sorted(spelt[name] - {name}))),
            opens="genres",
            item=name,
        )
        for name in look.cut(fitting)
    ]
    columns = (NAME, TRACKS, ResultColumn(name="also", title=mark("Also tagged as"), rank=2))
    return look.page(rows, len(fitting), title=mark("Genres"), columns=columns)


def _tracks_of_genre(look: Look, key: str) -> ResultPage:
    tagged = [
        text
        for text, _ in look.connection.execute(SQL["tagged_genres"])
        if key in map(canonical, _names(text))
    ]
    scope = find.where("genre", tagged=msgspec.json.encode(tagged).decode())
    return track_page(look, f"Genre {key}", scope=scope, natural="artist")


def _years(look: Look) -> ResultPage:
    if look.query.key:
        year = None if look.query.key == "unknown" else number_of(look.query.key)
        scope = find.where("album_year", year=year)
        title = "Albums without a year" if year is None else f"Albums of {year}"
        return album_page(look, title, scope=scope)
    limits, _ = find.fitting(look.connection, look.search)
    text = SQL["years"].format(where=limits.sql)
    found = look.connection.execute(text, limits.values).fetchall()
    if look.query.descending:
        found.reverse()
    rows = [
        ResultRow(
            key="unknown" if year is None else str(year),
            kind="year",
            cells=("unknown" if year is None else str(year), f"{albums:,}", f"{tracks:,}"),
            opens="years",
        )
        for year, albums, tracks in look.cut(found)
    ]
    columns = (ResultColumn(name="year", title=mark("Year")), ALBUMS, TRACKS)
    return look.page(rows, len(found), title=mark("Years"), columns=columns)


# -------------------------------------------------------------------- errors, playlists, health


def _errors(look: Look) -> ResultPage:
    own = look.words()
    rows = [
        ResultRow(
            key=str(number),
            kind="error",
            cells=(kind, reason, path_text(path), moment(last_at_s), f"{tries:,}"),
            item=path_text(path),
        )
        for number, kind, reason, path, _, last_at_s, tries, _ in look.rows("errors")
        if own.fits({"": f"{kind} {reason} {path_text(path)}"})
    ]
    columns = (
        ResultColumn(name="kind", title=mark("Kind"), width=11),
        ResultColumn(name="reason", title=mark("Reason")),
        ResultColumn(name="path", title=mark("Path")),
        ResultColumn(name="last", title=mark("Last seen"), width=16, rank=2),
        ResultColumn(name="tries", title=mark("Tries"), width=5, right=True, rank=3),
    )
    return look.page(
        look.cut(rows), len(rows), title=mark("Files that cannot be read"), columns=columns
    )


def _playlists(look: Look) -> ResultPage:
    if look.query.key:
        number = number_of(look.query.key)
        found = look.rows("playlist", playlist=number)
        if not found:
            raise UsageError(f"there is no playlist {number}")
        ids = [row[0] for row in look.rows("playlist_ids", playlist=number)]
        return track_page(look, f"Playlist {found[0][0]}", ids=ids)
    own = look.words()
    rows = [
        ResultRow(
            key=str(number),
            kind="playlist",
            cells=(name, f"{count:,}", clock(duration_s), day(made_at_s)),
            opens="playlists",
            item=name,
            muted=count > 0 and not there,
        )
        for number, name, made_at_s, count, duration_s, there in look.rows("playlists")
        if own.fits({"": name})
    ]
    columns = (NAME, TRACKS, TIME, ResultColumn(name="made", title=mark("Made"), width=10, rank=2))
    empty = mark("there are none; a search can be saved as one")
    return look.page(
        look.cut(rows), len(rows), title=mark("Playlists"), columns=columns, empty=empty
    )


def _everything(look: Look) -> ResultPage:
    if look.query.sort:
        raise UsageError("this list cannot be sorted: each kind of thing is in its own order")
    return everything.view(look, VIEWS)


VIEWS: dict[str, Callable[[Look], ResultPage]] = {
    "artists": _artists,
    "albums": _albums,
    "tracks": _tracks,
    "genres": _genres,
    "years": _years,
    "recent": _recent,
    "changes": changes.view,
    "playlists": _playlists,
    "health": health.view,
    "errors": _errors,
    "all": _everything,
}
