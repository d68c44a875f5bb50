"""What scripts rely on: reports, exports, exit statuses, one clear line for what goes wrong."""

import csv
import io
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import tomllib
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from soniq_tui import __version__, cli
from soniq_tui.errors import PluginError
from soniq_tui.host import export
from soniq_tui.importers import registry
from soniq_tui.importers.base import Importer
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.settings import default_queues
from tests.e2e.command import MANY, ROOT, SONIQ, WAIT_S, Soniq, one_line
from tests.e2e.warm import WARM
from tests.leftovers import room_in_memory

COMMANDS = ("scan", "resume", "status", "export", "demo")
COUNTS = ("total", "done", "skipped", "failed")
TRACK = {
    "path": str, "title": str, "artists": list, "album": str, "album_artists": list, "track": int,
    "track_total": int, "disc": int, "disc_total": int, "date": str, "year": int, "genres": list,
    "composers": list, "compilation": bool, "duration_s": float, "bitrate_kbps": int,
    "sample_rate_hz": int, "channels": int, "bits_per_sample": int, "codec": str, "container": str,
    "musicbrainz_recording_id": str, "musicbrainz_album_id": str, "musicbrainz_artist_ids": list,
    "musicbrainz_albumartist_ids": list, "musicbrainz_releasegroup_id": str, "acoustid_id": str,
    "isrc": str, "bpm": float, "replaygain_track_gain_db": float,
    "replaygain_album_gain_db": float, "lyrics": str, "artist_sort": str,
    "album_artist_sort": str, "cover": dict, "size_bytes": int, "mtime_ns": int, "missing": bool,
    "path_bytes": str, "album_version": str, "musicbrainz_track_id": str, "part": int,
    "start_s": float, "raw": dict,
}  # fmt: skip


def counts(report: dict) -> tuple[int, ...]:
    """Return total, done, skipped and failed."""
    return tuple(report["items"][name] for name in COUNTS)


def refused(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    """Check that a command ended with one clear line on standard error and nothing else."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("soniq-tui: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


# ------------------------------------------------------------------ scan and what follows it


def test_scan_reports_every_field_of_the_contract(soniq: Soniq, library: Path) -> None:
    """The report has the contract's fields with their types, and its sums are right."""
    done = soniq.run("scan", library, "--headless", "--json")
    report = one_line(done.stdout)
    assert done.returncode == 1
    assert list(report) == [
        "batch", "importer", "label", "state", "items", "started_at", "duration_s", "items_per_s",
        "median_item_s", "success_rate", "peak_rss_mib", "slots", "errors",
        "failed_by_kind", "changes",
    ]  # fmt: skip
    assert (report["importer"], report["label"], report["state"]) == ("music", str(library), "done")
    assert isinstance(report["batch"], str)
    assert tuple(report["items"]) == COUNTS
    assert counts(report) == (60, 59, 0, 1)
    assert report["success_rate"] == round(59 / 60, 5)
    began = datetime.strptime(report["started_at"], "%Y-%m-%dT%H:%M:%S%z")
    assert abs(began.timestamp() - time.time()) < 60
    assert report["items_per_s"] == pytest.approx(60 / report["duration_s"], rel=0.02)
    assert 0 < report["median_item_s"] < report["duration_s"]
    assert report["peak_rss_mib"] > 20
    assert set(report["slots"]) == {"scan", "extract", "batch", "insert"}
    for use in report["slots"].values():
        assert 1 <= use["peak"] <= use["limit"]
        assert 0 <= use["busy_share"] <= 1
    assert report["failed_by_kind"] == {"corrupt": 1}
    assert report["changes"] == {"new_tracks": 59}
    (error,) = report["errors"]
    assert list(error) == ["item", "stage", "kind", "reason", "attempts"]
    assert error["item"].startswith(f"{library}/")
    assert error["kind"] in {kind.value for kind in ErrorKind}
    assert error["reason"]
    assert error["attempts"] == 1


def test_rescan_skips_what_has_not_changed(soniq: Soniq, own_library: Path) -> None:
    """A second scan reads nothing; --force reads all; --limit, --include, --exclude narrow down."""
    assert counts(soniq.scan(own_library)) == (60, 59, 0, 1)
    assert counts(soniq.scan(own_library)) == (60, 0, 59, 1)
    assert counts(soniq.scan(own_library, "--force")) == (60, 59, 0, 1)
    assert counts(soniq.scan(own_library, "--force", "--limit", "7"))[0] == 7
    flac = len(list(own_library.rglob("*.flac")))
    data = soniq.home / "other"
    assert counts(soniq.scan(own_library, "--include", "*.flac", data=data))[0] == flac > 0
    data = soniq.home / "third"
    assert counts(soniq.scan(own_library, "--exclude", "*.flac", data=data))[0] == 60 - flac


def test_a_scan_tells_what_it_changed(soniq: Soniq, own_library: Path) -> None:
    """New, read again and missing; of an emptied folder, too, where all is to be marked."""
    assert soniq.scan(own_library)["changes"] == {"new_tracks": 59}
    assert soniq.scan(own_library)["changes"] == {}
    first, second, third = sorted(own_library.rglob("*.flac"))[:3]
    first.unlink()
    shutil.copy(second, second.with_name("new.flac"))
    shutil.copy(second, third)
    changes = {"new_tracks": 1, "tracks_read_again": 1, "missing_files": 1}
    assert soniq.scan(own_library)["changes"] == changes
    shutil.rmtree(own_library)
    own_library.mkdir()
    done = soniq.run("scan", own_library, "--headless", "--force")
    assert "  missing files: 59" in done.stdout


QUEUE_FIELDS = ["queue", "depth", "active", "slots", "held", "target", "autoscaled"]


def test_status_before_and_after(soniq: Soniq, library: Path) -> None:
    """``status`` says that there is nothing yet, then what was done, as text and as JSON."""
    before = soniq.status()
    none = {"pid": None, "state": "none", "trouble": "", "older_code": False}
    assert before["engine"] == none
    assert before["batches"] == []
    assert [q["queue"] for q in before["queues"]] == list(default_queues())
    for queue in before["queues"]:
        assert list(queue) == QUEUE_FIELDS
    assert "no batch yet" in soniq.run("status").stdout
    assert not soniq.data.exists()
    soniq.scan(library)
    (batch,) = soniq.status()["batches"]
    assert list(batch) == [
        "batch", "importer", "label", "state", "items", "items_per_s", "eta_s", "growing", "waits"
    ]  # fmt: skip
    assert (batch["state"], counts(batch), batch["eta_s"]) == ("done", (60, 59, 0, 1), None)
    text = soniq.run("status")
    assert text.returncode == 0
    assert "engine: none" in text.stdout
    assert f"music {library}: done, 60/60 items, 1 failed" in text.stdout


def test_without_terminal_and_command_the_status_is_shown(soniq: Soniq) -> None:
    """``soniq-tui`` alone, in a pipe, prints what ``status`` prints."""
    done = soniq.run("--data-dir", soniq.data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == soniq.run("status").stdout


def test_export_writes_what_the_contract_says(scanned: Soniq) -> None:
    """Tracks have the contract's fields and types; albums, artists and errors are there too."""
    tracks = scanned.export("tracks")
    assert len(tracks) == 59
    assert all(list(track) == list(TRACK) for track in tracks)
    for name, kind in TRACK.items():
        values = [track[name] for track in tracks if track[name] is not None]
        assert all(isinstance(value, kind) for value in values), name
        assert kind is not list or len(values) == len(tracks), name
    strange = [track for track in tracks if track["path_bytes"]]
    assert [r"\xe9" in track["path"] for track in strange] == [True]
    errors = scanned.export("errors")
    assert [(e["stage"], e["batch"]) for e in errors] == [("extract", "1")]
    assert scanned.export("errors", "--batch", 1) == errors
    covers = [track["cover"] for track in tracks if track["cover"]]
    assert {tuple(c) for c in covers} == {("source", "mime", "width", "height", "key", "sha256")}
    titles = {album["title"] for album in scanned.export("albums")}
    assert titles == {track["album"] for track in tracks if track["album"]}
    assert {a for t in tracks for a in t["artists"]} <= {
        a["name"] for a in scanned.export("artists")
    }


def test_failures_that_were_exported_can_be_launched_again(scanned: Soniq, tmp_path: Path) -> None:
    """Without a console nobody writes them by a key."""
    file = tmp_path / "failed.jsonl"
    assert scanned.run("export", "errors", "-o", file).returncode == 0
    (error,) = scanned.export("errors")
    report = one_line(scanned.run("again", file, "--json").stdout)
    assert [each["item"] for each in report["errors"]] == [error["item"]]
    assert report["items"]["total"] == 1


def test_export_as_csv(scanned: Soniq) -> None:
    """CSV has a header, JSON in its cells where there is more than a value, and all rows."""
    done = scanned.run("export", "tracks", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == list(TRACK)
    for row, track in zip(rows, scanned.export("tracks"), strict=True):
        assert row["path"] == track["path"]
        assert json.loads(row["artists"]) == track["artists"]
        assert row["missing"] == "false"


def test_export_to_a_file_is_whole_or_not_at_all(scanned: Soniq) -> None:
    """-o replaces a file in one step, keeps its mode and its links, and leaves no rest behind."""
    folder = scanned.home / "out"
    folder.mkdir()
    file = folder / "tracks.jsonl"
    file.write_text("old")
    file.chmod(0o600)
    (folder / "link").symlink_to(file.name)
    assert scanned.run("export", "tracks", "-o", folder / "link").returncode == 0
    assert (folder / "link").is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().splitlines()) == 59
    # A library that is no database fails after the file was begun.
    for part in scanned.data.glob("library.db*"):
        part.write_bytes(b"no database" * 1000)
    before = file.read_text()
    refused(scanned.run("export", "tracks", "-o", file), 3, "library.db")
    assert file.read_text() == before
    assert {path.name for path in folder.iterdir()} == {"tracks.jsonl", "link"}


def test_export_writes_into_a_pipe_as_it_is(scanned: Soniq) -> None:
    """-o never replaces what is no plain file: /dev/stdout stays what it is."""
    before = os.lstat("/dev/stdout")
    done = scanned.run("export", "tracks", "-o", "/dev/stdout")
    assert len(done.stdout.splitlines()) == 59
    assert os.path.samestat(before, os.lstat("/dev/stdout"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "there are: tracks, albums, artists, recipes, errors"),
        (("tracks", "-o", "/"), "it is no file"),
        (("tracks", "-o", ""), "it is no file"),
        (("tracks", "-o", "/no/such/folder/x"), "No such file or directory"),
        (("errors", "--batch", "9"), "there is no batch 9"),
        (("tracks", "--batch", "1"), "--batch goes with 'errors'"),
    ],
)
def test_export_refuses_in_one_line(soniq: Soniq, words: tuple[str, ...], said: str) -> None:
    """What cannot be exported, or not there, is refused with exit status 2."""
    refused(soniq.run("export", *words), 2, said)


def test_demo_stays_apart_from_own_data(soniq: Soniq) -> None:
    """``demo`` fills a place of its own, says where, and ends with 0 though files are broken."""
    env = soniq.env | {"SONIQ_DATA_DIR": str(soniq.data)}
    done = WARM.run(["demo", "--headless"], env, WAIT_S)
    assert done.returncode == 0
    assert "400 items" in done.stdout
    assert "11 items: 5 done, 4 skipped, 2 failed" in done.stdout
    assert f"soniq-tui --data-dir {soniq.data / 'demo'}" in done.stderr
    assert not (soniq.data / "journal.db").exists()
    assert (soniq.data / "demo" / "journal.db").exists()


# ------------------------------------------------------------------ interrupted


def test_a_signal_stops_the_run_and_resume_finishes_it(soniq: Soniq, many: Path) -> None:
    """SIGTERM is exit status 143; what was done is written, the rest is resumed."""
    words = ("scan", many, "--headless", "--json")
    code, output, _ = soniq.interrupt(*words, by=signal.SIGTERM)
    assert code == 143
    report = one_line(output)
    assert report["state"] == "running"
    assert counts(report)[1] < MANY
    assert counts(report)[1] > 0
    done = soniq.run("resume", "--headless", "--json")
    finished = one_line(done.stdout)
    assert done.returncode == 0
    assert (finished["batch"], counts(finished)) == (report["batch"], (MANY, MANY, 0, 0))
    assert finished["duration_s"] > report["duration_s"]
    assert all(0 <= use["busy_share"] <= 1 for use in finished["slots"].values())
    assert not list((soniq.home / "run").iterdir())


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_says_in_words_how_to_go_on(
    soniq: Soniq, many: Path, number: int, status: int
) -> None:
    """Each signal has its exit status, and for people the batch is not called running."""
    code, output, errors = soniq.interrupt("scan", many, "--headless", by=number)
    assert code == status
    assert f"interrupted; {soniq.hint('resume')} finishes the rest" in output
    assert errors.splitlines()[-1].startswith("stopped by a signal")
    assert f"interrupted ({soniq.hint('resume')} goes on)" in soniq.run("status").stdout


SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
BEGINNINGS = {
    "module": ["-m", "soniq_tui"],
    "command": ["-c", "from {} import {} as main; main()".format(*SCRIPTS["soniq-tui"].split(":"))],
}
"""How it may be begun; the second is what an installed command does."""


@pytest.mark.parametrize("begun", BEGINNINGS)
@pytest.mark.parametrize("ignored", [False, True])
def test_ctrl_c_while_it_is_being_loaded_says_nothing(
    tmp_path: Path, begun: str, ignored: bool
) -> None:
    """Until the command is there Ctrl-C ends it by the signal; one that is ignored stays so."""
    sent = "import os, signal; os.kill(os.getpid(), signal.SIGINT); raise SystemExit(7)"
    (tmp_path / "click.py").write_text(sent)  # the first that is imported
    before = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"] if ignored else []
    done = subprocess.run(
        [*before, sys.executable, *BEGINNINGS[begun]], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)}, check=False,
    )  # fmt: skip
    ended = 7 if ignored else -signal.SIGINT
    assert (done.returncode, done.stdout, done.stderr) == (ended, "", "")


def test_ctrl_c_ends_a_command_that_is_there_with_its_status(tmp_path: Path) -> None:
    """From then on Ctrl-C is Python's again: what is being done ends, with 130 and no traceback."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "def hook(event, args):\n"
        "    if event == 'import' and args[0] == 'soniq_tui.host.status':\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.addaudithook(hook)\n"
    )
    done = subprocess.run(
        [*SONIQ, "status"], cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "")


def test_nohup_is_honoured(soniq: Soniq, many: Path) -> None:
    """Who starts us with SIGHUP ignored wants the run to outlive the terminal."""
    nohup = ("sh", "-c", "trap '' HUP; exec \"$@\"", "sh")
    process = soniq.start("scan", many, "--json", before=nohup)
    soniq.wait_for(lambda now: any(b.items.ended for b in now.batches))
    process.send_signal(signal.SIGHUP)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert counts(one_line(output))[1] == MANY


@pytest.mark.slow  # test_kill.py has it with files that differ
def test_a_killed_host_loses_nothing(soniq: Soniq, many: Path) -> None:
    """After ``kill -9`` in the middle, ``resume`` ends where a clean scan ends; children die."""
    process = soniq.start("scan", many, "--headless", "--json")
    soniq.wait_for(lambda now: any(b.items.ended > 500 for b in now.batches))
    process.kill()
    process.communicate()
    done = soniq.run("resume", "--headless", "--json")
    assert counts(one_line(done.stdout)) == (MANY, MANY, 0, 0)
    clean = soniq.home / "clean"
    soniq.scan(many, data=clean)
    assert soniq.export("tracks") == soniq.export("tracks", data=clean)


def test_resume_with_nothing_to_do(soniq: Soniq) -> None:
    """``resume`` finds nothing: exit 0 and a report that says so, the first time as well."""
    done = soniq.run("resume", "--headless", "--json")
    assert (done.returncode, done.stdout) == (0, '{"batch":null}\n')
    assert soniq.run("resume", "--headless").stdout == "nothing to do\n"


@pytest.mark.slow  # the patience with a host that does not answer is 10 s
def test_one_host_at_a_time_and_what_it_left_is_named(
    soniq: Soniq, many: Path, library: Path
) -> None:
    """Beside one that does not answer nothing begins; what one leaves is named by the next."""
    process = soniq.start("scan", many, "--headless", "--json")
    now = soniq.wait_for(lambda now: any(q.active for q in now.queues))
    process.send_signal(signal.SIGSTOP)  # it shall not end while others look at it
    assert now.engine.pid == process.pid
    engine = soniq.status()["engine"]
    silent = (process.pid, "running", "does not answer")
    assert (engine["pid"], engine["state"], engine["trouble"]) == silent
    said = (
        f"another soniq-tui (process {process.pid}) works in {soniq.data} and does not answer",
        "--data-dir",
    )
    refused(soniq.run("scan", library, "--headless"), 3, *said)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    assert process.wait(30) == 143
    done = soniq.run("scan", library, "--headless", "--json")
    assert counts(one_line(done.stdout))[0] == 60
    assert done.stderr.splitlines() == [
        f"unfinished from earlier: music {str(many)[:60]}; {soniq.hint('resume')} goes on with them"
    ]


def test_progress_is_a_line_a_second_without_a_terminal(soniq: Soniq, many: Path) -> None:
    """Without a terminal the progress lines carry no control characters."""
    done = soniq.run("scan", many, "--headless", env={"SONIQ_QUEUES__EXTRACT__SLOTS": "1"})
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert len(lines) <= 10
    for line in lines:
        assert re.fullmatch(
            r"music .*: running, [\d,]+/~?[\d,]+, 0 failed, [\d,]+/s(, \d+ s left)?", line
        )


# ------------------------------------------------------------------ what goes wrong


def test_paths_that_cannot_be_scanned(soniq: Soniq, tmp_path: Path) -> None:
    """A missing path, a file and an unreadable folder are refused with exit status 2."""
    file = tmp_path / "song.mp3"
    file.touch()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    refused(soniq.run("scan", tmp_path / "no", "--headless"), 2, "does not exist")
    refused(soniq.run("scan", file, "--headless"), 2, "is a file", str(tmp_path))
    refused(soniq.run_as_user("scan", closed, "--headless"), 2, "cannot be read")
    closed.chmod(0o700)


def test_an_empty_folder_is_done_and_says_so(soniq: Soniq, tmp_path: Path) -> None:
    """A batch of nothing ends with 0 and is no failure."""
    empty = tmp_path / "empty"
    empty.mkdir()
    done = soniq.run("scan", empty, "--headless")
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing was found there" in done.stdout
    report = soniq.scan(empty)
    assert (report["state"], counts(report)) == ("done", (0, 0, 0, 0))
    assert (report["success_rate"], report["median_item_s"]) == (None, None)


def test_data_directories_that_cannot_be_used(soniq: Soniq, library: Path, tmp_path: Path) -> None:
    """A data directory that is a file, or read-only, or closed: one line and exit status 3."""
    file = tmp_path / "file"
    file.touch()
    for words in (("scan", library, "--headless"), ("status",), ("export", "tracks")):
        refused(soniq.run(*words, data=file), 3, "is no folder", "--data-dir")
    place = tmp_path / "read-only"
    place.mkdir(mode=0o500)
    refused(soniq.run_as_user("scan", library, "--headless", data=place), 3, "cannot be written")
    place.chmod(0)
    refused(soniq.run_as_user("status", data=place), 3, "cannot be read")
    refused(soniq.run_as_user("export", "tracks", data=place), 3, "cannot be read")
    place.chmod(0o700)


@pytest.mark.parametrize("batch", ["99999999999999999999999", "0", "-1"])
def test_export_of_a_batch_that_cannot_be(scanned: Soniq, batch: str) -> None:
    """A number that no batch has is a usage error, whatever its size."""
    refused(scanned.run("export", "errors", "--batch", batch), 2, f"there is no batch {batch}")


def test_damaged_files_are_named(soniq: Soniq, library: Path) -> None:
    """A journal that is no database is named, with what to do about it."""
    soniq.data.mkdir()
    (soniq.data / "journal.db").write_bytes(b"no database" * 1000)
    refused(soniq.run("resume", "--headless"), 3, "journal.db is damaged", "move it away")
    refused(soniq.run("status"), 3, "journal.db is damaged")


NARROW = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_full_disk_is_exit_status_3(soniq: Soniq, library: Path) -> None:
    """When nothing can be written, one line says so; nothing is begun."""
    limited = (sys.executable, "-ISc", NARROW.format(size=50))  # bytes that a file may have
    # Older Pythons keep bytecode that was cut off, and all imports of it fail from then on.
    kept = {"PYTHONDONTWRITEBYTECODE": "1"}
    done = soniq.run("scan", library, "--headless", before=limited, env=kept)
    refused(done, 3, " cannot be ")
    with Path("/dev/full").open("w") as full:
        done = soniq.run("status", stdout=full)
    assert done.returncode == 3
    assert "No space left" in done.stderr


def test_usage_and_configuration_errors_are_one_line(soniq: Soniq, tmp_path: Path) -> None:
    """What was asked wrongly is exit status 2 and one line that helps."""
    config = tmp_path / "config.toml"
    config.write_text("[engine]\nundo = 3\n")
    refused(soniq.run("status", "--config", config), 2, str(config), "'engine.undo_s'")
    refused(soniq.run("status", env={"SONIQ_LOG_LEVL": "x"}), 2, "SONIQ_LOG_LEVEL")
    refused(soniq.run("scan"), 2, "Missing argument", "soniq-tui scan --help")
    refused(soniq.run("bogus"), 2, "there is no command 'bogus'", "soniq-tui --help")
    refused(soniq.run("scan", tmp_path, "--limit", "x"), 2, "--limit")
    refused(soniq.run("scan", tmp_path, "--limit", "0"), 2, "limit is 0")


def test_a_broken_plug_in_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """An importer that cannot be loaded costs a line, not the commands of the others."""

    def load(name: str) -> Importer:
        if name == "another":
            raise PluginError("importer another cannot be loaded: as if")
        return real(name)

    real = registry.load
    monkeypatch.setattr(registry, "load", load)
    monkeypatch.setattr(registry, "names", lambda: ("another", "music"))
    done = CliRunner().invoke(cli.cli, ["scan", "--help"])
    assert done.exit_code == 0
    assert done.stderr == "soniq-tui: left out: importer another cannot be loaded: as if\n"
    assert {"tracks", "albums", "artists"} == set(export.kinds())


def test_a_bug_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """Even what nobody thought of ends in one line that says where, and exit status 3."""

    def fail(**_: object) -> int:
        raise ZeroDivisionError("as if")

    monkeypatch.setattr(cli.cli, "main", fail)
    assert cli.run() == 3
    said = capsys.readouterr().err
    assert re.fullmatch(r"soniq-tui: a bug: ZeroDivisionError: as if \(.*, line \d+\)\n", said)


def test_shared_memory_is_given_back(soniq: Soniq, library: Path) -> None:
    """Without XDG_RUNTIME_DIR the stages meet in /dev/shm, of which nothing remains."""
    soniq.scan(library, env={"XDG_RUNTIME_DIR": ""})
    assert not room_in_memory(soniq.data).exists()


def test_options_stand_before_or_after_the_command(scanned: Soniq) -> None:
    """An option of every command may stand on either side; behind the command it wins."""
    one, other = ("--data-dir", str(scanned.data)), ("--data-dir", str(scanned.home / "other"))
    assert "60/60" in scanned.run(*one, "status").stdout
    assert "60/60" in scanned.run(*other, "status", *one).stdout
    assert "no batch" in scanned.run(*one, "status", *other).stdout


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_of_every_command_has_an_example(soniq: Soniq, command: str) -> None:
    """--help names every common option and ends with an example."""
    words = [command] if command else []
    done = soniq.run(*words, "--help")
    assert done.returncode == 0
    assert re.search(rf"Example: soniq-tui {command}", done.stdout)
    for option in ("--data-dir", "--config", "--log-level", "--version"):
        assert option in done.stdout


def test_version_is_an_option_of_every_command(soniq: Soniq) -> None:
    """--version may stand behind a command, whatever else that needs."""
    assert soniq.run("scan", "--version").stdout == f"soniq-tui, version {__version__}\n"


# ------------------------------------------------------------------ streams and the log


def test_a_reader_that_leaves_is_no_error(scanned: Soniq, library: Path) -> None:
    """``| head`` closes quietly; a scan whose readers have gone works on to its end."""
    for words in ("export tracks", "status", f"scan '{library}' --headless --force"):
        run = f"'{sys.executable}' -m soniq_tui --data-dir '{scanned.data}' {words}"
        script = f"{{ {run}; echo $? >&3; }} 2>&1 3>'{scanned.home}/code' | true"
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=ROOT,
            env=scanned.env,
            capture_output=True,
            text=True,
            check=True,
        )
        assert (done.stdout, done.stderr) == ("", "")
        expected = "1" if words.startswith("scan") else "0"
        assert (scanned.home / "code").read_text().strip() == expected


def test_closed_streams_and_poor_locales_are_no_error(soniq: Soniq, library: Path) -> None:
    """Started without standard streams, or in a locale of 128 letters, everything works."""
    closed = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")
    done = soniq.run("scan", library, "--headless", before=closed)
    assert done.returncode == 1
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    if sys.prefix.isascii():  # else it is Python that cannot begin
        ascii_only |= {"LC_ALL": "C", "PYTHONUTF8": "0"}
    assert "\\u2717 corrupt" in soniq.run("scan", library, "--headless", env=ascii_only).stdout
    plain = soniq.run("export", "tracks").stdout
    assert "é" in plain
    assert soniq.run("export", "tracks", env=ascii_only).stdout == plain


def test_the_log_is_the_hosts(soniq: Soniq, library: Path) -> None:
    """A host writes ``soniq.log``, private, at the configured level; looking writes nothing."""
    soniq.scan(library, "--log-level", "error")
    log = soniq.data / "soniq.log"
    assert log.read_text() == ""
    soniq.scan(library)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    text = log.read_text()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} info soniq_tui\.host", text)
    assert "batch 2, music" in text
    soniq.run("status", "--log-level", "debug")
    assert log.read_text() == text
