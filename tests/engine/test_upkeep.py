"""The engine and the machine together: it holds back, says why, and goes on by itself."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from soniq_tui.engine import scheduler
from soniq_tui.engine import upkeep as module
from soniq_tui.engine.journal_errors import BACKUP
from soniq_tui.model.commands import Autoscale, Resize
from soniq_tui.model.events import Scaled
from soniq_tui.model.job import ErrorKind, ItemError, Items, Job, JobState, Outcome
from soniq_tui.model.ports import Progress
from soniq_tui.model.settings import QueueSettings, Scaling
from soniq_tui.model.snapshot import Query, View
from soniq_tui.runners.execute import failed
from soniq_tui.runners.pools import unstarted
from tests.engine.strategies import QUEUES, spawn
from tests.engine.worlds import FakeRunner, World, obedient, went_well, world
from tests.machines import FakeMachine


@pytest.fixture
def machine(tmp_path: Path) -> FakeMachine:
    return FakeMachine(tmp_path / "machine")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look far more often than once a second."""
    monkeypatch.setattr(module, "LOOK_S", 0.01)
    monkeypatch.setitem(QUEUES, "read", QueueSettings(slots=4, priority=20, scaling=Scaling.CPU))


async def seen(here: World, true: Callable[[object], object]) -> None:
    """Return as soon as a snapshot is as wanted."""
    async with asyncio.timeout(10):
        while not true(await here.view()):  # noqa: ASYNC110  anything may make it true
            await asyncio.sleep(0.005)


async def test_a_full_disk_elsewhere_is_looked_at_no_more_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of jobs may meet it, each with a name of its own: none costs a look of its own."""
    monkeypatch.setattr(module, "LOOK_S", 60.0)
    async with world(tmp_path) as here:
        upkeep, looks = here.engine.upkeep, list[float]()
        monkeypatch.setattr(upkeep, "look", looks.append)
        for number in range(9):
            full = failed(ErrorKind.DISK_FULL, f"no room for /nas/{number}", retryable=True)
            upkeep.stage_ended(1, "read", full, (0, 0), 0.0)
            upkeep.before_start(here.engine.clock())
            upkeep._looked_s = here.engine.clock()
    assert len(looks) == 1


async def test_heat_holds_everything(tmp_path: Path, machine: FakeMachine) -> None:
    """On a hot processor nothing is started; when it has cooled down work goes on by itself."""
    machine.temperature(91)
    async with world(tmp_path, machine_root=str(machine.root)) as here:
        await here.launch("a", "b")
        await seen(here, lambda view: "91 °C" in view.banner)
        assert here.runner.seen == []
        assert (await here.view()).host.temperature_c == 91
        machine.temperature(60)
        await here.ended()
        await seen(here, lambda view: view.banner == "")


async def test_warmth_adds_no_slots(tmp_path: Path, machine: FakeMachine) -> None:
    """Slots are given up while it is hot, one at a time, and the queue says why."""
    machine.temperature(50)
    runner = FakeRunner(read=obedient)
    async with world(tmp_path, runner, machine_root=str(machine.root)) as here:
        await here.launch(*"abcdefgh")
        await here.until(lambda: runner.active == 4)
        machine.temperature(82)
        await seen(here, lambda view: "82 °C" in view.queues[1].reason)
        view = await here.view()
        assert view.queues[1].target == 3
        assert [slot.draining for slot in view.slots if slot.queue == "read"] == [
            False, False, False, True,
        ]  # fmt: skip
        assert runner.active == 4, "a busy child was stopped"
        assert (view.scaled[-1].before, view.scaled[-1].after) == (4, 3)
        runner.gate.set()
        await here.ended()
        await here.engine.journal.written()
        scales = await here.client.browse(Query(view=View.SCALES))
        assert "82 °C" in scales.rows[0].reason


async def test_a_queue_of_fixed_size_is_scaled_when_somebody_wants_it(
    tmp_path: Path, machine: FakeMachine
) -> None:
    """What is said of it is true then: the engine chooses its slots, and says why."""
    machine.temperature(82)
    async with world(tmp_path, machine_root=str(machine.root), going=False) as here:
        group = here.engine.scheduler.queues["group"]
        await here.client.send(Resize(queue="group", slots=4))
        await here.client.send(Autoscale(queue="group"))
        here.engine.upkeep.look(100.0)
        assert (group.target, group.reason) == (3, "down to 3: 82 °C")


async def test_no_process_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system allows no process, jobs wait, and it is said at once what to do."""
    monkeypatch.setattr(scheduler, "NO_ROOM_S", 0.01)
    refused = [unstarted("[Errno 11] Resource temporarily unavailable", blameless=True)]

    async def read(_runner: FakeRunner, job: Job, _progress: Progress) -> Outcome:
        return refused[0] if refused else went_well(job)

    async with world(tmp_path, FakeRunner(read=read)) as here:
        await here.launch("a")
        await seen(here, lambda view: "raise the limit (ulimit -u" in view.banner)
        view = await here.view()
        assert "temporarily unavailable" in view.banner
        assert view.batches[0].items.failed == 0
        refused.clear()
        monkeypatch.setattr(module, "NO_ROOM_S", 0.01)
        monkeypatch.setattr(module, "SETTLE_S", 0.01)
        await here.ended()
        await seen(here, lambda view: view.banner == "")


async def test_undervoltage_is_one_child_at_a_time(tmp_path: Path, machine: FakeMachine) -> None:
    """A weak power supply is named, and one child is all there is."""
    machine.power(0x1)
    runner = FakeRunner(read=obedient)
    async with world(tmp_path, runner, machine_root=str(machine.root)) as here:
        await here.launch(*"abcd")
        await seen(here, lambda view: "undervoltage" in view.banner)
        await here.until(lambda: runner.active == 1)
        await asyncio.sleep(0.1)
        assert runner.active == 1
        runner.gate.set()
        await here.ended()


async def test_little_memory_adds_no_slots(tmp_path: Path, machine: FakeMachine) -> None:
    """Where little memory is left no further child is started, and the queue says so."""
    machine.memory(300)
    runner = FakeRunner(read=obedient)
    async with world(tmp_path, runner, machine_root=str(machine.root)) as here:
        here.engine.scheduler.set_target("read", 1, "before")
        await here.launch(*"abcd")
        await seen(here, lambda view: "memory left" in view.queues[1].reason)
        await here.until(lambda: runner.active)
        assert runner.active == 1
        machine.memory(4000)
        await here.until(lambda: runner.active > 1)
        runner.gate.set()
        await here.ended()


async def test_a_nearly_full_disk(tmp_path: Path) -> None:
    """Below the floor of free space nothing is started, and the banner names disk and figures."""
    async with world(tmp_path, min_free_disk_mib=10**9) as here:
        await here.launch("a")
        await seen(here, lambda view: "MiB free at" in view.banner)
        assert here.runner.seen == []
        assert not here.batch().ended_at_s


async def test_a_copy_of_the_journal(tmp_path: Path) -> None:
    """While work is done the journal is copied, whole and readable."""
    runner = FakeRunner(read=obedient)
    async with world(tmp_path, runner, backup_every_min=1) as here:
        await here.launch("a")
        await here.until(lambda: runner.active)
        here.engine.upkeep._backup_s -= 60
        copy = tmp_path / BACKUP
        await here.until(copy.exists)
        runner.gate.set()
        await here.ended()
    db = sqlite3.connect(copy)
    assert db.execute("SELECT count(*) FROM job").fetchone() == (1,)
    db.close()


async def test_history(tmp_path: Path) -> None:
    """What was done is in the history once the work is over, also if a minute ended meanwhile."""
    async with world(tmp_path) as here:
        await here.ended(await here.launch("a", "b", "c"))
    async with world(tmp_path) as here:
        rows = (await here.client.browse(Query(view=View.HISTORY))).rows
        done: Counter[str] = Counter()
        for row in rows:
            done[row.queue] += row.jobs
        assert done == {"read": 3, "group": 3, "store": 3}
        assert sum(row.items for row in rows) == 3


async def test_history_takes_nothing_back(tmp_path: Path) -> None:
    """What was counted in a minute was done in it, though its job had to begin anew in another."""
    bad = ItemError(item="a", stage="read", kind=ErrorKind.CORRUPT, reason="bad")

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        return went_well(job, items=Items(failed=1), errors=(bad,))

    async def group(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        if len(runner.seen) > 2:
            return went_well(job)
        return Outcome(state=JobState.FAILED, back=True, reason="it is gone")

    def add(batch_id: int, queue: str, *, items: int, errors: int, **_: object) -> None:
        counted.append((queue, items, errors))

    counted: list[tuple[str, int, int]] = []
    async with world(tmp_path, FakeRunner(read=read, group=group)) as here:
        here.engine.upkeep.history.add = add
        await here.submit(spawn("a", stage="read", items=2))
        await here.ended()
    once = [("read", 1, 1), ("group", 0, 0)]
    assert counted == [*once, *once, ("store", 1, 0)]


async def test_nothing_ticks_when_nothing_runs(tmp_path: Path, machine: FakeMachine) -> None:
    """An idle engine measures nothing and moves no snapshot."""
    async with world(tmp_path, machine_root=str(machine.root)) as here:
        await here.ended(await here.launch("a"))
        await asyncio.sleep(0.1)
        before = here.engine.bus.version, here.engine.load.reading
        await asyncio.sleep(0.2)
        assert (here.engine.bus.version, here.engine.load.reading) == before


async def test_of_a_queue_without_work_no_slots_are_told(
    tmp_path: Path, machine: FakeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """What it may use changes all the same; nobody wants to read of queues that never worked."""
    machine.temperature(50)
    caplog.set_level("INFO")
    runner = FakeRunner(read=obedient)
    async with world(tmp_path, runner, machine_root=str(machine.root)) as here:
        for event in (Scaled(queue=q, before=2, after=1, reason="why") for q in ("read", "store")):
            here.engine.upkeep.was_scaled(event)
        assert not here.engine.upkeep.scaled
        await here.launch("a")
        await here.until(lambda: runner.active == 1)
        here.engine.upkeep.was_scaled(Scaled(queue="read", before=2, after=1, reason="why"))
        assert [row.queue for row in here.engine.upkeep.scaled] == ["read"]
        assert [r.message for r in caplog.records if "slots in use" in r.message] == [
            "queue read: 2 -> 1 slots in use (why)"
        ]
        runner.gate.set()
        await here.ended()
