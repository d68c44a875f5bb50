"""A batch in which everything goes wrong at once ends well: every item in a state with a name."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.e2e.command import WAIT_S, Soniq, one_line
from tests.e2e.faulty_web import KINDS, TITLE, FaultyWeb, salt, url
from tests.e2e.test_recipes import files_of, scrapers

SLOTS = 4
ONE_HOST = [url("good", 0, f"r{number}") for number in range(3)]
LIKE_OTHERS = {
    *("date", "negative", "millis", "endless"),
    *("latin", "charset", "refused", "loop", "bomb"),
}
"""Other words for what is there already; they are among the sixty, and ``test_fetch`` has them."""
QUICK = [*(url(kind) for kind in KINDS if kind not in LIKE_OTHERS), *ONE_HOST]
"""One of each, and some of one host."""
TRACKED = [f"{url('good')}?utm_source=mail&fbclid=x", f"{url('gone')}#top"]
SIXTY = [
    *(url("good", number) for number in range(17)),
    *ONE_HOST,
    *(url("gone", number) for number in range(5)),
    *(url("challenge", number) for number in range(3)),
    *(url(kind, n) for kind in ("seconds", "date", "negative", "millis", "flaky") for n in (1, 2)),
    *(url(kind, n) for kind in ("absent", "absurd", "endless", "stall", "reset") for n in (1, 2)),
    *(url(kind) for kind in ("refused", "robots", "loop", "huge", "bomb", "charset", "latin")),
    *(f"{url('good', n)}?utm_campaign={n}" for n in range(3)),
    *(f"{url('gone', n)}?fbclid={n}" for n in range(2)),
]


@pytest.fixture
def web(soniq: Soniq) -> Iterator[FaultyWeb]:
    with FaultyWeb() as made:
        soniq.env["SONIQ_HOST_GAP_S"] = "0.01"
        soniq.env |= {"http_proxy": made.proxy, "HTTP_PROXY": made.proxy, "no_proxy": ""}
        yield made


class Watch:
    """Counts the scrapers that run at once, until it is left."""

    def __init__(self, soniq: Soniq) -> None:
        self._soniq, self._over = soniq, threading.Event()
        self.peak = 0
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.peak = max(self.peak, len(scrapers(self._soniq)))


def host_of(address: str) -> str:
    return address.split("/")[2]


def expected(listed: list[str]) -> tuple[list[str], Counter[str]]:
    """Return which pages come of a list, and how often each kind of failure."""
    once = dict.fromkeys(address.split("?")[0].split("#")[0] for address in listed)
    ends = {address: KINDS[host_of(address).partition("-")[0]] for address in once}
    done = [address for address, end in ends.items() if end == "done"]
    return done, Counter(end for end in ends.values() if end != "done")


def check(soniq: Soniq, web: FaultyWeb, listed: list[str], items: dict[str, int]) -> None:
    """Compare what is there with what was to come of a list."""
    done, failed = expected(listed)
    skipped = len(listed) - len(done) - failed.total()
    assert items == {
        "total": len(listed), "done": len(done), "skipped": skipped, "failed": failed.total()
    }  # fmt: skip
    errors = soniq.export("errors")
    assert Counter(error["kind"] for error in errors) == failed
    for error in errors:
        assert error["kind"] == KINDS[host_of(error["item"]).partition("-")[0]]
        assert error["reason"]
    rows = soniq.export("recipes")
    assert sorted(row["soniq"]["source"]["url"] for row in rows) == sorted(done)
    assert len({row["slug"] for row in rows}) == len(rows) == len(files_of(soniq))
    for row in rows:  # each under the slug that its file has, with what its own page has
        assert row["recipeIngredient"][-1] == salt(row["soniq"]["source"]["url"])
        assert row["slug"] == row["soniq"]["slug"] == Path(row["file"]).name.partition(".")[0]
        assert row["name"] == TITLE or "latin" in row["url"]
    assert max(web.peak.values()) == 1
    assert not list(soniq.data.rglob(".tmp-*"))
    assert not scrapers(soniq)


def test_one_of_each(soniq: Soniq, web: FaultyWeb) -> None:
    """Each fault has its kind, what can be had is there once, and the report adds up.

    All pages have one title, and each its own file. No host is asked for two things at once, and no
    more scrapers run than there are slots.
    """
    soniq.env |= {"SONIQ_PAGE_TIMEOUT_S": "4", "SONIQ_ENGINE__MAX_ATTEMPTS": "2"}
    listed = [url("stall"), *(each for each in QUICK if each != url("stall")), *TRACKED]
    with Watch(soniq) as watch:
        done = soniq.run("recipes", *listed, "--slots", SLOTS, "--headless", "--json")
    assert done.returncode == 1, done.stderr
    report = one_line(done.stdout)
    check(soniq, web, listed, report["items"])
    assert len(report["errors"]) == report["items"]["failed"]
    assert watch.peak <= report["slots"]["scrape"]["peak"] <= SLOTS
    assert web.hits["absurd-0.example"] == web.hits["gone-0.example"] == 1
    assert web.hits["absent-0.example"] == web.hits["stall-0.example"] == 2


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_sixty_killed_and_resumed(soniq: Soniq, web: FaultyWeb) -> None:
    """Killed in the middle (``kill -9``) and resumed each page is got once; the sum is right.

    Twenty of them have one title and are saved side by side.
    """
    assert len(SIXTY) == 60
    soniq.env |= {"SONIQ_PAGE_TIMEOUT_S": "3", "SONIQ_ENGINE__MAX_ATTEMPTS": "4"}
    with Watch(soniq) as watch:
        process = soniq.start(
            "recipes", *SIXTY, "--slots", SLOTS, "--headless", "--json", start_new_session=True
        )
        until_s = time.monotonic() + WAIT_S
        while len(files_of(soniq)) < 8 and time.monotonic() < until_s:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        while scrapers(soniq) and time.monotonic() < until_s:
            time.sleep(0.02)
        assert not scrapers(soniq)
        again = soniq.start("resume", "--headless")
        output, errors = again.communicate(timeout=180)
    assert again.returncode == 1, errors
    items = soniq.status()["batches"][-1]["items"]
    check(soniq, web, SIXTY, {name: items[name] for name in ("total", "done", "skipped", "failed")})
    assert watch.peak <= SLOTS
    for kind in expected(SIXTY)[1]:
        assert kind in output


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_sixty_cancelled(soniq: Soniq, web: FaultyWeb) -> None:
    """Cancelled in the middle, stalls and all, it leaves no process and no half of a file."""
    soniq.env["SONIQ_PAGE_TIMEOUT_S"] = "20"
    listed = [*(url("stall", number) for number in range(6)), *SIXTY[:54]]
    process = soniq.start("recipes", *listed, "--slots", SLOTS, "--headless", "--json")
    until_s = time.monotonic() + WAIT_S
    while web.hits.total() < SLOTS and time.monotonic() < until_s:
        time.sleep(0.02)
    assert scrapers(soniq)
    assert soniq.run("cancel", "1").returncode == 0
    process.wait(timeout=WAIT_S)
    until_s = time.monotonic() + 5
    while scrapers(soniq) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not scrapers(soniq)
    assert not list(soniq.data.rglob(".tmp-*"))
    assert [b["state"] for b in soniq.status()["batches"]] == ["cancelled"]
