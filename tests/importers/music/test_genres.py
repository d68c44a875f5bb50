"""One name for each genre."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.importers.music.genres import _NAMES, canonical


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("hip hop", "Hip-Hop"), ("HIPHOP", "Hip-Hop"), ("Hip-Hop", "Hip-Hop"), ("Rap", "Hip-Hop"),
        ("R&B", "R&B"), ("rnb", "R&B"), ("Rhythm and Blues", "R&B"), ("R'n'B", "R&B"),
        ("drum and bass", "Drum & Bass"), ("Drum & Bass", "Drum & Bass"), ("DnB", "Drum & Bass"),
        ("D&B", "Drum & Bass"), ("electronica", "Electronic"), ("rock'n'roll", "Rock & Roll"),
        ("Rock and Roll", "Rock & Roll"), ("Rock & Roll", "Rock & Roll"), ("OST", "Soundtrack"),
        ("musique concrete", "Musique Concrète"), ("  Post   Rock ", "Post-Rock"),
        ("foo  bar", "Foo Bar"), ("FOOBAR", "Foobar"), ("IDM", "IDM"), ("XYZ", "XYZ"),
        ("演歌", "演歌"), ("ß000", "Ss000"), ("", ""),
    ],
)  # fmt: skip
def test_spellings(spelt: str, name: str) -> None:
    """Spelled variants of a genre have one name; what is not known keeps its own."""
    assert canonical(spelt) == name


@given(st.text(max_size=30))
def test_a_name_is_its_own_name(text: str) -> None:
    """The name of a genre stays as it is when it is asked for again."""
    assert canonical(canonical(text)) == canonical(text)


def test_the_table_is_sound() -> None:
    """Each name of the table stands for itself."""
    assert {name: canonical(name) for name in _NAMES.values()} == {n: n for n in _NAMES.values()}
