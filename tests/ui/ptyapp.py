"""A console on a fake engine, to be run on a pseudo-terminal.

``python tests/ui/ptyapp.py [idle|live|hostile|jobs|results]``; ``HEARTBEAT=file`` writes the
longest gap between two beats of the loop to ``file``, ``NOTE=file`` the exit code once the app has
ended; with ``MOVE`` a scan runs while ``results`` are looked at.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from soniq_tui.ui.environment import prepare

prepare()


async def move(client):
    """Let eight slots work at four changes a second."""
    import msgspec

    from soniq_tui.model.job import Items
    from tests.ui.fakes import NAMES

    start, done = time.monotonic(), 28_731
    while True:
        await asyncio.sleep(0.25)
        ran = time.monotonic() - start
        done += 103
        now = client.now
        moved = tuple(
            msgspec.structs.replace(
                s,
                run_s=(ran + i * 1.3) % (2 + i * 2),
                label=NAMES[(int((ran + i * 1.3) / (2 + i * 2)) + i) % 8],
            )
            for i, s in enumerate(now.slots)
        )
        per_s = 400.0 + done % 23
        last = msgspec.structs.replace(
            now.batches[-1],
            items=Items(total=100_000, done=done),
            items_per_s=per_s,
            eta_s=(100_000 - done) / 412,
        )
        client.put(
            msgspec.structs.replace(
                now,
                slots=moved,
                batches=(*now.batches[:-1], last),
                items=Items(total=109_050, done=done, failed=67),
                items_per_s=per_s,
                eta_s=(109_050 - done) / 412,
                rates=(*now.rates[-19:], per_s) if int(ran * 4) % 4 == 0 else now.rates,
            )
        )


async def beat(path):
    """Write the longest gap between two beats, in milliseconds, every half second."""
    longest, last, written = 0.0, time.monotonic(), 0.0
    while True:
        await asyncio.sleep(0.01)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        if now - written > 0.5:
            written = now
            Path(path).write_text(f"{longest * 1000:.1f}")  # noqa: ASYNC240  a few bytes, in tests
            longest = 0.0


async def flood(app):
    """Paint the whole screen fifty times a second."""
    while True:
        await asyncio.sleep(0.02)
        app.repaint_all()


def engine(how):
    """Return a fake engine, and whether it moves."""
    from tests.ui import fakes
    from tests.ui.fake_results import Library

    if how == "results":
        library = Library(fakes.running(), tracks=100_000, names=fakes.HOSTILE)
        return library, "MOVE" in os.environ
    if how == "hostile":
        return fakes.FakeClient(fakes.hostile(), names=fakes.HOSTILE), False
    if how in {"live", "jobs"}:
        return fakes.FakeClient(fakes.running(), jobs=100_000), True
    return fakes.FakeClient(fakes.idle()), False


async def main():
    """Run it."""
    from soniq_tui import words
    from soniq_tui.ui.app import ConsoleApp

    words.use(words.wanted())
    how = sys.argv[1] if len(sys.argv) > 1 else "idle"
    tasks = []

    async def connect():
        if path := os.environ.get("HEARTBEAT"):
            tasks.append(asyncio.create_task(beat(path)))
        if os.environ.get("FLOOD"):
            tasks.append(asyncio.create_task(flood(app)))
        client, moves = engine(how)
        if moves:
            tasks.append(asyncio.create_task(move(client)))
        return client

    app = ConsoleApp(connect, theme=os.environ.get("THEME", ""))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, app.request_exit, 143)
    loop.add_signal_handler(signal.SIGHUP, app.terminal_gone)
    await app.run_async()
    if note := os.environ.get("NOTE"):
        Path(note).write_text(f"code={app.return_code}")  # noqa: ASYNC240  a few bytes, in tests
    with contextlib.suppress(OSError):
        print(f"decision={app.decision} code={app.return_code} dropped={app.frames_dropped}")  # noqa: T201
    for task in tasks:
        task.cancel()
    if app.failure:
        raise app.failure
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
