"""Pages are fetched as a guest does: bounded, politely, with a reason for each that is not had."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from soniq_tui.importers.recipes import fetch
from soniq_tui.importers.recipes.fetch import (
    ROBOTS_MOST_BYTES,
    Fetcher,
    FetchError,
)
from soniq_tui.importers.recipes.hosts import Hosts
from soniq_tui.importers.recipes.reasons import retry_after_s
from soniq_tui.model.job import ErrorKind

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def bomb(_: web.Request) -> web.Response:
    """Answer with little that unpacks to much; made when it is asked for, not by each worker."""
    body = gzip.compress(bytes(64 << 20), compresslevel=1, mtime=0)
    return web.Response(
        body=body, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}
    )


class Site:
    """A site on loopback that answers as it is told, and counts."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {"robots.txt": says(404)}
        self.hits: list[str] = []
        self.now = self.peak = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.hits.append(request.path)
        self.now += 1
        self.peak = max(self.peak, self.now)
        try:
            return await self.answers[request.path.split("/")[1]](request)
        finally:
            self.now -= 1


@pytest_asyncio.fixture
async def site() -> AsyncIterator[tuple[Site, str]]:
    made = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    async with TestServer(app) as server:
        yield made, str(server.make_url("")).rstrip("/")


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(
            status=status, body=body, headers={"Content-Type": "text/html", **named}
        )

    return answer


@pytest.mark.parametrize(
    ("answer", "kind", "passing"),
    [
        (says(404), ErrorKind.NOT_FOUND, False), (says(410), ErrorKind.NOT_FOUND, False),
        (says(403), ErrorKind.BLOCKED, False), (says(401), ErrorKind.BLOCKED, False),
        (says(403, cf_mitigated="challenge"), ErrorKind.BLOCKED, False),
        (says(429, Retry_After="7"), ErrorKind.RATE_LIMITED, True),
        (says(503, Retry_After="7"), ErrorKind.RATE_LIMITED, True),
        (says(500), ErrorKind.SERVER_ERROR, True), (says(418), ErrorKind.NETWORK, False),
        (says(302, Location="/x"), ErrorKind.NETWORK, False),
        (says(302, Location="file:///etc/passwd"), ErrorKind.NETWORK, False),
        (says(200, b"x" * (fetch.PAGE_MOST_BYTES + 1)), ErrorKind.TOO_BIG, False),
        (bomb, ErrorKind.TOO_BIG, False),
        (says(200, b"no gzip", Content_Encoding="gzip"), ErrorKind.NETWORK, False),
        (says(200, b"?", Content_Encoding="br"), ErrorKind.UNSUPPORTED, False),
    ],
)  # fmt: skip
async def test_reasons(
    site: tuple[Site, str], answer: Answer, kind: ErrorKind, passing: bool
) -> None:
    """Each way to be refused has its kind, and says whether trying again may help."""
    made, url = site
    made.answers["x"] = answer
    async with Fetcher(Hosts(None), tries=1) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.page(f"{url}/x")
    assert (caught.value.kind, caught.value.passing) == (kind, passing)


async def test_nobody_there() -> None:
    """A refused connection is the network's fault, and may pass."""
    async with Fetcher(Hosts(None), tries=1) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.page("http://127.0.0.1:1/x")
    assert (caught.value.kind, caught.value.passing) == (ErrorKind.NETWORK, True)


@pytest.mark.parametrize(
    ("body", "headers", "text"),
    [
        ("é".encode("latin-1"), {"Content-Type": "text/html; charset=iso-8859-1"}, "é"),
        (
            '<meta charset="iso-8859-15">€'.encode("iso-8859-15"),
            {},
            '<meta charset="iso-8859-15">€',
        ),
        ("\ufeffé".encode(), {}, "é"),
        (b"\xff ok", {}, "ÿ ok"),
        (b"ok", {"Content-Type": "text/html; charset=nonsense"}, "ok"),
        (gzip.compress(b"packed", mtime=0), {"Content-Encoding": "gzip"}, "packed"),
        (zlib.compress(b"packed"), {"Content-Encoding": "deflate"}, "packed"),
        (zlib.compress(b"packed")[2:-4], {"Content-Encoding": "deflate"}, "packed"),
    ],
)
async def test_texts(
    site: tuple[Site, str], body: bytes, headers: dict[str, str], text: str
) -> None:
    """Charset and packing are found out, whoever tells of them."""
    made, url = site

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": "text/html", **headers})

    made.answers["x"] = answer
    async with Fetcher(Hosts(None), tries=1) as fetcher:
        assert (await fetcher.page(f"{url}/x")).text() == text


async def test_redirects_are_followed(site: tuple[Site, str]) -> None:
    """The last address is told."""
    made, url = site
    made.answers |= {"x": says(301, Location="/y"), "y": says(200, b"here")}
    async with Fetcher(Hosts(None), tries=1) as fetcher:
        got = await fetcher.page(f"{url}/x")
    assert (got.url, got.body) == (f"{url}/y", b"here")


@pytest.mark.parametrize("kept", [False, True])
async def test_robots(site: tuple[Site, str], tmp_path: Path, kept: bool) -> None:
    """What a site asks robots to leave is left; its rules are asked for once and kept."""
    made, url = site
    made.answers |= {
        "robots.txt": says(200, b"User-agent: *\nDisallow: /private\nCrawl-delay: 0.01\n"),
        "private": says(200, b"secret"),
        "x": says(200, b"open"),
    }
    for _ in range(2):
        async with Fetcher(Hosts(tmp_path if kept else None, gap_s=0), tries=1) as fetcher:
            assert (await fetcher.page(f"{url}/x")).body == b"open"
            with pytest.raises(FetchError, match="robots") as caught:
                await fetcher.page(f"{url}/private/x")
            assert caught.value.kind is ErrorKind.BLOCKED
    assert "/private/x" not in made.hits
    assert made.hits.count("/robots.txt") == (1 if kept else 2)


async def test_robots_on_the_way(site: tuple[Site, str]) -> None:
    """Nor does a page lead where robots are to stay away; its host may have another name."""
    made, url = site
    rules = b"User-agent: *\nDisallow: /private\n"
    made.answers |= {
        "robots.txt": says(200, rules + b"# " + b"x" * ROBOTS_MOST_BYTES),
        "x": says(302, Location="/private/x"),
        "private": says(200, b"secret"),
        "y": says(302, Location=f"{url.replace('127.0.0.1', 'localhost')}/y?"),
    }
    async with Fetcher(Hosts(None), tries=1) as fetcher:
        with pytest.raises(FetchError, match="robots"):
            await fetcher.page(f"{url}/x")
        with pytest.raises(FetchError, match="circle"):
            await fetcher.page(f"{url}/y")
    assert "/private/x" not in made.hits
    assert made.hits.count("/robots.txt") == 1


async def test_one_at_a_time(site: tuple[Site, str], tmp_path: Path) -> None:
    """Whoever shares the folder of turns asks one host one by one, with a pause between."""
    made, url = site

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(0.02)
        return web.Response(text="ok")

    made.answers["x"] = slow
    began_s = asyncio.get_running_loop().time()

    async def one() -> None:
        async with Fetcher(Hosts(tmp_path, gap_s=0.05), tries=1) as fetcher:
            await fetcher.page(f"{url}/x")

    await asyncio.gather(*(one() for _ in range(4)))
    assert made.peak == 1
    assert asyncio.get_running_loop().time() - began_s >= 3 * (0.05 + 0.02)


def test_retry_after() -> None:
    """Seconds, parts of them, dates, milliseconds, nonsense."""
    assert retry_after_s({"Retry-After": "3"}) == 3
    assert retry_after_s({"retry-after": "1.5"}) == 1.5
    assert retry_after_s({"Retry-After-Ms": "250"}) == 0.25
    assert retry_after_s({"Retry-After": "-4"}) == 0
    assert retry_after_s({"Retry-After": "soon"}) is None
    assert retry_after_s({}) is None
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60))
    assert 50 < (retry_after_s({"Retry-After": date}) or 0) <= 60
