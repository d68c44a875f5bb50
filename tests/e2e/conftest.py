"""The command, and folders of music to point it at."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from soniq_tui.importers.music.demo import make_library, master
from tests.e2e.command import MANY, SOME, Soniq
from tests.e2e.warm import WARM


@pytest.fixture(scope="session", autouse=True)
def _warm() -> Iterator[None]:
    """End what starts commands together with the tests."""
    yield
    WARM.end()


@pytest.fixture
def soniq(tmp_path: Path) -> Iterator[Soniq]:
    """The command in a world of its own."""
    made = Soniq(tmp_path)
    yield made
    made.end()


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo library of 60 files, one of them broken, which nobody changes."""
    folder = tmp_path_factory.mktemp("library")
    make_library(folder, 60)
    return folder


@pytest.fixture(scope="session")
def _scanned_data(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    soniq = Soniq(tmp_path_factory.mktemp("scanned"))
    soniq.scan(library)
    return soniq.data


@pytest.fixture
def scanned(soniq: Soniq, _scanned_data: Path) -> Soniq:
    """The command in a world where the library has been scanned."""
    shutil.copytree(_scanned_data, soniq.data)
    return soniq


@pytest.fixture
def own_library(library: Path, tmp_path: Path) -> Path:
    """A copy of the library that the test may change."""
    return Path(shutil.copytree(library, tmp_path / "own"))


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many files (all links to one) that a scan takes a second or two."""
    return linked(tmp_path_factory.mktemp("many"), MANY)


@pytest.fixture(scope="session")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quarter of them."""
    return linked(tmp_path_factory.mktemp("some"), SOME)


def linked(folder: Path, count: int) -> Path:
    """Fill a folder with albums of songs that are all one file."""
    first = folder / "one.mp3"
    first.write_bytes(master("mp3"))
    for album in range(50):
        place = folder / f"album {album:02}"
        place.mkdir()
        for track in range(count // 50):
            (place / f"{track:03}.mp3").hardlink_to(first)
    first.unlink()
    return folder
