"""The words of the music importer: options, what travels between its stages, what a track is."""

from typing import Annotated

import msgspec
from msgspec import Meta

SUFFIXES = frozenset(
    b".mp3 .flac .m4a .m4b .mp4 .ogg .oga .opus .wav .aiff .aif .aifc .wma .asf .wv .mpc .mp+ "
    b".ape .dsf .dff .aac .ac3 .tta .tak .ofr .spx .mp2 .mp1 .mid .midi .smf".split()
)
"""File name endings (lower case) of what mutagen 1.48 reads."""


class ScanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a music scan can be told."""

    paths: Annotated[tuple[str, ...], Meta(title="path", description="Folders to scan.")]
    force: Annotated[bool, Meta(description="Read every file again, changed or not.")] = False
    limit: Annotated[int | None, Meta(description="Stop after this many files.")] = None
    include: Annotated[
        tuple[str, ...], Meta(description="Only files whose path matches one of these globs.")
    ] = ()
    exclude: Annotated[
        tuple[str, ...], Meta(description="No files or folders that match one of these globs.")
    ] = ()
    follow_symlinks: Annotated[
        bool, Meta(description="Follow links that stay inside the scanned folders.")
    ] = False


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """What discovery accepts: one folder, and how far an earlier run got."""

    path: bytes
    options: ScanOptions
    cursor: tuple[bytes, ...] = ()
    """Folder names below ``path``, then the name of the last file settled; empty at the start.

    The order of the walk: the files of a folder sorted by bytes, then its folders sorted by bytes.
    """
    found: int = 0
    """Files handed over so far, for ``limit``."""
    again: tuple[bytes, ...] = ()
    """Folders in which something could not be read: what a retry goes over."""


class FileRef(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One file as discovery met it."""

    name: bytes
    """Below the folder it is listed under."""
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int


class Folder(msgspec.Struct, frozen=True, array_like=True):
    """Some or all files of one folder."""

    path: bytes
    files: tuple[FileRef, ...]
    beside: tuple[bytes, ...] = ()
    """Names of what lies beside the music and belongs to it: pictures, .cue and .lrc files."""
    signature: int = 0
    """Of ``beside`` with sizes and times: another one means that the folder is read again."""


class Broken(msgspec.Struct, frozen=True, array_like=True):
    """One file that could not be read, as discovery saw it: a rescan need not open it."""

    path: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    kind: str
    reason: str


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """What extraction accepts: about 200 files of whole folders, and what else is to be written."""

    root: bytes
    folders: tuple[Folder, ...] = ()
    broken: tuple[Broken, ...] = ()
    """Files that are as broken as an earlier scan found them; opened only when a person retries."""
    vanished: tuple[bytes, ...] = ()
    """Full paths of known files that are gone."""


class Spooled(msgspec.Struct, frozen=True, kw_only=True):
    """What extraction returns and grouping accepts: where the tracks wait."""

    spool: str
    """msgpack of :class:`Extracted`."""
    tracks: int
    failed: int


class Grouped(msgspec.Struct, frozen=True, kw_only=True):
    """What grouping returns and insertion accepts."""

    spool: str
    """msgpack of :class:`Catalogued`."""
    tracks: int
    failed: int


class CoverRef(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a picture is; nobody has looked at it yet."""

    source: str
    """``embedded`` or ``folder``."""
    mime: str | None
    length: int
    """Bytes."""
    key: str
    """Equal for equal pictures: hex of length, first and last 4 KiB; a cheap key, no proof."""
    file: bytes | None = None
    """Path of a folder picture."""


class Track(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One audio file. Every text is foreign and unbounded no more: see ``tags.MAX_TEXT``."""

    path: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    album_artists: tuple[str, ...] = ()
    track: int | None = None
    track_total: int | None = None
    disc: int | None = None
    disc_total: int | None = None
    date: str | None = None
    year: int | None = None
    genres: tuple[str, ...] = ()
    composers: tuple[str, ...] = ()
    compilation: bool | None = None
    duration_s: float | None = None
    bitrate_kbps: int | None = None
    sample_rate_hz: int | None = None
    channels: int | None = None
    bits_per_sample: int | None = None
    codec: str | None = None
    container: str | None = None
    musicbrainz_recording_id: str | None = None
    musicbrainz_album_id: str | None = None
    musicbrainz_artist_ids: tuple[str, ...] = ()
    musicbrainz_albumartist_ids: tuple[str, ...] = ()
    musicbrainz_releasegroup_id: str | None = None
    acoustid_id: str | None = None
    isrc: str | None = None
    bpm: float | None = None
    replaygain_track_gain_db: float | None = None
    replaygain_album_gain_db: float | None = None
    lyrics: str | None = None
    artist_sort: str | None = None
    album_artist_sort: str | None = None
    album_version: str | None = None
    """What tells releases of one title apart: "Deluxe Edition", a MusicBrainz disambiguation."""
    musicbrainz_track_id: str | None = None
    """Of the track on its release, which no other track has (not the recording)."""
    part: int = 0
    """0: the whole file; from 1 on: the track of that number of its cue sheet."""
    start_s: float | None = None
    """Where in the file a part begins."""
    cue: str | None = None
    """Text of a cue sheet in the tag; used by extraction, never stored."""
    raw: tuple[tuple[str, str], ...] = ()
    """Names of fields whose text was repaired, each with the text as it stands in the file."""
    cover: CoverRef | None = None


class Extracted(msgspec.Struct, frozen=True, kw_only=True):
    """What one extraction found."""

    tracks: tuple[Track, ...] = ()
    broken: tuple[Broken, ...] = ()
    vanished: tuple[bytes, ...] = ()


class Artist(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An artist as grouping sees it."""

    key: str
    name: str
    sort_name: str | None = None
    musicbrainz_id: str | None = None


class Album(msgspec.Struct, frozen=True, array_like=True):
    """An album as grouping sees it."""

    key: str
    title: str
    artists: tuple[str, ...]
    """Keys of its album artists."""
    date: str | None = None
    year: int | None = None
    compilation: bool = False
    musicbrainz_album_id: str | None = None
    musicbrainz_releasegroup_id: str | None = None


class Catalogued(msgspec.Struct, frozen=True, kw_only=True):
    """Tracks with the artists and albums they belong to."""

    artists: tuple[Artist, ...] = ()
    albums: tuple[Album, ...] = ()
    tracks: tuple[tuple[Track, str | None, tuple[str, ...]], ...] = ()
    """Each track with the key of its album and the keys of its artists."""
    broken: tuple[Broken, ...] = ()
    vanished: tuple[bytes, ...] = ()
