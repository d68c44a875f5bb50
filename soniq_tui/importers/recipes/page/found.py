"""What was found of a recipe on a page, in the page's own words."""

import msgspec


class Part(msgspec.Struct):
    """Ingredients or steps under one heading."""

    name: str = ""
    """The heading; empty where there is none."""
    lines: list[str] = msgspec.field(default_factory=list)


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
    """Pictures as found: width (0: not told) and address."""
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

    @property
    def complete(self) -> bool:
        """Whether it can be cooked: a title, ingredients and steps."""
        return bool(self.title and self.ingredient_lines and self.step_lines)
