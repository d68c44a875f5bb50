"""A pseudo-terminal with a program on it, and what it has painted."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

APP = str(Path(__file__).with_name("ptyapp.py"))
_SEQUENCE = re.compile(
    rb"\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[\[?<>=0-9;:]*[ -/]*[@-~]|\x1b.", re.DOTALL
)


def plain(data):
    """Return what was painted without control sequences."""
    return _SEQUENCE.sub(b" ", data).decode("utf-8", "replace")


class Term:
    """Runs the fake console, or ``argv``, at a size; the parent is the terminal."""

    def __init__(self, *args, argv=None, rows=24, cols=80, env=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TEXTUAL")}
        self.process = subprocess.Popen(
            argv or [sys.executable, APP, *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env=clean | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | (env or {}),
        )
        os.close(slave)
        self.all = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.master >= 0:
            os.close(self.master)

    def read(self, seconds):
        """Return what arrives within so many seconds."""
        out, end = b"", time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.master], [], [], left)[0]:
                try:
                    data = os.read(self.master, 65536)
                except OSError:
                    break
                if not data:
                    break
                out += data
        self.all += out
        return out

    def until(self, word, seconds=10.0):
        """Return the seconds until ``word`` has been painted, or None."""
        start, seen = time.perf_counter(), b""
        while time.perf_counter() - start < seconds:
            seen += self.read(0.002)
            if word in plain(seen):
                return time.perf_counter() - start
            if self.process.poll() is not None and not self.read(0.05):
                return None
        return None

    def keys(self, text):
        """Press keys."""
        os.write(self.master, text.encode())

    def hang_up(self):
        """Close the terminal."""
        os.close(self.master)
        self.master = -1

    def ended(self, seconds=5.0):
        """Return the exit status, reading all the while; None when it still runs."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            ended = self.process.poll() is not None
            if self.master >= 0:
                self.read(0.05)
            else:
                time.sleep(0.05)
            if ended:
                return self.process.returncode
        return self.process.poll()
