"""Writes tags into the masters with mutagen, by names as other programs spell them."""

import base64
import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import mutagen
from mutagen import id3
from mutagen.apev2 import APEValue
from mutagen.asf import ASFByteArrayAttribute
from mutagen.flac import Picture
from mutagen.mp4 import MP4Cover, MP4FreeForm

from soniq_tui.importers.music.demo import MASTERS, master
from soniq_tui.importers.music.tags.read import read

FAMILIES = {
    "flac": "vorbis",
    "ogg": "vorbis",
    "opus": "vorbis",
    "m4a": "mp4",
    "alac": "mp4",
    "wv": "ape",
    "mpc": "ape",
    "ape": "ape",
    "wma": "asf",
}
"""Family of each master; ID3 where it is not named."""
FRAMELESS = frozenset({"aac"})
"""Masters whose mutagen class knows no tags: an ID3 tag is put in front."""

_IT = "----:com.apple.iTunes:"
_NAMES = """
title           | TIT2 | TITLE | ©nam | Title | Title
artists         | TPE1 | ARTIST | ©ART | Artist | Author
artist_list     | TXXX:ARTISTS | ARTISTS | *ARTISTS | Artists | WM/ARTISTS
album           | TALB | ALBUM | ©alb | Album | WM/AlbumTitle
album_artists   | TPE2 | ALBUMARTIST | aART | Album Artist | WM/AlbumArtist
track           | TRCK | TRACKNUMBER | trkn | Track | WM/TrackNumber
disc            | TPOS | DISCNUMBER | disk | Disc | WM/PartOfSet
date            | TDRC | DATE | ©day | Year | WM/Year
original_date   | TDOR | ORIGINALDATE | *originaldate | Originaldate | WM/OriginalReleaseTime
genres          | TCON | GENRE | ©gen | Genre | WM/Genre
composers       | TCOM | COMPOSER | ©wrt | Composer | WM/Composer
compilation     | TCMP | COMPILATION | cpil | Compilation | WM/IsCompilation
recording       | UFID:http://musicbrainz.org | MUSICBRAINZ_TRACKID | *MusicBrainz Track Id |\
 MUSICBRAINZ_TRACKID | MusicBrainz/Track Id
release         | TXXX:MusicBrainz Album Id | MUSICBRAINZ_ALBUMID | *MusicBrainz Album Id |\
 MUSICBRAINZ_ALBUMID | MusicBrainz/Album Id
artist_ids      | TXXX:MusicBrainz Artist Id | MUSICBRAINZ_ARTISTID | *MusicBrainz Artist Id |\
 MUSICBRAINZ_ARTISTID | MusicBrainz/Artist Id
albumartist_ids | TXXX:MusicBrainz Album Artist Id | MUSICBRAINZ_ALBUMARTISTID |\
 *MusicBrainz Album Artist Id | MUSICBRAINZ_ALBUMARTISTID | MusicBrainz/Album Artist Id
releasegroup    | TXXX:MusicBrainz Release Group Id | MUSICBRAINZ_RELEASEGROUPID |\
 *MusicBrainz Release Group Id | MUSICBRAINZ_RELEASEGROUPID | MusicBrainz/Release Group Id
track_id        | TXXX:MusicBrainz Release Track Id | MUSICBRAINZ_RELEASETRACKID |\
 *MusicBrainz Release Track Id | MUSICBRAINZ_RELEASETRACKID | MusicBrainz/Release Track Id
acoustid        | TXXX:Acoustid Id | ACOUSTID_ID | *Acoustid Id | ACOUSTID_ID | Acoustid/Id
isrc            | TSRC | ISRC | *ISRC | ISRC | WM/ISRC
bpm             | TBPM | BPM | tmpo | BPM | WM/BeatsPerMinute
track_gain      | TXXX:REPLAYGAIN_TRACK_GAIN | REPLAYGAIN_TRACK_GAIN | *replaygain_track_gain |\
 REPLAYGAIN_TRACK_GAIN | REPLAYGAIN_TRACK_GAIN
album_gain      | TXXX:replaygain_album_gain | replaygain_album_gain | *REPLAYGAIN_ALBUM_GAIN |\
 replaygain_album_gain | replaygain_album_gain
lyrics          | USLT | LYRICS | ©lyr | Lyrics | WM/Lyrics
artist_sort     | TSOP | ARTISTSORT | soar | ARTISTSORT | WM/ArtistSortOrder
album_artist_sort | TSO2 | ALBUMARTISTSORT | soaa | ALBUMARTISTSORT | WM/AlbumArtistSortOrder
"""
NAMES = {
    row[0]: dict(zip(("id3", "vorbis", "mp4", "ape", "asf"), row[1:], strict=True))
    for row in ([cell.strip() for cell in line.split("|")] for line in _NAMES.strip().split("\n"))
}
"""What is meant, by family its name; ``*`` is an iTunes free-form atom."""


def tagged(name: str, fields: dict[str, list[str]], cover: bytes = b"") -> bytes:
    """Return a master with tags: values by the first column of the table."""
    family = FAMILIES.get(name, "id3")
    file = BytesIO(master(name))
    if name in FRAMELESS:
        tags: Any = id3.ID3()
    else:
        parsed: Any = mutagen.File(file)
        if parsed.tags is None:
            parsed.add_tags()
        tags = parsed.tags
    for field, values in fields.items():
        WRITERS[family](tags, NAMES[field][family], values)
    if cover:
        COVERS[family](tags, cover)
    file.seek(0)
    (tags if name in FRAMELESS else parsed).save(file)
    return file.getvalue()


def _id3(tags: Any, name: str, values: list[str]) -> None:
    kind, _, rest = name.partition(":")
    if kind == "TXXX":
        tags.add(id3.TXXX(encoding=3, desc=rest, text=values))
    elif kind == "UFID":
        tags.add(id3.UFID(owner=rest, data=values[0].encode()))
    elif kind == "USLT":
        tags.add(id3.USLT(encoding=3, lang="eng", desc="", text=values[0]))
    else:
        tags.add(getattr(id3, kind)(encoding=3, text=values))


def _vorbis(tags: Any, name: str, values: list[str]) -> None:
    tags[name] = values


def _mp4(tags: Any, name: str, values: list[str]) -> None:
    if name in {"trkn", "disk"}:
        tags[name] = [tuple(int(n) for n in values[0].split("/"))]
    elif name == "cpil":
        tags[name] = values == ["1"]
    elif name == "tmpo":
        tags[name] = [int(values[0])]
    elif name.startswith("*"):
        tags[_IT + name[1:]] = [MP4FreeForm(value.encode()) for value in values]
    else:
        tags[name] = values


def _ape(tags: Any, name: str, values: list[str]) -> None:
    tags[name] = values


WRITERS = {"id3": _id3, "vorbis": _vorbis, "mp4": _mp4, "ape": _ape, "asf": _vorbis}


def flac_picture(data: bytes, kind: int = 3) -> Picture:
    """Return a FLAC picture block."""
    made = Picture()
    made.type, made.mime, made.data = kind, "image/jpeg", data
    return made


def _vorbis_cover(tags: Any, data: bytes) -> None:
    tags["metadata_block_picture"] = [base64.b64encode(flac_picture(data).write()).decode()]


def _asf_cover(tags: Any, data: bytes) -> None:
    head = b"\x03" + struct.pack("<I", len(data)) + "image/jpeg\0\0".encode("utf-16-le")
    tags["WM/Picture"] = [ASFByteArrayAttribute(head + data)]


COVERS = {
    "id3": lambda tags, data: tags.add(
        id3.APIC(encoding=0, mime="image/jpeg", type=3, desc="Cover", data=data)
    ),
    "vorbis": _vorbis_cover,
    "mp4": lambda tags, data: tags.__setitem__("covr", [MP4Cover(data)]),
    "ape": lambda tags, data: tags.__setitem__(
        "Cover Art (Front)", APEValue(b"cover.jpg\0" + data, 1)
    ),
    "asf": _asf_cover,
}


def read_bytes(folder: Path, data: bytes, name: str = "file.bin") -> dict[str, Any]:
    """Return what is read from a file of these bytes."""
    path = folder / name
    path.write_bytes(data)
    return read(bytes(path), len(data))


__all__ = ["FAMILIES", "MASTERS", "NAMES", "flac_picture", "master", "read_bytes", "tagged"]
