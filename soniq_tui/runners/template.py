"""The template process: single-threaded, everything preloaded, forks the children that do the work.

Started by exec (never forked from the host, which has threads) as
``python -m soniq_tui.runners.template FD HOST_PID``. It and its children die with the host: each
asks the kernel for SIGKILL when its parent ends, checks that the parent is still the one it knew,
and ends when its socket closes. Each child leads a session of its own, so that it can be killed
with all its descendants.
"""

import ctypes
import importlib
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import NoReturn

import msgspec

from soniq_tui.runners.wire import Ended, Fork, Forked, Frames, Setup, frame

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""
READ_BYTES = 65536


def die_with(parent_pid: int) -> None:
    """Ask for SIGKILL when the parent ends; end now if it has ended already."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(0)


def main() -> None:
    """Serve fork requests until the host closes its end."""
    fd, host_pid = int(sys.argv[1]), int(sys.argv[2])
    die_with(host_pid)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the host's to answer
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # ends by its socket, after the host has ended
    with socket.socket(fileno=fd) as control:
        _serve(control)


def _serve(control: socket.socket) -> None:
    frames = Frames()
    setup: Setup | None = None
    wake_read, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wake_read, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if wake_read in ready:
            with suppress(BlockingIOError):
                os.read(wake_read, 4096)
            _reap(control)
        if control.fileno() not in ready:
            continue
        data, fds, _, _ = socket.recv_fds(control, READ_BYTES, 8)
        if not data:
            return
        for body in frames.feed(data):
            if setup is None:
                setup = msgspec.msgpack.decode(body, type=Setup)
                _prepare(setup)
            else:
                request = msgspec.msgpack.decode(body, type=Fork)
                work_fd = fds.pop(0)
                _fork(control, setup, request.cell, work_fd, [wake_read, wake_write, *fds])


def _prepare(setup: Setup) -> None:
    os.nice(setup.nice)
    for module in setup.preload:
        importlib.import_module(module)
    import gc

    gc.collect()
    gc.freeze()  # keeps what is shared with the children out of their collections


def _reap(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell(control, frame(Ended(pid=pid, status=status)))


def _fork(control: socket.socket, setup: Setup, cell: int, work_fd: int, others: list[int]) -> None:
    """Fork a child; ``others`` are descriptors that it must not keep."""
    template_pid = os.getpid()
    pid = os.fork()
    if pid == 0:
        control.close()
        signal.set_wakeup_fd(-1)
        for fd in others:
            os.close(fd)
        _child(setup, cell, work_fd, template_pid)
    os.close(work_fd)
    pidfd = os.pidfd_open(pid)  # before it can be reaped, so it cannot be somebody else's
    try:
        _tell(control, frame(Forked(cell=cell, pid=pid)), [pidfd])
    finally:
        os.close(pidfd)


def _tell(control: socket.socket, data: bytes, fds: list[int] | None = None) -> None:
    # A host that is gone needs no answer: the next read ends this process.
    with suppress(BrokenPipeError, ConnectionResetError):
        if fds:
            sent = socket.send_fds(control, [data], fds)
            data = data[sent:]
        control.sendall(data)


def _child(setup: Setup, cell: int, work_fd: int, template_pid: int) -> NoReturn:
    from soniq_tui.runners import child

    status = 1
    try:
        os.setsid()
        die_with(template_pid)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        child.serve(setup, cell, work_fd)
        status = 0
    finally:
        # Never back into the template's loop, whatever happened.
        os._exit(status)


if __name__ == "__main__":
    main()
