"""What the head of a page says of it: title, language, address, picture."""

import html
import re
from itertools import islice
from urllib.parse import urlsplit

import msgspec

from soniq_tui.importers.recipes.links import joined, urlsplit_of
from soniq_tui.importers.recipes.page.plain import plain

_META = re.compile(r"<meta\b[^>]{0,2000}>", re.IGNORECASE)
_LINK = re.compile(r"<link\b[^>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?<![\w:-])([\w:-]{1,60})\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))"
)
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
    images: list[tuple[int, str]] = msgspec.field(default_factory=list)
    """Widths (0: not told) and addresses."""

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
    meta = Meta()
    if (begin := head.lower().find("<title")) >= 0 and (match := _TITLE.match(head[begin:])):
        meta.title = plain(match[1])
    if match := _LANG.search(head):
        meta.language = match[1].replace("_", "-")
    for tag in islice(_META.finditer(head), MOST_TAGS):
        _note(meta, attributes(tag[0]), address)
    for tag in islice(_LINK.finditer(head), MOST_TAGS):
        given = attributes(tag[0])
        if "canonical" in given.get("rel", "").lower().split() and not meta.canonical:
            meta.canonical = _usable(joined(address, given.get("href", "").strip()))
    return meta


def attributes(tag: str) -> dict[str, str]:
    """Return the attributes of a tag, the first of each name."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        found.setdefault(name.lower(), html.unescape(double or single or bare))
    return found


def _note(meta: Meta, given: dict[str, str], address: str) -> None:
    name = (given.get("property") or given.get("name") or "").lower()
    value = given.get("content", "").strip()
    if not value:
        return
    if name == "og:title":
        meta.og_title = meta.og_title or plain(value)
    elif name == "og:site_name":
        meta.site = meta.site or plain(value)
    elif name in {"og:description", "description"}:
        meta.description = meta.description or plain(value)
    elif name in {
        "og:image",
        "og:image:url",
        "og:image:secure_url",
        "twitter:image",
        "twitter:image:src",
    }:
        full = joined(address, value)
        if (
            full
            and len(meta.images) < MOST_IMAGES
            and full not in [known for _, known in meta.images]
        ):
            meta.images.append((0, full))
    elif name == "og:image:width" and meta.images and value.isdecimal():
        meta.images[-1] = (int(value[:5]), meta.images[-1][1])


def _usable(address: str) -> str:
    """Return a canonical address, or nothing where it names a host alone."""
    return address if urlsplit_of(address) and urlsplit(address).path.strip("/") else ""
