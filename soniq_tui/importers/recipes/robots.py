"""What a site asks of robots (RFC 9309), asked once a day for each host and kept in a file.

A site that has no such file allows everything; so does one whose file cannot be had now: the page
itself will tell. ``Crawl-delay`` is heeded up to a minute.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from soniq_tui.importers.recipes.links import digest, host_of

KEPT_S = 24 * 3600.0
LONGEST_DELAY_S = 60.0
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
        self._known: dict[str, RobotFileParser] = {}

    async def allows(self, url: str) -> bool:
        """Return whether a page may be asked for by robots."""
        return (await self._rules(url)).can_fetch(NAME, url)

    async def delay_s(self, url: str) -> float:
        """Return the pause that a site asks for between two requests."""
        asked = (await self._rules(url)).crawl_delay(NAME)
        return float(min(LONGEST_DELAY_S, int(asked))) if asked else 0.0

    async def _rules(self, url: str) -> RobotFileParser:
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        if base not in self._known:
            text = await asyncio.to_thread(self._kept, base)
            if text is None:
                text = await self._fetch(f"{base}/robots.txt")
                if text is not None:
                    await asyncio.to_thread(self._keep, base, text)
            self._known[base] = _parsed(text or "")
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
            part = file.with_suffix(f".{time.monotonic_ns()}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(file)


def _parsed(text: str) -> RobotFileParser:
    """Return the rules of a text, without the lines that the parser of the library dies of."""
    rules = RobotFileParser()
    lines = text.splitlines()
    try:
        rules.parse(lines)
    except ValueError:
        rules = RobotFileParser()
        rules.parse([line for line in lines if _can_be_parsed(line)])
    return rules


def _can_be_parsed(line: str) -> bool:
    try:
        RobotFileParser().parse(["User-agent: *", line])
    except ValueError:  # no number, or half of an address
        return False
    return True
