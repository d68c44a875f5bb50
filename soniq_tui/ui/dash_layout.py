"""How the dashboard shares out its room; pure.

Short screens show one batch and no bar. Wide ones have a second column, whose blocks stand beside
those of the first, and the end of the log where lines are left.
"""

from dataclasses import dataclass

WIDE = 120
"""From this width on there is a second column."""
SHORT = 20
"""Below this height the bar goes and one batch is shown."""
TALL = 30
"""From this height on a wide screen keeps room for some batches, so that errors have it too."""
FOOT_ROWS = 2
LEAST_BATCHES = 3
WIDE_BATCHES = 5
SIDE_GAP = 2
LEAST_LOG = 4
"""Rule included; with fewer lines there is none."""


@dataclass(frozen=True, slots=True)
class Room:
    """Cells and lines of each part."""

    header: int
    batches: int
    """Rows of the table of batches, its header not counted."""
    slots: int
    """Rows of slots that can be seen."""
    side: int = 0
    """Cells of the second column; 0: there is none."""
    left: int = 0
    """Cells of the first one."""
    log: int = 0
    """Lines of the log with its rule; 0: there is none."""

    @property
    def upper(self) -> int:
        """Lines that the upper block has in both columns."""
        return self.batches + 1


def batch_share(rows: int, batches: int, slots: int) -> int:
    """Return how many of ``rows`` lines go to batches, both table headers and the rule counted out.

    All batches when they fit beside all slots; else the slots are served first, down to three
    batches.
    """
    room = max(1, rows - 3)
    return max(1, min(batches, max(LEAST_BATCHES, room - slots), room - 1))


def side_cells(width: int) -> int:
    """Return the cells of the second column of a screen so wide."""
    return max(48, min(72, width * 2 // 5))


def share(width: int, height: int, batches: int, slots: int, *, banner: int = 0) -> Room:
    """Return the room of each part of a screen with so many batches, slots, lines of banner."""
    header = 2 if height < SHORT else 3
    rows = height - header - FOOT_ROWS - banner
    shown = 1 if height < SHORT else batch_share(rows, batches, slots)
    if width < WIDE:
        return Room(header, shown, max(0, rows - shown - 3), left=width)
    if height >= TALL:
        shown = max(shown, WIDE_BATCHES)
    side = side_cells(width)
    rest = rows - shown - 3
    log = max(0, rest - slots)
    log = log if log >= LEAST_LOG else 0
    return Room(header, shown, rest - log, side, width - side - SIDE_GAP, log)


def in_view(
    idle_s: dict[tuple[str, int], float], order: list[tuple[str, int]], room: int, calm_s: float
) -> list[tuple[str, int]]:
    """Return slots in the order in which they are shown: where it is short, busy ones first.

    A slot that is idle for a moment only, between two jobs, keeps its place.

    Args:
        idle_s: for how long each slot has been idle; busy ones are not in it.
        order: all slots in their own order.
        room: how many can be seen.
        calm_s: so long an idle slot counts as busy.
    """
    if len(order) <= room:
        return order
    return sorted(order, key=lambda slot: idle_s.get(slot, 0.0) > calm_s)
