"""The keys of a recording that is played: on all main screens, and only then."""

from soniq_tui.ui.actions import can_replay as can
from soniq_tui.ui.actions.action import Action, on
from soniq_tui.words import mark

REPLAY = mark("Replay")
"""A group of the help page."""
PAUSES = frozenset({"jobs.pause", "all.pause", "queue.hold", "view.freeze", "replay.pause"})
"""What would stop something lets the recording stand still."""

# fmt: off
REPLAY_ACTIONS: tuple[Action, ...] = (
    Action("replay.pause", (), mark("pause"),
           mark("let the recording stand still, or go on; in a replay space and . do this"),
           REPLAY, on("replay"), allowed=can.replaying, relabel=can.pause_word),
    Action("replay.back", ("left",), mark("back"), mark("5 s back in the recording"),
           REPLAY, on("replay"), rank=3, allowed=can.replaying),
    Action("replay.on", ("right",), mark("on"), mark("5 s on in the recording"),
           REPLAY, on("replay"), rank=4, allowed=can.replaying),
    Action("replay.far_back", ("shift+left",), mark("far back"),
           mark("1 min back in the recording"),
           REPLAY, on("replay"), allowed=can.replaying),
    Action("replay.far_on", ("shift+right",), mark("far on"),
           mark("1 min on in the recording"),
           REPLAY, on("replay"), allowed=can.replaying),
    Action("replay.slower", ("less_than_sign",), mark("slower"),
           mark("play the recording at half the speed"),
           REPLAY, on("replay"), rank=5, allowed=can.replaying),
    Action("replay.faster", ("greater_than_sign",), mark("faster"),
           mark("play the recording at twice the speed"),
           REPLAY, on("replay"), rank=6, allowed=can.replaying),
    Action("replay.again", ("0",), mark("from the start"),
           mark("play the recording from its beginning"),
           REPLAY, on("replay"), rank=7, allowed=can.replaying),
)
# fmt: on
