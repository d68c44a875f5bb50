"""Every key of the table on every screen in every state: nothing breaks, nothing leaves unasked."""

import pytest

from soniq_tui.host.record import Recorder, recording
from soniq_tui.model.snapshot import Query, View
from soniq_tui.ui.actions.action import WORK
from soniq_tui.ui.keys import REPLAY, actions_on, moves
from tests.ui import fakes
from tests.ui.test_replay import Clock, player_app
from tests.ui.tour import KEYS_TO, LOOKS, MADE, SCREENS, STATES, led_through, tour

pytestmark = pytest.mark.timeout(120)
NOBODYS = ("z", "7", "ctrl+a", "f5", "ctrl+c", "insert")
"""Keys that mean nothing, and the one that only warns."""

CUT_OFF = {"lost", "silent"}
"""Without an engine not every screen can be opened."""
WORKING = ("dash", "jobs", "job", "cause", "queues", "results")
OPENS = "n"
"""Opens a form, the same one wherever it is pressed."""


def keys_of(screen, *groups):
    """Return every key that means something on a screen, or those of some groups only."""
    found = [a for a in actions_on(screen) if not groups or a.group in groups]
    keys = [key for action in found for key in action.keys]
    if not groups:
        keys += [*(key for move in moves() for key in move.keys), *NOBODYS]
    return list(dict.fromkeys(keys))


async def press_all(led, screen, keys):
    """Press each key on a screen, which is opened anew where a key has led away; return how many.

    In some states a screen cannot be reached; then it is none.
    """
    there = None
    for key in keys:
        if there is None or screen == "filter" or not await led.back_to(there):
            if not await led.to(screen):
                return 0
            there = led.app.screen
        await led.press(key)
    return len(keys)


def test_every_screen_of_the_table_is_toured():
    """A new screen has to be led to here, else nobody presses its keys."""
    assert set(SCREENS) <= set(KEYS_TO) | set(MADE)


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_key_of_a_screen(screen, tmp_path, monkeypatch):
    """While work is running each key is pressed on each screen; what it opens is left again.

    Each action is a method of its screen or of the console; a replay's only of one that replays.
    """
    monkeypatch.chdir(tmp_path)
    async with tour("running") as led:
        assert await led.to(screen)
        for action in actions_on(screen):
            there = hasattr(led.app.screen, action.handler) or hasattr(led.app, action.handler)
            assert there or action.group == REPLAY, f"{action.id} is no method"
        assert await press_all(led, screen, keys_of(screen))


@pytest.mark.parametrize(
    "state", [*(s for s in STATES if s not in {"full", "running"}), *LOOKS, "refused"]
)
async def test_every_deed_in_every_state(state, tmp_path, monkeypatch):
    """What changes something is tried on every screen that has it, whatever state things are in.

    While work is running all keys are, see above.
    """
    monkeypatch.chdir(tmp_path)
    async with tour(state) as led:
        pressed = 0
        for screen in WORKING:
            keys = [key for key in keys_of(screen, WORK) if screen == "dash" or key != OPENS]
            pressed += await press_all(led, screen, keys)
        assert pressed > (40 if state in CUT_OFF else 60)


MARKS = {"marked": ["asterisk"], "filtered": ["slash", "up", "enter"]}
"""The last filter that was used stands above an empty line."""


@pytest.mark.parametrize("how", MARKS)
async def test_deeds_mean_what_is_marked_or_shown(how, tmp_path, monkeypatch):
    """The same with some rows marked, and with a filter over the list."""
    monkeypatch.chdir(tmp_path)
    async with tour("running") as led:
        for key in keys_of("jobs", WORK):
            if key == OPENS:
                continue
            assert await led.to("jobs")
            await led.press(*MARKS[how])
            await led.arrived()
            assert led.app.screen.marks or led.app.screen.filter_text == "state:failed"
            await led.press(key)


async def test_every_key_of_a_replay(tmp_path, monkeypatch):
    """A recording is played; nothing in it can be changed, and no key breaks it."""
    monkeypatch.chdir(tmp_path)
    clock = Clock()
    recorder = Recorder(tmp_path / "run.rec", 2**20, clock)
    client = recording(fakes.FakeClient(jobs=30), recorder)
    for second in range(20):
        clock.s = float(second)
        await client.snapshot()
    await client.browse(Query(view=View.JOBS))
    recorder.close()
    app, player = player_app(tmp_path / "run.rec", clock)
    async with led_through(app, player) as led:
        for screen in ("dash", "jobs", "queues"):
            assert await press_all(led, screen, keys_of(screen))
    player.close()
