import random
from functools import cache

import pytest

from tests.importers.music.differential import both, both_of
from tests.importers.music.mutants import mutant
from tests.importers.music.tagging import tagged
from tests.importers.music.test_tags_round_trip import CASES

COVER = b"\xff\xd8\xff\xe0" + random.Random(7).randbytes(9000)
SUFFIXES = {
    "flac": ".flac",
    "ogg": ".ogg",
    "opus": ".opus",
    "m4a": ".m4a",
    "alac": ".m4a",
    "wma": ".wma",
}
FIELDS = {field: values for field, (values, _) in CASES.items()}


@cache
def sources(name):
    """Return files of a format: with all tags, with a few, with none."""
    few = {field: FIELDS[field] for field in ("title", "artists", "track", "date")}
    return [tagged(name, FIELDS, COVER), tagged(name, few, COVER[:900]), tagged(name, {})]


@pytest.mark.parametrize("name", SUFFIXES)
def test_tagged_files_are_taken(tmp_path, name):
    """A file as mutagen tags it is read by its lane, every field as mutagen has it."""
    for data in sources(name):
        found = both_of(tmp_path, data)
        assert found.lane == found.mutagen


@pytest.mark.parametrize("field", FIELDS)
def test_single_fields(tmp_path, field):
    """Each field by itself comes out of each lane as out of mutagen."""
    for name in SUFFIXES:
        found = both_of(tmp_path, tagged(name, {field: FIELDS[field]}))
        assert found.lane == found.mutagen


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", SUFFIXES)
def test_damaged_files(tmp_path, name, seed):
    """However a file is damaged or put together, its lane says what mutagen says, or gives up."""
    rng = random.Random(f"{name} {seed}")
    path = tmp_path / f"x{SUFFIXES[name]}"
    taken = 0
    for _ in range(150):
        path.write_bytes(mutant(rng, rng.choice(sources(name)), SUFFIXES[name]) or b"-")
        found = both(path)
        assert found.differing == {}
        taken += found.lane is not None
    assert taken > 15
