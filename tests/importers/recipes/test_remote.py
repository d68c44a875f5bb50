"""A recipe is sent to a server once, whatever is broken off when."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from soniq_tui.importers.base import ItemFault, RetryLater, Skip, Stopped
from soniq_tui.importers.recipes import pages
from soniq_tui.importers.recipes.lists import results
from soniq_tui.importers.recipes.server import known, stage
from soniq_tui.importers.recipes.server.client import RecipeServer
from soniq_tui.importers.recipes.server.protocol import ServerError
from soniq_tui.importers.recipes.stored import Source
from soniq_tui.importers.recipes.words import Sent
from soniq_tui.model.results import ResultQuery
from tests.importers.fakes import FakeContext
from tests.importers.recipes.test_server import CHECKED, DONE, Double, working
from tests.waiting import until

URL = "https://a.fr/x"


class World(FakeContext):
    """A context in which a job can be cancelled."""

    asked_to_cancel = False

    def cancelled(self) -> bool:
        return self.asked_to_cancel

    def log(self, text: str) -> None:
        self.said.append(text)


class Server(Double):
    """The old server, which also tells what it has."""

    def __init__(self) -> None:
        super().__init__()
        self.has: list[str] = []
        self.asked_what_it_has = 0

    async def imported(self, request: web.Request) -> web.StreamResponse:
        """Answer in pieces, as proxies like to."""
        self.asked_what_it_has += 1
        answer = web.StreamResponse()
        await answer.prepare(request)
        for byte in json.dumps(self.has).encode():
            await answer.write(bytes([byte]))
            await asyncio.sleep(0)
        return answer


@pytest_asyncio.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Server, Sent]]:
    monkeypatch.setattr(known, "_known", {})
    double = Server()
    double.looks = [DONE]
    app = web.Application()
    app.router.add_post("/api/recipes", double.post)
    app.router.add_get("/api/recipes/imported-urls", double.imported)
    app.router.add_get("/api/recipes/progress/{id}", double.look)
    app.router.add_delete("/api/recipes/progress/{id}", double.delete)
    async with TestServer(app) as server:
        yield double, Sent(server=str(server.make_url("")), url=URL)


def left(context: FakeContext) -> Sent:
    """Return the payload that the journal has."""
    sent = context.checkpoints[-1]
    assert isinstance(sent, Sent)
    return sent


async def test_killed_before_the_answer_is_noted(here: tuple[Server, Sent]) -> None:
    """Nobody knows whether it was taken: it is not sent again unless a person wants that."""
    double, sent = here
    context = World()
    await stage.run(sent, context)
    assert [type(one) for one in context.checkpoints] == [Sent, Sent]
    assert left(context).progress_id == "p1"
    killed = context.checkpoints[0]
    assert isinstance(killed, Sent)
    with pytest.raises(ItemFault, match="may be at work"):
        await stage.run(killed, World())
    double.has = [URL]
    with pytest.raises(Skip, match="there already"):
        await stage.run(killed, World())
    assert len(double.posts) == 1
    double.has = []
    await stage.run(killed, World(retries=1))
    assert len(double.posts) == 2


async def test_nothing_is_sent_before_that_is_on_disk(here: tuple[Server, Sent]) -> None:
    """However slow the disk is: who dies at it has sent nothing that the next one sends again."""
    double, sent = here
    gate = asyncio.Event()

    class Slow(World):
        async def written(self) -> None:
            await super().written()
            await gate.wait()

    context = Slow()
    task = asyncio.create_task(stage.run(sent, context))
    await until(lambda: context.safe)
    assert (left(context).progress_id, double.posts) == (f"{stage.SENDING}0", [])
    gate.set()
    await task
    assert len(double.posts) == 1


@pytest.mark.parametrize("status", [500, 502, 504, 429, 503])
async def test_what_a_refusal_means(here: tuple[Server, Sent], status: int) -> None:
    """Only an answer that says that nobody has begun leads to a second try."""
    double, sent = here
    double.taken = web.Response(status=status)
    context = World()
    with pytest.raises(RetryLater if status in {429, 503} else ItemFault):
        await stage.run(sent, context)
    assert bool(left(context).progress_id) == (status not in {429, 503})
    double.taken = None
    if status in {429, 503}:
        await stage.run(left(context), World())
        assert len(double.posts) == 2


async def test_failures_at_a_server_are_listed(here: tuple[Server, Sent], tmp_path: Path) -> None:
    """What gave no recipe there is among the pages without one until it gives one."""
    double, sent = here
    asked = ResultQuery(importer="recipes", view="failed")
    double.looks = [FAILED]
    with pytest.raises(ItemFault, match="no luck"):
        await stage.run(sent, World(tmp_path))
    (row,) = results(tmp_path, asked).rows
    assert (row.item, "no luck" in row.cells[2]) == (URL, True)
    double.taken = web.Response(status=429)
    with pytest.raises(RetryLater):
        await stage.run(msgspec.structs.replace(sent, url="https://a.fr/busy"), World(tmp_path))
    assert [row.item for row in results(tmp_path, asked).rows] == [URL]
    double.taken, double.looks = None, [BUSY, DONE]
    context = World(tmp_path)
    await stage.run(sent, context)
    assert results(tmp_path, asked).rows == ()
    assert context.done_now


async def test_what_a_server_has_is_not_sent(here: tuple[Server, Sent]) -> None:
    """It is asked once what it has, however many recipes there are; other ways to write one count.

    The old importer dropped what the server had before it began.
    """
    double, sent = here
    double.has = ["http://www.a.fr/x/?utm_source=mail", "http://[", "nonsense"]
    for url in (URL, "https://a.fr/y", "https://a.fr/x#top"):
        one = msgspec.structs.replace(sent, url=url)
        if url.endswith("y"):
            await stage.run(one, World())
        else:
            with pytest.raises(Skip, match="there already"):
                await stage.run(one, World())
    assert [post["url"] for post in double.posts] == ["https://a.fr/y"]
    assert double.asked_what_it_has == 1


FAILED = {"status": "error", "steps": [], "error": "Scraper failed (exit 1): no luck"}
BUSY = working(CHECKED, {"step": "structure_recipe", "status": "in_progress"})


@pytest.mark.parametrize(
    ("looks", "posts"), [([FAILED, DONE], 2), ([404, DONE], 2), ([BUSY, DONE], 1), ([DONE], 1)]
)
async def test_wanted_again(here: tuple[Server, Sent], looks: list[Any], posts: int) -> None:
    """What a person wants again is sent again only where nobody is at work on it any more."""
    double, sent = here
    double.looks = [FAILED]
    context = World()
    with pytest.raises(ItemFault, match="no luck"):
        await stage.run(sent, context)
    double.looks = looks
    await stage.run(left(context), World(retries=1))
    assert len(double.posts) == posts


@pytest.mark.parametrize("there", [True, False])
async def test_a_server_that_was_started_anew(here: tuple[Server, Sent], there: bool) -> None:
    """A recipe whose progress is forgotten is done where the server has it, else it has failed."""
    double, sent = here
    double.looks, double.has = [404], [URL] if there else []
    context = World()
    watched = msgspec.structs.replace(sent, progress_id="p1")
    if there:
        await stage.run(watched, context)
        assert context.counts["done"] == 1
    else:
        with pytest.raises(ItemFault, match="knows nothing"):
            await stage.run(watched, context)
    assert not double.posts


async def test_named_twice(here: tuple[Server, Sent]) -> None:
    """What is in the list twice is sent once, and counted twice."""
    double, sent = here
    with pytest.raises(Skip, match="twice"):
        await stage.run(msgspec.structs.replace(sent, twice=True), World())
    assert not double.posts


@pytest.mark.parametrize("auth", [True, False])
async def test_a_login_in_an_address(here: tuple[Server, Sent], tmp_path: Path, auth: bool) -> None:
    """It goes to the server as credentials, with other presets or without, and never as address."""
    double, sent = here
    presets = tmp_path / "auth.json"
    presets.write_text(json.dumps({"a.fr": {"type": "bearer", "values": {"token": "t"}}}))
    presets.chmod(0o600)
    with_login = msgspec.structs.replace(
        sent, login="ada:s%40crt", auth=str(presets) if auth else ""
    )
    await stage.run(with_login, World())
    (post,) = double.posts
    assert post["url"] == URL
    assert post["credentials"]["type"] == "basic"
    assert post["credentials"]["values"] == {"username": "ada", "password": "s@crt"}


async def test_patience(here: tuple[Server, Sent]) -> None:
    """A server that wants to be left alone for a day is asked again after an hour."""
    double, sent = here
    double.taken = web.Response(status=429, headers={"Retry-After": "86400"})
    with pytest.raises(RetryLater) as caught:
        await stage.run(sent, World())
    assert (caught.value.after_s, caught.value.blameless) == (3600, True)


async def test_an_answer_in_pieces(here: tuple[Server, Sent]) -> None:
    """An answer is read whole."""
    double, sent = here
    double.has = [f"https://a.fr/{n}" for n in range(40)]
    async with aiohttp.ClientSession() as session:
        assert await RecipeServer(sent.server, session).imported() == set(double.has)


async def started(sent: Sent, context: World) -> asyncio.Task[None]:
    task = asyncio.create_task(stage.run(sent, context))
    await until(lambda: context.positions)
    return task


@pytest.mark.parametrize("cancelled", [True, False])
async def test_who_ends_a_stage(here: tuple[Server, Sent], cancelled: bool) -> None:
    """A person who cancels stops the server, too; a host that ends leaves it at work."""
    double, sent = here
    double.looks = [working(CHECKED)]
    context = World()
    task = await started(sent, context)
    context.asked_to_cancel = cancelled
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert double.deleted == (["p1"] if cancelled else [])


async def test_cancelled_at_a_look(here: tuple[Server, Sent]) -> None:
    """The server is asked to stop as well where the flag is seen first, and is then cancelled."""
    double, sent = here
    double.looks = [working(CHECKED)]
    context = World(stop_at=0)
    context.asked_to_cancel = True

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.1)
        double.deleted.append("p1")
        return web.Response(status=202)

    app = web.Application()
    app.router.add_delete("/api/recipes/progress/{id}", slow)
    app.router.add_get("/api/recipes/progress/{id}", double.look)
    async with TestServer(app) as server:
        known = msgspec.structs.replace(sent, server=str(server.make_url("")), progress_id="p1")
        task = await started(known, context)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises((Stopped, asyncio.CancelledError)):
            await task
    assert double.deleted == ["p1"]


async def test_a_server_that_cannot_be_asked_to_stop(here: tuple[Server, Sent]) -> None:
    """The job is cancelled all the same."""
    double, sent = here
    double.looks = [working(CHECKED)]
    context = World()
    task = await started(msgspec.structs.replace(sent, progress_id="p1"), context)
    context.asked_to_cancel = True
    double.delete = None  # type: ignore[assignment,method-assign]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_redirects_lead_to_the_same_server(tmp_path: Path) -> None:
    """What is sent, credentials and all, is shown to nobody else."""
    seen: list[Any] = []

    async def other(request: web.Request) -> web.Response:
        seen.append(await request.json())
        return web.json_response({"progressId": "p1"})

    stranger, own = web.Application(), web.Application()
    stranger.router.add_post("/api/recipes", other)
    own.router.add_post("/moved", other)
    async with TestServer(stranger) as elsewhere:
        to = [str(elsewhere.make_url("/api/recipes")), "http://[", "/moved"]

        async def moved(request: web.Request) -> web.Response:
            return web.Response(status=307, headers={"Location": to.pop(0)})

        own.router.add_post("/api/recipes", moved)
        async with TestServer(own) as server, aiohttp.ClientSession() as session:
            client = RecipeServer(str(server.make_url("")), session)
            for _ in range(2):
                with pytest.raises(ServerError, match="redirects"):
                    await client.submit({"credentials": "secret"})
            assert not seen
            assert await client.submit({"type": "url"}) == "p1"
    assert seen == [{"type": "url"}]


async def test_a_stream_is_closed_when_it_has_told_the_end() -> None:
    """No connection is left for the collector of garbage."""

    async def events(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(f"data: {json.dumps(DONE)}\n\n".encode())
        await asyncio.sleep(5)
        return answer

    app = web.Application()
    app.router.add_get("/api/recipes/progress/{id}/stream", events)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        client = RecipeServer(str(server.make_url("")), session)
        assert await client.watch("p1", lambda _: None) == "soup"
        assert session.connector is not None
        assert not session.connector._acquired


@pytest.mark.parametrize("suffix", [".txt", ".html"])
def test_what_was_pasted_is_sent_as_it_was(tmp_path: Path, suffix: str) -> None:
    """It is kept packed; a server gets its text, of a page as people read it."""
    told = {".txt": "Crème\n4 œufs", ".html": "<script>x</script><h1>Crème</h1><p>4 œufs</p>"}
    source = Source(url="https://a.example/x")
    kept = pages.keep(tmp_path, told[suffix], source, text=suffix == ".txt")
    body = stage._body(Sent(server="http://nas", file=str(kept)))
    assert (body["type"], body["text"]) == ("text", "Crème\n4 œufs")


def test_texts_are_sent_whatever_their_charset(tmp_path: Path) -> None:
    """So is the picture beside one, however its name is written."""
    file = tmp_path / "soup.txt"
    file.write_bytes("Crème\n4 œufs".encode("cp1252"))
    (tmp_path / "soup.JPG").write_bytes(b"\xff\xd8\xff")
    body = stage._body(Sent(server="http://nas", file=str(file)))
    assert (body["text"], body["image"]) == ("Crème\n4 œufs", "data:image/jpeg;base64,/9j/")


def test_what_is_no_text_is_not_sent(tmp_path: Path) -> None:
    """A server would make of a PDF whatever it thinks best."""
    file = tmp_path / "soup.html"
    file.write_bytes(b"%PDF-1.7")
    with pytest.raises(ItemFault, match="no page, but application/pdf"):
        stage._body(Sent(server="http://nas", file=str(file)))


def test_what_is_too_long_is_told(tmp_path: Path) -> None:
    """That a server gets a part of a text only stands in the output of its job."""
    file, said = tmp_path / "soup.txt", list[str]()
    file.write_text("Soup\n" * 20_000)
    body = stage._body(Sent(server="http://nas", file=str(file)), said.append)
    assert len(body["text"]) == 50_000
    assert said == ["the text has 100,000 characters, of which the server gets 50,000"]
