"""WAV files of more than 4 GB say what smaller ones say."""

import os
import struct
from pathlib import Path

import pytest

from soniq_tui.importers.music.tags import Unusable
from soniq_tui.importers.music.tags.read import read
from tests.importers.music.test_lane_riff import DATA, PCM, TAG, chunk, fmt, wav

ELSEWHERE = 0xFFFFFFFF
INFO = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"Name") + chunk(b"IART", b"Ada"))


def ds64(sound: int, *table: tuple[bytes, int]) -> bytes:
    sizes = struct.pack("<3QI", 0, sound, 0, len(table))
    return chunk(b"ds64", sizes + b"".join(struct.pack("<4sQ", *entry) for entry in table))


def rf64(*chunks: bytes, magic: bytes = b"RF64", sound: int = len(PCM)) -> bytes:
    return magic + struct.pack("<I", ELSEWHERE) + b"WAVE" + ds64(sound) + b"".join(chunks)


def read_(path: Path, data: bytes) -> dict[str, object]:
    path.write_bytes(data)
    return read(bytes(path), len(data))


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
@pytest.mark.parametrize(
    "chunks",
    [
        (fmt(), DATA, chunk(b"id3 ", TAG)),
        (fmt(0xFFFE, 1, 96_000, 3, 24, bytes(24)), INFO, DATA),
        (chunk(b"ID3 ", TAG), chunk(b"odd ", b"x"), fmt(6, 1, 8000, 1, 8), INFO, DATA),
        (fmt(), chunk(b"id3 ", b"no tag"), DATA),
    ],
)
def test_it_is_what_a_smaller_one_is(
    tmp_path: Path, magic: bytes, chunks: tuple[bytes, ...]
) -> None:
    """A file beyond 4 GiB has the fields of the same one below."""
    large = tuple(DATA[:4] + b"\xff" * 4 + DATA[8:] if each == DATA else each for each in chunks)
    small = read_(tmp_path / "small.wav", wav(*chunks))
    assert small["duration_s"]
    found = read_(tmp_path / "large.wav", rf64(*large, magic=magic))
    cover, other = found.pop("cover"), small.pop("cover")
    assert found == small
    assert bool(cover) == bool(other)


def test_more_than_32_bits_can_tell(tmp_path: Path) -> None:
    """What is behind five gigabytes of sound is found, and how long that is."""
    path, sound = tmp_path / "five.wav", 5 * 10**9
    head = rf64(fmt(), b"data" + b"\xff" * 4, sound=sound)
    with path.open("wb") as file:
        file.write(head)
        file.seek(len(head) + sound)
        file.write(chunk(b"id3 ", TAG))
    found = read(bytes(path), path.stat().st_size)
    os.truncate(path, 0)
    assert found["title"] == "T"
    assert found["duration_s"] == sound / 4 / 44_100


def test_sizes_of_other_chunks(tmp_path: Path) -> None:
    """Of these there is a table; of a size that nobody filled in the end of the file is the end."""
    large = chunk(b"id3 ", TAG, size=ELSEWHERE)
    head = b"RF64" + b"\xff" * 4 + b"WAVE" + ds64(0, (b"id3 ", len(TAG))) + large + fmt()
    found = read_(tmp_path / "x.wav", head + chunk(b"data", PCM, size=ELSEWHERE))
    assert found["title"] == "T"
    assert found["duration_s"] == len(PCM) / 4 / 44_100


@pytest.mark.parametrize("sound", [2**33, 2**62, 2**63, 2**64 - 1])
def test_a_size_that_no_file_has(tmp_path: Path, sound: int) -> None:
    """The sound is what there is, as in smaller files: nobody could seek behind it."""
    data = rf64(fmt(), b"data" + b"\xff" * 4 + PCM, sound=sound)
    assert read_(tmp_path / "x.wav", data)["duration_s"] == len(PCM) / 4 / 44_100


@pytest.mark.parametrize(
    "data",
    [
        rf64(),
        rf64(DATA),
        rf64(chunk(b"fmt ", b"short"), DATA),
        rf64(fmt())[:20],
        b"RF64" + b"\xff" * 4 + b"WAVE" + chunk(b"ds64", b"short") + fmt() + DATA,
        b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000") + bytes(100),
    ],
)
def test_what_cannot_be_read_says_so(tmp_path: Path, data: bytes) -> None:
    """What is cut or of another kind is refused with a reason."""
    with pytest.raises(Unusable, match=r"damaged|not read"):
        read_(tmp_path / "x.wav", data)
