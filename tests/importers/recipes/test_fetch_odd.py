"""Odd answers of sites become the page that a browser shows, or a reason that names the cause."""

import gzip
import socket
import ssl
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.resolver import ThreadedResolver

from soniq_tui.importers.recipes import fetch, private, reasons, scraper
from soniq_tui.importers.recipes.bodies import Unpacker
from soniq_tui.importers.recipes.fetch import Fetcher, FetchError
from soniq_tui.importers.recipes.hosts import Hosts
from soniq_tui.importers.recipes.stored import Source
from soniq_tui.model.job import ErrorKind
from tests.importers.recipes.test_fetch import Site, says, site

__all__ = ["site"]
PAGE = b"<p>soup and more soup</p>"


async def got(url: str, **how: Any) -> fetch.Fetched:
    async with Fetcher(Hosts(None), tries=1, **how) as fetcher:
        return await fetcher.page(url)


async def fault_of(url: str, **how: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await got(url, **how)
    return caught.value


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(PAGE[:9]) + gzip.compress(PAGE[9:]),
        gzip.compress(PAGE) + b"\0" * 8,
        gzip.compress(b"") * 9 + gzip.compress(PAGE),
    ],
    ids=("two", "padded", "empty ones before"),  # the bytes hold the time
)
async def test_packed_in_pieces(site: tuple[Site, str], packed: bytes) -> None:
    """A page that was packed in several pieces is whole; what pads them is no part of it."""
    made, url = site
    made.answers["x"] = says(200, packed, Content_Encoding="gzip")
    assert (await got(f"{url}/x")).body == PAGE


async def test_a_second_piece_that_is_cut_off(site: tuple[Site, str]) -> None:
    """Of each piece the end has to come."""
    made, url = site
    packed = gzip.compress(PAGE) + gzip.compress(PAGE)[:-9]
    made.answers["x"] = says(200, packed, Content_Encoding="gzip")
    assert "cut off" in str(await fault_of(f"{url}/x"))


async def test_a_bomb_in_pieces(site: tuple[Site, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """All pieces together have the bound of one."""
    monkeypatch.setattr(fetch, "PAGE_MOST_BYTES", 2000)
    made, url = site
    made.answers["x"] = says(200, gzip.compress(b"x" * 900) * 3, Content_Encoding="gzip")
    assert (await fault_of(f"{url}/x")).kind is ErrorKind.TOO_BIG


async def test_a_site_that_wants_its_cookie_first(site: tuple[Site, str]) -> None:
    """It sends back to the same page, once; for ever it is a circle."""
    made, url = site
    url = url.replace("127.0.0.1", "localhost")  # addresses of numbers have no cookies

    async def wall(request: web.Request) -> web.Response:
        if request.cookies.get("seen"):
            return web.Response(body=PAGE, content_type="text/html")
        return web.Response(status=302, headers={"Location": "/x", "Set-Cookie": "seen=1"})

    made.answers["x"] = wall
    assert (await got(f"{url}/x")).body == PAGE
    made.answers["x"] = says(302, Location="/x", Set_Cookie="seen=1")
    assert "redirected more than" in str(await fault_of(f"{url}/x"))
    made.answers["x"] = says(302, Location="/x")
    assert "in a circle" in str(await fault_of(f"{url}/x"))


@pytest.mark.parametrize(
    ("status", "body", "media_type", "kind", "words"),
    [
        (204, b"", "", ErrorKind.NO_RECIPE, "an empty page (204)"),
        (200, b" \n", "text/html", ErrorKind.NO_RECIPE, "an empty page (200)"),
        (300, b"choose", "text/html", ErrorKind.NETWORK, "names no address to go on to (300)"),
        (200, b"%PDF-1.4", "application/pdf", ErrorKind.UNSUPPORTED, "application/pdf"),
        (200, b"%PDF-1.4", "text/html", ErrorKind.UNSUPPORTED, "application/pdf"),
        (200, b"\x89PNG", "image/png", ErrorKind.UNSUPPORTED, "image/png"),
        (200, b"PK\x03\x04", "application/octet-stream", ErrorKind.UNSUPPORTED, "application/zip"),
    ],
)
async def test_no_page(
    site: tuple[Site, str], status: int, body: bytes, media_type: str, kind: ErrorKind, words: str
) -> None:
    """What is no page of text is no page without a recipe, and no model has to read it."""
    made, url = site
    told = {"Content_Type": media_type} if media_type else {}
    made.answers["x"] = says(status, body, **told)
    fault = await fault_of(f"{url}/x")
    assert fault.kind is kind
    assert words in str(fault)
    assert not fault.passing


@pytest.mark.parametrize(
    ("media_type", "body", "words"),
    [
        ("image/png", b"\n<html>no", "not a picture: markup"),
        ("image/svg+xml", b"<svg onload=alert(1)>", "not a picture: markup"),
        ("image/svg+xml", b"\xef\xbb\xbf<?xml", "not a picture: markup"),
        ("text/html", b"\x89PNG", "not a picture: text/html"), ("image/png", b"", "not a picture"),
    ],
)  # fmt: skip
async def test_no_picture(site: tuple[Site, str], media_type: str, body: bytes, words: str) -> None:
    """Markup is no picture, whatever it is called: another one of the page may be."""
    made, url = site
    made.answers["x"] = says(200, body, Content_Type=media_type)
    async with Fetcher(Hosts(None), tries=1, asked=url) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.image(f"{url}/x")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("told", "body", "kind"),
    [
        ("binary/octet-stream", b"\xff\xd8\xff\xe0...", "image/jpeg"),
        ("application/octet-stream", b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        ("image/jpg", b"\x89PNG\r\n", "image/png"),
        ("image/jpeg", b"\0\0\0\x1cftypavif\0\0", "image/avif"),
        ("image/jxl", b"\xff\x0a...", "image/jxl"),
    ],
)
async def test_pictures_by_how_they_begin(
    site: tuple[Site, str], told: str, body: bytes, kind: str
) -> None:
    """Stores of files do not know what they hold, and others give what they find best."""
    made, url = site
    made.answers["x"] = says(200, body, Content_Type=told)
    async with Fetcher(Hosts(None), tries=1, asked=url) as fetcher:
        assert (await fetcher.image(f"{url}/x")).media_type == kind


@pytest.mark.parametrize("media_type", ["", "application/octet-stream", "application/xhtml+xml"])
async def test_a_page_of_another_name(site: tuple[Site, str], media_type: str) -> None:
    """Servers that do not know what they send may send pages."""
    made, url = site
    made.answers["x"] = says(200, PAGE, **({"Content_Type": media_type} if media_type else {}))
    assert (await got(f"{url}/x")).body == PAGE


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (fetch.aiohttp.ServerDisconnectedError, "hung up"),
        (lambda: fetch.aiohttp.ServerDisconnectedError(object()), "hung up"),
        (lambda: fetch.aiohttp.ClientPayloadError("<ContentLengthError: 400, m='x'>"), "cut off"),
        (lambda: fetch.aiohttp.ClientResponseError(None, (), message="Bad\n  ^"), "not HTTP"),
        (lambda: ValueError("a\n  b"), "a b"),
    ],
)  # fmt: skip
def test_words_for_people(raised: Callable[[], Exception], words: str) -> None:
    """What a library says to programmers is said to people."""
    said = reasons.words(raised())
    assert words in said
    assert "<" not in said


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('1.2.3.4', 80)"), "Connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (OSError("Multiple exceptions: x"), "Multiple exceptions: x"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] x"), "x"),
    ],
)
def test_why_nobody_is_reached(cause: OSError, words: str) -> None:
    """It is said as the system says it, without what a library thinks of it."""
    said = reasons.words(fetch.aiohttp.ClientConnectorError(None, cause))  # type: ignore[arg-type]
    assert said.endswith(words)
    assert said.startswith("no safe" if isinstance(cause, ssl.SSLError) else "cannot be reached: ")
    assert reasons.unreached(ValueError()) == "ValueError"


def resolves(monkeypatch: pytest.MonkeyPatch, known: dict[str, str]) -> None:
    async def resolve(self: Any, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
        return [{"hostname": host, "host": known[host], "port": port, "family": family,
                 "proto": 0, "flags": 0}]  # fmt: skip

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)


async def test_a_page_leads_to_nobody_at_home(
    site: tuple[Site, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of the internet sends nobody, by redirects or pictures, to this machine's network.

    Where the page itself is of that network it may.
    """
    made, url = site
    port = url.rpartition(":")[2]
    resolves(monkeypatch, {"out.example": "127.0.0.1", "home.example": "127.0.0.1"})
    made.answers["x"] = says(302, Location=f"http://home.example:{port}/y")
    made.answers["y"] = says(200, PAGE)
    asked = f"http://out.example:{port}/x"
    assert (await got(asked, asked=asked)).body == PAGE  # both are at home

    async def out(_: private.Guard) -> private.Reach:
        return private.Reach.INTERNET

    monkeypatch.setattr(private.Guard, "_page_reach", out)
    made.hits.clear()
    fault = await fault_of(asked, asked=asked)
    assert fault.kind is ErrorKind.BLOCKED
    assert "private network" in str(fault)
    assert "/y" not in made.hits
    made.answers["x"] = says(302, Location=f"http://127.0.0.1:{port}/y")
    assert (await fault_of(asked, asked=asked)).kind is ErrorKind.BLOCKED
    for target in (f"http://127.0.0.1:{port}/y", f"http://[::1]:{port}/y"):
        async with Fetcher(Hosts(None), tries=1, asked=asked) as fetcher:
            with pytest.raises(FetchError, match="private network"):
                await fetcher.image(target)


@pytest.mark.parametrize(
    ("asked", "found", "home"),
    [
        ("10.0.0.7", [], True), ("93.184.216.34", [], False), ("nas", ["192.168.1.2"], True),
        ("a.fr", ["93.184.216.34"], False), ("a.fr", [], False), ("", [], False),
        ("a.fr", ["93.184.216.34", "10.0.0.1"], False), ("a.fr", ["10.0.0.2", "10.0.0.1"], True),
        ("nas", ["2a00::2", "192.168.1.2"], True), ("nas.local", ["2a00::2"], True),
        ("nas.example", ["fd00::2"], True), ("nas.local.fr", ["2a00::2"], False),
    ],
)  # fmt: skip
async def test_who_is_at_home(
    monkeypatch: pytest.MonkeyPatch, asked: str, found: list[str], home: bool
) -> None:
    """Whether the page is of this network is told by its address, as it is connected to."""

    async def resolve(self: Any, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
        there = found if host == asked else ["192.168.1.9"]
        there = [each for each in there if ":" not in each or family != socket.AF_INET]
        if not there:
            raise OSError(host)
        return [{"hostname": host, "host": each} for each in there]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    guard = private.Guard(asked, {"proxy.lan"})
    await guard.resolve("proxy.lan")
    if home:
        assert await guard.refused("10.0.0.9") == ""
        await guard.resolve("printer.lan")
    else:
        for name in ("10.0.0.9", "router", "nas.local", "localhost"):
            assert name in await guard.refused(name)
        with pytest.raises(PermissionError, match="private network"):
            await guard.resolve("printer.lan")
    assert await guard.refused("93.184.216.34") == await guard.refused("b.fr") == ""


async def test_a_name_that_turns_inward(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host of the internet that is in this network when it is looked up again is not asked."""
    known = {"a.fr": "93.184.216.34", "home.example": "10.0.0.1"}
    resolves(monkeypatch, known)
    guard = private.Guard("a.fr")
    await guard.resolve("a.fr")
    known["a.fr"] = "10.0.0.1"
    with pytest.raises(PermissionError, match="private network"):
        await guard.resolve("a.fr")
    with pytest.raises(PermissionError, match="private network"):
        await guard.resolve("home.example")
    guard = private.Guard("a.fr", outside=True)  # for the picture of its page
    with pytest.raises(PermissionError, match="private network"):
        await guard.resolve("a.fr")
    assert await guard.refused("10.0.0.9")
    guard = private.Guard("a.fr")  # given by hand as it is now
    await guard.resolve("a.fr")
    await guard.resolve("home.example")
    known["a.fr"] = "93.184.216.34"
    await guard.resolve("a.fr")
    with pytest.raises(PermissionError, match="private network"):
        await guard.resolve("home.example")


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("<html><body>Not found</body></html>", ErrorKind.NO_RECIPE),
        ("<html><body><div id=app></div><SCRIPT src=/x.js></script></body>", ErrorKind.JS_REQUIRED),
    ],
)
async def test_a_page_that_says_nothing(page: str, kind: ErrorKind) -> None:
    """Only a page that has scripts can be made by them."""
    with pytest.raises(scraper.ScrapeError) as caught:
        await scraper._recipe(scraper.Work(), page, Source(url="https://a.fr/x"))
    assert caught.value.kind is kind


def test_deflate_is_read_in_both_ways() -> None:
    """The name means one thing in RFC 9110, and another to some servers."""
    raw = zlib.compress(PAGE)
    unpack = Unpacker("deflate", 999)
    assert b"".join(unpack.fed(raw)) == PAGE
    unpack = Unpacker("deflate", 999)
    assert b"".join(unpack.fed(raw[2:-4])) == PAGE
    assert unpack.whole


@pytest.mark.parametrize("encoding", ["none", "UTF-8", "binary", "text/html"])
async def test_packings_that_are_none(site: tuple[Site, str], encoding: str) -> None:
    """What names no way of packing has not packed anything: so browsers take it."""
    made, url = site
    made.answers["x"] = says(200, PAGE, Content_Encoding=encoding)
    assert (await got(f"{url}/x")).body == PAGE


@pytest.mark.parametrize("encoding", ["zstd", "gzip, gzip", "compress"])
async def test_packings_nobody_asked_for(site: tuple[Site, str], encoding: str) -> None:
    """They are told as such."""
    made, url = site
    made.answers["x"] = says(200, PAGE, Content_Encoding=encoding)
    assert f"nobody asked for: {encoding}" in str(await fault_of(f"{url}/x"))


MOVED = "<html><head>{}</head><body>This page has moved.</body></html>"


@pytest.mark.parametrize(
    "head",
    [
        '<meta http-equiv="refresh" content="0; url=/y?a=1&amp;b=2">',
        "<META content='1;URL=\"/y?a=1&amp;b=2\"' http-equiv=Refresh />",
        '<meta http-equiv="refresh" content="0,/y?a=1&amp;b=2">',
    ],
)
async def test_pages_that_lead_on_by_themselves(site: tuple[Site, str], head: str) -> None:
    """A page that has moved sends on in its head, where a server cannot."""
    made, url = site
    made.answers["x"], made.answers["y"] = says(200, MOVED.format(head).encode()), says(200, PAGE)
    found = await got(f"{url}/x")
    assert (found.body, found.url) == (PAGE, f"{url}/y?a=1&b=2")


@pytest.mark.parametrize(
    "head",
    [
        '<meta http-equiv="refresh" content="300; url=/y">',
        '<meta http-equiv="refresh" content="0">',
        '<meta http-equiv="refresh" content="0; url=/x">',
        '<meta http-equiv="refresh" content="0; url=javascript:alert(1)">',
        '<noscript><meta http-equiv="refresh" content="0; url=/y"></noscript>',
        '<!-- <meta http-equiv="refresh" content="0; url=/y"> -->',
        '<meta http-equiv="refresh" content="0; url=/y"><script type="application/ld+json">',
        '<meta name="refresh" content="0; url=/y">',
    ],
)
async def test_pages_that_stay(site: tuple[Site, str], head: str) -> None:
    """A page that loads itself anew, later, or for others, is the page; so is one with data."""
    made, url = site
    body = MOVED.format(head).encode()
    made.answers["x"], made.answers["y"] = says(200, body), says(200, PAGE)
    assert (await got(f"{url}/x")).body == body


async def test_robots_are_asked_where_a_page_leads_on(site: tuple[Site, str]) -> None:
    """What robots may not have is not had by way of another page."""
    made, url = site
    head = '<meta http-equiv="refresh" content="0; url=/y">'
    made.answers["x"], made.answers["y"] = says(200, MOVED.format(head).encode()), says(200, PAGE)
    made.answers["robots.txt"] = says(200, b"User-agent: *\nDisallow: /y\n")
    assert "robots" in str(await fault_of(f"{url}/x"))


def test_certificates_do_not_change_in_a_minute() -> None:
    """One that cannot be trusted is not asked for three times."""
    made = ssl.SSLCertVerificationError(1, "self-signed certificate")
    key = fetch.aiohttp.client_reqrep.ConnectionKey("a.example", 443, True, True, None, None, None)
    wrong = fetch.aiohttp.ClientConnectorCertificateError(key, made)
    assert not reasons.may_pass(wrong)
    assert reasons.may_pass(fetch.aiohttp.ServerDisconnectedError())
