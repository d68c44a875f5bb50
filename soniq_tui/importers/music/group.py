"""Grouping: which artists and which album a track belongs to.

The keys of a track depend on that track alone, never on what else is in the chunk, so a full scan
and any sequence of incremental ones arrive at the same catalogue.
"""

import re
from unicodedata import normalize

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music.words import (
    Album,
    Artist,
    Catalogued,
    Extracted,
    Grouped,
    Spooled,
    Track,
)
from soniq_tui.model.text import path_text

VARIOUS = "Various Artists"

_BREAK = "\x1f"
"""Between the parts of a key. White space to Unicode, so no part can hold it."""

_DISC = re.compile(rb"(?:cd|dis[ck]|dvd)[ ._-]*[0-9]{1,2}", re.IGNORECASE)
"""Folders of one disc of a set: CD1, CD 1, Disc 2, disk-03."""

_decode = msgspec.msgpack.Decoder(Extracted).decode
_encode = msgspec.msgpack.Encoder().encode


async def run(spooled: Spooled, ctx: Context) -> Grouped:
    """Group one chunk."""
    part = catalogue(_decode(ctx.read_spool(spooled.spool)))
    return Grouped(
        spool=ctx.write_spool(_encode(part)), tracks=spooled.tracks, failed=spooled.failed
    )


def catalogue(extracted: Extracted) -> Catalogued:
    """Return the tracks with the artists and albums they name.

    Where tracks say different things of one artist or album, what is first said stands.
    """
    artists: dict[str, Artist] = {}
    albums: dict[str, Album] = {}
    tracks: list[tuple[Track, str | None, tuple[str, ...]]] = []
    for track in extracted.tracks:
        own = track_artists(track)
        for artist in own:
            _merge_artist(artists, artist)
        key = album_key(track)
        if key is not None:
            makers = album_artists(track)
            for artist in makers:
                _merge_artist(artists, artist)
            _merge_album(albums, key, track, tuple(a.key for a in makers))
        tracks.append((track, key, tuple(a.key for a in own)))
    return Catalogued(
        artists=tuple(artists.values()),
        albums=tuple(albums.values()),
        tracks=tuple(tracks),
        broken=extracted.broken,
        vanished=extracted.vanished,
    )


def name_key(name: str) -> str:
    """Return what equal names have in common: NFC, case folded, white space collapsed.

    The decomposition before folding is Unicode's canonical caseless match (definition D145).
    """
    return " ".join(normalize("NFC", normalize("NFD", name).casefold()).split())


def track_artists(track: Track) -> tuple[Artist, ...]:
    """Return the artists of a track in their order, each once."""
    return _artists(track.artists, track.artist_sort, track.musicbrainz_artist_ids)


def album_artists(track: Track) -> tuple[Artist, ...]:
    """Return the artists of the album of a track.

    Those it names; else "Various Artists" for a compilation; else its first artist, because guests
    of single tracks would tear the album apart.
    """
    named = _artists(
        track.album_artists, track.album_artist_sort, track.musicbrainz_albumartist_ids
    )
    if named:
        return named
    if track.compilation:
        return (Artist(name_key(VARIOUS), VARIOUS),)
    return track_artists(track)[:1]


def album_key(track: Track) -> str | None:
    """Return the key of the album of a track; None when it names no album.

    The release id where there is one; else the album artists and the title. Two albums of one
    title whose artist nobody wrote down are told apart by their folder.
    """
    if track.musicbrainz_album_id and track.musicbrainz_album_id.strip():
        return f"mb:{track.musicbrainz_album_id.strip().lower()}"
    title = name_key(track.album or "")
    if not title:
        return None
    parts = [*(a.key for a in album_artists(track)), title]
    if not any(map(name_key, track.album_artists)):
        parts.append(path_text(album_folder(track.path)))
    return "t:" + _BREAK.join(parts)


def album_folder(path: bytes) -> bytes:
    """Return the folder of the album that a file lies in; folders of single discs do not count."""
    folder = path.rpartition(b"/")[0]
    above, _, name = folder.rpartition(b"/")
    return above if above and _DISC.fullmatch(name) else folder


def _artists(
    names: tuple[str, ...], sort_name: str | None, ids: tuple[str, ...]
) -> tuple[Artist, ...]:
    """Pair names with what is known of them, where it is plain which belongs to which."""
    paired = ids if len(ids) == len(names) else (None,) * len(names)
    found: dict[str, Artist] = {}
    for name, musicbrainz_id in zip(names, paired, strict=True):
        key = name_key(name)
        if key and key not in found:
            sort = sort_name if len(names) == 1 else None
            found[key] = Artist(key, " ".join(name.split()), sort or None, musicbrainz_id or None)
    return tuple(found.values())


def _merge_artist(artists: dict[str, Artist], new: Artist) -> None:
    old = artists.get(new.key)
    if old is None:
        artists[new.key] = new
    elif (new.sort_name and not old.sort_name) or (new.musicbrainz_id and not old.musicbrainz_id):
        artists[new.key] = Artist(
            old.key,
            old.name,
            old.sort_name or new.sort_name,
            old.musicbrainz_id or new.musicbrainz_id,
        )


def _merge_album(
    albums: dict[str, Album], key: str, track: Track, artists: tuple[str, ...]
) -> None:
    old = albums.get(key)
    if old is None:
        albums[key] = Album(
            key=key,
            title=" ".join((track.album or "").split()),
            artists=artists,
            date=track.date,
            year=track.year,
            compilation=bool(track.compilation),
            musicbrainz_album_id=track.musicbrainz_album_id,
            musicbrainz_releasegroup_id=track.musicbrainz_releasegroup_id,
        )
        return
    albums[key] = msgspec.structs.replace(
        old,
        title=old.title or " ".join((track.album or "").split()),
        artists=tuple(dict.fromkeys(old.artists + artists)),
        date=old.date or track.date,
        year=old.year or track.year,
        compilation=old.compilation or bool(track.compilation),
        musicbrainz_releasegroup_id=(
            old.musicbrainz_releasegroup_id or track.musicbrainz_releasegroup_id
        ),
    )
