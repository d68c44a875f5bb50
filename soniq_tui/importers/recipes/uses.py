"""Which ingredients a step names. Pure."""

from collections.abc import Sequence

from soniq_tui.importers.recipes.fold import folded
from soniq_tui.importers.recipes.ingredient import Ingredient

_NOUN_FIRST = frozenset({"fr", "es", "it", "pt", "ro", "ca"})
"""Languages in which what is said of a thing follows it."""
_SAID = frozenset(
    word
    for words in (
        "large small medium big fresh freshly dried ground unsalted salted kosher purpose self",
        "raising rising extra virgin whole ripe cold warm hot boiling chopped sliced diced minced",
        "grated shredded crushed red green white black yellow brown dark light plain sweet organic",
        "all sized powdered melted softened granulated sweetened whipped packed loosely packaged",
        "boneless skinless frozen canned finely roughly thinly cooked raw pure heavy low fat the",
        "and for with gehackt gehackte gehackter frisch frische frischer grosse grosser kleine",
        "kleiner rote roter grune fein geriebene geriebener gemahlener gemahlene weiche kalte",
    )
    for word in words.split()
)
"""Words of foods that are none."""
LEAST_WORD = 3
ENDINGS = ("", "s", "es", "x", "e", "n", "en", "ne", "et", "na",
           "а", "у", "е", "ом", "ы", "и", "ов")  # fmt: skip
"""Of plurals and the like; what ends otherwise is another word, as "oiled" and "eggplant"."""


def uses_of(step: str, parsed: Sequence[Ingredient], language: str = "") -> list[int]:
    """Return the numbers of the ingredients whose noun stands in a step.

    Args:
        step: its text.
        parsed: all ingredients of the recipe.
        language: of the recipe, where it is known: it tells where in a food its noun stands.
    """
    said = set(folded(step).split())
    return [n for n, each in enumerate(parsed) if said & _names(each.food or "", language)]


def _names(food: str, language: str) -> set[str]:
    """Return the words that name a food, in their usual forms; of a short one only itself."""
    every = folded(food).split()
    words = [word for word in every if len(word) >= LEAST_WORD] or every
    nouns = [word for word in words if word not in _SAID] or words
    if language[:2].lower() in _NOUN_FIRST:
        nouns = nouns[:1]
    return {
        f"{start}{ending}"
        for word in {*nouns[:1], *nouns[-1:]}
        for start in (word, word.rstrip("sx"), word.removesuffix("es"))
        for ending in (ENDINGS if len(word) >= LEAST_WORD else ("",))
    }
