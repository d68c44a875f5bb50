"""Names of other families of tags, as ffmpeg carries them over when it converts."""

from io import BytesIO
from pathlib import Path

import mutagen
import pytest

from soniq_tui.importers.music.tags.names import CARRIED
from tests.importers.music.differential import both
from tests.importers.music.tagging import FAMILIES, WRITERS, master, read_bytes, tagged

FORMS = {"id3": "TXXX:{}", "mp4": "*{}"}
MEANT = {
    "date": ("1999-05-04", "1999-05-04"),
    "compilation": ("1", True),
    "track": ("3", 3),
    "disc": ("2/4", 2),
    "bpm": ("120", 120.0),
    "replaygain_track_gain_db": ("-7.00 dB", -7.0),
    "replaygain_album_gain_db": ("-6.00 dB", -6.0),
}
"""What is written, and what it means, where that is not the text itself, or a list of it."""
LISTS = {"album_artists", "musicbrainz_artist_ids", "musicbrainz_albumartist_ids"}
SAID = {
    name: MEANT.get(name, (name, (name,) if name in LISTS else name)) for name in (*CARRIED, *MEANT)
}
MOST = max(map(len, CARRIED.values()))


def carried(name: str, nth: int) -> bytes:
    """Return a master on which each field goes by its nth name, or its last one."""
    family = FAMILIES.get(name, "id3")
    file = BytesIO(master(name))
    parsed = mutagen.File(file)
    if parsed.tags is None:
        parsed.add_tags()
    for field, names in CARRIED.items():
        spelt = FORMS.get(family, "{}").format(names[min(nth, len(names) - 1)])
        WRITERS[family](parsed.tags, spelt, [SAID[field][0]])
    file.seek(0)
    parsed.save(file)
    return file.getvalue()


@pytest.mark.parametrize("nth", range(MOST))
@pytest.mark.parametrize("name", ["mp3", "flac", "opus", "m4a", "wma", "wv"])
def test_names_of_other_families(tmp_path: Path, name: str, nth: int) -> None:
    """Each counts where the family's own says nothing, in the quick lane as in mutagen."""
    data = carried(name, nth)
    found = read_bytes(tmp_path, data)
    wanted = {field: meant for field, (_, meant) in SAID.items()} | {"year": 1999}
    del wanted["original_date"]  # counts where there is no date
    assert {field: found[field] for field in wanted} == wanted
    assert not both(tmp_path / "file.bin").differing


def test_its_own_names_come_first(tmp_path: Path) -> None:
    """What a file says by names of its own family counts before those of another."""
    own = tagged("flac", {"isrc": ["own"], "lyrics": ["own"]})
    file = BytesIO(own)
    parsed = mutagen.File(file)
    parsed["TSRC"], parsed["lyrics-eng"] = "other", "other"
    file.seek(0)
    parsed.save(file)
    found = read_bytes(tmp_path, file.getvalue())
    assert (found["isrc"], found["lyrics"]) == ("own", "own")


def test_people_are_named_once(tmp_path: Path) -> None:
    """The artist of a WMA file from ffmpeg stands there twice."""
    data = tagged("wma", {"artists": ["Ada", "Ada", "Bob"], "composers": ["Cy", "Cy"]})
    found = read_bytes(tmp_path, data)
    assert (found["artists"], found["composers"]) == (("Ada", "Bob"), ("Cy",))
    assert not both(tmp_path / "file.bin").differing
