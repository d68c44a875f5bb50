"""An importer of addresses that asks no network: what an address says is what becomes of it.

``tests.runners.room.offer(folder, "addresses", <this folder>)`` lets processes find it as a
stranger's plugin. An address with ``missing``, ``blocked`` or ``slow`` in it fails by that kind,
every other one is written down and known from then on.
"""

# A stage has its process for itself and may block it.
# ruff: noqa: ASYNC251

import hashlib
import time
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Context, ErrorKind, Importer, ItemFault, Plan, Spawn, Stage
from soniq_tui.model.forms import Preview

FAULTS = {
    "missing": (ErrorKind.NOT_FOUND, "the page is not there (404)"),
    "blocked": (ErrorKind.BLOCKED, "robots.txt forbids it"),
    "slow": (ErrorKind.TIMEOUT, "no answer in 30 s"),
}
"""By a word in the address."""
LONGEST = 4096


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch of addresses can be told."""

    urls: Annotated[tuple[str, ...], Meta(title="url", description="Addresses to fetch.")]
    again: Annotated[bool, Meta(description="Also those that are known.")] = False
    ms: Annotated[int, Meta(ge=0, le=10_000, description="How long each takes.")] = 5
    agent: Annotated[str, Meta(description="Who asks.", extra={"group": "rest"})] = "soniq"


class Page(msgspec.Struct, frozen=True):
    """One address."""

    url: str
    ms: int = 0


def _file(data_dir: Path, url: str) -> Path:
    name = hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest()[:20]
    return data_dir / "addresses" / name


def _checked(url: str) -> str:
    if urlsplit(url).scheme not in {"http", "https"} or len(url) > LONGEST:
        raise UsageError(f"{url[:80]} is no address; it begins with https://", "urls")
    return url


def plan(options: Options, data_dir: Path) -> Plan:
    """Make a job of each address that is not known yet."""
    urls = list(dict.fromkeys(map(_checked, options.urls)))
    new = [u for u in urls if options.again or not _file(data_dir, u).exists()]
    jobs = tuple(
        Spawn(
            key=url,
            label=url,
            payload=msgspec.msgpack.encode(Page(url=url, ms=options.ms)),
            stage="fetch",
            items=1,
        )
        for url in new
    )
    return Plan(label=f"{len(new)} addresses", jobs=jobs)


def preview(options: Options, data_dir: Path) -> Preview:
    """Say how many there are, and how many of them are known."""
    try:
        urls = set(map(_checked, options.urls))
    except UsageError as exc:
        return Preview(ok=False, text=str(exc), field=exc.field)
    known = sum(_file(data_dir, url).exists() for url in urls)
    return Preview(ok=True, text=f"{len(urls)} URLs, {known} already imported")


async def fetch(page: Page, ctx: Context) -> Page:
    """Take as long as it was told, and fail where the address says so."""
    ctx.progress(0, 1)
    time.sleep(page.ms / 1000)
    for word, (kind, reason) in FAULTS.items():
        if word in page.url:
            raise ItemFault(kind, reason)
    return page


async def keep(page: Page, ctx: Context) -> None:
    """Write down that it is known."""
    file = _file(ctx.data_dir, page.url)
    file.parent.mkdir(exist_ok=True)
    file.write_text(page.url, encoding="utf-8")
    ctx.count(done=1)


importer = Importer(
    name="addresses",
    title="Addresses",
    verb="addresses",
    options=Options,
    stages=(Stage("fetch", "extract", fetch), Stage("keep", "insert", keep)),
    plan=plan,
    preview=preview,
)
