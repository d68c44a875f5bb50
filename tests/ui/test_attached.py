"""A console on the engine of another process: it only watches, and it comes back."""

import asyncio

import msgspec
import pytest

from soniq_tui.errors import EngineError, HostBusyError, JournalError
from soniq_tui.model.commands import Pause, Target
from soniq_tui.model.snapshot import HostView
from soniq_tui.ui import feed
from soniq_tui.ui.app import ConsoleApp
from soniq_tui.ui.update import Older
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of
from tests.waiting import until


@pytest.fixture
def _quickly(monkeypatch):
    """Call a lost engine again at once."""
    monkeypatch.setattr(feed, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(feed, "LONGEST_PAUSE_S", 0.02)


def console(clients):
    """Return an attached console whose connects give, or raise, one thing after the other."""
    given = iter(clients)

    async def connect():
        one = next(given)
        if isinstance(one, Exception):
            raise one
        return one

    return ConsoleApp(
        connect, attached=True, clock=lambda: 42.0, theme="soniq-dark", glyphs="unicode"
    )


async def test_leaving_asks_nothing_and_says_that_work_goes_on(capsys):
    """An attached console stops nothing, so q leaves at once."""
    client = fakes.FakeClient(fakes.running(host=HostView(name="pi4", pid=812)))
    async with running(client, attached=True, keys=["q"]) as (app, _, _c):
        assert app.decision == "quit"
        assert app.return_code == 0
    assert "the work goes on without this screen, process 812" in capsys.readouterr().err


async def test_the_header_says_whose_engine_it_is():
    """The process that holds the engine is named."""
    client = fakes.FakeClient(fakes.running(host=HostView(name="pi4", pid=812)))
    async with running(client, attached=True) as (app, _, _c):
        assert "pi4  attached to process 812  3 batches" in text_of(app)


async def test_an_engine_of_before_an_update_is_told():
    """It is said what ends it, and the header goes on to say that it is older."""
    client = fakes.FakeClient(fakes.running(host=HostView(name="pi4", pid=812)))
    app = console([client])
    app.older = Older.ENGINE  # as whoever connects finds out
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "the engine (process 812) runs older code than this console" in text_of(app)
        assert '"stop engine" (key :) ends it' in " ".join(text_of(app).split())
        app.top.flash_line.settle()
        await settle(pilot)
        assert "attached to process 812, older code" in text_of(app)


@pytest.mark.usefixtures("_quickly")
async def test_a_console_of_before_an_update_is_told():
    """The engine that comes after one that was lost may be newer than the console."""
    first, second = (fakes.FakeClient(fakes.running(host=HostView(pid=n))) for n in (812, 813))
    app = console([first, second])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "older code" not in text_of(app)
        app.older = Older.CONSOLE
        first.lose()
        await until(lambda: "this console runs older code than the engine" in text_of(app))
        assert "process 812, older" not in text_of(app)


@pytest.mark.parametrize("error", [BrokenPipeError("gone"), EngineError("it was stopped")])
@pytest.mark.parametrize(("key", "finish"), [("f", True), ("s", False)])
async def test_the_palette_stops_the_engine(key, finish, error):
    """Its host is asked to end; when the connection breaks the console leaves with that choice."""
    keys = ["colon", *"stop engine", "enter"]
    async with running(attached=True, keys=keys) as (app, pilot, client):
        assert "stop the engine" in text_of(app)
        await pilot.press(key)
        await settle(pilot)
        assert client.ended == [finish]
        assert app.decision == ""
        client.lose(error)
        await pilot.pause(0.4)
        assert app.decision == ("finish" if finish else "stop")
    assert app.failure is None


async def test_only_an_attached_console_stops_an_engine_by_the_palette():
    """The console that holds the engine says that leaving asks."""
    async with running(keys=["colon", *"stop engine", "enter"]) as (app, _, client):
        assert "q leaves and asks" in text_of(app)
        assert client.ended == []


@pytest.mark.usefixtures("_quickly")
async def test_a_lost_engine_is_called_again_until_it_answers():
    """Meanwhile the banner says so, the last figures stay, and nothing claims to be live."""
    first, second = fakes.FakeClient(), fakes.FakeClient(fakes.running(items=fakes.Items(5, 5)))
    gate = asyncio.Event()
    second.now = msgspec.structs.replace(second.now, version=first.now.version)
    app = console([first, ConnectionRefusedError("no"), HostBusyError("not yet"), second])
    connect = app._connect

    async def gated():
        if app.lost:
            await gate.wait()
        return await connect()

    app._connect = gated
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        first.lose()
        await pilot.pause(0.4)
        assert "the engine does not answer; trying again" in text_of(app)
        assert "✗ lost" in text_of(app)
        assert "done 28,731" in text_of(app)
        await pilot.press("P")
        await settle(pilot)
        assert "does not answer" in text_of(app).splitlines()[-2]
        assert first.sent == []
        await pilot.press("2")
        await settle(pilot)
        assert "the engine does not answer" in text_of(app)
        gate.set()
        await pilot.pause(0.4)
        assert "does not answer" not in text_of(app)
        assert second.queries
        await pilot.press("1")
        await settle(pilot)
        assert "done 5" in text_of(app)
    assert app.failure is None


@pytest.mark.usefixtures("_quickly")
async def test_a_lost_engine_can_be_left():
    """While nobody answers q still leaves, and does not claim that work goes on."""
    first = fakes.FakeClient()
    app = console([first, *[ConnectionRefusedError("no")] * 10_000])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        first.lose()
        await pilot.pause(0.4)
        await pilot.press("q")
        await settle(pilot)
        assert app.decision == "quit"
    assert app.failure is None


@pytest.mark.usefixtures("_quickly")
async def test_what_cannot_heal_is_not_tried_for_ever():
    """A journal that cannot be read ends the console with its reason, and so does a last word."""
    first = fakes.FakeClient()
    app = console([first, JournalError("the journal is damaged")])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        first.lose()
        await pilot.pause(0.4)
    assert isinstance(app.failure, JournalError)
    async with running(attached=True) as (app, pilot, client):
        client.lose(EngineError("somebody stopped it"))
        await pilot.pause(0.4)
        assert str(app.failure) == "somebody stopped it"


async def test_an_engine_in_this_process_that_breaks_ends_the_console():
    """Where the engine is ours there is nobody to call again."""
    client = fakes.FakeClient()
    async with running(client) as (app, pilot, _):
        client.lose()
        await pilot.pause(0.4)
        assert isinstance(app.failure, EngineError)
        assert app.return_code == 3


class Hung(fakes.FakeClient):
    """An engine that keeps its connection and answers nothing while its gate is shut."""

    def __init__(self):
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = 0

    async def snapshot(self):
        """Answer when the gate is open."""
        self.asked += 1
        await self.gate.wait()
        return self.now

    async def send(self, command):
        """Answer when the gate is open."""
        await self.gate.wait()
        return await super().send(command)


async def test_a_hung_engine_is_not_called_live(monkeypatch):
    """The header says for how long, the figures stay, commands are not sent; then it goes on."""
    monkeypatch.setattr(feed, "SILENT_S", 0.3)
    monkeypatch.setattr(feed, "CLOCK_S", 0.3)
    client = Hung()
    async with running(client, attached=True) as (app, pilot, _):
        client.gate.clear()
        await until(lambda: app.silent_s)
        await settle(pilot)
        shown = text_of(app)
        assert "✗ no answer for 0 s" in shown
        assert "live" not in shown
        assert "done 28,731" in shown
        assert {tone for line in app.top.head.block[1:] for _, tone in line} == {"muted"}
        asked = client.asked
        await pilot.press("space")
        await settle(pilot)
        assert "the engine does not answer" in text_of(app)
        await until(lambda: app.silent_s > 0.8)
        assert "no answer for 1 s" in text_of(app)
        assert client.asked == asked, "one question is enough"
        assert client.sent == []
        client.gate.set()
        await until(lambda: not app.silent_s)
        await until(lambda: "▶ live" in text_of(app))
        assert "no answer" not in text_of(app)


async def test_a_command_that_gets_no_answer_does_not_block_the_keys(monkeypatch):
    """Before the silence is known the command is sent; nobody waits for it for ever."""
    client = Hung()
    async with running(client, attached=True) as (app, pilot, _):
        monkeypatch.setattr(feed, "SILENT_S", 0.05)
        client.gate.clear()
        await app.ask(Pause(target=Target()))
        await settle(pilot)
        assert "no answer" in text_of(app)
        client.gate.set()
        await until(lambda: client.sent == [Pause(target=Target())])
        await until(lambda: not app.silent_s)


async def test_an_engine_in_this_process_is_never_called_silent(monkeypatch):
    """It may take its time; nobody counts."""
    monkeypatch.setattr(feed, "SILENT_S", 0.01)
    client = Hung()
    async with running(client) as (app, pilot, _):
        client.gate.clear()
        await pilot.pause(0.5)
        assert not app.silent_s
        assert "live" in text_of(app)


async def test_no_demo_beside_the_engine_of_another_process():
    """It would end this console for nothing."""

    async def demo():
        raise AssertionError("it must not be run")

    async with running(fakes.FakeClient(fakes.idle()), attached=True, run_demo=demo) as (
        app,
        pilot,
        _,
    ):
        assert "runs the demo" not in text_of(app)
        await pilot.press("D")
        await settle(pilot)
        assert "`soniq-tui demo` in another window" in text_of(app)
