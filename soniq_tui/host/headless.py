"""Work without a screen: start or resume batches, say how far they are, report, end."""

import asyncio
import contextlib
import gc
import logging
from typing import TYPE_CHECKING, Any

import msgspec

from soniq_tui.errors import EngineError
from soniq_tui.host import attach, out, prestart, report
from soniq_tui.host.attach import Seat
from soniq_tui.host.exits import Stopped
from soniq_tui.host.line import NAME_CHARS, NAMED_MOST, Line
from soniq_tui.model.commands import Reply, Resume, Target
from soniq_tui.model.job import BATCH_ENDED
from soniq_tui.model.ports import Client
from soniq_tui.model.report import Report
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import BatchView, Query, View
from soniq_tui.model.text import shown
from soniq_tui.words import _, figure, mark
from soniq_tui.words.told import told

REST_S = 0.1
"""Between two looks at an engine elsewhere."""
CLOCK_S = 1.0
"""Between two looks at clocks that run while nothing changes."""
OTHERS_S = 1.0
"""Between two looks whether the engine elsewhere has come to our batches."""
OTHERS_MOST = 1000
"""Among so many of the newest batches those that have not ended are named."""
ENDED_ELSEWHERE = mark("ended from another place; 'soniq-tui resume' finishes what is left")
log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from soniq_tui.host import record
    from soniq_tui.host.host import Host
    from soniq_tui.host.plain import Teller


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch to start."""

    importer: str
    options: dict[str, object]


def run(
    settings: Settings,
    launch: Launch | None,
    *,
    as_json: bool,
    plain: bool = False,
    file: str | None = None,
) -> int:
    """Start ``launch``, or resume everything with None; return the exit status.

    With ``plain`` every change of state is a line; ``file`` names a recording to
    make.
    """
    recorder: record.Recorder | None = None
    if file or settings.record.folder:
        from soniq_tui.host import record as recording

        recorder = recording.begin(settings, file)
    try:
        return asyncio.run(_run(settings, launch, recorder, as_json=as_json, plain=plain))
    finally:
        gc.enable()
        if recorder is not None and (words := recorder.close()):
            out.warn(words)


async def _run(
    settings: Settings,
    launch: Launch | None,
    recorder: "record.Recorder | None",
    *,
    as_json: bool,
    plain: bool,
) -> int:
    run = _Run(settings, Stopped(), recorder)
    try:
        await run.begin(launch)
        gc.freeze()
        gc.enable()
        reports = await run.follow(_plain() if plain else Line())
        left_out = run.left_out
    finally:
        await run.close()
        run.stopped.over()
    if reports or not run.is_gone:
        _print(reports, as_json=as_json)
    if run.stopped.status and not as_json:
        out.warn(
            _("stopped by a signal; 'soniq-tui resume' finishes what is left")
            if run.is_host or run.is_gone
            else _("no longer watched; the work goes on, 'soniq-tui status' tells of it")
        )
    return run.stopped.status or left_out or report.worst(reports)


def _plain() -> "Teller":
    from soniq_tui.host.plain import Teller

    return Teller()


class _Run:
    """The batches of one command, in whichever process the engine works on them."""

    def __init__(
        self, settings: Settings, stopped: "Stopped", recorder: "record.Recorder | None" = None
    ) -> None:
        self._settings, self.stopped = settings, stopped
        self._recorder = recorder
        self._seat: Seat | None = None
        self._ids: tuple[int, ...] = ()
        self._open: tuple[int, ...] = ()
        """What the engine was seen to work on: whoever is host next takes over all of it."""
        self._told = ""
        """What was said last of why the engine holds back."""
        self._made: dict[int, Report] = {}
        self.is_host = False
        self.is_gone = False
        """The engine elsewhere ended as this command was told to: nobody knows any more."""
        self.left_out = 0
        """The exit status that batches which cannot be resumed make."""

    async def begin(self, launch: Launch | None) -> None:
        """Start a batch, or resume everything with None."""
        seat = await self._take(None if launch is None else ())
        client, host = seat.client, seat.host
        if launch is not None:
            reply = await self._launch(launch)
            seat = self._seat or seat  # it may be another one by now
            client, host = seat.client, seat.host
            self._ids = () if reply.batch_id is None else (reply.batch_id,)
            if reply.note:
                out.warn(f"soniq-tui: {shown(told(reply.note))}")
            if host is not None:
                await _name_others(client, self._ids)
            return
        if host is not None and host.engine.left_out:
            out.warn(f"soniq-tui: {shown(told(host.engine.left_out))}")
            self.left_out, self._told = EngineError.exit_status, host.engine.left_out
        await client.send(Resume(target=Target()))
        view = await client.snapshot()
        self._ids = tuple(b.id for b in view.batches if b.state not in BATCH_ENDED)

    async def _launch(self, launch: Launch) -> Reply:
        """Start a batch; where the engine ends before it answers, with the next one.

        Raises:
            EngineError: a batch was begun meanwhile, and nobody can tell whose it is.
        """
        assert self._seat is not None  # noqa: S101  taken
        known: int | None = None
        lost: OSError | None = None
        while True:
            client = self._seat.client
            try:
                # Nobody follows an engine in this process: nothing need be known of it.
                mine = self.is_host and lost is None
                batches = [] if mine else await _newest(client, 1)
                newest = max((batch.id for batch in batches), default=0)
                if known is not None and newest > known:
                    why = _("{why}; 'soniq-tui status' tells whether it was begun")
                    raise EngineError(why.format(why=lost)) from lost
                known = newest
                return await client.launch(launch.importer, launch.options)
            except OSError as exc:
                if self.is_host:
                    raise
                lost = exc
                await self.close()
                await self._take(())

    async def follow(self, say: "Line | Teller") -> list[Report]:
        """Say how far the batches are until they have ended; return what came of them.

        When the host they are with ends in order, this process goes on with what that one did.
        """
        try:
            while True:
                try:
                    await self._follow(say)
                    return await self._reports()
                except OSError:
                    if self.is_host:
                        raise
                    if self.stopped.status:  # none is begun only to be stopped
                        self.is_gone = True
                        return [*self._made.values()]
                    await self._take_over()
        finally:
            say.end()

    async def close(self) -> None:
        """End the engine in order, or leave it where it is."""
        if self._seat is not None:
            await self._seat.close()

    async def _take(self, only: tuple[int, ...] | None) -> Seat:
        self._seat = seat = await attach.take(self._settings, only=only, soon=True)
        self.is_host = seat.host is not None
        prestart.drop()
        return seat

    async def _take_over(self) -> None:
        """Be with the next host, or be it, as soon as it works on our batches."""
        while not self.stopped.status:
            await self.close()
            seat = await self._take((*self._ids, *self._open))
            with contextlib.suppress(OSError):
                known = {batch.id for batch in (await seat.client.snapshot()).batches}
                reports = [await seat.client.report(i) for i in self._ids if i not in known]
                if all(report is None or report.state in BATCH_ENDED for report in reports):
                    return
            # It has other work; when that is done, ours is next.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(OTHERS_S):
                    await self.stopped.event.wait()

    async def _follow(self, say: "Line | Teller") -> None:
        assert self._seat is not None  # noqa: S101  begun
        client, host = self._seat.client, self._seat.host
        if self._recorder is not None:
            from soniq_tui.host import record

            client = record.recording(client, self._recorder)
        over = [asyncio.create_task(self.stopped.event.wait())]
        if host is not None:
            over.append(asyncio.create_task(host.asked.wait()))
        ends = {*over, *([host.failed] if host else [])}
        looking = [asyncio.create_task(record.look_again(client))] if self._recorder else []
        try:
            while not any(task.done() for task in ends):
                view = await client.snapshot()
                self._open = tuple(b.id for b in view.batches if b.state not in BATCH_ENDED)
                batches = [b for b in view.batches if b.id in self._ids]
                ended = all(b.state in BATCH_ENDED for b in batches)
                await say.look(client, view, batches, last=ended)
                if ended:
                    if self._recorder is not None:
                        await record.look(client)
                    return
                if view.banner not in {"", self._told}:
                    say.end()
                    self._told = view.banner
                    out.warn(f"soniq-tui: {shown(told(view.banner))}")
                await self._keep(client, [b.id for b in batches if b.state in BATCH_ENDED])
                change = asyncio.create_task(client.changed(view.version))
                await asyncio.wait(
                    {change, *ends},
                    timeout=CLOCK_S if view.working else say.every_s if say.late else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if change.done():
                    change.result()
                change.cancel()
                await self._rest(host, say.every_s / 4, ends)
        finally:
            for task in (*over, *looking):
                task.cancel()
        if host is not None and host.asked.is_set():
            await host.close(finish=host.finish)
            self._seat = None
            raise EngineError(_(ENDED_ELSEWHERE))

    async def _keep(self, client: Client, ids: list[int]) -> None:
        """Have the reports of what has ended: it may be forgotten while others go on."""
        new = [i for i in ids if i not in self._made]
        self._made |= {i: made for i in new if (made := await client.report(i)) is not None}

    async def _rest(self, host: "Host | None", rest_s: float, ends: set[asyncio.Task[Any]]) -> None:
        """Paint nothing for a moment; return at once when the batches have ended."""
        if host is None:
            await asyncio.wait(ends, timeout=REST_S)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(rest_s):
                while not self._ended(host) and not any(task.done() for task in ends):
                    await host.client.changed(host.engine.bus.version)

    def _ended(self, host: "Host") -> bool:
        live = host.engine.scheduler.live
        # The scheduler forgets the oldest of many that have ended.
        return all(i not in live or live[i].batch.state in BATCH_ENDED for i in self._ids)

    async def _reports(self) -> list[Report]:
        assert self._seat is not None  # noqa: S101  begun
        client, host = self._seat.client, self._seat.host
        if host is not None and host.failed.done():
            return []  # closing raises what it failed with
        if host is not None and self.stopped.status:
            await host.engine.stop()
        found = {i: await client.report(i) or self._made.get(i) for i in self._ids}
        reports = [each for each in found.values() if each is not None]
        for batch_id in (i for i, each in found.items() if each is None):
            text = _("batch {n} was forgotten meanwhile: nobody knows what came of it")
            out.warn(text.format(n=batch_id))
            self.left_out = self.left_out or 1
        if host is not None:
            for each in reports:
                log.info("batch %s, %s", each.batch, report.logged(each))
        return reports


async def _newest(client: Client, most: int) -> list[BatchView]:
    """Return the newest batches of the journal, newest first, whoever works on them."""
    page = await client.browse(Query(view=View.BATCHES, limit=most))
    return [row for row in page.rows if isinstance(row, BatchView)]


async def _name_others(client: Client, mine: tuple[int, ...]) -> None:
    """Name batches that an earlier run left, in one line."""
    newest = reversed(await _newest(client, OTHERS_MOST))
    others = [b for b in newest if b.id not in mine and b.state not in BATCH_ENDED]
    if others:
        several = len(others) > 1
        names = ", ".join(
            report.called(b.importer, b.label, b.id if several else "", NAME_CHARS)
            for b in others[:NAMED_MOST]
        )
        if (left := len(others) - NAMED_MOST) > 0:
            names = _("{names} and {n} more").format(names=names, n=figure(left))
        text = _("unfinished from earlier: {names}; 'soniq-tui resume' goes on with them")
        out.warn(text.format(names=names))


def _print(reports: list[Report], *, as_json: bool) -> None:
    if not as_json:
        several = len(reports) > 1
        text = [
            line
            for each in reports
            for line in report.lines(each, numbered=several, blank=out.GLUE)
        ]
        out.tell("\n".join(text) or _("nothing to do"))
        return
    if not reports:
        out.say_json({"batch": None})
        return
    body = msgspec.to_builtins(reports[0])
    if len(reports) > 1:
        body["also"] = msgspec.to_builtins(reports[1:])
    out.say_json(body)
