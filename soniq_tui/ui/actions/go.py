"""The keys that lead from screen to screen."""

from soniq_tui.ui.actions import can
from soniq_tui.ui.actions import can_results as results
from soniq_tui.ui.actions.action import GO, LISTS, Action, on
from soniq_tui.words import mark

# fmt: off
GO_ACTIONS: tuple[Action, ...] = (
    Action("go.dash", ("1",), mark("dash"), mark("the dashboard"), GO),
    Action("go.jobs", ("2",), mark("jobs"), mark("every job"),
           GO, rank=9, quiet=on("jobs", "queues", "results")),
    Action("go.errors", ("e", "3"), mark("errors"),
           mark("what failed, by cause: of the batch in view, again: of all"),
           GO, rank=8, quiet=on("errors", "cause", "queues", "results")),
    Action("go.results", ("4",), mark("results"),
           mark("results: what batches brought, list by list"),
           GO, rank=9, quiet=on("results", "queues"), allowed=can.connected),
    Action("go.log", ("L", "5"), mark("log"), mark("the engine's log"),
           GO, rank=22, allowed=can.connected),
    Action("go.trends", ("6",), mark("trends"),
           mark("trends: rates, failures, slots and durations over time"),
           GO, rank=23, allowed=can.connected),
    Action("go.queues", ("Q",), mark("queues"),
           mark("queues: what waits, slots, hold, autoscale"),
           GO, rank=10, quiet=on("queues", "results"), allowed=can.connected),
    Action("go.dead", ("X",), mark("failed jobs"),
           mark("jobs that failed for good, to look into or to retry"), GO,
           allowed=can.connected),
    Action("row.open", ("enter",), mark("open"),
           mark("look into the marked row"),
           GO, LISTS, rank=8, allowed=can.has_row),
    Action("go.back", ("escape",), mark("back"),
           mark("back; never acts on jobs"),
           GO, on("jobs", "errors", "cause", "queues", "job", "text", "thing", "log", "trends"),
           rank=8),
    Action("results.back", ("escape", "backspace"), mark("back"),
           mark("clear the search, then back to the list before"),
           GO, on("results"), rank=11),
    Action("results.next", ("tab",), mark("list"), mark("the next list"),
           GO, on("results"), rank=9, does="results_view", by=1),
    Action("results.previous", ("shift+tab",), mark("list"), mark("the list before"),
           GO, on("results"), does="results_view", by=-1),
    Action("results.details", ("i",), mark("details"),
           mark("everything about the marked row, with its picture"),
           GO, on("results"), rank=12, allowed=can.has_row),
    Action("results.importer", ("I",), mark("importer"),
           mark("the results of the next importer"),
           GO, on("results"), rank=24, allowed=results.choosable),
    Action("trends.next", ("tab",), mark("batch"), mark("the trends of the next batch"),
           GO, on("trends"), rank=9, does="trends", by=1),
    Action("trends.previous", ("shift+tab",), mark("batch"), mark("the trends of the batch before"),
           GO, on("trends"), does="trends", by=-1),
    Action("pane.next", ("tab", "shift+tab"), mark("pane"), mark("the next pane"),
           GO, on("dash"), rank=16, allowed=can.has_panes),
)
# fmt: on
