"""The keys that work now, in one line that fits."""

from rich.cells import cell_len

from soniq_tui.ui.actions.action import Action
from soniq_tui.ui.view import Line
from soniq_tui.ui.widgets.lines import Lines


class KeyLine(Lines):
    """The footer."""

    DEFAULT_CSS = "KeyLine { height: 1; }"

    def __init__(self) -> None:
        super().__init__(1, id="keys")

    def offer(self, items: list[tuple[Action, str]]) -> None:
        """Show as many of ``items`` (by rank, with their label) as the width takes."""
        self.show([footer_line(items, self.app.size.width)])


def footer_line(items: list[tuple[Action, str]], width: int) -> Line:
    """Return the footer: what ranks first is the last to go, and stands at the right end."""
    chosen: list[tuple[Action, str]] = []
    room = width - 1
    for action, label in items:
        cells = cell_len(f"{action.key} {label}") + 2
        if cells > room + 1:
            break
        room -= cells
        chosen.append((action, label))
    # One colour for keys and one for words would cost two segments a key; the line changes rarely.
    spans: list[tuple[str, str]] = [(" ", "")]
    last = len(chosen) - 1
    ordered = [item for item in chosen if item[0].rank > 2] + [  # noqa: PLR2004  help and quit
        item
        for item in reversed(chosen)
        if item[0].rank <= 2  # noqa: PLR2004
    ]
    for place, (action, label) in enumerate(ordered):
        spans.append((action.key, "key"))
        spans.append((f" {label}" + ("" if place == last else "  "), "muted"))
    return tuple(spans)
