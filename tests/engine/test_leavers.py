"""What somebody asked for who leaves before the answer."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from soniq_tui.importers.base import Importer
from soniq_tui.model.commands import Forget
from soniq_tui.model.events import Event
from tests.engine.strategies import FAKE
from tests.engine.worlds import SOON_S, world


def slow_loading() -> tuple[threading.Event, threading.Event, Callable[[str], Importer]]:
    """Return whether an importer is being loaded, whether it may be, and who loads it."""
    loading, may = threading.Event(), threading.Event()

    def load(_name: str) -> Importer:
        loading.set()
        assert may.wait(10)
        return FAKE

    return loading, may, load


async def test_a_batch_is_begun_whose_importer_is_being_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked for it leaves before it is known what the options mean."""
    loading, may, slowly = slow_loading()
    async with world(tmp_path, kill_grace_s=SOON_S) as here:  # so long an engine that ends waits
        monkeypatch.setattr(here.engine, "importer", slowly)
        launching = asyncio.create_task(here.launch("a"))
        try:
            await here.until(loading.is_set)
            launching.cancel()
            await asyncio.gather(launching, return_exceptions=True)
            assert here.client.coming
        finally:
            may.set()
        await here.client.arrived()
        assert await here.written("SELECT key FROM job") == [("a",)]


async def test_what_was_forgotten_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever had batches forgotten leaves while that is being written."""
    async with world(tmp_path) as here:
        await here.launch("a")
        await here.ended(1)
        real = here.engine.apply_and_wait

        async def left(events: list[Event]) -> bool:
            asked.cancel()
            return await real(events)

        monkeypatch.setattr(here.engine, "apply_and_wait", left)
        asked = asyncio.create_task(here.client.send(Forget(batches=(1,))))
        await asyncio.gather(asked, return_exceptions=True)
        assert asked.cancelled()
        async with asyncio.timeout(1):
            await here.engine.upkeep.forgetting.swept()
        assert await here.written("SELECT count(*) FROM job") == [(0,)]


async def test_a_rehearsal_is_no_batch_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it when its sender has gone, and no engine when it ends."""
    loading, may, slowly = slow_loading()
    async with world(tmp_path) as here:
        monkeypatch.setattr(here.engine, "importer", slowly)
        options = {"names": ["a"], "dry_run": True}
        asked = asyncio.create_task(here.client.launch("fake", options))
        try:
            await here.until(loading.is_set)
            assert not here.client.coming
        finally:
            may.set()
        assert "nothing was started" in (await asked).text
        assert await here.written("SELECT key FROM job") == []
