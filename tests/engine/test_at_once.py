"""Commands that are carried out at the same time."""

import asyncio
from pathlib import Path

from soniq_tui.model.commands import Pause, Resume, Target, Undo
from soniq_tui.model.job import BatchState
from tests.engine.worlds import FakeRunner, obedient, world


async def test_each_undo_takes_back_another_thing(tmp_path: Path) -> None:
    """Also where the jobs that the newest one is about have to be brought into memory first."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        here.engine.scheduler.hot_most = 1
        await here.launch(*"abcdefgh")
        await here.client.send(Pause(target=Target(batches=(1,))))
        await here.client.send(Pause(target=Target(jobs=(8,))))
        await here.client.send(Resume(target=Target(jobs=(8,))))
        assert here.engine.scheduler.cold_among((8,))
        replies = await asyncio.gather(*(here.client.send(Undo()) for _ in range(4)))
        assert [reply.ok for reply in replies] == [True, True, True, False]
        assert here.batch().state is BatchState.RUNNING
        here.runner.gate.set()
        assert (await here.ended()).items.done == 8
