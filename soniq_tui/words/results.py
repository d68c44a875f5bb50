"""Results in the language of whoever reads them: what importers say in lists, facts and captions.

Most of a result is foreign text, which stays. Which cell and which fact is an importer's own words
is known by its column or label and by the kind of its row; the texts are known by their forms.
"""

import re
from collections.abc import Callable, Mapping

from soniq_tui import words
from soniq_tui.words import mark, typed
from soniq_tui.words.told import figures, of_form, told

CHECK = "check"
"""Rows and details of this kind are the importer's own words."""
NAMELESS = {
    "site": ("-", mark("From files")),
    "category": ("-", mark("Without a category")),
    "year": ("unknown", mark("unknown")),
    "artist": ("artist:", mark("(tracks on other albums)")),
}
"""Rows that stand for what has no name: how the keys of such begin, and what stands for the name,
by kind."""
ODD = (
    mark("by a model"),
    mark("no ingredients"),
    mark("one ingredient"),
    mark("long ingredient"),
    mark("no amounts"),
    mark("repeated"),
    mark("amounts apart"),
    mark("converted amounts"),
    mark("code inside"),
    mark("no steps"),
    mark("one short step"),
    mark("one long step"),
    mark("only labels"),
    mark("put together"),
    mark("not on the page"),
    mark("model failed"),
    mark("model refused"),
    mark("read in part"),
)
"""What is told of a recipe that may not be whole."""
ADVICE = (
    mark("open the page in a browser and paste it for the address, or save it and give the file"),
    mark("look whether there is a recipe on it; a model may find it (SONIQ_LLM_URL)"),
    mark("nothing: the page is gone"),
    mark("try again later"),
    mark("look whether the site can be reached"),
    mark("look whether the model runs"),
)
"""What can be done about a page without a recipe."""
HEADS = (mark("INGREDIENTS"), mark("METHOD"))
"""Lines of a recipe that stand above its parts."""
PLACES = (mark("embedded"), mark("folder"), mark("some time"))
"""Where a picture is; since when a file is missing, of which nobody knows."""
FORMS = {
    "Track": (mark("{n} of {total}"),),
    "Disc": (mark("{n} of {total}"),),
    "Size": (mark("{n} bytes"),),
    "Sound": (mark("mono"), mark("stereo"), mark("{n} channels"), mark("{n} bit")),
    "ReplayGain": (mark("track {rate} dB"), mark("album {rate} dB")),
    "Part": (mark("track {n} of its cue sheet, from {time}"),),
    "Found": (
        *(mark("1 albums"), mark("1 files"), mark("1 tracks")),
        *(mark("{n} albums"), mark("{n} files"), mark("{n} tracks")),
    ),
    "Found by": (mark("rules ({path})"),),
    "Made by": (mark("{name}, a model: compare it with its source"),),
    "In doubt": (mark("not on the page, marked with ?: {n}"),),
    "path": (mark("{path} (track {n} of its cue sheet)"),),
    "note": (
        mark("has {n} of {total}"),
        mark("has {n} of {total}, lacks {others}"),
        mark("disc {n}: has {done} of {total}"),
        mark("disc {n}: has {done} of {total}, lacks {others}"),
        mark("moved {time}"),
        mark("gone since {time}"),
        mark("gone"),
        mark("read again {time}"),
        mark("is {format}"),
        mark("release id {id}"),
        mark("{n} bytes, {seconds} s"),
        mark("{what} as tagged: {text}"),
    ),
    "caption": (
        mark("embedded {format}"),
        mark("{format} beside the music"),
        mark("{n} by {total}"),
        mark("{n} kB"),
        mark("{n} bytes"),
    ),
}
"""Facts and columns that have figures or names in them, and what stands below pictures."""
PARTED = {"Sound": ", ", "ReplayGain": ", ", "caption": ", ", "note": "; "}
"""Of these each part has a form of its own, or none."""
TAGS = (
    *(mark("title"), mark("album"), mark("artists"), mark("album artists"), mark("composers")),
    *(mark("genres"), mark("lyrics"), mark("artist sort"), mark("album artist sort")),
)
"""What the texts of tags are called that were repaired."""
LONGER = {"Year": mark("year")}
"""Facts that need not be as short as the head of the column of the same name."""
AS_TAGGED = mark("{what} as tagged")
UNLOOKED = (
    mark("{n} track not looked at: the scan has not come to index it"),
    mark("{n} tracks not looked at: the scan has not come to index them"),
)
_BROKEN = re.compile(r"([a-z_]+) ([\d,]+)")


def cell(column: str, text: str, kind: str, key: str, *, right: bool = False) -> str:
    """Return what a list shows in a cell.

    Args:
        column: name of the column.
        text: as the importer has it.
        kind: of what the row is.
        key: of the row.
        right: the column is one of numbers.
    """
    begins, nameless = NAMELESS.get(kind, ("", ""))
    if text == nameless and key.startswith(begins):
        return words._(text)
    if right:
        return figures(text)
    if kind != CHECK:
        return _said(column, text)
    said = words._(text)
    return _counted(text) if said == text and column == "why" else said


def title(text: str, *, own: bool) -> str:
    """Return the title of a list; ``own``: it is the importer's words and no name."""
    name, gap, note = text.rpartition("; ")
    said = of_form(note, words.in_use(), UNLOOKED) if gap else None
    if said is None:
        return told(text) if own else text
    return words.steps([told(name) if own else name, said])


def label(text: str) -> str:
    """Return what a fact is called."""
    tag = text.removesuffix(AS_TAGGED.format(what=""))
    if tag == text:
        return words._(text) if text not in LONGER else words._(LONGER[text]).capitalize()
    made = words._(AS_TAGGED).format(what=words._(tag.lower()))
    return made[:1].upper() + made[1:]


def fact(name: str, text: str, kind: str) -> str:
    """Return the value of a fact, which is called so in English, of a thing of this kind."""
    said = _said(name, text)
    return told(text) if said == text and kind == CHECK else said


def caption(text: str) -> str:
    """Return what stands below a picture."""
    return _said("caption", text)


def body(text: str, kind: str) -> str:
    """Return what is longer than a line, of a thing of this kind."""
    if kind != "recipe" or words.in_use() == "en":
        return text
    return "\n".join(words._(line) if line in HEADS else line for line in text.split("\n"))


def _said(name: str, text: str) -> str:
    if (way := _WAYS.get(name)) is not None:
        return way(text)
    if name not in FORMS:
        return text
    gap = PARTED.get(name)
    if gap is None:
        return _part(name, text)
    parts = [_part(name, part) for part in text.split(gap)]
    return words.steps(parts) if gap == "; " else gap.join(parts)


def _listed(text: str) -> str:
    return ", ".join(map(typed.shown, text.split(", ")))


def _part(name: str, text: str) -> str:
    forms = FORMS[name]
    if text in forms:
        return words._(text)
    said = of_form(text, words.in_use(), forms)
    # In notes and paths there may be names.
    return said or (text if name in {"note", "path"} else figures(text))


def _counted(text: str) -> str:
    """Return how many files there are of each kind that cannot be read."""
    found = [_BROKEN.fullmatch(part) for part in text.split(", ")]
    if not all(found):
        return text
    pairs = (each.groups() for each in found if each is not None)
    return ", ".join(f"{typed.shown(kind)} {words.spelt(count)}" for kind, count in pairs)


_WAYS: Mapping[str, Callable[[str], str]] = {
    # figures; in other facts a number may belong to a name
    **dict.fromkeys(("Tracks", "Albums", "Missing", "Tries", "BPM"), figures),
    # one of few words, or foreign text
    **dict.fromkeys(("kind", "Kind", "Compilation", "Missing since", "Picture"), typed.shown),
    # several of few words
    **dict.fromkeys(("flags", "Looks odd"), _listed),
    # what has a form among all that is told
    **dict.fromkeys(("reason", "Reason", "What to do"), told),
}
"""How facts and columns that are the importer's own words are translated, by name."""
