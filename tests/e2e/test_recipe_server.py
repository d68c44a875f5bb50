"""Recipes that another machine makes, through the real command and the old server's protocol."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.command import WAIT_S, Soniq, one_line
from tests.importers.recipes.old_server import Served


def until(seen: Callable[[], object]) -> None:
    until_s = time.monotonic() + WAIT_S
    while not seen():
        assert time.monotonic() < until_s
        time.sleep(0.02)


def noted(soniq: Soniq, ids: Iterable[str]) -> bool:
    """Say whether the journal knows by which names a server works on what it was sent."""
    connection = sqlite3.connect(f"file:{soniq.data / 'journal.db'}?mode=ro", uri=True)
    with closing(connection) as db:
        kept = b"".join(now or b"" for (now,) in db.execute("SELECT now FROM payload"))
    return all(name.encode() in kept for name in ids)


@pytest.mark.parametrize("era", ["seed", "head"])
def test_an_older_command_line(soniq: Soniq, tmp_path: Path, era: str) -> None:
    """The words of the old importer, its server, its ends: each recipe is sent once.

    A password of an address is on no screen and in no log, and none of a preset.
    """
    listed = [f"http://s{n % 2}.example/r{n}" for n in range(6)]
    listed += ["http://s0.example/there", "http://s1.example/dead"]
    listed += ["http://ada:geheim@s2.example/x", "http://s2.example/x?utm_source=mail"]
    source, auth = tmp_path / "urls.json", tmp_path / "auth.json"
    source.write_text(json.dumps(listed))
    preset = {"type": "cookie", "values": {"session": "heimlich"}}
    auth.write_text(json.dumps({"s0.example": preset}))
    auth.chmod(0o600)
    soniq.env["SONIQ_QUEUES__FETCH__LANE_DELAY_S"] = "0"
    with Served(era, slots=8, step_s=0.1) as served:
        server = served.server
        server.recipes["http://s0.example/there"] = "old-soup"
        server.fails["http://s1.example/dead"] = "Scraper failed (exit 1): HTTP 404"
        done = soniq.run(
            "recipes", "-c", "6", "-a", served.url, "--auth", auth, "--max-per-domain", "2",
            "url", "-f", source, "--headless", "--json",
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        report = one_line(done.stdout)
        assert report["items"] == {"total": 10, "done": 7, "skipped": 2, "failed": 1}
        assert [(e["kind"], e["item"]) for e in report["errors"]] == [("not_found", listed[7])]
        assert max(server.posts.values()) == 1
        assert max(server.peak.values()) <= 2
        assert report["slots"]["fetch"]["limit"] == 6
        assert (server.looks > 0, server.streams > 0) == (era == "seed", era != "seed")
        sent = {body["url"]: body.get("credentials", {}) for body in server.bodies}
    assert sent["http://s0.example/r0"] == preset | {"domain": "s0.example", "description": ""}
    assert sent["http://s1.example/r1"] == {}
    assert sent["http://s2.example/x"]["values"] == {"username": "ada", "password": "geheim"}
    told = done.stdout + done.stderr + (soniq.data / "soniq.log").read_text()
    told += json.dumps(soniq.status()) + soniq.run("jobs", "--json").stdout
    assert "geheim" not in told
    assert "heimlich" not in told


def test_killed_while_a_server_works(soniq: Soniq) -> None:
    """After ``kill -9`` what was sent is watched to its end, and nothing is sent twice."""
    listed = [f"http://s{n}.example/r{n}" for n in range(6)]
    with Served("head", slots=8, step_s=1.0) as served:
        server = served.server
        words = ("recipes", *listed, "--server", served.url, "--headless", "--json")
        process = soniq.start(*words, start_new_session=True)
        until(lambda: len(server.progress) == len(listed) and noted(soniq, server.progress))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        server.step_s = 0.05
        done = soniq.run("resume", "--headless", "--json")
        assert done.returncode == 0, done.stderr
        assert max(server.posts.values()) == 1
        assert set(server.posts) == set(listed)
    (batch,) = soniq.status()["batches"]
    assert (batch["items"]["done"], batch["items"]["failed"]) == (6, 0)


def test_texts_for_a_server(soniq: Soniq, tmp_path: Path) -> None:
    """A folder of texts is sent text by text, with the pictures beside them."""
    room = tmp_path / "texts"
    room.mkdir()
    (room / "soup.txt").write_text("Soup\n3 leeks\n")
    (room / "soup.png").write_bytes(b"\x89PNG")
    (room / "tart.txt").write_text("Tart\n2 apples\n")
    with Served("february", step_s=0.02) as served:
        done = soniq.run("recipes", "-a", served.url, "text", "-d", room, "--headless", "--json")
        assert one_line(done.stdout)["items"]["done"] == 2
        bodies = {body["text"]: "image" in body for body in served.server.bodies}
    assert bodies == {"Soup\n3 leeks\n": True, "Tart\n2 apples\n": False}
