"""Words as they are searched for: accents, case and scripts folded, the same for texts and queries.

The tokenizer of SQLite folds accents of Latin letters only, and takes a line of Chinese for one
word; here both sides of a search go through :func:`fold` first.
"""

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any
from unicodedata import combining, normalize

import msgspec

from soniq_tui.importers.music import store
from soniq_tui.importers.music.genres import canonical
from soniq_tui.importers.music.store import SQL, Connection
from soniq_tui.importers.music.words import Track
from soniq_tui.model.text import path_text

SLICE = 1000
"""New tracks after which their words are added; twice as many are in one transaction."""

_loads = msgspec.json.Decoder(tuple[str, ...]).decode

_LETTERS = str.maketrans(
    dict(
        zip("łøđðþæœßħŋŧ", ["l", "o", "d", "d", "th", "ae", "oe", "ss", "h", "n", "t"], strict=True)
    )
    | dict.fromkeys("\u2019\u2018\u02bc\u0060\u00b4", "'")  # the many apostrophes
    | {"\u0131": "i"}  # the Turkish one without a dot
)
"""Letters that no decomposition takes apart."""
_WIDE = re.compile(
    "([\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff])"
)
"""Characters of scripts that put no space between words: each is a word of its own."""
_NO_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


def fold(text: str) -> str:
    """Return a text as it is searched for: "Ágætis byrjun" and "agaetis byrjun" are the same."""
    if text.isascii():
        plain = text.lower()
        return _NO_APOSTROPHE.sub("", plain) if "'" in plain else plain
    plain = normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not combining(c)).translate(_LETTERS)
    return _NO_APOSTROPHE.sub("", _WIDE.sub(r" \1 ", normalize("NFC", plain)))


folded = lru_cache(4096)(fold)
"""The same for texts that come again and again."""

Words = tuple[str, str, str, str]
"""What a track is found by, folded: title, names, album, genres."""


def words(row: tuple[Any, ...]) -> tuple[int, str, str, str, str]:
    """Return the row of the index for one of ``words_to_come``."""
    number, title, artists, album, album_artists, genres, composers, path = row
    lists = _loads(artists), _loads(album_artists), _loads(composers), _loads(genres)
    names = _names(*lists[:-1])
    return number, fold(title or _file_title(path)), names, folded(album or ""), _genres(lists[-1])


def words_of(tracks: Iterable[Track]) -> Iterator[Words]:
    """Yield what each track is found by; most of an album say the same but for their titles."""
    makers: tuple[tuple[str, ...], ...] = ()
    album: str | None = None
    tagged: tuple[str, ...] = ()
    names = folded_album = genres = ""
    for track in tracks:
        said = track.artists, track.album_artists, track.composers
        if said != makers:
            makers, names = said, _names(*said)
        if track.album != album:
            album, folded_album = track.album, folded(track.album or "")
        if track.genres != tagged:
            tagged, genres = track.genres, _genres(track.genres)
        yield fold(track.title or _file_title(track.path)), names, folded_album, genres


def _file_title(path: bytes) -> str:
    """Return what a track without a title is found by: the name of its file."""
    stem = os.path.splitext(path_text(path.rpartition(b"/")[2]))[0]  # noqa: PTH122  a name
    return stem.replace("_", " ")


@lru_cache(4096)
def _names(*lists: tuple[str, ...]) -> str:
    """Return all names in some lists, each once, folded."""
    return fold(" ".join(dict.fromkeys(chain.from_iterable(lists))))


@lru_cache(4096)
def _genres(names: tuple[str, ...]) -> str:
    """Return genres as they are tagged and by the names we give them, folded."""
    return fold(" ".join(dict.fromkeys([*names, *map(canonical, names)])))


class AtHand:
    """Words of tracks that are new to the index, so that nobody need read them again.

    Right as long as nothing else becomes of those tracks: who changes one forgets all.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[int, str, str, str, str]] = []

    def add(self, number: int, found_by: Words) -> None:
        """Keep the words of a track that is given ``number``."""
        self._rows.append((number, *found_by))

    def take(self, after: int, count: int) -> list[tuple[int, str, str, str, str]]:
        """Return the words of the ``count`` tracks that follow ``after``, if all are here."""
        rows, self._rows = self._rows, []
        whole = rows and len(rows) == count and rows[0][0] == after + 1
        return rows if whole else []

    def forget(self) -> None:
        """Keep none: what they were made of is not what the catalogue says."""
        self._rows.clear()


def to_come(connection: Connection) -> int:
    """Return how many tracks are new to the index, at most."""
    return int(connection.execute(SQL["to_come"]).fetchone()[0])


def add_words(connection: Connection) -> int:
    """Add the words of some tracks that are new; return how many."""
    if not to_come(connection):
        return 0
    with store.transaction(connection):
        return index_words(connection)


def index_words(connection: Connection, at_hand: AtHand | None = None) -> int:
    """Add words as ``add_words`` does, in a transaction of the caller.

    Those ``at_hand``, if they are the ones that the index is behind; else those of a slice.
    """
    (after,) = connection.execute(SQL["searched"]).fetchone()
    rows = at_hand.take(after, to_come(connection)) if at_hand is not None else []
    if not rows:
        # One more than a slice, or a rest would be left each time and no words be at hand in time.
        stored = connection.execute(SQL["words_to_come"], (after, 2 * SLICE)).fetchall()
        rows = list(map(words, stored))
    if rows:
        connection.executemany(SQL["add_words"], rows)
        connection.execute(SQL["set_searched"], (rows[-1][0],))
    return len(rows)


def mend_words(connection: Connection) -> int:
    """Renew the words of some tracks that have changed; return how many."""
    with store.transaction(connection):
        rows = connection.execute(SQL["words_to_mend"], (SLICE,)).fetchall()
        ids = [row[:1] for row in rows]
        connection.executemany(SQL["forget_words"], ids)
        connection.executemany(SQL["add_words"], map(words, rows))
        connection.executemany(SQL["mended"], ids)
    return len(rows)
