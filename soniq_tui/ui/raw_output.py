"""The terminal as a file without a buffer, for the thread that writes to it."""

import os


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
