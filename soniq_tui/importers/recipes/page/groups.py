"""Headings among ingredients, which pages show people and seldom tell machines. Pure.

The lines of a recipe are looked for in the lists of its page; what stands between two of them in an
element for headings, and always in the same one, is the name of a group.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from soniq_tui.importers.recipes.page.bounds import EndlessError, check, for_a_tree, within
from soniq_tui.importers.recipes.page.found import Part
from soniq_tui.importers.recipes.page.plain import plain

_CUE = "ngredi"
_CUES = {"de": "utat", "pl": "kladnik"}
"""Of ingredients in what pages call the lists of them, whatever the first letter's case."""
_ATTRIBUTE = re.compile(r"\s(?:class|id|itemprop)\s{0,9}=", re.IGNORECASE)
LONGEST_TAG = 400
BEFORE, BEHIND, MOST_CHARS = 3_000, 12_000, 300_000
"""So much around such lists is looked at, and in all."""
FEWEST, MOST_NODES, WITHIN_S = 3, 4_000, 0.1
LONGEST_NAME, LONGEST_LINE, MOST_STARTS = 80, 400, 8
ALIKE, MISSED = 0.75, 0.1
"""So many words of a line and an element are the same; so many lines may not be found."""
_WORD = re.compile(r"\d+|[^\W\d_]+|[½¼¾⅓⅔⅛]")
_LIST = re.compile(r"\b(?:ingr[eé]di\w*|zutaten\w*|sk[lł]adniki)\b", re.IGNORECASE)
"""A heading of all of them."""
_HEAD = "h2, h3, h4, h5, h6, dt, th, strong, b, [class*=group-name], [class*=group-title]"
_ITEM = "li, tr, dd, p"


class _Seen(NamedTuple):
    """An element of a page."""

    words: Counter[str]
    head: str
    """What kind of heading it is; empty: none."""
    text: str


def as_shown(lines: Sequence[str], page: str, language: str = "") -> list[Part]:
    """Return the ingredients by the headings that a page shows; nothing where it is not sure.

    Args:
        lines: all that the page tells machines, in its order.
        page: its HTML.
        language: of the page, where it is known.
    """
    near = _near(page, language) if len(lines) >= FEWEST else ""
    if not near:
        return []
    try:
        with within(WITHIN_S):
            seen = _seen(LexborHTMLParser(for_a_tree(near)))
            places = _places(lines, seen)
    except EndlessError:
        return []
    return _parts(lines, _names(places, seen)) if places else []


def _near(page: str, language: str) -> str:
    """Return the parts of a page around what it calls ingredients."""
    pieces: list[str] = []
    end = chars = 0
    for cue in _cues(page, language):
        begin, until = max(end, cue - BEFORE), min(len(page), cue + BEHIND)
        if until > end and chars < MOST_CHARS:
            begin = begin if begin == end else page.find("<", begin)
            pieces.append(page[begin:until])
            chars += until - begin
            end = until
    return "".join(pieces)


def _cues(page: str, language: str) -> list[int]:
    """Return where tags call something ingredients, in order; of those close by one."""
    found: list[int] = []
    for word in filter(None, (_CUE, _CUES.get(language[:2].lower()))):
        at = page.find(word)
        while at >= 0:
            begin = page.rfind("<", max(0, at - LONGEST_TAG), at)
            tag = page[begin:at] if begin >= 0 else ""
            cue = ">" not in tag and _ATTRIBUTE.search(tag)
            found += [at] if cue else []
            at = page.find(word, at + (BEFORE if cue else 1))
    return sorted(found)


def _seen(tree: LexborHTMLParser) -> list[_Seen]:
    """Return the items of lists and the headings of a page, in its order."""
    found: list[_Seen] = []
    heads = {node.mem_id for node in tree.css(_HEAD)[:MOST_NODES]}
    for node in tree.css(f"{_ITEM}, {_HEAD}")[:MOST_NODES]:
        check()
        text = plain(node.html or "") if len(node.html or "") < LONGEST_LINE * 20 else ""
        if text and len(text) <= LONGEST_LINE:
            head = _kind(node) if node.mem_id in heads and len(text) <= LONGEST_NAME else ""
            found.append(_Seen(_words(text), head, text))
    return found


def _kind(node: LexborNode) -> str:
    """Return what all headings of one list have in common."""
    above = node.parent
    whole = above is not None and (above.text() or "").strip() == (node.text() or "").strip()
    if node.tag in {"strong", "b"} and not whole:
        return ""  # a word within a line
    return f"{node.tag} {above.tag if above is not None else ''} {node.attributes.get('class')}"


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def _places(lines: Sequence[str], seen: list[_Seen]) -> list[int | None]:
    """Return where each line stands, in the shortest stretch that has them; nothing: none has."""
    wanted = [_words(line) for line in lines]
    best: list[int | None] = []
    length = len(seen) + 1
    starts = [n for n, one in enumerate(seen) if _alike(wanted[0], one.words)][:MOST_STARTS]
    for start in starts:
        places, at = [start, *[None] * (len(lines) - 1)], start
        for number, words in enumerate(wanted[1:], 1):
            check()
            ahead = range(at + 1, min(len(seen), at + 40))
            place = next((n for n in ahead if _alike(words, seen[n].words)), None)
            places[number], at = place, at if place is None else place
        if places.count(None) <= len(lines) * MISSED and at - start < length:
            best, length = places, at - start
    return best


def _alike(words: Counter[str], other: Counter[str]) -> bool:
    same = sum((words & other).values())
    return 2 * same >= ALIKE * (words.total() + other.total()) and same > 0


def _names(places: list[int | None], seen: list[_Seen]) -> dict[int, str]:
    """Return the headings by the number of the line that each stands above."""
    between: dict[int, list[_Seen]] = {}
    last = places[0] or 0
    for number, place in enumerate(places[1:], 1):
        if place is not None:
            between[number] = [one for one in seen[last + 1 : place] if one.head]
            last = place
    kinds = Counter(one.head for heads in between.values() for one in heads[-1:])
    kind = next(iter(kinds.most_common(1)), ("", 0))[0]
    names = {n: heads[-1].text for n, heads in between.items() if heads and heads[-1].head == kind}
    above = [one for one in seen[max(0, (places[0] or 0) - 3) : places[0]] if one.head == kind]
    if names and above and not _LIST.search(above[-1].text):
        names[0] = above[-1].text
    return names


def _parts(lines: Sequence[str], names: dict[int, str]) -> list[Part]:
    told = [name.rstrip(": ") for name in names.values()]
    sure = (
        any(number for number in names)
        and len(names) <= len(lines) / 2
        and len(set(told)) == len(told)
        and not any(name[:1].isdigit() for name in told)
    )
    if not sure:
        return []
    parts = [Part()]
    for number, line in enumerate(lines):
        if number in names:
            parts.append(Part(name=names[number].rstrip(": ")))
        parts[-1].lines.append(line)
    return [part for part in parts if part.lines]
