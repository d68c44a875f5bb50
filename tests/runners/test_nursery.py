"""What tests of children begin as a fork is a template as any."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from soniq_tui.runners import starting
from soniq_tui.runners.processes import stat_of
from tests.runners.nursery import NURSERY, is_subreaper
from tests.waiting import until

OPEN = ["/dev/null"] * 3 + ["pipe", "pipe", "socket"]
"""What it is told that a process has ended by, and its host; libraries may hold themselves open."""


@pytest.mark.parametrize("start", [starting.start, NURSERY.start], ids=["real", "forked"])
async def test_it_has_what_a_template_has_and_ends_as_one(start, monkeypatch):
    """A child of its host in a session of its own, marked, with nothing open but its socket."""
    monkeypatch.setenv("ONLY_NOW", "is told")
    mark = starting.mark_of(Path("/nowhere/board"), 1)
    started = start(mark)
    pid = started.process.pid
    place = Path("/proc", str(pid))

    def open_files():
        with suppress(FileNotFoundError):  # closed meanwhile
            names = [str(fd.readlink()) for fd in (place / "fd").iterdir()]
            return sorted(name.split(":")[0] for name in names if ".so" not in name)

    try:
        await until(lambda: os.getsid(pid) == pid and open_files() == OPEN)
        assert stat_of(pid).parent == os.getpid()
        assert not is_subreaper(), "what ends later is nobody's of this process"
        told = (place / "environ").read_bytes().split(b"\0")
        assert f"{starting.MARK}={mark}".encode() in told
        assert b"ONLY_NOW=is told" in told
    finally:
        started.socket.close()
        assert started.process.wait(20) == 0
