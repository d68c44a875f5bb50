"""The terminal as a file without a buffer, for the thread that writes to it."""

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
