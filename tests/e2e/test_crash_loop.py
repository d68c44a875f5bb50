"""Killed again and again at random moments, the real command loses nothing."""

import os
import random
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
    words: tuple[object, ...] = ("scan", library)
    for _ in range(KILLS):
        process = soniq.start(*words, "--headless", "--json", start_new_session=True)
        time.sleep(chance.uniform(0.1, 0.8) * whole_s)
        (os.killpg if chance.random() < 0.5 else os.kill)(process.pid, signal.SIGKILL)
        process.communicate()
        known = soniq.status()["batches"]
        words = ("resume",) if known else words
        if known and known[-1]["state"] == "done":
            break
    assert soniq.run("resume", "--headless", "--json").returncode in {0, 1}
    assert soniq.export("tracks") == soniq.export("tracks", data=clean)
    last = soniq.status()["batches"][-1]["items"]
    assert last["total"] == FILES
    assert last["done"] + last["skipped"] + last["failed"] == FILES
