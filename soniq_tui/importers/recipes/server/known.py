"""Which addresses a recipe server has recipes of: asked for once for many, kept for minutes."""

import asyncio
import time
from typing import TYPE_CHECKING

from soniq_tui.importers.recipes import links
from soniq_tui.importers.recipes.server.protocol import ServerError

if TYPE_CHECKING:
    from soniq_tui.importers.recipes.server.client import RecipeServer

KEPT_S = 300.0
SERVERS_MOST = 8
_known: dict[str, tuple[float, frozenset[str]]] = {}
"""By server: when it was asked, monotonic, and the keys of what it has."""


async def has(server: "RecipeServer", url: str, *, afresh: bool = False) -> bool:
    """Return whether a server has the recipe of an address; where it does not tell, it has not.

    Args:
        server: the one that is asked.
        url: of the page; of texts, which have none, nothing is known.
        afresh: what it said some minutes ago does not count.
    """
    if not url:
        return False
    asked_s, keys = _known.get(server.url, (float("-inf"), frozenset[str]()))
    if afresh or time.monotonic() - asked_s > KEPT_S:
        keys = await _keys(server)
        _known.pop(server.url, None)
        _known[server.url] = (time.monotonic(), keys)
        while len(_known) > SERVERS_MOST:
            del _known[next(iter(_known))]
    return links.key_of(url) in keys


async def _keys(server: "RecipeServer") -> frozenset[str]:
    try:
        urls = await server.imported()
    except ServerError:
        return frozenset()  # what is sent will tell
    return await asyncio.to_thread(_keys_of, urls)


def _keys_of(urls: set[str]) -> frozenset[str]:
    return frozenset(links.key_of(url) for url in urls if links.urlsplit_of(url))
