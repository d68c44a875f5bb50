"""Programs of stages: their lines as they come, and nothing of them left when they have ended."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from soniq_tui.importers.base import Ran
from soniq_tui.runners import subprocess as module
from soniq_tui.runners.held import ChildDiedError, Kept
from soniq_tui.runners.processes import marked, stat_of
from soniq_tui.runners.subprocess import LINE_MOST_BYTES, Programs
from soniq_tui.runners.wire import GRACE_S
from tests.runners.room import Room, numbers_in, runs, state_of
from tests.waiting import until


@pytest.fixture
async def programs(tmp_path: Path, starts: None) -> AsyncIterator[Programs]:
    """Programs of a run; when the test ends no process may be left that a template started."""
    (tmp_path / "room").mkdir()
    room = Room(tmp_path / "room")
    programs = Programs(room.template)
    yield programs
    assert not programs.pids
    await room.close()
    assert not marked(f"{room.board.path}:")


async def run(code: str, programs: Programs) -> tuple[Ran, list[str], list[str]]:
    out: list[str] = []
    err: list[str] = []
    ran = await programs.run(
        [sys.executable, "-ISc", code], on_line=out.append, on_error=err.append
    )
    return ran, out, err


async def test_lines_and_status(programs: Programs) -> None:
    """Both outputs come line by line, the last ones are kept, and the status is told."""
    ran, out, err = await run(
        "import sys; print('a'); print('b\\rc'); sys.stderr.write('e'); sys.exit(7)",
        programs,
    )
    assert (ran.status, out, err) == (7, ["a", "b", "c"], ["e"])
    assert set(ran.tail) == {"a", "b", "c", "e"}


async def test_endless_lines_and_odd_bytes(programs: Programs) -> None:
    """A line without end is cut, what follows is read; bytes that are no text are shown as such."""
    long = 5 * LINE_MOST_BYTES
    _, out, _ = await run(
        f"import sys; sys.stdout.buffer.write(b'x' * {long} + b'\\n\\xff\\n')", programs
    )
    assert len(out[0]) < LINE_MOST_BYTES + 20
    assert out[0].endswith("(cut)")
    assert out[1] == "\ufffd"


async def test_a_program_that_never_stops_talking(programs: Programs) -> None:
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
    ran = await programs.run([sys.executable, "-c", code], on_line=heard)
    assert (ran.status, last) == (0, "z")
    assert 0 < busy_s < (time.perf_counter() - began_s) * 0.5


async def test_killed(programs: Programs) -> None:
    """A program that was killed has the signal for its status."""
    ran, _, _ = await run("import os; os.kill(os.getpid(), 9)", programs)
    assert ran.status == -signal.SIGKILL


async def test_no_such_program(programs: Programs) -> None:
    """What cannot be started says so at once."""
    with pytest.raises(OSError, match="nonsense"):
        await programs.run(["/nonsense"], on_line=print)


@pytest.mark.parametrize("how", ["cancelled", "template"])
async def test_a_program_may_tidy_up(tmp_path: Path, programs: Programs, how: str) -> None:
    """It is asked to stop, and has a second for that before it is killed.

    Also where the template was: its keeper alone finds all that it started.
    """
    begun, tidied = tmp_path / "begun", tmp_path / "tidied"
    code = (
        "import pathlib, signal, time\n"
        "def stop(*_):\n"
        f"    time.sleep(0.2); pathlib.Path({os.fspath(tidied)!r}).touch(); raise SystemExit\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        f"pathlib.Path({os.fspath(begun)!r}).touch(); time.sleep(60)"
    )
    task = asyncio.create_task(run(code, programs))
    await until(begun.exists)
    if how == "template":
        os.kill(programs._template.pid or 0, signal.SIGKILL)
    else:
        task.cancel()
    with pytest.raises(ChildDiedError if how == "template" else asyncio.CancelledError):
        await task
    await until(tidied.exists, 0.01)


STARTS = (
    "setsid sleep 60 & one=$!; (setsid sleep 60 & echo $! >two); (env -i setsid sleep 60 & "
    "echo $! >three); sleep 60 & echo $one $(cat two three) $! >part; mv part pids; "
)
"""Four processes: with a session of its own, an orphan with one, one without a mark, none of it."""
ENDS = {"well": "exit 0", "badly": "exit 7", "killed": "kill -9 $$", "cancelled": "wait"}


@pytest.mark.parametrize("how", [*ENDS, "deaf", "stopped", "keeper", "template"])
async def test_nothing_that_a_program_started_outlives_it(
    tmp_path: Path, room: Room, how: str
) -> None:
    """However it ends, and whatever session it made for them."""
    programs, file = Programs(room.template), tmp_path / "pids"
    code = {"deaf": "trap '' TERM; ", "stopped": ""}.get(how, "") + STARTS
    code += {"stopped": "kill -STOP $$"}.get(how) or ENDS.get(how, "wait")
    task = asyncio.create_task(
        programs.run(["sh", "-c", code], on_line=print, cwd=os.fspath(tmp_path))
    )
    await until(lambda: file.exists() or task.done())
    if how in {"cancelled", "deaf", "stopped"}:
        task.cancel()
    elif how == "keeper":
        os.kill(stat_of(next(iter(programs.pids))).parent, signal.SIGKILL)  # type: ignore[union-attr]
    elif how == "template":
        os.kill(room.template.pid or 0, signal.SIGKILL)
    await asyncio.wait({task})
    if how in {"keeper", "template"}:
        assert isinstance(task.exception(), ChildDiedError)
    elif how in {"cancelled", "deaf", "stopped"}:
        assert task.cancelled()
    else:
        assert task.result().status == {"well": 0, "badly": 7, "killed": -9}[how]
    assert not [pid for pid in numbers_in(file) if runs(pid)]
    assert not programs.pids


async def test_what_it_orphaned_is_no_zombie(tmp_path: Path, programs: Programs) -> None:
    """What ends while its program works on is reaped at once."""
    code = "(setsid true & echo $!); read -r _ <fifo"
    os.mkfifo(tmp_path / "fifo")
    out: list[str] = []
    task = asyncio.create_task(
        programs.run(["sh", "-c", code], on_line=out.append, cwd=os.fspath(tmp_path))
    )
    await until(lambda: out and not state_of(int(out[0])))
    (tmp_path / "fifo").write_text("on\n")
    assert (await task).status == 0


async def test_cancelled_before_it_began(tmp_path: Path, programs: Programs) -> None:
    """Its keeper is not there yet, or has just come: nothing of it is left."""
    for ms in (0, 1, 2, 4, 8):
        task = asyncio.create_task(run("import time; time.sleep(60)", programs))
        await asyncio.sleep(ms / 1000)
        task.cancel()
        await asyncio.wait({task}, timeout=20)
        assert task.cancelled()


async def test_a_program_does_not_begin_when_its_job_has_ended(
    tmp_path: Path, programs: Programs
) -> None:
    """Cancelled while the template had no turn, nor this loop afterwards to end what has begun."""
    await run("", programs)
    template, begun = programs._template.pid or 0, tmp_path / "begun"
    os.kill(template, signal.SIGSTOP)
    code = f"open({os.fspath(begun)!r}, 'w'); import time; time.sleep(60)"
    task = asyncio.create_task(run(code, programs))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    os.kill(template, signal.SIGCONT)
    asyncio.get_running_loop().call_soon(time.sleep, 0.5)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not begun.exists()


async def test_a_keeper_that_hangs_in_the_kernel_holds_no_end_up(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is cancelled again while it is waited for waits for a while, not without end."""
    monkeypatch.setattr(module, "STUCK_S", -GRACE_S)

    async def hangs(_kept: Kept) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(Kept, "end", hangs)
        task = asyncio.create_task(run("", programs))
        await until(lambda: programs.ending)
        task.cancel()
        async with asyncio.timeout(20):
            await asyncio.wait({task})
    assert task.cancelled()
    assert not programs.ending


async def test_a_folder_that_may_not_be_entered(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is another user by then may be in one: a program begins there all the same."""
    monkeypatch.setattr(os, "getcwd", lambda: "/nowhere")
    assert (await run("", programs))[0].status == 0


async def test_what_a_program_is_given(programs: Programs) -> None:
    """Words and variables that are no text reach it; what the host ignores it does not."""
    out: list[str] = []
    words = ["sh", "-c", 'printf "%s%s\\n" "$0" "$X"; kill -INT $$; echo deaf', "\udce9\udcff"]
    ran = await programs.run(words, on_line=out.append, env={"X": "\udce8"})
    assert (ran.status, out) == (-signal.SIGINT, ["\ufffd" * 3])
