"""How a run ends: by a signal, with which status, and an error as one line.

Light: the console imports it.
"""

import asyncio
import signal
from typing import Any

from soniq_tui.errors import SoniqError
from soniq_tui.host import out
from soniq_tui.model.text import shown
from soniq_tui.words.told import told

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
"""Exit status by the signal that ended a run."""


def explain(error: SoniqError) -> int:
    """Print one line for an error and return its exit status."""
    out.warn(f"soniq-tui: {shown(told(str(error), whole=True))}")
    return error.exit_status


class Stopped:
    """Set by a signal that ends a command without a screen."""

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
