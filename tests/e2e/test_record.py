"""Recording, replaying and telling line by line, with real processes."""

import re
import signal
from pathlib import Path

from tests.e2e.command import SONIQ, Soniq
from tests.ui.term import Term

LINE = re.compile(r"\d\d:\d\d:\d\d \S.*")


def test_a_scan_is_told_and_recorded(soniq: Soniq, library: Path, tmp_path: Path) -> None:
    """``--plain`` says each change in a line; the recording tells the same, as does the screen."""
    file = tmp_path / "scan.rec"
    done = soniq.run("scan", library, "--plain", "--record", file)
    assert done.returncode == 1
    day, *lines = done.stdout.splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    told = [line for line in lines if LINE.fullmatch(line)]
    assert told[0].endswith(", started")
    assert told[-1].endswith("batch 1: done")
    failed = [line for line in told if " failed: " in line]
    report = soniq.run("export", "errors").stdout.splitlines()
    assert len(failed) == len(report) > 0
    assert all(re.search(r": \w+: .*; .+", line) for line in failed)
    assert "\x1b" not in done.stdout
    assert "\r" not in done.stdout
    assert "recorded 0:0" in done.stderr
    again = soniq.run("replay", file, "--plain")
    assert again.returncode == 0
    assert [line[9:] for line in again.stdout.splitlines()[1:] if " failed: " in line] == [
        line[9:] for line in failed
    ]
    assert again.stdout.splitlines()[-1].endswith("batch 1: done")
    with Term(argv=[*SONIQ, "replay", str(file)], env=soniq.env) as term:
        assert term.until("recording 0:0") is not None
        term.keys("q")
        assert term.ended() == 0


def test_a_recording_survives_kill_9(soniq: Soniq, many: Path, tmp_path: Path) -> None:
    """What was seen until then replays, and says that it was cut."""
    file = tmp_path / "cut.rec"
    assert soniq.run("hold", "insert").returncode == 0
    process = soniq.start("scan", many, "--headless", "--record", file)
    while ", started" not in soniq.run("replay", f"{file}.part", "--plain").stdout:
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    missing = soniq.run("replay", file, "--plain")
    assert missing.returncode == 2
    assert f"soniq-tui replay {file}.part" in missing.stderr
    done = soniq.run("replay", f"{file}.part", "--plain")
    assert (done.returncode, done.stderr) == (0, "the recording ends here: it was cut here\n")
    assert ", started" in done.stdout


def test_watching_what_runs_elsewhere(soniq: Soniq, many: Path, tmp_path: Path) -> None:
    """``watch`` begins no engine, tells of the one that runs, and its end ends nothing."""
    alone = soniq.run("watch")
    assert (alone.returncode, alone.stdout) == (3, "")
    assert "no engine runs" in alone.stderr
    assert not (soniq.data / "journal.db").exists()
    assert soniq.run("hold", "insert").returncode == 0
    soniq.start("scan", many, "--headless")
    soniq.wait_for(lambda now: any(b.items.total for b in now.batches))
    watching = soniq.start("watch", "1", "--record", tmp_path / "seen.rec")
    told = (watching.stdout.readline() for _ in range(8))  # what is held may be told of first
    assert any("batch 1: music" in line for line in told)
    second = soniq.start("watch", "1")
    second.stdout.readline()
    second.send_signal(signal.SIGINT)
    assert second.wait(10) == 130
    assert "the work goes on" in second.stderr.read()
    assert soniq.run("cancel", "1").returncode == 0
    output, errors = watching.communicate(timeout=20)
    assert watching.returncode == 4  # the batch was cancelled
    assert re.search(r"(batch 1|many\w*): cancelled", output)
    assert "recorded" in errors


def test_options_that_exclude_each_other(soniq: Soniq, library: Path) -> None:
    """Two ways of telling at once are refused, as is an option before the wrong word."""
    both = soniq.run("scan", library, "--plain", "--json")
    assert (both.returncode, both.stdout) == (2, "")
    assert "exclude each other" in both.stderr
    before = soniq.run("--plain", "status")
    assert before.returncode == 2
    assert "'status' has no --plain" in before.stderr
    there = soniq.home / "thesis.txt"
    there.write_text("x")
    refused = soniq.run("scan", library, "--record", there)
    assert refused.returncode == 2
    assert "left alone" in refused.stderr


def test_the_still_end_of_a_replay_costs_nothing(soniq: Soniq) -> None:
    """At its end, and while it stands still, a replay sends no byte."""
    file = Path(__file__).parents[1] / "data" / "recording_v1.rec"
    with Term(argv=[*SONIQ, "replay", str(file), "--speed", "64"], env=soniq.env) as term:
        assert term.until("ended") is not None
        term.read(6.0)  # what was flashed goes
        assert term.read(1.5) == b""
        term.keys("q")
        assert term.ended() == 0


def test_what_had_ended_before_is_no_news(soniq: Soniq, library: Path) -> None:
    """Watching an engine with nothing left to do says so and repeats no failure."""
    process = soniq.start("serve")
    soniq.wait_for(lambda now: now.engine.state == "running")
    assert soniq.run("scan", library, "--headless").returncode == 1
    watched = soniq.run("watch")
    assert (watched.returncode, watched.stdout) == (0, "nothing is left to do\n")
    one = soniq.run("watch", "1")
    assert one.returncode == 1
    assert one.stdout.count(" failed: ") == 1
    assert process.poll() is None
