"""Cooklang (https://cooklang.org/docs/spec): steps in which ingredients and times are marked.

An ingredient is marked in the first step that names it; one that no step names stands in a first
step of its own, so that nothing is missing from a shopping list.
"""

import re
from typing import Any

from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.formats.reading import Recipe
from soniq_tui.importers.recipes.uses import ENDINGS

_TIME = re.compile(
    r"(?P<low>\d+(?:[.,]\d+)?)\s*(?P<unit>hours?|hrs?|heures?|h|minutes?|mins?|min|seconds?|secondes?)\b"
    r"(?!\s?[0-5]\d\b(?!\s?(?:m|s|°)))",
    re.IGNORECASE,
)
_ENDING = "|".join(ENDINGS)
_MARKS = str.maketrans({"@": "＠", "#": "＃", "~": "～", "{": "(", "}": ")"})
_NO_BRACKETS = {ord("("): None, ord(")"): None}
NOTE_MOST_CHARS = 200
"""How something is prepared stands in brackets behind its amount."""
_WIDE = ord("＠") - ord("@")
_COMMENTS = re.compile(r"--+|\[-")
"""What begins a comment; a dash and a blank say the same to people."""
_AT_START = re.compile(r"^\s*([>=])")


def write(recipe: Recipe) -> str:
    """Return the text of a ``.cook`` file."""
    head = [
        ("title", reading.title(recipe)),
        ("source", reading.source(recipe)),
        ("servings", reading.text(recipe, "recipeYield")),
        ("time", reading.time(recipe, "totalTime")),
        ("author", reading.text(recipe, "author")),
    ]
    parts = [f">> {name}: {reading.one_line(value)}" for name, value in head if value] + [""]
    ours = reading.ours(recipe)
    foods = [reading.node(i) for i in reading.listed(ours.get("ingredients"))]
    left = {number: food for number, food in enumerate(foods) if food.get("food")}
    steps = [reading.node(s) for s in reading.listed(ours.get("steps"))]
    uses = {str(s.get("n")): reading.listed(s.get("uses")) for s in steps}
    body, number = [], 0
    for section, lines in reading.steps(recipe):
        body += [f"= {section.translate(_MARKS)}", ""] if section else []
        for line in lines:
            number += 1
            body += [
                _step(
                    line, [(n, left.pop(n)) for n in uses.get(str(number), []) if n in left], left
                ),
                "",
            ]
    if left:
        body = [", ".join(_marked(food) for food in left.values()) + ".", "", *body]
    return "\n".join([*parts, *body])


def _step(
    line: str, foods: list[tuple[int, dict[str, Any]]], left: dict[int, dict[str, Any]]
) -> str:
    """Return a step with its times and foods marked; foods that it does not name go back."""
    text = _plain(line)
    text = _AT_START.sub(lambda m: chr(ord(m[1]) + _WIDE), text)
    spans = [(m.start(), m.end(), _timed(m)) for m in _TIME.finditer(text)]
    for number, food in foods:
        place = _place(text, str(food["food"]).translate(_MARKS), spans)
        if place is None:
            left[number] = food  # named in other words: it stands in the first step
        else:
            spans.append((*place, _marked(food, text[place[0] : place[1]])))
    for begin, end, mark in sorted(spans, reverse=True):
        text = f"{text[:begin]}{mark}{text[end:]}"
    return text


def _plain(text: str) -> str:
    """Return a text that Cooklang takes for words alone."""
    return _COMMENTS.sub(lambda m: "–" if m[0][0] == "-" else "[ -", text.translate(_MARKS))


def _timed(match: re.Match[str]) -> str:
    return f"~{{{match['low'].replace(',', '.')}%{match['unit']}}}"


def _place(text: str, food: str, taken: list[tuple[int, int, str]]) -> tuple[int, int] | None:
    """Return where a step first names a food, in full or by its last word, outside other marks."""
    for wanted in (food, food.rsplit(maxsplit=1)[-1]):
        for match in re.finditer(
            rf"(?<!\w){re.escape(wanted)}(?:{_ENDING})(?!\w)", text, re.IGNORECASE
        ):
            if all(match.end() <= begin or end <= match.start() for begin, end, _ in taken):
                return match.start(), match.end()
    return None


def _marked(food: dict[str, Any], name: str = "") -> str:
    amount = "" if food.get("min") is None else f"{food['min']:g}"
    if amount and food.get("max") not in {None, food.get("min")}:
        amount = f"{amount}-{food['max']:g}"
    unit = f"%{food['unit']}" if food.get("unit") and amount else ""
    note = reading.one_line(_plain(str(food.get("note") or ""))).translate(_NO_BRACKETS)
    said = f"({note[:NOTE_MOST_CHARS]})" if note else ""
    return f"@{_plain(name or str(food['food']))}{{{amount}{unit}}}{said}"
