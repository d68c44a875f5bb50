"""The stage for recipes that a server makes: sent once, then watched to the end."""

import asyncio
import base64
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.importers.base import Context, ItemFault, RetryLater, Skip
from soniq_tui.importers.recipes.server.protocol import Progress
from soniq_tui.importers.recipes.words import Sent
from soniq_tui.model.job import ErrorKind

TEXT_MOST_CHARS = 50_000
IMAGE_MOST_BYTES = 10 * 1024 * 1024
_IMAGES = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".gif": "gif", ".webp": "webp"}


async def run(sent: Sent, context: Context) -> None:
    """See ``importers.base.Stage``."""
    # In a thread: the first import takes 0.3 s, and the screen shares this loop.
    await asyncio.to_thread(import_module, "aiohttp")
    import aiohttp

    from soniq_tui.importers.recipes.server.client import DuplicateError, RecipeServer, ServerError

    async with aiohttp.ClientSession(trust_env=True) as session:
        server = RecipeServer(sent.server, session)
        try:
            if not sent.progress_id:
                body = await asyncio.to_thread(_body, sent)
                progress_id = await server.submit(body)
                sent = msgspec.structs.replace(sent, progress_id=progress_id)
                context.checkpoint(sent)  # from here on it is never sent again
            slug = await _watched(server, sent, context)
        except DuplicateError as there:
            raise Skip(f"there already: {there.slug}" if there.slug else "there already") from there
        except ServerError as fault:
            if fault.passing:
                raise RetryLater(
                    str(fault),
                    ErrorKind.SERVER_ERROR,
                    fault.after_s,
                    blameless=fault.after_s is not None,
                ) from fault
            kind = ErrorKind.TIMEOUT if fault.stalled else _kind_of(str(fault))
            raise ItemFault(kind, str(fault)) from fault
    context.log(f"saved as {slug}")
    context.count(done=1)


async def _watched(server: Any, sent: Sent, context: Context) -> str:
    last = ""

    def heard(progress: Progress) -> None:
        nonlocal last
        words = f"{progress.step} {progress.message}".strip()
        if words != last:
            last = words
            context.log("waits at the server" if progress.queued else words)
        context.progress(progress.percent, 100)

    try:
        return str(await server.watch(sent.progress_id, heard))
    except asyncio.CancelledError:
        await asyncio.wait_for(server.cancel(sent.progress_id), timeout=1.0)
        raise


def _body(sent: Sent) -> dict[str, Any]:
    """Return what is sent: an address, or a text with the picture beside it."""
    body: dict[str, Any] = {"type": "url", "url": sent.url}
    if sent.file:
        file = Path(sent.file)
        body = {"type": "text", "text": file.read_text("utf-8", "replace")[:TEXT_MOST_CHARS]}
        picture = next((p for s in _IMAGES if (p := file.with_suffix(s)).is_file()), None)
        if picture is not None and picture.stat().st_size <= IMAGE_MOST_BYTES:
            data = base64.b64encode(picture.read_bytes()).decode()
            body["image"] = f"data:image/{_IMAGES[picture.suffix.lower()]};base64,{data}"
    if sent.auth:
        from soniq_tui.importers.recipes.credentials import for_server

        if found := for_server(Path(sent.auth), sent.url):
            body["credentials"] = found
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
