"""Finding importers: the same as the standard library finds, ours and strangers'."""

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from soniq_tui.errors import PluginError, UsageError
from soniq_tui.importers import registry


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Nothing is remembered from before, and nothing of strangers for the tests behind these."""
    known = (registry._points, registry.names, registry.load)
    for each in known:
        each.cache_clear()
    yield
    for each in known:
        each.cache_clear()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the metadata of a distribution that is found first."""
    monkeypatch.syspath_prepend(tmp_path)
    info = tmp_path / "stranger-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    return info


def test_the_same_as_the_standard_library(installed: Path) -> None:
    """What is found is what importlib.metadata finds, comments, groups and extras and all."""
    (installed / "entry_points.txt").write_text(
        "# one\n[console_scripts]\nx = y:z\n\n[soniq_tui.importers]\n# two = no:way\n"
        "odd=stranger.odd:made\n other = stranger : deep.inside [extra]\n[else]\nmusic = no:way\n"
    )
    found = {(point.name, point.value.replace(" ", "")) for point in registry._points()}
    theirs = entry_points(group=registry.GROUP)
    assert {(p.name, p.value.replace("[extra]", "").replace(" ", "")) for p in theirs} == found
    assert {"music", "covers", "odd", "other"} <= {name for name, _ in found}


def test_music_comes_first() -> None:
    """Importers stand in the order of their modules."""
    assert registry.names() == ("music", "covers", "recipes")
    assert registry.load("music").name == "music"


def test_wrong_ones(installed: Path) -> None:
    """One that cannot be loaded, or is none, says so by its name; the others are found."""
    (installed / "entry_points.txt").write_text(
        "[soniq_tui.importers]\nlost = nowhere.at_all:it\nnone = os:sep\n"
        "scan = soniq_tui.importers.music:importer\n"
    )
    for name in ("lost", "none", "scan"):
        with pytest.raises(PluginError, match=name):
            registry.load(name)
    with pytest.raises(UsageError, match="installed: lost, none, music, scan, covers, recipes"):
        registry.load("absent")
    assert registry.load("music").verb == "scan"
