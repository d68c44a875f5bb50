"""Sites that mean no good, or do not know what they do, get and cost nothing that is not theirs."""

import asyncio
import base64
import gzip
import os
from pathlib import Path

import pytest
from aiohttp import web

from soniq_tui.importers.recipes import charset, hosts, links, pages
from soniq_tui.importers.recipes.fetch import Fetcher, FetchError
from soniq_tui.importers.recipes.hosts import Hosts
from soniq_tui.importers.recipes.private import is_private
from soniq_tui.importers.recipes.reasons import retry_after_s
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.text import without_logins
from tests.importers.recipes.test_fetch import Answer, Site, says, site

__all__ = ["site"]


@pytest.mark.parametrize(
    ("body", "told", "text"),
    [
        ("œuf – 3 €".encode("cp1252"), "iso-8859-1", "œuf – 3 €"),
        (b"a\x81b", "iso-8859-1", "a\x81b"),
        (b'<meta charset="utf-16">ok', "", '<meta charset="utf-16">ok'),
        ("\ufeffœ".encode("utf-16-le"), "", "œ"),
        ("\ufeffœ".encode("utf-16-be"), "utf-8", "œ"),
        ("œ".encode(), "punycode", "œ"),
        ("œ".encode(), "undefined", "œ"),
        ("œ".encode(), "hex", "œ"),
        ("œ".encode(), "\udce9", "œ"),
        ("œ".encode(), "x\0y", "œ"),
        (b'<meta charset="idna">\xff', "", '<meta charset="idna">ÿ'),
        ("crème".encode(), "iso-8859-1", "crème"),
        ("crème".encode("cp1252"), "utf-8", "crème"),
        ("crème – 3 €".encode("cp1252"), "", "crème – 3 €"),
        ("日本".encode("cp932"), "shift_jis", "日本"),
        (b"\xc5\x93 \xff", "utf-8", "œ \ufffd"),
    ],
)
def test_charsets(body: bytes, told: str, text: str) -> None:
    """Whatever a page says of its charset, it becomes text, and the text that browsers show."""
    assert charset.text_of(body, told) == text


def test_a_saved_page_in_another_charset(tmp_path: Path) -> None:
    """A page that a person saved is read in its own charset."""
    file = tmp_path / "page.html"
    file.write_bytes('<meta charset="iso-8859-1">crème'.encode("latin-1"))
    assert pages.read(file).text.endswith("crème")


@pytest.mark.parametrize(
    "target", ["http://[", "//[x", "javascript:1", "http://a.fr:abc/", "ftp://a.fr/"]
)
async def test_redirects_to_nowhere(site: tuple[Site, str], target: str) -> None:
    """A redirect that leads nowhere is a reason like any other."""
    made, url = site
    made.answers["x"] = says(301, Location=target)
    async with Fetcher(Hosts(None), tries=1) as fetcher:
        with pytest.raises(FetchError, match="redirected"):
            await fetcher.page(f"{url}/x")


async def test_cut_off_while_packed(site: tuple[Site, str]) -> None:
    """Half of a packed page is no page."""
    made, url = site
    made.answers["x"] = says(200, gzip.compress(os.urandom(9000))[:5000], Content_Encoding="gzip")
    async with Fetcher(Hosts(None), tries=1) as fetcher:
        with pytest.raises(FetchError, match="cut off") as caught:
            await fetcher.page(f"{url}/x")
    assert caught.value.passing


def telling() -> tuple[Answer, list[str | None]]:
    """Return an answer, and what credentials it is asked with."""
    seen: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        wanted = request.headers.get("Accept", "").replace("image/*", "image/png")
        return web.Response(text="ok", content_type=wanted.partition(",")[0])

    return answer, seen


async def test_credentials_stay_where_they_belong(site: tuple[Site, str]) -> None:
    """Another host gets none, and an unencrypted connection none unless it was asked for."""
    made, url = site
    answer, seen = telling()
    port = url.rpartition(":")[2]
    other = f"http://localhost:{port}"
    made.answers |= {"x": answer, "moved": says(302, Location=f"{other}/x")}
    presets = {"127.0.0.1": {"type": "bearer", "token": "t"}}
    for asked, path in ((url, "x"), (url, "moved"), ("https://127.0.0.1/", "x")):
        async with Fetcher(Hosts(None), credentials=presets, asked=asked) as fetcher:
            await fetcher.image(f"{url}/{path}")
    assert seen == ["Bearer t", None, None]


async def test_the_login_of_an_address(site: tuple[Site, str]) -> None:
    """It goes to its host alone, also before presets, and is in no reason."""
    made, url = site
    answer, seen = telling()
    port = url.rpartition(":")[2]
    other = f"http://eve:hers@localhost:{port}"
    made.answers |= {"x": answer, "moved": says(302, Location=f"{other}/x")}
    made.answers["away"] = says(302, Location="ftp://ada:s%40crt@127.0.0.1/")
    asked = f"http://ada:s%40crt@127.0.0.1:{port}"
    presets = {"127.0.0.1": {"type": "bearer", "token": "t"}}
    async with Fetcher(Hosts(None), tries=1, credentials=presets, asked=f"{asked}/x") as fetcher:
        await fetcher.page(f"{asked}/x")
        await fetcher.image(f"{url}/x")
        await fetcher.image(f"{url}/moved")
        with pytest.raises(FetchError) as caught:
            await fetcher.page(f"{url}/away")
    ada = base64.b64encode(b"ada:s@crt").decode()
    assert seen == [f"Basic {ada}", f"Basic {ada}", None]
    assert "crt" not in str(caught.value)


async def test_a_page_that_does_not_end(site: tuple[Site, str]) -> None:
    """Of a page that does not say how long it is no more is read than a page may have."""
    made, url = site
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse(headers={"Content-Type": "text/html"})
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        while sent < 20 << 20:
            await answer.write(b"x" * (1 << 18))
            sent += 1 << 18
        return answer

    made.answers["x"] = endless
    async with Fetcher(Hosts(None), tries=1) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.page(f"{url}/x")
    assert caught.value.kind is ErrorKind.TOO_BIG
    assert sent < 20 << 20


async def test_a_page_that_takes_too_long(
    site: tuple[Site, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that stalls is given up after the time of the setting, also where it trickles."""
    made, url = site
    monkeypatch.setenv("SONIQ_PAGE_TIMEOUT_S", "0.2")

    async def trickles(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/html"})
        await answer.prepare(request)
        for _ in range(50):
            await answer.write(b"x")
            await asyncio.sleep(0.05)
        return answer

    async def stalls(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(3)
        return web.Response()

    made.answers |= {"x": trickles, "y": stalls}
    async with Fetcher(Hosts(None), tries=1) as fetcher:
        for name in "xy":
            with pytest.raises(FetchError) as caught:
                await fetcher.page(f"{url}/{name}")
            assert (caught.value.kind, caught.value.passing) == (ErrorKind.TIMEOUT, True)


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("93.184.216.34", False), ("2606:2800:220:1::1", False), ("10.0.0.1", True),
        ("::ffff:127.0.0.1", True), ("64:ff9b::7f00:1", True), ("2002:7f00:1::", True),
        ("fe80::1%eth0", True), ("224.0.0.1", True), ("100.64.0.1", True),
        ("64:ff9b::5db8:d822", False), ("64:ff9b:1::5db8:d822", True), ("fec0::1", True),
        ("::127.0.0.1", True), ("::ffff:0:127.0.0.1", True), ("::1", True), ("::", True),
    ],
)  # fmt: skip
def test_private(address: str, private: bool) -> None:
    """Addresses of this machine and its network are known in every wrapping."""
    assert is_private(address) is private


def test_how_long_anybody_may_ask_for() -> None:
    """Nobody is left alone for ever because he asked for that."""
    assert (
        retry_after_s({"Retry-After": "inf"}) == retry_after_s({"Retry-After": "9" * 30}) == 86400
    )
    assert retry_after_s({"Retry-After": "nan"}) is None


async def test_rules_that_break_the_parser(site: tuple[Site, str]) -> None:
    """Wrong lines among the rules for robots are left out, the others heeded."""
    made, url = site
    rules = (
        f"User-agent: *\nCrawl-delay: ²\nCrawl-delay: {'9' * 5000}\nDisallow: //[\nDisallow: /no\n"
    )
    made.answers |= {"robots.txt": says(200, rules.encode()), "x": says(200, b"ok")}
    async with Fetcher(Hosts(None), tries=1) as fetcher:
        assert (await fetcher.page(f"{url}/x")).body == b"ok"
        with pytest.raises(FetchError, match="robots"):
            await fetcher.page(f"{url}/no")


async def test_rules_that_cannot_be_had_now(site: tuple[Site, str], tmp_path: Path) -> None:
    """They are asked for again by the next one."""
    made, url = site
    made.answers |= {"robots.txt": says(503), "x": says(200, b"ok")}
    async with Fetcher(Hosts(tmp_path, gap_s=0), tries=1) as fetcher:
        assert (await fetcher.page(f"{url}/x")).body == b"ok"
    made.answers["robots.txt"] = says(200, b"User-agent: *\nDisallow: /x")
    async with Fetcher(Hosts(tmp_path, gap_s=0), tries=1) as fetcher:
        with pytest.raises(FetchError, match="robots"):
            await fetcher.page(f"{url}/x")


async def test_stopped_and_continued(site: tuple[Site, str]) -> None:
    """A request whose time ran out while the process stood still is made again."""
    made, url = site
    stood = 0

    async def drops(request: web.Request) -> web.Response:
        nonlocal stood
        if not stood:
            stood = 1
            assert request.transport is not None
            request.transport.close()
        return web.Response(text="ok")

    made.answers["x"] = drops
    async with Fetcher(Hosts(None), tries=1, thaws=lambda: stood) as fetcher:
        assert (await fetcher.page(f"{url}/x")).body == b"ok"


async def test_a_turn_that_is_swept_away(tmp_path: Path) -> None:
    """A turn that somebody has is theirs, and who waits for one that is gone takes the next."""
    turns = Hosts(tmp_path, gap_s=0)
    async with turns.turn("a.fr"):
        aged(tmp_path)
        assert hosts.sweep(tmp_path) == 0
        waits = asyncio.create_task(turns._locked("a.fr"))
        await asyncio.sleep(0.01)
        emptied(tmp_path)  # as a sweep does that comes between the two
    fd = await asyncio.wait_for(waits, 20)
    assert os.fstat(fd).st_nlink == 1
    os.close(fd)


def aged(room: Path) -> None:
    for file in room.iterdir():
        os.utime(file, (1, 1))


def emptied(room: Path) -> None:
    for file in room.iterdir():
        file.unlink()


def test_what_nobody_uses_is_swept_away(tmp_path: Path) -> None:
    """After a day without use turns and rules are deleted; what is newer stays."""
    for name in ("a.host", "b.robots", "c.1.part"):
        (tmp_path / name).write_text("1")
    aged(tmp_path)
    (tmp_path / "new.host").write_text("1")
    assert hosts.sweep(tmp_path) == 3
    assert [file.name for file in tmp_path.iterdir()] == ["new.host"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at https://ada:se cret@a.fr/x", "at https://ada:se cret@a.fr/x"),
        ("at https://ada:p@ss@a.fr:8/x, twice", "at https://a.fr:8/x, twice"),
        ("HTTP://ada@a.fr and http://b.fr", "HTTP://a.fr and http://b.fr"),
        ("https://a.fr/@ada?q=a@b", "https://a.fr/@ada?q=a@b"),
        ("mail ada@a.fr", "mail ada@a.fr"),
    ],
)
def test_no_password_is_said(text: str, shown: str) -> None:
    """Where a text for people holds an address, it holds it without its login."""
    assert without_logins(text) == shown


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://ada:secret@a.fr:8/x?q=1@2", "https://a.fr:8/x?q=1@2"),
        ("https://a.fr/@ada", "https://a.fr/@ada"),
        ("http://[", "http://["),
    ],
)
def test_no_password_is_kept(url: str, bare: str) -> None:
    """A name and a password in an address stay out of the recipe."""
    assert links.without_login(url) == bare
    assert links.joint(*links.parted(url)) == url
