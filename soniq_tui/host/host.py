"""One host: lock, journal, engine, runners and client, opened and closed together."""

import asyncio
import logging
import os
import random
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from soniq_tui import __version__
from soniq_tui.engine.threads import Threads
from soniq_tui.errors import EngineError
from soniq_tui.host import log as logs
from soniq_tui.host import prestart
from soniq_tui.host import room as rooms
from soniq_tui.host.lock import HostLock
from soniq_tui.model.commands import Pause, Target
from soniq_tui.model.job import BATCH_ENDED, BatchState
from soniq_tui.model.settings import OnStart, Place, Settings
from soniq_tui.runners.board import Board
from soniq_tui.runners.template_client import Template
from soniq_tui.runners.wire import Setup
from soniq_tui.words import _

if TYPE_CHECKING:
    from soniq_tui.engine.engine import Engine
    from soniq_tui.importers.base import Importer
    from soniq_tui.model.ports import Runner

AT_WORK = {BatchState.RUNNING, BatchState.PAUSING, BatchState.CANCELLING}
"""A batch in one of these moves without anybody's help."""
CALM_S = 0.1
"""Whether there is still something to do is looked at no more often."""
log = logging.getLogger(__name__)


class Host:
    """An asynchronous context: inside it an engine is at work.

    Args:
        settings: how to work.
        only: batches of an earlier host to take over; None: all that have not ended.
        ask: honour ``engine.on_start``: what an earlier host left may have to wait for a person.
        dispatch: start jobs, and serve other processes; without it commands are carried out only.
        soon: work is about to come: the process that starts all others begins at once, beside the
            imports of the engine, which take as long.

    Raises:
        EngineError: the data directory or the journal cannot be used, or another host is there.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        only: tuple[int, ...] | None = None,
        ask: bool = False,
        dispatch: bool = True,
        soon: bool = False,
    ) -> None:
        self.settings = settings
        self._soon = soon and dispatch
        self._only, self._dispatch = only, dispatch
        self._ask = ask and settings.engine.on_start is OnStart.ASK
        self.asked = asyncio.Event()
        """Set when a client asked it to end; ``finish`` says how."""
        self.finish = False
        self.last_word = ""
        """What attached clients are told at the end; without it they may look for the next host."""
        self._stops: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        data_dir = self.settings.data_path
        # Whatever was opened is closed again, in the opposite order, also when the rest fails.
        async with AsyncExitStack() as held:
            lock = HostLock(data_dir)
            held.callback(lock.release)
            asyncio.get_running_loop().set_default_executor(threads := Threads())
            threads.begin()
            logbook, stop = logs.start(self.settings)
            held.callback(stop)
            room, others = rooms.prepare(data_dir)
            held.push_async_callback(asyncio.to_thread, rooms.leave, room)
            held.callback(os.close, rooms.hold(room))
            board = rooms.open_board(room)
            held.callback(board.close)
            started = prestart.take(board.path)
            template = Template(
                Setup(
                    data_dir=str(data_dir),
                    spool_dir=str(room),
                    board=str(board.path),
                    nice=self.settings.engine.nice,
                    preload=(),
                ),
                started,
            )
            held.push_async_callback(template.close)
            spare = frozenset({started.process.pid} if started else ())
            begun = await asyncio.to_thread(rooms.take_over, board, others, spare)
            if self._soon:
                template.warm()
            # Only now, for the same reason.
            from soniq_tui.api.server import Server
            from soniq_tui.engine.client import LocalClient
            from soniq_tui.importers import registry

            self.engine = self._make_engine(template, board, room)
            held.push_async_callback(self.engine.close)
            self.client = LocalClient(self.engine, registry.names, self._asked_to_end, logbook)
            held.callback(self.client.close)
            await self.engine.restore(self._only, begun)
            if lock.died:
                self._tell_of_death(len(begun))
            if self._ask:
                await self.client.send(Pause(target=Target()))
            self.server = Server(self.client, data_dir, on_peers=self.engine.bus.touch)
            held.push_async_callback(self._close_server)
            if self._dispatch:
                await self._listen()
            self._held = held.pop_all()
        log.info("soniq-tui %s, process %d, is the host", __version__, os.getpid())
        self._task = asyncio.create_task(self.engine.run(), name="engine")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close(finish=self.finish)

    def _tell_of_death(self, begun: int) -> None:
        batches = self.unfinished
        jobs = "1 job" if begun == 1 else f"{begun:,} jobs"
        left = "1 batch is" if batches == 1 else f"{batches:,} batches are"
        log.warning("the last host died; %s had begun, %s left to finish", jobs, left)

    async def _listen(self) -> None:
        try:
            await self.server.start()
        except OSError as exc:  # a file system without sockets: work goes on, alone
            log.warning("no other process can attach: %s", exc)

    async def _close_server(self) -> None:
        await self.server.close(self.last_word)

    def _asked_to_end(self, finish: bool) -> None:
        self.last_word = "the engine was ended from another place; 'soniq-tui' begins it anew"
        if self.asked.is_set() and not finish:
            self.stop_now()  # it was finishing what ran
        self.finish = finish
        self.asked.set()

    def stop_now(self) -> None:
        """Wait no longer for what runs: it goes on at the next start."""
        self.finish = False
        stop = asyncio.create_task(self.engine.stop())
        self._stops.add(stop)
        stop.add_done_callback(self._stops.discard)

    async def until_idle(self) -> None:
        """Return when nothing is left to do and nobody looks; never, where it shall stay."""
        while True:
            version = self.engine.bus.version
            stays = self.settings.engine.stay or self.server.peers
            if not stays and not await self._busy():
                return
            await self.engine.bus.changed(version)
            await asyncio.sleep(CALM_S)

    async def _busy(self) -> bool:
        if self.client.coming:
            return True
        live = self.engine.scheduler.live.values()
        if any(each.batch.state in AT_WORK for each in live):
            return True
        return (await self.client.snapshot()).working  # a cancel that can be taken back

    async def close(self, *, finish: bool = False) -> None:
        """Stop what runs (or let it end, with ``finish``), write everything and let go.

        Raises:
            EngineError: the engine had failed.
        """
        try:
            await self.client.arrived()  # what was asked for a moment ago is kept
            stopped = await self._stop(finish=finish)
            if stopped is not None:
                log.error("the engine failed", exc_info=stopped)
            log.info("the host ends")
        finally:
            await self._held.aclose()
        if isinstance(stopped, EngineError):
            raise stopped
        if stopped is not None:
            reason = f"{type(stopped).__name__}: {stopped}"
            place = self.settings.data_path / logs.NAME
            text = _("the engine failed ({why}); {file} tells more")
            raise EngineError(text.format(why=reason, file=place)) from stopped

    async def _stop(self, *, finish: bool) -> BaseException | None:
        """End the engine and return what it failed with, if it did."""
        stop = asyncio.create_task(self.engine.stop(finish=finish))
        # An engine that failed has no idle moment to wait for.
        await asyncio.wait({stop, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if stop.done() and stop.exception() is not None:
            self._task.cancel()
        elif not stop.done() and (self._task.cancelled() or self._task.exception()):
            stop.cancel()
        ends = await asyncio.gather(self._task, stop, return_exceptions=True)
        failures = [e for e in ends if e and not isinstance(e, asyncio.CancelledError)]
        failure = failures[0] if failures else None
        while isinstance(failure, BaseExceptionGroup):
            failure = failure.exceptions[0]
        return failure

    @property
    def unfinished(self) -> int:
        """So many batches of those that it works on have not ended."""
        live = self.engine.scheduler.live.values()
        return sum(each.batch.state not in BATCH_ENDED for each in live)

    @property
    def failed(self) -> asyncio.Task[None]:
        """Ends when the engine can do nothing more."""
        return self._task

    def _make_engine(self, template: Template, board: Board, room: Path) -> "Engine":
        from soniq_tui.engine.engine import Engine
        from soniq_tui.importers import registry
        from soniq_tui.runners.child_client import Cells
        from soniq_tui.runners.local import LoopRunner
        from soniq_tui.runners.pools import ChildRunner
        from soniq_tui.runners.spool import Keeper

        llm = ("llm_url", "llm_model", "llm_key", "llm_wait_s")
        for name in (*llm, "host_gap_s", "page_timeout_s"):
            if (value := getattr(self.settings, name)) != "":  # for programs of stages; 0 is a time
                os.environ[f"SONIQ_{name.upper()}"] = str(value)
        engine = self.settings.engine
        cells = Cells(board)
        writer = ChildRunner(template, board, cells, engine, single=True)

        def runner(place: Place) -> "Runner":
            if place is Place.LOOP:
                return LoopRunner(self.settings.data_path, room, engine, template, cells)
            return writer if place is Place.WRITER else ChildRunner(template, board, cells, engine)

        runners = {name: runner(queue.place) for name, queue in self.settings.queues.items()}

        def find(name: str) -> "Importer":
            """Load an importer; children that are forked from now on have its modules for free."""
            importer = registry.load(name)
            template.preload(importer.preload)
            return importer

        return Engine(
            self.settings,
            find,
            runners,
            Keeper(room),
            chance=random.random,
            dispatch=self._dispatch,
        )
