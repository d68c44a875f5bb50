"""One client in another process, as the host sees it: its requests, and what comes of them."""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import cast

import msgspec

from soniq_tui.api import scrape, sources, wire
from soniq_tui.errors import EngineError, SoniqError
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import Snapshot

AT_ONCE = 32
"""So many requests of one peer are worked on; the next is read when one of them has ended."""
WAITING_MOST = 64
"""So many requests of one peer may wait for something to happen."""
STALL_S = 10.0
"""A frame that was begun, and the greeting, must be there after this time."""
WRITE_S = 30.0
"""A peer that takes nothing for so long is let go. A console that is stopped comes back."""
log = logging.getLogger(__name__)


class Peer:
    """One connection."""

    def __init__(
        self,
        client: Client,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_greeted: Callable[[], None],
    ) -> None:
        self._client, self._reader, self._writer = client, reader, writer
        self._on_greeted = on_greeted
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._waiting: set[int] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._writing = asyncio.Lock()
        self.greeted = False
        self.last_word = ""

    async def run(self) -> None:
        """Serve until the peer leaves, misbehaves, or the host ends."""
        try:
            async with asyncio.timeout(STALL_S):
                head = await self._reader.readexactly(wire.HEAD_BYTES)
            if scrape.is_http(head):
                async with asyncio.timeout(STALL_S):
                    await scrape.answer(head, self._reader, self._writer, self._client)
                return
            if not await self._greet(head):
                return
            while True:
                head = await self._reader.readexactly(wire.HEAD_BYTES)
                await self._take(wire.from_client(await self._body(head)))
        except asyncio.CancelledError:
            if self.greeted and self.last_word:
                word = wire.refusal(wire.ALL, EngineError(self.last_word))
                # Not written with patience: who is behind now learns it from the closed socket.
                self._writer.write(wire.frame(word, wire.ANSWER_MOST_BYTES))
        except (OSError, EOFError, TimeoutError) as exc:
            log.debug("a peer went: %s", exc)
        except (msgspec.MsgspecError, ValueError) as exc:
            log.warning("a peer is let go: %s", exc)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            self._writer.close()

    async def _greet(self, head: bytes) -> bool:
        hello = wire.from_anyone(await self._body(head))
        ours = wire.Hello(pid=os.getpid(), code=await sources.ours())
        await self._write(wire.frame(ours, wire.ANSWER_MOST_BYTES))
        self.greeted = (hello.protocol, hello.version) == (ours.protocol, ours.version)
        self._on_greeted()
        return self.greeted  # who speaks otherwise finds that out by itself, and says it

    async def _body(self, head: bytes) -> bytes:
        """Return the rest of a frame.

        Raises:
            ValueError: it is too long.
            TimeoutError: it does not come.
        """
        length = int.from_bytes(head, "big")
        if length > wire.REQUEST_MOST_BYTES:
            raise ValueError(f"a frame of {length:,} bytes")
        async with asyncio.timeout(STALL_S):
            return await self._reader.readexactly(length)

    async def _take(self, message: wire.Request | wire.Drop) -> None:
        if isinstance(message, wire.Drop):
            if task := self._tasks.get(message.id):
                task.cancel()
            return
        if message.id in self._tasks or message.id == wire.ALL:
            raise ValueError(f"request {message.id} is asked twice")
        method = wire.METHODS.get(message.method)
        waits = method is not None and method.waits
        if waits and len(self._waiting) >= WAITING_MOST:
            raise ValueError("too many requests that wait")
        if waits:
            self._waiting.add(message.id)
        else:
            await self._room.acquire()
        task = asyncio.create_task(self._serve(message, method), name=f"peer-{message.method}")
        self._tasks[message.id] = task

        def ended(_: asyncio.Task[None]) -> None:
            del self._tasks[message.id]
            if waits:
                self._waiting.discard(message.id)
            else:
                self._room.release()

        task.add_done_callback(ended)

    async def _serve(self, request: wire.Request, method: wire.Method | None) -> None:
        """Answer one request, whatever comes of it."""
        if method is None:
            unknown = EngineError(f"the engine knows no {request.method!r}")
            await self._refuse(request.id, unknown)
            return
        try:
            result = await self._done(request.method, method.argument.decode(request.argument))
        except msgspec.MsgspecError as exc:
            await self._refuse(request.id, EngineError(f"{request.method} was misspoken: {exc}"))
        except SoniqError as exc:
            await self._refuse(request.id, exc)
        except Exception as exc:
            log.exception("a bug in %s", request.method)
            why = f"a bug in the engine: {type(exc).__name__}: {exc}"
            await self._refuse(request.id, EngineError(why))
        else:
            await self._reply(request.id, result)

    async def _done(self, method: str, argument: object) -> object:
        client, result = self._client, cast("object", None)
        match method, argument:
            case "snapshot", known:
                snapshot = await client.snapshot()
                result = None if _is_known(snapshot, known) else snapshot
            case (("preview" | "launch"), wire.Wish(importer, options)):
                result = await getattr(client, method)(importer, options)
            case "deed", wire.Deed(importer, name, words):
                result = await client.deed(importer, name, words)
            case "output", wire.Since(job_id, after):
                result = await client.output(job_id, after)
            case "end", bool(finish):
                result = await client.end(finish=finish)
            case (("describe" | "metrics"), _):
                result = await getattr(client, method)()
            case _:
                result = await getattr(client, method)(argument)
        return result

    async def _reply(self, request_id: int, result: object) -> None:
        async with self._writing:
            try:
                message = wire.Answer(request_id, wire.raw(result))
                body = wire.frame(message, wire.ANSWER_MOST_BYTES)
            except (ValueError, OverflowError) as exc:
                error = EngineError(f"the answer cannot be sent: {exc}; ask for less at a time")
                body = wire.frame(wire.refusal(request_id, error), wire.ANSWER_MOST_BYTES)
            await self._out(body)

    async def _refuse(self, request_id: int, error: SoniqError) -> None:
        await self._write(wire.frame(wire.refusal(request_id, error), wire.ANSWER_MOST_BYTES))

    async def _write(self, data: bytes) -> None:
        async with self._writing:
            await self._out(data)

    async def _out(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            async with asyncio.timeout(WRITE_S):
                await self._writer.drain()
        except OSError:  # TimeoutError is one
            # What was read of this peer is not worked on either: the reader sees the end.
            self._writer.transport.abort()


def _is_known(snapshot: Snapshot, version: object) -> bool:
    """Say whether the client has all there is to see. Clocks move without a new version."""
    return snapshot.version == version and not snapshot.working
