"""Children are replaced, retired and closed; they are forks of a template that is one itself."""

import asyncio
import gc
import os
import shutil
import signal

from soniq_tui.model.job import ErrorKind, JobState
from soniq_tui.runners import board
from soniq_tui.runners.pools import ChildRunner
from tests.runners.room import NoProgress, Room, answer, do, open_fds, state_of
from tests.waiting import until


async def served_by(room: Room, runner: ChildRunner, stage: str = "ok", **fields: object) -> int:
    return int(str(answer(await do(room, runner, stage, **fields))["text"]))


async def test_a_child_is_replaced_after_its_share_of_jobs(room):
    """After max_jobs_per_child jobs another process takes over, between two jobs."""
    runner = room.runner(max_jobs_per_child=3)
    pids = [await served_by(room, runner) for _ in range(9)]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 3]
    await until(lambda: not any(state_of(pid) for pid in pids))


async def test_a_child_that_grew_too_large_is_replaced_after_its_job(room):
    """A child whose memory exceeds the limit ends its job and is not given another."""
    runner = room.runner(max_memory_per_child_mib=60)
    first = await served_by(room, runner)
    assert await served_by(room, runner, "eats", n=80) == first
    second = await served_by(room, runner)
    assert second != first
    await until(lambda: not state_of(first))
    assert await served_by(room, runner) == second


async def test_idle_children_end(room, tmp_path, monkeypatch):
    """A child that had nothing to do for child_idle_s ends; a job in between keeps it alive."""
    loop, ahead_s = asyncio.get_running_loop(), 0.0
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + ahead_s)
    runner = room.runner(child_idle_s=60)
    first = await served_by(room, runner)
    for _ in range(4):
        ahead_s += 30
        assert await served_by(room, runner) == first
    mark = tmp_path / "mark"
    job = asyncio.create_task(do(room, runner, "steps", n=50, path=str(mark)))
    await until(mark.exists)
    ahead_s += 90  # longer than the limit
    assert (await job).state is JobState.DONE
    assert await served_by(room, runner) == first
    ahead_s += 60
    await until(lambda: not runner.pids())
    await until(lambda: not state_of(first))
    assert await served_by(room, runner) != first


async def test_there_may_be_more_children_than_are_ever_busy(room, monkeypatch):
    """A host out of cells fails the job with the reason and may try again; nothing else breaks."""
    runner = room.runner()
    taken = [room.cells.take() for _ in range(board.CELLS - 1)]
    assert (await do(room, runner, "ok", slot=0)).state is JobState.DONE
    outcome = await do(room, runner, "ok", slot=1)
    assert (outcome.kind, outcome.retryable, outcome.suspect) == (ErrorKind.CRASHED, True, None)
    assert "child processes already" in outcome.reason
    for cell in taken:
        room.cells.give_back(cell)
    assert (await do(room, runner, "ok", slot=1)).state is JobState.DONE


async def test_fifty_replacements_leave_nothing_behind(room):
    """After 50 children and the end of the pool no process, zombie or descriptor is left."""
    gc.collect()
    before = open_fds()
    runner = room.runner(max_jobs_per_child=1)
    pids = [await served_by(room, runner, slot=i % 2) for i in range(46)]
    for _ in range(4):
        await do(room, runner, "dies")
    assert len(set(pids)) == 46
    await until(lambda: len(runner.pids()) == 0)
    during = open_fds()
    assert during.count("anon_inode") <= before.count("anon_inode")
    assert len(during) <= len(before) + 1
    template = room.template.pid
    assert template is not None
    await runner.close()
    await room.template.close()
    assert not any(state_of(pid) for pid in (template, *pids))
    assert open_fds() == before
    assert len(room.cells._free) == board.CELLS


async def test_closing_ends_children_that_do_not_listen(room, tmp_path):
    """Closing under a busy child kills it after the grace and fails its job."""
    runner = room.runner(kill_grace_s=0.2)
    task = asyncio.create_task(do(room, runner, "busy", path=str(tmp_path / "mark")))
    await until((tmp_path / "mark").exists)
    pids = runner.pids()
    await runner.close()
    assert not any(state_of(pid) == "R" for pid in pids)
    assert (await task).kind is ErrorKind.CRASHED


async def test_sigterm_to_everyone_is_no_crash(room):
    """A service manager's SIGTERM to a child changes nothing: it is the host that ends it."""
    runner = room.runner()
    assert (await do(room, runner, "ok")).state is JobState.DONE
    before = runner.pids()
    os.kill(before[0], signal.SIGTERM)
    assert (await do(room, runner, "ok")).state is JobState.DONE
    assert runner.pids() == before


async def test_memory_that_is_cleared_fails_nobody(room):
    """The folder in memory goes away (a log-out clears it): children and stages make do."""
    runner = room.runner()
    assert (await do(room, runner, "ok")).state is JobState.DONE
    shutil.rmtree(room.spool)
    assert (await do(room, runner, "spools")).state is JobState.DONE
    assert (await do(room, runner, "ok", slot=1)).state is JobState.DONE


async def test_what_a_stage_prints_and_logs_is_what_its_job_says(room):
    """In a child print, standard error and the tracebacks of bugs come back, before the answer."""
    runner, heard = room.runner(), NoProgress()
    await runner.run(room.job("noisy"), 0, heard)
    assert heard.lines == ["NOISE of print", "NOISE on stderr"]
    heard.lines.clear()
    outcome = await runner.run(room.job("fat"), 0, heard)
    assert outcome.kind is ErrorKind.INTERNAL
    assert heard.lines[0].startswith("error soniq_tui.runners.execute: job ")
    assert heard.lines[-1] == f"{outcome.reason.partition(' (')[0]}"
    heard.lines.clear()
    await runner.run(room.job("ok"), 0, heard)
    assert heard.lines == []
