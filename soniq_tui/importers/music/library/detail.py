"""Everything about one track, album, artist, playlist, unreadable file or check."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from soniq_tui.errors import UsageError
from soniq_tui.importers.music import store
from soniq_tui.importers.music.genres import canonical
from soniq_tui.importers.music.library import find, health
from soniq_tui.importers.music.library.cells import clock, moment, names_text
from soniq_tui.importers.music.library.find import SQL
from soniq_tui.importers.music.library.listing import Look
from soniq_tui.importers.music.library.lists import number_of
from soniq_tui.importers.music.library.search import Search
from soniq_tui.model.results import DetailQuery, Picture, ResultDetail, ResultQuery
from soniq_tui.model.text import path_text
from soniq_tui.words import mark

Facts = list[tuple[str, str]]
PICTURE_MOST = 1024
"""Pixels of the longer side."""
_NAMES_OF_IDS = (
    (mark("MB recording"), "musicbrainz_recording_id"),
    (mark("MB track"), "musicbrainz_track_id"),
    (mark("MB release"), "musicbrainz_album_id"),
    (mark("MB release group"), "musicbrainz_releasegroup_id"),
    (mark("MB artists"), "musicbrainz_artist_ids"),
    (mark("MB album artists"), "musicbrainz_albumartist_ids"),
)


def detail(data_dir: Path, query: DetailQuery) -> ResultDetail:
    """Return everything about one thing.

    Raises:
        UsageError: there is no such thing.
        DataDirError: the catalogue cannot be read.
    """
    make = _KINDS.get(query.kind)
    if make is None:
        raise UsageError(f"music has no details of {query.kind[:60]!r}")
    with store.looking(data_dir) as connection:
        if connection is None:
            raise UsageError("nothing was scanned yet")
        look = Look(connection, ResultQuery(importer=query.importer), Search())
        found, cover = make(look, query.key)
    if not query.picture:
        return found
    picture, why = _picture(data_dir, cover, query.picture)
    return ResultDetail(
        title=found.title,
        facts=found.facts,
        text=found.text,
        item=found.item,
        picture=picture,
        no_picture=why,
    )


def _picture(data_dir: Path, cover: int | None, side: int) -> tuple[Picture | None, str]:
    if cover is None:
        return None, "there is no picture"
    from soniq_tui.importers.music.covers.thumbs import picture

    made = picture(data_dir, cover, min(PICTURE_MOST, max(1, side)))
    return (None, made) if isinstance(made, str) else (made, "")


def _one(look: Look, query: str, what: str, key: str, **values: Any) -> dict[str, Any]:
    """Return the one row of a query by the names of its columns.

    Raises:
        UsageError: there is none.
    """
    cursor = look.connection.execute(SQL[query], values)
    row = cursor.fetchone()
    if row is None:
        raise UsageError(f"there is no {what} {key[:60]!r} any more")
    return dict(zip((column[0] for column in cursor.description), row, strict=True))


def _said(facts: Iterable[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    """Leave out what is not known."""
    return tuple((label, str(value)) for label, value in facts if value not in {None, "", "[]"})


# -------------------------------------------------------------------- a track


def _track(look: Look, key: str) -> tuple[ResultDetail, int | None]:
    row = _one(look, "track_detail", "track", key, id=number_of(key))
    row |= _moved(look, row["file_id"])
    path = path_text(row["path"].partition(b"\0")[0])
    title = row["title"] or path.rpartition("/")[2]
    facts = _said([*_about(row), *_sound(row), *_file(row, path), *_rest(row)])
    made = ResultDetail(title=title, facts=facts, text=row["lyrics"] or "", item=path)
    return made, row["cover_id"]


def _moved(look: Look, file: int) -> dict[str, str]:
    """Return where a file was before it got another name, and when that was seen."""
    known = find.knows_moves(look.connection)
    for old, at_s in look.rows("moved_from", file=file) if known else ():
        return {"was_at": path_text(old), "moved": moment(at_s)}
    return {"was_at": "", "moved": ""}


def _about(row: dict[str, Any]) -> Iterator[tuple[str, object]]:
    yield mark("Title"), row["title"]
    yield mark("Artist"), names_text(row["artists"])
    yield mark("Album"), _with(row["album"], row["album_version"])
    yield mark("Album artist"), names_text(row["album_artists"])
    yield mark("Year"), row["date"] or row["year"]
    yield mark("Track"), _of(row["track"], row["track_total"])
    yield mark("Disc"), _of(row["disc"], row["disc_total"])
    yield mark("Genre"), _genres([row["genres"]])
    yield mark("Composer"), names_text(row["composers"])
    yield mark("Compilation"), "yes" if row["compilation"] or row["album_compilation"] else ""
    yield mark("Time"), clock(row["duration_s"])


def _sound(row: dict[str, Any]) -> Iterator[tuple[str, object]]:
    rate, bits = row["sample_rate_hz"], row["bits_per_sample"]
    channels = {1: "mono", 2: "stereo"}.get(row["channels"], _unit(row["channels"], "channels"))
    codec = _with(row["codec"], row["container"] if row["container"] != row["codec"] else "")
    parts = (codec, f"{rate / 1000:g} kHz" if rate else "", _unit(bits, "bit"), channels,
             _unit(row["bitrate_kbps"], "kbit/s"))  # fmt: skip
    yield mark("Sound"), ", ".join(filter(None, parts))
    yield mark("BPM"), f"{row['bpm']:g}" if row["bpm"] else ""
    gains = (("track", row["replaygain_track_gain_db"]), ("album", row["replaygain_album_gain_db"]))
    yield mark("ReplayGain"), ", ".join(f"{n} {v:+.2f} dB" for n, v in gains if v is not None)


def _file(row: dict[str, Any], path: str) -> Iterator[tuple[str, object]]:
    yield mark("File"), path
    yield mark("Missing since"), _since(row) if row["missing"] else ""
    yield mark("Was at"), row["was_at"]
    yield mark("Moved"), row["moved"]
    if row["part"]:
        yield (
            mark("Part"),
            f"track {row['part']} of its cue sheet, from {clock(row['start_s']) or '0:00'}",
        )
    yield mark("Size"), f"{row['size']:,} bytes"
    yield mark("Changed"), moment(row["mtime_ns"] / 1e9)
    yield mark("Added"), moment(row["added_at_s"])
    yield mark("Read"), moment(row["updated_at_s"])
    yield mark("Picture"), row["cover_source"]


def _since(row: dict[str, Any]) -> str:
    return moment(row["missing_at_s"]) if row["missing_at_s"] else "some time"


def _rest(row: dict[str, Any]) -> Iterator[tuple[str, object]]:
    yield mark("Sorted as"), row["artist_sort"]
    yield mark("Album sorted as"), row["album_artist_sort"]
    yield mark("ISRC"), row["isrc"]
    yield mark("AcoustID"), row["acoustid_id"]
    for label, name in _NAMES_OF_IDS:
        value = row[name]
        many = name.endswith("_ids")
        yield label, names_text(value) if many and value else value
    for field, text in json.loads(row["raw"]):
        yield f"{str(field).replace('_', ' ').capitalize()} as tagged", text


def _of(number: int | None, total: int | None) -> str:
    return "" if number is None else f"{number} of {total}" if total else str(number)


def _with(text: str | None, more: str | None) -> str:
    return f"{text} ({more})" if text and more else text or ""


def _unit(number: int | None, unit: str) -> str:
    return f"{number:,} {unit}" if number else ""


def _genres(lists: Iterable[str]) -> str:
    names = [canonical(name) for each in lists for name in json.loads(each)]
    return ", ".join(dict.fromkeys(names))


# -------------------------------------------------------------------- albums, artists, the rest


def _album(look: Look, key: str) -> tuple[ResultDetail, int | None]:
    found = look.rows("album_detail", id=number_of(key))
    if not found:
        raise UsageError(f"there is no album {key[:60]!r} any more")
    (title, version, date, year, compilation, release, group, count, duration_s, missing, discs,
     size, path, added_at_s, cover, codecs, artists, genres) = found[0]  # fmt: skip
    folder = path_text(path.partition(b"\0")[0]).rpartition("/")[0]
    facts = _said(
        [
            (mark("Album"), title),
            (mark("Version"), version),
            (mark("Artist"), names_text(artists)),
            (mark("Year"), date or year),
            (mark("Tracks"), f"{count:,}"),
            (mark("Missing"), f"{missing:,}" if missing else ""),
            (mark("Discs"), discs if discs > 1 else ""),
            (mark("Time"), clock(duration_s)),
            (mark("Genre"), _genres(json.loads(genres))),
            (mark("Compilation"), "yes" if compilation else ""),
            (mark("Codecs"), (codecs or "").replace(",", ", ")),
            (mark("Size"), f"{size:,} bytes"),
            (mark("Folder"), folder),
            (mark("Added"), moment(added_at_s)),
            (mark("MB release"), release),
            (mark("MB release group"), group),
        ]
    )
    return ResultDetail(title=_with(title, version), facts=facts, item=folder), cover


def _artist(look: Look, key: str) -> tuple[ResultDetail, int | None]:
    number = number_of(key)
    row = _one(look, "artist", "artist", key, artist=number)
    ((_, name, albums, _, _),) = look.rows("artist_rows", ids=json.dumps([number]))
    ((tracks, duration_s),) = look.rows("artist_times", artist=number)
    spellings = [other for other, _ in look.rows("artist_spellings", artist=number)]
    facts = _said(
        [
            (mark("Artist"), name),
            (mark("Sorted as"), row["sort_name"]),
            (mark("Also spelt"), ", ".join(other for other in spellings if other != name)),
            (mark("Albums"), f"{albums:,}"),
            (mark("Tracks"), f"{tracks:,}"),
            (mark("Time"), clock(duration_s)),
            (mark("MusicBrainz"), row["musicbrainz_id"]),
        ]
    )
    ((cover,),) = look.rows("artist_cover", artist=number)
    return ResultDetail(title=name, facts=facts, item=name), cover


def _error(look: Look, key: str) -> tuple[ResultDetail, int | None]:
    row = _one(look, "error", "unreadable file", key, id=number_of(key))
    path = path_text(row["path"])
    facts = _said(
        [
            (mark("File"), path),
            (mark("Kind"), row["kind"]),
            (mark("Reason"), row["reason"]),
            (mark("Size"), f"{row['size']:,} bytes"),
            (mark("First seen"), moment(row["first_at_s"])),
            (mark("Last seen"), moment(row["last_at_s"])),
            (mark("Tries"), f"{row['tries']:,}"),
        ]
    )
    return ResultDetail(title=path.rpartition("/")[2], facts=facts, item=path), None


def _check(look: Look, key: str) -> tuple[ResultDetail, int | None]:
    check = health.check_of(key)
    found = health.counts(look, (check,))[check.name]
    facts = (
        (mark("Check"), check.title),
        (mark("Found"), f"{found:,} {check.counts}"),
        (mark("Why it matters"), check.why),
        (mark("What to do"), check.mend),
    )
    return ResultDetail(title=check.title, facts=facts, item=check.name), None


def _playlist(look: Look, key: str) -> tuple[ResultDetail, int | None]:
    number = number_of(key)
    rows = [row for row in look.rows("playlists") if row[0] == number]
    if not rows:
        raise UsageError(f"there is no playlist {key[:60]!r} any more")
    _, name, made_at_s, count, duration_s, there = rows[0]
    facts = _said(
        [
            (mark("Playlist"), name),
            (mark("Tracks"), f"{count:,}"),
            (mark("Missing"), f"{count - there:,.0f}" if there < count else ""),
            (mark("Time"), clock(duration_s)),
            (mark("Made"), moment(made_at_s)),
        ]
    )
    return ResultDetail(title=name, facts=facts, item=name), None


def _plain(_: Look, key: str) -> tuple[ResultDetail, int | None]:
    return ResultDetail(title=key, item=key), None


_KINDS: dict[str, Callable[[Look, str], tuple[ResultDetail, int | None]]] = {
    "track": _track,
    "album": _album,
    "artist": _artist,
    "error": _error,
    "check": _check,
    "playlist": _playlist,
    "genre": _plain,
    "year": _plain,
}
