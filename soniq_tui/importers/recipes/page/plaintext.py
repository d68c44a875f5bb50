"""Recipes in texts without markup, as people type and paste them. Pure.

Headings ("Ingrédients", "Method") tell the parts; without them the longest run of lines that begin
with an amount is taken for the ingredients, and what follows for the steps.
"""

import re
from collections.abc import Iterator
from itertools import groupby, islice, pairwise

from soniq_tui.importers.recipes.links import found_in as found_links
from soniq_tui.importers.recipes.page import labels
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.headings import INGREDIENTS, LABELS, MOST_LINES, STEPS
from soniq_tui.importers.recipes.page.plain import plain
from soniq_tui.importers.recipes.page.schema import grouped
from soniq_tui.importers.recipes.page.strings import words_of
from soniq_tui.importers.recipes.page.text import MOST_CHARS
from soniq_tui.importers.recipes.page.times import minutes_of

LONGEST_HEADING, MOST_WORDS = 60, 6
LONGEST_INGREDIENT, LEAST_INGREDIENTS = 100, 2
_BEFORE, _AFTER = " #>*_=•·▪◦‣–—-", " *_=#"
"""Marks of Markdown and the like, around a line."""
_NUMBER = re.compile(
    r"^\(?\d{1,2}(?:\s*[.)°:]|\s+[-–])\s+(?=\D)|^(?:step|étape|schritt)\s+\d+\W*", re.IGNORECASE
)
_ACROSS = "-=*_~"
_RULE = re.compile(rf"\s*([{_ACROSS}])(?:\s?\1){{2,}}\s*$")
_ONLY = re.compile(r"^\S+\s*:?$|^\S+\s*[(:].*\d|^\S+ (?:pour|for|für|voor|para|per) \d")
"""A heading that says "Ingredients", maybe for how many, and nothing of a part."""
LONGEST_TITLE = 100
MOST_FRONT = 60
_ENDS = ".!?:"
"""Of sentences: where a line goes on in the next one it is a part of a paragraph."""
_NAMED = re.compile(r"[\w -]{1,40}:(?:\s|$)")
_OF_A_PART = re.compile(
    r"(?:for|pour|für|voor|para|per|til|till|dla)\s|(?:(?:the|an?|la|le|les|un|une|der|die|das|de|het|"
    r"el|il|lo)\s+|l['’])?(?:sauce|gravy|dressing|vinaigrette|marinade|filling|stuffing|dough|batter|"
    r"pastry|crust|base|topping|frosting|icing|glaze|garnish|assembly|pâte|appareil|garniture|"
    r"farce|crème|glaçage|nappage|montage|teig|füllung|belag|guss|glasur|soße|sauße|saus|deeg|"
    r"vulling|salsa|masa|relleno|crema|impasto|ripieno)$",
    re.IGNORECASE,
)
"""A title that is none of a recipe: "For the sauce", "La crème"."""
_AMOUNT = re.compile(r"^[\d½¼¾⅓⅔⅛]")
_TIME = (
    r"(?=\d|½|(?:une?|deux|trois|an?|one|two|half|three|quinze|vingt|trente|quarante)[ -]"
    r"(?:\w+[ '’-]){0,4}?(?:heures?|minutes?|hours?)\b.{0,20}$)"
)
"""In figures, or a few words: behind "Préparation :" the method may begin."""
_TIMES = {
    name: re.compile(rf"^(?:{words})(?: time)?\s*[:=]\s*{_TIME}", re.IGNORECASE)
    for name, words in {
        "prep_min": r"(?:temps de )?pr[ée]p(?:aration|\.)?",
        "cook_min": r"(?:temps de )?(?:cuisson|cook(?:ing)?|baking)",
        "total_min": r"(?:temps )?total",
    }.items()
}
_YIELDS = re.compile(
    r"^(?:(?:pour|serves|makes|servings?|portions?|yields?|für|rendement)\s*:?\s*(?=\d).{1,40}"
    r"|\d+(?:\s*[-àto]+\s*\d+)?\s+(?:personnes?|people|persons?|servings?|portions?|parts)\.?)$",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"^(?:yields?|servings?|portions?|rendement|makes|serves)\s*:\s*", re.IGNORECASE
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_FOR = re.compile(
    r"(?:\b(?:pour|for|für|voor|para|per|makes|serves)\s+|\()(\d.{0,30}?)\W*$", re.IGNORECASE
)
_NOTES = re.compile(
    r"(?:recipe )?(?:notes?|tips?|remarques?|astuces?|conseils?|hinweise?|tipps?|anmerkungen)\W*",
    re.IGNORECASE,
)
_PICTURES = re.compile(
    "^(?:[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\u200d\ufe0f]"
    r"\s?)+(?=\w)"
)
_KEY = re.compile("^([0-9])\ufe0f?\u20e3\\s*")
"""What telephones write before words: pictures, and keys with numbers."""
_PIECES = re.compile(r"\s*\|\s*|\s[•·–—]\s")
_TOLD = re.compile(
    r"^(?P<what>source|url|auteur|author|by|par)\s*:\s*(?P<value>.+)$", re.IGNORECASE
)


def found_in(text: str) -> Found | None:
    """Return the recipe of a text; None where it has neither ingredients nor steps.

    The title is the first line, if that is none of the parts; it may be missing.
    """
    found = Found(path="text")
    raw = _without_front(found, [_worded(line.strip()) for line in text[:MOST_CHARS].splitlines()])
    head: list[str] = []
    parts: dict[str, list[str]] = {"": head, "ingredients": [], "steps": []}
    at = ""
    for line in raw:
        bare = _bare(line)
        if bare and (_fact(found, bare) if at else _above(found, bare, head)):
            continue
        if (part := _heading(bare)) and (part != at or not parts[part]):
            at = part
            if (told := _FOR.search(bare)) and not found.yields:
                found.yields = plain(told[1])
            continue
        parts[at].append(line)
    if not parts["ingredients"]:
        _guess(parts)
    title, *more = [t for line in head if (t := _said(_bare(line)))] or [""]
    found.title = found.title or title
    found.description = " ".join(more)
    found.ingredients = grouped(_ingredients(parts["ingredients"]))
    found.steps = _steps(parts["steps"])
    return found if found.ingredients or found.steps else None


def _without_front(found: Found, lines: list[str]) -> list[str]:
    """Take what programs for notes tell by name between two lines; returns the rest."""
    end = _end_of_front(lines)
    for name, _, told in (line.partition(":") for line in lines[1:end]):
        value = told.strip().strip("\"'")
        if name.lower() == "title":
            found.title = plain(value)
        elif name.lower() in {"tags", "keywords"}:
            found.keywords = [word.strip("\"'") for word in words_of(value.strip("[]"))]
        elif value:
            _fact(found, f"{name}: {value}")
    return lines[end + 1 :] if end else lines


def _end_of_front(lines: list[str]) -> int:
    """Return the second of the two lines; 0: there are none, or something else between them."""
    if lines[:1] != ["---"]:
        return 0
    for number, line in enumerate(lines[1:MOST_FRONT], 1):
        if line == "---":
            return number
        if line and not line.startswith("- ") and not _NAMED.match(line):
            return 0
    return 0


def each_of(text: str) -> list[str]:
    """Return the texts of the recipes that stand in one, one behind the other; mostly it is one.

    Another one begins behind a line drawn across, or with a title above a heading that only says
    "Ingredients", where the one before has its steps. A part of a recipe ("Ingredients for the
    filling", "For the sauce", a heading of Markdown below the recipe's) is none, and where one of
    them would lack title, ingredients or steps all is one.
    """
    lines = text[:MOST_CHARS].splitlines()
    for found in (_drawn(lines), _titled(lines)):
        each = ["\n".join(some) for some in _between(lines, _without_parts(lines, found))]
        each = [one for one in each if one.strip(f"{_ACROSS} \n")]
        if len(each) > 1 and all((f := found_in(one)) is not None and f.complete for one in each):
            return each
    return [text]


def _between(lines: list[str], begins: list[int]) -> Iterator[list[str]]:
    yield from (lines[begin:end] for begin, end in pairwise([*begins, len(lines)]))


def _without_parts(lines: list[str], begins: list[int]) -> list[int]:
    """Return where recipes begin, without what is a part of one by its title, or by its depth."""
    firsts = (next(filter(str.strip, some), "").strip() for some in _between(lines, begins))
    titles = list(firsts)
    depth = _depth(titles[0])
    return begins[:1] + [
        n
        for n, title in zip(begins[1:], titles[1:], strict=True)
        if not (_OF_A_PART.match(_bare(title)) or 0 < depth < _depth(title))
    ]


def _depth(line: str) -> int:
    """Return how deep a heading of Markdown is, 1 and more; 0: it is none."""
    return len(line) - len(line.lstrip("#"))


def _drawn(lines: list[str]) -> list[int]:
    """Return where parts begin that lines across divide; a line below a text underlines it."""
    return [0] + [
        n + 1
        for n, line in enumerate(lines)
        if _RULE.match(line) and n and not lines[n - 1].strip()
    ]


def _titled(lines: list[str]) -> list[int]:
    """Return where recipes begin: with a title, which an ingredients' heading follows."""
    begins, had = [0], set[str]()
    if sum(1 for _ in islice(INGREDIENTS.finditer("\n".join(lines)), 2)) < 2:  # noqa: PLR2004
        return begins  # as most texts are
    for n, line in enumerate(lines):
        bare = _bare(line)
        part = _heading(bare)
        if part == "ingredients" and len(had) != 1 and _ONLY.match(bare):
            title = _title_above(lines, n)
            if title is not None and had:
                begins.append(title)
                had.clear()
            elif title is not None and len(begins) == 1 and _depth(lines[title]):
                begins = [title]  # what stands above is the title of them all
        if part:
            had.add(part)
    return begins


def _title_above(lines: list[str], at: int) -> int | None:
    """Return the line of the title above a heading: it stands alone, but for times and the like."""
    n = at - 1
    while n >= 0 and (not (bare := _bare(lines[n])) or _fact(Found(path=""), bare)):
        n -= 1
    title = lines[n].strip() if n > 0 else ""
    alone = n > 0 and not lines[n - 1].strip()
    if not (alone or title.startswith("# ")) or len(title) > LONGEST_TITLE:
        return None
    return None if title.endswith((".", ":", "!")) or _NUMBER.match(title) else n


def _bare(line: str) -> str:
    """Return a line without marks around it, with single blanks: patterns take long for many."""
    return " ".join(_worded(line.strip()).split()).lstrip(_BEFORE).rstrip(_AFTER)


def _worded(line: str) -> str:
    """Return a line without pictures before its words, and a key with a number as a number."""
    line = _PICTURES.sub("", line) if line[:1] > "\u2190" else line
    return _KEY.sub(r"\1. ", line) if "\u20e3" in line[:3] else line


def _said(text: str) -> str:
    """Return what a text says: of Markdown without the strokes before signs that are no marks."""
    return plain(_ESCAPED.sub(r"\1", text))


def _heading(line: str) -> str:
    """Return which part a line is the heading of: one that begins with its name and is short."""
    if not line or len(line) > LONGEST_HEADING or line.endswith("."):
        return ""
    if len(line.split()) > MOST_WORDS and not line.endswith(":"):
        return ""
    for part, words in (("ingredients", INGREDIENTS), ("steps", STEPS)):
        match = words.search(line)
        if match and match.start() == 0:
            return part
    return ""


def _above(found: Found, line: str, head: list[str]) -> bool:
    """Take a line above the parts that tells facts, be it several; what else it says is kept."""
    pieces = [piece for each in _PIECES.split(line) if (piece := each.strip(_AFTER))]
    told = [_fact(found, piece) or _labelled(found, piece) for piece in pieces]
    if any(told):
        head += [piece for piece, fact in zip(pieces, told, strict=True) if not fact]
    return any(told)


def _labelled(found: Found, line: str) -> bool:
    """Take a yield or a time with its label, in whatever language; a number alone may be food."""
    if line[0].isdigit() or not any(map(str.isdigit, line)):
        return False
    told = Found(path="")
    labels.complete(told, [line])
    for name in ("yields", "prep_min", "cook_min", "total_min"):
        setattr(found, name, getattr(found, name) or getattr(told, name))
    return bool(told.yields or told.timed)


def _fact(found: Found, line: str) -> bool:
    """Take a line that tells a time, a yield or a source; returns whether it did."""
    for name, words in _TIMES.items():
        if words.match(line) and (minutes := minutes_of(line)):
            setattr(found, name, getattr(found, name) or minutes)
            return True
    if not found.yields and _YIELDS.match(line):
        found.yields = _said(_LABELLED.sub("", line))
        return True
    told = _TOLD.match(line)
    if told is None:
        return False
    value = told["value"].strip(" <>")
    if told["what"].lower() in {"source", "url"} and found_links(value) == [value]:
        found.url = found.url or value
    else:
        found.author = found.author or _said(told["value"])
    return True


def _guess(parts: dict[str, list[str]]) -> None:
    """Take the longest run of lines with amounts for the ingredients, what follows for steps."""
    lines = parts[""]
    filled = [n for n, line in enumerate(lines) if line]
    runs = [list(run) for has, run in groupby(filled, lambda n: _measured(lines[n])) if has]
    best = max(runs, key=len, default=[])
    if len(best) < LEAST_INGREDIENTS:
        return
    parts["ingredients"] = [lines[n] for n in best]
    parts["steps"] = parts["steps"] or lines[best[-1] + 1 :]
    parts[""][best[0] :] = []


def _measured(line: str) -> bool:
    bare = _bare(line)
    return (
        len(bare) <= LONGEST_INGREDIENT
        and not _NUMBER.match(bare)
        and not bare.endswith(".")
        and bool(_AMOUNT.match(bare))
    )


def _ingredients(lines: list[str]) -> list[str]:
    found = (
        (_said(re.sub(r"^[\s#>*•·▪◦‣☐–—-]*(?:\[[ xX]?\]\s+)?", "", line)), line) for line in lines
    )
    return [_of_part(text) if _depth(line) else text for text, line in found if text][:MOST_LINES]


def _of_part(text: str) -> str:
    """Return a heading of Markdown as ``schema.grouped`` knows one."""
    return f"{text.rstrip(': ')}:"


def _steps(lines: list[str]) -> list[Part]:
    """Return the steps: by number, else by paragraph, else line by line."""
    numbered = any(_NUMBER.match(_bare(line)) for line in lines)
    paragraphs = "" in [line for n, line in enumerate(lines) if any(lines[:n]) and any(lines[n:])]
    paragraphs &= any(line and more and line[-1] not in _ENDS for line, more in pairwise(lines))
    made: list[str] = []
    fresh = True
    for line in lines:
        bare = re.sub(r"^[\s#>*•·▪◦‣–—-]*(?:\[[ xX]?\]\s+)?", "", line)
        begins = bool(_NUMBER.match(bare)) if numbered else fresh or not paragraphs
        fresh = not bare
        text = _said(_NUMBER.sub("", bare))
        if not text or LABELS.match(text):
            continue
        if _depth(line) or _NOTES.fullmatch(text):
            text, begins = _of_part(text), True
        if begins or not made or bare.endswith(":") or made[-1].endswith(":"):
            made.append(text)
        else:
            made[-1] = f"{made[-1]} {text}"
    return grouped(made[:MOST_LINES])
