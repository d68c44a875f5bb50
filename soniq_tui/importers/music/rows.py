"""Between tracks and the rows of the catalogue."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from soniq_tui.importers.music.words import Track

_json = msgspec.json.Encoder().encode
_loads = msgspec.json.Decoder(list[str]).decode
_fields = msgspec.structs.astuple

_STAT = 7
"""Fields of Track that tell of the file: path, size, times, inode, device, beside."""
_LISTS = [
    at for at, field in enumerate(msgspec.structs.fields(Track)[_STAT:]) if field.default == ()
]
"""Which of the fields behind those are lists."""


def track_row(track: Track) -> list[object]:
    """Return what ``upsert_track`` takes of a track, from ``title`` to ``raw``; lists as JSON."""
    row: list[Any] = list(_fields(track)[_STAT:-2])
    for at in _LISTS:
        row[at] = _list(row[at]) if row[at] else "[]"
    return row


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
