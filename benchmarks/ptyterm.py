"""A program on a pseudo-terminal, for measurements: keys in, painted bytes out, both with times."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable

from benchmarks.painted import Painted


class PtyTerm:
    """Runs ``argv`` on a terminal of the given size.

    Answers the questions a real terminal answers (cursor position, device attributes, synchronised
    output), so that the program does not wait for them.
    """

    def __init__(self, argv: list[str], env: dict[str, str], rows: int = 24, columns: int = 80):
        self.began_s = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, env)  # noqa: S606  the command that is measured
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.bytes = 0
        self.painted = Painted(rows, columns)
        """What is on the screen, as far as it has been read."""

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size; what it shows is gone, so all has to be painted anew."""
        strange = self.painted.strange
        self.painted = Painted(rows, columns)
        self.painted.strange = strange
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def rest(self, seconds: float, most: float = 10.0) -> bool:
        """Read until nothing has come for so many seconds; say whether that was the case."""
        until_s = time.perf_counter() + most
        while time.perf_counter() < until_s:
            if not self.read_some(seconds):
                return True
        return False

    def shows(self, found: Callable[[str], object], seconds: float) -> bool:
        """Read until ``found`` holds of the whole screen; say whether it did in time."""
        until_s = time.perf_counter() + seconds
        while not found(self.painted.text):
            if time.perf_counter() > until_s:
                return False
            self.read_some(0.05)
        return True

    def read_some(self, seconds: float) -> bytes:
        """Return what comes next, or nothing when that takes longer than ``seconds``."""
        return self._chunk() if select.select([self.fd], [], [], seconds)[0] else b""

    def read(self, seconds: float) -> bytes:
        """Return what is painted within ``seconds``."""
        out = bytearray()
        until_s = time.perf_counter() + seconds
        while (left_s := until_s - time.perf_counter()) > 0:
            if not select.select([self.fd], [], [], left_s)[0]:
                break
            out += self._chunk()
        return bytes(out)

    def until(self, found: Callable[[str], object], seconds: float) -> float | None:
        """Return the seconds until something came that makes ``found`` true of the screen, or None.

        Of a line only what has changed is sent, so the screen as a whole is looked at.
        """
        from_s = time.perf_counter()
        while (now_s := time.perf_counter()) - from_s < seconds:
            if select.select([self.fd], [], [], from_s + seconds - now_s)[0]:
                came_s = time.perf_counter()
                self._chunk()
                if found(self.painted.text):
                    return came_s - from_s
        return None

    def keys(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.fd, keys)

    def end(self) -> None:
        """Kill the program and close the terminal."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                break
            for _ in range(40):
                self.read(0.05)
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    os.close(self.fd)
                    return
        os.close(self.fd)

    def _chunk(self) -> bytes:
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            time.sleep(0.01)  # the program has ended
            return b""
        self.bytes += len(data)
        self.painted.feed(data)
        for question, answer in (
            (b"\x1b[6n", b"\x1b[1;1R"),
            (b"\x1b[c", b"\x1b[?62;c"),
            (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
        ):
            if question in data:
                os.write(self.fd, answer)
        return data
