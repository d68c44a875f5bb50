"""An importer whose every start and end leaves a line in a file outside the engine's reach."""

# A stage has its process for itself and may block it.
# ruff: noqa: ASYNC251

import os
import time
from pathlib import Path
from typing import Annotated

import msgspec

from soniq_tui.importers.base import Context, Importer, Plan, Spawn, Stage
from soniq_tui.model.forms import Preview


class Work(msgspec.Struct, frozen=True):
    """One job: its name, how long each stage takes, and where its lines go."""

    name: str
    ms: float
    effects: str


class Options(msgspec.Struct, frozen=True):
    """A batch of ``count`` jobs."""

    name: str
    count: int = 1
    ms: float = 5.0
    effects: Annotated[str, msgspec.Meta(title="path")] = ""


def _say(work: Work, *words: object) -> None:
    """Add a line in one write: ``O_APPEND`` keeps the lines of all processes whole."""
    line = " ".join(map(str, (*words, work.name))) + "\n"
    fd = os.open(work.effects, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(fd, line.encode())
    finally:
        os.close(fd)


async def _do(stage: str, work: Work, ctx: Context) -> None:
    _say(work, "start", stage, ctx.attempt, f"{time.time():.3f}")
    until_s = time.monotonic() + work.ms / 1000
    while time.monotonic() < until_s:
        ctx.progress(0, 1)
        time.sleep(0.001)
    _say(work, "end", stage, ctx.attempt, f"{time.time():.3f}")


async def work(work: Work, ctx: Context) -> Work:
    """First in the pool."""
    await _do("work", work, ctx)
    return work


async def store(work: Work, ctx: Context) -> None:
    """Then in the writer."""
    await _do("store", work, ctx)
    ctx.count(done=1)


def plan(options: Options, _data_dir: Path) -> Plan:
    """Return the jobs of a batch."""
    names = [f"{options.name}-{n}" for n in range(options.count)]
    return Plan(
        label=options.name,
        jobs=tuple(
            Spawn(
                key=name,
                label=name,
                payload=msgspec.msgpack.encode(Work(name, options.ms, options.effects)),
            )
            for name in names
        ),
    )


importer = Importer(
    name="ledger",
    title="Ledger",
    verb="ledger",
    options=Options,
    stages=(
        Stage(name="work", queue="extract", run=work),
        Stage(name="store", queue="insert", run=store),
    ),
    plan=plan,
    preview=lambda _options, _data_dir: Preview(ok=True, text="jobs"),
)
