"""Any history of commands, outcomes and crashes keeps the books true and every batch ends."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.model.commands import Target
from soniq_tui.model.events import Event
from soniq_tui.model.job import (
    BATCH_ENDED,
    HOLDS_SLOT,
    TERMINAL,
    BatchState,
    Checkpoint,
    Items,
    Job,
    JobState,
    Outcome,
)
from soniq_tui.model.settings import QueueSettings
from tests.engine.strategies import (
    NOTHING_ENDED,
    SPAWNS,
    Book,
    ended_items,
    outcomes,
    payload_of,
    scheduler,
)

PICK = st.integers(0, 1000)
TIGHT = {
    "scan": QueueSettings(slots=1, priority=20),
    "read": QueueSettings(slots=3, priority=20),
    "group": QueueSettings(slots=1, priority=25, depth_limit=1),
    "store": QueueSettings(slots=1, priority=30, depth_limit=1),
}
"""Queues that are full at once."""


class Machine(RuleBasedStateMachine):
    """One scheduler, the journal it writes, and the jobs somebody runs for it."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0
        self.book = Book()
        self.scheduler: Scheduler = scheduler(TIGHT, max_attempts=3)
        self.running: list[tuple[Job, int]] = []
        self.late: list[Job] = []

    def wrote(self, events: list[Event]) -> None:
        self.book.apply(events)

    def target(self, pick: int, kind: str) -> Target:
        if kind == "all" or not self.book.batches:
            return Target()
        if kind == "batch":
            ids = sorted(self.book.batches)
            return Target(batches=(ids[pick % len(ids)], ids[pick // 7 % len(ids)]))
        ids = sorted(self.book.jobs) or [1]
        return Target(jobs=(ids[pick % len(ids)], ids[pick // 7 % len(ids)]))

    def _route(self, job: Job) -> str | None:
        return self.scheduler.route(job.importer, job.stage).following

    # ------------------------------------------------------------ rules

    @rule(spawns=SPAWNS, priority=st.sampled_from([0, 0, 5]))
    def submit(self, spawns: tuple, priority: int) -> None:
        batch_id, events = self.scheduler.submit(
            "fake", "label", b"", spawns, priority=priority, now_s=self.now_s, now_at_s=self.now_s
        )
        self.wrote(events)
        ended = self.book.batches[batch_id].state is BatchState.DONE
        assert ended is not bool(spawns)

    @rule(most=st.integers(1, 6))
    def start(self, most: int) -> None:
        for _ in range(most):
            self.start_next()

    def start_next(self) -> None:
        may_start = self.startable()
        started = self.scheduler.start_next(self.now_s)
        assert (started is not None) is bool(may_start)
        if started is None:
            return
        job, slot, events = started
        assert job.id in may_start, "back-pressure, a pause or its time forbids it"
        queue = self.scheduler.queue_of(job)
        assert slot < queue.slots
        assert len(queue.busy) <= queue.slots
        assert self.book.jobs[job.id].state is JobState.QUEUED
        payload = self.book.payload(job.id) if job.stored else job.payload
        assert payload == payload_of(job.stage), "it was given what another stage accepts"
        assert job.fence > self.book.jobs[job.id].fence
        self.wrote(events)
        self.running.append((job, slot))

    def startable(self) -> set[int]:
        """Reckon from first principles which jobs may start."""
        lives = self.scheduler.live.values()
        working = [live for live in lives if live.batch.state is BatchState.RUNNING]
        waiting = [
            job for live in working for job in live.jobs.values() if job.state is JobState.QUEUED
        ]
        depths = dict.fromkeys(TIGHT, 0)
        for job in waiting:
            depths[self.scheduler.queue_of(job).name] += 1
        found = set()
        for job in waiting:
            route = self.scheduler.route(job.importer, job.stage)
            limit = route.next_queue.settings.depth_limit if route.next_queue else 0
            full = bool(limit) and depths[route.next_queue.name] >= limit
            free = len(route.queue.busy) < route.queue.slots
            if free and not full and job.not_before_s <= self.now_s:
                found.add(job.id)
        return found

    @precondition(lambda self: self.running)
    @rule(
        pick=PICK,
        spawned=SPAWNS,
        ended=st.one_of(NOTHING_ENDED, ended_items()),
    )
    def checkpoint(self, pick: int, spawned: tuple, ended: tuple) -> None:
        job, _ = self.running[pick % len(self.running)]
        items, errors = ended
        part = Checkpoint(
            payload=payload_of(job.stage), spawned=spawned, items=items, errors=errors
        )
        self.wrote(self.scheduler.checkpoint(job, part, self.now_s))

    @precondition(lambda self: self.running)
    @rule(pick=PICK, data=st.data())
    def finish(self, pick: int, data: st.DataObject) -> None:
        job, _ = self.running.pop(pick % len(self.running))
        self._finish(job, data.draw(outcomes(self._route(job))))

    @precondition(lambda self: self.running)
    @rule(pick=PICK, spawned=SPAWNS)
    def finish_well(self, pick: int, spawned: tuple) -> None:
        job, _ = self.running.pop(pick % len(self.running))
        following = self._route(job)
        payload = payload_of(following) if following else b""
        self._finish(job, Outcome(state=JobState.DONE, payload=payload, spawned=spawned))

    def _finish(self, job: Job, outcome: Outcome) -> None:
        self.late.append(job)
        self.wrote(self.scheduler.finish(job, outcome, self.now_s, self.now_s))

    @precondition(lambda self: self.late)
    @rule(pick=PICK, data=st.data())
    def finish_late(self, pick: int, data: st.DataObject) -> None:
        """What comes of an old run changes nothing."""
        job = self.late[pick % len(self.late)]
        outcome = data.draw(outcomes(None))
        assert self.scheduler.finish(job, outcome, self.now_s, self.now_s) == []
        part = Checkpoint(payload=b"", spawned=outcome.spawned, items=outcome.items)
        assert self.scheduler.checkpoint(job, part, self.now_s) == []

    @rule(
        pick=PICK,
        verb=st.sampled_from(["pause", "resume", "resume", "cancel"]),
        kind=st.sampled_from(["all", "batch", "batch", "job"]),
    )
    def control(self, pick: int, verb: str, kind: str) -> None:
        target = self.target(pick, kind)
        if verb == "pause":
            self.wrote(self.scheduler.pause(target, self.now_s, self.now_s))
        elif verb == "resume":
            self.wrote(self.scheduler.resume(target, self.now_s))
        elif target != Target():
            self.wrote(self.scheduler.cancel(target, self.now_s, self.now_s))

    @precondition(lambda self: self.book.batches)
    @rule(pick=PICK, by_name=st.booleans())
    def retry(self, pick: int, by_name: bool) -> None:
        ids = sorted(self.book.batches)
        batch = self.book.batches[ids[pick % len(ids)]]
        states = TERMINAL if by_name else {JobState.FAILED, JobState.SET_ASIDE}
        jobs = [
            replace(job, payload=b"", stored=True)
            for job in self.book.of(batch.id)
            if by_name or job.state in states
        ]
        keys = self.book.keys(batch.id)
        count, events = self.scheduler.retry(batch, jobs, keys, self.now_s)
        assert bool(count) is bool(events)
        self.wrote(events)

    @rule(
        pick=PICK,
        what=st.sampled_from(["priority", "slots", "time", "evict"]),
        seconds=st.sampled_from([0.5, 2.0, 60.0]),
    )
    def other(self, pick: int, what: str, seconds: float) -> None:
        """Priorities, slots, time that passes, payloads that leave memory."""
        if what == "priority":
            target = self.target(pick, "batch")
            self.wrote(self.scheduler.set_priority(target, pick % 11 - 5))
        elif what == "slots":
            queue = sorted(TIGHT)[pick % len(TIGHT)]
            self.wrote(self.scheduler.resize(queue, pick // 7 % 4 + 1))
        elif what == "time":
            self.now_s += seconds
        else:
            self.evict(pick)

    def evict(self, pick: int) -> None:
        for live in self.scheduler.live.values():
            for job in list(live.jobs.values()):
                if job.state not in HOLDS_SLOT and (job.id + pick) % 2:
                    live.jobs[job.id] = replace(job, payload=b"", stored=True)

    @rule()
    def crash(self) -> None:
        """The host dies; another one begins with what is written."""
        self.late += [job for job, _ in self.running]
        self.running = []
        slots = {name: queue.slots for name, queue in self.scheduler.queues.items()}
        self.scheduler = scheduler(TIGHT, max_attempts=3)
        for name, count in slots.items():
            self.scheduler.resize(name, count)
        batches = list(self.book.batches.values())
        keys = [(b.id, key) for b in batches for key in self.book.keys(b.id)]
        self.scheduler.start_ids(len(batches) + 1, len(self.book.jobs) + 1)
        events = self.scheduler.restore(batches, self.book.restored(), keys, self.now_s, self.now_s)
        self.wrote(events)
        assert all(not queue.busy for queue in self.scheduler.queues.values())

    # ------------------------------------------------------------ invariants

    @invariant()
    def queues_are_counted(self) -> None:
        held: dict[str, set[int]] = {name: set() for name in TIGHT}
        queued = dict.fromkeys(TIGHT, 0)
        for live in self.scheduler.live.values():
            holding = {i for i, job in live.jobs.items() if job.state in HOLDS_SLOT}
            assert live.running == holding
            assert live.paused == {i for i, j in live.jobs.items() if j.state is JobState.PAUSED}
            assert live.finders == {i for i, j in live.jobs.items() if j.stage == "find"}
            for job in live.jobs.values():
                name = self.scheduler.queue_of(job).name
                if job.id in holding:
                    held[name].add(job.id)
                queued[name] += job.state is JobState.QUEUED
        for name, queue in self.scheduler.queues.items():
            assert queue.depth == queued[name]
            assert set(queue.busy.values()) == held[name]
            assert len(queue.busy) == len(held[name])
        assert {job.id for job, _ in self.running} == set().union(*held.values())

    @invariant()
    def the_journal_says_the_same(self) -> None:
        for batch_id, live in self.scheduler.live.items():
            assert self.book.batches[batch_id] == live.batch
            for job in live.jobs.values():
                written = self.book.jobs[job.id]
                assert (written.state, written.stage) == (job.state, job.stage)
                assert written.items == job.items
        live_ids = {i for live in self.scheduler.live.values() for i in live.jobs}
        for job in self.book.jobs.values():
            assert (job.id in live_ids) is (job.state not in TERMINAL), "a job is lost"

    @invariant()
    def items_add_up(self) -> None:
        for batch in self.book.batches.values():
            assert batch.items == self.book.items(batch.id)
            assert 0 <= batch.items.ended <= batch.items.total
            for job in self.book.of(batch.id):
                assert min(job.items.done, job.items.skipped, job.items.failed) >= 0
                assert job.items.ended <= job.items.total
                if job.state in {JobState.DONE, JobState.SKIPPED, JobState.FAILED}:
                    assert job.items.left == 0

    @invariant()
    def a_batch_ends_with_its_jobs(self) -> None:
        for live in self.scheduler.live.values():
            state = live.batch.state
            assert (state in BATCH_ENDED) is (not live.jobs)
            assert (state in BATCH_ENDED) is (live.batch.ended_at_s is not None)
            if state is BatchState.PAUSED:
                assert not live.running
            if state is BatchState.PAUSING:
                assert live.running
            if state is BatchState.CANCELLING:
                assert live.running == set(live.jobs)

    @invariant()
    def keys_are_unique(self) -> None:
        for batch_id in self.book.batches:
            keys = self.book.keys(batch_id)
            assert len(keys) == len(set(keys))

    def teardown(self) -> None:
        """Whatever happened: when everything is resumed and goes well, every batch ends."""
        self.wrote(self.scheduler.resume(Target(), self.now_s))
        for _ in range(10_000):
            while (started := self.scheduler.start_next(self.now_s)) is not None:
                self.wrote(started[2])
                self.running.append(started[:2])
            if not self.running and self.scheduler.next_due_s() is None:
                break
            if self.running:
                job, _ = self.running.pop()
                following = self._route(job)
                payload = payload_of(following) if following else b""
                self._finish(job, Outcome(state=JobState.DONE, payload=payload))
            self.now_s += 1.0
        self.queues_are_counted()
        self.items_add_up()
        self.the_journal_says_the_same()
        assert not self.scheduler.open, "a batch never ends"
        assert all(batch.state in BATCH_ENDED for batch in self.book.batches.values())
        for batch in self.book.batches.values():
            if batch.state is not BatchState.CANCELLED:
                given_up = [j for j in self.book.of(batch.id) if j.state is JobState.CANCELLED]
                left = sum((j.items.left for j in given_up), 0)
                assert batch.items.left == left
        assert Items() == Items(0, 0, 0, 0)


COMMON = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestHistories = Machine.TestCase
TestHistories.settings = settings(COMMON, max_examples=250, stateful_step_count=60)


class LongMachine(Machine):
    """The same with more and longer histories, and new ones each time."""


@pytest.mark.slow
@pytest.mark.timeout(900)
class TestLongHistories(LongMachine.TestCase):
    """Minutes of histories."""

    settings = settings(COMMON, max_examples=1500, stateful_step_count=100, derandomize=False)
