"""Talks to a recipe server: one POST for each recipe, then nothing but watching.

A lost stream or a failed look never leads to a second POST: the id of the progress is all there is
of the recipe in work, and it is asked for again. Only the server's own word ends it, or fifteen
minutes in which a recipe that does not wait has not moved.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from soniq_tui.importers.recipes import links
from soniq_tui.importers.recipes.model.answers import bounded
from soniq_tui.importers.recipes.reasons import retry_after_s
from soniq_tui.importers.recipes.server import protocol
from soniq_tui.importers.recipes.server.protocol import (
    DuplicateError,
    Progress,
    ServerError,
    UnheardError,
)

ASK_S, STREAM_READ_S = 30.0, 45.0
"""The server sends a keepalive every 15 s; three missing ones are a lost stream."""
STALL_S = 900.0
BUSY_S = 10.0
"""So long a server that has enough to do and does not say for how long is left alone."""
FLOOD, FLOOD_S = 200, 2.0
"""So many events in so few seconds are more than anybody reads: then it is asked instead."""
LOOK_MOST_S = 60.0
"""However long a server wants not to be asked for progress: then it is, so that an end is seen."""
MOST_REDIRECTS = 5
ANSWER_MOST_BYTES = 4 * 1024 * 1024
_FOUND, _GONE, _BUSY = 200, 404, 429
_REDIRECTS = {301, 302, 307, 308}
_ID = re.compile(r"\w[\w.-]{0,199}")
"""Of a progress: it becomes a part of addresses, so it must not lead elsewhere."""


class RecipeServer:
    """One server.

    Args:
        url: its address, without ``/api``.
        session: of the caller, who closes it.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._url, self._session = url.rstrip("/"), session
        self.url = links.without_login(self._url)
        """For people."""
        self._clock, self._pause = clock, pause
        self._streams = True
        """The server has streams, as far as is known."""

    async def imported(self) -> set[str]:
        """Return the addresses that it has recipes of."""
        status, body = await self._json("GET", "/api/recipes/imported-urls")
        if status != _FOUND or not isinstance(body, list):
            return set()
        return {str(url) for url in body}

    async def submit(self, recipe: dict[str, Any]) -> str:
        """Send a recipe; returns the id of its progress.

        Raises:
            DuplicateError: it is there already.
            ServerError: it was not taken; nothing of it is in work.
        """
        try:
            status, body = await self._json("POST", "/api/recipes", recipe)
        except UnheardError as fault:
            if fault.passing:
                raise
            # It may have been taken: sending it again could make two of it.
            reason = f"no answer to what was sent ({fault}); the server may be at work on it"
            raise ServerError(reason) from fault
        text = _error_of(body)
        if status == 409 or (status >= 400 and protocol.is_duplicate(text) is not None):  # noqa: PLR2004
            raise DuplicateError(_slug_of(body) or protocol.is_duplicate(text) or "")
        progress = body.get("progressId") if isinstance(body, dict) else None
        if status not in {200, 201, 202} or not progress:
            # Of these answers one alone says that nobody has begun.
            raise ServerError(f"the server answers {status}: {text}", passing=status == 503)  # noqa: PLR2004
        if not _ID.fullmatch(str(progress)):
            raise ServerError("the server took it, and gives it a name that cannot be asked for")
        return str(progress)

    async def watch(self, progress_id: str, heard: Callable[[Progress], None]) -> str:
        """Watch a recipe to its end; returns its slug.

        Raises:
            DuplicateError: it turned out to be there already.
            ServerError: the server gave it up, knows nothing of it, or stands still.
        """
        began_s = moved_s = self._clock()
        look: str | None = None
        # Closed here, and not when it is collected: it holds a connection of the session.
        async with aclosing(self._progresses(progress_id, began_s)) as told:
            async for progress in told:
                now_s = self._clock()
                if progress is not None:
                    heard(progress)
                    if progress.ended:
                        return _end(progress)
                    if progress.queued or progress.look != look:
                        look, moved_s = progress.look, now_s
                if now_s - moved_s > STALL_S:
                    raise ServerError(
                        f"nothing has moved for {round(now_s - moved_s)} s; "
                        "the server may still be at work",
                        stalled=True,
                    )
        raise AssertionError("unreachable")

    async def cancel(self, progress_id: str) -> bool:
        """Ask the server to stop; returns whether it can (old ones cannot)."""
        status, _ = await self._json("DELETE", _of(progress_id))
        return status in {200, 202, 204}

    async def progress(self, progress_id: str) -> Progress | None:
        """Return how far a recipe is; None where the server does not tell now.

        Raises:
            ServerError: it knows nothing of it, or wants to be asked later.
        """
        status, body = await self._json("GET", _of(progress_id))
        if status == _GONE:
            raise ServerError(
                "the server knows nothing of it any more; it was started anew",
                stalled=True,
                gone=True,
            )
        return protocol.read(body) if status == _FOUND else None

    async def _progresses(
        self, progress_id: str, began_s: float
    ) -> AsyncGenerator[Progress | None, None]:
        """Yield what is told of a recipe: by a stream as long as there is one, else by looking."""
        queued = False
        while True:
            if self._streams:
                async with aclosing(self._stream(progress_id)) as told:
                    async for progress in told:
                        queued = progress.queued if progress is not None else queued
                        yield progress
            found, wait_s = await self._look(progress_id)
            queued = found.queued if found is not None else queued
            yield found
            poll_s = protocol.poll_s(self._clock() - began_s, queued=queued)
            await self._pause(max(poll_s, wait_s))

    async def _stream(self, progress_id: str) -> AsyncGenerator[Progress | None, None]:
        """Yield what a stream of events says; None for each that only keeps it alive."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ASK_S, sock_read=STREAM_READ_S)
        try:
            async with self._session.get(
                f"{self._url}{_of(progress_id)}/stream", timeout=timeout
            ) as answer:
                if answer.status != _FOUND or "text/event-stream" not in answer.content_type:
                    self._streams = False
                    return
                began_s, count = self._clock(), 0
                async for line in answer.content:
                    if line.startswith(b"data:"):
                        count += 1
                        if count > FLOOD and self._clock() - began_s < FLOOD_S:
                            self._streams = False
                            return
                        if count > FLOOD:
                            began_s, count = self._clock(), 0
                        body = _decoded(line[5:])
                        if isinstance(body, dict) and body.get("error") == "not_found":
                            return
                        yield protocol.read(body)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return  # it is looked for by asking

    async def _look(self, progress_id: str) -> tuple[Progress | None, float]:
        """Return the progress, None where it cannot be had now, and how long not to ask again."""
        try:
            return await self.progress(progress_id), 0.0
        except UnheardError:
            return None, 0.0
        except ServerError as fault:
            if not fault.passing:
                raise
            return None, min(LOOK_MOST_S, fault.after_s or 0.0)

    async def _json(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask; whatever keeps an answer away is an UnheardError."""
        try:
            return await self._answered(method, path, body)
        except (aiohttp.ClientConnectorError, ConnectionRefusedError) as exc:
            raise UnheardError(f"{self.url} does not answer: {exc}", passing=True) from exc
        except (aiohttp.ClientError, TimeoutError) as exc:
            raise UnheardError(str(exc) or type(exc).__name__) from exc

    async def _answered(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Ask, following redirects by hand so that a POST stays one.

        Only the server's own are followed, or to its https: what is sent may hold credentials.
        """
        url = f"{self._url}{path}"
        timeout = aiohttp.ClientTimeout(total=ASK_S)
        for _ in range(MOST_REDIRECTS):
            async with self._session.request(
                method, url, json=body, timeout=timeout, allow_redirects=False
            ) as answer:
                if answer.status in _REDIRECTS and "Location" in answer.headers:
                    url = _redirected(url, answer.headers["Location"])
                    continue
                if answer.status == _BUSY:
                    wait_s = retry_after_s(answer.headers)
                    raise ServerError(
                        "the server has enough to do (429)",
                        passing=True,
                        after_s=BUSY_S if wait_s is None else max(1.0, wait_s),
                    )
                return answer.status, _decoded(await bounded(answer, ANSWER_MOST_BYTES))
        raise ServerError(f"{self.url} redirects in a circle")


def _of(progress_id: str) -> str:
    return f"/api/recipes/progress/{progress_id}"


def _redirected(url: str, location: str) -> str:
    """Return where a redirect leads.

    Raises:
        ServerError: to another server, or out of an encrypted connection.
    """
    try:
        target = urljoin(url, location)
        here, there = urlsplit(url), urlsplit(target)
        same = here.netloc == there.netloc and here.scheme == there.scheme
        safer = here.hostname == there.hostname and there.scheme == "https"
    except ValueError as exc:
        raise ServerError(f"the server redirects to {location[:200]!r}, which is nowhere") from exc
    if not same and not safer:
        raise ServerError(f"the server redirects to another one: {target[:200]}")
    return target


def _end(progress: Progress) -> str:
    if progress.error:
        there = protocol.is_duplicate(progress.error)
        if there is not None:
            raise DuplicateError(there)
        raise ServerError(progress.error[:1000])
    if not progress.slug:
        raise ServerError("the server says it is done, and names no recipe")
    return progress.slug


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _error_of(body: Any) -> str:
    if isinstance(body, dict):
        return str(
            body.get("detail") or body.get("error") or body.get("message") or "no reason given"
        )[:500]
    return "no reason given"


def _slug_of(body: Any) -> str:
    detail = body.get("detail") if isinstance(body, dict) else None
    for each in (body, detail):
        if isinstance(each, dict) and each.get("slug"):
            return str(each["slug"])[: protocol.NAME_MOST_CHARS]
    return ""
