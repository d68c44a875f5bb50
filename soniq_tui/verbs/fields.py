"""A launch form as a command line: one parameter for each field, and the dry run."""

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from soniq_tui.words import _, figure

if TYPE_CHECKING:
    from soniq_tui.importers.base import Importer
    from soniq_tui.model.forms import FieldSpec, FormSpec
    from soniq_tui.model.settings import Settings

TYPED_MOST_CHARS = 4_000_000
"""From standard input; an engine takes 16 MiB in one request."""
METAVARS = {"paths": "PATH", "path": "PATH", "urls": "URL", "list": "GLOB", "int": "N"}


def parameters(form: "FormSpec") -> list[click.Parameter]:
    """Return the parameters of the command that launches an importer.

    The first field that is needed stands without its name; the form in the console writes the
    command line by the same rules.
    """
    argument = form.argument
    return [_argument(f) if f is argument else _option(f) for f in form.fields]


def word_of(argument: "FieldSpec") -> str:
    """Return what stands in the usage for a field without its name."""
    return METAVARS.get(argument.kind, argument.name.upper())


def _argument(field: "FieldSpec") -> click.Argument:
    from soniq_tui.model.forms import SEVERAL

    word = word_of(field)
    if field.kind in SEVERAL:
        return click.Argument([field.name], nargs=-1, required=True, metavar=f"{word}...")
    return click.Argument([field.name], required=True, metavar=word)


def _option(field: "FieldSpec") -> click.Option:
    from soniq_tui.model.forms import SEVERAL

    name = field.name.replace("_", "-")
    how: dict[str, Any] = {"help": _(field.help), "required": field.required}
    word = METAVARS.get(field.kind, "TEXT")
    if field.kind == "flag":
        if field.default == "true":
            return click.Option([f"--{name}/--no-{name}"], default=True, **how)
        return click.Option([f"--{name}"], is_flag=True, **how)
    if field.kind in SEVERAL:
        return click.Option([f"--{name}"], multiple=True, metavar=word, **how)
    if field.kind == "int":
        return click.Option([f"--{name}"], type=int, metavar=word, **how)
    if field.kind == "choice":
        return click.Option([f"--{name}"], type=click.Choice(field.choices), **how)
    return click.Option([f"--{name}"], metavar=word, **how)


def located(form: "FormSpec", given: dict[str, Any]) -> dict[str, object]:
    """Return the values of a command line as they are meant anywhere.

    The engine may run in another folder, and has another standard input: paths begin at the root,
    and ``-`` among addresses becomes the text that comes here.

    Raises:
        UsageError: nothing comes, or far too much.
    """
    options: dict[str, object] = dict(given)
    for field in form.fields:
        value = given.get(field.name)
        if not value:
            continue
        if field.kind == "path":
            options[field.name] = _from_root(value)
        elif field.kind == "paths":
            options[field.name] = [_from_root(each) for each in value]
        elif field.kind == "urls":
            options[field.name] = [_typed() if v == "-" else _meant(v) for v in value]
        elif isinstance(value, tuple):
            options[field.name] = list(value)
    return options


def _from_root(path: str) -> str:
    # Not resolve(): what a link leads to may change, and is not what was asked for.
    return os.path.abspath(os.path.expanduser(path)) if path else path  # noqa: PTH100


def _meant(value: str) -> str:
    """Return an address as it is, and what is a file or folder here from the root on."""
    path = _from_root(value)
    # Path.exists() raises where a name is too long to be one.
    return path if os.path.exists(path) else value  # noqa: PTH110


def _typed() -> str:
    from soniq_tui.errors import UsageError

    text = sys.stdin.read(TYPED_MOST_CHARS + 1)
    if not text.strip():
        raise UsageError(_("nothing came on standard input"))
    if len(text) > TYPED_MOST_CHARS:
        text = _("more than {n} characters came on standard input")
        raise UsageError(text.format(n=figure(TYPED_MOST_CHARS)))
    return text


def rehearse(
    settings: "Settings", importer: "Importer", options: dict[str, object], *, as_json: bool
) -> int:
    """Say what a launch would do and meet, and start nothing; return the exit status."""
    from soniq_tui.engine.options import preview, rehearsed
    from soniq_tui.host import out
    from soniq_tui.model.text import shown
    from soniq_tui.words.told import told

    lines = rehearsed(importer, options, settings.data_path)
    seen = preview(importer, options, settings.data_path)
    if as_json:
        out.say_json({"importer": importer.name, "would": lines, "ok": seen.ok, "met": seen.text})
    else:
        out.say("".join(f"{shown(line)}\n" for line in [lines[0], told(seen.text), *lines[1:]]))
    return 0 if seen.ok else 2
