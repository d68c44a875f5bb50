"""A console under Textual's pilot, connected to a fake engine."""

import asyncio
import math
from contextlib import asynccontextmanager
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FunctionType

import textual.app
import textual.pilot
from textual import _callback
from textual.app import App
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import Screen

from soniq_tui.ui.app import ConsoleApp
from soniq_tui.ui.screens.result_details import REST_S
from tests.ui.fakes import FakeClient

SOON_S = 0.02
"""What is due so soon belongs to what was started: a frame, a look whether keys are taken."""
ROUNDS_MOST = 20
"""What is due again and again that often is no part of it."""


async def quiet(*_, soon_s=SOON_S):
    """Wait until this loop has nothing to do, and nothing that is due within ``soon_s``.

    Textual's own pilot waits, before and after each key, until the processor rests for 20 ms; that
    takes longer, and on a busy machine it goes wrong.
    """
    loop = asyncio.get_running_loop()
    for _ in range(ROUNDS_MOST):
        await asyncio.sleep(0)
        while loop._ready:  # noqa: ASYNC110  what there is to do is no event
            await asyncio.sleep(0)
        due = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
        due_s = min(due, default=math.inf) - loop.time()
        if due_s > soon_s:
            return
        await asyncio.sleep(max(0.0, due_s))


def parsed_once(sheet, css, read_from, *how, **named):
    """Return the rules of a style sheet; to read them anew is a quarter of a console's start."""
    variables, asked = sheet._variables, sheet.__dict__.get("_asked")
    if asked is None or asked[0] is not variables:
        asked = sheet._asked = variables, frozenset(variables.items())
    key = (asked[1], css, read_from, *how, *named.items())
    if key not in PARSED:
        PARSED[key] = parse_rules(sheet, css, read_from, *how, **named)
    return PARSED[key]


def counted(callback):
    """Return how many parameters a callback has; to make its signature takes twenty times as long.

    Textual asks that anew for each message that calls something later.
    """
    function = getattr(callback, "__func__", callback)
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        return count_parameters(callback)
    code = function.__code__
    more = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + more - (function is not callback)


def handlers_once(node, name, message):
    """Yield who handles a message; which classes have a say is found once for a kind of node."""
    kind = type(node), type(message), name
    if kind not in HANDLING:
        HANDLING[kind] = handling(*kind)
    classes = HANDLING[kind]
    if classes is None:
        yield from find_handlers(node, name, message)
        return
    for cls in classes:
        if message._no_default_action:
            return
        yield cls, plain_handler(cls, name).__get__(node, cls)


def handling(kind, message, name):
    """Return the classes of a node that handle a message by name, None where any does by ``on``."""
    found = []
    for cls in kind.__mro__:
        if not {*message.__mro__}.isdisjoint(cls.__dict__.get("_decorated_handlers") or ()):
            return None
        handler = plain_handler(cls, name)
        if handler is not None and not getattr(handler, "_textual_on", None):
            found.append(cls)
    return tuple(found)


def plain_handler(cls, name):
    """Return the method of a class itself that handles what has this name."""
    return cls.__dict__.get(f"_{name}") or cls.__dict__.get(name)


def put_off(screen):
    """Put off painting until a key has been answered, and count how often it was asked for.

    No terminal is there; what a key and its answers change piece by piece is painted once, by
    :func:`catch_up`. A test that looks at single frames sets ``eager`` of its app.
    """
    app = screen.app
    app.paints = paints(app) + 1
    if not app.is_headless or screen is not app.screen or getattr(app, "eager", False):
        paint(screen)
        return
    if not (getattr(app, "_painted", True) or app._batch_count):  # who waits for it goes on
        app._painted = True
        app.call_next(app.first_painted)
    app.behind = True
    screen._dirty_widgets.clear()  # the compositor knows by now where they are
    app._update_mouse_over(screen)


def catch_up(app):
    """Paint what was put off, so that whatever cannot be painted fails."""
    if app.is_running and getattr(app, "behind", False) and app.screen_stack:
        app.behind = False
        app.screen._compositor.update_widgets(app.screen._dirty_widgets)
        paint(app.screen)


def paints(app):
    """Return how often an app may have painted something new."""
    return getattr(app, "paints", 0)


async def press(app, keys):
    """Press keys as Textual does, and paint what each has led to."""
    for key in keys:
        await press_only(app, [key])
        catch_up(app)


async def pause(pilot, delay=None):
    """Pause as Textual does, and paint what has been put off until then."""
    await pause_only(pilot, delay)
    catch_up(pilot.app)


PARSED = {}
"""Style sheets and the colours they were read with, and their rules."""
HANDLING = {}
"""Kinds of nodes and of messages, and which classes handle these."""
count_parameters = _callback._count_parameters
_callback._count_parameters = counted
find_handlers = MessagePump._get_dispatch_methods
MessagePump._get_dispatch_methods = handlers_once
RuleSet.__hash__ = object.__hash__  # by identity, as its own; asked for a thousand times a screen
parse_rules = Stylesheet._parse_rules
Stylesheet._parse_rules = parsed_once
paint = Screen._compositor_refresh
Screen._compositor_refresh = put_off
press_only, pause_only = App._press_keys, Pilot.pause
App._press_keys, Pilot.pause = press, pause
textual.app.wait_for_idle = textual.pilot.wait_for_idle = quiet


def console(client=None, **how):
    """Return a console for a fake engine; its clock stands still."""
    fake = client or FakeClient()

    async def connect():
        return fake

    how.setdefault("clock", lambda: 42.0)
    how.setdefault("theme", "soniq-dark")
    how.setdefault("glyphs", "unicode")
    how.setdefault("mouse", False)
    return ConsoleApp(connect, **how)


@asynccontextmanager
async def running(client=None, size=(80, 24), keys=(), **how):
    """Give app, pilot and client once the first snapshot is shown."""
    fake = client or FakeClient()
    app = console(fake, **how)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        yield app, pilot, fake


async def settle(pilot):
    """Wait until what was started has been shown."""
    await pilot.pause()


async def until(pilot, true, limit_s=20.0):
    """Wait until ``true()`` is."""
    async with asyncio.timeout(limit_s):
        while not true():
            await pilot.pause(0.01)


async def taken(pilot, client):
    """Wait until the newest snapshot of the engine has come to the screen."""
    await until(pilot, lambda: pilot.app.latest.version == client.now.version)
    await settle(pilot)


def flat(line):
    """Return the text of a line."""
    return "".join(text for text, _ in line)


def text_of(app):
    """Return what the screen shows, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def rest(pilot, seconds=REST_S):
    """Wait until the cursor, or the typing, has rested."""
    await pilot.pause(seconds + 0.05)
    await settle(pilot)
