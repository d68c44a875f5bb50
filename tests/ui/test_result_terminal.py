"""What the screen of results costs on a real terminal: bytes for a key, a cover, for nothing."""

import pytest

from tests.ui.term import Term, plain

pytestmark = pytest.mark.timeout(60)
DOWN, TAB = "\x1b[B", "\t"
WIDE = {"rows": 40, "cols": 120}


def tracks(term):
    """Go to the list of 100,000 tracks."""
    assert term.until("/s")
    term.keys("4")
    assert term.until("genres")
    term.keys(TAB)
    assert term.until("Pastel Blues")
    term.keys(TAB)
    assert term.until("100,000")
    term.read(0.8)


def test_a_key_costs_two_rows():
    """Moving the cursor repaints the row it leaves and the one it comes to."""
    with Term("results") as term:
        tracks(term)
        for _ in range(5):
            term.keys(DOWN)
            assert 0 < len(term.read(0.15)) < 700


@pytest.mark.parametrize(
    ("colours", "most"), [("truecolor", 28_000), ("", 20_000)], ids=["truecolor", "256"]
)
def test_a_cover_is_painted_once(colours, most):
    """A whole screen with a cover has its bound; the cover is not sent again for the next track."""
    with Term("results", env={"COLORTERM": colours}, **WIDE) as term:
        tracks(term)
        assert "▀" in plain(term.all)
        term.keys(DOWN)
        assert len(term.read(0.8)) < 1200
        term.keys("i")
        shown = term.read(0.8)
        assert "▀" in plain(shown)
        assert len(shown) < most


def test_looking_at_results_costs_nothing_while_nothing_ends():
    """An idle list sends no byte."""
    with Term("results", **WIDE) as term:
        tracks(term)
        assert term.read(1.5) == b""


def test_looking_while_a_scan_runs_stays_within_its_bytes():
    """A scan that runs at four changes a second costs a list next to nothing."""
    with Term("results", env={"MOVE": "1"}, **WIDE) as term:
        tracks(term)
        assert len(term.read(3.0)) / 3.0 < 1024


def test_the_end_of_100_000_rows_is_near():
    """The last of 100,000 rows is in view within two frames or so."""
    with Term("results") as term:
        tracks(term)
        took = []
        for _ in range(5):
            term.keys("\x1b[F")
            took.append(term.until(" 100000 "))
            term.read(0.1)
            term.keys("\x1b[H")
            assert term.until("Trouble in Mind") is not None
            term.read(0.1)
        assert sorted(took)[2] < 0.2


def test_hostile_names_reach_no_terminal():
    """Control sequences in names are shown, never sent, in lists, details and copies."""
    with Term("results", **WIDE) as term:
        assert term.until("/s")
        for key in ("4", *[DOWN] * 5, "i", "\x1b", "y", DOWN, "\r", "\x1b", "/[b\r", "p", "\r"):
            term.keys(key)
            term.read(0.3)
        for bad in (b"\x1b]0;PWNED", b"\x1b[2J clear", b"\xc2\x9b31m", "\u202e".encode()):
            assert bad not in term.all
        assert "[Live]" in plain(term.all)
        assert term.process.poll() is None
