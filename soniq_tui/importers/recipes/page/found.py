"""What was found of a recipe on a page, in the page's own words."""

from typing import Self

import msgspec

MOST_LINES, MOST_WORDS, MOST_IMAGES = 400, 100, 50
"""The longest real recipe seen has some 90 ingredients and steps."""
TITLE_CHARS, WORD_CHARS, INGREDIENT_CHARS, STEP_CHARS, ADDRESS_CHARS = 300, 200, 2000, 10_000, 2000
STEPS_CHARS = 300_000
"""Of all steps together: a recipe file stays far below what is read of one."""


class Part(msgspec.Struct):
    """Ingredients or steps under one heading."""

    name: str = ""
    """The heading; empty where there is none."""
    lines: list[str] = msgspec.field(default_factory=list)


_OWN = {"path", "pieced", "title", "ingredients", "steps"}


class Found(msgspec.Struct):
    """A recipe as a page tells it; nothing is converted, only cleaned."""

    path: str
    """How it was found: ``jsonld``, ``microdata``, ``plugin``, ``recipe_scrapers``, ``llm``."""
    pieced: bool = False
    """Parts of it stand on the page for people alone, and were found by their looks."""
    title: str = ""
    ingredients: list[Part] = msgspec.field(default_factory=list)
    steps: list[Part] = msgspec.field(default_factory=list)
    yields: str = ""
    prep_min: int | None = None
    cook_min: int | None = None
    total_min: int | None = None
    sized: list[tuple[int, str]] = msgspec.field(default_factory=list)
    """Pictures as found: how many pixels (0: not told) and address; see ``pictures.py``."""
    images: list[str] = msgspec.field(default_factory=list)
    """Addresses, the best first."""
    author: str = ""
    description: str = ""
    categories: list[str] = msgspec.field(default_factory=list)
    cuisine: str = ""
    keywords: list[str] = msgspec.field(default_factory=list)
    nutrition: dict[str, str] = msgspec.field(default_factory=dict)
    diets: list[str] = msgspec.field(default_factory=list)
    language: str = ""
    url: str = ""
    """What the recipe says of its own address."""

    @property
    def ingredient_lines(self) -> list[str]:
        """All ingredients, without headings."""
        return [line for part in self.ingredients for line in part.lines]

    @property
    def step_lines(self) -> list[str]:
        """All steps, without headings."""
        return [line for part in self.steps for line in part.lines]

    def with_rest_of(self, other: Self) -> Self:
        """Take from another what is not known, but the title and the parts; returns itself."""
        for name in set(self.__struct_fields__) - _OWN:
            setattr(self, name, getattr(self, name) or getattr(other, name))
        return self

    def bounded(self) -> Self:
        """Cut what no recipe has so much of; returns the same object."""
        self.title, self.author = self.title[:TITLE_CHARS], self.author[:WORD_CHARS]
        self.yields, self.cuisine = self.yields[:WORD_CHARS], self.cuisine[:WORD_CHARS]
        self.description, self.language = self.description[:STEP_CHARS], self.language[:40]
        self.ingredients = _bounded(self.ingredients, INGREDIENT_CHARS)
        self.steps = _bounded(self.steps, STEP_CHARS)
        for words in (self.categories, self.keywords, self.diets):
            words[:] = [word[:WORD_CHARS] for word in words[:MOST_WORDS]]
        self.nutrition = {
            name[:WORD_CHARS]: text[:WORD_CHARS]
            for name, text in list(self.nutrition.items())[:MOST_WORDS]
        }
        images = [image for image in self.images if len(image) <= ADDRESS_CHARS]
        self.images = images[:MOST_IMAGES]
        return self

    @property
    def timed(self) -> bool:
        """Whether any time is told of it."""
        return bool(self.total_min or self.prep_min or self.cook_min)

    @property
    def complete(self) -> bool:
        """Whether it can be cooked: a title, ingredients and steps."""
        return bool(self.title and self.ingredient_lines and self.step_lines)


def _bounded(parts: list[Part], most_chars: int) -> list[Part]:
    kept: list[Part] = []
    lines, chars = MOST_LINES, STEPS_CHARS
    for part in parts:
        own: list[str] = []
        for line in part.lines[:lines]:
            cut = line[: min(most_chars, chars)]
            chars -= len(cut)
            if cut:
                own.append(cut)
        lines -= len(own)
        if own:
            kept.append(Part(name=part.name[:TITLE_CHARS], lines=own))
    return kept
