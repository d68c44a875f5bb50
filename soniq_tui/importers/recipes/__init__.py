"""The recipe importer: pages become recipe files that any tool reads.

``scrape`` runs one scraper process for each page (:mod:`scrape`, :mod:`scraper`), ``structure``
asks a language model where rules did not find enough (:mod:`structure`, ``model/``), ``keep`` looks
at the file and notes it in the index (:mod:`keep`, :mod:`store`).
"""

from soniq_tui.importers.base import Importer, Stage, Writer, later, stage_later
from soniq_tui.importers.recipes.words import Packed, Page, RecipeOptions, Saved, Sent
from soniq_tui.words import mark

_HERE = "soniq_tui.importers.recipes"
_FORMATS = (
    ("jsonld", True),
    ("markdown", True),
    ("cooklang", True),
    ("legacy", True),
    ("mealie", False),
    ("paprika", False),
)
"""Formats of other programs; True: a folder with one file for each recipe."""

importer = Importer(
    name="recipes",
    title=mark("Recipes"),
    about=mark("Make a recipe file of each page, text or archive; any tool reads it."),
    verb="recipes",
    options=RecipeOptions,
    stages=(
        Stage(
            "remote",
            "fetch",
            stage_later(f"{_HERE}.server.stage:run", Sent),
            optional=True,
            ends=True,
        ),
        Stage(
            "unpack", "insert", stage_later(f"{_HERE}.unpack:run", Packed), optional=True, ends=True
        ),
        Stage("scrape", "scrape", stage_later(f"{_HERE}.scrape:run", Page, Saved)),
        Stage(
            "structure", "llm", stage_later(f"{_HERE}.structure:run", Saved, Saved), optional=True
        ),
        Stage("keep", "insert", stage_later(f"{_HERE}.keep:run", Saved)),
    ),
    plan=later(f"{_HERE}.plan:plan"),
    preview=later(f"{_HERE}.plan:preview"),
    demo=later(f"{_HERE}.demo:demo"),
    exports={"recipes": later(f"{_HERE}.export:recipes")},
    writers={
        "recipes": {
            name: Writer(later(f"{_HERE}.export:{name}"), folder=folder)
            for name, folder in _FORMATS
        }
    },
    older=later(f"{_HERE}.older:translated"),
    tally=later(f"{_HERE}.tally:tally"),
    results=later(f"{_HERE}.lists:results"),
    detail=later(f"{_HERE}.detail:detail"),
    deeds={
        "failed.skip": later(f"{_HERE}.lists:skip"),
        "page.keep": later(f"{_HERE}.pasted:keep"),
    },
    preload=(f"{_HERE}.keep",),
)
