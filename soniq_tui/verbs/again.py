"""``again``: launches what failed once more, from a file that the console has written."""

import glob
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soniq_tui.cli import common, given_before, settings_of
from soniq_tui.errors import UsageError
from soniq_tui.verbs.start import How, headless_options, launch_batch
from soniq_tui.verbs.table import verb
from soniq_tui.words import _

if TYPE_CHECKING:
    from soniq_tui.importers.base import Importer

MOST_BYTES = 64 * 1024 * 1024
NAMES_BYTES = 16 * 1024
"""With more names than this whole folders are read: one launch carries so much."""


@verb(epilog="Example: soniq-tui again failed.jsonl --headless")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@headless_options
@common
@click.pass_context
def again(ctx: click.Context, /, file: str, how: How, **given: str | None) -> int:
    """Launch the items of FILE again: JSON lines with 'importer' and 'item'.

    The key x writes such files of failures, and so does 'export errors'.

    Of a music library the files are read again, whatever is known of them, and others of the same
    names in the same folders with them.
    """
    from soniq_tui.importers import registry

    settings = settings_of(**given_before(ctx, given))
    name, items = failed_items(file)
    importer = registry.load(name)
    return launch_batch(settings, importer, options_for(importer, items), how)


def failed_items(path: str) -> tuple[str, list[str]]:
    """Return the importer and the items of a file.

    Raises:
        UsageError: it is none of such lines, or of several importers.
    """
    found: dict[str, dict[str, None]] = {}
    with Path(path).open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        text = _("{file} is longer than {mib} MiB; split it")
        raise UsageError(text.format(file=path, mib=MOST_BYTES // 1024**2))
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            importer, item = row["importer"], row["item"]
        except (ValueError, KeyError, TypeError, RecursionError):
            text = _("{file}: line {n} is no JSON object with 'importer' and 'item'")
            raise UsageError(text.format(file=path, n=number)) from None
        if not isinstance(importer, str) or not isinstance(item, str):
            text = _("{file}: line {n}: 'importer' and 'item' have to be text")
            raise UsageError(text.format(file=path, n=number))
        found.setdefault(importer, {})[item] = None
    if len(found) != 1:
        names = ", ".join(sorted(found))
        text = _("{file}: items of {names}; split it") if names else _("{file}: no item in it")
        raise UsageError(text.format(file=path, names=names))
    ((name, items),) = found.items()
    return name, list(items)


def options_for(importer: "Importer", items: list[str]) -> dict[str, object]:
    """Return what launches exactly these items, or as near as the importer's form allows.

    Raises:
        UsageError: it cannot be told single items.
    """
    fields = {field.name: field for field in importer.form().fields}
    urls = next((name for name, field in fields.items() if field.kind == "urls"), "")
    if urls:
        return {urls: items}
    if not {"paths", "include", "force"} <= set(fields):
        text = _("{title}: single items cannot be launched again; retry them")
        raise UsageError(text.format(title=_(importer.title)))
    folders = dict.fromkeys(str(Path(item).parent) for item in items)
    left = [folder for folder in folders if Path(folder).is_dir()]
    if not left:
        text = _("{title}: no folder of these items is there any more")
        raise UsageError(text.format(title=_(importer.title)))
    names = dict.fromkeys(glob.escape(Path(item).name) for item in items)
    options: dict[str, object] = {"paths": left, "force": True}
    if sum(len(name.encode()) + 1 for name in names) <= NAMES_BYTES:
        options["include"] = list(names)
    return options
