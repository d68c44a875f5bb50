"""What the console says when a signal has ended it, and of the code of an engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from soniq_tui.host.attach import Seat
from soniq_tui.host.console import Console
from soniq_tui.model.ports import Client
from soniq_tui.model.settings import Settings
from soniq_tui.ui.app import Launch
from soniq_tui.ui.update import Older


@dataclass
class Other:
    """The client of an engine that runs other code."""

    pid: int

    async def runs_other_code(self) -> bool:
        """It does."""
        return True


async def never() -> None:
    """An app that a signal ended before it had found its engine."""


async def test_ended_before_it_had_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A batch that was not begun is not promised to go on."""
    console = Console(Settings(data_dir=str(tmp_path)), Launch(importer="music", options={}), list)
    monkeypatch.setattr(console.app, "run_async", never)
    console._stopped_by = "stopped by SIGINT"
    await console.main()
    assert capsys.readouterr().err == "soniq-tui: stopped by SIGINT; nothing was started\n"


@pytest.mark.parametrize("asked", [False, True])
async def test_left_before_it_had_an_engine(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: bool,
) -> None:
    """Whoever asked for a batch and left before it was begun is told that it was not."""
    start = Launch(importer="music", options={}) if asked else None
    console = Console(Settings(data_dir=str(tmp_path)), start, list)
    monkeypatch.setattr(console.app, "run_async", never)
    await console.main()
    said = "soniq-tui: nothing was started\n" if asked else ""
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("pids", "ages"),
    [
        ([812, 812], [Older.ENGINE, Older.ENGINE]),
        ([812, 813], [Older.ENGINE, Older.CONSOLE]),
        ([812, 813, 813], [Older.ENGINE, Older.CONSOLE, Older.CONSOLE]),
    ],
)
async def test_an_engine_does_not_get_younger(
    tmp_path: Path, pids: list[int], ages: list[Older]
) -> None:
    """A connection that broke and is there again changes nothing of who runs older code."""
    console = Console(Settings(data_dir=str(tmp_path)), None, list)
    for pid, age in zip(pids, ages, strict=True):
        console.app.older = await console._older(Seat(cast("Client", Other(pid))))
        assert console.app.older is age
