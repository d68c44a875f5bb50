"""Pages and recipes that are pasted: kept as a file, which is a source like any other."""

import hashlib
import re
from pathlib import Path

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes import links, pages
from soniq_tui.importers.recipes.page.found import Found
from soniq_tui.importers.recipes.stored import Source, slug_of
from soniq_tui.importers.recipes.words import FOLDER
from soniq_tui.words import mark

MOST_CHARS = 4_000_000
"""As many as the console pastes."""
_MARKUP = re.compile(
    r"<(?:!doctype|html|head|body|script|article|section|div|p|ul|ol|li|h\d)\b", re.IGNORECASE
)
NO_RECIPE = mark("there is no recipe in this text")


def keep(data_dir: Path, words: dict[str, str]) -> str:
    """Keep a pasted page or text; returns its file. See ``Importer.deeds``.

    With an address, ``url``, it is kept as what that address has, whatever is in it. Without one it
    has to be a recipe, so that a list of addresses is not taken for one.

    Raises:
        UsageError: it is no recipe, or far too long.
    """
    text = re.sub(r"\r\n?", "\n", words.get("text", "")).strip()
    if len(text) > MOST_CHARS:
        raise UsageError(f"{len(text):,} characters are too long for a page")
    markup = bool(_MARKUP.search(text))
    url = links.without_login(words.get("url", ""))
    if url:
        source = Source(url=url)
        return str(pages.keep(data_dir / FOLDER, text, source, text=not markup))
    found = _recipe_of(text, markup=markup)
    if found is None:
        raise UsageError(NO_RECIPE)
    own = found.url if links.found_in(found.url) == [found.url] else ""
    name = slug_of(found.title or "recipe", Source(url=own))[:40]
    name = f"{pages.PASTED}{name}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"
    source = Source(url=own)
    return str(pages.keep(data_dir / FOLDER, text, source, text=not markup, name=name))


def _recipe_of(text: str, *, markup: bool) -> Found | None:
    """Return the recipe that rules find; None where they find none with ingredients and steps."""
    from soniq_tui.importers.recipes import given  # they cost a parser of HTML
    from soniq_tui.importers.recipes.page import extract

    found = extract.recipe(text, "") if markup else given.recipe(text, Source(url=""))
    return found if found is not None and found.ingredients and found.steps else None
