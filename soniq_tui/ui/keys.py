"""The keys as data: one table feeds bindings, footer, help and palette.

An :class:`Action` says where it works (``screens``), whether it may be done now (``allowed`` gives
the reason when not) and how it reads. What it does is the method ``do_<id with _>`` of the screen,
or of the app when the screen has none. Nothing here imports Textual.
"""

from collections.abc import Callable
from dataclasses import dataclass

from soniq_tui.ui import situation as can
from soniq_tui.ui.situation import Situation


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do."""

    id: str
    keys: tuple[str, ...]
    """Names as Textual knows them; none: found in the palette only."""
    label: str
    """For the footer: one or two words."""
    tooltip: str
    """For help and palette: one sentence without a full stop."""
    group: str
    screens: frozenset[str] = frozenset()
    """Where it works; empty: on every screen of :data:`MAIN`."""
    rank: int = 0
    """Place in the footer, the smallest goes last; 0: never there."""
    quiet: frozenset[str] = frozenset()
    """Screens whose footer has more to the point to offer."""
    allowed: Callable[[Situation], str] = can.always
    """Why not now; empty when it may be done."""
    relabel: Callable[[Situation], str] | None = None
    """The label where it depends on the situation."""

    def works_on(self, screen: str) -> bool:
        """Return whether the action belongs to ``screen``."""
        return screen in (self.screens or MAIN)

    def words(self, now: Situation) -> str:
        """Return the footer's label."""
        return self.relabel(now) if self.relabel else self.label

    @property
    def key(self) -> str:
        """The first key as it is written on screen; empty where there is none."""
        return key_name(self.keys[0]) if self.keys else ""

    @property
    def handler(self) -> str:
        """The name of the method that does it."""
        return "do_" + self.id.replace(".", "_")


MAIN = frozenset({"dash", "jobs", "errors", "cause", "queues", "job", "text", "results"})
"""Screens on which all general keys work."""
LISTS = frozenset({"dash", "jobs", "errors", "cause", "queues", "results"})
NAMES = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "full_stop": ".",
    "exclamation_mark": "!",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "esc",
    "delete": "Del",
    "ctrl+p": "^P",
    "ctrl+c": "^C",
    "ctrl+j": "^J",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "up": "↑",
    "down": "↓",
    "home": "Home",
    "end": "End",
    "left": "←",
    "right": "→",
}


def key_name(key: str) -> str:
    """Return how a key is written on screen."""
    return NAMES.get(key, key)


def _on(*screens: str) -> frozenset[str]:
    return frozenset(screens)


_WORK, _LOOK, _GO, _LEAVE = "Work", "Look", "Go", "soniq-tui"
# fmt: off
ACTIONS: tuple[Action, ...] = (
    Action("batch.new", ("n",), "new", "start a new batch",
           _WORK, rank=3, quiet=_on("queues"), allowed=can.connected),
    Action("jobs.pause", ("space",), "pause",
           "pause or resume the marked batch or job",
           _WORK, _on("dash", "jobs", "job"), rank=4, allowed=can.pausable, relabel=can.pause_word),
    Action("jobs.freeze", ("exclamation_mark",), "hard pause",
           "stop the marked job where it is, and its clock",
           _WORK, _on("dash", "jobs", "job"), rank=20, allowed=can.freezable),
    Action("all.pause", ("P",), "pause all",
           "pause or resume everything, or what the filter shows",
           _WORK, rank=12, quiet=_on("queues", "results"),
           allowed=can.pausable_all, relabel=can.pause_all_word),
    Action("jobs.cancel", ("c",), "cancel",
           "cancel the marked batch or job; 5 s to take it back",
           _WORK, _on("dash", "jobs", "job"), rank=5, allowed=can.cancellable),
    Action("shown.cancel", ("C",), "cancel shown",
           "cancel what the filter shows; 5 s to take it back",
           _WORK, _on("jobs"), rank=12, allowed=can.filtered),
    Action("jobs.undo", ("u",), "undo",
           "take the newest cancel back",
           _WORK, rank=13, allowed=can.undoable),
    Action("jobs.retry", ("r",), "retry",
           "retry what failed of the marked row",
           _WORK, _on("dash", "jobs", "job", "errors", "cause"), rank=6, allowed=can.retryable),
    Action("results.retry", ("r",), "retry",
           "read the marked file again: retry the job that failed for it, else scan it",
           _WORK, _on("results"), rank=6, allowed=can.rereadable, relabel=can.retry_word),
    Action("playlist.save", ("p",), "keep",
           "keep the search or the opened list as a playlist",
           _WORK, _on("results"), rank=14, allowed=can.savable),
    Action("playlist.delete", ("d", "delete"), "delete",
           "delete the marked playlist; asks first",
           _WORK, _on("results"), rank=5, allowed=can.deletable),
    Action("all.retry", ("R",), "retry all",
           "retry everything that failed, or what the filter shows",
           _WORK, rank=14, quiet=_on("queues", "results"),
           allowed=can.any_failed, relabel=can.retry_all_word),
    Action("priority.less", ("left_square_bracket",), "priority",
           "lower the priority of the marked batch or job",
           _WORK, _on("dash", "jobs", "job"), allowed=can.movable),
    Action("priority.more", ("right_square_bracket",), "priority",
           "raise the priority of the marked batch or job",
           _WORK, _on("dash", "jobs", "job"), rank=21, allowed=can.movable),
    Action("queue.hold", ("space",), "hold",
           "hold the marked queue, or let it go on",
           _WORK, _on("queues"), rank=4, allowed=can.has_queue, relabel=can.hold_word),
    Action("slots.more", ("plus", "equals_sign"), "slots",
           "one slot more for the queue in view",
           _WORK, rank=15, quiet=_on("results"), allowed=can.has_queue),
    Action("slots.less", ("minus",), "slots",
           "one slot less for the queue in view",
           _WORK, allowed=can.fewer),
    Action("queue.autoscale", ("a",), "autoscale",
           "let the engine choose the slots, or not",
           _WORK, _on("dash", "jobs", "job", "queues"), rank=16, allowed=can.has_queue),
    Action("demo.run", ("D",), "demo",
           "run the demo batches",
           _WORK, _on("dash"), rank=0, allowed=can.demo),
    Action("go.dash", ("1",), "dash", "the dashboard", _GO),
    Action("go.jobs", ("2",), "jobs", "every job", _GO, rank=9, quiet=_on("queues", "results")),
    Action("go.errors", ("e", "3"), "errors", "what failed, by cause",
           _GO, rank=8, quiet=_on("queues", "results")),
    Action("go.results", ("4",), "results",
           "results: what batches brought, list by list",
           _GO, rank=9, quiet=_on("results", "queues"), allowed=can.connected),
    Action("go.queues", ("Q",), "queues",
           "queues: what waits, slots, hold, autoscale",
           _GO, rank=10, quiet=_on("queues", "results"), allowed=can.connected),
    Action("go.dead", ("X",), "dead letters",
           "jobs that failed for good; r retries one, R all", _GO,
           allowed=can.connected),
    Action("row.open", ("enter",), "open",
           "look into the marked row",
           _GO, LISTS, rank=10, allowed=can.has_row),
    Action("go.back", ("escape",), "back",
           "back; never acts on jobs",
           _GO, _on("jobs", "errors", "cause", "queues", "job", "text"), rank=11),
    Action("results.back", ("escape", "backspace"), "back",
           "clear the search, then back to the list before",
           _GO, _on("results"), rank=11),
    Action("results.next", ("tab",), "list", "the next list", _GO, _on("results"), rank=9),
    Action("results.previous", ("shift+tab",), "list", "the list before", _GO, _on("results")),
    Action("results.details", ("i", "o"), "details",
           "everything about the marked row, with its picture",
           _GO, _on("results"), rank=12, allowed=can.has_row),
    Action("pane.next", ("tab", "shift+tab"), "pane", "the next pane", _GO, _on("dash"), rank=16),
    Action("list.filter", ("slash",), "filter",
           "filter: words, !not, state: queue: kind:",
           _LOOK, _on("jobs", "errors", "cause"), rank=7),
    Action("results.search", ("slash",), "search",
           "search the list in view while typing",
           _LOOK, _on("results"), rank=7),
    Action("results.sort", ("s",), "sort",
           "sort by the next column, at last in the natural order",
           _LOOK, _on("results"), rank=13, allowed=can.sortable),
    Action("results.reverse", ("S",), "reverse", "turn the order around",
           _LOOK, _on("results"), allowed=can.sortable),
    Action("row.copy", ("y",), "copy",
           "copy the row's full text to the terminal's clipboard",
           _LOOK, rank=17, allowed=can.has_row),
    Action("view.freeze", ("full_stop",), "freeze",
           "freeze the view; the engine runs on",
           _LOOK, rank=18, relabel=lambda now: "go on" if now.frozen else "freeze"),
    Action("look.theme", ("t",), "theme", "next theme", _LOOK),
    Action("look.glyphs", ("T",), "glyphs", "other glyph set: Unicode or ASCII", _LOOK),
    Action("look.mouse", ("m",), "mouse", "mouse on or off", _LOOK),
    Action("app.palette", ("colon", "ctrl+p"), "all", "find any action by name", _LEAVE, rank=19),
    Action("app.help", ("question_mark",), "help",
           "these pages",
           _LEAVE, MAIN | _on("help"), rank=1),
    Action("app.quit", ("q",), "quit",
           "leave; asks while work of this console is running (Ctrl+C twice does the same)",
           _LEAVE, MAIN | _on("small"), rank=2),
    Action("engine.stop", (), "stop engine",
           "stop the engine that this console is attached to",
           _LEAVE, allowed=can.stoppable),
    # Screens that ask.
    Action("help.close", ("escape",), "close", "close", "Help", _on("help"), rank=3),
    Action("help.quit", ("q",), "quit", "leave", "Help", _on("help"), rank=2),
    Action("answer.yes", ("y",), "yes", "do it", "Question", _on("confirm"), rank=2),
    Action("answer.no", ("n", "escape", "enter"), "no",
           "leave things as they are",
           "Question", _on("confirm"), rank=1),
    Action("quit.detach", ("d", "enter"), "detach",
           "leave the screen, work goes on",
           "Leave", _on("quit"), rank=1, allowed=can.detachable),
    Action("quit.finish", ("f",), "finish, then stop",
           "finish what runs, then stop",
           "Leave", _on("quit", "end"), rank=2),
    Action("quit.stop", ("s",), "stop now",
           "stop now; work is kept and goes on at the next start",
           "Leave", _on("quit", "end"), rank=3),
    Action("quit.stay", ("escape", "n"), "stay", "stay here",
           "Leave", _on("quit", "end"), rank=4),
    Action("form.start", ("ctrl+j",), "start",
           "start the batch",
           "New batch", _on("launch"), rank=1),
    Action("form.back", ("escape",), "back",
           "back without starting",
           "New batch", _on("launch"), rank=2),
    Action("form.next", ("down",), "next", "next field", "New batch", _on("launch")),
    Action("form.previous", ("up", "shift+tab"), "previous",
           "previous field",
           "New batch", _on("launch")),
    Action("form.tab", ("tab",), "complete, next field",
           "complete a folder, or next field",
           "New batch", _on("launch"), rank=3),
    Action("palette.close", ("escape",), "close", "close", "Palette", _on("palette"), rank=1),
    Action("palette.run", ("enter",), "do it",
           "do the marked action",
           "Palette", _on("palette"), rank=2),
    Action("palette.down", ("down",), "", "", "Palette", _on("palette")),
    Action("palette.up", ("up",), "", "", "Palette", _on("palette")),
)
# fmt: on
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
HELP_GROUPS = (_WORK, _GO, _LOOK, _LEAVE)


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
