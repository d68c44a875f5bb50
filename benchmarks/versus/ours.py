"""One measurement of our host in a process of its own: prints one line of JSON.

``python -m benchmarks.versus.ours NAME DATA_DIR``: the real host with its journal and real
children, without a screen. ``offer`` of ``nothing.py`` makes the environment it needs.
"""

# What blocks here blocks while nothing is measured.
# ruff: noqa: ASYNC240

import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from benchmarks.versus.nothing import STAMPS
from soniq_tui.host.host import Host
from soniq_tui.model.job import BATCH_ENDED
from soniq_tui.model.settings import EngineSettings, QueueSettings, Settings

RATE_JOBS = 15_000
WARM_JOBS = 200
QUEUED_JOBS = 100_000
KILLS = 20
TICK_S = 0.005
"""The probe of the event loop sleeps so long; what it wakes later than that is the lag."""
MIB = 1024 * 1024


def settings(data_dir: Path, slots: int) -> Settings:
    """Return the defaults but for one queue of so many slots and jobs that are not retried."""
    return Settings(
        data_dir=str(data_dir),
        engine=EngineSettings(max_attempts=1),
        queues={"extract": QueueSettings(slots=slots)},
    )


def ended(host: Host, batch_id: int) -> bool:
    """Return whether a batch has ended."""
    live = host.engine.scheduler.live.get(batch_id)
    return live is None or live.batch.state in BATCH_ENDED


async def launch(host: Host, jobs: int, stage: str = "noop") -> int:
    """Submit a batch and return its id when it is safe on disk."""
    reply = await host.client.launch("nothing", {"jobs": jobs, "stage": stage})
    assert reply.batch_id is not None, reply.text
    return reply.batch_id


async def over(host: Host, batch_id: int) -> float:
    """Wait for the end of a batch; return the time."""
    return await until(host, lambda: ended(host, batch_id))


async def until(host: Host, true: Callable[[], object]) -> float:
    """Wait for what the engine tells of; return the time."""
    while not true():
        await host.client.changed(host.engine.bus.version)
    return time.monotonic()


async def rate(data_dir: Path) -> dict[str, float]:
    """Jobs per second with 2 children, lag of the loop meanwhile, bytes written."""
    late_s: list[float] = []
    async with Host(settings(data_dir, 2)) as host:
        warm = await launch(host, WARM_JOBS)
        await over(host, warm)
        await host.engine.journal.written()
        wrote, cpu_s = written_bytes(), time.process_time()
        first = asyncio.create_task(until(host, lambda: host.engine.runs.by_id))
        batch_id = await launch(host, RATE_JOBS)
        began_s = await first
        while not ended(host, batch_id):
            slept_s = time.monotonic()
            await asyncio.sleep(TICK_S)
            late_s.append(time.monotonic() - slept_s - TICK_S)
        await host.engine.journal.written()
        took_s = time.monotonic() - began_s
        cpu_s = time.process_time() - cpu_s
    late_s.sort()
    return {
        "jobs": RATE_JOBS,
        "jobs_per_s": RATE_JOBS / took_s,
        "host_cpu_us_per_job": cpu_s / RATE_JOBS * 1e6,
        "bytes_per_job": (written_bytes() - wrote) / RATE_JOBS,
        "lag_p99_ms": late_s[int(len(late_s) * 0.99)] * 1e3,
        "lag_max_ms": late_s[-1] * 1e3,
    }


async def boot(data_dir: Path) -> dict[str, float]:
    """Monotonic time at which the first job of a new host was committed."""
    async with Host(settings(data_dir, 2), soon=True) as host:
        batch_id = await launch(host, 1)
        await over(host, batch_id)
        await host.engine.journal.written()
        return {"done_at_s": time.monotonic()}


async def queued(data_dir: Path) -> dict[str, float]:
    """Memory with all but one of many jobs queued, above the same host idle; then waits."""
    async with Host(settings(data_dir, 1)) as host:
        warm = await launch(host, 1)
        await over(host, warm)
        idle = await settled_bytes()
        began_s = time.monotonic()
        await launch(host, QUEUED_JOBS, "hang")
        submitted_s = time.monotonic() - began_s
        full = await settled_bytes()
        say({"idle_mib": idle / MIB, "queued_mib": full / MIB, "submit_s": submitted_s})
        await asyncio.Event().wait()
    raise AssertionError("nobody killed this host")


async def requeued(data_dir: Path) -> dict[str, float]:
    """Memory of a host that came back to many queued jobs, and how long it took to come back."""
    began_s = time.monotonic()
    async with Host(settings(data_dir, 1)):
        restored_s = time.monotonic() - began_s
        await appeared(Path(os.environ[STAMPS]))
        full = await settled_bytes()
    return {"queued_mib": full / MIB, "restored_s": restored_s}


async def replaced(data_dir: Path) -> dict[str, float]:
    """Milliseconds from ``kill -9`` of a busy child to the end of the next job of its slot."""
    took_ms: list[float] = []
    stamps = Path(os.environ[STAMPS])
    async with Host(settings(data_dir, 1)) as host:
        await host.client.describe()  # loads all importers: the template has what they preload
        for _ in range(KILLS):
            stamps.unlink(missing_ok=True)
            hangs = await launch(host, 1, "hang")
            pid = int((await appeared(stamps)).split()[0])
            after = await launch(host, 1)
            killed_s = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            answered_s = await over(host, after)
            took_ms.append((answered_s - killed_s) * 1e3)
            await over(host, hangs)
    return {"median_ms": statistics.median(took_ms), "max_ms": max(took_ms), "kills": KILLS}


async def appeared(stamps: Path) -> str:
    """Return the first line that a stage wrote."""
    while True:
        if stamps.exists() and (text := stamps.read_text()).endswith("\n"):
            return text.splitlines()[0]
        await asyncio.sleep(0.002)


async def settled_bytes() -> int:
    """Return this process's resident memory when it has not moved by 0.5 MiB for a second."""
    seen = [0]
    while max(seen[-5:]) - min(seen[-5:]) > MIB // 2 or len(seen) < 6:
        await asyncio.sleep(0.25)
        pages = int(Path("/proc/self/statm").read_bytes().split()[1])
        seen.append(pages * os.sysconf("SC_PAGE_SIZE"))
    return seen[-1]


def written_bytes() -> int:
    """Return what this process caused to be written to disks so far."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("write_bytes")))


def say(figures: dict[str, float]) -> None:
    """Print figures for whoever started this process."""
    sys.stdout.buffer.write(msgspec.json.encode(figures) + b"\n")
    sys.stdout.buffer.flush()


NAMES: dict[str, Callable[[Path], Awaitable[dict[str, float]]]] = {
    run.__name__: run for run in (rate, boot, queued, requeued, replaced)
}

if __name__ == "__main__":

    async def main() -> dict[str, float]:
        """Measure what the command line names."""
        return await NAMES[sys.argv[1]](Path(sys.argv[2]))

    say(asyncio.run(main()))
