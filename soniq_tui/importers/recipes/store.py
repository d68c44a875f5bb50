"""The index of recipes, ``recipes.db``: what is here already, found without opening a file.

The files are the truth. The index is written by the one writer after each recipe, and made anew
from the files where it does not tell of as many as there are.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui import sql
from soniq_tui.errors import DataDirError
from soniq_tui.importers.recipes import links, save
from soniq_tui.importers.recipes.fold import bare_title, folded, one_title
from soniq_tui.importers.recipes.formats import reading as told
from soniq_tui.importers.recipes.words import FOLDER

FILE = "recipes.db"
VERSION = 2
WORDS_MOST_CHARS = 8_000
"""Of one recipe; real ones have some 600."""
REASON_MOST_CHARS = 500
BUSY_S, REST_S = 5.0, 0.01
"""So long others are waited for that make the same file, and between two looks."""
TROUBLES_MOST = 10_000
"""Pages without a recipe that are remembered; the journal has all of them."""
SQL = sql.load("soniq_tui.importers.recipes", "store.sql")


@contextmanager
def writing(data_dir: Path) -> Iterator[sqlite3.Connection]:
    """Open the index for one transaction, made or mended where that is needed.

    Raises:
        DataDirError: it is not ours, newer than this program, or cannot be opened.
    """
    file = data_dir / FILE
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            _use_log(connection)
            for pragma in SQL["pragmas"].split(";"):
                connection.execute(pragma)
            connection.execute(SQL["begin"])
            try:
                # Within the transaction: two processes may find the same empty file.
                if _version(connection, file) < VERSION:
                    for statement in _statements(SQL["tables"]):
                        connection.execute(statement)
                yield connection
                connection.execute(SQL["commit"])
            except BaseException:
                if connection.in_transaction:
                    connection.execute(SQL["rollback"])
                raise
    except sqlite3.DatabaseError as exc:
        raise _refused(file, exc) from exc


@contextmanager
def reading(data_dir: Path) -> Iterator[sqlite3.Connection | None]:
    """Open the index for reading; None where there is none yet."""
    file = data_dir / FILE
    if not file.exists():
        yield None
        return
    try:
        with closing(sqlite3.connect(sql.read_only(file), uri=True)) as connection:
            # An older version is made anew by whoever writes next.
            current = _version(connection, file) == VERSION
            yield connection if current else None
    except sqlite3.DatabaseError as exc:
        raise _refused(file, exc) from exc


def _refused(file: Path, exc: sqlite3.DatabaseError) -> DataDirError:
    if getattr(exc, "sqlite_errorcode", 0) & 0xFF in {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }:
        return DataDirError(f"{file} is damaged: {exc}; move it away, it is made anew")
    return DataDirError(f"{file}: {exc}")


def _use_log(connection: sqlite3.Connection) -> None:
    """Let the file be one with a log, which it stays.

    SQLite waits for nobody here: of processes that find a new file all but one are refused.
    """
    until_s = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute(SQL["log"])
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                raise
            time.sleep(REST_S)
        else:
            return


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; ``executescript`` would end the transaction."""
    part = ""
    for line in script.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            yield part
            part = ""


def _version(connection: sqlite3.Connection, file: Path) -> int:
    found = int(connection.execute(SQL["version"]).fetchone()[0])
    if found > VERSION:
        raise DataDirError(f"{file} was written by a newer soniq-tui")
    return found


def put(
    connection: sqlite3.Connection, slug: str, recipe: dict[str, Any], file: Path, asked: str = ""
) -> None:
    """Note a recipe that lies in ``file``; ``asked``: its address where it does not tell one."""
    ours = told.ours(recipe)
    source = told.node(ours.get("source"))
    # Another program may have been given a login with it, and have kept that.
    url = links.without_login(str(source.get("url") or recipe.get("url") or asked))
    made = told.node(ours.get("extract"))
    state = file.stat()
    title = told.title(recipe) or slug
    connection.execute(
        SQL["put"],
        {
            "slug": slug,
            "title": title,
            "url": url,
            "key": str(ours.get("key") or links.key_of(url)),
            "asked": links.key_of(url),
            "fingerprint": str(ours.get("fingerprint") or ""),
            "host": str(source.get("host") or links.host_of(url)),
            "saved_at": state.st_mtime,
            "mtime_ns": state.st_mtime_ns,
            "flags": " ".join(map(str, told.listed(made.get("flags")))),
            "structured": str(made.get("structured") or "rules"),
            "yields": told.text(recipe, "recipeYield"),
            "total_min": told.minutes(recipe, "totalTime"),
            "categories": msgspec.json.encode(told.words(recipe, "recipeCategory")).decode(),
            "words": words_of(recipe),
        },
    )
    connection.execute(SQL["solved"], (links.item_of(url),))


def drop(connection: sqlite3.Connection, slug: str) -> None:
    """Forget a recipe whose file is gone."""
    connection.execute(SQL["drop"], (slug,))


def words_of(recipe: dict[str, Any]) -> str:
    """Return the words by which a recipe is found: title, ingredients, keywords, categories."""
    fields = ("recipeIngredient", "keywords", "recipeCategory", "recipeCuisine")
    texts = [told.title(recipe), *(w for name in fields for w in told.words(recipe, name))]
    return folded(" ".join(texts)[:WORDS_MOST_CHARS])


def slug_of(connection: sqlite3.Connection, url: str) -> str | None:
    """Return the recipe of an address, if it is here."""
    row = connection.execute(SQL["by_key"], {"key": links.key_of(url)}).fetchone()
    return row[0] if row else None


def known(data_dir: Path, url: str) -> str | None:
    """Return the recipe of an address, if it is here; opens the index and closes it."""
    with reading(data_dir) as connection:
        return slug_of(connection, url) if connection else None


def same_ingredients(connection: sqlite3.Connection, fingerprint: str) -> list[tuple[str, str]]:
    """Return slugs and titles of recipes with the very same ingredients."""
    return list(connection.execute(SQL["by_fingerprint"], (fingerprint,)))


def same(
    connection: sqlite3.Connection,
    recipe: dict[str, Any],
    key: str | None,
    but: str = "",
    folder: Path | None = None,
) -> str | None:
    """Return an earlier recipe that this one is the same as: by address, or in title and food.

    Instead of the title the source may be the same byte for byte: copies of a text that names none
    are called like their files. What a page calls its own address is believed where title or food
    are the same, too: some sites call all their pages one.

    Args:
        connection: to the index.
        recipe: the new one.
        key: of the address that was asked for; None: nobody was asked, its address is hearsay.
        but: a name that does not count: its own.
        folder: of the files; a recipe whose file is gone does not count. None: none is looked at.
    """
    ours = told.ours(recipe)
    title, fingerprint = one_title(recipe.get("name")), str(ours.get("fingerprint") or "-")

    def counts(slug: str) -> bool:
        return slug != but and (folder is None or (folder / f"{slug}{save.SUFFIX}").exists())

    own: str | None = str(ours.get("key") or key)
    if key is None and not {"/", "?"} & set(own or ""):
        own = None  # a whole site's
    at = {"own": own, "asked": own if key is None else key}
    for slug, its_title, its_print, asked in connection.execute(SQL["by_address"], at):
        alike = its_print == fingerprint or one_title(its_title) == title
        if counts(slug) and (asked == key or alike):
            return str(slug)
    bare, source = bare_title(recipe.get("name")), _source_of(recipe)
    for slug, its_title in same_ingredients(connection, fingerprint):
        if counts(slug) and (
            bare_title(its_title) == bare
            or (source and folder and _source_in(folder / f"{slug}{save.SUFFIX}") == source)
        ):
            return slug
    return None


def _source_of(recipe: dict[str, Any]) -> str:
    """Return the hash of the page or text that a recipe was found in, where it is told."""
    source = told.ours(recipe, "source")
    return str(source.get("html_sha256") or "")


def _source_in(file: Path) -> str:
    try:
        return _source_of(save.read(file))
    except (OSError, ValueError):
        return ""  # gone since, or no recipe any more


def alike(connection: sqlite3.Connection, recipe: dict[str, Any]) -> list[str]:
    """Return the names of recipes of the same address or with the same ingredients."""
    ours = told.ours(recipe)
    values = {name: str(ours.get(name) or "-") for name in ("key", "fingerprint")}
    return [row[0] for row in connection.execute(SQL["alike"], values)]


def mend(data_dir: Path) -> int:
    """Make the index tell of the files that are there; returns how many rows were changed."""
    folder = data_dir / FOLDER
    if not folder.is_dir():
        return 0
    # First what is known, then what is there: a recipe that is saved in between is only looked at
    # once more, while the other way round it would be dropped.
    with reading(data_dir) as connection:
        known = {slug for (slug,) in connection.execute(SQL["names"])} if connection else set()
    with os.scandir(folder) as entries:
        there = {e.name.removesuffix(save.SUFFIX) for e in entries if e.name.endswith(save.SUFFIX)}
    if there == known:
        return 0
    with writing(data_dir) as connection:
        for slug in known - there:
            if not (folder / f"{slug}{save.SUFFIX}").exists():
                drop(connection, slug)
        for slug in there - known:
            file = folder / f"{slug}{save.SUFFIX}"
            try:
                put(connection, slug, save.read(file), file)
            except (OSError, ValueError):
                continue  # what cannot be read is no recipe; export says so
    return len(there ^ known)


def slugs(data_dir: Path) -> list[str]:
    """Return the names of all recipes, in the order in which they were saved."""
    with reading(data_dir) as connection:
        return [slug for (slug,) in connection.execute(SQL["all"])] if connection else []


# -------------------------------------------------------------------- pages without a recipe


def note(data_dir: Path, item: str, kind: str, reason: str) -> None:
    """Note that an address or a file gave no recipe so far."""
    with writing(data_dir) as connection:
        connection.execute(
            SQL["note"],
            {
                "item": item,
                "kind": kind,
                "reason": reason[:REASON_MOST_CHARS],
                "last_at": time.time(),
            },
        )
        connection.execute(SQL["forget"], {"most": TROUBLES_MOST})


def solved(data_dir: Path, item: str) -> bool:
    """Forget that a page gave no recipe; returns whether that was noted."""
    with writing(data_dir) as connection:
        return bool(connection.execute(SQL["solved"], (item,)).rowcount)
