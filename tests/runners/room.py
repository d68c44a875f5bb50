"""A template, a board and runners over a temporary folder, and looks into /proc."""

import itertools
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from soniq_tui.model.job import Checkpoint, Job, Outcome
from soniq_tui.model.settings import EngineSettings
from soniq_tui.runners.board import Board
from soniq_tui.runners.child_client import Cells
from soniq_tui.runners.pools import ChildRunner
from soniq_tui.runners.starting import Started
from soniq_tui.runners.template_client import Template
from soniq_tui.runners.wire import Setup

STAGES = Path(__file__).parent / "stages"


def offer(folder: Path, name: str = "trial", stages: Path = STAGES) -> str:
    """Make ``folder`` offer the importer ``name``; return what belongs on the module path.

    It is ``importer`` of the module ``<name>_stages`` in the folder ``stages``.
    """
    info = folder / f"soniq_{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: soniq-{name}\nVersion: 1\n")
    point = f"{name} = {name}_stages:importer"
    (info / "entry_points.txt").write_text(f"[soniq_tui.importers]\n{point}\n")
    return os.pathsep.join([str(folder), str(stages)])


class NoProgress:
    """``model.ports.Progress`` that keeps what it is given."""

    def __init__(self) -> None:
        self.parts: list[Checkpoint] = []
        self.safe = 0
        self.lines: list[str] = []
        self.now: list[str] = []

    def checkpoint(self, part: Checkpoint) -> None:
        self.parts.append(part)

    async def written(self) -> None:
        self.safe = len(self.parts)

    def said(self, lines: Sequence[str]) -> None:
        self.lines += lines

    def doing(self, text: str) -> None:
        self.now.append(text)


QUIET = NoProgress()


class Room:
    """What the host has; children find the importer ``trial`` if the environment offers it."""

    def __init__(self, path: Path, early: Started | None = None, nice: int = 5) -> None:
        self.path = path
        self.spool = path / "spool"
        self.spool.mkdir()
        self.board = Board(path / "board")
        self.cells = Cells(self.board)
        self.template = Template(
            Setup(
                data_dir=str(path),
                spool_dir=str(self.spool),
                board=str(path / "board"),
                nice=nice,
                preload=("no_such_module",),
            ),
            early,
        )
        self.runners: list[ChildRunner] = []
        self._ids = itertools.count(1)

    def runner(self, *, single: bool = False, **settings: float) -> ChildRunner:
        """Return a runner over the room's template and board."""
        runner = ChildRunner(
            self.template, self.board, self.cells,
            msgspec.convert({"kill_grace_s": 0.5, **settings}, EngineSettings), single=single,
        )  # fmt: skip
        self.runners.append(runner)
        return runner

    def job(self, stage: str, **do: object) -> Job:
        """Return a job for a stage of ``trial_stages``; ``do`` are fields of ``Do``."""
        return Job(
            id=next(self._ids), batch_id=1, importer="trial", stage=stage, first_stage=stage,
            key="", label="", payload=msgspec.msgpack.encode(do), fence=1,
        )  # fmt: skip

    async def close(self) -> None:
        """Close runners, template and board."""
        for runner in self.runners:
            await runner.close()
        await self.template.close()
        self.board.close()


def answer(outcome: Outcome) -> dict[str, object]:
    """Return the fields of what a stage returned."""
    return msgspec.msgpack.decode(outcome.payload, type=dict[str, object])


def state_of(pid: int) -> str:
    """Return the kernel's letter for a process's state, empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def runs(pid: int) -> bool:
    """Return whether a process is there, and neither waits to be reaped nor was killed.

    Killed, it runs no instruction of its own any more, but is gone only once it has had a turn: on
    a busy machine after seconds.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return False
    told = dict(line.split(":\t", 1) for line in lines)
    pending = int(told["SigPnd"], 16) | int(told["ShdPnd"], 16)
    return told["State"][0] not in "ZX" and not pending >> signal.SIGKILL - 1 & 1


def open_fds() -> list[str]:
    """Return what this process has open."""
    found = []
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(fd.readlink()).split(":")[0])
    return sorted(found)


async def do(
    room: Room, runner: ChildRunner, stage: str, slot: int = 0, **fields: object
) -> Outcome:
    """Run a stage and return what came of it."""
    return await runner.run(room.job(stage, **fields), slot, QUIET)


def numbers_in(path: Path) -> list[int]:
    """Return the numbers that stand in a file, as those of processes."""
    return [int(word) for word in path.read_text().split()]
