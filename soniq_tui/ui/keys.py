"""The keys as data: one table feeds bindings, footer, help and palette.

An :class:`Action` says where it works (``screens``), whether it may be done now (``allowed`` gives
the reason when not) and how it reads. What it does is the method ``do_<id with _>`` of the screen,
or of the app when the screen has none. Nothing here imports Textual.
"""

from soniq_tui.ui.actions.action import GO, LEAVE, LOOK, MAIN, WORK, Action
from soniq_tui.ui.actions.asks import ASKS_ACTIONS
from soniq_tui.ui.actions.go import GO_ACTIONS
from soniq_tui.ui.actions.look import LOOK_ACTIONS
from soniq_tui.ui.actions.work import WORK_ACTIONS
from soniq_tui.ui.situation import Situation

ACTIONS: tuple[Action, ...] = (*WORK_ACTIONS, *GO_ACTIONS, *LOOK_ACTIONS, *ASKS_ACTIONS)
BY_ID = {action.id: action for action in ACTIONS}
MOVES = (
    ("up", "cursor_up"),
    ("down", "cursor_down"),
    ("pageup", "page_up"),
    ("pagedown", "page_down"),
    ("home", "cursor_first"),
    ("end", "cursor_last"),
)
"""Keys of every list and text, and the widget's own actions behind them."""
HELP_GROUPS = (WORK, GO, LOOK, LEAVE)


def actions_on(screen: str) -> list[Action]:
    """Return the actions of one screen, in the order of the table."""
    return [action for action in ACTIONS if action.works_on(screen)]


def footer_actions(screen: str, now: Situation) -> list[Action]:
    """Return what the footer shows if there is room: by rank, only what may be done now."""
    offered = [a for a in actions_on(screen) if a.rank and screen not in a.quiet]
    ranked = [a for a in offered if not a.allowed(now)]
    return sorted(ranked, key=lambda a: a.rank)


def clashes(actions: tuple[Action, ...] = ACTIONS) -> list[str]:
    """Return one line for each key that two actions want on one screen; none in a sound table."""
    taken: dict[tuple[str, str], str] = {}
    found = []
    for action in actions:
        for screen in sorted(action.screens or MAIN):
            for key in action.keys:
                other = taken.setdefault((screen, key), action.id)
                if other != action.id:
                    found.append(f"{key} on {screen}: {other} and {action.id}")
    return found
