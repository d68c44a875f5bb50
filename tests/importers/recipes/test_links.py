"""Addresses: found in any text, and one key for all ways to write one page."""

import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.importers.recipes import links


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://a.fr/x", ["https://a.fr/x"]),
        ("see <https://a.fr/x>, and (http://b.com/y).", ["https://a.fr/x", "http://b.com/y"]),
        ("https://a.fr/wiki/Tarte_(plat)", ["https://a.fr/wiki/Tarte_(plat)"]),
        ("www.a.fr/tarte", ["https://www.a.fr/tarte"]),
        ("a tart of apples, 1/2 cup", []),
        ('"https://a.fr/x","https://a.fr/y"', ["https://a.fr/x", "https://a.fr/y"]),
        ("ftp://a.fr/x mailto:b@c.fr", []),
        ("https://" + "a" * 3000 + ".fr/x", []),
        ("http://nas/soup, HTTP://NAS:8000", ["http://nas/soup", "HTTP://NAS:8000"]),
        ("[soup](http://[::1]:8000/x)", ["http://[::1]:8000/x"]),
        ("one a line, https://… or http://... or http:///x", []),
        ("http://[::zz]/x http://a..fr/x http://a.fr:99999/x", []),
        ("nas/soup localhost:8000/x", []),
    ],
)
def test_found_in(text: str, found: list[str]) -> None:
    """Addresses come out of running text without what surrounds them."""
    assert links.found_in(text) == found


@pytest.mark.parametrize(
    "other",
    [
        "http://www.a.fr/x/", "https://a.fr/x?utm_source=b&fbclid=1", "https://m.a.fr/x#top",
        "https://A.FR:443/x/amp/", "https://a.fr//x/print", "https://a.fr/x/index.html", "https://a.fr/x?ref=c",
        "https://a.fr/x?", "https://a.fr/x?&=", "https://a.fr/x?amp", "https://a.fr/x;jsessionid=4aF.n1",
        "https://a.fr/x?gad_source=1&srsltid=b&dclid=c", "https://a.fr/x?pk_campaign=a&mtm_kwd=b&fb_ref=c",
    ],
)  # fmt: skip
def test_one_key(other: str) -> None:
    """Protocol, www, tracking, fragments and the like make no other page."""
    assert links.key_of(other) == links.key_of("https://a.fr/x") == "a.fr/x"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://nas/", "nas"), ("http://localhost:8/", "localhost"), ("http://[::1]:8/x", "::1"),
        ("http://[fe80::1%eth0]/", "fe80::1%eth0"), ("http://a_b.lan./", "a_b.lan."),
        ("http://été.fr/x", "été.fr"), ("ftp://localhost/", None),
        ("http://…/", None), ("http://./", None), ("http://a b/", None), ("//nas/x", None),
    ],
)  # fmt: skip
def test_usable(url: str, host: str | None) -> None:
    """A scheme that is written out makes an address of any host, which may have no dot at home."""
    usable = links.urlsplit_of(url)
    assert (usable and usable[1]) == host


def test_a_key_of_a_number() -> None:
    """The key of a host of IPv6 is one host still."""
    assert links.key_of("http://[::1]:8000/x") == "[::1]:8000/x"
    assert links.key_of("https://[::1]:8000/x") != links.key_of("http://[::1:8000]/x")


@pytest.mark.parametrize(
    "other",
    [
        "https://a.fr/y",
        "https://b.fr/x",
        "https://a.fr/x?p=3",
        "https://a.fr:81/x",
        "https://a.fr/x?17",
        "https://a.fr/x?soup",
    ],
)
def test_other_keys(other: str) -> None:
    """What names another page stays apart, be it a query without a value."""
    assert links.key_of(other) != links.key_of("https://a.fr/x")


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Whatever is pasted, every address found has a host and a key that is its own key."""
    for url in links.found_in(text):
        assert links.host_of(url)
        assert links.key_of(f"https://{links.key_of(url)}") == links.key_of(url)


def test_fingerprint() -> None:
    """Order, case and blanks of ingredients make no other recipe."""
    assert links.fingerprint(["2 Œufs", "1  pomme"]) == links.fingerprint(["1 pomme", "2 œufs"])
    assert links.fingerprint(["2 œufs"]) != links.fingerprint(["3 œufs"])


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://faß.example/x", "xn--fa-hia.example"),
        ("https://FAẞ.example/x", "xn--fa-hia.example"),
        ("https://βόλος.example/x", "xn--nxasmm1c.example"),
        ("https://fass.example/x", "fass.example"),
        ("https://crêpes.example/x", "xn--crpes-isa.example"),
    ],
)
def test_hosts_that_only_look_alike(url: str, host: str) -> None:
    """Credentials of one host are not those of another, which its owner need not know."""
    assert links.host_of(url) == host
    assert yarl.URL(url).raw_host == host
