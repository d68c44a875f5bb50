"""From a key to its paint, in a list of 100,000 jobs while a scan runs at full speed.

A data directory with a paused batch of 100,000 queued jobs is prepared; then the real console is
started on a pseudo-terminal with a scan of a made library and the list of jobs is opened. The clock
runs from a key to the moment when the row that it must bring has been painted.
"""

import asyncio
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from benchmarks.ptyterm import PtyTerm
from soniq_tui import config
from soniq_tui.host.host import Host
from soniq_tui.importers.music import demo
from soniq_tui.importers.music.words import Chunk, ScanOptions
from soniq_tui.model.commands import Pause, Target
from soniq_tui.model.job import Spawn

JOBS = 100_000
FILES = 30_000
PAGE_DOWN, PAGE_UP = b"\x1b[6~", b"\x1b[5~"
ROWS = 24
"""More than are shown at once."""
PRESSES = 60
ROW = re.compile(rb"folder-(\d{6})")


async def prepare(data_dir: Path) -> None:
    """Leave a paused batch of ``JOBS`` queued jobs in a data directory."""
    settings = config.load({"data_dir": str(data_dir)}, env={})
    payload = msgspec.msgpack.encode(Chunk(root=b"/nowhere"))
    options = msgspec.msgpack.encode(ScanOptions(paths=("/nowhere",)))
    spawns = [
        Spawn(key=str(n), label=f"/nowhere/folder-{n:06d}", payload=payload, stage="extract")
        for n in range(JOBS)
    ]
    async with Host(settings, only=()) as host:
        scheduler, clock = host.engine.scheduler, host.engine.clock
        batch_id, events = scheduler.submit(
            "music", "/nowhere", options, spawns, now_s=clock(), now_at_s=time.time()
        )
        paused = scheduler.pause(Target(batches=(batch_id,)), clock(), time.time())
        await host.engine.apply_and_wait([*events, *paused])
        await host.client.send(Pause(target=Target(batches=(batch_id,))))


def reach(term: PtyTerm, key: bytes, low: int, high: int) -> None:
    """Press a key until rows of the large batch between two numbers are shown."""
    for _ in range(ROWS):
        term.keys(key)
        rows = [int(number) for number in ROW.findall(term.read(0.3))]
        if rows and low <= min(rows) and (max(rows) >= ROWS if high == ROWS else min(rows) < high):
            return
    raise AssertionError("the rows do not show")


def press(term: PtyTerm, key: bytes, sign: int, start: int) -> list[float]:
    """Press a page key; return seconds from each press to a row beyond all that were seen."""
    took: list[float] = []
    edge = start
    for _ in range(PRESSES):

        def beyond(text: bytes) -> bool:
            nonlocal edge
            rows = [sign * int(number) for number in ROW.findall(text)]
            if not rows or max(rows) <= sign * edge:
                return False
            edge = sign * max(rows)
            return True

        term.read(0.03)
        term.keys(key)
        seconds = term.until(beyond, 3)
        took.append(3.0 if seconds is None else seconds)
    return took


def run() -> None:
    """Print the percentiles, and how the scan went on meanwhile."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        data_dir, library = Path(folder) / "data", Path(folder) / "library"
        demo.make_library(library, FILES)
        asyncio.run(prepare(data_dir))
        env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("TEXTUAL", "SONIQ"))},
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "SONIQ_DATA_DIR": str(data_dir),
        }
        term = PtyTerm([sys.executable, "-m", "soniq_tui", "scan", str(library)], env)
        try:
            assert term.until(lambda text: b"/s" in text, 20) is not None, "no scan"
            term.keys(b"2")
            assert term.until(ROW.search, 20) is not None, "the list of jobs does not open"
            reach(term, PAGE_DOWN, 0, ROWS)
            took_ms = [s * 1e3 for s in press(term, PAGE_DOWN, 1, ROWS)]
            term.keys(b"\x1b[F")  # End: the jobs of the scan, then those of the other batch
            reach(term, PAGE_UP, JOBS // 2, JOBS - ROWS)
            took_ms += [s * 1e3 for s in press(term, PAGE_UP, -1, JOBS - ROWS)]
            took_ms.sort()
        finally:
            term.end()
    p95, p99 = took_ms[int(len(took_ms) * 0.95)], took_ms[int(len(took_ms) * 0.99)]
    median = statistics.median(took_ms)
    print(f"   {JOBS:,} jobs listed, a scan at work: {len(took_ms)} keys")
    print(f"   key to paint: median {median:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms")
