"""Albums that are torn: some tracks name who made them, others of the same title there nobody.

The key of a track depends on that track alone, so such an album comes in two parts. At the end of a
scan the part that names nobody goes to the one that does, if there is but one. What decides is what
all tracks that are there say, never which of them were read last.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from soniq_tui import sql
from soniq_tui.importers.music import store
from soniq_tui.importers.music.anew import regrouped
from soniq_tui.importers.music.group import (
    BREAK,
    album_key,
    key_of_nobody,
    named_album_artists,
)
from soniq_tui.importers.music.heirs import Leaving
from soniq_tui.importers.music.moving import group_anew
from soniq_tui.importers.music.rows import track_of
from soniq_tui.importers.music.store import Connection
from soniq_tui.importers.music.words import Track

SQL = sql.load("soniq_tui.importers.music", "torn.sql")
SLICE = 100
"""Titles of one transaction."""

_json = msgspec.json.Encoder().encode


class _Album(NamedTuple):
    id: int
    key: str
    settled: int


class _Titled(NamedTuple):
    """Albums of one title and version in one folder."""

    nobody: str
    """Key of those of their tracks that name nobody."""
    albums: list[_Album]


class _Said(NamedTuple):
    """A track that is there, and in which album it is."""

    id: int
    album: int
    track: Track


def mend(connection: Connection) -> Iterator[int]:
    """Let tracks that name no album artist go where others of their album do, or leave them again.

    Yields how many titles were looked at, after each transaction. Only those are of which an album
    is new or has changed: what tells whether others belong together is as it was.
    """
    looked, last, any_changed = connection.execute(SQL["looked_at"]).fetchone()
    if looked == last and not any_changed:
        return
    titles = list(_titles(connection, looked or 0))
    for at in range(0, len(titles), SLICE):
        some = titles[at : at + SLICE]
        with store.transaction(connection):
            leaving = Leaving()
            for titled in some:
                _join(connection, titled, leaving)
            leaving.settle(connection)
        yield len(some)
    if looked != last:
        connection.execute(SQL["set_looked_at"])


def _titles(connection: Connection, after: int) -> Iterator[_Titled]:
    """Yield the titles of albums beyond a number, and of all that have changed."""
    touched = {key_of_nobody(key) for (key,) in connection.execute(SQL["touched"], (after,))}
    places = {_place(key) for key in touched}
    near = [key for (key,) in connection.execute(SQL["keys"]) if _place(key) in places]
    found = defaultdict[str, list[_Album]](list)
    for row in store.of_keys(connection, "albums_settled", near):
        album = _Album(*row)
        if (nobody := key_of_nobody(album.key)) in touched:
            found[nobody].append(album)
    for nobody, albums in found.items():
        if len(albums) > 1:
            yield _Titled(nobody, albums)
        elif not albums[0].settled and albums[0].key != nobody:
            (lent,) = connection.execute(SQL["names_nobody"], (albums[0].id,)).fetchone()
            if lent:
                yield _Titled(nobody, albums)


def _place(key: str) -> str:
    """Return where an album lies, which takes far less than to take its whole key apart."""
    return key[key.rfind(BREAK) + 1 :]


def _join(connection: Connection, titled: _Titled, leaving: Leaving) -> None:
    """Put the tracks that name nobody where they belong by what all of the title say."""
    ids = _json([album.id for album in titled.albums])
    rows = connection.execute(SQL["tracks"], (ids,)).fetchall()
    said = [_Said(number, album, track_of(rest)) for number, album, *rest in rows]
    places = {album.key: album.id for album in titled.albums}
    keys = [album_key(each.track) for each in said]
    named = {key for key in keys if key is not None} & places.keys() - {titled.nobody}
    own = [each for each, key in zip(said, keys, strict=True) if key == titled.nobody]
    various = any(named_album_artists(each.track) for each in own)
    key = named.pop() if len(named) == 1 and not various else titled.nobody
    astray = [each for each in own if each.album != places.get(key)]
    if key == titled.nobody:
        group_anew(connection, regrouped(connection, [(each.id,) for each in astray], lent=True))
    elif astray:
        to = places[key]
        for each in astray:
            connection.execute(store.SQL["move_track"], (to, each.id))
            leaving.note(each.album, to)
        for number in {to, *(each.album for each in astray)}:
            connection.execute(store.SQL["unsettle_album"], (number,))
            connection.execute(store.SQL["unsettle_album_artists"], (number,))


def lent(tracks: Iterable[Track]) -> list[Track]:
    """Return the tracks of one album, all with the album artists that any of them names.

    Of those who name some the first in the order of paths counts.
    """
    given = list(tracks)
    named = [track for track in given if named_album_artists(track)]
    if not named or len(named) == len(given):
        return given
    first = min(named, key=lambda track: (track.path, track.part))
    return [track if named_album_artists(track) else _as(first, track) for track in given]


def _as(maker: Track, track: Track) -> Track:
    return msgspec.structs.replace(
        track,
        album_artists=maker.album_artists,
        album_artist_sort=maker.album_artist_sort,
        musicbrainz_albumartist_ids=maker.musicbrainz_albumartist_ids,
    )
