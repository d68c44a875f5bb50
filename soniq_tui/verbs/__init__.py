"""Commands, room by room; the command line finds them here when it is asked for one."""

from soniq_tui.verbs import library, playlist, work
from soniq_tui.verbs.table import COMMANDS

__all__ = ["COMMANDS", "library", "playlist", "work"]
