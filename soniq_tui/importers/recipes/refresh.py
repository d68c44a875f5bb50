"""Pages that send on by themselves: ``<meta http-equiv="refresh" content="0; url=/x">``. Pure."""

import re

from soniq_tui.importers.recipes.page.meta import META, attributes

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
    for given in map(attributes, META.findall(_ASIDE.sub(" ", page))):
        told = _TOLD.match(given.get("content", ""))
        refreshes = given.get("http-equiv", "").strip().lower() == "refresh"
        if refreshes and told and int(told[1]) <= LONGEST_S:
            return told[2].strip().strip("\"'").strip()
    return ""
