"""What the table of the console claims, and the terminal that it reads the screen with."""

import argparse

import pytest

from benchmarks import bench_console
from benchmarks.painted import Painted
from benchmarks.versus import consoles

IDLE = {"bytes_per_s": 0.0, "cpu_percent": 0.3, "wakes_per_s": 10.0, "pss_mib": 40.0}
ROUNDS = {
    "paint ours": [{"ms": 350.0, "cpu_ms": 300.0}] * 3,
    "paint hello": [{"ms": 200.0, "cpu_ms": 200.0}] * 3,
    "verbs": [{"modules": 0}],
    "idle ours": [IDLE] * 3,
    "idle hello": [IDLE] * 3,
    "live": [{"bytes_per_s": 5 * 1024.0}],
    "calm": [{"bytes_per_s": 5 * 1024.0}],
    "keys": [{"keys": 60, "p95_ms": 20.0, "p99_ms": 50.0}],
    "list": [{"ms": 150.0, "pss_mib": 100.0}],
    "stall": [{"reading_ms": 60.0, "stalled_ms": 50.0, "lines_wrong": 0}],
    "speed": [{"console_per_s": 97.0, "headless_per_s": 100.0}],
    "screen dash 80x24": [{"ok": True}],
    "screen dash 60x16": [{"ok": True}],
    "screen small": [{"ok": True, "lines": 1}],
}


def test_bounds_hold_exactly_at_the_bound():
    """Each line of the table holds up to the figure that is promised."""
    found = bench_console.bars(ROUNDS, {}, {})
    wanted = [bar for bar in found if bar.want]
    assert [bar.what for bar in wanted if not bar.holds] == []
    assert len(wanted) == 16


@pytest.mark.parametrize(
    ("name", "key", "value", "short"),
    [
        ("paint ours", "ms", 350.1, "first paint, after"),
        ("verbs", "modules", 1, "modules of Textual"),
        ("idle ours", "bytes_per_s", 0.1, "idle, to the terminal"),
        ("idle ours", "cpu_percent", 0.31, "idle, processor"),
        ("live", "bytes_per_s", 5121.0, "8 slots at 80x24, a scan"),
        ("calm", "bytes_per_s", 5121.0, "8 slots at 80x24, another"),
        ("keys", "p95_ms", 20.1, "key to paint"),
        ("keys", "p99_ms", 50.1, "key to paint"),
        ("list", "ms", 150.1, "100,000 jobs listed"),
        ("list", "pss_mib", 100.1, "the same, above"),
        ("stall", "stalled_ms", 50.1, "terminal that does not read"),
        ("stall", "lines_wrong", 1, "lines that are wrong"),
        ("speed", "console_per_s", 96.9, "scan with the console open"),
        ("screen dash 80x24", "ok", False, "screens whole at 80x24"),
        ("screen small", "ok", False, "below 60x16"),
    ],
)
def test_each_budget_can_fall_short(name, key, value, short):
    """A figure just beyond its bound is called by name."""
    worse = [figures | {key: value} for figures in ROUNDS[name]]
    found = bench_console.bars(ROUNDS | {name: worse}, {}, {})
    assert [bar.what for bar in found if bar.holds is False and bar.what.startswith(short)]


def test_what_is_missing_and_what_is_our_fault():
    """A program that cannot be had costs nothing; a part that ours did not survive does."""
    missing = bench_console.bars({}, {"harlequin": "no network"}, {})
    assert missing[0].measured == "left out: no network"
    assert missing[0].holds is None
    assert bench_console.bars({}, {}, {"stall": "no batch"})[0].holds is False
    few = bench_console.bars({"keys": [{"keys": 59, "p95_ms": 1.0, "p99_ms": 1.0}]}, {}, {})
    assert {bar.holds for bar in few} == {None}


def test_only_known_parts_are_measured():
    """A part that does not exist is told before anything is measured."""
    parser = argparse.ArgumentParser()
    bench_console.add_options(parser)
    assert parser.parse_args(["--only", "paint,keys"]).only == ["paint", "keys"]
    with pytest.raises(SystemExit):
        parser.parse_args(["--only", "paint,speeed"])


def test_the_longest_gap_is_that_of_its_stretch():
    """Gaps before and after do not count; a loop that stood still all the while is told."""
    beats = [(1.0, 900.0), (2.0, 10.0), (3.0, 20.0), (4.0, 900.0)]
    assert consoles.longest(beats, 1.0, 3.5) == 20.0
    with pytest.raises(consoles.FaultError, match="stood still"):
        consoles.longest(beats, 4.0, 9.0)


def painted(*chunks, rows=3, columns=8):
    """Return a screen that was sent some bytes."""
    screen = Painted(rows, columns)
    for chunk in chunks:
        screen.feed(chunk)
    return screen


def test_text_stands_where_the_cursor_was_put():
    """Colours and modes leave no trace; wide signs take two cells, combining ones none."""
    screen = painted(
        b"\x1b[?1049h\x1b[2;3H\x1b[1;31mab\x1b[0m\x1b[?25l\x1b[3;1H\xe9\x9f\xb3|e\xcc\x81|"
    )
    assert screen.lines == ["", "  ab", "\u97f3|e\u0301|"]
    assert screen.strange == screen.spilled == []


def test_a_sequence_may_come_in_two_parts():
    """What is cut in the middle waits for the rest, letters of several bytes too."""
    assert painted(b"a\x1b[2", b";1Hb\xe9", b"\x9f\xb3").lines == ["a", "b\u97f3", ""]


@pytest.mark.parametrize(
    "bad", ["\x1b]0;x\x07", "\x1b[2J", "\x1bc", "\x9b31m", "\x07", "\x1b[6;1R"]
)
def test_what_no_frame_has_is_strange(bad):
    """Whatever would command the terminal and is not ours is listed."""
    assert painted(f"a{bad}b".encode()).strange


def test_what_runs_over_the_edge_is_told():
    """A line that is longer than the screen is a fault of whoever sent it."""
    assert painted(b"\x1b[1;5Habcd").spilled == []
    assert painted(b"\x1b[1;5Habcde").spilled == [(0, "e")]
    assert painted(b"\x1b[1;8H\xe9\x9f\xb3").spilled
