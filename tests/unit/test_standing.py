"""What a command without a screen says of work that stands still, or goes slowly."""

import asyncio
import io
import sys

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.host import headless, line, standing
from soniq_tui.host.attach import Seat
from soniq_tui.host.plain import STILL_S, Teller
from soniq_tui.model.job import BatchState, Items, JobState
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import JobRow, Page, QueueView, SlotView, Snapshot
from tests.ui import fakes
from tests.unit.test_headless import Engine

SLOW = fakes.batch(
    1, label="/m", items=Items(total=2, done=1), running=2, waiting=0, items_per_s=0.0, eta_s=None
)
STALLED = msgspec.structs.replace(SLOW, running=0, waiting=1, waits_in=("llm",))
DELAYED = QueueView(name="llm", depth=1, delayed=1)
MUTE = "the language model has not answered since 07:48"


def a_slot(run_s: float, doing: str = "", batch_id: int = 1) -> SlotView:
    return SlotView(
        queue="llm", index=0, job_id=7, batch_id=batch_id, stage="structure", run_s=run_s,
        doing=doing,
    )  # fmt: skip


def a_view(*slots: SlotView, queues: tuple[QueueView, ...] = ()) -> Snapshot:
    return Snapshot(version=1, slots=slots, queues=queues)


class Waiting(fakes.FakeClient):
    """An engine whose second job waits to be tried again; counts how often it is asked."""

    def __init__(self, reason: str = MUTE) -> None:
        super().__init__(fakes.idle())
        self.asked, self.reason = 0, reason

    async def browse(self, query) -> Page:
        self.asked += 1
        assert query.batch_id == 1
        rows = tuple(
            JobRow(id=number, batch_id=1, importer="recipes", queue="llm", label="a",
                   stage="structure", state=JobState.QUEUED, error=error)
            for number, error in ((1, ""), (2, self.reason))
        )  # fmt: skip
        return Page(rows=rows, total=2)


@pytest.mark.parametrize(
    ("slots", "pace", "said"),
    [
        (
            (a_slot(65.0, "asking the model"), a_slot(9.0, "picture")),
            0.0,
            "asking the model (65 s)",
        ),
        ((a_slot(300.0),), 0.0, "structure (5 min)"),
        ((a_slot(9.0, "\x1b[2J"),), 0.5, "␛[2J (9 s)"),
        ((a_slot(1.0, "fetching"),), 0.0, ""),
        ((a_slot(65.0, "reading", batch_id=2),), 0.0, ""),
        ((a_slot(65.0, "reading"),), 1.0, ""),
    ],
)
def test_the_longest_step_of_slow_work(slots, pace, said) -> None:
    """As the stage says it, else by its name; not of steps that pass, nor where items end."""
    batch = msgspec.structs.replace(SLOW, items_per_s=pace)
    assert standing.at_work(a_view(*slots), batch).timed == said


async def test_what_waits_says_for_what() -> None:
    """For a queue that is held, for others, or for another try, with the reason of the last."""
    client, held = Waiting(), QueueView(name="llm", depth=1, held=True)
    assert (await standing.waits_for(client, a_view(queues=(held,)), STALLED)).text == (
        "queue llm is held; 'soniq-tui release llm' lets it go on"
    )
    busy = QueueView(name="llm", depth=9, active=1)
    others = [a_slot(9.0, batch_id=number) for number in (3, 2)]
    assert (await standing.waits_for(client, a_view(*others, queues=(busy,)), STALLED)).text == (
        "the slots of llm work for batches 2, 3; 'soniq-tui priority 1 10' lets this batch go first"
    )
    assert not (await standing.waits_for(client, a_view(queues=(busy,)), STALLED)).text
    hot = QueueView(name="llm", depth=9, slots=2, target=0, reason="held at 0: 85 °C")
    said = (await standing.waits_for(client, a_view(queues=(hot,)), STALLED)).text
    assert said == "llm is held at 0: 85 °C"
    assert client.asked == 0
    others = QueueView(name="covers", depth=9, held=True)
    view = a_view(queues=(others, DELAYED))
    assert (await standing.waits_for(client, view, STALLED)).text == f"waits: {MUTE}"
    delayed = a_view(queues=(DELAYED,))
    assert (await standing.waits_for(client, delayed, STALLED)).text == (f"waits: {MUTE}")
    assert not (await standing.waits_for(Waiting(""), delayed, STALLED)).text


async def test_a_recording_without_jobs_tells_no_reason() -> None:
    """A replay has no list of jobs that nobody looked at: then no reason is told."""

    class Recorded(Waiting):
        async def browse(self, query) -> Page:
            raise UsageError("nobody looked at it")

    assert not (await standing.waits_for(Recorded(), a_view(queues=(DELAYED,)), STALLED)).text


class Screen(io.StringIO):
    """Standard error, of a terminal or not."""

    tty = False

    def isatty(self) -> bool:
        return self.tty


def listen(monkeypatch, *, tty: bool = False) -> Screen:
    """Return what is said from now on; pytest puts its own in place before each test begins."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", error := Screen())
    error.tty = tty
    return error


async def test_a_line_that_says_nothing_new_comes_once_a_minute(monkeypatch) -> None:
    """Where nothing is painted over; the time that a step takes is nothing new."""
    told = listen(monkeypatch)
    now = [0.0]
    progress, client = line.Line(lambda: now[0]), Waiting()
    for _ in range(100):
        now[0] += 1.0
        await progress.look(client, a_view(a_slot(now[0], "asking the model")), [SLOW])
    first, then, again = told.getvalue().splitlines()
    assert first == "scan /m: running, 1/2, 0 failed, 0/s"
    assert then == again == "scan /m: running, 1/2, 0 failed, asking the model"


async def test_why_nothing_runs_is_asked_now_and_then(monkeypatch) -> None:
    """It is a question to the journal, and frames do not wait for that."""
    told = listen(monkeypatch)
    now = [0.0]
    progress, client = line.Line(lambda: now[0]), Waiting()
    for _ in range(25):
        now[0] += 1.0
        await progress.look(client, a_view(queues=(DELAYED,)), [STALLED])
    (said,) = told.getvalue().splitlines()
    assert said == f"scan /m: running, 1/2, 0 failed, waits: {MUTE}"
    assert client.asked == 3


async def test_a_long_name_gives_way_to_what_is_waited_for(monkeypatch) -> None:
    """On a terminal, and down to a third of the line; elsewhere there is room for all."""
    batch = msgspec.structs.replace(STALLED, label="/srv/" + "m" * 90)
    monkeypatch.setattr(line, "_columns", lambda: 80)
    for tty, name in ((True, "scan /srv/" + "m" * 15), (False, "scan /srv/" + "m" * 54)):
        told, now = listen(monkeypatch, tty=tty), [0.0]
        progress = line.Line(lambda now=now: now[0])
        now[0] += 1.0
        await progress.look(Waiting(), a_view(queues=(DELAYED,)), [batch])
        text = told.getvalue().removeprefix("\r\x1b[2K")
        assert text.startswith(f"{name}…: running, 1/2, 0 failed, waits: the language")


async def test_a_look_that_came_too_soon_is_made_up_for() -> None:
    """The line knows that what it was shown is not said yet."""
    now = [0.0]
    for say in (line.Line(lambda: now[0]), Teller(lambda _: None, lambda: now[0])):
        now[0] += 5.0
        await say.look(Waiting(), a_view(), [SLOW])
        assert not say.late
        await say.look(Waiting(), a_view(), [SLOW])
        assert say.late
        await say.look(Waiting(), a_view(), [SLOW], last=True)
        assert not say.late


def test_a_clock_that_runs_is_seen_while_nothing_changes(monkeypatch, tmp_path) -> None:
    """The engine has nothing new to say of a long step, and its time is painted all the same."""

    class Silent(Engine):
        looks = 0

        async def snapshot(self):
            self.looks += 1
            done = self.looks > 3
            batch = msgspec.structs.replace(SLOW, state=BatchState.DONE) if done else SLOW
            view = a_view(a_slot(60.0 * self.looks, "reading"), queues=(
                QueueView(name="llm", slots=1, active=1),
            ))  # fmt: skip
            return msgspec.structs.replace(view, batches=(batch,))

        async def changed(self, version):
            await asyncio.Event().wait()

    told = listen(monkeypatch, tty=True)
    monkeypatch.setattr(line, "TTY_S", 0.0)
    monkeypatch.setattr(headless, "CLOCK_S", 0.001)
    monkeypatch.setattr(headless, "REST_S", 0.001)

    async def take(*_, **__) -> Seat:
        return Seat(Silent([]))

    monkeypatch.setattr(headless.attach, "take", take)
    launch = headless.Launch(importer="recipes", options={})
    assert headless.run(Settings(data_dir=str(tmp_path)), launch, as_json=False) == 0
    parts = told.getvalue().removesuffix("\n").split("\r\x1b[2K")[1:]
    assert [part.rpartition(", ")[2] for part in parts] == [
        "reading (60 s)", "reading (2 min)", "reading (3 min)"
    ]  # fmt: skip


async def test_plain_lines_tell_what_a_batch_does_of_which_nothing_ends() -> None:
    """Once each, and only when nothing has ended for a while."""
    now, said = [0.0], []
    teller, client = Teller(said.append, lambda: now[0]), Waiting()

    async def look(view: Snapshot, batch, after_s: float) -> list[str]:
        now[0] += after_s
        before = len(said)
        await teller.look(client, view, [batch])
        return [text.partition(" ")[2] for text in said[before:]]

    asking = a_view(a_slot(9.0, "asking the model"))
    assert (await look(asking, SLOW, 1e9))[-1] == "batch 1: scan /m, running"
    assert await look(asking, SLOW, STILL_S - 1) == []
    assert await look(asking, SLOW, 1) == ["batch 1: asking the model"]
    assert await look(asking, SLOW, STILL_S) == []
    waits = a_view(queues=(DELAYED,))
    assert await look(waits, STALLED, STILL_S) == [f"batch 1: waits: {MUTE}"]
