"""The other end of the socket: a client of an engine that runs in another process."""

import asyncio
import itertools
import os
import socket
from pathlib import Path
from typing import Any, Self, cast

import msgspec

from soniq_tui.api import address, sources, wire
from soniq_tui.errors import EngineError, SoniqError, UsageError
from soniq_tui.model.commands import Command, Reply
from soniq_tui.model.details import JobDetail, Output
from soniq_tui.model.forms import FormSpec, Preview
from soniq_tui.model.report import Report
from soniq_tui.model.results import DetailQuery, ResultDetail, ResultPage, ResultQuery
from soniq_tui.model.snapshot import Page, Query, Snapshot

GREETING_S = 5.0
"""A host that does not greet within this time is stopped or stuck."""
LOST = "the engine has gone"


class RemoteClient:
    """``model.ports.Client`` of another process; :meth:`connect` makes one.

    Its methods raise what the engine's own client raises, and ``OSError`` once the connection is
    lost: then a new one may find the next host. An ``EngineError`` instead says that the engine was
    ended on purpose.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[msgspec.Raw]] = {}
        self._over: wire.Refusal | None = None
        self._seen: Snapshot | None = None
        self._task: asyncio.Task[None] | None = None
        self.pid = 0
        """The process of the host."""
        self.code = ""
        """Digest of the code that it runs; empty: it is too old to tell."""

    @classmethod
    async def connect(cls, folder: Path) -> Self:
        """Return a client of the host of a data directory.

        Raises:
            OSError: nobody answers there.
            EngineError: the host is another version, or what answers is no host.
        """
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            async with asyncio.timeout(GREETING_S):
                with address.reachable(folder) as path:
                    await asyncio.get_running_loop().sock_connect(connection, path)
                client = cls(*await asyncio.open_unix_connection(sock=connection))
        except BaseException:
            connection.close()
            raise
        try:
            async with asyncio.timeout(GREETING_S):
                await client._greet()
        except BaseException as exc:
            client._writer.close()
            if isinstance(exc, EOFError):
                raise ConnectionResetError(LOST) from exc
            raise
        client._task = asyncio.create_task(client._listen(), name="remote client")
        return client

    async def close(self) -> None:
        """Leave; the engine goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._writer.close()

    async def _greet(self) -> None:
        hello = wire.Hello(pid=os.getpid())
        self._writer.write(wire.frame(hello, wire.REQUEST_MOST_BYTES))
        await self._writer.drain()
        try:
            theirs = wire.from_anyone(await self._frame())
        except (msgspec.MsgspecError, ValueError) as exc:
            raise EngineError(f"what listens on {address.NAME} is no engine: {exc}") from exc
        if (theirs.protocol, theirs.version) != (hello.protocol, hello.version):
            raise EngineError(
                f"the engine that runs is soniq-tui {theirs.version} (process {theirs.pid}), "
                f"this is {hello.version}: end that one and try again; "
                f"'kill {theirs.pid}' keeps its work"
            )
        self.pid, self.code = theirs.pid, theirs.code

    async def runs_other_code(self) -> bool:
        """Say whether the host runs other code than this process does, of the same version."""
        ours = await sources.ours()
        return sources.UNKNOWN not in {ours, self.code} and ours != self.code

    async def _frame(self) -> bytes:
        length = int.from_bytes(await self._reader.readexactly(wire.HEAD_BYTES), "big")
        if length > wire.ANSWER_MOST_BYTES:
            raise ValueError(f"a frame of {length:,} bytes")
        return await self._reader.readexactly(length)

    async def _listen(self) -> None:
        """Hand answers to those who wait for them, until the connection is lost."""
        try:
            while True:
                message = wire.from_host(await self._frame())
                if message.id == wire.ALL and isinstance(message, wire.Refusal):
                    self._over = message
                    return
                waiting = self._pending.pop(message.id, None)
                if waiting is None or waiting.done():
                    continue  # it was dropped meanwhile
                if isinstance(message, wire.Answer):
                    waiting.set_result(message.result)
                else:
                    waiting.set_exception(wire.raised(message))
        except (OSError, EOFError):
            return
        except (msgspec.MsgspecError, ValueError) as exc:
            self._over = wire.Refusal(wire.ALL, EngineError.__name__, f"the engine raves: {exc}")
        finally:
            for waiting in self._pending.values():
                if not waiting.done():
                    waiting.set_exception(self._end())
            self._pending.clear()
            self._writer.close()

    def _end(self) -> SoniqError | OSError:
        return wire.raised(self._over) if self._over else ConnectionResetError(LOST)

    async def _call(self, method: str, argument: object = None) -> Any:
        if self._task is None or self._task.done():
            raise self._end()
        number = next(self._numbers)
        try:
            request = wire.Request(number, method, wire.raw(argument))
            data = wire.frame(request, wire.REQUEST_MOST_BYTES)
        except (ValueError, OverflowError) as exc:
            raise UsageError(f"that cannot be sent to the engine: {exc}") from exc
        waiting = asyncio.get_running_loop().create_future()
        self._pending[number] = waiting
        try:
            self._writer.write(data)
            await self._writer.drain()
            found = await waiting
        except asyncio.CancelledError:
            if not self._task.done():
                self._writer.write(wire.frame(wire.Drop(number), wire.REQUEST_MOST_BYTES))
            raise
        except EngineError as exc:
            if not str(exc).startswith(f"{method} was misspoken: Invalid value "):
                raise
            # Both are of the same version, and it has never heard of such a command.
            raise EngineError(
                f"the engine that runs (process {self.pid}) is older than this and does not know "
                f"what is asked: end it and try again; 'kill {self.pid}' keeps its work"
            ) from exc
        except ConnectionError as exc:
            await asyncio.wait({self._task}, timeout=GREETING_S)  # a last word may be on its way
            raise self._end() from exc
        finally:
            self._pending.pop(number, None)
            if waiting.done() and not waiting.cancelled():
                waiting.exception()  # nobody may be left to ask for it
        try:
            return wire.METHODS[method].result.decode(found)
        except msgspec.MsgspecError as exc:
            raise EngineError(f"the engine answered {method} with nonsense: {exc}") from exc

    # ---------------------------------------------------------------- the port

    async def send(self, command: Command) -> Reply:
        """See ``Client``."""
        return cast("Reply", await self._call("send", command))

    async def snapshot(self) -> Snapshot:
        """See ``Client``."""
        known = None if self._seen is None else self._seen.version
        fresh: Snapshot | None = await self._call("snapshot", known)
        if fresh is not None:
            self._seen = fresh
        if self._seen is None:
            raise EngineError("the engine showed nothing")
        return self._seen

    async def changed(self, version: int) -> None:
        """See ``Client``."""
        await self._call("changed", version)

    async def browse(self, query: Query) -> Page:
        """See ``Client``."""
        return cast("Page", await self._call("browse", query))

    async def job(self, job_id: int) -> JobDetail | None:
        """See ``Client``."""
        return cast("JobDetail | None", await self._call("job", job_id))

    async def output(self, job_id: int, after: int) -> Output:
        """See ``Client``."""
        return cast("Output", await self._call("output", wire.Since(job_id, after)))

    async def describe(self) -> list[FormSpec]:
        """See ``Client``."""
        return cast("list[FormSpec]", await self._call("describe"))

    async def preview(self, importer: str, options: dict[str, object]) -> Preview:
        """See ``Client``."""
        return cast("Preview", await self._call("preview", wire.Wish(importer, options)))

    async def launch(self, importer: str, options: dict[str, object]) -> Reply:
        """See ``Client``."""
        return cast("Reply", await self._call("launch", wire.Wish(importer, options)))

    async def results(self, query: ResultQuery) -> ResultPage:
        """See ``Client``."""
        return cast("ResultPage", await self._call("results", query))

    async def detail(self, query: DetailQuery) -> ResultDetail:
        """See ``Client``."""
        return cast("ResultDetail", await self._call("detail", query))

    async def deed(self, importer: str, name: str, words: dict[str, str]) -> Reply:
        """See ``Client``."""
        return cast("Reply", await self._call("deed", wire.Deed(importer, name, words)))

    async def metrics(self) -> str:
        """See ``Client``."""
        return cast("str", await self._call("metrics"))

    async def report(self, batch_id: int) -> Report | None:
        """See ``Client``."""
        return cast("Report | None", await self._call("report", batch_id))

    async def end(self, *, finish: bool) -> Reply:
        """See ``Client``."""
        return cast("Reply", await self._call("end", finish))
