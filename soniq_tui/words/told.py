"""What an engine says, in the language of whoever reads it.

What stays speaks English: journal, log and whatever says why, so that causes stay comparable; and
a service answers in English too. Texts without figures are found in the catalogue
as they are; of the others the forms stand in :data:`FORMS`, those of reasons in ``failures.py``,
those of refusals in ``refused.py`` and those of the log in ``logged.py``, and :func:`told` knows a
text again by its form. What it does not know it leaves. What jobs are called (``labels.py``) and
what is said of results (``results.py``) have functions of their own: most of it is foreign text.
"""

import re
from functools import lru_cache

from soniq_tui import words
from soniq_tui.words import mark
from soniq_tui.words.failures import FAILURES
from soniq_tui.words.labels import LABELS
from soniq_tui.words.logged import LOGGED
from soniq_tui.words.refused import REFUSED

FORMS = (
    # answers to commands
    mark("{queue}: {n} slot"),
    mark("{queue}: {n} slots"),
    mark("{queue}: the engine chooses its slots"),
    mark("{queue}: autoscale off, it has all its slots"),
    mark("{queue}: goes on"),
    mark("{queue}: held"),
    mark("{queue}: held, draining {n}"),
    mark("not now: {why}"),
    mark("nothing there that matches"),
    mark("nothing there that failed"),
    mark("{n} job queued again"),
    mark("{n} jobs queued again"),
    mark("{n} item had failed"),
    mark("{n} items had failed"),
    mark("priority {n}"),
    mark("priorities changed"),
    mark("{n} running job stops at the next item"),
    mark("{n} running jobs stop at the next item"),
    mark("{n} job stands still, and the clock with it"),
    mark("{n} jobs stand still, and the clock with it"),
    mark("there is nothing to take back"),
    mark("taken back: {what}"),
    mark("{what}: nothing of it is left"),
    mark("slots of {queue} {after} -> {before}"),
    mark("{what} of {n} batch"),
    mark("{what} of {n} batches"),
    mark("{what} of {jobs} job"),
    mark("{what} of {jobs} jobs"),
    mark("{what} of {n} batch and {jobs} jobs"),
    mark("{what} of {n} batches and {jobs} jobs"),
    mark("it is being cancelled already"),
    mark("cancelled in {n} s"),
    mark("{jobs} jobs cancelled in {n} s"),
    mark("taken back, it goes on"),
    mark("taken back, it stays paused"),
    mark("done; written down as soon as there is room again"),
    mark("{n} batch forgotten"),
    mark("{n} batches forgotten"),
    mark("{n} was forgotten already"),
    mark("{n} were forgotten already"),
    mark("only a retry can mean the jobs behind failures"),
    mark("single jobs have no priority to set; raise or lower theirs"),
    mark("{batch}; paused"),
    mark("it stops when what runs has ended"),
    mark("it stops"),
    # why the engine holds back
    mark(
        "disk full: {n} MiB free at {folder}, {needed} needed; free some space, "
        "work goes on by itself"
    ),
    mark("held: {degrees} °C, goes on below {cool} °C by itself"),
    mark("undervoltage: check the power supply; one child at a time"),
    mark("batch {n} waits: {why}"),
    mark("no room: {what}; free some space, work goes on by itself"),
    mark(
        "no process could be started for it: {why}; end some programs, or raise the limit "
        "(ulimit -u and -n, TasksMax= of a service); work goes on by itself"
    ),
    mark("{n} waiting in held queues: 'soniq-tui release QUEUE' ({names})"),
    mark("the disk of {folder} is full: free some space; work goes on by itself"),
    mark(
        "the disk of {folder} fails ({why}): check the disk, its cable and whether it can be "
        "written; work goes on by itself"
    ),
    mark("another program holds {file}: end it, or wait for it; work goes on by itself"),
    mark("{file} is not there any more: put it back; work goes on by itself"),
    # why so many slots are in use
    mark("no work yet"),
    mark("held at {n}: {why}"),
    mark("down to {n}: {why}"),
    mark("undervoltage"),
    mark("throttled by the firmware"),
    mark("throttled"),
    mark("hot"),
    mark("disk full"),
    mark("out of memory"),
    mark("all wait for memory {n} % of the time"),
    mark("memory pressure {n} %"),
    mark("{n} MiB of memory left"),
    mark("backlog of {n}"),
    mark("backlog of {n}, one by one"),
    mark("{n} at work"),
    mark("{n} at work, one by one"),
    mark("idle for {n} s"),
    mark("no more are needed"),
    mark("all {n}: memory cannot be read"),
    mark("{n} fit into {mib} MiB"),
    mark("{n} fit into {mib} MiB in all: what is free cannot be read"),
    mark("1 at a time: {mib} MiB of memory free"),
    mark("the engine no longer chooses"),
    # what a launch would meet
    mark("{n} audio file, {size} in the first {seconds} s"),
    mark("{n} audio files, {size} in the first {seconds} s"),
    mark("1 audio file in 1 folder"),
    mark("{n} audio files in 1 folder"),
    mark("{n} audio files in {folders} folders"),
    mark("no audio files under {folder}"),
    mark("then watched"),
    mark("then looked through every {n} minutes: {why}"),
    mark("{disk} does not tell of changes"),
    mark("1 text"),
    mark("1 URL"),
    mark("{n} URLs"),
    mark("1 file"),
    mark("{n} files"),
    mark("{n} recipe in files"),
    mark("{n} recipes in files"),
    mark("1 named twice"),
    mark("{n} named twice"),
    mark("1 already imported"),
    mark("{n} already imported"),
    mark("nothing to import"),
    mark("1 folder below left out"),
    mark("{n} folders below left out"),
    mark("1 file of another kind left out: {name}"),
    mark("{n} files of other kinds left out, the first: {name}"),
    mark("1 line without an address left out: {line}"),
    mark("{n} lines without an address left out, the first: {line}"),
    mark("1 picture"),
    mark("{n} pictures"),
    mark("{n} of 1 picture not looked at yet"),
    mark("{n} of {total} pictures not looked at yet"),
    mark("there is no music library yet; scan one first: soniq-tui scan FOLDER"),
    # titles of lists
    mark("Albums of {name}"),
    mark("Tracks of {name} on other albums"),
    mark("Genre {name}"),
    mark("Albums without a year"),
    mark("playlist {name} saved: {tracks}"),
    mark("playlist {name}: {tracks} added"),
    mark("playlist {name} deleted; its music stays"),
    mark("{n} track"),
    mark("{n} tracks"),
    mark("there is no playlist {name} any more"),
    # files that are gone
    mark("{what}; on disks that are not mounted now: {tracks}"),
    mark("forgotten: {what}"),
    mark("nothing forgotten"),
    mark("there again, so they stay: {what}"),
    mark("cannot be looked at, so they stay: {what}"),
    mark("forgotten: {what}; no more, for {why}"),
    mark("{n} whole album"),
    mark("{n} whole albums"),
    mark("1 entry of playlists"),
    mark("{n} entries of playlists"),
    # the options of forms, which are called as they are named
    mark("paths"),
    mark("force"),
    mark("limit"),
    mark("include"),
    mark("exclude"),
    mark("follow symlinks"),
    mark("covers"),
    mark("watch"),
    mark("dry run"),
    mark("sources"),
    mark("on duplicate"),
    mark("server"),
    mark("max per host"),
    mark("scraper"),
    mark("auth"),
    mark("images"),
    mark("url"),
    # what a slot does now
    mark("model {n} tokens, {rate}/s"),
    mark("model reads, {n} %"),
    mark("grouping anew, {n} tracks so far"),
    mark("model silent so far, {n} min at most"),
    mark("no word from the model's server yet, {n} min at most"),
    # why no picture is shown
    mark("there is no picture"),
    mark("there is no music library yet"),
    mark("there is no such picture in the library"),
    mark("the picture has {n} bytes"),
    mark("the picture has {n} by {total} pixels"),
    mark("the picture cannot be read: {why}"),
    mark("the picture cannot be shown: {fault}"),
    # what becomes of pages without a recipe
    mark("left out; it stays among the failures of its batch"),
    mark("it is not in the list any more"),
    # what checks count
    mark("tracks"),
    mark("albums"),
    mark("files"),
)
"""What engine and importers say with something in it, as they say it."""
EVERY = (*FORMS, *FAILURES, *REFUSED, *LOGGED)
TOLD_TOO = frozenset({"why", "what", "state", "tracks", "title", "wanted", "given"})
"""What is put in and has a form itself."""
CALLED = frozenset({"label"})
"""What is put in and is a label itself."""
WHOSE = frozenset({"whose"})
"""What is put in and is the name of an importer with a label behind it."""
COUNTED = frozenset({"changes"})
"""What is put in and is words, each with a number behind a colon."""
STATES = frozenset({"state"})
"""What is put in and is the word, or the two words, of a state."""
NUMBERS = frozenset(
    {
        *("n", "jobs", "total", "done", "skipped", "failed", "folders"),
        *("mib", "needed", "degrees", "cool", "seconds"),
    }
)
AMOUNTS = frozenset({"size", "rate"})
"""Numbers with their units."""
TYPED = frozenset({"number"})
"""Numbers that somebody typed, and is to type otherwise: they stay as they are, cut or not."""
FILTERS = frozenset({"filter", "disk"})
"""What is put in and is one word, be it with dots."""
FIELD = re.compile(r"\{(\w+)\}")
_SHAPES = {
    **dict.fromkeys(NUMBERS, r"-?[\d,.]+"),
    **dict.fromkeys(TYPED, r"[-+]?[\d,._]+(?:e[-+]?\d+)?…?"),
    **dict.fromkeys(FILTERS, r"[\w.]+"),
    **dict.fromkeys(STATES, r"[a-z]+(?: [a-z]+)?"),
}
"""What may stand there, where that is not anything."""
_MOST_CHARS = 1000


_FIGURE = re.compile(r"(?<![\w.,])(?<!\w-)(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?![\w.,]*\d)")


def figures(text: str) -> str:
    """Return a text with the numbers in it as the language in use writes them.

    Only for what is no foreign text: a name may well have a number in it.
    """
    return text if words.in_use() == "en" else _FIGURE.sub(lambda n: words.spelt(n[0]), text)


def told(text: str, *, whole: bool = False) -> str:
    """Return what an engine said in the language in use; itself where nobody knows how.

    With ``whole`` there may be names in it, one after the other, that are no words of ours.
    """
    if not text or words.in_use() == "en" or len(text) > _MOST_CHARS:
        return text
    return _told(text, words.in_use(), whole=whole)


def label(text: str) -> str:
    """Return what a job or a batch is called, in the language in use where these are our words."""
    if not text or words.in_use() == "en" or len(text) > _MOST_CHARS:
        return text
    return _label(text, words.in_use())


@lru_cache(maxsize=2048)
def _label(text: str, language: str) -> str:
    # A folder may be called like any text of the catalogue: only labels count.
    return words._(text) if text in LABELS else of_form(text, language, LABELS) or text


def _counted(text: str) -> str:
    pairs = (part.partition(": ") for part in text.split(", "))
    return ", ".join(words.labelled(words._(word), words.spelt(n)) for word, _colon, n in pairs)


def _whose(text: str, language: str) -> str:
    importer, gap, called = text.partition(" ")
    return importer + gap + _label(called, language)


@lru_cache(maxsize=2048)
def _told(text: str, language: str, *, whole: bool = False) -> str:
    steps = text.split("; ")
    found = _by_form(text, language, steps=len(steps))
    if found is not None:
        return found
    # What is put in may have a semicolon itself, but rather each step has a form.
    if len(steps) > 1 and all(said := [_by_form(step, language) for step in steps]):
        return words.steps(map(str, said))
    found = _by_form(text, language)
    if found is not None or whole:
        return text if found is None else found
    for gap in ("; ", ", "):
        parts = text.split(gap)
        if len(parts) > 1:
            known = [_by_form(part, language) for part in parts]
            if any(known):
                pairs = zip(parts, known, strict=True)
                parts = [part if said is None else said for part, said in pairs]
                return words.steps(parts) if gap == "; " else gap.join(parts)
    return text


def _by_form(text: str, language: str, *, steps: int = 0) -> str | None:
    """Return a text by its form, which has so many steps; 0: any number."""
    same = words._(text)
    return same if same != text else of_form(text, language, EVERY, steps=steps)


def of_form(text: str, language: str, forms: tuple[str, ...], *, steps: int = 0) -> str | None:
    """Return a text in the language in use by one of these forms; None: it is of none.

    With ``steps`` the form has so many, which semicolons part.
    """
    for form, part, pattern in _patterns(forms):
        if steps and form.count("; ") + 1 != steps:
            continue
        if part in text and (found := pattern.fullmatch(text)) is not None:
            values = {
                name: _told(value, language) if name in TOLD_TOO
                else _label(value, language) if name in CALLED
                else _whose(value, language) if name in WHOSE
                else _counted(value) if name in COUNTED
                else words.spelt(value) if name in NUMBERS
                else figures(value) if name in AMOUNTS else value
                for name, value in found.groupdict().items()
            }  # fmt: skip
            return words._(form).format(**values)
    return None


@lru_cache(maxsize=64)
def _patterns(forms: tuple[str, ...]) -> list[tuple[str, str, re.Pattern[str]]]:
    """Return the forms with figures in them; the more is said in one, the sooner it is tried.

    Those that begin with a word come first: the others fit behind much that is said before.

    With each stands the longest part that a text of this form has: most texts lack it, and to find
    that out costs next to nothing.
    """
    ordered = sorted(
        (form for form in forms if "{" in form),
        key=lambda form: (form.startswith("{"), -len(FIELD.sub("", form))),
    )
    return [
        (form, max(FIELD.split(form)[::2], key=len), re.compile(_pattern(form), re.DOTALL))
        for form in ordered
    ]


def _pattern(form: str) -> str:
    parts = FIELD.split(form)
    made = [re.escape(parts[0])]
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        what = _SHAPES.get(name, ".+?")
        again = f"(?P<{name}>" in "".join(made)
        made += [f"(?P={name})" if again else f"(?P<{name}>{what})", re.escape(rest)]
    return "".join(made)
