"""Music libraries to measure with: made ones, copies by hard links, and full-size files."""

import contextlib
import math
import os
import random
import shutil
import struct
import subprocess
import uuid
import wave
from array import array
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files as resources
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.versus.environment import MissingError
from soniq_tui.importers.music.words import SUFFIXES

MIB = 1024 * 1024
SECONDS = 240
"""How long full-size files play."""
TRACKS = 10
"""Per made album."""
RATE_HZ = 44_100
COVER_BYTES = 150_000
ENCODERS = {
    "mp3": ("lame", "--quiet", "-b", "192", "{wav}", "{out}"),
    "v2.mp3": ("lame", "--quiet", "-V", "2", "{wav}", "{out}"),
    "flac": ("flac", "--silent", "-5", "-o", "{out}", "{wav}"),
    "m4a": ("ffmpeg", "-loglevel", "error", "-i", "{wav}", "-c:a", "aac", "-b:a", "192k", "{out}"),
    "ogg": ("oggenc", "-Q", "-q", "5", "-o", "{out}", "{wav}"),
    "opus": ("opusenc", "--quiet", "--bitrate", "128", "{wav}", "{out}"),
}
"""Of which ending, and how; the WAV file to read and the file to write are filled in."""
SHARES = {"mp3": 26, "v2.mp3": 26, "flac": 24, "m4a": 12, "ogg": 6, "opus": 6}
"""So many of 100 albums; an encoder that is missing leaves its share to the others."""


def music_folder(given: Path) -> Path:
    """Return where the music lies: ``lib`` where a manifest lies beside it, else ``given``."""
    made = (given / "manifest.jsonl").exists() and (given / "lib").is_dir()
    return given / "lib" if made else given


def audio_files(library: Path) -> list[bytes]:
    """Return the full paths of what looks like music, ordered as a walk meets it."""
    return [path for path in _walk(os.fsencode(library)) if _is_music(path)]


def read_all(library: Path) -> None:
    """Read every file once, so that nobody who is timed waits for the disk."""
    buffer = bytearray(MIB)
    seen: set[int] = set()
    for path in _walk(os.fsencode(library)):
        with contextlib.suppress(OSError), open(path, "rb", 0) as file:  # noqa: PTH123
            info = os.fstat(file.fileno())
            if info.st_nlink > 1:
                if info.st_ino in seen:
                    continue
                seen.add(info.st_ino)
            while file.readinto(buffer):
                pass


def link(source: Path, folder: Path, files: int) -> None:
    """Make a library of ``files`` music files by hard links to those of another, several times.

    What lies beside the music comes along.
    """
    paths = [os.fsdecode(path) for path in _walk(os.fsencode(source))]
    if not any(_is_music(os.fsencode(path)) for path in paths):
        raise MissingError(f"there is no music in {source}")
    left = files
    for number in count(1):
        for path in paths:
            target = folder / f"copy-{number:04}" / Path(path).relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target, follow_symlinks=False)
            except OSError as exc:
                raise MissingError(f"{source} cannot be linked here: {exc.strerror}") from exc
            left -= _is_music(os.fsencode(path))
            if not left:
                return


def full_size(folder: Path, files: int, *, covers: int = 2, endings: tuple[str, ...] = ()) -> None:
    """Make files of 4 minutes with tags of their own, from one encoded master of each format.

    Args:
        folder: to be made.
        files: how many.
        covers: one album of so many has a picture in each of its files.
        endings: of ``ENCODERS``; empty: all that can be encoded here.

    Raises:
        MissingError: no encoder, or no room on the disk or in memory.
    """
    there = [e for e in endings or ENCODERS if shutil.which(ENCODERS[e][0])]
    if not there:
        raise MissingError("none of the encoders lame, flac, oggenc, opusenc and ffmpeg is here")
    folder.mkdir(parents=True)
    masters = folder / ".masters"
    masters.mkdir()
    try:
        encoded = _encode(masters, there)
        weights = [SHARES[ending] for ending in there]
        mean = sum(SHARES[e] * len(encoded[e]) for e in there) // sum(weights)
        _check_room(folder, files * mean)
        rng = random.Random(1)
        for album in range(math.ceil(files / TRACKS)):
            ending = there[album] if album < len(there) else rng.choices(there, weights)[0]
            cover = _picture(rng) if album % covers == 0 else b""
            place = folder / f"Artist {album // 4:03}" / f"Album {album:03}"
            place.mkdir(parents=True)
            for track in range(1, min(TRACKS, files - album * TRACKS) + 1):
                path = place / f"{track:02} - Title {album} {track}.{ending.rpartition('.')[2]}"
                path.write_bytes(_tagged(encoded[ending], rng, album, track, cover))
    finally:
        shutil.rmtree(masters)


def _walk(folder: bytes) -> Iterator[bytes]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            with contextlib.suppress(PermissionError):
                yield from _walk(entry.path)
        elif entry.is_file(follow_symlinks=False):
            yield entry.path


def _is_music(path: bytes) -> bool:
    return b"." + path.rpartition(b".")[2].lower() in SUFFIXES


def _encode(folder: Path, endings: list[str]) -> dict[str, bytes]:
    """Return a file of each ending, all of the same sound and without tags."""
    wav = folder / "sound.wav"
    _sound(wav)

    def one(ending: str) -> bytes:
        out = folder / f"master.{ending}"
        words = [word.format(wav=wav, out=out) for word in ENCODERS[ending]]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode:
            raise MissingError(f"{words[0]} fails: {done.stderr.decode(errors='replace')[-200:]}")
        data = out.read_bytes()
        out.unlink()
        return data

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return dict(zip(endings, pool.map(one, endings), strict=True))


def _sound(path: Path) -> None:
    """Write a chord in noise, which packs about as well as music does; 5 s, again and again."""
    rng = random.Random(7)
    samples = array("h")
    for i in range(5 * RATE_HZ):
        t = 2 * math.pi * i / RATE_HZ
        tone = 7000 * math.sin(220 * t) + 4000 * math.sin(554.4 * t) + 2000 * math.sin(1760 * t)
        loud = 1500 * abs(math.sin(t / 5))
        samples.append(int(tone + rng.uniform(-loud, loud)))
        samples.append(int(tone * 0.8 + rng.uniform(-loud, loud)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        for _ in range(SECONDS // 5):
            file.writeframesraw(samples.tobytes())


def _check_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size * 1.5 > free:
        raise MissingError(f"it takes {size / 1e9:.1f} GB and {free / 1e9:.1f} GB are free")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if size > memory / 2:
        raise MissingError(f"{size / 1e9:.1f} GB do not stay in memory between two rounds")


def _picture(rng: random.Random) -> bytes:
    """Return a small JPEG made as large as covers are, by comments that nobody can pack."""
    front = resources("soniq_tui.importers.music").joinpath("masters", "front.jpg").read_bytes()
    comments = bytearray()
    while len(comments) < COVER_BYTES:
        comments += b"\xff\xfe" + struct.pack(">H", 50_002) + rng.randbytes(50_000)
    return front[:2] + comments + front[2:]


def _tagged(master: bytes, rng: random.Random, album: int, track: int, cover: bytes) -> bytes:
    import mutagen

    texts = {
        "title": f"Title {album} {track}",
        "artist": f"Artist {album // 4:03}",
        "albumartist": f"Artist {album // 4:03}",
        "album": f"Album {album:03}",
        "date": str(1960 + album % 60),
        "genre": ("Rock", "Jazz", "Folk")[album % 3],
        "tracknumber": f"{track}/{TRACKS}",
        "discnumber": "1/1",
        "musicbrainz_trackid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "musicbrainz_albumid": str(uuid.UUID(int=album, version=4)),
    }
    file = BytesIO(master)
    audio: Any = mutagen.File(file, easy=True)
    if audio.tags is None:
        audio.add_tags()
    audio.update(texts)
    file.seek(0)
    audio.save(file)
    if cover:
        file.seek(0)
        audio = mutagen.File(file)
        _add_cover(audio, cover)
        file.seek(0)
        audio.save(file)
    return file.getvalue()


def _add_cover(audio: Any, data: bytes) -> None:
    from mutagen.flac import Picture
    from mutagen.id3 import APIC, ID3
    from mutagen.mp4 import MP4Cover, MP4Tags

    picture = Picture()
    picture.type, picture.mime, picture.data = 3, "image/jpeg", data
    if isinstance(audio.tags, ID3):
        audio.tags.add(APIC(encoding=0, mime="image/jpeg", type=3, data=data))
    elif isinstance(audio.tags, MP4Tags):
        audio.tags["covr"] = [MP4Cover(data)]
    elif hasattr(audio, "add_picture"):
        audio.add_picture(picture)
    else:
        audio.tags["metadata_block_picture"] = b64encode(picture.write()).decode("ascii")
