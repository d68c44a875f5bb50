"""The command line knows its commands before it has imported them."""

from importlib import import_module

import pytest

from soniq_tui import verbs
from soniq_tui.verbs.table import COMMANDS


@pytest.mark.parametrize("room", verbs.ROOMS)
def test_each_room_has_the_commands_it_is_said_to_have(room: str) -> None:
    """The table names each command, and it is found in the room that the table says."""
    import_module(f"soniq_tui.verbs.{room}")
    for name in verbs.ROOMS[room]:
        found = verbs.find(name)
        assert found is COMMANDS[name]
        assert found.name == name


def test_no_command_is_left_out() -> None:
    """Whatever a room lists is in the table."""
    for room in verbs.ROOMS:
        import_module(f"soniq_tui.verbs.{room}")
    assert set(verbs.NAMES) == set(COMMANDS)
    assert verbs.find("scan") is None
