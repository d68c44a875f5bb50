"""The stage for recipes that a server makes: sent once, then watched to the end."""

import asyncio
import base64
import os
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from soniq_tui.importers.base import Context, ItemFault, RetryLater, Skip, Stopped
from soniq_tui.importers.recipes import links, store
from soniq_tui.importers.recipes.scrape import noted
from soniq_tui.importers.recipes.server import known
from soniq_tui.importers.recipes.server.protocol import (
    DuplicateError,
    Progress,
    ServerError,
    UnheardError,
)
from soniq_tui.importers.recipes.stored import Source
from soniq_tui.importers.recipes.words import PAGES, Sent
from soniq_tui.model.job import ErrorKind

if TYPE_CHECKING:
    from soniq_tui.importers.recipes.server.client import RecipeServer

TEXT_MOST_CHARS = 50_000
SENDING = "?"
"""How a progress id begins that is none yet; how often a person wanted it to be sent follows."""
CANCEL_S = 1.0
PATIENCE_S = 3600.0
"""However long a server that has enough to do wants to be left alone."""


async def run(sent: Sent, context: Context) -> None:
    """See ``importers.base.Stage``."""
    if sent.twice:
        raise Skip("named twice in this list")
    # In a thread: the first import takes 0.3 s, and the screen shares this loop.
    await asyncio.to_thread(import_module, "aiohttp")
    import aiohttp

    from soniq_tui.importers.recipes.server.client import RecipeServer

    async with aiohttp.ClientSession(trust_env=True) as session:
        server = RecipeServer(sent.server, session)
        try:
            if not await _in_work(server, sent, context):
                sent = await _submitted(server, sent, context)
            slug = await _watched(server, sent, context)
        except DuplicateError as there:
            raise Skip(f"there already: {there.slug}" if there.slug else "there already") from there
        except ServerError as fault:
            raise await _noted(_signal_of(fault), sent, context) from fault
        except ItemFault as fault:
            raise await _noted(fault, sent, context) from fault
    await asyncio.to_thread(_solved, sent, context.data_dir)
    context.log(f"saved as {slug}" if slug else "it is there; the server has forgotten its name")
    context.count(done=1)


async def _noted(signal: Exception, sent: Sent, context: Context) -> Exception:
    """Note what gave no recipe, for the list of those; returns the signal.

    A server that only has enough to do has given no answer yet.
    """
    if isinstance(signal, RetryLater) and signal.blameless:
        return signal
    return await noted(signal, sent.url or sent.file, context)


def _solved(sent: Sent, data_dir: Path) -> None:
    """Take a recipe out of that list again, where there is one."""
    with store.reading(data_dir) as connection:
        if connection is None:
            return
    store.solved(data_dir, sent.url or sent.file)


def _signal_of(fault: ServerError) -> Exception:
    """Return what a fault of the server means for the job."""
    if fault.passing:
        after_s = None if fault.after_s is None else min(PATIENCE_S, fault.after_s)
        return RetryLater(
            str(fault), ErrorKind.SERVER_ERROR, after_s, blameless=after_s is not None
        )
    return ItemFault(ErrorKind.TIMEOUT if fault.stalled else _kind_of(str(fault)), str(fault))


async def _in_work(server: "RecipeServer", sent: Sent, context: Context) -> bool:
    """Return whether a recipe has been sent, and is to be watched and not to be sent again.

    Where a person wants a recipe again that the server gave up, or knows nothing of any more, it is
    sent again; where the server is still at work, it is watched further.
    """
    if not sent.progress_id or sent.progress_id.startswith(SENDING):
        return False
    if sent.sent_for == context.retries:
        return True
    try:
        found = await server.progress(sent.progress_id)
    except UnheardError:
        return True
    except ServerError as fault:
        if fault.gone:
            return False
        raise
    return found is None or not found.error


async def _submitted(server: "RecipeServer", sent: Sent, context: Context) -> Sent:
    """Send a recipe once; from then on it is only watched.

    That it is being sent is noted before. Where the host dies before the answer is noted nobody
    knows whether the server took it: it is not sent again, unless a person wants that.

    Raises:
        ItemFault: that has happened.
    """
    sending = f"{SENDING}{context.retries}"
    if sent.progress_id == sending:
        if await known.has(server, sent.url, afresh=True):
            raise Skip("there already; the host died when it had been sent")
        raise ItemFault(
            ErrorKind.CRASHED,
            "the host died while this was being sent; the server may be at work on it",
        )
    if await known.has(server, sent.url, afresh=context.retries > 0):
        raise Skip("there already")
    body = await asyncio.to_thread(_body, sent, context.log)
    context.checkpoint(msgspec.structs.replace(sent, progress_id=sending))
    await context.written()
    try:
        progress_id = await server.submit(body)
    except ServerError as fault:
        if fault.passing:  # it was not taken
            context.checkpoint(msgspec.structs.replace(sent, progress_id=""))
        raise
    sent = msgspec.structs.replace(sent, progress_id=progress_id, sent_for=context.retries)
    context.checkpoint(sent)
    return sent


async def _watched(server: "RecipeServer", sent: Sent, context: Context) -> str:
    """Watch a recipe to its end; returns its slug, nothing where the server has forgotten it."""
    last = ""

    def heard(progress: Progress) -> None:
        nonlocal last
        words = f"{progress.step} {progress.message}".strip()
        if progress.queued:
            words = "waits at the server"
        if words != last:
            last = words
            context.log(words)
            context.doing(words)
        context.progress(progress.percent, 100)

    try:
        return await server.watch(sent.progress_id, heard)
    except ServerError as fault:
        # What has ended is forgotten after five minutes; the recipe tells that it went well.
        if fault.gone and await known.has(server, sent.url, afresh=True):
            return ""
        raise
    except (asyncio.CancelledError, Stopped):
        if context.cancelled():  # a host that ends asks nobody to stop: the next one goes on
            await _stop(server, sent.progress_id, context)
        raise


async def _stop(server: "RecipeServer", progress_id: str, context: Context) -> None:
    """Ask the server to stop, whatever becomes of this stage meanwhile; within a second."""
    asked = asyncio.create_task(asyncio.wait_for(server.cancel(progress_id), CANCEL_S))
    while not asked.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({asked})
    try:
        if not asked.result():
            context.log("the server cannot stop what it is at")
    except (ServerError, TimeoutError) as exc:
        context.log(f"the server could not be asked to stop: {exc or type(exc).__name__}")


def _body(sent: Sent, tell: Callable[[str], object] = str) -> dict[str, Any]:
    """Return what is sent: an address, or a text with the picture beside it."""
    body: dict[str, Any] = {"type": "url", "url": sent.url}
    if sent.file:
        body = _of_file(Path(sent.file), tell)
    from soniq_tui.importers.recipes import credentials

    presets = credentials.read(Path(os.path.expanduser(sent.auth))) if sent.auth else {}
    if sent.login:
        presets = credentials.with_login(presets, links.host_of(sent.url), sent.login)
    if found := credentials.for_server(presets, sent.url):
        body["credentials"] = found
    return body


def _of_file(file: Path, tell: Callable[[str], object]) -> dict[str, Any]:
    """Return what is sent of a text, or of a page, of which a server gets what people read.

    Raises:
        ItemFault: it is something else.
    """
    from soniq_tui.importers.recipes import given, pages
    from soniq_tui.importers.recipes.page.text import text_of

    kept = pages.read(file)
    if kept.other:
        raise ItemFault(ErrorKind.UNSUPPORTED, f"that is no page, but {kept.other}")
    markup = file.suffix.lower() in PAGES or (pages.is_kept(file) and not pages.is_text(file))
    text = text_of(kept.text) if markup else kept.text
    if (chars := len(text)) > TEXT_MOST_CHARS:
        most = TEXT_MOST_CHARS
        tell(f"the text has {chars:,} characters, of which the server gets {most:,}")
    body: dict[str, Any] = {"type": "text", "text": text[:TEXT_MOST_CHARS]}
    if beside := given.picture(file, Source(url="")):
        body["image"] = f"data:{beside[1]};base64,{base64.b64encode(beside[0]).decode()}"
    return body


_WORDS = (
    ("404", ErrorKind.NOT_FOUND),
    ("not found", ErrorKind.NOT_FOUND),
    ("401", ErrorKind.BLOCKED),
    ("403", ErrorKind.BLOCKED),
    ("429", ErrorKind.RATE_LIMITED),
    ("rate limit", ErrorKind.RATE_LIMITED),
    ("timeout", ErrorKind.TIMEOUT),
    ("timed out", ErrorKind.TIMEOUT),
    ("llm", ErrorKind.MODEL),
    ("rejected", ErrorKind.NO_RECIPE),
    ("validation", ErrorKind.INVALID),
    ("connection", ErrorKind.NETWORK),
)


def _kind_of(reason: str) -> ErrorKind:
    """Return the kind of a failure that a server tells in words."""
    low = reason.lower()
    return next((kind for words, kind in _WORDS if words in low), ErrorKind.SERVER_ERROR)
