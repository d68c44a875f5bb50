"""The keys of screens that ask: help, questions, forms, palette."""

from soniq_tui.ui.actions import can
from soniq_tui.ui.actions.action import Action, on
from soniq_tui.words import mark

# fmt: off
ASKS_ACTIONS: tuple[Action, ...] = (
    Action("help.close", ("escape",), mark("close"), mark("close"), "Help", on("help"), rank=3),
    Action("help.quit", ("q",), mark("quit"), mark("leave"), "Help", on("help"), rank=2),
    Action("answer.yes", ("y",), mark("yes"), mark("do it"), "Question", on("confirm"), rank=2),
    Action("answer.no", ("n", "escape", "enter"), mark("no"),
           mark("leave things as they are"),
           "Question", on("confirm"), rank=1),
    Action("quit.detach", ("d", "enter"), mark("detach"),
           mark("leave the screen, work goes on"),
           "Leave", on("quit"), rank=1, allowed=can.detachable),
    Action("quit.finish", ("f",), mark("finish, then stop"),
           mark("finish what runs, then stop"),
           "Leave", on("quit", "end"), rank=2),
    Action("quit.stop", ("s",), mark("stop now"),
           mark("stop now; work is kept and goes on at the next start"),
           "Leave", on("quit", "end"), rank=3),
    Action("quit.stay", ("escape", "n"), mark("stay"), mark("stay here"),
           "Leave", on("quit", "end"), rank=4),
    Action("form.start", ("ctrl+j",), mark("start"),
           mark("start the batch"),
           "New batch", on("launch"), rank=1),
    Action("form.back", ("escape",), mark("back"),
           mark("back without starting"),
           "New batch", on("launch"), rank=2),
    Action("form.next", ("down",), mark("next"), mark("next field"), "New batch", on("launch")),
    Action("form.previous", ("up", "shift+tab"), mark("previous"),
           mark("previous field"),
           "New batch", on("launch")),
    Action("form.tab", ("tab",), mark("complete, next field"),
           mark("complete a folder, or next field"),
           "New batch", on("launch"), rank=3),
    Action("palette.close", ("escape",), mark("close"), mark("close"),
           "Palette", on("palette"), rank=1),
    Action("palette.run", ("enter",), mark("do it"),
           mark("do the marked action"),
           "Palette", on("palette"), rank=2),
    Action("palette.down", ("down",), "", "", "Palette", on("palette")),
    Action("palette.up", ("up",), "", "", "Palette", on("palette")),
)
# fmt: on
