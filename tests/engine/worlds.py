"""An engine with the real journal and a runner in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Container
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from soniq_tui.engine.client import LocalClient
from soniq_tui.engine.engine import Engine
from soniq_tui.model.job import BATCH_ENDED, Checkpoint, Job, JobState, Outcome, Spawn
from soniq_tui.model.ports import Progress
from soniq_tui.model.settings import EngineSettings, QueueSettings, Settings
from soniq_tui.model.snapshot import Snapshot
from tests.engine.strategies import FAKE, QUEUES, importer, payload_of
from tests.waiting import until

Behaviour = Callable[["FakeRunner", Job, Progress], Awaitable[Outcome]]
SOON_S = 5.0
"""Nothing in these tests takes longer."""


def went_well(job: Job, **fields: Any) -> Outcome:
    """Return what comes of a stage that did its work."""
    following = FAKE.after(job.stage)
    return Outcome(
        state=JobState.DONE,
        payload=payload_of(following.name) if following else b"",
        run_s=0.001,
        **fields,
    )


async def obedient(runner: "FakeRunner", job: Job, progress: Progress) -> Outcome:
    """Work until the gate is open, and stop when asked to."""
    while not runner.gate.is_set():
        asked = runner.asked.get(job.id)
        if asked is not None:
            return Outcome(state=JobState.CANCELLED if asked else JobState.PAUSED)
        await asyncio.sleep(0.001)
    return went_well(job)


async def deaf(runner: "FakeRunner", job: Job, progress: Progress) -> Outcome:
    """Work until the gate is open, whatever anybody asks."""
    await runner.gate.wait()
    return went_well(job)


class FakeRunner:
    """``model.ports.Runner`` in this process; ``stages`` says what each stage does."""

    def __init__(self, **stages: Behaviour) -> None:
        self.stages = stages
        self.gate = asyncio.Event()
        self.seen: list[Job] = []
        self.asked: dict[int, bool] = {}
        self.took_back: list[int] = []
        self.frozen: set[int] = set()
        self.active = 0
        self.killed: list[int] = []

    async def run(self, job: Job, slot: int, progress: Progress) -> Outcome:
        self.seen.append(job)
        self.active += 1
        try:
            stage = self.stages.get(job.stage)
            return await stage(self, job, progress) if stage else went_well(job)
        except asyncio.CancelledError:
            self.killed.append(job.id)
            raise
        finally:
            self.active -= 1
            self.asked.pop(job.id, None)

    def reserve(self, job: Job, slot: int) -> bool:
        return False

    def warm(self) -> None:
        pass

    def recall(self, slot: int) -> list[int]:
        return []

    def ask_to_stop(self, job: Job, *, cancel: bool) -> None:
        self.asked[job.id] = cancel

    def take_back(self, job: Job) -> None:
        self.took_back.append(job.id)
        self.asked.pop(job.id, None)

    def freeze(self, job: Job) -> None:
        self.frozen.add(job.id)

    def unfreeze(self, job: Job) -> None:
        self.frozen.discard(job.id)

    def progress_of(self, job: Job) -> tuple[int, int]:
        return 1, 2

    def pids(self) -> list[int]:
        return []

    async def close(self) -> None:
        pass


class FakeSpool:
    """``model.ports.SpoolKeeper`` that remembers."""

    def __init__(self, left: dict[int, list[str]] | None = None) -> None:
        self.left = left or {}
        self.deleted: list[str] = []
        self.swept: Container[int] = ()
        self.on_delete: Callable[[], object] = lambda: None

    def sweep(self, live: Container[int]) -> dict[int, list[str]]:
        self.swept = live
        return self.left

    def delete(self, names: list[str]) -> None:
        self.on_delete()
        self.deleted += names


class World:
    """An engine at work, and short words for what tests do with it."""

    def __init__(self, engine: Engine, runner: FakeRunner, spool: FakeSpool) -> None:
        self.engine, self.runner, self.spool = engine, runner, spool
        self.client = LocalClient(engine, lambda: [FAKE.name])
        self.task: asyncio.Task[None] | None = None
        self.stops = True

    def go(self) -> None:
        """Let the engine start jobs."""
        self.task = asyncio.create_task(self.engine.run())

    async def launch(self, *names: str) -> int:
        """Start a batch with one job for each name; return its number."""
        reply = await self.client.launch("fake", {"names": names})
        return reply.batch_id

    async def submit(self, *spawns: Spawn) -> int:
        """Start a batch with these jobs; return its number."""
        now_s = self.engine.clock()
        batch_id, events = self.engine.scheduler.submit(
            "fake", "label", b"", spawns, now_s=now_s, now_at_s=1.0
        )
        await self.engine.apply_and_wait(events)
        return batch_id

    def batch(self, batch_id: int = 1) -> Any:
        return self.engine.scheduler.live[batch_id].batch

    until = staticmethod(until)

    async def ended(self, batch_id: int = 1) -> Any:
        """Return the batch when it has ended."""
        await self.until(lambda: self.batch(batch_id).state in BATCH_ENDED)
        return self.batch(batch_id)

    async def written(self, text: str) -> list[tuple[Any, ...]]:
        """Return rows of the journal, all that was decided included."""
        await self.engine.journal.written()
        found = await self.engine.reader.call(self.engine.reader.file._rows, text)
        return [tuple(row) for row in found]

    async def view(self) -> Snapshot:
        return await self.client.snapshot()


def settings_of(
    data_dir: Path, queues: dict[str, QueueSettings] = QUEUES, **engine: Any
) -> Settings:
    fields = {"kill_grace_s": 0.03} | engine
    return Settings(data_dir=str(data_dir), queues=queues, engine=EngineSettings(**fields))


@asynccontextmanager
async def world(
    data_dir: Path,
    runner: FakeRunner | None = None,
    spool: FakeSpool | None = None,
    *,
    only: tuple[int, ...] | None = None,
    going: bool = True,
    **engine: Any,
) -> AsyncIterator[World]:
    """Open an engine over ``data_dir``; leaving stops it and writes everything."""
    runner, spool = runner or FakeRunner(), spool or FakeSpool()
    opened = Engine(
        settings_of(data_dir, **engine),
        importer,
        dict.fromkeys(QUEUES, runner),
        spool,
        chance=lambda: 0.0,
    )
    there = World(opened, runner, spool)
    try:
        await opened.restore(only)
        if going:
            there.go()
        yield there
        if there.stops and there.task is not None and not there.task.done():
            async with asyncio.timeout(SOON_S):
                await opened.stop()
                await there.task
    finally:
        if there.task is not None and not there.task.done():
            there.task.cancel()
            await asyncio.gather(there.task, return_exceptions=True)
        there.client.close()
        await opened.close()


def hand_over(job: Job, progress: Progress, *spawned: Spawn, **fields: Any) -> None:
    """Hand over what a stage found."""
    progress.checkpoint(Checkpoint(payload=payload_of(job.stage), spawned=spawned, **fields))
