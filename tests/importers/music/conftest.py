"""Folders for a test, and the writer closed behind it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.music import store, walk


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    store.close()


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
