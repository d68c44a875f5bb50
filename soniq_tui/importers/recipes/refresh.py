"""Pages that send on by themselves: ``<meta http-equiv="refresh" content="0; url=/x">``. Pure."""

import html
import re

_META = re.compile(r"<meta\b([^<>]{1,2000})>", re.IGNORECASE)
_REFRESH = re.compile(r"http-equiv\s{0,9}=\s{0,9}[\"']?\s{0,9}refresh\b", re.IGNORECASE)
_CONTENT = re.compile(
    r"(?<!\S)content\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|(\S+))", re.IGNORECASE
)
_TOLD = re.compile(
    r"\s*(\d{1,4})(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=)?\s*(.*)", re.IGNORECASE | re.DOTALL
)
_ASIDE = re.compile(
    r"<(noscript)\b.{0,1000}?</noscript|<!--.{0,1000}?-->", re.IGNORECASE | re.DOTALL
)
_DATA = "application/ld+json"
LONGEST_S = 5
"""What waits longer shows its page to people first."""
MOST_CHARS = 30_000
"""A page that has moved has little more to say."""


def target_of(page: str) -> str:
    """Return the address that a page without anything of its own leads on to; nothing: it stays."""
    if len(page) > MOST_CHARS or _DATA in page:
        return ""
    for meta in _META.finditer(_ASIDE.sub(" ", page)):
        content = _CONTENT.search(meta[1]) if _REFRESH.search(meta[1]) else None
        told = (
            _TOLD.match(html.unescape(next(filter(None, content.groups()), "")))
            if content
            else None
        )
        if told and int(told[1]) <= LONGEST_S:
            return told[2].strip().strip("\"'").strip()
    return ""
