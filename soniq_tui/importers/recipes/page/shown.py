"""Pictures in the tree of a page: what an element shows, and which of them shows the recipe."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from soniq_tui.importers.recipes.fold import folded
from soniq_tui.importers.recipes.page.bounds import check
from soniq_tui.importers.recipes.page.meta import largest
from soniq_tui.importers.recipes.page.pictures import PREVIEW, Picture, pixels_of, refused

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-full-src", "data-image")
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_FILE = re.compile(r"\.(?:jpe?g|png|webp|avif|gif)(?:[?#]|$)", re.IGNORECASE)
_STYLE = re.compile(r"url\(\s{0,9}[\"']?([^\"')]{1,2000})[\"']?\s{0,9}\)")
MARK = re.compile("<(?:amp-)?img", re.IGNORECASE)
"""A page without any is not parsed to look for a picture."""
_NAMED = (
    "[itemprop~=image], [itemprop~=photo], [property~=image], [property$=':image'], "
    "[property$=':photo'], .h-recipe .u-photo, .hrecipe .photo, .hrecipe .u-photo, "
    "[class*=recipe-image], [class*=recipe-photo], [class*=recipe__image], [class*=recipeImage], "
    ".tasty-recipes-image, .mv-create-image-container, .zlrecipe-image"
)
"""What says of itself that it shows the recipe."""
_ELSEWHERE = {"nav", "footer", "aside", "form", "button"}
_OWN, _WHOLE = {"article", "main"}, {"body", "html"}
_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:related|sidebar|comments?|author|avatar|share|social|advert|banner|promo|newsletter)",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(r"/(?:Person|Organization)\b")
MOST_IMAGES, DEEPEST, LEAST_SIDE, LEAST_WORD, TEXT_CHARS = 300, 60, 150, 4, 500


def picture_of(element: LexborNode) -> str:
    """Return the address of the picture that an element is, names or holds; nothing: none.

    Pages that load pictures when they are scrolled to keep the address in an attribute of their
    own, with something small in its place.
    """
    check()
    given = element.attributes
    if element.tag in {"meta", "link"}:
        return given.get("content") or given.get("href") or ""
    if element.tag in {"img", "source", "amp-img"}:
        plain = [given.get(name) or "" for name in (*_LAZY, "src")]
        sets = [largest(given.get(name) or "") for name in _SETS]
        return next((each for each in (*plain, *sets) if not refused(each)), "")
    if given.get("content"):
        return given["content"] or ""
    if element.tag == "a" and _FILE.search(given.get("href") or ""):
        return given.get("href") or ""
    for inner in element.css("img, amp-img, source")[:MOST_IMAGES]:
        if inner != element and (found := picture_of(inner)):
            return found
    style = _STYLE.search((given.get("style") or "")[:2000])
    return style[1] if style and not refused(style[1]) else ""


def pictures_in(tree: LexborHTMLParser, title: str) -> list[Picture]:
    """Return the pictures that show the recipe, the surest first.

    Those that say so themselves; then those whose description or file has words of the title in it;
    then the first one in the page's own part. What is small, or stands where pages have what is on
    all of them, is left out.
    """
    named = [picture_of(node) for node in tree.css(_NAMED)[:MOST_IMAGES] if _may_be(node)]
    words = {word for word in folded(title[:TEXT_CHARS]).split() if len(word) >= LEAST_WORD}
    images = [node for node in tree.css("img, amp-img")[:MOST_IMAGES] if _may_be(node)]
    scored = [(_alike(node, words), picture_of(node)) for node in images]
    scored.sort(key=lambda pair: -pair[0])
    alike = [address for score, address in scored if score >= 1 / 2]
    first = [] if alike else [picture_of(node) for node in images if _is_inside(node)][:1]
    return [(0, each) for each in (*named, *alike, *first) if not refused(each)]


def _may_be(image: LexborNode) -> bool:
    """Return whether an image is large, and stands where a recipe's may stand."""
    sides = [_side(image.attributes.get(name)) for name in ("width", "height")]
    if any(sides) and (max(sides) < LEAST_SIDE or pixels_of(*sides) < PREVIEW / 4):
        return False
    in_header = False
    for above in _above(image):
        given = above.attributes
        kind = f"{given.get('class') or ''} {given.get('id') or ''}"[:2000]
        if above.tag in _ELSEWHERE or (above.tag not in _WHOLE and _OTHERS.search(kind)):
            return False
        if _SOMEBODY.search((given.get("itemtype") or "")[:2000]):
            return False
        # The header of an article is its own, that of a page the site's.
        in_header = above.tag == "header" or (in_header and above.tag not in _OWN)
    return not in_header


def _is_inside(image: LexborNode) -> bool:
    return any(
        above.tag in _OWN or above.tag == "figure" or above.attributes.get("role") == "main"
        for above in _above(image)
    )


def _above(node: LexborNode) -> Iterator[LexborNode]:
    """Yield what an element stands in, from the inside."""
    above, depth = node.parent, 0
    while above is not None and depth < DEEPEST:
        check()
        yield above
        above, depth = above.parent, depth + 1


def _side(told: str | None) -> int:
    digits = re.match(r"\s{0,9}([0-9]{1,5})(?:px)?\s{0,9}$", told or "")
    return int(digits[1]) if digits else 0


def _alike(image: LexborNode, words: set[str]) -> float:
    """Return the share of a title's words that stand in a picture's description or file's name."""
    check()
    given = image.attributes
    name = picture_of(image).rpartition("/")[2]
    told = (given.get("alt"), given.get("title"), name)
    text = folded(" ".join((each or "")[:TEXT_CHARS] for each in told))
    return sum(word in text for word in words) / len(words) if words else 0.0
