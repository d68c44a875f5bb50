"""Recipes that a page tells people alone: what stands below "Ingredients" and "Method"."""

import re
from collections.abc import Callable, Iterable, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from soniq_tui.importers.recipes.page.bounds import check
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.labels import tells
from soniq_tui.importers.recipes.page.plain import lines, plain
from soniq_tui.importers.recipes.page.quality import amounts
from soniq_tui.importers.recipes.page.schema import grouped, uncounted
from soniq_tui.importers.recipes.page.text import drop_comments

INGREDIENTS = re.compile(
    r"\b(?:ingredients?|ingr[ée]dients?|zutaten(?:liste)?|ingredi[eë]nten|ingredienser|ingredientes|"
    r"ingredienti|składniki|ainekset|du skal bruge|dit heb je nodig|"
    r"ингредиенты|інгредієнти|malzemeler|hozzávalók|"
    r"ingredience|suroviny|υλικά|المكونات|المقادير|材料|用料|食材|재료)\b",
    re.IGNORECASE,
)
STEPS = re.compile(
    r"\b(?:instructions?|directions?|method|pr[ée]paration|steps|zubereitung|anleitung|so geht'?s|"
    r"bereiding(?:swijze)?|zo maak je het|gör så här|fremgangsm[åa]de?|s[åa]dan gør du|tillagning|"
    r"preparaci[oó]n|elaboraci[oó]n|(?:modo de )?preparo|prepara[cç][aã]o|preparazione|"
    r"procedimento|"
    r"przygotowanie|spos[oó]b przygotowania|[ée]tapes|how to make|"
    r"приготовление|приготування|hazırlanışı|yapılışı|elkészítés|postup|příprava|príprava|valmistus(?:ohje)?|"
    r"εκτέλεση|طريقة التحضير|作り方|做法|步骤|步驟|만드는 법)\b",
    re.IGNORECASE,
)
_HEADS = "h1, h2, h3, h4, h5, h6, strong, b, legend, dt, summary, [class*=heading], [class*=title]"
_NOT_TEXT = "script, style, noscript, svg, form, nav, footer, iframe, button"
LONGEST_HEADING = 60
MOST_LINES, MOST_ITEMS, MOST_HEADS = 400, 2000, 2000
_STOP = {"h1", "h2"}
_HEADINGS = {"h3", "h4", "h5", "h6"}
_HELD = {"p", "ul", "ol", "div", "table", "dl"}
"""What may stand below a bold paragraph."""
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")
"""Letters of scripts in which one says as much as three of ours."""
_TABLE = re.compile(
    r"^(?:(?:menge|zutaten?|einheit|amount|quantity|unit|measure|ingredients?|quantité|unité|"
    r"ingrédients?|hoeveelheid|ingrediënt(?:en)?|cantidad|ingredientes?)\W*)+$",
    re.IGNORECASE,
)
"""The head of a table of ingredients."""
LONGEST_CAPTION = 120
_CAPTION = re.compile(
    rf"^(?=.{{0,{LONGEST_CAPTION}}}$).*?(?:(?:foto|photo|image|bild|crédit|credit)s?\s?:|©|"
    r"^(?:photo|foto|picture|image)s? (?:by|von|par|courtesy)\b)",
    re.IGNORECASE,
)
"""Below a picture stands who took it."""
_NUTRITION = re.compile(
    r"^(?:nährwerte?|nutrition(?:al)?|valeurs? nutritionnelles?|voedingswaarden?|næringsindhold|"
    r"valori nutrizionali|(?:información|informação|valor) nutricional|wartości odżywcze)\b"
    r".{0,60}\d\s?(?:kcal|kj|cal(?:ories)?)\b",
    re.IGNORECASE,
)
_HEAD = "\0"
"""Before a heading among lines; no text of a page has it any more."""
LABELS = re.compile(r"^(?:step|stap|étape|schritt|steg|trin)?\s*\d*[.:)]?$", re.IGNORECASE)


def found_in(tree: LexborHTMLParser) -> Found | None:
    """Return what a page shows people: below headings, in classes that speak, in measured lists.

    Either part may be missing. The tree is changed: scripts, forms and the like are taken out.
    """
    for node in tree.css(_NOT_TEXT):
        check()
        node.decompose()
    if tree.body is not None:
        drop_comments(tree, len(tree.body.text() or ""))
    listed, after = _measured_list(tree)
    foods, works = _below(tree)
    ingredients, works = _of_one(foods, works)
    ingredients = _first(
        _likely_ingredients,
        [ingredients],
        _classes(tree, "ingredient", "zutat"),
        [listed],
    )
    steps = _first(
        _likely_steps,
        [lines for _, lines in works],
        _classes(tree, "instruction", "direction", "step", "method", "preparation", "zubereit"),
        [after],
        _numbered(tree),
    )
    known = {line for line in ingredients if not line.startswith(_HEAD)}
    steps = [line for line in steps if not (_is_no_step(line) or line in known)]
    if not ingredients and not steps:
        return None
    ingredients = [line for line in ingredients if not (_TABLE.match(line) or tells(line))]
    food = [part for each in _parts(ingredients) for part in _named(each, grouped(each.lines))]
    return Found(path="headings", ingredients=food, steps=_parts(steps))


def _is_no_step(line: str) -> bool:
    beside = _CAPTION.search(line[: LONGEST_CAPTION + 1]) or _NUTRITION.match(line)
    return bool(LABELS.match(line) or tells(line) or beside)


def _named(part: Part, inner: list[Part]) -> list[Part]:
    return [Part(name=each.name or part.name, lines=each.lines) for each in inner]


def _parts(found: list[str]) -> list[Part]:
    """Return lines by the headings among them."""
    parts = [Part()]
    for line in found:
        if line.startswith(_HEAD):
            parts.append(Part(name=line.removeprefix(_HEAD).rstrip(": ")))
        else:
            parts[-1].lines.append(line)
    return [Part(name=p.name, lines=uncounted(p.lines)) for p in parts if p.lines]


Below = list[tuple[int, list[str]]]
"""Lines below headings, with the number of each heading on its page."""


def _of_one(foods: Below, works: Below) -> tuple[list[str], Below]:
    """Return the ingredients of one recipe, and what may be its steps.

    Of several recipes on a page it is the first, but for one that looks like a part of another's;
    its steps stand before the ingredients of the next, where there are any.
    """
    likely = [(n, found, _likely_ingredients(found)) for n, found in foods]
    best = max((score for _, _, score in likely), default=0.0)
    at, found = next(((n, f) for n, f, score in likely if score and score >= best / 2), (0, []))
    ours = set(found)
    others = [n for n, f, score in likely if n > at and score >= best / 2 and not ours & set(f)]
    end = min(others, default=MOST_HEADS)
    between = [(n, f) for n, f in works if at < n < end and _likely_steps(f)]
    return found, between if others and between else works


def _first(likely: Callable[[list[str]], float], *ways: Iterable[list[str]]) -> list[str]:
    """Return the likeliest lines of the first way that has any that are likely at all."""
    for way in ways:
        best = max(way, key=likely, default=[])
        if likely(best) > 0:
            return best
    return []


def _classes(tree: LexborHTMLParser, *words: str) -> Iterator[list[str]]:
    """Yield the texts of elements that stand side by side in a class that contains a word."""
    selector = ", ".join(f"[class*={word}]" for word in words)
    rows: dict[tuple[int, str], list[str]] = {}
    for node in tree.css(selector)[:3000]:
        above = node.parent
        if above is None or node.tag in _STOP:
            continue
        text = plain(_spaced(node))
        if text:
            place = (above.mem_id, node.attributes.get("class") or "")
            rows.setdefault(place, []).append(text)
    yield from (found[:MOST_LINES] for found in rows.values() if len(found) > 1)


def _spaced(node: LexborNode) -> str:
    """Return an element's text with blanks where its parts meet: amount, unit and food."""
    return " ".join((node.text(separator=" ") or "").split())


def _numbered(tree: LexborHTMLParser) -> Iterator[list[str]]:
    """Yield the numbered lists of a page."""
    for node in tree.css("ol")[:200]:
        yield _lines_of(node)


def _likely_ingredients(found: list[str]) -> float:
    found = [line for line in found if not line.startswith(_HEAD)]
    if len(found) < 2 or amounts(found) < 1 / 3:  # noqa: PLR2004
        return 0
    short = sum(len(line) < 120 for line in found) / len(found)  # noqa: PLR2004
    return short * min(len(found), 30) if short > 0.7 else 0  # noqa: PLR2004


def _likely_steps(found: list[str]) -> float:
    found = [line for line in found if not line.startswith(_HEAD)]
    letters = sum(len(line) + 2 * len(_WIDE.findall(line)) for line in found)
    return letters if found and letters / len(found) > 25 else 0  # noqa: PLR2004


def _below(tree: LexborHTMLParser) -> tuple[Below, Below]:
    """Return what stands below headings of ingredients, and of steps."""
    foods: Below = []
    works: Below = []
    for number, head in enumerate(tree.css(_HEADS)[:MOST_HEADS]):
        text = plain(head.text() or "")
        for what, found in ((INGREDIENTS, foods), (STEPS, works)):
            if text and len(text) <= LONGEST_HEADING and what.search(text):
                found.append((number, _after(head, what)))
    return foods, works


def _after(head: LexborNode, what: re.Pattern[str]) -> list[str]:
    """Return the lines from a heading to the next one of its rank, its neighbours' or parents'."""
    at: LexborNode | None = head
    for _ in range(5):
        found = _beside(at, head.tag or "", what)
        if len(found) > 1 or sum(map(len, found)) > 200:  # noqa: PLR2004
            return found
        at = at.parent if at is not None else None
        if at is None or at.tag in {"body", "html"}:
            break
    return []


def _beside(at: LexborNode | None, rank: str, what: re.Pattern[str]) -> list[str]:
    found: list[str] = []
    near = at.next if at is not None else None
    while near is not None and len(found) < MOST_LINES:
        check()
        if (near.tag == rank and rank[0] == "h") or (near.tag in _STOP and found):
            break
        if near.tag == "-text":
            found.extend(lines(near.text() or ""))
        elif near.tag != "-comment":
            inner = near.css_first(rank) if len(rank) == 2 and rank[0] == "h" else None  # noqa: PLR2004
            if inner is not None:
                break
            other = STEPS if what is INGREDIENTS else INGREDIENTS
            if (
                (title := plain(near.text() or ""))
                and len(title) < LONGEST_HEADING
                and other.search(title)
            ):
                break
            if 1 < len(title) <= LONGEST_HEADING and _is_heading(near, title):
                found.append(f"{_HEAD}{title}")
            else:
                found.extend(_lines_of(near))
        near = near.next
    return found


def _is_heading(node: LexborNode, title: str) -> bool:
    """Return whether an element is a heading: a bold paragraph is one of what is not bold."""
    if node.tag in _HEADINGS or any(map(str.isnumeric, title)) or not _is_bold(node):
        return node.tag in _HEADINGS
    after = node.next
    while after is not None and after.tag in {"-text", "-comment"}:
        after = after.next
    return after is not None and after.tag in _HELD and not _is_bold(after)


def _is_bold(node: LexborNode) -> bool:
    bold = node.css_first("strong, b") if node.tag == "p" else None
    return bold is not None and plain(bold.text() or "") == plain(node.text() or "")


def _lines_of(node: LexborNode) -> list[str]:
    check()
    items = [node] if node.tag == "li" else node.css("li, tr")[:MOST_ITEMS]
    if not items:
        return lines(node.html or "")
    whole = [item for item in items if _is_innermost(item)]
    return [text for item in whole if (text := plain(item.html or ""))]


def _is_innermost(item: LexborNode) -> bool:
    check()
    return all(inner == item for inner in item.css("li, tr"))


_MEASURE = re.compile(
    r"^\W*(?:\d|[½¼¾⅓⅔])[^a-zà-ÿ]*(?:g|gr|kg|ml|cl|dl|l|el|tl|msp|prise|tsp|tbsp|teaspoons?|tablespoons?|"
    r"cups?|oz|ounces?|lbs?|pounds?|c\.|cuill|pincée|gousses?|cloves?|eetlepels?|theelepels?|spsk|tsk|msk|"
    r"stk|krm|łyż\w*|szklank\w*)\b",
    re.IGNORECASE,
)


def _measured(found: list[str]) -> list[str]:
    """Return the lines if most of them are measured, as only ingredients are."""
    measured = sum(bool(_MEASURE.match(line)) for line in found)
    return found if measured >= max(2, len(found) / 3) else []


def _measured_list(tree: LexborHTMLParser) -> tuple[list[str], list[str]]:
    """Return the page's best list of measured things, and the text that follows it."""
    best: tuple[list[str], LexborNode | None] = ([], None)
    for node in tree.css("ul, ol, table")[:1000]:
        found = _measured(_lines_of(node))
        if len(found) > len(best[0]):
            best = (found, node)
    after: list[str] = []
    near = best[1].next if best[1] is not None else None
    while near is not None and len(after) < MOST_LINES:
        check()
        if near.tag in _STOP:
            break
        if near.tag in {"p", "ol", "ul", "div"}:
            after.extend(line for line in _lines_of(near) if len(line) > 20)  # noqa: PLR2004
        near = near.next
    return best[0], after
