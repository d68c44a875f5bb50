import shutil
import subprocess
from pathlib import Path

import pytest

from soniq_tui.importers.music.demo import master
from tests.importers.music.differential import both

COVER = Path(__file__).parents[3] / "soniq_tui" / "importers" / "music" / "masters" / "front.jpg"
LARGE = COVER.read_bytes() + bytes(range(256)) * 700
TAGS = {
    "title": "Blåbär 🎷",
    "artist": "Anna",
    "album": "An Album",
    "date": "2004-05-12",
    "genre": "Jazz",
    "composer": "Clara",
    "lyrics": "one\ntwo",
    "compilation": "1",
}
FFMPEG = {
    "a.flac": ["-c:a", "flac"],
    "a.m4a": ["-c:a", "aac"],
    "fast.m4a": ["-c:a", "aac", "-movflags", "+faststart"],
    "mono.m4a": ["-c:a", "aac", "-ac", "1", "-ar", "22050", "-b:a", "32k"],
    "alac.m4a": ["-c:a", "alac"],
    "alac24.m4a": ["-c:a", "alac", "-sample_fmt", "s32p", "-ar", "96000"],
    "mdta.m4a": ["-c:a", "aac", "-movflags", "+use_metadata_tags"],
    "fragments.m4a": ["-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"],
    "a.mp4": ["-c:a", "libmp3lame"],
    "ac3.m4a": ["-c:a", "ac3", "-f", "mp4"],
    "a.ogg": ["-c:a", "libvorbis"],
    "flac.ogg": ["-c:a", "flac"],
    "a.opus": ["-c:a", "libopus"],
    "short.opus": ["-c:a", "libopus", "-t", "0.01", "-page_duration", "1"],
    "a.wma": ["-c:a", "wmav2"],
    "v1.wma": ["-c:a", "wmav1", "-ac", "1"],
}
LEFT = {"fragments.m4a", "ac3.m4a", "flac.ogg"}
"""What is left to mutagen."""
OPTIONS = {
    "AtomicParsley": [
        [
            "--title",
            "Blåbär",
            "--artist",
            "Anna",
            "--album",
            "B",
            "--genre",
            "Jazz",
            "--bpm",
            "128",
        ],
        ["--genre", "My own", "--tracknum", "3/12", "--disk", "1/2", "--year", "2004-05-12"],
        ["--compilation", "true", "--advisory", "clean", "--lyrics", "one two", "--stik", "Normal"],
        ["--artwork", "COVER", "--artwork", "COVER", "--sortOrder", "artist", "Band, The"],
        ["--rDNSatom", "abc", "name=ARTISTS", "domain=com.apple.iTunes", "--comment", "no"],
        ["--albumArtist", "The Band", "--composer", "Clara", "--grouping", "g", "--gapless", "1"],
    ],
    "metaflac": [
        ["--set-tag=TITLE=Blåbär", "--set-tag=artist=Anna", "--set-tag=ARTIST=Ben"],
        ["--import-picture-from=COVER"],
        ["--import-picture-from=3||a description||COVER", "--import-picture-from=4||||COVER"],
        ["--add-seekpoint=10x", "--add-padding=9000"],
        ["--remove-all"],
        ["--remove-all", "--dont-use-padding"],
        ["--add-replay-gain"],
        ["--import-cuesheet-from=CUE"],
    ],
    "vorbiscomment": [
        ["-w", "-t", "TITLE=Blåbär", "-t", "artist=Anna", "-t", "Artist=Ben"],
        ["-a", "-t", "LYRICS=" + "la " * 40_000],
        ["-w", "-t", "METADATA_BLOCK_PICTURE=" + "AAAA" * 30_000],
    ],
}
SOURCES = {
    "AtomicParsley": ("m4a", "alac"),
    "metaflac": ("flac",),
    "vorbiscomment": ("ogg",),
}
KID3 = [
    "set title 'Blåbär 🎷'",
    "set artist 'Anna|Ben'",
    "set album 'An Album'",
    "set tracknumber '3/12'",
    "set date 2004",
    "set genre Jazz",
    "set albumartist 'The Band'",
    "set bpm 120",
]


def needs(tool):
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


def run(folder, *words):
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip(
            f"{words[0]} cannot do this here: {done.stderr[-200:].decode(errors='replace')}"
        )


def source(folder, name, suffix=""):
    path = folder / f"{name}.{suffix or name}"
    path.write_bytes(master(name))
    return path


def agreed(path, *, taken=True):
    found = both(path)
    assert found.differing == {}
    assert (found.lane is not None) == taken
    return found.lane


@pytest.fixture
def pictures(tmp_path):
    (tmp_path / "cover.jpg").write_bytes(COVER.read_bytes())
    (tmp_path / "large.jpg").write_bytes(LARGE)
    cue = 'FILE "x.wav" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n'
    (tmp_path / "x.cue").write_text(cue, encoding="utf-8")
    return tmp_path


@needs("ffmpeg")
@pytest.mark.parametrize("name", FFMPEG)
def test_ffmpeg(tmp_path, name):
    """What ffmpeg writes is read by the lanes as by mutagen, but for a few odd forms."""
    wav = source(tmp_path, "wav")
    tags = [word for pair in TAGS.items() for word in ("-metadata", "=".join(pair))]
    run(tmp_path, "ffmpeg", "-v", "error", "-i", wav, *tags, *FFMPEG[name], name)
    found = agreed(tmp_path / name, taken=name not in LEFT)
    assert found is None or name == "mdta.m4a" or found["title"] == TAGS["title"]


@needs("ffmpeg")
@pytest.mark.parametrize("name", ["a.flac", "a.m4a"])
def test_ffmpeg_with_a_cover(pictures, name):
    """The key of a cover that ffmpeg has put in is that of mutagen's."""
    wav = source(pictures, "wav")
    words = ["-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic"]
    run(pictures, "ffmpeg", "-v", "error", "-i", wav, "-i", "cover.jpg", *words, name)
    assert agreed(pictures / name)["cover"].length == COVER.stat().st_size


@pytest.mark.parametrize(
    ("tool", "number"),
    [
        pytest.param(tool, number, marks=needs(tool))
        for tool, rows in OPTIONS.items()
        for number in range(len(rows))
    ],
)
def test_taggers(pictures, tool, number):
    """What AtomicParsley, metaflac and vorbiscomment write is read by the lanes as by mutagen."""
    for name in SOURCES[tool]:
        path = source(pictures, name, "m4a" if name == "alac" else name)
        for cover in ("cover.jpg", "large.jpg"):
            words = [
                word.replace("COVER", cover).replace("CUE", "x.cue")
                for word in OPTIONS[tool][number]
            ]
            how = [path.name, *words, "--overWrite"] if tool == "AtomicParsley" else words
            run(pictures, tool, *how, *([] if tool == "AtomicParsley" else [path.name]))
            if "COVER" not in str(OPTIONS[tool][number]):
                break
        agreed(path)


@needs("flac")
@pytest.mark.parametrize("bits", ["--best", "--fast", "--seekpoint=100x", "--no-padding"])
def test_flac(pictures, bits):
    """What flac encodes is read by the lane as by mutagen."""
    wav = source(pictures, "wav")
    tags = [f"--tag={name}={value}" for name, value in TAGS.items()]
    run(pictures, "flac", "-s", bits, *tags, "--picture=large.jpg", "-o", "a.flac", wav)
    run(pictures, "flac", "-s", "--ogg", "-o", "a.oga", wav)
    assert agreed(pictures / "a.flac")["title"] == TAGS["title"]
    agreed(pictures / "a.oga", taken=False)


@needs("oggenc")
def test_oggenc(tmp_path):
    """What oggenc writes, with its pages of 64 KiB too, is read by the lane as by mutagen."""
    wav = source(tmp_path, "wav")
    words = ["-Q", "-q", "1", "-t", "Blåbär", "-a", "Anna", "-c", "lyrics=" + "la " * 40_000]
    run(tmp_path, "oggenc", *words, "-o", "a.ogg", wav)
    assert agreed(tmp_path / "a.ogg")["title"] == "Blåbär"


@needs("opusenc")
@pytest.mark.parametrize("cover", ["cover.jpg", "large.jpg"])
def test_opusenc(pictures, cover):
    """What opusenc writes, a cover over several pages too, is read by the lane as by mutagen."""
    wav = source(pictures, "wav")
    words = ["--quiet", "--title", "Blåbär", "--artist", "Anna", "--artist", "Ben"]
    run(pictures, "opusenc", *words, "--picture", cover, wav, "a.opus")
    found = agreed(pictures / "a.opus")
    assert found["artists"] == ("Anna", "Ben")
    assert found["cover"] is not None


@needs("kid3-cli")
@pytest.mark.parametrize("name", ["flac", "ogg", "opus", "m4a", "wma"])
def test_kid3(pictures, name):
    """What kid3 writes is read by the lanes as by mutagen."""
    path = source(pictures, name)
    for cover in ("cover.jpg", "large.jpg"):
        words = [word for line in KID3 for word in ("-c", line)]
        words += ["-c", f"set picture:{cover} 'front'"]
        run(pictures, "kid3-cli", *words, path.name)
        found = agreed(path)
    assert found["album"] == "An Album"
