"""The engine's client in the same process: commands in, snapshots and pages out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from soniq_tui.engine import report, views
from soniq_tui.engine.engine import Engine
from soniq_tui.engine.metrics import prometheus
from soniq_tui.engine.options import convert
from soniq_tui.engine.orders import Orders
from soniq_tui.errors import SoniqError, UsageError
from soniq_tui.model.commands import Command, Reply, Submit
from soniq_tui.model.events import Event
from soniq_tui.model.job import BatchState, JobState
from soniq_tui.model.report import Report
from soniq_tui.model.results import DetailQuery, ResultDetail, ResultPage, ResultQuery
from soniq_tui.model.snapshot import (
    BatchView,
    FormSpec,
    JobRow,
    Page,
    Preview,
    Query,
    Row,
    Snapshot,
    View,
)

LOOKING_MOST = 3
"""So many looks at results run at once: each has a connection of its own and reads from disk."""
T = TypeVar("T")


class LocalClient:
    """``model.ports.Client`` beside the engine.

    Args:
        engine: the engine.
        importers: names of all importers.
        end: asks the host to stop: when what runs has ended (True), or now.
    """

    def __init__(
        self,
        engine: Engine,
        importers: Callable[[], Iterable[str]],
        end: Callable[[bool], object] = lambda _finish: None,
    ) -> None:
        self._engine = engine
        self._importers = importers
        self._end = end
        self._orders = Orders(engine)
        # A look that nobody waits for any more is not even begun.
        self._lookers = ThreadPoolExecutor(LOOKING_MOST, "results")

    # ---------------------------------------------------------------- looking

    async def snapshot(self) -> Snapshot:
        """See ``Client``."""
        return views.snapshot(self._engine, self._orders.undo.left_s(self._engine.clock()))

    async def changed(self, version: int) -> None:
        """See ``Client``."""
        await self._engine.bus.changed(version)

    async def browse(self, query: Query) -> Page:
        """See ``Client``. What is live is shown as it is, not as the journal has it."""
        reader = self._engine.reader
        page = await reader.call(reader.file.page, query)
        rows: tuple[Row, ...] = page.rows
        if query.view is View.JOBS:
            rows = tuple(self._fresh(row) if isinstance(row, JobRow) else row for row in rows)
        elif query.view is View.BATCHES:
            live = {batch.id: batch for batch in (await self.snapshot()).batches}
            rows = tuple(live.get(r.id, r) if isinstance(r, BatchView) else r for r in rows)
        return replace(page, rows=rows)

    def _fresh(self, row: JobRow) -> JobRow:
        scheduler = self._engine.scheduler
        live = scheduler.live.get(row.batch_id)
        job = live.jobs.get(row.id) if live else None
        if live is None or job is None:
            return row
        state = job.state
        if state is JobState.QUEUED and live.batch.state in {
            BatchState.PAUSED,
            BatchState.PAUSING,
        }:
            state = JobState.PAUSED  # it waits because its batch does
        run = self._engine.runs.by_id.get(job.id)
        return replace(
            row,
            queue=scheduler.queue_of(job).name,
            stage=job.stage,
            state=state,
            attempt=job.attempt,
            items=job.items,
            run_s=self._engine.runs.run_s(run) if run else row.run_s,
            error=job.error,
        )

    async def describe(self) -> list[FormSpec]:
        """See ``Client``."""

        def forms() -> list[FormSpec]:
            return [self._engine.importer(name).form() for name in self._importers()]

        return await asyncio.to_thread(forms)

    async def preview(self, importer: str, options: dict[str, object]) -> Preview:
        """See ``Client``."""
        try:
            loaded = await asyncio.to_thread(self._engine.importer, importer)
            values = convert(loaded, options)
        except SoniqError as exc:
            return Preview(ok=False, text=str(exc))
        return await asyncio.to_thread(loaded.preview, values, self._engine.settings.data_path)

    # ---------------------------------------------------------------- results

    async def results(self, query: ResultQuery) -> ResultPage:
        """See ``Client``."""

        def look() -> ResultPage:
            importer = self._engine.importer(query.importer)
            if importer.results is None:
                raise UsageError(f"{importer.title}: it has no results to look at")
            return importer.results(self._engine.settings.data_path, query)

        try:
            return await self._look(look)
        except SoniqError as exc:
            return ResultPage(problem=str(exc))

    async def detail(self, query: DetailQuery) -> ResultDetail:
        """See ``Client``."""

        def look() -> ResultDetail:
            importer = self._engine.importer(query.importer)
            if importer.detail is None:
                raise UsageError(f"{importer.title}: it has no results to look at")
            return importer.detail(self._engine.settings.data_path, query)

        return await self._look(look)

    async def deed(self, importer: str, name: str, words: dict[str, str]) -> Reply:
        """See ``Client``."""

        def act() -> Reply:
            loaded = self._engine.importer(importer)
            if name not in loaded.deeds:
                known = ", ".join(loaded.deeds) or "none"
                raise UsageError(f"{loaded.title}: there is no deed {name!r}; there are: {known}")
            return Reply(text=loaded.deeds[name](self._engine.settings.data_path, words))

        return await self._look(act)

    async def _look(self, look: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._lookers, look)

    # ---------------------------------------------------------------- asking

    async def launch(self, importer: str, options: dict[str, object]) -> Reply:
        """See ``Client``."""
        self._engine.warm()
        loaded = await asyncio.to_thread(self._engine.importer, importer)
        values = convert(loaded, options)
        try:
            body = msgspec.msgpack.encode(values)
        except UnicodeEncodeError as exc:
            raise UsageError(
                f"{loaded.title}: a name that is not UTF-8 cannot be launched by itself; "
                "launch the folder above it"
            ) from exc
        return await self.send(Submit(importer=importer, options=body))

    async def send(self, command: Command) -> Reply:
        """See ``Client``."""
        return await self._orders.carry_out(command)

    # ---------------------------------------------------------------- listening

    async def events(self, after: int) -> AsyncIterator[Event]:
        """See ``Client``."""
        async for event in self._engine.bus.events(after):
            yield event

    async def metrics(self) -> str:
        """See ``Client``."""
        return prometheus(await self.snapshot())

    async def report(self, batch_id: int) -> Report | None:
        """See ``Client``."""
        return await report.make(self._engine, batch_id)

    async def end(self, *, finish: bool) -> Reply:
        """See ``Client``."""
        self._end(finish)
        return Reply(text="it stops when what runs has ended" if finish else "it stops")
