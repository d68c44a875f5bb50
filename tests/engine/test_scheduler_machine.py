"""Any history of commands, outcomes and crashes keeps the books true and every batch ends."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from msgspec.structs import replace

from soniq_tui.engine.queue import JobQueue
from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.model.commands import Target
from soniq_tui.model.events import Event
from soniq_tui.model.job import (
    BATCH_ENDED,
    HOLDS_SLOT,
    TERMINAL,
    BatchState,
    Begun,
    Checkpoint,
    Expected,
    Items,
    Job,
    JobState,
    Outcome,
)
from soniq_tui.model.settings import QueueSettings, Scaling
from tests.engine.strategies import (
    NOTHING_ENDED,
    SPAWNS,
    Book,
    ended_items,
    is_plain,
    outcomes,
    payload_of,
    scheduler,
    spawn,
)

PICK = st.integers(0, 1000)
TIGHT = {
    "scan": QueueSettings(slots=1, priority=20),
    "read": QueueSettings(slots=3, priority=20, lane_limit=1, lane_delay_s=1.0),
    "group": QueueSettings(slots=1, priority=25, depth_limit=1, scaling=Scaling.CPU),
    "store": QueueSettings(slots=1, priority=30, depth_limit=1),
}
"""Queues that are full at once, one of them with lanes, one of them scaled."""
HOT_MOST = 2
DEATHS_MOST = 2


def fresh() -> Scheduler:
    """Return a scheduler that keeps hardly anything in memory."""
    made = scheduler(TIGHT, max_attempts=3, host_deaths_most=DEATHS_MOST)
    made.hot_most = HOT_MOST
    return made


class Machine(RuleBasedStateMachine):
    """One scheduler, the journal it writes, and the jobs somebody runs for it."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0
        self.book = Book()
        self.scheduler = fresh()
        self.running: list[tuple[Job, int]] = []
        self.late: list[Job] = []
        self.read: list[list[Job]] = []
        """Rows that were read from the journal and are on their way."""
        self.lanes_s: dict[str, float] = {}
        """When a job of each lane was last started."""
        self.reserved: dict[str, dict[int, list[int]]] = {}
        """By queue and slot, the ids of the jobs that were reserved."""
        self.turns: dict[int, int] = {}
        """Of the jobs that were reserved, when they were."""
        self.newest: Job | None = None
        """As it was written before, the job whose start is the last that was written."""

    def wrote(self, events: list[Event]) -> None:
        self.newest = None
        self.book.apply(events)

    def target(self, pick: int, kind: str) -> Target:
        if kind == "all" or not self.book.batches:
            return Target()
        if kind == "batch":
            ids = sorted(self.book.batches)
            return Target(batches=(ids[pick % len(ids)], ids[pick // 7 % len(ids)]))
        ids = sorted(self.book.jobs) or [1]
        named = (ids[pick % len(ids)], ids[pick // 7 % len(ids)])
        # As the client does: what is cold is brought before it is named.
        self.scheduler.thaw(self.book.rows(set(self.scheduler.cold_among(named))), self.now_s)
        return Target(jobs=named)

    def _route(self, job: Job) -> str | None:
        return self.scheduler.route(job.importer, job.stage).following

    # ------------------------------------------------------------ rules

    @initialize(more=SPAWNS, lane=st.sampled_from(["", "a.example"]))
    def begin(self, more: tuple, lane: str) -> None:
        """Whatever follows finds something to work on."""
        found = tuple(spawn(f"first{n}", stage="read", lane=lane) for n in range(6))
        self.submit((*found, *more), 0)

    @precondition(lambda self: sum(not live.empty for live in self.scheduler.live.values()) < 4)
    @rule(spawns=SPAWNS, priority=st.sampled_from([0, 0, 5]))
    def submit(self, spawns: tuple, priority: int) -> None:
        batch_id, events = self.scheduler.submit(
            "fake", "label", b"", spawns, priority=priority, now_s=self.now_s, now_at_s=self.now_s
        )
        self.wrote(events)
        ended = self.book.batches[batch_id].state is BatchState.DONE
        assert ended is not bool(spawns)

    @precondition(lambda self: any(queue.depth for queue in self.scheduler.queues.values()))
    @rule(most=st.sampled_from([1, 3, 6, 6]), asks=st.booleans())
    def start(self, most: int, asks: bool) -> None:
        for _ in range(most):
            if not self.start_next():
                break
        if asks:
            self.ask()
        self.only_those_wait_aside_that_must()

    def only_those_wait_aside_that_must(self) -> None:
        """Of those that wait for nothing but a slot none is told to wait for more."""
        for name, queue in self.scheduler.queues.items():
            aside = {i for of_batch in queue._aside.values() for i in of_batch}
            assert queue.delayed == len(aside)
            in_memory = [j for live in self.scheduler.live.values() for j in live.jobs.values()]
            waiting = [job for job in in_memory if job.state is JobState.QUEUED]
            jobs = [job for job in waiting if self.scheduler.queue_of(job) is queue]
            early = {job.id for job in jobs if job.not_before_s > self.now_s}
            assert early <= aside
            assert aside - early <= {job.id for job in jobs if job.lane and name == "read"}

    def start_next(self) -> bool:
        may_start = self.startable()
        started = self.scheduler.start_next(self.now_s)
        assert (started is not None) is bool(may_start)
        if started is None:
            return False
        assert started[0].id in may_start, "back-pressure, a pause or its time forbids it"
        self.started(*started)
        return True

    def started(self, job: Job, slot: int, events: list[Event]) -> None:
        queue = self.scheduler.queue_of(job)
        reserved = self.reserved.get(queue.name, {}).get(slot, [])
        while reserved and reserved[0] != job.id and not self.goes_on(reserved[0]):
            reserved.pop(0)
        assert (slot < queue.slots and len(queue.busy) <= queue.slots) or reserved
        if reserved:
            assert job.id == reserved.pop(0), "it takes the slot that was kept for another one"
        assert self.book.jobs[job.id].state is JobState.QUEUED
        payload = self.book.payload(job.id) if job.stored else job.payload
        assert payload == payload_of(job.stage), "it was given what another stage accepts"
        assert job.fence > self.book.jobs[job.id].fence
        before = self.book.jobs[job.id]
        self.wrote(events)
        self.newest = before
        self.running.append((job, slot))
        if job.lane and job.stage == "read":
            assert self.now_s >= self.lanes_s.get(job.lane, 0.0) + queue.settings.lane_delay_s
            self.lanes_s[job.lane] = self.now_s

    def startable(self) -> set[int]:
        """Reckon from first principles which jobs may start."""
        self.forget_void()
        kept = {
            name: {slot for slot, ids in slots.items() if ids}
            for name, slots in self.reserved.items()
        }
        busy = {name: set(queue.busy) for name, queue in self.scheduler.queues.items()}
        due = {
            first
            for name, slots in kept.items()
            for slot in slots - busy[name]
            if (first := next(filter(self.goes_on, self.reserved[name][slot]), 0))
        }
        if due:
            return due
        reserved = {i for slots in self.reserved.values() for ids in slots.values() for i in ids}
        return self.waiting_for_nothing() - reserved

    def waiting_for_nothing(self, *, ahead: bool = False) -> set[int]:
        """Reckon which jobs may start in an idle slot, or ``ahead`` in one that soon is."""
        lives = self.scheduler.live.values()
        working = [live for live in lives if live.batch.state is BatchState.RUNNING]
        waiting = [
            job for live in working for job in live.jobs.values() if job.state is JobState.QUEUED
        ]
        depths = dict.fromkeys(TIGHT, 0)
        for live in working:
            for job in self.book.of(live.batch.id):
                depths[self.scheduler.queue_of(job).name] += job.state is JobState.QUEUED
        on_trial = any(
            job.deaths and job.state in HOLDS_SLOT for live in lives for job in live.jobs.values()
        )
        found = set()
        for job in waiting:
            if job.deaths >= DEATHS_MOST - 1 and (on_trial or ahead):
                continue
            route = self.scheduler.route(job.importer, job.stage)
            limit = route.next_queue.settings.depth_limit if route.next_queue else 0
            full = bool(limit) and depths[route.next_queue.name] >= limit
            free = len(route.queue.busy) < min(route.queue.slots, route.queue.target) + ahead
            free = free and not route.queue.held and self.lane_is_open(job)
            if free and not full and job.not_before_s <= self.now_s:
                found.add(job.id)
        return found

    def lane_is_open(self, job: Job) -> bool:
        if not job.lane or job.stage != "read":
            return True
        how = TIGHT["read"]
        running = sum(j.lane == job.lane and j.stage == "read" for j, _ in self.running)
        due_s = self.lanes_s.get(job.lane, 0.0) + how.lane_delay_s
        return running < how.lane_limit and self.now_s >= due_s

    # ------------------------------------------------------------ ahead of time

    def forget_void(self) -> None:
        """What was moved since it was reserved, by whatever the engine would have settled for."""
        for name, slots in self.reserved.items():
            for slot, ids in slots.items():
                there = self.scheduler.queues[name].ahead.get(slot, ())
                held = {each.entry.job_id for each in there}
                slots[slot] = [
                    i
                    for i in ids
                    if self.turns[i] == self.turn(i) and (i in held or self.goes_on(i))
                ]

    def goes_on(self, job_id: int) -> bool:
        """Whether the batch of a job is not paused; one that is gets back what it had reserved."""
        batch = self.book.batches[self.book.jobs[job_id].batch_id]
        return batch.state is BatchState.RUNNING

    def suspected(self, queue: JobQueue) -> bool:
        """Whether one waits whose start is not to be ahead of time, whoever is behind it."""
        waiting = [job for live in self.scheduler.live.values() for job in live.jobs.values()]
        waiting = [job for job in waiting if job.deaths and job.state is JobState.QUEUED]
        return any(self.scheduler.queue_of(job) is queue for job in waiting)

    def turn(self, job_id: int) -> int:
        found = self.scheduler.find(job_id)
        waits = found is not None and found[1].state is JobState.QUEUED
        return found[1].turn if found and waits else -1

    @precondition(lambda self: any(q.busy for q in self.scheduler.queues.values() if q.depth))
    @rule(pick=PICK, most=st.integers(1, 3))
    def reserve(self, pick: int, most: int) -> None:
        """A busy slot is given more; the jobs go on waiting as far as anybody can see."""
        queues = [q for q in self.scheduler.queues.values() if q.busy and q.depth]
        queue = queues[pick % len(queues)]
        slot = sorted(queue.busy)[pick // 7 % len(queue.busy)]
        self.forget_void()
        for _ in range(most):
            depth, may = queue.depth, self.waiting_for_nothing(ahead=True)
            taken = {i for ids in self.reserved.get(queue.name, {}).values() for i in ids}
            may = {i for i in may - taken if self.scheduler.queue_of(self.book.jobs[i]) is queue}
            job = self.scheduler.reserve_next(queue, slot, self.now_s)
            if job is None:
                assert not may or queue.lanes.used or self.suspected(queue)
                return
            assert not queue.lanes.used
            assert job.id in may
            assert job.state is JobState.QUEUED
            assert queue.depth == depth
            self.reserved.setdefault(queue.name, {}).setdefault(slot, []).append(job.id)
            self.turns[job.id] = job.turn

    @precondition(lambda self: any(q.ahead for q in self.scheduler.queues.values()))
    @rule(begun=st.integers(0, 2))
    def recall(self, begun: int) -> None:
        """All that no child has begun comes back, to its old place."""
        self.forget_void()
        for name, slots in self.reserved.items():
            queue = self.scheduler.queues[name]
            for slot, ids in list(slots.items()):
                back = set(ids[begun:])
                ranks = {each.entry for each in queue.ahead.get(slot, ())
                         if each.entry.job_id in back}  # fmt: skip
                self.scheduler.give_back(queue, slot, back)
                waiting = {entry for heap in queue._ready.values() for entry in heap}
                assert ranks <= waiting
                slots[slot] = ids[:begun]

    @invariant()
    def what_is_reserved_is_known(self) -> None:
        """Exactly those are reserved that the slots were given, and each slot has one place."""
        self.forget_void()
        for name, queue in self.scheduler.queues.items():
            for slot, ahead in queue.ahead.items():
                entries = [each.entry for each in ahead]
                valid = [e.job_id for e in entries if e.turn == self.turn(e.job_id)]
                assert valid == self.reserved.get(name, {}).get(slot, [])
            assert queue.due <= queue.ahead.keys()
            places = [*queue._free, *queue.busy, *queue.due]
            assert len(places) == len(set(places))
            assert {*range(queue.slots)} <= set(places)

    def ask(self) -> None:
        """The engine asks which rows are wanted, and reads them."""
        for ids in self.scheduler.thirsty():
            assert 0 < len(ids) <= max(1, HOT_MOST // 2)
            rows = self.book.rows(ids)
            assert {self.book.batches[row.batch_id].state for row in rows} == {BatchState.RUNNING}
            self.read.append(rows)

    @precondition(lambda self: self.read)
    @rule()
    def bring(self) -> None:
        """Rows arrive, in the order in which they were asked for."""
        self.scheduler.thaw(self.read.pop(0), self.now_s)

    @precondition(lambda self: self.running)
    @rule(
        pick=PICK,
        spawned=SPAWNS,
        ended=st.one_of(NOTHING_ENDED, ended_items()),
        expected=st.one_of(st.none(), st.builds(Expected, st.integers(-1, 9))),
    )
    def checkpoint(
        self, pick: int, spawned: tuple, ended: tuple, expected: Expected | None
    ) -> None:
        job, _ = self.running[pick % len(self.running)]
        items, errors = ended
        part = Checkpoint(
            payload=payload_of(job.stage),
            spawned=spawned,
            items=items,
            errors=errors,
            expected=expected,
        )
        self.wrote(self.scheduler.checkpoint(job, part, self.now_s))

    @precondition(lambda self: self.running)
    @rule(pick=PICK, data=st.data())
    def finish(self, pick: int, data: st.DataObject) -> None:
        job, _ = self.running.pop(pick % len(self.running))
        self._finish(job, data.draw(outcomes(self._route(job))))

    @precondition(lambda self: self.running)
    @rule(pick=PICK, spawned=SPAWNS, goes_on=st.booleans())
    def finish_well(self, pick: int, spawned: tuple, goes_on: bool) -> None:
        job, slot = self.running.pop(pick % len(self.running))
        following = self._route(job)
        payload = payload_of(following) if following else b""
        self._finish(job, Outcome(state=JobState.DONE, payload=payload, spawned=spawned))
        queue = self.scheduler.queue_of(job)
        self.forget_void()
        if goes_on:
            expected = any(map(self.goes_on, self.reserved.get(queue.name, {}).get(slot, ())))
            started = self.scheduler.go_on(queue, slot, self.now_s)
            assert (started is not None) is expected
            if started is not None:
                self.started(*started)

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

    @precondition(lambda self: self.scheduler.open)
    @rule(
        pick=PICK,
        verb=st.sampled_from(["pause", "resume", "resume", "cancel"]),
        kind=st.sampled_from(["all", "batch", "batch", "job"]),
        hard=st.booleans(),
    )
    def control(self, pick: int, verb: str, kind: str, hard: bool) -> None:
        target = self.target(pick, kind)
        if verb == "pause":
            self.wrote(self.scheduler.pause(target, self.now_s, self.now_s, hard=hard))
            if hard:
                for _, job in self.scheduler._targeted_jobs(target):
                    assert job.frozen is (job.state is JobState.PAUSING)
                for live in self.scheduler.open_of(target):
                    stopping = live.batch.state is BatchState.PAUSING
                    jobs = [live.jobs[i] for i in live.running]
                    pausing = [job for job in jobs if job.state is JobState.PAUSING]
                    assert not stopping or all(job.frozen for job in pausing)
        elif verb == "resume":
            self.wrote(self.scheduler.resume(target, self.now_s))
        elif target != Target():
            self.wrote(self.scheduler.cancel(target, self.now_s, self.now_s))

    @precondition(lambda self: any(job.state in TERMINAL for job in self.book.jobs.values()))
    @rule(pick=PICK, by_name=st.booleans())
    def retry(self, pick: int, by_name: bool) -> None:
        ids = sorted(self.book.batches)
        batch = self.book.batches[ids[pick % len(ids)]]
        while self.read:  # the journal is read in order: what was asked for before comes before
            self.bring()
        states = TERMINAL if by_name else {JobState.FAILED, JobState.SET_ASIDE}
        jobs = [
            replace(job, payload=b"", stored=True)
            for job in self.book.of(batch.id)
            if by_name or job.state in states
        ]
        keys = self.book.keys(batch.id)
        owed = self.book.owed(batch.id)
        count, events = self.scheduler.retry(batch, jobs, keys, self.now_s, owed)
        assert bool(count) is bool(events)
        self.wrote(events)

    @rule(
        pick=PICK,
        what=st.sampled_from(["priority", "shift", "slots", "time", "time", "evict"]),
        seconds=st.sampled_from([0.5, 2.0, 60.0]),
    )
    def other(self, pick: int, what: str, seconds: float) -> None:
        """Priorities, slots, time that passes, payloads that leave memory."""
        if what == "priority":
            target = self.target(pick, "batch")
            self.wrote(self.scheduler.set_priority(target, pick % 11 - 5))
        elif what == "shift":
            target = self.target(pick, "job" if pick % 3 else "batch")
            self.wrote(self.scheduler.shift_priority(target, pick % 5 - 2, self.now_s))
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

    @precondition(lambda self: self.scheduler.open)
    @rule(
        queue=st.sampled_from(["read", "group", "store"]),
        what=st.sampled_from(["hold", "release", "release", "target", "target", "on", "off"]),
        slots=st.integers(0, 3),
    )
    def steer(self, queue: str, what: str, slots: int) -> None:
        """Queues are held, let go, scaled."""
        there = self.scheduler.queues[queue]
        before = there.target, there.reason
        if what == "target":
            events = self.scheduler.set_target(queue, slots, "backlog")
            assert bool(events) is ((there.target, there.reason) != before)
        elif what in {"on", "off"}:
            self.scheduler.autoscale(queue, what == "on")
        else:
            self.scheduler.hold(queue, what == "hold")
            assert there.held is (what == "hold")
        assert 0 <= there.target <= there.slots
        assert there.autoscaled or (there.target, there.reason) == (there.slots, "")

    @precondition(lambda self: self.running)
    @rule(
        board=st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0, 1, 3])), max_size=6),
        unwritten=st.booleans(),
        in_rows=st.booleans(),
    )
    def crash(self, board: list[tuple[int, int]], unwritten: bool, in_rows: bool) -> None:
        """The host dies; another one begins with what is written and what the board tells."""
        begun = {
            job.id: Begun(job_id=job.id, fence=job.fence, position=position, total=total)
            for (job, _), (position, total) in zip(self.running, board, strict=False)
        }
        if unwritten and self.newest is not None:
            self.book.jobs[self.newest.id] = self.newest
            if self.newest.id not in begun:
                # Nobody remembers this start, so its fence is given again; what it did died
                # with its host.
                self.running.pop()
        # An old board tells of jobs that have moved on since.
        begun |= {
            job.id: Begun(job_id=job.id, fence=job.fence, position=0, total=3)
            for job in self.late
            if job.id not in begun and self.moved_on(job)
        }
        self.late += [job for job, _ in self.running]
        self.running, self.read, self.lanes_s = [], [], {}
        self.reserved = {}
        before = dict(self.book.jobs)
        self.restart(begun, in_rows)
        assert all(not queue.busy for queue in self.scheduler.queues.values())
        for job_id, job in before.items():
            self.blamed_rightly(job, self.book.jobs[job_id], begun.get(job_id))

    def moved_on(self, job: Job) -> bool:
        written = self.book.jobs[job.id]
        stopped = written.state not in HOLDS_SLOT and written.fence == job.fence
        return stopped or written.fence > job.fence

    def restart(self, begun: dict[int, Begun], in_rows: bool) -> None:
        """Take over, as the engine does: cold jobs as rows, or as numbers."""
        slots = {name: queue.slots for name, queue in self.scheduler.queues.items()}
        self.scheduler = fresh()
        for name, count in slots.items():
            self.scheduler.resize(name, count)
        batches = list(self.book.batches.values())
        keys = [(b.id, key) for b in batches for key in self.book.keys(b.id)]
        self.scheduler.start_ids(len(batches) + 1, len(self.book.jobs) + 1)
        cold = {} if in_rows else self.book.cold()
        numbers = {i for ids in cold.values() for i in ids} - begun.keys()
        rows = [job for job in self.book.restored() if job.id not in numbers]
        owed = [job for batch in batches for job in self.book.owed(batch.id)]
        self.scheduler.restore_batches(batches, keys, owed)
        events = self.scheduler.restore_jobs(rows, self.now_s, begun)
        for (batch_id, stage), ids in cold.items():
            self.scheduler.restore_cold(batch_id, stage, [i for i in ids if i in numbers])
        self.wrote(events + self.scheduler.restored(self.now_s, self.now_s))

    def blamed_rightly(self, before: Job, after: Job, begun: Begun | None) -> None:
        """Only what the board names as begun is charged with a death of the host."""
        starts = begun is not None and (
            (before.state in HOLDS_SLOT and begun.fence == before.fence)
            or (before.state is JobState.QUEUED and begun.fence == before.fence + 1)
        )
        if not starts:
            assert (after.attempt, after.deaths) == (before.attempt, before.deaths)
            assert after.suspects == before.suspects
            assert after.state is not JobState.SET_ASIDE or before.state is JobState.SET_ASIDE
            return
        assert after.fence == begun.fence
        assert after.state is not JobState.FAILED
        deaths = before.deaths + 1 if before.died_at == begun.position else 1
        if deaths < DEATHS_MOST or before.state is JobState.CANCELLING:
            assert (after.attempt, after.deaths) == (before.attempt + 1, deaths)
            assert after.state is not JobState.SET_ASIDE
        elif begun.total > 1 and begun.position not in before.suspects:
            assert after.suspects == (*before.suspects, begun.position)
            assert (after.deaths, after.died_at) == (0, -1)
        else:
            assert after.state is JobState.SET_ASIDE
            assert after.items.left == 0
            assert f"{deaths} deaths" in self.book.errors[after.id][-1].reason

    def cold(self) -> int:
        return sum(len(live.cold) for live in self.scheduler.live.values())

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
            assert live.since_s.keys() == {
                i for i, j in live.jobs.items() if j.state is JobState.QUEUED
            }
            for job in live.jobs.values():
                name = self.scheduler.queue_of(job).name
                if job.id in holding:
                    held[name].add(job.id)
                assert not job.frozen or job.state is JobState.PAUSING
            for queue in self.scheduler.queues.values():
                jobs = [live.jobs[i] for i in live.since_s]
                hot = sum(self.scheduler.queue_of(job) is queue for job in jobs)
                assert queue.hot(live.batch.id) == hot
        for job in self.book.jobs.values():
            queued[self.scheduler.queue_of(job).name] += job.state is JobState.QUEUED
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
        for job in self.book.jobs.values():
            is_live = self.scheduler.is_live(job.id)
            assert is_live is (job.state not in TERMINAL), "a job is lost"

    @invariant()
    def only_plain_jobs_are_cold(self) -> None:
        for live in self.scheduler.live.values():
            left = [job for job in self.book.of(live.batch.id) if job.state not in TERMINAL]
            cold = [job for job in left if job.id not in live.jobs]
            assert len(live.cold) == len(cold)
            assert live.waiting == len(left) - len(live.running)
            assert live.growing is any(job.stage == "find" for job in left)
            assert live.expected.keys() <= live.finders
            for job in cold:
                assert is_plain(job)
                assert job.id in live.cold.part(job.stage)

    @invariant()
    def lanes_are_kept(self) -> None:
        most = TIGHT["read"].lane_limit
        for lane in ("a.example", "b.example"):
            assert sum(j.lane == lane and j.stage == "read" for j, _ in self.running) <= most

    @invariant()
    def items_add_up(self) -> None:
        for batch in self.book.batches.values():
            assert batch.items == self.book.items(batch.id)
            assert 0 <= batch.items.ended <= batch.items.total
            for job in self.book.of(batch.id):
                assert min(job.items.done, job.items.skipped, job.items.failed) >= 0
                assert job.items.ended <= job.items.total
                if job.state in TERMINAL - {JobState.CANCELLED}:
                    assert job.items.left == 0

    @invariant()
    def a_batch_ends_with_its_jobs(self) -> None:
        for live in self.scheduler.live.values():
            state = live.batch.state
            assert (state in BATCH_ENDED) is live.empty
            assert (state in BATCH_ENDED) is (live.batch.ended_at_s is not None)
            assert state is not BatchState.FAILED or live.batch.error
            if state is BatchState.DONE:
                assert live.batch.items.left == 0
                assert not any(
                    job.error or job.state is JobState.CANCELLED
                    for job in self.book.owed(live.batch.id)
                )
            if state is BatchState.PAUSED:
                assert not live.running
            if state is BatchState.PAUSING:
                assert live.running
            if state is BatchState.CANCELLING:
                assert live.running == set(live.jobs)
                assert not live.cold

    @invariant()
    def keys_are_unique(self) -> None:
        for batch_id in self.book.batches:
            keys = self.book.keys(batch_id)
            assert len(keys) == len(set(keys))

    def teardown(self) -> None:
        """Whatever happened: when everything is resumed and goes well, every batch ends."""
        for name, queue in self.scheduler.queues.items():
            self.scheduler.hold(name, held=False)
            self.scheduler.set_target(name, queue.slots, "")
        self.wrote(self.scheduler.resume(Target(), self.now_s))
        for _ in range(10_000):
            self.ask()
            while self.read:
                self.bring()
            while (started := self.scheduler.start_next(self.now_s)) is not None:
                self.wrote(started[2])
                self.running.append(started[:2])
            due_s = self.scheduler.next_due_s()
            if not self.running and due_s is None and not self.cold():
                break
            if not self.running and due_s is not None:
                self.now_s = max(self.now_s, due_s - 1.0)
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
TestHistories = pytest.mark.timeout(300)(Machine.TestCase)
TestHistories.settings = settings(COMMON, max_examples=60, stateful_step_count=60)


class LongMachine(Machine):
    """The same with more and longer histories, and new ones each time."""


@pytest.mark.slow
@pytest.mark.timeout(900)
class TestLongHistories(LongMachine.TestCase):
    """Minutes of histories."""

    settings = settings(COMMON, max_examples=1500, stateful_step_count=100, derandomize=False)
