"""What a site asks of robots is read as RFC 9309 says."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.importers.recipes.robots import Robots
from soniq_tui.importers.recipes.robots_txt import Rules
from tests.power import Power

ALL = "User-agent: *\n"


@pytest.mark.parametrize(
    ("rules", "allowed", "refused"),
    [
        ("", ["/", "/x"], []),
        ("Disallow: /", [], ["/", "/x"]),
        ("Disallow:", ["/", "/x"], []),
        ("Disallow: /\nAllow: /recipes/", ["/recipes/x"], ["/recipes", "/x"]),
        ("Allow: /\nDisallow: /private", ["/x"], ["/private", "/private/x", "/privately"]),
        ("Disallow: /a\nAllow: /a", ["/a"], []),
        ("Allow: /a/b\nDisallow: /a/", ["/a/b"], ["/a/", "/a/c"]),
        ("Disallow: /*print", ["/x"], ["/print", "/x/print", "/x?print=1"]),
        ("Disallow: /*?", ["/x"], ["/x?", "/x?a"]),
        ("Disallow: /*.pdf$", ["/x.pdf?a", "/x.pdfs"], ["/x.pdf"]),
        ("Disallow: /x$", ["/xy", "/x/"], ["/x"]),
        ("Disallow: /$", ["/x"], ["/"]),
        ("Disallow: *", [], ["/", "/x"]),
        ("Disallow: /a*b*c", ["/ab", "/acb"], ["/abc", "/axxbxxcxx"]),
        ("Disallow: /a*a$", ["/a", "/ab"], ["/aa", "/abba"]),
        ("Disallow: /cr%C3%A8me", ["/creme"], ["/crème", "/cr%c3%a8me/x"]),
        ("Disallow: /crème", [], ["/crème", "/cr%C3%A8me"]),
        ("Disallow: /a%2Fb", ["/a/b"], ["/a%2Fb", "/a%2fb"]),
        ("Disallow: /%7Ejoe", [], ["/~joe", "/%7ejoe"]),
        ("Disallow: x", ["/x"], []),
        ("disallow : /x # not this\nDISALLOW:/y", ["/z"], ["/x", "/y"]),
        ("Disallow: /x\n\n\nDisallow: /y", [], ["/x", "/y"]),
        ("Disallow: /", ["/robots.txt"], ["/robots"]),
        ("Noindex: /x\nhello\n: /y\nDisallow /z", ["/x", "/y", "/z"], []),
    ],
)
def test_paths(rules: str, allowed: list[str], refused: list[str]) -> None:
    """The longest rule that fits a path counts, with ``*`` and ``$``; of equal ones what allows."""
    for text in (ALL + rules, ("\ufeff" + ALL + rules).replace("\n", "\r\n")):
        made = Rules(text, "soniq-tui")
        for path in allowed:
            assert made.allow(f"https://a.fr{path}#top"), path
        for path in refused:
            assert not made.allow(f"https://a.fr{path}#top"), path


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: *\nDisallow: /\n\nUser-agent: soniq-tui\nAllow: /", True),
        ("User-agent: SONIQ-TUI/1.0\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: soniq\nDisallow: /", True),
        ("User-agent: a\nUser-agent: soniq-tui\nUser-agent: b\nDisallow: /", False),
        ("User-agent: a\nDisallow: /x\nUser-agent: soniq-tui\nDisallow: /", False),
        ("User-agent: soniq-tui\nAllow: /y\nUser-agent: Soniq-TUI\nDisallow: /x", False),
        ("User-agent: soniq-tui\nCrawl-delay: 2\nUser-agent: a\nDisallow: /", True),
        ("User-agent: soniq-tui\nSitemap: /s\nDisallow: /", False),
        ("User-agent: *\nDisallow: /x\nUser-agent: *\nDisallow: /y", False),
        ("Disallow: /", True),
        ("User-agent:\nDisallow: /", True),
        ("<html><body>User-agent: *<br>Disallow: /</body></html>", True),
    ],
)  # fmt: skip
def test_who_is_meant(text: str, allowed: bool) -> None:
    """All groups that name us count together, else all of everybody; names are whole words."""
    assert Rules(text, "soniq-tui").allow("http://a.fr/x") is allowed


@pytest.mark.parametrize(
    ("told", "delay_s"),
    [("10", 10), ("0.5", 0.5), ("x", 0), ("-1", 0), ("inf", 60), ("nan", 0), ("1e9", 60),
     ("", 0), ("٣", 3), ("5 # s", 5)],
)  # fmt: skip
def test_delays(told: str, delay_s: float) -> None:
    """Pauses of any number of seconds up to a minute."""
    assert Rules(f"{ALL}Crawl-delay: {told}", "soniq-tui").delay_s == delay_s


@pytest.mark.parametrize(
    "line", ["Disallow: /" + "*a" * 900, "Disallow: /%", "Allow: /\n", "User-agent: *\n"]
)
def test_rules_without_end(line: str) -> None:
    """As many as a file may have are weighed at once."""
    text = ALL + f"{line}\n" * (100_000 // len(line))
    began_s = time.process_time()
    Rules(text, "soniq-tui").allow("http://a.fr/" + "a" * 1900)
    assert time.process_time() - began_s < 1


@given(st.text(max_size=200), st.text(max_size=50))
def test_any_rules(text: str, path: str) -> None:
    """Nothing that a site says, and no address, breaks anything."""
    made = Rules(ALL + text, "soniq-tui")
    made.allow(f"http://a.fr/{path}")
    assert 0 <= made.delay_s <= 60


async def test_rules_that_were_kept_survive_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty file under their name would allow everything."""
    power = Power(monkeypatch)

    async def fetch(_url: str) -> str:
        return f"{ALL}Disallow: /"

    assert not await Robots(tmp_path, fetch).allows("http://a.fr/x")
    assert list(power.left(tmp_path).values()) == [f"{ALL}Disallow: /".encode()]
