"""A catalogue of tracks that were never files."""

import itertools
from pathlib import Path
from typing import Any
from zlib import crc32

from soniq_tui.importers.music import close, group, insert, store
from soniq_tui.importers.music.library.detail import detail
from soniq_tui.importers.music.library.lists import results
from soniq_tui.importers.music.words import Broken, Extracted, ScanOptions, Track
from soniq_tui.model.results import DetailQuery, ResultDetail, ResultPage, ResultQuery
from tests.importers.fakes import FakeContext, ended

NOW_S = 1_767_260_460.0
_sizes = itertools.count(1_000_000)


def track(path: str | bytes, **fields: Any) -> Track:
    """Return a track of a size of its own."""
    size = next(_sizes)
    stat = {"size": size, "mtime_ns": size, "ctime_ns": 1, "inode": size, "device": 1}
    plain = {"codec": "mp3", "container": "mp3", "bitrate_kbps": 320, "duration_s": 100.0}
    raw = path if isinstance(path, bytes) else path.encode()
    return Track(path=raw, **{**stat, **plain, **fields})


def song(title: str, artist: str, album: str = "Album", number: int = 1, **fields: Any) -> Track:
    """Return a track that lies where its tags say."""
    path = fields.pop("path", f"/m/{artist}/{album}/{number:02} {title}.mp3")
    return track(
        path, title=title, artists=(artist,), album=album, album_artists=(artist,), track=number,
        year=fields.pop("year", 1999), genres=fields.pop("genres", ("Rock",)), **fields,
    )  # fmt: skip


def broken(path: str, kind: str = "corrupt", reason: str = "no audio") -> Broken:
    """Return a file of an inode of its own that cannot be read."""
    return Broken(path.encode(), 1, 2, 3, crc32(path.encode()), 5, kind, reason)


def shelve(data: Path, *tracks: Track, end: bool = True, at_s: float = NOW_S, **more: Any) -> None:
    """Write tracks into the catalogue and let the scan end."""
    found = Extracted(tracks=tracks, **more)
    insert.write(store.writer(data), found, group.catalogue(found.tracks), at_s)
    if end:
        ended(close.run(ScanOptions(paths=()), FakeContext(data)))


def page(data: Path, view: str = "tracks", text: str = "", **fields: Any) -> ResultPage:
    return results(data, ResultQuery(importer="music", view=view, text=text, **fields))


def names(data: Path, view: str = "tracks", text: str = "", **fields: Any) -> list[str]:
    """Return the first cells of a page that makes sense."""
    found = page(data, view, text, **fields)
    assert not found.problem, found.problem
    return [row.cells[0] for row in found.rows]


def facts(data: Path, kind: str, key: str, **fields: Any) -> dict[str, str]:
    return dict(about(data, kind, key, **fields).facts)


def about(data: Path, kind: str, key: str, **fields: Any) -> ResultDetail:
    return detail(data, DetailQuery(importer="music", kind=kind, key=key, **fields))
