"""A server of a client that is not there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from soniq_tui.api.server import Server
from soniq_tui.model.snapshot import Page, Query, Snapshot
from tests.engine.conftest import no_blocking  # noqa: F401  a fixture


class Nobody:
    """What of ``model.ports.Client`` these tests need."""

    def __init__(self) -> None:
        self.version = 1
        self.rows = 0
        self.dropped = 0
        self.working = 0
        self.peak = 0
        self.gate = asyncio.Event()

    async def snapshot(self) -> Snapshot:
        return Snapshot(version=self.version)

    async def changed(self, version: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.dropped += 1

    async def browse(self, query: Query) -> Page:
        self.working += 1
        self.peak = max(self.peak, self.working)
        try:
            await self.gate.wait()
        finally:
            self.working -= 1
        return Page(total=query.offset)

    async def metrics(self) -> str:
        return "soniq_jobs 1\n"


@pytest.fixture
async def nobody() -> Nobody:
    return Nobody()


@pytest.fixture
async def server(nobody: Nobody, tmp_path: Path) -> AsyncIterator[Server]:
    opened = Server(nobody, tmp_path)
    await opened.start()
    yield opened
    await opened.close()
