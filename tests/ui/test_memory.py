"""What the console remembers: across starts, beside other consoles, with a broken file."""

import asyncio
import fcntl
import json
import os

import pytest

from soniq_tui.ui import memory, remembered
from soniq_tui.ui.memory import Launched, Memory
from tests.ui.pilots import running, settle, text_of


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(memory, "SAVE_AFTER_S", 0.01)


@pytest.fixture
def path(tmp_path):
    return tmp_path / remembered.NAME


async def kept(path, change):
    """Change a memory of this file and wait until it is written."""
    own = Memory(path)
    change(own)
    await own.flush()
    return Memory(path)


async def test_what_is_set_is_there_at_the_next_start(path):
    """Looks, filters and launches come back as they were."""

    def change(own):
        own.keep_looks(theme="mono", mouse=False)
        own.keep_looks(glyphs="ascii")
        own.used_filter("jobs", "state:failed")
        own.used_filter("jobs", "nina")
        own.used_filter("jobs", " state:failed ")
        own.used_filter("jobs", " ")
        assert own.save_filter("jobs", "stuck", "time>60s") == ""
        own.launched(Launched(importer="music", values={"paths": "/m"}, at_s=1.5, batch_id=3))
        own.keep_draft("covers", {"all": "yes"})

    new = await kept(path, change)
    assert (new.looks.theme, new.looks.glyphs, new.looks.mouse) == ("mono", "ascii", False)
    assert new.filter_history("jobs") == ("state:failed", "nina")
    assert [(f.name, f.text) for f in new.saved_filters("jobs")] == [("stuck", "time>60s")]
    assert new.last_values("music") == {"paths": "/m"}
    assert (new.recents()[0].batch_id, new.recents("covers")) == (3, ())
    assert new.draft("covers") == {"all": "yes"}
    assert new.draft("music") is None
    assert path.stat().st_mode & 0o777 == 0o600


async def test_it_is_written_by_itself_and_only_once(path):
    """A moment after the first change, with all that came meanwhile; nothing is left to do then."""
    own = Memory(path)
    for i in range(50):
        own.keep_draft("music", {"paths": f"/m{i}"})
    assert not path.exists()
    for _ in range(200):
        await asyncio.sleep(0.01)
        if path.exists():
            break
    assert Memory(path).draft("music") == {"paths": "/m49"}
    await asyncio.sleep(0.02)
    assert own._timer is None
    assert not own._changes


async def test_two_consoles_keep_each_others_changes(path):
    """Each writes its own changes into what the other wrote; the names of both are there."""
    one, two = Memory(path), Memory(path)
    assert one.looks == two.looks
    for i in range(10):
        one.save_filter("jobs", f"one{i}", "x")
        two.save_filter("jobs", f"two{i}", "y")
        two.keep_looks(theme=f"t{i}")
        await asyncio.gather(one.flush(), two.flush())
    two.drop_filter("jobs", "one3")
    await two.flush()
    names = {f.name for f in Memory(path).saved_filters("jobs")}
    assert names == {f"{who}{i}" for who in ("one", "two") for i in range(10)} - {"one3"}
    await one.flush()
    one.keep_looks(mouse=True)
    await one.flush()
    assert one.looks.theme == "t9", "what another console wrote is learned with the next save"
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name]


async def test_a_start_takes_the_draft_with_it(path):
    """What was started is no draft, and the same again is one recent launch."""

    def change(own):
        for at_s in (1.0, 2.0):
            own.keep_draft("music", {"paths": "/m"})
            own.launched(Launched(importer="music", values={"paths": "/m"}, at_s=at_s))
        own.launched(Launched(importer="music", values={"paths": "/n"}, at_s=3.0))

    new = await kept(path, change)
    assert new.draft("music") is None
    assert [launch.at_s for launch in new.recents()] == [3.0, 2.0]


async def test_no_secret_is_written(path):
    """Neither fields that hold one by their name nor passwords in addresses."""
    values = {
        "urls": "https://me:hunter2@example.org/a\nhttps://example.org/b:c@d",
        "api_key": "hunter2",
        "Password": "hunter2",
        "keyword": "jazz",
    }
    new = await kept(path, lambda own: own.keep_draft("x", values))
    assert new.draft("x") == {
        "urls": "https://me@example.org/a\nhttps://example.org/b:c@d",
        "keyword": "jazz",
    }
    await kept(path, lambda own: own.launched(Launched(importer="x", values=values, at_s=1.0)))
    assert "hunter2" not in path.read_text()


async def test_hostile_text_comes_back_exactly(path):
    """Controls, quotes and what is no UTF-8."""
    text = 'a\x1b[2J\x00"\n\udce9 音楽 \u202e\\'
    new = await kept(path, lambda own: own.keep_draft("x", {"paths": text}))
    assert new.draft("x") == {"paths": text}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'{"looks": 3}', b"\xff\xfe", b"[" * 100_000, b" " * 5_000_000],
    ids=["empty", "cut", "list", "type", "bytes", "deep", "long"],
)
async def test_a_broken_file_is_set_aside(path, data):
    """Its bytes are kept, the console says so, and choices are remembered anew."""
    path.write_bytes(data)
    async with running(memory=Memory(path)) as (app, pilot, _):
        assert app.memory.looks == memory.Looks()
        await settle(pilot)
        assert "console.json was broken" in text_of(app)
        app.memory.keep_looks(theme="mono")
        await app.memory.flush()
    assert path.with_name("console.json.broken").read_bytes() == data
    assert json.loads(path.read_bytes()) == {"looks": {"theme": "mono"}}


async def test_where_nothing_can_be_written_the_console_goes_on(tmp_path):
    """It says so, and what was chosen holds until the end."""
    own = Memory(tmp_path / "none" / remembered.NAME)
    own.keep_looks(theme="mono")
    await own.flush()
    assert "cannot be remembered" in own.take_trouble()
    assert (own.take_trouble(), own.looks.theme) == ("", "mono")
    (tmp_path / "none").mkdir()
    own.keep_looks(mouse=True)
    await own.flush()
    assert Memory(own.path).looks == memory.Looks(theme="mono", mouse=True)


async def test_an_interrupted_write_leaves_the_old_file(path, monkeypatch):
    """Whole or not at all, and nothing is left beside it."""
    await kept(path, lambda own: own.keep_looks(theme="mono"))

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    own = Memory(path)
    own.keep_looks(theme="ansi")
    await own.flush()
    assert "No space left" in own.take_trouble()
    assert Memory(path).looks.theme == "mono"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


async def test_nothing_grows_for_ever(path):
    """Whatever is remembered has a bound, and the oldest goes."""

    def change(own):
        for i in range(200):
            own.used_filter("jobs", f"word{i}")
            own.save_filter("jobs", f"name{i:03}", "x")
            own.launched(Launched(importer="x", values={"a": str(i)}, at_s=float(i)))
            own.keep_draft(f"importer{i}", {"a": "b"})
        own.used_filter("jobs", "x" * 5000)
        own.keep_draft("large", {"a": "\x1b" * 10_000_000, "b": "c"})
        for i in range(30):
            own.launched(Launched(importer="y", values={"a": "\x1b" * 60_000}, at_s=float(i)))
            own.keep_draft(f"big{i}", {"a": "\x1b" * 400_000})

    new = await kept(path, change)
    assert len(new.filter_history("jobs")) == remembered.MOST_HISTORY
    assert new.filter_history("jobs")[0] == "word199"
    assert len(new.saved_filters("jobs")) == remembered.MOST_FILTERS
    assert "saved already" in new.save_filter("jobs", "another", "x")
    assert new.save_filter("jobs", "name007", "y") == ""
    assert len(new.recents()) <= remembered.MOST_LAUNCHES
    assert path.stat().st_size <= remembered.MOST_BYTES


def test_two_consoles_write_one_after_the_other(tmp_path, monkeypatch):
    """Who comes second waits until the first is done, and then keeps out a third."""
    first, third = (os.open(tmp_path, os.O_RDONLY) for _ in range(2))
    fcntl.flock(first, fcntl.LOCK_EX)
    waited = []

    def wait(seconds):
        waited.append(seconds)
        fcntl.flock(first, fcntl.LOCK_UN)

    monkeypatch.setattr(remembered.time, "sleep", wait)
    with remembered._alone(tmp_path), pytest.raises(BlockingIOError):
        fcntl.flock(third, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert waited == [remembered.LOCK_LOOK_S]
    fcntl.flock(third, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for each in (first, third):
        os.close(each)
