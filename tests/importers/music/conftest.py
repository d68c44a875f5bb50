"""Folders for a test, and the writer closed behind it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import stamps, walk


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    store.close()


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that a test has just made are not so new that they have to be read twice."""
    monkeypatch.setattr(stamps, "now_ns", lambda: time.time_ns() + 3_600_000_000_000)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return tmp_path / "music"


@pytest.fixture
def forbidden(monkeypatch: pytest.MonkeyPatch) -> set[bytes]:
    """Folders that cannot be listed (permissions do not stop root)."""
    paths: set[bytes] = set()
    real = os.scandir

    def scandir(path: bytes) -> Any:
        if path in paths:
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(walk.os, "scandir", scandir)
    return paths
