"""A small real music library, made on the spot from tiny masters.

Everybody in it is invented. It holds what real libraries hold and demos like to leave out: several
scripts, square brackets, slashes in names, decomposed accents, discs, compilations, files without
tags, files that are broken, and a name that is not UTF-8. The same version makes the same bytes.

The masters are one encoded file per format, made by ``scripts/make_masters.py``.
"""

import itertools
import random
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from soniq_tui.errors import UsageError
from soniq_tui.importers.music.words import ScanOptions

VERSION = 1
"""Of the library that :func:`make_library` makes; to be raised with any change of its bytes."""
MARKER = ".soniq-demo"
"""The file that says that a folder holds a demo library: ``<version> <files>``, files 0 while it is
being made."""
VARIOUS = "Various Artists"
FAULT_EVERY = 47
"""One file in so many is broken."""

_COMMON = ("mp3", "mp3vbr", "flac", "m4a", "ogg", "opus")
_RARE = ("alac", "wma", "wav", "aiff", "wv", "mpc", "dsf", "ape", "aac", "tta")
MASTERS: tuple[str, ...] = _COMMON + _RARE
"""Names of the masters, one per format and way of encoding."""
_FILES = {"mp3vbr": "mp3vbr.mp3", "alac": "alac.m4a"}
"""Where the name is not the ending."""

_KEYS = {
    "title": ("TIT2", "\xa9nam", "Title", "Title"),
    "artist": ("TPE1", "\xa9ART", "Author", "Artist"),
    "albumartist": ("TPE2", "aART", "WM/AlbumArtist", "Album Artist"),
    "album": ("TALB", "\xa9alb", "WM/AlbumTitle", "Album"),
    "date": ("TDRC", "\xa9day", "WM/Year", "Year"),
    "genre": ("TCON", "\xa9gen", "WM/Genre", "Genre"),
    "tracknumber": ("TRCK", "trkn", "WM/TrackNumber", "Track"),
    "discnumber": ("TPOS", "disk", "WM/PartOfSet", "Disc"),
    "compilation": ("TCMP", "cpil", "WM/IsCompilation", "Compilation"),
}
"""Vorbis comment to ID3 frame, MP4 atom, ASF attribute and APEv2 item."""


class _Act(NamedTuple):
    name: str
    genre: str
    words: str
    """What its titles are made of."""
    space: str = " "


_ACTS = (
    _Act("The Copper Kettle Nine", "Folk", "Kettle Copper Harbour Lantern Slow Barley Hill Rope"),
    _Act("Los Ñandúes Lentos", "Canción", "Mañana Río Corazón Niebla Pingüino Añil Jamás Árbol"),
    _Act("Трамвай до Плутона", "Рок", "Снег Вокзал Звёзды Ёлка Кефир Ночь Радио Подъезд"),
    _Act("猫舌電鉄", "J-Pop", "終電 猫舌 改札 夜明け 雨 自販機 踏切 カレー", ""),
    _Act("قمر على السطوح", "طرب", "قمر ليل سطح بحر نعناع شباك موعد مطر"),
    _Act("OX/YD", "Industrial", "Rust/Dust Anode Flux Slag In/Out Weld Ingot 50/50"),
    _Act("[untuned]", "Noise", "[hiss] [hum] [/bold] Static [red] Detune Carrier [?]"),
    _Act("Die Zögerlichen Möwen", "Schlager", "Möwe Dünen Grüße Übermut Zögern Flöße Küste Öl"),
    _Act("Émile Brouillard & Fils", "Chanson", "Forêt Été Brûlé Façade Hôtel Noël Crème Œuvre"),
    _Act("Saxofon 🎷 Soup", "Jazz", "Ladle 🎷 Broth Simmer Blue Spoon Noodle Midnight"),
    _Act("Ångbåt Blåbär", "Ambient", "Å Ö Fjärd Dimma Blåbär Vår Mörker Sjö"),
    _Act("Mira Hollowfield Trio", "Jazz; Vocal", "Window Paper Rain Almost Tuesday Ink Moth Stair"),
)
_DECOMPOSED = "Die Zögerlichen Möwen"
"""The act whose paths are NFD, as an old Mac would have written them."""


class _Song(NamedTuple):
    path: str
    """Below the folder, with ``/``."""
    master: str
    texts: dict[str, list[str]]
    """By Vorbis comment."""
    ids: dict[str, str]
    """MusicBrainz ids by what they belong to; empty where nobody has looked them up."""
    cover: bool


def suffix(name: str) -> str:
    """Return the ending of files of the master ``name``, with its dot; KeyError if unknown."""
    return "." + _file_name(name).partition(".")[2]


def master(name: str) -> bytes:
    """Return the whole file of the master ``name``, which has no tags; KeyError if unknown."""
    return _stored(_file_name(name))


def demo(folder: Path) -> ScanOptions:
    """Make the library in ``folder`` and return the options that scan it."""
    make_library(folder)
    return ScanOptions(paths=(str(folder),))


def make_library(folder: Path, files: int = 400) -> None:
    """Make a library of ``files`` files in ``folder``; pictures come on top.

    Does nothing where ``folder`` already holds a library of this version with as many files; one
    that was left unfinished, or is smaller, or older, is made again in place.

    Raises:
        UsageError: ``folder`` cannot be made, or holds something else.
    """
    marker = folder / MARKER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not marker.exists() and any(folder.iterdir()):
            raise UsageError(
                f"{folder}: not empty and no demo library; name a new or an empty folder"
            )
        version, made = _read_marker(marker)
        if version == VERSION and made >= files:
            return
        # Before the first file: a library cut short must not look like somebody's own music.
        marker.write_text(f"{VERSION} 0\n", encoding="ascii")
    except OSError as exc:
        raise UsageError(
            f"{folder}: cannot hold the demo library ({exc.strerror}); name another folder"
        ) from exc
    album = folder
    for number, song in enumerate(itertools.islice(_songs(), files)):
        path = folder / song.path
        if path.parent != album:
            album = path.parent
            _open_album(album, number)
        if number % FAULT_EVERY == FAULT_EVERY // 2:
            ending, data = _fault(number // FAULT_EVERY)
            path.with_name(path.name.removesuffix(suffix(song.master)) + ending).write_bytes(data)
        elif number == FAULT_EVERY:
            _write_latin1(path, _render(song))
        else:
            path.write_bytes(_render(song))
    marker.write_text(f"{VERSION} {files}\n", encoding="ascii")


def _mutagen(name: str) -> Any:
    """Return a class of mutagen, which nobody has to import who only looks at this module."""
    module, _, kind = name.rpartition(".")
    return getattr(import_module(module), kind)


def _render(song: _Song) -> bytes:
    """Return the master of the song with the song's tags in it."""
    if song.master == "aac":  # bare ADTS has no place for tags: a scan has only the name
        return master("aac")
    file = BytesIO(master(song.master))
    audio = _mutagen("mutagen.File")(file)
    if audio.tags is None:
        audio.add_tags()
    options: dict[str, object] = {}
    picture = _own_picture(song.path.rpartition("/")[0]) if song.cover else b""
    if isinstance(audio.tags, _mutagen("mutagen.id3.ID3")):
        _tag_id3(audio.tags, song, picture)
        if song.master in {"mp3vbr", "wav"}:
            audio.tags.update_to_v23()
            options = {"v2_version": 3}
    elif isinstance(audio.tags, _mutagen("mutagen.mp4.MP4Tags")):
        _tag_mp4(audio.tags, song, picture)
    else:
        _tag_texts(audio.tags, song)
        if picture and song.master in {"flac", "ogg", "opus"}:
            _add_picture(audio, picture)
    file.seek(0)
    audio.save(file, **options)
    return file.getvalue()


def _tag_id3(tags: Any, song: _Song, picture: bytes) -> None:
    id3 = import_module("mutagen.id3")
    for word, texts in song.texts.items():
        tags.add(getattr(id3, _KEYS[word][0])(encoding=3, text=texts))
    for kind, value in song.ids.items():
        if kind == "Track":
            tags.add(id3.UFID(owner="http://musicbrainz.org", data=value.encode()))
        else:
            tags.add(id3.TXXX(encoding=3, desc=f"MusicBrainz {kind} Id", text=[value]))
    if picture:
        tags.add(id3.APIC(encoding=0, mime="image/jpeg", type=3, data=picture))


def _tag_mp4(tags: Any, song: _Song, picture: bytes) -> None:
    for word, texts in song.texts.items():
        pair = word in {"tracknumber", "discnumber"}
        tags[_KEYS[word][1]] = [tuple(map(int, texts[0].split("/")))] if pair else texts
    for kind, value in song.ids.items():
        tags[f"----:com.apple.iTunes:MusicBrainz {kind} Id"] = [value.encode()]
    if picture:
        tags["covr"] = [_mutagen("mutagen.mp4.MP4Cover")(picture)]


def _tag_texts(tags: Any, song: _Song) -> None:
    """Write Vorbis comments, ASF attributes or APEv2 items."""
    asf, ape = song.master == "wma", song.master in {"wv", "mpc", "ape"}
    for word, texts in song.texts.items():
        tags[_KEYS[word][2] if asf else _KEYS[word][3] if ape else word.upper()] = texts
    for kind, value in song.ids.items():
        plain = f"MUSICBRAINZ_{kind.replace(' ', '').upper()}ID"
        tags[f"MusicBrainz/{kind} Id" if asf else plain] = value


def _add_picture(audio: Any, data: bytes) -> None:
    picture = _mutagen("mutagen.flac.Picture")()
    picture.type, picture.mime, picture.data = 3, "image/jpeg", data
    if hasattr(audio, "add_picture"):
        audio.add_picture(picture)
    else:
        audio.tags["METADATA_BLOCK_PICTURE"] = b64encode(picture.write()).decode("ascii")


@cache
def _stored(file_name: str) -> bytes:
    from importlib.resources import files as resources

    return resources("soniq_tui.importers.music").joinpath("masters", file_name).read_bytes()


def _file_name(name: str) -> str:
    if name not in MASTERS:
        raise KeyError(name)
    return _FILES.get(name, f"{name}.{name}")


def _read_marker(marker: Path) -> tuple[int, int]:
    try:
        version, made = map(int, marker.read_text(encoding="ascii").split())
    except (FileNotFoundError, ValueError):
        return 0, 0
    return version, made


def _open_album(folder: Path, number: int) -> None:
    """Make a folder; every third or so gets a picture, every ninth a second one."""
    folder.mkdir(parents=True, exist_ok=True)
    if number % 3 == 0:
        (folder / "folder.jpg").write_bytes(_own_picture(folder.name))
    if number % 9 == 0:
        (folder / "back.png").write_bytes(_stored("back.png"))


def _own_picture(text: str) -> bytes:
    """Return the front cover with a comment in it, so that no two albums share a picture."""
    data, comment = _stored("front.jpg"), text.encode()
    return data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:]


def _write_latin1(path: Path, data: bytes) -> None:
    """Write under a name that is not UTF-8, or under ``path`` where the file system minds."""
    try:
        path.with_name(f"{path.stem} (caf\udce9){path.suffix}").write_bytes(data)
    except (OSError, UnicodeError):
        path.write_bytes(data)


def _fault(number: int) -> tuple[str, bytes]:
    """Return the ending and the bytes of broken file ``number``."""
    page = b"<html><head><title>404 Not Found</title></head><body></body></html>\n"
    faults = (
        (".mp3", page * 40),
        (".flac", b""),
        (".m4a", master("m4a")[:150]),
        (".ogg", master("ogg")[::-1]),
        (".flac", master("flac")[:30]),
        (".mp3", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(500)),
        (".wma", master("wma")[:40]),
        (".opus", master("opus")[1:]),
    )
    return faults[number % len(faults)]


def _songs() -> Iterator[_Song]:
    """Yield the songs of the library, without end: a longer library begins like a shorter one."""
    rng = random.Random(VERSION)  # noqa: S311  the same library every time, and no secret
    taken: set[str] = set()
    for number in itertools.count():
        act = _ACTS[number] if number < len(_ACTS) else rng.choice(_ACTS)
        # Each format once, then as they are met in the wild.
        fresh = number < len(MASTERS)
        name = MASTERS[number] if fresh else rng.choice(_COMMON if rng.randrange(4) else _RARE)
        album = _title(rng, act) + rng.choice(("", "", "", " [Live]", " (Deluxe Edition)"))
        artist = VARIOUS if number % 11 == 0 else act.name
        year = rng.randint(1958, 2025)
        folder = f"{_plain(artist)}/{year} - {_plain(album)}"
        if folder.casefold() in taken:
            folder = f"{folder} ({number})"
        taken.add(folder.casefold())
        texts = {"album": [album], "albumartist": [artist]}
        texts["date"] = [rng.choice((f"{year}", f"{year}", f"{year}-{rng.randint(1, 12):02}-01"))]
        if artist == VARIOUS:
            texts["compilation"] = ["1"]
        ids = rng.choice(({}, _ids({"Artist": act.name, "Album": folder, "Release Group": folder})))
        cover = rng.choice((True, False))
        discs = 2 if number % 8 == 1 else 1
        yield from _tracks(rng, _Song(folder, name, texts, ids, cover), act, discs)


def _tracks(rng: random.Random, album: _Song, act: _Act, discs: int) -> Iterator[_Song]:
    """Yield the songs of one album, which comes as a song without the words of a track."""
    tracks = rng.randint(5, 11)
    for disc, track in itertools.product(range(1, discs + 1), range(1, tracks + 1)):
        various = "compilation" in album.texts
        players = [rng.choice(_ACTS) if various else act]
        if rng.randrange(12) == 0:
            players.append(rng.choice(_ACTS))
        title = _title(rng, players[0]) + rng.choice(("", "", "", "", " [Live]", " (Demo)"))
        folder = f"{album.path}/CD{disc}" if discs > 1 else album.path
        path = f"{folder}/{track:02} - {_plain(title)}{suffix(album.master)}"
        if act.name == _DECOMPOSED:
            path = unicodedata.normalize("NFD", path)
        texts = album.texts | {
            "title": [title],
            "artist": [player.name for player in players],
            "genre": [players[0].genre],
            "tracknumber": [f"{track}/{tracks}"],
            "discnumber": [f"{disc}/{discs}"],
        }
        ids = album.ids and album.ids | _ids({"Artist": players[0].name, "Track": path})
        yield album._replace(path=path, texts=texts, ids=ids)


def _title(rng: random.Random, act: _Act) -> str:
    return act.space.join(rng.sample(act.words.split(), rng.randint(1, 3)))


def _plain(name: str) -> str:
    """Return ``name`` as taggers write it to disk."""
    return name.replace("/", "_").replace("?", "_")


def _ids(names: dict[str, str]) -> dict[str, str]:
    """Return ids of the kind that MusicBrainz uses, by what is named; equal names, equal ids."""
    from uuid import NAMESPACE_URL, uuid5

    return {
        kind: str(uuid5(NAMESPACE_URL, f"soniq-demo:{kind}:{name}")) for kind, name in names.items()
    }
