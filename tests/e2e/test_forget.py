"""``forget`` as a person or a script uses it: with an engine, without one, on a terminal."""

import os
import pty
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.command import ROOT, SONIQ, WAIT_S, Soniq, one_line

STAYS = (
    "Nothing of them can be retried then.\n"
    "What was imported stays: the library, playlists, recipes.\n"
    "The journal uses the room again; where much is free its file gets smaller by and by.\n"
)


def batches(soniq: Soniq) -> dict[str, str]:
    """Return the state of each batch that is there."""
    return {each["batch"]: each["state"] for each in soniq.status()["batches"]}


def rows(soniq: Soniq) -> int:
    """Return how many jobs the journal has, those of batches that are gone included."""
    db = sqlite3.connect(f"file:{soniq.data / 'journal.db'}?mode=ro", uri=True)
    try:
        return db.execute("SELECT count(*) FROM job").fetchone()[0]
    finally:
        db.close()


def test_without_an_engine(scanned: Soniq, library: Path) -> None:
    """What would go is told; then it goes for good, the library stays, and no number comes back."""
    tracks = scanned.export("tracks")
    told = scanned.run("forget", "1", "--dry-run")
    assert (told.returncode, told.stderr) == (0, "")
    first, batch, *rest = told.stdout.splitlines(keepends=True)
    assert first.startswith("1 batch, ")
    assert first.endswith(" KiB of the journal\n")
    assert batch == f"   1  music {library}: done\n"
    assert "".join(rest) == STAYS
    assert batches(scanned) == {"1": "done"}
    lost = one_line(scanned.run("forget", "--older-than", "0h", "--dry-run", "--json").stdout)
    jobs = one_line(scanned.run("jobs", "--json").stdout)["total"]
    errors = one_line(scanned.run("errors", "--json").stdout)["total"]
    assert (lost["batches"], lost["jobs"], lost["failures"]) == (["1"], jobs, errors)
    assert (lost["forgotten"], errors > 0, lost["bytes"] > 1000) == (0, True, True)
    done = scanned.run("forget", "all", "--yes", "--json")
    assert one_line(done.stdout) == lost | {"forgotten": 1}
    assert batches(scanned) == {}
    assert one_line(scanned.run("jobs", "--json").stdout)["total"] == 0
    assert scanned.export("tracks") == tracks
    assert "there is no batch 1" in scanned.run("retry", "1").stderr
    again = scanned.run("forget", "1", "--yes")
    assert (again.returncode, again.stdout) == (2, "")
    assert "batch 1 was forgotten already" in again.stderr
    again = scanned.scan(library)
    assert (again["batch"], again["items"]["skipped"] > 50) == ("2", True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "say what is meant"),
        (("1",), "nobody can be asked here; --yes does it"),
        (("1", "--json"), "nobody can be asked here; --yes does it"),
        (("77", "--yes"), "there is no batch 77"),
        (("0",), "there is no batch 0"),
        (("one",), "'one' is no batch"),
        (("1", "all"), "name batches or say 'all', not both"),
        (("1", "--older-than", "3d"), "name batches or give --older-than, not both"),
        (("--older-than", "90"), "'90' is no age: give 90d"),
    ],
)
def test_what_means_nothing_is_refused(scanned: Soniq, words: tuple[str, ...], why: str) -> None:
    """Exit status 2, one line that says why, and nothing is changed."""
    done = scanned.run("forget", *words)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert batches(scanned) == {"1": "done"}


def test_nothing_is_made_where_nothing_is(soniq: Soniq) -> None:
    """A data directory that is not there is not made only to say so."""
    done = soniq.run("forget", "--older-than", "90d", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "nothing to forget: no such batch has ended\n"
    assert not soniq.data.exists()


def test_beside_an_engine_at_work(scanned: Soniq, some: Path) -> None:
    """The engine removes what has ended while it works, and refuses what has not."""
    assert scanned.run("hold", "insert").returncode == 0
    host = scanned.start("scan", some, "--headless", "--json")
    scanned.wait_for(lambda now: any(b.batch == "2" and b.items.total for b in now.batches))
    refused = scanned.run("forget", "2", "--yes")
    assert refused.returncode == 2
    assert "batch 2 is running: only what has ended can be forgotten" in refused.stderr
    french = scanned.run("forget", "2", "--yes", env={"LC_MESSAGES": "fr_FR.UTF-8"})
    assert "le lot 2 est en cours" in french.stderr
    done = scanned.run("forget", "1", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("1 batch forgotten\n")
    assert list(batches(scanned)) == ["2"]
    assert one_line(scanned.run("errors", "--json").stdout)["total"] == 0
    assert scanned.run("release", "insert").returncode == 0
    output, _ = host.communicate(timeout=WAIT_S)
    assert (host.returncode, one_line(output)["batch"]) == (0, "2")


def test_a_batch_whose_importer_is_gone(scanned: Soniq) -> None:
    """Nobody can work on it: a cancel says why and what can be done, and that does it."""
    db = sqlite3.connect(scanned.data / "journal.db")
    db.execute("UPDATE batch SET importer = 'podcast', state = 'running', ended_at_s = NULL")
    db.execute("UPDATE job SET importer = 'podcast', state = 'queued' WHERE id = 1")
    db.commit()
    db.close()
    why = "batch 1 waits: no importer is called 'podcast'; installed: "
    done = scanned.run("cancel", "1")
    assert (done.returncode, done.stdout.startswith(why)) == (0, True)
    assert scanned.hint("forget 1") + " removes it" in done.stdout
    french = scanned.run("cancel", "1", env={"LC_MESSAGES": "fr_FR.UTF-8"}).stdout
    assert french.startswith("le lot 1 attend : ")
    told = scanned.run("forget", "1", "--dry-run").stdout
    assert (why in told, "podcast" in told) == (True, True)
    done = scanned.run("forget", "1", "--yes")
    assert done.stdout.endswith("1 batch forgotten\n")
    assert (batches(scanned), rows(scanned)) == ({}, 0)
    assert "there is no batch 1" in scanned.run("cancel", "1").stderr


def test_two_at_once(scanned: Soniq) -> None:
    """What another has forgotten since the question is passed over, and said."""
    host = scanned.start("serve")
    scanned.wait_for(lambda now: now.engine.pid is not None)
    both = [scanned.start("forget", "all", "--yes") for _ in range(2)]
    ended = [(process.communicate(timeout=WAIT_S), process.returncode) for process in both]
    assert [status for _, status in ended] == [0, 0]
    assert sum(out.endswith("1 batch forgotten\n") for (out, _), _ in ended) == 1
    host.terminate()
    host.wait(WAIT_S)


def test_killed_half_way(scanned: Soniq, library: Path) -> None:
    """After ``kill -9`` the batch is gone with all that is shown of it; the next engine goes on."""
    whole = rows(scanned)
    at = {"TEST_SONIQ_CRASH_AT": "journal.before_swept:1"}
    assert scanned.run("forget", "all", "--yes", env=at).returncode == -signal.SIGKILL
    assert batches(scanned) == {}
    for listed in ("jobs", "errors"):
        assert one_line(scanned.run(listed, "--json").stdout) == {"total": 0, "rows": []}
    assert 0 < rows(scanned) <= whole
    again = scanned.scan(library)
    assert (again["batch"], again["items"]["total"]) == ("2", 60)
    listed = one_line(scanned.run("jobs", "--json").stdout)["rows"]
    assert {row["batch_id"] for row in listed} == {2}
    assert scanned.run("forget", "2", "--yes").returncode == 0
    assert rows(scanned) == 0


@pytest.mark.parametrize(("answer", "status", "left"), [("n", 1, 1), ("", 1, 1), ("y", 0, 0)])
def test_on_a_terminal_it_asks(scanned: Soniq, answer: str, status: int, left: int) -> None:
    """What would go stands above the question; only a yes does it, and nothing waits meanwhile."""
    ours, theirs = pty.openpty()
    words = [*SONIQ, "forget", "1", "--data-dir", str(scanned.data)]
    env = scanned.env | {"TERM": "xterm", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(words, cwd=ROOT, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    try:
        said = ""
        until_s = time.monotonic() + WAIT_S
        while "[y/N] " not in said and time.monotonic() < until_s:
            said += os.read(ours, 4096).decode()
        assert "1 batch, " in said
        assert scanned.run("hold", "insert").returncode == 0  # nobody holds the engine
        os.write(ours, f"{answer}\n".encode())
        assert process.wait(WAIT_S) == status
    finally:
        process.kill()
        os.close(theirs)
        os.close(ours)
    assert len(batches(scanned)) == left
