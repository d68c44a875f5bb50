"""A language model is asked with patience, and every way it fails has a name."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from soniq_tui.importers.recipes.model import client as model_client
from soniq_tui.importers.recipes.model.answers import ModelError
from soniq_tui.importers.recipes.model.client import Model
from soniq_tui.importers.recipes.model.endpoint import Endpoint
from soniq_tui.importers.recipes.model.structure import ask

SAID = {"found": True, "title": "Crème", "ingredients": [{"text": "1 œuf", "section": None}],
        "instructions": [{"text": "Battre.", "section": None}]}  # fmt: skip
TEXT = json.dumps(SAID, ensure_ascii=False)
Answer = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


class Double:
    """An endpoint that answers in turn; the last answer stays."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[dict[str, Any]] = []
        self.left = 0
        """Connections that the other side gave up."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        try:
            return await answer(request, body)
        except (asyncio.CancelledError, ConnectionResetError):
            self.left += 1
            raise


@pytest_asyncio.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Double, Model]]:
    monkeypatch.setattr(model_client, "_chance", lambda: 0.0)
    double = Double()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", double.handle)
    server = TestServer(app, handler_cancellation=True)
    async with server, aiohttp.ClientSession() as session:
        url = str(server.make_url("/v1"))
        endpoint = Endpoint(url=url, model="m", key="k", first_token_s=0.3, between_s=0.2)
        yield double, Model(endpoint, session)


def whole(text: str, finish: str = "stop") -> Answer:
    async def answer(request: web.Request, _: dict[str, Any]) -> web.Response:
        choice = {"message": {"content": text}, "finish_reason": finish}
        return web.json_response(
            {"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
        )

    return answer


def refuses(status: int, text: str = "", **headers: str) -> Answer:
    async def answer(request: web.Request, _: dict[str, Any]) -> web.Response:
        return web.Response(
            status=status, text=text, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return answer


def streams(
    text: str, *, cut: int = 5, finish: str | None = "stop", stall_after: int = 0
) -> Answer:
    """Send a stream in pieces that end anywhere: within lines, within letters."""

    async def answer(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        events = [{"choices": [{"delta": {"content": c}}]} for c in text]
        if finish:
            events.append({"choices": [{"delta": {}, "finish_reason": finish}], "usage": None})
        data = ": ping\n\n" + "".join(
            f"data: {json.dumps(e, ensure_ascii=False)}\n\n" for e in events
        )
        raw = (data + ("data: [DONE]\n\n" if finish else "")).encode()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for n in range(0, len(raw), cut * 40):
            await response.write(raw[n : n + cut * 40])
            if stall_after and n > stall_after:
                await asyncio.sleep(30)
        return response

    return answer


@pytest.mark.parametrize(
    "answer", [whole(TEXT), streams(TEXT), streams(TEXT, cut=1), whole(f"```json\n{TEXT}\n```")]
)
async def test_answers(here: tuple[Double, Model], answer: Answer) -> None:
    """Whole and streamed answers are read alike, wherever they are cut."""
    double, model = here
    double.answers = [answer]
    told, got = await ask(model, "page", "fr")
    assert (told.title, told.ingredients[0].text, got.attempts) == ("Crème", "1 œuf", 1)
    assert double.asked[0]["stream"]
    assert "fr" in double.asked[0]["messages"][0]["content"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_what_may_pass(here: tuple[Double, Model], status: int) -> None:
    """Faults that pass are waited out."""
    double, model = here
    double.answers = [refuses(status, Retry_After="0"), refuses(status), whole(TEXT)]
    _, got = await ask(model, "page", "")
    assert got.attempts == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_what_stays(here: tuple[Double, Model], status: int) -> None:
    """A wrong key or an unknown model is told at once, with the server's words."""
    double, model = here
    double.answers = [refuses(status, json.dumps({"error": {"message": "no such model"}}))]
    with pytest.raises(ModelError, match="no such model"):
        await ask(model, "page", "")
    assert len(double.asked) == 1


async def test_a_server_without_schemas(here: tuple[Double, Model]) -> None:
    """One that refuses a schema gets it in words."""
    double, model = here
    double.answers = [refuses(400, '{"error": "response_format is not supported"}'), whole(TEXT)]
    await ask(model, "page", "")
    assert [q["response_format"]["type"] for q in double.asked] == ["json_schema", "json_object"]
    assert '"ingredients"' in double.asked[1]["messages"][0]["content"]


@pytest.mark.parametrize("answer", [streams(TEXT, finish=None), streams(TEXT, stall_after=1)])
async def test_a_broken_answer(here: tuple[Double, Model], answer: Answer) -> None:
    """A cut or silent stream is asked for again."""
    double, model = here
    double.answers = [answer, whole(TEXT)]
    told, got = await ask(model, "page", "")
    assert (told.title, got.attempts) == ("Crème", 2)


@pytest.mark.parametrize("text", ["", "I cannot do that.", '{"found": "perhaps"}', "[1, 2]"])
async def test_one_more_turn(here: tuple[Double, Model], text: str) -> None:
    """An answer that is none gets one further turn with what is wrong with it."""
    double, model = here
    double.answers = [whole(text), whole(TEXT)]
    told, _ = await ask(model, "page", "")
    assert told.title == "Crème"
    assert "cannot be used" in double.asked[1]["messages"][-1]["content"]
    double.answers = [whole(text)]
    with pytest.raises(ModelError):
        await ask(model, "page", "")


async def test_cut_short(here: tuple[Double, Model]) -> None:
    """An answer that was too long is asked for once more with more room."""
    double, model = here
    double.answers = [whole(TEXT[:40], "length"), whole(TEXT)]
    await ask(model, "page", "")
    assert double.asked[1]["max_tokens"] > double.asked[0]["max_tokens"]


async def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that nobody reaches is told from one that refuses."""
    monkeypatch.setattr(model_client, "_chance", lambda: 0.0)
    async with aiohttp.ClientSession() as session:
        model = Model(Endpoint(url="http://127.0.0.1:1/v1", model="m"), session)
        with pytest.raises(ModelError) as caught:
            await ask(model, "page", "")
    assert caught.value.unreachable


async def test_cancel_reaches_the_server(here: tuple[Double, Model]) -> None:
    """Who no longer waits hangs up."""
    double, model = here
    double.answers = [streams(TEXT, stall_after=1)]
    task = asyncio.create_task(ask(model, "page", ""))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(50):
        await asyncio.sleep(0.02)
        if double.left:
            return
    raise AssertionError("the server was not told")
