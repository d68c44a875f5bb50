"""What a stage says for people, on its way to whoever looks at its job; never waited for.

Lines are cut, pass the gate and go out a few times a second; of more than fits the oldest are left
out, and how many is said. Nothing here costs anything while nothing is said.
"""

import asyncio
import io
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from soniq_tui.model.text import shown, without_logins

LINE_CHARS = 500
LINES_MOST = 200
"""So many wait to be sent."""
REST_S = 0.25
"""Between two times that lines are sent."""
STDOUT, STDERR = 1, 2


class Voice:
    """Of one run of a stage, on the loop that runs it.

    Args:
        send: takes lines; called on the loop's thread alone.
    """

    def __init__(self, send: Callable[[Sequence[str]], None]) -> None:
        self._send = send
        self._lines: deque[str] = deque(maxlen=LINES_MOST)
        self._left_out = 0
        self._sent_s = -REST_S
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._over = False

    def say(self, text: str) -> None:
        """Say something, from whatever thread."""
        if threading.get_ident() == self._thread:
            self._take(text)
        else:
            with suppress(RuntimeError):  # the run is over, and the loop with it
                self._loop.call_soon_threadsafe(self._take, text)

    def _take(self, text: str) -> None:
        if self._over:
            return
        for line in text.splitlines() or [""]:
            self._left_out += len(self._lines) == LINES_MOST
            self._lines.append(shown(without_logins(line[: 2 * LINE_CHARS]), LINE_CHARS))
        due_s = self._sent_s + REST_S - time.monotonic()
        if due_s <= 0:
            self.flush()
        elif self._timer is None:
            self._timer = self._loop.call_later(due_s, self.flush)

    def flush(self) -> None:
        """Send what was said."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._lines:
            return
        lines = list(self._lines)
        if self._left_out:
            lines.insert(0, f"... {self._left_out:,} lines left out")
        self._lines.clear()
        self._left_out, self._sent_s = 0, time.monotonic()
        self._send(lines)

    def end(self) -> None:
        """The run is over: send the rest, and nothing that comes later."""
        self.flush()
        self._over = True


class Mouth(logging.Handler):
    """In a child: gives what is logged or printed to the run that is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.voice: Voice | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Say a record, with its traceback."""
        if self.voice is None:
            return
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001  a slip of whoever logs, which the library tells
            self.handleError(record)
            return
        trace = ""
        if record.exc_info:
            trace = "\n" + logging.Formatter().formatException(record.exc_info)
        self.voice.say(f"{record.levelname.lower()} {record.name}: {text}{trace}")


class Stream(io.TextIOBase):
    """Stands for ``sys.stdout`` or ``sys.stderr`` in a child: whole lines are said."""

    def __init__(self, mouth: Mouth, fd: int) -> None:
        super().__init__()
        self._mouth, self._fd, self._rest = mouth, fd, ""

    def write(self, text: str) -> int:
        """Take text; what has no end of line yet waits for it, within bounds."""
        *lines, self._rest = (self._rest + text).rsplit("\n", 1)
        if len(self._rest) > LINE_CHARS:
            lines, self._rest = [*lines, self._rest], ""
        if lines and self._mouth.voice is not None:
            self._mouth.voice.say("\n".join(lines))
        return len(text)

    def writable(self) -> bool:
        """It is there to be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor below, which leads nowhere."""
        return self._fd
