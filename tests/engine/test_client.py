"""Commands, snapshots and pages for whoever sits in the same process."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from soniq_tui.engine import retries
from soniq_tui.engine import undo as undoing
from soniq_tui.engine.options import convert
from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Importer, wanted
from soniq_tui.model.commands import (
    Cancel,
    Command,
    Pause,
    Resize,
    Resume,
    Retry,
    SetPriority,
    Submit,
    Target,
    Undo,
)
from soniq_tui.model.job import BatchState, Items, Job, JobState, Outcome
from soniq_tui.model.ports import Client, Progress
from soniq_tui.model.snapshot import Query, View
from tests.engine.strategies import FAKE, finder, spawn
from tests.engine.worlds import FakeRunner, deaf, obedient, went_well, world

ALL = Target()


def batches(*ids: int) -> Target:
    return Target(batches=ids)


async def test_it_is_a_client(tmp_path: Path) -> None:
    """The local client is what screens hold."""
    async with world(tmp_path, going=False) as here:
        client: Client = here.client
        assert (await client.snapshot()).batches == ()


async def test_launch(tmp_path: Path) -> None:
    """A launch says what was started, and is on disk when it returns."""
    async with world(tmp_path, going=False) as here:
        reply = await here.client.launch("fake", {"names": ["a", "b"], "times": "3"})
        assert (reply.ok, reply.batch_id, reply.text) == (True, 1, "Fake: a b")
        assert await here.written("SELECT key FROM job ORDER BY id") == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("nope", {}, "no importer is called 'nope'"),
        ("fake", {"times": "many"}, r"Fake: .*times"),
        ("fake", {"names": ["bad"]}, "bad: cannot be launched"),
    ],
)
async def test_launch_refused(tmp_path: Path, name: str, options: Any, why: str) -> None:
    """What cannot be launched is refused with the reason, and nothing is started."""
    async with world(tmp_path) as here:
        with pytest.raises(UsageError, match=why):
            await here.client.launch(name, options)
        assert not here.engine.scheduler.live


@pytest.mark.parametrize("options", [b"", b"\xc1", msgspec.msgpack.encode({"times": "x"})])
async def test_submit_of_nonsense(tmp_path: Path, options: bytes) -> None:
    """Options that are none are refused as such, whoever sent them."""
    async with world(tmp_path) as here:
        with pytest.raises(UsageError, match="Fake"):
            await here.client.send(Submit(importer="fake", options=options))


async def test_describe_and_preview(tmp_path: Path) -> None:
    """Forms and previews come from the importers."""
    async with world(tmp_path, going=False) as here:
        (form,) = await here.client.describe()
        assert [field.name for field in form.fields][:2] == ["names", "times"]
        good = await here.client.preview("fake", {"names": ["a"]})
        assert (good.ok, good.text) == (True, "1 names")
        bad = await here.client.preview("fake", {"times": "x"})
        assert not bad.ok
        assert "times" in bad.text


async def test_changed(tmp_path: Path) -> None:
    """Whoever waits for a change is woken by one."""
    async with world(tmp_path) as here:
        version = (await here.client.snapshot()).version
        waiting = asyncio.create_task(here.client.changed(version))
        await here.launch("a")
        await waiting


async def test_unknown_command(tmp_path: Path) -> None:
    """A command nobody knows is refused."""
    async with world(tmp_path, going=False) as here:
        with pytest.raises(UsageError, match="unknown command"):
            await here.client.send(Command())


async def test_slots_and_priorities(tmp_path: Path) -> None:
    """Slots and priorities are set and shown."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a")
        assert (await here.client.send(Resize(queue="read", slots=4))).text == "read: 4 slots"
        reply = await here.client.send(SetPriority(target=batches(1), priority=7))
        assert reply.affected == 1
        view = await here.view()
        assert view.batches[0].priority == 7
        assert view.queues[1].slots == 4


# -------------------------------------------------------------------- cancel and undo


async def test_undo(tmp_path: Path) -> None:
    """A cancel can be taken back while its time runs: the batch is only paused."""
    runner = FakeRunner(read=obedient)
    async with world(tmp_path, runner) as here:
        await here.launch("a", "b", "c")
        await here.until(lambda: runner.active == 2)
        reply = await here.client.send(Cancel(target=ALL, undo_s=5))
        assert reply.text == "cancelled in 5 s"
        view = await here.view()
        assert 4 < view.batches[0].undo_s <= 5
        assert view.working
        await here.until(lambda: here.batch().state is BatchState.PAUSED)
        assert (await here.client.send(Undo())).text == "taken back, it goes on"
        assert (await here.view()).batches[0].undo_s is None
        runner.gate.set()
        assert (await here.ended()).items == Items(total=3, done=3)
        assert not (await here.client.send(Undo())).ok


async def test_undo_runs_out(tmp_path: Path) -> None:
    """When the time has run out the batch is cancelled, and no other."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a", "b", "c")
        await here.launch("d")
        await here.client.send(Cancel(target=batches(1), undo_s=0.01))
        assert (await here.ended()).state is BatchState.CANCELLED
        assert not (await here.client.send(Undo())).ok
        here.runner.gate.set()
        assert (await here.ended(2)).state is BatchState.DONE


async def test_undo_of_a_job_runs_out(tmp_path: Path) -> None:
    """When the time of a job has run out that job is cancelled, and nothing else."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a", "b")
        await here.launch("c")
        await here.client.send(Cancel(target=Target(jobs=(1,)), undo_s=0.01))
        await here.until(lambda: here.engine.scheduler.find(1) is None)
        assert not (await here.client.send(Undo())).ok
        here.runner.gate.set()
        assert (await here.ended(1)).items == Items(total=2, done=1, skipped=1)
        assert (await here.ended(2)).items == Items(total=1, done=1)


async def test_undo_of_what_was_paused(tmp_path: Path) -> None:
    """Taking back a cancel leaves everything as it was: what was paused stays paused."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        paused, running = await here.launch("a"), await here.launch("b", "c", "d")
        await here.client.send(Pause(target=batches(paused)))
        await here.client.send(Pause(target=Target(jobs=(3, 4))))
        await here.until(lambda: here.batch(paused).state is BatchState.PAUSED)
        await here.client.send(Cancel(target=ALL, undo_s=5))
        await here.client.send(Undo())
        assert here.batch(paused).state is BatchState.PAUSED
        assert here.batch(running).state is BatchState.RUNNING
        here.runner.gate.set()
        await here.until(lambda: here.batch(running).items.done == 1)
        held = here.engine.scheduler.live[running].jobs
        assert {job.state for job in held.values()} <= {JobState.PAUSED, JobState.PAUSING}
        assert set(held) == {3, 4}


async def test_cancelling_twice(tmp_path: Path) -> None:
    """A second cancel of the same batch does not start a second clock behind an undo."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a")
        await here.client.send(Cancel(target=ALL, undo_s=60))
        again = await here.client.send(Cancel(target=ALL, undo_s=0.01))
        await here.client.send(Undo())
        await asyncio.sleep(0.02)
        assert again.text == "it is being cancelled already"
        here.runner.gate.set()
        assert (await here.ended()).state is BatchState.DONE


@pytest.mark.parametrize("word", [Resume, Retry])
async def test_asked_for_something_else(tmp_path: Path, word: Any) -> None:
    """Who resumes or retries a batch that is about to be cancelled wants it to go on."""

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        if job.key == "bad key" and not job.retries:
            return Outcome(state=JobState.FAILED, reason="no")
        return await obedient(runner, job, progress)

    async with world(tmp_path, FakeRunner(read=read)) as here:
        await here.submit(spawn("bad key", stage="read"), spawn("b", stage="read"))
        await here.until(lambda: here.batch().items.failed)
        await here.client.send(Cancel(target=batches(1), undo_s=60))
        await here.until(lambda: here.batch().state is BatchState.PAUSED)
        await here.client.send(word(target=batches(1)))
        assert (await here.view()).batches[0].undo_s is None
        here.runner.gate.set()
        assert (await here.ended()).state is BatchState.DONE


async def test_a_retry_leaves_what_was_paused_alone(tmp_path: Path) -> None:
    """A batch that was about to be cancelled goes on as it was: one job of it had been paused."""

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        if job.key == "bad key" and not job.retries:
            return Outcome(state=JobState.FAILED, reason="no")
        return await obedient(runner, job, progress)

    async with world(tmp_path, FakeRunner(read=read)) as here:
        await here.submit(*(spawn(f"{name} key", stage="read") for name in ("bad", "b", "c")))
        await here.until(lambda: here.batch().items.failed)
        await here.client.send(Pause(target=Target(jobs=(3,))))
        await here.client.send(Cancel(target=batches(1), undo_s=60))
        assert (await here.client.send(Retry(target=batches(1)))).affected == 1
        here.runner.gate.set()
        await here.until(lambda: here.batch().items.done >= 2)
        assert here.engine.scheduler.live[1].paused == {3}
        await here.client.send(Resume(target=batches(1)))
        assert (await here.ended()).state is BatchState.DONE


@pytest.mark.parametrize("how", ["taken back", "asked for"])
async def test_what_is_not_to_be_cancelled_has_no_clock(how: str) -> None:
    """Nothing happens when the time would have run out, and others go on as they were."""
    carried: list[Target] = []
    faults: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, fault: faults.append(fault))
    undo = undoing.Undo(carried.append)
    other = undoing.Pending(batches={1: undoing.Before(running=False, paused=frozenset())})
    soon = undoing.Pending(batches={2: undoing.Before(running=True, paused=frozenset())})
    undo.add(other, 60, loop.time())
    undo.add(soon, 0.001, loop.time())
    if how == "taken back":
        assert undo.pop() is soon
    else:
        assert [*undo.forget((2, 3))] == [2], "it ran before, so it is to go on"
    await asyncio.sleep(0.01)
    assert (carried, faults) == ([], [])
    assert undo.newest is other
    undo.add(undoing.Pending(jobs={5: False, 6: True}), 60, loop.time())
    assert undo.forget((1,), (6,)) == {}
    assert undo.jobs() == [5]
    assert undo.forget((), (5,)) == {}
    assert undo.newest is None


async def test_a_retry_of_nothing_takes_back_no_cancel(tmp_path: Path) -> None:
    """Where nothing had failed there is nothing to go on with: the time of the cancel runs on."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a")
        await here.client.send(Cancel(target=batches(1), undo_s=60))
        assert not (await here.client.send(Retry(target=batches(1)))).ok
        assert (await here.view()).batches[0].undo_s is not None


async def test_cancel_at_once(tmp_path: Path) -> None:
    """A cancel without time to take it back also ends one that had some."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a")
        await here.client.send(Cancel(target=ALL, undo_s=5))
        await here.client.send(Cancel(target=ALL))
        assert (await here.ended()).state is BatchState.CANCELLED
        assert not (await here.client.send(Undo())).ok


async def test_stopped_before_the_time_had_run_out(tmp_path: Path) -> None:
    """A host that stops meanwhile leaves the batch paused: nothing is lost."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a")
        await here.client.send(Cancel(target=ALL, undo_s=60))
        await here.engine.stop()
        undo = here.client._orders.undo
        assert undo.newest is not None
        undo._over(undo.newest)  # its time runs out
    async with world(tmp_path) as here:
        assert here.batch().state is BatchState.PAUSED


# -------------------------------------------------------------------- retry


async def failing(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
    """Fail until a person retries."""
    if job.retries:
        return went_well(job)
    return Outcome(state=JobState.FAILED, reason="no such thing")


@pytest.mark.parametrize("target", [batches(1), Target(jobs=(1, 2))])
async def test_retry(tmp_path: Path, target: Target) -> None:
    """What failed is queued again and counts anew, in a batch that had ended too."""
    async with world(tmp_path, FakeRunner(store=failing)) as here:
        await here.launch("a", "b")
        assert (await here.ended()).items == Items(total=2, failed=2)
        reply = await here.client.send(Retry(target=target))
        assert (reply.ok, reply.text, reply.affected) == (
            True,
            "2 jobs queued again; 2 items had failed",
            2,
        )
        assert (await here.ended()).items == Items(total=2, done=2)
        assert await here.written("SELECT count(*) FROM error") == [(0,)]
        again = await here.client.send(Retry(target=target))
        assert (again.ok, again.text) == (False, "nothing there that failed")


async def test_retry_of_jobs_of_several_batches(tmp_path: Path) -> None:
    """Each goes on in the batch that it is of, and counts once."""
    async with world(tmp_path, FakeRunner(store=failing)) as here:
        await here.ended(await here.launch("a", "b"))
        await here.ended(await here.launch("c"))
        reply = await here.client.send(Retry(target=Target(jobs=(1, 3))))
        assert reply.affected == 2
        assert (await here.ended(1)).items == Items(total=2, done=1, failed=1)
        assert (await here.ended(2)).items == Items(total=1, done=1)
        found = await here.written("SELECT id, batch_id FROM job ORDER BY id")
        assert found == [(1, 1), (2, 1), (3, 2)]


async def test_retry_leaves_others_as_they_are(tmp_path: Path) -> None:
    """A batch that somebody paused does not go on because another one is retried."""
    async with world(tmp_path, FakeRunner(store=failing)) as here:
        await here.ended(await here.launch("a"))
        here.engine.scheduler.queues["read"].held = True
        await here.launch("b")
        await here.client.send(Pause(target=batches(2)))
        assert (await here.client.send(Retry(target=batches(1)))).ok
        assert here.batch(2).state is BatchState.PAUSED


async def test_retry_in_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many jobs, queued again slice by slice, each is written and each failure is gone."""
    monkeypatch.setattr(retries, "SLICE", 2)
    async with world(tmp_path, FakeRunner(store=failing)) as here:
        await here.ended(await here.launch("a", "b", "c", "d", "e"))
        assert (await here.client.send(Retry(target=batches(1)))).affected == 5
        assert (await here.ended()).items == Items(total=5, done=5)
        assert await here.written("SELECT count(*) FROM error") == [(0,)]


async def test_retry_after_a_restart(tmp_path: Path) -> None:
    """What an earlier host left as failed can be retried by the next one."""
    async with world(tmp_path, FakeRunner(store=failing)) as here:
        await here.ended(await here.launch("a", "b"))
    async with world(tmp_path) as here:
        await here.client.send(Retry(target=batches(1)))
        assert (await here.ended()).items == Items(total=2, done=2)


async def test_retry_of_all_open(tmp_path: Path) -> None:
    """With no target every batch that has not ended is meant."""
    async with world(tmp_path, FakeRunner(store=failing)) as here:
        here.engine.scheduler.queues["scan"].held = True
        await here.submit(finder(), spawn("a", stage="read"))
        await here.ended(await here.launch("b"))
        await here.until(lambda: here.batch(1).items.failed == 1)
        assert (await here.client.send(Retry(target=ALL))).affected == 1
        await here.until(lambda: here.batch(1).items.done == 1)


async def test_two_retries_at_once(tmp_path: Path) -> None:
    """Two people who retry the same do not have it counted twice."""
    async with world(tmp_path, FakeRunner(store=failing)) as here:
        await here.ended(await here.launch("a", "b", "c"))
        replies = await asyncio.gather(
            *(here.client.send(Retry(target=batches(1))) for _ in range(4))
        )
        assert sorted(reply.affected for reply in replies) == [0, 0, 0, 3]
        assert (await here.ended()).items == Items(total=3, done=3)


async def test_retry_of_cancelled_by_name(tmp_path: Path) -> None:
    """A job that was cancelled by itself is retried only when it is named."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a", "b")
        await here.client.send(Cancel(target=Target(jobs=(2,))))
        here.runner.gate.set()
        assert (await here.ended()).items == Items(total=2, done=1, skipped=1)
        assert not (await here.client.send(Retry(target=batches(1)))).ok
        assert (await here.client.send(Retry(target=Target(jobs=(2,))))).ok
        assert (await here.ended()).items == Items(total=2, done=2)


async def test_retry_of_a_cancelled_batch(tmp_path: Path) -> None:
    """A batch that was cancelled as a whole goes on with all that was left of it."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a", "b")
        await here.client.send(Cancel(target=ALL))
        assert (await here.ended()).state is BatchState.CANCELLED
        here.runner.gate.set()
        assert (await here.client.send(Retry(target=batches(1)))).affected == 2
        assert (await here.ended()).items == Items(total=2, done=2)


async def test_a_cancelled_search_is_owed_after_a_restart(tmp_path: Path) -> None:
    """The next engine knows, too, that what a cancelled batch found is not all there is."""
    async with world(tmp_path, FakeRunner(find=obedient, read=failing)) as here:
        await here.submit(finder(), spawn("a", stage="read"))
        await here.until(lambda: here.batch().items.failed)
        await here.client.send(Cancel(target=ALL))
        await here.ended()
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        assert (await here.client.send(Retry(target=Target(jobs=(2,))))).affected == 1
        await here.until(lambda: here.runner.active)
    async with world(tmp_path) as here:
        assert (await here.ended()).state is BatchState.CANCELLED
        assert here.batch().items == Items(total=1, done=1)
        assert (await here.client.send(Retry(target=batches(1)))).affected == 1
        assert (await here.ended()).state is BatchState.DONE


# -------------------------------------------------------------------- lists


async def test_browse_is_fresh(tmp_path: Path) -> None:
    """Rows of live jobs are as they are now: of a paused batch they read paused."""
    runner = FakeRunner(read=obedient, group=deaf)
    async with world(tmp_path, runner) as here:
        await here.submit(spawn("g", stage="group"), *(spawn(f"k{n}", stage="read") for n in "abc"))
        await here.until(lambda: runner.active == 3)
        await here.engine.journal.written()
        page = await here.client.browse(Query(view=View.JOBS, batch_id=1))
        assert [(row.queue, row.state) for row in page.rows] == [
            ("group", JobState.RUNNING),
            ("read", JobState.RUNNING),
            ("read", JobState.RUNNING),
            ("read", JobState.QUEUED),
        ]
        assert page.rows[0].run_s is not None
        await here.client.send(Pause(target=ALL))
        await here.until(lambda: runner.active == 1)
        page = await here.client.browse(Query(view=View.JOBS))
        states = [row.state for row in page.rows]
        assert states == [JobState.PAUSING] + [JobState.PAUSED] * 3
        found = await here.client.browse(Query(view=View.JOBS, text="queue:group"))
        assert [row.id for row in found.rows] == [1]
        runner.gate.set()


async def test_browse_of_what_ended(tmp_path: Path) -> None:
    """Rows of ended jobs, causes and errors come from the journal."""
    async with world(tmp_path, FakeRunner(store=failing)) as here:
        await here.ended(await here.launch("a", "b"))
        await here.engine.journal.written()
        jobs = await here.client.browse(Query(view=View.JOBS, text="state:failed"))
        assert [(row.queue, row.error) for row in jobs.rows] == [("store", "no such thing")] * 2
        (cause,) = (await here.client.browse(Query(view=View.CAUSES))).rows
        assert (cause.count, cause.importer) == (2, "fake")
        errors = await here.client.browse(Query(view=View.ERRORS, batch_id=1, limit=1))
        assert (len(errors.rows), errors.total) == (1, 2)


async def test_browse_batches(tmp_path: Path) -> None:
    """The list of batches has those of earlier hosts, and live ones as they are now."""
    async with world(tmp_path) as here:
        await here.ended(await here.launch("a"))
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("b")
        await here.until(lambda: here.runner.active)
        await here.engine.journal.written()
        rows = (await here.client.browse(Query(view=View.BATCHES))).rows
        assert [(row.id, row.running) for row in rows] == [(2, 1), (1, 0)]


# -------------------------------------------------------------------- options


class Options(msgspec.Struct, frozen=True):
    one: Annotated[str, msgspec.Meta(title="path")] = ""
    many: tuple[str, ...] = ()
    paths: Annotated[tuple[str, ...], msgspec.Meta(title="path")] = ()
    limit: int | None = None
    force: bool = False


def options(**values: object) -> Options:
    importer = Importer(
        name="x", title="X", verb="x", options=Options, stages=FAKE.stages, plan=FAKE.plan,
        preview=FAKE.preview,
    )  # fmt: skip
    return convert(importer, values)


@pytest.mark.parametrize(
    ("values", "result"),
    [
        ({}, Options()),
        ({"limit": "", "force": None}, Options()),
        ({"limit": "12", "force": "true"}, Options(limit=12, force=True)),
        ({"one": "/a b"}, Options(one="/a b")),
        ({"many": "x", "paths": "/a b"}, Options(many=("x",), paths=("/a b",))),
        ({"many": ["x", "y"]}, Options(many=("x", "y"))),
    ],
)
def test_convert(values: dict[str, object], result: Options) -> None:
    """Values of a form become the importer's options; empty ones are the defaults."""
    assert options(**values) == result


@pytest.mark.parametrize("values", [{"limit": "x"}, {"force": "perhaps"}, {"many": [1]}])
def test_convert_refused(values: dict[str, object]) -> None:
    """A value that cannot be what it is said to be is refused by name."""
    with pytest.raises(UsageError, match=next(iter(values))):
        options(**values)


async def test_a_deed_of_many_steps_hears_that_the_engine_ends(tmp_path: Path) -> None:
    """It is wanted as long as the engine is there, whether or not anybody waits for it."""
    begun, heard = threading.Event(), threading.Event()

    def deed(_folder: Path, _words: dict[str, str]) -> str:
        assert wanted()
        begun.set()
        while wanted():
            time.sleep(0.001)
        heard.set()
        return "half of it"

    async with world(tmp_path, going=False) as here:
        here.engine.importer = lambda _: msgspec.structs.replace(FAKE, deeds={"forget": deed})
        done = asyncio.create_task(here.client.deed("fake", "forget", {}))
        await here.until(begun.is_set)
        here.client.close()
        await here.until(heard.is_set)
        assert (await done).text == "half of it"
