"""A full disk, a disk that fails: the engine waits, says so, and goes on by itself."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trust.ledger import Trial
from tests.trust.mounts import small_disk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def until(trial: Trial, true: Callable[[dict], object], within_s: float = 30.0) -> dict:
    """Look at the host until something is true of it."""
    until_s = time.monotonic() + within_s
    while True:
        view = trial.ask("view")
        assert view is not None, "the host died"
        if true(view):
            return view
        assert time.monotonic() < until_s, f"it never came true: {view}"
        time.sleep(0.05)


def fill(folder: Path) -> Path:
    """Take all room there is."""
    ballast = folder / "somebody else's"
    with ballast.open("ab", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def test_full_disk(trial: Callable[..., Trial], tmp_path: Path) -> None:
    """On a full disk work pauses with a clear banner; with room again it goes on, nothing lost."""
    with small_disk(tmp_path / "small", "24m") as folder:
        tried = trial(data=folder / "data")
        assert tried.start()
        for _ in range(3):
            assert tried.submit(400, 2.0)
        greedy = fill(folder)
        view = until(tried, lambda view: view["banner"])
        while not view["banner"].startswith("the disk"):
            fill(folder)
            view = until(tried, lambda view: view["banner"])
        assert str(folder) in view["banner"]
        assert "goes on by itself" in view["banner"]
        still = until(tried, lambda view: view["active"] == 0)
        time.sleep(1.0)
        assert tried.ask("view")["active"] == 0, "something was started on a full disk"
        assert still["depth"] > 0
        greedy.unlink()
        until(tried, lambda view: not view["banner"])
        tried.finish()
        tried.judge()


def test_killed_on_a_full_disk(trial: Callable[..., Trial], tmp_path: Path) -> None:
    """A host killed while the disk is full loses nothing that it had promised."""
    with small_disk(tmp_path / "small", "24m") as folder:
        tried = trial(data=folder / "data")
        assert tried.start()
        assert tried.submit(600, 2.0)
        greedy = fill(folder)
        while not tried.ask("view")["banner"]:
            fill(folder)
            time.sleep(0.02)
        tried.kill()
        greedy.unlink()
        assert tried.start()
        tried.finish()
        tried.judge()


def test_fsync_errors(trial: Callable[..., Trial], tmp_path: Path, faults: Path) -> None:
    """While the disk refuses to write, work pauses; when it writes again nothing is missing."""
    tried = trial(LD_PRELOAD=os.fspath(faults), FAULTS=os.fspath(tmp_path / "faults"))
    assert tried.start()
    assert tried.submit(300, 2.0)
    (tmp_path / "faults").write_text("1 0")
    until(tried, lambda view: view["banner"])
    (tmp_path / "faults").write_text("0 0")
    until(tried, lambda view: not view["banner"])
    tried.finish()
    tried.judge()


def test_killed_between_fsync_errors(
    trial: Callable[..., Trial], tmp_path: Path, faults: Path
) -> None:
    """A host that dies while its disk fails has lost nothing that it had promised."""
    tried = trial(LD_PRELOAD=os.fspath(faults), FAULTS=os.fspath(tmp_path / "faults"))
    for _ in range(5):
        (tmp_path / "faults").write_text("0 0")
        assert tried.start()
        assert tried.submit(100, 2.0)
        (tmp_path / "faults").write_text("1 0")
        until(tried, lambda view: view["banner"])
        tried.kill()
    (tmp_path / "faults").write_text("0 0")
    assert tried.start()
    tried.finish()
    tried.judge()
