"""An importer whose jobs do nothing, wait for ever, or hang; children import it by entry point."""

import asyncio
import os
import time
from pathlib import Path

import msgspec

from soniq_tui.importers.base import Context, Importer, Plan, Spawn, Stage
from soniq_tui.model.forms import Preview

STAMPS = "BENCH_STAMPS"
"""Names the file that stages write the time to: monotonic seconds, the same for all processes."""

NAP_S = 0.1


class Nothing(msgspec.Struct, frozen=True):
    """An empty payload."""


class Options(msgspec.Struct, frozen=True):
    """How many jobs of which stage."""

    jobs: int = 1
    stage: str = "noop"


async def noop(_payload: Nothing, _context: Context) -> None:
    """Do nothing."""


async def hang(_payload: Nothing, _context: Context) -> None:
    """Say which process this is, and when it began; end when killed."""
    line = f"{os.getpid()} {time.monotonic()}\n".encode()
    fd = os.open(os.environ[STAMPS], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, line)
    os.close(fd)
    await asyncio.Event().wait()


async def nap(_payload: Nothing, _context: Context) -> None:
    """Take as long as a small job of a real importer."""
    await asyncio.sleep(NAP_S)


def plan(options: Options, data_dir: Path) -> Plan:  # noqa: ARG001  a Planner has this shape
    """Return the jobs; they look like those of real importers: a path as key and label."""
    paths = (f"Artist {i // 100:04}/Album {i // 10:05}/{i:06}.flac" for i in range(options.jobs))
    spawns = (Spawn(key=p, label=p, payload=b"\x80", stage=options.stage) for p in paths)
    return Plan("nothing", tuple(spawns))


importer = Importer(
    name="nothing",
    title="Nothing",
    verb="nothing",
    options=Options,
    stages=(
        Stage("noop", "extract", noop),
        Stage("hang", "extract", hang),
        Stage("nap", "extract", nap),
    ),
    plan=plan,
    preview=lambda _options, _data_dir: Preview(ok=True, text=""),
)


def offer(folder: Path) -> dict[str, str]:
    """Make ``folder`` offer the importer; return the environment of processes that find it."""
    info = folder / "soniq_bench-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: soniq-bench\nVersion: 1\n")
    points = f"[soniq_tui.importers]\nnothing = {__name__}:importer\n"
    (info / "entry_points.txt").write_text(points)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SONIQ_")}
    root = Path(__file__).parents[2]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(folder), str(root)]),
        STAMPS: str(folder / "stamps"),
    }
