"""The host's end of the socket: serves any client of the engine to other processes.

A peer that talks nonsense, stalls or floods harms nobody but itself: it may belong to the same user
or to root only, its frames are bounded, so many of its requests are worked on at once, an answer is
made when the one before has been taken, and who takes none for a while is let go.
"""

import asyncio
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING

from soniq_tui.api import address, sources
from soniq_tui.model.ports import Client

if TYPE_CHECKING:
    from soniq_tui.api.peer import Peer

PEERS_MOST = 64
LOAD_AFTER_S = 1.0
"""When what serves a peer is loaded at the latest: a short command ends without it, and who stays
may first be called when an update has put other files in the place of ours."""


class Server:
    """Listens from :meth:`start` to :meth:`close`.

    Args:
        client: what is served.
        folder: the data directory; the caller is its host.
        on_peers: called when a peer came or went.
    """

    def __init__(
        self, client: Client, folder: Path, on_peers: Callable[[], None] = lambda: None
    ) -> None:
        self._client, self._folder, self._on_peers = client, folder, on_peers
        self._server: asyncio.Server | None = None
        self._name: tuple[int, int] | None = None
        self._loading: asyncio.TimerHandle | None = None
        self._peers: dict[asyncio.Task[None], Peer] = {}

    @property
    def peers(self) -> int:
        """How many clients are there."""
        return sum(peer.greeted for peer in self._peers.values())

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: there can be no socket in that folder.
        """
        listener, self._name = await asyncio.to_thread(self._listening)
        self._server = await asyncio.start_unix_server(self._came, sock=listener)
        loop = asyncio.get_running_loop()
        self._loading = loop.call_later(LOAD_AFTER_S, self._load)

    def _load(self) -> None:
        import_module("soniq_tui.api.peer")
        asyncio.get_running_loop().run_in_executor(None, sources.running)

    def _listening(self) -> tuple[socket, tuple[int, int] | None]:
        return address.listen(self._folder), address.identity(self._folder)

    async def close(self, last_word: str = "") -> None:
        """Listen no more and let everybody go; ``last_word`` says why no one need come again."""
        if self._server is None:
            return
        server, self._server = self._server, None
        if self._loading is not None:
            self._loading.cancel()
        await asyncio.to_thread(address.remove, self._folder, self._name)
        server.close()
        for task, peer in list(self._peers.items()):
            peer.last_word = last_word
            task.cancel()
        await asyncio.gather(*self._peers, return_exceptions=True)
        await server.wait_closed()

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._peers) >= PEERS_MOST or not _welcome(writer.get_extra_info("socket")):
            writer.transport.abort()
            return
        from soniq_tui.api.peer import Peer  # here: most hosts are never called

        peer = Peer(self._client, reader, writer, self._on_peers)
        task = asyncio.create_task(peer.run(), name="peer")
        self._peers[task] = peer
        task.add_done_callback(self._went)

    def _went(self, task: asyncio.Task[None]) -> None:
        del self._peers[task]
        self._on_peers()


def _welcome(connection: socket) -> bool:
    return address.peer_uid(connection) in {os.getuid(), 0}
