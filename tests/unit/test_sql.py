"""The loader of named queries."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from soniq_tui.sql import load


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
