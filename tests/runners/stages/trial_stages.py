"""Stages that behave well, badly and very badly; the children of the tests import this file.

``conftest.offered`` puts this folder on the module path together with an entry point, so that the
registry finds the importer ``trial`` as it would find a stranger's.
"""

# A stage has its process for itself and may block it.
# ruff: noqa: ASYNC220, ASYNC221, ASYNC222, ASYNC240, ASYNC251, T201

import asyncio
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from soniq_tui.importers.base import (
    Context,
    ErrorKind,
    GoBack,
    Importer,
    ItemFault,
    Plan,
    RetryLater,
    Skip,
    Stage,
    Stopped,
)
from soniq_tui.model.forms import Preview

MIB = 1024 * 1024
kept: list[bytearray] = []


class Do(msgspec.Struct, frozen=True):
    """What a stage is to do."""

    n: int = 0
    text: str = ""
    path: str = ""


class Other(msgspec.Struct, frozen=True):
    """What no stage accepts."""


class Options(msgspec.Struct, frozen=True):
    """No options."""


async def ok(do: Do, ctx: Context) -> Do:
    """Answer with the next number, and with who answered."""
    ctx.count(done=1)
    return Do(n=do.n + 1, text=str(os.getpid()))


async def steps(do: Do, ctx: Context) -> Do:
    """Take ``n`` items of 2 ms each, and stop when asked."""
    for i in range(do.n):
        ctx.progress(i, do.n)
        if i == 1 and do.path:
            Path(do.path).touch()
        time.sleep(0.002)
    return do


async def busy(do: Do, ctx: Context) -> Do:
    """Never look at the flag."""
    ctx.progress(0, 1)
    ctx.write_spool(b"half done")
    if do.text == "deaf":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(do.path).touch()
    while True:
        pass


async def signals(do: Do, ctx: Context) -> Do:
    """End in one of the ways a stage may end."""
    raise {
        "skip": Skip("nothing to do"),
        "later": RetryLater("busy", ErrorKind.RATE_LIMITED),
        "fault": ItemFault(ErrorKind.CORRUPT, "no audio"),
        "back": GoBack("gone"),
        "stopped": Stopped(),
    }[do.text]


async def bug(do: Do, ctx: Context) -> Do:
    """Fail as programs do."""
    raise ZeroDivisionError("division by nought")


async def dies(do: Do, ctx: Context) -> Do:
    """Be killed by signal ``text`` (default SIGKILL) while on item ``n`` of 10."""
    for i in range(10):
        ctx.progress(i, 10)
        if i == do.n:
            os.kill(os.getpid(), int(do.text or signal.SIGKILL))
            time.sleep(5)
    return do


async def leaves(do: Do, ctx: Context) -> Do:
    """End the process: politely, or not."""
    if do.text == "sys":
        sys.exit(do.n)
    os._exit(do.n)


async def answers_and_leaves(do: Do, ctx: Context) -> Do:
    """Answer, and end the process before another job could come."""

    def leave(*_: object) -> NoReturn:
        os._exit(0)

    socket.socket.recv = leave  # type: ignore[method-assign, assignment]
    return Do(n=do.n + 1)


async def hangs_up(do: Do, ctx: Context) -> Do:
    """Close all descriptors, the socket to the host among them."""
    os.closerange(3, 1000)
    time.sleep(30)
    return do


async def babbles(do: Do, ctx: Context) -> Do:
    """Write into the socket to the host what is no message."""
    for fd in range(3, 40):
        try:
            with socket.socket(fileno=os.dup(fd)) as sock:
                if sock.type == socket.SOCK_STREAM and sock.fileno() != asyncio_fd(fd):
                    sock.sendall(b"\x04\x00\x00\x00junk")
        except OSError:
            continue
    time.sleep(30)
    return do


def asyncio_fd(fd: int) -> int:
    """Return ``fd`` if it belongs to the event loop, -1 else."""
    loop: Any = asyncio.get_running_loop()
    return fd if fd in {loop._ssock.fileno(), loop._csock.fileno()} else -1


async def eats(do: Do, ctx: Context) -> Do:
    """Keep ``n`` MiB for ever."""
    kept.append(bytearray(os.urandom(1)) * (do.n * MIB))
    return Do(text=str(os.getpid()))


async def begets(do: Do, ctx: Context) -> Do:
    """Start two grandchildren in the same group, tell their ids, then ``wait`` or ``die``."""
    one = subprocess.Popen(["sleep", "60"])
    two = os.fork()
    if two == 0:
        time.sleep(60)
        os._exit(0)
    part = Path(do.path + ".part")
    part.write_text(f"{one.pid} {two}")
    part.rename(do.path)
    if do.text == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    while do.text == "wait":
        time.sleep(1)
    return do


async def escapes(do: Do, ctx: Context) -> Do:
    """Start three processes in sessions of their own that ignore SIGTERM, one of them an orphan.

    Tells their ids; then take ``n`` items of 2 ms each, ``wait`` deaf to the flag, or ``die``.
    """
    ctx.progress(0, do.n)
    reader, writer = os.pipe()
    _fork_away(writer, _fork_away)
    middle = os.fork()
    if middle == 0:
        _fork_away(writer)
        os._exit(0)
    os.waitpid(middle, 0)
    os.close(writer)
    with os.fdopen(reader) as lines:
        pids = [lines.readline().strip() for _ in range(3)]
    part = Path(do.path + ".part")
    part.write_text(" ".join(pids))
    part.rename(do.path)
    if do.text == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    while do.text == "wait":
        time.sleep(1)
    for i in range(do.n):
        ctx.progress(i, do.n)
        time.sleep(0.002)
    return Do(text=str(os.getpid()))


def _fork_away(writer: int, then: Callable[[int], None] | None = None) -> None:
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if then is not None:
            then(writer)
        os.write(writer, f"{os.getpid()}\n".encode())
        os.close(writer)
        time.sleep(60)
        os._exit(0)


async def notes(do: Do, ctx: Context) -> None:
    """Write down that it was here: a line in a file that all write to."""
    fd = os.open(do.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, f"{do.text}\n".encode())
    os.close(fd)
    ctx.count(done=1)


async def waits(do: Do, ctx: Context) -> Do:
    """Run a program that takes a minute, and look at the flag only afterwards."""
    with subprocess.Popen(["sleep", "60"]):
        Path(do.path).touch()
    ctx.progress(0, 1)
    return do


async def spools(do: Do, ctx: Context) -> Do:
    """Keep ``n`` bytes, or read back what is called ``text``."""
    if do.text:
        return Do(n=len(ctx.read_spool(do.text)))
    return Do(text=ctx.write_spool(bytes(do.n)))


async def spawns(do: Do, ctx: Context) -> Do:
    """Ask for ``n`` jobs, one checkpoint after each but the last."""
    for i in range(do.n):
        ctx.spawn(Do(n=i), key=f"k{i}", label=do.text or f"job {i}", stage="ok")
        ctx.count(done=1)
        ctx.found(1)
        if i < do.n - 1:
            ctx.checkpoint(Do(n=i + 1))
    return do


async def floods(do: Do, ctx: Context) -> Do:
    """Ask for jobs with labels of ``n`` MiB together."""
    for i in range(do.n):
        ctx.spawn(Do(), key=f"k{i}", label="x" * MIB)
    return do


async def fat(do: Do, ctx: Context) -> Do:
    """Return more than a payload may be."""
    return Do(text="x" * 70_000)


async def noisy(do: Do, ctx: Context) -> Do:
    """Write to the terminal in every way there is, and read from it."""
    print("NOISE of print")
    print("NOISE on stderr", file=sys.stderr)
    os.write(1, b"NOISE of write\x1b[2J")
    os.write(2, b"NOISE of write\x1b[2J")
    ctypes.CDLL(None).puts(b"NOISE of C")
    subprocess.run(["echo", "NOISE of a program"], check=True)
    return Do(text=sys.stdin.read())


async def wonders(do: Do, ctx: Context) -> Do:
    """Tell where one lives: niceness, session, threads, module ``random``."""
    import random

    facts = {
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "own_group": os.getpid() == os.getpgrp(),
        "session": os.getsid(0),
        "parent_session": os.getsid(os.getppid()),
        "parent": os.getppid(),
        "threads": threading.active_count(),
        "random": random.__file__,
        "fds": sorted(map(_link, Path("/proc/self/fd").iterdir())),
        "blocked": sorted(int(n) for n in signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    }
    return Do(text=msgspec.json.encode(facts).decode())


def _link(fd: Path) -> str:
    try:
        return Path(str(fd.readlink()).split(":", maxsplit=1)[0]).name
    except FileNotFoundError:
        return ""  # the one the folder was listed with


def plan(options: Options, data_dir: Path) -> Plan:
    """Return no jobs."""
    return Plan("trial", ())


def preview(options: Options, data_dir: Path) -> Preview:
    """Refuse; nobody asks."""
    raise NotImplementedError


importer = Importer(
    name="trial",
    title="Trial",
    verb="trial",
    options=Options,
    stages=tuple(
        Stage(run.__name__, "trial", run)
        for run in (
            ok, steps, busy, signals, bug, dies, leaves, answers_and_leaves, hangs_up, babbles,
            eats, begets, escapes, waits, spools, spawns, floods, fat, noisy, wonders, notes,
        )
    ),
    plan=plan,
    preview=preview,
)  # fmt: skip
