"""``again``: launches what failed once more, from a file that the console has written."""

import glob
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soniq_tui.cli import common, settings_from
from soniq_tui.errors import UsageError
from soniq_tui.host import out
from soniq_tui.model.text import MASK
from soniq_tui.verbs.start import How, headless_options, launch_batch
from soniq_tui.verbs.table import verb
from soniq_tui.words import _, many

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

    Of a music library the files that are still there are read again, whatever is known of them,
    and others of the same names in the same folders with them. With very many names their folders
    are scanned, where unchanged files are left as they are.
    """
    from soniq_tui.importers import registry

    settings = settings_from(ctx, given)
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

    Who reads files again has not agreed that others are gone, which ``force`` takes for agreed: so
    it goes only with names, and only for files that are there, as then their disk is, too.

    Raises:
        UsageError: it cannot be told single items.
    """
    fields = {field.name: field for field in importer.form().fields}
    urls = next((name for name, field in fields.items() if field.kind == "urls"), "")
    if urls:
        return {urls: _told_whole(importer, items)}
    if not {"paths", "include", "force"} <= set(fields):
        text = _("{title}: single items cannot be launched again; retry them")
        raise UsageError(text.format(title=_(importer.title)))
    left = [Path(item) for item in items if Path(item).is_file()]
    if not left:
        text = _("{title}: none of these files is there now; is the disk mounted?")
        raise UsageError(text.format(title=_(importer.title)))
    if away := len(items) - len(left):
        text = many(
            "{n} file is not there now and is left out; a scan tells what became of it",
            "{n} files are not there now and are left out; a scan tells what became of them",
            away,
        )
        out.warn(text)
    folders = list(dict.fromkeys(str(file.parent) for file in left))
    names = list(dict.fromkeys(glob.escape(file.name) for file in left))
    if sum(len(name.encode()) + 1 for name in names) > NAMES_BYTES:
        return {"paths": folders}
    return {"paths": folders, "include": names, "force": True}


def _told_whole(importer: "Importer", items: list[str]) -> list[str]:
    """Return the addresses of which nothing was masked when they were written down."""
    left = [item for item in items if MASK not in item or "://" not in item]
    if not left:
        text = _("{title}: all of them were written without their secrets; retry them")
        raise UsageError(text.format(title=_(importer.title)))
    if away := len(items) - len(left):
        text = many(
            "{n} address was written without its secret and is left out; retry it",
            "{n} addresses were written without their secrets and are left out; retry them",
            away,
        )
        out.warn(text)
    return left
