"""Grouping: which artists and which album a track belongs to.

The keys of a track depend on that track alone, never on what else is in the chunk, so a full scan
and any sequence of incremental ones arrive at the same catalogue. What an album is called and who
made it follows from all its tracks, in the order of their paths: chunks give a first answer, the
end of the scan the last one (``close.py``), both by :func:`catalogue`.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import TypeVar

import msgspec

from soniq_tui.importers.base import Context, GoBack
from soniq_tui.importers.music.credits import artists_of, name_key, plain
from soniq_tui.importers.music.discs import album_place, album_title
from soniq_tui.importers.music.words import (
    Album,
    Artist,
    Belongs,
    Catalogued,
    Extracted,
    Grouped,
    Spooled,
    Track,
)

RULES = 9
"""By which keys, makers and discs are found; with another number a catalogue is grouped anew."""
VARIOUS = "Various Artists"
_NOBODY = frozenset(
    {
        *(
            name_key(VARIOUS),
            "various artist",
            "various",
            "va",
            "v.a.",
            "v/a",
            "various performers",
        ),
        *("artistes divers", "artistes vari\u00e9s", "multi-interpr\u00e8tes", "verschiedene"),
        *("verschiedene interpreten", "diverse interpreten", "varios artistas", "varios"),
        *("v\u00e1rios artistas", "artisti vari", "aa.vv.", "aa. vv.", "vv.aa.", "vvaa"),
    }
)
"""Keys of album artists that say no more than that there are several, as programs write them."""

BREAK = "\x1f"
"""Between the parts of a key. White space to Unicode, so no part can hold it."""

AT_HAND_MOST = 8
at_hand: dict[tuple[str, str], tuple[Extracted, Catalogued]] = {}
"""What this process has grouped lately, by the names of the spools: the stage that follows runs
here, too, and need not decode it again. After a crash it does."""

_place = attrgetter("path", "part")
_decode = msgspec.msgpack.Decoder(Extracted).decode
_encode = msgspec.msgpack.Encoder().encode
_T = TypeVar("_T")


async def run(spooled: Spooled, ctx: Context) -> Grouped:
    """Group one chunk."""
    found = opened(spooled.spool, _decode, ctx)
    part = catalogue(found.tracks, found.pids)
    keys = ctx.write_spool(_encode(part))
    if len(at_hand) >= AT_HAND_MOST:
        at_hand.clear()
    at_hand[spooled.spool, keys] = found, part
    return Grouped(spool=spooled.spool, keys=keys, files=spooled.files)


def opened(name: str, decode: Callable[[bytes], _T], ctx: Context) -> _T:
    """Return what is in a spool.

    Raises:
        GoBack: it is gone, or from a version before an update; the files are to be read anew.
    """
    data = ctx.read_spool(name)
    try:
        return decode(data)
    except msgspec.DecodeError as exc:
        raise GoBack(f"spool file {name} is from another version: {exc}") from exc


class _Album:
    """An album while its tracks come in, in the order of their paths; what is first said stands."""

    __slots__ = ("_date", "_id", "_release_group", "_title", "_version", "_year",
                 "first", "flagged", "key", "makers", "place")  # fmt: skip

    def __init__(self, key: str, place: int, track: Track) -> None:
        self.key, self.place = key, place
        self.makers: dict[str, Artist] = {}
        """Album artists that tracks name, by key, with what any of them says of their names."""
        self.first: dict[str, list[int]] = {}
        """First artists of tracks that name no album artist, by key: place, and of how many."""
        self.flagged = False
        self._id = track.musicbrainz_album_id
        self._title = ""
        self._version: str | None = None
        self._date: str | None = None
        self._year: int | None = None
        self._release_group: str | None = None

    @property
    def sung(self) -> int:
        """How many tracks have a first artist and name no album artist."""
        return sum(times for _, times in self.first.values())

    def hear(self, track: Track) -> None:
        """Take from a track what none before it has said."""
        if not self._title:
            self._title = album_title(track.album or "")
        self._version = self._version or track.album_version
        self._date = self._date or track.date
        self._year = self._year or track.year
        self._release_group = self._release_group or track.musicbrainz_releasegroup_id
        self.flagged = self.flagged or bool(track.compilation)

    def settled(self, artists: tuple[int, ...], *, compilation: bool) -> Album:
        """Return what was said, by ``artists``."""
        return Album(
            key=self.key,
            title=self._title,
            artists=artists,
            version=self._version,
            date=self._date,
            year=self._year,
            compilation=compilation,
            musicbrainz_album_id=self._id,
            musicbrainz_releasegroup_id=self._release_group,
        )


class _Catalogue:
    """Artists and albums by place."""

    def __init__(self) -> None:
        self._places: dict[Artist, int] = {}
        self._albums: dict[str, _Album] = {}
        self._various = Artist(name_key(VARIOUS), VARIOUS)
        self._made_by: dict[tuple[object, ...], tuple[tuple[Artist, ...], tuple[int, ...]]] = {}
        """Artists of tracks with their places, by what tracks say of them."""
        self._named: tuple[object, ...] | None = None
        """What the track before said of its album; most of an album say the same."""
        self._album: _Album | None = None
        """That album."""
        self._is_made = False
        """Whether the track before named who made it."""
        self._joined: dict[tuple[object, ...], tuple[_Album | None, bool]] = {}
        """Both, by what tracks say of their album."""

    def place(self, artist: Artist) -> int:
        places = self._places
        return places.setdefault(artist, len(places))

    def add(self, track: Track, pid: str | None) -> Belongs:
        named = _said_of_album(track)
        if named != self._named:
            self._named = named
            joined = self._joined.get(named)
            if joined is None:
                joined = self._joined[named] = self._join(track)
            self._album, self._is_made = joined
        made_by = track.artists, track.artist_sort, track.musicbrainz_artist_ids
        made = self._made_by.get(made_by)
        if made is None:
            own = artists_of(*made_by)
            made = self._made_by[made_by] = own, tuple(map(self.place, own))
        own, places = made
        album = self._album
        if album is None:
            return Belongs(None, places, pid)
        album.hear(track)
        if own and not self._is_made:
            album.first.setdefault(own[0].key, [places[0], 0])[1] += 1
        return Belongs(album.place, places, pid)

    def _join(self, track: Track) -> tuple[_Album | None, bool]:
        """Return the album of a track, and whether the track names who made it."""
        key = album_key(track)
        if key is None:
            return None, False
        album = self._albums.get(key)
        if album is None:
            album = self._albums[key] = _Album(key, len(self._albums), track)
        makers = named_album_artists(track)
        for artist in makers:
            known = album.makers.setdefault(artist.key, artist)
            if known != artist:
                album.makers[artist.key] = known.agreed(artist) or known
        return album, bool(makers)

    def albums(self) -> tuple[Album, ...]:
        return tuple(self._settled(album) for album in self._albums.values())

    def _settled(self, album: _Album) -> Album:
        """Say who made an album, and whether it is a compilation.

        Those its tracks name; else the first artist of more than half of them, for one may have a
        guest; else, or for a compilation, "Various Artists". Who is named as "Various" makes it a
        compilation, too, and is one however that is written.
        """
        makers = list(album.makers.values())
        mixed = nobody = bool(makers) and _NOBODY.issuperset(album.makers)
        artists = tuple(map(self.place, makers[:1] if nobody else makers))
        if not artists:
            half = album.sung / 2
            most = [place for place, times in album.first.values() if times > half]
            mixed = album.flagged or bool(album.first and not most)
            artists = (self.place(self._various),) if mixed else tuple(most)
        return album.settled(artists, compilation=album.flagged or mixed)

    def artists(self) -> tuple[Artist, ...]:
        return tuple(self._places)


def _said_of_album(track: Track) -> tuple[object, ...]:
    """Return all of a track that tells its album and who made that."""
    return (
        track.album,
        track.path[: track.path.rfind(b"/")],
        track.album_artists,
        track.album_version,
        track.album_artist_sort,
        track.musicbrainz_album_id,
        track.musicbrainz_albumartist_ids,
    )


def catalogue(tracks: Iterable[Track], pids: Sequence[str | None] = ()) -> Catalogued:
    """Return the artists and albums that tracks name, and which track belongs to which.

    The same for any order of the tracks but for the places.

    Args:
        tracks: in any order.
        pids: of each its ``persistent_id``, if they are known.
    """
    given = list(tracks)
    pids = pids or list(map(persistent_id, given))
    places = list(map(_place, given))
    made = _Catalogue()
    belongs: list[Belongs | None] = [None] * len(given)
    for at in sorted(range(len(given)), key=places.__getitem__):
        belongs[at] = made.add(given[at], pids[at])
    albums = made.albums()  # before the artists: it may add one
    return Catalogued(
        artists=made.artists(),
        albums=albums,
        tracks=tuple(each for each in belongs if each is not None),
    )


def named_album_artists(track: Track) -> tuple[Artist, ...]:
    """Return the album artists that a track names."""
    if not track.album_artists:
        return ()
    return artists_of(
        track.album_artists, track.album_artist_sort, track.musicbrainz_albumartist_ids
    )


def album_key(track: Track) -> str | None:
    """Return the key of the album of a track; None when it names no album.

    The release id where there is one; else the album artists but "Various", the title, the version
    and the folder. Whether nobody wrote an album artist down is part of the key, who sings is not:
    guests of single tracks would tear the album apart.
    """
    if track.musicbrainz_album_id and track.musicbrainz_album_id.strip():
        return f"mb:{track.musicbrainz_album_id.strip().lower()}"
    if not track.album:
        return None
    return _named_key(
        track.album,
        named_album_artists(track),
        track.album_version,
        track.path.rpartition(b"/")[0],
    )


@lru_cache(1024)
def _named_key(
    album: str, makers: tuple[Artist, ...], version: str | None, folder: bytes
) -> str | None:
    title = name_key(album_title(album))
    if not title:
        return None
    names = [artist.key for artist in makers]
    if _NOBODY.issuperset(names):
        names = []
    parts = [*names, title, name_key(version or "")]
    return "t:" + BREAK.join([*parts, album_place(folder)])


def key_of_nobody(key: str) -> str:
    """Return the key of tracks of the same title, version and folder that name no album artist."""
    return "t:" + BREAK.join(key.removeprefix("t:").split(BREAK)[-3:])


def persistent_id(track: Track) -> str | None:
    """Return what tells the same track again under another name; None where it has no title.

    The id of the track on its release; else those of recording and release; else a digest of what
    it is called and where on which album it stands, as its tag says. Places on disk, with the discs
    that they tell, and figures of the stream do not count, so a file that was moved, renamed or
    encoded anew keeps it (navidrome does the same).
    """
    if track.musicbrainz_track_id:
        return f"mb:{track.musicbrainz_track_id.lower()}"
    position = f"{track.disc or ''}{BREAK}{track.track or ''}"
    if track.musicbrainz_recording_id and track.musicbrainz_album_id:
        ids = f"{track.musicbrainz_recording_id}:{track.musicbrainz_album_id}".lower()
        return f"rec:{ids}:{position}"
    if not track.title:
        return None
    makers = track.album_artists or track.artists[:1]
    release = _release(makers, track.album or "", track.album_version or "")
    said = f"{release}{BREAK}{position}{BREAK}{plain(track.title)}"
    return "t:" + blake2b(said.encode(), digest_size=16).hexdigest()


@lru_cache(1024)
def _release(makers: tuple[str, ...], album: str, version: str) -> str:
    """Return what tells a release by its names."""
    return BREAK.join(map(name_key, (*makers, album, version)))
