"""Programs of stages: their lines as they come, their whole group ended with them."""

import asyncio
import errno
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from soniq_tui.importers.base import Ran
from soniq_tui.runners.subprocess import LINE_MOST_BYTES, Programs
from tests.waiting import until


async def run(code: str, programs: Programs | None = None) -> tuple[Ran, list[str], list[str]]:
    out: list[str] = []
    err: list[str] = []
    ran = await (programs or Programs()).run(
        [sys.executable, "-c", code], on_line=out.append, on_error=err.append
    )
    return ran, out, err


async def test_lines_and_status() -> None:
    """Both outputs come line by line, the last ones are kept, and the status is told."""
    ran, out, err = await run(
        "import sys; print('a'); print('b\\rc'); sys.stderr.write('e'); sys.exit(7)"
    )
    assert (ran.status, out, err) == (7, ["a", "b", "c"], ["e"])
    assert set(ran.tail) == {"a", "b", "c", "e"}


async def test_a_program_takes_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system allows one process more and no thread, a program is not left unwatched."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert (await run("print('a')"))[:2] == (Ran(status=0, tail=("a",)), ["a"])


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="asyncio asks by itself")
async def test_a_program_without_pidfds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where kernel or container knows no pidfd, a program is watched as asyncio does by itself."""

    def refuse(_pid: int, _flags: int = 0) -> int:
        raise PermissionError(1, "Operation not permitted")

    policy = asyncio.get_event_loop_policy()
    monkeypatch.setattr(policy, "_watcher", asyncio.ThreadedChildWatcher())
    monkeypatch.setattr(os, "pidfd_open", refuse)
    assert (await run("print('a')"))[:2] == (Ran(status=0, tail=("a",)), ["a"])


async def test_a_program_that_nobody_can_watch_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no file is left by which its end would be told, it does not run on unseen."""
    await run("")  # asks what the system has
    begun: list[int] = []

    def refuse(pid: int, _flags: int = 0) -> int:
        begun.append(pid)
        raise OSError(errno.EMFILE, "too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pidfd_open", refuse)
        with pytest.raises(OSError, match="too many"):
            await run("import time; time.sleep(9)")
    with pytest.raises(ProcessLookupError):
        os.killpg(begun[0], 0)


async def test_endless_lines_and_odd_bytes() -> None:
    """A line without end is cut, what follows is read; bytes that are no text are shown as such."""
    _, out, _ = await run(
        f"import sys; o = sys.stdout.buffer; o.write(b'x' * {5 * LINE_MOST_BYTES} + b'\\n\\xff\\n')"
    )
    assert len(out[0]) < LINE_MOST_BYTES + 20
    assert out[0].endswith("(cut)")
    assert out[1] == "\ufffd"


async def test_a_program_that_never_stops_talking() -> None:
    """Others on the loop get most of the time, and its last word is heard all the same."""
    busy_s = 0.0
    last = ""

    def heard(line: str) -> None:
        nonlocal busy_s, last
        began_s = time.thread_time()  # what others take of the processor is none of ours
        while time.thread_time() - began_s < 2e-6:
            pass
        busy_s += time.thread_time() - began_s
        last = line

    began_s = time.perf_counter()
    code = (
        "import time\nuntil = time.time() + 0.8\n"
        "while time.time() < until: print('y\\n' * 9999)\nprint('z')"
    )
    ran = await Programs().run([sys.executable, "-c", code], on_line=heard)
    assert (ran.status, last) == (0, "z")
    assert 0 < busy_s < (time.perf_counter() - began_s) * 0.5


async def test_killed() -> None:
    """A program that was killed has the signal for its status."""
    ran, _, _ = await run("import os; os.kill(os.getpid(), 9)")
    assert ran.status == -signal.SIGKILL


async def test_no_such_program() -> None:
    """What cannot be started says so at once."""
    with pytest.raises(OSError, match="nonsense"):
        await Programs().run(["/nonsense"], on_line=print)


async def test_a_grandchild_that_holds_the_pipe(tmp_path: Path) -> None:
    """Nobody waits for what a program left behind, and it is ended."""
    file = tmp_path / "pid"
    began_s = time.monotonic()
    await run(
        "import subprocess; p = subprocess.Popen(['sleep', '60']);"
        f"open({os.fspath(file)!r}, 'w').write(str(p.pid))"
    )
    assert time.monotonic() - began_s < 30
    await gone(int(file.read_text()))


async def gone(pid: int) -> None:
    for _ in range(100):
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat") as stat:  # noqa: ASYNC230, PTH123
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return
        except (ProcessLookupError, FileNotFoundError):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{pid} is still there")


async def test_a_cancelled_program_may_tidy_up(tmp_path: Path) -> None:
    """It is asked to stop, and has a second for that before it is killed."""
    begun, tidied = tmp_path / "begun", tmp_path / "tidied"
    code = (
        "import pathlib, signal, time\n"
        "def stop(*_):\n"
        f"    time.sleep(0.2); pathlib.Path({os.fspath(tidied)!r}).touch(); raise SystemExit\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        f"pathlib.Path({os.fspath(begun)!r}).touch(); time.sleep(60)"
    )
    task = asyncio.create_task(run(code))
    await until(begun.exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(tidied.exists, 0.01)


def appears(file: Path, within_s: float) -> bool:
    """Wait for a file without letting the loop go on."""
    end_s = time.monotonic() + within_s
    while not file.exists() and time.monotonic() < end_s:
        pass
    return file.exists()


async def test_cancelled_while_it_starts(tmp_path: Path) -> None:
    """Before its pipes are connected: it is ended as any other, with what it has started."""
    file, programs = tmp_path / "pid", Programs()
    code = (
        "import os, subprocess, time; p = subprocess.Popen(['sleep', '60']);"
        f"f = open({os.fspath(file)!r} + '.new', 'w'); f.write(str(p.pid)); f.close();"
        f"os.rename(f.name, {os.fspath(file)!r}); time.sleep(60)"
    )
    task = asyncio.create_task(run(code, programs))
    while not appears(file, 0.3):  # noqa: ASYNC110  the loop stands still on purpose
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task}, timeout=20)
    assert task.cancelled()
    assert not programs.pids
    await gone(int(file.read_text()))


async def test_cancel_ends_the_group(tmp_path: Path) -> None:
    """A deaf program and its children are gone when the cancelled run has ended."""
    file, programs = tmp_path / "pids", Programs()
    task = asyncio.create_task(
        run(
            "import signal, subprocess, os, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
            f"p = subprocess.Popen(['sleep', '60']); f = open({os.fspath(file)!r}, 'w');"
            "f.write(f'{os.getpid()} {p.pid}'); f.close(); time.sleep(60)",
            programs,
        )
    )
    while not (file.exists() and file.read_text().count(" ")):  # noqa: ASYNC110  another process's file
        await asyncio.sleep(0.01)
    await until(lambda: bool(programs.pids))  # it may be quicker than we
    pids = [int(word) for word in file.read_text().split()]
    assert programs.pids == pids[:1]
    began_s = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began_s < 30
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)  # nor is there a zombie
    for pid in pids:
        await gone(pid)
    assert not programs.pids
