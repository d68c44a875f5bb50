"""Text as pages write it becomes text as people read it. Pure."""

import html
import re

from soniq_tui.importers.recipes.page.bounds import calm, check

_TAGS = re.compile(r"</?[a-zA-Z][^<>]*>")
_BLOCKS = re.compile(
    r"</?(?:br|p|li|ul|ol|div|h[1-6]|tr|table|section|article|header|footer|dd|dt|dl)\b[^<>]*>",
    re.IGNORECASE,
)
_CELLS = re.compile(
    r"</?(?:td|th|label|button|input|svg|img|option|figure|picture)\b[^<>]*>", re.IGNORECASE
)
_HIDDEN = re.compile(r"<(?:(script|style|noscript)\b|!--)", re.IGNORECASE | re.ASCII)
_ENDS = {
    name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style", "noscript")
} | {"": re.compile("-->")}
_SPACES = re.compile(r"[\s\u00a0\u200b\ufeff\u00ad\u2028\u2029]+")
_UNSEEN = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]|[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What steers a terminal, and what turns the order of letters round."""
_MARKS = " \t\n▢☐□•·▪◦‣*"
"""Boxes to tick and bullets before a line."""
_LOST = re.compile(r"u0026#0?39;")
_TWICE = re.compile("Â[\u00a0 ]")
"""A blank that does not break, in UTF-8 read as Latin-1."""
_LINE_END = re.compile(r"(?:\\r)?\\n")
"""One that was escaped twice: a stroke and an n stand in no recipe."""
_DOUBLED = re.compile(r"\({2,3}([^()]{0,1000})\){2,3}")


def plain(text: str) -> str:
    """Return one line without tags, entities (written twice, too), controls and doubled blanks.

    ``((2 cups))``, as one widespread plug-in writes its notes, becomes ``(2 cups)``.
    """
    check()
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _CELLS.sub(" ", _BLOCKS.sub(" ", _shown(text)))
        text = _TAGS.sub("", text)  # those within words
    if "\\n" in text:
        text = _LINE_END.sub(" ", text)
    if "u0026#" in text:  # a backslash was lost on the way
        text = _LOST.sub("'", text)
    if "Â" in text:
        text = _TWICE.sub(" ", text)
    text = _SPACES.sub(" ", text)
    if not text.isprintable():
        text = _UNSEEN.sub("", text)
    text = text.lstrip(_MARKS).rstrip(" ▢☐□")
    if "((" in text:
        text = _DOUBLED.sub(r"(\1)", text)
    text = calm(text)
    return text.replace(" ,", ",").replace(" )", ")") if " ," in text or " )" in text else text


def _shown(text: str) -> str:
    """Return markup without scripts, styles and comments; one that does not end is no such thing.

    By hand: a pattern for both ends looks for the second one anew from each first one.
    """
    parts: list[str] = []
    at, unended = 0, set()
    for begin in _HIDDEN.finditer(text):
        name = (begin[1] or "").lower()
        if begin.start() < at or name in unended:
            continue
        end = _ENDS[name].search(text, begin.end())
        if end is None:
            unended.add(name)
            continue
        parts += (text[at : begin.start()], " " if name else "")
        at = end.end()
    return "".join([*parts, text[at:]])


def lines(text: str) -> list[str]:
    """Return the lines of a text whose blocks are told by tags or line ends; empty ones are not."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _BLOCKS.sub("\n", _shown(text))
    if "\\n" in text:
        text = _LINE_END.sub("\n", text)
    return [line for part in text.splitlines() if (line := plain(part))]
