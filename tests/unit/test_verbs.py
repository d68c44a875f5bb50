"""The command line knows its commands before it has imported them."""

import gc
from importlib import import_module
from pathlib import Path

import click
import pytest

from soniq_tui import verbs
from soniq_tui.cli import cli
from soniq_tui.host import early, headless
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


@pytest.mark.parametrize(
    ("words", "importer"), [(("resume",), ""), (("scan", "."), "music"), (("covers",), "covers")]
)
def test_what_works_without_a_screen_begins_early(
    words: tuple[str, ...], importer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that starts all others is begun before the engine is loaded, for any batch."""
    order: list[object] = []
    monkeypatch.setattr(early, "begin", lambda *how: order.append(how))
    monkeypatch.setattr(headless, "run", lambda *_, **__: order.append("run"))
    try:
        cli.main([*words, "--headless", "--data-dir", str(tmp_path)], standalone_mode=False)
    finally:
        gc.enable()
    assert order == [(tmp_path, importer), "run"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("errors", "--limit", "0"), "'--limit': 0 is too small; 1 is the least"),
        (("jobs", "--limit", "100001"), "'--limit': 100001 is too large; 100000 is the most"),
        (("cancel", "1", "--undo", "-0.5"), "'--undo': -0.5 is too small; 0 is the least"),
        (("cancel", "1", "--undo", "nan"), "'--undo': 'nan' is not a valid float."),
        (("log", "--limit", "many"), "'--limit': 'many' is not a valid integer."),
    ],
)
def test_a_number_beyond_its_bounds_is_refused_in_plain_words(
    words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """What it is and what it may be, as a form in the console says it."""
    with pytest.raises(click.BadParameter) as caught:
        cli.main([*words, "--data-dir", str(tmp_path)], standalone_mode=False)
    assert caught.value.format_message() == f"Invalid value for {said}"
