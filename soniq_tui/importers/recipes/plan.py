"""Planning: what was named becomes one job for each recipe that is to be had."""

import os
import re
import secrets
import shlex
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Plan
from soniq_tui.importers.recipes import links, pages, store
from soniq_tui.importers.recipes.sources import Wanted, exists, wanted
from soniq_tui.importers.recipes.stored import Source
from soniq_tui.importers.recipes.words import (
    FOLDER,
    Packed,
    Page,
    RecipeOptions,
    Sent,
)
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import Spawn

PACKED_EACH = 50
"""Recipes of a file of another program in one job: some seconds of work."""
SHOWN = 2
_NAME = re.compile(r"[^\s<]*|.{1,250}\.\w{2,15}")
"""What stands alone and is no text: the name of a file, misspelled for instance."""


def plan(options: RecipeOptions, data_dir: Path) -> Plan:
    """Make one job of each page and file; see ``importers.base.Planner``."""
    _check(options)
    found = _by_hand(options, data_dir) or wanted(options)
    _check_url(options, found)
    if options.server:
        return _for_server(options, found)
    store.mend(data_dir)
    pages.sweep(data_dir / FOLDER)
    token = secrets.token_hex(8)
    return Plan(
        label=_label(options, found),
        jobs=(*_pages(options, found, token), *_packs(options, found, token)),
        note=found.note,
    )


def _pages(options: RecipeOptions, found: Wanted, token: str) -> Iterator[Spawn]:
    """Yield one job for each page and text."""
    base = Page(
        on_duplicate=options.on_duplicate,
        scraper=options.scraper,
        auth=options.auth,
        images=options.images,
        token=token,
    )
    for key, label, told in _named(found, lambda file: options.url or pages.url_of(file)):
        page = msgspec.structs.replace(base, **told)
        lane = "" if page.file or page.twice else links.host_of(page.url)
        payload = msgspec.msgpack.encode(page)
        yield Spawn(key=key, label=label, lane=lane, stage="scrape", payload=payload)


def _named(
    found: Wanted, address: Callable[[Path], str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield a key, a label and what is told of each address and file, and of what stands twice.

    Args:
        found: all of them.
        address: returns where a file came from, if anybody knows.
    """
    for whole in found.urls:
        url, login = links.parted(whole)
        yield links.key_of(url), url, {"url": url, "login": login}
    for file in found.files:
        url, login = links.parted(address(file))
        path = str(file.resolve())
        yield path, url or str(file), {"file": path, "url": url, "login": login}
    for number, name in enumerate(map(links.without_login, found.doubled)):
        yield f"{number} {name}", name, {"url": name, "twice": True}


def _packs(options: RecipeOptions, found: Wanted, token: str) -> Iterator[Spawn]:
    """Yield jobs for the recipes in files of other programs."""
    for file, names in found.packed:
        for at in range(0, len(names), PACKED_EACH):
            some = tuple(names[at : at + PACKED_EACH])
            packed = Packed(
                file=str(file.resolve()),
                entries=some,
                on_duplicate=options.on_duplicate,
                images=options.images,
                token=token,
            )
            yield Spawn(
                key=f"{file.resolve()} {at}",
                label=f"{file.name} {at + 1}-{at + len(some)}" if len(names) > 1 else str(file),
                stage="unpack",
                payload=msgspec.msgpack.encode(packed),
                items=len(some),
            )


def _for_server(options: RecipeOptions, found: Wanted) -> Plan:
    """Make one job of each recipe that a server is to make.

    Raises:
        UsageError: there are files of recipes, which are read here.
    """
    if found.packed:
        raise UsageError(f"{found.packed[0][0]} is read here; leave the server out", "server")
    base = Sent(server=options.server, auth=options.auth)
    count: Counter[str] = Counter()
    jobs = []
    for key, label, told in _named(found, lambda _file: ""):
        one = msgspec.structs.replace(base, **told)
        turn = "" if one.twice else _turn(options, links.host_of(one.url), count)
        payload = msgspec.msgpack.encode(one)
        jobs.append(Spawn(key=key, label=label, stage="remote", lane=turn, payload=payload))
    host = links.host_of(options.server) or options.server
    label = f"{_label(options, found)} at {host}"
    return Plan(label=label, jobs=tuple(jobs), queue="fetch", note=found.note)


def _turn(options: RecipeOptions, host: str, count: Counter[str]) -> str:
    """Return the lane of a job: a site has as many as may be asked for at once.

    ``count`` tells how many each site has had, and is brought up to date.
    """
    if not host or not options.max_per_host:
        return ""
    count[host] += 1
    return f"{host} {count[host] % options.max_per_host}"


def _pasted(options: RecipeOptions) -> str:
    """Return the page or text that was given itself, together with its address."""
    if not options.url or all(map(_is_place, options.sources)):
        return ""
    text = "\n".join(options.sources)
    return "" if _NAME.fullmatch(text.strip()) else text


def _is_place(source: str) -> bool:
    """Return whether a source is an address, a file or a folder, and no text."""
    return links.found_in(source) == [source.strip()] or exists(source)


def _by_hand(options: RecipeOptions, data_dir: Path) -> Wanted | None:
    """Keep the page or text that was given itself, so that it is there for its scraper."""
    text = _pasted(options)
    if not text:
        return None
    markup = "<" in text and ">" in text
    source = Source(url=links.without_login(options.url))
    return Wanted(files=[pages.keep(data_dir / FOLDER, text, source, text=not markup)])


def _check_url(options: RecipeOptions, found: Wanted) -> None:
    """Refuse an address that would be that of several pages.

    Raises:
        UsageError: it is so.
    """
    if options.url and (found.urls or found.packed or len(found.files) != 1):
        raise UsageError("url goes with one saved page or text, and nothing else", "url")


def _check(options: RecipeOptions) -> None:
    if not any(options.sources):
        raise UsageError("no source given; paste addresses, or name a file or folder of them")
    for field, url in (("url", options.url), ("server", options.server)):
        if url and links.found_in(url) != [url]:
            raise UsageError(f"{url[:200]!r} is no address; https://…", field)
    if options.scraper:
        _check_program(options.scraper)
    if options.auth:
        from soniq_tui.importers.recipes.credentials import read

        read(Path(os.path.expanduser(options.auth)))


def _check_program(command: str) -> None:
    """Refuse what cannot be run here, where it will be: each recipe would fail of it.

    Raises:
        UsageError: it is so.
    """
    try:
        words = shlex.split(command)
    except ValueError as exc:
        raise UsageError(
            f"{command[:200]!r} cannot be read as a command: {exc}", "scraper"
        ) from exc
    if not words or shutil.which(words[0]) is None:
        named = words[0][:200] if words else ""
        raise UsageError(f"{named!r} is no program here; give its whole path", "scraper")


def _label(options: RecipeOptions, found: Wanted) -> str:
    files_of = [*found.files, *(file for file, _ in found.packed)]
    names = [*(links.host_of(url) for url in found.urls), *(file.name for file in files_of)]
    hosts = [links.host_of(options.url)] if options.url else list(dict.fromkeys(names))
    count = found.count
    more = len(hosts) - SHOWN
    some = ", ".join(hosts[:SHOWN]) + (f" +{more}" if more > 0 else "")
    return f"{count} recipe{'' if count == 1 else 's'}: {some}"


def preview(options: RecipeOptions, data_dir: Path) -> Preview:
    """Say how many there are and how many are here already."""
    try:
        _check(options)
        if _pasted(options):
            return Preview(ok=True, text="1 text")
        found = wanted(options)
        _check_url(options, found)
    except UsageError as exc:
        return Preview(ok=False, text=str(exc), field=exc.field)
    with store.reading(data_dir) as connection:
        known = [store.slug_of(connection, url) for url in found.urls] if connection else []
    told = (
        (len(found.urls), "{n:,} URL{s}"),
        (len(found.files), "{n:,} file{s}"),
        (sum(len(names) for _, names in found.packed), "{n:,} recipe{s} in files"),
        (len(found.doubled), "{n:,} named twice"),
        (len(known) - known.count(None), "{n:,} already imported"),
    )
    parts = [words.format(n=n, s="" if n == 1 else "s") for n, words in told if n]
    text = ", ".join(parts) or "nothing to import"
    return Preview(ok=bool(parts), text="; ".join(filter(None, [text, found.note])))
