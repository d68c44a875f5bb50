"""The first stage: a scraper process for one page, watched line by line until it has ended.

A success is a line that says so, exit status 0, and later the file itself (:mod:`keep`): a scraper
that only says so has not saved anything.
"""

import asyncio
import math
import os
import re
import shlex
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.errors import DataDirError
from soniq_tui.importers.base import Context, ItemFault, Onward, Ran, RetryLater, Skip, Stopped
from soniq_tui.importers.recipes import hosts, links, pages, save, store
from soniq_tui.importers.recipes.words import FOLDER, LLM_FAILED, LOCKS, TEXTS, Page, Saved
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.text import without_logins
from soniq_tui.words import mark

OWN = (sys.executable, "-P", "-m", "soniq_tui.importers.recipes.scraper_start")
"""Our scraper; without ``-P`` Python would run modules of the folder one happens to be in."""
MARK = ">>> "
PATIENCE_S, DAY_S = 3600.0, 86_400.0
"""A site that asks for more, a day say, is left to whoever wants the page: it has failed."""
_SLUG = re.compile(r"Saved recipe: slug=([\w-]{1,120})\s*$")
DEFERRED, DUPLICATE = 3, 100
STEPS = {"fetch": 1, "structure": 2, "model": 2, "enrich": 3, "save": 4}
LAST_STEP = max(STEPS.values())
DOING = {
    "fetch": mark("fetching"),
    "structure": mark("reading"),
    "model": mark("asking the model"),
    "silence": mark("no word from the model's server yet"),
    "waits": mark("model silent so far"),
    "enrich": mark("picture"),
    "save": mark("saving"),
}
"""What is shown of each step; see ``words.told``."""
_UNTOLD = frozenset({"step", "tokens", "silence", "waits", "reads"})
"""Events of which the output of a job tells nothing: they are shown as what it does now."""
_OLD_STEPS = (
    ("fetching web content", "fetch"),
    ("structuring", "structure"),
    ("downloading image", "enrich"),
    ("saving", "save"),
)
_KINDS = {str(kind): kind for kind in ErrorKind}
_PASSING = {
    ErrorKind.TIMEOUT,
    ErrorKind.RATE_LIMITED,
    ErrorKind.SERVER_ERROR,
    ErrorKind.NETWORK,
    ErrorKind.MEMORY,
}


class Heard:
    """What a scraper said of its work."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.slug = ""
        self.error: dict[str, Any] = {}
        self.duplicate = ""
        self.page = ""
        """Kept for a model."""

    def line(self, line: str) -> None:
        """Take a line of stdout; words that begin with the mark are meant for us."""
        said = line[len(MARK) :].strip() if line.startswith(MARK) else ""
        if not (said.startswith("{") and self._event(said)):
            self.error_line(line)
        if not said:
            if "already exists" in line:
                self.duplicate = line.strip()
        elif said.startswith("{"):
            return
        elif match := _SLUG.search(said):
            self.slug = match[1]
        else:
            self._old_step(said.lower())

    def error_line(self, line: str) -> None:
        """Take a line of stderr: it is shown with the job."""
        self._context.log(without_logins(line))

    def _event(self, said: str) -> bool:
        """Take an event; returns whether it is shown as what the job does now."""
        try:
            event = msgspec.json.decode(said)
        except (msgspec.DecodeError, RecursionError):
            return False  # a page's text that looks like one
        if not isinstance(event, dict) or event.get("v") != 1:
            return False
        if event.get("ev") == "step":
            self._step(str(event.get("step")))
        elif event.get("ev") == "error":
            self.error = event
        elif event.get("ev") == "needs_model":
            self.page = str(event.get("page") or "")
        elif event.get("ev") in {"silence", "waits"}:
            self._waits(str(event["ev"]), event.get("most_s"))
        elif event.get("ev") == "reads" and isinstance(part := event.get("part"), int | float):
            self._context.doing(f"model reads, {min(1.0, max(0.0, part)) * 100:.0f} %")
        elif event.get("ev") == "tokens":
            self._context.doing(f"model {event.get('count')} tokens, {event.get('rate')}/s")
        elif event.get("ev") == "duplicate":
            self.duplicate = str(event.get("slug") or "here already")
        return event.get("ev") in _UNTOLD

    def _waits(self, how: str, most_s: object) -> None:
        """Show what is waited for, and how long at most where that is told."""
        most = ""
        if isinstance(most_s, int | float) and 0 < most_s <= DAY_S:
            most = f", {math.ceil(most_s / 60)} min at most"
        self._context.doing(DOING[how] + most)

    def _old_step(self, said: str) -> None:
        for words, step in _OLD_STEPS:
            if said.startswith(words):
                self._step(step)

    def _step(self, step: str) -> None:
        if step in STEPS:
            self._context.doing(DOING[step])
            # Called by the pipe, where nobody hears an exception, and the lines behind this one
            # would be lost: a scraper that is asked to pause works to its end.
            with suppress(Stopped):
                self._context.progress(STEPS[step], LAST_STEP)


async def run(page: Page, context: Context) -> Saved | Onward:
    """Run a scraper; see ``importers.base.Stage``."""
    if page.twice:
        raise Skip("named twice in this list")
    folder = context.data_dir / FOLDER
    began_at_s = time.time()
    update = ""
    if slug := await asyncio.to_thread(here_already, page.url, context.data_dir):
        if await asyncio.to_thread(ours, page.token, file_of(folder, slug)):
            # One that was updated may be the same as others that were kept: it stays.
            way = "skip" if page.on_duplicate == "skip" else "keep"
            return Onward("keep", Saved(url=page.url, slug=slug, on_duplicate=way))
        if page.on_duplicate == "skip":
            raise Skip(f"here already: {slug}")
        update = slug if page.on_duplicate == "update" else ""
        if update and (kept := await asyncio.to_thread(improvable, page, folder, slug)):
            return kept
    heard, ran = await _scraped(page, folder, update, context)
    if ran.status == DUPLICATE or (heard.duplicate and not heard.slug):
        raise await skipped(heard, page.url or page.file, context)
    if page.scraper:
        heard.page = ""  # a page is put off by our own scraper alone, which keeps it
    if ran.status not in ({0} if page.scraper else {0, DEFERRED}) or not (heard.slug or heard.page):
        raise await noted(fault_of(ran, heard), page.url or page.file, context)
    saved = Saved(
        url=page.url or Path(page.file).as_uri(),
        slug=heard.slug,
        page=heard.page,
        on_duplicate="keep" if update and update == heard.slug else page.on_duplicate,
        images=page.images,
        token=page.token,
        began_at_s=began_at_s,
    )
    return Onward("keep", saved) if saved.slug else saved


def improvable(page: Page, folder: Path, slug: str) -> Saved | None:
    """Return a recipe of which the model alone failed, whose page is here; None: the page is due.

    So whoever wants such a recipe again has the model asked, and no site.
    """
    kept = pages.place(folder, page.url)
    try:
        told = save.read(file_of(folder, slug)).get("soniq") or {}
        if (
            LLM_FAILED not in told["extract"]["flags"]
            or time.time() - kept.stat().st_mtime > pages.FRESH_S
        ):
            return None
    except (OSError, ValueError, LookupError, TypeError):
        return None  # of another program, or nothing is kept
    if page.file or page.scraper or page.url != told["source"]["url"]:
        return None
    return Saved(
        url=page.url,
        slug=slug,
        page=os.fspath(kept),
        on_duplicate="keep",
        images=page.images,
        token=page.token,
    )


async def _scraped(page: Page, folder: Path, update: str, context: Context) -> tuple[Heard, Ran]:
    """Run the scraper of a page.

    The login of an address travels in the environment, which other users of the machine do not see,
    and credentials for another program as a copy: the importer before this one deleted its file.
    """
    if not page.scraper:
        env = {"SONIQ_LOGIN": page.login} if page.login else {}
        return await ran_by(argv_of(page, folder, update), context, env)
    whole = msgspec.structs.replace(page, url=links.joint(page.url, page.login))
    if not page.auth:
        return await ran_by(argv_of(whole, folder, update), context)
    copy = await asyncio.to_thread(_copied, Path(page.auth), folder)
    try:
        whole = msgspec.structs.replace(whole, auth=os.fspath(copy))
        return await ran_by(argv_of(whole, folder, update), context)
    finally:
        copy.unlink(missing_ok=True)


def _copied(file: Path, folder: Path) -> Path:
    """Return a copy of a file that is its owner's alone; what a kill leaves of it is swept away."""
    try:
        data = file.read_bytes()
    except OSError as exc:
        raise ItemFault(ErrorKind.UNREADABLE, f"{file}: {exc.strerror or exc}") from exc
    folder.mkdir(parents=True, exist_ok=True)
    fd, name = tempfile.mkstemp(prefix=save.TMP, dir=folder)
    with os.fdopen(fd, "wb") as out:
        out.write(data)
    return Path(name)


async def noted(fault: Exception, item: str, context: Context) -> Exception:
    """Note that a page gave no recipe so far, for the list of those; returns the fault."""
    kind = getattr(fault, "kind", ErrorKind.INTERNAL)
    try:
        await asyncio.to_thread(store.note, context.data_dir, item, str(kind), str(fault))
    except DataDirError as exc:
        context.log(f"that it failed could not be noted: {exc}")
    return fault


async def skipped(heard: Heard, item: str, context: Context) -> Skip:
    """Return what is raised where a scraper found its recipe here: its page is no trouble now."""
    try:
        await asyncio.to_thread(store.solved, context.data_dir, item)
    except DataDirError as exc:
        context.log(f"that it is here already could not be noted: {exc}")
    return Skip(f"here already: {heard.duplicate}" if heard.duplicate else "here already")


async def ran_by(
    argv: list[str], context: Context, env: dict[str, str] | None = None
) -> tuple[Heard, Ran]:
    """Run a scraper to its end; returns what it said and how it ended."""
    heard = Heard(context)
    try:
        ran = await context.run(argv, on_line=heard.line, on_error=heard.error_line, env=env)
    except OSError as exc:
        raise ItemFault(ErrorKind.INTERNAL, f"{argv[0]}: {exc.strerror or exc}") from exc
    return heard, ran


_mended: set[Path] = set()
"""Indexes that were compared with their files by this process."""
_mending = threading.Lock()


def here_already(url: str, data_dir: Path) -> str | None:
    """Return the recipe of an address; what a killed host left in files counts, too."""
    if not url:
        return None
    with _mending:  # all wait for the first, who would else miss what it finds
        if data_dir not in _mended:
            store.mend(data_dir)
            save.sweep(data_dir / FOLDER)
            hosts.sweep(data_dir / FOLDER / LOCKS)
            _mended.add(data_dir)
    return store.known(data_dir, url)


def ours(token: str, file: Path) -> bool:
    """Return whether this very batch saved the recipe, and the host died before it was noted."""
    return bool(token) and save.batch_of(file) == token


def argv_of(page: Page, folder: Path, update: str = "") -> list[str]:
    """Return the command line of a scraper: ours, or another program of the same manners."""
    given = ["--input-file", page.file] if page.file else []
    given += ["--credentials", page.auth] if page.auth else []
    if not page.scraper:
        mode = _mode(page, own=True)
        return [*own_argv(mode, folder, page, update), *given, "--tries", "1", "--defer-model"]
    argv = [*shlex.split(page.scraper), "--mode", _mode(page, own=False)]
    argv += ["--url", page.url] if page.url else []
    argv += ["--recipe-output-folder", os.fspath(folder)]
    argv += ["--image-output-folder", os.fspath(folder / "images")]
    return [*argv, *given, "--verbose"]


def own_argv(mode: str, folder: Path, page: Page | Saved, update: str) -> list[str]:
    """Return the command line of our scraper, as far as all of its runs have it in common."""
    argv = [*OWN, "--mode", mode, "--recipe-output-folder", os.fspath(folder)]
    argv += ["--host-locks", os.fspath(folder / LOCKS)]
    argv += ["--url", page.url] if page.url else []
    argv += ["--update", os.fspath(file_of(folder, update))] if update else []
    argv += ["--once"] if page.on_duplicate != "keep" else []
    argv += ["--token", page.token] if page.token else []
    return argv if page.images else [*argv, "--no-images"]


def _mode(page: Page, *, own: bool) -> str:
    if not page.file:
        return "url"
    file = Path(page.file)
    text = file.suffix.lower() in TEXTS or pages.is_text(file)
    return "html" if own and not text else "text"


def fault_of(ran: Ran, heard: Heard) -> Exception:
    """Return what a scraper's end without a recipe means."""
    kind = _KINDS.get(
        str(heard.error.get("kind")), ErrorKind.CRASHED if ran.status < 0 else ErrorKind.INTERNAL
    )
    reason = without_logins(str(heard.error.get("reason") or "") or _words(ran))
    after = heard.error.get("after_s")
    if isinstance(after, int | float) and after > PATIENCE_S:
        return ItemFault(kind, f"{reason}; that is too long to wait")
    if heard.error.get("passing", kind in _PASSING and kind is not ErrorKind.NETWORK):
        return RetryLater(
            reason, kind, after_s=float(after) if isinstance(after, int | float) else None
        )
    return ItemFault(kind, reason)


def _words(ran: Ran) -> str:
    last = next((line for line in reversed(ran.tail) if not line.startswith(MARK)), "")
    if not ran.status:
        return "the scraper ended well and saved nothing"
    ended = (
        f"was killed by signal {-ran.status}"
        if ran.status < 0
        else f"ended with status {ran.status}"
    )
    return f"the scraper {ended}: {last}" if last else f"the scraper {ended}"


def file_of(folder: Path, slug: str) -> Path:
    """Return the file of a recipe."""
    return folder / f"{slug}{save.SUFFIX}"
