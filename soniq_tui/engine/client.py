"""The engine's client in the same process: commands in, snapshots and pages out."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from soniq_tui.engine import details, report, views
from soniq_tui.engine.engine import Engine
from soniq_tui.engine.logbook import Logbook
from soniq_tui.engine.metrics import prometheus
from soniq_tui.engine.options import convert, how_of, preview, rehearsed
from soniq_tui.engine.orders import Orders
from soniq_tui.engine.threads import Threads
from soniq_tui.errors import SoniqError, UsageError
from soniq_tui.importers.base import WANTED
from soniq_tui.model.commands import Command, Reply, Submit
from soniq_tui.model.details import JobDetail, Output
from soniq_tui.model.forms import FormSpec, Preview
from soniq_tui.model.job import BatchState, JobState
from soniq_tui.model.report import Report
from soniq_tui.model.results import DetailQuery, ResultDetail, ResultPage, ResultQuery
from soniq_tui.model.snapshot import BatchView, JobRow, Page, Query, Row, Snapshot, View
from soniq_tui.model.unfinished import STILL, writing

LOOKING_MOST = 3
"""So many looks at results run at once: each has a connection of its own and reads from disk."""
TELL_S = 0.25
"""A new line in the log wakes the screens after this time."""
T = TypeVar("T")


class LocalClient:
    """``model.ports.Client`` beside the engine.

    Args:
        engine: the engine.
        importers: names of all importers.
        end: asks the host to stop: when what runs has ended (True), or now.
        log: the newest lines of the log; whoever looks is told of new ones.
    """

    def __init__(
        self,
        engine: Engine,
        importers: Callable[[], Iterable[str]],
        end: Callable[[bool], object] = lambda _finish: None,
        log: Logbook | None = None,
    ) -> None:
        self._engine = engine
        self._importers = importers
        self._end = end
        self._orders = Orders(engine)
        self._log = log or Logbook()
        self._loop = asyncio.get_running_loop()
        self._telling: asyncio.TimerHandle | None = None
        self._log.on_line = self._logged
        # A look that nobody waits for any more is not even begun.
        self._lookers = Threads(LOOKING_MOST, "results")
        self._previewers = Threads(LOOKING_MOST, "preview")
        self._closed = threading.Event()

    def close(self) -> None:
        """End the threads of those who look; what is being looked at is not waited for."""
        self._closed.set()
        for pool in (self._lookers, self._previewers):
            pool.shutdown(wait=False, cancel_futures=True)

    @property
    def coming(self) -> bool:
        """Whether a batch is on its way to the disk."""
        return bool(self._orders.arrivals)

    async def arrived(self) -> None:
        """Return when none is; what takes too long for an engine that ends does not come about."""
        await self._orders.arrivals.arrived(self._engine.settings.engine.kill_grace_s)

    def _logged(self) -> None:
        """A line was logged, in any thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody looks any more
            self._loop.call_soon_threadsafe(self._tell_soon)

    def _tell_soon(self) -> None:
        """Wake whoever looks, for many lines once."""
        if self._telling is None:
            self._telling = self._loop.call_later(TELL_S, self._tell)

    def _tell(self) -> None:
        self._telling = None
        self._engine.bus.touch()

    # ---------------------------------------------------------------- looking

    async def snapshot(self) -> Snapshot:
        """See ``Client``."""
        undo_s = self._orders.undo.left_s(self._engine.clock())
        seen = views.snapshot(self._engine, undo_s)
        return replace(seen, logged=self._log.newest, undo=self._orders.undoable())

    async def changed(self, version: int) -> None:
        """See ``Client``."""
        await self._engine.bus.changed(version)

    async def browse(self, query: Query) -> Page:
        """See ``Client``. What is live is shown as it is, not as the journal has it."""
        if query.view is View.LOG:
            return self._log.page(query)
        if query.view is View.HISTORY:
            return await self._history(query)
        if query.view in {View.CAUSES, View.ERRORS}:
            await self._engine.settled()  # what is counted and not yet written is on its way
        reader = self._engine.lists
        page = await reader.call(reader.file.page, query, self._engine.runs.running_s())
        rows: tuple[Row, ...] = page.rows
        if query.view is View.JOBS:
            rows = tuple(self._fresh(row) if isinstance(row, JobRow) else row for row in rows)
        elif query.view is View.BATCHES:
            live = {batch.id: batch for batch in (await self.snapshot()).batches}
            rows = tuple(live.get(r.id, r) if isinstance(r, BatchView) else r for r in rows)
        return replace(page, rows=rows)

    async def _history(self, query: Query) -> Page:
        """Return a page of minutes, those that are only counted before those that are written.

        What was counted and not yet written is not filtered: with a filter it is left out.
        """
        await self._engine.settled()  # a minute that has just ended is on its way
        now = self._engine.upkeep.history.open_rows(query.batch_id) if not query.text else []
        begin, end = query.offset, query.offset + query.limit
        reader = self._engine.lists
        written = replace(query, offset=max(0, begin - len(now)), limit=max(0, end - len(now)))
        written = replace(written, limit=min(query.limit, written.limit))
        page = await reader.call(reader.file.page, written)
        return Page(
            rows=(*now[begin:end], *page.rows), total=page.total + len(now), offset=query.offset
        )

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

    async def job(self, job_id: int) -> JobDetail | None:
        """See ``Client``."""
        detail = await details.make(self._engine, job_id)
        return None if detail is None else replace(detail, job=self._fresh(detail.job))

    async def output(self, job_id: int, after: int) -> Output:
        """See ``Client``."""
        return self._engine.dispatcher.outputs.of(job_id, after)

    async def describe(self) -> list[FormSpec]:
        """See ``Client``."""

        def forms() -> list[FormSpec]:
            return [self._engine.importer(name).form() for name in self._importers()]

        return await asyncio.to_thread(forms)

    async def preview(self, importer: str, options: dict[str, object]) -> Preview:
        """See ``Client``."""
        given_up = threading.Event()

        def look() -> Preview:
            token = WANTED.set(lambda: not given_up.is_set())
            try:
                loaded = self._engine.importer(importer)
                return preview(loaded, options, self._engine.settings.data_path)
            finally:
                WANTED.reset(token)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._previewers, look)
        finally:
            given_up.set()  # one that nobody waits for any more ends soon

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
            token = WANTED.set(lambda: not self._closed.is_set())
            try:
                return Reply(text=loaded.deeds[name](self._engine.settings.data_path, words))
            finally:
                WANTED.reset(token)

        # Here, for whoever agreed to it may have taken their time.
        alone = await self._look(lambda: name in self._engine.importer(importer).alone)
        if alone and (await self.browse(writing(importer))).rows:
            raise UsageError(STILL)
        return await self._look(act)

    async def _look(self, look: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._lookers, look)

    # ---------------------------------------------------------------- asking

    async def launch(self, importer: str, options: dict[str, object]) -> Reply:
        """See ``Client``."""
        coming = self._launch(importer, options)
        if options.get("dry_run") is True:  # no batch will come of it
            return await coming
        return await self._orders.arrivals.see_through(coming)

    async def _launch(self, importer: str, options: dict[str, object]) -> Reply:
        loaded = await asyncio.to_thread(self._engine.importer, importer)
        values, how = convert(loaded, options), how_of(loaded, options)
        if how.dry_run:
            data_dir = self._engine.settings.data_path
            lines = await asyncio.to_thread(rehearsed, loaded, options, data_dir)
            return Reply(text=lines[0])
        self._engine.warm()
        try:
            body = msgspec.msgpack.encode(values)
        except UnicodeEncodeError as exc:
            raise UsageError(
                f"{loaded.title}: a name that is not UTF-8 cannot be launched by itself; "
                "launch the folder above it"
            ) from exc
        return await self._orders.submit(
            Submit(
                importer=importer,
                options=body,
                priority=how.priority,
                limit=how.limit,
                slots=how.slots,
                paused=how.paused,
            )
        )

    async def send(self, command: Command) -> Reply:
        """See ``Client``."""
        return await self._orders.carry_out(command)

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
