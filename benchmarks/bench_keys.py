"""From a key to its paint, in a list of 100,000 jobs while a scan runs at full speed.

A data directory with a paused batch of 100,000 queued jobs is prepared; then the real console is
started on a pseudo-terminal with a scan of a made library and the list of jobs is opened. The clock
runs from a key to the moment when the row that it must bring has been painted. Keys that came after
the end of the scan do not count.
"""

import asyncio
import math
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.ptyterm import PtyTerm
from benchmarks.versus.scans import environment, newest
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
REACH = 100
"""Pages to turn at most on the way to where the presses begin."""
ROW = re.compile(r"folder-(\d{6})")


class Press(NamedTuple):
    """One key."""

    at_s: float
    """Seconds since 1970."""
    took_s: float


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
    for _ in range(REACH):
        term.keys(key)
        term.read(0.1)
        rows = [int(number) for number in ROW.findall(term.painted.text)]
        if rows and low <= min(rows) and (max(rows) >= ROWS if high == ROWS else min(rows) < high):
            return
    raise AssertionError("the rows do not show")


def press(term: PtyTerm, key: bytes, sign: int, start: int) -> list[Press]:
    """Press a page key; take the time from each press to a row beyond all that were seen."""
    took: list[Press] = []
    edge = start
    for _ in range(PRESSES):

        def beyond(text: str) -> bool:
            nonlocal edge
            rows = [sign * int(number) for number in ROW.findall(text)]
            if not rows or max(rows) <= sign * edge:
                return False
            edge = sign * max(rows)
            return True

        term.read(0.03)
        at_s = time.time()
        term.keys(key)
        seconds = term.until(beyond, 3)
        took.append(Press(at_s, 3.0 if seconds is None else seconds))
    return took


def measure(library: Path, data_dir: Path) -> list[float]:
    """Return milliseconds of all presses while a library was scanned, ascending."""
    asyncio.run(prepare(data_dir))
    env = environment(data_dir.parent) | {"SONIQ_DATA_DIR": str(data_dir)}
    term = PtyTerm([sys.executable, "-m", "soniq_tui", "scan", str(library)], env)
    try:
        assert term.until(lambda text: "/s" in text, 20) is not None, "no scan"
        term.keys(b"2")
        assert term.until(ROW.search, 20) is not None, "the list of jobs does not open"
        reach(term, PAGE_DOWN, 0, ROWS)
        presses = press(term, PAGE_DOWN, 1, ROWS)
        term.keys(b"\x1b[F")  # End: the jobs of the scan, then those of the other batch
        reach(term, PAGE_UP, JOBS // 2, JOBS - ROWS)
        presses += press(term, PAGE_UP, -1, JOBS - ROWS)
        batch = newest(data_dir)
        assert batch is not None
    finally:
        term.end()
    return sorted(p.took_s * 1e3 for p in presses if p.at_s < (batch.ended_at_s or math.inf))


def percentile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of the ascending values lie."""
    return values[int(len(values) * share)]


def run() -> None:
    """Print the percentiles."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        library = Path(folder) / "library"
        demo.make_library(library, FILES)
        took_ms = measure(library, Path(folder) / "data")
    median, p95, p99 = (percentile(took_ms, share) for share in (0.5, 0.95, 0.99))
    print(f"   {JOBS:,} jobs listed, a scan at work: {len(took_ms)} of {2 * PRESSES} keys")
    print(f"   key to paint: median {median:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms")
