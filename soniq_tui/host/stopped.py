"""Signals that end a command without a screen."""

import asyncio
import signal
from typing import Any

from soniq_tui.host.exits import SIGNALS


class Stopped:
    """Set by a signal that ends the run."""

    def __init__(self) -> None:
        self.status = 0
        self.event = asyncio.Event()
        self._before: dict[signal.Signals, Any] = {}
        loop = asyncio.get_running_loop()
        for number, status in SIGNALS.items():
            # What the starter had us ignore (nohup, a job in the background) stays ignored.
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:
                self._before[number] = before
                loop.add_signal_handler(number, self._ask, status)

    def over(self) -> None:
        """Everything is written: from now on a signal ends the process as it did before.

        A loop that is closed would leave the system's own answer, which is no exit status of ours.
        """
        loop = asyncio.get_running_loop()
        for number, before in self._before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, before)

    def _ask(self, status: int) -> None:
        self.status = self.status or status
        self.event.set()
