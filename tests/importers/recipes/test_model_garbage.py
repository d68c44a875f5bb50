"""Whatever a model streams, it ends in time, with a reason that has a name."""

import contextlib
import json
import time
from typing import Any

import pytest
from aiohttp import web

from soniq_tui.importers.recipes.model.answers import ModelError
from soniq_tui.importers.recipes.model.client import Model
from soniq_tui.importers.recipes.model.grounding import Ground
from soniq_tui.importers.recipes.model.structure import ask, read
from tests.importers.recipes.test_model import TEXT, Answer, Double, here, whole

__all__ = ["here"]
PIECE = json.dumps({"choices": [{"delta": {"content": "x" * 1000}}]})


def raw(data: bytes, *, times: int = 1, kind: str = "text/event-stream") -> Answer:
    async def answer(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for _ in range(times):
            await response.write(data)
        return response

    return answer


@pytest.mark.parametrize(
    "data",
    [
        b"data: not json\n\n",
        b"data: " + b"[" * 100_000 + b"\n\n",
        b'data: {"choices": 5}\n\n',
        b'data: {"choices": [1, null, "x"]}\n\n',
        b'data: {"choices": [{"delta": "x"}]}\n\n',
        b'data: {"choices": [{"delta": {"content": ["x"]}, "finish_reason": 3}]}\n\n',
        b'data: {"usage": {"prompt_tokens": "many"}}\n\n',
        b"\xff\xfe\x00data: \x00\n\n",
        b"data: 7\n\n",
    ],
)
async def test_garbage_is_asked_for_again(here: tuple[Double, Model], data: bytes) -> None:
    """A stream of garbage counts as one that broke off."""
    double, model = here
    double.answers = [raw(data), whole(TEXT)]
    told, got = await ask(model, "page", "")
    assert (told.title, got.attempts) == ("Crème", 2)


@pytest.mark.parametrize(
    "data", [f"data: {PIECE}\n\n".encode() * 10, b"data: " + b"x" * 100_000, b"x" * 100_000]
)
async def test_a_stream_without_an_end(here: tuple[Double, Model], data: bytes) -> None:
    """It is cut off, and not asked for again."""
    double, model = here
    double.answers = [raw(data, times=10_000)]
    with pytest.raises(ModelError, match="does not end"):
        await ask(model, "page", "")
    assert len(double.asked) == 1


@pytest.mark.parametrize("data", [b": ping\n\n", b'data: {"choices": [{"delta": {}}]}\n\n'])
async def test_only_kept_alive(here: tuple[Double, Model], data: bytes) -> None:
    """A server that only keeps its connection alive is as good as silent: it has its time once."""

    async def pings(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        end_s = time.monotonic() + 5
        while time.monotonic() < end_s:
            await response.write(data)
            await web.asyncio.sleep(0.02)
        return response

    double, model = here
    double.answers = [pings, whole(TEXT)]
    with pytest.raises(ModelError, match="silent for too long") as caught:
        await ask(model, "page", "")
    assert (caught.value.mute, len(double.asked)) == (True, 1)


async def test_a_whole_answer_in_pieces(here: tuple[Double, Model]) -> None:
    """An answer that is not streamed may come in pieces all the same."""

    async def pieces(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        body = json.dumps({"choices": [{"message": {"content": TEXT}}]}).encode()
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for at in range(0, len(body), 40):
            await response.write(body[at : at + 40])
            await web.asyncio.sleep(0.002)
        return response

    double, model = here
    double.answers = [pieces]
    assert (await ask(model, "page", ""))[0].title == "Crème"


async def test_silent_is_not_unreachable(here: tuple[Double, Model]) -> None:
    """A model that takes too long over one page, or dies of it, is not one that nobody reaches."""

    async def silent(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        await web.asyncio.sleep(5)
        return web.Response()

    async def dies(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    double, model = here
    for answer in (silent, dies):
        double.answers = [answer]
        with pytest.raises(ModelError) as caught:
            await ask(model, "page", "")
        assert not caught.value.unreachable


@pytest.mark.parametrize(
    "text",
    [
        "{" + " " * 200_000 + "}x",
        "<think>" * 28_000 + "{}",
        "```" * 60_000,
        "\n" * 200_000,
        "{" * 200_000 + "}",
        '{"ingredients":' + "[" * 100_000 + "}",
    ],
)
def test_answers_of_nothing_but_noise(text: str) -> None:
    """The longest answer that is taken is read, or refused, within a blink."""
    began_s = time.process_time()
    with contextlib.suppress(ModelError):
        read(text)
    assert time.process_time() - began_s < 1


def test_thoughts_are_no_answer() -> None:
    """What a model thinks aloud is left out."""
    assert read('<think>{"title": "A"}</think>```json\n{"title": "B"}\n```').title == "B"
    # where the question ended with the first mark the answer has only the other one
    assert read('{"title": "A"} or so</think>{"title": "B"}').title == "B"


def test_a_page_that_repeats_itself() -> None:
    """Lines are looked for in reasonable time, however often a page has their words."""
    ground = Ground("a " * 40_000 + "c " * 1000 + "b " * 40_000)
    began_s = time.process_time()
    assert not any(ground.has(f"a b {'a b ' * 50}") for _ in range(400))
    assert time.process_time() - began_s < 2


@pytest.mark.parametrize(
    ("said", "foods", "minutes"),
    [
        ({"ingredients": ["1 egg", {"text": "2 a", "section": "b"}]}, ["1 egg", "2 a"], None),
        ({"ingredients": None, "instructions": None, "found": None, "title": None}, [], None),
        ({"ingredients": [], "prep_time": 10.4}, [], 10),
        ({"prep_time": "1 h 30"}, [], 90),
        ({"prep_time": "soon", "cook_time": [], "total_time": None}, [], None),
        ({"ingredients": ["1 egg", None, 7]}, ["1 egg"], None),
        ({"ingredients": {"text": "1 egg"}}, ["1 egg"], None),
        ({"recipe": {"ingredients": ["1 egg"], "prep_time": 5}}, ["1 egg"], 5),
        ({"found": "yes", "ingredients": ["1 egg"]}, ["1 egg"], None),
    ],
)
def test_nearly_as_asked_for(said: dict[str, Any], foods: list[str], minutes: int | None) -> None:
    """What a model plainly means is taken: asking it again takes minutes."""
    told = read(json.dumps(said))
    assert [line.text for line in told.ingredients] == foods
    assert told.prep_time == minutes
    assert told.found


async def test_an_end_without_a_reason(here: tuple[Double, Model]) -> None:
    """The mark at the end of a stream is its end, also where no reason was told before."""
    double, model = here
    event = json.dumps({"choices": [{"delta": {"content": TEXT}}]})
    double.answers = [raw(f"data: {event}\n\ndata: [DONE]\n\n".encode())]
    told, answer = await ask(model, "page", "")
    assert (told.title, answer.finish, answer.attempts) == ("Crème", "stop", 1)


async def test_an_end_without_a_word(here: tuple[Double, Model]) -> None:
    """Alone it is no answer."""
    double, model = here
    double.answers = [raw(b"data: [DONE]\n\n"), whole(TEXT)]
    assert (await ask(model, "page", ""))[1].attempts == 2


async def test_a_fault_that_is_told_as_an_answer(here: tuple[Double, Model]) -> None:
    """What a server says went wrong is the reason."""
    double, model = here
    double.answers = [raw(b'{"error": {"message": "no room for it"}}', kind="application/json")]
    with pytest.raises(ModelError, match="gave up: no room for it"):
        await ask(model, "page", "")
