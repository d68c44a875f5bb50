"""Planning: what was named becomes one job for each recipe that is to be had."""

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Plan
from soniq_tui.importers.recipes import links, store
from soniq_tui.importers.recipes.words import Page, RecipeOptions, Sent
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import Spawn

LIST_MOST_BYTES = 16 * 1024 * 1024
_PAGES = {".html", ".htm", ".xhtml", ".mhtml"}
_TEXTS = {".txt", ".md"}
SHOWN = 2


class Wanted(msgspec.Struct):
    """What was found in the sources."""

    urls: list[str] = msgspec.field(default_factory=list)
    files: list[Path] = msgspec.field(default_factory=list)
    doubled: list[str] = msgspec.field(default_factory=list)
    """Named once more."""


def wanted(options: RecipeOptions) -> Wanted:
    """Return what the sources name, each once.

    Raises:
        UsageError: a source cannot be read or names nothing.
    """
    found, keys = Wanted(), set()
    for source in options.sources:
        for url, file in _read(source):
            key = links.key_of(url) if url else str(file)
            if key in keys:
                found.doubled.append(url or str(file))
                continue
            keys.add(key)
            if url:
                found.urls.append(url)
            elif file is not None:
                found.files.append(file)
    return found


def _read(source: str) -> Iterator[tuple[str, Path | None]]:
    if source == "-":
        yield from ((url, None) for url in _urls(sys.stdin.read(LIST_MOST_BYTES), "stdin"))
        return
    if found := links.found_in(source):
        yield from ((url, None) for url in found)
        return
    path = Path(source).expanduser()
    if path.is_dir():
        files = [f for f in sorted(path.iterdir()) if f.suffix.lower() in _PAGES | _TEXTS]
        if not files:
            raise UsageError(f"{source}: no texts (.txt) or saved pages (.html) in this folder")
        yield from (("", file) for file in files)
    elif path.suffix.lower() in _PAGES and path.is_file():
        yield "", path
    elif path.is_file():
        if path.stat().st_size > LIST_MOST_BYTES:
            raise UsageError(
                f"{source}: more than {LIST_MOST_BYTES // 1024 // 1024} MiB of addresses"
            )
        yield from ((url, None) for url in _urls(path.read_text("utf-8", "replace"), source))
    else:
        raise UsageError(f"{source!r} is neither an address nor a file or folder that is there")


def _urls(text: str, source: str) -> list[str]:
    stripped = text.lstrip("\ufeff \n\r\t")
    if stripped.startswith("["):
        try:
            items = msgspec.json.decode(stripped, type=list[str])
        except msgspec.DecodeError as exc:
            raise UsageError(f"{source}: not a JSON array of addresses ({exc})") from exc
        text = "\n".join(items)
    found = links.found_in(text)
    if not found:
        raise UsageError(f"{source}: no address in it; one a line, https://…")
    return found


def plan(options: RecipeOptions, data_dir: Path) -> Plan:
    """Make one job of each page and file; see ``importers.base.Planner``."""
    _check(options)
    found = wanted(options)
    if options.server:
        return _for_server(options, found)
    store.mend(data_dir)
    base = Page(
        on_duplicate=options.on_duplicate,
        scraper=options.scraper,
        auth=options.auth,
        images=options.images,
        token=secrets.token_hex(8),
    )
    jobs = [
        Spawn(
            key=links.key_of(url),
            label=url,
            lane=links.host_of(url),
            stage="scrape",
            payload=msgspec.msgpack.encode(msgspec.structs.replace(base, url=url)),
        )
        for url in found.urls
    ]
    jobs += [
        Spawn(
            key=str(file.resolve()),
            label=str(file),
            stage="scrape",
            payload=msgspec.msgpack.encode(msgspec.structs.replace(base, file=str(file.resolve()))),
        )
        for file in found.files
    ]
    jobs += [
        Spawn(
            key=f"{number} {name}",
            label=name,
            stage="scrape",
            payload=msgspec.msgpack.encode(msgspec.structs.replace(base, url=name, twice=True)),
        )
        for number, name in enumerate(found.doubled)
    ]
    return Plan(label=_label(found), jobs=tuple(jobs))


def _for_server(options: RecipeOptions, found: Wanted) -> Plan:
    """Make one job of each recipe that a server is to make."""
    base = Sent(server=options.server, auth=options.auth)
    sent = [(links.key_of(url), url, msgspec.structs.replace(base, url=url)) for url in found.urls]
    sent += [
        (str(file), str(file), msgspec.structs.replace(base, file=str(file.resolve())))
        for file in found.files
    ]
    jobs = [
        Spawn(
            key=key,
            label=label,
            stage="remote",
            lane=_turn(options, links.host_of(one.url), number),
            payload=msgspec.msgpack.encode(one),
        )
        for number, (key, label, one) in enumerate(sent)
    ]
    host = links.host_of(options.server) or options.server
    return Plan(label=f"{_label(found)} at {host}", jobs=tuple(jobs))


def _turn(options: RecipeOptions, host: str, number: int) -> str:
    """Return the lane of a job: a site has as many as may be asked for at once."""
    return f"{host} {number % options.max_per_host}" if host and options.max_per_host else ""


def _check(options: RecipeOptions) -> None:
    if not any(options.sources):
        raise UsageError("no source given; paste addresses, or name a file or folder of them")
    if options.auth:
        from soniq_tui.importers.recipes.credentials import read

        read(Path(options.auth).expanduser())


def _label(found: Wanted) -> str:
    names = [*(links.host_of(url) for url in found.urls), *(file.name for file in found.files)]
    hosts = list(dict.fromkeys(names))
    count = len(found.urls) + len(found.files)
    some = ", ".join(hosts[:SHOWN]) + (", …" if len(hosts) > SHOWN else "")
    return f"{count} recipe{'' if count == 1 else 's'}: {some}"


def preview(options: RecipeOptions, data_dir: Path) -> Preview:
    """Say how many there are and how many are here already."""
    try:
        _check(options)
        found = wanted(
            msgspec.structs.replace(options, sources=tuple(s for s in options.sources if s != "-"))
        )
    except UsageError as exc:
        return Preview(ok=False, text=str(exc))
    with store.reading(data_dir) as connection:
        here = (
            sum(store.slug_of(connection, url) is not None for url in found.urls)
            if connection
            else 0
        )
    parts = [f"{len(found.urls):,} URL{'' if len(found.urls) == 1 else 's'}"] if found.urls else []
    parts += (
        [f"{len(found.files):,} file{'' if len(found.files) == 1 else 's'}"] if found.files else []
    )
    parts += [f"{len(found.doubled):,} named twice"] if found.doubled else []
    parts += [f"{here:,} already imported"] if here else []
    return Preview(ok=bool(parts), text=", ".join(parts) or "nothing to import")
