"""What ``search``, ``health`` and ``playlist`` print: the lists of the console, as lines or JSON.

They read the catalogue themselves; an engine need not run, and is not disturbed where one does.
"""

import os
import shutil
import sys
from pathlib import Path

from msgspec.structs import replace

from soniq_tui.errors import EngineError, UsageError
from soniq_tui.host import ask, out, tables
from soniq_tui.host.lock import checked
from soniq_tui.importers import registry
from soniq_tui.importers.base import Importer
from soniq_tui.model.results import (
    DetailQuery,
    ResultColumn,
    ResultDetail,
    ResultPage,
    ResultQuery,
    ResultRow,
)
from soniq_tui.model.settings import Settings
from soniq_tui.model.text import plain, shown
from soniq_tui.words import _, figure, in_use, many, mark, results, typed, use
from soniq_tui.words.told import told

WHY_FROM = 160
"""From this width on a terminal has room for sentences beside the checks of a report."""
PLACES = {
    "tracks": "music",
    "albums": "music",
    "artists": "music",
    "all": "music",
    "recipes": "recipes",
}
"""What can be searched, with the importer that has it."""
MUSIC = "music"


def search(
    settings: Settings, words: tuple[str, ...], what: str, limit: int, *, as_json: bool
) -> int:
    """Print what a query finds; return the exit status.

    Raises:
        UsageError: the query makes no sense, or there is no such list here.
    """
    text = query_of(words)  # read while a person's language is in use
    _speak(as_json=as_json)
    query = ResultQuery(importer=PLACES[what], view=what, text=text, limit=limit)
    page = _page(settings, query)
    _show(page, as_json=as_json, query=query.text, **{"in": what})
    return 0


def query_of(words: tuple[str, ...]) -> str:
    """Return the words of a command line as one query; the shell has taken the quotes away."""
    if len(words) == 1:
        return typed.sought(words[0])
    return typed.sought(" ".join(
        _quoted(word) if " " in word.strip() and '"' not in word else word for word in words
    ))  # fmt: skip


def _quoted(word: str) -> str:
    name, colon, value = word.partition(":")
    if colon and name.lstrip("!").isalpha():
        return f'{name}:"{value}"'
    return f'!"{word[1:]}"' if word.startswith("!") else f'"{word}"'


def health(settings: Settings, check: str | None, limit: int, *, as_json: bool) -> int:
    """Print the report, or what one check finds; return the exit status.

    Raises:
        UsageError: there is no such check; the message names the nearest.
    """
    _speak(as_json=as_json)
    query = ResultQuery(importer=MUSIC, view="health", key=check or "", limit=limit)
    page = _page(settings, query)
    if check is None or (page.empty and not page.columns):
        people = not as_json and tables.for_people() and bool(page.columns)
        narrow = people and shutil.get_terminal_size().columns < WHY_FROM
        _show(_without_why(page) if narrow else page, as_json=as_json, keys=mark("Name"))
        if narrow:
            text = _("'soniq-tui health NAME' tells where, why it matters, and what to do about it")
            out.say(text + "\n")
        return 0
    facts = dict(_detail(settings, "check", check).facts)
    why, mend = facts["Why it matters"], facts["What to do"]
    _show(page, as_json=as_json, check=check, why=why, what_to_do=mend)
    if not as_json and page.total:
        out.warn(f"{_(why)} {_(mend)}")
    return 0


def _without_why(page: ResultPage) -> ResultPage:
    """Return the report without the sentences that no terminal has room for."""
    rows = tuple(replace(row, cells=row.cells[:-1]) for row in page.rows)
    return replace(page, columns=page.columns[:-1], rows=rows)


# -------------------------------------------------------------------- playlists


def playlists(settings: Settings, *, as_json: bool) -> int:
    """Print all playlists; return the exit status."""
    _speak(as_json=as_json)
    query = ResultQuery(importer=MUSIC, view="playlists", limit=100_000)
    _show(_page(settings, query), as_json=as_json)
    return 0


def playlist(settings: Settings, name: str, *, as_json: bool) -> int:
    """Print the tracks of a playlist; return the exit status.

    Raises:
        UsageError: there is none of that name; the message names the nearest.
    """
    from soniq_tui.importers.music.library import playlists as made

    _speak(as_json=as_json)
    key = made.key_of(checked(settings.data_path), name)
    query = ResultQuery(importer=MUSIC, view="playlists", key=key, limit=100_000)
    _show(_page(settings, query), as_json=as_json, playlist=name)
    return 0


def deed(settings: Settings, act: str, /, **words: str) -> int:
    """Do something with playlists and say what came of it; return the exit status.

    Raises:
        UsageError: it cannot be done; nothing was changed.
    """
    done = _importer(MUSIC).deeds[act](checked(settings.data_path), words)
    out.say(told(done) + "\n")
    return 0


def delete_playlist(settings: Settings, name: str, *, yes: bool) -> int:
    """Say what would go, ask and delete a playlist; return the exit status.

    Args:
        settings: say where the library is.
        name: of the playlist.
        yes: do not ask.

    Raises:
        UsageError: there is none of that name, or nobody can be asked.
    """
    from soniq_tui.importers.music.library import playlists as made

    key = made.key_of(checked(settings.data_path), name)
    if not yes:
        query = ResultQuery(importer=MUSIC, view="playlists", key=key, limit=1)
        count = _page(settings, query).total
        text = many(
            "{name}: {n} track. The music stays where it is.",
            "{name}: {n} tracks. The music stays where it is.",
            count,
        )
        what = text.format(name=shown(name))
        question = _("Delete this playlist for good? [y/N] ")
        if not ask.sure(f"{what}\n{question}", _("nothing was deleted")):
            return 1
    return deed(settings, "playlist.delete", name=name)


def export_playlist(settings: Settings, name: str, output: str | None, *, relative: bool) -> int:
    """Write a playlist for players; return the exit status.

    Raises:
        UsageError: there is none of that name, or no such file can be written.
    """
    if output is not None and output != "-":
        words = {"name": name, "file": output} | ({"relative": "yes"} if relative else {})
        return deed(settings, "playlist.export", **words)
    from soniq_tui.importers.music.library import playlists as made

    folder = Path.cwd() if relative else None
    data = made.exported(checked(settings.data_path), name, folder)
    with out.reader_may_leave():
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    return 0


def import_playlist(settings: Settings, file: str, name: str, *, replace: bool) -> int:
    """Make a playlist of a player's file, naming what is not in the library.

    Returns 1 where something was not.

    Raises:
        UsageError: it cannot be read, or nothing of it is in the library.
    """
    from soniq_tui.importers.music.library import playlists as made

    path = Path(os.path.expanduser(file))
    found = made.imported(checked(settings.data_path), path, name, replace=replace)
    for line in found.unmatched:
        out.warn(_("not in the library: {what}").format(what=shown(line)))
    total = found.tracks + len(found.unmatched)
    text = many(
        "playlist {name}: {found} of {total} track imported",
        "playlist {name}: {found} of {total} tracks imported",
        total,
    )
    name = repr(shown(found.name))
    out.say(text.format(name=name, found=figure(found.tracks), total=figure(total)) + "\n")
    return 1 if found.unmatched else 0


# -------------------------------------------------------------------- asking


def _importer(name: str) -> Importer:
    if name not in registry.names():
        text = _("nothing here imports {name}; the music library is searched by 'tracks'")
        raise UsageError(text.format(name=name))
    return registry.load(name)


def _page(settings: Settings, query: ResultQuery) -> ResultPage:
    importer = _importer(query.importer)
    if importer.results is None:
        raise UsageError(_("{title}: it has no results to look at").format(title=importer.title))
    page = importer.results(checked(settings.data_path), query)
    if page.problem:
        raise UsageError(page.problem)
    return page


def _detail(settings: Settings, kind: str, key: str) -> ResultDetail:
    importer = _importer(MUSIC)
    if importer.detail is None:
        raise EngineError(_("{title}: it has no details").format(title=importer.title))
    query = DetailQuery(importer=MUSIC, kind=kind, key=key)
    return importer.detail(checked(settings.data_path), query)


# -------------------------------------------------------------------- printing


def _show(page: ResultPage, *, as_json: bool, keys: str = "", **about: str) -> None:
    """Print a page: as JSON, in columns on a terminal, else with tabs between.

    Args:
        page: what is printed.
        as_json: one JSON object.
        keys: the head of the column with the keys of the rows, where people type them.
        about: what was asked, for the JSON.
    """
    if as_json:
        objects = [_object(row, page.columns) for row in page.rows]
        asked = {name: plain(text) for name, text in about.items()}
        out.say_json({**asked, "title": page.title, "total": page.total, "rows": objects})
        return
    if not page.rows:
        out.warn(_(page.empty) or _("there are none"))
        return
    columns = page.columns
    rows = [_cells(row, columns) for row in page.rows]
    if keys:
        columns = (ResultColumn(name=keys.lower(), title=keys), *columns)
        rows = [(row.key, *cells) for row, cells in zip(page.rows, rows, strict=True)]
    paths = not any(column.name == "path" for column in page.columns)
    tails = [(row.item,) if paths and row.kind == "track" else () for row in page.rows]
    tables.show(columns, rows, tails)
    if page.total > len(page.rows):
        tables.tell_more(len(page.rows), page.total)


def _cells(row: ResultRow, columns: tuple[ResultColumn, ...]) -> tuple[str, ...]:
    """Return the cells of a row, for people what in them is the importer's own words translated."""
    if not tables.for_people() or in_use() == "en":
        return row.cells
    return tuple(
        results.cell(column.name, text, row.kind, row.key, right=column.right)
        for text, column in zip(row.cells, columns, strict=True)
    )


def _speak(*, as_json: bool) -> None:
    """Keep what programs read in English."""
    if as_json:
        use("en")


def _object(row: ResultRow, columns: tuple[ResultColumn, ...]) -> dict[str, str | bool]:
    cells = {column.name: cell for column, cell in zip(columns, row.cells, strict=True)}
    return {"key": row.key, "kind": row.kind, **cells, "item": row.item, "missing": row.muted}
