"""The stage that asks a language model: for pages whose recipe rules did not find whole.

It runs a scraper, too, on the page that was kept. A model that nobody reaches is no fault of a
page: those of which rules found no whole recipe wait longer. What rules found whole is a recipe
without any model: it waits for a while, then stays as it is, marked as not made better. What one
recipe learnt of such a model the others need not find out (``model/absence.py``).
"""

import asyncio
import time
from pathlib import Path

import msgspec

from soniq_tui.errors import DataDirError
from soniq_tui.importers.base import Context, GoBack, Ran, RetryLater, Skip
from soniq_tui.importers.recipes import links, pages, save, store
from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.model.absence import Absence, Known
from soniq_tui.importers.recipes.model.endpoint import configured
from soniq_tui.importers.recipes.scrape import (
    DUPLICATE,
    Heard,
    fault_of,
    file_of,
    here_already,
    noted,
    ours,
    own_argv,
    ran_by,
    skipped,
)
from soniq_tui.importers.recipes.words import FOLDER, LLM_FAILED, Saved
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.text import without_logins

ASKED_MOST = 3
"""So often a model is asked for something better; a scraper itself tries four times each."""
AGAIN_S = 10.0
absence = Absence()
"""Of the model of this process."""


async def run(saved: Saved, context: Context) -> Saved:
    """See ``importers.base.Stage``."""
    if done := await asyncio.to_thread(_done, saved, context.data_dir):
        return done
    if not await asyncio.to_thread(Path(saved.page).exists):
        if saved.slug:
            raise Skip(f"{saved.slug} stays as rules found it: its page is not kept any more")
        raise GoBack("the kept page is gone")
    asker = f"{saved.token} {context.retries}"
    known = absence.known(asker)
    if known and (known.unreachable or saved.slug):
        raise await _without(known, known.reason, saved, context)
    began_at_s = time.time()
    heard, ran = await _asked(asker, saved, context)
    if ran.status == DUPLICATE:
        await asyncio.to_thread(_done, saved, context.data_dir)  # a person may have been quicker
        raise await skipped(heard, links.item_of(saved.url), context)
    if ran.status or not heard.slug:
        fault = fault_of(ran, heard)
        if heard.error.get("unreachable"):
            raise await _without(absence.known(asker), str(fault), saved, context)
        if saved.slug:
            raise await _later(fault, saved, context)
        raise await noted(fault, links.item_of(saved.url), context)
    return Saved(
        url=saved.url,
        slug=heard.slug,
        on_duplicate="keep" if saved.slug else saved.on_duplicate,
        images=saved.images,
        token=saved.token,
        began_at_s=began_at_s,
    )


async def _asked(asker: str, saved: Saved, context: Context) -> tuple[Heard, Ran]:
    """Run the scraper, and note for the others whether a model is there."""
    began_s = time.monotonic()
    # Who cannot do without waits anyway, and keeps a place in the line of a server that is busy.
    # One that did not answer the last time may hang, and other batches wait for the slot.
    patient = (absence.proven or not saved.slug) and not absence.away
    argv = _argv(saved, context.data_dir / FOLDER, once=absence.doubted, patient=patient)
    argv += ["--model-silences", str(absence.silences)] if absence.silences else []
    heard, ran = await ran_by(argv, context)
    error = heard.error
    if error.get("unreachable") or error.get("mute"):
        absence.in_vain(
            asker,
            without_logins(str(error.get("reason"))),
            time.monotonic() - began_s,
            unreachable=bool(error.get("unreachable")),
            silent=bool(error.get("silent")),
        )
    elif (
        ran.status in {0, DUPLICATE}
        or error.get("kind") == ErrorKind.MODEL
        or (error.get("kind") == ErrorKind.NO_RECIPE and configured() is not None)
    ):
        absence.answered()
    return heard, ran


async def _without(known: Known | None, reason: str, saved: Saved, context: Context) -> Exception:
    """Return what is raised where no model is there: who can do without it does after a while."""
    if saved.slug and known and known.lasts:
        return await _left(reason, saved, context)
    after_s = known.wait_s if known else AGAIN_S
    return RetryLater(reason, ErrorKind.MODEL, after_s, blameless=True)


async def _later(fault: Exception, saved: Saved, context: Context) -> Exception:
    """Return what is raised where a recipe of rules could not be made better.

    It is asked for again a few times; then the recipe, which is done, stays as it is. It is no
    failure, and so no attempt of the job is lost: its batch has done what it was asked for.
    """
    asked = saved.asked + 1
    if isinstance(fault, RetryLater) and asked < ASKED_MOST:
        context.checkpoint(msgspec.structs.replace(saved, asked=asked))
        after_s = AGAIN_S if fault.after_s is None else fault.after_s
        return RetryLater(str(fault), fault.kind, after_s, blameless=True)
    return await _left(str(fault), saved, context)


async def _left(why: str, saved: Saved, context: Context) -> Skip:
    """Return what is raised where a recipe stays as rules found it, which it says of itself."""
    try:
        await asyncio.to_thread(_mark, saved, context.data_dir)
    except (OSError, ValueError, DataDirError) as exc:
        context.log(f"that it was not made better could not be noted: {exc}")
    return Skip(f"{saved.slug} is as rules found it, not made better: {why}")


def _mark(saved: Saved, data_dir: Path) -> None:
    """Say of a recipe that a model was to make it better, and did not."""
    file = file_of(data_dir / FOLDER, saved.slug)
    recipe = save.read(file)
    made = reading.ours(recipe, "extract")
    flags = reading.listed(made.get("flags"))
    if made and LLM_FAILED not in flags:
        made["flags"] = [*flags, LLM_FAILED]
        save.replace(file, recipe)
        with store.writing(data_dir) as connection:
            store.put(connection, saved.slug, recipe, file, saved.url)


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
        recipe = save.read(file_of(folder, saved.slug))
    except (OSError, ValueError):
        raise Skip(f"{saved.slug} is not here any more") from None
    if save.edited(recipe):
        raise Skip(f"{saved.slug} was edited by hand; it stays as it is")
    return None


def _argv(saved: Saved, folder: Path, *, once: bool, patient: bool) -> list[str]:
    mode = "text" if pages.is_text(Path(saved.page)) else "html"
    argv = [*own_argv(mode, folder, saved, saved.slug), "--structure", "--input-file", saved.page]
    argv += ["--model-patient"] if patient else []
    return [*argv, "--model-once"] if once else argv
