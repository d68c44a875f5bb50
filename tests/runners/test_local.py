"""Jobs beside the engine, on its event loop."""

import asyncio
import errno
import logging
import sys
from pathlib import Path

import msgspec
import pytest

from soniq_tui.importers import registry
from soniq_tui.importers.base import Context, Importer, Plan, RetryLater, Stage
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import Checkpoint, ErrorKind, Job, JobState
from soniq_tui.model.settings import EngineSettings
from soniq_tui.runners.board import Board
from soniq_tui.runners.child_client import Cells
from soniq_tui.runners.held import ChildDiedError, NoProcessError
from soniq_tui.runners.local import LoopRunner
from soniq_tui.runners.subprocess import Programs
from tests.runners.room import NoProgress, Room, runs
from tests.waiting import until

QUIET = NoProgress()


class Do(msgspec.Struct, frozen=True):
    """What a stage is to do."""

    n: int = 0


class Options(msgspec.Struct, frozen=True):
    """No options."""


async def steps(do: Do, ctx: Context) -> Do:
    """Take ``n`` items of 2 ms each."""
    ctx.write_spool(b"half done")
    for i in range(do.n):
        ctx.progress(i, do.n)
        await asyncio.sleep(0.002)
    return Do(do.n + 1)


async def waits(do: Do, ctx: Context) -> Do:
    """Wait for somebody else, for a minute."""
    ctx.progress(1, 2)
    ctx.write_spool(b"half done")
    await asyncio.sleep(60)
    return do


async def deaf(do: Do, ctx: Context) -> Do:
    """Swallow every cancellation until told otherwise, then look at the flag and hand over."""
    ctx.progress(0, 1)
    while not release.is_set():
        try:
            await release.wait()
        except asyncio.CancelledError:
            continue
    seen.append("released")
    ctx.checkpoint(do)
    seen.append("went on")
    return do


async def insists(do: Do, ctx: Context) -> Do:
    """End what was begun although it is cancelled."""
    ctx.progress(0, 1)
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return Do(42)
    return do


async def later(do: Do, ctx: Context) -> Do:
    """Meet a server that asks for patience, in two tasks at once."""

    async def fetch(after_s: float) -> None:
        raise RetryLater("too many requests", ErrorKind.RATE_LIMITED, after_s)

    async with asyncio.TaskGroup() as group:
        group.create_task(fetch(30))
        group.create_task(fetch(30))
    return do


async def hands_over(do: Do, ctx: Context) -> Do:
    """Hand over a part, and wait until it is on disk."""
    ctx.count(done=1)
    ctx.checkpoint(Do(5))
    await ctx.written()
    return do


release = asyncio.Event()
seen: list[str] = []


@pytest.fixture
async def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: Room):
    """A runner whose jobs find the stages above; nothing of it goes on after the test."""
    importer = Importer(
        name="trial", title="", verb="", options=Options,
        stages=tuple(
            Stage(run.__name__, "q", run)
            for run in (steps, waits, deaf, insists, later, hands_over, deaf_program, limited)
        ),
        plan=lambda *_: Plan("", ()), preview=lambda *_: Preview(),
    )  # fmt: skip
    monkeypatch.setattr(registry, "load", lambda _name: importer)
    release.clear()
    seen.clear()
    runner = LoopRunner(
        tmp_path, tmp_path / "spool", EngineSettings(kill_grace_s=0.1), room.template
    )
    yield runner
    release.set()
    await runner.close()
    await asyncio.sleep(0)
    assert not [t for t in asyncio.all_tasks() if t.get_name().startswith("stage-")]


def job(stage: str, n: int = 0, job_id: int = 1) -> Job:
    return Job(
        id=job_id, batch_id=1, importer="trial", stage=stage, first_stage=stage, key="", label="",
        payload=msgspec.msgpack.encode(Do(n)), fence=1,
    )  # fmt: skip


def start(runner: LoopRunner, what: Job) -> asyncio.Task:
    return asyncio.create_task(runner.run(what, 0, QUIET))


async def begun(runner: LoopRunner, what: Job) -> asyncio.Task:
    task = start(runner, what)
    await until(lambda: runner.progress_of(what)[1])
    return task


def spool_files(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "spool").glob("*"))


async def test_a_job_runs_beside_others_and_tells_how_far_it_is(runner):
    """Several jobs wait at once in one process; each has its own progress and result."""
    jobs = [job("steps", 20 + i, i) for i in range(5)]
    tasks = [await begun(runner, one) for one in jobs]
    await until(lambda: runner.progress_of(jobs[4])[0] > 1)
    assert runner.progress_of(jobs[0])[1] == 20
    assert runner.pids() == []
    outcomes = await asyncio.gather(*tasks)
    assert [o.state for o in outcomes] == [JobState.DONE] * 5
    assert [msgspec.msgpack.decode(o.payload, type=Do).n for o in outcomes] == list(range(21, 26))
    assert runner.progress_of(jobs[0]) == (0, 0)


async def test_patience_that_was_asked_for_is_handed_on(runner):
    """A server's Retry-After comes back from inside a task group."""
    outcome = await runner.run(job("later"), 0, QUIET)
    assert (outcome.kind, outcome.retryable) == (ErrorKind.RATE_LIMITED, True)
    assert outcome.retry_after_s == 30


async def test_parts_reach_the_engine(runner):
    """A checkpoint is given to the progress at once."""
    progress = NoProgress()
    outcome = await runner.run(job("hands_over"), 0, progress)
    assert [part.items.done for part in progress.parts] == [1]
    assert (progress.safe, outcome.items.done) == (1, 0)


async def test_a_part_that_cannot_be_booked_is_the_engines_fault(runner):
    """What the engine raises for a checkpoint is raised by run, and is no fault of the job."""

    class Broken(NoProgress):
        def checkpoint(self, part: Checkpoint) -> None:
            raise LookupError("booking")

    class Unwritten(NoProgress):
        async def written(self) -> None:
            raise LookupError("writing")

    for progress, said in ((Broken(), "booking"), (Unwritten(), "writing")):
        with pytest.raises(LookupError, match=said):
            await runner.run(job("hands_over"), 0, progress)


@pytest.mark.parametrize(
    ("cancel", "state"), [(False, JobState.PAUSED), (True, JobState.CANCELLED)]
)
async def test_a_job_stops_at_its_next_item_when_asked(runner, cancel, state):
    """The flag ends a stage as paused or cancelled."""
    what = job("steps", 100_000)
    task = await begun(runner, what)
    runner.ask_to_stop(what, cancel=cancel)
    async with asyncio.timeout(20):
        assert (await task).state is state


async def test_a_job_that_waits_for_others_is_cancelled_soon(runner, tmp_path):
    """One that comes to no item is cancelled where it waits, and what it kept is deleted."""
    what = job("waits")
    task = await begun(runner, what)
    assert spool_files(tmp_path)
    runner.ask_to_stop(what, cancel=True)
    async with asyncio.timeout(20):
        assert (await task).state is JobState.CANCELLED
    assert not spool_files(tmp_path)


async def test_a_job_asked_to_stop_before_it_began_does_not_begin(runner, tmp_path):
    """Asked before its first step, it ends without having run; a later start is not meant."""
    what = job("steps", 3)
    runner.ask_to_stop(what, cancel=False)
    assert (await runner.run(what, 0, QUIET)).state is JobState.PAUSED
    assert not spool_files(tmp_path)
    assert (await runner.run(what, 0, QUIET)).state is JobState.DONE


async def test_a_stop_that_was_taken_back_is_forgotten(runner):
    """A job that may go on before it noticed runs to its end."""
    what = job("steps", 10)
    task = await begun(runner, what)
    runner.ask_to_stop(what, cancel=False)
    runner.take_back(what)
    assert (await task).state is JobState.DONE


async def test_cancelling_the_coroutine_cancels_the_stage(runner, tmp_path):
    """When run has ended the stage has, too, and nothing that it kept is left."""
    task = await begun(runner, job("waits"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not spool_files(tmp_path)


async def test_what_was_done_at_the_same_moment_counts(runner):
    """A stage that ends its work while it is cancelled has done it."""
    task = await begun(runner, job("insists"))
    task.cancel()
    outcome = await task
    assert outcome.state is JobState.DONE
    assert msgspec.msgpack.decode(outcome.payload, type=Do).n == 42


async def test_a_stage_that_swallows_cancellation_holds_nobody_up(runner, caplog):
    """After kill_grace_s its slot is free and the reason says so; it can book nothing any more."""
    task = await begun(runner, job("deaf"))
    task.cancel()
    with caplog.at_level(logging.ERROR):
        async with asyncio.timeout(20):
            outcome = await task
    assert (outcome.state, outcome.kind) == (JobState.FAILED, ErrorKind.INTERNAL)
    assert "did not end when it was cancelled" in outcome.reason
    assert "goes on though it was cancelled" in caplog.text
    release.set()
    await until(lambda: seen)
    await asyncio.sleep(0.01)
    assert seen == ["released"]


async def test_closing_cancels_what_still_runs(runner):
    """A runner that is closed leaves no stage behind."""
    task = await begun(runner, job("waits"))
    await runner.close()
    assert (await task).state is JobState.PAUSED


async def runs_a_program(do: Do, ctx: Context) -> Do:
    """Wait, then run a program for a while."""
    ctx.progress(1, 2)
    await release.wait()
    await ctx.run(["sleep", "60"], on_line=ctx.log)
    return do


async def test_a_program_that_the_system_does_not_allow_is_no_fault_of_its_job(
    tmp_path, monkeypatch, room
):
    """Its job waits until a process can be had; one that cannot be started at all has failed."""
    importer = Importer(
        name="trial", title="", verb="", options=Options,
        stages=(Stage("runs_a_program", "q", runs_a_program),),
        plan=lambda *_: Plan("", ()), preview=lambda *_: Preview(),
    )  # fmt: skip
    monkeypatch.setattr(registry, "load", lambda _name: importer)
    monkeypatch.setattr(sys.modules[__name__], "release", released := asyncio.Event())
    released.set()
    runner = LoopRunner(tmp_path, tmp_path, EngineSettings(), room.template)
    found = []
    for fault in (
        NoProcessError("not now"),
        OSError(errno.EMFILE, "not now"),
        ChildDiedError("was killed"),
        OSError(errno.EACCES, "not ever"),
    ):

        async def refuse(*_: object, fault: Exception = fault, **_how: object) -> None:
            raise fault

        monkeypatch.setattr(Programs, "run", refuse)
        outcome = await runner.run(job("runs_a_program"), 0, QUIET)
        found.append((outcome.kind, outcome.retryable, outcome.blameless))
    passing, died = (ErrorKind.CRASHED, True, True), (ErrorKind.CRASHED, True, False)
    assert found == [passing, passing, died, (ErrorKind.INTERNAL, False, False)]


DEAF = ["sh", "-c", "trap '' TERM; echo $$; while :; do sleep 60; done"]


async def deaf_program(do: Do, ctx: Context) -> Do:
    """Run a program that does not end when it is told to; tells its number."""
    ctx.progress(1, 2)
    await ctx.run(DEAF, on_line=ctx.log)
    return do


@pytest.mark.parametrize("how", ["cancelled", "over its time", "closed"])
async def test_no_program_runs_on_when_its_job_has_ended(runner, how):
    """A deaf one has its second, whoever else loses patience meanwhile; then it is gone."""
    progress, what = NoProgress(), job("deaf_program")
    task = asyncio.create_task(runner.run(what, 0, progress))
    await until(lambda: progress.lines)
    if how == "cancelled":
        runner.ask_to_stop(what, cancel=True)
        await asyncio.sleep(0.1)
    if how == "closed":
        await runner.close()
    else:
        task.cancel()  # as the engine does
    await asyncio.wait({task})
    assert task.cancelled() or task.result().state in {JobState.CANCELLED, JobState.PAUSED}
    assert not runs(int(progress.lines[0]))


async def limited(do: Do, ctx: Context) -> Do:
    """Give a program that does not end a limit, and wait for something else after it."""

    def hear(line: str) -> None:
        ctx.log(line)
        limit.reschedule(0)

    try:
        async with asyncio.timeout(None) as limit:
            await ctx.run(DEAF, on_line=hear)
    except TimeoutError:
        await release.wait()
    return do


async def test_a_limit_of_its_own_takes_no_cancel_from_a_stage(runner):
    """Cancelled while a program is ended that took too long, it ends when that is gone."""
    progress, what = NoProgress(), job("limited")
    task = asyncio.create_task(runner.run(what, 0, progress))
    await until(lambda: progress.lines and runner._hosts[what.id].programs.ending)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert not runs(int(progress.lines[0]))


async def test_a_program_is_on_the_board_while_it_runs(tmp_path, monkeypatch, room):
    """What may make the host die is known to the next one; a stage that only waits is not."""
    importer = Importer(
        name="trial", title="", verb="", options=Options,
        stages=(Stage("runs_a_program", "q", runs_a_program),),
        plan=lambda *_: Plan("", ()), preview=lambda *_: Preview(),
    )  # fmt: skip
    monkeypatch.setattr(registry, "load", lambda _name: importer)
    monkeypatch.setattr(sys.modules[__name__], "release", asyncio.Event())
    board = Board(tmp_path / "board")
    board.wipe()
    runner = LoopRunner(tmp_path, tmp_path, EngineSettings(), room.template, Cells(board))
    what = job("runs_a_program", job_id=7)
    task = await begun(runner, what)
    assert not board.begun()
    release.set()
    await until(runner.pids)
    assert [(b.job_id, b.fence, b.position) for b in board.begun()] == [(7, 1, 0)]
    runner.ask_to_stop(what, cancel=True)
    await task
    assert not board.begun()
    board.close()
