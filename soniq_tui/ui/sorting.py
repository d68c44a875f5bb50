"""By what a table is sorted, and how lists that are all here are put in order. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from soniq_tui.model.snapshot import BatchView, QueueView
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.rows import Column
from soniq_tui.words import _

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sorting:
    """A column's name, empty for the natural order, and whether it is turned around."""

    by: str = ""
    reverse: bool = False

    def next(self, columns: Iterable[Column], width: int) -> "Sorting":
        """Return the next column that is seen on a table so wide; after the last the natural."""
        names = ["", *dict.fromkeys(sorts_seen(columns, width))]
        at = names.index(self.by) if self.by in names else -1
        return Sorting(names[(at + 1) % len(names)])

    def turned(self) -> "Sorting":
        """Return the same the other way round."""
        return Sorting(self.by, not self.reverse)

    def text(self, glyphs: Glyphs = UNICODE) -> str:
        """Return what the title says of it; nothing of the natural order."""
        if not self.by and not self.reverse:
            return ""
        name = _(self.by) if self.by else _("turned around")
        return _("sort: {name}").format(name=f"{name} {self.arrow(glyphs)}".rstrip())

    def arrow(self, glyphs: Glyphs = UNICODE) -> str:
        """Return which way it goes, as it stands in the head of the column; nothing of none."""
        down, up = ("↓", "↑") if glyphs is UNICODE else ("v", "^")
        return (down if self.reverse else up) if self.by else ""


def sorts_seen(columns: Iterable[Column], width: int) -> list[str]:
    """Return what a table so wide can be sorted by: the columns that are seen."""
    wide = width + 1  # the scroll bar
    return [
        c.sort for c in columns if c.sort and c.from_width <= wide and not 0 < c.to_width <= wide
    ]


BATCH_SORTS: Mapping[str, Callable[[BatchView], Any]] = {
    "number": lambda b: b.id,
    "kind": lambda b: b.importer,
    "batch": lambda b: b.label,
    "done": lambda b: b.items.ended,
    "rate": lambda b: b.items_per_s,
    "left": lambda b: (b.eta_s is None, b.eta_s or 0.0),
    "failed": lambda b: b.items.failed,
    "runs": lambda b: b.running,
    "waits": lambda b: b.waiting,
    "took": lambda b: b.worked_s,
}
"""What batches can be sorted by."""
QUEUE_SORTS: Mapping[str, Callable[[QueueView], Any]] = {
    "queue": lambda q: q.name,
    "depth": lambda q: q.depth,
    "slots": lambda q: q.slots,
    "rate": lambda q: q.jobs_per_s,
    "median": lambda q: (q.median_s is None, q.median_s or 0.0),
    "busy": lambda q: q.busy_share,
    "failed": lambda q: q.failed,
    "ended": lambda q: q.ended,
    "where": lambda q: q.place,
}
"""What queues can be sorted by."""


def ordered(
    things: Iterable[T], sorting: Sorting, keys: Mapping[str, Callable[[T], Any]]
) -> list[T]:
    """Return things in order; equal ones stay as they came."""
    found = list(things)
    if sorting.by in keys:
        found.sort(key=keys[sorting.by], reverse=sorting.reverse)
    elif sorting.reverse:
        found.reverse()
    return found
