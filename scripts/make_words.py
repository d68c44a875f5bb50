#!/usr/bin/env python3
"""Gathers the words that people read and makes the catalogues of other languages from them.

For each language but English: bring ``soniq_tui/words/XX/LC_MESSAGES/soniq_tui.po`` up to date (new
texts come in empty, texts that nobody says any more go) and make the ``.mo`` beside it, which is
what the program reads. Says what is still to be translated; ``tests/test_words.py`` fails while
anything is.
"""

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from soniq_tui import cli, words
from soniq_tui.model.job import BatchState, ErrorKind, JobState
from soniq_tui.verbs import helps

HOUSE = Path(words.__file__).resolve().parents[1]
KEYWORDS = {"_": 1, "mark": 1, "many": 2}
"""What marks a text, and how many of its first arguments are texts.

Read from the syntax tree, because Babel's own reader passes over what stands in an f-string.
"""
STATES = (JobState, BatchState, ErrorKind)
"""Enums whose values are shown as words; the values themselves are the same in every language."""
PLURALS = {"fr": "nplurals=2; plural=(n > 1);"}
SINCE = datetime(2026, 11, 28, tzinfo=UTC)
HEADER = """\
# The words of soniq-tui. Made by "make words", which keeps what is translated here.
# What stands in {braces} is put in by the program and must stay as it is; its place may change.
# Screens are narrow: a label of the footer has one or two words, the head of a column one."""
Id = str | tuple[str, str]


def gathered() -> Iterator[tuple[Id, str]]:
    """Give each text, as it stands in the code, with the file that says it."""
    for file in sorted(HOUSE.rglob("*.py")):
        where = file.relative_to(HOUSE.parent).as_posix()
        tree = ast.parse(file.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            texts = [a.value for a in call.args[: KEYWORDS.get(name, 0)] if _is_text(a)]
            if texts:
                yield texts[0] if len(texts) == 1 else (texts[0], texts[1]), where
    yield from _helped(cli.cli)
    for kind in STATES:
        for member in kind:
            yield member.value.replace("_", " "), "soniq_tui/model/job.py"


def _helped(command: click.Command) -> Iterator[tuple[Id, str]]:
    """Give what the help of a command says, and of those below it."""
    if command.callback is not None:
        where = command.callback.__module__.replace(".", "/") + ".py"
        yield from ((text, where) for text in helps.texts(command))
    if isinstance(command, click.Group):
        context = click.Context(command)
        # Commands of importers are made of what is marked anyway.
        launches = {importer.verb for importer in cli.importers()}
        for name in sorted({*command.list_commands(context)} - launches):
            below = command.get_command(context, name)
            if below is not None:
                yield from _helped(below)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(node.value)


def template() -> Catalog:
    """Return all texts, without a translation."""
    catalog = Catalog(project="soniq-tui", charset="utf-8", creation_date=SINCE)
    for text, where in gathered():
        catalog.add(text, locations=[(where, 0)])
    return catalog


def place(language: str) -> Path:
    """Return the catalogue that people edit."""
    return HOUSE / "words" / language / "LC_MESSAGES" / "soniq_tui.po"


def catalogue(language: str) -> Catalog:
    """Return the catalogue of a language as it stands in the file."""
    path = place(language)
    if not path.exists():
        new = Catalog(locale=language, charset="utf-8")
        new.mime_headers = [("Plural-Forms", PLURALS[language])]
        return new
    with path.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str) -> Catalog:
    """Return the catalogue of a language with the texts of today, what is translated kept."""
    catalog = catalogue(language)
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = HEADER
    catalog.project, catalog.version, catalog.fuzzy = "soniq-tui", "", False
    catalog.copyright_holder = catalog.msgid_bugs_address = ""
    catalog.creation_date = catalog.revision_date = SINCE
    catalog.last_translator = catalog.language_team = "soniq-tui"
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """Return what the file holds that people edit; files are named, lines would change daily."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, include_lineno=False, sort_by_file=True)
    return buffer.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Return what the program reads."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def untranslated(catalog: Catalog) -> list[str]:
    """Return the texts that have no translation, or one that somebody has to look at again."""
    return [str(m.id) for m in catalog if m.id and (m.fuzzy or not all(said(m)))]


def said(message: Message) -> list[str]:
    """Return the translation of a text: one, or one for each plural form; empty where it lacks."""
    string = message.string or ""
    return [string] if isinstance(string, str) else list(string)


def main() -> int:
    """Bring every catalogue up to date; 1 when something is still to be translated."""
    status = 0
    for language in words.LANGUAGES:
        if language == "en":
            continue
        catalog = updated(language)
        path = place(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(po_bytes(catalog))
        path.with_suffix(".mo").write_bytes(mo_bytes(catalog))
        missing = untranslated(catalog)
        print(
            f"{path.relative_to(HOUSE.parent)}: {len(catalog)} texts, {len(missing)} to translate"
        )
        for text in missing:
            print(f"  {text}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
