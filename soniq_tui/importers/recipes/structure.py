"""The stage that asks a language model: for pages whose recipe rules did not find whole.

It runs a scraper, too, on the page that was kept. A model that nobody reaches is no fault of a
recipe: all that wait for it wait longer, and nothing fails.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

import msgspec

from soniq_tui.importers.base import Context, RetryLater, Skip
from soniq_tui.importers.recipes import links, pages, save
from soniq_tui.importers.recipes.scrape import fault_of, file_of, here_already, noted, ours, ran_by
from soniq_tui.importers.recipes.words import FOLDER, LOCKS, Saved
from soniq_tui.model.job import ErrorKind

OPEN_AFTER, OPEN_S = 3, 60.0
"""So many runs in a row that nobody answered, and for so long nobody is asked."""


class Breaker:
    """Whether it makes sense to ask the model now; of this process."""

    def __init__(self) -> None:
        self._failed = 0
        self._until_s = 0.0

    def wait_s(self) -> float:
        """Return how long the model is left alone; 0: ask."""
        return max(0.0, self._until_s - time.monotonic())

    def note(self, *, unreachable: bool) -> None:
        """Note how a run went."""
        self._failed = self._failed + 1 if unreachable else 0
        if self._failed >= OPEN_AFTER:
            self._until_s = time.monotonic() + OPEN_S
            self._failed = 0


breaker = Breaker()


async def run(saved: Saved, context: Context) -> Saved:
    """See ``importers.base.Stage``."""
    if done := await asyncio.to_thread(_done, saved, context.data_dir):
        return done
    if wait_s := breaker.wait_s():
        raise RetryLater(
            "the language model is unreachable", ErrorKind.MODEL, wait_s, blameless=True
        )
    began_at_s = time.time()
    heard, ran = await ran_by(_argv(saved, context.data_dir / FOLDER), context)
    unreachable = bool(heard.error.get("unreachable"))
    breaker.note(unreachable=unreachable)
    if unreachable:
        raise RetryLater(str(heard.error.get("reason")), ErrorKind.MODEL, 10.0, blameless=True)
    if ran.status or not heard.slug:
        fault = fault_of(ran, heard)
        if not saved.slug:
            raise await noted(fault, links.item_of(saved.url), context)
        if isinstance(fault, RetryLater):
            raise fault
        context.log(f"the recipe stays as rules found it: {fault}")
        return msgspec.structs.replace(saved, page="", on_duplicate="keep")
    return Saved(
        url=saved.url,
        slug=heard.slug,
        on_duplicate="keep" if saved.slug else saved.on_duplicate,
        images=saved.images,
        token=saved.token,
        began_at_s=began_at_s,
    )


def _done(saved: Saved, data_dir: Path) -> Saved | None:
    """Return what a run before a kill made of it already; None: the model is to be asked.

    Raises:
        Skip: the recipe that was to be made better is gone, or a person has worked on it.
    """
    folder = data_dir / FOLDER
    if not saved.slug:
        slug = here_already(saved.url, data_dir)
        if slug is None or not ours(saved.token, file_of(folder, slug)):
            return None
        return msgspec.structs.replace(saved, slug=slug, page="")
    try:
        told = save.read(file_of(folder, saved.slug)).get("soniq")
    except (OSError, ValueError):
        raise Skip(f"{saved.slug} is not here any more") from None
    if isinstance(told, dict) and told.get("edited"):
        raise Skip(f"{saved.slug} was edited by hand; it stays as it is")
    return None


def _argv(saved: Saved, folder: Path) -> list[str]:
    argv = [
        sys.executable,
        "-m",
        "soniq_tui.importers.recipes.scraper",
        "--mode",
        "text" if pages.is_text(Path(saved.page)) else "html",
        "--structure",
    ]
    argv += ["--input-file", saved.page, "--url", saved.url]
    argv += ["--recipe-output-folder", os.fspath(folder), "--host-locks", os.fspath(folder / LOCKS)]
    argv += ["--update", os.fspath(file_of(folder, saved.slug))] if saved.slug else []
    argv += ["--token", saved.token] if saved.token else []
    return argv if saved.images else [*argv, "--no-images"]
