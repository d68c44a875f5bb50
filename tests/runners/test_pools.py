"""Jobs in child processes: results, deaths, stopping and cancelling."""

import asyncio
import os
import signal
import time
from contextlib import suppress

import msgspec
import pytest

from soniq_tui.model.job import Checkpoint, ErrorKind, JobState, Outcome
from tests.runners.room import QUIET, NoProgress, answer, do, numbers_in, runs
from tests.waiting import until

# -------------------------------------------------------------------- results


async def test_parallel_slots_give_every_job_its_own_result(room):
    """Many jobs over several slots each come back with what belongs to them."""
    runner = room.runner()

    async def feed(slot: int) -> list[Outcome]:
        return [await do(room, runner, "ok", slot, n=i) for i in range(slot, 300, 3)]

    columns = await asyncio.gather(*map(feed, range(3)))
    for slot, column in enumerate(columns):
        assert [answer(outcome)["n"] for outcome in column] == [i + 1 for i in range(slot, 300, 3)]
        assert len({answer(outcome)["text"] for outcome in column}) == 1
    assert len(runner.pids()) == 3


async def test_checkpoints_arrive_in_order_before_the_outcome(room):
    """What a stage hands over while it runs reaches the progress in order, the rest the outcome."""
    progress = NoProgress()
    outcome = await room.runner().run(room.job("spawns", n=4), 0, progress)
    assert [part.spawned[0].key for part in progress.parts] == ["k0", "k1", "k2"]
    assert [spawn.key for spawn in outcome.spawned] == ["k3"]
    assert outcome.items.total == outcome.items.done == 1


async def test_a_fault_in_booking_a_checkpoint_is_raised_and_the_child_killed(room):
    """When the host cannot book a checkpoint, run raises that instead of waiting for ever."""

    class Broken:
        def checkpoint(self, part: Checkpoint) -> None:
            raise LookupError("booking")

    runner = room.runner()
    with pytest.raises(LookupError, match="booking"):
        await runner.run(room.job("spawns", n=3), 0, Broken())
    assert runner.pids() == []
    assert (await do(room, runner, "ok")).state is JobState.DONE


async def test_one_child_serves_several_queues_in_turn(room):
    """With single, jobs of several slots run one after another in the same process."""
    runner = room.runner(single=True)
    outcomes = await asyncio.gather(*(do(room, runner, "ok", slot) for slot in range(5)))
    assert len({answer(outcome)["text"] for outcome in outcomes}) == 1
    assert len(runner.pids()) == 1


async def test_large_results_travel_through_the_spool(room):
    """Five megabytes written by one stage are read by the next in another process."""
    runner = room.runner()
    written = await do(room, runner, "spools", n=5_000_000)
    name = answer(written)["text"]
    assert written.spools == (name,)
    assert answer(await do(room, runner, "spools", slot=1, text=name))["n"] == 5_000_000


async def test_noise_reaches_nobody(room, capfd):
    """Nothing a stage prints reaches the terminal, and its standard input is empty."""
    outcome = await do(room, room.runner(), "noisy")
    assert outcome.state is JobState.DONE
    assert answer(outcome)["text"] == ""
    await room.close()
    assert capfd.readouterr() == ("", "")


# -------------------------------------------------------------------- deaths


async def test_a_dead_child_fails_only_its_own_job(room):
    """One kill -9 costs one job: it names signal and item, and the others are not touched."""
    runner = room.runner()
    others = [asyncio.create_task(do(room, runner, "steps", slot, n=60)) for slot in (1, 2)]
    outcome = await do(room, runner, "dies", n=7)
    assert (outcome.state, outcome.kind) == (JobState.FAILED, ErrorKind.CRASHED)
    assert outcome.retryable
    assert outcome.suspect == 7
    assert outcome.reason == "the process that worked on it was killed by SIGKILL"
    assert {o.state for o in await asyncio.gather(*others)} == {JobState.DONE}


@pytest.mark.parametrize(
    ("stage", "fields", "reason"),
    [
        ("dies", {"text": str(int(signal.SIGSEGV))}, "was killed by SIGSEGV"),
        ("dies", {"text": "40"}, "was killed by signal 40"),
        ("leaves", {"n": 3}, "exited with 3"),
        ("leaves", {"n": 0}, "exited with 0"),
        ("hangs_up", {}, "was killed by SIGKILL"),
        ("babbles", {}, "was killed by SIGKILL"),
    ],
)
async def test_how_a_child_ended_is_told(room, stage, fields, reason):
    """Whatever way a child ends or falls silent, its job fails with the reason in words."""
    outcome = await do(room, room.runner(), stage, **fields)
    assert outcome.kind is ErrorKind.CRASHED
    assert outcome.reason == f"the process that worked on it {reason}"


async def test_a_replacement_comes_fast(room):
    """After a death the next job of the slot is answered in well under a second."""
    runner = room.runner()
    took_s = []
    for _ in range(10):
        await do(room, runner, "dies")
        began_s = time.perf_counter()
        assert (await do(room, runner, "ok")).state is JobState.DONE
        took_s.append(time.perf_counter() - began_s)
    print(f"replacement: median {sorted(took_s)[5] * 1e3:.1f} ms, worst {max(took_s) * 1e3:.1f} ms")  # noqa: T201  seen with -s
    assert max(took_s) < 1


async def test_an_answer_counts_though_the_child_ends_at_once(room):
    """A child that answers and ends in the same breath has done its job, and the next is served."""
    runner = room.runner()
    for i in range(20):
        outcome = await do(room, runner, "answers_and_leaves", n=i)
        assert (outcome.state, answer(outcome)["n"]) == (JobState.DONE, i + 1)


async def test_a_child_that_died_while_idle_costs_no_job(room):
    """A job that finds its child dead, or dying, before it began is run by another."""
    runner = room.runner()
    for wait_s in (0, 0.05):
        pid = int(str(answer(await do(room, runner, "ok"))["text"]))
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(wait_s)
        outcome = await do(room, runner, "ok", n=4)
        assert (outcome.state, answer(outcome)["n"]) == (JobState.DONE, 5)


async def test_grandchildren_do_not_outlive_a_dead_child(room, tmp_path):
    """When a child dies, what it had started in its group is gone with the outcome."""
    path = tmp_path / "pids"
    outcome = await do(room, room.runner(), "begets", text="die", path=str(path))
    assert outcome.reason.endswith("was killed by SIGKILL")
    assert await until(lambda: not any(map(runs, numbers_in(path)))) < 1


async def test_spool_files_of_a_dead_run_are_deleted(room, tmp_path):
    """What a killed run had kept is not left behind, for nobody knows its name."""
    runner = room.runner()
    job = room.job("busy", path=str(tmp_path / "mark"))
    task = asyncio.create_task(runner.run(job, 0, QUIET))
    await until((tmp_path / "mark").exists)
    assert list(room.spool.iterdir())
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert not list(room.spool.iterdir())


# -------------------------------------------------------------------- stopping


@pytest.mark.parametrize(
    ("cancel", "state"), [(False, JobState.PAUSED), (True, JobState.CANCELLED)]
)
async def test_a_stage_stops_at_its_next_item_when_asked(room, tmp_path, cancel, state):
    """Asking to stop ends a stage as paused or cancelled, and its child goes on to the next job."""
    runner = room.runner()
    job = room.job("steps", n=100_000, path=str(tmp_path / "mark"))
    task = asyncio.create_task(runner.run(job, 0, QUIET))
    await until((tmp_path / "mark").exists)
    done, total = runner.progress_of(job)
    assert 0 < done < total == 100_000
    pids = runner.pids()
    runner.ask_to_stop(job, cancel=cancel)
    async with asyncio.timeout(20):
        assert (await task).state is state
    assert runner.progress_of(job) == (0, 0)
    assert (await do(room, runner, "steps", n=3)).state is JobState.DONE
    assert runner.pids() == pids


@pytest.mark.parametrize("warm", [False, True])
async def test_a_job_asked_to_stop_before_it_began_does_not_begin(room, warm):
    """Asked while the job waits for its child or its turn, it ends without having run."""
    runner = room.runner(child_idle_s=0.2)
    if warm:
        await do(room, runner, "ok")
    job = room.job("steps", n=100_000)
    ahead = asyncio.create_task(do(room, runner, "steps", n=20))
    task = asyncio.create_task(runner.run(job, 0, QUIET))
    await asyncio.sleep(0)
    runner.ask_to_stop(job, cancel=True)
    assert (await task).state is JobState.CANCELLED
    assert (await ahead).state is JobState.DONE


async def test_a_child_hired_for_a_stopped_job_ends_when_idle(room):
    """A child that came for a job that was taken back meanwhile is not kept for ever."""
    runner = room.runner(child_idle_s=0.1)
    job = room.job("steps", n=100_000)
    task = asyncio.create_task(runner.run(job, 0, QUIET))
    await asyncio.sleep(0.01)
    runner.ask_to_stop(job, cancel=False)
    assert (await task).state is JobState.PAUSED
    await until(lambda: not runner.pids(), 2)


async def test_a_stop_that_was_taken_back_is_forgotten(room):
    """A job that was asked to pause and resumed before it noticed runs to its end."""
    runner = room.runner()
    job = room.job("steps", n=30)
    task = asyncio.create_task(runner.run(job, 0, QUIET))
    runner.ask_to_stop(job, cancel=False)
    runner.take_back(job)
    assert (await task).state is JobState.DONE


async def test_a_stop_does_not_reach_a_later_start_of_the_job(room):
    """A stop that came too late for one start of a job does not stop the next one."""
    runner = room.runner()
    job = room.job("ok")
    runner.ask_to_stop(job, cancel=True)
    again = msgspec.structs.replace(job, fence=job.fence + 1)
    assert (await runner.run(again, 0, QUIET)).state is JobState.DONE


async def test_a_stop_does_not_reach_the_next_job_of_the_child(room, tmp_path):
    """The flag that stopped one job is down again when the next one looks at it."""
    runner = room.runner()
    job = room.job("steps", n=100_000, path=str(tmp_path / "mark"))
    task = asyncio.create_task(runner.run(job, 0, QUIET))
    await until((tmp_path / "mark").exists)
    runner.ask_to_stop(job, cancel=False)
    following = asyncio.create_task(do(room, runner, "steps", n=3))
    assert (await task).state is JobState.PAUSED
    assert (await following).state is JobState.DONE


@pytest.mark.parametrize(("stage", "text"), [("begets", "wait"), ("busy", ""), ("busy", "deaf")])
async def test_cancelling_kills_the_child_and_its_group(room, tmp_path, stage, text):
    """Cancelling the coroutine ends child and grandchildren, whatever they do."""
    runner = room.runner()
    path = tmp_path / "mark"
    task = asyncio.create_task(do(room, runner, stage, text=text, path=str(path)))
    await until(path.exists)
    pids = [*runner.pids(), *(numbers_in(path) if stage == "begets" else [])]
    began_s = time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not runs(pids[0])
    await until(lambda: not any(map(runs, pids)), 20)
    assert time.perf_counter() - began_s < 20
    assert runner.pids() == []
    assert (await do(room, runner, "ok")).state is JobState.DONE


async def test_cancelling_while_the_child_is_being_started_frees_everything(room):
    """Cancelled at any moment of the start, no cell, child or descriptor is lost."""
    runner = room.runner()
    await do(room, runner, "ok", slot=9)
    free = len(room.cells._free)
    for i in range(12):
        task = asyncio.create_task(do(room, runner, "ok"))
        for _ in range(i % 6):
            await asyncio.sleep(0.001 if i > 5 else 0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert (await do(room, runner, "ok", n=1)).state is JobState.DONE
    await runner.close()
    await until(lambda: len(room.cells._free) == free + 1)


async def test_a_cell_that_changed_hands_does_not_confuse_two_starts(room):
    """A start given up for another one at the same moment leaves the other one alone."""
    for _ in range(20):
        runner = room.runner()
        await do(room, runner, "ok", slot=9)
        given_up = asyncio.create_task(do(room, runner, "ok", slot=0))
        await asyncio.sleep(0)
        given_up.cancel()
        outcome = await do(room, runner, "steps", slot=1, n=2)
        assert outcome.state is JobState.DONE
        await runner.close()
