import random
import subprocess

import pytest

from soniq_tui.importers.music.demo import master
from tests.importers.music.differential import both
from tests.importers.music.mutants import mutant
from tests.importers.music.test_lanes_mutants import sources
from tests.importers.music.test_lanes_taggers import (
    COVER,
    KID3,
    LARGE,
    TAGS,
    agreed,
    needs,
    run,
    source,
)

NAMES = ("mp3", "mp3vbr", "wv", "mpc", "ape", "wav", "aiff", "dsf")
"""Masters of the formats whose lanes are held against mutagen here."""
LAME = {
    "constant": ["-b", "128"],
    "constant, without a first frame of its own": ["-b", "128", "-t"],
    "largest": ["-b", "320"],
    "variable": ["-V", "2"],
    "variable, old": ["-V", "4", "--vbr-old"],
    "average": ["--abr", "160"],
    "mono": ["-m", "m", "-b", "64"],
    "low rates": ["--resample", "22.05", "-b", "32", "-t"],
    "lowest rates": ["--resample", "8", "-b", "8"],
    "free format": ["--freeformat", "-b", "400"],
    "checksums": ["-p", "-b", "128", "-t"],
}
WORDS = ["--tt", "Blåbär", "--ta", "Anna", "--tl", "Album", "--ty", "2004", "--tn", "3/12"]
VERSIONS = {
    "ID3v2": ["--id3v2-only", *WORDS, "--tg", "Jazz"],
    "ID3v2, UTF-16": ["--id3v2-only", "--id3v2-utf16", *WORDS, "--tg", "17"],
    "ID3v1": ["--id3v1-only", *WORDS, "--tg", "17"],
    "both": ["--add-id3v2", *WORDS, "--tc", "a comment", "--tv", "TXXX=ALBUMVERSION=Deluxe"],
    "spaces": ["--space-id3v1", "--add-id3v2", *WORDS],
    "cover": ["--ti", "cover.jpg", *WORDS],
    "none": [],
}
EYED3 = {
    "2.3": ["--to-v2.3", "-t", "Blåbär", "-a", "Anna", "-n", "3", "-N", "12", "-Y", "2004"],
    "2.4": ["--to-v2.4", "-t", "Blåbär", "-G", "Jazz", "--release-date", "2004-05-12"],
    "1.1": ["--to-v1.1", "-t", "Blåbär", "-G", "Jazz"],
    "cover": ["--to-v2.4", "--add-image", "cover.jpg:FRONT_COVER", "--text-frame", "TCMP:1"],
    "covers": [
        *["--to-v2.3", "--add-image", "large.jpg:BACK_COVER:behind"],
        *["--add-image", "cover.jpg:FRONT_COVER:Ω"],
    ],
    "own frames": [
        *["--to-v2.4", "--user-text-frame", "MusicBrainz Album Id:x-y", "--bpm", "128"],
        *["--unique-file-id", "http\\://musicbrainz.org:a-b", "--add-comment", "no"],
        *["--add-lyrics", "lyrics.txt", "--orig-release-date", "1971", "--composer", "Clara"],
    ],
}
FFMPEG = {
    "v3.mp3": ["-c:a", "libmp3lame", "-id3v2_version", "3"],
    "v4.mp3": ["-c:a", "libmp3lame", "-id3v2_version", "4", "-q:a", "2"],
    "v1.mp3": ["-c:a", "libmp3lame", "-id3v2_version", "0", "-write_id3v1", "1"],
    "both.mp3": ["-c:a", "libmp3lame", "-write_id3v1", "1", "-b:a", "320k"],
    "bare.mp3": ["-c:a", "libmp3lame", "-write_xing", "0", "-ac", "1"],
    "ape.mp3": ["-c:a", "libmp3lame", "-write_apetag", "1"],
    "a.mp2": ["-c:a", "mp2"],
    "a.wav": ["-c:a", "pcm_s16le"],
    "24.wav": ["-c:a", "pcm_s24le", "-ar", "96000"],
    "float.wav": ["-c:a", "pcm_f32le", "-ac", "1"],
    "alaw.wav": ["-c:a", "pcm_alaw", "-ar", "8000", "-bitexact"],
    "bext.wav": ["-c:a", "pcm_s16le", "-write_bext", "1"],
    "a.aiff": ["-c:a", "pcm_s16be", "-write_id3v2", "1"],
    "none.aiff": ["-c:a", "pcm_s24be"],
    "a.wv": ["-c:a", "wavpack"],
    "24.wv": ["-c:a", "wavpack", "-sample_fmt", "s32p", "-ac", "1"],
}


@pytest.fixture
def pictures(tmp_path):
    (tmp_path / "cover.jpg").write_bytes(COVER.read_bytes())
    (tmp_path / "large.jpg").write_bytes(LARGE)
    (tmp_path / "lyrics.txt").write_text("one\ntwo\n", encoding="utf-8")
    source(tmp_path, "wav")
    return tmp_path


@needs("lame")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sound", LAME)
def test_lame(pictures, sound, version):
    """What LAME writes is read by the lane, but for sound of free format."""
    run(pictures, "lame", "--quiet", *LAME[sound], *VERSIONS[version], "wav.wav", "x.mp3")
    agreed(pictures / "x.mp3", taken=sound != "free format")


@needs("eyeD3")
@pytest.mark.parametrize("name", ["mp3", "mp3vbr"])
@pytest.mark.parametrize("version", EYED3)
def test_eyed3(pictures, version, name):
    """What eyeD3 writes is read as mutagen reads it."""
    path = source(pictures, name, "mp3")
    run(pictures, "eyeD3", "-Q", *EYED3[version], path.name)
    assert both(path).differing == {}


@needs("ffmpeg")
@pytest.mark.parametrize("name", FFMPEG)
def test_ffmpeg(pictures, name):
    """What ffmpeg writes is read by the lanes."""
    tags = [word for pair in TAGS.items() for word in ("-metadata", "=".join(pair))]
    words = ["ffmpeg", "-v", "error", "-i", "wav.wav", *tags, *FFMPEG[name], name]
    run(pictures, *words)
    agreed(pictures / name)


@needs("ffmpeg")
@pytest.mark.parametrize("version", ["3", "4"])
def test_ffmpeg_with_a_cover(pictures, version):
    """The key of a cover that ffmpeg has put in is that of mutagen's."""
    words = ["-i", "wav.wav", "-i", "large.jpg", "-map", "0", "-map", "1", "-c:v", "copy"]
    run(pictures, "ffmpeg", "-v", "error", *words, "-id3v2_version", version, "x.mp3")
    assert agreed(pictures / "x.mp3")["cover"].mime == "image/jpeg"


@needs("kid3-cli")
@pytest.mark.parametrize("tag", ["2", "12"])
@pytest.mark.parametrize("name", NAMES)
def test_kid3(pictures, name, tag):
    """What Kid3 writes with TagLib is read as mutagen reads it."""
    path = source(pictures, name, {"mp3vbr": "mp3"}.get(name, name))
    words = [word for each in KID3 for word in ("-c", f"{each} {tag}")]
    run(pictures, "kid3-cli", *words, "-c", f"set picture:'cover.jpg' 'x' {tag}", path.name)
    assert both(path).differing == {}


@needs("wavpack")
def test_wavpack(pictures):
    """What wavpack writes is read by the lane."""
    tags = ["-w", "Title=Blåbär", "-w", "Artist=Anna", "-w", "Track=3/12"]
    run(pictures, "wavpack", "-q", *tags, "wav.wav", "-o", "x.wv")
    cover = ["--write-binary-tag", "Cover Art (Front)=@large.jpg"]
    subprocess.run(["wvtag", "-q", *cover, "x.wv"], cwd=pictures, check=False)
    assert agreed(pictures / "x.wv")["title"] == "Blåbär"


@pytest.mark.parametrize("name", NAMES)
def test_tagged_files_are_taken(tmp_path, name):
    """A file as mutagen tags it is read by its lane, every field as mutagen has it."""
    for data in (*sources(name), master(name)):
        path = tmp_path / "x"
        path.write_bytes(data)
        found = both(path)
        assert found.lane == found.mutagen


@pytest.mark.parametrize("name", NAMES)
def test_damaged_files(tmp_path, name):
    """However a file is damaged or put together, its lane says what mutagen says, or gives up."""
    rng = random.Random(name)
    path = tmp_path / f"x.{name}"
    taken = 0
    for _ in range(300):
        path.write_bytes(mutant(rng, rng.choice(sources(name)), path.suffix) or b"-")
        found = both(path)
        assert found.differing == {}
        taken += found.lane is not None
    assert taken > 30
