"""A host that is told what to do over a pipe, and answers only what is safe on disk.

``python -m tests.trust.host DATA_DIR EFFECTS``; on standard input ``submit NAME COUNT MS``,
``view``, ``cancel``; one JSON line for each on standard output.
"""

import asyncio
import json
import sys
from typing import Any

from soniq_tui.host.host import Host
from soniq_tui.model.commands import Cancel, Target
from soniq_tui.model.settings import EngineSettings, Settings, default_queues


async def answer(host: Host, words: list[str], effects: str) -> dict[str, Any]:
    """Do what is asked and return what there is to say."""
    match words:
        case ["submit", name, count, ms]:
            options = {"name": name, "count": int(count), "ms": float(ms), "effects": effects}
            reply = await host.client.launch("ledger", options)
            return {"batch": reply.batch_id, "text": reply.text}
        case ["cancel"]:
            reply = await host.client.send(Cancel(target=Target()))
            return {"text": reply.text}
        case _:
            view = await host.client.snapshot()
            return {
                "banner": view.banner,
                "active": view.active,
                "depth": view.depth,
                "batches": {b.id: [b.state.value, *_items(b.items)] for b in view.batches},
            }


def _items(items: Any) -> list[int]:
    return [items.total, items.done, items.failed]


async def main(data_dir: str, effects: str) -> None:
    """Serve until standard input ends."""
    settings = Settings(
        data_dir=data_dir, queues=default_queues(), engine=EngineSettings(min_free_disk_mib=0)
    )
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    async with Host(settings) as host:
        sys.stdout.write(json.dumps({"ready": True}) + "\n")
        sys.stdout.flush()
        while line := await reader.readline():
            said = await answer(host, line.decode().split(), effects)
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
