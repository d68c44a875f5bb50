"""A folder as a walk meets it, beside which its files are compared with what is known of them."""

from functools import cached_property

from soniq_tui.importers.music.discovery import stamps
from soniq_tui.importers.music.discovery.walk import Met
from soniq_tui.importers.music.sides import together
from soniq_tui.importers.music.sides.beside import Names, names


class Here:
    """A folder as it was met.

    Attributes:
        around: signature that one of its files was last found to have rightly, or may have.
        new_ns: what has changed before is not too new to tell.
    """

    def __init__(self, met: Met, now: int) -> None:
        self._met, self._signature = met, now
        self.around, self.new_ns = now, stamps.new_ns()

    @cached_property
    def beside(self) -> Names:
        """What lies beside its music."""
        return names(self._met.sides)

    def is_around(self, before: int) -> bool:
        """Say whether the same lies around a file as when it was read, alone or together."""
        if before != self._signature and before != self._together:  # noqa: PLR1714  lazily
            return False
        self.around = before
        return True

    @cached_property
    def _together(self) -> int:
        return together.signature(self._signature, self._met.path)
