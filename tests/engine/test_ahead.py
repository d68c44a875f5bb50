"""Jobs that are reserved for a slot before it is free."""

import asyncio
from collections import deque

import pytest

from soniq_tui.engine.ahead import ROUND_TRIP_S, WINDOW_MOST, window
from soniq_tui.model.commands import Cancel, Hold, Pause, Resize, Resume, SetPriority, Target
from soniq_tui.model.job import BatchState, Job, JobState, Outcome
from soniq_tui.model.ports import Progress
from tests.engine.desks import ALL, Desk
from tests.engine.strategies import spawn
from tests.engine.worlds import FakeRunner, World, world

# -------------------------------------------------------------------- the scheduler


def reading(*names: str) -> tuple[Desk, list[Job]]:
    """Return a desk with jobs that wait for one slot, the first of them at work."""
    desk = Desk()
    desk.scheduler.resize("read", 1)
    desk.submit(*(spawn(name, stage="read") for name in names))
    first = desk.start()
    assert first is not None
    return desk, [first]


def reserve(desk: Desk, count: int) -> list[int]:
    queue = desk.scheduler.queues["read"]
    found = [desk.scheduler.reserve_next(queue, 0, desk.now_s) for _ in range(count)]
    return [job.id for job in found if job is not None]


def test_a_reserved_job_goes_on_waiting_until_its_slot_is_idle():
    """It stays QUEUED and counted, and starts in its slot as the next one."""
    desk, [first] = reading("a", "b", "c")
    queue = desk.scheduler.queues["read"]
    depth = queue.depth
    ahead = reserve(desk, 5)
    assert len(ahead) == queue.reserved == 2
    assert queue.depth == depth == 2
    assert desk.start() is None
    desk.finish(first)
    assert [desk.start().id for _ in range(1)] == ahead[:1]
    assert queue.busy == {0: ahead[0]}
    assert queue.reserved == 1


def test_what_is_given_back_has_its_old_place():
    """Older jobs come first again, whatever came meanwhile."""
    desk, [first] = reading("a", "b", "c")
    queue = desk.scheduler.queues["read"]
    ahead = reserve(desk, 2)
    desk.now_s += 1
    desk.submit(spawn("later", stage="read"))
    desk.scheduler.give_back(queue, 0, ahead)
    assert not queue.reserved
    desk.finish(first, JobState.SKIPPED)
    order = []
    while (job := desk.start()) is not None:
        order.append(job.id)
        desk.finish(job, JobState.SKIPPED)
    assert order[:2] == ahead
    assert len(order) == 3


def test_a_slot_with_reserved_jobs_goes_on_below_a_smaller_target():
    """What the child has already starts, whatever target and slots say; nothing else does."""
    desk, [first] = reading("a", "b", "c")
    [second] = reserve(desk, 1)
    desk.scheduler.queues["read"].target = 0
    desk.finish(first)
    started = desk.scheduler.start_reserved(desk.now_s)
    assert started is not None
    assert (started[0].id, started[1]) == (second, 0)
    desk.wrote(started[2])
    desk.finish(started[0], JobState.SKIPPED)
    assert desk.scheduler.start_reserved(desk.now_s) is None
    assert not [job for job in iter(desk.start, None) if job.stage == "read"]


def test_nothing_is_reserved_where_nothing_may_start():
    """Not for an idle slot, a held queue, one that uses fewer slots, or a paused batch."""
    desk, _ = reading("a", "b")
    queue = desk.scheduler.queues["read"]
    assert desk.scheduler.reserve_next(queue, 1, desk.now_s) is None
    desk.scheduler.hold("read", held=True)
    assert not reserve(desk, 1)
    desk.scheduler.hold("read", held=False)
    desk.scheduler.queues["read"].target = 0
    assert not reserve(desk, 1)
    desk.scheduler.queues["read"].target = 1
    desk.control("pause")
    assert not reserve(desk, 1)
    desk.control("resume")
    assert reserve(desk, 1)


@pytest.mark.parametrize("verb", ["pause", "cancel"])
@pytest.mark.parametrize("batch", [True, False])
def test_a_reservation_that_is_void_never_starts(verb, batch):
    """What was paused or cancelled since leaves the slot to others."""
    desk, [first] = reading("a", "b", "c")
    queue = desk.scheduler.queues["read"]
    ahead = reserve(desk, 1)
    desk.control(verb, Target(batches=(1,)) if batch else Target(jobs=tuple(ahead)))
    desk.finish(first, JobState.SKIPPED)
    assert desk.scheduler.start_reserved(desk.now_s) is None
    assert not queue.due
    other = desk.start()
    assert (other.id if other else 0) not in ahead
    desk.control("resume")
    assert bool(desk.start() or other) is not (batch and verb == "cancel")
    assert queue.depth == sum(
        job.state is JobState.QUEUED and job.stage == "read" for job in desk.book.jobs.values()
    )


def test_a_slot_that_is_taken_away_drains_what_was_reserved():
    """A slot beyond the new number ends what its child has, and is then gone."""
    desk = Desk()
    desk.scheduler.resize("read", 2)
    desk.submit(*(spawn(name, stage="read") for name in "abcd"))
    desk.start()
    second = desk.start()
    queue = desk.scheduler.queues["read"]
    reserved = desk.scheduler.reserve_next(queue, 1, desk.now_s)
    desk.scheduler.resize("read", 1)
    desk.finish(second, JobState.SKIPPED)
    assert desk.start().id == reserved.id
    assert queue.busy[1] == reserved.id
    desk.finish(desk.scheduler.live[1].jobs[reserved.id], JobState.SKIPPED)
    assert set(queue.busy) == {0}
    assert desk.start() is None


def test_the_window_depends_on_how_long_stages_take():
    """A few very short ones, none behind those that take longer than what is saved."""
    assert window(None) == window(0) == 1
    assert window(2 * ROUND_TRIP_S) == window(60) == 1
    assert window(1.5 * ROUND_TRIP_S) == 2
    assert window(ROUND_TRIP_S / 100) == WINDOW_MOST


# -------------------------------------------------------------------- the engine


class Hands(FakeRunner):
    """A runner with a child for each slot, which takes jobs from an inbox one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.inboxes: dict[int, deque[int]] = {}
        self.begun: list[int] = []
        self.answers: dict[int, asyncio.Future[None]] = {}
        self.flagged_with_others: list[int] = []
        self.calls = 0
        self.slots: dict[int, int] = {}

    def reserve(self, job: Job, slot: int) -> bool:
        inbox = self.inboxes.setdefault(slot, deque())
        if job.id not in inbox and job.id not in self.answers:
            inbox.append(job.id)
            self.work(slot)
        return True

    def warm(self) -> None:
        pass

    def recall(self, slot: int) -> list[int]:
        self.calls += 1
        back = list(self.inboxes.get(slot, ()))
        self.inboxes[slot] = deque()
        return back

    def work(self, slot: int) -> None:
        """Begin the next job, if none is being run there."""
        inbox = self.inboxes[slot]
        if inbox and not any(at == slot and not f.done() for f, at in self._at()):
            job_id = inbox.popleft()
            self.begun.append(job_id)
            future = asyncio.get_running_loop().create_future()
            self.answers[job_id], self.slots[job_id] = future, slot

    def _at(self) -> list[tuple[asyncio.Future[None], int]]:
        return [(future, self.slots[i]) for i, future in self.answers.items()]

    def end(self, job_id: int) -> None:
        """A child ends what it runs and goes on with what lies in its inbox."""
        self.answers[job_id].set_result(None)
        self.work(self.slots[job_id])

    def ask_to_stop(self, job: Job, *, cancel: bool) -> None:
        super().ask_to_stop(job, cancel=cancel)
        if any(self.inboxes.values()):
            self.flagged_with_others.append(job.id)
        if job.id in self.answers and not self.answers[job.id].done():
            self.answers[job.id].set_result(None)

    async def run(self, job: Job, slot: int, progress: Progress) -> Outcome:
        if job.id not in self.answers:
            self.reserve(job, slot)
        self.seen.append(job)
        await self.answers[job.id]
        del self.answers[job.id]
        asked = self.asked.pop(job.id, None)
        if asked is not None:
            return Outcome(state=JobState.CANCELLED if asked else JobState.PAUSED)
        return Outcome(state=JobState.SKIPPED)


async def at_work(there: World, jobs: int = 8) -> Hands:
    """Let the engine reserve, with one slot, behind a job that was handed over."""
    hands = there.runner
    assert isinstance(hands, Hands)
    there.engine.apply(there.engine.scheduler.resize("read", 1))
    there.engine.pace.queue("read").stage_ended(1e-5, there.engine.clock(), failed=False,
                                                stopped=False)  # fmt: skip
    await there.submit(*(spawn(f"j{i}", stage="read") for i in range(jobs)))
    there.go()
    await there.until(lambda: there.engine.scheduler.queues["read"].reserved == WINDOW_MOST - 1)
    return hands


async def test_the_engine_keeps_so_many_in_hand(tmp_path):
    """A slot with short jobs holds a full window, shown as reserved, and all still wait."""
    async with world(tmp_path, Hands(), going=False) as there:
        await at_work(there)
        view = next(q for q in (await there.view()).queues if q.name == "read")
        assert (view.active, view.depth, view.reserved) == (1, 7, WINDOW_MOST - 1)


async def test_a_child_that_is_ahead_is_caught_up_with(tmp_path):
    """Jobs whose answers are there before anybody asks end one after the other, each once."""
    async with world(tmp_path, Hands(), going=False) as there:
        hands = await at_work(there)
        for _ in range(3):
            hands.end(hands.begun[-1])
        await there.until(lambda: len(hands.begun) == 4 and 4 in there.engine.runs.by_id)
        assert [job.id for job in hands.seen] == [1, 2, 3, 4] == hands.begun
        assert [job.fence for job in hands.seen] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "command",
    [Pause(target=ALL), Cancel(target=ALL), SetPriority(target=ALL, priority=3),
     Hold(queue="read", held=True), Resize(queue="read", slots=2), Resume(target=ALL)],
)  # fmt: skip
async def test_before_a_command_everything_is_taken_back(tmp_path, command):
    """No command meets a reservation, and no flag goes to a child that holds other jobs."""
    async with world(tmp_path, Hands(), going=False) as there:
        hands = await at_work(there)
        await there.client.send(command)
        assert hands.calls
        if isinstance(command, Pause | Cancel):
            await there.until(lambda: not there.engine.runs.by_id)
            assert hands.begun == [1]
            assert hands.flagged_with_others == []
            assert not there.engine.scheduler.queues["read"].reserved


async def test_what_a_child_has_begun_is_running_before_a_command_looks(tmp_path):
    """A job that can no longer be taken back is stopped like any other that runs."""
    async with world(tmp_path, Hands(), going=False) as there:
        hands = await at_work(there)
        hands.end(1)  # the engine does not know yet that the second one has begun
        assert hands.begun == [1, 2]
        await there.client.send(Pause(target=ALL))
        await there.until(lambda: there.batch().state is BatchState.PAUSED)
        assert hands.begun == [1, 2]
        assert hands.seen[-1].id == 2
        rows = await there.written("select id, state from job where id <= 3 order by id")
        assert [state for _, state in rows[1:]] == ["paused", "queued"]


async def test_a_stop_takes_everything_back_first(tmp_path):
    """At the end what was only reserved is as if nobody had touched it."""
    async with world(tmp_path, Hands(), going=False) as there:
        hands = await at_work(there)
        await there.engine.stop()
        assert hands.begun == [1]
        assert hands.flagged_with_others == []
        rows = await there.written("select id, state, fence from job order by id")
        assert [row[1:] for row in rows[1:]] == [("queued", 0)] * 7


async def test_a_full_disk_takes_back_what_was_not_begun(tmp_path):
    """While nothing can be written nothing more is begun."""
    async with world(tmp_path, Hands(), going=False) as there:
        hands = await at_work(there)
        there.engine.journal_blocked("no room")
        assert not there.engine.scheduler.queues["read"].reserved
        hands.end(1)
        await there.until(lambda: not there.engine.runs.by_id)
        assert hands.begun == [1]
        there.engine.journal_blocked("")
        await there.until(lambda: 2 in there.engine.runs.by_id)


async def test_an_idle_slot_gets_what_another_one_holds(tmp_path):
    """Nothing waits behind a busy slot while another one has nothing to do."""
    async with world(tmp_path, Hands(), going=False) as there:
        hands = await at_work(there, jobs=4)
        there.engine.apply(there.engine.scheduler.resize("read", 2))
        await there.until(lambda: len(there.engine.runs.by_id) == 2)
        assert {run.slot for run in there.engine.runs.by_id.values()} == {0, 1}
        assert hands.begun == [1, 2]


async def test_long_stages_reserve_nothing(tmp_path):
    """Behind a job that takes minutes nobody waits."""
    async with world(tmp_path, Hands(), going=False) as there:
        there.engine.apply(there.engine.scheduler.resize("read", 1))
        pace = there.engine.pace.queue("read")
        pace.stage_ended(60.0, there.engine.clock(), failed=False, stopped=False)
        await there.submit(*(spawn(f"j{i}", stage="read") for i in range(4)))
        there.go()
        await there.until(lambda: there.engine.runs.by_id)
        await there.engine.journal.written()
        assert there.engine.scheduler.queues["read"].reserved == 0
