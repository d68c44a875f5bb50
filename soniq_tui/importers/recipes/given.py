"""What people give by hand: a text, a saved page, a picture of the same name beside it."""

from pathlib import Path

from soniq_tui.importers.recipes import links
from soniq_tui.importers.recipes.bodies import picture_of
from soniq_tui.importers.recipes.page.found import Found
from soniq_tui.importers.recipes.page.plain import plain
from soniq_tui.importers.recipes.stored import Source

IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif")
"""How the names of pictures end, in the order in which they are looked for."""
IMAGE_MOST_BYTES = 10 * 1024 * 1024


def recipe(text: str, source: Source) -> Found | None:
    """Return the recipe of a text by rules; its file names it where the text does not."""
    from soniq_tui.importers.recipes.formats import cooklang_reading
    from soniq_tui.importers.recipes.page import plaintext

    cook = cooklang_reading.is_cooklang(text)
    found = cooklang_reading.read(text) if cook else plaintext.found_in(text)
    if found is not None and not found.title and source.url.startswith("file:"):
        found.title = plain(Path(links.item_of(source.url)).stem.replace("_", " "))
    return found


def picture(file: Path | None, source: Source) -> tuple[bytes, str] | None:
    """Return the picture beside a file that was given, and its media type."""
    given = Path(links.item_of(source.url)) if source.url.startswith("file:") else file
    if given is None:
        return None
    for suffix in (*IMAGES, *map(str.upper, IMAGES)):
        beside = given.with_suffix(suffix)
        if beside.is_file() and beside.stat().st_size <= IMAGE_MOST_BYTES:
            data = beside.read_bytes()
            if kind := picture_of(data):
                return data, kind
    return None
