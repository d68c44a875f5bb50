"""The launch form of the real console: many addresses by paste, what it says, what is not lost."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.e2e.command import SONIQ, Soniq
from tests.runners.room import offer
from tests.ui.term import Term, plain

STAGES = Path(__file__).with_name("stages")
PASTED = "\x1b[200~{}\x1b[201~"
FIFTY = [f"https://example.org/page/{i}" for i in range(47)] + [
    "https://example.org/missing",
    "https://example.org/blocked",
    "https://example.org/slow",
]


@pytest.fixture
def addresses(soniq: Soniq, tmp_path: Path) -> Soniq:
    """The command in a world where somebody has installed an importer of addresses."""
    soniq.env = soniq.env | {"PYTHONPATH": offer(tmp_path / "offer", "addresses", STAGES)}
    return soniq


def form(soniq: Soniq, **size: int) -> Term:
    """Open the console and its launch form; that of a stranger stands first."""
    term = Term(argv=[*SONIQ, "--data-dir", str(soniq.data)], env=soniq.env, **size)
    assert term.until("new batch") is not None
    term.keys("n")
    assert term.until("soniq-tui addresses") is not None
    return term


def test_fifty_addresses_are_launched_by_paste(addresses: Soniq) -> None:
    """Buried in a text: counted, looked at, started; three fail, each by its kind."""
    text = "".join(f"- see <{url}>, said {i}\r" for i, url in enumerate(FIFTY))
    with form(addresses, rows=40, cols=120) as term:
        term.keys(PASTED.format(text))
        assert term.until("50 URLs, 0 already imported") is not None
        term.keys("\n")
        assert term.until("50/50", 30) is not None
        term.keys("n")
        assert term.until("50 URLs, 47 already imported") is not None
        term.keys("\x1b")
        term.read(0.3)
        term.keys("q")
        assert term.ended() == 0
    batch = addresses.status()["batches"][0]
    assert (batch["items"]["done"], batch["items"]["failed"]) == (47, 3)
    kinds = {row["kind"]: row["item"] for row in addresses.export("errors")}
    assert set(kinds) == {"not_found", "blocked", "timeout"}


def test_a_draft_outlives_a_kill(addresses: Soniq) -> None:
    """What was typed is in the form again after kill -9, and nothing was started."""
    with form(addresses) as term:
        term.keys(PASTED.format("https://example.org/a\rhttps://me:hunter2@example.org/b\r"))
        assert term.until("2 URLs, 0 already") is not None
        kept = addresses.data / "console.json"
        for _ in range(100):
            if kept.exists() and "example.org/a" in kept.read_text():
                break
            term.read(0.05)
        os.killpg(term.process.pid, signal.SIGKILL)
    assert "hunter2" not in kept.read_text()
    with form(addresses) as term:
        assert term.until("2 URLs, 0 already") is not None
        assert "as you left it" in plain(term.all)
        term.keys("\x1b")
        term.read(0.3)
        term.keys("q")
        assert term.ended() == 0
    assert addresses.status()["batches"] == []


def test_a_dry_run_on_the_command_line_starts_nothing(addresses: Soniq, tmp_path: Path) -> None:
    """It says what would be done and leaves not even a data directory behind."""
    done = addresses.run("addresses", *FIFTY, "--dry-run", "--limit", 10, "--priority", 3)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert "would start Addresses: 50 addresses (10 jobs; 10 items; priority +3)" in lines[0]
    assert lines[1] == "50 URLs, 0 already imported"
    assert lines[2] == f"  {FIFTY[0]}"
    assert not addresses.data.exists()
    said = addresses.run("addresses", "https://a/", "--dry-run", "--json").stdout
    assert json.loads(said)["met"] == "1 URLs, 0 already imported"
    wrong = addresses.run("addresses", "ftp://a/", "--dry-run")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "ftp://a/ is no address" in wrong.stderr
    paused = addresses.run("addresses", "https://a/", "--paused", "--headless")
    assert paused.returncode == 2
    assert "--paused needs the console" in paused.stderr


def test_a_limit_and_slots_hold_without_a_screen(addresses: Soniq) -> None:
    """The common options are those of the command line, too."""
    args = ("--limit", 4, "--priority", 3, "--slots", 1, "--headless", "--json")
    done = addresses.run("addresses", *FIFTY[:20], *args)
    assert json.loads(done.stdout)["items"]["done"] == 4
    slots = {queue["queue"]: queue["slots"] for queue in addresses.status()["queues"]}
    assert slots["extract"] == 1
