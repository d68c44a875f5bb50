"""Pages of long lists, and what an earlier host left."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.engine.queries import SQL
from soniq_tui.engine.reader import JournalFile
from soniq_tui.engine.retry import MOST_S
from soniq_tui.engine.takeover import earlier
from soniq_tui.errors import JournalError
from soniq_tui.model.events import BatchChanged, ErrorsBooked, JobAdmitted
from soniq_tui.model.filters import SORTS
from soniq_tui.model.job import BatchState, ErrorKind, ItemError, Items, JobState
from soniq_tui.model.snapshot import Query, View
from tests.engine.journals import a_batch, a_job, admitted, write
from tests.engine.strategies import FAKE, importer

S = JobState


def fault(item: str, kind: ErrorKind = ErrorKind.CORRUPT, reason: str = "no header") -> ItemError:
    return ItemError(item=item, stage="read", kind=kind, reason=reason)


@pytest.fixture
def file(tmp_path: Path) -> JournalFile:
    path = tmp_path / "journal.db"
    states = [S.QUEUED, S.RUNNING, S.PAUSED, S.DONE, S.FAILED, S.CANCELLED, S.SKIPPED, S.SET_ASIDE]
    jobs = [a_job(n, state=state, stage="store") for n, state in enumerate(states, 1)]
    paused = a_batch(2, label="second", state=BatchState.PAUSED, items=Items(3, 1, 1, 1))
    write(
        path,
        [
            *admitted(*jobs),
            *admitted(
                *(a_job(n, batch_id=2, key=str(n), payload=bytes(n)) for n in range(10, 30)),
                batch=paused,
            ),
            BatchChanged(batch=a_batch(3, label="third", state=BatchState.FAILED, error="gone")),
            ErrorsBooked(batch_id=1, job_id=5, errors=(fault("a"), fault("b"), fault("c"))),
            ErrorsBooked(
                batch_id=1, job_id=8, errors=(fault("d", ErrorKind.TIMEOUT, "100%_slow"),)
            ),
        ],
    )
    opened = JournalFile(path, lambda name, stage: f"{name}-{stage}")
    yield opened
    opened.close()


@pytest.mark.parametrize("view", [View.ERRORS, View.CAUSES])
def test_an_index_leads_to_the_failures_of_one_batch(file: JournalFile, view: View) -> None:
    """What one batch is asked for does not take longer because others had failures."""
    asked: list[str] = []
    file.page(Query(view=view))
    assert file._db is not None
    file._db.set_trace_callback(asked.append)
    page = file.page(Query(view=view, batch_id=1, find=2, limit=1, text="!zz"))
    file._db.set_trace_callback(None)
    assert page.total == {View.ERRORS: 4, View.CAUSES: 2}[view]
    asked.remove(SQL["left_behind"])  # of a table without a row
    assert len(asked) == {View.ERRORS: 3, View.CAUSES: 2}[view]
    for text in asked:
        plan = [row[3] for row in file._db.execute(f"EXPLAIN QUERY PLAN {text}")]
        assert any("INDEX error_of_batch (batch_id=?" in line for line in plan), plan


def test_pages(file: JournalFile) -> None:
    """A page has its rows and tells how many there are in all, also beyond the end."""
    query = Query(view=View.JOBS, batch_id=2, offset=5, limit=3)
    page = file.page(query)
    assert [row.id for row in page.rows] == [15, 16, 17]
    assert (page.total, page.offset) == (20, 5)
    beyond = file.page(Query(view=View.JOBS, batch_id=2, offset=100))
    assert (beyond.rows, beyond.total) == ((), 20)


def test_shown_as_on_screen(file: JournalFile) -> None:
    """What waits because its batch is paused reads paused, and is found by that word."""
    everything = file.page(Query(view=View.JOBS))
    assert {row.state for row in everything.rows if row.batch_id == 2} == {S.PAUSED}
    assert file.page(Query(view=View.JOBS, text="state:paused")).total == 21
    assert file.page(Query(view=View.JOBS, text="state:queued")).total == 1


@pytest.mark.parametrize(
    ("text", "total"),
    [("state:failed", 1), ("label 5", 3), ("!label", 0), ("queue:fake-read", 20), ("try>1", 0)],
)
def test_filters(file: JournalFile, text: str, total: int) -> None:
    """The filter line narrows the page and its total alike."""
    page = file.page(Query(view=View.JOBS, text=text))
    assert (len(page.rows), page.total) == (total, total)


def test_queue_of_a_row(file: JournalFile) -> None:
    """A row tells the queue of its stage."""
    assert file.page(Query(view=View.JOBS, limit=1)).rows[0].queue == "fake-store"


def test_causes(file: JournalFile) -> None:
    """Failures are grouped by what caused them, the most frequent first."""
    page = file.page(Query(view=View.CAUSES))
    assert [(row.kind, row.count, row.sample) for row in page.rows] == [
        (ErrorKind.CORRUPT, 3, "a"),
        (ErrorKind.TIMEOUT, 1, "d"),
    ]
    assert page.rows[0].importer == "fake"
    assert page.rows[0].first_at_s == page.rows[0].last_at_s == 1000.0
    assert file.page(Query(view=View.CAUSES, offset=9)).total == 2
    assert file.page(Query(view=View.CAUSES, text="kind:timeout")).total == 1


def test_errors_of_a_cause(file: JournalFile) -> None:
    """The items of one cause are listed one by one."""
    page = file.page(
        Query(view=View.ERRORS, stage="read", kind=ErrorKind.CORRUPT, reason="no header", limit=2)
    )
    assert [row.item for row in page.rows] == ["a", "b"]
    assert page.total == 3
    assert file.page(Query(view=View.ERRORS, text="%_")).rows[0].item == "d"


def test_batches(file: JournalFile) -> None:
    """Batches are listed newest first."""
    page = file.page(Query(view=View.BATCHES))
    assert [row.id for row in page.rows] == [3, 2, 1]
    assert page.rows[1].items == Items(3, 1, 1, 1)
    assert file.page(Query(view=View.BATCHES, text="state:failed")).rows[0].error == "gone"


def test_single_things(file: JournalFile) -> None:
    """Batches, jobs and payloads are found by number; what is not there is none."""
    assert file.batch(2).label == "second"
    assert file.batch(99) is None
    assert [job.id for job in file.jobs([5, 99, 1, 10**30])] == [1, 5]
    assert {job.id for job in file.ended_jobs(1)} == {5, 8}
    assert file.payload(12) == bytes(12)
    with pytest.raises(JournalError, match="job 99 is not in"):
        file.payload(99)
    with pytest.raises(JournalError):
        file.batch(2**70)


def test_no_file(tmp_path: Path) -> None:
    """A journal that is not there is told in one line, and none is made."""
    missing = JournalFile(tmp_path / "journal.db")
    with pytest.raises(JournalError, match="cannot be read"):
        missing.open_batches()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("view", [View.JOBS, View.ERRORS])
@pytest.mark.parametrize("data", [b"no database" * 500, None])
def test_no_journal(tmp_path: Path, view: View, data: bytes | None) -> None:
    """Whatever is asked for first: one line tells that there is none, or that it is none."""
    path = tmp_path / "journal.db"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(JournalError, match="cannot be read" if data is None else "is damaged"):
        JournalFile(path).page(Query(view=view))


def test_what_was_left(file: JournalFile) -> None:
    """An earlier host leaves its open batches with their live jobs, and all keys of them."""
    left, unusable = earlier(file, importer, None, 0.0, 0.0)
    assert unusable == {}
    assert [b.id for b in left.batches] == [1, 2, 3]
    assert left.cold[1] == {"store": [1]}
    assert [job.id for job in left.jobs[1]] == [2, 3]
    assert left.cold[2] == {"read": list(range(10, 30))}
    assert left.jobs[2] == []
    assert left.stages == {1: {"store", "read"}, 2: {"read"}}
    assert len(left.keys[1]) == 8
    assert (left.last_batch, left.last_job) == (3, 29)
    assert left.live_ids == {1, 2, 3, *range(10, 30)}


def test_only_some(file: JournalFile) -> None:
    """Of the batches not asked for nothing is taken, but their jobs are known to live."""
    left, _ = earlier(file, importer, (1,), 0.0, 0.0)
    assert [b.id for b in left.batches] == [1]
    assert set(left.jobs) == set(left.cold) == {1}
    assert 29 in left.live_ids


def test_an_importer_that_is_gone(tmp_path: Path) -> None:
    """A batch whose importer or stage is gone stays in the journal, the others are taken."""
    path = tmp_path / "journal.db"
    gone = a_batch(2, importer="gone")
    write(
        path,
        [
            *admitted(a_job(1)),
            *admitted(a_job(2, batch_id=2, importer="gone"), batch=gone),
            *admitted(a_job(3, batch_id=3, first_stage="old"), batch=a_batch(3)),
        ],
    )
    file = JournalFile(path)
    left, unusable = earlier(file, importer, None, 0.0, 0.0)
    assert [b.id for b in left.batches] == [1]
    assert set(left.jobs) == set(left.keys) == {1}
    assert unusable == {
        2: "no importer is called 'gone'",
        3: f"importer {FAKE.name} has no stage 'old' any more",
    }
    file.close()


@pytest.mark.parametrize(
    ("at_s", "due_s"), [(0.0, 0.0), (1010.0, 60.0), (900.0, 0.0), (1e9, 50.0 + MOST_S)]
)
def test_clocks_that_jump(tmp_path: Path, at_s: float, due_s: float) -> None:
    """A wait goes on after a restart, but never for longer than any wait may be."""
    path = tmp_path / "journal.db"
    job = a_job(not_before_s=at_s, attempt=1)
    write(path, [BatchChanged(batch=a_batch()), JobAdmitted(job=job)])
    file = JournalFile(path)
    left, _ = earlier(file, importer, None, 50.0, 1000.0)
    assert left.jobs[1][0].not_before_s == due_s
    file.close()


def test_large_payloads_stay(file: JournalFile) -> None:
    """Only small payloads are taken into memory."""
    jobs = file.rows(range(10, 21), float, 15)
    assert [job.stored for job in jobs] == [job.id > 15 for job in jobs]
    assert [len(job.payload) for job in jobs[:7]] == [10, 11, 12, 13, 14, 15, 0]


@pytest.mark.parametrize(
    "fields",
    [
        {"state": S.RUNNING},
        {"state": S.PAUSED},
        {"attempt": 1},
        {"not_before_s": 5.0},
        {"deaths": 1},
        {"suspects": (3,)},
        {"priority": -1},
    ],
)
def test_what_is_cold(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Of a job that only waits the number is all that is read; anything else needs its row."""
    path = tmp_path / "journal.db"
    plain = [a_job(1, stage="read"), a_job(3, stage="group"), a_job(4, stage="read", fence=2)]
    write(path, [*admitted(*plain, a_job(2, **fields))])
    file = JournalFile(path)
    left = file.left(10, None, float, 0)
    assert left.cold == {1: {"read": [1, 4], "group": [3]}}
    assert [job.id for job in left.jobs[1]] == [2]
    assert left.live_ids == {1, 2, 3, 4}
    file.close()


def test_rows(file: JournalFile) -> None:
    """Jobs are read by number with what they start with; unknown ones are left out."""
    jobs = file.rows([15, 10, 999, 12, 10**30], keep_bytes=12)
    assert [job.id for job in jobs] == [10, 12, 15]
    assert [len(job.payload) for job in jobs] == [10, 12, 0]
    assert [job.stored for job in jobs] == [False, False, True]
    assert file.rows([]) == []


@pytest.mark.parametrize(
    ("batches", "text", "ids"),
    [
        ((), "state:failed", [5]),
        ((1,), "", [1, 2, 3, 4, 5, 6, 7, 8]),
        ((2,), "label 1", [*range(10, 20), 21]),
        ((1, 2), "is:dead", [5, 8]),
        ((2,), "is:dead", []),
        ((99,), "", []),
        ((1,), "is:open", [1, 2, 3]),
        ((1,), "!is:open", [4, 5, 6, 7, 8]),
        ((1,), "is:ended label", [4, 5, 6, 7, 8]),
    ],
)
def test_matching(file: JournalFile, batches: tuple[int, ...], text: str, ids: list[int]) -> None:
    """A filter names the same jobs to a command as it shows in the list."""
    assert file.matching(batches, text) == ids
    shown = [file.page(Query(view=View.JOBS, text=text, batch_id=i)) for i in batches or (None,)]
    assert [row.id for page in shown for row in page.rows] == ids


HOSTILE_KEYS = [
    "\x00",
    "a\x00b",
    "\U0001f600",
    '"\\',
    "\x1b]0;x\x07",
    "\u2028",
    "x" * 10**5,
    "\x7f",
]


def test_hostile_keys(tmp_path: Path) -> None:
    """Keys come back as they were, whatever is in them."""
    path = tmp_path / "journal.db"
    write(path, admitted(*(a_job(n, key=key) for n, key in enumerate(HOSTILE_KEYS, 1))))
    file = JournalFile(path)
    assert sorted(file.keys(1)) == sorted(HOSTILE_KEYS)
    assert file.keys(2) == []
    file.close()


@pytest.mark.parametrize("fields", [{"batch_id": 2**70}, {"limit": 2**70}, {"offset": -(2**70)}])
def test_numbers_beyond_bounds(file: JournalFile, fields: dict[str, int]) -> None:
    """A page that no journal has is refused in words."""
    with pytest.raises(JournalError, match="no numbers of more than 63 bits"):
        file.page(Query(view=View.JOBS, **fields))
    assert file.page(Query(view=View.JOBS, limit=2**62)).total == 28


def test_an_older_journal(tmp_path: Path) -> None:
    """A journal that was not yet brought up to date is still shown, and says what it lacks."""
    path = tmp_path / "journal.db"
    shutil.copy(Path(__file__).resolve().parents[1] / "data" / "journal_v1.sqlite", path)
    file = JournalFile(path)
    assert len(file.batches(100)) == 7
    assert file.page(Query(view=View.JOBS)).total
    with pytest.raises(JournalError, match="start soniq-tui once"):
        file.rows([1])
    with pytest.raises(JournalError, match="start soniq-tui once"):
        file.controls()
    file.close()


def test_jobs_in_another_order(file: JournalFile) -> None:
    """Each list is sorted by each of its columns, both ways, over all pages."""
    for view, names in SORTS.items():
        natural = {row.id if hasattr(row, "id") else row for row in all_of(file, view)}
        for name in names:
            forth = all_of(file, view, sort=name)
            back = all_of(file, view, sort=name, reverse=True)
            assert {row.id if hasattr(row, "id") else row for row in forth} == natural
            assert sorted(map(repr, forth)) == sorted(map(repr, back))
    states = [row.state for row in all_of(file, View.JOBS, sort="state")]
    assert states == sorted(states)
    ids = [row.id for row in all_of(file, View.JOBS, reverse=True)]
    assert ids == sorted(ids, reverse=True)
    batches = [
        (-row.batch_id, row.id) for row in all_of(file, View.JOBS, sort="batch", reverse=True)
    ]
    assert batches == sorted(batches)


def all_of(file: JournalFile, view: View, **how: Any) -> list[Any]:
    """Return all rows of a list, a few at a time."""
    rows: list[Any] = []
    while True:
        page = file.page(Query(view=view, offset=len(rows), limit=3, **how))
        rows += page.rows
        if len(rows) >= page.total:
            return rows


def test_a_row_is_found_in_any_order(file: JournalFile) -> None:
    """The page that has it is given, with its number; one that does not match is not found."""
    order = [row.id for row in all_of(file, View.JOBS, sort="state", reverse=True)]
    for job_id in (5, 17, order[-1]):
        query = Query(view=View.JOBS, sort="state", reverse=True, find=job_id, limit=4, offset=1)
        page = file.page(query)
        assert page.found == order.index(job_id)
        assert page.offset == page.found // 4 * 4
        assert page.rows[page.found - page.offset].id == job_id
    gone = file.page(Query(view=View.JOBS, text="state:failed", find=17, offset=0, limit=4))
    assert (gone.found, gone.offset, gone.total) == (None, 0, 1)
    errors = file.page(Query(view=View.ERRORS, sort="item", reverse=True, find=2, limit=2))
    assert (errors.found, [row.item for row in errors.rows]) == (2, ["b", "a"])


def test_what_runs_is_sorted_and_filtered_by_how_long(file: JournalFile) -> None:
    """The journal does not know how long a job has been running; whoever asks tells it."""
    running = {2: 70.0}
    longest = file.page(Query(view=View.JOBS, sort="time", reverse=True, limit=1), running)
    assert [(row.id, row.run_s) for row in longest.rows] == [(2, 70.0)]
    assert file.page(Query(view=View.JOBS, text="time>1m"), running).total == 1
    assert file.matching((), "time>1m", running) == [2]
    assert file.page(Query(view=View.JOBS, text="time>1m"), {2: 3.0}).total == 0


def test_a_cause_tells_how_many_jobs_are_behind_it(file: JournalFile) -> None:
    """Items of one job are many failures and one job."""
    page = file.page(Query(view=View.CAUSES, sort="kind"))
    assert [(row.reason, row.count, row.jobs) for row in page.rows] == [
        ("no header", 3, 1),
        ("100%_slow", 1, 1),
    ]
