"""What a walk says of what it is likely to bring still."""

from time import monotonic

from soniq_tui.importers.base import Context
from soniq_tui.importers.music.discovery.halves import Half
from soniq_tui.importers.music.discovery.known import Known

FIRST_S = 1.0
"""It is told from so long after the beginning: most walks are over by then, and need not reckon."""


class Outlook:
    """Tells how many known files lie ahead.

    Args:
        known: what the catalogue knows.
        half: the other process, where one walks a part.
    """

    def __init__(self, known: Known, half: Half | None) -> None:
        self._known, self._half = known, half
        self._from_s = monotonic() + FIRST_S

    def tell(self, ctx: Context, folder: bytes) -> None:
        """Say what lies behind a folder, with what the other process has met and not handed over.

        Nothing is said until it is known of both.
        """
        if monotonic() < self._from_s:
            return
        met = same = others = 0
        if self._half is not None:
            met, same, others = self._half.ahead()
            if others < 0:
                return
        ctx.expect(self._known.ahead(folder) + others + met, same)
