"""Playlists as players read and write them: M3U in UTF-8; PLS is read, too. Pure.

A line is a path in the bytes of the disk, whatever they are. A path that cannot be a line (it holds
a line end, or begins like a comment) stands as a ``file://`` address, which mpd, VLC and mpv read.
For a track of a cue sheet VLC's options say where it begins and ends; other players play the file
from its beginning.
"""

import os
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

HEAD = b"#EXTM3U"
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_START = re.compile(rb"#EXTVLCOPT:\s*start-time\s*=\s*(\d{1,9}(?:\.\d{1,9})?)\s*")
_DRIVE = re.compile(rb"[A-Za-z]:[\\/]")
_SCHEME = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]{1,20})://")
_PLS = re.compile(rb"\s*\[playlist\]\s*(?:\Z|[\r\n])", re.IGNORECASE)
_FILE_OF_PLS = re.compile(rb"[ \t]*file(\d{1,9})[ \t]*=(.+)", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
_BOMS_16 = (b"\xff\xfe", b"\xfe\xff")


class Entry(NamedTuple):
    """One track to write."""

    path: bytes
    title: str
    artist: str = ""
    duration_s: float | None = None
    start_s: float | None = None
    """Where in the file a part begins; None: it is the whole file."""


class Line(NamedTuple):
    """One track that was read."""

    path: bytes
    """As the line has it; of a ``file://`` address its path."""
    start_s: float | None
    said: str
    """The line, for people."""
    foreign: bool = False
    """It is no path: an address of the net."""


def write(entries: Iterable[Entry], folder: bytes | None = None) -> bytes:
    """Return a file for players, with paths as seen from ``folder``, or absolute without one."""
    lines = [HEAD]
    for entry in entries:
        name = " - ".join(filter(None, (_safe(entry.artist), _safe(entry.title))))
        seconds = -1 if entry.duration_s is None else round(entry.duration_s)
        lines.append(f"#EXTINF:{seconds},{name}".encode("utf-8", "replace"))
        if entry.start_s is not None:
            lines.append(f"#EXTVLCOPT:start-time={entry.start_s:.3f}".encode())
            if entry.duration_s is not None:
                stop_s = entry.start_s + entry.duration_s
                lines.append(f"#EXTVLCOPT:stop-time={stop_s:.3f}".encode())
        lines.append(_line(entry.path, folder))
    return b"\n".join(lines) + b"\n"


def _safe(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip()


def _line(path: bytes, folder: bytes | None) -> bytes:
    told = path if folder is None else os.path.relpath(path, folder)
    if told.startswith(b"#") or _SCHEME.match(told):
        told = b"./" + told
    if re.search(rb"[\r\n]", told) or told != told.strip() or told.startswith(_BOM):
        return b"file://" + quote_from_bytes(path).encode()
    return told


def read(data: bytes) -> list[Line]:
    """Return the tracks of a file in M3U, M3U8 or PLS, in any of the forms that players write."""
    if data.startswith(_BOMS_16):  # what Windows calls Unicode
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    data = data.removeprefix(_BOM)
    lines = re.split(rb"[\r\n]+", data)
    if _PLS.match(data):
        files = [(int(each[1]), each[2]) for each in map(_FILE_OF_PLS.fullmatch, lines) if each]
        lines = [path for _, path in sorted(files, key=lambda file: file[0])]
    found: list[Line] = []
    start_s: float | None = None
    for line in lines:
        text = line.strip(b" \t")
        if not text:
            continue
        if text.startswith(b"#"):
            match = _START.fullmatch(text)
            start_s = float(match[1]) if match else start_s
            continue
        found.append(_read(text, start_s))
        start_s = None
    return found


def _read(text: bytes, start_s: float | None) -> Line:
    said = text.decode("utf-8", "backslashreplace")
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() == b"file":
        rest = text[scheme.end() :]
        path = unquote_to_bytes(rest if rest.startswith(b"/") else b"/" + rest.partition(b"/")[2])
        return Line(path, start_s, said)
    if scheme:
        return Line(text, start_s, said, foreign=True)
    return Line(text, start_s, said)


def meant(path: bytes) -> list[bytes]:
    """Return the paths that the one of a line may mean, the likeliest first.

    As it is; of Windows with its slashes turned; escaped as in an address, as VLC writes it.
    """
    windows = _DRIVE.match(path) or (b"\\" in path and b"/" not in path)
    turned = path.replace(b"\\", b"/") if windows else path
    return list(dict.fromkeys((path, turned, unquote_to_bytes(turned))))
