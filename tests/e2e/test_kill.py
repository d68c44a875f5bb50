"""``kill -9`` in the middle of a scan costs what was not yet committed, and nothing else."""

import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.e2e.command import LOOK_S, WAIT_S, Soniq
from tests.importers.music.upheaval import content, jpeg

FILES = 2000
ALBUM = 30
LATE_S = 5.0
"""A commit takes a quarter of a second; this machine may be busy."""


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Albums whose songs are files of their own, no two alike."""
    folder = tmp_path_factory.mktemp("songs")
    for number in range(FILES):
        place = folder / f"album {number // ALBUM:03}"
        if number % ALBUM == 0:
            place.mkdir()
            (place / "cover.jpg").write_bytes(jpeg(number % 7))
        said = (("title", f"Song {number % 40}"), ("artists", "Ada"), ("album", place.name))
        (place / f"{number:04}.mp3").write_bytes(content(b".mp3", said, b"") + b"\0" * number)
    return folder


def written(soniq: Soniq) -> dict[bytes, float]:
    """Return when each file of the catalogue was last written down."""
    if not (soniq.data / "library.db").exists():
        return {}
    connection = sqlite3.connect(soniq.data / "library.db", timeout=10)
    try:
        return dict(
            connection.execute(
                "SELECT path, updated_at_s FROM track JOIN file ON file.id = track.file_id"
            )
        )
    except sqlite3.OperationalError:
        return {}  # it is only just being made
    finally:
        connection.close()


def exported(soniq: Soniq, data: Path) -> list[list[dict]]:
    return [soniq.export(what, data=data) for what in ("tracks", "albums", "artists")]


def kill_at(soniq: Soniq, chance: random.Random, words: tuple[object, ...]) -> bool:
    """Start a scan and kill it once so many files are there; say whether it could be killed."""
    enough = chance.randint(len(written(soniq)) + 1, FILES * 9 // 10)
    process = soniq.start(*words, "--headless", "--json", start_new_session=True)
    until_s = time.monotonic() + WAIT_S
    while process.poll() is None and len(written(soniq)) < enough:
        assert time.monotonic() < until_s
        time.sleep(LOOK_S)
    killed = process.poll() is None
    if killed:
        (os.killpg if chance.random() < 0.5 else os.kill)(process.pid, signal.SIGKILL)
    process.communicate()
    return killed


class Kept:
    """What there was at the moment of a kill."""

    def __init__(self, soniq: Soniq) -> None:
        self.at_s = time.time()
        self.rows = written(soniq)
        (batch,) = soniq.status()["batches"]
        self.done = batch["items"]["done"]

    def assert_kept(self, now: dict[bytes, float]) -> None:
        """Assert that nothing was read again but what the last commit of the journal missed."""
        again = [path for path, when in self.rows.items() if now[path] != when]
        assert len(again) <= len(self.rows) - self.done
        assert all(self.at_s - self.rows[path] < LATE_S for path in again)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kills", "seed"), [(2, 1), pytest.param(10, 2, marks=pytest.mark.slow)])
def test_kill_costs_one_commit(
    soniq: Soniq, tmp_path: Path, songs: Path, kills: int, seed: int
) -> None:
    """What was committed before a kill is not read again, and the end is that of a clean scan."""
    chance = random.Random(seed)
    clean = tmp_path / "clean"
    soniq.scan(songs, data=clean)
    wanted = exported(soniq, clean)
    kept: Kept | None = None
    while kills:
        killed = kill_at(soniq, chance, ("resume",) if kept else ("scan", songs))
        kills -= killed
        if kept is not None:
            kept.assert_kept(written(soniq))
        kept = Kept(soniq)
        if kills and (not killed or len(kept.rows) > FILES * 4 // 5):
            end(soniq, kept, wanted)
            shutil.rmtree(soniq.data)
            kept = None
    assert kept is not None
    end(soniq, kept, wanted)


def end(soniq: Soniq, kept: Kept, wanted: list[list[dict]]) -> None:
    """Let the scan end, and assert that all is as it should be."""
    soniq.run("resume", "--headless", "--json")
    kept.assert_kept(written(soniq))
    assert exported(soniq, soniq.data) == wanted
    (batch,) = soniq.status()["batches"]
    assert (batch["state"], batch["items"]["done"], batch["items"]["failed"]) == ("done", FILES, 0)
