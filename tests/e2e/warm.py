"""The command in a fork of a process that has imported it: as any run of it, but begun in 5 ms.

A start of Python with what a command imports is nine tenths of what a short command costs, two
thirds of what a console does, and the same each time. What is run in this way has its own process,
environment, arguments, folder and streams; whatever differs in how Python starts is a real start.
"""

import atexit
import ctypes
import gc
import io
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from soniq_tui import cli
from soniq_tui.ui.environment import prepare

ROOT = Path(__file__).resolve().parents[2]
IMPORTED = (
    "soniq_tui.api.scrape",
    "soniq_tui.api.server",
    "soniq_tui.config",
    "soniq_tui.engine.client",
    "soniq_tui.engine.engine",
    "soniq_tui.engine.metrics",
    "soniq_tui.engine.options",
    "soniq_tui.engine.report",
    "soniq_tui.host.choices",
    "soniq_tui.host.export",
    "soniq_tui.host.headless",
    "soniq_tui.host.host",
    "soniq_tui.host.library",
    "soniq_tui.host.status",
    "soniq_tui.host.tables",
    "soniq_tui.host.verbs",
    "soniq_tui.importers.music.close",
    "soniq_tui.importers.music.discovery.discover",
    "soniq_tui.importers.music.extract",
    "soniq_tui.importers.music.library.everything",
    "soniq_tui.importers.music.library.listing",
    "soniq_tui.importers.music.library.lists",
    "soniq_tui.importers.music.library.tally",
    "soniq_tui.importers.music.plan",
    "soniq_tui.importers.recipes.formats",
    "soniq_tui.importers.recipes.plan",
    "soniq_tui.importers.recipes.save",
    "soniq_tui.importers.recipes.scrape",
    "soniq_tui.importers.recipes.store",
    "soniq_tui.runners.forked",
    "soniq_tui.runners.local",
    "soniq_tui.runners.pools",
    "soniq_tui.runners.subprocess",
    "soniq_tui.verbs",
    "soniq_tui.verbs.playlist",
    "soniq_tui.verbs.start",
    "soniq_tui.verbs.work",
)
"""What the commands import that are run most often; others import the rest themselves."""
SHOWN = (
    "soniq_tui.host.console",
    "soniq_tui.ui.app",
    "soniq_tui.ui.screens.dash",
    "tests.ui.fake_results",
)
"""What consoles import beside; they are the first to need it."""
AT_START = ("PYTHON", "LANG", "LC_", "TEST_SONIQ_CRASH")
"""Variables that are read when Python starts, or while modules are imported."""
PATH = "PYTHONPATH"
"""The one of them that can be made up for: by it importers of strangers are found."""
MOST_BYTES = 128 * 1024
NO_USER = 99
"""The status of one that could not become a user."""
CAPABILITIES_V3 = 0x20080522
"""From linux/capability.h."""
FDS = 3
"""What comes with a request: standard output, standard error, and where its end is told; of what
has a terminal also its standard input."""


class Begun:
    """A process that was begun in this way, as ``subprocess.Popen`` shows one."""

    def __init__(self, told: int) -> None:
        self._told = os.fdopen(told, "rb", 0)
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], timeout)[0]:
            with self._told:
                self.returncode = int(self._told.readline())
        return self.returncode

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status.

        Raises:
            subprocess.TimeoutExpired: it takes longer than ``timeout`` seconds.
        """
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired([str(self.pid)], timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Heard(Begun):
    """One whose output and errors are read here, line by line or to the end."""

    def __init__(self, told: int, out: int, err: int) -> None:
        super().__init__(told)
        self.stdout, self.stderr = (os.fdopen(end, encoding="utf-8") for end in (out, err))
        self._said = ["", ""]
        self._readers: list[threading.Thread] = []

    def _read(self, number: int, stream: io.TextIOWrapper) -> None:
        if not stream.closed:
            with stream:
                self._said[number] = stream.read()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return what it said since somebody read last, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it takes longer than ``timeout`` seconds.
        """
        if not self._readers:
            self._readers = [
                threading.Thread(target=self._read, args=(number, stream), daemon=True)
                for number, stream in enumerate((self.stdout, self.stderr))
            ]
            for reader in self._readers:
                reader.start()
        self.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
            if reader.is_alive():  # whatever it has left behind holds the other end
                raise subprocess.TimeoutExpired([str(self.pid)], timeout or 0)
        return self._said[0], self._said[1]


class Warm:
    """Starts commands; one for each process of tests, begun when it is first used."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._door: socket.socket | None = None

    def can(self, env: dict[str, str]) -> bool:
        """Return whether a command would start in ``env`` as it did here."""
        return _at_start(env) == _at_start(os.environ)

    def _open(self) -> socket.socket:
        if self._door is None:
            self._door, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            for end in (self._door, inner):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MOST_BYTES)
            with inner:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.e2e.warm", str(inner.fileno())],
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    # Nothing comes of them: what kind of streams a command has is seen here.
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    pass_fds=[inner.fileno()],
                )
        return self._door

    def _ask(
        self,
        program: str,
        words: list[str],
        env: dict[str, str],
        fds: list[int],
        *,
        session: bool = False,
    ) -> None:
        request = json.dumps([program, words, env, session]).encode()
        socket.send_fds(self._open(), [request], fds)

    def begin(self, program: str, words: list[str], env: dict[str, str], terminal: int) -> Begun:
        """Begin one of :data:`PROGRAMS` on a terminal, in a session of its own."""
        told, tell = os.pipe()
        try:
            self._ask(program, words, env, [terminal, terminal, tell, terminal])
        finally:
            os.close(tell)
        return Begun(told)

    def start(self, words: list[str], env: dict[str, str], *, session: bool = False) -> Heard:
        """Begin a command, with nothing on its standard input; in a session of its own if asked."""
        ends = [os.pipe() for _ in range(FDS)]
        try:
            self._ask("command", words, env, [end[1] for end in ends], session=session)
        finally:
            for end in ends:
                os.close(end[1])
        return Heard(ends[2][0], ends[0][0], ends[1][0])

    def run(
        self, words: list[str], env: dict[str, str], timeout: float, program: str = "command"
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with nothing on its standard input.

        Raises:
            subprocess.TimeoutExpired: it took longer than ``timeout`` seconds and was killed.
        """
        ends = [os.pipe() for _ in range(FDS)]
        reading = [os.fdopen(end[0], "rb") for end in ends]
        try:
            self._ask(program, words, env, [end[1] for end in ends])
        finally:
            for end in ends:
                os.close(end[1])
        got = [b"", b""]
        readers = [
            threading.Thread(target=_read, args=(file, got, number), daemon=True)
            for number, file in enumerate(reading[:2])
        ]
        for reader in readers:
            reader.start()
        with reading[2] as told:
            pid = int(told.readline())
            timer = threading.Timer(timeout, os.kill, (pid, signal.SIGKILL))
            timer.start()
            status = int(told.readline())
            late = timer.finished.is_set()
            timer.cancel()
        for reader in readers:
            reader.join()
        if late:
            raise subprocess.TimeoutExpired(words, timeout, got[0], got[1])
        return subprocess.CompletedProcess(words, status, *map(_text, got))

    def end(self) -> None:
        """End the process that starts them, if there is one."""
        if self._door is not None and self._process is not None:
            self._door.close()
            self._process.communicate()
            self._door = self._process = None


WARM = Warm()


def _at_start(env: dict[str, str] | os._Environ[str]) -> dict[str, str]:
    return {n: value for n, value in env.items() if n.startswith(AT_START) and n != PATH}


def _text(got: bytes) -> str:
    """Return what was written as ``subprocess`` does."""
    return io.TextIOWrapper(io.BytesIO(got), encoding="utf-8").read()


def _read(file, got: list[bytes], number: int) -> None:
    with file:
        got[number] = file.read()


# What follows is the other process.


def serve(door: socket.socket) -> None:
    """Start what is asked for, each in a fork; end with who asks. Never called with threads."""
    waking, wakes = os.pipe()
    for end in (waking, wakes):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    telling: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(door, selectors.EVENT_READ)
        selector.register(waking, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if waking in ready:
                os.read(waking, 4096)
                _tell_ended(telling)
            if door in ready:
                request, fds, _, _ = socket.recv_fds(door, MOST_BYTES, FDS + 1)
                if not request:
                    return
                if len(fds) > FDS:
                    import_shown()
                pid = os.fork()
                if pid == 0:
                    for fd in (waking, wakes, selector.fileno(), *telling.values()):
                        os.close(fd)
                    door.close()
                    be(*json.loads(request), fds)
                for fd in fds[:2] + fds[FDS:]:
                    os.close(fd)
                telling[pid] = fds[2]
                os.write(fds[2], b"%d\n" % pid)


def _tell_ended(telling: dict[int, int]) -> None:
    while telling:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        fd = telling.pop(pid)
        # Who asked may have given it up.
        with suppress(BrokenPipeError):
            os.write(fd, b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(fd)


def import_all(names: tuple[str, ...]) -> None:
    """Import modules, in which no fork is to look for garbage: it would copy them all by that."""
    for name in names:
        import_module(name)
    gc.freeze()


def import_shown() -> None:
    """Import what consoles need; what Textual reads of the environment is the same for all."""
    if SHOWN[0] not in sys.modules:
        prepare()
        import_all(SHOWN)


def fake_console() -> int:
    """Be a console on a fake engine."""
    import asyncio

    from tests.ui import ptyapp

    return asyncio.run(ptyapp.main())


def as_a_user() -> int:
    """Be the command of a user to whom permissions apply, also where the tests are root's.

    Root passes every permission bit by two capabilities alone; without them it is a user like
    others, and its children after it (capabilities(7); PR_CAPBSET_DROP in prctl(2)).
    """
    libc = ctypes.CDLL(None)
    head, sets = (ctypes.c_uint32 * 2)(CAPABILITIES_V3), (ctypes.c_uint32 * 6)()
    done = libc.capget(head, sets)
    for number in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        done |= libc.prctl(24, number, 0, 0, 0)
        for kind in range(3):  # effective, permitted, inheritable
            sets[kind] &= ~(1 << number)
    return NO_USER if done | libc.capset(head, sets) else cli.run()


PROGRAMS: dict[str, tuple[Path, Callable[[], int]]] = {
    "command": (ROOT / "soniq_tui" / "__main__.py", cli.run),
    "as a user": (ROOT / "soniq_tui" / "__main__.py", as_a_user),
    "fake": (ROOT / "tests" / "ui" / "ptyapp.py", fake_console),
}


def take(fds: list[int]) -> None:
    """Take the streams that came with a request; a terminal is read and written line by line."""
    os.dup2(fds[0], 1)
    os.dup2(fds[1], 2)
    if len(fds) > FDS:
        os.setsid()
        os.dup2(fds[FDS], 0)
        sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        for number, name in ((1, "stdout"), (2, "stderr")):
            stream = open(number, "w", 1, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    for fd in fds:
        os.close(fd)


def be(program: str, words: list[str], env: dict[str, str], session: bool, fds: list[int]) -> None:
    """Be the program that was asked for, and end as Python ends."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    take(fds)
    if session:
        os.setsid()
    os.environ.clear()
    os.environ.update(env)
    sys.path[1:1] = filter(None, env.get(PATH, "").split(os.pathsep))
    time.tzset()
    file, run = PROGRAMS[program]
    sys.argv = [str(file), *words]
    status = 1
    try:
        status = run()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # noqa: BLE001  as Python would: whoever asked sees it
        traceback.print_exc()
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        status = 120
    finally:
        os._exit(status)


if __name__ == "__main__":
    gc.disable()  # as in any command until it is there, see cli.main
    import_all(IMPORTED)
    serve(socket.socket(fileno=int(sys.argv[1])))
