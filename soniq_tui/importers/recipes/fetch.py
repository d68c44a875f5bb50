"""Fetches a page as a well-behaved guest: one request to a host at a time, all of it bounded.

Between processes the hosts are shared by lock files (:mod:`hosts`). What comes back is bytes and
what the server said; what it means for a recipe is told by :class:`FetchError`.
"""

import asyncio
import os
import random
import re
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.request import getproxies

import aiohttp

from soniq_tui.errors import SoniqError
from soniq_tui.importers.recipes import charset, links, reasons, refresh
from soniq_tui.importers.recipes.bodies import (
    OTHERS,
    PACKED,
    Unpacker,
    is_markup,
    no_page,
    picture_of,
)
from soniq_tui.importers.recipes.hosts import Hosts
from soniq_tui.importers.recipes.private import Guard
from soniq_tui.importers.recipes.robots import Robots
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.text import without_logins

PAGE_MOST_BYTES = 5 * 1024 * 1024
"""Decompressed; the largest of 1,108 real recipe pages has 2.4 MB."""
ROBOTS_MOST_BYTES = 512 * 1024
"""RFC 9309 asks for at least 500 KiB."""
IMAGE_MOST_BYTES = 15 * 1024 * 1024
MOST_REDIRECTS = 5
TOTAL_S = 20.0
"""For a whole answer; half of it for a connection and between two pieces."""
WAITS_S = (5.0, 20.0)
"""Before the second and third try of what may pass by itself, with jitter."""
LONGEST_WAIT_S = 600.0
"""A server that asks for more patience than this is left for later."""
USER_AGENT = "Mozilla/5.0 (compatible; soniq-tui; +https://github.com/soniq-tui)"
_ACCEPTED = "text/html,application/xhtml+xml"
_GONE = {404, 405, 410, 451}
_REFUSED = {401, 402, 403, 407}


class FetchError(SoniqError):
    """A page that could not be had.

    Attributes:
        kind: of the closed list.
        passing: trying again later may help.
        after_s: how long the server asked to be left alone.
    """

    def __init__(
        self, kind: ErrorKind, reason: str, *, passing: bool = False, after_s: float | None = None
    ) -> None:
        super().__init__(without_logins(reason))
        self.kind, self.passing, self.after_s = kind, passing, after_s


@dataclass(slots=True)
class Fetched:
    """What a server answered."""

    url: str
    """The last address, after redirects."""
    status: int
    body: bytes
    media_type: str = ""
    charset: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Return the body as text: by the header's charset, else the page's, else UTF-8."""
        return charset.text_of(self.body, self.charset)


class Fetcher:
    """Fetches pages and pictures in one session.

    Args:
        hosts: who may ask which host when.
        credentials: by domain: cookie, basic, bearer or apikey; see ``credentials.py``.
        asked: the page that all is for. Credentials go over an unencrypted connection only where
            that one does, and a login that stands in it to its host alone.
        outside: its host is known to have no address of this network, and must not have any now.
        thaws: returns how often this process was stopped and continued.
    """

    def __init__(
        self,
        hosts: Hosts,
        *,
        credentials: dict[str, dict[str, str]] | None = None,
        user_agent: str = USER_AGENT,
        tries: int = len(WAITS_S) + 1,
        asked: str = "",
        outside: bool = False,
        thaws: Callable[[], int] = int,
    ) -> None:
        self._hosts, self._credentials = hosts, credentials or {}
        self._waits_s, self._agent, self._thaws = WAITS_S[: tries - 1], user_agent, thaws
        self._in_the_open = asked.lower().startswith("http:")
        asked, self._login = links.parted(asked)
        self._asked_host = links.host_of(asked)
        proxies = frozenset(map(links.host_of, getproxies().values()))
        self._guard = Guard(self._asked_host, proxies, outside=outside)
        self._robots = Robots(hosts.room, self._robots_text)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=_timeout(),
            headers={"User-Agent": self._agent, "Accept-Language": "fr,en;q=0.8,*;q=0.5"},
            trust_env=True,
            auto_decompress=False,  # its sizes are bounded only before they are unpacked
            connector=aiohttp.TCPConnector(limit=4, resolver=self._guard),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def outside(self) -> bool:
        """Whether the page's host had no address of this network."""
        return self._guard.outside

    async def page(self, url: str) -> Fetched:
        """Return a page of text, if robots may ask for it; tries again what may pass.

        Raises:
            FetchError: there is no page to be had.
        """
        self._guard.lead(links.host_of(url))
        await self._heed(url)
        self._hosts.ask_for(await self._robots.delay_s(url))
        waits, thaws = iter((*self._waits_s, None)), self._thaws()
        while True:
            try:
                return _paged(await self._once(url, PAGE_MOST_BYTES, _ACCEPTED, of_page=True))
            except FetchError as fault:
                if self._thaws() != thaws and fault.kind in {ErrorKind.TIMEOUT, ErrorKind.NETWORK}:
                    thaws = self._thaws()  # time ran on while this process stood still
                    continue
                wait_s = next(waits)
                if not fault.passing or wait_s is None:
                    raise
                pause_s = fault.after_s if fault.after_s is not None else wait_s
                if pause_s > LONGEST_WAIT_S:
                    raise
                await asyncio.sleep(pause_s * random.uniform(1.0, 1.2))  # noqa: S311

    async def _heed(self, url: str) -> None:
        if not await self._robots.allows(url):
            raise FetchError(ErrorKind.BLOCKED, "the site asks robots to stay away (robots.txt)")

    async def _robots_text(self, url: str) -> str | None:
        """Return what a site asks of robots; None: it cannot be had, the page itself will tell."""
        try:
            return (await self._once(url, ROBOTS_MOST_BYTES, "text/plain", cut=True)).text()
        except FetchError as fault:
            return None if fault.passing else ""

    async def image(self, url: str) -> Fetched:
        """Return a picture; one try. Where it stores files a server may not know what they are."""
        found = await self._once(url, IMAGE_MOST_BYTES, "image/*")
        if not found.media_type.startswith("text/"):
            found.media_type = picture_of(found.body) or found.media_type
        what = found.media_type or "nothing"
        if is_markup(found.body):  # a page about it, or a drawing that may have scripts
            what = "markup"
        elif found.media_type.startswith("image/") and found.body:
            return found
        raise FetchError(ErrorKind.UNSUPPORTED, f"not a picture: {what}")

    async def _once(
        self, url: str, most: int, accept: str, *, of_page: bool = False, cut: bool = False
    ) -> Fetched:
        """Return what an address leads to; of more than ``most`` bytes the first where it is cut.

        Where a page leads on, robots have to be allowed, too, but where its host changes alone.
        """
        url = links.without_login(url)
        seen, heeded = {url}, links.path_of(url)
        for _ in range(MOST_REDIRECTS + 1):
            found = await self._ask(url, most, accept, cut=cut)
            target = found.headers.get("location")
            if not 300 <= found.status < 400:  # noqa: PLR2004
                target = refresh.target_of(found.text()) if of_page else ""
                further = links.without_login(links.joined(url, target))
                if not target or further in seen or links.urlsplit_of(further) is None:
                    return found
            if not target:
                reason = f"the site names no address to go on to ({found.status})"
                raise FetchError(ErrorKind.NETWORK, reason)
            url = links.without_login(links.joined(url, target))
            if links.urlsplit_of(url) is None:
                raise FetchError(
                    ErrorKind.NETWORK, f"redirected to something that is no page: {target[:200]}"
                )
            if url in seen and "set-cookie" not in found.headers:
                raise FetchError(ErrorKind.NETWORK, "redirected in a circle")
            seen.add(url)
            if of_page and links.path_of(url) != heeded:
                heeded = links.path_of(url)
                await self._heed(url)
        raise FetchError(ErrorKind.NETWORK, f"redirected more than {MOST_REDIRECTS} times")

    async def _ask(self, url: str, most: int, accept: str, *, cut: bool) -> Fetched:
        if self._session is None:
            raise RuntimeError("used outside of its context")
        host = links.host_of(url)
        if refused := await self._guard.refused(host):
            raise FetchError(ErrorKind.BLOCKED, refused)
        headers = {"Accept": accept, "Accept-Encoding": "gzip, deflate", **self._auth(url, host)}
        async with self._hosts.turn(host):
            try:
                async with self._session.get(url, headers=headers, allow_redirects=False) as answer:
                    _judge(answer)
                    body = await _bounded(answer, most, cut=cut)
                    return Fetched(
                        url=url,
                        status=answer.status,
                        body=body,
                        media_type=answer.content_type,
                        charset=answer.charset or "",
                        headers={k.lower(): v for k, v in answer.headers.items()},
                    )
            except TimeoutError as exc:
                raise FetchError(
                    ErrorKind.TIMEOUT, f"{host} did not answer in time", passing=True
                ) from exc
            except (aiohttp.ClientError, OSError, ValueError) as exc:
                if isinstance(cause := getattr(exc, "os_error", None), PermissionError):
                    raise FetchError(ErrorKind.BLOCKED, cause.strerror or str(cause)) from exc
                reason = f"{host}: {reasons.words(exc)}"
                raise FetchError(ErrorKind.NETWORK, reason, passing=reasons.may_pass(exc)) from exc

    def _auth(self, url: str, host: str) -> dict[str, str]:
        if not self._in_the_open and not url.lower().startswith("https:"):
            return {}
        from soniq_tui.importers.recipes.credentials import basic, headers_for

        if self._login and host == self._asked_host:
            return basic(*links.pair_of(self._login))
        return headers_for(host, self._credentials)


def _timeout() -> aiohttp.ClientTimeout:
    total_s = float(os.environ.get("SONIQ_PAGE_TIMEOUT_S", TOTAL_S))
    return aiohttp.ClientTimeout(total=total_s, sock_connect=total_s / 2, sock_read=total_s / 2)


def _paged(found: Fetched) -> Fetched:
    """Return what was fetched, if it is a page.

    Raises:
        FetchError: it is empty, or something else.
    """
    if not found.body.strip():
        raise FetchError(ErrorKind.NO_RECIPE, f"the site sent an empty page ({found.status})")
    if other := no_page(found.media_type, found.body):
        raise FetchError(ErrorKind.UNSUPPORTED, f"that is no page, but {other}")
    return found


def _judge(answer: aiohttp.ClientResponse) -> None:
    """Raise what an answer means that brings no page."""
    status = answer.status
    if answer.headers.get("cf-mitigated", "").lower() == "challenge":
        raise FetchError(ErrorKind.BLOCKED, "the site asks for proof of a person (Cloudflare)")
    if status == 429 or (status == 503 and "retry-after" in answer.headers):  # noqa: PLR2004
        wait_s = reasons.retry_after_s(answer.headers)
        more = f"; asks for {wait_s:.0f} s" if wait_s is not None else ""
        raise FetchError(
            ErrorKind.RATE_LIMITED,
            f"too many requests ({status}){more}",
            passing=True,
            after_s=wait_s,
        )
    if status in _GONE:
        raise FetchError(ErrorKind.NOT_FOUND, f"there is no such page ({status})")
    if status in _REFUSED:
        raise FetchError(ErrorKind.BLOCKED, f"the site refuses ({status})")
    if status >= 500:  # noqa: PLR2004
        raise FetchError(ErrorKind.SERVER_ERROR, f"the site has a fault ({status})", passing=True)
    if status >= 400:  # noqa: PLR2004
        raise FetchError(ErrorKind.NETWORK, f"the site refuses the request ({status})")


async def _bounded(answer: aiohttp.ClientResponse, most: int, *, cut: bool) -> bytes:
    """Return the body, unpacked; one that has more than ``most`` bytes is refused, if not cut."""
    length = answer.headers.get("content-length", "")
    if not cut and length.isdigit() and int(length) > most:
        raise _too_big(most)
    parts = bytearray()
    async for part in _unpacked(answer, most):
        parts += part
        if len(parts) > most:
            if not cut:
                raise _too_big(most)
            break
    return bytes(parts[:most])


async def _unpacked(answer: aiohttp.ClientResponse, most: int) -> AsyncIterator[bytes]:
    encoding = answer.headers.get("content-encoding", "").lower().strip()
    if not set(re.findall(r"[\w-]+", encoding)) & (PACKED | OTHERS):
        async for chunk in answer.content.iter_chunked(65536):
            yield chunk
        return
    if encoding not in PACKED:
        raise FetchError(
            ErrorKind.UNSUPPORTED, f"packed in a way nobody asked for: {encoding[:40]}"
        )
    unpacker = Unpacker(encoding, most)
    try:
        async for chunk in answer.content.iter_chunked(65536):
            for part in unpacker.fed(chunk):
                yield part
    except zlib.error as exc:
        raise FetchError(ErrorKind.NETWORK, f"what came cannot be unpacked: {exc}") from exc
    if not unpacker.whole:
        raise FetchError(ErrorKind.NETWORK, reasons.CUT_OFF, passing=True)


def _too_big(most: int) -> FetchError:
    return FetchError(ErrorKind.TOO_BIG, f"more than {most // 1024 // 1024} MiB")
