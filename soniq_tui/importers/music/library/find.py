"""What a search finds in the catalogue: numbers of tracks, or conditions for lists of others."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from unicodedata import normalize

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.music import genres
from soniq_tui.importers.music.library.search import Condition, Search, Words, otherwise, tokens
from soniq_tui.importers.music.store import SQL as STORE_SQL
from soniq_tui.importers.music.store import Connection
from soniq_tui.importers.music.wordindex import words
from soniq_tui.model.near import nearest
from soniq_tui.model.text import path_text
from soniq_tui.sql import load

SQL = load("soniq_tui.importers.music.library", "library.sql")

RANKED_MOST = 20_000
"""More tracks than these with the words: they stay in the order of the library."""
UNINDEXED_MOST = 3000
"""So many of the newest tracks that the index of words lacks are looked through."""
_PARAMETER = re.compile(r":([a-z]+)\b")

_names = msgspec.json.Decoder(list[str]).decode
_numbers = msgspec.json.Decoder(list[int]).decode
_json = msgspec.json.Encoder().encode


class Where(NamedTuple):
    """A condition of SQL with its values."""

    sql: str = "1"
    values: dict[str, Any] = {}  # noqa: RUF012  nobody changes it

    def __and__(self, other: "Where") -> "Where":
        """Return what both ask for."""
        if "1" in {self.sql, other.sql}:
            return other if self.sql == "1" else self
        return Where(f"{self.sql} AND {other.sql}", self.values | other.values)


class Found(NamedTuple):
    """Tracks that a search found."""

    ids: list[int]
    """The best first; where there are too many to compare, in the order of the library."""
    unlooked: int = 0
    """So many tracks could not be looked at: the index of words lacks them still."""


def where(name: str, negative: bool = False, **values: Any) -> Where:
    """Return a block of ``library.sql`` as a condition, its values under names of their own."""
    number = f"{name}_{abs(hash(tuple(map(str, values.values()))))}_"
    text = _PARAMETER.sub(lambda match: f":{number}{match[1]}", SQL[f"where_{name}"])
    text = f"NOT coalesce(({text}), 0)" if negative else f"({text})"
    return Where(text, {number + key: value for key, value in values.items()})


def ids_json(ids: Iterable[int]) -> str:
    """Return numbers as SQLite reads lists."""
    return _json(list(ids)).decode()


def of(name: str, limits: Where) -> Where:
    """Return a condition on other things: that they have tracks that meet one."""
    return Where(f"({SQL[f'where_{name}'].format(where=limits.sql)})", limits.values)


def eased(connection: Connection, search: Search) -> Search:
    """Return a search in which words that stand nowhere may be written otherwise."""
    words = tuple(
        each if each.negative or not each.tokens or _stands(connection, each) else otherwise(each)
        for each in search.words
    )
    return search._replace(words=words)


def _stands(connection: Connection, each: Words) -> bool:
    return bool(connection.execute(SQL["matching_any"], {"match": _phrase(each)}).fetchone()[0])


def ranks(search: Search) -> bool:
    """Say whether some tracks fit a search better than others; not where words are left out."""
    return any(each.tokens and not each.negative for each in search.words)


def tracks(connection: Connection, search: Search) -> Found:
    """Return the tracks that a search finds which ``ranks``.

    Raises:
        UsageError: there is no such codec.
    """
    spelt = [each for each in search.words if each.tokens]
    if len(spelt) == len(search.words) and not search.conditions:
        return Found(*_indexed(connection, spelt))
    limits, unlooked = fitting(connection, search)
    text = SQL["tracks_page"].format(where=limits.sql, order="track.id")
    kept = ids(connection, text, {**limits.values, "limit": -1, "offset": 0})
    if len(kept) <= RANKED_MOST:
        chosen = set(kept)
        kept = [number for number in _indexed(connection, spelt)[0] if number in chosen]
    return Found(kept, unlooked)


def fitting(connection: Connection, search: Search) -> tuple[Where, int]:
    """Return a search as a condition on tracks, and how many could not be looked at.

    Raises:
        UsageError: there is no such codec.
    """
    limits, unlooked = Where(), 0
    if spelt := [each for each in search.words if each.tokens]:
        limits, unlooked = _worded(connection, spelt)
    for sign in (each for each in search.words if each.sign):
        limits &= where("sign", sign.negative, sign=sign.sign)
    return limits & conditions(connection, search), unlooked


def _worded(connection: Connection, spelt: list[Words]) -> tuple[Where, int]:
    made = Where()
    if wanted := [each for each in spelt if not each.negative]:
        made &= where("words", match=" AND ".join(map(_phrase, wanted)))
    if unwanted := [each for each in spelt if each.negative]:
        made &= where("words", True, match=" OR ".join(map(_phrase, unwanted)))
    if not connection.execute(SQL["words_lack"]).fetchone()[0]:
        return made, 0
    (searched,) = connection.execute(STORE_SQL["searched"]).fetchone()
    ids, unlooked = _unindexed(connection, Search(tuple(spelt)), searched)
    made &= where("indexed", searched=searched)
    fresh = where("ids", ids=ids_json(ids))
    return Where(f"({made.sql} OR {fresh.sql})", made.values | fresh.values), unlooked


def conditions(connection: Connection, search: Search) -> Where:
    """Return the filters of a search as a condition on tracks.

    Raises:
        UsageError: there is no such codec.
    """
    made = Where()
    for condition in search.conditions:
        made &= _condition(connection, condition)
    return made


def _condition(connection: Connection, condition: Condition) -> Where:
    values = dict(condition.values)
    if condition.name == "genre":
        wanted = f" {' '.join(condition.values['tokens'])} "
        tagged = [
            text
            for text, _ in connection.execute(SQL["tagged_genres"])
            if any(wanted in f" {' '.join(_genre_tokens(name))} " for name in _names(text))
        ]
        values = {"tagged": _json(tagged).decode()}
    elif condition.name == "moved" and not knows_moves(connection):
        return where("nothing", condition.negative)
    elif condition.name == "codec" and not _has_codec(connection, values):
        known = sorted(row[0] for row in connection.execute(SQL["codecs"]))
        value = str(values["value"])
        near = nearest(value, known)
        hint = f"did you mean 'codec:{near}'?" if near else f"there are: {', '.join(known)}"
        raise UsageError(f"no track has the codec {value[:60]!r}; {hint}")
    elif condition.name == "path" and not str(values["value"]).isascii():
        files = ids_json(_files_in(connection, str(values["value"])))
        return where("files", condition.negative, files=files)
    return where(condition.name, condition.negative, **values)


def knows_moves(connection: Connection) -> bool:
    """Say whether it is known of any file that it moved."""
    return bool(connection.execute(STORE_SQL["knows_moves"]).fetchone()[0])


def _files_in(connection: Connection, text: str) -> list[int]:
    """Return the files with a text in their path, however accents are written."""
    return [
        number
        for number, path in connection.execute(SQL["file_paths"])
        if not path.isascii() and text in normalize("NFC", path_text(path)).casefold()
    ]


def ids(connection: Connection, text: str, values: dict[str, Any]) -> list[int]:
    """Return what a query finds whose one column is called ``id``, in its order."""
    whole = SQL["as_json"].format(query=text.rstrip(";"))
    return _numbers(connection.execute(whole, values).fetchone()[0])


def _genre_tokens(name: str) -> tuple[str, ...]:
    return tokens(genres.canonical(name))


def _has_codec(connection: Connection, values: dict[str, Any]) -> bool:
    return bool(connection.execute(SQL["has_codec"], values).fetchone()[0])


def _indexed(connection: Connection, spelt: list[Words]) -> tuple[list[int], int]:
    """Return the tracks with words, some wanted: from the index, and from those it lacks still."""
    (searched,) = connection.execute(STORE_SQL["searched"]).fetchone()
    unwanted = [each for each in spelt if each.negative]
    wanted = " AND ".join(_phrase(each) for each in spelt if not each.negative)
    ids = _matching(connection, wanted)
    without = {row[0] for row in connection.execute(SQL["unsearched"])}
    if unwanted:
        match = " OR ".join(map(_phrase, unwanted))
        without |= {row[0] for row in connection.execute(SQL["matching"], {"match": match})}
    if without:
        ids = [number for number in ids if number not in without]
    fresh, unlooked = _unindexed(connection, Search(tuple(spelt)), searched)
    return fresh + ids, unlooked


def _matching(connection: Connection, match: str) -> list[int]:
    values = {"match": match}
    (count,) = connection.execute(SQL["matching_count"], values).fetchone()
    query = SQL["matching_ranked" if count <= RANKED_MOST else "matching"]
    return [row[0] for row in connection.execute(query, values)]


def _phrase(each: Words) -> str:
    """Return words as FTS5 has them; they hold letters and digits only, so quoting is safe."""
    column = f"{each.column} : " if each.column else ""
    ways = [f'"{" ".join(each.tokens)}"{" *" if each.prefix else ""}']
    ways += [f'"{" ".join(tokens)}"' for tokens in each.others]
    return column + (ways[0] if len(ways) == 1 else f"({' OR '.join(ways)})")


def _unindexed(connection: Connection, search: Search, searched: int) -> tuple[list[int], int]:
    """Return the tracks that fit among the newest the index lacks, and how many are left."""
    values = {"searched": searched}
    (count,) = connection.execute(SQL["unindexed_count"], values).fetchone()
    if not count:
        return [], 0
    rows = connection.execute(SQL["unindexed"], {**values, "limit": UNINDEXED_MOST}).fetchall()
    fresh = []
    for row in rows:
        number, title, artists, album, tagged = words(row)
        texts = {"title": title, "artists": artists, "album": album, "genres": tagged}
        if search.fits(texts):
            fresh.append(number)
    return fresh, max(0, count - len(rows))
