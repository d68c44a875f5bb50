"""The end of a scan: what follows from all of it.

Indexes that a first import does without, tracks that are known again, albums and artists as all
their tracks say, the index of words. Each slice is one transaction, and whatever is interrupted is
found again by its marks.
"""

from collections import defaultdict
from collections.abc import Callable
from itertools import chain
from typing import Any

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import memory, store, torn
from soniq_tui.importers.music.again import take_over
from soniq_tui.importers.music.belonging import album_credits
from soniq_tui.importers.music.covers.batch import portions
from soniq_tui.importers.music.covers.words import CoverOptions
from soniq_tui.importers.music.discovery.sums import sum_up
from soniq_tui.importers.music.group import catalogue
from soniq_tui.importers.music.memory import Memory
from soniq_tui.importers.music.regroup import regroup
from soniq_tui.importers.music.rows import track_of
from soniq_tui.importers.music.store import SQL, Connection
from soniq_tui.importers.music.wordindex import add_words, mend_words
from soniq_tui.importers.music.words import Artist, ScanOptions

SLICE = 200
"""Albums, or artists, of one transaction."""
ANEW = (
    "the rules by which albums are put together have changed with an update: all tracks are "
    "grouped anew, once; no file is read for it"
)
PORTIONS = 100
"""Jobs for covers that are handed over at once."""


async def run(options: ScanOptions, ctx: Context) -> None:
    """Bring up to date what single chunks cannot; then let somebody look at new covers."""
    with store.patience(ctx.data_dir):
        connection = store.writer(ctx.data_dir)
        met = memory.take(connection)
        owing = connection.execute(SQL["owing"]).fetchone()
        ctx.progress(0, 0)
        store.script(connection, "late_indexes")
        _counted_artists(connection, met)
        _grouped_anew(connection, ctx)
        _work(connection, ctx, take_over)
        for _ in torn.mend(connection):
            ctx.progress(0, 0)
        _work(connection, ctx, _albums, _artists, mend_words, add_words)
        sum_up(connection, ctx)
        if any(owing[1:]):
            connection.execute(SQL["set_closed"])
        if connection.total_changes:  # it writes, whether there is reason or not
            connection.execute(SQL["optimize"])
    if options.covers:
        _look_at_covers(options, ctx)


def _grouped_anew(connection: Connection, ctx: Context) -> None:
    """Group all tracks by the rules of today, once after an update; say so, for it takes long."""
    ctx.progress(0, 0)
    tracks = 0
    while found := regroup(connection):
        if not tracks:
            ctx.log(ANEW)
        tracks += found
        ctx.doing(f"grouping anew, {tracks:,} tracks so far")
        ctx.progress(0, 0)
    if tracks:
        ctx.doing("")


def _work(connection: Connection, ctx: Context, *steps: Callable[[Connection], int]) -> None:
    """Take one step after the other, each until nothing is left of it."""
    for step in steps:
        ctx.progress(0, 0)
        while step(connection):
            ctx.progress(0, 0)


def _look_at_covers(options: ScanOptions, ctx: Context) -> None:
    for number, part in enumerate(portions(ctx.data_dir, CoverOptions()), 1):
        items = len(part.pictures.ids)
        ctx.spawn(part.pictures, key=part.key, label=part.label, stage="look", items=items)
        if number % PORTIONS == 0:
            ctx.checkpoint(options)


def _albums(connection: Connection) -> int:
    """Settle some albums; return how many."""
    with store.transaction(connection):
        ids = [row[0] for row in connection.execute(SQL["unsettled_albums"], (SLICE,))]
        for number in ids:
            _settle(connection, number)
    return len(ids)


def _settle(connection: Connection, number: int) -> None:
    """Let an album be what all its tracks that are there say; without any it stays as it was."""
    rows = connection.execute(SQL["tracks_of_album"], (number,)).fetchall()
    part = catalogue(torn.lent(map(track_of, rows)))
    if not part.albums:
        connection.execute(SQL["settled_album"], (number,))
        return
    album = part.albums[0]
    artists = [_artist(connection, artist) for artist in part.artists]
    values = (album.title, album.version, album.date, album.year, album.compilation)
    ids = (album.musicbrainz_album_id, album.musicbrainz_releasegroup_id)
    connection.execute(SQL["settle_album"], (*values, *ids, number))
    connection.execute(SQL["unsettle_album_artists"], (number,))
    connection.execute(SQL["forget_album_credits"], (number,))
    connection.executemany(SQL["add_album_credit"], album_credits(number, album, part, artists))


def _artist(connection: Connection, artist: Artist) -> int:
    row = connection.execute(SQL["artist_of"], (artist.key,)).fetchone()
    if row is None:
        number = connection.execute(SQL["next_ids"]).fetchone()[3]
        connection.execute(SQL["add_artist"], (number, *msgspec.structs.astuple(artist)))
        return int(number)
    number, *names, settled = row
    if settled and (known := Artist(artist.key, *names)).agreed(artist) != known:
        connection.execute(SQL["unsettle_artist"], (number,))
    return int(number)


def _counted_artists(connection: Connection, met: Memory) -> None:
    """Settle all artists by what was counted while tracks were written, where that is all of it.

    There is no file then that is missing, and no album without tracks.
    """
    with store.transaction(connection):
        met.heed(*connection.execute(SQL["data_version"]).fetchone())
        if not met.spellings.whole:
            return
        said = defaultdict[int, list[tuple[Any, ...]]](list)
        unsettled = {number for (number,) in connection.execute(SQL["unsettled_artists"], (-1,))}
        for number, *spelt in chain(met.spellings, connection.execute(SQL["said_by_albums"])):
            if number in unsettled:
                said[number].append(tuple(spelt))
        for number in sorted(unsettled):
            _settle_artist(connection, number, said[number])


def _artists(connection: Connection) -> int:
    """Settle some artists; return how many."""
    with store.transaction(connection):
        ids = connection.execute(SQL["unsettled_artists"], (SLICE,)).fetchall()
        (missing,) = connection.execute(SQL["any_missing"]).fetchone()
        for (number,) in ids:
            said = connection.execute(SQL["said_of_artist"], (number, missing)).fetchall()
            _settle_artist(connection, number, said)
    return len(ids)


def _settle_artist(connection: Connection, number: int, said: list[tuple[Any, ...]]) -> None:
    names = [_usual(said, at) for at in range(3)]
    connection.execute(SQL["settle_artist"], (*names, number))


def _usual(said: list[tuple[Any, ...]], at: int) -> str | None:
    """Return what most say there, those apart that say nothing; among equals the first.

    Args:
        said: rows that end with how many say so.
        at: place in such a row.
    """
    votes: dict[str, int] = {}
    for row in said:
        if row[at] is not None:
            votes[row[at]] = votes.get(row[at], 0) + row[-1]
    return min(votes, key=lambda text: (-votes[text], text), default=None)
