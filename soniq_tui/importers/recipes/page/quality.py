"""Whether what was found can be the whole recipe: cheap signs that it is not. Pure."""

import re

from soniq_tui.importers.recipes.page.found import Found

_AMOUNT = re.compile(r"\d|[½¼¾⅓⅔⅛⅜⅝⅞]")
LONG, FEW, SHORT_STEP, LONG_STEP = 180, 3, 40, 1200


def flags(found: Found) -> list[str]:
    """Return what is odd, as words; an empty list is a recipe that looks whole."""
    return [*of_ingredients(found.ingredient_lines), *of_steps(found.step_lines, found.description)]


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
    if any(line.startswith(("{", "[{")) for line in lines):
        odd.append("json_inside")
    return odd


def of_steps(lines: list[str], description: str = "") -> list[str]:
    """Return what is odd about the steps."""
    if not lines:
        return ["no_steps"]
    if len(lines) == 1 and (len(lines[0]) < SHORT_STEP or lines[0] == description):
        return ["one_short_step"]
    if len(lines) == 1 and len(lines[0]) > LONG_STEP:
        return ["one_long_step"]
    if len(lines) > 1 and max(map(len, lines)) < SHORT_STEP:
        return ["only_labels"]
    return []


def amounts(lines: list[str]) -> float:
    """Return the share of lines that tell an amount."""
    return sum(bool(_AMOUNT.search(line)) for line in lines) / len(lines) if lines else 0.0
