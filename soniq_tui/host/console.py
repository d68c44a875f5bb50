"""The host with a screen: paints first, then starts the engine behind it.

The screen is one task beside the engine, so that it can end while the engine goes on. This version
stops the engine in order when the screen ends; what was not finished goes on at the next start.
"""

import asyncio
import os
import signal
import sys

from soniq_tui.errors import SoniqError
from soniq_tui.host import out
from soniq_tui.host.exits import SIGNALS, explain
from soniq_tui.model.commands import Reply
from soniq_tui.model.ports import Client
from soniq_tui.model.settings import Settings
from soniq_tui.ui.app import ConsoleApp, Launch


def run(settings: Settings, start: Launch | None) -> int:
    """Open the console, with a batch to start if given; return the exit status."""
    console = Console(settings, start)
    status = asyncio.run(console.main())
    if console.app.decision == "demo":
        os.execv(sys.executable, [sys.executable, "-m", "soniq_tui", "demo"])  # noqa: S606  ourselves
    return status


class Console:
    """The screen and, once it has been painted, the host behind it."""

    def __init__(self, settings: Settings, start: Launch | None) -> None:
        self._settings = settings
        self._host: object | None = None
        self._status = 0
        ui = settings.ui
        self.app = ConsoleApp(
            self._connect,
            start=start,
            run_demo=self._demo,
            theme=ui.theme,
            glyphs=ui.glyphs,
            mouse=ui.mouse,
        )
        self.app.undo_s = settings.engine.undo_s
        self._ending = False
        self._stops: set[asyncio.Task[None]] = set()

    async def main(self) -> int:
        """Run the screen until the person leaves, then end the engine as they chose."""
        loop = asyncio.get_running_loop()
        for number, status in SIGNALS.items():
            loop.add_signal_handler(number, self._asked_to_end, number, status)
        try:
            await self.app.run_async()
            await self._end()
        except SoniqError as exc:
            return explain(exc)
        if isinstance(self.app.failure, SoniqError):
            return explain(self.app.failure)
        if self.app.failure is not None:
            raise self.app.failure
        return self._status or self.app.return_code or 0

    async def _connect(self) -> Client:
        # Only now: the first paint does not wait for the engine's imports.
        from soniq_tui.host.host import Host

        host = Host(self._settings)
        await host.__aenter__()  # closed by _end
        self._host = host
        host.failed.add_done_callback(self._engine_ended)
        return host.client

    async def _end(self) -> None:
        from soniq_tui.host.host import Host

        if isinstance(self._host, Host):
            finish = self.app.decision == "finish"
            if finish and self._host.engine.running:
                out.warn("finishing what runs; Ctrl+C stops it now, the work is kept")
            self._ending = True
            await self._host.close(finish=finish)

    async def _demo(self) -> Reply:
        self.app.leave_with("demo")
        return Reply()

    def _asked_to_end(self, number: signal.Signals, status: int) -> None:
        self._status = status
        if self._ending:
            self._stop_now()
        elif number is signal.SIGHUP:
            self.app.terminal_gone()
        else:
            self.app.exit(return_code=status)

    def _stop_now(self) -> None:
        """Wait no longer for what runs: it goes on at the next start."""
        from soniq_tui.host.host import Host

        if isinstance(self._host, Host):
            stop = asyncio.create_task(self._host.engine.stop())
            self._stops.add(stop)
            stop.add_done_callback(self._stops.discard)

    def _engine_ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.app.fail(error if isinstance(error, Exception) else SoniqError(str(error)))
