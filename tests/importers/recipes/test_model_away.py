"""A model that is slow is told from one that is not there, and who is not there is asked once."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from soniq_tui.importers.base import RetryLater, Skip
from soniq_tui.importers.recipes import lists, save, scrape, store, structure, tally
from soniq_tui.importers.recipes.model import absence as absences
from soniq_tui.importers.recipes.model import client
from soniq_tui.importers.recipes.model.absence import Absence
from soniq_tui.importers.recipes.model.answers import ModelError
from soniq_tui.importers.recipes.model.client import KEEPALIVE, Model, _watched
from soniq_tui.importers.recipes.model.endpoint import Endpoint
from soniq_tui.importers.recipes.words import FOLDER, Saved
from soniq_tui.model.results import ResultQuery
from tests.importers.recipes.test_model import TEXT, Answer, Double, here, refuses, streams, whole
from tests.importers.recipes.test_scrape import SAVED, Context, kept

__all__ = ["here"]
MESSAGES = [{"role": "user", "content": "page"}]


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
BODY = (
    b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'
    b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
)
ALIVE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
SILENT_S = 0.3
Says = list[bytes | asyncio.Event | float]


class Silent:
    """A server that takes connections, and says nothing but what it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        """First words of each question."""
        self.posted = asyncio.Event()
        self.says: dict[str, Says] = {}
        """To GET or POST: texts, what is waited for before them, and how long (seconds)."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        word = (await reader.readline()).split(b" ")[0].decode()
        self.asked.append(word)
        if word == "POST":
            self.posted.set()
        try:
            for part in self.says.get(word, [asyncio.Event()]):
                if isinstance(part, bytes):
                    writer.write(part)
                elif isinstance(part, float):
                    await asyncio.sleep(part)
                else:
                    await part.wait()
        finally:
            writer.close()


@pytest_asyncio.fixture
async def silent(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Silent, Model]]:
    monkeypatch.setattr(client, "_chance", lambda: 0.0)
    double = Silent()
    held: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.add(asyncio.create_task(double(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    endpoint = Endpoint(url=url, model="m", first_token_s=30, small_s=0.05, silent_s=SILENT_S)
    async with aiohttp.ClientSession() as session:
        yield double, Model(endpoint, session)
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)
    server.close()
    await server.wait_closed()
    await asyncio.sleep(0)  # the transports go with the next turn of the loop


async def fault_of(model: Model) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await model.ask(MESSAGES, {})
    return caught.value


async def test_nothing_but_silence(silent: tuple[Silent, Model]) -> None:
    """A server that answers neither question is not there, and is asked no second time."""
    double, model = silent
    fault = await fault_of(model)
    assert (fault.unreachable, fault.mute) == (True, True)
    assert "says nothing at all" in str(fault)
    assert double.asked == ["GET", "POST"]


async def test_a_slow_model_is_waited_for(silent: tuple[Silent, Model]) -> None:
    """Who answers the smaller question, however late, has the time that a model takes."""
    double, model = silent
    double.says = {"GET": [double.posted, ALIVE], "POST": [SILENT_S * 1.5, HEAD, BODY]}
    assert (await model.ask(MESSAGES, {})).text == "x"


async def test_a_slow_token(silent: tuple[Silent, Model]) -> None:
    """Who begins to answer the real question has it, too, whatever becomes of the other."""
    double, model = silent
    double.says = {"POST": [HEAD, SILENT_S * 1.5, BODY]}
    assert (await model.ask(MESSAGES, {})).text == "x"


async def test_who_is_there_is_looked_for_once(silent: tuple[Silent, Model]) -> None:
    """A server that has answered is asked again without the smaller question."""
    double, model = silent
    failed = ALIVE.replace(b"404 Not Found", b"500 Oops")
    double.says = {"POST": [failed]}
    model._endpoint = msgspec.structs.replace(model._endpoint, tries=2)
    assert "500" in str(await fault_of(model))
    assert double.asked == ["GET", "POST", "POST"]


async def test_silence_is_not_asked_for_again(silent: tuple[Silent, Model]) -> None:
    """A model that said nothing for as long as a slow one takes would say nothing again."""
    double, model = silent
    model._endpoint = msgspec.structs.replace(model._endpoint, first_token_s=0.1)
    double.says = {"GET": [ALIVE]}
    fault = await fault_of(model)
    assert (fault.unreachable, fault.mute, fault.silent) == (False, True, True)
    assert "silent for too long" in str(fault)
    assert double.asked == ["GET", "POST"]


async def test_packets_that_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that does not even refuse a connection is not there, and is tried once."""
    monkeypatch.setattr(client, "CONNECT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as waits:
        waits.connect(full.getsockname())  # the queue has no place for another one
        endpoint = Endpoint(url=f"http://127.0.0.1:{full.getsockname()[1]}/v1", model="m")
        async with Model.session() as session:
            fault = await fault_of(Model(endpoint, session))
    assert (fault.unreachable, fault.mute) == (True, True)


@pytest.mark.parametrize(
    ("answer", "mute"),
    [
        (refuses(500, "oops"), True),
        (refuses(503, "loading"), True),
        (refuses(429, "busy"), False),
        (refuses(404, "no such model"), False),
        (streams(TEXT, stall_after=1), False),
    ],
)
async def test_who_has_said_no_word(here: tuple[Double, Model], answer: Answer, mute: bool) -> None:
    """A server that fails has said nothing; one that is busy, or a model that stops, has."""
    double, model = here
    double.answers = [answer]
    fault = await fault_of(model)
    assert (fault.unreachable, fault.mute) == (False, mute)


async def test_asked_once(here: tuple[Double, Model]) -> None:
    """Where that is wanted a server that fails is asked once; one without schemas otherwise."""
    double, model = here
    model._endpoint = Endpoint(url=model._endpoint.url, model="m", tries=1)
    double.answers = [refuses(500), whole(TEXT)]
    await fault_of(model)
    double.answers = [refuses(400, "response_format"), whole(TEXT)]
    assert (await model.ask(MESSAGES, {})).attempts == 1


def test_a_machine_that_vanishes_is_missed() -> None:
    """The kernel asks for it while its model thinks."""
    with _watched((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("", 0))) as made:
        assert {key: made.getsockopt(*key) for key in KEEPALIVE} == KEEPALIVE


class Clock:
    """Time that passes when it is told to; 1,000 s after an epoch."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def absence(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Absence:
    made = Absence(clock, clock)
    monkeypatch.setattr(structure, "absence", made)
    return made


def test_nobody_is_there(absence: Absence, clock: Clock) -> None:
    """One recipe finds out, the others of its batch are told; somebody looks again, and again."""
    assert absence.known("a") is None
    waits = []
    for _ in range(4):
        absence.in_vain("a", "refused", 0.0, unreachable=True)
        known = absence.known("a")
        assert known is not None
        waits.append(known.wait_s)
        clock.s += known.wait_s
        assert absence.known("a") is None
    assert waits == [10, 20, 40, 60]
    absence.in_vain("a", "refused", 0.0, unreachable=True)
    absence.answered()
    assert absence.known("a") is None
    absence.in_vain("a", "refused", 0.0, unreachable=True)
    assert absence.known("a").wait_s == 10


def test_when_it_is_given_up(absence: Absence, clock: Clock) -> None:
    """Who can do without a model does when it has been away for a while, not for a moment."""
    absence.in_vain("a", "dropped", 10.0, unreachable=True)
    assert absence.known("a").lasts is False
    clock.s += absences.PATIENCE_S - 10
    absence.in_vain("a", "dropped", 10.0, unreachable=True)
    assert absence.known("a").lasts is True


def test_another_launch_asks(absence: Absence, clock: Clock) -> None:
    """What one batch learnt does not count for the next, nor for what is tried again."""
    absence.in_vain("a 0", "refused", 0.0, unreachable=True)
    assert absence.known("a 0")
    assert absence.known("b 0") is None
    assert absence.known("a 1") is None
    absence.in_vain("b 0", "refused", 0.0, unreachable=True)
    assert absence.known("b 0").wait_s == 10  # it was not longer away by that
    clock.s += absences.STALE_S
    assert absence.known("a 0") is None
    assert not absence.doubted


def test_questions_that_get_no_word(absence: Absence) -> None:
    """It may be the fault of one question, not of three in a row."""
    for _ in range(absences.IN_A_ROW - 1):
        absence.in_vain("a", "500", 5.0, unreachable=False)
        assert absence.doubted
        assert absence.known("a") is None
    absence.in_vain("a", "500", 5.0, unreachable=False)
    assert absence.known("a").lasts is True
    assert absence.known("a").unreachable is False


def test_it_is_told_once(absence: Absence, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """The log says when a model went, why, and that it is there again."""
    caplog.set_level(logging.INFO)
    absence.in_vain("a", "refused", 0.0, unreachable=True)
    since = absence.known("a").since
    for _ in range(50):
        clock.s += 60
        absence.in_vain("a", "refused", 0.0, unreachable=True)
    absence.answered()
    absence.answered()
    said = [record.getMessage() for record in caplog.records]
    first = f"the language model has not answered since {since}: refused"
    assert said == [first, "the language model answers again"]


def test_since_yesterday() -> None:
    """A moment of another day has its day with it."""
    assert absences._spoken(1000.0, 1000.0 + 90_000).startswith("1970-01-0")
    assert len(absences._spoken(1000.0, 1000.0)) == len("10:32")


T, U = "t", "u"  # of two batches
AWAY = '>>> {"v":1,"ev":"error","kind":"model","reason":"refused","unreachable":true,"mute":true}'
MUTE = '>>> {"v":1,"ev":"error","kind":"model","reason":"it answers 500","mute":true}'


def recipe(tmp_path: Path, number: int, token: str = T) -> Saved:
    """Return a recipe of rules that a model is to make better."""
    name = f"x{number}"
    if not scrape.file_of(tmp_path / FOLDER, name).exists():
        kept(tmp_path, name, extract={"structured": "rules", "flags": ["noqty"]})
    return Saved(url=f"https://a.fr/{name}", slug=name, page=__file__, token=token)


async def test_one_recipe_finds_out(tmp_path: Path, absence: Absence, clock: Clock) -> None:
    """Of a batch of fifty some ask a model that is not there, and none waits for long.

    A retry asks again, and a model that is there again is used.
    """
    context = Context(tmp_path, AWAY, 1)
    left = {number: recipe(tmp_path, number) for number in range(50)}
    began_s = clock.s
    while left:
        waits = []
        for number, saved in list(left.items()):
            with pytest.raises((RetryLater, Skip)) as caught:
                await structure.run(saved, context)
            signal = caught.value
            if isinstance(signal, Skip):
                assert "as rules found it, not made better" in str(signal)
                del left[number]
            else:
                assert signal.blameless
                waits.append(signal.after_s)
        clock.s += min(waits, default=0)
    assert clock.s - began_s <= 2 * absences.PATIENCE_S
    assert len(context.ran) == 3
    file = scrape.file_of(tmp_path / FOLDER, "x49")
    assert save.read(file)["soniq"]["extract"]["flags"] == ["noqty", "llm_failed"]
    found = lists.results(tmp_path, ResultQuery(importer="recipes", text="is:odd"))
    assert found.total == 50
    for again, token in ((1, T), (0, U)):
        context = Context(tmp_path, SAVED)
        context.retries = again
        assert (await structure.run(recipe(tmp_path, 7, token), context)).slug == "soup"
        assert context.ran


async def test_who_needs_a_model_waits(tmp_path: Path, absence: Absence, clock: Clock) -> None:
    """A page of which rules made nothing waits until the model is there, and says since when."""
    context = Context(tmp_path, AWAY, 1)
    page = Saved(url="https://a.fr/x", page=__file__)
    for _ in range(5):
        clock.s += 3600
        for _ in range(3):
            with pytest.raises(RetryLater) as caught:
                await structure.run(page, context)
            assert caught.value.blameless
        assert str(caught.value).startswith("the language model has not answered since ")
    assert len(context.ran) == 5
    clock.s += 3600
    assert (await structure.run(page, Context(tmp_path, SAVED))).slug == "soup"


async def test_a_server_that_fails(tmp_path: Path, absence: Absence) -> None:
    """After one that got no word others ask it once each, and after three nobody who need not."""
    context = Context(tmp_path, MUTE, 1)
    for number in range(10):
        with pytest.raises(Skip, match="not made better"):
            await structure.run(recipe(tmp_path, number), context)
    assert ["--model-once" in argv for argv in context.ran] == [False, True, True]
    with pytest.raises(scrape.ItemFault, match="it answers 500"):
        await structure.run(Saved(url="https://a.fr/x", page=__file__, token=T), context)
    assert len(context.ran) == 4


@pytest.mark.parametrize(
    ("says", "status", "there"),
    [
        (SAVED, 0, True),
        ('>>> {"v":1,"ev":"duplicate","slug":"soup"}', 100, True),
        ('>>> {"v":1,"ev":"error","kind":"model","reason":"no such model"}', 1, True),
        ('>>> {"v":1,"ev":"error","kind":"memory","reason":"not enough"}', 1, False),
        ("", -9, False),
    ],
)
async def test_who_was_heard(
    tmp_path: Path, absence: Absence, says: str, status: int, there: bool
) -> None:
    """A model that said anything is there; a scraper that died before tells nothing of it."""
    absence.in_vain("other", "refused", 0.0, unreachable=True)
    with contextlib.suppress(Skip, RetryLater):
        await structure.run(recipe(tmp_path, 1), Context(tmp_path, says, status))
    assert absence.doubted is not there


def test_the_report_tells_of_it(tmp_path: Path) -> None:
    """A batch tells once how many of its recipes no model made better, and of no older ones."""
    assert tally.tally(tmp_path, 0.0, 1) == {}
    for number, flags in enumerate((["llm_failed"], ["noqty", "llm_failed"], ["noqty"], [])):
        file = kept(tmp_path, f"x{number}", extract={"structured": "rules", "flags": flags})
        os.utime(file, (1000 + number, 1000 + number))
    store.mend(tmp_path)
    assert tally.tally(tmp_path, 0.0, 4) == {"without_the_language_model": 2}
    assert tally.tally(tmp_path, 1001.0, 4) == {"without_the_language_model": 1}
    assert tally.tally(tmp_path, 1002.0, 4) == {}
    assert tally.tally(tmp_path, 0.0, 0) == {}
