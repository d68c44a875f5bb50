"""The filter line, run against a real database."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soniq_tui.engine.filter import (
    BATCH_COLUMNS,
    ERROR_COLUMNS,
    HISTORY_COLUMNS,
    JOB_COLUMNS,
    SCALE_COLUMNS,
    condition,
)

ROWS = [
    # id, label, error, shown, stage, queue, importer, attempt, run_s
    (1, "/music/Abba", "", "queued", "read", "extract", "music", 0, 0.0),
    (2, "/music/100%_live", "no header", "failed", "read", "extract", "music", 2, 7.5),
    (3, "it's \\ here", "", "done", "store", "insert", "crawl", 0, 1.0),
    (4, "a_c", "a.c", "set aside", "find", "scan", "music", 1, 0.2),
    (5, "queue:mad abc", "", "paused", "find", "scan", "music", 0, 0.2),
]


@pytest.fixture(scope="module")
def db() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE job (id, label, error, shown, stage, queue, importer, attempt, run_s)"
    )
    connection.executemany("INSERT INTO job VALUES (?,?,?,?,?,?,?,?,?)", ROWS)
    yield connection
    connection.close()


def found(db: sqlite3.Connection, text: str) -> list[int]:
    where, values = condition(text, JOB_COLUMNS)
    text = f"SELECT id FROM job WHERE {where} ORDER BY id"  # noqa: S608  that is what is tested
    return [row[0] for row in db.execute(text, values)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("   ", [1, 2, 3, 4, 5]),
        ("abba", [1]),
        ("music", [1, 2]),
        ("music live", [2]),
        ("!music", [3, 4, 5]),
        ("%", [2]),
        ("_", [2, 4]),
        ("a_c", [4]),
        ("'", [3]),
        ("\\", [3]),
        ("header", [2]),
        ("state:failed", [2]),
        ("state:FAILED", [2]),
        ("state:set", [4]),
        ("!state:done", [1, 2, 4, 5]),
        ("state:%", []),
        ("stage:read", [1, 2]),
        ("queue:extract", [1, 2]),
        ("queue:ins", [3]),
        ("kind:crawl", [3]),
        ("try>1", [2, 4]),
        ("try>2", [2]),
        ("try<2", [1, 3, 5]),
        ("time>5s", [2]),
        ("time>0.5", [2, 3]),
        ("mad:abc", []),
        ("state:", []),
        (":", [5]),
        ("!", []),
        ("state:failed time>5s header", [2]),
        ("is:dead", [2, 4]),
        ("IS:Dead", [2, 4]),
        ("!is:dead", [1, 3, 5]),
        ("is:open", [1, 5]),
        ("is:ended", [2, 3, 4]),
        ("is:ended state:done", [3]),
        ("is:nonsense", []),
        ("is:", []),
        ("';DROP TABLE job;--", []),
    ],
)
def test_jobs(db: sqlite3.Connection, text: str, ids: list[int]) -> None:
    """Words must occur, ``!word`` must not, fields narrow down, and nothing is taken for SQL."""
    assert found(db, text) == ids


@pytest.mark.parametrize(
    "text",
    ["\x00", "\udcff", "a\x00b", "x " * 5000, "%" * 100_000, "try>" + "9" * 500, "try>\u0663"],
)
def test_hostile(db: sqlite3.Connection, text: str) -> None:
    """No text makes a filter that the database refuses."""
    found(db, text)


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(st.text() | st.text("!:%_'\\ stade><0123.s"))
def test_any_text(text: str) -> None:
    """Any text gives a condition with exactly the parameters it names."""
    for columns in (JOB_COLUMNS, ERROR_COLUMNS, BATCH_COLUMNS, HISTORY_COLUMNS, SCALE_COLUMNS):
        where, values = condition(text, columns)
        assert where.count(":f") == len(values)
        assert all(f":{name}" in where for name in values)
