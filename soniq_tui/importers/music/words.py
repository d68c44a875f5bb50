"""The words of the music importer: options, what travels between its stages, what a track is.

What there is one of for each file or album leads to nothing that leads back to it, so the collector
need not look at it (``gc=False``).
"""

from hashlib import blake2b
from typing import Annotated

import msgspec
from msgspec import Meta

from soniq_tui.words import mark

SUFFIXES = frozenset(
    b".mp3 .flac .m4a .m4b .mp4 .ogg .oga .opus .wav .aiff .aif .aifc .wma .asf .wv .mpc .mp+ "
    b".ape .dsf .dff .aac .ac3 .tta .tak .ofr .spx .mp2 .mp1 .mid .midi .smf".split()
)
"""File name endings (lower case) of what mutagen 1.48 reads."""


_SELDOM = {"group": "rest"}


class ScanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a music scan can be told."""

    paths: Annotated[tuple[str, ...], Meta(title="path", description=mark("Folders to scan."))]
    force: Annotated[
        bool,
        # It also takes files for gone that may be out of reach.
        Meta(description=mark("Read every file again, changed or not."), extra={"once": True}),
    ] = False
    limit: Annotated[int | None, Meta(description=mark("Stop after this many files."))] = None
    include: Annotated[
        tuple[str, ...],
        Meta(description=mark("Only files whose path matches one of these globs."), extra=_SELDOM),
    ] = ()
    exclude: Annotated[
        tuple[str, ...],
        Meta(description=mark("No files or folders that match one of these globs."), extra=_SELDOM),
    ] = ()
    follow_symlinks: Annotated[
        bool,
        Meta(description=mark("Follow links that stay inside the scanned folders."), extra=_SELDOM),
    ] = False
    covers: Annotated[bool, Meta(description=mark("Look at new covers when the scan is done."))] = (
        False
    )
    watch: Annotated[
        bool, Meta(description=mark("Go on and take in what changes, until stopped."))
    ] = False


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """What discovery accepts: one folder, and how far an earlier run got."""

    path: bytes
    options: ScanOptions
    """Without the paths, unless links are followed into them."""
    cursor: tuple[bytes, ...] = ()
    """Folder names below ``path``, then the name of the last file settled; empty at the start.

    The order of the walk: the files of a folder sorted by bytes, then its folders sorted by bytes.
    """
    found: int = 0
    """Files handed over so far, for ``limit``."""
    again: tuple[bytes, ...] = ()
    """Folders in which something could not be read: what a retry goes over."""
    settled: bool = False
    """All of it was walked and counted before: a watch goes on."""
    began_s: float = 0.0
    """When it was begun, seconds since 1970: what was found broken before was told unread."""
    gone: bool = False
    """It was not there when the scan was launched, and who launched it says that it is no more."""


class FileRef(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One file as discovery met it."""

    name: bytes
    """Below the folder it is listed under."""
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    told: int = 0
    """``fault_mark`` of what was booked for it before it was touched or went away for a while; the
    same is not booked again. 0: nothing was."""


def fault_mark(kind: str, reason: str) -> int:
    """Return 63 bits of why a file cannot be read, never 0: what is kept of it in a chunk."""
    digest = blake2b(f"{kind} {reason}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest) >> 1 or 1


class Folder(msgspec.Struct, frozen=True, array_like=True):
    """Some or all files of one folder."""

    path: bytes
    files: tuple[FileRef, ...]
    beside: tuple[bytes, ...] = ()
    """Names of what lies beside the music and belongs to it: pictures, .cue and .lrc files."""
    signature: int = 0
    """Of ``beside`` with sizes and times: another one means that a file is read again."""


class Broken(msgspec.Struct, frozen=True, array_like=True):
    """One file that could not be read, as discovery saw it."""

    path: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    kind: str
    reason: str


class Moved(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A known file that has another name now; it need not be read."""

    id: int
    """Of its row: names can change places with each other."""
    path: bytes
    """Where it is now."""
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """What extraction accepts: about 200 files of whole folders, and what else is to be written."""

    root: bytes
    folders: tuple[Folder, ...] = ()
    broken: tuple[Broken, ...] = ()
    """Of jobs of before an update: files that an earlier scan found broken; they are read again."""
    forced: bool = False
    """All is to be read, whatever the catalogue says."""
    moved: tuple[Moved, ...] = ()
    vanished: tuple[bytes, ...] = ()
    """Full paths of known files that are gone."""


class Spooled(msgspec.Struct, frozen=True, kw_only=True):
    """What extraction returns and grouping accepts: where the tracks wait."""

    spool: str
    """msgpack of :class:`Extracted`."""
    files: int
    """Files of the chunk that are done when the catalogue has them."""


class Grouped(msgspec.Struct, frozen=True, kw_only=True):
    """What grouping returns and insertion accepts."""

    spool: str
    """msgpack of :class:`Extracted`: what extraction kept."""
    keys: str
    """msgpack of :class:`Catalogued`: what its tracks belong to."""
    files: int


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
    """A picture beside the music: its path from the folder of the file, so that moves keep it."""


class _File(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Which file a track is, as discovery met it; given by position: fewer steps than by name."""

    path: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    beside: int = 0
    """Signature of what lies around it; see ``together.py``."""


class Track(_File, frozen=True, kw_only=True, array_like=True, gc=False):
    """One audio file. Every text is foreign and unbounded no more: see ``tags.MAX_TEXT``."""

    # What tracks of an album share comes first, then what most say, what some do and what few do:
    # the order of the columns of ``upsert_track``, so that ``rows.py`` takes them in slices.
    album_artists: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    musicbrainz_albumartist_ids: tuple[str, ...] = ()
    raw: tuple[tuple[str, str], ...] = ()
    """Names of fields whose text was repaired, each with the text as it stands in the file."""
    album: str | None = None
    track_total: int | None = None
    disc: int | None = None
    disc_total: int | None = None
    year: int | None = None
    channels: int | None = None
    codec: str | None = None
    container: str | None = None
    part: int = 0
    """0: the whole file; from 1 on: the track of that number of its cue sheet."""
    musicbrainz_album_id: str | None = None
    musicbrainz_releasegroup_id: str | None = None
    compilation: bool | None = None
    artists: tuple[str, ...] = ()
    composers: tuple[str, ...] = ()
    musicbrainz_artist_ids: tuple[str, ...] = ()
    title: str | None = None
    track: int | None = None
    date: str | None = None
    duration_s: float | None = None
    bitrate_kbps: int | None = None
    sample_rate_hz: int | None = None
    bits_per_sample: int | None = None
    musicbrainz_recording_id: str | None = None
    replaygain_track_gain_db: float | None = None
    artist_sort: str | None = None
    album_artist_sort: str | None = None
    lyrics: str | None = None
    acoustid_id: str | None = None
    isrc: str | None = None
    bpm: float | None = None
    replaygain_album_gain_db: float | None = None
    album_version: str | None = None
    """What tells releases of one title apart: "Deluxe Edition", a MusicBrainz disambiguation."""
    musicbrainz_track_id: str | None = None
    """Of the track on its release, which no other track has (not the recording)."""
    start_s: float | None = None
    """Where in the file a part begins."""
    cue: str | None = None
    """Text of a cue sheet in the tag; used by extraction, never stored."""
    cover: CoverRef | None = None


class Extracted(msgspec.Struct, frozen=True, kw_only=True):
    """What one extraction found."""

    tracks: tuple[Track, ...] = ()
    """The parts of one file stand together."""
    pids: tuple[str | None, ...] = ()
    """Of each what it is known by again (``group.persistent_id``), and"""
    words: tuple[tuple[str, str, str, str], ...] = ()
    """by what it is found (``wordindex.words_of``): made where it is read, beside the writer."""
    others: tuple[bytes, ...] = ()
    """Files among them that were read only for what they say of their neighbours: written where the
    catalogue has them, for others may be ignored."""
    broken: tuple[Broken, ...] = ()
    moved: tuple[Moved, ...] = ()
    others_moved: tuple[Moved, ...] = ()
    """Those of the others that the catalogue has under other names; no files of this chunk."""
    vanished: tuple[bytes, ...] = ()


class Artist(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An artist as one track names it."""

    key: str
    name: str
    sort_name: str | None = None
    musicbrainz_id: str | None = None

    @property
    def names(self) -> tuple[str, str | None, str | None]:
        """All but the key."""
        return self.name, self.sort_name, self.musicbrainz_id

    def agreed(self, said: "Artist") -> "Artist | None":
        """Return what an artist is called when one more track says so; None where that is open.

        Most have their say in each name, those apart that say nothing: who says what all others
        said, or what nobody did, leaves no doubt.
        """
        sort_name = self.sort_name or said.sort_name
        both = Artist(self.key, self.name, sort_name, self.musicbrainz_id or said.musicbrainz_id)
        names = zip(said.names, both.names, strict=True)
        return both if all(name in {None, its} for name, its in names) else None


class Album(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An album as grouping sees it."""

    key: str
    title: str
    artists: tuple[int, ...]
    """Its album artists, by their place in :class:`Catalogued`."""
    version: str | None = None
    date: str | None = None
    year: int | None = None
    compilation: bool = False
    musicbrainz_album_id: str | None = None
    musicbrainz_releasegroup_id: str | None = None


class Belongs(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one track belongs to, by places in :class:`Catalogued`."""

    album: int | None
    artists: tuple[int, ...]
    pid: str | None
    """What stays the same when the file moves or is encoded anew; see ``group.persistent_id``."""


class Catalogued(msgspec.Struct, frozen=True, kw_only=True):
    """The artists and albums that tracks name, and which track belongs to which."""

    artists: tuple[Artist, ...] = ()
    albums: tuple[Album, ...] = ()
    tracks: tuple[Belongs, ...] = ()
    """In the order of the tracks."""
