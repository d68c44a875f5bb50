"""What the engine does when something breaks, and what it keeps where."""

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.engine import journal
from soniq_tui.engine.rows import KEEP_BYTES
from soniq_tui.errors import EngineError, JournalError
from soniq_tui.model.commands import Cancel, Target
from soniq_tui.model.job import Items, Job, JobState, Outcome, Spawn
from soniq_tui.model.ports import Progress
from soniq_tui.model.snapshot import Page, Query, View
from tests.engine.journals import rows
from tests.engine.strategies import payload_of, spawn
from tests.engine.worlds import (
    FakeRunner,
    FakeSpool,
    deaf,
    went_well,
    world,
)

BIG = b"\x81\xa4text" + b"\xc5" + (KEEP_BYTES * 2).to_bytes(2) + b"x" * (KEEP_BYTES * 2)


# -------------------------------------------------------------------- what goes wrong


async def test_journal_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the journal can no longer be written, jobs are stopped and ``run`` says why."""
    runner = FakeRunner(read=deaf)
    async with world(tmp_path, runner) as here:
        await here.launch("a", "b")
        await here.until(lambda: runner.active == 2)

        def broken(self: Any) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(journal.Commit, "flush", broken)
        with pytest.raises(JournalError):
            await here.launch("c")
        with pytest.raises(EngineError, match="database or disk is full"):
            async with asyncio.timeout(5):
                await here.task
        assert sorted(runner.killed) == [1, 2]
        assert not here.engine.runs.by_id
        assert "disk is full" in (await here.view()).banner
    assert rows(tmp_path / "journal.db", "SELECT count(*) FROM job") == [(2,)]


async def test_journal_failure_before_a_task_began(tmp_path: Path) -> None:
    """A job whose task never took its first step is not left running."""
    async with world(tmp_path, going=False) as here:
        await here.launch("a", "b")
        here.go()
        asyncio.get_running_loop().call_soon(here.engine.journal_failed, OSError("gone"))
        with pytest.raises(EngineError, match="gone"):
            await here.task
        assert here.runner.seen == []
        assert not here.engine.runs.by_id
        assert here.engine.idle.is_set()


async def test_a_payload_that_cannot_be_read(tmp_path: Path) -> None:
    """A journal that cannot be read any more ends the engine with a clear line."""
    async with world(tmp_path, going=False) as here:
        await here.submit(Spawn(key="a", label="a", stage="read", payload=BIG))
        await here.engine.journal.written()
        await asyncio.sleep(0)

        def unreadable(job_id: int) -> bytes:
            raise JournalError("journal.db cannot be read: disk I/O error")

        here.engine.reader.file.payload = unreadable
        here.go()
        with pytest.raises(EngineError, match="cannot be read: disk I/O error"):
            await here.task


async def test_a_list_that_takes_long(tmp_path: Path) -> None:
    """Jobs whose payload is in the journal start while somebody waits for a long list."""
    async with world(tmp_path, going=False) as here:
        number = await here.submit(Spawn(key="a", label="a", stage="read", payload=BIG))
        await here.engine.journal.written()
        begun, over = threading.Event(), threading.Event()
        page = here.engine.lists.file.page

        def slow(*args: Any) -> Page:
            begun.set()
            assert over.wait(10)
            return page(*args)

        here.engine.lists.file.page = slow
        looking = asyncio.create_task(here.client.browse(Query(view=View.CAUSES)))
        try:
            await here.until(begun.is_set)
            here.go()
            assert (await here.ended(number)).items.done == 1
            assert not looking.done()
        finally:
            over.set()
        assert (await looking).total == 0


@pytest.mark.filterwarnings("ignore")
async def test_a_runner_that_breaks(tmp_path: Path) -> None:
    """A bug of a runner ends the engine, and its job goes on at the next start."""

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        raise ZeroDivisionError

    async with world(tmp_path, FakeRunner(read=read), going=False) as here:
        await here.launch("a")
        here.go()
        with pytest.raises(ExceptionGroup):
            await here.task
        assert not here.engine.runs.by_id
    async with world(tmp_path) as here:
        assert (await here.ended()).items.done == 1


# -------------------------------------------------------------------- spool and payloads


async def test_spool_files(tmp_path: Path) -> None:
    """Spool files are deleted once the commit that used them is on disk, and not before."""

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        return went_well(job, spools=("from-read",))

    async def group(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        return went_well(job, spools=("from-group",))

    spool = FakeSpool()
    stages: list[Any] = []
    path = tmp_path / "journal.db"
    spool.on_delete = lambda: stages.append(rows(path, "SELECT stage, state FROM job")[0])
    async with world(tmp_path, FakeRunner(read=read, group=group), spool) as here:
        await here.ended(await here.launch("a"))
        await here.until(lambda: len(spool.deleted) == 2)
    assert spool.deleted == ["from-read", "from-group"]
    assert stages[-1] == ("store", "done")


@pytest.mark.parametrize("by_name", [False, True])
async def test_spool_files_of_cancelled_jobs(tmp_path: Path, by_name: bool) -> None:
    """What a job that waits was given is deleted when the job is cancelled."""

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        return went_well(job, spools=(f"{job.key}-spool",))

    spool = FakeSpool()
    async with world(tmp_path, FakeRunner(read=read, group=deaf), spool) as here:
        here.engine.scheduler.queues["group"].held = True
        await here.launch("a", "b")
        await here.until(lambda: here.engine.scheduler.queues["group"].depth == 2)
        target = Target(jobs=(1, 2)) if by_name else Target(batches=(1,))
        await here.client.send(Cancel(target=target))
        await here.until(lambda: len(spool.deleted) == 2)
    assert sorted(spool.deleted) == ["a-spool", "b-spool"]


async def test_a_stage_that_is_tried_again_keeps_its_input(tmp_path: Path) -> None:
    """What a stage was given stays until the stage has ended; what it half made goes."""
    tries: list[int] = []

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        return went_well(job, spools=("input",))

    async def group(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        tries.append(job.attempt)
        if len(tries) == 1:
            assert here.spool.deleted == []
            return Outcome(state=JobState.FAILED, retryable=True, spools=("half",))
        await here.until(lambda: here.spool.deleted)
        assert here.spool.deleted == ["half"]
        return went_well(job)

    async with world(tmp_path, FakeRunner(read=read, group=group)) as here:
        await here.ended(await here.launch("a"))
        await here.until(lambda: here.spool.deleted == ["half", "input"])


async def test_evicted_payload(tmp_path: Path) -> None:
    """A large payload leaves memory when it is on disk, and is there again when its job runs."""
    async with world(tmp_path, going=False) as here:
        await here.submit(
            Spawn(key="a", label="a", stage="read", payload=BIG), spawn("b", stage="read")
        )
        jobs = here.engine.scheduler.live[1].jobs
        await here.until(lambda: jobs[1].stored)
        assert (jobs[1].payload, jobs[2].stored) == (b"", False)
        here.go()
        await here.ended()
        payloads = {job.id: job.payload for job in here.runner.seen if job.stage == "read"}
        assert payloads == {1: BIG, 2: payload_of("read")}


async def test_going_back_reads_the_first_payload(tmp_path: Path) -> None:
    """A job that goes back at once is given what its first stage accepts, not what came later."""
    went_back: list[int] = []

    async def group(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        assert job.payload == payload_of("group")
        if len(went_back) < 5:
            went_back.append(job.id)
            return Outcome(state=JobState.FAILED, back=True, reason="spool gone")
        return went_well(job)

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        assert job.payload == payload_of("read")
        return went_well(job)

    async with world(tmp_path, FakeRunner(read=read, group=group)) as here:
        batch = await here.ended(await here.launch("a"))
        assert batch.items == Items(total=1, done=1)
    assert len(went_back) == 5


async def test_memory_of_batches_is_given_back(tmp_path: Path) -> None:
    """Meters of batches that are no longer held are dropped."""
    async with world(tmp_path) as here:
        for number in range(1, 60):
            await here.ended(await here.launch(str(number)))
        assert set(here.engine.meters) <= set(here.engine.scheduler.live)
