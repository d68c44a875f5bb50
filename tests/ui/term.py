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

from benchmarks.painted import Painted
from tests.e2e.warm import WARM

APP = str(Path(__file__).with_name("ptyapp.py"))
COMMAND = [sys.executable, "-m", "soniq_tui"]
_SEQUENCE = re.compile(
    rb"\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[\[?<>=0-9;:]*[ -/]*[@-~]|\x1b.", re.DOTALL
)


def plain(data):
    """Return what was painted without control sequences."""
    return _SEQUENCE.sub(b" ", data).decode("utf-8", "replace")


class Term:
    """Runs the fake console, or ``argv``, at a size; the parent is the terminal.

    What can be is begun as a fork of what has imported it, unless it is to be ``cold``.
    """

    def __init__(self, *args, argv=None, rows=24, cols=80, env=None, cold=False):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TEXTUAL")}
        env = clean | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | (env or {})
        argv = argv or [sys.executable, APP, *args]
        warm = [("fake", [sys.executable, APP]), ("command", COMMAND)]
        for name, begin in warm if not cold and WARM.can(env) else ():
            if argv[: len(begin)] == begin:
                self.process = WARM.begin(name, argv[len(begin) :], env, slave)
                break
        else:
            self.process = subprocess.Popen(
                argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=env
            )
        os.close(slave)
        self.all = b""
        self.painted = Painted(rows, cols)
        """What is on the screen, as far as it has been read."""

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
            data = self.read_some(left)
            if data is None:
                break
            out += data
        return out

    def read_some(self, seconds):
        """Return what comes next, empty when nothing does, None when nothing ever will."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return None
        self.all += data
        self.painted.feed(data)
        return data or None

    def until(self, word, seconds=10.0):
        """Return the seconds until something was sent that makes the screen show ``word``, or None.

        Of a line only what has changed is sent, so the word itself may never be.
        """
        start, seen = time.perf_counter(), b""
        while time.perf_counter() - start < seconds:
            new = self.read_some(0.05)
            if new is None:
                return None
            seen += new
            if new and (word in plain(seen) or word in self.painted.text):
                return time.perf_counter() - start
        return None

    def sees(self, *words, seconds=10.0):
        """Say whether the screen comes to show all the words; true at once where it does."""
        end = time.perf_counter() + seconds
        while not all(word in self.painted.text for word in words):
            if time.perf_counter() > end or self.read_some(0.05) is None:
                return False
        return True

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
