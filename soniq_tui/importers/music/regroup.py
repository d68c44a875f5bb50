"""A catalogue that was grouped by other rules than ours is grouped anew, once, unread.

Else what a rescan reads would stand beside what it left, under other keys.
"""

from collections.abc import Iterator, Sequence

import msgspec

from soniq_tui.importers.music import discs, store
from soniq_tui.importers.music.credits import artists_of
from soniq_tui.importers.music.group import (
    RULES,
    album_key,
    key_of_nobody,
    named_album_artists,
    persistent_id,
)
from soniq_tui.importers.music.moving import Grouping, group_anew
from soniq_tui.importers.music.rows import track_of
from soniq_tui.importers.music.store import SQL, Connection
from soniq_tui.importers.music.words import Track

SLICE = 1000
"""Tracks of one transaction, and as many again of albums that it would else tear apart."""
_keys = msgspec.json.Decoder(list[str]).decode
_json = msgspec.json.Encoder().encode


def regroup(connection: Connection) -> int:
    """Let some tracks belong to what our rules say; return how many were looked at."""
    rules, after = connection.execute(SQL["grouped"], (RULES,)).fetchone()
    if rules == RULES:
        return 0
    with store.transaction(connection):
        ids = connection.execute(SQL["tracks_after"], (after or 0, SLICE)).fetchall()
        if not ids:
            connection.execute(SQL["set_grouped"], (RULES,))
            connection.execute(SQL["regrouped"])
            return 0
        if after is None:
            connection.execute(SQL["regrouped"])  # of rules that came between, half-way
            connection.execute(SQL["unsettle_all_albums"])  # who made them may follow other rules
        (last,) = ids[-1]
        changed = list(regrouped(connection, ids))
        albums = sorted({each.album for each in changed if each.album is not None})
        # All of an album at once, for it keeps its number where most of its tracks go.
        more = connection.execute(SQL["tracks_of_albums"], (_json(albums), last, SLICE))
        group_anew(connection, [*changed, *regrouped(connection, more.fetchall())])
        connection.execute(SQL["set_regrouped"], (RULES, last))
    return len(ids)


def regrouped(
    connection: Connection, ids: Sequence[tuple[int]], *, lent: bool = False
) -> Iterator[Grouping]:
    """Yield the tracks that belong to something else, or are known by something else.

    Those that name no album artist and are where others of their album do, among them if ``lent``:
    who looks for torn albums (``torn.py``) sees whether they stay there.
    """
    rows = connection.execute(SQL["grouped_tracks"], (_json([number for (number,) in ids]),))
    for number, album, key, credited, pid, title, place, disc, own_id, recording, *said in rows:
        track = msgspec.structs.replace(
            track_of(said),
            title=title,
            track=place,
            disc=disc,
            musicbrainz_track_id=own_id,
            musicbrainz_recording_id=recording,
        )
        track = _as_tagged(track, pid)
        artists = artists_of(track.artists, track.artist_sort, track.musicbrainz_artist_ids)
        keys = [artist.key for artist in artists]
        own_key = album_key(track)
        if key and not (lent or named_album_artists(track)) and own_key == key_of_nobody(key):
            own_key = key
        now = own_key, keys, persistent_id(track), discs.numbered(track).disc
        if now != (key, _keys(credited), pid, disc):
            yield Grouping(number, album, track)


def _as_tagged(track: Track, pid: str | None) -> Track:
    """Return a track of the catalogue without its disc where no tag told it.

    What it is known by holds the disc of the tag, and none that its place on disk told.
    """
    if track.disc is None or persistent_id(track) == pid:
        return track
    untold = msgspec.structs.replace(track, disc=None)
    return untold if persistent_id(untold) == pid else track
