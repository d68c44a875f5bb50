"""What goes to the terminal: a file without a buffer, and its clipboard (OSC 52)."""

import base64
import os
import sys


class RawOutput:
    """The terminal as a file without a buffer.

    ``sys.stderr`` has a lock that a writer thread stuck in a stalled terminal would hold for ever,
    and the interpreter could not end. Writing to a terminal that is gone is silent here.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.gone = False
        self.written = 0
        """Bytes that the terminal has taken."""

    def write(self, text: str) -> None:
        """Write ``text``, waiting for the terminal (the writer thread only)."""
        data = memoryview(text.encode("utf-8", "replace"))
        while data and not self.gone:
            try:
                taken = os.write(self._fd, data)
                self.written += taken
                data = data[taken:]
            except InterruptedError:
                continue
            except OSError:
                self.gone = True

    def flush(self) -> None:
        """Do nothing: nothing is buffered."""

    def fileno(self) -> int:
        """Return the descriptor of the terminal."""
        return self._fd

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return os.isatty(self._fd)


def of_terminal() -> RawOutput:
    """Return the standard stream to paint on: that of errors, as Textual does, if it is a terminal.

    Else that of output, which is one wherever a console is opened: errors may go to a file.
    """
    for stream in (sys.__stderr__, sys.__stdout__):
        if stream is not None and stream.isatty():
            return RawOutput(stream.fileno())
    return RawOutput(2)


CLIPBOARD_MOST_BYTES = 74_000
"""Terminals drop a longer OSC 52; xterm and tmux take this much."""


def clipboard_sequences(text: str, *, in_tmux: bool) -> list[str]:
    """Return what puts ``text`` on the clipboard.

    tmux takes the plain form with ``set-clipboard on`` and hands the wrapped one through with
    ``allow-passthrough on``; the one it does not know it drops, so both are sent.
    """
    coded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    plain = f"\x1b]52;c;{coded}\x07"
    if not in_tmux:
        return [plain]
    return [plain, "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"]
