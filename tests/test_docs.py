"""Nothing can be set, typed or pressed that the documentation does not mention."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from scripts import make_docs
from soniq_tui import cli, config
from soniq_tui.host.status import BatchStatus, EngineStatus, QueueStatus, Status
from soniq_tui.importers.music import export
from soniq_tui.importers.music.library import health, search, tally
from soniq_tui.model.job import ErrorKind, ItemError, Items
from soniq_tui.model.report import Report, SlotUse
from soniq_tui.model.settings import QueueSettings, default_queues
from soniq_tui.ui import keys

ROOT = Path(__file__).resolve().parents[1]


@cache
def documentation() -> str:
    """Return the README and all pages of the documentation."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def mentioned(word: str) -> bool:
    """Say whether a word stands in the documentation as itself, not as a part of another."""
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", documentation()) is not None


@pytest.mark.parametrize("page", make_docs.PAGES)
def test_written_pages_are_current(page: str) -> None:
    """The pages made from the code are what the code makes now; scripts/make_docs.py mends it."""
    assert (make_docs.DOCS / page).read_text(encoding="utf-8") == make_docs.PAGES[page]()


def test_every_setting_is_documented() -> None:
    """Each setting is mentioned by its dotted name and its variable, each queue by its name."""
    names = [name for name in config.names() if not name.startswith("queues.")]
    names += [f"queues.NAME.{name}" for name in QueueSettings.__struct_fields__]
    missing = [n for n in names if not (mentioned(n) and mentioned(config.variable(n)))]
    missing += [q for q in default_queues() if not mentioned(f"queues.{q}")]
    assert not missing


def test_every_command_and_option_is_documented() -> None:
    """Each command is mentioned with the program's name, each option as it is typed."""
    with click.Context(cli.cli) as ctx:
        commands = {name: cli.cli.get_command(ctx, name) for name in cli.cli.list_commands(ctx)}
    missing = [name for name in commands if not mentioned(f"soniq-tui {name}")]
    groups = {n: c for n, c in commands.items() if isinstance(c, click.Group)}
    inner = {f"{n} {name}": c for n, group in groups.items() for name, c in group.commands.items()}
    missing += [name for name in inner if not mentioned(f"soniq-tui {name}")]
    for command in (cli.cli, *commands.values(), *inner.values()):
        options = [option for param in command.params for option in param.opts]
        missing += [o for o in options if o.startswith("-") and not mentioned(o)]
    assert {"scan", "resume", "status", "export", "demo"} <= set(commands)
    assert not missing


def test_every_filter_and_check_of_the_library_is_documented() -> None:
    """Each filter of a search, each of its fixed values and each health check is mentioned."""
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    words = [f"{name}:" for name in search.FILTERS]
    words += [f"is:{value}" for value in search.IS] + [f"no:{value}" for value in search.NO]
    words += [f"`{check.name}`" for check in health.CHECKS]
    assert not [word for word in words if word not in page]
    assert not [check.name for check in health.CHECKS if check.mend not in page]


def test_every_field_that_scripts_read_is_documented() -> None:
    """Those of reports, of the status and of exported tracks, and each kind of failure."""
    page = (ROOT / "docs" / "scripts.md").read_text(encoding="utf-8")
    structs = (Report, SlotUse, Items, ItemError, Status, EngineStatus, BatchStatus, QueueStatus)
    words = {name for struct in structs for name in struct.__struct_fields__}
    words |= {*export._TRACK_FIELDS, *export._COVER_FIELDS, *map(str, ErrorKind)}
    words |= {word.replace(" ", "_") for word in tally.WORDS}
    assert sorted(word for word in words if f"`{word}`" not in page) == []


def test_what_the_documentation_has_typed_can_be_typed() -> None:
    """Each command that stands in it exists, with the options that stand behind it."""
    commands = list(typed())
    with click.Context(cli.cli) as ctx:
        known = {name: options_of(cli.cli.get_command(ctx, name)) for name, *_ in commands}
    known |= {"": options_of(cli.cli), "checksums": {"--kind"}}  # the latter of docs/importers.md
    wrong = [name for name, *_ in commands if not known[name]]
    wrong += [
        f"{name} {word}"
        for name, *words in commands
        for word in words
        if re.match("--?[a-z]", word) and word not in known[name]
    ]
    assert wrong == []
    assert len(commands) > 100


def typed() -> Iterator[list[str]]:
    """Yield the words of each command of ours that stands in the documentation.

    The first is the command's name, empty where the console itself is meant.
    """
    own_line, in_line = r"^(?:[^\s`|]*/)?soniq-tui (.+)$", r"`soniq-tui ([^`]+)`"
    for line in re.findall(f"{own_line}|{in_line}", documentation(), re.MULTILINE):
        text = "".join(line).partition(" #")[0]
        if re.match("-|[a-z]+( |$)", text):
            yield ["", *text.split()] if text.startswith("-") else text.split()


def options_of(command: click.Command | None) -> set[str]:
    """Return the options of a command and of those below it; none where there is no command."""
    if command is None:
        return set()
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    params = [param for each in (command, *inner) for param in each.params]
    return {option for param in params for option in (*param.opts, *param.secondary_opts)}


def test_links_of_the_documentation_lead_somewhere() -> None:
    """Each page and picture that is linked is there, and each heading."""
    dead = []
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            if link.startswith("http"):
                continue
            name, _, heading = link.partition("#")
            there = page.parent / name if name else page
            if not there.exists() or (heading and heading not in headings(there)):
                dead.append((page.name, link))
    assert dead == []


def headings(page: Path) -> set[str]:
    """Return the headings of a page as links have them."""
    found = re.findall("^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).strip().replace(" ", "-") for each in found}


def test_every_key_action_is_documented() -> None:
    """Each action of the key table is mentioned by its id."""
    assert not [action.id for action in keys.ACTIONS if not mentioned(action.id)]


def test_the_map_of_the_engine_is_whole() -> None:
    """Each file of the engine stands in one of its groups, and each file on the map is there."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    groups = page.partition("The files of `engine/`")[2].partition("\n## ")[0]
    there = {file.stem for file in (ROOT / "soniq_tui/engine").glob("[a-z]*.py")}
    assert set(re.findall(r"`(\w+)`", groups)) == there
