"""The masters and the demo library that is made of them."""

import os
import subprocess
import sys
import unicodedata
from collections import Counter
from importlib import import_module
from io import BytesIO
from pathlib import Path

import mutagen
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers.music import demo
from soniq_tui.importers.music.words import SUFFIXES, ScanOptions

CLASSES = {
    "mp3": ("mp3", "MP3"),
    "mp3vbr": ("mp3", "MP3"),
    "flac": ("flac", "FLAC"),
    "m4a": ("mp4", "MP4"),
    "alac": ("mp4", "MP4"),
    "ogg": ("oggvorbis", "OggVorbis"),
    "opus": ("oggopus", "OggOpus"),
    "wma": ("asf", "ASF"),
    "wav": ("wave", "WAVE"),
    "aiff": ("aiff", "AIFF"),
    "wv": ("wavpack", "WavPack"),
    "mpc": ("musepack", "Musepack"),
    "dsf": ("dsf", "DSF"),
    "ape": ("monkeysaudio", "MonkeysAudio"),
    "aac": ("aac", "AAC"),
    "tta": ("trueaudio", "TrueAudio"),
}
FILES = 400
FAULTS = len(range(demo.FAULT_EVERY // 2, FILES, demo.FAULT_EVERY))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Return a library of 400 files that no test changes."""
    folder = tmp_path_factory.mktemp("music") / "demo"
    demo.make_library(folder, FILES)
    return folder


def content(folder: Path) -> dict[bytes, bytes]:
    """Return all files below ``folder`` by their relative path."""
    return {
        os.fsencode(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def songs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if os.fsencode(path.suffix) in SUFFIXES)


def read(path: Path) -> mutagen.FileType | None:
    try:
        return mutagen.File(path)
    except mutagen.MutagenError:
        return None


@pytest.mark.parametrize("name", demo.MASTERS)
def test_master_is_real(name):
    """Every master is read by mutagen as what its name says, with a length and without tags."""
    module, kind = CLASSES[name]
    data = demo.master(name)
    audio = getattr(import_module(f"mutagen.{module}"), kind)(BytesIO(data))
    assert 0 < audio.info.length < 0.5
    assert not audio.tags
    assert len(data) < 12_000


def test_masters_are_small():
    """All masters and pictures together stay below 150 kB."""
    masters = Path(demo.__file__).with_name("masters")
    sizes = {path.name: path.stat().st_size for path in masters.iterdir()}
    assert sum(sizes.values()) < 150_000
    assert len(sizes) == len(demo.MASTERS) + len(("front.jpg", "back.png"))


def test_mp3_masters_differ():
    """One mp3 master has a header that tells its length and the other leaves it to be guessed."""
    mp3 = import_module("mutagen.mp3")
    assert mp3.MP3(BytesIO(demo.master("mp3vbr"))).info.bitrate_mode == mp3.BitrateMode.VBR
    assert mp3.MP3(BytesIO(demo.master("mp3"))).info.bitrate_mode == mp3.BitrateMode.UNKNOWN


def test_suffix():
    """Each master has an ending that the scan looks for, and an unknown name is a KeyError."""
    assert demo.suffix("alac") == ".m4a"
    assert {os.fsencode(demo.suffix(name)) for name in demo.MASTERS} <= SUFFIXES
    with pytest.raises(KeyError):
        demo.suffix("front")
    with pytest.raises(KeyError):
        demo.master("../demo")


def test_library_counts(library):
    """The library holds exactly as many songs as asked for, of all formats, in less than 8 MB."""
    found = songs(library)
    assert len(found) == FILES
    assert {path.suffix for path in found} == {demo.suffix(name) for name in demo.MASTERS}
    assert sum(len(data) for data in content(library).values()) < 8_000_000


def test_library_faults(library):
    """Just the files meant to be broken cannot be read, for several reasons."""
    broken = [path for path in songs(library) if read(path) is None]
    assert len(broken) == FAULTS
    heads = [path.read_bytes()[:6] for path in broken]
    assert {b"", b"<html>"} < set(heads)
    assert len(set(heads)) > 5


def test_library_tags(library):
    """Every sound file but bare AAC says who, what and where on the album."""
    audio = [(path, read(path)) for path in songs(library)]
    bare = {path.suffix for path, file in audio if file is not None and not file.tags}
    assert bare == {".aac"}
    for path in library.rglob("*.mp3"):
        if read(path) is not None:
            tags = mutagen.File(path, easy=True).tags
            assert set(tags) >= {"title", "artist", "album", "albumartist", "date", "genre"}
            assert path.name.startswith(f"{int(tags['tracknumber'][0].split('/')[0]):02} - ")


def test_library_variety(library):
    """The library has discs, compilations, both kinds of covers, ids and many scripts."""
    paths = [str(path.relative_to(library)) for path in songs(library)]
    assert any("/CD2/" in path for path in paths)
    assert any(path.startswith("Various Artists/") for path in paths)
    assert any("[Live]" in path for path in paths)
    assert any(path != unicodedata.normalize("NFC", path) for path in paths)
    names = "".join(path.partition("/")[0] for path in paths)
    scripts = Counter(unicodedata.name(letter).split()[0] for letter in names)
    assert {"LATIN", "CYRILLIC", "CJK", "ARABIC"} <= set(scripts)
    mp3s = [file for path in library.rglob("*.mp3") if (file := read(path)) is not None]
    assert any("/" in str(file["TPE1"].text[0]) for file in mp3s)
    assert 0 < sum("APIC:" in file for file in mp3s) < len(mp3s)
    assert 0 < sum("UFID:http://musicbrainz.org" in file for file in mp3s) < len(mp3s)
    folders = {path.parent for path in library.rglob("*.*")}
    assert 0 < len(list(library.rglob("folder.jpg"))) < len(folders)


def test_library_name_without_utf8(library, tmp_path):
    """One name is not UTF-8, on file systems that take such a name."""
    try:
        (tmp_path / "caf\udce9").touch()
    except (OSError, UnicodeError):
        expected = 0
    else:
        expected = 1
    assert sum(b"(caf\xe9)" in path for path in content(library)) == expected


def test_library_twice_is_a_no_op(tmp_path):
    """A folder that holds the library already, or a longer one, is left as it is."""
    demo.make_library(tmp_path, 30)
    song = songs(tmp_path)[0]
    song.unlink()
    demo.make_library(tmp_path, 30)
    demo.make_library(tmp_path, 20)
    assert not song.exists()


def test_library_left_unfinished(tmp_path):
    """A library that was cut short, or is too short, is made again and then is complete."""
    folder, whole = tmp_path / "a", tmp_path / "b"
    demo.make_library(folder, 20)
    songs(folder)[0].unlink()
    (folder / demo.MARKER).write_text(f"{demo.VERSION} 0\n")
    demo.make_library(folder, 30)
    demo.make_library(whole, 30)
    assert content(folder) == content(whole)


def test_library_refuses_foreign_folder(tmp_path):
    """A folder with something else in it is refused by name and stays untouched."""
    (tmp_path / "mine.mp3").write_bytes(b"mine")
    with pytest.raises(UsageError, match=tmp_path.name):
        demo.make_library(tmp_path)
    assert content(tmp_path) == {b"mine.mp3": b"mine"}


def test_library_refuses_file(tmp_path):
    """A path that is a file is refused by name."""
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(UsageError, match=r"file: cannot hold"):
        demo.make_library(file)


def test_library_is_deterministic(library, tmp_path):
    """Another process with other hashes makes the same names and the same bytes."""
    code = "import sys, pathlib, soniq_tui.importers.music.demo as d; "
    code += f"d.make_library(pathlib.Path(sys.argv[1]), {FILES}); "
    env = {**os.environ, "PYTHONHASHSEED": "4711"}
    subprocess.run([sys.executable, "-c", code, tmp_path / "b"], check=True, env=env)
    assert content(library) == content(tmp_path / "b")


def test_demo_returns_options(tmp_path):
    """The demo makes its library and returns the options that scan it."""
    assert demo.demo(tmp_path / "new" / "music") == ScanOptions(
        paths=(str(tmp_path / "new" / "music"),)
    )
    assert len(songs(tmp_path)) == FILES


def test_import_is_light():
    """To import the module does not import mutagen."""
    code = "import sys, soniq_tui.importers.music.demo; sys.exit('mutagen' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
