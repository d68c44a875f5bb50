"""Reading Cooklang (https://cooklang.org/docs/spec): marks become lists and plain words."""

import re

from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.headings import MOST_LINES
from soniq_tui.importers.recipes.page.plain import plain
from soniq_tui.importers.recipes.page.times import minutes_of

MOST_CHARS = 250_000
_NAME = r"[^\s@#~{}][^@#~{}\n]{0,118}?(?<!\s)"
_FOOD = re.compile(
    rf"(?<!\w)@[&?+-]{{0,3}}(?:(?P<name>{_NAME})\{{(?P<amount>[^{{}}\n]{{0,80}})\}}"
    rf"(?:\((?P<note>[^()\n]{{1,200}})\))?|(?P<word>\w{{1,60}}))"
)
"""Before a name may stand that it can be left out, and the like; before an amount that it stays."""
_WARE = re.compile(r"#(?:([^@#~{}\n]{1,120}?)\{[^{}\n]{0,80}\}|(\w{1,60}))")
_TIME = re.compile(r"~[^@#~{}\n]{0,60}\{([^{}\n]{0,80})\}")
_COMMENT = re.compile(r"\[-(?:[^\[-]|\[(?!-)|-(?!\])){0,2000}-\]|--[^\n]*")
"""In brackets it ends before another one begins: what has no end is looked through once."""
_TOLD = re.compile(r"^(?:>>\s*)?(?P<name>[\w ]{1,40}?)\s*:\s*(?P<value>\S.*)$")
_ONLY_FOODS = re.compile(r"^[\s,.;]*$")
_MARKED = re.compile(rf"(?<!\w)@{_NAME}\{{[^{{}}\n]{{0,80}}\}}")


def is_cooklang(text: str) -> bool:
    """Return whether a text marks an ingredient as Cooklang does: ``@name{amount%unit}``."""
    return bool(_MARKED.search(text[:MOST_CHARS]))


def read(text: str) -> Found | None:
    """Return the recipe of a ``.cook`` text; None where it marks no ingredient.

    A step that only names ingredients stands for those that no other step names, and is none.
    """
    told, body = _head(text[:MOST_CHARS])
    found = Found(path="cooklang", title=plain(told.get("title", "")))
    found.yields = plain(told.get("servings", told.get("yield", "")))
    found.author, found.url = plain(told.get("author", "")), told.get("source", "").strip()
    found.total_min = minutes_of(told.get("time", told.get("time required", "")))
    foods = Part()
    for block in re.split(r"\n\s*\n", _COMMENT.sub("", body)):
        for line in _steps(block):
            if isinstance(line, Part):
                found.steps.append(line)
                continue
            foods.lines += [_food(m) for m in _FOOD.finditer(line)]
            if _ONLY_FOODS.match(_FOOD.sub("", line)):
                continue
            if not found.steps:
                found.steps.append(Part())
            found.steps[-1].lines.append(plain(_bare(line)))
    foods.lines = list(dict.fromkeys(line for line in foods.lines if line))[:MOST_LINES]
    found.ingredients = [foods] if foods.lines else []
    found.steps = [Part(name=p.name, lines=p.lines[:MOST_LINES]) for p in found.steps if p.lines]
    return found if found.ingredients else None


def _head(text: str) -> tuple[dict[str, str], str]:
    """Return what is told of the recipe, by ``>>`` or between two lines ``---``, and the rest."""
    told: dict[str, str] = {}
    rest: list[str] = []
    front = text.lstrip("\ufeff").startswith("---")
    for number, line in enumerate(text.lstrip("\ufeff").splitlines()):
        if front and line.strip() == "---":
            front = number == 0
        elif (front or line.startswith(">>")) and (match := _TOLD.match(line)):
            told.setdefault(match["name"].strip().lower(), match["value"].strip())
        elif not front:
            rest.append(line)
    return told, "\n".join(rest)


def _steps(block: str) -> list[str | Part]:
    """Return a block's section, where it begins one, and its one step."""
    made: list[str | Part] = []
    lines = []
    for line in block.splitlines():
        if line.startswith("="):
            made.append(Part(name=plain(line.strip("= \t"))))
        elif line.strip() and not line.startswith(">"):
            lines.append(line.strip())
    return [*made, *([" ".join(lines)] if lines else [])]


def _food(match: re.Match[str]) -> str:
    amount = " ".join((match["amount"] or "").lstrip(" =").replace("%", " ").split())
    note = f", {match['note']}" if match["note"] else ""
    return plain(f"{amount} {match['name'] or match['word']}{note}".strip())


def _bare(line: str) -> str:
    line = _FOOD.sub(lambda m: m["name"] or m["word"], line)
    line = _WARE.sub(lambda m: m[1] or m[2], line)
    return _TIME.sub(lambda m: m[1].replace("%", " "), line)
