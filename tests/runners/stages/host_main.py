"""A small host for tests that kill it: two children at work, their ids on standard output."""

import asyncio
import json
import sys
from pathlib import Path

from tests.runners.room import NoProgress, Room


async def main() -> None:
    """Keep two children busy for ever."""
    room = Room(Path(sys.argv[1]))
    runner = room.runner()
    grandchildren = room.path / "grandchildren"
    mark = room.path / "busy"
    jobs = [
        room.job("begets", text="wait", path=str(grandchildren)),
        room.job("busy", path=str(mark)),
    ]
    tasks = [asyncio.create_task(runner.run(job, i, NoProgress())) for i, job in enumerate(jobs)]
    while not (grandchildren.exists() and mark.exists()):  # noqa: ASYNC110  other processes make them
        await asyncio.sleep(0.01)
    pids = {
        "template": room.template.pid,
        "children": runner.pids(),
        "grandchildren": [int(word) for word in grandchildren.read_text().split()],
    }
    sys.stdout.write(json.dumps(pids) + "\n")
    sys.stdout.flush()
    await asyncio.wait(tasks)


asyncio.run(main())
