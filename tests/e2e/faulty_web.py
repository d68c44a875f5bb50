"""A small web of many hosts on loopback, behind a proxy, in which everything goes wrong by name.

A page ``http://KIND-N.example/PAGE`` does what its kind says; see :data:`KINDS`.
"""

import asyncio
import functools
import gzip
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Self

from aiohttp import web

from soniq_tui.importers.recipes import demo

TITLE = "Crème brûlée"
STALL_S = 60.0
GOOD_S = 0.05
"""So long a page takes that is well, so that two at once would be seen."""
KINDS: dict[str, str] = {
    "good": "done",
    "charset": "done",
    "latin": "done",
    "seconds": "done",
    "date": "done",
    "negative": "done",
    "millis": "done",
    "flaky": "done",
    "gone": "not_found",
    "refused": "blocked",
    "challenge": "blocked",
    "robots": "blocked",
    "absent": "rate_limited",
    "absurd": "rate_limited",
    "endless": "rate_limited",
    "stall": "timeout",
    "reset": "network",
    "loop": "network",
    "huge": "too_big",
    "bomb": "too_big",
    "empty": "js_required",
}
"""How an import of a page of each kind ends: done, or why it failed."""
HUGE_BYTES, BOMB_BYTES = 20 << 20, 64 << 20
"""More than a page may have, as it is and unpacked."""
_BUSY = {
    "seconds": lambda: "1",
    "date": lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True),
    "negative": lambda: "-5",
    "absurd": lambda: "9" * 30,
    "endless": lambda: "86400",
}


def url(kind: str, number: int = 0, page: str = "r") -> str:
    """Return the address of a page of a kind."""
    return f"http://{kind}-{number}.example/{page}"


def salt(address: str) -> str:
    """Return the ingredient by which a page is known."""
    host, _, page = address.removeprefix("http://").partition("/")
    return f"7 g {host.partition('.')[0]} {page} salt"


@functools.cache
def bomb() -> bytes:
    """Return little that unpacks to much."""
    return gzip.compress(b"\0" * BOMB_BYTES, compresslevel=1, mtime=0)


class FaultyWeb:
    """The web, in a thread of its own, and who asked whom at once."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self.now: Counter[str] = Counter()
        self.peak: Counter[str] = Counter()
        self._begun, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._begun.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answered)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.proxy = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._begun.set()
        await self._stop.wait()
        await runner.cleanup()

    @asynccontextmanager
    async def _counted(self, host: str) -> AsyncIterator[None]:
        self.now[host] += 1
        self.peak[host] = max(self.peak[host], self.now[host])
        try:
            yield
        finally:
            self.now[host] -= 1

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        host = request.host.partition(":")[0]
        async with self._counted(host):
            kind = host.partition("-")[0]
            if request.path == "/robots.txt":
                rules = "User-agent: *\nDisallow: /r" if kind == "robots" else ""
                return web.Response(text=rules, status=200 if rules else 404)
            self.hits[host] += 1
            return await self._page(request, kind, host)

    async def _page(self, request: web.Request, kind: str, host: str) -> web.StreamResponse:
        if kind == "stall":
            return await self._stalled(request)
        if kind == "reset" and request.transport is not None:
            request.transport.abort()
        answer = self._first(kind) if self.hits[host] == 1 else None
        return answer or self._always(kind, host) or await self._well(kind, str(request.url))

    def _first(self, kind: str) -> web.Response | None:
        """Return what only the first one gets."""
        if kind in _BUSY:
            return web.Response(status=429, headers={"Retry-After": _BUSY[kind]()})
        if kind == "millis":
            return web.Response(status=429, headers={"Retry-After-Ms": "300"})
        return web.Response(status=500, text="oops") if kind == "flaky" else None

    def _always(self, kind: str, host: str) -> web.Response | None:
        """Return an answer that is no recipe, whoever asks."""
        page = {"content_type": "text/html"}
        made: dict[str, Callable[[], web.Response]] = {
            "absent": lambda: web.Response(status=429, text="later"),
            "gone": lambda: web.Response(status=404, text="gone"),
            "refused": lambda: web.Response(status=403, text=demo.jsonld(demo.SOUP), **page),
            "challenge": lambda: web.Response(
                status=403, text="Just a moment...", headers={"cf-mitigated": "challenge"}
            ),
            "loop": lambda: web.Response(
                status=302, headers={"Location": f"http://{host}/{self.hits[host] % 2}"}
            ),
            "huge": lambda: web.Response(body=b"<p>" + b"x" * HUGE_BYTES, **page),
            "bomb": lambda: web.Response(body=bomb(), headers={"Content-Encoding": "gzip"}, **page),
            "empty": lambda: web.Response(text="<script src=app.js></script>", **page),
        }
        return made[kind]() if kind in made else None

    async def _well(self, kind: str, address: str) -> web.Response:
        await asyncio.sleep(GOOD_S)
        food = [*demo.TART.ingredients, salt(address)]
        text = demo.jsonld(demo.TART, name=TITLE, recipeIngredient=food)
        charset = "latin-1" if kind == "latin" else "utf-8"
        told = {"charset": "x-unheard-of", "latin": "utf-8"}.get(kind, "utf-8")
        data = text.encode(charset, "replace")
        return web.Response(body=data, headers={"Content-Type": f"text/html; charset={told}"})

    async def _stalled(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/html", "Content-Length": "99"})
        await answer.prepare(request)
        await answer.write(b"<p>")
        await asyncio.sleep(STALL_S)
        return answer
