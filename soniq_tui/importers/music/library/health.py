"""What is wrong with a library: checks, each with a count, a reason and what to do about it."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection
from functools import cached_property, partial
from itertools import groupby
from typing import NamedTuple
from unicodedata import is_normalized, normalize

from soniq_tui.errors import UsageError
from soniq_tui.importers.music.credits import name_key
from soniq_tui.importers.music.discs import album_place
from soniq_tui.importers.music.library import find, orders
from soniq_tui.importers.music.library.find import SQL
from soniq_tui.importers.music.library.listing import (
    ARTIST,
    NOTE,
    PATH,
    TITLE,
    TRACKS,
    YEAR,
    Look,
    album_page,
    track_page,
)
from soniq_tui.model.near import hint
from soniq_tui.model.results import ResultColumn, ResultPage, ResultRow
from soniq_tui.model.text import path_text
from soniq_tui.words import mark


class Check(NamedTuple):
    """One thing that can be wrong."""

    name: str
    title: str
    why: str
    """Why it matters."""
    mend: str
    """What to do about it."""
    counts: str = "tracks"
    """What is counted: tracks, albums or files."""
    where: str = ""
    """Name of the condition that such tracks meet."""
    query: str = ""
    """Else name of the query that gives their numbers."""


_TAGS = mark("Fill it in with a tag editor (Picard, kid3), then scan again.")
CHECKS = (
    Check("broken", mark("Files that cannot be read"),
          mark("They play badly or not at all, and their tags are not in the library."),
          mark("Copy them anew from where they came; a rescan looks at them again."), "files"),
    Check("missing", mark("Files that are gone"),
          mark("They were moved out of the scanned folders or deleted, or their disk is "
               "not mounted."),
          mark("Mount the disk, or scan the folder in which they are now; what is really gone "
               "'soniq-tui purge' forgets."), where="is_missing"),
    Check("same-recording", mark("The same recording more than once"),
          mark("MusicBrainz says that these are one recording: copies take room, and play twice."),
          mark("Keep the best of each; albums and collections may share one on purpose."),
          query="same_recording"),
    Check("same-size", mark("Files of one size and length"),
          mark("Two files of the same bytes and length are most likely copies, titles "
               "the same or not."),
          mark("Compare them (cmp, rmlint) and remove one."), query="same_size"),
    Check("no-title", mark("No title"), mark("They show by the names of their files."), _TAGS,
          where="no_title"),
    Check("no-artist", mark("No artist"), mark("They are in no artist's list."),
          _TAGS, where="no_artist"),
    Check("no-album", mark("No album"), mark("They are on no album."), _TAGS, where="no_album"),
    Check("no-track", mark("No track number"), mark("They play in the order of their titles."),
          _TAGS,
          where="no_track"),
    Check("no-year", mark("No year"), mark("They are left out wherever years count."), _TAGS,
          where="no_year"),
    Check("no-genre", mark("No genre"), mark("They are left out wherever genres count."), _TAGS,
          where="no_genre"),
    Check("mixed-artists", mark("One album under several album artists"),
          mark("One folder, one title, and the album is torn apart: its tracks name "
               "different album artists or releases."),
          mark("Give all tracks of it the same album artist and the same release id, "
               "or none."), "albums",
          query="mixed"),
    Check("gaps", mark("Albums with gaps"),
          mark("Track numbers are left out, or there are other numbers of tracks than "
               "the tags say."),
          mark("Look for the tracks that lack, or mend the numbers."), "albums", query="gaps"),
    Check("no-cover", mark("Albums without a picture"), mark("They show without a cover."),
          mark("Put a cover.jpg beside the music, or embed one."), "albums", query="no_cover"),
    Check("tiny-cover", mark("Albums with a tiny picture"),
          mark("Pictures below 300 pixels look coarse. Only those that were looked at are known."),
          mark("Replace it by one of 600 pixels or more."), "albums", query="tiny_cover"),
    Check("low-bitrate", mark("Low bit rate"),
          mark("Below 128 kbit/s lossy sound is audibly poor."),
          mark("Rip or fetch them anew."), where="low_bitrate"),
    Check("wrong-suffix", mark("Names that promise another format"),
          mark("Players that go by the end of the name refuse them."),
          mark("Rename them to what they are."), query="wrong_suffix"),
    Check("repaired", mark("Texts that were repaired"),
          mark("Their tags are in another character set than they say; what you see is "
               "our reading."),
          mark("Compare it with the text as tagged; write the right one with a tag editor."),
          where="is_repaired"),
    Check("bad-names", mark("File names that are not UTF-8"),
          mark("Other programs and other machines may not find them."),
          mark("convmv -f latin1 -t utf8 --notest FOLDER renames them."), query="bad_names"),
    Check("same-names", mark("File names alike but for how accents are written"),
          mark("Two files with one name to the eye: NFC here, NFD there, often copies by a Mac."),
          mark("Keep one of each; convmv --nfc renames the rest."), query="same_names"),
)  # fmt: skip
"""In the order of the report."""
_BY_NAME = {check.name: check for check in CHECKS}


def check_of(name: str) -> Check:
    """Return a check by its name.

    Raises:
        UsageError: there is none; the message names the nearest.
    """
    if name not in _BY_NAME:
        raise UsageError(f"there is no check {name[:60]!r}; {hint(name, _BY_NAME)}")
    return _BY_NAME[name]


def counts(look: Look, checks: Collection[Check] = CHECKS) -> dict[str, int]:
    """Return how many each of some checks finds."""
    plain = {c.name: find.where(c.where) for c in checks if c.where and c.name != "missing"}
    found: dict[str, int] = {}
    if plain:
        columns = ", ".join(f"count(*) FILTER (WHERE {each.sql})" for each in plain.values())
        text = SQL["health_tracks"].format(counts=columns)
        found = dict(zip(plain, look.connection.execute(text).fetchone(), strict=True))
    names = _Names(look)
    for check in checks:
        if check.name == "missing":
            found[check.name] = look.rows("health_missing")[0][0]
        elif check.name == "broken":
            found[check.name] = sum(count for _, count in look.rows("health_broken"))
        elif check.query:
            found[check.name] = len(_ids(look, check, names))
    return found


def view(look: Look) -> ResultPage:
    """Return the report, or what one of its checks finds."""
    if look.query.key:
        return _found(look, check_of(look.query.key))
    own = look.words()
    fitting = [check for check in CHECKS if own.fits({"": f"{check.name} {check.title}"})]
    names = [check.name for check in fitting]

    def found() -> list[int]:
        numbers = counts(look, fitting)
        return [numbers[name] for name in names]

    kept = orders.keep(look.stamp, ("health", *names), found)
    numbers = dict(zip(names, kept, strict=True))
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in look.rows("health_broken"))
    rows = [
        ResultRow(
            key=check.name,
            kind="check",
            cells=(
                check.title,
                f"{numbers[check.name]:,}",
                check.counts,
                kinds if check.name == "broken" and kinds else check.why,
            ),
            opens="health",
            item=check.name,
        )
        for check in fitting
    ]
    return look.page(look.cut(rows), len(rows), title=mark("Health"), columns=columns())


def columns() -> tuple[ResultColumn, ...]:
    """Return the columns of the report; the sentence of the last needs a wide screen."""
    return (
        ResultColumn(name="check", title=mark("Check")),
        ResultColumn(name="found", title=mark("Found"), width=8, right=True),
        ResultColumn(name="of", title=mark("Of"), width=6, rank=1),
        ResultColumn(name="why", title=mark("Why it matters"), width=60, rank=2),
    )


def _found(look: Look, check: Check) -> ResultPage:
    if check.name == "broken":
        return _broken(look, check.title)
    said = _NOTES.get(check.name)
    notes = partial(said, look) if said else None
    if check.where:
        scope = find.where(check.where)
        if check.name != "missing":
            scope &= find.where("there")
        columns = (TITLE, ARTIST, *((NOTE,) if notes else ()), PATH)
        return track_page(look, check.title, columns, scope=scope, natural="album", notes=notes)
    ids = list(orders.keep(look.stamp, ("check", check.name), lambda: _ids(look, check)))
    if check.counts == "albums":
        columns = (TITLE, ARTIST, YEAR, TRACKS, *((NOTE,) if notes else ()))
        scope = find.where("album_ids", ids=find.ids_json(ids))
        return album_page(look, check.title, columns, scope=scope, natural="artist", notes=notes)
    columns = (TITLE, ARTIST, *((NOTE,) if notes else ()), PATH)
    return track_page(look, check.title, columns, ids=ids, notes=notes)


def _ids(look: Look, check: Check, names: "_Names | None" = None) -> list[int]:
    """Return the numbers of the tracks or albums that a check finds, in the order of its list.

    Args:
        look: the question.
        check: what to look for.
        names: those of all files, where several checks look at them.
    """
    if check.query == "mixed":
        return _mixed(look)
    names = names or _Names(look)
    match check.query:
        case "bad_names":
            return _tracks_of(look, names.foreign[0])
        case "same_names":
            return _tracks_of(look, names.alike)
    return [row[0] for row in look.rows(f"health_{check.query}")]


def _broken(look: Look, title: str) -> ResultPage:
    own = look.words()
    rows = [
        ResultRow(
            key=str(number),
            kind="error",
            cells=(kind, reason, path_text(path)),
            item=path_text(path),
        )
        for number, kind, reason, path, *_ in sorted(look.rows("errors"), key=lambda row: row[1:4])
        if own.fits({"": f"{kind} {reason} {path_text(path)}"})
    ]
    columns = (
        ResultColumn(name="kind", title=mark("Kind"), width=11),
        ResultColumn(name="reason", title=mark("Reason")),
        ResultColumn(name="path", title=mark("Path")),
    )
    return look.page(look.cut(rows), len(rows), title=title, columns=columns)


def _mixed(look: Look) -> list[int]:
    """Return albums of one title in one folder: they are one album under several artists."""
    titles: defaultdict[str, list[int]] = defaultdict(list)
    for number, title in look.rows("health_album_titles"):
        titles[name_key(title)].append(number)
    title_of = {i: title for title, ids in titles.items() if len(ids) > 1 for i in ids}
    rows = look.rows("health_album_paths", ids=find.ids_json(title_of))
    folders = {(number, path.rpartition(b"/")[0]): None for number, path in rows}  # in order
    places: defaultdict[tuple[str, str], dict[int, None]] = defaultdict(dict)
    for number, folder in folders:  # an album by its release may lie in several
        places[album_place(folder), title_of[number]][number] = None
    mixed = [number for ids in places.values() if len(ids) > 1 for number in ids]
    return list(dict.fromkeys(mixed))


class _Names:
    """Names of files that are more than ASCII, read when they are first asked for."""

    def __init__(self, look: Look) -> None:
        self._look = look

    @cached_property
    def foreign(self) -> tuple[list[int], list[tuple[int, str]]]:
        """Numbers of the files whose names are not UTF-8, and the names of the others."""
        bad: list[int] = []
        good: list[tuple[int, str]] = []
        for number, path in self._look.connection.execute(SQL["health_paths"]):
            if not path.isascii():
                try:
                    good.append((number, path.decode()))
                except UnicodeDecodeError:
                    bad.append(number)
        return bad, good

    @property
    def alike(self) -> list[int]:
        """Files whose names differ in nothing that can be seen: one of them at least is no NFC."""
        _, names = self.foreign
        odd = {normalize("NFC", text) for _, text in names if not is_normalized("NFC", text)}
        found: defaultdict[str, list[int]] = defaultdict(list)
        for number, text in names if odd else ():
            if (name := normalize("NFC", text)) in odd:
                found[name].append(number)
        return [number for name in sorted(found) if len(found[name]) > 1 for number in found[name]]


def _tracks_of(look: Look, files: list[int]) -> list[int]:
    return [row[0] for row in look.rows("health_tracks_of", ids=find.ids_json(files))]


# -------------------------------------------------------------------- what a row says besides


def _repairs(look: Look, ids: list[int]) -> dict[int, str]:
    rows = look.rows("track_rows", ids=find.ids_json(ids))
    return {
        row[0]: "; ".join(
            f"{field.replace('_', ' ')} as tagged: {text}" for field, text in json.loads(row[11])
        )
        for row in rows
    }


def _formats(look: Look, ids: list[int]) -> dict[int, str]:
    return {row[0]: f"is {row[12]}" for row in look.rows("track_rows", ids=find.ids_json(ids))}


def _rates(look: Look, ids: list[int]) -> dict[int, str]:
    rows = look.rows("track_rows", ids=find.ids_json(ids))
    return {row[0]: f"{row[7]}, {row[8]} kbit/s" for row in rows}


def _copies(look: Look, ids: list[int]) -> dict[int, str]:
    """Say which rows belong together."""
    rows = look.rows("health_twins", ids=find.ids_json(ids))
    return {number: f"{size:,} bytes, {duration_s:.1f} s" for number, size, duration_s in rows}


def _gaps(look: Look, ids: list[int]) -> dict[int, str]:
    rows = look.rows("health_numbers", ids=find.ids_json(ids))
    said: dict[int, str] = {}
    for album, discs in groupby(rows, key=lambda row: row[0]):
        numbers = [(disc, set(json.loads(have)), total) for _, disc, have, total in discs]
        of_album = sum(len(have) for _, have, _ in numbers)
        parts = []
        for at, (disc, have, total) in enumerate(numbers):
            before = max(numbers[at - 1][1]) if at else 0
            before = before if min(have) == before + 1 else 0
            after = numbers[at + 1 :] and min(numbers[at + 1][1]) == max(have) + 1
            known = None if total == of_album and (before or after) else total
            text = _lacking(have, before, known)
            if text:
                parts.append(f"disc {disc}: {text}" if disc > 1 else text)
        said[album] = "; ".join(parts)
    return said


def _lacking(have: set[int], before: int, total: int | None) -> str:
    """Say which numbers of a disc lack; nothing where none do.

    Args:
        have: those that are there.
        before: the last one of the disc before, where numbers go on.
        total: how many there are, where that is told of the disc.
    """
    last = max([*have, total or 0])
    lacking = sorted(set(range(before + 1, min(last, 2000) + 1)) - have)
    text = f"has {len(have)} of {total or last - before}"
    if lacking:
        some = ", ".join(map(str, lacking[:5]))
        return f"{text}, lacks {some}" + (", \u2026" if len(lacking) > 5 else "")  # noqa: PLR2004
    return text if total and total != len(have) else ""


def _releases(look: Look, ids: list[int]) -> dict[int, str]:
    """Say which release an album is: the artists may well be the same."""
    rows = look.rows("health_releases", ids=find.ids_json(ids))
    return {number: f"release id {release}" for number, release in rows}


_NOTES: dict[str, Callable[[Look, list[int]], dict[int, str]]] = {
    "gaps": _gaps,
    "mixed-artists": _releases,
    "repaired": _repairs,
    "wrong-suffix": _formats,
    "low-bitrate": _rates,
    "same-size": _copies,
    "same-recording": _copies,
}
