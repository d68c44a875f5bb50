"""What commands say of themselves, and of what was typed wrongly."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from soniq_tui import cli, words
from soniq_tui.host import out
from soniq_tui.importers import registry
from soniq_tui.model.settings import default_queues
from soniq_tui.verbs import start

PLAYLIST = "add, delete, export, import, list, rename, save, show"


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    words.use("en")


def listed(*before: str) -> dict[str, str]:
    """Return the line of each command in a list of commands."""
    said = CliRunner().invoke(cli.cli, [*before, "--help"], terminal_width=80).output
    lines = re.split(r"^Comm\w+:\n", said, flags=re.MULTILINE)[1].split("\n\n")[0].splitlines()
    return dict(line.split(maxsplit=1) for line in lines)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("before", [(), ("playlist",)])
def test_the_list_of_commands_breaks_off_at_no_word(before: tuple[str, ...], language: str) -> None:
    """Each command has one line: its first sentence, or as many clauses of it as there is room."""
    words.use(language)
    lines = listed(*before)
    group = cli.cli if not before else cli.cli.get_command(click.Context(cli.cli), *before)
    assert isinstance(group, click.Group)
    assert set(lines) == set(group.list_commands(click.Context(group)))
    whole = re.compile(r"[.;:,]|\s[;:]")
    for name, line in lines.items():
        command = group.get_command(click.Context(group), name)
        told = re.sub(r"\s+", " ", command.told())
        assert told.startswith(line), name
        assert line.endswith(".") or whole.match(told, len(line)), (name, line)


@pytest.mark.parametrize("importer", [registry.load(name) for name in registry.names()])
def test_a_launch_says_what_it_does_and_what_is_launched(importer) -> None:
    """Its help tells what comes of a batch, and what stands for the word of its usage."""
    said = CliRunner().invoke(cli.cli, [importer.verb, "--help"]).output
    flat = " ".join(said.split())
    assert importer.about
    assert importer.about in flat
    argument = importer.form().argument
    if argument is not None:
        assert f": {argument.help}" in flat


@pytest.mark.parametrize("command", ["autoscale", "hold", "release", "slots"])
def test_what_wants_a_queue_names_some(command: str) -> None:
    """And says where all of them are named."""
    said = " ".join(CliRunner().invoke(cli.cli, [command, "--help"]).output.split())
    named = re.findall("'([a-z ]+)'", said.partition("'status --json'")[2])
    assert named
    assert set(named) <= set(default_queues())


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["scna", "/x"], "there is no command 'scna'; did you mean 'scan'?"),
        (["unpuase"], "there is no command 'unpuase'; did you mean 'unpause'?"),
        (["bogus"], "there is no command 'bogus'"),
        (["playlist", "exprot"], "there is no command 'exprot'; did you mean 'export'?"),
        (["playlist", "zz"], f"there is no command 'zz'; there are: {PLAYLIST}"),
        (["--plain", "scan"], "--plain stands behind 'scan'"),
        (["--plain", "status"], "'status' has no --plain"),
        (["--record", "x.rec", "watch"], "--record stands behind 'watch'"),
        (["--record", "x.rec", "doctor"], "'doctor' has no --record"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_with_what_is(typed: list[str], said: str) -> None:
    """A command that does not exist with the nearest, an option with the place where it stands."""
    with pytest.raises(click.UsageError) as caught:
        cli.cli.main(typed, standalone_mode=False)
    assert caught.value.format_message() == said


@pytest.mark.parametrize("verb", ["scan", "status"])
def test_of_two_with_one_word_the_second_has_no_command(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """It stood in the list of commands, which led to the first; nobody was told."""
    music = registry.load("music")
    another = replace(music, name="another", verb=verb)
    monkeypatch.setattr(cli, "_loaded", lambda: iter((music, another)))
    names = cli.cli.list_commands(click.Context(cli.cli))
    assert names.count(verb) == 1
    said = capsys.readouterr().err
    assert f"importer another has no command: there is a '{verb}' already" in said


def test_a_question_ends_its_sentence(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """What follows one begins a sentence of its own."""
    monkeypatch.setattr(out, "_folder", [])  # a command of another test may have chosen one
    monkeypatch.setattr(sys, "argv", ["soniq-tui", "scan", "--limti", "3"])
    assert cli.run() == 2
    said = capsys.readouterr().err
    assert said.endswith("Did you mean '--limit'? See 'soniq-tui scan --help'\n")


def test_where_a_demo_lies_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    """A console is two processes, and both come back from it."""
    children: list[int] = []

    def opened(*_: object) -> int:
        children.append(os.fork())
        return 0

    monkeypatch.setattr(start, "_demo_of", opened)
    here = os.getpid()
    try:
        cli.cli.main(["demo", "music", "--data-dir", str(tmp_path)], standalone_mode=False)
    finally:
        if os.getpid() != here:
            sys.stderr.flush()
            os._exit(0)
    os.waitpid(children[0], 0)
    assert capfd.readouterr().err.count("that was a demo") == 1
