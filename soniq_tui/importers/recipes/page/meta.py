"""What the head of a page says of it: title, language, address, picture."""

import html
import re
from itertools import islice
from urllib.parse import urlsplit

import msgspec

from soniq_tui.importers.recipes.links import joined, urlsplit_of
from soniq_tui.importers.recipes.page.pictures import Picture, pixels_of
from soniq_tui.importers.recipes.page.plain import plain

META = re.compile(r"<meta\b[^>]{0,2000}>", re.IGNORECASE)
_LINK = re.compile(r"<link\b[^<>]{0,8000}>", re.IGNORECASE)
"""Longer than others: a preloaded picture comes in all its sizes."""
_BASE = re.compile(r"<base\b[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?<![\w:-])([\w:-]{1,60})\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))"
)
_TITLE_BEGIN = re.compile("<title", re.IGNORECASE)
"""Looked for once: lower case of a whole page with accents takes a millisecond."""
_TITLE = re.compile(r"<title\b[^<>]{0,500}>(.{0,2000}?)</title", re.IGNORECASE | re.DOTALL)
_LANG = re.compile(
    r"<html\b[^<>]{0,2000}?\blang\s*=\s*[\"']?([A-Za-z]{2,3}(?:[-_]\w+)*)", re.IGNORECASE
)
HEAD_CHARS = 400_000
MOST_TAGS, MOST_IMAGES = 1000, 20


class Meta(msgspec.Struct):
    """What was said; empty where nothing was."""

    title: str = ""
    og_title: str = ""
    h1: str = ""
    """Set by whoever has parsed the page."""
    site: str = ""
    description: str = ""
    language: str = ""
    canonical: str = ""
    base: str = ""
    """What addresses without a host belong to."""
    images: list[Picture] = msgspec.field(default_factory=list)
    """What is meant to be shown of the page elsewhere."""
    spare: list[Picture] = msgspec.field(default_factory=list)
    """What may be a picture of it as well; for pages that name no other."""
    at: int = 0
    """Which of the images the sizes that follow belong to."""
    sides: tuple[int, int] = (0, 0)

    @property
    def best_title(self) -> str:
        """The name of the recipe, as far as titles tell: without the site's name."""
        title = self.og_title or self.title
        if self.h1 and (not title or self.h1.casefold() in title.casefold()):
            return self.h1
        for mark in (" | ", " - ", " – ", " — "):
            head, _, tail = title.rpartition(mark)
            if head and (not self.site or tail.casefold() in self.site.casefold()):
                return head
        return title or self.h1


def read(page: str, address: str) -> Meta:
    """Return what the head of ``page``, which came from ``address``, says."""
    head = page[:HEAD_CHARS]
    meta = Meta(base=address)
    if (begin := _TITLE_BEGIN.search(head)) and (match := _TITLE.match(head, begin.start())):
        meta.title = plain(match[1])
    if based := _BASE.search(head):
        meta.base = joined(address, attributes(based[0]).get("href", "").strip()) or address
    if match := _LANG.search(head):
        meta.language = match[1].replace("_", "-")
    for tag in islice(META.finditer(head), MOST_TAGS):
        _note(meta, attributes(tag[0]))
    for tag in islice(_LINK.finditer(head), MOST_TAGS):
        _note_link(meta, attributes(tag[0]))
    return meta


def attributes(tag: str) -> dict[str, str]:
    """Return the attributes of a tag, the first of each name."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        found.setdefault(name.lower(), html.unescape(double or single or bare))
    return found


def largest(srcset: str) -> str:
    """Return the address of the largest of the pictures of a ``srcset``."""
    sizes = [part.split() for part in _BETWEEN.split(srcset[:SRCSET_CHARS]) if part.strip()]
    return max(sizes, key=_wideness, default=[""])[0]


def _wideness(size: list[str]) -> float:
    told = _WIDE.match(size[-1]) if len(size) > 1 else None
    return float(told[1]) if told else 1.0


_BETWEEN = re.compile(r",\s+|(?<=\d[wx]),")
"""Addresses may have commas in them."""
_WIDE = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)[wx]$")
SRCSET_CHARS = 20_000
_IMAGES = {
    "og:image",
    "og:image:url",
    "og:image:secure_url",
    "twitter:image",
    "twitter:image:src",
}
_SIDES = {"og:image:width": 0, "twitter:image:width": 0,
          "og:image:height": 1, "twitter:image:height": 1}  # fmt: skip
_SPARE = {"image", "thumbnail", "thumbnailurl", "parsely-image-url", "sailthru.image.full"}


def _note(meta: Meta, given: dict[str, str]) -> None:
    name = (given.get("property") or given.get("name") or given.get("itemprop") or "").lower()
    value = given.get("content", "").strip()
    if not value:
        return
    if name == "og:title":
        meta.og_title = meta.og_title or plain(value)
    elif name == "og:site_name":
        meta.site = meta.site or plain(value)
    elif name in {"og:description", "description"}:
        meta.description = meta.description or plain(value)
    elif name in _IMAGES:
        _note_image(meta, value)
    elif name in _SIDES and meta.at < len(meta.images) and value.isdecimal():
        this, other = int(value[:5]), meta.sides[1 - _SIDES[name]]
        meta.sides = (other, this) if _SIDES[name] else (this, other)
        meta.images[meta.at] = (pixels_of(*meta.sides), meta.images[meta.at][1])
    elif name in _SPARE and len(meta.spare) < MOST_IMAGES:
        meta.spare.append((0, value))


def _note_image(meta: Meta, address: str) -> None:
    known = [each for _, each in meta.images]
    meta.sides = (0, 0)
    if address in known:
        meta.at = known.index(address)
    elif len(known) < MOST_IMAGES:
        meta.at = len(known)
        meta.images.append((0, address))
    else:
        meta.at = MOST_IMAGES


def _note_link(meta: Meta, given: dict[str, str]) -> None:
    kinds, address = given.get("rel", "").lower().split(), given.get("href", "").strip()
    if "canonical" in kinds and not meta.canonical:
        meta.canonical = _usable(joined(meta.base, address))
    loaded = "preload" in kinds and given.get("as", "").lower() == "image"
    if ("image_src" in kinds or loaded) and len(meta.spare) < MOST_IMAGES:
        meta.spare.append((0, largest(given.get("imagesrcset", "")) or address))


def _usable(address: str) -> str:
    """Return a canonical address, or nothing where it names a host alone."""
    return address if urlsplit_of(address) and urlsplit(address).path.strip("/") else ""
