"""A recipe server is sent each recipe once, and watched until it says how it ended."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from soniq_tui.importers.recipes.server import protocol
from soniq_tui.importers.recipes.server.client import RecipeServer
from soniq_tui.importers.recipes.server.protocol import DuplicateError, ServerError

DONE = {"status": "completed", "steps": [], "recipe": {"metadata": {"slug": "soup"}}}


def step(
    name: str, status: str = "in_progress", message: str = "", percent: int = 0
) -> dict[str, Any]:
    return {"step": name, "status": status, "message": message, "progress": percent}


def working(*steps: dict[str, Any], status: str = "in_progress") -> dict[str, Any]:
    current = steps[-1]["step"] if steps else None
    return {"id": "p1", "status": status, "steps": list(steps), "currentStep": current}


CHECKED = step("check_existence", "completed")
QUEUED = {
    "the first servers": working(CHECKED),
    "February": working(CHECKED, step("scrape_content", message="En file d'attente…")),
    "now": working(CHECKED, step("scrape_content", message="Waiting for slot...")),
    "pending": working(status="pending"),
}  # fmt: skip


class Double:
    """The old server: its answers in turn, and what it was asked."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.taken: web.Response | None = None
        self.looks: list[Any] = []
        """Progress objects, statuses (int) or None (the connection breaks) for each look."""
        self.stream: list[Any] | None = None
        """Events of the stream; None: this server has no streams."""
        self.deleted: list[str] = []
        self.retry_after = ""

    async def post(self, request: web.Request) -> web.Response:
        self.posts.append(await request.json())
        return self.taken or web.json_response({"progressId": "p1"})

    async def look(self, request: web.Request) -> web.StreamResponse:
        answer = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if answer is None and request.transport is not None:
            request.transport.close()
        if isinstance(answer, int):
            return web.Response(status=answer, headers={"Retry-After": self.retry_after})
        return web.json_response(answer)

    async def events(self, request: web.Request) -> web.StreamResponse:
        if self.stream is None:
            return web.Response(status=404)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        for event in self.stream:
            await answer.write(f"data: {json.dumps(event)}\n\n".encode())
        return answer

    async def delete(self, request: web.Request) -> web.Response:
        self.deleted.append(request.match_info["id"])
        return web.Response(status=202)


class Clock:
    """Time that passes only while somebody pauses."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds
        await asyncio.sleep(0)


@pytest_asyncio.fixture
async def here() -> AsyncIterator[tuple[Double, RecipeServer, Clock]]:
    double, clock = Double(), Clock()
    app = web.Application()
    app.router.add_post("/api/recipes", double.post)
    app.router.add_get("/api/recipes/progress/{id}/stream", double.events)
    app.router.add_get("/api/recipes/progress/{id}", double.look)
    app.router.add_delete("/api/recipes/progress/{id}", double.delete)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url(""))
        yield double, RecipeServer(url, session, clock, clock.pause), clock


async def imported(client: RecipeServer) -> str:
    progress = await client.submit({"type": "url", "url": "https://a.fr/x"})
    return await client.watch(progress, lambda progress: None)


async def test_by_looking(here: tuple[Double, RecipeServer, Clock]) -> None:
    """Without streams it is looked for, less often as time goes by."""
    double, client, clock = here
    busy = [working(step("scrape_content", percent=n % 90)) for n in range(80)]
    double.looks = [*busy, DONE]
    assert await imported(client) == "soup"
    assert len(double.posts) == 1
    assert set(clock.pauses) == {1.0, 3.0, 5.0}
    assert clock.pauses == sorted(clock.pauses)


async def test_by_a_stream(here: tuple[Double, RecipeServer, Clock]) -> None:
    """A stream tells without being asked; what keeps it alive is no progress."""
    double, client, clock = here
    double.stream = [working(step("save_recipe")), {"type": "keepalive"}, DONE]
    seen: list[int] = []
    await client.submit({})
    assert await client.watch("p1", lambda progress: seen.append(progress.percent)) == "soup"
    assert (seen, clock.pauses) == ([90, 0], [])


@pytest.mark.parametrize("lost", [None, 500, 502])
async def test_a_lost_look_is_no_end(
    here: tuple[Double, RecipeServer, Clock], lost: int | None
) -> None:
    """Lost connections and faults while looking never send a recipe twice."""
    double, client, _ = here
    double.stream = []
    double.looks = [lost, lost, working(step("structure_recipe")), lost, DONE]
    assert await imported(client) == "soup"
    assert len(double.posts) == 1


async def test_too_busy_to_tell(here: tuple[Double, RecipeServer, Clock]) -> None:
    """A 429 to a look is no end of the recipe; the server is left alone for as long as it said."""
    double, client, clock = here
    double.looks = [429, working(step("structure_recipe")), DONE]
    double.retry_after = "20"
    assert await imported(client) == "soup"
    assert (len(double.posts), clock.pauses) == (1, [20.0, 1.0])


@pytest.mark.parametrize("era", QUEUED)
async def test_waiting_is_not_standing_still(
    here: tuple[Double, RecipeServer, Clock], era: str
) -> None:
    """All looks of a recipe that waits are known; it may wait for hours, rarely asked for."""
    double, client, clock = here
    double.looks = [*[QUEUED[era]] * 200, DONE]
    assert await imported(client) == "soup"
    assert clock.now_s > 1800
    assert set(clock.pauses) == {12.0}


async def test_a_stall_ends_it(here: tuple[Double, RecipeServer, Clock]) -> None:
    """Fifteen minutes without a change are the end of watching, and nothing is sent again."""
    double, client, clock = here
    double.looks = [working(step("structure_recipe", percent=10))]
    with pytest.raises(ServerError) as caught:
        await imported(client)
    assert (caught.value.stalled, caught.value.passing, len(double.posts)) == (True, False, 1)
    assert 900 < clock.now_s < 930


@pytest.mark.parametrize("what", ["progress", "details", "message"])
async def test_any_change_is_movement(here: tuple[Double, RecipeServer, Clock], what: str) -> None:
    """A step that lasts for hours stands still only when nothing that is told of it changes."""
    double, client, clock = here
    said = {"progress": 10.0, "details": "Pass 1", "message": "Structuring"}
    changed = {"progress": 10.5, "details": "Pass 2", "message": "Structuring."}
    one = step("structure_recipe") | said
    other = one | {what: changed[what]}
    double.looks = [*([working(one)] * 170 + [working(other)] * 170) * 2, DONE]
    assert await imported(client) == "soup"
    assert clock.now_s > 3 * 800


async def test_a_stall_ends_a_stream_that_is_kept_alive(
    here: tuple[Double, RecipeServer, Clock],
) -> None:
    """What only keeps a stream alive is no movement; the clock is not set back by it."""
    double, client, clock = here
    stuck = working(step("structure_recipe"))
    double.stream = [stuck, *[{"type": "keepalive"}] * 3]
    double.looks = [stuck]
    with pytest.raises(ServerError) as caught:
        await imported(client)
    assert (caught.value.stalled, len(double.posts)) == (True, 1)
    assert 900 < clock.now_s < 930


@pytest.mark.parametrize(
    ("taken", "looks"),
    [
        (web.json_response({"detail": "exists"}, status=409), [DONE]),
        (None, [{"status": "error", "error": "Recipe already exists with slug: soup"}]),
    ],
)  # fmt: skip
async def test_both_ways_to_be_there(
    here: tuple[Double, RecipeServer, Clock], taken: web.Response | None, looks: list[Any]
) -> None:
    """A 409 at once and an error later both mean that it is there."""
    double, client, _ = here
    double.taken, double.looks = taken, looks
    with pytest.raises(DuplicateError):
        await imported(client)


async def test_too_busy(here: tuple[Double, RecipeServer, Clock]) -> None:
    """A 429 says how long to wait; the recipe was not taken."""
    double, client, _ = here
    double.taken = web.Response(status=429, headers={"Retry-After": "30"})
    with pytest.raises(ServerError) as caught:
        await client.submit({})
    assert (caught.value.passing, caught.value.after_s) == (True, 30)


@pytest.mark.parametrize("status", [200, 202, 302, 400, 418, 422, 500])
@pytest.mark.parametrize("text", ["", "<html>", "[1]", "3", "null", '{"detail": [{"a": 1}]}', "{"])
async def test_any_answer_to_what_is_sent(
    here: tuple[Double, RecipeServer, Clock], status: int, text: str
) -> None:
    """Whatever a server answers, it is taken or refused in words, and sent no second time."""
    double, client, _ = here
    double.taken = web.Response(status=status, text=text, content_type="application/json")
    with pytest.raises(ServerError) as caught:
        await client.submit({"type": "url"})
    assert not caught.value.passing
    assert str(status) in str(caught.value)
    assert len(double.posts) == 1


@pytest.mark.parametrize("told", ["../p1", "..", "a/b", "p1?x", "", None, "p" * 999])
async def test_a_name_that_leads_elsewhere(
    here: tuple[Double, RecipeServer, Clock], told: str | None
) -> None:
    """An id that would make another address of the one that is asked is not used."""
    double, client, _ = here
    double.taken = web.json_response({"progressId": told})
    with pytest.raises(ServerError) as caught:
        await client.submit({})
    assert not caught.value.passing


async def test_no_password_in_what_is_said() -> None:
    """A server whose address holds a login is named without it."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ServerError) as caught:
            await RecipeServer("http://ada:secret@127.0.0.1:1", session).submit({})
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


async def test_forgotten(here: tuple[Double, RecipeServer, Clock]) -> None:
    """A server that was started anew knows nothing of it; nothing is sent again."""
    double, client, _ = here
    double.looks = [404]
    with pytest.raises(ServerError, match="knows nothing"):
        await imported(client)
    assert len(double.posts) == 1


async def test_done_without_a_name(here: tuple[Double, RecipeServer, Clock]) -> None:
    """No slug is no success."""
    double, client, _ = here
    double.looks = [{"status": "completed", "steps": [], "recipe": None}]
    with pytest.raises(ServerError, match="names no recipe"):
        await imported(client)


async def test_nobody_there() -> None:
    """A server that does not answer may be there later."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ServerError) as caught:
            await RecipeServer("http://127.0.0.1:1", session).submit({})
    assert caught.value.passing


async def test_cancel(here: tuple[Double, RecipeServer, Clock]) -> None:
    """A server that can stop is asked to."""
    double, client, _ = here
    assert await client.cancel("p1")
    assert double.deleted == ["p1"]


@pytest.mark.parametrize(
    "body",
    [None, [], "x", {}, {"status": 3}, {"status": "completed", "recipe": []},
     {"status": "x", "steps": [1]}],
)  # fmt: skip
def test_any_answer(body: object) -> None:
    """No answer breaks anything."""
    found = protocol.read(body)
    assert found is None or not found.slug


async def test_a_flood(here: tuple[Double, RecipeServer, Clock]) -> None:
    """A server that never stops telling is asked, as one is that has no streams."""
    double, client, _ = here
    double.stream = [working(step("structure", message=f"{n}")) for n in range(600)]
    double.looks = [DONE]
    heard: list[protocol.Progress] = []
    assert await client.watch("p1", heard.append) == "soup"
    assert 1 < len(heard) < 300


def test_endless_names() -> None:
    """Whatever long words a server has, they are cut before anybody keeps them."""
    long = "x" * 100_000
    assert len(protocol.read({"status": "completed", "recipe": {"slug": long}}).slug) <= 200
    found = protocol.read({"status": "y", "steps": [{"step": long, "message": long}]})
    assert len(found.step) + len(found.message) <= 500
    assert len(protocol.is_duplicate(f"Recipe already exists with slug: {long}")) <= 200
    assert protocol.read({"status": "y", "steps": [{"details": _nested(900)}]}) is None
    assert protocol.read({"status": "y", "currentStep": _nested(900)}) is None
    assert protocol.read({"status": "error", "error": _nested(900)}) is None


def _nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth * 100):
        found = [found]
    return found
