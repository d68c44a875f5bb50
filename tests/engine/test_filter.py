"""The filter line, run against a real database."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soniq_tui.engine.filter import COLUMNS, ORDERS, condition, order
from soniq_tui.errors import UsageError
from soniq_tui.model.filters import CHARS_MOST, FIELDS, SORTS, TERMS_MOST, FilterError
from soniq_tui.model.snapshot import Query, View

ROWS = [
    # id, label, error, shown, stage, queue, importer, attempt, ran_s, batch_id
    (1, "/music/Abba", "", "queued", "read", "extract", "music", 0, 0.0, 12),
    (2, "/music/100%_live", "no header", "failed", "read", "extract", "music", 2, 7.5, 1),
    (3, "it's \\ here", "", "done", "store", "insert", "crawl", 0, 1.0, 1),
    (4, "a_c", "a.c", "set aside", "find", "scan", "music", 1, 0.2, 2),
    (5, "queue:mad abc", "", "paused", "find", "scan", "music", 0, 0.2, 2),
]


@pytest.fixture(scope="module")
def db() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE job"
        " (id, label, error, shown, stage, queue, importer, attempt, ran_s, batch_id)"
    )
    connection.executemany("INSERT INTO job VALUES (?,?,?,?,?,?,?,?,?,?)", ROWS)
    yield connection
    connection.close()


def found(db: sqlite3.Connection, text: str) -> list[int]:
    where, values = condition(text, View.JOBS)
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
        ("stage:read", [1, 2]),
        ("queue:extract", [1, 2]),
        ("queue:ins", [3]),
        ("kind:crawl", [3]),
        ("try>1", [2, 4]),
        ("try>2", [2]),
        ("try<2", [1, 3, 5]),
        ("time>5s", [2]),
        ("time>0.5", [2, 3]),
        ('"queue:mad"', [5]),
        ('"queue:mad abc"', [5]),
        ('"mad queue"', []),
        ('!"it\'s \\ here"', [1, 2, 4, 5]),
        ('state:"set aside"', [4]),
        ("batch:1", [2, 3]),
        ("!batch:1", [1, 4, 5]),
        ("id:5", [5]),
        ("TRY>1", [2, 4]),
        ("time>0.1m", [2]),
        ("time<1h", [1, 2, 3, 4, 5]),
        ("!time>5s", [1, 3, 4, 5]),
        ("is:any", [1, 2, 3, 4, 5]),
        ("http://host", []),
        (":", [5]),
        ("state:failed time>5s header", [2]),
        ("is:dead", [2, 4]),
        ("IS:Dead", [2, 4]),
        ("!is:dead", [1, 3, 5]),
        ("is:open", [1, 5]),
        ("is:ended", [2, 3, 4]),
        ("is:ended state:done", [3]),
        ("';DROP TABLE job;--", []),
        ("abba|live", [1, 2]),
        ('abba|"mad abc"', [1, 5]),
        ("!abba|live", [3, 4, 5]),
        ("state:failed|set", [2, 4]),
        ("!state:done|failed|set", [1, 5]),
        ("batch:1|12", [1, 2, 3]),
        ("is:dead|open", [1, 2, 4, 5]),
        ('"abba|live"', []),
        ("abba|", [1]),
        ("|", []),
        pytest.param("|".join("a" * 499), [1, 2, 4, 5], id="many"),
    ],
)
def test_jobs(db: sqlite3.Connection, text: str, ids: list[int]) -> None:
    """Words must occur, ``!word`` must not, fields narrow down, and nothing is taken for SQL."""
    assert found(db, text) == ids


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mad:abc", "there is no mad: here, only state queue kind stage batch try time is id; "),
        ("size>3", "there is no size: here"),
        ("state:%", "state: cannot be %, only queued running "),
        ("is:de", "is: cannot be de, only dead open ended any"),
        ("!state:", "state: wants a word after it"),
        ("try>", "try wants a number after >$"),
        ("time<", "time wants a time after <, like 5s or 2m$"),
        ("batch:", "batch: wants a whole number after it$"),
        ("try:2", "try compares: try>1"),
        ("queue>2", "queue takes a colon: queue:"),
        ("try>two", "try wants a number after >, not two"),
        ("try>2s", "try wants a number"),
        ("time<soon", "time wants a time after <, like 5s or 2m, not soon"),
        ("try>\u0663", "try wants a number"),
        ("batch:1x", "batch: wants a whole number, not 1x"),
        ("red !", "! wants a word after it"),
        ("state:failed|%", "state: cannot be %, only queued"),
        ("batch:1|x", "batch: wants a whole number, not x"),
        ("try>1|2", "try wants a number after >, not 1|2"),
        ("x " * (TERMS_MOST + 1), "too long"),
        ("%" * (CHARS_MOST + 1), "too long"),
    ],
)
def test_what_means_nothing_is_said(text: str, why: str) -> None:
    """A slip in a filter is an error that says what is possible, and never text to look for."""
    with pytest.raises(FilterError) as caught:
        condition(text, View.JOBS)
    assert why in f"{caught.value}$"  # the sign stands for the end


def test_fields_belong_to_a_list() -> None:
    """What one list knows another may not."""
    assert condition("kind:corrupt batch:7", View.CAUSES)[1] == {"f0": "corrupt%", "f1": 7}
    with pytest.raises(FilterError, match="kind: cannot be music"):
        condition("kind:music", View.ERRORS)
    with pytest.raises(FilterError, match="no state: here, only kind stage batch try"):
        condition("state:failed", View.ERRORS)


def test_every_field_and_order_has_its_sql() -> None:
    """What may be typed and what may be sorted by is what the engine knows."""
    for view in COLUMNS:
        named = {name.partition(":")[0] for name in COLUMNS[view]} - {""}
        assert named == {field.name for field in FIELDS[view]}
        assert set(ORDERS.get(view, {"": ()})) == {"", *SORTS.get(view, ())}


def test_orders() -> None:
    """A list is sorted by one column and then as it was, either way round."""
    assert order(Query(view=View.JOBS)) == "id"
    assert order(Query(view=View.JOBS, reverse=True)) == "id DESC"
    assert order(Query(view=View.JOBS, sort="time", reverse=True)) == "ran_s DESC, id"
    assert order(Query(view=View.CAUSES)) == "count DESC, last_at_s DESC"
    assert order(Query(view=View.CAUSES, reverse=True)) == "count, last_at_s"
    by_batch = Query(view=View.CAUSES, sort="batch", reverse=True)
    assert order(by_batch) == "e.batch_id DESC, count DESC, last_at_s DESC"
    assert order(Query(view=View.SCALES)) == "1"
    for query in (Query(view=View.JOBS, sort="1; DROP"), Query(view=View.SCALES, reverse=True)):
        with pytest.raises(UsageError, match="cannot be sorted"):
            order(query)


@pytest.mark.parametrize("text", ["\x00", "\udcff", "a\x00b", "%" * 900, 'a"b', "x " * 40])
def test_hostile(db: sqlite3.Connection, text: str) -> None:
    """No text that is a filter makes one that the database refuses."""
    found(db, text)


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(st.text() | st.text("!:%_'\" \\ stade><0123.s"))
def test_any_text(text: str) -> None:
    """Any text gives a condition with exactly the parameters it names, or is refused."""
    for view in COLUMNS:
        try:
            where, values = condition(text, view)
        except FilterError:
            continue
        assert where.count(":f") == len(values)
        assert all(f":{name}" in where for name in values)
