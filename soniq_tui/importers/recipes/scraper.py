"""``soniq-tui-scraper``: one page, text or saved file becomes one recipe file.

Every event is a line on stdout that begins with ``>>> ``: words as the programs before this one
wrote them, and one JSON object for each event (``docs/scrapers.md``). ``Saved recipe: slug=…`` is
said when the file is on the disk, not before. Exit status: 0 saved, 100 there already, 1 anything
else, 143 stopped.
"""

import argparse
import asyncio
import hashlib
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui import __version__
from soniq_tui.errors import SoniqError
from soniq_tui.importers.recipes import save
from soniq_tui.importers.recipes.page import extract
from soniq_tui.importers.recipes.page.found import Found
from soniq_tui.importers.recipes.page.quality import flags
from soniq_tui.importers.recipes.stored import Extract, Source, slug_of, stored
from soniq_tui.model.job import ErrorKind

SAVED, FAILED, DUPLICATE, STOPPED = 0, 1, 100, 143
MARK = ">>> "


class ScrapeError(SoniqError):
    """No recipe came of it."""

    def __init__(self, kind: ErrorKind, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.kind, self.after_s = kind, after_s


@dataclass(slots=True)
class Work:
    """What one run of the scraper is to do."""

    url: str = ""
    file: Path | None = None
    folder: Path = Path("data/recipes")
    images: bool = True
    locks: Path | None = None
    credentials: Path | None = None
    refuse_private: bool = False
    update: Path | None = None
    """The file that is to be written over."""
    quiet: bool = False
    tries: int = 3
    began_s: float = field(default_factory=time.monotonic)


def main(argv: list[str] | None = None) -> int:
    """Run the scraper; returns the exit status."""
    options = _parser().parse_args(argv)
    work = Work(
        url=options.url or "",
        file=options.input_file,
        folder=options.recipe_output_folder,
        images=not options.no_images,
        locks=options.host_locks,
        credentials=options.credentials,
        refuse_private=options.refuse_private,
        update=options.update,
        quiet=options.quiet,
        tries=options.tries,
    )
    if (options.mode == "url") != bool(work.url):
        _parser().error("--mode url needs --url, the others --input-file")
    try:
        return asyncio.run(_run(work))
    except asyncio.CancelledError:
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="soniq-tui-scraper", description=__doc__.partition("\n")[0] if __doc__ else ""
    )
    add = parser.add_argument
    add("--mode", choices=("url", "text", "html"), default="url", help="what the input is")
    add("--url", help="the page; with --mode html where the file came from")
    add("--input-file", type=Path, help="a text, or a saved page")
    add(
        "--recipe-output-folder",
        type=Path,
        default=Path("data/recipes"),
        help="where recipes are kept",
    )
    add(
        "--image-output-folder",
        type=Path,
        help="accepted; pictures are kept in images/ beside them",
    )
    add("--credentials", type=Path, help="JSON of presets by domain, mode 600")
    add("--host-locks", type=Path, help="folder by which several scrapers take turns at hosts")
    add("--refuse-private", action="store_true", help="do not ask addresses of private networks")
    add("--update", type=Path, help="write over this recipe file")
    add("--tries", type=int, default=3, help="how often a page is asked for where that may help")
    add("--no-images", action="store_true", help="keep no picture")
    add("-v", "--verbose", action="store_true", help="accepted")
    add("-q", "--quiet", action="store_true", help="say nothing but errors")
    add("--force", action="store_true", help="accepted")
    return parser


async def _run(work: Work) -> int:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        slug = await scrape(work)
    except SoniqError as fault:
        kind = getattr(fault, "kind", ErrorKind.INTERNAL)
        _event(
            work,
            "error",
            kind=str(kind),
            reason=str(fault),
            after_s=getattr(fault, "after_s", None),
            passing=getattr(fault, "passing", False),
            **_usage(),
        )
        sys.stderr.write(f"Error: {fault}\n")
        return FAILED
    _event(work, "saved", slug=slug, **_usage())
    _say(work, f"Saved recipe: slug={slug}")
    return SAVED


async def scrape(work: Work) -> str:
    """Do the work; returns the name of the recipe, whose file is on the disk."""
    _say(work, "Starting recipe processing")
    page, source = await _source(work)
    _step(work, "structure", "Structuring recipe data")
    found = await asyncio.to_thread(_found, work, page, source)
    _say(work, "Recipe structured successfully!")
    odd = flags(found)
    made = Extract(path=found.path, version=__version__, flags=odd)
    _step(work, "enrich", "Downloading image, enriching")
    image = await _image(work, found) if work.images else None
    _step(work, "save", "Saving")
    return await asyncio.to_thread(_save, work, found, source, made, image)


async def _source(work: Work) -> tuple[str, Source]:
    if work.file is not None:
        data = await asyncio.to_thread(work.file.read_bytes)
        return data.decode("utf-8", "replace"), Source(
            url=work.url or work.file.resolve().as_uri(),
            html_sha256=hashlib.sha256(data).hexdigest(),
        )
    _step(work, "fetch", "Fetching web content")
    from soniq_tui.importers.recipes.fetch import Fetcher
    from soniq_tui.importers.recipes.hosts import Hosts

    presets = {}
    if work.credentials is not None:
        from soniq_tui.importers.recipes.credentials import read

        presets = await asyncio.to_thread(read, work.credentials)
    async with Fetcher(
        Hosts(work.locks), credentials=presets, refuse_private=work.refuse_private, tries=work.tries
    ) as fetcher:
        got = await fetcher.page(work.url)
    text = got.text()
    return text, Source(
        url=work.url,
        final=got.url,
        fetched=datetime.now(UTC).isoformat(timespec="seconds"),
        status=got.status,
        html_sha256=hashlib.sha256(got.body).hexdigest(),
    )


def _found(work: Work, page: str, source: Source) -> Found:
    found = extract.recipe(page, source.final or source.url)
    if found is None or not found.complete:
        raise ScrapeError(ErrorKind.NO_RECIPE, "no recipe was found on this page")
    return found


async def _image(work: Work, found: Found) -> tuple[bytes, str] | None:
    """Fetch the best picture that can be had; a recipe without one is a recipe."""
    from soniq_tui.importers.recipes.fetch import Fetcher, FetchError
    from soniq_tui.importers.recipes.hosts import Hosts

    async with Fetcher(Hosts(work.locks), refuse_private=work.refuse_private) as fetcher:
        for url in found.images[:3]:
            with suppress(FetchError):
                got = await fetcher.image(url)
                return got.body, got.media_type
    return None


def _save(
    work: Work, found: Found, source: Source, made: Extract, image: tuple[bytes, str] | None
) -> str:
    def make(name: str) -> dict[str, Any]:
        recipe = stored(found, source, made, name)
        if image is not None:
            recipe["image"] = [save.keep_image(work.folder, name, *image)]
        return recipe

    if work.update is not None:
        name = work.update.name.removesuffix(save.SUFFIX)
        save.replace(work.update, make(name))
        return name
    return save.publish(work.folder, slug_of(found.title, source), make)[0]


def _say(work: Work, words: str) -> None:
    if not work.quiet:
        sys.stdout.write(f"{MARK}{words}\n")
        sys.stdout.flush()


def _step(work: Work, name: str, words: str) -> None:
    _event(work, "step", step=name)
    _say(work, words)


def _event(work: Work, event: str, **more: object) -> None:
    if not work.quiet:
        line = msgspec.json.encode({"v": 1, "ev": event, **more}).decode()
        sys.stdout.write(f"{MARK}{line}\n")
        sys.stdout.flush()


def _usage() -> dict[str, object]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rss_mib": round(used.ru_maxrss / 1024, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 3),
        "pid": os.getpid(),
    }


if __name__ == "__main__":
    sys.exit(main())
