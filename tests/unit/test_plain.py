"""Lines instead of a screen: what is said, how often, and what never is."""

import re

import msgspec
import pytest

from soniq_tui.host import plain
from soniq_tui.host.plain import LATE_LOOKS, NEXT, PAGE, Teller, failure
from soniq_tui.model.job import BatchState, ErrorKind, Expected, Items
from soniq_tui.model.snapshot import Page
from tests.ui import fakes


class World(fakes.FakeClient):
    """An engine with failures, a clock, and the lines that were said of it."""

    def __init__(self) -> None:
        super().__init__(fakes.idle())
        self.lines: list[str] = []
        self.at_s = fakes.AT_S
        self.rows: list = []
        self.teller = Teller(self.lines.append, lambda: self.at_s)

    async def browse(self, query) -> Page:
        self.queries.append(query)
        part = tuple(self.rows[query.offset : query.offset + query.limit])
        return Page(rows=part, total=len(self.rows), offset=query.offset)

    async def look(self, after_s: float = 1.0, *, last: bool = False, queues=(), banner="", **how):
        """Let time go by and look at a batch that is so; return what was said."""
        self.at_s += after_s
        how.setdefault("items", Items(total=1000, done=how.pop("done", 0)))
        batch = fakes.batch(1, label="/m", undo_s=how.pop("undo_s", None), **how)
        view = msgspec.structs.replace(fakes.idle(), batches=(batch,), banner=banner)
        if queues:
            view = msgspec.structs.replace(view, queues=queues)
        before = len(self.lines)
        await self.teller.look(self, view, [batch], last=last)
        return [line[9:] for line in self.lines[before:] if line[2:3] == ":"]


@pytest.fixture
def world():
    return World()


async def test_the_states_of_a_batch(world) -> None:
    """Each change is one line with the time; the day stands once, and nothing is said twice."""
    assert await world.look() == ["batch 1: scan /m, started"]
    assert await world.look() == []
    assert await world.look(state=BatchState.PAUSED) == [
        "batch 1: paused; 'soniq-tui unpause 1' goes on"
    ]
    assert await world.look() == ["batch 1: running"]
    assert await world.look(undo_s=4.6, state=BatchState.PAUSED) == [
        "batch 1: is being cancelled; 'soniq-tui undo' takes it back for 5 s"
    ]
    assert await world.look(state=BatchState.CANCELLED, last=True) == [
        "batch 1: cancelled; what is done stays"
    ]
    assert re.fullmatch(r"2026-01-0\d", world.lines[0])
    assert all(re.match(r"\d\d:\d\d:\d\d batch 1: ", line) for line in world.lines[1:])


async def test_a_clock_that_is_set_back(world, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines bear the time of day and do not wait for it: a clock may be put right by years."""
    day_s, spent_s = [fakes.AT_S + 400_000_000], [100.0]
    monkeypatch.setattr(plain.time, "time", lambda: day_s[0])
    monkeypatch.setattr(plain.time, "monotonic", lambda: spent_s[0])
    world.teller = Teller(world.lines.append)
    assert await world.look(state=BatchState.PAUSED)
    day_s[0], spent_s[0] = fakes.AT_S, 102.0
    assert await world.look() == ["batch 1: running"]
    assert [line[:4] for line in world.lines if line[2] != ":"] == ["2038", "2026"]


async def test_progress_comes_at_sensible_steps(world) -> None:
    """Every tenth, not closer than two seconds, and once a minute when it is slow."""
    await world.look()
    said = []
    for done in range(0, 500, 7):
        said += await world.look(done=done, eta_s=90.0)
    assert 4 <= len(said) <= 6
    assert said[0].startswith("batch 1: 10 %: 105 of 1,000, 412 a second, about 90 s left")
    assert await world.look(20.0, done=498) == []
    (line,) = await world.look(61.0, done=499, eta_s=4000.0)
    assert line.endswith("about 67 min left")
    assert await world.look(600.0, done=499) == [], "nothing has moved"


async def test_progress_towards_nobody_knows_where(world) -> None:
    """While more is found there is a line at 100, 200, 500 and so on, and no share of all."""
    said = []
    for done in range(0, 3000, 20):
        said += await world.look(2.5, growing=True, items=Items(total=5000, done=done), eta_s=None)
    found = [line.split(" of ")[0].rpartition(" ")[2] for line in said if "found so far" in line]
    assert len(found) <= 12
    assert {"100", "200", "500", "1,000", "2,000"} <= set(found)
    assert not [line for line in said if "%" in line]


async def test_progress_towards_what_was_there_last_time(world) -> None:
    """What is expected makes a share, told as a guess; it is never all while more is found."""
    await world.look(growing=True)
    said = []
    for done in range(0, 1001, 50):
        items = Items(total=done, skipped=done)
        left = Expected(1000 - done, min(50, 1000 - done))
        said += await world.look(2.5, growing=True, items=items, expected=left, eta_s=None)
    assert said[0].startswith("batch 1: about 10 %: 100 of about 1,000")
    assert said[-1].startswith("batch 1: about 99 %: 1,000 of about 1,000")
    assert len(said) == 10


async def test_each_failure_is_one_line_and_said_once(world) -> None:
    """Name, cause and next step; very many come in turn, and a retry repeats none."""
    rows = [msgspec.structs.replace(world.error(0), id=i + 1, item=f"/m/{i}") for i in range(450)]
    await world.look()
    world.rows = rows[:1]
    (line,) = await world.look(items=Items(total=1000, failed=1))
    assert line == (
        "batch 1: failed: /m/0: corrupt: not audio: header not found; "
        "replace the file, then 'soniq-tui retry --job 1'"
    )
    world.rows = rows
    first = await world.look(items=Items(total=1000, failed=450), eta_s=None)
    assert len([each for each in first if "failed: " in each]) == PAGE
    rest = await world.look(state=BatchState.DONE, items=Items(total=450, failed=450), last=True)
    assert len([each for each in rest if "failed: " in each]) == 450 - 1 - PAGE
    assert rest[-1] == "batch 1: done"
    asked = len(world.queries)
    assert await world.look(state=BatchState.DONE, items=Items(total=450, failed=450)) == []
    assert len(world.queries) == asked


async def test_a_failure_that_is_counted_before_it_is_listed_is_said_later(world) -> None:
    """Counts are of this moment; rows come with the journal, a quarter of a second behind."""
    await world.look()
    assert await world.look(items=Items(total=9, failed=1), eta_s=None) == []
    world.rows = [msgspec.structs.replace(world.error(0), id=1, item="/m/1")]
    ended = {"state": BatchState.DONE, "items": Items(total=9, failed=1)}
    said = await world.look(last=True, **ended)
    assert ["/m/1" in line for line in said] == [True, False]


async def test_the_last_look_waits_for_what_is_counted(world, monkeypatch) -> None:
    """Nobody looks again afterwards; what never comes is not waited for without end."""
    asked = []

    async def browse(query) -> Page:
        asked.append(query)
        if len(asked) == 3:
            world.rows = [msgspec.structs.replace(world.error(0), id=1, item="/m/1")]
        return await World.browse(world, query)

    monkeypatch.setattr(world, "browse", browse)
    monkeypatch.setattr("soniq_tui.host.plain.LATE_S", 0.0)
    ended = {"state": BatchState.DONE, "items": Items(total=9, failed=2)}
    said = await world.look(last=True, **ended)
    assert ["/m/1" in line for line in said] == [True, False]
    assert len(asked) == LATE_LOOKS + 1


async def test_a_retry_takes_failures_away(world) -> None:
    """What fails anew is said, what was said before is not."""
    await world.look()
    world.rows = [msgspec.structs.replace(world.error(0), id=n, item=f"/m/{n}") for n in (1, 2, 3)]
    assert len(await world.look(items=Items(total=9, failed=3), eta_s=None)) == 3
    world.rows = [msgspec.structs.replace(world.error(0), id=4, item="/m/4")]
    said = await world.look(items=Items(total=9, failed=1), eta_s=None)
    assert ["/m/4" in line for line in said if "failed: " in line] == [True]


async def test_queues_and_why_nothing_moves(world) -> None:
    """Holding, slots and what holds the engine back are lines; a queue at rest is not."""
    queue = fakes.queues()[1]
    change = msgspec.structs.replace
    assert await world.look(queues=(queue,)) == ["batch 1: scan /m, started"]
    held = change(queue, held=True)
    assert await world.look(queues=(held,)) == [
        "queue extract: held; 'soniq-tui release extract' lets it go on"
    ]
    assert await world.look(queues=(queue,)) == ["queue extract: goes on"]
    hot = change(queue, target=2, reason="held at 2: 78 °C")
    assert await world.look(queues=(hot,)) == ["queue extract: held at 2: 78 °C"]
    assert await world.look(queues=(change(queue, slots=1, target=1),)) == ["queue extract: 1 slot"]
    assert await world.look(banner="disk full: 12 MB") == ["held back: disk full: 12 MB"]
    assert await world.look() == ["nothing holds it back any more"]


async def test_no_more_than_one_look_a_second(world) -> None:
    """Between two looks nothing is asked, unless it is the last."""
    await world.look()
    assert await world.look(0.2, state=BatchState.PAUSED) == []
    assert await world.look(0.2, state=BatchState.DONE, last=True) == ["batch 1: done"]


async def test_foreign_text_stays_on_its_line(world) -> None:
    """No name moves the cursor, colours anything or begins a line."""
    world.rows = [
        msgspec.structs.replace(world.error(0), id=i + 1, item=name, reason=name)
        for i, name in enumerate(fakes.HOSTILE)
    ]
    await world.look(items=Items(total=99, failed=len(fakes.HOSTILE)), eta_s=None)
    assert len(world.lines) == len(fakes.HOSTILE) + 2
    assert all(line.replace("\u200d", "").isprintable() for line in world.lines)


def test_every_kind_of_failure_has_a_next_step() -> None:
    """Whatever the kind, the line ends with something that can be done."""
    row = fakes.FakeClient().error(0)
    for kind in ErrorKind:
        line = failure(msgspec.structs.replace(row, kind=kind))
        assert f": {kind.value}: " in line
        assert "{" not in line
        assert kind in NEXT or line.endswith("'soniq-tui retry --job 1' tries it again")


def test_a_next_step_is_one_of_every_importer() -> None:
    """A page of recipes that is too big cannot be left out by options that a scan alone has."""
    assert not any("--exclude" in step or "scan" in step for step in NEXT.values())
    for kind in (ErrorKind.BLOCKED, ErrorKind.JS_REQUIRED):
        assert "--url" in NEXT[kind]
