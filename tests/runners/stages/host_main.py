"""A small host for tests that kill it: three children at work, their ids on standard output."""

import asyncio
import json
import sys
from pathlib import Path

from soniq_tui.runners.leftovers import end_leftovers
from tests.runners.room import NoProgress, Room


async def main() -> None:
    """Keep three children busy for ever."""
    room = Room(Path(sys.argv[1]))
    end_leftovers(room.board)
    runner = room.runner()
    grandchildren = room.path / "grandchildren"
    escaped = room.path / "escaped"
    mark = room.path / "busy"
    jobs = [
        room.job("begets", text="wait", path=str(grandchildren)),
        room.job("busy", path=str(mark)),
        room.job("escapes", text="wait", n=7, path=str(escaped)),
    ]
    tasks = [asyncio.create_task(runner.run(job, i, NoProgress())) for i, job in enumerate(jobs)]
    while not (grandchildren.exists() and mark.exists() and escaped.exists()):  # noqa: ASYNC110  other processes make them
        await asyncio.sleep(0.01)
    pids = {
        "template": room.template.pid,
        "children": runner.pids(),
        "grandchildren": [int(word) for word in grandchildren.read_text().split()],
        "escaped": [int(word) for word in escaped.read_text().split()],
    }
    sys.stdout.write(json.dumps(pids) + "\n")
    sys.stdout.flush()
    await asyncio.wait(tasks)


asyncio.run(main())
