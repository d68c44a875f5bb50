"""The console: paints first, then finds the engine, or begins it behind the screen.

The screen is one task beside the engine, so it can end while the engine goes on: after a detach,
and when the terminal is lost, this process leaves the terminal and works until nothing is left.
"""

import asyncio
import gc
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from soniq_tui.errors import SoniqError
from soniq_tui.host import launcher, out
from soniq_tui.host.exits import SIGNALS, explain
from soniq_tui.model.commands import Reply, Resume, Target
from soniq_tui.model.ports import Client
from soniq_tui.model.settings import Settings
from soniq_tui.ui.app import ConsoleApp, Launch
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.remembered import NAME
from soniq_tui.ui.update import Older
from soniq_tui.words import _, mark, steps

if TYPE_CHECKING:
    from soniq_tui.host.attach import Seat
    from soniq_tui.host.host import Host
    from soniq_tui.host.record import Recorder
    from soniq_tui.host.replay import ReplayClient

LATER = mark("'soniq-tui resume' goes on")
# -P: no module of the folder that one happens to be in.
DEMO = (sys.executable, "-P", "-m", "soniq_tui", "demo")
ENDED = "the engine was stopped; 'soniq-tui' begins it anew"
"""What other consoles are told when somebody stopped it here."""


def run(
    settings: Settings,
    start: Launch | None,
    detach: Callable[[], None],
    *,
    resume: bool = False,
    record: str | None = None,
) -> int:
    """Open the console, with a batch to start if given; return the exit status.

    ``detach`` lets this process go on without terminal and shell. With ``resume`` everything that
    waits goes on. ``record`` names the file of a recording. After a demo it is opened again.
    """
    recorder = None
    if record or settings.record.folder:  # seldom; else the first paint does not wait for it
        from soniq_tui.host import record as recording

        recorder = recording.begin(settings, record)
    console = Console(settings, start, detach, resume=resume, recorder=recorder)
    try:
        status = asyncio.run(console.main())
    finally:
        if recorder is not None and (words := recorder.close()):
            out.warn(words)
    if console.app.decision == "demo":
        # Nothing ran here, else there was no demo: nothing of this console is left to be done.
        return _accompanied(DEMO) or run(settings, None, detach)
    return status


def _accompanied(argv: Sequence[str]) -> int:
    """Give the terminal to another program until it ends; return its exit status.

    Whoever asks this process to end means the one that is seen.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    with subprocess.Popen(argv) as program:
        for number in SIGNALS:
            signal.signal(number, lambda number, _frame: program.send_signal(number))
        status = program.wait()
    for number, handler in before.items():
        signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def replay(settings: Settings, player: "ReplayClient") -> int:
    """Show a recording on the screen; return the exit status."""
    from soniq_tui.ui.replay import ReplayApp

    async def connect() -> Client:
        return player

    ui = settings.ui
    app = ReplayApp(
        player=player, connect=connect, theme=ui.theme, glyphs=ui.glyphs, mouse=ui.mouse
    )
    try:
        app.run()
    finally:
        player.close()
    if isinstance(app.failure, SoniqError):
        return explain(app.failure)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


class Console:
    """The screen and, once it has been painted, the engine it looks at."""

    def __init__(
        self,
        settings: Settings,
        start: Launch | None,
        detach: Callable[[], None],
        *,
        resume: bool = False,
        recorder: "Recorder | None" = None,
    ) -> None:
        self._settings, self._detach, self._resume = settings, detach, resume
        self._recorder, self._asked = recorder, start is not None
        self._seat: Seat | None = None
        self._engine_pid = 0
        """The process of the engine that was found last."""
        self._status = 0
        ui = settings.ui
        self.app = ConsoleApp(
            self._connect,
            start=start,
            run_demo=self._demo,
            theme=ui.theme,
            glyphs=ui.glyphs,
            mouse=ui.mouse,
            can_detach=True,
            memory=Memory(settings.data_path / NAME),
        )
        self.app.undo_s = settings.engine.undo_s
        self._left = False
        self._stopped_by, self._next = "", _(LATER)
        """What ended it, where a signal did, and the next step."""
        self._signalled = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def main(self) -> int:
        """Run the screen until the person leaves, then do with the engine as they chose."""
        loop = asyncio.get_running_loop()
        for number, status in SIGNALS.items():
            loop.add_signal_handler(number, self._asked_to_end, number, status)
        try:
            await self.app.run_async()
            self._left = True
            await self._end_recording()
            await self.app.memory.flush()
            await self._leave()
        except SoniqError as exc:
            return explain(exc)
        if self._stopped_by:
            out.warn("soniq-tui: " + steps([self._stopped_by, self._next]))
        elif self._asked and self._seat is None and self.app.failure is None:
            out.warn(f"soniq-tui: {self._next}")  # left before it could be
        if isinstance(self.app.failure, SoniqError):
            return explain(self.app.failure)
        if self.app.failure is not None:
            raise self.app.failure
        return self._status or self.app.return_code or 0

    # ---------------------------------------------------------------- the engine

    async def _connect(self) -> Client:
        """Give the screen its engine; called again when the connection was lost."""
        if not gc.isenabled():  # off since the start: see soniq_tui.verbs.start
            gc.freeze()
            gc.enable()
        # Only now: the first paint does not wait for the engine's imports.
        from soniq_tui.host import attach

        # What the driver of the terminal would do with Ctrl-Z stops the work too.
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        if self._seat is not None:
            seat, self._seat = self._seat, None
            await seat.close()  # the one elsewhere that was lost
        self._seat = seat = await attach.take(self._settings, ask=not self._resume)
        self.app.older = await self._older(seat)
        # What the engine has loaded stays, too: to go through it takes some 15 ms, now and then
        # between a key and its frame.
        gc.freeze()
        self.app.attached = seat.host is None
        self.app.can_detach = seat.host is not None
        self.app.places = _places(self._settings)
        if seat.host is not None:
            seat.host.failed.add_done_callback(self._engine_ended)
            task = asyncio.create_task(self._end_when_asked(seat.host))
            self._tasks.add(task)
        if self._resume:
            self._resume = False
            await seat.client.send(Resume(target=Target()))
        if self._recorder is None:
            return seat.client
        from soniq_tui.host import record as recording

        return recording.recording(seat.client, self._recorder)

    async def _older(self, seat: "Seat") -> Older:
        """Return who of engine and console runs code of before an update.

        An engine that was here when the console began is the older one, and one that came later
        the newer; a connection that was lost and is there again changes nothing of that.
        """
        from soniq_tui.host import attach

        last, self._engine_pid = self._engine_pid, attach.pid_of(seat)
        if not await attach.runs_other_code(seat):
            return Older.NOBODY
        if last == self._engine_pid:
            return self.app.older
        return Older.CONSOLE if last else Older.ENGINE

    async def _end_recording(self) -> None:
        """What is worked on without a screen nobody sees: the recording ends with the screen."""
        if self._recorder is not None and (words := await asyncio.to_thread(self._recorder.close)):
            out.warn(words)

    async def _end_when_asked(self, host: "Host") -> None:
        await host.asked.wait()
        if not self._left:
            self.app.leave_with("finish" if host.finish else "stop")

    async def _leave(self) -> None:
        """The screen has gone: what becomes of the engine?"""
        seat = self._seat
        if self._hung_up and (seat is None or seat.host is None):
            self._stopped_by = _("stopped by {signal}").format(signal="SIGHUP")
        if seat is None:
            self._next = _("nothing was started")
            return
        if seat.host is not None:
            await self._leave_host(seat.host, self.app.decision)
        else:
            self._next = _("the engine works on, 'soniq-tui' shows it")
        for task in self._tasks:
            task.cancel()
        await seat.close(finish=seat.host is not None and seat.host.finish)
        if seat.host is not None and not seat.host.unfinished:
            self._next = _("nothing was left to do")

    async def _leave_host(self, host: "Host", decision: str) -> None:
        if decision == "detach":
            out.warn(_("the work goes on without a screen; 'soniq-tui' comes back to it"))
        if self._hung_up:  # a terminal that only somebody said was gone may still be there
            text = _("SIGHUP; the work goes on without a screen, 'soniq-tui' shows it")
            out.warn(f"soniq-tui: {text}")
        if decision == "detach" or self._hung_up:
            self._detach()
            await self._work_on(host)
        elif decision == "finish":
            host.finish = True
            if host.engine.has_work:
                out.warn(_("finishing what runs; Ctrl+C stops it now, the work is kept"))
        if decision in {"finish", "stop"} or (self._status and not self._hung_up):
            host.last_word = host.last_word or ENDED

    @property
    def _hung_up(self) -> bool:
        return not self.app.decision and self.app.return_code == launcher.HANGUP_STATUS

    async def _work_on(self, host: "Host") -> None:
        """Be a host without a screen until nothing is left to do, or somebody ends it."""
        waits = [
            asyncio.create_task(host.until_idle()),
            asyncio.create_task(host.asked.wait()),
            asyncio.create_task(self._signalled.wait()),
        ]
        await asyncio.wait({*waits, host.failed}, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if self._signalled.is_set():
            host.last_word = ENDED

    async def _demo(self) -> Reply:
        self.app.leave_with("demo")
        return Reply()

    # ---------------------------------------------------------------- signals

    def _asked_to_end(self, number: signal.Signals, status: int) -> None:
        if number is signal.SIGHUP:
            if not self._left:
                self.app.terminal_gone()
            return
        self._status = status
        self._stopped_by = _("stopped by {signal}").format(signal=number.name)
        self._signalled.set()
        if not self._left:
            self.app.exit(return_code=status)
        elif self._seat is not None and self._seat.host is not None:
            self._seat.host.stop_now()

    def _engine_ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._left:
            self.app.fail(error if isinstance(error, Exception) else SoniqError(str(error)))


def _places(settings: Settings) -> tuple[str, ...]:
    """Return the words that make a command mean the data directory of these settings."""
    from soniq_tui import config

    place = settings.data_path
    return () if config.finds(place) else ("--data-dir", str(place.absolute()))
