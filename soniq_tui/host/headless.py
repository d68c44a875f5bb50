"""Work without a screen: start or resume batches, say how far they are, report, end."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Callable

import msgspec

from soniq_tui.engine.reader import JournalFile
from soniq_tui.errors import SoniqError
from soniq_tui.host import report
from soniq_tui.host.host import Host
from soniq_tui.model.commands import Resume, Target
from soniq_tui.model.job import BATCH_ENDED, Batch
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import BatchView
from soniq_tui.model.text import shown

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
"""Exit status by the signal that ended a run."""
TTY_S, PIPE_S = 0.2, 1.0
"""A progress line at most this often, on a terminal and elsewhere."""


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch to start."""

    importer: str
    options: dict[str, object]


def run(settings: Settings, launch: Launch | None, *, as_json: bool) -> int:
    """Start ``launch``, or resume everything with None; return the exit status."""
    return asyncio.run(_run(settings, launch, as_json=as_json))


async def _run(settings: Settings, launch: Launch | None, *, as_json: bool) -> int:
    stopped = _Stopped()
    ids: tuple[int, ...] = ()
    host = Host(settings, only=None if launch is None else ())
    async with host:
        if launch is not None:
            reply = await host.client.launch(launch.importer, launch.options)
            if reply.batch_id is not None:
                ids = (reply.batch_id,)
            _name_others(host, ids)
        else:
            await host.client.send(Resume(target=Target()))
            live = host.engine.scheduler.live
            ids = tuple(i for i, b in live.items() if b.batch.state not in BATCH_ENDED)
        await _follow(host, ids, stopped)
        await _quiet(host, stopped)
        batches = [host.engine.scheduler.live[i].batch for i in ids]
        await host.engine.journal.written()
        host.engine.load.sample(host.engine.pids())
        reports = [await report.make(host.engine, batch) for batch in batches]
    _print(reports, as_json=as_json)
    return stopped.status or _worst(batches)


class _Stopped:
    """Set by a signal that ends the run."""

    def __init__(self) -> None:
        self.status = 0
        self.event = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number, status in SIGNALS.items():
            loop.add_signal_handler(number, self._ask, status)

    def _ask(self, status: int) -> None:
        self.status = self.status or status
        self.event.set()


async def _follow(host: Host, ids: tuple[int, ...], stopped: _Stopped) -> None:
    """Say how far the batches are until they have ended or somebody stops the run."""
    say = _Line()
    stop = asyncio.create_task(stopped.event.wait())
    try:
        while not stopped.status and not host.failed.done():
            view = await host.client.snapshot()
            batches = [b for b in view.batches if b.id in ids]
            if all(b.state in BATCH_ENDED for b in batches):
                return
            say.progress(batches)
            change = asyncio.create_task(host.client.changed(view.version))
            await asyncio.wait({change, stop, host.failed}, return_when=asyncio.FIRST_COMPLETED)
            change.cancel()
            if not stopped.status and not _ended(host, ids):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(say.every_s / 4):
                        await _until_ended(host, ids, stop)
    finally:
        stop.cancel()
        say.end()


async def _until_ended(host: Host, ids: tuple[int, ...], stop: asyncio.Task[bool]) -> None:
    """Return as soon as the batches have ended; wakes with the engine but paints nothing."""
    while not _ended(host, ids) and not stop.done() and not host.failed.done():
        await host.client.changed(host.engine.bus.version)


def _ended(host: Host, ids: tuple[int, ...]) -> bool:
    live = host.engine.scheduler.live
    return all(live[i].batch.state in BATCH_ENDED for i in ids)


async def _quiet(host: Host, stopped: _Stopped) -> None:
    if stopped.status:
        await host.engine.stop()


def _name_others(host: Host, mine: tuple[int, ...]) -> None:
    """Name batches that an earlier run left, in one line."""
    file = JournalFile(host.engine.journal.path)
    others = [b for b in file.open_batches() if b.id not in mine]
    file.close()
    if others:
        names = ", ".join(f"{b.importer} {shown(b.label, 60)}" for b in others[:3])
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""  # noqa: PLR2004  as above
        _err(f"unfinished from earlier: {names}{more}; 'soniq-tui resume' goes on with them")


def _worst(batches: list[Batch]) -> int:
    return max((report.exit_status(batch) for batch in batches), default=0)


def _print(reports: list[report.Report], *, as_json: bool) -> None:
    if not as_json:
        for each in reports:
            sys.stdout.write("\n".join(report.lines(each)) + "\n")
        if not reports:
            sys.stdout.write("nothing to do\n")
        return
    if not reports:
        sys.stdout.write('{"batch": null}\n')
        return
    body = msgspec.to_builtins(reports[0])
    if len(reports) > 1:
        body["also"] = msgspec.to_builtins(reports[1:])
    sys.stdout.write(msgspec.json.encode(body).decode() + "\n")


class _Line:
    """One progress line at a time on standard error."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._tty = sys.stderr.isatty()
        self._clock = clock
        self._last_s = clock()
        self._open = False
        self.every_s = TTY_S if self._tty else PIPE_S

    def progress(self, batches: list[BatchView]) -> None:
        """Write the line if it is time."""
        now_s = self._clock()
        if now_s - self._last_s < self.every_s:
            return
        self._last_s = now_s
        text = "; ".join(map(_words, batches))
        if self._tty:
            sys.stderr.write(f"\r\x1b[2K{text[:200]}")
            self._open = True
        else:
            sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._open:
            sys.stderr.write("\n")
            sys.stderr.flush()


def _words(batch: BatchView) -> str:
    items = batch.items
    about = "~" if batch.growing else ""
    left = f", {batch.eta_s:.0f} s left" if batch.eta_s is not None else ""
    return (
        f"{batch.importer} {shown(batch.label, 60)}: {batch.state.value}, "
        f"{items.ended:,}/{about}{items.total:,}, {items.failed:,} failed, "
        f"{batch.items_per_s:,.0f}/s{left}"
    )


def _err(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def explain(error: SoniqError) -> int:
    """Print one line for an error and return its exit status."""
    _err(f"soniq-tui: {shown(str(error))}")
    return error.exit_status
