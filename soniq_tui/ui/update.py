"""What is said where an update came between the start of the engine and that of the console."""

from enum import StrEnum

from soniq_tui.ui.keymap import pressed
from soniq_tui.words import _


class Older(StrEnum):
    """Who of both runs code of before the update."""

    NOBODY = ""
    """Both run the same, or nobody knows."""
    ENGINE = "engine"
    """It began before, in another process."""
    CONSOLE = "console"
    """The engine that it knew has gone, and a newer one is there."""


TOLD_S = 15.0
"""What is to be done takes a while to read."""


def what_to_do(older: Older, pid: int) -> str:
    """Return which of both has to begin anew, and how; ``pid``: the engine's process."""
    if older is Older.ENGINE:
        text = _(
            'the engine (process {pid}) runs older code than this console; "{command}" (key {key}) '
            "ends it, and 'soniq-tui' begins the new one; no work is lost"
        )
        return text.format(pid=pid, key=pressed("app.palette"), command=_("stop engine"))
    text = _("this console runs older code than the engine: {key} leaves, 'soniq-tui' comes back")
    return text.format(key=pressed("app.quit"))
