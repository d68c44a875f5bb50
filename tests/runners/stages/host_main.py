"""A small host for tests that kill it: three children at work, their ids on standard output.

With ``forked`` behind its folder it forks the template, as a command does that works without a
screen.
"""

import asyncio
import json
import sys
from pathlib import Path

from soniq_tui.runners import forked
from soniq_tui.runners.leftovers import end_leftovers
from soniq_tui.runners.starting import Started, mark_of
from tests.runners.room import NoProgress, Room


async def main(early: Started | None) -> None:
    """Keep three children busy for ever."""
    # What is niced waits for all others on a busy machine, and none of the tests is about that.
    room = Room(Path(sys.argv[1]), early, nice=0)
    end_leftovers(room.board, spare={early.process.pid} if early else ())
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


begun = None
if "forked" in sys.argv:
    begun = forked.start(mark_of(Path(sys.argv[1], "board"), 1), "trial")
    assert begun is not None
asyncio.run(main(begun))
