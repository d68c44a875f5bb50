"""The template process: single-threaded, everything preloaded, forks the children that do the work.

Started by exec (a host that has threads cannot be forked) through ``boot.py``, or forked from a
process that is about to be the host (``forked.py``), in a session of its own: what a key sends to
the terminal's foreground group is the host's to answer. It and its children die with the host: the
template is told by the kernel and by its socket, kills all groups and ends; each child asks for
SIGKILL when the template ends. Both check that the parent is still the one they knew. Each child
leads a process group of its own, so that it can be killed with what it started. They share one
session, because Linux shares the processor out by session first (autogroup): in sessions of their
own their niceness would count for nothing against the screen.

What a stage starts in another session is found as well: the template and its children are
subreapers. A child ends what its job left before it answers; what a dead child left becomes the
template's, which ends it before it tells the host of the death. What remains is a template that is
killed itself: its host ends by their mark what it left, or the next host does (``leftovers``).
"""

import atexit
import gc
import importlib
import os
import select
import signal
import socket
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import msgspec

from soniq_tui.importers import registry
from soniq_tui.runners import child, keeper
from soniq_tui.runners.board import Board
from soniq_tui.runners.processes import (
    adopt_orphans,
    die_with,
    end_children,
    ended,
    kill,
    this_process,
)
from soniq_tui.runners.wire import Ended, Fork, Forked, Frames, Keep, Refused, Setup, frame, receive

READ_BYTES = 65536
AUTOGROUP = Path("/proc/self/autogroup")
"""Takes the niceness of this process's whole session: sched(7), "The autogroup feature"."""
_QUIET = {signal.SIGTERM, signal.SIGCHLD}
"""Blocked around a fork: their handlers are the template's, a child must not run them."""


def main(fd: int, host_pid: int, importer: str) -> None:
    """Serve fork requests until the host closes its end of the socket ``fd``, or dies.

    ``importer``: what the first child will work for; empty where that is not known.
    """
    with socket.socket(fileno=fd) as control:
        control.set_inheritable(False)
        template = Template(control, host_pid)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # A service manager sends SIGTERM to everyone; the template ends after the host. The
        # kernel sends it too when the host dies, with SIGKILL no group could be killed any more.
        signal.signal(signal.SIGTERM, lambda *_: template.end_if_orphan())
        die_with(host_pid, signal.SIGTERM)
        adopt_orphans()
        template.expect(importer)
        template.serve()


class Template:
    """The process's state and its loop."""

    def __init__(self, control: socket.socket, host_pid: int) -> None:
        self._control, self._host_pid = control, host_pid
        self._frames = Frames()
        self._fds: list[int] = []
        self._setup: Setup | None = None
        self._board: Board | None = None
        """Open from the start and inherited: its file may be gone when a child is forked."""
        self._known: set[str] = set()
        """Importers whose modules are there, or among those to come."""
        self._worked_for: set[str] = set()
        """Importers that a child was forked for."""
        self._to_come: deque[str] = deque()
        """Modules that are loaded one by one while nobody asks for anything."""
        self._children: set[int] = set()
        self._wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def expect(self, importer: str) -> None:
        """Load what children of an importer need, as soon as there is nothing else to do."""
        if importer and importer not in self._known:
            with suppress(Exception, SystemExit):  # told by the stage that needs it
                self._to_come.extend(registry.load(importer).preload)
                self._known.add(importer)
                if self._to_come:
                    gc.disable()  # until they are there

    def serve(self) -> None:
        """Wait for requests and for children that end."""
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake[0], select.POLLIN)
        going_on = True
        while going_on:
            ready = {fd for fd, _ in poll.poll(0 if self._to_come else None)}
            if not ready:
                self._load_next()
            if self._wake[0] in ready:
                with suppress(BlockingIOError):
                    os.read(self._wake[0], 4096)
                self._reap()
            if self._control.fileno() in ready:
                going_on = self._receive()
        self._end()

    def end_if_orphan(self) -> None:
        """End with all children if the host is gone."""
        if os.getppid() != self._host_pid:
            self._end()
            os._exit(0)

    def _end(self) -> None:
        end_children()
        self._children.clear()

    def _receive(self) -> bool:
        """Take what the host sent; return whether it is still there."""
        try:
            data, fds = receive(self._control, READ_BYTES)
        except OSError:
            return False
        self._fds += fds  # they may come some bytes before the end of their frame
        for body in self._frames.feed(data):
            if self._setup is None:
                self._setup = msgspec.msgpack.decode(body, type=Setup)
                self._board = Board(Path(self._setup.board))
                self._board.template(this_process())
                _prepare(self._setup)
                continue
            request: Fork | Keep = msgspec.msgpack.decode(body, type=Fork | Keep)
            if isinstance(request, Fork):
                self._load_for(request.importer)
            self._fork(self._setup, request)
        return bool(data)

    def _reap(self) -> None:
        """Bury children that have ended, with all that they left."""
        while dead := ended(self._children):
            # What they started must not outlive them. Not reaped yet, they still hold their
            # numbers: the groups cannot be somebody else's. Those outside them are orphans by now.
            for pid in dead:
                kill(pid)
            statuses = dict(os.waitpid(pid, 0) for pid in dead)
            ours = self._children.intersection(dead)
            self._children -= ours
            # Of many that were killed at once: what they left is waited for once.
            end_children(spare=self._children)
            for pid in sorted(ours):
                self._tell(frame(Ended(pid=pid, status=statuses[pid])))

    def _load_for(self, importer: str) -> None:
        """Load for a child that is to be forked; for the first one nothing, for others everything.

        The first child of a batch looks for work, which takes little of it; meanwhile it is loaded
        for those that will do the work.
        """
        first = importer not in self._worked_for
        self._worked_for.add(importer)
        self.expect(importer)
        while self._to_come and not first:
            self._load_next()

    def _fork(self, setup: Setup, request: Fork | Keep) -> None:
        count = 2 if isinstance(request, Fork) else 3
        fds = self._fds[:count]
        del self._fds[:count]
        template_pid = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _QUIET)
        try:
            pid = os.fork()
            if pid == 0:
                self._be_child(setup, request, fds, template_pid)
            self._children.add(pid)
            pidfd = os.pidfd_open(pid)  # before it can be reaped: it cannot be somebody else's
        except OSError as exc:
            # A child without a pidfd ends by its inbox, which the host closes.
            code = exc.errno or 0
            self._tell(frame(Refused(number=request.number, reason=str(exc), code=code)))
            return
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _QUIET)
            for fd in fds:
                os.close(fd)
        try:
            self._tell(frame(Forked(number=request.number, pid=pid)), [pidfd])
        finally:
            os.close(pidfd)

    def _be_child(
        self, setup: Setup, request: Fork | Keep, fds: list[int], template_pid: int
    ) -> NoReturn:
        status = 1
        try:
            _freeze()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # A service manager sends SIGTERM to everyone: the host ends the children in order. A
            # handler, not SIG_IGN, so that what a stage executes has the default again.
            signal.signal(signal.SIGTERM, lambda *_: None)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _QUIET)
            for fd in self._own_fds():  # the template's, not to be kept
                os.close(fd)
            adopt_orphans()
            if isinstance(request, Keep):
                os.setsid()  # its program has a share of the processor like the host's
                die_with(template_pid, signal.SIGTERM)
                keeper.keep(request, *fds)
            else:
                os.setpgid(0, 0)
                die_with(template_pid, signal.SIGKILL)
                assert self._board is not None  # noqa: S101  it came with the setup
                os.nice(setup.nice + request.nicer)
                child.serve(setup, self._board, request.cell, *fds)
                # os._exit skips what importers registered to close their files.
                atexit._run_exitfuncs()  # noqa: SLF001  there is no public name, and no other way
            status = 0
        finally:
            # Never back into the template's loop, whatever happened.
            os._exit(status)

    def _load_next(self) -> None:
        """Load one module of those to come: every child that is forked from now on shares it."""
        with suppress(Exception, SystemExit):  # told by the stage that needs it
            importlib.import_module(self._to_come.popleft())
        if not self._to_come:
            _freeze()

    def _own_fds(self) -> list[int]:
        return [self._control.fileno(), *self._wake, *self._fds]

    def _tell(self, data: bytes, fds: Collection[int] = ()) -> None:
        # A host that is gone needs no answer: the next read ends this process.
        with suppress(BrokenPipeError, ConnectionResetError):
            if fds:
                sent = socket.send_fds(self._control, [data], list(fds))
                data = data[sent:]
            self._control.sendall(data)


def _prepare(setup: Setup) -> None:
    with suppress(OSError):  # not allowed or not there everywhere, and nothing depends on it
        AUTOGROUP.write_text(str(setup.nice), encoding="ascii")
    for module in setup.preload:
        with suppress(Exception, SystemExit):  # told by the stage that needs it
            importlib.import_module(module)
    _freeze()


def _freeze() -> None:
    """Keep what is shared with the children out of their collections.

    It was loaded without looking for garbage, of which imports leave next to none.
    """
    gc.freeze()
    gc.enable()
