"""Units of recipes in French and English (and the German, Dutch and Scandinavian ones met often).

A spoon is 15 or 5 ml and a cup 240 ml, as most books of either country have it; a cup becomes
millilitres only because the text says cup: a *tasse* and a *livre* are others in each country.
"""

import re
import unicodedata
from typing import NamedTuple

FRACTIONS = {sign: unicodedata.numeric(sign) for sign in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}
"""What signs stand for."""


DASHES = "-–—‒‑−~～"
"""What stands between the ends of a range; for a set of a pattern."""


class Unit(NamedTuple):
    """A unit by its id, and what one of it is."""

    id: str
    ml: float | None = None
    g: float | None = None


_TABLE: dict[Unit, str] = {
    Unit("g", g=1): "g gr gramme grammes gram grams gramm gramme(s)",
    Unit("kg", g=1000): "kg kilo kilos kilogramme kilogrammes kilogram kilograms",
    Unit("mg", g=0.001): "mg",
    Unit("oz", g=28.35): "oz oz. ounce ounces",
    Unit("lb", g=453.6): "lb lbs lb. lbs. pound pounds",
    Unit("lb"): "livre livres",
    Unit("ml", ml=1): "ml millilitre millilitres milliliter milliliters",
    Unit("cl", ml=10): "cl centilitre centilitres",
    Unit("dl", ml=100): "dl décilitre décilitres",
    Unit("l", ml=1000): "l litre litres liter liters",
    Unit("tbsp", ml=15): (
        "tbsp tbsp. tbsps tbs tbs. tablespoon tablespoons|c. à soupe|c. a soupe|c à "
        "soupe|c.à.s|c. à s.|c.à.s."
        "|c à s|càs|cas|cs|c.s.|cuillère à soupe|cuillères à soupe|cuillère(s) à "
        "soupe|cuillere a soupe"
        "|cuilleres a soupe|cuil. à soupe|cuil à soupe|cuill. à soupe|c. "
        "soupe|cuillerée à soupe|cuillerées à soupe|cuil. à s.|c. à table|cuillère à table|"
        "cuillères à table|el|esslöffel|msk|spsk|eetlepel|eetlepels"
    ),
    Unit("tsp", ml=5): (
        "tsp tsp. tsps teaspoon teaspoons|c. à café|c. a cafe|c à café|c.à.c|c. à "
        "c.|c.à.c.|c à c|càc|cac|cc|c.c."
        "|cuillère à café|cuillères à café|cuillère(s) à café|cuillere a cafe|cuilleres a "
        "cafe|cuil. à café"
        "|cuil à café|cuill. à café|c. café|cuillère à thé|cuillères à thé|c. à thé"
        "|cuillerée à café|cuillerées à café|cuil. à c.|tl|teelöffel|tsk|theelepel|theelepels"
    ),
    Unit("cup", ml=240): "cup cups",
    Unit("cup"): "tasse tasses",
    Unit("pint", ml=473): "pint pints pt pt.",
    Unit("quart", ml=946): "quart quarts qt qt.",
    Unit("floz", ml=29.6): "floz|fl oz|fl. oz.|fluid ounce|fluid ounces",
    Unit("glass"): "verre verres glass glasses",
    Unit("pinch"): "pincée pincées pincee pincees pinch pinches prise prisen",
    Unit("dash"): "trait traits filet filets dash dashes drizzle|goutte|gouttes|drop|drops",
    Unit("handful"): "poignée poignées handful handfuls handvoll",
    Unit("clove"): "gousse gousses gousse(s) clove cloves zehe zehen",
    Unit("slice"): "tranche tranches tranche(s) slice slices scheibe scheiben",
    Unit("bunch"): "botte bottes bouquet bouquets bunch bunches bund",
    Unit("sprig"): "brin brins branche branches sprig sprigs zweig zweige",
    Unit("leaf"): "feuille feuilles leaf leaves blatt blätter",
    Unit(
        "sachet"
    ): "sachet sachets sachet(s) packet packets pack package packages packet(s) pck. päckchen",
    Unit("can"): "boîte boîtes boite boites conserve can cans tin tins dose dosen",
    Unit("jar"): "pot pots bocal bocaux jar jars",
    Unit("stick", g=113): "stick sticks",
    Unit("knob"): "noix noisette noisettes knob knobs",
    Unit("stalk"): "tige tiges bâton bâtons stalk stalks rib ribs stange stangen",
    Unit("head"): "tête têtes head heads kopf",
    Unit("piece"): "morceau morceaux piece pieces pièce pièces stück stk stk.",
    Unit("ball"): "boule boules ball balls",
}


def _names() -> dict[str, Unit]:
    """Names stand apart by blanks; after a bar come those that have blanks within."""
    found: dict[str, Unit] = {}
    for unit, spelled in _TABLE.items():
        words, *phrases = spelled.split("|")
        found.update((name, unit) for name in (*words.split(), *phrases))
    return found


BY_NAME = _names()
"""Units by every way to write them, in lower case."""

COUNTS = {"dizaine": 10, "douzaine": 12, "dozen": 12, "quinzaine": 15, "vingtaine": 20}
"""How many each of these is, in the singular."""

NO_UNITS = re.compile(
    r"(?:noix|noisettes?)\b(?!\s+(?:de\s+(?:beurre|margarine|saindoux|graisse|ghee)|d['’]huile)\b)"
    r"|filets?\b(?!\s+(?:d['’](?:huile|eau)|de\s+(?:citron|jus|vinaigre|lime|lait|crème|sauce|"
    r"sirop|miel|rhum|tabasco))\b)"
    r"|bouquets?\s+garnis?\b|doses?\s+(?:de\b|d['’]|of\b)",
    re.IGNORECASE,
)
"""Words of units that are food here: a chicken's *filet*, a walnut, a *dose* that is no can."""
BUTTER = re.compile(r"\b(?:butter|margarine|shortening)\b", re.IGNORECASE)
"""What a stick weighs as it does; one of celery does not."""
