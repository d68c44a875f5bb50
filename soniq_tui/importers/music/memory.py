"""What the writer's connection knows of the rows it has written, right while nobody else writes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from soniq_tui.importers.music import store
from soniq_tui.importers.music.heirs import Leaving
from soniq_tui.importers.music.store import Connection
from soniq_tui.importers.music.wordindex import AtHand
from soniq_tui.importers.music.words import Artist, Catalogued

MOST_CACHED = 50_000
"""Artists, albums and pictures whose numbers are remembered; beyond, all are forgotten."""
MOST_SPELLINGS = 50_000
"""Spellings that are counted; beyond, all are forgotten."""


class Spellings:
    """How tracks spell their artists, counted as they are written.

    A first scan needs not read them again at its end to settle what each artist is called. They are
    ``whole`` from an empty catalogue on, as long as no track is taken back or changed.
    """

    def __init__(self) -> None:
        self._counts = Counter[tuple[Any, ...]]()
        self.whole = False

    def begin(self) -> None:
        """The catalogue holds nobody yet."""
        self._counts.clear()
        self.whole = True

    def add(self, said: Iterable[tuple[tuple[Any, ...], int]]) -> None:
        """Count spellings (number of the artist and its names), each of so many tracks."""
        if self.whole:
            for spelt, tracks in said:
                self._counts[spelt] += tracks
            if len(self._counts) > MOST_SPELLINGS:
                self.spoil()

    def spoil(self) -> None:
        """What was counted is not what the catalogue says any more."""
        self._counts.clear()
        self.whole = False

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Yield number of the artist, name, sort name, MusicBrainz id, and how many tracks."""
        return ((*spelt, count) for spelt, count in self._counts.items())


class Memory:
    """Numbers and words of what one connection has written."""

    def __init__(self) -> None:
        self.artists: dict[str, tuple[int, Artist]] = {}
        self.albums: dict[str, int] = {}
        self.covers: dict[str, int] = {}
        self.words = AtHand()
        self.spellings = Spellings()
        self.leaving = Leaving()
        self._version = 0

    def look_up(self, connection: Connection, part: Catalogued, covers: Iterable[str] = ()) -> None:
        """Learn the numbers of what is named that the catalogue has; all else is new.

        Args:
            connection: in a transaction.
            part: artists and albums.
            covers: keys of pictures.
        """
        new = [artist.key for artist in part.artists if artist.key not in self.artists]
        for key, number, *names in store.of_keys(connection, "artists_of", new):
            self.artists[key] = number, Artist(key, *names)
        new = [album.key for album in part.albums if album.key not in self.albums]
        self.albums.update(store.of_keys(connection, "albums_of", new))
        new = [key for key in covers if key not in self.covers]
        self.covers.update(store.of_keys(connection, "covers_of", new))

    def heed(self, version: int) -> None:
        """Forget all where the ``data_version`` says that another connection has written since."""
        if version != self._version:
            self._version = version
            self.forget()

    def forget(self) -> None:
        """Forget all: it may have been rolled back, or somebody else has written."""
        self._forget_numbers()
        self.words.forget()
        self.spellings.spoil()
        self.leaving.clear()

    def bound(self) -> None:
        """Forget numbers where they have become too many."""
        if len(self.artists) + len(self.albums) + len(self.covers) > MOST_CACHED:
            self._forget_numbers()
        if len(self.leaving) > MOST_CACHED:
            self.leaving.clear()

    def _forget_numbers(self) -> None:
        self.artists.clear()
        self.albums.clear()
        self.covers.clear()


_memories: WeakKeyDictionary[Connection, Memory] = WeakKeyDictionary()


def of(connection: Connection) -> Memory:
    """Return the memory of a connection, made when it is first asked for."""
    return _memories.setdefault(connection, Memory())


def take(connection: Connection) -> Memory:
    """Return the memory of a connection, which forgets it: more than chunks is written next."""
    return _memories.pop(connection, None) or Memory()
