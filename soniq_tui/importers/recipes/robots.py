"""What a site asks of robots (RFC 9309), asked once a day for each host and kept in a file.

A site that has no such file allows everything; so does one whose file cannot be had now: the page
itself will tell.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from soniq_tui import files
from soniq_tui.importers.recipes.links import digest, host_of
from soniq_tui.importers.recipes.robots_txt import Rules

KEPT_S = 24 * 3600.0
NAME = "soniq-tui"
"""What a file may call us."""


class Robots:
    """The rules of hosts.

    Args:
        room: the folder where they are kept; None: asked anew by each process.
        fetch: returns the text of an address, empty where there is none; None: not now.
    """

    def __init__(self, room: Path | None, fetch: Callable[[str], Awaitable[str | None]]) -> None:
        self._room, self._fetch = room, fetch
        self._known: dict[str, Rules] = {}

    async def allows(self, url: str) -> bool:
        """Return whether a page may be asked for by robots."""
        return (await self._rules(url)).allow(url)

    async def delay_s(self, url: str) -> float:
        """Return the pause that a site asks for between two requests."""
        return (await self._rules(url)).delay_s

    async def _rules(self, url: str) -> Rules:
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        if base not in self._known:
            text = await asyncio.to_thread(self._kept, base)
            if text is None:
                text = await self._fetch(f"{base}/robots.txt")
                if text is not None:
                    await asyncio.to_thread(self._keep, base, text)
            self._known[base] = Rules(text or "", NAME)
        return self._known[base]

    def _file(self, base: str) -> Path | None:
        return self._room / f"{digest(f'{base} {host_of(base)}')}.robots" if self._room else None

    def _kept(self, base: str) -> str | None:
        file = self._file(base)
        try:
            if file is None or time.time() - file.stat().st_mtime > KEPT_S:
                return None
            return file.read_text("utf-8", "replace")
        except OSError:
            return None

    def _keep(self, base: str, text: str) -> None:
        if (file := self._file(base)) is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            # As an empty one, as power cuts leave them, it would allow everything for a day.
            files.replaced(file, lambda part: part.write_text(text, encoding="utf-8"))
