"""The same engine, looked at from beside it and through the socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from soniq_tui.api.client import RemoteClient
from soniq_tui.api.server import Server
from soniq_tui.model.ports import Client
from tests.engine.conftest import no_blocking  # noqa: F401  a fixture
from tests.engine.worlds import FakeRunner, World, world


class Contract:
    """Opens an engine and gives its client of one kind."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder

    @asynccontextmanager
    async def over(
        self, runner: FakeRunner | None = None, **how: object
    ) -> AsyncIterator[tuple[World, Client]]:
        """Open an engine; leaving ends it."""
        async with world(self.folder, runner, **how) as there, self.client(there.client) as client:
            yield there, client

    @asynccontextmanager
    async def client(self, local: Client) -> AsyncIterator[Client]:
        """Give a client of this kind of the one that is beside the engine."""
        if self.kind == "local":
            yield local
            return
        server = Server(local, self.folder)
        await server.start()
        client = await RemoteClient.connect(self.folder)
        try:
            yield client
        finally:
            await client.close()
            await server.close()


@pytest.fixture(params=["local", "remote"])
def contract(request: pytest.FixtureRequest, tmp_path: Path) -> Contract:
    return Contract(request.param, tmp_path)
