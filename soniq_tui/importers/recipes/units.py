"""Units of recipes in French and English, and the usual ones of ten other languages.

A spoon is 15 or 5 ml and a cup 240 ml, as most books have it; a cup becomes millilitres only
because the text says cup: a *tasse*, a *xícara* and a *livre* are others in each country.
"""

import re
import unicodedata
from collections import defaultdict
from typing import NamedTuple

FRACTIONS = {sign: unicodedata.numeric(sign) for sign in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}
"""What signs stand for."""


DASHES = "-–—‒‑−~～"
"""What stands between the ends of a range; for a set of a pattern."""
TO = "to|or|à|ou|bis|oder|tot|of|al?|o|u|til|till|eller|do|až|до|или"
"""Words that do."""


class Unit(NamedTuple):
    """A unit by its id, and what one of it is."""

    id: str
    ml: float | None = None
    g: float | None = None


_TABLE: dict[Unit, str] = {
    Unit("g", g=1): "g gr gramme grammes gram grams gramm gramos grammi gramas gramy "
    "gramów г г. гр гр. грамм",
    Unit("kg", g=1000): "kg kilo kilos kilogramme kilogrammes kilogram kilograms quilo quilos кг",
    Unit("mg", g=0.001): "mg",
    Unit("oz", g=28.35): "oz oz. ounce ounces",
    Unit("lb", g=453.6): "lb lbs lb. lbs. pound pounds",
    Unit("lb"): "livre livres",
    Unit("ml", ml=1): "ml millilitre millilitres milliliter milliliters мл",
    Unit("cl", ml=10): "cl centilitre centilitres",
    Unit("dl", ml=100): "dl décilitre décilitres",
    Unit("l", ml=1000): "l litre litres liter liters litro litros litri litr litry л л. литр литра",
    Unit("tbsp", ml=15): (
        "tbsp tbsp. tbsps tbs tbs. tablespoon tablespoons|c. à soupe|c. a soupe|c à soupe|c.à.s|"
        "c. à s.|c.à.s.|c à s|càs|cas|cs|c.s.|cuillère à soupe|cuillères à soupe|"
        "cuillère(s) à soupe|cuillere a soupe|cuilleres a soupe|cuil. à soupe|cuil à soupe|"
        "cuill. à soupe|c. soupe|cuillerée à soupe|cuillerées à soupe|cuil. à s.|c. à table|"
        "cuillère à table|cuillères à table|el|esslöffel|eßlöffel|msk|matsked|matskedar|spsk|"
        "spsk.|spiseskje|spiseskjeer|spiseske|spiseskeer|ss|eetlepel|eetlepels|cucharada|"
        "cucharadas|cda|cdas|colher de sopa|colheres de sopa|colher (sopa)|colheres (sopa)|"
        "c. de sopa|cucchiaio|cucchiai|łyżka|łyżki|łyżek|rkl|ст. л.|ст.л.|ст. ложка|ст. ложки|"
        "столовая ложка|столовые ложки|столовых ложек"
    ),
    Unit("tsp", ml=5): (
        "tsp tsp. tsps teaspoon teaspoons|c. à café|c. a cafe|c à café|c.à.c|c. à c.|c.à.c.|"
        "c à c|càc|cac|cc|c.c.|cuillère à café|cuillères à café|cuillère(s) à café|"
        "cuillere a cafe|cuilleres a cafe|cuil. à café|cuil à café|cuill. à café|c. café|"
        "cuillère à thé|cuillères à thé|c. à thé|cuillerée à café|cuillerées à café|cuil. à c.|"
        "tl|teelöffel|tsk|tsk.|tesked|teskedar|teske|teskeer|teskje|teskjeer|ts|theelepel|"
        "theelepels|cucharadita|cucharaditas|cdta|cdtas|colher de chá|colheres de chá|"
        "colher (chá)|colheres (chá)|c. de chá|cucchiaino|cucchiaini|łyżeczka|łyżeczki|łyżeczek|"
        "ч. л.|ч.л.|ч. ложка|ч. ложки|чайная ложка|чайные ложки|чайных ложек"
    ),
    Unit("krm", ml=1): "krm kryddmått",
    Unit("cup", ml=240): "cup cups",
    Unit("cup"): "tasse tasses tassen taza tazas tazza tazze xícara xícaras chávena chávenas kopp "
    "koppar kopper kop koppen kopje kopjes becher szklanka szklanki szklanek стакан стакана "
    "стаканов|xícara de chá|xícaras de chá|xícara (chá)|xícaras (chá)|chávena de chá|"
    "chávenas de chá",
    Unit("pint", ml=473): "pint pints pt pt.",
    Unit("quart", ml=946): "quart quarts qt qt.",
    Unit("gallon", ml=3785): "gallon gallons",
    Unit("floz", ml=29.6): "floz|fl oz|fl. oz|fluid ounce|fluid ounces",
    Unit("glass"): "verre verres glass glasses vaso vasos copo copos bicchiere bicchieri",
    Unit("bottle"): "bottle bottles bouteille bouteilles flasche flaschen botella botellas "
    "bottiglia bottiglie garrafa garrafas flaska flaske",
    Unit("pinch"): "pincée pincées pincee pincees pinch pinches prise prisen pizca pizcas pizzico "
    "pitada pitadas snufje snufjes nypa nypor knivspids klype szczypta szczypty щепотка щепотки",
    Unit("dash"): "trait traits filet filets dash dashes drizzle|goutte|gouttes|drop|drops|"
    "chorrito|scheutje|schuss",
    Unit("handful"): "poignée poignées handful handfuls handvoll puñado puñados manciata handje "
    "handfull håndfuld garść горсть",
    Unit("clove"): "gousse gousses clove cloves zehe zehen diente dientes spicchio "
    "spicchi dente dentes teentje teentjes teen klyfta klyftor fed fedd ząbek ząbki ząbków зубчик "
    "зубчика зубчиков",
    Unit("slice"): "tranche tranches slice slices rasher rashers scheibe scheiben "
    "rondelle rondelles rebanada rebanadas loncha lonchas rodaja rodajas fetta fette fatia fatias "
    "plakje plakjes skiva skivor skive skiver plaster plastry",
    Unit("bunch"): "botte bottes bouquet bouquets bunch bunches bund manojo mazzo mazzetto maço "
    "bosje bosjes knippe bundt bunt pęczek pęczki пучок",
    Unit("sprig"): "brin brins branche branches sprig sprigs zweig zweige ramita ramitas rametto "
    "rametti ramo ramos takje takjes kvist kvistar kviste gałązka gałązki",
    Unit("leaf"): "feuille feuilles leaf leaves blatt blätter hoja hojas foglia foglie folha "
    "folhas blaadje blaadjes blad blade лист листа",
    Unit("sachet"): "sachet sachets packet packets pack package packages pkg "
    "pkg. pck. päckchen packung packungen sobre sobres bustina bustine zakje zakjes pakje pakjes "
    "påse påsar paket opakowanie",
    Unit("can"): "boîte boîtes boite boites conserve can cans tin tins dose dosen lata latas "
    "lattina blik blikje blikjes burk burkar dåse dåser boks bokser puszka puszki банка банки",
    Unit("jar"): "pot pots bocal bocaux jar jars",
    Unit("stick", g=113): "stick sticks",
    Unit("knob"): "noix noisette noisettes knob knobs klontje klont",
    Unit("stalk"): "tige tiges bâton bâtons stalk stalks rib ribs stange stangen",
    Unit("head"): "tête têtes head heads kopf",
    Unit("piece"): "morceau morceaux piece pieces pièce pièces stück stk stk. st stuk stuks trozo "
    "trozos pezzo pezzi pedaço pedaços sztuka sztuki sztuk шт шт.",
    Unit("ball"): "boule boules ball balls",
    Unit("cm"): "cm centimètre centimètres centimetre centimetres centimeter centimeters",
    Unit("inch"): "inch inches",
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
_LONGEST = max(map(len, BY_NAME))
_BY_LETTER: dict[str, list[str]] = defaultdict(list)
for _name in sorted(BY_NAME, key=len, reverse=True):
    _BY_LETTER[_name[0]].append(_name)


_SIZE = re.compile(
    r"(?:(?:very|leicht|bien)\s+)?(?:(?P<level>level|rases?|gestrichene[rn]?|afgestreken|struken|strukna)"
    r"|heaped|heaping|rounded|scant|generous|large|small|medium|big|fat|thick|thin"
    r"|(?:bonne|belle|grosse|grande|petite|grand|petit)s?|gros|bons?|beaux?"
    r"|(?:gehäufte|große|kleine|dünne|dicke)[rns]?|grote|kleine|volle|rågad|rågade|stora?|små|liten|lille)\s+",
    re.IGNORECASE,
)
_FILLED = re.compile(
    r"(?:bien\s+)?(?:(?P<level>rases?|rasas?|ras[oi])|bombées?|pleines?|colmadas?|cheias?|colm[oi])\b\s*",
    re.IGNORECASE,
)


class Written(NamedTuple):
    """A unit in a line."""

    unit: Unit
    text: str
    """As it is written."""
    size: str
    """What is said of how large or full it is."""
    measures: bool
    """It is as much as it always is; False: heaped, large and the like."""
    rest: str
    """What stands behind it."""


def unit_at(text: str) -> Written | None:
    """Return the unit that a text begins with, of whatever size."""
    if found := _named_at(text):
        unit, name, rest = found
        filled = _FILLED.match(rest)
        if not filled or unit.id not in {"tbsp", "tsp", "cup"}:
            return Written(unit, name, "", measures=True, rest=rest)
        return Written(unit, name, filled[0].strip(), bool(filled["level"]), rest[filled.end() :])
    size = _SIZE.match(text)
    if size and (found := _named_at(text[size.end() :])):
        return Written(found[0], found[1], size[0].strip(), bool(size["level"]), found[2])
    return None


def is_size(text: str) -> bool:
    """Return whether a text says how large something is, and nothing else."""
    return _SIZE.fullmatch(f"{text.strip()} ") is not None


_ENDING = re.compile(r"^(?:\.|\((?:e?s|e?n|e)\))")
"""Of an abbreviation, or of a plural that may not be one: "cup(s)"."""


def _named_at(text: str) -> tuple[Unit, str, str] | None:
    if NO_UNITS.match(text):
        return None
    folded = text[:_LONGEST].lower()
    for name in _BY_LETTER.get(folded[:1], ()):
        rest = text[len(name) :]
        if folded.startswith(name) and not (rest[:1].isalnum() or rest[:1] == "_"):
            return BY_NAME[name], text[: len(name)], _ENDING.sub("", rest).lstrip()
    return None


COUNTS = {"dizaine": 10, "douzaine": 12, "dozen": 12, "quinzaine": 15, "vingtaine": 20,
          "docena": 12, "dúzia": 12, "dutzend": 12, "dozijn": 12, "dussin": 12,
          "dozzina": 12, "tuzin": 12}  # fmt: skip
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
