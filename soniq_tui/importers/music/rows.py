"""Between tracks and the rows of the catalogue."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec

from soniq_tui.importers.music import store
from soniq_tui.importers.music.discs import numbered
from soniq_tui.importers.music.store import NULL, Connection
from soniq_tui.importers.music.words import Track

_json = msgspec.json.Encoder().encode
_loads = msgspec.json.Decoder(list[str]).decode
_fields = msgspec.structs.astuple

_LISTS = ("artists", "album_artists", "genres", "composers", "musicbrainz_artist_ids",
          "musicbrainz_albumartist_ids", "raw")  # fmt: skip
_USUAL = ("title", "album", "track", "track_total", "disc", "disc_total", "date", "year",
          "duration_s", "bitrate_kbps", "sample_rate_hz", "channels", "codec", "container",
          "part")  # fmt: skip
_AT_TIMES = ("bits_per_sample", "musicbrainz_recording_id", "musicbrainz_album_id",
             "musicbrainz_releasegroup_id", "replaygain_track_gain_db", "artist_sort",
             "album_artist_sort", "compilation", "lyrics")  # fmt: skip
_SELDOM = ("acoustid_id", "isrc", "bpm", "replaygain_album_gain_db", "album_version",
           "musicbrainz_track_id", "start_s")  # fmt: skip
"""What a track says, in the order of ``upsert_track``. None of the usual, which is rare, takes
longer to bind than NULL; to look for it in each would take longer still."""


def _getter(names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    return itemgetter(*map(Track.__struct_fields__.index, names))


_lists, _usual, _at_times, _seldom = map(_getter, (_LISTS, _USUAL, _AT_TIMES, _SELDOM))
_NOTHING = (None,) * len(_SELDOM)


class Rows:
    """Rows of tracks and who made them, gathered while one chunk is written.

    Args:
        artists: number and names of each artist of the chunk, by place.
    """

    def __init__(self, artists: list[tuple[Any, ...]]) -> None:
        self._spelt = artists
        self._named = [_bound(each) for each in artists]
        self._rows: list[list[object]] = []
        self._seldom: list[tuple[object, ...]] = []
        """What comes last in each."""
        self._plain = True
        """Whether all are new, and none says what few say."""
        self._last: tuple[tuple[object, ...], ...] = ((),) * len(_LISTS)
        """Lists of the track before; most of an album say the same."""
        self._json: list[str | float] = [NULL] * len(_LISTS)
        """The same as JSON."""
        self._credits: list[object] = []
        self._said: list[int] = []

    def add(
        self, head: list[object], track: Track, made_by: tuple[int, ...], *, is_new: bool
    ) -> None:
        """Take a track.

        Args:
            head: what ``upsert_track`` takes before what the track says; first its number.
            track: the track.
            made_by: places of its artists.
            is_new: the catalogue does not have it yet.
        """
        fields = _fields(numbered(track))
        lists = _lists(fields)
        if lists != self._last:
            self._to_json(lists)
        row = head
        row += self._json
        row += _usual(fields)
        row += _bound(_at_times(fields))
        seldom = _seldom(fields)
        if not is_new or seldom != _NOTHING:
            self._plain = False
        self._rows.append(row)
        self._seldom.append(seldom)
        self._said += made_by
        for at, place in enumerate(made_by):
            self._credits += (head[0], at, *self._named[place])

    def _to_json(self, lists: tuple[tuple[object, ...], ...]) -> None:
        for at, values in enumerate(lists):
            if values != self._last[at]:
                self._json[at] = _list(values) if values else NULL
        self._last = lists

    def write(self, connection: Connection) -> None:
        """Write all."""
        if self._plain:
            connection.executemany(store.SQL["add_track"], self._rows)
        else:  # all of them, so that rows are added in their order
            rows = zip(self._rows, self._seldom, strict=True)
            whole = [row + _bound(seldom) for row, seldom in rows]
            connection.executemany(store.SQL["upsert_track"], whole)
        store.add_rows(connection, "add_credit", self._credits)

    def spellings(self) -> Iterator[tuple[tuple[Any, ...], int]]:
        """Yield number and names of each artist, and of how many tracks."""
        return ((self._spelt[place], tracks) for place, tracks in Counter(self._said).items())


def _bound(values: Iterable[object]) -> list[object]:
    return [NULL if value is None else value for value in values]


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
