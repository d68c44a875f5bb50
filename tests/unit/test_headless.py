"""A batch without a screen, and engines that end while it is being started."""

import asyncio
import json
import os
import signal

import msgspec
import pytest

from soniq_tui.errors import EngineError
from soniq_tui.host import headless
from soniq_tui.host.attach import Seat
from soniq_tui.model.commands import Reply
from soniq_tui.model.job import BatchState, Items
from soniq_tui.model.report import Report
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import Page, View
from tests.ui import fakes

SCAN = headless.Launch(importer="music", options={"paths": ["/music"]})
GONE = ConnectionResetError("the other end is gone")
REPORT = Report(
    batch="1",
    importer="music",
    label="/music",
    state="done",
    items=Items(total=4, done=4),
    started_at="2026-01-01T10:01:00Z",
    duration_s=1.0,
    items_per_s=4.0,
    median_item_s=None,
    success_rate=1.0,
    peak_rss_mib=40.0,
    slots={},
    errors=[],
)


class Engine(fakes.FakeClient):
    """An engine elsewhere; ``journal`` are its batches, as the next one finds them.

    It works on those alone that were started with it. It hangs up on the question that
    ``hangs_up`` names: "browse", "launch" (before it has begun the batch) or "answer" (after).
    """

    def __init__(self, journal: list[int], hangs_up: str = "") -> None:
        super().__init__(fakes.idle())
        self.journal, self.hangs_up = journal, hangs_up
        self.mine: list[int] = []
        self.closed = False

    async def snapshot(self):
        batches = tuple(fakes.batch(number, state=BatchState.DONE) for number in self.mine)
        return msgspec.structs.replace(self.now, batches=batches)

    async def browse(self, query):
        if self.hangs_up == "browse":
            raise GONE
        assert query.view is View.BATCHES
        rows = [fakes.batch(number) for number in self.journal[::-1]]
        return Page(rows=tuple(rows[: query.limit]), total=len(rows))

    async def launch(self, importer, options):
        if self.hangs_up == "launch":
            raise GONE
        self.launched.append((importer, options))
        self.journal.append(len(self.journal) + 1)
        self.mine.append(self.journal[-1])
        if self.hangs_up == "answer":
            raise GONE
        return Reply(batch_id=self.journal[-1])

    async def report(self, batch_id):
        return msgspec.structs.replace(REPORT, batch=str(batch_id))

    async def close(self, *, finish: bool = False):
        self.closed = True


class Here(Seat):
    """The seat of an engine in this process."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, host=engine)


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Start the batch where these engines are met one after another; return its exit status."""

    def run(*engines: Engine | Seat, as_json: bool = True) -> int:
        met = iter(engines)

        async def take(*_, **__) -> Seat:
            found = next(met)
            return found if isinstance(found, Seat) else Seat(found)

        monkeypatch.setattr(headless.attach, "take", take)
        monkeypatch.setattr(headless.out, "_folder", [])  # set by whoever names a data directory
        settings = Settings(data_dir=str(tmp_path))
        return headless.run(settings, SCAN, as_json=as_json)

    return run


@pytest.mark.parametrize("when", ["browse", "launch"])
def test_the_next_engine_starts_what_the_first_did_not(run, capsys, when) -> None:
    """An engine that ends before it took the batch is replaced; the batch is launched once."""
    journal = [1]
    first, second = Engine(journal, when), Engine(journal)
    assert run(first, second) == 0
    assert json.loads(capsys.readouterr().out)["batch"] == "2"
    assert (first.launched, second.launched) == ([], [("music", {"paths": ["/music"]})])
    assert first.closed
    assert second.closed


def test_several_engines_end_in_a_row(run, capsys) -> None:
    """However many engines end before, the batch is launched by the one that stays."""
    journal: list[int] = []
    assert run(*(Engine(journal, "launch") for _ in range(5)), Engine(journal)) == 0
    assert json.loads(capsys.readouterr().out)["batch"] == "1"


def test_what_a_launch_leaves_out_is_said(run, capsys) -> None:
    """On standard error, before anything else of the batch; the report is as ever."""

    class Choosy(Engine):
        async def launch(self, importer, options):
            reply = await super().launch(importer, options)
            note = "1 line without an address left out: \x1b[2J"
            return msgspec.structs.replace(reply, note=note)

    assert run(Choosy([])) == 0
    said = capsys.readouterr()
    assert said.err.splitlines()[0] == "soniq-tui: 1 line without an address left out: ␛[2J"
    assert json.loads(said.out)["batch"] == "1"


def test_a_batch_that_may_be_ours_is_not_started_twice(run, capsys) -> None:
    """Begun and not answered: it is in the journal, and nobody can tell whose it is.

    The next engine, of this command, does not work on it: it would not be seen with it.
    """
    journal = [1]
    first, second = Engine(journal, "answer"), Engine(journal)
    with pytest.raises(EngineError, match=r"the other end is gone; 'soniq-tui status' tells"):
        run(first, second)
    assert second.launched == []
    assert journal == [1, 2]
    assert first.closed
    assert second.closed
    assert capsys.readouterr().out == ""


def test_an_engine_in_this_process_is_not_followed_by_another(run) -> None:
    """Its own errors are no hanging up: they are told at once."""
    broken, next_one = Engine([], "launch"), Engine([])
    with pytest.raises(ConnectionResetError):
        run(Here(broken), next_one)
    assert broken.closed
    assert next_one.launched == []


@pytest.mark.parametrize("as_json", [False, True])
def test_a_signal_ends_a_command_whose_engine_is_gone_too(run, capsys, as_json) -> None:
    """As when a machine is shut down: none is begun for it, and nobody is asked again and again."""

    class Ending(Engine):
        looks = 0

        async def snapshot(self):
            self.looks += 1
            assert self.looks < 10
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.02)
            raise GONE

    ending, next_one = Ending([]), Engine([1])
    assert run(ending, next_one, as_json=as_json) == 143
    assert ending.looks == 1
    assert ending.closed
    assert not next_one.closed
    said = "" if as_json else "stopped by a signal; 'soniq-tui resume' finishes what is left\n"
    assert capsys.readouterr() == ("", said)


class Forgetful(Engine):
    """An engine that works on two batches; of the first nothing is known once both have ended.

    ``looks`` times it is asked before the first batch has ended, then before it is forgotten.
    """

    def __init__(self, ends: int, forgets: int) -> None:
        super().__init__([])
        self.ends, self.forgets, self.looks = ends, forgets, 0

    async def snapshot(self):
        self.looks += 1
        first = fakes.batch(
            1, state=BatchState.DONE if self.looks > self.ends else BatchState.RUNNING
        )
        there = (first,) if self.looks <= self.forgets else ()
        over = self.looks > self.forgets + 1
        second = fakes.batch(2, state=BatchState.DONE if over else BatchState.RUNNING)
        return msgspec.structs.replace(self.now, batches=(*there, second))

    async def changed(self, version):
        return None

    async def send(self, command):
        return Reply()

    async def report(self, batch_id):
        if batch_id == 1 and self.looks > self.forgets:
            return None
        failed = Items(total=4, done=3, failed=1) if batch_id == 1 else REPORT.items
        return msgspec.structs.replace(REPORT, batch=str(batch_id), items=failed)


@pytest.mark.parametrize(("ends", "forgets", "known"), [(1, 3, True), (3, 3, False)])
def test_a_batch_that_was_forgotten_meanwhile(
    monkeypatch, tmp_path, capsys, ends, forgets, known
) -> None:
    """It is reported as it had ended; where nobody saw that it is said, and nothing went well."""

    async def take(*_, **__) -> Seat:
        return Seat(Forgetful(ends, forgets))

    monkeypatch.setattr(headless.attach, "take", take)
    monkeypatch.setattr(headless, "REST_S", 0.001)
    assert headless.run(Settings(data_dir=str(tmp_path)), None, as_json=True) == 1
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    batches = [told["batch"], *(each["batch"] for each in told.get("also", []))]
    assert batches == (["1", "2"] if known else ["2"])
    assert ("batch 1 was forgotten meanwhile" in printed.err) is not known
