"""The stage for files of other programs: their recipes are saved like those of pages."""

from pathlib import Path
from urllib.parse import quote

from soniq_tui import __version__
from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Context, ItemFault
from soniq_tui.importers.recipes import links, save, store
from soniq_tui.importers.recipes.formats import files
from soniq_tui.importers.recipes.formats.files import Taken
from soniq_tui.importers.recipes.page.quality import flags
from soniq_tui.importers.recipes.scrape import file_of
from soniq_tui.importers.recipes.stored import Extract, Source, slug_of, stored
from soniq_tui.importers.recipes.words import FOLDER, Packed
from soniq_tui.model.job import ErrorKind


async def run(packed: Packed, context: Context) -> None:
    """Save the recipes that are asked for; see ``importers.base.Stage``."""
    file = Path(packed.file)
    store.mend(context.data_dir)  # what a killed writer saved and had not noted yet
    if packed.entries == ("",):
        raise _unread(file)
    try:
        with files.opened(file) as read:
            for number, entry in enumerate(packed.entries):
                context.progress(number, len(packed.entries))
                item = name_of(file, entry)
                if number in context.suspects:
                    context.fail(item, ErrorKind.CRASHED, "its reader died on it")
                    continue
                taken = read(entry)
                if isinstance(taken, str):
                    context.fail(item, ErrorKind.CORRUPT, taken)
                elif not taken.found.complete:
                    context.fail(item, ErrorKind.NO_RECIPE, "no title, ingredients or steps in it")
                else:
                    _book(context, item, _saved(packed, context.data_dir, entry, taken))
    except UsageError as exc:
        raise ItemFault(ErrorKind.UNREADABLE, str(exc)) from exc


def _unread(file: Path) -> ItemFault:
    """Return why a file could not be read when its import was planned."""
    try:
        files.entries(file)
    except UsageError as exc:
        return ItemFault(ErrorKind.UNREADABLE, str(exc))
    return ItemFault(ErrorKind.UNREADABLE, "it can be read now; import it again")


def name_of(file: Path, entry: str) -> str:
    """Return what a recipe in a file is called."""
    return f"{file}: {entry}"


def _book(context: Context, item: str, other: str) -> None:
    if other:
        context.log(f"{item}: here already: {other}")
    context.count(done=int(not other), skipped=int(bool(other)))


def _saved(packed: Packed, data_dir: Path, entry: str, taken: Taken) -> str:
    """Save a recipe; returns the name of the earlier one where it is here already."""
    folder, found, image = data_dir / FOLDER, taken.found, taken.image if packed.images else b""
    address = links.found_in(found.url)
    place = f"{Path(packed.file).as_uri()}?recipe={quote(entry, safe='')}"
    source = Source(url=address[0] if address else place)
    extract = _extract(taken)
    token = f"{packed.token}-{links.digest(place)}" if packed.token else ""

    def make(name: str) -> dict[str, object]:
        recipe = stored(found, source, extract, name, token)
        recipe.pop("image", None)
        if found.images and "://" in found.images[0]:
            recipe["image"] = found.images[:1]
        if image:
            recipe["image"] = [save.keep_image(folder, name, image, taken.media_type)]
        return recipe

    slug = slug_of(found.title, source)
    with store.writing(data_dir) as connection:
        fresh = stored(found, source, extract, slug)
        if token and any(
            save.batch_of(file_of(folder, name)) == token for name in store.alike(connection, fresh)
        ):
            return ""  # this very batch saved it, in a run that was broken off
        other = store.same(connection, fresh, None)
        if other and packed.on_duplicate == "skip":
            return other
        if other and packed.on_duplicate == "update":
            slug, file = other, file_of(folder, other)
            save.replace(file, make(slug))
        else:
            slug, file = save.publish(folder, slug, make)
        store.put(connection, slug, save.read(file), file)
    return ""


def _extract(taken: Taken) -> Extract:
    """Return how a recipe was found: by a model remains by a model, whoever hands it on."""
    made, found = taken.made, taken.found
    if made.get("structured") != "llm":
        return Extract(path=found.path, version=__version__, flags=flags(found))
    told = made.get("llm")
    doubted = made.get("ungrounded")
    return Extract(
        path=found.path,
        version=__version__,
        structured="llm",
        flags=flags(found) + (["ungrounded"] if doubted else []),
        llm=told if isinstance(told, dict) else None,
        ungrounded=[str(line) for line in doubted] if isinstance(doubted, list) else [],
    )
