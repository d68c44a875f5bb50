"""Why a recording cannot be played now; nothing when it can."""

from soniq_tui.ui.situation import Situation
from soniq_tui.words import _


def replaying(now: Situation) -> str:
    """Return that no recording is played."""
    return "" if now.replaying else _("no recording is played here; soniq-tui replay FILE does")


def pause_word(now: Situation) -> str:
    """Return what space does."""
    return _("go on") if now.frozen else _("pause")
