"""Tracks of the catalogue as they would be put together today, by what it holds of them: unread."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from soniq_tui.importers.music import discs
from soniq_tui.importers.music.credits import artists_of
from soniq_tui.importers.music.group import (
    album_key,
    key_of_nobody,
    named_album_artists,
    persistent_id,
)
from soniq_tui.importers.music.rows import track_of
from soniq_tui.importers.music.store import SQL, Connection
from soniq_tui.importers.music.words import Track

_keys = msgspec.json.Decoder(list[str]).decode
_json = msgspec.json.Encoder().encode


class Grouping(NamedTuple):
    """A track as the catalogue has it."""

    id: int
    album: int | None
    """In which it is."""
    track: Track


def regrouped(
    connection: Connection, ids: Sequence[tuple[int]], *, lent: bool = False
) -> Iterator[Grouping]:
    """Yield the tracks that belong to something else, or are known by something else.

    Those that name no album artist and are where others of their album do, among them if ``lent``:
    who looks for torn albums (``torn.py``) sees whether they stay there.
    """
    rows = connection.execute(
        SQL["grouped_tracks"], (_json([number for (number,) in ids]).decode(),)
    )
    for number, album, key, credited, pid, title, place, disc, own_id, recording, *said in rows:
        track = msgspec.structs.replace(
            track_of(said),
            title=title,
            track=place,
            disc=disc,
            musicbrainz_track_id=own_id,
            musicbrainz_recording_id=recording,
        )
        track = as_tagged(track, pid)
        artists = artists_of(track.artists, track.artist_sort, track.musicbrainz_artist_ids)
        keys = [artist.key for artist in artists]
        own_key = album_key(track)
        if key and not (lent or named_album_artists(track)) and own_key == key_of_nobody(key):
            own_key = key
        now = own_key, keys, persistent_id(track), discs.numbered(track).disc
        if now != (key, _keys(credited), pid, disc):
            yield Grouping(number, album, track)


def as_tagged(track: Track, pid: str | None) -> Track:
    """Return a track of the catalogue without its disc where no tag told it.

    What it is known by holds the disc of the tag, and none that its place on disk told.
    """
    if track.disc is None or persistent_id(track) == pid:
        return track
    untold = msgspec.structs.replace(track, disc=None)
    return untold if persistent_id(untold) == pid else track
