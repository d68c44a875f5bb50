"""The keys of a recording that is played: on all main screens, and only then."""

from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions.action import Action, on
from soniq_tui.words import _, mark

STEP_S, FAR_S = 5, 60
REPLAY = mark("Replay")
"""A group of the help page."""
PAUSES = frozenset({"jobs.pause", "all.pause", "queue.hold", "view.freeze", "replay.pause"})
"""What would stop something lets the recording stand still."""


def replaying(now: ActionContext) -> str:
    """Return that no recording is played."""
    return "" if now.replaying else _("no recording is played here; soniq-tui replay FILE does")


def pause_word(now: ActionContext) -> str:
    """Return what space does."""
    return _("go on") if now.frozen else _("pause")


# fmt: off
REPLAY_ACTIONS: tuple[Action, ...] = (
    Action("replay.pause", (), mark("pause"),
           mark("let the recording stand still, or go on; in a replay space and . do this"),
           REPLAY, on("replay"), allowed=replaying, relabel=pause_word),
    Action("replay.back", ("left",), mark("back"), mark("5 s back in the recording"),
           REPLAY, on("replay"), rank=3, allowed=replaying, does="replay_by", by=-STEP_S),
    Action("replay.on", ("right",), mark("on"), mark("5 s on in the recording"),
           REPLAY, on("replay"), rank=4, allowed=replaying, does="replay_by", by=STEP_S),
    Action("replay.far_back", ("shift+left",), mark("far back"),
           mark("1 min back in the recording"),
           REPLAY, on("replay"), allowed=replaying, does="replay_by", by=-FAR_S),
    Action("replay.far_on", ("shift+right",), mark("far on"),
           mark("1 min on in the recording"),
           REPLAY, on("replay"), allowed=replaying, does="replay_by", by=FAR_S),
    Action("replay.slower", ("less_than_sign",), mark("slower"),
           mark("play the recording at half the speed"),
           REPLAY, on("replay"), rank=5, allowed=replaying, does="replay_speed", by=-1),
    Action("replay.faster", ("greater_than_sign",), mark("faster"),
           mark("play the recording at twice the speed"),
           REPLAY, on("replay"), rank=6, allowed=replaying, does="replay_speed", by=1),
    Action("replay.again", ("0",), mark("from the start"),
           mark("play the recording from its beginning"),
           REPLAY, on("replay"), rank=7, allowed=replaying),
)
# fmt: on
