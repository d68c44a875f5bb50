"""Files with an ID3v2 tag before them that is none of their own, and WAV files without sizes."""

from pathlib import Path

import pytest

from soniq_tui.importers.music.covers.source import _parsed
from soniq_tui.importers.music.demo import MASTERS
from tests.importers.music.differential import both
from tests.importers.music.tagging import read_bytes, tagged
from tests.importers.music.test_lane_id3 import JPEG, apic, tag, text
from tests.importers.music.test_lane_riff import PCM, chunk, fmt, info

OWN = {"mp3", "mp3vbr", "tta", "aac"}
"""What has such a tag there."""
FRONT = tag(text("TIT2", "Front"), text("TPE1", "Ada"), apic(JPEG))
SOUND = (
    "duration_s",
    "bitrate_kbps",
    "sample_rate_hz",
    "channels",
    "bits_per_sample",
    "codec",
    "container",
)


@pytest.mark.parametrize("fronts", [1, 2])
@pytest.mark.parametrize("name", sorted(set(MASTERS) - OWN))
def test_a_tag_in_front_fills_what_is_absent(tmp_path: Path, name: str, fronts: int) -> None:
    """All else is as it is without that tag."""
    data = tagged(name, {"title": ["Own"]})
    alone = read_bytes(tmp_path, data)
    found = read_bytes(tmp_path, FRONT * fronts + data)
    assert [found[field] for field in SOUND] == [alone[field] for field in SOUND]
    assert (found["title"], found["artists"]) == ("Own", ("Ada",))
    assert found["cover"].length == len(JPEG)
    assert not both(tmp_path / "file.bin").differing
    with (tmp_path / "file.bin").open("rb") as file:
        assert JPEG in list(_parsed(file))


@pytest.mark.parametrize("name", sorted(set(MASTERS) - OWN))
def test_pictures_behind_a_tag_in_front(tmp_path: Path, name: str) -> None:
    """They are found where they lie, also by who shows them."""
    path = tmp_path / "file.bin"
    path.write_bytes(tag(text("TPE1", "Ada")) + tagged(name, {"title": ["Own"]}, JPEG))
    with path.open("rb") as file:
        assert JPEG in list(_parsed(file))


@pytest.mark.parametrize("said", [0, len(PCM), 0xFFFFFFFF])
def test_wav_of_a_recorder_that_was_stopped(tmp_path: Path, said: int) -> None:
    """No size of the whole was filled in, and maybe none of the sound."""
    chunks = fmt() + info(INAM=b"Name") + chunk(b"data", PCM, size=said)
    found = read_bytes(tmp_path, b"RIFF" + bytes(4) + b"WAVE" + chunks)
    assert found["title"] == "Name"
    assert found["duration_s"] == len(PCM) / 4 / 44_100
    assert found["container"] == "wav"
