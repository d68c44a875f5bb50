"""Pages of long lists, and what an earlier host left."""

from pathlib import Path

import pytest

from soniq_tui.engine.earlier import earlier
from soniq_tui.engine.reader import JournalFile
from soniq_tui.engine.retry import CAP_S
from soniq_tui.errors import JournalError
from soniq_tui.model.events import BatchChanged, ErrorsBooked, JobAdmitted
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


def test_what_was_left(file: JournalFile) -> None:
    """An earlier host leaves its open batches with their live jobs, and all keys of them."""
    left, unusable = earlier(file, importer, None, 0.0, 0.0)
    assert unusable == {}
    assert [b.id for b in left.batches] == [1, 2, 3]
    assert [job.id for job in left.jobs[1]] == [1, 2, 3]
    assert len(left.keys[1]) == 8
    assert (left.last_batch, left.last_job) == (3, 29)
    assert left.live_ids == {1, 2, 3, *range(10, 30)}


def test_only_some(file: JournalFile) -> None:
    """Of the batches not asked for nothing is taken, but their jobs are known to live."""
    left, _ = earlier(file, importer, (1,), 0.0, 0.0)
    assert [b.id for b in left.batches] == [1]
    assert set(left.jobs) == {1}
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
    ("at_s", "due_s"), [(0.0, 0.0), (1010.0, 60.0), (900.0, 0.0), (1e9, 50.0 + CAP_S)]
)
def test_clocks_that_jump(tmp_path: Path, at_s: float, due_s: float) -> None:
    """A wait goes on after a restart, but never for longer than any wait may be."""
    path = tmp_path / "journal.db"
    write(path, [BatchChanged(batch=a_batch()), JobAdmitted(job=a_job(not_before_s=at_s))])
    file = JournalFile(path)
    left, _ = earlier(file, importer, None, 50.0, 1000.0)
    assert left.jobs[1][0].not_before_s == due_s
    file.close()


def test_large_payloads_stay(file: JournalFile) -> None:
    """Only small payloads are taken into memory."""
    jobs = file.live_jobs(2, float, 15)
    assert [job.stored for job in jobs] == [job.id > 15 for job in jobs]
    assert [len(job.payload) for job in jobs[:7]] == [10, 11, 12, 13, 14, 15, 0]
