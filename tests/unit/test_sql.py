"""The loader of named queries."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from soniq_tui.engine import checkup
from soniq_tui.engine.reader import JournalFile
from soniq_tui.errors import JournalError
from soniq_tui.host.status import being_made
from soniq_tui.importers.music import store as catalogue
from soniq_tui.importers.recipes import store as index
from soniq_tui.sql import load, read_only


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package called after the test's folder, so that tests do not share one."""
    folder = tmp_path / f"package_{tmp_path.name}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    sys.modules.pop(folder.name, None)


def loaded(package: Path, text: str) -> dict[str, str]:
    (package / "q.sql").write_text(text)
    return load(package.name, "q.sql")


def test_blocks(package: Path) -> None:
    """A block runs from its head to the next and keeps its own comments."""
    text = (
        "-- one: first\nSELECT 1; -- tail\n  -- inside: no head\nSELECT 2;\n\n"
        "-- two_b: ü\nSELECT 3\n"
    )
    assert loaded(package, text) == {
        "one": "SELECT 1; -- tail\n  -- inside: no head\nSELECT 2;",
        "two_b": "SELECT 3",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-- a: x\nSELECT 1;\n-- a: y\nSELECT 2;\n", "q.sql:3: a is there twice"),
        ("-- a: x\n\n-- b: y\nSELECT 2;\n", "a is empty"),
        ("SELECT 1;\n-- a: x\nSELECT 2;\n", "q.sql:1: expected"),
        ("-- a:\nSELECT 2;\n", "q.sql:1: expected"),
    ],
)
def test_refused(package: Path, text: str, said: str) -> None:
    """A file whose blocks are not plain is refused with the line."""
    with pytest.raises(ValueError, match=said):
        loaded(package, text)


def test_ours() -> None:
    """The queries of the music catalogue load."""
    assert "migration_1" in load("soniq_tui.importers.music", "store.sql")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (b"", "blob"),
        (b"a\0\xff", "blob"),
        (True, "integer"),
        (False, "integer"),
        (-(2**63), "integer"),
        (1.5, "real"),
        ("", "text"),
        ("\u00e9\0", "text"),
    ],
)
def test_values_are_stored_as_what_they_are(value: object, kind: str) -> None:
    """The short way in which NULL and bytes are bound changes nothing of them."""
    with closing(sqlite3.connect(":memory:")) as db:
        ((back, found),) = db.execute("SELECT ?1, typeof(?1)", (value,)).fetchall()
    assert (back, found) == (value, kind)


@pytest.fixture
def half_made(tmp_path: Path) -> Path:
    """A database whose maker died in its first transaction, before there was a log."""
    file, made = tmp_path / "made.db", tmp_path / "half.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN")
        db.execute("CREATE TABLE page (text)")
        for _ in range(8):
            db.execute("INSERT INTO page VALUES (zeroblob(4000))")
        made.write_bytes(file.read_bytes())
        journal = file.with_name(f"{file.name}-journal").read_bytes()
    made.with_name(f"{made.name}-journal").write_bytes(journal)
    return made


def test_half_made(half_made: Path) -> None:
    """It is rolled back by whoever reads it first; SQLite refuses who cannot write."""
    uri = f"file:{half_made}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True)) as db,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        db.execute("SELECT * FROM page")
    with closing(sqlite3.connect(read_only(half_made), uri=True)) as db:
        assert db.execute("SELECT name FROM sqlite_schema").fetchall() == []
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("CREATE TABLE page (text)")


def test_a_log_of_nothing(tmp_path: Path) -> None:
    """Where only the log of a database is left none is made to be read."""
    (tmp_path / "gone.db-journal").touch()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        read_only(tmp_path / "gone.db")
    assert not (tmp_path / "gone.db").exists()


def test_half_made_ones_of_ours(half_made: Path) -> None:
    """Who was killed while a file of ours was made did not close it to all readers."""
    folder = half_made.parent

    def again(name: str) -> Path:
        for end in ("", "-journal"):
            source = half_made.with_name(f"{half_made.name}{end}")
            (folder / f"{name}{end}").write_bytes(source.read_bytes())
        return folder / name

    again(index.FILE)
    with index.reading(folder) as connection:
        assert connection is None
    again(catalogue.FILE)
    assert catalogue.reader(folder) is None
    with (
        closing(JournalFile(again("journal.db"))) as journal,
        pytest.raises(JournalError, match="no such table") as caught,
    ):
        journal.batches(1)
    assert being_made(caught.value)
    assert checkup.damage(again("other.db"), 5) == ""
