"""Commands, room by room; the command line finds them here when it is asked for one."""

from soniq_tui.verbs import again, keys, library, lists, look, playlist, start, work
from soniq_tui.verbs.table import COMMANDS

__all__ = ["COMMANDS", "again", "keys", "library", "lists", "look", "playlist", "start", "work"]
