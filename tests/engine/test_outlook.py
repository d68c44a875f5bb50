"""What is likely to be found still: kept by batch, as jobs say it, and by nobody else."""

import msgspec
import pytest
from msgspec.structs import replace

from soniq_tui.engine.live import Live
from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.model.job import Checkpoint, Expected, Items, Job, JobState
from tests.engine.desks import Desk
from tests.engine.strategies import QUEUES, Options, finder, payload_of, spawn
from tests.engine.test_closing import LATE


def world(*expected: int | None) -> tuple[Desk, Live]:
    """Return a batch of folders, of some of which it is known how much is in them."""
    desk = Desk()
    roots = [replace(finder(f"root{n}"), expected=count) for n, count in enumerate(expected)]
    return desk, desk.scheduler.live[desk.submit(*roots)]


def part(desk: Desk, job: Job, *spawned: str, **fields: object) -> None:
    """Let a job hand over two items for each name, and what it says besides."""
    jobs = tuple(spawn(name, stage="read", items=2) for name in spawned)
    made = Checkpoint(payload=payload_of(job.stage), spawned=jobs, **fields)
    desk.wrote(desk.scheduler.checkpoint(job, made, desk.now_s))


def test_nobody_says_anything() -> None:
    """Without a word nothing is expected, before, while and after something is found."""
    desk, live = world(None)
    assert live.outlook is None
    job = desk.start()
    part(desk, job, "a")
    assert live.outlook is None
    desk.finish(job)
    assert live.outlook is None
    assert not live.growing


def test_what_is_handed_over_is_taken_off() -> None:
    """What is likely to be there in all stays the same until it is told anew."""
    desk, live = world(None)
    job = desk.start()
    part(desk, job, "a", expected=Expected(10, 6))
    assert live.outlook == Expected(10, 6)
    part(desk, job, "b", "c", items=Items(total=1, skipped=1))
    assert live.outlook == Expected(5, 5), "no more can have ended than there are"
    part(desk, job)
    assert live.outlook == Expected(5, 5)
    part(desk, job, *"defg")
    assert live.outlook == Expected(0), "there was more than was expected"
    part(desk, job, "h", expected=Expected(7))
    assert live.outlook == Expected(7)
    part(desk, job, expected=Expected(-1))
    assert live.outlook is None
    part(desk, job, "i")
    assert live.outlook is None


def test_several_add_up() -> None:
    """Folders that wait count with what was said of them; each goes when it is done."""
    desk, live = world(100, 20, 3)
    assert live.outlook == Expected(123)
    first = desk.start()
    part(desk, first, "a", expected=Expected(90, 5))
    assert live.outlook == Expected(113, 5)
    desk.finish(first)
    assert live.outlook == Expected(23)
    desk.done()
    assert live.outlook is None
    assert live.expected == {}


def test_one_of_which_nobody_knows() -> None:
    """While one of them does not say what it will bring nobody knows of all."""
    desk, live = world(100, None)
    assert live.outlook is None
    desk.finish(desk.start())
    assert live.outlook is None
    part(desk, desk.start(), expected=Expected(4))
    assert live.outlook == Expected(4)


def test_a_restart_forgets_it() -> None:
    """It is not in the journal: the job tells it anew, and what is counted is as it was."""
    desk, live = world(100)
    part(desk, desk.start(), "a", expected=Expected(90))
    desk.crash()
    live = desk.scheduler.live[live.batch.id]
    assert live.outlook is None
    assert live.batch.items == Items(total=2)
    while (job := desk.start()).stage != "find":
        desk.finish(job)
    part(desk, job, expected=Expected(90))
    assert live.outlook == Expected(90)


def test_a_pause_keeps_it_and_a_cancel_does_not() -> None:
    """A paused batch has as much before it as when it ran; a cancelled one has nothing."""
    desk, live = world(100, 20)
    job = desk.start()
    part(desk, job, expected=Expected(90, 40))
    desk.control("pause")
    assert live.outlook == Expected(110, 40)
    desk.finish(job, JobState.PAUSED)
    assert live.outlook == Expected(110), "what it has not handed over it has to meet again"
    desk.control("resume")
    assert live.outlook == Expected(110)
    job = desk.start()
    desk.control("cancel")
    assert live.outlook == Expected({"root0": 90, "root1": 20}[job.key])
    desk.finish(job, JobState.CANCELLED)
    assert live.outlook is None


def test_a_stage_that_finds_nothing() -> None:
    """What only works on items cannot bring any: what it or its plan says is not believed."""
    desk = Desk()
    read = replace(spawn("r", stage="read"), expected=7)
    live = desk.scheduler.live[desk.submit(read)]
    assert live.outlook is None
    part(desk, desk.start(), expected=Expected(7))
    assert live.expected == {}


def test_more_folders_than_are_kept_in_memory() -> None:
    """Of jobs that the journal alone has nobody knows; the others count when those are done."""
    desk = Desk()
    desk.scheduler.hot_most = 2
    roots = [replace(finder(f"root{n}"), expected=5) for n in range(40)]
    live = desk.scheduler.live[desk.submit(*roots)]
    assert live.cold
    assert live.outlook is None
    assert set(live.expected) == live.finders
    desk.done()
    assert live.expected == {}


def test_jobs_that_a_stage_spawns_say_it_too() -> None:
    """A folder that another one leads to comes with what is known of it."""
    desk, live = world(10)
    job = desk.start()
    deeper = replace(finder("deeper"), expected=4)
    made = Checkpoint(payload=payload_of("find"), spawned=(deeper,), expected=Expected(6))
    desk.wrote(desk.scheduler.checkpoint(job, made, desk.now_s))
    assert live.outlook == Expected(10)


def test_the_closing_stage_finds_nothing_as_a_rule() -> None:
    """While it may still bring further work nothing is expected of it: all else was found."""
    desk = Desk()
    desk.scheduler = Scheduler(lambda _: LATE, QUEUES)
    live = desk.scheduler.live[desk.submit(spawn("a", stage="store"))]
    live.batch = replace(live.batch, options=msgspec.msgpack.encode(Options()))
    desk.finish(desk.start())
    assert live.growing
    assert live.outlook == Expected(0)


@pytest.mark.parametrize(
    ("a", "b", "both"),
    [(Expected(1), Expected(2, 1), Expected(3, 1)), (Expected(0), Expected(0), Expected(0))],
)
def test_sums(a: Expected, b: Expected, both: Expected) -> None:
    """Two expectations are one."""
    assert a.plus(b) == both
