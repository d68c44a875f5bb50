"""Between tracks and the rows of the catalogue."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from soniq_tui.importers.music import store
from soniq_tui.importers.music.discs import numbered
from soniq_tui.importers.music.store import Connection, bound
from soniq_tui.importers.music.words import Belongs, Track

_json = msgspec.json.Encoder().encode
_loads = msgspec.json.Decoder(list[str]).decode
_fields = msgspec.structs.astuple

_FIELDS = Track.__struct_fields__
_SHARED, _LISTS, _USUAL, _AT_TIMES, _SELDOM, _END = map(
    _FIELDS.index,
    ("album_artists", "artists", "title", "bits_per_sample", "acoustid_id", "cue"),
)
"""Where in a track begins what most tracks of an album share, and of the rest what are lists, what
most say, what some do and what few do. None of what most say, which is rare, takes longer to bind
than NULL; to look for it in each would take longer still."""
_SHARED_LISTS = _FIELDS.index("album") - _SHARED
"""So many of those that are shared are lists; they come first."""
_NOTHING = (None,) * (_END - _SELDOM)

Belonging = tuple[int | None, int | None, str | None, bytes | None]
"""Number of the album; number and source of the picture, and its file if it lies beside."""


class _Run(NamedTuple):
    """Tracks that follow each other and have the same in the shared columns."""

    query: str
    """Name of the statement."""
    shared: list[object]
    own: list[object]
    """The other columns of each."""


class Rows:
    """Rows of tracks and who made them, gathered while one chunk is written.

    Args:
        artists: number and names of each artist of the chunk, by place.
        now_s: when they are written, seconds since 1970.
    """

    def __init__(self, artists: list[tuple[Any, ...]], now_s: float) -> None:
        self._spelt = artists
        self._named = [bound(each) for each in artists]
        self._now_s = now_s
        self._runs: list[_Run] = []
        self._own: list[object] = []
        """Of the last of them."""
        self._last: tuple[object, ...] = ()
        """What the track before has in common with others."""
        self._listed: tuple[tuple[object, ...], ...] = ()
        """Lists of its own."""
        self._json: list[str] = []
        """The same as JSON."""
        self._credits: list[object] = []
        self._said: list[int] = []

    def add(
        self,
        number: int,
        file_id: int,
        track: Track,
        where: Belonging,
        belongs: Belongs,
        *,
        is_new: bool,
    ) -> None:
        """Take a track; ``is_new``: the catalogue does not have it yet."""
        fields = _fields(numbered(track))
        seldom = fields[_SELDOM:_END]
        plain = is_new and seldom == _NOTHING
        shared = plain, where, fields[_SHARED:_LISTS]
        if shared != self._last:
            self._last = shared
            self._begin(plain, where, shared[2])
        lists = fields[_LISTS:_USUAL]
        if lists != self._listed:
            self._listed, self._json = lists, list(map(_list, lists))
        own = self._own
        own += number, file_id, belongs.pid
        own += self._json
        own += fields[_USUAL:_AT_TIMES]
        own += bound(fields[_AT_TIMES:_SELDOM])
        if not plain:
            own += bound(seldom)
        self._said += belongs.artists
        for at, place in enumerate(belongs.artists):
            self._credits += (number, at, *self._named[place])

    def _begin(self, plain: bool, where: Belonging, said: tuple[Any, ...]) -> None:
        lists = map(_list, said[:_SHARED_LISTS])
        shared = [*where, self._now_s, self._now_s, *lists, *said[_SHARED_LISTS:]]
        self._own = []
        query = "add_track" if plain else "upsert_track"
        self._runs.append(_Run(query, bound(shared), self._own))

    def write(self, connection: Connection) -> None:
        """Write all, in their order."""
        for run in self._runs:
            store.add_alike(connection, run.query, run.shared, run.own)
        store.add_rows(connection, "add_credit", self._credits)

    def spellings(self) -> Iterator[tuple[tuple[Any, ...], int]]:
        """Yield number and names of each artist, and of how many tracks."""
        return ((self._spelt[place], tracks) for place, tracks in Counter(self._said).items())


@lru_cache(4096)
def _list(values: tuple[object, ...]) -> str:
    """Return a list as JSON; tracks of an album have most of theirs in common."""
    return _json(values).decode()


def track_of(row: Sequence[Any]) -> Track:
    """Return what grouping looks at: the tags of a row of ``tracks_of_album``, and no file."""
    (
        path,
        part,
        artists,
        album,
        album_artists,
        date,
        year,
        compilation,
        album_mbid,
        artist_mbids,
        albumartist_mbids,
        releasegroup_mbid,
        artist_sort,
        album_artist_sort,
        album_version,
    ) = row
    return Track(
        path=path,
        size=0,
        mtime_ns=0,
        ctime_ns=0,
        inode=0,
        device=0,
        part=part,
        artists=tuple(_loads(artists)),
        album=album,
        album_artists=tuple(_loads(album_artists)),
        date=date,
        year=year,
        compilation=None if compilation is None else bool(compilation),
        musicbrainz_album_id=album_mbid,
        musicbrainz_artist_ids=tuple(_loads(artist_mbids)),
        musicbrainz_albumartist_ids=tuple(_loads(albumartist_mbids)),
        musicbrainz_releasegroup_id=releasegroup_mbid,
        artist_sort=artist_sort,
        album_artist_sort=album_artist_sort,
        album_version=album_version,
    )
