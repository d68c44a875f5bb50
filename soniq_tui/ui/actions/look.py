"""The keys that change what is seen, and leave."""

from soniq_tui.ui.actions import can
from soniq_tui.ui.actions import can_results as results
from soniq_tui.ui.actions.action import LEAVE, LOOK, MAIN, Action, on
from soniq_tui.words import mark

# fmt: off
LOOK_ACTIONS: tuple[Action, ...] = (
    Action("list.filter", ("slash",), mark("filter"),
           mark("filter: words, !not, state: queue: kind:"),
           LOOK, on("jobs", "errors", "cause"), rank=7),
    Action("results.search", ("slash",), mark("search"),
           mark("search the list in view while typing"),
           LOOK, on("results"), rank=7),
    Action("results.sort", ("s",), mark("sort"),
           mark("sort by the next column, at last in the natural order"),
           LOOK, on("results"), rank=13, allowed=results.sortable),
    Action("results.reverse", ("S",), mark("reverse"), mark("turn the order around"),
           LOOK, on("results"), allowed=results.sortable),
    Action("row.copy", ("y",), mark("copy"),
           mark("copy the row's full text to the terminal's clipboard"),
           LOOK, rank=17, allowed=can.has_row),
    Action("view.freeze", ("full_stop",), mark("freeze"),
           mark("freeze the view; the engine runs on"),
           LOOK, rank=18, relabel=lambda now: "go on" if now.frozen else "freeze"),
    Action("look.theme", ("t",), mark("theme"), mark("next theme"), LOOK),
    Action("look.glyphs", ("T",), mark("glyphs"), mark("other glyph set: Unicode or ASCII"), LOOK),
    Action("look.mouse", ("m",), mark("mouse"), mark("mouse on or off"), LOOK),
    Action("app.palette", ("colon", "ctrl+p"), mark("all"), mark("find any action by name"),
           LEAVE, rank=19),
    Action("app.help", ("question_mark",), mark("help"),
           mark("these pages"),
           LEAVE, MAIN | on("help"), rank=1),
    Action("app.quit", ("q",), mark("quit"),
           mark("leave; asks while work of this console is running (Ctrl+C twice does the same)"),
           LEAVE, MAIN | on("small"), rank=2),
    Action("engine.stop", (), mark("stop engine"),
           mark("stop the engine that this console is attached to"),
           LEAVE, allowed=can.stoppable),
)
# fmt: on
