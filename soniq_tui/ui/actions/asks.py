"""The keys of screens that ask: help, questions, forms, palette."""

from soniq_tui.ui.actions import can
from soniq_tui.ui.actions.action import Action, on

# fmt: off
ASKS_ACTIONS: tuple[Action, ...] = (
    Action("help.close", ("escape",), "close", "close", "Help", on("help"), rank=3),
    Action("help.quit", ("q",), "quit", "leave", "Help", on("help"), rank=2),
    Action("answer.yes", ("y",), "yes", "do it", "Question", on("confirm"), rank=2),
    Action("answer.no", ("n", "escape", "enter"), "no",
           "leave things as they are",
           "Question", on("confirm"), rank=1),
    Action("quit.detach", ("d", "enter"), "detach",
           "leave the screen, work goes on",
           "Leave", on("quit"), rank=1, allowed=can.detachable),
    Action("quit.finish", ("f",), "finish, then stop",
           "finish what runs, then stop",
           "Leave", on("quit", "end"), rank=2),
    Action("quit.stop", ("s",), "stop now",
           "stop now; work is kept and goes on at the next start",
           "Leave", on("quit", "end"), rank=3),
    Action("quit.stay", ("escape", "n"), "stay", "stay here",
           "Leave", on("quit", "end"), rank=4),
    Action("form.start", ("ctrl+j",), "start",
           "start the batch",
           "New batch", on("launch"), rank=1),
    Action("form.back", ("escape",), "back",
           "back without starting",
           "New batch", on("launch"), rank=2),
    Action("form.next", ("down",), "next", "next field", "New batch", on("launch")),
    Action("form.previous", ("up", "shift+tab"), "previous",
           "previous field",
           "New batch", on("launch")),
    Action("form.tab", ("tab",), "complete, next field",
           "complete a folder, or next field",
           "New batch", on("launch"), rank=3),
    Action("palette.close", ("escape",), "close", "close", "Palette", on("palette"), rank=1),
    Action("palette.run", ("enter",), "do it",
           "do the marked action",
           "Palette", on("palette"), rank=2),
    Action("palette.down", ("down",), "", "", "Palette", on("palette")),
    Action("palette.up", ("up",), "", "", "Palette", on("palette")),
)
# fmt: on
