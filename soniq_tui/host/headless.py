"""Work without a screen: start or resume batches, say how far they are, report, end."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
import unicodedata
from collections.abc import Callable

import msgspec

from soniq_tui.errors import EngineError
from soniq_tui.host import out, report
from soniq_tui.host.exits import SIGNALS
from soniq_tui.host.host import Host
from soniq_tui.model.commands import Resume, Target
from soniq_tui.model.job import BATCH_ENDED, Batch
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import BatchView
from soniq_tui.model.text import shown

TTY_S, PIPE_S = 0.2, 1.0
"""A progress line at most this often, on a terminal and elsewhere."""
COLUMNS = 80
"""How wide a terminal is that does not tell."""
NAMED_MOST = 3
"""So many batches are called by name in one line."""
log = logging.getLogger(__name__)


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
            await _name_others(host, ids)
        else:
            if host.engine.left_out:
                out.warn(f"soniq-tui: {shown(host.engine.left_out)}")
            await host.client.send(Resume(target=Target()))
            live = host.engine.scheduler.live
            ids = tuple(i for i, b in live.items() if b.batch.state not in BATCH_ENDED)
        await _follow(host, ids, stopped)
        if host.failed.done():
            return EngineError.exit_status  # leaving the context raises what it failed with
        if stopped.status:
            await host.engine.stop()
        await host.engine.journal.written()
        batches = await _batches(host, ids)
        host.engine.load.sample(host.engine.pids())
        reports = [await report.make(host.engine, batch) for batch in batches]
        for each in reports:
            log.info("batch %s, %s", each.batch, "; ".join(report.lines(each)[:3]))
    _print(reports, as_json=as_json)
    if stopped.status and not as_json:
        out.warn("stopped by a signal; 'soniq-tui resume' finishes what is left")
    left_out = EngineError.exit_status if launch is None and host.engine.left_out else 0
    return stopped.status or left_out or _worst(batches)


class _Stopped:
    """Set by a signal that ends the run."""

    def __init__(self) -> None:
        self.status = 0
        self.event = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number, status in SIGNALS.items():
            # What the starter had us ignore (nohup, a job in the background) stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
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
    # The scheduler forgets the oldest of many that have ended.
    return all(i not in live or live[i].batch.state in BATCH_ENDED for i in ids)


async def _batches(host: Host, ids: tuple[int, ...]) -> list[Batch]:
    live, reader = host.engine.scheduler.live, host.engine.reader
    found = [live[i].batch if i in live else await reader.call(reader.file.batch, i) for i in ids]
    return [batch for batch in found if batch is not None]


async def _name_others(host: Host, mine: tuple[int, ...]) -> None:
    """Name batches that an earlier run left, in one line."""
    reader = host.engine.reader
    others = [b for b in await reader.call(reader.file.open_batches) if b.id not in mine]
    if others:
        names = ", ".join(f"{b.importer} {shown(b.label, 60)}" for b in others[:NAMED_MOST])
        more = f" and {len(others) - NAMED_MOST} more" if len(others) > NAMED_MOST else ""
        out.warn(f"unfinished from earlier: {names}{more}; 'soniq-tui resume' goes on with them")


def _worst(batches: list[Batch]) -> int:
    return max((report.exit_status(batch) for batch in batches), default=0)


def _print(reports: list[report.Report], *, as_json: bool) -> None:
    if not as_json:
        text = ["\n".join(report.lines(each)) + "\n" for each in reports]
        out.say("".join(text) or "nothing to do\n")
        return
    if not reports:
        out.say_json({"batch": None})
        return
    body = msgspec.to_builtins(reports[0])
    if len(reports) > 1:
        body["also"] = msgspec.to_builtins(reports[1:])
    out.say_json(body)


class _Line:
    """One progress line at a time on standard error."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._tty = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
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
        text = "; ".join(map(_words, batches[:NAMED_MOST]))
        if len(batches) > NAMED_MOST:
            text += f"; and {len(batches) - NAMED_MOST} more"
        if self._tty:
            # One that reaches the last column would wrap, and only its end be overwritten.
            text = fitted(text, _columns() - 1)
            out.write_error(f"\r\x1b[2K{text}")
            self._open = True
        else:
            out.warn(text)

    def end(self) -> None:
        """Leave the line."""
        if self._open:
            out.write_error("\n")


def fitted(text: str, cells: int) -> str:
    """Return as much of ``text`` as fits into so many cells of a terminal, ``…`` where cut.

    A cell count by Unicode's East Asian width: exact enough to stay on one line, and without the
    import of a terminal library.
    """
    widths = [_cells(char) for char in text]
    if sum(widths) <= cells:
        return text
    used = 1  # the sign that something is missing
    for at, width in enumerate(widths):
        used += width
        if used > cells:
            return text[:at] + "…"
    return text


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or COLUMNS
    except OSError:
        return COLUMNS


def _words(batch: BatchView) -> str:
    items = batch.items
    about = "~" if batch.growing else ""
    left = f", {batch.eta_s:.0f} s left" if batch.eta_s is not None else ""
    return (
        f"{batch.importer} {shown(batch.label, 60)}: {batch.state.value}, "
        f"{items.ended:,}/{about}{items.total:,}, {items.failed:,} failed, "
        f"{batch.items_per_s:,.0f}/s{left}"
    )
