"""A data directory of another user: what may be read is shown, what may not is said plainly."""

import fcntl
import json
import os
import socket
from pathlib import Path

import pytest

from tests.e2e.command import Soniq
from tests.e2e.test_command_line import refused

STRANGER = 64321
"""A user id that nobody has."""


def somebodys(place: Path) -> None:
    """Make a data directory, and all in it, another user's, who lets everybody read."""
    if os.geteuid():
        pytest.skip("only root can give files away")
    for path in (place, *place.rglob("*")):
        os.chown(path, STRANGER, STRANGER)
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_somebody_elses_data_can_be_looked_at(scanned: Soniq) -> None:
    """Files that may be read, in a folder that may not be written, are neither broken nor lost."""
    wanted = scanned.status()["batches"], scanned.export("tracks")
    somebodys(scanned.data)
    before = sorted(path.name for path in scanned.data.iterdir())
    status = scanned.run_as_user("status", "--json")
    tracks = scanned.run_as_user("export", "tracks")
    failures = scanned.run_as_user("export", "errors")
    lost = scanned.run_as_user("forget", "all", "--dry-run")
    assert (status.stderr, tracks.stderr, failures.stderr, lost.stderr) == ("", "", "", "")
    assert lost.stdout.startswith("1 batch, ")
    assert "\n   1  music " in lost.stdout
    refused(scanned.run_as_user("forget", "7", "--dry-run"), 2, "there is no batch 7")
    refused(scanned.run_as_user("forget", "all", "--yes"), 3, "permission denied")
    found = [json.loads(line) for line in tracks.stdout.splitlines()]
    assert (json.loads(status.stdout)["batches"], found) == wanted
    assert len(failures.stdout.splitlines()) == 1
    assert sorted(path.name for path in scanned.data.iterdir()) == before


def test_what_only_its_owner_can_read_is_said_to_be(scanned: Soniq) -> None:
    """A log beside a database needs its owner: that is no damage, and nothing is moved away."""
    somebodys(scanned.data)
    for name in ("journal.db", "library.db"):
        log = scanned.data / f"{name}-wal"
        log.write_bytes(b"as if")
        log.chmod(0o600)
        os.chown(log, STRANGER, STRANGER)
    for words, name in ((("status",), "journal.db"), (("export", "tracks"), "library.db")):
        done = scanned.run_as_user(*words)
        refused(done, 3, "permission denied", name, "as its owner")
        assert "move it away" not in done.stderr


def test_verbs_on_somebody_elses_data(scanned: Soniq) -> None:
    """Where the permission is missing that is said, and whose the place is."""
    somebodys(scanned.data)
    who = f"belongs to user {STRANGER}"
    refused(scanned.run_as_user("retry", "1"), 3, "permission denied", who)
    refused(scanned.run_as_user("serve"), 3, "permission denied", who)
    lock = os.open(scanned.data / "host.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)  # as if its owner's engine ran
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(scanned.data / "engine.sock"))
        somebodys(scanned.data)
        done = scanned.run_as_user("pause", "1")
        status = scanned.run_as_user("status").stdout
    os.close(lock)
    refused(done, 3, "permission denied", who)
    assert "end it" not in done.stderr
    assert status.startswith("engine: running, permission denied")
