"""Diets and seasons of a recipe, French and English. Pure.

A diet is named only where the page names it and no ingredient speaks against it: that no word of a
list stands in a recipe says nothing of the words that are not in the list.
"""

import re
from collections.abc import Iterable

from soniq_tui.importers.recipes.fold import bare
from soniq_tui.importers.recipes.ingredient import Ingredient

VEGETARIAN, VEGAN, GLUTEN_FREE = "vegetarian", "vegan", "gluten free"

_DENIED = re.compile(
    r"\b(?:non|not|pas|nicht|keine?[nrs]?|no longer|no|ni|nor|never|isn['’]t)[ -]"
    r"(?:(?:an?|the|une?|really|strictly|fully|entirely) )?(?:sans gluten|gluten[ -]free|[\w-]+)"
)
"""What a page says it is not, folded."""
_HEDGED = re.compile(
    r"\b(?:options?|optional\w*|optionnel\w*|adaptable|possible|moglich|easily|facilement|"
    r"can|could|may|might|peut|peuvent|kann|puede|almost|nearly|presque|quasi|fast|or|ou|oder|ish|"
    r"version available|instead|for vegans)\b"
)
"""What makes of a diet what may be: a page that says so says of no diet that it is one."""
_TOLD = {
    VEGETARIAN: re.compile(
        r"\bveget(?:ari|ali)(?:an|en|enne)s?\b|\bvegane?s?\b|veg(?:etari)?andiet"
    ),
    VEGAN: re.compile(r"\bvegane?s?\b|\bvegetali(?:en|enne)s?\b|vegandiet"),
    GLUTEN_FREE: re.compile(r"\bgluten[ -]?free\b|\bsans gluten\b|glutenfreediet"),
}
"""What a page calls them, folded: its words, and schema.org's names (``RestrictedDiet``)."""

_MEAT = (
    "boeuf veau porc agneau mouton poulet dinde canard lapin jambon lardon bacon saucisse chorizo "
    "viande steak foie merguez volaille magret beef veal pork lamb chicken turkey duck ham "
    "sausage meat mince prosciutto pancetta salami gelatine gelatin saindoux lard lardons "
    "rillettes andouille boudin fleisch huhn speck schinken wurst gelatina carne pollo cerdo "
    "ternera jamon manzo maiale guanciale kip gehakt spek frango porco presunto"
)
_FISH = (
    "poisson saumon thon cabillaud morue truite sardine anchois crevette moule huitre calamar "
    "crabe homard fish salmon tuna cod trout anchovy anchovie shrimp prawn mussel oyster squid "
    "crab lobster nuoc-mam surimi swordfish haddock mackerel herring clam scallop octopus "
    "maquereau hareng fisch lachs thunfisch sardelle garnele pescado atun gamba tonno pesce "
    "acciughe zalm tonijn vis"
)
_DAIRY = (
    "lait beurre creme fromage yaourt mascarpone ricotta mozzarella parmesan feta gruyere "
    "emmental comte milk butter cream cheese yogurt yoghurt buttermilk ghee whey cheddar gouda "
    "halloumi raclette reblochon roquefort petit-suisse babeurre milch sahne kase quark joghurt "
    "schmand leche queso nata mantequilla latte burro panna formaggio pecorino melk boter kaas "
    "leite queijo manteiga"
)
_EGGS = "oeuf oeufs egg eggs jaune blanc mayonnaise ei eier eigelb huevo uovo uova ovo eieren"
_HONEY = "miel honey honig honing miele mel"
_GLUTEN = (
    "farine pate pates spaghetti nouille pain chapelure semoule couscous boulgour orge seigle "
    "epeautre ble flour pasta noodle bread breadcrumb semolina barley rye spelt wheat bulgur "
    "tortilla biscuit cracker soy-sauce beer biere malt seitan brioche baguette pita naan filo "
    "phyllo brick orzo ramen udon lasagne macaroni penne linguine tagliatelle gnocchi ravioli "
    "vermicelle freekeh triticale panko mehl brot nudeln nudel weizen dinkel harina trigo farina "
    "pane pangrattato bloem brood tarwe farinha trigo"
)
_COMPOUNDS = {
    _MEAT: re.compile(r"fleisch\b|hahnchen|\wspeck\b|schinken\b|wurst"),
    _DAIRY: re.compile(r"milch\b|\wsahne\b|\wbutter\b|\wkase\b|joghurt\b"),
    _GLUTEN: re.compile(r"\wmehl\b|\wbrot\b|nudeln?\b|griess\b|\bsoy sauce|\bsauce soja"),
}
"""German puts its words together; a sauce has two."""
_PLANT = re.compile(
    r"\b(?:kokos|soja|mandel|hafer|reis|erdnuss|cashew|pflanzen)\w*|\b(?:coconut|coco|almond|amande|soja|soy|oat|avoine|rice|riz|peanut|cacahuete|cacao|cocoa|cashew|vegan|"
    r"vegetal\w*|plant)\b"
)
_NO_GLUTEN = re.compile(
    r"\b(?:sans gluten|gluten[ -]?free|riz|rice|mais|corn|sarrasin|buckwheat|almond|amande|"
    r"coco\w*)\b|\b(?:reis|mais|buchweizen|mandel|kokos|kichererbsen|glutenfrei)\w*|\btamari\b"
)

_POTATOES = re.compile(r"\bpommes? de terre\b")
"""They are no apples."""
_SEASONS = {
    "spring": (
        "asperge asparagus radis radish rhubarbe rhubarb fraise strawberry petit-pois "
        "peas artichaut"
    ),
    "summer": "tomate tomato courgette zucchini aubergine eggplant poivron peche peach "
    "abricot apricot melon cerise cherry framboise raspberry",
    "autumn": (
        "potiron potimarron courge pumpkin squash champignon mushroom raisin figue fig "
        "poire pear pomme apple"
    ),
    "winter": (
        "poireau leek endive chou cabbage panais parsnip topinambour clementine orange navet turnip"
    ),
}


def _words(text: str) -> set[str]:
    return set(text.split())


def _has(foods: list[str], names: str, spare: re.Pattern[str] | None = None) -> bool:
    wanted, parts = _words(names), _COMPOUNDS.get(names)
    for food in foods:
        words = {w.rstrip("sx") for w in re.findall(r"[\w-]+", food)} | set(
            re.findall(r"[\w-]+", food)
        )
        named = words & wanted or (parts and parts.search(food))
        if named and not (spare and spare.search(food)):
            return True
    return False


def diets_of(said: Iterable[str], parsed: list[Ingredient]) -> list[str]:
    """Return the diets that a page names and that no known ingredient speaks against.

    Args:
        said: title, categories, keywords and diets of the page.
        parsed: all that goes into it.
    """
    folded = map(bare, said)
    told = [_DENIED.sub(" ", text) for text in folded if not _HEDGED.search(text)]
    foods = [bare(each.raw) for each in parsed]
    animal = _has(foods, _MEAT) or _has(foods, _FISH)
    products = any(_has(foods, names, _PLANT) for names in (_DAIRY, _EGGS, _HONEY))
    against = {
        VEGETARIAN: animal,
        VEGAN: animal or products,
        GLUTEN_FREE: _has(foods, _GLUTEN, _NO_GLUTEN),
    }
    return [
        diet
        for diet, names in _TOLD.items()
        if not against[diet] and any(names.search(text) for text in told)
    ]


def seasons_of(parsed: list[Ingredient]) -> list[str]:
    """Return the seasons whose produce is in the recipe, the one with the most first."""
    foods = [_POTATOES.sub("", bare(each.food or "")) for each in parsed]
    counts = {
        season: sum(_has([food], names) for food in foods) for season, names in _SEASONS.items()
    }
    return [season for season, n in sorted(counts.items(), key=lambda pair: -pair[1]) if n]
