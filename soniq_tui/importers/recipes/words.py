"""The words of the recipe importer: its options and what travels between its stages."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from soniq_tui.words import mark


class RecipeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What one import of recipes is told."""

    sources: Annotated[
        tuple[str, ...],
        Meta(
            title="url",
            description=mark("Addresses, files of them, saved pages, texts, archives, folders."),
        ),
    ]
    on_duplicate: Annotated[
        Literal["skip", "update", "keep"],
        Meta(description=mark("What to do with a recipe that is here already.")),
    ] = "skip"
    server: Annotated[
        str, Meta(description=mark("A recipe server that does the work; empty: it is done here."))
    ] = ""
    max_per_host: Annotated[
        int,
        Meta(ge=0, description=mark("So many pages of one site at once at the server; 0: all.")),
    ] = 8
    scraper: Annotated[
        str,
        Meta(
            description=mark(
                "Another program for one page, file or text; empty: soniq-tui-scraper."
            )
        ),
    ] = ""
    auth: Annotated[
        str, Meta(title="path", description=mark("JSON of credentials by site, mode 600."))
    ] = ""
    images: Annotated[bool, Meta(description=mark("Keep the picture of each recipe."))] = True
    url: Annotated[
        str, Meta(description=mark("Where the one saved page or text that is given came from."))
    ] = ""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An address or a file of the sources."""

    url: str = ""
    """Without a login."""
    login: str = ""
    """``user:password`` that stood in the address; shown to nobody but its host."""
    file: str = ""
    """A saved page or a text; a picture of the same name goes with it."""
    auth: str = ""
    twice: bool = False
    """It is in the list once more, under the same or another address; nothing is done for it."""


class Page(Named, frozen=True, kw_only=True):
    """One recipe that is to be had: of an address, or of a file."""

    on_duplicate: str = "skip"
    scraper: str = ""
    images: bool = True
    token: str = ""
    """Of the batch: by it a recipe that an earlier try saved is known again."""


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """Some recipes of a file that another program, or this one, wrote."""

    file: str
    entries: tuple[str, ...]
    """Their names in it; an empty one alone: it could not be read."""
    on_duplicate: str = "skip"
    images: bool = True
    token: str = ""


class Sent(Named, frozen=True, kw_only=True):
    """One recipe that a server is to make."""

    server: str
    progress_id: str = ""
    """Of the server; with it the recipe has been sent, and is only watched."""
    sent_for: int = 0
    """How often a person had wanted it again when it was sent."""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A recipe file that a scraper says it has written, or a page that waits for a model."""

    url: str
    slug: str = ""
    """Empty: nothing is saved yet."""
    page: str = ""
    """The kept page that a model is to look at."""
    on_duplicate: str = "skip"
    images: bool = True
    token: str = ""
    """Of the batch; see :class:`Page`."""
    began_at_s: float = 0.0
    """Wall clock: the file has to be newer."""
    asked: int = 0
    """How often a model was asked in vain for something better than what rules found."""


ARCHIVES = frozenset({".mhtml", ".mht", ".webarchive"})
"""How the names of pages end that a browser saved in one file."""
PAGES = frozenset({".html", ".htm", ".xhtml"}) | ARCHIVES
TEXTS = frozenset({".txt", ".md", ".cook"})
"""How the names of saved pages and of texts end."""
FOLDER = "recipes"
"""Below the data directory; pictures in ``images`` below that."""
LOCKS = "hosts"
"""Below :data:`FOLDER`: who asks which host when."""
LLM_FAILED = "llm_failed"
"""The flag of a recipe of rules that a model was to make better, and did not."""
LLM_CUT = "llm_cut"
"""The flag of a recipe of a model that did not read the whole text, which was too long for it."""
_PLAIN = {
    "pieced": "put together",
    "ungrounded": "not on the page",
    "llm_failed": "model failed",
    "llm_refused": "model refused",
    "llm_cut": "read in part",
    "json_inside": "code inside",
}
"""Flags whose names in files say nothing to people."""


def flag_text(flag: object) -> str:
    """Return what a flag of a stored recipe is called where people read it."""
    return _PLAIN.get(str(flag), str(flag).replace("_", " "))
