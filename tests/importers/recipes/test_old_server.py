"""The stage against a double of the old server in all its eras: each recipe is sent once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer

from soniq_tui.importers.base import ItemFault, RetryLater, Skip
from soniq_tui.importers.recipes.server import client, known, protocol, stage
from soniq_tui.importers.recipes.words import Sent
from soniq_tui.model.job import ErrorKind
from tests.importers.recipes.old_server import ERAS, OldServer
from tests.importers.recipes.test_remote import World, left

SCALE = 300
"""So many times as quick as in the kitchen is asked for progress."""


class Here(NamedTuple):
    server: OldServer
    url: str
    polls: list[float]

    def sent(self, name: str, **more: str) -> Sent:
        return Sent(server=self.url, url=f"https://a.fr/{name}", **more)


@pytest_asyncio.fixture(params=ERAS)
async def here(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Here]:
    polls: list[float] = []
    real = protocol.poll_s

    def scaled(elapsed_s: float, *, queued: bool) -> float:
        polls.append(real(elapsed_s, queued=queued))
        return polls[-1] / SCALE

    monkeypatch.setattr(protocol, "poll_s", scaled)
    monkeypatch.setattr(known, "_known", {})
    server = OldServer(request.param)
    async with TestServer(server.app()) as served:
        yield Here(server, str(served.make_url("")), polls)


async def ended(sent: Sent) -> str:
    """Run a recipe to its end; returns how that was, in words."""
    context = World()
    try:
        await stage.run(sent, context)
    except Skip as skip:
        return f"skipped: {skip}"
    except ItemFault as fault:
        return f"{fault.kind}: {fault}"
    return context.said[-1]


async def test_every_end(here: Here) -> None:
    """Done, there already (at once or later), given up, and done without a name: each is told."""
    server = here.server
    server.recipes["https://a.fr/there"] = "old-soup"
    server.fails |= {
        "https://a.fr/dead": "Error processing recipe: 404 Not Found",
        "https://a.fr/slow": "Task failed: LLM timeout",
        "https://a.fr/poem": "Recipe was rejected: no recipe",
        "https://a.fr/lies": "no slug",
    }
    names = ("x", "y", "dead", "slow", "poem", "lies")
    all_of = await asyncio.gather(*(ended(here.sent(name)) for name in names))
    assert [said.partition(":")[0] for said in all_of] == [
        "saved as the-x", "saved as the-y", "not_found", "timeout", "no_recipe", "server_error",
    ]  # fmt: skip
    known._known.clear()
    server.recipes["https://a.fr/there"] = "old-soup"
    hidden, server.recipes = server.recipes, {}  # an index that is being written tells of nothing
    task = asyncio.create_task(ended(here.sent("there")))
    while not known._known:  # noqa: ASYNC110  what it has was asked for
        await asyncio.sleep(0)
    server.recipes = hidden
    assert (await task).startswith("skipped: there already")
    assert max(server.posts.values()) == 1


async def test_waiting_for_a_slot(here: Here) -> None:
    """A recipe that only waits is known as such in each era, and rarely asked for."""
    await here.server.slots.acquire()
    for _ in range(7):
        await here.server.slots.acquire()
    context = World()
    task = asyncio.create_task(stage.run(here.sent("x"), context))
    while "waits at the server" not in context.said:  # noqa: ASYNC110  it is told by a callback
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    for _ in range(8):
        here.server.slots.release()
    await task
    assert context.said[-1].startswith("saved as")
    if here.server.era == "seed":
        assert 12.0 in here.polls


async def test_what_breaks_off(here: Here) -> None:
    """Streams and looks that break off lead to further looks, and to no second POST."""
    here.server.breaks = 6
    assert await ended(here.sent("x")) == "saved as the-x"
    assert here.server.breaks == 0
    assert here.server.posts == {"https://a.fr/x": 1}


async def test_started_anew(here: Here) -> None:
    """A server that forgot what it was at, and has no recipe, gets none sent again by itself."""
    here.server.step_s = 0.5
    task = asyncio.create_task(ended(here.sent("x")))
    while not here.server.progress:  # noqa: ASYNC110  the double has no event for it
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    here.server.restart()
    assert (await task).startswith("timeout: the server knows nothing of it")
    assert here.server.posts == {"https://a.fr/x": 1}


async def test_nothing_to_send(here: Here) -> None:
    """What the server cannot use it refuses, whatever its status; nothing is repeated."""
    assert (await ended(Sent(server=here.url))).startswith("server_error")
    assert len(here.server.bodies) == 1


async def test_backpressure(here: Here) -> None:
    """A 429 to what is sent means later, and that nobody has begun."""
    here.server.busy = 1
    context = World()
    with pytest.raises(RetryLater) as caught:
        await stage.run(here.sent("x"), context)
    assert (caught.value.blameless, left(context).progress_id) == (True, "")
    await stage.run(left(context), context)
    assert here.server.posts["https://a.fr/x"] == 2
    assert len(here.server.progress) == 1


async def test_it_cannot_be_cancelled(here: Here) -> None:
    """An old server that cannot stop is asked to, and the job ends all the same."""
    here.server.step_s = 0.5
    context = World()
    task = asyncio.create_task(stage.run(here.sent("x"), context))
    while not context.positions:  # noqa: ASYNC110  what a callback fills
        await asyncio.sleep(0.005)
    context.asked_to_cancel = True
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "the server cannot stop what it is at" in context.said


async def test_a_stall(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe that does not move is given up, as what may still be at work, and not sent again."""
    monkeypatch.setattr(client, "STALL_S", 0.2)
    monkeypatch.setattr(client, "STREAM_READ_S", 0.1)
    here.server.step_s = 30.0
    assert (await ended(here.sent("x"))).startswith("timeout: nothing has moved")
    assert here.server.posts == {"https://a.fr/x": 1}


async def test_a_text_and_its_picture(here: Here, tmp_path: Path) -> None:
    """A text is sent as such, with the picture beside it, bounded as the old server wants it."""
    file = tmp_path / "soup.txt"
    file.write_text("Soup\n" * 20_000)
    (tmp_path / "soup.jpg").write_bytes(b"\xff\xd8\xff picture")
    assert await ended(Sent(server=here.url, file=str(file))) == "saved as a-text"
    (body,) = here.server.bodies
    assert (body["type"], len(body["text"])) == ("text", stage.TEXT_MOST_CHARS)
    assert body["image"].startswith("data:image/jpeg;base64,")
    assert "url" not in body


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("Scraper failed (exit 1): HTTP 404", ErrorKind.NOT_FOUND),
        ("Scraper failed (exit 1): 401 Unauthorized", ErrorKind.BLOCKED),
        ("Error processing recipe: rate limit exceeded", ErrorKind.RATE_LIMITED),
        ("Task failed: LLM returned nothing", ErrorKind.MODEL),
        ("Recipe was rejected: a poem", ErrorKind.NO_RECIPE),
        ("1 validation error for Recipe", ErrorKind.INVALID),
        ("Connection refused", ErrorKind.NETWORK),
        ("No recipe files found after successful generation", ErrorKind.SERVER_ERROR),
        ("Generation was cancelled", ErrorKind.SERVER_ERROR),
    ],
)
def test_classes_of_errors(error: str, kind: ErrorKind) -> None:
    """What the old server says of a failure is one of the kinds that failures have."""
    assert stage._kind_of(error) is kind
