"""A recipe to read, to print, to keep in a folder of notes."""

import re

from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.formats.reading import Recipe

_SPECIAL = re.compile(r"([\\`*_\[\]<>|])")
_AT_START = re.compile(r"^(\s*)([#+-]|\d+[.)])(?=\s)")


def write(recipe: Recipe) -> str:
    """Return Markdown (CommonMark); what a page says is never read as markup."""
    parts = [f"# {_plain(reading.title(recipe))}", "", *_facts(recipe)]
    if about := reading.text(recipe, "description"):
        parts += [_plain(about), ""]
    parts += ["## Ingredients", ""]
    for head, lines in reading.ingredients(recipe):
        parts += [f"### {_plain(head)}", ""] if head else []
        parts += [*(f"- {_plain(line)}" for line in lines), ""]
    parts += ["## Method", ""]
    number = 0
    for head, lines in reading.steps(recipe):
        parts += [f"### {_plain(head)}", ""] if head else []
        for line in lines:
            number += 1
            parts.append(f"{number}. {_plain(line)}")
        parts.append("")
    if url := reading.source(recipe):
        parts += [f"Source: <{url}>", ""]
    return "\n".join(parts)


def _facts(recipe: Recipe) -> list[str]:
    facts = [
        ("Yield", reading.text(recipe, "recipeYield")),
        ("Preparation", reading.time(recipe, "prepTime")),
        ("Cooking", reading.time(recipe, "cookTime")),
        ("Total", reading.time(recipe, "totalTime")),
        ("Author", reading.text(recipe, "author")),
    ]
    told = [f"- {name}: {_plain(value)}" for name, value in facts if value]
    return [*told, ""] if told else []


def _plain(text: str) -> str:
    line = _SPECIAL.sub(r"\\\1", reading.one_line(text))
    return _AT_START.sub(
        lambda m: f"{m[1]}\\{m[2]}" if m[2] in "#+-" else f"{m[1]}{m[2][:-1]}\\{m[2][-1]}", line
    )
