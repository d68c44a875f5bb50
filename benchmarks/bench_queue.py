"""What one no-op job costs the engine, with 1,000 and with 100,000 of them queued.

The whole engine with its journal (synchronous=FULL) on a real disk; only the runner is empty. What
a job costs must not grow with the number of jobs: the last line is the ratio of the medians.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import msgspec

from soniq_tui.engine.engine import Engine
from soniq_tui.importers.base import Context, Importer, Plan, Stage
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import BATCH_ENDED, Job, JobState, Outcome, Spawn
from soniq_tui.model.ports import Progress
from soniq_tui.model.settings import QueueSettings, Settings

ROUNDS = 3
FEW, MANY = 1_000, 100_000


class Nothing(msgspec.Struct, frozen=True):
    """An empty payload."""


async def nothing(payload: Nothing, _context: Context) -> Nothing:
    """Do nothing."""
    return payload


IMPORTER = Importer(
    name="nothing",
    title="Nothing",
    verb="nothing",
    options=Nothing,
    stages=(Stage("nothing", "work", nothing),),
    plan=lambda _options, _data_dir: Plan(label="", jobs=()),
    preview=lambda _options, _data_dir: Preview(ok=True, text=""),
)


class EmptyRunner:
    """``model.ports.Runner`` that does nothing at all."""

    async def run(self, _job: Job, _slot: int, _progress: Progress) -> Outcome:
        """Return at once."""
        return Outcome(state=JobState.DONE)

    def reserve(self, _job: Job, _slot: int) -> bool:
        """Take nothing ahead."""
        return False

    def warm(self) -> None:
        """Nothing takes long here."""

    def recall(self, _slot: int) -> list[int]:
        """Nothing was taken."""
        return []

    def ask_to_stop(self, job: Job, *, cancel: bool) -> None:
        """Nothing runs long enough."""

    def freeze(self, job: Job) -> None:
        """Nothing runs long enough."""

    def unfreeze(self, job: Job) -> None:
        """Nothing runs long enough."""

    def take_back(self, job: Job) -> None:
        """Nothing runs long enough."""

    def progress_of(self, _job: Job) -> tuple[int, int]:
        """Return nothing known."""
        return 0, 0

    def pids(self) -> list[int]:
        """Return no processes."""
        return []

    async def close(self) -> None:
        """Nothing is open."""


class NoSpool:
    """``model.ports.SpoolKeeper`` without files."""

    def sweep(self, _live: object) -> dict[int, list[str]]:
        """Return nothing kept."""
        return {}

    def delete(self, names: list[str]) -> None:
        """Nothing to delete."""


async def drain(count: int, folder: Path) -> tuple[float, float]:
    """Return seconds to submit and to run ``count`` jobs."""
    settings = Settings(data_dir=str(folder), queues={"work": QueueSettings(slots=4)})
    engine = Engine(
        settings, lambda _name: IMPORTER, {"work": EmptyRunner()}, NoSpool(), chance=lambda: 0.5
    )
    spawns = [Spawn(key=f"{i}", label=f"job {i}", payload=b"\x90") for i in range(count)]
    began_s = time.perf_counter()
    batch_id, events = engine.scheduler.submit(
        "nothing", "nothing", b"\x90", spawns, now_s=engine.clock(), now_at_s=time.time()
    )
    await engine.apply_and_wait(events)
    submitted_s = time.perf_counter()
    task = asyncio.create_task(engine.run())
    while engine.scheduler.live[batch_id].batch.state not in BATCH_ENDED:
        await engine.bus.changed(engine.bus.version)
    await engine.journal.written()
    ended_s = time.perf_counter()
    await engine.stop()
    await task
    await engine.close()
    return submitted_s - began_s, ended_s - submitted_s


def run() -> None:
    """Print microseconds per job for few and for many jobs, in turn."""
    costs: dict[int, list[float]] = {FEW: [], MANY: []}
    for _ in range(ROUNDS):
        for count, costs_us in costs.items():
            with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
                submit_s, run_s = asyncio.run(drain(count, Path(folder)))
            costs_us.append(run_s / count * 1e6)
            per_job = f"{submit_s / count * 1e6:5.0f} µs to submit, {costs_us[-1]:5.0f} µs to run"
            print(f"   {count:>7,} jobs: {per_job} a job")
    ratio = statistics.median(costs[MANY]) / statistics.median(costs[FEW])
    print(f"   one of {MANY:,} costs {ratio:.2f} times one of {FEW:,}")
