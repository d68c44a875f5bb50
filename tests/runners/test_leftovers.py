"""What an earlier host left running is ended before its work is begun anew."""

import asyncio
import itertools
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from soniq_tui.model.job import JobState
from soniq_tui.runners import leftovers
from soniq_tui.runners.board import Board
from soniq_tui.runners.leftovers import end_leftovers
from soniq_tui.runners.processes import Process, stat_of
from soniq_tui.runners.starting import MARK
from tests.runners.room import NoProgress, runs
from tests.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def board(tmp_path):
    """A board of this boot."""
    board = Board(tmp_path / "board")
    board.wipe()
    yield board
    board.close()


def process_of(pid: int) -> Process:
    stat = stat_of(pid)
    assert stat is not None
    return Process(pid, stat.start_ticks)


@pytest.mark.parametrize("how", ["by exec", "forked"])
async def test_host_and_template_killed_at_once_leave_nothing_for_long(tmp_path, offered, how):
    """The next host ends what escaped them both, and knows which jobs were being run."""
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{offered}"}
    main = ROOT / "tests/runners/stages/host_main.py"
    with subprocess.Popen(  # noqa: ASYNC220  takes no time to start
        [sys.executable, "-P", str(main), str(tmp_path), how], stdout=subprocess.PIPE, env=env
    ) as host:
        assert host.stdout is not None
        pids = json.loads(await asyncio.to_thread(host.stdout.readline))
        # Stopped first, so that neither can tidy up after the other.
        os.kill(pids["template"], signal.SIGSTOP)
        host.kill()
        os.kill(pids["template"], signal.SIGKILL)
    await until(lambda: not any(map(runs, [pids["template"], *pids["children"]])))
    assert all(map(runs, pids["escaped"]))
    board = Board(tmp_path / "board")
    begun = end_leftovers(board)
    assert not any(map(runs, pids["escaped"]))
    assert sorted(begun) == [1, 2, 3]
    assert (begun[2].fence, begun[2].position, begun[2].total) == (1, 0, 1)
    assert end_leftovers(board) == {}
    board.close()


def test_what_still_runs_is_ended_with_its_descendants(board):
    """A child of the last host that hung goes first with all that descends from it."""
    code = (
        "import os, time; os.fork(); os.fork(); os.setpgid(0, 0)\n"
        "os.write(1, b'%d\\n' % os.getpid()); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, process_group=0
    ) as child:
        assert child.stdout is not None
        pids = [int(child.stdout.readline()) for _ in range(4)]
        board.enter(4, process_of(child.pid))
        board.begin(4, 77, 3)
        assert [*end_leftovers(board)] == [77]
        assert not any(map(runs, [child.pid, *pids]))


def test_a_number_that_was_used_again_is_left_alone(board):
    """A process that merely has the number of an earlier one lives on, and so does a stranger."""
    env = {**os.environ, MARK: f"{board.path}2:1.1:"}
    with subprocess.Popen(["sleep", "60"], env=env) as other:
        board.enter(4, Process(other.pid, 1))
        end_leftovers(board)
        assert other.poll() is None
        other.kill()


def test_nor_is_anything_ended_that_such_a_process_has_started(board):
    """What descends from a stranger is a stranger's."""
    with subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, process_group=0
    ) as other:
        assert other.stdout is not None
        pid = int(other.stdout.readline())
        board.enter(4, Process(other.pid, 1))
        end_leftovers(board)
        assert runs(pid)
        os.killpg(other.pid, signal.SIGKILL)


def test_what_this_host_has_started_already_is_spared(board):
    """A template that was begun before the leftovers are ended bears the same mark, and lives."""
    env = {**os.environ, MARK: f"{board.path}:1.1:"}
    with subprocess.Popen(["sleep", "60"], env=env) as early:
        end_leftovers(board, spare={early.pid})
        assert early.poll() is None
        early.kill()


def test_orphans_are_known_by_their_mark(board):
    """With nobody left that the board names, what bears its mark is ended all the same."""
    board.template(Process(2**22 + 1, 1))  # beyond the largest id there is
    env = {**os.environ, MARK: f"{board.path}:1.1:"}
    with subprocess.Popen(["sleep", "60"], env=env) as orphan:
        end_leftovers(board)
        assert orphan.wait() == -signal.SIGKILL


def test_one_that_does_not_end_is_told_of_and_not_waited_for_longer(board, monkeypatch, caplog):
    """What hangs in the kernel holds a start up for the time given, and no longer."""
    with subprocess.Popen(["sleep", "60"]) as child:
        board.enter(0, process_of(child.pid))
        monkeypatch.setattr(leftovers, "end", lambda found, _until_s: sorted(found))
        with caplog.at_level(logging.WARNING):
            began_s = time.monotonic()
            end_leftovers(board, timeout_s=0.1)
        assert time.monotonic() - began_s < 30
        assert f"hanging in the kernel: processes {child.pid}" in caplog.text
        child.kill()


@pytest.mark.timeout(5)
def test_one_that_forks_and_ends_for_ever_holds_no_start_up(board, monkeypatch):
    """Where each one that is met has an heir by then, the time given is all that is spent."""
    heirs = itertools.count(2**22 + 1)  # beyond the largest id there is
    monkeypatch.setattr(leftovers, "marked", lambda _mark: [Process(next(heirs), 1)])
    end_leftovers(board, timeout_s=0.02)
    assert next(heirs) > 2**22 + 1


async def test_a_host_that_closed_in_order_left_nothing(room, tmp_path):
    """Jobs that ended, were cancelled or crashed are on nobody's board."""
    assert end_leftovers(room.board) == {}
    runner = room.runner()
    for stage in ("ok", "dies"):
        await runner.run(room.job(stage), 0, NoProgress())
    job = room.job("busy", path=str(tmp_path / "mark"))
    task = asyncio.create_task(runner.run(job, 0, NoProgress()))
    await until((tmp_path / "mark").exists)
    assert [one.job_id for one in room.board.begun()] == [job.id]
    task.cancel()
    await asyncio.wait({task})
    assert room.board.begun() == []
    assert (await runner.run(room.job("ok"), 0, NoProgress())).state is JobState.DONE
    assert room.board.begun() == []
    await runner.close()
    await room.template.close()
    assert end_leftovers(room.board) == {}
