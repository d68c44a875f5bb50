"""What starts and ends reaches the meters of all, of its batch and of its queue."""

from msgspec.structs import replace

from soniq_tui.engine.pace import Pace
from soniq_tui.model.job import Batch, Items, Job, JobState

BATCH = Batch(id=1, importer="fake", label="", options=b"", items=Items(total=100, done=20))


def test_work_of_earlier_hosts() -> None:
    """The time worked on a batch sums up over hosts, and once only when it left memory."""
    pace = Pace()
    batch = Batch(id=1, importer="fake", label="", options=b"", worked_s=10.0)
    pace.started(1, "read", 1, 100.0)
    pace.rest(1, 105.0)
    assert pace.worked_s(batch, 200.0) == 15.0
    pace.forget(1)
    written = Batch(id=1, importer="fake", label="", options=b"", worked_s=15.0)
    assert pace.worked_s(written, 300.0) == 15.0


def test_a_cancelled_job_tells_no_time() -> None:
    """The time of a job that was given up half-way is not that of all its items."""
    pace = Pace()
    job = Job(id=1, batch_id=1, importer="fake", stage="read", first_stage="read", key="k",
              label="", weight=100, run_s=1.0)  # fmt: skip
    for state in (JobState.CANCELLED, JobState.QUEUED):
        pace.job_ended(
            Job(**{f: getattr(job, f) for f in job.__struct_fields__} | {"state": state})
        )
    assert pace.all.median_s() is None


def test_queues_and_batches_are_told() -> None:
    """One stage moves the figures of its queue, of its batch and of all."""
    pace = Pace()
    for n in range(20):
        pace.started(1, "read", 1, 100.0 + n)
        pace.stage_ended(1, "read", 0.9, 100.9 + n, failed=n == 3)
        pace.items(1, 1, 100.9 + n)
    queue = pace.queue("read")
    assert (queue.ended, queue.failed) == (20, 1)
    assert 0.8 < queue.busy_share(1, 120.0) < 1.0
    assert pace.batches[1].busy_s == {"read": 0.9 * 20} or pace.batches[1].busy_s["read"] > 17.9
    assert pace.all.rate(120.0) == pace.batches[1].rate(120.0) > 0


def test_eta_of_a_batch() -> None:
    """A batch of short jobs has its rate, one of long jobs its slots, an unknown one nothing."""
    pace = Pace()
    assert pace.eta(BATCH, 100.0, ages_s=[], waiting=1, growing=False) is None
    for n in range(20):
        pace.started(1, "read", 1, 100.0 + n * 60)
        pace.stage_ended(1, "read", 60.0, 160.0 + n * 60)
        pace.job_ended(LONG)
        pace.items(1, 1, 160.0 + n * 60)
    pace.started(1, "read", 1, 1300.0)
    known = pace.eta(BATCH, 1330.0, ages_s=[30.0], waiting=79, growing=False)
    flowing = pace.eta(BATCH, 1330.0, ages_s=[30.0], waiting=1, growing=True)
    assert known is not None
    assert flowing is not None
    assert 4500 < known.s < 5000
    assert 4500 < flowing.s < 5500


LONG = Job(id=1, batch_id=1, importer="fake", stage="read", first_stage="read", key="k",
           label="", run_s=60.0, state=JobState.DONE)  # fmt: skip


def test_a_batch_that_comes_back() -> None:
    """After a batch was forgotten its retry is measured anew, and its queue goes on counting."""
    pace = Pace()
    pace.started(1, "read", 1, 100.0)
    pace.stage_ended(1, "read", 5.0, 105.0)
    pace.rest(1, 105.0)
    written = replace(BATCH, worked_s=pace.worked_s(BATCH, 105.0))
    pace.forget(1)
    pace.forget(1)
    pace.started(1, "read", 1, 500.0)
    assert pace.worked_s(written, 503.0) == 8.0
    assert pace.eta(written, 501.0, ages_s=[1.0], waiting=0, growing=False) is None
    pace.stage_ended(1, "read", 3.0, 503.0, stopped=True)
    assert (pace.queue("read").ended, pace.batches[1].busy_s) == (1, {"read": 3.0})
