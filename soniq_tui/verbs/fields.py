"""A launch form as a command line: one parameter for each field, and the dry run."""

from typing import TYPE_CHECKING, Any

import click

from soniq_tui.words import _

if TYPE_CHECKING:
    from soniq_tui.importers.base import Importer
    from soniq_tui.model.forms import FieldSpec, FormSpec
    from soniq_tui.model.settings import Settings

METAVARS = {"paths": "PATH", "path": "PATH", "urls": "URL", "list": "GLOB", "int": "N"}


def parameters(form: "FormSpec") -> list[click.Parameter]:
    """Return the parameters of the command that launches an importer.

    The first field that is needed stands without its name; the form in the console writes the
    command line by the same rules.
    """
    argument = form.argument
    return [_argument(f) if f is argument else _option(f) for f in form.fields]


def _argument(field: "FieldSpec") -> click.Argument:
    from soniq_tui.model.forms import SEVERAL

    word = METAVARS.get(field.kind, field.name.upper())
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


def rehearse(
    settings: "Settings", importer: "Importer", options: dict[str, object], *, as_json: bool
) -> int:
    """Say what a launch would do and meet, and start nothing; return the exit status."""
    from soniq_tui.engine.options import preview, rehearsed
    from soniq_tui.host import out
    from soniq_tui.model.text import shown

    lines = rehearsed(importer, options, settings.data_path)
    seen = preview(importer, options, settings.data_path)
    if as_json:
        out.say_json({"importer": importer.name, "would": lines, "ok": seen.ok, "met": seen.text})
    else:
        out.say("".join(f"{shown(line)}\n" for line in [lines[0], seen.text, *lines[1:]]))
    return 0 if seen.ok else 2
