"""The template and its children: how they start, end and start again."""

# Starting a process takes no time that a test would miss.
# ruff: noqa: ASYNC220

import asyncio
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from soniq_tui.model.job import ErrorKind, JobState, Outcome
from soniq_tui.runners import board, forked, starting, template_client
from soniq_tui.runners.child_client import Child
from soniq_tui.runners.held import ChildDiedError
from soniq_tui.runners.inbox import Inbox
from soniq_tui.runners.pools import BEHIND_WRITER
from soniq_tui.runners.wire import Done, frame
from tests.runners.room import QUIET, answer, do, runs
from tests.waiting import until

NICEST = 19
"""What Linux bounds niceness at, sched(7)."""


@pytest.fixture
def starts():
    """Here templates start as they do for a host with threads, by exec."""


# -------------------------------------------------------------------- the template


async def test_the_writer_comes_before_the_others(room):
    """The child that all others wait for in the end is as nice as is asked for, and no nicer."""
    outcome = await do(room, room.runner(single=True), "wonders")
    facts = json.loads(str(answer(outcome)["text"]))
    assert facts["nice"] == min(NICEST, os.getpriority(os.PRIO_PROCESS, 0) + 5)


async def test_children_live_apart_from_host_and_terminal(room, tmp_path, monkeypatch):
    """A child has its group in its template's session, its niceness, one thread, no others' fds."""
    (tmp_path / "random.py").write_text("raise SystemExit('the wrong random')")
    monkeypatch.chdir(tmp_path)
    outcome = await do(room, room.runner(), "wonders")
    facts = json.loads(str(answer(outcome)["text"]))
    assert facts["nice"] == min(NICEST, os.getpriority(os.PRIO_PROCESS, 0) + 5 + BEHIND_WRITER)
    assert facts["own_group"]
    assert facts["parent"] == facts["session"] == facts["parent_session"] == room.template.pid
    assert facts["threads"] == 1
    assert facts["random"] != str(tmp_path / "random.py")
    assert facts["blocked"] == []
    # Its stream and inbox, those of its event loop, its memory: nothing of template and siblings.
    sockets = ["socket", "socket", "socket", "socket"]
    expected = ["", "anon_inode", "board", "null", "null", "null", *sockets, "statm"]
    own = [name for name in facts["fds"] if not name.startswith("libffi.")]  # newer ones hold it
    assert own == expected


async def test_a_killed_template_fails_what_runs_and_the_next_job_works(room, tmp_path):
    """Running jobs crash without accusing an item, idle slots lose nothing, another one starts."""
    runner = room.runner()
    await do(room, runner, "ok", slot=1)
    mark = tmp_path / "mark"
    task = asyncio.create_task(do(room, runner, "begets", text="wait", path=str(mark)))
    await until(mark.exists)
    first = room.template.pid
    assert first is not None
    pids = [first, *runner.pids(), *(int(word) for word in mark.read_text().split())]
    os.kill(first, signal.SIGKILL)
    outcome = await task
    assert (outcome.kind, outcome.retryable, outcome.suspect) == (ErrorKind.CRASHED, True, None)
    assert "together with the one that starts all others" in outcome.reason
    await until(lambda: not any(map(runs, pids)), 1)
    for slot in (0, 1):
        assert (await do(room, runner, "ok", slot)).state is JobState.DONE
    assert room.template.pid != first


async def test_a_template_that_dies_while_asked_is_replaced_unnoticed(room):
    """A template found dead only when a child is asked for costs no job."""
    runner = room.runner()
    await do(room, runner, "ok", slot=0)
    pid = room.template.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert (await do(room, runner, "ok", slot=1)).state is JobState.DONE


async def test_a_template_that_cannot_be_started_fails_the_job_with_the_reason(room, monkeypatch):
    """Without an interpreter to start, the job fails and may be tried again; run does not raise."""
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    outcome = await do(room, room.runner(), "ok")
    assert (outcome.kind, outcome.retryable) == (ErrorKind.CRASHED, True)
    assert "/no/such/python" in outcome.reason


async def test_a_template_that_ends_at_once_fails_the_job_with_the_reason(
    room, monkeypatch, tmp_path
):
    """A template that breaks while it starts is told as such, also where it takes long to end."""
    (tmp_path / "boot.py").write_text(
        "import os, time\nos.closerange(3, 99)\ntime.sleep(0.03)\nraise SystemExit(7)"
    )
    monkeypatch.setattr(starting, "BOOT", tmp_path / "boot.py")
    outcome = await do(room, room.runner(), "ok")
    assert "the one that starts all others exited with 7" in outcome.reason
    assert not outcome.blameless


async def test_how_a_template_ended_where_no_file_is_left(room, monkeypatch):
    """Nobody can be told, and whatever it left is ended all the same."""

    def none(_pid: int, _timeout_s: float | None) -> bool:
        raise OSError(errno.EMFILE, "too many open files")

    for module in (template_client, forked):
        monkeypatch.setattr(module, "wait_for", none)
    left: list[object] = []
    child = SimpleNamespace(reaped=left.append)
    process = subprocess.Popen(["sleep", "9"], start_new_session=True)
    try:
        await room.template._bury(forked.Twin(process.pid), "no mark", [], [child])
    finally:
        process.kill()
        process.wait()
    assert left == [None]


async def test_a_refused_fork_is_no_fault_of_a_job_or_the_template(room, tmp_path, monkeypatch):
    """When the system allows no further process, running children go on, and a job waits."""
    (tmp_path / "offer" / "refuses.py").write_text(
        "import os, pathlib\n"
        "fork = os.fork\n"
        "def refuse():\n"
        f"    if pathlib.Path({str(tmp_path / 'full')!r}).exists():\n"
        "        raise BlockingIOError(11, 'Resource temporarily unavailable')\n"
        "    return fork()\n"
        "os.fork = refuse\n"
    )
    room.template.preload(("refuses",))
    runner = room.runner()
    mark = tmp_path / "mark"
    task = asyncio.create_task(do(room, runner, "steps", slot=0, n=50, path=str(mark)))
    await do(room, runner, "ok", slot=1)
    await until(mark.exists)
    pid, free = room.template.pid, len(room.cells._free)
    (tmp_path / "full").touch()
    outcome = await do(room, runner, "ok", slot=2)
    assert (outcome.kind, outcome.retryable) == (ErrorKind.CRASHED, True)
    assert outcome.blameless
    assert "Resource temporarily unavailable" in outcome.reason
    assert (await task).state is JobState.DONE
    assert (room.template.pid, len(room.cells._free)) == (pid, free)
    (tmp_path / "full").unlink()
    assert (await do(room, runner, "ok", slot=2)).state is JobState.DONE


async def test_a_kernel_without_pidfds_will_not_have_them_later(room, tmp_path):
    """A job does not wait without end for what is no lack of processes, and the reason is told."""
    (tmp_path / "offer" / "refuses.py").write_text(
        "import os\n"
        "def refuse(_pid):\n"
        "    raise PermissionError(1, 'Operation not permitted')\n"
        "os.pidfd_open = refuse\n"
    )
    room.template.preload(("refuses",))
    outcome = await do(room, room.runner(), "ok")
    assert (outcome.kind, outcome.blameless) == (ErrorKind.CRASHED, False)
    assert "Operation not permitted" in outcome.reason


@pytest.mark.parametrize(("code", "waits"), [(errno.EMFILE, True), (errno.ENOENT, False)])
async def test_a_template_that_cannot_be_started(room, monkeypatch, code, waits):
    """A system that has no file or process left may have one later; a program that is gone not."""

    def none(_mark: str) -> None:
        raise OSError(code, "no")

    monkeypatch.setattr(template_client, "start", none)
    outcome = await do(room, room.runner(), "ok")
    assert (outcome.kind, outcome.retryable) == (ErrorKind.CRASHED, True)
    assert outcome.blameless is waits


async def test_keys_and_service_managers_do_not_end_the_template(room):
    """Signals that are the host's to answer leave the template at work."""
    runner = room.runner()
    await do(room, runner, "ok")
    pid = room.template.pid
    assert pid is not None
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        os.kill(pid, number)
    assert os.getsid(pid) != os.getsid(0)
    assert (await do(room, runner, "ok", slot=1)).state is JobState.DONE
    assert room.template.pid == pid


# -------------------------------------------------------------------- the end


async def test_a_killed_host_takes_everything_along(tmp_path, offered):
    """After kill -9 of the host, template, children and grandchildren are gone within a second."""
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{offered}"}
    main = root / "tests/runners/stages/host_main.py"
    with subprocess.Popen(
        [sys.executable, "-P", str(main), str(tmp_path)], stdout=subprocess.PIPE, env=env
    ) as host:
        assert host.stdout is not None
        pids = json.loads(await asyncio.to_thread(host.stdout.readline))
        everyone = [pids["template"], *pids["children"], *pids["grandchildren"], *pids["escaped"]]
        assert len(everyone) == 9
        assert all(map(runs, everyone))
        host.kill()
        took_s = await until(lambda: not any(map(runs, everyone)), 1)
    print(f"all ended {took_s * 1e3:.0f} ms after the host")  # noqa: T201  seen with -s


async def test_the_loop_is_not_blocked_by_starting_children(room):
    """Starting the template and 20 children keeps the event loop for less than 50 ms."""
    gaps = []
    for _ in range(3):  # a shared machine may be busy otherwise
        beat = asyncio.create_task(_longest_gap())
        await asyncio.sleep(0.02)
        runner = room.runner(max_jobs_per_child=1)
        for i in range(20):
            assert (await do(room, runner, "ok", slot=i % 4)).state is JobState.DONE
        beat.cancel()
        gaps.append(await beat)
        await runner.close()
        await room.template.close()
        if gaps[-1] < 0.05:
            break
    print(f"longest gap of the loop: {min(gaps) * 1e3:.1f} ms")  # noqa: T201  seen with -s
    assert min(gaps) < 0.05


async def _longest_gap() -> float:
    longest_s, last_s = 0.0, time.perf_counter()
    try:
        while True:
            await asyncio.sleep(0.001)
            now_s = time.perf_counter()
            longest_s, last_s = max(longest_s, now_s - last_s), now_s
    except asyncio.CancelledError:
        return longest_s


# -------------------------------------------------------------------- one child, by hand


async def test_an_answer_in_the_socket_outweighs_the_news_of_death(room):
    """Whichever the loop notices first, a complete answer of a dead child is taken."""
    process = subprocess.Popen(["sleep", "60"])
    here, there = socket.socketpair()
    there.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 2**20)
    gone: list[bool] = []

    def note() -> board.Work:
        gone.append(True)
        return board.NOTHING

    child = Child(0, process.pid, os.pidfd_open(process.pid), here, Inbox.new(), note)
    task = asyncio.create_task(child.run(room.job("ok"), QUIET))
    await asyncio.sleep(0.01)
    expected = Outcome(state=JobState.DONE, payload=bytes(60_000), reason="x" * 300_000)
    there.setblocking(False)
    assert there.send(frame(Done(job_id=1, outcome=expected))) > 360_000
    there.close()
    process.kill()
    process.wait()
    child._died()
    assert await task == expected
    assert gone == [True]
    with pytest.raises(ChildDiedError):
        await child.run(room.job("ok"), QUIET)


async def test_half_an_answer_is_none(room):
    """A child that died while it wrote its answer has not answered."""
    process = subprocess.Popen(["sleep", "60"])
    here, there = socket.socketpair()
    pidfd, inbox = os.pidfd_open(process.pid), Inbox.new()
    child = Child(0, process.pid, pidfd, here, inbox, lambda: board.NOTHING)
    task = asyncio.create_task(child.run(room.job("ok"), QUIET))
    await asyncio.sleep(0.01)
    there.send(frame(Done(job_id=1, outcome=Outcome(state=JobState.DONE)))[:-1])
    process.kill()
    with pytest.raises(ChildDiedError):
        await task
    there.close()
    process.wait()


def test_importing_the_host_side_needs_no_child_side():
    """What the host imports to run jobs does not bring the importers' modules with it."""
    code = "import sys, soniq_tui.runners.pools; print('soniq_tui.importers.music' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
