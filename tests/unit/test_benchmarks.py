"""What the comparisons with others claim, and when they say that they cannot tell."""

import argparse
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks import __main__, bench_celery, bench_music
from benchmarks.versus import environment, libraries, table
from benchmarks.versus.nothing import offer

OURS = {
    "rate": [{"jobs_per_s": 5000.0, "bytes_per_job": 600.0, "lag_p99_ms": 3.0}] * 3,
    "boot": [{"boot_s": 0.25}] * 3,
    "replaced": [{"median_ms": 9.0, "max_ms": 12.0, "kills": 20}],
    "queued": [{"idle_mib": 40.0, "queued_mib": 60.0}],
    "requeued": [{"queued_mib": 70.0, "running_s": 0.5}],
}


def theirs(tasks_per_s: float, boot_s: float) -> dict:
    rounds = [{"tasks_per_s": tasks_per_s, "boot_s": boot_s}] * 3
    return {"celery": rounds, "celery acks_late": rounds}


def report(bars: list[table.Bar]) -> table.Report:
    return table.Report(machine="m", peer="p", bars=bars, noise=[], figures={})


@pytest.mark.parametrize(("value", "holds"), [(9.9, True), (10.0, True), (10.1, False)])
def test_a_bound_itself_holds(value, holds):
    """A figure may be as large as its bound and no larger."""
    bar = table.at_most("lag", value, 10, "ms")
    assert bar.holds is holds
    assert report([bar]).fell_short is not holds


@pytest.mark.parametrize(
    ("tasks_per_s", "boot_s", "short"),
    [
        (1000, 1.0, set()),
        (1001, 1.0, {"no-op"}),
        (1000, 0.99, {"start"}),
        (9e9, 0.1, {"no-op", "start"}),
    ],
)
def test_celery_is_beaten_by_the_ratio_that_is_promised(tasks_per_s, boot_s, short):
    """Five times the jobs and a quarter of the start hold exactly at the ratio."""
    bars = bench_celery.bars(OURS | theirs(tasks_per_s, boot_s))
    assert {bar.what.split()[0] for bar in bars if bar.holds is False} == short


def test_rounds_are_compared_with_the_one_beside_them():
    """A machine that is slow for a while slows both, and the ratio stays."""
    figures = OURS | theirs(1000, 1.0)
    figures["rate"] = [figures["rate"][0] | {"jobs_per_s": r} for r in (6000.0, 1200.0, 6000.0)]
    slow = [{"tasks_per_s": r, "boot_s": 1.0} for r in (1000.0, 200.0, 1000.0)]
    bars = bench_celery.bars(figures | {"celery": slow})
    assert bars[0].measured == "6,000 to 1,000 per s, 6.0 x"


def test_without_celery_nothing_is_claimed():
    """What there is nothing to compare with neither holds nor fails."""
    bars = bench_celery.bars(OURS)
    assert [bar.holds for bar in bars[:2]] == [None, None]
    assert not report(bars).fell_short


def test_a_noisy_machine_is_named():
    """Others' work, stolen time and rounds that differ are each said; quiet says nothing."""
    quiet = table.Ticks(total=1000, busy=500, stolen=10, own=450)
    assert table.noise({"rate": [100.0, 110.0, 90.0]}, quiet) == []
    assert "others took 40%" in table.noise({}, quiet._replace(own=100))[0]
    assert "6% of the processor's time was stolen" in table.noise({}, quiet._replace(stolen=60))[0]
    assert "rate differs by 60%" in table.noise({"rate": [70.0, 130.0, 100.0]}, quiet)[0]


def test_own_work_is_not_others():
    """Time that a child of ours took counts as ours as soon as it has ended."""
    before = table.ticks()
    subprocess.run([sys.executable, "-c", "sum(range(5_000_000))"], check=True)
    took = table.ticks().since(before)
    assert 0 < took.own <= took.total


def test_the_table_is_for_people():
    """One line for each figure, with what is wanted and whether it holds."""
    lines = table.lines(report([table.at_most("lag", 20.0, 10, "ms")]))
    assert lines[-1].split() == ["lag", "<=", "10", "ms", "20.0", "ms", "NO"]


def test_what_pip_says_is_the_reason(tmp_path):
    """A peer that cannot be installed is left out with the last line of what went wrong."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho first >&2\necho no such package >&2\nexit 1\n")
    python.chmod(0o700)
    with pytest.raises(environment.MissingError, match="no such package"):
        environment.pip(python, "celery")


def test_our_side_runs_for_real(tmp_path):
    """A host of its own process starts, runs a job in a child and tells when it was committed."""
    env = offer(tmp_path / "offer")
    command = [sys.executable, "-m", "benchmarks.versus.ours", "boot", str(tmp_path / "data")]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, env=env, cwd=root, capture_output=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr.decode()
    assert msgspec.json.decode(done.stdout)["done_at_s"] > 0


def music(ratio: float, *others: float) -> list[dict[str, float]]:
    """Rounds of a comparison in which the peer took so many times as long as we."""
    counts = {"files": 100, "ours_indexed": 98, "theirs_indexed": 90}
    return [counts | {"ours_s": 0.5, "theirs_s": r * 0.5} for r in (ratio, *others)]


MUSIC = {
    "rescan": [{"files": 1000, "ours_s": 1.5, "walk_s": 1.0}],
    "read of MP3 files with covers": [
        {"ours_bytes": 25.0, "ours_calls": 4, "mutagen_bytes": 100.0, "mutagen_calls": 20}
    ],
    "memory": [
        {
            "few_files": 20_000,
            "few_pss_mib": 200.0,
            "many_files": 100_000,
            "many_pss_mib": 250.0,
            "many_report_mib": 300.0,
        }
    ],
    "console": [{"console_per_s": 95.0, "headless_per_s": 100.0}],
    "keys": [{"keys": 120, "p99_ms": 50.0}],
}


def test_music_bounds_hold_exactly_at_the_bound():
    """Each line of the table holds up to the figure that is promised."""
    peers = {name: music(least) for name, least in bench_music.WANTED.items()}
    bars = bench_music.bars(peers | MUSIC, {}, {})
    assert [bar.what for bar in bars if not bar.holds] == []
    assert len(bars) == len(peers) + len(MUSIC) + 1  # two lines on memory


@pytest.mark.parametrize(
    ("name", "key", "value", "short"),
    [
        ("rescan", "ours_s", 1.51, "unchanged rescan of 1,000, to a bare walk"),
        ("read of MP3 files with covers", "ours_bytes", 25.1, "read of MP3 files with covers"),
        ("memory", "many_pss_mib", 250.1, "memory of all processes, 100,000 files"),
        ("memory", "few_pss_mib", 199.9, "the same, to that of 20,000 files"),
        ("console", "console_per_s", 94.9, "scan with the console open, to headless"),
        ("keys", "p99_ms", 50.1, "key to paint during a scan, p99"),
    ],
)
def test_each_bound_of_the_music_scan_can_fall_short(name, key, value, short):
    """A figure just beyond its bound is called by name."""
    bars = bench_music.bars(MUSIC | {name: [MUSIC[name][0] | {key: value}]}, {}, {})
    assert any(bar.what.startswith(short) and not bar.holds for bar in bars)


def test_the_ratio_to_a_peer_is_the_median_of_the_rounds():
    """One turn that somebody disturbed decides nothing; files indexed by both are told."""
    (bar,) = bench_music.bars({"mpd": music(13.0, 2.0, 12.0)}, {}, {})
    assert bar.holds
    assert bar.measured == "200 to 17 files/s, 98 to 90 of 100 indexed, 12.0 x"


def test_full_size_files_have_the_same_bounds():
    """A comparison on files of 4 minutes is one of its own, and asks as much."""
    name = f"beets{bench_music.FULL_SIZE}"
    (bar,) = bench_music.bars({name: music(59.9)}, {}, {})
    assert (bar.what, bar.want, bar.holds) == ("scan, to beets, full size", ">= 60 x", False)


def test_a_peer_that_is_not_there_is_left_out_with_the_reason():
    """Nothing is claimed of a peer that is missing, and the rest counts as ever."""
    bars = bench_music.bars({"mpd": music(13)}, {"beets": "no such package"}, {})
    assert bars[1].measured == "left out: no such package"
    assert bars[1].want == ">= 60 x"
    assert not report(bars).fell_short


def test_a_fault_of_ours_is_no_excuse():
    """A part that our own scan did not survive falls short."""
    bars = bench_music.bars({}, {}, {"rescan": "the scan ended with 3"})
    assert report(bars).fell_short


def test_a_scan_that_ends_before_the_keys_proves_nothing():
    """One key in a hundred needs some that were pressed while the scan was at work."""
    bars = bench_music.bars({"keys": [{"keys": 59, "p99_ms": 1.0}]}, {}, {})
    assert bars[0].holds is None
    assert "over after 59 keys" in bars[0].measured


def test_the_table_can_be_pasted_into_the_documentation():
    """Markdown has the same lines; what cannot be told has no verdict."""
    bars = [table.at_most("lag", 20.0, 10, "ms"), table.left_out("a|b", ">= 2 x", "not here")]
    assert table.markdown(report(bars))[2:] == [
        "| lag | <= 10 ms | 20.0 ms | falls short |",
        "| a\\|b | >= 2 x | left out: not here | |",
    ]


def test_only_known_parts_are_measured():
    """A part that does not exist is told before anything is measured."""
    parser = argparse.ArgumentParser()
    bench_music.add_options(parser)
    assert parser.parse_args(["--only", "peers,bytes"]).only == ["peers", "bytes"]
    with pytest.raises(SystemExit):
        parser.parse_args(["--only", "peers,speed"])


def test_a_benchmark_without_options_takes_none():
    """What is meant for another benchmark is not silently left out."""
    assert __main__._options("celery", bench_celery, []) == []
    with pytest.raises(SystemExit):
        __main__._options("celery", bench_celery, ["--rounds", "1"])


def test_a_library_is_linked_often_enough(tmp_path):
    """A large library has exactly as many music files as asked, and what lies beside them."""
    album = tmp_path / "given" / "lib" / "Album"
    album.mkdir(parents=True)
    (tmp_path / "given" / "manifest.jsonl").touch()
    for name in ("1.mp3", "2.FLAC", "folder.jpg"):
        (album / name).write_bytes(b"x")
    source = libraries.music_folder(tmp_path / "given")
    assert source == tmp_path / "given" / "lib"
    libraries.link(source, tmp_path / "large", 5)
    assert len(libraries.audio_files(tmp_path / "large")) == 5
    assert len(list((tmp_path / "large").rglob("folder.jpg"))) == 2


def test_nothing_is_linked_from_a_folder_without_music(tmp_path):
    """It is told instead of linked for ever."""
    (tmp_path / "notes.txt").touch()
    with pytest.raises(environment.MissingError, match="no music"):
        libraries.link(tmp_path, tmp_path / "large", 5)
