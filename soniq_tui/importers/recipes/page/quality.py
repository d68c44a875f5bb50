"""Whether what was found can be the whole recipe: cheap signs that it is not. Pure."""

import re

from soniq_tui.importers.recipes.page.found import Found

_CONVERTED = re.compile(r"\d+\.\d{2}\s*(?:gm?|ml|kg|oz)\b")
"""No cook wrote that: a machine made it of what the page shows."""
_AMOUNT = re.compile(r"\d|[½¼¾⅓⅔⅛⅜⅝⅞]")
_CUT = re.compile(r"\d{1,2}\s?[^\W\d_]")
LONG, FEW, SHORT_STEP, LONG_STEP, LABEL = 180, 3, 40, 1200, 45


def flags(found: Found) -> list[str]:
    """Return what is odd, as words; an empty list is a recipe that looks whole."""
    odd = [*of_ingredients(found.ingredient_lines), *of_steps(found.step_lines, found.description)]
    return [*odd, "pieced"] if found.pieced else odd


def of_ingredients(lines: list[str]) -> list[str]:
    """Return what is odd about the ingredients."""
    if not lines:
        return ["no_ingredients"]
    odd = []
    if len(lines) == 1:
        odd.append("one_ingredient")
    if any(len(line) > LONG for line in lines):
        odd.append("long_ingredient")
    if amounts(lines) < 1 / 3 and len(lines) >= FEW:
        odd.append("no_amounts")
    if len(set(lines)) < len(lines) * 0.8:
        odd.append("repeated")
    alone = sum(not any(c.isalpha() for c in line) for line in lines)
    if alone > len(lines) / 4 or any(map(_is_cut, lines, lines[1:])):
        odd.append("amounts_apart")
    if sum(bool(_CONVERTED.match(line)) for line in lines) > 1:
        odd.append("converted_amounts")
    if any(line.startswith(("{", "[{")) for line in lines):
        odd.append("json_inside")
    return odd


def _is_cut(line: str, other: str) -> bool:
    """Return whether two lines were one before all was cut at commas: "1,5 tsp"."""
    return len(line) < 3 and line.isdecimal() and bool(_CUT.match(other))  # noqa: PLR2004


def of_steps(lines: list[str], description: str = "") -> list[str]:
    """Return what is odd about the steps."""
    if not lines:
        return ["no_steps"]
    if len(lines) == 1 and (len(lines[0]) < SHORT_STEP or lines[0] == description):
        return ["one_short_step"]
    if len(lines) == 1 and len(lines[0]) > LONG_STEP:
        return ["one_long_step"]
    sentences = sum(line.rstrip(")\"' ").endswith((".", "!", ":", "…")) for line in lines)
    if len(lines) > 1 and not sentences and sum(map(len, lines)) < LABEL * len(lines):
        return ["only_labels"]
    return []


def amounts(lines: list[str]) -> float:
    """Return the share of lines that tell an amount."""
    return sum(bool(_AMOUNT.search(line)) for line in lines) / len(lines) if lines else 0.0
