"""Killed again and again at random moments, the real command loses nothing."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from soniq_tui.importers.music.demo import make_library
from tests.e2e.command import Soniq

KILLS = 40
FILES = 3000


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_kill_after_kill_ends_like_a_clean_scan(soniq: Soniq, tmp_path: Path, seed: int) -> None:
    """After 40 times ``kill -9`` of process or group the catalogue is that of a clean scan."""
    chance = random.Random(seed)
    library = tmp_path / "library"
    make_library(library, FILES)
    clean = tmp_path / "clean"
    began_s = time.monotonic()
    soniq.scan(library, data=clean)
    whole_s = time.monotonic() - began_s
    wanted = soniq.export("tracks", data=clean)
    kills = 0
    while kills < KILLS:
        known = soniq.status()["batches"]
        if known and known[-1]["state"] == "done":
            ends_like(soniq, wanted)
            shutil.rmtree(soniq.data)
            known = []
        words: tuple[object, ...] = ("resume",) if known else ("scan", library)
        process = soniq.start(*words, "--headless", "--json", start_new_session=True)
        time.sleep(chance.uniform(0.2, 0.8) * whole_s)
        if process.poll() is None:
            (os.killpg if chance.random() < 0.5 else os.kill)(process.pid, signal.SIGKILL)
            kills += 1
        process.communicate()
    assert soniq.run("resume", "--headless", "--json").returncode in {0, 1}
    ends_like(soniq, wanted)


def ends_like(soniq: Soniq, wanted: list[dict]) -> None:
    """Assert that the catalogue is as wanted and that every file was counted once."""
    assert soniq.export("tracks") == wanted
    items = soniq.status()["batches"][-1]["items"]
    assert items["total"] == FILES
    assert items["done"] + items["skipped"] + items["failed"] == FILES
