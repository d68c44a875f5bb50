"""All screens and all states of the engine, and keys that do not wait longer than they must."""

import asyncio
import contextlib

import msgspec
from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key

from soniq_tui.errors import EngineError
from soniq_tui.model.job import BatchState
from soniq_tui.ui.keys import ACTIONS, MAIN
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.remembered import Launched
from soniq_tui.ui.screens.leave import Ending, Leaving
from soniq_tui.ui.screens.page_upload import PageUpload
from soniq_tui.ui.screens.question import Confirm
from soniq_tui.ui.screens.too_small import TooSmall
from soniq_tui.ui.widgets.fields import LineInput
from tests.ui import fakes
from tests.ui.fake_results import Library
from tests.ui.pilots import catch_up, console, paints, quiet, text_of

KEYS_TO = {
    "dash": [],
    "jobs": ["2"],
    "job": ["2", "enter"],
    "errors": ["3"],
    "cause": ["3", "enter"],
    "text": ["3", "enter", "enter"],
    "queues": ["Q"],
    "results": ["4"],
    "thing": ["4", "i"],
    "log": ["5"],
    "launch": ["n"],
    "recents": ["n", "ctrl+r"],
    "trends": ["6"],
    "filter": ["2", "slash"],
    "filters": ["2", "F"],
    "help": ["question_mark"],
    "palette": ["colon"],
}
"""From the dashboard."""
MADE = {
    "give": lambda _: PageUpload("https://example.org/soup"),
    "confirm": lambda _: Confirm("Cancel scan /music: 1,204 jobs?", "u takes it back."),
    "quit": lambda app: Leaving(app.context("quit")),
    "end": lambda app: Ending(app.context("end")),
    "small": lambda _: TooSmall(),
}
"""Screens that only answer something; made where they are needed."""
QUESTION_S = 0.25
TURNS, TURNS_MOST = 20, 1000
"""So many turns of the loop most answers take, whoever waits longer waits by the clock; and so many
are enough for whatever a key begins."""
LOOK_S = 0.02
SCREENS = sorted(({screen for each in ACTIONS for screen in each.screens} | MAIN) - {"replay"})
"""All that have keys of their own; those of a replay are keys of every main screen of it."""


def with_batches(**changes):
    """Return a snapshot in which all batches are changed alike and no slot works."""
    now = fakes.running(queues=fakes.queues(0), slots=fakes.idle().slots)
    batches = tuple(msgspec.structs.replace(b, running=0, **changes) for b in now.batches)
    return msgspec.structs.replace(now, batches=batches)


STATES = {
    "empty": fakes.idle,
    "running": fakes.running,
    "held": fakes.held,
    "full": fakes.full,
    "paused": fakes.paused,
    "cancelling": lambda: with_batches(state=BatchState.CANCELLING, undo_s=3.0),
    "ended": lambda: with_batches(state=BatchState.DONE, waiting=0),
    "failed": lambda: with_batches(state=BatchState.FAILED, waiting=0),
    "hostile": fakes.hostile,
}
LOOKS = {
    "attached": {"attached": True},
    "lost": {"attached": True, "lost": True},
    "silent": {"attached": True, "silent_s": 7.0},
    "frozen": {"frozen": True},
}
"""What the console knows besides the snapshot; the engine is at work in all of these."""


class Tour:
    """A console that is led from screen to screen."""

    def __init__(self, app, fake):
        self.app = app
        self.fake = fake
        self.left = []
        """How often, and how, somebody left: here the console stays."""

    async def press(self, *keys):
        """Press keys, one after the other, and wait until they have taken effect."""
        for key in keys:
            event = key_event(key)
            event.set_sender(self.app)
            self.app.post_message(event)
            await self.rest()

    async def rest(self):
        """Return when nothing that was asked for is still on its way."""
        app = self.app
        for _ in range(400):
            await answered(app)
            # Private: whether keys wait for their turn.
            if not (app._typed or app._under_way or app._looking):
                break
            await asyncio.sleep(0.001)
        await turned()
        catch_up(app)
        self.check()

    async def still(self, seconds):
        """Return when the screen will show the same for so long, if nobody does anything.

        What the loop has to do until then is known to it; of threads it is not, so where there are
        any the screen is looked at. A question is not looked at meanwhile: who asks for its text
        before it has been painted keeps what is below it from showing through.
        """
        over = self.app.top.over
        await quiet(soon_s=QUESTION_S if over else seconds)
        # Private: the threads that were begun for this loop.
        if asyncio.get_running_loop()._default_executor is not None and not over:
            await self.looks_still(seconds)
        self.check()

    async def looks_still(self, seconds):
        """Look at the screen until it has shown the same for so long."""
        # Looks are counted, not seconds: on a machine that stalls nothing comes meanwhile either.
        before, painted, same = text_of(self.app), paints(self.app), 0
        while same * LOOK_S < seconds:
            await asyncio.sleep(LOOK_S)
            same += 1
            if painted != (painted := paints(self.app)) and before != (now := text_of(self.app)):
                before, same = now, 0

    def check(self):
        """Fail as soon as anything has."""
        app = self.app
        assert app.failure is None, app.failure
        assert app._exception is None, app._exception
        assert app.is_running

    async def home(self):
        """Go back to the dashboard, from wherever."""
        app = self.app
        app._typed.clear()
        while len(app.screen_stack) > 1:
            await app.pop_screen()
        await self.rest()

    async def back_to(self, there):
        """Come back to a screen that is still open somewhere below; say whether it was."""
        app = self.app
        app._typed.clear()
        if there not in app.screen_stack:
            return False
        while app.screen is not there:
            await app.pop_screen()
        await self.rest()
        return True

    async def to(self, screen):
        """Open a screen; say whether it can be reached in this state."""
        await self.home()
        if screen in MADE:
            await self.still(0.05)  # what is below shows through
            self.app.push_screen(MADE[screen](self.app))
            await self.rest()
        for key in KEYS_TO.get(screen, []):
            await self.press(key)
            await self.arrived()
        if screen == "filter":  # no screen of its own, but a line with keys of its own
            return isinstance(self.app.focused, LineInput)
        return self.app.screen.where == screen

    async def arrived(self):
        """Wait for the rows of a list that has just been opened, or for the fields of a form."""
        for _ in range(200):
            screen = self.app.screen
            pages = getattr(screen, "pages", None) or getattr(
                getattr(screen, "place", None), "pages", None
            )
            if (pages is None or pages.known) and getattr(screen, "takes_keys", True):
                break
            await asyncio.sleep(0.005)
        await self.rest()


def key_event(key):
    """Return what a terminal sends for a key, as Textual's pilot makes it."""
    import unicodedata

    if len(key) == 1 and not key.isalnum():
        key = _character_to_key(key)
    try:
        name = _get_unicode_name_from_key(REPLACED_KEYS.get(key, key))
        return Key(key, unicodedata.lookup(name))
    except KeyError:
        return Key(key, key if len(key) == 1 else None)


async def turned():
    """Let the loop go on until it has nothing to do at once; what is due later may come later."""
    loop = asyncio.get_running_loop()
    for _ in range(TURNS_MOST):
        await asyncio.sleep(0)
        if not loop._ready:  # private: what there is to do is no event
            break


async def answered(node):
    """Wait until a screen or the app has done what stood in its queue."""
    done = asyncio.Event()
    if not node.call_later(done.set):
        return
    for _ in range(TURNS):
        await asyncio.sleep(0)
        if done.is_set():
            return
    async with asyncio.timeout(20):
        # One that is being closed answers no more.
        while not (done.is_set() or node._closing or node._closed):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), 0.2)


def memory():
    """Return what somebody has done before: a launch, a filter that was used, one with a name."""
    made = Memory()
    values = {"root": "/music", "limit": "", "force": "no"}
    made.launched(Launched(importer="music", values=values, at_s=fakes.AT_S, batch_id=1))
    made.used_filter("jobs", "state:failed")
    made.save_filter("jobs", "stuck", "state:running time>60s")
    return made


@contextlib.asynccontextmanager
async def tour(state="running", size=(80, 24), fake=None, minutes=0, *, eager=False, **how):
    """Give a console in one of the states; it cannot be left.

    ``minutes`` rows of history are there to be looked at. An ``eager`` one paints every frame.
    """
    if fake is None:
        fake = Library((STATES.get(state) or fakes.running)())
        fake.failures = tuple(fake.error(i) for i in range(9))
        fake.minutes = minutes
    app = console(fake, can_detach=True, memory=memory(), **how)
    app.eager = eager
    async with led_through(app, fake, size) as led:
        for name, value in LOOKS.get(state, {}).items():
            setattr(app, name, value)
        if state == "refused":
            fake.reply = EngineError("the disk is full")
        app.top.redraw()
        await led.rest()
        yield led


@contextlib.asynccontextmanager
async def led_through(app, fake, size=(80, 24)):
    """Give an app that runs and cannot be left."""
    led = Tour(app, fake)
    app.leave_with = led.left.append
    async with app.run_test(size=size) as pilot:
        while app.latest is None:
            await pilot.pause(0.01)
        yield led
