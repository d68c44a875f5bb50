"""Jobs that real children were given before they are free."""

import asyncio
import os
import random
import signal
import socket
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from soniq_tui.engine.ahead import WINDOW_MOST
from soniq_tui.engine.client import LocalClient
from soniq_tui.engine.engine import Engine
from soniq_tui.importers.base import Importer
from soniq_tui.model.commands import Cancel, Pause, Resume, Target
from soniq_tui.model.job import BATCH_ENDED, ErrorKind, Job, JobState, Outcome, Spawn
from soniq_tui.model.settings import EngineSettings, QueueSettings, Settings
from soniq_tui.runners.inbox import INBOX_BYTES, Inbox
from soniq_tui.runners.pools import ChildRunner
from tests.engine.worlds import FakeSpool
from tests.runners.room import QUIET, NoProgress, Room, answer, runs
from tests.runners.stages import trial_stages
from tests.waiting import until

ALL = Target()


async def warm(room: Room, runner: ChildRunner, slot: int = 0) -> int:
    """Have a child for a slot; return its process id."""
    outcome = await runner.run(room.job("ok"), slot, QUIET)
    return int(str(answer(outcome)["text"]))


def begin(runner: ChildRunner, job: Job, slot: int = 0) -> "asyncio.Task[Outcome]":
    return asyncio.create_task(runner.run(job, slot, QUIET))


async def busy(room: Room, runner: ChildRunner, path: Path) -> "asyncio.Task[Outcome]":
    """Let the child of the first slot work until it is asked to stop."""
    job = room.job("steps", n=100_000, path=str(path))
    assert runner.reserve(job, 0)
    task = begin(runner, job)
    await until(path.exists)
    return task


# -------------------------------------------------------------------- giving and taking back


async def test_jobs_that_were_handed_over_come_out_in_their_order(room):
    """A child does what it was given without being asked, once, and each run gets its own."""
    runner = room.runner()
    pid = await warm(room, runner)
    jobs = [room.job("ok", n=n) for n in range(4)]
    assert [runner.reserve(job, 0) for job in jobs] == [True] * 4
    outcomes = [await runner.run(job, 0, QUIET) for job in jobs]
    said = [(answer(o)["n"], answer(o)["text"]) for o in outcomes]
    assert said == [(n + 1, str(pid)) for n in range(4)]
    assert runner.recall(0) == []


async def test_parts_that_came_early_reach_the_run_they_belong_to(room):
    """What a stage handed over before anybody ran it is delivered first, in order."""
    runner = room.runner()
    await warm(room, runner)
    jobs = [room.job("spawns", n=4), room.job("spawns", n=3), room.job("ok")]
    assert all(runner.reserve(job, 0) for job in jobs)
    await asyncio.sleep(0.1)
    for job, count in zip(jobs, (3, 2, 0), strict=True):
        progress = NoProgress()
        outcome = await runner.run(job, 0, progress)
        assert outcome.state is JobState.DONE
        assert [part.spawned[0].key for part in progress.parts] == [f"k{i}" for i in range(count)]


async def test_a_recall_returns_exactly_what_was_not_begun(room, tmp_path):
    """The job at work stays, those behind it come back in their order and never run."""
    runner = room.runner()
    await warm(room, runner)
    task = await busy(room, runner, tmp_path / "mark")
    behind = [room.job("steps", n=3, path=str(tmp_path / f"b{n}")) for n in range(3)]
    assert all(runner.reserve(job, 0) for job in behind)
    assert runner.recall(0) == [job.id for job in behind]
    assert runner.recall(0) == []
    [work] = [room.board.read(child.cell) for child in runner._children.values()]
    runner.ask_to_stop(replace(behind[0], id=work.job_id), cancel=False)
    assert (await task).state is JobState.PAUSED
    assert (await runner.run(behind[2], 0, QUIET)).state is JobState.DONE
    assert [(tmp_path / f"b{n}").exists() for n in range(3)] == [False, False, True]


async def test_a_recall_meets_a_child_at_any_moment(room):
    """Whatever the child does meanwhile: each job is either taken back or done, never both.

    On a busy machine it may take many turns until the child was once the quicker of both.
    """
    runner = room.runner()
    await warm(room, runner)
    chance = random.Random(7)
    back = done = turns = 0
    while turns < 150 or not (back and done):
        turns += 1
        jobs = [room.job("ok", n=n) for n in range(chance.randint(1, 5))]
        assert all(runner.reserve(job, 0) for job in jobs)
        pause_s = time.perf_counter() + chance.random() * 1e-3
        while time.perf_counter() < pause_s:
            pass
        returned = runner.recall(0)
        assert len(set(returned)) == len(returned)
        assert set(returned) <= {job.id for job in jobs}
        kept = [job for job in jobs if job.id not in returned]
        for job in kept:
            outcome = await runner.run(job, 0, QUIET)
            assert answer(outcome)["n"] == jobs.index(job) + 1
        back, done = back + len(returned), done + len(kept)


async def test_what_does_not_fit_is_not_taken_and_runs_all_the_same(room):
    """A job that is too long, or one too many, is refused; run is served whatever its length."""
    runner = room.runner()
    await warm(room, runner)
    large = room.job("ok", n=1, text="x" * 2 * INBOX_BYTES)
    assert not runner.reserve(large, 0)
    assert answer(await runner.run(large, 0, QUIET))["n"] == 2
    assert answer(await runner.run(room.job("ok", n=6), 0, QUIET))["n"] == 7


def test_an_inbox_that_is_full_says_so():
    """Nothing is lost and nothing blocks when a child takes nothing for long."""
    inbox = Inbox.new()
    count = 0
    while inbox.put(bytes([count]) * 40_000):
        count += 1
    assert 1 <= count < 100
    assert [message[0] for message in inbox.take_back()] == list(range(count))
    child = socket.socket(fileno=os.dup(inbox.fileno()))
    assert inbox.put(b"again")
    inbox.close()
    assert not inbox.put(b"late")
    assert inbox.take_back() == []
    with child:
        assert child.recv(INBOX_BYTES) == b"", "the child finds nothing but the end"


async def test_the_one_writer_and_slots_without_a_child_take_nothing(room):
    """Where nothing could be taken back nothing is handed over."""
    writer, runner = room.runner(single=True), room.runner()
    await writer.run(room.job("ok"), 0, QUIET)
    assert not writer.reserve(room.job("ok"), 0)
    assert writer.recall(0) == []
    assert not runner.reserve(room.job("ok"), 0)
    assert runner.recall(3) == []


# -------------------------------------------------------------------- flags


async def test_a_flag_does_not_stop_the_job_behind(room, tmp_path):
    """Asked to stop too late, a job is over, and the next one of its child goes on."""
    runner = room.runner()
    await warm(room, runner)
    first, second = room.job("ok"), room.job("steps", n=40, path=str(tmp_path / "mark"))
    assert runner.reserve(first, 0)
    assert runner.reserve(second, 0)
    task = begin(runner, first)
    await asyncio.sleep(0)
    while not (tmp_path / "mark").exists():
        time.sleep(0.001)  # noqa: ASYNC251  the loop must not see the first answer yet
    runner.ask_to_stop(first, cancel=False)
    assert (await task).state is JobState.DONE
    assert (await runner.run(second, 0, QUIET)).state is JobState.DONE


async def test_a_flag_that_came_before_the_run_stops_what_was_handed_over(room, tmp_path):
    """A job whose run begins later than its work is stopped by what was asked before."""
    runner = room.runner()
    await warm(room, runner)
    job = room.job("steps", n=100_000, path=str(tmp_path / "mark"))
    assert runner.reserve(job, 0)
    await until((tmp_path / "mark").exists)
    runner.ask_to_stop(job, cancel=True)
    async with asyncio.timeout(20):
        assert (await runner.run(job, 0, QUIET)).state is JobState.CANCELLED


# -------------------------------------------------------------------- ends


async def test_a_child_that_dies_with_jobs_costs_only_the_one_it_had_begun(room):
    """Those behind are not accused: they can be taken back, and run elsewhere."""
    runner = room.runner()
    await warm(room, runner)
    dies, *behind = [room.job("dies", n=2), *(room.job("ok", n=n) for n in range(3))]
    assert all(runner.reserve(job, 0) for job in (dies, *behind))
    outcome = await runner.run(dies, 0, QUIET)
    assert (outcome.kind, outcome.suspect) == (ErrorKind.CRASHED, 2)
    assert answer(await runner.run(behind[0], 0, QUIET))["n"] == 1
    assert runner.recall(0) == [job.id for job in behind[1:]]
    assert answer(await runner.run(behind[2], 0, QUIET))["n"] == 3


async def test_the_second_job_may_be_the_one_that_kills(room):
    """An answer that came before the death counts, the death is the next one's."""
    runner = room.runner()
    await warm(room, runner)
    jobs = [room.job("ok"), room.job("dies", n=4), room.job("ok", n=8)]
    assert all(runner.reserve(job, 0) for job in jobs)
    await until(lambda: not runner.pids())
    assert runner.recall(0) == [jobs[2].id]
    assert (await runner.run(jobs[0], 0, QUIET)).state is JobState.DONE
    crashed = await runner.run(jobs[1], 0, QUIET)
    assert (crashed.kind, crashed.suspect) == (ErrorKind.CRASHED, 4)
    assert answer(await runner.run(jobs[2], 0, QUIET))["n"] == 9


async def test_a_killed_run_takes_nothing_along_that_was_not_begun(room, tmp_path):
    """Cutting one job short ends its child; what lay behind it runs in another one, unharmed."""
    runner = room.runner()
    await warm(room, runner)
    task = await busy(room, runner, tmp_path / "mark")
    behind = room.job("ok", n=3)
    assert runner.reserve(behind, 0)
    pids = runner.pids()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not any(map(runs, pids))
    assert answer(await runner.run(behind, 0, QUIET))["n"] == 4


async def test_a_child_is_replaced_when_its_share_is_done_and_no_earlier(room):
    """What it holds counts: it takes no more than its share, and ends when all of that is done."""
    runner = room.runner(max_jobs_per_child=4)
    pid = await warm(room, runner)
    jobs = [room.job("ok", n=n) for n in range(5)]
    assert [runner.reserve(job, 0) for job in jobs] == [True, True, True, False, False]
    served = [answer(await runner.run(job, 0, QUIET))["text"] for job in jobs]
    assert served[:3] == [str(pid)] * 3
    assert served[3] == served[4] != str(pid)


async def test_what_was_taken_back_does_not_wear_a_child_out(room, tmp_path):
    """A child that is left with nothing to do rests, and ends when it is idle for long."""
    runner = room.runner(child_idle_s=0.2)
    await warm(room, runner)
    task = await busy(room, runner, tmp_path / "mark")
    assert runner.reserve(room.job("ok"), 0)
    [child] = runner._children.values()
    given = child.jobs
    assert len(runner.recall(0)) == 1
    assert child.jobs == given - 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await warm(room, runner)
    job = room.job("ok")
    assert runner.reserve(job, 0)
    if runner.recall(0) == []:
        await runner.run(job, 0, QUIET)
    await until(lambda: not runner.pids(), 2)


async def test_a_host_that_dies_leaves_what_was_not_begun(room, tmp_path):
    """A child whose host is gone begins nothing more, though it lies in its inbox."""
    runner = room.runner()
    await warm(room, runner)
    job = room.job("steps", n=50, path=str(tmp_path / "first"))
    assert runner.reserve(job, 0)
    assert runner.reserve(room.job("steps", n=3, path=str(tmp_path / "second")), 0)
    await until((tmp_path / "first").exists)
    [child] = runner._children.values()
    os.kill(child.pid, signal.SIGSTOP)
    child._channel.close()  # as the kernel does for a host that died; the inbox keeps its message
    os.kill(child.pid, signal.SIGCONT)
    await child.gone.wait()
    assert not (tmp_path / "second").exists()


# -------------------------------------------------------------------- with the engine


class House:
    """A real engine over real children, and a book of what they did."""

    def __init__(self, room: Room, path: Path, slots: int) -> None:
        self.log = path / "log"
        settings = Settings(
            data_dir=str(path), queues={"trial": QueueSettings(slots=slots)},
            engine=EngineSettings(kill_grace_s=1.0, max_attempts=1, max_jobs_per_child=100),
        )  # fmt: skip
        runner = room.runner(kill_grace_s=1.0, max_jobs_per_child=100)
        self.engine = Engine(
            settings, self._importer, {"trial": runner}, FakeSpool(), chance=lambda: 0.5
        )
        self.client = LocalClient(self.engine, lambda: ["trial"])

    @staticmethod
    def _importer(_name: str) -> Importer:
        return trial_stages.importer

    async def submit(self, room: Room, count: int, stage: str) -> int:
        def spawn(n: int) -> Spawn:
            job = room.job(stage, n=3, path=str(self.log), text=f"{n}")
            return Spawn(key=f"{n}", label="", payload=job.payload, stage=stage)

        now_s = self.engine.clock()
        spawns = tuple(map(spawn, range(count)))
        batch_id, events = self.engine.scheduler.submit(
            "trial", "", b"", spawns, now_s=now_s, now_at_s=time.time()
        )
        await self.engine.apply_and_wait(events)
        return batch_id

    def state(self, batch_id: int) -> object:
        return self.engine.scheduler.live[batch_id].batch.state

    def done(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []

    async def close(self, task: "asyncio.Task[None]") -> None:
        await self.engine.stop()
        await task
        await self.engine.close()


async def test_a_thousand_jobs_with_pauses_are_all_done_and_none_twice(room, tmp_path):
    """Whatever moment a pause meets: nothing is lost, nothing runs twice, and it holds."""
    house = House(room, tmp_path, slots=2)
    await house.engine.restore()
    task = asyncio.create_task(house.engine.run())
    batch_id = await house.submit(room, 1000, "notes")
    chance, most = random.Random(3), 0
    while house.state(batch_id) not in BATCH_ENDED:
        await asyncio.sleep(chance.random() * 0.05)
        most = max(most, house.engine.scheduler.queues["trial"].reserved)
        await house.client.send(Pause(target=ALL))
        if house.state(batch_id) in BATCH_ENDED:
            break
        await until(lambda: not house.engine.runs.by_id)
        before = house.done()
        await asyncio.sleep(0.005)
        assert house.done() == before, "something began after a pause was confirmed"
        await house.client.send(Resume(target=ALL))
    assert most > 0, "nothing was ever reserved: this tests nothing"
    await house.close(task)
    assert sorted(map(int, house.done())) == list(range(1000))
    batch = house.engine.scheduler.live[batch_id].batch
    assert (batch.items.done, batch.items.failed) == (1000, 0)


async def test_a_cancelled_batch_begins_nothing_more(room, tmp_path):
    """Right after the answer to a cancel what was handed over and not begun stays undone."""
    house = House(room, tmp_path, slots=2)
    await house.engine.restore()
    task = asyncio.create_task(house.engine.run())
    batch_id = await house.submit(room, 2000, "notes")
    queue = house.engine.scheduler.queues["trial"]
    await until(lambda: queue.reserved == 2 * (WINDOW_MOST - 1))
    await house.client.send(Cancel(target=ALL))
    await until(lambda: house.state(batch_id) in BATCH_ENDED)
    before = house.done()
    await asyncio.sleep(0.05)
    assert house.done() == before
    assert len(before) == len(set(before)) < 2000
    await house.close(task)
