"""The last stage: what a scraper says it has saved is looked at, and noted in the index."""

from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.importers.base import Context, ItemFault, Skip
from soniq_tui.importers.recipes import links, save, store
from soniq_tui.importers.recipes.scrape import file_of
from soniq_tui.importers.recipes.words import FOLDER, Saved
from soniq_tui.model.job import ErrorKind

EARLIER_S = 2.0
"""A file may seem this much older than it is: clocks of file systems are coarse."""


async def run(saved: Saved, context: Context) -> None:
    """See ``importers.base.Stage``."""
    file = file_of(context.data_dir / FOLDER, saved.slug)
    try:
        recipe = save.read(file)
        fresh = file.stat().st_mtime >= saved.began_at_s - EARLIER_S
    except FileNotFoundError:
        raise ItemFault(
            ErrorKind.VANISHED, f"the scraper said it had saved {saved.slug}; there is no such file"
        ) from None
    except (OSError, ValueError) as exc:
        raise ItemFault(ErrorKind.INVALID, f"{file.name} is no recipe: {exc}") from exc
    if not fresh:
        raise ItemFault(
            ErrorKind.INVALID, f"the scraper said it had saved {saved.slug}; that file is older"
        )
    with store.writing(context.data_dir) as connection:
        other = _other(connection, saved, recipe, file.parent)
        if other is not None:
            store.drop(connection, saved.slug)
            connection.execute(store.SQL["solved"], (links.item_of(saved.url),))
        else:
            store.put(connection, saved.slug, recipe, file, saved.url)
    if other is not None:
        save.withdraw(file, recipe)
        raise Skip(f"here already: {other}")
    if saved.page:  # by rules for now; a model may make it better
        context.spawn(
            msgspec.structs.replace(saved, on_duplicate="keep"),
            key=f"improve {saved.slug}",
            label=saved.url,
            stage="structure",
            items=0,
        )


def _other(connection: Any, saved: Saved, recipe: dict[str, Any], folder: Path) -> str | None:
    """Return an earlier recipe that this one is the same as, unless both are to be kept."""
    if saved.on_duplicate == "keep":
        return None
    key = links.key_of(saved.url)
    return store.same(connection, recipe, key, but=saved.slug, folder=folder)
