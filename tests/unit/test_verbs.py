"""The command line knows its commands before it has imported them."""

import gc
import json
from importlib import import_module
from pathlib import Path

import click
import pytest

from soniq_tui import verbs
from soniq_tui.cli import cli
from soniq_tui.host import headless, prestart
from soniq_tui.host import verbs as asking
from soniq_tui.model.commands import (
    Autoscale,
    Cancel,
    Hold,
    Pause,
    Resize,
    Resume,
    Retry,
    SetPriority,
    ShiftPriority,
    Target,
    Undo,
)
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
    monkeypatch.setattr(prestart, "begin", lambda *how: order.append(how))
    monkeypatch.setattr(headless, "run", lambda *_, **__: order.append("run"))
    try:
        cli.main([*words, "--headless", "--data-dir", str(tmp_path)], standalone_mode=False)
    finally:
        gc.enable()
    assert order == [(tmp_path, importer), "run"]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("pause 3", Pause(target=Target(batches=(3,)))),
        ("pause all --hard", Pause(target=Target(), hard=True)),
        ("unpause --job 4 --job 5", Resume(target=Target(jobs=(4, 5)))),
        ("cancel 3 --undo 5", Cancel(target=Target(batches=(3,)), undo_s=5.0)),
        ("undo", Undo()),
        ("retry 3", Retry(target=Target(batches=(3,)))),
        ("retry all", Retry(target=Target(text="state:failed"))),
        ("retry 3 --failed", Retry(target=Target(batches=(3,), text="state:failed"))),
        ("retry --filter kind:music", Retry(target=Target(text="state:failed kind:music"))),
        ("retry --job 4 --failed", Retry(target=Target(jobs=(4,)))),
        ("priority 3 -5", SetPriority(target=Target(batches=(3,)), priority=-5)),
        ("priority --filter x 2", ShiftPriority(target=Target(text="x"), step=2)),
        ("priority 3 2 --filter x", ShiftPriority(target=Target(batches=(3,), text="x"), step=2)),
        ("priority --job 4 -2", ShiftPriority(target=Target(jobs=(4,)), step=-2)),
        ("slots extract 2", Resize(queue="extract", slots=2)),
        ("hold fetch", Hold(queue="fetch")),
        ("release fetch", Hold(queue="fetch", held=False)),
        ("autoscale extract on", Autoscale(queue="extract", on=True)),
        ("autoscale extract off", Autoscale(queue="extract", on=False)),
    ],
)
def test_what_an_engine_is_asked(
    words: str, command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command line means one command, and what it is about as it was named."""
    asked: list[object] = []
    monkeypatch.setattr(asking, "run", lambda _settings, command: asked.append(command))
    cli.main([*words.split(), "--data-dir", str(tmp_path)], standalone_mode=False)
    assert asked == [command]


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


def test_what_was_asked_is_json_whatever_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A word that is not UTF-8, as a shell may hand it over, is told as paths are."""
    cli(["--data-dir", str(tmp_path), "search", "\udce9", "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["query"] == "\\udce9"
