#!/usr/bin/env python3
"""Writes docs/settings.md, docs/commands.md and docs/keys.md from the code they describe.

``tests/test_docs.py`` fails while one of them is not what this script would write.
"""

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin
from unittest import mock

import click
import msgspec

from soniq_tui import cli, config
from soniq_tui.model import settings
from soniq_tui.ui import keymap, keys
from soniq_tui.ui.keymap import key_name
from soniq_tui.verbs import helps

DOCS = Path(__file__).resolve().parents[1] / "docs"
NOTE = (
    "<!-- Written by scripts/make_docs.py from the code; change that, then run the script. -->\n\n"
)
TYPES = {int: "whole number", float: "number", str: "text", bool: "true or false"}
BY_MACHINE = -1
"""Stands for a default that differs from machine to machine."""


# -------------------------------------------------------------------- settings


def settings_page() -> str:
    """Return docs/settings.md."""
    text = [
        "# Settings",
        (
            "Each setting has a default. A file, `$XDG_CONFIG_HOME/soniq-tui/config.toml` "
            "(`~/.config/…` without the variable) or the one named by `--config`, wins over "
            "the default; the environment wins over the file; options of the command line win"
            " over all. An empty variable counts as not set. A name that is not listed here "
            "is refused; one that is near is named."
        ),
        (
            '```toml\ndata_dir = "/srv/soniq"\n\n[engine]\nnice = 15\n\n'
            "[queues.extract]\nslots = 2\n```"
        ),
        (
            "The same in the environment: `SONIQ_DATA_DIR=/srv/soniq`, "
            "`SONIQ_ENGINE__NICE=15`, `SONIQ_QUEUES__EXTRACT__SLOTS=2`."
        ),
        (
            "Of what others set in the environment these count: `LC_ALL`, `LC_MESSAGES`, `LANG` "
            "(language) and `LC_CTYPE` (ASCII signs where it is not UTF-8); `TERM`, `COLORTERM`, "
            "`COLORFGBG`; "
            "`NO_COLOR` (no colours, whatever was chosen by `t`); `PAGER`; `SSH_CONNECTION`; "
            "`http_proxy`, `https_proxy` and `no_proxy`; `XDG_CONFIG_HOME`, `XDG_DATA_HOME`, "
            "`XDG_CACHE_HOME` (the demo) and `XDG_RUNTIME_DIR`."
        ),
    ]
    text += _group("", settings.Settings)
    for field in msgspec.structs.fields(settings.Settings):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            text += [f"## `[{field.name}]`", _doc(field.type)]
            text += _group(f"{field.name}.", field.type)
    text += [
        "## `[queues.NAME]`",
        (
            "A queue is changed in part: what is not named stays. Slots that somebody has set by "
            "`+`, `-`, a launch or `soniq-tui slots` are kept with the data, and win over these."
        ),
    ]
    text += _group("queues.NAME.", settings.QueueSettings)
    with mock.patch.object(settings, "cores", return_value=BY_MACHINE):
        queues = settings.default_queues()
    names = [field.name for field in msgspec.structs.fields(settings.QueueSettings)]
    rows = [
        [f"`queues.{queue}`", *(_value(getattr(values, name)) for name in names)]
        for queue, values in queues.items()
    ]
    text += ["The queues, and what they begin with:", _table(["queue", *names], rows)]
    return _page(text)


def _group(prefix: str, struct: type[msgspec.Struct]) -> Iterator[str]:
    described = _described(struct)
    for field in msgspec.structs.fields(struct):
        kind = _kind(field.type)
        if kind is None:
            continue  # a group of its own
        name = prefix + field.name
        facts = [kind]
        if not prefix.startswith("queues."):
            facts.insert(0, f"default {_value(field.default)}")
        yield f"### `{name}`"
        yield f"{', '.join(facts)}; `{config.variable(name)}`"
        if described.get(field.name):
            yield described[field.name]


def _described(struct: type) -> dict[str, str]:
    """Return the docstrings under the fields of a class, by field."""
    (node,) = ast.parse(inspect.getsource(struct)).body
    assert isinstance(node, ast.ClassDef)  # noqa: S101  that is what was asked for
    found = {}
    for field, below in zip(node.body, node.body[1:], strict=False):
        named = isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if named and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found[field.target.id] = _plain(str(below.value.value))
    return found


def _kind(hint: Any) -> str | None:
    """Return what a setting can be, in words; None for groups."""
    limits = []
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        for meta in rest:
            limits += [f"at least {meta.ge:g}"] if meta.ge is not None else []
            limits += [f"at most {meta.le:g}"] if meta.le is not None else []
    inner = [each for each in get_args(hint) if each is not type(None)]
    if len(inner) == 1:
        hint = inner[0]
    if isinstance(hint, type) and issubclass(hint, settings.StrEnum):
        return " or ".join(f"`{member.value}`" for member in hint)
    return ", ".join([TYPES[hint], *limits]) if hint in TYPES else None


def _value(value: object) -> str:
    if value == BY_MACHINE:
        return "by the machine"
    if value in {"", None}:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


# -------------------------------------------------------------------- commands


def commands_page() -> str:
    """Return docs/commands.md."""
    text = [
        "# Commands",
        (
            "Options may stand before or after the command. With `--headless`, with `--json`,"
            " or when standard output is no terminal, a command works without a screen."
        ),
        (
            "Exit status: 0 all items done or skipped; 1 finished, some items failed; 2 usage"
            " or configuration error, nothing was started; 3 the engine could not do its work"
            " (disk full, data directory not writable, journal damaged, another soniq-tui there "
            "that does not answer); 4 a batch was cancelled before all of it was done; "
            "130, 143 and 129 interrupted by SIGINT, SIGTERM and SIGHUP: "
            "`resume` finishes the rest. Where an engine runs already, commands work through it, "
            "and a signal only ends the watching; see [service.md](service.md)."
        ),
    ]
    with click.Context(cli.cli, info_name="soniq-tui", **cli.cli.context_settings) as root:
        text += _command(cli.cli, root)
        for name in cli.cli.list_commands(root):
            command = cli.cli.get_command(root, name)
            if command is not None and not command.hidden:
                with click.Context(command, info_name=name, parent=root) as ctx:
                    text += _command(command, ctx)
    return _page(text)


def _command(command: click.Command, ctx: click.Context) -> Iterator[str]:
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    yield f"## `{ctx.command_path}`"
    yield f"```\n{usage}\n```"
    told = command.told() if isinstance(command, helps.Spoken) else ""
    yield from inspect.cleandoc(command.help or told).split("\n\n")
    rows = []
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None and record[1]:
            rows.append([f"`{record[0]}`", record[1]])
    yield _table(["option", ""], rows)
    if command.epilog:
        yield command.epilog.replace("Example: ", "Example: `") + "`"
    if isinstance(command, click.Group) and ctx.parent is not None:
        for name, inner in command.commands.items():
            with click.Context(inner, info_name=name, parent=ctx) as below:
                yield from _command(inner, below)


# -------------------------------------------------------------------- keys


def keys_page() -> str:
    """Return docs/keys.md."""
    text = [
        "# Keys",
        (
            "`?` shows these on screen, `:` finds any of them by name, and the footer shows "
            "those that can do something now, which a click on them does, too. `^J` is Ctrl+J. "
            "Where `:` stands alone as the key, "
            "only the palette that it opens has the action. *cause* is the list of items behind a "
            "cause, *details* one thing in full, *text* a long text."
        ),
    ]
    for group in dict.fromkeys(action.group for action in keys.ACTIONS):
        rows = [
            [_keys(action.keys or ("colon",)),
             _plain(action.tooltip or action.label or "moves the mark"),
             _where(action.screens), f"`{action.id}`"]
            for action in keys.ACTIONS
            if action.group == group
        ]  # fmt: skip
        text += [f"## {group}", _table(["key", "does", "on", "action"], rows)]
    moves = [[_keys(move.keys), move.tooltip, f"`{move.id}`"] for move in keys.MOVE_KEYS]
    text += ["## In every list and text", _table(["key", "does", "action"], moves)]
    text += _own_keys()
    return _page(text)


def _own_keys() -> Iterator[str]:
    """Give what is to be said of keys.toml."""
    yield "## Keys of your own"
    yield (
        "`keys.toml` lies beside `config.toml` (`~/.config/soniq-tui/keys.toml`; the setting "
        "`ui.keys` names another). It gives actions other keys, by the names in the last column. "
        "What is not named stays as it is; `[]` leaves an action to the palette."
    )
    yield (
        '```toml\nset = "vim"              # a whole set, before the table\n\n[keys]\n'
        '"jobs.pause" = ["p", "space"]\n"go.jobs" = "J"\n"demo.run" = []\n```'
    )
    yield (
        "A key is written as on screen: one character, `^D` or `ctrl+d`, or a name: "
        + ", ".join(f"`{key_name(name)}`" for name in keymap.NAMED)
        + "; those also after `shift+` or `ctrl+` (`shift+←`, `ctrl+PgDn`), as far as the "
        "terminal tells them apart. "
        + ", ".join(f"`{key}`" for key in keymap.NEVER)
        + " cannot be given away."
    )
    yield (
        "The file is read when the console starts. An action that does not exist, a key that does "
        "not exist and a key that would do two things on one screen are refused, with what would "
        "be right. `soniq-tui keys` prints the keys in force, `soniq-tui keys --check` says "
        "whether the file is sound."
    )
    for name, changed in keymap.SETS.items():
        rows = [[f"`{action}`", _keys(its)] for action, its in changed.items()]
        yield f"### The set `{name}`"
        yield "What it changes; the `[keys]` of the file win over it. `gg` works as `g` does."
        yield _table(["action", "keys"], rows)


def _keys(names: Iterable[str]) -> str:
    return " ".join(f"`{key_name(name)}`" for name in names)


def _where(screens: frozenset[str]) -> str:
    return ", ".join(keys.PLACES.get(name) or name for name in sorted(screens)) or "every screen"


# -------------------------------------------------------------------- words


def _doc(struct: type) -> str:
    return _plain(inspect.getdoc(struct) or "")


def _plain(text: str) -> str:
    """Return a docstring as Markdown on one line."""
    return " ".join(text.replace("``", "`").split())


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines
    )


def _page(parts: Iterable[str]) -> str:
    return NOTE + "\n\n".join(part for part in parts if part) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "keys.md": keys_page,
}


def main() -> None:
    """Write the pages."""
    DOCS.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
