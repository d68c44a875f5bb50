"""What ``status`` and the line of a command without a screen say of a batch that looks for more."""

import asyncio
import io
import json
from unittest.mock import AsyncMock

import msgspec
import pytest

from soniq_tui.host import line, out, status
from soniq_tui.model.job import Expected, Items
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import QueueView
from tests.ui import fakes

KNOWN = Items(total=20_000, skipped=19_000, done=600, failed=10)
SOME = fakes.batch(
    1, label="/m", items=KNOWN, growing=True, expected=Expected(80_000, 30_000), eta_s=None
)


@pytest.mark.parametrize(
    ("batch", "amount"),
    [
        (SOME, "49,610/~100,000"),
        (msgspec.structs.replace(SOME, expected=None), "19,610/~20,000"),
        (msgspec.structs.replace(SOME, expected=None, growing=False), "19,610/20,000"),
    ],
)
def test_as_there_are_likely_to_be(batch, amount, tmp_path, monkeypatch, capsys):
    """Both tell what is expected as long as it is, and say that it is a guess."""
    assert f", {amount}, 10 failed, " in line.words(batch)
    view = msgspec.structs.replace(fakes.idle(), batches=(batch,))

    async def live(_folder):
        return view, False

    monkeypatch.setattr(status, "_live", live)
    monkeypatch.setattr(status, "holder", lambda _: 4711)
    settings = Settings(data_dir=str(tmp_path))
    assert status.show(settings, as_json=False) == 0
    assert f", {amount} items, 10 failed, " in capsys.readouterr().out
    assert status.show(settings, as_json=True) == 0
    (said,) = json.loads(capsys.readouterr().out)["batches"]
    assert said["growing"] is batch.growing
    assert said["items"] == msgspec.to_builtins(batch.likely)
    assert said["items"]["failed"] == 10


def test_what_a_batch_waits_for_stands_below_it(tmp_path, monkeypatch, capsys):
    """With the command that helps, for people and for scripts."""
    batch = msgspec.structs.replace(SOME, running=0, waits_in=("scan",))
    queue = QueueView(name="scan", depth=3, held=True)
    view = msgspec.structs.replace(fakes.idle(), batches=(batch,), queues=(queue,))
    monkeypatch.setattr(status, "_live", AsyncMock(return_value=(view, False)))
    monkeypatch.setattr(status, "holder", lambda _: 4711)
    settings = Settings(data_dir=str(tmp_path))
    waits = "queue scan is held; 'soniq-tui release scan' lets it go on"
    assert status.show(settings, as_json=False) == 0
    assert f"\n      {waits}\n" in capsys.readouterr().out
    assert status.show(settings, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["batches"][0]["waits"] == waits


class Terminal(io.StringIO):
    """A standard output that somebody looks at."""

    def isatty(self):
        return True


def test_a_terminal_gets_whole_words(tmp_path, monkeypatch):
    """A line that is longer than the terminal is wide goes on below, broken at a blank."""
    batch = msgspec.structs.replace(SOME, label="/m/of the family", items_per_s=104.0)
    view = msgspec.structs.replace(fakes.idle(), batches=(batch,))

    async def live(_folder):
        return view, False

    seen = Terminal()
    monkeypatch.setattr(status, "_live", live)
    monkeypatch.setattr(status, "holder", lambda _: 4711)
    monkeypatch.setattr("sys.stdout", seen)
    monkeypatch.setenv("COLUMNS", "60")
    assert status.show(Settings(data_dir=str(tmp_path)), as_json=False) == 0
    lines = seen.getvalue().splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[1:3] == [
        "   1  scan /m/of the family: running, 49,610/~100,000 items,",
        "     10 failed, 104 items/s",
    ]


def test_an_engine_of_before_an_update_is_told(tmp_path, monkeypatch, capsys):
    """What it runs is older than this command: it is said, with what ends it."""

    async def live(_folder):
        return fakes.idle(), True

    monkeypatch.setattr(status, "_live", live)
    monkeypatch.setattr(status, "holder", lambda _: 4711)
    settings = Settings(data_dir=str(tmp_path))
    assert status.show(settings, as_json=False) == 0
    said = capsys.readouterr().out
    assert "process 4711\n      it runs older code than this command; 'kill 4711' ends it" in said
    assert status.show(settings, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["engine"]["older_code"] is True


def test_what_ends_an_older_engine_is_copied_in_one(monkeypatch):
    """However wide the terminal is, no line ends within the command."""
    found = status.Status(
        engine=status.EngineStatus(pid=4711, state="running", older_code=True),
        batches=[],
        queues=[],
    )
    for columns in range(40, 80):
        seen = Terminal()
        monkeypatch.setattr("sys.stdout", seen)
        monkeypatch.setenv("COLUMNS", str(columns))
        out.tell("\n".join(status._lines(found)))
        assert "'kill 4711'" in seen.getvalue()


async def test_a_slow_disk_of_ours_is_no_silence_of_the_engine(tmp_path, monkeypatch):
    """Which code this command is may take longer to find out than an engine may to answer."""

    class Answering:
        async def snapshot(self):
            return fakes.idle()

        async def runs_other_code(self):
            await asyncio.sleep(0.02)
            return True

        async def close(self):
            pass

    monkeypatch.setattr(status, "ANSWER_S", 0.01)
    monkeypatch.setattr(status.RemoteClient, "connect", AsyncMock(return_value=Answering()))
    assert await status._live(tmp_path) == (fakes.idle(), True)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_name_with_blanks_is_not_broken(terminal, monkeypatch):
    """Whoever copies it gets it in one; what is said of it goes on below."""
    seen = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stdout", seen)
    monkeypatch.setenv("COLUMNS", "30")
    name = "/m/a name with blanks in it.mp3"
    out.tell(f"  ✗ corrupt: {name.replace(' ', out.GLUE)}: not audio")
    gap = "\n    " if terminal else " "
    assert seen.getvalue() == f"  ✗ corrupt:{gap}{name}:{gap}not audio\n"


def test_a_command_with_a_quoted_folder_is_not_broken(monkeypatch):
    """A data directory with a blank in its name stands in quotes within the quotes."""
    monkeypatch.setattr(out, "_folder", ["'/srv/my music'"])
    seen = Terminal()
    monkeypatch.setattr("sys.stdout", seen)
    monkeypatch.setenv("COLUMNS", "30")
    out.tell("nothing to do; 'soniq-tui resume' goes on")
    assert "\n  'soniq-tui resume --data-dir '/srv/my music''\n" in seen.getvalue()


def test_what_is_folded():
    """Blanks of a name stay, no command is broken, and what is too long for a line is whole."""
    assert out.folded("  a  b", 3) == "  a\n    b"
    assert out.folded("  a  b", 6) == "  a  b"
    assert out.folded("say 'soniq-tui resume 1', or not", 16) == (
        "say\n  'soniq-tui resume 1',\n  or not"
    )
    assert out.folded(" x " + "/" * 9, 5) == " x\n   " + "/" * 9
    assert out.folded("音楽 音楽", 8) == "音楽\n  音楽"
    assert out.folded("", 8) == ""
