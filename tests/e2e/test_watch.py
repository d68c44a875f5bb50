"""``scan --watch`` as a script runs it."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from soniq_tui.importers.music.demo import master
from tests.e2e.command import Soniq
from tests.leftovers import processes

SOON_S = 15.0
"""The process starts within a second or two; a change is seen within five."""
STOPPED_S = 20.0


def titles(soniq: Soniq) -> int:
    """Return how many files the catalogue has as there."""
    if not (soniq.data / "library.db").exists():
        return 0
    connection = sqlite3.connect(soniq.data / "library.db", timeout=10)
    try:
        (count,) = connection.execute("SELECT count(*) FROM file WHERE NOT missing").fetchone()
    except sqlite3.OperationalError:
        return 0  # it is only just being made
    finally:
        connection.close()
    return int(count)


def wait_for(soniq: Soniq, count: int) -> None:
    end_s = time.monotonic() + SOON_S
    while titles(soniq) != count:
        assert time.monotonic() < end_s, f"{titles(soniq)} files, not {count}"
        time.sleep(0.05)


def wait_for_ears() -> None:
    """Wait until a process of this test listens to some folder."""
    end_s = time.monotonic() + SOON_S
    while not any(listens(pid) for pid in processes(os.environ["TESTS_OF_SONIQ"])):
        assert time.monotonic() < end_s, "nobody listens"
        time.sleep(0.05)


def listens(pid: int) -> bool:
    """Say whether a process is told of changes (inotify, in proc_pid_fdinfo(5))."""
    try:
        return any(b"inotify wd:" in f.read_bytes() for f in Path(f"/proc/{pid}/fdinfo").iterdir())
    except OSError:
        return False  # it has ended


@contextmanager
def interrupted(soniq: Soniq, *words: object) -> Iterator[None]:
    """Run a command until the block ends; SIGINT then ends it soon, with its status."""
    process = soniq.start(*words)
    yield
    sent_s = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert time.monotonic() - sent_s < STOPPED_S
    assert process.returncode == 130
    assert "Traceback" not in errors


@pytest.mark.parametrize("kept", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_watch_and_resume(soniq: Soniq, tmp_path: Path, *, kept: bool) -> None:
    """What is new while it runs is taken in; interrupted and resumed it goes on."""
    music = tmp_path / "music"
    music.mkdir()
    song = master("flac")
    for number in range(3 if kept else 0):
        (music / f"{number}.flac").write_bytes(song)
    known = len(list(music.iterdir()))
    with interrupted(soniq, "scan", music, "--watch", "--headless"):
        wait_for_ears()
        wait_for(soniq, known)
        time.sleep(0.3)  # the walk of nothing cannot be seen
        (music / "new").mkdir()
        (music / "new/4.flac").write_bytes(song)
        wait_for(soniq, known + 1)
    assert f"(watched): interrupted ({soniq.hint('resume')} goes on)" in soniq.run("status").stdout
    (music / "while nobody watched.flac").write_bytes(song)
    with interrupted(soniq, "resume", "--headless"):
        wait_for(soniq, known + 2)  # found by the walk, which begins when all is listened to
        (music / "new/4.flac").unlink()
        wait_for(soniq, known + 1)
