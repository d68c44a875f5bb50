"""Files of the library by the ends of their paths."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soniq_tui.importers.music.library import ends
from soniq_tui.importers.music.library.ends import Ends, parts_of

NAMES = st.sampled_from(["a", "b", "A", "a\0", "ab", "é", "e\u0301"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
FILES = st.lists(
    st.tuples(PATHS.map(str.encode), st.booleans()), max_size=12, unique_by=lambda f: f[0]
)


def compared(files: list[tuple[bytes, bool]], path: bytes) -> bytes | None:
    """Return the same by looking at each file."""
    wanted = parts_of(path)
    best: list[bytes] = []
    most = (0, False)
    for known, missing in files:
        common = 0
        for one, other in zip(parts_of(known), wanted, strict=False):
            if one != other:
                break
            common += 1
        if b"\0" not in known and common and (common, not missing) >= most:
            best = [*best, known] if (common, not missing) == most else [known]
            most = common, not missing
    return best[0] if len(best) == 1 else None


@given(FILES, PATHS)
@settings(max_examples=50)
def test_it_is_what_comparing_with_each_gives(files: list[tuple[bytes, bool]], path: str) -> None:
    """The longest end counts, then whether the file is there; two alike are none."""
    assert Ends(files).find(path.encode()) == compared(files, path.encode())


@pytest.mark.parametrize("name", ["CD1/01.mp3", "01.mp3", "Album 7/CD1/01.mp3"])
def test_many_of_one_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many files are called the same, a line is compared with two of them."""
    found = Ends((f"/m/Album {n}/CD1/01.mp3".encode(), n % 2) for n in range(500))
    seen: list[int] = []
    real = ends._common
    monkeypatch.setattr(ends, "_common", lambda *both: seen.append(1) or real(*both))
    there = found.find(f"D:/other/{name}".encode())
    assert there == (b"/m/Album 7/CD1/01.mp3" if "7" in name else None)
    assert len(seen) <= 2
