"""A process between the template and one foreign program: it ends with all that this ever started.

It is a subreaper, so whatever the program leaves behind becomes its child, in whatever group or
session, with whatever environment; and it starts nothing else, so all its children are the
program's. It reads nothing of what the program writes. When the host closes its end of the stream,
or host or template die, all of them get SIGTERM, and ``GRACE_S`` later SIGKILL; the template of a
host that has died kills them before that. When the program ends by itself what is left of it is
killed at once. A keeper that is killed leaves the rest to the template.
"""

import errno
import os
import select
import signal
import socket
import subprocess
import time
from contextlib import suppress

from soniq_tui.runners.processes import end_children, has_children, tell_descendants
from soniq_tui.runners.starting import MARK
from soniq_tui.runners.wire import GRACE_S, Ended, Forked, Keep, Refused, frame


def keep(request: Keep, fd: int, out: int, err: int) -> None:
    """Run a program, tell the host how it begins and ends, and leave nothing of it.

    Args:
        request: what to run.
        fd: the stream to the host.
        out: its standard output; closed here.
        err: its standard error; closed here.
    """
    # SIGTERM wakes it as well: the kernel's word that the template has died.
    wake, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # exec makes a default of it, of SIG_IGN it does not
    # Whoever is gone needs no answer; that it is, ``_watch`` sees.
    with socket.socket(fileno=fd) as host, suppress(BrokenPipeError, ConnectionResetError):
        if select.select([host], [], [], 0)[0]:
            return  # the host wants it no more
        try:
            program = _begin(request, out, err)
        except (OSError, ValueError) as exc:  # ValueError: a word with a NUL in it
            code = getattr(exc, "errno", None) or errno.EINVAL
            reason = getattr(exc, "strerror", None) or str(exc)
            host.sendall(frame(Refused(number=request.number, reason=reason, code=code)))
            return
        with suppress(BrokenPipeError, ConnectionResetError):
            host.sendall(frame(Forked(number=request.number, pid=program.pid)))
        status = _watch(host, wake, program.pid)
        end_children()
        host.sendall(frame(Ended(pid=program.pid, status=status)))


def _begin(request: Keep, out: int, err: int) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            request.argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={**request.env, MARK.encode(): os.environb[MARK.encode()]},
            cwd=request.cwd or None,
            process_group=0,
        )
    finally:
        os.close(out)
        os.close(err)


def _watch(host: socket.socket, wake: int, pid: int) -> int:
    """Wait until the program has ended, or the host wants it to; return its status, 0 if unknown.

    All that it orphaned is reaped as it ends.
    """
    template = os.getppid()
    poll = select.poll()
    poll.register(host, select.POLLIN)
    poll.register(wake, select.POLLIN)
    status: int | None = None
    until_s: float | None = None
    while status is None or (until_s is not None and has_children()):
        left_s = None if until_s is None else until_s - time.monotonic()
        if left_s is not None and left_s <= 0:
            break
        ready = [fd for fd, _ in poll.poll(None if left_s is None else left_s * 1000)]
        if wake in ready:
            with suppress(BlockingIOError):
                os.read(wake, 4096)
            status = _reaped().get(pid, status)
        if until_s is None and (host.fileno() in ready or os.getppid() != template):
            poll.unregister(host)
            until_s = time.monotonic() + GRACE_S  # to tell hundreds takes some of it
            # For what stands still SIGTERM waits.
            tell_descendants(os.getpid(), signal.SIGTERM, signal.SIGCONT)
    return status or 0


def _reaped() -> dict[int, int]:
    """Reap what has ended; return how, by process id."""
    found: dict[int, int] = {}
    with suppress(ChildProcessError):
        while (one := os.waitpid(-1, os.WNOHANG))[0]:
            found[one[0]] = one[1]
    return found
