"""The catalogue as rows for scripts, in the fields of the command line's reference."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.importers.base import Exporter
from soniq_tui.importers.music import store
from soniq_tui.model.text import path_text

_TRACK_FIELDS = (
    "title",
    "artists",
    "album",
    "album_artists",
    "track",
    "track_total",
    "disc",
    "disc_total",
    "date",
    "year",
    "genres",
    "composers",
    "compilation",
    "duration_s",
    "bitrate_kbps",
    "sample_rate_hz",
    "channels",
    "bits_per_sample",
    "codec",
    "container",
    "musicbrainz_recording_id",
    "musicbrainz_album_id",
    "musicbrainz_artist_ids",
    "musicbrainz_albumartist_ids",
    "musicbrainz_releasegroup_id",
    "acoustid_id",
    "isrc",
    "bpm",
    "replaygain_track_gain_db",
    "replaygain_album_gain_db",
    "lyrics",
    "artist_sort",
    "album_artist_sort",
)
"""As ``export_tracks`` selects them between the path and the cover."""
_LISTS = (
    "artists",
    "album_artists",
    "genres",
    "composers",
    "musicbrainz_artist_ids",
    "musicbrainz_albumartist_ids",
)
_COVER_FIELDS = ("source", "mime", "width", "height", "key", "sha256")
_COVER = 1 + len(_TRACK_FIELDS)
_REST = _COVER + len(_COVER_FIELDS)

_list = msgspec.json.Decoder(list[str]).decode
_pairs = msgspec.json.Decoder(list[tuple[str, str]]).decode


def tracks(data_dir: Path) -> Iterator[dict[str, object]]:
    """Yield all tracks, missing ones included, in the order of their paths."""
    for row in _rows(data_dir, "export_tracks"):
        path: bytes = row[0]
        fields = dict(zip(_TRACK_FIELDS, row[1:_COVER], strict=True))
        for name in _LISTS:
            fields[name] = _list(fields[name])
        fields["compilation"] = _flag(fields["compilation"])
        cover = dict(zip(_COVER_FIELDS, row[_COVER:_REST], strict=True))
        size, mtime_ns, missing, version, track_id, part, start_s, raw = row[_REST:]
        path = path.partition(b"\0")[0]  # the name of a file that was overwritten
        yield {
            "path": path_text(path),
            **fields,
            "cover": cover if cover["source"] is not None else None,
            "size_bytes": size,
            "mtime_ns": mtime_ns,
            "missing": bool(missing),
            "path_bytes": None if _is_utf8(path) else b64encode(path).decode(),
            "album_version": version,
            "musicbrainz_track_id": track_id,
            "part": part or None,
            "start_s": start_s,
            "raw": dict(_pairs(raw)) or None,
        }


def albums(data_dir: Path) -> Iterator[dict[str, object]]:
    """Yield all albums that have tracks; ``tracks`` counts the missing ones too."""
    for row in _rows(data_dir, "export_albums"):
        (
            title,
            artists,
            year,
            date,
            count,
            discs,
            duration_s,
            compilation,
            *ids,
            missing,
            version,
        ) = row
        yield {
            "title": title,
            "version": version,
            "album_artists": _list(artists),
            "year": year,
            "date": date,
            "tracks": count,
            "discs": discs,
            "duration_s": duration_s,
            "compilation": bool(compilation),
            "musicbrainz_album_id": ids[0],
            "musicbrainz_releasegroup_id": ids[1],
            "missing": missing,
        }


def artists(data_dir: Path) -> Iterator[dict[str, object]]:
    """Yield all artists of tracks and albums, with how many of each."""
    names = ("name", "sort_name", "musicbrainz_id", "albums", "tracks")
    for row in _rows(data_dir, "export_artists"):
        yield dict(zip(names, row, strict=True))


def _rows(data_dir: Path, query: str) -> Iterator[tuple[Any, ...]]:
    with store.looking(data_dir) as connection:
        if connection is not None:
            yield from connection.execute(store.SQL[query])


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _is_utf8(path: bytes) -> bool:
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True


EXPORTS: dict[str, Exporter] = {"tracks": tracks, "albums": albums, "artists": artists}
