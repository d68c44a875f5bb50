"""Commands, room by room; a room is imported when one of its commands is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

ROOMS: dict[str, tuple[str, ...]] = {
    "again": ("again",),
    "forget": ("forget",),
    "keys": ("keys",),
    "library": ("search", "health"),
    "lists": ("jobs", "errors", "log"),
    "look": ("watch", "replay"),
    "playlist": ("playlist",),
    "purge": ("purge",),
    "start": ("resume", "demo"),
    "work": (
        "pause", "unpause", "cancel", "undo", "retry", "priority", "slots", "hold", "release",
        "autoscale",
    ),
}  # fmt: skip
"""Which commands each room has."""
_ROOM_OF = {name: room for room, names in ROOMS.items() for name in names}
NAMES = tuple(_ROOM_OF)


def find(name: str) -> "click.Command | None":
    """Return a command; None where it is none of these."""
    room = _ROOM_OF.get(name)
    if room is None:
        return None
    import_module(f"{__name__}.{room}")
    from soniq_tui.verbs.table import COMMANDS

    return COMMANDS[name]
