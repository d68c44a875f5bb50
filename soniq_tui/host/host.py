"""One host: lock, journal, engine, runners and client, opened and closed together."""

import asyncio
import hashlib
import os
import random
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from soniq_tui.engine.client import LocalClient
from soniq_tui.engine.engine import Engine
from soniq_tui.errors import DataDirError, EngineError
from soniq_tui.host.lock import HostLock
from soniq_tui.importers import registry
from soniq_tui.importers.base import Importer
from soniq_tui.model.settings import Place, Settings
from soniq_tui.runners.board import Board
from soniq_tui.runners.pools import Cells, ChildRunner, Template
from soniq_tui.runners.spool import Keeper
from soniq_tui.runners.wire import Setup


class Host:
    """An asynchronous context: inside it an engine is at work.

    Args:
        settings: how to work.
        only: batches of an earlier host to take over; None: all that have not ended.

    Raises:
        EngineError: the data directory or the journal cannot be used, or another host is there.
    """

    def __init__(self, settings: Settings, *, only: tuple[int, ...] | None = None) -> None:
        self.settings = settings
        self._only = only

    async def __aenter__(self) -> Self:
        data_dir = self.settings.data_path
        self._lock = HostLock(data_dir)
        try:
            self._room = _memory_room(data_dir)
            self._board = Board(self._room / "slots.board")
            self._template = Template(
                Setup(
                    data_dir=str(data_dir),
                    spool_dir=str(self._room),
                    board=str(self._room / "slots.board"),
                    nice=self.settings.engine.nice,
                    preload=(),
                )
            )
            self.engine = self._make_engine()
        except BaseException:
            self._lock.release()
            raise
        self.client = LocalClient(self.engine, registry.names)
        await self.engine.restore(self._only)
        self._task = asyncio.create_task(self.engine.run(), name="engine")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self, *, finish: bool = False) -> None:
        """Stop what runs (or let it end, with ``finish``), write everything and let go.

        Raises:
            EngineError: the engine had failed.
        """
        if self._task.done() and not self._task.cancelled() and self._task.exception():
            stopped = self._task.exception()
        else:
            await self.engine.stop(finish=finish)
            stopped = (await asyncio.gather(self._task, return_exceptions=True))[0]
        await self.engine.close()
        await self._template.close()
        self._board.close()
        if not self.engine.scheduler.open:
            await asyncio.to_thread(shutil.rmtree, self._room, ignore_errors=True)
        self._lock.release()
        if isinstance(stopped, EngineError):
            raise stopped
        if isinstance(stopped, BaseExceptionGroup):
            raise EngineError(f"the engine stopped: {stopped.exceptions[0]!r}") from stopped

    @property
    def failed(self) -> asyncio.Task[None]:
        """Ends when the engine can do nothing more."""
        return self._task

    def _make_engine(self) -> Engine:
        engine = self.settings.engine
        cells = Cells()
        writer = ChildRunner(self._template, self._board, cells, engine, single=True)
        runners = {
            name: writer
            if queue.place is Place.WRITER
            else ChildRunner(self._template, self._board, cells, engine)
            for name, queue in self.settings.queues.items()
        }
        return Engine(
            self.settings,
            self._importer,
            runners,
            Keeper(self._room),
            chance=random.random,
        )

    def _importer(self, name: str) -> Importer:
        """Load an importer; children that are forked from now on have its modules for free."""
        importer = registry.load(name)
        self._template.preload(importer.preload)
        return importer


def _memory_room(data_dir: Path) -> Path:
    """Make and return a private folder in memory, the same for the same data directory.

    Raises:
        DataDirError: there is no place for it.
    """
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or "/dev/shm")  # noqa: S108  private folder below
    if not os.access(base, os.W_OK):
        base = data_dir
    mark = hashlib.blake2b(os.fsencode(data_dir), digest_size=6).hexdigest()
    room = base / f"soniq-{os.getuid()}-{mark}"
    try:
        room.mkdir(mode=0o700, exist_ok=True)
    except OSError as exc:
        raise DataDirError(f"no place for what stages hand each other: {exc}") from exc
    if room.is_symlink() or room.stat().st_uid != os.getuid():
        raise DataDirError(f"{room} belongs to somebody else; remove it or set XDG_RUNTIME_DIR")
    return room
