"""``soniq-tui-scraper``: one page, text or saved file becomes one recipe file.

Every event is a line on stdout that begins with ``>>> ``: words as the programs before this one
wrote them, and one JSON object for each event (``docs/scrapers.md``). ``Saved recipe: slug=…`` is
said when the file is on the disk, not before. Exit status: 0 saved, 3 put off until a model is
asked, 100 there already, 143 stopped, 1 anything else.
"""

import asyncio
import hashlib
import os
import resource
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from soniq_tui import __version__
from soniq_tui.errors import SoniqError
from soniq_tui.importers.recipes import arguments, bodies, faults, given, links, pages, save
from soniq_tui.importers.recipes.faults import ScrapeError
from soniq_tui.importers.recipes.model.endpoint import TRIES, Endpoint, configured
from soniq_tui.importers.recipes.page import extract
from soniq_tui.importers.recipes.page.found import Found
from soniq_tui.importers.recipes.page.quality import flags
from soniq_tui.importers.recipes.page.text import MOST_CHARS, text_of
from soniq_tui.importers.recipes.stored import Extract, Source, is_of, is_same, slug_of, stored
from soniq_tui.importers.recipes.words import LLM_CUT, LLM_FAILED
from soniq_tui.importers.recipes.work import Work
from soniq_tui.model.job import ErrorKind

if TYPE_CHECKING:
    from soniq_tui.importers.recipes.fetch import Fetcher

SAVED, FAILED, DEFERRED, DUPLICATE, STOPPED = 0, 1, 3, 100, 143
CPU_MOST_S, MOST_BYTES = 120, 2 * 1024**3
"""A page takes half a second and 60 MiB; the threads of a resolver reserve 250 MiB."""
LEAST_TEXT = 200
"""Characters; a page with less than this to read is drawn by its scripts."""
MOST_IMAGES = 3


def main(argv: list[str] | None = None) -> int:
    """Run the scraper; returns the exit status."""
    work = arguments.parser().parse_args(argv, Work())
    work.url, login = links.parted(work.url)
    # Not on the command line where soniq-tui starts this: whoever lists processes would read it
    work.login = login or os.environ.pop("SONIQ_LOGIN", "")
    work.text = work.mode == "text"
    if not (work.url if work.mode == "url" else work.file):
        arguments.parser().error("--mode url needs --url, the others --input-file")
    _stay_small()
    try:
        return asyncio.run(_run(work))
    except asyncio.CancelledError:
        return STOPPED


def _stay_small() -> None:
    """Where soniq-tui started this process, take no more than a page may.

    The last resort against pages that take for ever: it ends the scraper, and no more.
    """
    if "CHILD_OF_SONIQ" in os.environ:
        for what, most in ((resource.RLIMIT_CPU, CPU_MOST_S), (resource.RLIMIT_AS, MOST_BYTES)):
            hard = resource.getrlimit(what)[1]
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(what, (least, least))


async def _run(work: Work) -> int:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        loop.add_signal_handler(signal.SIGCONT, work.thawed)
    try:
        slug = await scrape(work)
    except MemoryError:
        work.event("error", kind=str(ErrorKind.MEMORY), reason="not enough memory", passing=True)
        return FAILED
    except save.HereAlreadyError as here:
        work.event("duplicate", slug=str(here), **_usage())
        return DUPLICATE
    except SoniqError as fault:
        return _failed(work, fault)
    except OSError as exc:
        return _failed(work, faults.of_system(exc))
    if not slug:
        return DEFERRED
    work.event("saved", slug=slug, **_usage())
    work.say(f"Saved recipe: slug={slug}")
    return SAVED


def _failed(work: Work, fault: SoniqError) -> int:
    work.event(
        "error",
        kind=str(getattr(fault, "kind", ErrorKind.INTERNAL)),
        reason=str(fault),
        after_s=getattr(fault, "after_s", None),
        passing=getattr(fault, "passing", False),
        unreachable=getattr(fault, "unreachable", False),
        mute=getattr(fault, "mute", False),
        silent=getattr(fault, "silent", False),
        **_usage(),
    )
    sys.stderr.write(f"Error: {fault}\n")
    return FAILED


async def scrape(work: Work) -> str:
    """Do the work; returns the name of the recipe, whose file is on the disk.

    Returns:
        Nothing where it takes a model and that was put off.
    """
    work.say("Starting recipe processing")
    page, source = await _source(work)
    work.step("structure", "Structuring recipe data")
    found, made = await _recipe(work, page, source)
    if found is None:
        return ""
    # Another host's word is not taken for it, nor that of a file, which may name an aunt.
    if source.host and links.host_of(found.url) == source.host:
        source.canonical = found.url
    work.say("Recipe structured successfully!")
    work.step("enrich", "Downloading image, enriching")
    image = await _image(work, found, source) if work.images else None
    work.step("save", "Saving")
    slug = await asyncio.to_thread(_save, work, found, source, made, image)
    if work.token:
        await asyncio.to_thread(_keep_seen, work, page, source.url)
    return slug


def _keep_seen(work: Work, page: str, url: str) -> None:
    """Keep what the page says, to be read beside the recipe, which is whole without it."""
    try:
        pages.keep_seen(work.folder, url, page if work.text else text_of(page))
    except OSError as exc:
        work.say(f"The page's text could not be kept: {exc}")


async def _source(work: Work) -> tuple[str, Source]:
    if work.file is not None:
        data = await asyncio.to_thread(pages.read, work.file)
        if data.other:
            raise ScrapeError(ErrorKind.UNSUPPORTED, f"that is no page, but {data.other}")
        url = work.url or data.url or work.file.resolve().as_uri()
        return data.text, Source(url=url, html_sha256=data.sha256, **data.source)
    work.step("fetch", "Fetching web content")
    async with await _fetcher(work) as fetcher:
        got = await fetcher.page(work.url)
    coded = bodies.is_markup(got.body) or got.body.lstrip()[:1] in {b"{", b"["}
    work.text = got.media_type in {"text/plain", "text/markdown"} and not coded
    return got.text(), Source(
        url=work.url,
        final=links.without_login(got.url),
        fetched=datetime.now(UTC).isoformat(timespec="seconds"),
        status=got.status,
        html_sha256=hashlib.sha256(got.body).hexdigest(),
        outside=fetcher.outside,
    )


async def _fetcher(work: Work, *, outside: bool = False) -> "Fetcher":
    from soniq_tui.importers.recipes.credentials import read
    from soniq_tui.importers.recipes.fetch import Fetcher
    from soniq_tui.importers.recipes.hosts import Hosts

    presets = await asyncio.to_thread(read, work.credentials) if work.credentials else {}
    return Fetcher(
        Hosts(work.locks),
        credentials=presets,
        tries=work.tries,
        asked=links.joint(work.url, work.login),
        outside=outside,
        thaws=lambda: work.thaws,
    )


async def _recipe(work: Work, page: str, source: Source) -> tuple[Found | None, Extract]:
    """Return the recipe by rules, or by a model where rules do not find a whole one."""
    if work.text:
        found = await asyncio.to_thread(given.recipe, page, source)
    else:
        found = await asyncio.to_thread(extract.recipe, page, source.final or source.url)
    odd = flags(found) if found is not None else ["no_ingredients", "no_steps"]
    whole = found is not None and found.complete
    made = Extract(path=found.path if found else "", version=__version__, flags=odd)
    endpoint = configured(
        1 if work.model_once else TRIES,
        patient=work.model_patient,
        silences=work.model_silences,
    )
    if not work.structure and whole and (not odd or endpoint is None):
        return found, made
    text = page[:MOST_CHARS] if work.text else await asyncio.to_thread(text_of, page)
    if not whole and not work.text and len(text) < LEAST_TEXT:
        raise faults.of_little_text(page)
    if endpoint is None:
        place = "in this text" if work.text else "on this page"
        raise ScrapeError(
            ErrorKind.NO_RECIPE,
            f"no recipe was found {place}, and no model is set up (llm_url)",
        )
    if work.defer:
        kept = await asyncio.to_thread(pages.keep, work.folder, page, source, text=work.text)
        work.event("needs_model", page=str(kept), flags=odd, whole=whole)
        return (found, made) if whole else (None, made)
    return await _by_model(work, endpoint, text, found, made)


async def _by_model(
    work: Work, endpoint: Endpoint, text: str, found: Found | None, made: Extract
) -> tuple[Found, Extract]:
    from soniq_tui.importers.recipes.model.answers import ModelError
    from soniq_tui.importers.recipes.model.excerpt import excerpt_of
    from soniq_tui.importers.recipes.model.improve import told_by

    work.step("model", "Asking the language model")
    part = excerpt_of(text, found.ingredient_lines + found.step_lines if found else ())
    cut = f"the model read {len(part):,} of {len(text):,} characters" if part != text else ""
    try:
        better = await told_by(endpoint, part, found, work.of_model)
    except ModelError:
        # Of a recipe that was to be made better nothing is written: it stays, and can be again.
        stays = work.structure and work.update is not None
        if stays or found is None or not found.complete:
            raise
        return found, msgspec.structs.replace(made, flags=[*made.flags, LLM_FAILED])
    if better is None and (found is None or not found.complete):
        nothing = "neither rules nor the model found a recipe on this page"
        raise ScrapeError(ErrorKind.NO_RECIPE, f"{nothing}; {cut}" if cut else nothing)
    if better is None:
        return found, msgspec.structs.replace(made, flags=[*made.flags, "llm_refused"])  # type: ignore[return-value]
    odd = [*flags(better.found), *(["ungrounded"] if better.ungrounded else [])]
    return better.found, msgspec.structs.replace(
        made,
        path="llm",
        structured="llm",
        flags=[*odd, *([LLM_CUT] if cut else [])],
        llm=better.figures,
        ungrounded=better.ungrounded,
    )


async def _image(work: Work, found: Found, source: Source) -> tuple[bytes, str] | None:
    """Return the best picture that can be had; a recipe without one is a recipe."""
    if beside := await asyncio.to_thread(given.picture, work.file, source):
        return beside
    if not found.images:
        return None  # what fetches takes as long to import as all else
    from soniq_tui.importers.recipes.fetch import FetchError

    async with await _fetcher(work, outside=source.outside) as fetcher:
        for url in found.images[:MOST_IMAGES]:
            with suppress(FetchError):
                got = await fetcher.image(url)
                return got.body, got.media_type
    return None


def _save(
    work: Work, found: Found, source: Source, made: Extract, image: tuple[bytes, str] | None
) -> str:
    def make(name: str) -> dict[str, Any]:
        recipe = stored(found, source, made, name, work.token)
        if image is not None:
            recipe["image"] = [save.keep_image(work.folder, name, *image)]
        return recipe

    def ours(other: dict[str, Any]) -> bool:
        """Whether a run of this batch that was broken off saved it."""
        return bool(work.token) and is_of(other, source.url, work.token)

    def same(other: dict[str, Any]) -> bool:
        return is_same(other, found, source)

    if work.update is not None:
        name = save.name_of(work.update)
        if work.structure and save.edited(save.read(work.update)):  # while the model was thinking
            raise save.HereAlreadyError(name)
        save.replace(work.update, make(name))
        return name
    return save.publish(
        work.folder, slug_of(found.title, source), make, ours, same if work.once else None
    )[0]


def _usage() -> dict[str, object]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rss_mib": round(used.ru_maxrss / 1024, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 3),
        "pid": os.getpid(),
    }


if __name__ == "__main__":
    sys.exit(main())
