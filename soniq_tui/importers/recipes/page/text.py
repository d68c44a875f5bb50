"""What a page says to people, as text: for a model to read, and to hold its answer against."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from soniq_tui.importers.recipes.page.bounds import TREE_MOST_CHARS, for_a_tree
from soniq_tui.importers.recipes.page.plain import lines

_DROPPED = "script, style, noscript, svg, iframe, template, nav, footer, form, button, select"
_COMMENTS = (
    "#comments, #disqus_thread, .comments-area, .comment-list, .commentlist, ol.commentlist, "
    "section.comments, .wp-block-comments"
)
_NEVER = {"html", "body", "main", "article"}
MUCH = 0.5
"""A part with a larger share of the page than this is not dropped, whatever it is called."""
MOST_CHARS = 250_000
"""Of a text that is read; the longest of 1,108 real pages has 25,600."""


def text_of(page: str) -> str:
    """Return the lines of a page without what is on every page."""
    tree = LexborHTMLParser(for_a_tree(page))
    for node in tree.css(_DROPPED):
        if node.tag not in _NEVER:
            node.decompose()
    body = tree.body
    if body is None:
        return ""
    whole = len(body.text() or "")
    drop_comments(tree, whole)
    return "\n".join(_lines(body))[:MOST_CHARS]


def drop_comments(tree: LexborHTMLParser, whole: int) -> None:
    """Take out what readers say of a page whose text has so many characters."""
    for node in tree.css(_COMMENTS):
        if node.tag not in _NEVER and len(node.text() or "") < whole * MUCH:
            node.decompose()


def _lines(body: LexborNode) -> list[str]:
    found = lines((body.html or "")[:TREE_MOST_CHARS])
    return [line for n, line in enumerate(found) if n == 0 or line != found[n - 1]]
