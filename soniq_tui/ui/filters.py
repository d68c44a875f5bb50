"""What is said of filters while they are typed: problems, what may come next, the grammar. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from soniq_tui.model.filters import (
    FIELDS,
    PROBLEMS,
    Field,
    FilterError,
    Reader,
    in_english,
    parse,
    quoted,
    tokens,
)
from soniq_tui.model.snapshot import JobRow, Row, Snapshot, View
from soniq_tui.model.text import shown
from soniq_tui.words import _, in_use, mark, typed

GRAMMAR: tuple[tuple[str, str], ...] = (
    ("word", mark("rows that have it, anywhere; several words must all be there")),
    ('"two words"', mark("rows that have them side by side; also for words with : < >")),
    ("one|other", mark("rows that have one of them; also state:failed|cancelled")),
    ("!word", mark("rows that do not have it; works before everything below, too")),
)
"""What works in every list: what is typed, and what it finds."""
MEANINGS: Mapping[View, Mapping[str, tuple[str, str]]] = {
    View.JOBS: {
        "state": ("state:failed", mark("jobs in that state; the beginning of the word is enough")),
        "queue": ("queue:extract", mark("jobs that wait or run there")),
        "kind": ("kind:music", mark("jobs of that importer")),
        "stage": ("stage:extract", mark("jobs at that step")),
        "batch": ("batch:12", mark("jobs of that batch")),
        "try": ("try>1", mark("jobs at their second try or later; also try<3")),
        "time": ("time>5s", mark("jobs whose step took or takes longer; also 2m, 1h and time<5s")),
        "is": ("is:dead", mark("failed for good; is:open not ended, is:ended ended, is:any all")),
        "id": ("id:1234", mark("the job of that number")),
    },
    View.CAUSES: {
        "kind": ("kind:corrupt", mark("failures of that kind")),
        "stage": ("stage:extract", mark("failures at that step")),
        "batch": ("batch:12", mark("failures of that batch")),
        "try": ("try>1", mark("items that failed at their second try or later")),
    },
    View.LOG: {
        "level": ("level:warning", mark("lines of that level; the word's beginning is enough")),
        "source": ("source:engine", mark("lines of that part of the program")),
    },
}
"""What each field of a list finds, with an example."""
SEARCHED: tuple[tuple[str, str], ...] = (
    ("artist:simone", mark("music by artists called so; so do album: title: genre: path:")),
    ("year:2010-", mark("music from that year on; also year:<1970 and year:1990-1999")),
    ("added:7d", mark("new since; so do changed: moved: gone: and h, w, m, y")),
    ("no:cover", mark("without it; also no:title, artist, album, track, year, genre")),
    ("is:missing", mark("files that are gone; also is:lossless, compilation, repaired")),
    ("codec:flac", mark("of that codec; so do bitrate:<192 and rate:>48000")),
    ("site:example", mark("recipes of that site; also is:model and is:odd")),
)
"""What searches of results know besides words; which of it depends on what is searched."""
COMPARED = frozenset("<>")


def _told_as(view: View) -> View:
    """Return the list whose fields are told of in place of those of another, being the same."""
    return View.CAUSES if view is View.ERRORS else view


def meanings(view: View) -> list[tuple[str, str]]:
    """Return the grammar of one list, for people: an example and what it finds, translated."""
    of_view = MEANINGS.get(_told_as(view), {})
    rows = [*GRAMMAR, *(of_view[field.name] for field in FIELDS.get(view, ()))]
    return [(example, _(meaning)) for example, meaning in rows]


def problem(text: str, view: View) -> str:
    """Return why a filter means nothing in a list; empty when it is one."""
    try:
        parse(meant(text, view), view)
    except FilterError as error:
        known = {"values": " ".join(map(quoted, _shown(error.values)))} if error.values else {}
        return shown(_(PROBLEMS[error.code]).format(**(error.words | known)))
    return ""


def meant(text: str, view: View) -> str:
    """Return a filter as engines have to read it, who know English alone."""
    return _meant(text, view, in_use())


@lru_cache(maxsize=64)
def _meant(text: str, view: View, language: str) -> str:
    del language
    finds = typed.lines if view is View.LOG else typed.reasons
    return in_english(text, view, Reader(typed.values, finds, typed.figures))


def _shown(values: Sequence[str]) -> tuple[str, ...]:
    """Return states, kinds or levels as lists show them."""
    return tuple(map(typed.shown, values))


def values_of(
    view: View, snapshot: Snapshot | None, rows: Sequence[Row] = ()
) -> dict[str, tuple[str, ...]]:
    """Return what the fields of a list can be, as far as the screen knows."""
    values = {
        field.name: _shown(field.values) if field.form == "word" else field.values
        for field in FIELDS.get(view, ())
        if field.values
    }
    if snapshot is None:
        return values
    values["batch"] = tuple(str(batch.id) for batch in reversed(snapshot.batches))
    stages = [slot.stage for slot in snapshot.slots] + [
        stage for row in rows if isinstance(stage := getattr(row, "stage", ""), str)
    ]
    values["stage"] = tuple(sorted({stage for stage in stages if stage}))
    if view is View.JOBS:
        values["queue"] = tuple(sorted(queue.name for queue in snapshot.queues))
        kinds = {batch.importer for batch in snapshot.batches}
        kinds |= {row.importer for row in rows if isinstance(row, JobRow)}
        values["kind"] = tuple(sorted(kinds))
    return values


@dataclass(frozen=True, slots=True)
class Completion:
    """What could stand in place of the word that is being typed."""

    start: int
    end: int
    words: tuple[str, ...]

    def put(self, text: str, word: str) -> tuple[str, int]:
        """Return the text with a word in that place, and where the cursor is then."""
        return text[: self.start] + word + text[self.end :], self.start + len(word)

    @property
    def common(self) -> str:
        """What all of them begin with."""
        first, last = min(self.words), max(self.words)
        same = (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
        return first[: next(same, min(len(first), len(last)))]


def offer(text: str, cursor: int, view: View, values: Mapping[str, tuple[str, ...]]) -> Completion:
    """Return what the word before the cursor could become; nothing where nobody knows."""
    here = next((t for t in tokens(text) if t.start() < cursor <= t.end()), None)
    start, end = (here.start(), here.end()) if here else (cursor, cursor)
    written = text[start:cursor]
    bang = "!" if written.startswith("!") else ""
    word = written.removeprefix("!")
    fields = FIELDS.get(view, ())
    name, colon, rest = word.partition(":")
    if colon:
        others, bar, begun = rest.rpartition("|")
        begun = typed.folded(begun.replace('"', ""))
        before, known = f"{bang}{name}:{others}{bar}", values.get(name.lower(), ())
        field = next((field for field in fields if field.name == name.lower()), None)
        english = field.values if field is not None else ()
        begins = [v for v in known if typed.folded(v).startswith(begun)]
        begins = begins or [v for v in english if v.startswith(begun)]
        words = [before + quoted(value) for value in begins]
    else:
        words = [bang + form(f) for f in fields if form(f).startswith(word.lower())]
    return Completion(start, end, tuple(words))


def form(field: Field) -> str:
    """Return a field as it begins in a filter: ``state:``, ``try>``."""
    return field.name + (">" if field.compares else ":")


def hint(text: str, cursor: int, view: View, values: Mapping[str, tuple[str, ...]]) -> str:
    """Return what could come at the cursor, in one line."""
    found = offer(text, cursor, view, values)
    written = text[found.start : cursor]
    if ":" in written:
        known = "  ".join(word.partition(":")[2] for word in found.words)
        return known or _("any word; none that is known begins so")
    name, sign = written.removeprefix("!").lower()[:-1], written[-1:]
    if sign in COMPARED and (meaning := MEANINGS.get(_told_as(view), {}).get(name)):
        return "  ".join((meaning[0], _(meaning[1])))
    if found.words and written:
        return "  ".join(found.words)
    return "  ".join((_("words"), _("!not"), *(form(field) for field in FIELDS.get(view, ()))))
