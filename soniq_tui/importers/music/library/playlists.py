"""Playlists that people make: from a search, from tracks, from a file of a player."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from soniq_tui import files
from soniq_tui.errors import UsageError
from soniq_tui.importers.music import store
from soniq_tui.importers.music.library import find, m3u
from soniq_tui.importers.music.library.cells import names_text
from soniq_tui.importers.music.library.ends import Ends
from soniq_tui.importers.music.library.find import SQL
from soniq_tui.importers.music.library.listing import PAGE_MOST, Look, track_ids
from soniq_tui.importers.music.library.lists import number_of, view_of
from soniq_tui.importers.music.library.m3u import Entry, Line
from soniq_tui.importers.music.library.search import Search, parse
from soniq_tui.importers.music.store import Connection
from soniq_tui.model.near import nearest
from soniq_tui.model.results import ResultQuery
from soniq_tui.model.text import path_text, shown

NAME_MOST = 200
FILE_MOST = 64 * 1024 * 1024
NAMED_MOST = 3
Words = dict[str, str]


class Imported(NamedTuple):
    """What came of reading a player's file."""

    name: str
    tracks: int
    unmatched: list[str]
    """Lines that no track of the library answers to."""


# -------------------------------------------------------------------- deeds


def save(data_dir: Path, words: Words) -> str:
    """Make a playlist ``name`` of ``query``, ``tracks`` or ``paths``; see :func:`_asked`.

    Raises:
        UsageError: there is one of that name (and no ``replace``), or there is nothing to put in.
    """
    name = _name(words.get("name", ""))
    with _changing(data_dir) as look:
        ids = _asked(look, words)
        _put(look, name, ids, replace=bool(words.get("replace")))
    return f"playlist {shown(name)!r} saved: {_tracks(len(ids))}"


def add(data_dir: Path, words: Words) -> str:
    """Add to a playlist what it does not hold yet of ``query``, ``tracks`` or ``paths``."""
    with _changing(data_dir) as look:
        name = words.get("name", "")
        number = _number(look.connection, name)
        asked = _asked(look, words)
        held = {row[0] for row in look.rows("playlist_ids", playlist=number)}
        fresh = [i for i in asked if i not in held]
        _append(look, number, fresh)
    again = len(asked) - len(fresh)
    more = f"; {again:,} {'was' if again == 1 else 'were'} in it already" if again else ""
    return f"playlist {shown(name)!r}: {_tracks(len(fresh))} added{more}"


def delete(data_dir: Path, words: Words) -> str:
    """Delete a playlist; the music stays."""
    with _changing(data_dir) as look:
        number = _number(look.connection, words.get("name", ""))
        for query in ("empty_playlist", "delete_playlist"):
            look.rows(query, playlist=number)
    return f"playlist {shown(words['name'])!r} deleted; its music stays"


def rename(data_dir: Path, words: Words) -> str:
    """Give a playlist another name, ``to``."""
    to = _name(words.get("to", ""))
    with _changing(data_dir) as look:
        number = _number(look.connection, words.get("name", ""))
        if to != words["name"]:
            _refuse_taken(look, to)
        look.rows("rename_playlist", playlist=number, to=to)
    return f"playlist {shown(words['name'])!r} is {shown(to)!r} now"


def export_deed(data_dir: Path, words: Words) -> str:
    """Write a playlist to ``file``; with ``relative`` its paths are as seen from there."""
    path = _file(words)
    folder = path.absolute().parent if words.get("relative") else None
    data = exported(data_dir, words.get("name", ""), folder)
    if not files.is_replaceable(path):
        raise UsageError(f"{path} cannot be written: it is no file")
    try:
        files.replaced(path, lambda part: part.write_bytes(data))
    except OSError as exc:
        raise UsageError(f"{path} cannot be written: {exc.strerror}") from exc
    return f"playlist {shown(words['name'])!r} written to {shown(str(path))}"


def import_deed(data_dir: Path, words: Words) -> str:
    """Make a playlist of a player's ``file``, called ``name`` or as the file is."""
    made = imported(
        data_dir,
        _file(words),
        words.get("name", ""),
        replace=bool(words.get("replace")),
    )
    text = f"playlist {shown(made.name)!r} imported: {_tracks(made.tracks)}"
    if not made.unmatched:
        return text
    some = ", ".join(shown(line, 80) for line in made.unmatched[:NAMED_MOST])
    more = ", …" if len(made.unmatched) > NAMED_MOST else ""
    return f"{text}; not in the library: {len(made.unmatched):,} ({some}{more})"


# -------------------------------------------------------------------- what they are made of


@contextmanager
def _changing(data_dir: Path) -> Iterator[Look]:
    with store.changing(data_dir) as connection:
        yield Look(connection, ResultQuery(importer="music"), Search())


def _asked(look: Look, words: Words) -> list[int]:
    """Return the tracks that words mean.

    ``query`` is a search; with ``view`` and ``key`` of what that list shows. ``tracks`` are keys of
    tracks with spaces between; ``paths`` are paths of files, one a line.

    Raises:
        UsageError: none is given, or nothing fits.
    """
    search = find.eased(look.connection, parse(words.get("query", ""), time.time()))
    if words.get("view"):
        ids = listed(look, words, search)
        if words["view"] == "genres" or (words["view"] == "tracks" and not words.get("key")):
            ids = _in_order(look, ids)  # of any albums
    elif search:
        ids = _in_order(look, track_ids(look, search))
    elif words.get("tracks", "").strip():
        ids = [number_of(key) for key in words["tracks"].split()]
        known = {row[0] for row in look.rows("track_rows", ids=find.ids_json(ids))}
        ids = [number for number in ids if number in known]
    elif words.get("paths", "").strip():
        lines = [Line(_bytes(text), None, text) for text in words["paths"].splitlines()]
        ids, unmatched = _matched(look, lines, None)
        if unmatched:
            raise UsageError(f"not in the library: {shown(unmatched[0])}")
    else:
        raise UsageError("a playlist is made of a query, of tracks or of paths; none was given")
    if not ids:
        raise UsageError("no track fits; the playlist stays as it was")
    return ids


def _in_order(look: Look, ids: list[int]) -> list[int]:
    """Return tracks by album artist, album, disc and number, each album whole."""
    return [row[0] for row in look.rows("tracks_by_album", ids=find.ids_json(ids))]


def listed(look: Look, words: Words, search: Search) -> list[int]:
    """Return the tracks of a list, and of the albums, artists and so on that it shows."""
    key = words.get("key", "")
    query = ResultQuery(importer="music", view=words["view"], key=key, limit=PAGE_MOST)
    page = view_of(words["view"])(Look(look.connection, query, search))
    found: dict[int, None] = {}
    for row in page.rows:
        if row.kind == "track":
            found[number_of(row.key)] = None
        elif row.opens:
            inner = {"view": row.opens, "key": row.key}
            found |= dict.fromkeys(listed(look, inner, Search()))
    return list(found)


def _bytes(path: str) -> bytes:
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return path.encode("utf-8", "replace")


def _file(words: Words) -> Path:
    name = words.get("file", "")
    if not name or "\0" in name or not name.isprintable():
        raise UsageError(f"{shown(name, 60)!r} is not the name of a file")
    return Path(os.path.expanduser(name))


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > NAME_MOST or shown(name) != name:
        raise UsageError(
            f"{shown(text, 60)!r} cannot be the name of a playlist: one line of at most "
            f"{NAME_MOST} characters that can be shown"
        )
    return name


def _number(connection: Connection, name: str) -> int:
    """Return the number of a playlist.

    Raises:
        UsageError: there is none of that name; the message names the nearest.
    """
    plain = name.encode("utf-8", "replace").decode()
    row = connection.execute(SQL["playlist_named"], {"name": plain}).fetchone()
    if row is not None:
        return int(row[0])
    known = [each for (each,) in connection.execute(SQL["playlist_names"])]
    near = nearest(plain, known)
    hint = f"did you mean {shown(near)!r}?" if near else "'soniq-tui playlist list' names them"
    raise UsageError(f"there is no playlist {shown(name, 60)!r}; {hint}")


def _refuse_taken(look: Look, name: str) -> None:
    if look.rows("playlist_named", name=name):
        raise UsageError(f"there is a playlist {name!r} already; choose another name")


def _put(look: Look, name: str, ids: list[int], *, replace: bool) -> None:
    known = look.rows("playlist_named", name=name)
    if known and not replace:
        raise UsageError(
            f"there is a playlist {name!r} already; add to it with 'playlist add', replace it with "
            "--replace, or choose another name"
        )
    if known:
        number = known[0][0]
        look.rows("empty_playlist", playlist=number)
    else:
        ((number,),) = look.rows("add_playlist", name=name, now=time.time())
    _append(look, number, ids)


def _append(look: Look, number: int, ids: Iterable[int]) -> None:
    ((last,),) = look.rows("last_place", playlist=number)
    look.rows("add_to_playlist", playlist=number, after=last, ids=find.ids_json(ids))


def _tracks(count: int) -> str:
    return "1 track" if count == 1 else f"{count:,} tracks"


# -------------------------------------------------------------------- files of players


def exported(data_dir: Path, name: str, folder: Path | None) -> bytes:
    """Return a playlist as players read it, its paths absolute or as seen from ``folder``.

    Raises:
        UsageError: there is no such playlist.
    """
    with store.looking(data_dir) as connection:
        if connection is None:
            raise UsageError("nothing was scanned yet; there are no playlists")
        number = _number(connection, name)
        rows = connection.execute(SQL["playlist_entries"], {"playlist": number})
        return m3u.write(map(_entry, rows), None if folder is None else os.fsencode(folder))


def key_of(data_dir: Path, name: str) -> str:
    """Return the key of a playlist.

    Raises:
        UsageError: there is none of that name; the message names the nearest.
    """
    with store.looking(data_dir) as connection:
        if connection is None:
            raise UsageError("nothing was scanned yet; there are no playlists")
        return str(_number(connection, name))


def _entry(row: tuple[bytes, str | None, str, float | None, int, float | None]) -> Entry:
    path, title, artists, duration_s, part, start_s = row
    path = path.partition(b"\0")[0]
    name = title or path_text(path.rpartition(b"/")[2])
    return Entry(path, name, names_text(artists), duration_s, (start_s or 0.0) if part else None)


def imported(data_dir: Path, file: Path, name: str = "", *, replace: bool = False) -> Imported:
    """Make a playlist of a player's file.

    A line is matched as it is, then from the folder of the file, then by the end of its path,
    however accents are written; one that several files answer to alike is not matched.

    Raises:
        UsageError: it cannot be read, or no line of it is in the library.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(FILE_MOST + 1)
    except OSError as exc:
        raise UsageError(f"{file} cannot be read: {exc.strerror}") from exc
    if len(data) > FILE_MOST:
        raise UsageError(f"{file} is no playlist: it is larger than {FILE_MOST:,} bytes")
    called = _name(name or path_text(os.fsencode(file.stem)))
    lines = m3u.read(data)
    with _changing(data_dir) as look:
        ids, unmatched = _matched(look, lines, os.fsencode(file.absolute().parent))
        if not ids:
            raise UsageError(f"{file}: {_none_of(len(lines))}")
        _put(look, called, ids, replace=replace)
    return Imported(called, len(ids), unmatched)


def _none_of(count: int) -> str:
    if count > 1:
        return f"none of its {count:,} entries is in the library"
    return "its one entry is not in the library" if count else "there is no entry in it"


def _matched(look: Look, lines: list[Line], folder: bytes | None) -> tuple[list[int], list[str]]:
    ends: Ends | None = None
    ids: list[int] = []
    unmatched: list[str] = []
    for line in lines:
        found = None if line.foreign else _exact(look, line, folder)
        if found is None and not line.foreign:
            if ends is None:
                ends = Ends(look.connection.execute(SQL["all_paths"]))
            path = next(filter(None, map(ends.find, m3u.meant(line.path))), None)
            found = None if path is None else _track_of(look, path, line.start_s)
        if found is None:
            unmatched.append(line.said)
        else:
            ids.append(found)
    return ids, unmatched


def _exact(look: Look, line: Line, folder: bytes | None) -> int | None:
    tried = m3u.meant(line.path)
    if folder is not None:
        tried += [os.path.normpath(os.path.join(folder, path)) for path in tried]  # noqa: PTH118
    for path in tried:
        if (found := _track_of(look, path, line.start_s)) is not None:
            return found
    return None


def _track_of(look: Look, path: bytes, start_s: float | None) -> int | None:
    """Return the track of a file that begins nearest to a time."""
    parts = look.rows("files_by_path", path=path)
    if not parts:
        return None
    return int(min(parts, key=lambda row: abs((row[2] or 0.0) - (start_s or 0.0)))[0])
