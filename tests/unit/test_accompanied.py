"""Another program has the terminal of the console for a while: the demo."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from soniq_tui.host import console
from soniq_tui.model.settings import Settings

READY = "open(sys.argv[1], 'w').close()"


@pytest.mark.parametrize(("end", "status"), [("sys.exit(3)", 3), ("os.kill(os.getpid(), 9)", 137)])
def test_its_end_is_told(end: str, status: int) -> None:
    """As a shell would tell it."""
    assert console._accompanied([sys.executable, "-c", f"import os, sys; {end}"]) == status


def test_what_asks_the_console_to_end_ends_what_is_seen(tmp_path: Path) -> None:
    """The signal is handed on, and afterwards means this process again."""
    ready = tmp_path / "ready"
    program = f"import signal, sys; {READY}; signal.pause()"

    def ask() -> None:
        while not ready.exists():
            time.sleep(0.005)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    asking = threading.Thread(target=ask)
    asking.start()
    assert console._accompanied([sys.executable, "-c", program, str(ready)]) == 143
    asking.join()
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(("status", "opened"), [(0, 2), (143, 1)])
def test_the_console_is_opened_again_after_a_demo(monkeypatch, status: int, opened: int) -> None:
    """Without what the first began with; not after a demo that failed, or was ended by others."""
    made: list[object] = []

    class Console:
        def __init__(self, _settings, start, _detach, *, resume, recorder) -> None:
            made.append((start, resume, recorder))
            self.app = self
            self.decision = "demo" if len(made) == 1 else ""

        async def main(self) -> int:
            return 0

    monkeypatch.setattr(console, "Console", Console)
    monkeypatch.setattr(console, "_accompanied", lambda argv: status)
    start = console.Launch("music", {})
    assert console.run(Settings(), start, lambda: None, resume=True) == status
    assert made == [(start, True, None), (None, False, None)][:opened]
