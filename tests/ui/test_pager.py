"""What leads out of the console: the person's pager on the terminal, the clipboard of tmux."""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from soniq_tui.ui import pager
from soniq_tui.ui.terminal_output import clipboard_sequences
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of, until
from tests.ui.term import APP, Term, plain

PAGER = """#!/bin/sh
echo "PAGING $(stty -g < /dev/tty | wc -w)"
cat "$1"
echo READY
read answer
echo "ANSWERED $answer"
"""


@pytest.fixture
def own_pager(tmp_path):
    """A pager that shows its file and waits for a line."""
    path = tmp_path / "pager"
    path.write_text(PAGER)
    path.chmod(0o755)
    return str(path)


def test_the_pager_has_the_terminal_and_the_engine_runs_on(tmp_path, own_pager):
    """It gets keys, in lines as in a shell; the loop beats on; then the screen is whole again."""
    beat = tmp_path / "beat"
    env = {"PAGER": own_pager, "HEARTBEAT": str(beat), "TMPDIR": str(tmp_path)}
    with Term("jobs", env=env) as term:
        assert term.until("/s")
        term.keys("2")
        assert term.until("100,000")
        term.keys("o")
        assert term.until("READY")
        assert "Nina Simone" in term.all.decode("utf-8", "replace")
        time.sleep(0.6)
        beat.write_text("")
        gaps, end = [], time.monotonic() + 1.3
        while time.monotonic() < end:
            assert term.read(0.1) == b""  # nothing is painted over it
            if text := beat.read_text():
                gaps.append(float(text))
        assert gaps
        assert max(gaps) < 400
        term.keys("\x1a\x03")  # would suspend and interrupt a program; the console stays
        term.keys("yes\n")
        end = time.monotonic() + 10
        while (
            "ANSWERED" not in (seen := plain(term.all))
            or "100,000" not in seen.rpartition("ANSWERED")[2]
        ):
            assert time.monotonic() < end
            term.read(0.1)
        term.keys("1")
        assert term.until("slots")
        term.keys("qs")
        assert term.ended() == 0
    assert not list(tmp_path.glob("soniq-*.txt"))


def test_a_console_that_ends_ends_its_pager(tmp_path, own_pager):
    """Nothing is left on the terminal, nor of the file."""
    env = {"PAGER": own_pager, "TMPDIR": str(tmp_path)}
    with Term("jobs", env=env) as term:
        assert term.until("/s")
        term.keys("2")
        assert term.until("100,000")
        term.keys("o")
        assert term.until("READY")
        term.process.terminate()
        assert term.ended() == 143
    assert not list(tmp_path.glob("soniq-*.txt"))


async def test_without_a_terminal_the_pager_is_refused(monkeypatch, tmp_path):
    """A screen that is no terminal cannot be handed over, and says so."""
    monkeypatch.setenv("PAGER", "/bin/cat")
    monkeypatch.setattr(pager.tempfile, "tempdir", str(tmp_path))
    async with running(keys=["2"]) as (app, pilot, _):
        await until(pilot, lambda: app.top.current() is not None)
        await pilot.press("o")
        await until(pilot, lambda: "cannot be handed over" in text_of(app))
        await pilot.press("o", "o", "o")  # each takes the place of the one before
    assert not list(tmp_path.glob("soniq-*.txt"))


def opened():
    """Return what the descriptors of this process lead to."""
    return [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.exists()]


async def test_a_pager_that_is_called_off_before_its_file_is_written_leaves_nothing(
    monkeypatch, tmp_path
):
    """Neither a file nor a descriptor of one stays, be the thread that would write it late."""
    monkeypatch.setenv("PAGER", "/bin/cat")
    monkeypatch.setattr(pager.tempfile, "tempdir", str(tmp_path))
    async with running() as (app, pilot, _):
        loop, free = asyncio.get_running_loop(), threading.Event()
        with ThreadPoolExecutor(1) as threads:
            threads.submit(free.wait, 10)
            loop.set_default_executor(threads)
            paging = asyncio.create_task(app.page("text"))
            await until(pilot, lambda: list(tmp_path.glob("soniq-*")))
            paging.cancel()
            with pytest.raises(asyncio.CancelledError):
                await paging
            free.set()
    assert not list(tmp_path.glob("soniq-*"))
    assert not [name for name in opened() if str(tmp_path) in name]


async def test_a_job_is_paged_with_all_that_is_known_of_it():
    """Facts, runs, failed items and output: what its own screen shows, uncut."""
    client = fakes.FakeClient()
    job = client.job_row(1)
    client.details[job.id] = fakes.detail(job)
    client.outputs[job.id] = ["first line", "second line"]
    async with running(client, keys=["2", "down"]) as (app, _, _c):
        text = await app.top.whole_text(app.top.current())
    assert job.label in text
    assert "runs:" in text
    assert "first line\nsecond line" in text


def test_what_is_paged_is_clean():
    """Nothing that a terminal obeys reaches the pager; lines stay lines."""
    text = pager.clean("\n".join(fakes.HOSTILE[2:9]) + "\n\ta\tb\n")
    assert not any(ord(letter) < 32 and letter != "\n" for letter in text)
    assert "\x9b" not in text
    assert "\u202e" not in text
    assert text.endswith("\n        a       b\n")


def test_which_pager(tmp_path):
    """The person's own with its arguments; where it names nothing that exists, less or more."""
    for name in ("mine", "more"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    path = {"PATH": str(tmp_path)}
    assert pager.command(path | {"PAGER": "mine -x 'a b'"}) == [str(tmp_path / "mine"), "-x", "a b"]
    assert pager.command(path | {"PAGER": "gone"}) == [str(tmp_path / "more")]
    assert pager.command(path | {"PAGER": "mine 'x"}) == [str(tmp_path / "more")]
    assert pager.command({"PATH": str(tmp_path / "nowhere")}) == []


@pytest.mark.skipif(not shutil.which("tmux"), reason="shows what tmux makes of it")
def test_what_is_copied_arrives_in_tmux(tmp_path):
    """With set-clipboard on the marked names are in tmux's buffer, line by line."""
    tmux = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]

    def run(*words, check=True):
        done = subprocess.run([*tmux, *words], check=check, capture_output=True, text=True)
        return done.stdout

    def until(words, found):
        end = time.monotonic() + 10
        while found not in (seen := run(*words, check=False)) and time.monotonic() < end:
            time.sleep(0.05)
        return seen

    clean = {k: v for k, v in os.environ.items() if not k.startswith(("TEXTUAL", "TMUX"))}
    command = f"'{sys.executable}' '{APP}' jobs"
    subprocess.run(
        [*tmux, "new-session", "-d", "-x", "80", "-y", "24", "sleep 30"], check=True, env=clean
    )
    try:
        run("set-option", "-s", "set-clipboard", "on")
        run("new-window", command)
        assert "/s" in until(["capture-pane", "-p"], "/s")
        run("send-keys", "2")
        assert "100,000" in until(["capture-pane", "-p"], "100,000")
        run("send-keys", "*", "*", "y")
        wanted = "\n".join(fakes.NAMES[:2])
        assert until(["show-buffer"], wanted) == wanted
    finally:
        run("kill-server", check=False)


def test_a_whole_list_fits_no_clipboard():
    """A sequence for many lines is one, and holds them coded."""
    (plain,) = clipboard_sequences("a\nb", in_tmux=False)
    assert plain == "\x1b]52;c;YQpi\x07"


async def paged_by(monkeypatch, app, pilot):
    """Return the texts that ``o`` has put into the pager."""
    paged = []

    async def page(text):
        paged.append(text)

    monkeypatch.setattr(app, "page", page)
    await pilot.press("o")
    for _turn in range(50):
        await settle(pilot)
        if paged:
            break
    return paged


@pytest.mark.parametrize(
    ("keys", "holds"),
    [
        ([], "/music"),
        (["asterisk", "asterisk"], "example.org"),
        (["Q"], "extract"),
        (["e"], "not audio"),
        (["e", "enter"], "header not found"),
        (["e", "enter", "enter"], "header not found"),
        (["2", "enter"], "Pastel Blues"),
    ],
)
async def test_everywhere_the_row_goes_to_the_pager(monkeypatch, keys, holds):
    """On the dashboard, in every list and on every page."""
    async with running(keys=keys) as (app, pilot, _):
        paged = await paged_by(monkeypatch, app, pilot)
        assert holds in paged[0]


async def test_the_job_of_a_slot_goes_to_the_pager(monkeypatch):
    """With all that the engine knows of it."""
    client = fakes.FakeClient()
    client.details[100] = fakes.detail(msgspec.structs.replace(client.job_row(0), id=100))
    async with running(client, keys=["tab"]) as (app, pilot, _):
        paged = await paged_by(monkeypatch, app, pilot)
        assert "runs:" in paged[0]
