"""A small importer, a model of the journal, and what Hypothesis draws for the scheduler."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Context, Importer, Plan, Stage
from soniq_tui.model.events import (
    BatchChanged,
    BatchEmptied,
    ErrorsBooked,
    ErrorsCleared,
    Event,
    JobAdmitted,
    JobChanged,
)
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import (
    MOVES,
    TERMINAL,
    Batch,
    ErrorKind,
    ItemError,
    Items,
    Job,
    JobState,
    Outcome,
    Spawn,
)
from soniq_tui.model.settings import QueueSettings


class Options(msgspec.Struct, frozen=True):
    """What the fake importer is launched with."""

    names: tuple[str, ...] = ()
    times: int = 1


class Text(msgspec.Struct, frozen=True):
    """What the stages of the fake importer hand each other."""

    text: str


async def find(payload: Text, ctx: Context) -> None:
    """Bring further items."""


async def read(payload: Text, ctx: Context) -> Text:
    return payload


async def group(payload: Text, ctx: Context) -> Text:
    return payload


async def store(payload: Text, ctx: Context) -> None:
    """Write."""


def plan(options: Any, data_dir: Path) -> Plan:
    if "bad" in options.names:
        raise UsageError("bad: cannot be launched; leave it out")
    jobs = tuple(spawn(name, stage="read") for name in options.names)
    return Plan(label=" ".join(options.names), jobs=jobs)


def preview(options: Any, data_dir: Path) -> Preview:
    return Preview(ok=True, text=f"{len(options.names)} names", doubt=not options.names)


STAGES = ("find", "read", "group", "store")
FAKE = Importer(
    name="fake",
    title="Fake",
    verb="fake",
    options=Options,
    stages=(
        Stage("find", "scan", find),
        Stage("read", "read", read),
        Stage("group", "group", group),
        Stage("store", "store", store),
    ),
    plan=plan,
    preview=preview,
)
QUEUES = {
    "scan": QueueSettings(slots=1, priority=20),
    "read": QueueSettings(slots=2, priority=20),
    "group": QueueSettings(slots=1, priority=25, depth_limit=3),
    "store": QueueSettings(slots=1, priority=30, depth_limit=2),
}


def importer(name: str) -> Importer:
    """Find the fake importer by name."""
    if name != FAKE.name:
        raise UsageError(f"no importer is called {name!r}")
    return FAKE


def scheduler(queues: dict[str, QueueSettings] = QUEUES, **options: Any) -> Scheduler:
    """Return a scheduler of the fake importer."""
    return Scheduler(importer, queues, **options)


def payload_of(stage: str) -> bytes:
    """Return what a stage accepts; it tells for which one it was made."""
    return msgspec.msgpack.encode(Text(stage))


def spawn(key: str, *, stage: str = "", items: int = 1, lane: str = "") -> Spawn:
    """Return a job to ask for; without a stage it is a finder."""
    return Spawn(
        key=key,
        label=f"label {key}",
        payload=payload_of(stage or "find"),
        stage=stage,
        items=items if stage else 0,
        lane=lane,
    )


def finder(key: str = "root") -> Spawn:
    """Return a job that brings further ones and stands for no item itself."""
    return spawn(key)


def fault(stage: str = "read", item: str = "item") -> ItemError:
    return ItemError(item=item, stage=stage, kind=ErrorKind.CORRUPT, reason="no header")


def is_plain(job: Job) -> bool:
    """Whether there is nothing to know of a job but that it waits."""
    waits = (job.state, job.attempt, job.not_before_s, job.priority)
    return waits == (JobState.QUEUED, 0, 0.0, 0) and (job.deaths, job.suspects) == (0, ())


class Book:
    """A journal in memory: what is replayed after a crash."""

    def __init__(self) -> None:
        self.batches: dict[int, Batch] = {}
        self.jobs: dict[int, Job] = {}
        self.origins: dict[int, bytes] = {}
        self.payloads: dict[int, bytes] = {}
        self.errors: dict[int, list[ItemError]] = {}

    def apply(self, events: Iterable[Event]) -> None:  # noqa: C901  one for each event
        """Write facts, and refuse those that cannot follow from what is written."""
        for event in events:
            match event:
                case BatchChanged(batch=batch):
                    self.batches[batch.id] = batch
                case JobAdmitted(job=job):
                    assert job.id not in self.jobs, f"job {job.id} was admitted twice"
                    self.jobs[job.id] = job
                    self.origins[job.id] = job.payload
                case JobChanged(job=job, payload_changed=changed):
                    before = self.jobs[job.id].state
                    stays = job.state is before and before not in TERMINAL
                    legal = stays or job.state in MOVES[before]
                    assert legal, f"{before} -> {job.state}"
                    self.jobs[job.id] = job
                    if changed:
                        self.payloads[job.id] = job.payload
                case ErrorsBooked(job_id=job_id, errors=errors):
                    self.errors.setdefault(job_id, []).extend(errors)
                case ErrorsCleared(job_id=job_id):
                    self.errors.pop(job_id, None)
                case BatchEmptied(batch_id=batch_id):
                    for job in self.of(batch_id):
                        if job.state in {JobState.QUEUED, JobState.PAUSED}:
                            self.jobs[job.id] = replace(job, state=JobState.CANCELLED)

    def of(self, batch_id: int) -> list[Job]:
        """Return all jobs ever of a batch."""
        return [job for job in self.jobs.values() if job.batch_id == batch_id]

    def keys(self, batch_id: int) -> list[str]:
        return [job.key for job in self.of(batch_id)]

    def payload(self, job_id: int) -> bytes:
        """Return what a job starts with."""
        return self.payloads.get(job_id) or self.origins[job_id]

    def owed(self, batch_id: int) -> list[Job]:
        """Return the jobs that stand for no items and ended without their work."""
        lost = {JobState.CANCELLED, JobState.FAILED, JobState.SET_ASIDE}
        return [job for job in self.of(batch_id) if not job.weight and job.state in lost]

    def restored(self) -> list[Job]:
        """Return the jobs that have not ended, as the real journal gives them back."""
        return self.rows(job.id for job in self.jobs.values() if job.state not in TERMINAL)

    def rows(self, ids: Iterable[int]) -> list[Job]:
        """Return jobs as the real journal gives them back."""
        return [
            replace(
                self.jobs[job_id],
                payload=self.payload(job_id),
                stored=False,
                turn=0,
                accused=-1,
                frozen=False,
            )
            for job_id in sorted(ids)
        ]

    def cold(self) -> dict[tuple[int, str], list[int]]:
        """Return the numbers of plain waiting jobs by batch and stage, as the real journal does."""
        found: dict[tuple[int, str], list[int]] = {}
        for job in sorted(self.jobs.values(), key=lambda job: job.id):
            if is_plain(job):
                found.setdefault((job.batch_id, job.stage), []).append(job.id)
        return found

    def items(self, batch_id: int) -> Items:
        """Return the sum over all jobs ever of a batch."""
        total = Items()
        for job in self.of(batch_id):
            total = total.plus(job.items)
        return total


KEYS = st.sampled_from([f"k{n}" for n in range(12)] + ["\u00e4", "\udcff"])
SPAWNS = st.lists(
    st.one_of(
        KEYS.map(finder),
        st.builds(
            lambda k, n, lane: spawn(k, stage="read", items=n, lane=lane),
            KEYS,
            st.integers(1, 3),
            st.sampled_from(["", "", "a.example", "b.example"]),
        ),
    ),
    max_size=5,
).map(tuple)
SMALL = st.integers(0, 2)


@st.composite
def ended_items(draw: st.DrawFn) -> tuple[Items, tuple[ItemError, ...]]:
    """Draw items that ended; at times more of them than were said to exist."""
    done, skipped, failed = draw(SMALL), draw(SMALL), draw(SMALL)
    found = done + skipped + failed if draw(st.integers(0, 3)) else draw(SMALL)
    errors = tuple(fault(item=str(n)) for n in range(failed))
    return Items(found, done, skipped, failed), errors


NOTHING_ENDED = st.just((Items(), ()))


@st.composite
def outcomes(draw: st.DrawFn, following: str | None) -> Outcome:
    """Draw any outcome of a stage that ``following`` comes after."""
    kind = draw(
        st.sampled_from(["done"] * 6 + ["skipped", "failed", "retry", "back", "suspect"] + ["stop"])
    )
    items, errors = draw(st.one_of(NOTHING_ENDED, ended_items()))
    run_s = draw(st.sampled_from([0.0, 0.5]))
    if kind == "stop":
        if draw(st.booleans()):
            return Outcome(state=JobState.PAUSED, run_s=run_s)
        failed = Items(failed=len(errors))
        return Outcome(state=JobState.CANCELLED, items=failed, errors=errors, run_s=run_s)
    if kind == "done":
        payload = payload_of(following) if following else b""
        spawned = draw(SPAWNS)
        return Outcome(
            state=JobState.DONE,
            payload=payload,
            spawned=spawned,
            items=items,
            errors=errors,
            run_s=run_s,
        )
    if kind == "skipped":
        return Outcome(state=JobState.SKIPPED, items=items, errors=errors, reason="the same")
    return Outcome(
        state=JobState.FAILED,
        kind=ErrorKind.CRASHED,
        reason="it broke",
        retryable=kind in {"retry", "suspect"},
        back=kind == "back",
        suspect=draw(SMALL) if kind == "suspect" else None,
        retry_after_s=draw(st.sampled_from([None, None, -1.0, 3.0, 1e9])),
        run_s=run_s,
    )
