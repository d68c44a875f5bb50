"""The recipe alone, as any page would tell machines of it: without what is ours."""

from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.formats.reading import Recipe


def write(recipe: Recipe) -> Recipe:
    """Return the recipe without our own data; our pictures become the ones they came from."""
    plain = {name: value for name, value in recipe.items() if name not in {"soniq", "slug", "file"}}
    images = reading.node(reading.node(recipe.get("soniq")).get("source")).get("images")
    if images:
        plain["image"] = images
    return plain
