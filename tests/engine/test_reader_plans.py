"""What is asked of a few rows does not go through all that was ever done."""

import random
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.engine.commit import Commit, Numbers
from soniq_tui.engine.opening import SCHEMA, connect
from soniq_tui.engine.reader import JournalFile
from soniq_tui.model.commands import Cause, Target
from soniq_tui.model.events import BatchChanged, ErrorsBooked, ErrorsCleared, JobChanged
from soniq_tui.model.job import TERMINAL, BatchState, ErrorKind, ItemError, JobState
from soniq_tui.model.snapshot import CauseRow, Query, View
from tests.engine.journals import a_batch, a_job, admitted, rows, write

S = JobState
DATA = Path(__file__).resolve().parents[1] / "data"
CAUSE = Cause(batch_id=2, stage="read", kind=ErrorKind.CORRUPT, reason="no header")


def fault(item: str, reason: str = "no header", kind: ErrorKind = ErrorKind.CORRUPT) -> ItemError:
    return ItemError(item=item, stage="read", kind=kind, reason=reason)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """One batch that has ended, one that is paused and one that runs, with jobs in all states."""
    made = tmp_path / "journal.db"
    states = list(S)
    batches = (BatchState.DONE, BatchState.PAUSED, BatchState.RUNNING)
    for batch_id, state in enumerate(batches, 1):
        first = 100 * batch_id
        ended = [S.DONE, S.FAILED, S.SET_ASIDE, S.SKIPPED]
        of = ended * 3 if state is BatchState.DONE else states
        jobs = [a_job(first + n, batch_id=batch_id, state=each) for n, each in enumerate(of)]
        batch = a_batch(batch_id, state=state, ended_at_s=7.0 if of is not states else None)
        failed = [job.id for job in jobs if job.state in {S.FAILED, S.SET_ASIDE}]
        errors = [
            ErrorsBooked(batch_id=batch_id, job_id=job_id, errors=(fault("b"), fault("a", "slow")))
            for job_id in failed
        ]
        write(made, [*admitted(*jobs, batch=batch), *errors], 1000.0 + batch_id)
    return made


@pytest.fixture
def file(path: Path) -> JournalFile:
    opened = JournalFile(path)
    yield opened
    opened.close()


def plans_of(file: JournalFile, ask: Callable[[], object]) -> list[str]:
    """Return how SQLite finds the rows of each statement, a line for each table."""
    asked: list[str] = []
    ask()  # the connection is there
    assert file._db is not None
    file._db.set_trace_callback(asked.append)
    ask()
    file._db.set_trace_callback(None)
    plans = [file._db.execute(f"EXPLAIN QUERY PLAN {text}").fetchall() for text in asked]
    return [row[3] for plan in plans for row in plan]


def whole(plan: list[str], table: str) -> list[str]:
    """Return where a table is gone through from one end to the other; what is live is no table."""
    scans = [line for line in plan if line.split()[:2] == ["SCAN", table]]
    return [line for line in scans if not line.endswith("INDEX job_live")]


ONE = {"batch_id": 2, "limit": 1}
"""One row more than the page: then it is counted how many there are, too."""


@pytest.mark.parametrize(
    ("ask", "table"),
    [
        (lambda f: f.page(Query(view=View.JOBS, **ONE)), "j"),
        (lambda f: f.page(Query(view=View.JOBS, find=203, **ONE)), "j"),
        (lambda f: f.page(Query(view=View.JOBS, text="state:failed", sort="try", **ONE)), "j"),
        (lambda f: f.page(Query(view=View.JOBS, text="is:open", **ONE)), "j"),
        (lambda f: f.page(Query(view=View.JOBS, text="is:open", limit=1)), "j"),
        (lambda f: f.page(Query(view=View.JOBS, text="state:running", limit=1)), "j"),
        (lambda f: f.matching((2,), "state:failed"), "j"),
        (lambda f: f.matching((), "state:queued"), "j"),
        (lambda f: f.behind(Target(batches=(2,))), "e"),
        (lambda f: f.behind(Target(causes=(CAUSE,))), "e"),
        (lambda f: f.queue_depths(), "job"),
        (lambda f: f.page(Query(view=View.ERRORS, find=3, **ONE)), "e"),
    ],
)
def test_an_index_leads_there(
    file: JournalFile, ask: Callable[[JournalFile], object], table: str
) -> None:
    """Neither the jobs of a batch nor those that have not ended are looked for among all."""
    plan = plans_of(file, lambda: ask(file))
    assert plan
    assert not whole(plan, table), plan


def test_what_has_not_ended_is_found_by_its_own_index(file: JournalFile) -> None:
    """A batch of 100,000 jobs of which ten are left shows those at once."""
    asked: list[Callable[[], object]] = [
        lambda: file.page(Query(view=View.JOBS, text="is:open", limit=1)),
        lambda: file.page(Query(view=View.JOBS, text="state:run", batch_id=3, limit=1)),
        lambda: file.page(Query(view=View.JOBS, text="is:open", sort="try", find=203, limit=1)),
        lambda: file.matching((), "is:open"),
        lambda: file.matching((2, 3), "is:open"),
        lambda: file.left(20, None, float, 1024),
        file.queue_depths,
    ]
    for ask in asked:
        plan = plans_of(file, ask)
        assert any("job_live" in line for line in plan), plan
        assert not [line for line in plan if "job_of_batch" in line], plan


@pytest.mark.parametrize("text", ["is:open", "!is:open", "is:open|ended", "is:any"])
@pytest.mark.parametrize("batch_id", [None, 1, 2])
def test_all_that_is_open(file: JournalFile, text: str, batch_id: int | None) -> None:
    """The index holds what the words mean."""
    ended = {S.DONE, S.SKIPPED, S.FAILED, S.CANCELLED, S.SET_ASIDE}
    every = file.page(Query(view=View.JOBS, batch_id=batch_id)).rows
    wanted = {
        "is:open": lambda state: state not in ended,
        "!is:open": lambda state: state in ended,
    }.get(text, lambda _: True)
    expected = [row.id for row in every if wanted(row.state)]
    page = file.page(Query(view=View.JOBS, batch_id=batch_id, text=text))
    assert [row.id for row in page.rows] == expected
    assert file.matching((batch_id,) if batch_id else (), text) == expected


@pytest.mark.parametrize("state", ["p", "queued", "RUN", "c", "set", "q|d", "running|pausing"])
@pytest.mark.parametrize("negative", ["", "!"])
def test_states_by_their_first_letters(file: JournalFile, state: str, negative: str) -> None:
    """Some beginnings mean none that has ended, some do; the list is the same as ever."""
    every = file.page(Query(view=View.JOBS)).rows
    starts = tuple(state.lower().split("|"))
    expected = [r.id for r in every if r.state.value.startswith(starts) is not bool(negative)]
    found = file.page(Query(view=View.JOBS, text=f"{negative}state:{state}"))
    assert [row.id for row in found.rows] == expected
    assert expected


def test_waiting_jobs_of_open_batches(file: JournalFile) -> None:
    """Those that wait in a batch that is paused wait, too."""
    assert file.queue_depths() == [("fake", "read", 2)]


@pytest.mark.parametrize("view", [View.JOBS, View.ERRORS, View.CAUSES, View.BATCHES])
def test_how_many_there_are(file: JournalFile, view: View) -> None:
    """Each page tells the same, one at the end, one beyond it and one of no rows, too."""
    total = len(file.page(Query(view=view, limit=1000)).rows)
    assert total > 2
    for offset in (0, 1, total - 1, total, total + 5):
        for limit in (0, 1, 2, total, 1000):
            page = file.page(Query(view=view, offset=offset, limit=limit))
            assert page.total == total
            assert len(page.rows) == max(0, min(limit, total - offset))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("text", ["", "!batch:2"])
@pytest.mark.parametrize("view", [View.JOBS, View.ERRORS])
def test_a_row_is_found_in_the_order_of_numbers(
    file: JournalFile, view: View, text: str, *, reverse: bool
) -> None:
    """How many come before it is its number; what the filter leaves out has none."""
    query = Query(view=view, text=text, reverse=reverse)
    every = file.page(Query(view=view)).rows
    order = [row.id for row in file.page(query).rows]
    assert order == sorted(order, reverse=reverse)
    for row in every:
        found = file.page(Query(view=view, text=text, reverse=reverse, find=row.id, limit=2)).found
        assert found == (order.index(row.id) if row.id in order else None)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("view", "sort"),
    [
        *((View.JOBS, name) for name in ("time", "queue", "job", "items", "batch", "try", "state")),
        *((View.ERRORS, name) for name in ("at", "item", "reason", "try", "kind")),
    ],
)
def test_a_sorted_list_is_the_same_from_either_end(
    file: JournalFile, view: View, sort: str, *, reverse: bool
) -> None:
    """Each page has its part of the order, and each row is found where it stands."""
    query = Query(view=view, sort=sort, reverse=reverse)
    order = [row.id for row in file.page(query).rows]
    assert len(order) > 6
    for at, number in enumerate(order):
        page = file.page(Query(view=view, sort=sort, reverse=reverse, find=number, limit=2))
        assert (page.found, page.offset) == (at, at - at % 2)
        assert [row.id for row in page.rows] == order[page.offset : page.offset + 2]


def test_the_end_of_a_sorted_list_costs_what_its_beginning_does(path: Path) -> None:
    """Neither what comes before the page is sorted, nor, to find a row, what comes after it."""
    jobs = [a_job(1000 + n, batch_id=4, label=f"{n * 7 % 600:03}") for n in range(600)]
    write(path, admitted(*jobs, batch=a_batch(4)), 1010.0)
    file = JournalFile(path)

    def steps(**asked: int) -> int:
        """Return how many hundred steps of SQLite's machine a page takes."""
        query = Query(view=View.JOBS, sort="job", limit=5, **asked)
        total = file.page(query).total
        assert total > 600
        taken: list[int] = []
        assert file._db is not None
        file._db.set_progress_handler(lambda: taken.append(1), 100)
        file.page(query)
        file._db.set_progress_handler(None, 100)
        return len(taken)

    first = steps()
    total = file.page(Query(view=View.JOBS)).total
    assert (
        steps(find=1000) < 4 * first
    )  # all are looked at four times, and none but the page sorted
    asked: list[str] = []
    assert file._db is not None
    file._db.set_trace_callback(asked.append)
    file.page(Query(view=View.JOBS, sort="job", limit=5, offset=total - 5))
    assert any("LIMIT 5 OFFSET 0" in text for text in asked), asked
    file.close()


# -------------------------------------------------------------------- causes


def causes(file: JournalFile, **how: Any) -> list[CauseRow]:
    page = file.page(Query(view=View.CAUSES, **how))
    return [row for row in page.rows if isinstance(row, CauseRow)]


def directly(file: JournalFile, **how: Any) -> list[CauseRow]:
    """Return the same, grouped from all failures there are: for free text each is looked at."""
    return causes(file, **how | {"text": f"{how.get('text', '')} !zz"})


def grouped(file: JournalFile, ask: Callable[[], object]) -> tuple[list[int], list[int]]:
    """Return whose failures were grouped for a question, and of whom all."""
    asked: list[str] = []
    assert file._db is not None
    file._db.set_trace_callback(asked.append)
    ask()
    file._db.set_trace_callback(None)
    some = re.compile(r"INSERT OR REPLACE INTO temp.known_batch .*\sSELECT (\d+),", re.DOTALL)
    whole = re.compile(r"DELETE FROM temp.known_cause WHERE batch_id = (\d+);?$")
    both = ([int(m[1]) for each in asked if (m := form.match(each))] for form in (some, whole))
    return tuple(both)


def test_failures_of_what_has_ended_are_grouped_once(path: Path, file: JournalFile) -> None:
    """Looking at the causes again does not go through the failures of all nights before."""
    first = causes(file)
    assert {row.batch_id for row in first} == {1, 2, 3}
    assert grouped(file, lambda: causes(file)) == ([2, 3], [])  # which go on
    assert causes(file) == first
    write(path, [BatchChanged(batch=a_batch(3, state=BatchState.DONE, ended_at_s=9.0))])
    assert grouped(file, lambda: causes(file)) == ([2, 3], [])
    assert grouped(file, lambda: causes(file)) == ([2], [])
    assert grouped(file, lambda: causes(file, batch_id=3)) == ([], [])


def test_only_new_failures_are_grouped(path: Path, file: JournalFile) -> None:
    """One more failure of many, and a job that has ended since, do not let all be grouped anew."""
    causes(file)
    # Of the third batch job 300 waits, 301 runs; of both something has failed on the way.
    events = [
        ErrorsBooked(batch_id=3, job_id=300, errors=(fault("0"), fault("x", "new"))),
        ErrorsBooked(batch_id=3, job_id=301, errors=(fault("c"), fault("d"))),
    ]
    for event in events:
        write(path, [event])
        assert grouped(file, lambda: causes(file)) == ([2, 3], [])
        assert causes(file) == directly(file)
    assert {row.jobs for row in causes(file, batch_id=3) if row.reason == "new"} == {0}
    for job_id in (300, 301):
        write(path, [JobChanged(job=a_job(job_id, batch_id=3, state=S.FAILED))])
        assert grouped(file, lambda: causes(file)) == ([2, 3], [])
        assert causes(file) == directly(file)
    assert {row.jobs for row in causes(file, batch_id=3) if row.reason == "new"} == {1}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_causes_are_what_they_are(
    path: Path, file: JournalFile, seed: int
) -> None:
    """Failures that come and go, jobs that end and begin again, batches that are given up."""
    chance = random.Random(seed)
    states = dict(enumerate((BatchState.DONE, BatchState.PAUSED, BatchState.RUNNING), 1))
    db = connect(path)
    numbers = Numbers.of(db)  # kept: no number of a failure comes twice while an engine lives
    for step in range(60):
        batch_id = chance.choice((1, 2, 3))
        job_id = 100 * batch_id + chance.randrange(8)
        errors = (fault(chance.choice("abz"), chance.choice(("slow", "torn"))),)
        booked = ErrorsBooked(batch_id=batch_id, job_id=job_id, errors=errors * (1 + step % 2))
        state = db.execute("SELECT state FROM job WHERE id = ?", (job_id,)).fetchone()[0]
        over = state in TERMINAL
        job = a_job(job_id, batch_id=batch_id, state=chance.choice(list(S)))
        match chance.randrange(3):
            case 0 if over:  # only a retry leads out of that, and clears what had failed
                events = [ErrorsCleared(job_id=job_id), JobChanged(job=job)]
            case 0:
                events = [booked]
            case 1 if not over:
                events = [booked, JobChanged(job=job)]
            case _:
                events, states[batch_id] = [], chance.choice(list(BatchState))
        batch = a_batch(batch_id, state=states[batch_id], ended_at_s=100.0 + step)
        db.execute("BEGIN")
        part = Commit(db, float, 1000.0 + step, numbers)
        for event in (*events, BatchChanged(batch=batch)):
            part.take(event)
        part.flush()
        db.execute("COMMIT")
        numbers = part.numbers
        one = chance.choice((None, 1, 2, 3))
        sort = chance.choice(("", "last", "count"))
        assert causes(file, batch_id=one, sort=sort) == directly(file, batch_id=one, sort=sort)
    db.close()


@pytest.mark.parametrize("text", ["", "kind:corrupt", "batch:1", "!batch:1", "stage:read"])
def test_grouped_ahead_or_not_causes_are_the_same(file: JournalFile, text: str) -> None:
    """Free text looks at each failure; what it leaves nothing out of says the same."""
    for sort in ("", "count", "last", "reason"):
        assert causes(file, text=text, sort=sort) == directly(file, text=text, sort=sort)
    assert causes(file, text="slow")[0].count == 6
    assert causes(file, text="try<1") == []


def test_what_is_retried_is_grouped_again(path: Path, file: JournalFile) -> None:
    """What an ended batch says changes with it: failures that go, that come, jobs that wait."""
    before = {(row.batch_id, row.reason): (row.count, row.jobs) for row in causes(file)}
    assert before[1, "slow"] == (6, 6)
    again = a_job(101, batch_id=1, state=S.QUEUED)
    running = BatchChanged(batch=a_batch(1, state=BatchState.RUNNING))
    write(path, [running, ErrorsCleared(job_id=101), JobChanged(job=again)])
    assert {r.count for r in causes(file) if r.batch_id == 1} == {5}
    failed = a_job(101, batch_id=1, state=S.FAILED)
    ended = BatchChanged(batch=a_batch(1, state=BatchState.DONE, ended_at_s=8.0))
    new = ErrorsBooked(batch_id=1, job_id=101, errors=(fault("c", "new"),))
    write(path, [new, JobChanged(job=failed), ended])
    after = {(row.batch_id, row.reason): (row.count, row.jobs) for row in causes(file)}
    assert after == before | {(1, "slow"): (5, 5), (1, "no header"): (5, 5), (1, "new"): (1, 1)}
    # In one commit it ran and ended again.
    ended = BatchChanged(batch=a_batch(1, state=BatchState.DONE, ended_at_s=8.5))
    write(path, [ErrorsCleared(job_id=101), ended])
    assert (1, "new") not in {(row.batch_id, row.reason) for row in causes(file)}


# -------------------------------------------------------------------- opening


def test_a_journal_that_has_fewer_indexes_gets_them(tmp_path: Path) -> None:
    """They came without a new version: an older program goes on with the same file."""
    path = tmp_path / "journal.db"
    path.write_bytes((DATA / f"journal_v{SCHEMA}.sqlite").read_bytes())
    db = sqlite3.connect(path)
    db.execute("DROP INDEX IF EXISTS job_of_batch")
    db.close()
    version = rows(path, "PRAGMA user_version")
    connect(path).close()
    found = rows(path, "SELECT name FROM sqlite_schema WHERE name = 'job_of_batch'")
    assert found == [("job_of_batch",)]
    assert rows(path, "PRAGMA user_version") == version
