"""The keys as data: one table feeds bindings, footer, help, palette and documentation.

An :class:`Action` says where it works (``screens``), whether it may be done now (``allowed`` gives
the reason when not) and how it reads. What it does is the method ``do_<id with _>`` of the screen,
or of the app when the screen has none; several may share one (``does``). Nothing here imports
Textual.

:data:`ACTIONS` and :data:`MOVE_KEYS` are the tables as they come; :func:`use` puts the keys of a
person in their place, and what asks by a function (:func:`actions_on`, :func:`action`,
:func:`moves`) sees those.
"""

from dataclasses import dataclass, replace

from soniq_tui.errors import ConfigError
from soniq_tui.model.near import nearest
from soniq_tui.ui import keymap
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions.action import GO, LEAVE, LOOK, MAIN, WORK, Action
from soniq_tui.ui.actions.asks import ASKS_ACTIONS
from soniq_tui.ui.actions.go import GO_ACTIONS
from soniq_tui.ui.actions.look import LOOK_ACTIONS
from soniq_tui.ui.actions.replay import PAUSES, REPLAY, REPLAY_ACTIONS
from soniq_tui.ui.actions.work import WORK_ACTIONS
from soniq_tui.ui.keymap import Chosen, character_of, key_name
from soniq_tui.words import mark

ACTIONS: tuple[Action, ...] = (
    *WORK_ACTIONS,
    *GO_ACTIONS,
    *LOOK_ACTIONS,
    *REPLAY_ACTIONS,
    *ASKS_ACTIONS,
)
BY_ID = {action.id: action for action in ACTIONS}
HELP_GROUPS = (WORK, GO, LOOK, REPLAY, LEAVE)
FIRST = 1
"""The rank of what the footer gives up last."""
TYPED = frozenset({"launch", "palette", "filter"})
"""Screens on which characters go into a field."""


@dataclass(frozen=True, slots=True)
class Move:
    """A key of every list and text, and the widget's own action behind it."""

    id: str
    keys: tuple[str, ...]
    does: str
    """The widget's action."""
    tooltip: str


MOVE_KEYS: tuple[Move, ...] = (
    Move("move.up", ("up",), "cursor_up", mark("one row up")),
    Move("move.down", ("down",), "cursor_down", mark("one row down")),
    Move("move.page_up", ("pageup",), "page_up", mark("one page up")),
    Move("move.page_down", ("pagedown",), "page_down", mark("one page down")),
    Move("move.first", ("home",), "cursor_first", mark("to the first row")),
    Move("move.last", ("end",), "cursor_last", mark("to the last row")),
)
PLACES = {
    "dash": mark("dash"),
    "jobs": mark("jobs"),
    "job": mark("job"),
    "errors": mark("errors"),
    "cause": mark("cause"),
    "queues": mark("queues"),
    "results": mark("results"),
    "log": mark("log"),
    "trends": mark("trends"),
    "text": mark("text"),
    "thing": mark("details"),
    "help": mark("help"),
    "launch": mark("new batch"),
    "recents": mark("recent launches"),
    "filter": mark("filter"),
    "filters": mark("saved filters"),
    "small": "",
}
"""Screens as they are called; one that is missing is called by its id."""
MOVING = MAIN | {"help", "filters", "recents"}
"""Screens with a list or a text that has the keys."""

_actions, _moves, _origin = ACTIONS, MOVE_KEYS, ""
_playing = False
"""What is seen is a recording."""


def actions() -> tuple[Action, ...]:
    """Return every action with the keys in force."""
    return _actions


def moves() -> tuple[Move, ...]:
    """Return the keys of lists and texts that are in force."""
    return _moves


def origin() -> str:
    """Return the file that the keys in force come from; empty where they are as they come."""
    return _origin


def action(which: str) -> Action:
    """Return one action with the keys in force."""
    return next(each for each in _actions if each.id == which)


def actions_on(screen: str) -> list[Action]:
    """Return the actions of one screen, in the order of the table."""
    plays = _playing and screen in MAIN
    return [each for each in _actions if each.works_on(screen) or (plays and _plays(each))]


def play(*, on: bool) -> None:
    """Let screens made from now on have the keys that play a recording, or not."""
    global _playing  # noqa: PLW0603  as the keys in force
    _playing = on


def _plays(each: Action) -> bool:
    return each.group == REPLAY


def footer_actions(screen: str, now: ActionContext) -> list[Action]:
    """Return what the footer shows if there is room: by rank, only what may be done now."""
    offered = [a for a in actions_on(screen) if a.rank and a.keys and screen not in a.quiet]
    if now.replaying:
        offered = _in_replay(offered)
    ranked = [a for a in offered if not a.allowed(now)]
    return sorted(ranked, key=lambda a: a.rank)


def _in_replay(offered: list[Action]) -> list[Action]:
    """Leave out what a recording refuses; what would stop something lets it stand still."""
    rest = [a for a in offered if a.group != WORK and a.id not in PAUSES]
    stops = next((a for a in offered if a.id in PAUSES), None)
    if stops is None:  # a form, the help: the key that plays means something else there
        return rest
    return [*rest, replace(action("replay.pause"), keys=stops.keys, rank=FIRST)]


def clashes(table: tuple[Action, ...] = ACTIONS, moving: tuple[Move, ...] = MOVE_KEYS) -> list[str]:
    """Return one line for each key that two actions want on one screen; none in a sound table."""
    taken: dict[tuple[str, str], str] = {}
    places: dict[tuple[str, str, str], list[str]] = {}
    wants = [(move.id, move.keys, MOVING) for move in moving]
    wants += [(e.id, e.keys, MAIN if _plays(e) else e.screens or MAIN) for e in table]
    for name, keys, screens in wants:
        for screen in sorted(screens):
            for key in keys:
                other = taken.setdefault((screen, key), name)
                if other != name:
                    places.setdefault((key, other, name), []).append(screen)
    return [
        f"{key_name(key)} would do {one} and {other} on {', '.join(where)}"
        for (key, one, other), where in places.items()
    ]


# ---------------------------------------------------------------- keys of a person


def use(chosen: Chosen) -> None:
    """Put the chosen keys in force, for every screen made from now on.

    Raises:
        ConfigError: an action does not exist, or the keys cannot be these.
    """
    global _actions, _moves, _origin
    table, moving = with_keys(chosen)
    _actions, _moves, _origin = table, moving, chosen.origin
    _learn()


def with_keys(chosen: Chosen) -> tuple[tuple[Action, ...], tuple[Move, ...]]:
    """Return both tables with the chosen keys.

    Raises:
        ConfigError: an action does not exist, or the keys cannot be these.
    """
    known = [*(each.id for each in ACTIONS), *(move.id for move in MOVE_KEYS)]
    for name in chosen.keys:
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean {near!r}?" if near else ""
            raise ConfigError(f"{chosen.origin}: there is no action {name!r}{hint}")
    table = tuple(replace(a, keys=chosen.keys.get(a.id, a.keys)) for a in ACTIONS)
    moving = tuple(replace(m, keys=chosen.keys.get(m.id, m.keys)) for m in MOVE_KEYS)
    for each in (a for a in table if a.id in chosen.keys):
        typed = next((k for k in each.keys if character_of(k)), "")
        if typed and each.screens & TYPED:
            raise ConfigError(
                f"{chosen.origin}: {each.id}: {key_name(typed)} would be typed into a field; "
                "choose a key that types nothing, as ctrl+ and a letter"
            )
    if against := clashes(table, moving):
        raise ConfigError(f"{chosen.origin}: " + "; ".join(against))
    return table, moving


def _learn() -> None:
    keymap.learn({each.id: each.keys[0] for each in _actions if each.keys})


_learn()
