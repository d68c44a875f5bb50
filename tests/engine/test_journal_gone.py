"""A data directory that is removed, moved or replaced while an engine works in it."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from soniq_tui.api import address
from soniq_tui.engine import place
from soniq_tui.errors import JournalError, JournalGoneError
from tests.engine.journals import a_job, admitted, rows, write
from tests.engine.worlds import FakeRunner, deaf, world


def removed(folder: Path) -> None:
    shutil.rmtree(folder)


def replaced(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.mkdir()
    write(folder / "journal.db", admitted(a_job(7)))


def overlaid(folder: Path) -> None:
    """As by a backup that is unpacked there."""
    (folder / "journal.db").rename(folder / "older.db")
    write(folder / "journal.db", admitted(a_job(7)))


@pytest.mark.parametrize("happens", [removed, replaced, overlaid])
async def test_the_engine_ends_and_says_so(tmp_path: Path, happens: Callable[[Path], None]) -> None:
    """What it would write is nowhere, and another host may be at work: nothing is said to be done.

    What is there now stays as it is.
    """
    folder = tmp_path / "data"
    folder.mkdir()
    runner = FakeRunner(read=deaf)
    async with world(folder, runner) as here:
        await here.launch("a")
        await here.until(lambda: runner.active)
        await asyncio.to_thread(happens, folder)
        with pytest.raises(JournalGoneError, match="was removed, or its journal replaced"):
            await here.launch("b")
        assert here.task is not None
        with pytest.raises(JournalGoneError, match="'soniq-tui' begins anew"):
            async with asyncio.timeout(5):
                await here.task
        assert runner.killed == [1]
    if happens is not removed:
        assert rows(folder / "journal.db", "SELECT id FROM job") == [(7,)]


async def test_what_cannot_be_told_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a disk that fails, or a folder that was closed, the commit itself tells."""

    def fails(_path: Path) -> None:
        raise PermissionError("closed")

    async with world(tmp_path) as here:
        monkeypatch.setattr(place.Path, "stat", fails)
        number = await here.launch("a")
        monkeypatch.undo()
        assert (await here.ended(number)).items.done == 1


async def test_a_sweep_waits_as_well(tmp_path: Path) -> None:
    """A disk that is unplugged while nothing is written but swept comes back."""
    folder, away = tmp_path / "data", tmp_path / "away"
    folder.mkdir()
    async with world(folder) as here:
        folder.rename(away)
        with pytest.raises(JournalError):
            await here.engine.journal.sweep(hurry=True)
        away.rename(folder)
        assert not await here.engine.journal.sweep(hurry=True)


def test_the_name_of_another_host_stays(tmp_path: Path) -> None:
    """A host whose folder was replaced takes nobody's socket away."""
    mine = address.listen(tmp_path)
    known = address.identity(tmp_path)
    (tmp_path / address.NAME).rename(tmp_path / "moved")
    address.remove(tmp_path, known)
    theirs = address.listen(tmp_path)
    address.remove(tmp_path, known)
    assert (tmp_path / address.NAME).is_socket()
    address.remove(tmp_path, address.identity(tmp_path))
    assert not (tmp_path / address.NAME).exists()
    mine.close()
    theirs.close()
