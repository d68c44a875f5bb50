"""A recording on the screen: the same pictures at the same moments, seeking, a still end."""

import asyncio
import random
from contextlib import suppress

import msgspec
import pytest

from soniq_tui.config import load
from soniq_tui.host.host import Host
from soniq_tui.host.record import Recorder, recording
from soniq_tui.host.recording import About, Kind, Writer, digest
from soniq_tui.host.replay import REFUSED, ReplayClient
from soniq_tui.importers.music.demo import make_library
from soniq_tui.model.commands import Hold
from soniq_tui.model.job import BatchState
from soniq_tui.model.results import ResultQuery
from soniq_tui.model.snapshot import Query, View
from soniq_tui.ui.actions.action import MAIN
from soniq_tui.ui.replay import ReplayApp
from tests.ui import fakes
from tests.ui.pilots import console, settle, text_of, until

MIB = 2**20
SIZES = [(60, 16), (80, 24), (120, 40), (160, 50)]


class Clock:
    """Seconds that go when they are told to."""

    s = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def recorded(tmp_path, clock):
    """A minute of a scan, a picture each second, with lists; the engine's clock and ours agree."""
    path = tmp_path / "scan.rec"
    recorder = Recorder(path, 64 * MIB, clock)
    fake = fakes.FakeClient(jobs=30)
    client = recording(fake, recorder)
    for second in range(60):
        clock.s = float(second)
        batch = fakes.batch(
            1, items=fakes.Items(total=6000, done=100 * second), label=f"/m/{second}"
        )
        fake.now = fakes.running(version=second, batches=(batch,))
        await client.snapshot()
        if second % 10 == 0:
            await client.browse(Query(view=View.JOBS))
            await client.browse(Query(view=View.CAUSES, limit=100))
            await client.describe()
    recorder.close()
    clock.s = 0.0
    return path


def player_app(path, clock, **how):
    """Return the console of a recording, and its player."""
    player = ReplayClient(path, clock=clock)

    async def connect():
        return player

    how = {"theme": "soniq-dark", "glyphs": "unicode", "mouse": False} | how
    return ReplayApp(player=player, connect=connect, clock=clock, **how), player


async def shown(app, pilot, words):
    """Return the screen as soon as it shows ``words``."""
    async with asyncio.timeout(20):
        while words not in text_of(app):
            await settle(pilot)
    return text_of(app)


async def still(app, pilot, recorder):
    """Return a moment and the text of the screen then; it is kept, and nothing moves meanwhile."""
    while True:
        before = app.snapshot
        await settle(pilot)
        at_s, text = recorder.now_s, text_of(app)
        waits = recorder._waits or [k for k in recorder._known.values() if k.waits is not None]
        if app.snapshot is before and not waits:
            return at_s, text


QUEUES = ("scan", "extract", "batch", "insert")
"""Where the jobs of a scan wait, one after the other."""
LISTS = {"2": ("jobs  3",), "3": ("corrupt",), "4": ("猫舌電鉄", "Music library")}
"""Keys that open a list, and what there is to be seen once every answer has come."""


def stands_before(app, queue):
    """Return whether all that is left to do waits in one queue that is held."""
    snapshot = app.snapshot
    depths = {each.name: each.depth for each in snapshot.queues if each.depth}
    return bool(snapshot.batches) and not snapshot.active and list(depths) == [queue]


async def test_a_real_run_is_seen_again_as_it_was(tmp_path) -> None:
    """A scan by a real engine: the replay shows the same text at several moments of it.

    It is held before each queue, or on a quick machine it would be over between two looks.
    """
    settings = load({"data_dir": str(tmp_path / "data")}, env={"HOME": str(tmp_path)})
    make_library(tmp_path / "library", 60)
    recorder = Recorder(tmp_path / "run.rec", 64 * MIB)
    moments = []
    async with Host(settings, soon=True) as host:
        app = console(recording(host.client, recorder))
        async with app.run_test(size=(100, 30)) as pilot:
            await settle(pilot)
            for queue in QUEUES:
                assert (await host.client.send(Hold(queue=queue))).ok
            await host.client.launch("music", {"paths": [str(tmp_path / "library")]})
            for queue in QUEUES:
                await until(pilot, lambda queue=queue: stands_before(app, queue), limit_s=30)
                moments.append((*await still(app, pilot, recorder), ()))
                assert (await host.client.send(Hold(queue=queue, held=False))).ok
            over = {BatchState.DONE}
            await until(pilot, lambda: app.snapshot.batches[0].state in over, limit_s=30)
            await until(pilot, lambda: "new tracks: 59" in text_of(app))  # asked for at the end
            moments.append((*await still(app, pilot, recorder), ()))
            for key, words in LISTS.items():
                await pilot.press(key)
                await until(pilot, lambda words=words: all(w in text_of(app) for w in words))
                moments.append((*await still(app, pilot, recorder), (key,)))
    recorder.close()
    assert len({text for _, text, _ in moments}) == len(QUEUES) + 1 + len(LISTS)
    player = ReplayClient(tmp_path / "run.rec")
    player.pause(on=True)
    app = console(player)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        for at_s, text, keys in moments:
            player.seek(at_s)
            await pilot.press("1", *keys)
            with suppress(TimeoutError):  # what differs is said below
                await until(pilot, lambda text=text: text_of(app) == text)
            assert text_of(app) == text
    player.close()


async def test_keys_play_pause_and_seek(recorded, clock) -> None:
    """Space stands still, arrows seek, < and > change the speed, 0 begins anew."""
    app, player = player_app(recorded, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        text = await shown(app, pilot, "recording 0:00/0:59  x1")
        assert "space pauses" in text
        await pilot.press("right", "right")
        assert "recording 0:10/0:59" in await shown(app, pilot, "/m/10")
        await pilot.press("greater_than_sign", "greater_than_sign")
        await shown(app, pilot, "x4")
        clock.s += 5
        await pilot.press("space")
        text = await shown(app, pilot, "recording 0:30/0:59  paused")
        assert "/m/30" in text
        assert "space go on" in text
        clock.s += 100
        await pilot.press("left", "less_than_sign")
        await shown(app, pilot, "recording 0:25/0:59  paused")
        assert player.speed == 2.0
        await pilot.press("shift+left")
        await shown(app, pilot, "recording 0:00/0:59")
        await pilot.press("shift+right")
        assert "/m/59" in await shown(app, pilot, "ended")
        await pilot.press("0")
        await shown(app, pilot, "recording 0:00/0:59  x2")
    player.close()


@pytest.mark.parametrize("key", ["n", "colon", "question_mark"])
async def test_nothing_is_offered_without_a_key(recorded, clock, key) -> None:
    """Where space is typed, or turns a page, it does not play: nothing of it in the footer."""
    app, player = player_app(recorded, clock)
    async with app.run_test(size=(160, 50)) as pilot:
        await shown(app, pilot, "recording 0:00/0:59")
        await pilot.press("space")
        assert "space go on" in await shown(app, pilot, "paused")
        await pilot.press(key)
        await settle(pilot)
        assert app.screen.where not in MAIN
        footer = text_of(app).splitlines()[-1]
        assert "esc " in footer
        assert "go on" not in footer
    player.close()


async def test_the_end_is_a_still_picture(recorded, clock) -> None:
    """At the end nothing is painted any more until a key comes; q leaves at once."""
    app, player = player_app(recorded, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        clock.s = 1000.0
        await pilot.press("0")
        clock.s += 1000.0
        await pilot.press("right")
        await shown(app, pilot, "recording 0:59/0:59  ended")
        before = app.snapshot
        await pilot.pause(1.2)
        assert app.snapshot.version == before.version
        await pilot.press("q")
        await pilot.pause(0.05)
        assert app.decision == "quit"
    player.close()


async def test_commands_are_refused_and_not_offered(recorded, clock) -> None:
    """The footer offers no command; one that is given all the same says why not."""
    app, player = player_app(recorded, clock)
    async with app.run_test(size=(160, 50)) as pilot:
        await shown(app, pilot, "recording")
        foot = text_of(app).splitlines()[-1]
        assert not {"cancel", "retry", "new", "slots"} & set(foot.split())
        await pilot.press("plus")
        await shown(app, pilot, REFUSED)
        assert player.paused is False
    player.close()


async def test_lists_are_there_as_far_as_they_were_looked_at(recorded, clock) -> None:
    """What nobody opened then says so instead of showing an empty list."""
    app, player = player_app(recorded, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot, "recording")
        await pilot.press("2")
        assert "Nina Simone" in await shown(app, pilot, "jobs  30")
        await pilot.press("slash", *"zebra", "enter")
        await shown(app, pilot, "nobody looked at this when it was recorded")
    player.close()


@pytest.mark.parametrize("size", SIZES)
async def test_the_line_of_the_recording_fits(recorded, clock, size) -> None:
    """In every size the time is in view, and nothing is wider than the screen."""
    app, player = player_app(recorded, clock)
    async with app.run_test(size=size) as pilot:
        for key in ("1", "2", "3", "Q"):
            await pilot.press(key)
            text = await shown(app, pilot, "recording 0:00/0:59")
            assert max(map(len, text.splitlines())) <= size[0]
    player.close()


async def test_what_a_stranger_recorded_breaks_no_screen(tmp_path, clock) -> None:
    """Numbers below zero, lists that do not fit together, hostile text: every screen stands."""
    dice = random.Random(3)
    path = tmp_path / "bad.rec"
    writer = Writer(path, About(name="\x1b[2J"))
    writer.add(Kind.SNAPSHOT, 0.0, msgspec.msgpack.encode(plain(fakes.hostile())))
    for second in range(1, 40):
        made = plain(fakes.hostile() if second % 2 else fakes.held())
        for _ in range(8):
            spoil(made, dice)
        writer.add(Kind.SNAPSHOT, float(second), msgspec.msgpack.encode(made))
    writer.close()
    app, player = player_app(path, clock)
    player.pause(on=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await shown(app, pilot, "recording")
        for second in range(40):
            player.seek(float(second))
            await pilot.press(dice.choice(["1", "Q", "1"]))
            await settle(pilot)
            assert "\x1b" not in text_of(app)
            if app.failure is not None:
                break
    assert app.failure is None or "damaged" in str(app.failure)
    player.close()


BAD_PAGES = {
    "total": {"total": -5},
    "far": {"total": 2**62},
    "wide": {"columns": [{"name": "a", "title": "A", "width": 2**40}], "total": 1},
    "rows": {"rows": [{"key": str(i), "kind": "a", "cells": ["x"]} for i in range(20_000)]},
}


@pytest.mark.parametrize("name", BAD_PAGES)
async def test_lists_of_a_stranger_break_no_screen(tmp_path, clock, name) -> None:
    """Lists that no engine could have are refused in words, in lists as in results."""
    path = tmp_path / "bad.rec"
    writer = Writer(path, About())
    writer.add(Kind.SNAPSHOT, 0.0, msgspec.msgpack.encode(fakes.running()))
    body = msgspec.msgpack.encode({"views": [["artists", "Artists"]], **BAD_PAGES[name]})
    questions = [("browse", Query(view=View.JOBS)), ("results", ResultQuery(importer="scan"))]
    questions.append(("results", ResultQuery(importer="scan", limit=1)))
    for method, question in questions:
        writer.add(Kind.ANSWER, 0.0, body, digest(method, (question,)))
    writer.add(Kind.ANSWER, 0.0, msgspec.msgpack.encode([]), digest("describe", ()))
    writer.close()
    app, player = player_app(path, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot, "recording")
        for key in ("4", *(["2"] if name in {"total", "far"} else [])):
            await pilot.press(key)
            await shown(app, pilot, "the recording is damaged")
            await pilot.press("1")
    assert app.failure is None
    player.close()


def plain(snapshot):
    """Return a snapshot as dicts and lists without what cannot be written."""

    def clean(value):
        if isinstance(value, str):
            return value.encode("utf-8", "replace").decode()
        if isinstance(value, list | tuple):
            return [clean(each) for each in value]
        if isinstance(value, dict):
            return {name: clean(each) for name, each in value.items()}
        return value

    return clean(msgspec.to_builtins(snapshot))


def spoil(made, dice):
    """Give one number somewhere another value."""
    while True:
        places = list(made.items()) if isinstance(made, dict) else list(enumerate(made))
        if not places:
            return
        name, value = dice.choice(places)
        if isinstance(value, dict | list):
            made = value
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            return
        made[name] = type(value)(dice.choice([-1, 0, -(2**40), 2**50, 10**10]))
        return
