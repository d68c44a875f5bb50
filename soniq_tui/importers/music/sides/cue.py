"""Cue sheets: one file of music that holds many tracks, shown as those tracks.

The format is that of CDRWIN's manual ("Cuesheet Commands"); the REM lines are those that EAC and
foobar2000 write. A sheet is foreign input: lines that mean nothing are passed over, and everything
is bounded.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from soniq_tui.importers.music.charsets import charset
from soniq_tui.importers.music.sides import sidecar
from soniq_tui.importers.music.tags import values
from soniq_tui.importers.music.words import SUFFIXES, Track

MAX_TRACKS = 999
FRAMES = 75
"""In a second."""

_LINE = re.compile(r"\r\n|\r|\n")
_WORDS = re.compile(r"[ \t]*([A-Za-z]{3,10})[ \t]+(.+)")
_TIME = re.compile(r"(?a)(\d{1,2})[ \t]+(\d{1,4}):([0-5]?\d):([0-6]?\d|7[0-4])\b")
_TRACK = re.compile(r"(?a)(\d{1,3})[ \t]+AUDIO\b", re.IGNORECASE)
_KIND = re.compile(r"[ \t]+(?:BINARY|MOTOROLA|AIFF|WAVE|MP3|FLAC)[ \t]*$", re.IGNORECASE)
_PATH = re.compile(r"[\\/]")
_OF_ONE_RECORDING = (
    "musicbrainz_recording_id",
    "musicbrainz_track_id",
    "acoustid_id",
    "isrc",
    "bpm",
    "lyrics",
)
"""Fields that are true of a track and not of the file that holds many."""


class Entry(NamedTuple):
    """A track of a sheet."""

    number: int
    file: int
    """Which FILE line it lies in; -1 in a sheet that has none."""
    start: int
    """Frames from the start of the file."""
    said: dict[str, str]
    """Words of its lines, by their names in capitals."""


class Sheet(NamedTuple):
    """A cue sheet that names at least one track."""

    files: tuple[str, ...]
    """As its FILE lines say."""
    entries: tuple[Entry, ...]
    said: dict[str, str]
    """Words of the lines before the first track, by their names in capitals."""
    total: int
    """Tracks in all its files."""


def read(path: bytes) -> Sheet | None:
    """Return the sheet in a file; None where it is no regular file, unreadable or no sheet."""
    data = sidecar.read(path)
    return None if data is None else parse(data)


def parse(data: bytes | str) -> Sheet | None:
    """Return a sheet, None where no track of sound begins anywhere; never raises.

    What is beyond 64 KiB or 999 tracks is dropped. A track begins at its INDEX 01, else at its
    INDEX 00, in the file whose FILE line came last before that.
    """
    if isinstance(data, bytes):
        data = charset.decode(data[: sidecar.MAX_BYTES])
    files: list[str] = []
    head: dict[str, str] = {}
    found: list[_Open] = []
    said = head
    here: _Open | None = None
    for line in _LINE.split(data[: sidecar.MAX_BYTES]):
        match = _WORDS.match(line.lstrip("\ufeff"))
        if match is None:
            continue
        word, rest = match[1].upper(), match[2].strip()
        if word == "FILE":
            files.append(_unquoted(_KIND.sub("", rest)))
        elif word == "TRACK":
            if len(found) == MAX_TRACKS:
                break
            here, said = None, {}
            track = _TRACK.match(rest)
            if track is not None:
                here = _Open(int(track[1]), said, {})
                found.append(here)
        elif word == "INDEX":
            time = _TIME.match(rest)
            if time is not None and here is not None:
                minutes, seconds, frames = map(int, time.groups()[1:])
                start = (60 * minutes + seconds) * FRAMES + frames
                here.starts.setdefault(int(time[1]), (len(files) - 1, start))
        else:
            word, rest = _remark(rest) if word == "REM" else (word, rest)
            said.setdefault(word, values.text(_unquoted(rest)))
    entries = tuple(
        Entry(track.number, *place, track.said)
        for track in found
        if (place := track.starts.get(1, track.starts.get(0))) is not None
    )
    return Sheet(tuple(files), entries, head, len(found)) if entries else None


class _Open(NamedTuple):
    """A track whose lines are still coming."""

    number: int
    said: dict[str, str]
    starts: dict[int, tuple[int, int]]
    """File and frame of each index."""


def _remark(rest: str) -> tuple[str, str]:
    word, _, value = rest.partition(" ")
    return "REM " + word.upper(), value.strip()


def _unquoted(value: str) -> str:
    value = value.strip()
    if value.startswith('"'):
        end = value.rfind('"')
        return value[1:end] if end > 0 else value[1:]
    return value


def matching(folder_files: Iterable[bytes], sheet_name: bytes, sheet: Sheet) -> dict[bytes, Sheet]:
    """Return which files of a folder a sheet speaks of, each with the part that is about it.

    A FILE line means the file of that name; else of that name in other case; else of that stem
    with another ending of music (sheets say ``.wav`` where the file became ``.flac``). A sheet with
    one FILE line or none may also mean the file of its own stem. Folders in a FILE line do not
    count. A sheet that matches nothing says nothing.

    Args:
        folder_files: names in the folder of the sheet; those that are not music do not count.
        sheet_name: name of the sheet.
        sheet: what it holds.
    """
    by_name: dict[str, bytes] = {}
    by_stem: dict[str, bytes] = {}
    for name in sorted(folder_files):
        stem = sidecar.stem(name)
        if name[len(stem) :].lower() in SUFFIXES:
            by_name[name.decode("utf-8", "surrogateescape")] = name
            by_name.setdefault(sidecar.key(name), name)
            by_stem.setdefault(sidecar.key(stem), name)
    own = sidecar.key(sidecar.stem(sheet_name))
    matched: dict[bytes, Sheet] = {}
    for i in sorted({entry.file for entry in sheet.entries}):
        said = _PATH.split(sheet.files[i])[-1].strip() if i >= 0 else ""
        named = said.encode("utf-8", "surrogatepass")
        file = (
            by_name.get(said)
            or by_name.get(sidecar.key(named))
            or by_stem.get(sidecar.key(sidecar.stem(named)))
        )
        if file is None and len(sheet.files) <= 1:
            file = by_stem.get(own) or by_name.get(own)
        if file is not None and file not in matched:
            matched[file] = sheet._replace(
                files=(said,),
                entries=tuple(e._replace(file=0) for e in sheet.entries if e.file == i),
            )
    return matched


def parts(track: Track, beside: Sheet | None = None) -> tuple[Track, ...]:
    """Return the tracks of a file: the parts of its sheet, else the file itself.

    Args:
        track: the whole file.
        beside: the part of a sheet beside it that is about it; it wins over one in the tag.
    """
    sheet = beside
    if sheet is None and track.cue is not None:
        sheet = parse(track.cue)
    if track.cue is not None:
        track = msgspec.structs.replace(track, cue=None)
    return (track,) if sheet is None else split(track, sheet)


def split(track: Track, sheet: Sheet) -> tuple[Track, ...]:
    """Return the parts of a file, in the order in which they sound; itself where it has no two.

    A part ends where the next one begins, the last one with the file. What begins at or after the
    end of the file, or where another part begins, is dropped; what sounds before the first INDEX 01
    belongs to no part. A sheet that speaks of several files lists them and splits none: the part of
    it that is about this file comes from ``matching``.

    Title, artists, number and number of tracks are those of the sheet. What the sheet says of the
    album counts where the file says nothing. What is true of one recording only is not inherited.
    """
    end = track.duration_s
    starts: dict[int, Entry] = {}
    for entry in sorted(sheet.entries, key=lambda entry: entry.start):
        if end is None or entry.start / FRAMES < end:
            starts.setdefault(entry.start, entry)
    if len(starts) < 2 or len({entry.file for entry in sheet.entries}) > 1:  # noqa: PLR2004
        return (track,)
    shared = _shared(track, sheet)
    bounds = [start / FRAMES for start in starts]
    lengths: list[float | None] = [after - start for start, after in pairwise(bounds)]
    lengths.append(None if end is None else end - bounds[-1])
    return tuple(
        msgspec.structs.replace(
            track,
            part=part,
            start_s=start,
            duration_s=length,
            **{**shared, **_own(track, sheet, entry)},
        )
        for part, (start, length, entry) in enumerate(
            zip(bounds, lengths, starts.values(), strict=True), start=1
        )
    )


def _own(track: Track, sheet: Sheet, entry: Entry) -> dict[str, Any]:
    """Return the fields in which a part differs from the others."""
    said = entry.said
    performers = _many(said, "PERFORMER") or _many(sheet.said, "PERFORMER")
    writers = _many(said, "SONGWRITER") or _many(said, "REM COMPOSER")
    own: dict[str, Any] = {
        "title": said.get("TITLE") or None,
        "artists": performers or track.artists,
        "track": entry.number or None,
        "isrc": said.get("ISRC") or None,
    }
    if writers:
        own["composers"] = writers
    gain = values.gain_db(_listed(said, "REM REPLAYGAIN_TRACK_GAIN"))
    if gain is not None:
        own["replaygain_track_gain_db"] = gain
    replaced = own.keys() if performers else own.keys() - {"artists"}
    own["raw"] = tuple(pair for pair in track.raw if pair[0] not in replaced)
    return own


def _shared(track: Track, sheet: Sheet) -> dict[str, Any]:
    """Return the fields in which all parts differ from the file."""
    said = sheet.said
    shared: dict[str, Any] = dict.fromkeys(_OF_ONE_RECORDING)
    shared |= {"track_total": sheet.total, "cue": None}
    date = values.date(_listed(said, "REM DATE"))
    disc, discs = values.number(_listed(said, "REM DISCNUMBER"))
    offered = {
        "album": said.get("TITLE") or None,
        "album_artists": _many(said, "PERFORMER"),
        "genres": values.genres(_listed(said, "REM GENRE")),
        "composers": _many(said, "SONGWRITER") or _many(said, "REM COMPOSER"),
        "disc": disc,
        "disc_total": discs or values.number(_listed(said, "REM TOTALDISCS"))[0],
        "replaygain_album_gain_db": values.gain_db(_listed(said, "REM REPLAYGAIN_ALBUM_GAIN")),
    }
    if track.date is None and date is not None:
        shared |= {"date": date, "year": int(date[:4])}
    for name, value in offered.items():
        if value and not getattr(track, name):
            shared[name] = value
    return shared


def _listed(said: dict[str, str], word: str) -> list[str]:
    return [said[word]] if word in said else []


def _many(said: dict[str, str], word: str) -> tuple[str, ...]:
    return values.many(_listed(said, word))
