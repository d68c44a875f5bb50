"""The artists and albums that tracks belong to: their numbers, and which to settle again."""

from collections.abc import Iterable

import msgspec

from soniq_tui.importers.music import store
from soniq_tui.importers.music.group import RULES
from soniq_tui.importers.music.memory import Memory
from soniq_tui.importers.music.store import SQL, Connection, bound
from soniq_tui.importers.music.words import Album, Artist, Catalogued


class Belonging:
    """One transaction, as far as it gives numbers to artists and albums."""

    def __init__(self, connection: Connection, memory: Memory, now_s: float) -> None:
        self._connection, self._memory, self._now_s = connection, memory, now_s
        self._execute = connection.execute
        memory.bound()
        self._next_file: int
        self._next_track: int
        self._next_album: int
        self._next_artist: int
        self._next_cover: int
        (self._next_file, self._next_track, self._next_album, self._next_artist,
         self._next_cover) = self._execute(SQL["next_ids"]).fetchone()  # fmt: skip
        if self._next_artist == 1:
            memory.spellings.begin()
        if self._next_track == 1:
            self._execute(SQL["set_grouped"], (RULES,))  # and no track by others
        self._artists: list[object] = []
        """Rows of artists that are new, for ``store.add_rows``."""
        self._completed: dict[int, tuple[str | None, str | None]] = {}
        """What no track said of an artist before, by number."""
        self._albums: list[object] = []
        """Rows of albums that are new."""
        self._album_credits: list[tuple[object, ...]] = []
        """Rows of who made them."""
        self._unsettled: dict[int, None] = {}
        """Artists that this transaction has marked."""
        self._made: set[int] = set()
        """Albums that this transaction has added: they are all that their tracks say."""

    def _many(self, name: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._connection.executemany(SQL[name], rows)

    def _numbers(self, part: Catalogued) -> tuple[list[int], list[int]]:
        """Return the numbers of artists and albums, which are looked up before, by place."""
        opened = len(self._unsettled)
        artists = [self._artist(artist) for artist in part.artists]
        albums = [self._album(album, part, artists) for album in part.albums]
        store.add_rows(self._connection, "add_artist", self._artists)
        said = ((*names, number) for number, names in self._completed.items())
        self._many("complete_artist", said)
        self._many("unsettle_artist", ((each,) for each in list(self._unsettled)[opened:]))
        store.add_rows(self._connection, "add_album", self._albums)
        self._many("add_album_credit", self._album_credits)
        for rows in (self._artists, self._completed, self._albums, self._album_credits):
            rows.clear()
        return artists, albums

    def _artist(self, artist: Artist) -> int:
        """Return the number of an artist; note where tracks spell it otherwise."""
        held = self._memory.artists.get(artist.key)
        if held is None:
            held = self._memory.artists[artist.key] = self._next_artist, artist
            self._next_artist += 1
            self._artists += bound((held[0], *msgspec.structs.astuple(artist)))
        number, known = held
        if known != artist and number not in self._unsettled:
            both = known.agreed(artist)
            if both is None:
                self._unsettled[number] = None
            elif both != known:
                self._memory.artists[artist.key] = number, both
                self._completed[number] = both.names[1:]
        return number

    def _album(self, album: Album, part: Catalogued, artists: list[int]) -> int:
        """Return the number of an album; one that was there before may have to change."""
        number = self._memory.albums.get(album.key)
        if number is None:
            return self._add_album(album, part, artists)
        self._unsettle(number)
        return number

    def _add_album(self, album: Album, part: Catalogued, artists: list[int]) -> int:
        number = self._memory.albums[album.key] = self._next_album
        self._next_album += 1
        self._made.add(number)
        values = (album.title, album.version, album.date, album.year, album.compilation,
                  album.musicbrainz_album_id, album.musicbrainz_releasegroup_id)  # fmt: skip
        self._albums += bound((number, album.key, *values))
        self._album_credits += album_credits(number, album, part, artists)
        return number

    def _leave(self, track_id: int, album: int | None) -> None:
        """What a track said of its artists and its album may no longer be said."""
        self._memory.spellings.spoil()
        self._execute(SQL["unsettle_artists_of"], (track_id,))
        self._unsettle(album)

    def _unsettle(self, album: int | None) -> None:
        if album is not None and album not in self._made:
            self._execute(SQL["unsettle_album"], (album,))
            self._execute(SQL["unsettle_album_artists"], (album,))


def album_credits(
    number: int, album: Album, part: Catalogued, artists: list[int]
) -> list[tuple[object, ...]]:
    """Return the rows of ``add_album_credit``; ``artists`` are numbers by place in ``part``."""
    return [
        (number, at, artists[place], *part.artists[place].names)
        for at, place in enumerate(album.artists)
    ]
