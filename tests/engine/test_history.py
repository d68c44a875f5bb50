"""What was done minute by minute reaches the journal once, whatever the clock does."""

import random
from collections import Counter

from soniq_tui.engine.history import ROWS_MOST, History
from soniq_tui.model.events import Counted
from soniq_tui.model.snapshot import TOOK_S


def added(history: History, at_s: float, batch_id: int = 1, queue: str = "read") -> None:
    history.add(batch_id, queue, jobs=1, failed=1, items=3, busy_s=0.5, now_at_s=at_s)


def jobs(*counted: Counted | None) -> Counter[float]:
    sums: Counter[float] = Counter()
    for event in counted:
        for row in event.rows if event else ():
            sums[row.at_s] += row.jobs
    return sums


def test_a_minute_is_due_when_it_has_ended() -> None:
    """The minute that is open stays; when the next has begun it comes, once."""
    history = History()
    assert history.due(600.0) is None
    added(history, 601.0)
    added(history, 659.9)
    assert history.due(659.9) is None
    counted = history.due(660.0)
    assert counted is not None
    (row,) = counted.rows
    assert (row.at_s, row.batch_id, row.queue) == (600.0, 1, "read")
    assert (row.jobs, row.failed, row.items, row.busy_s) == (2, 2, 6, 1.0)
    assert history.due(720.0) is None


def test_one_row_for_each_batch_and_queue() -> None:
    """Batches and queues are counted apart, and minutes without work leave no rows."""
    history = History()
    added(history, 60.0, 1, "read")
    added(history, 61.0, 1, "store")
    added(history, 62.0, 2, "read")
    counted = history.due(6000.0)
    assert counted is not None
    assert {(row.batch_id, row.queue) for row in counted.rows} == {
        (1, "read"),
        (1, "store"),
        (2, "read"),
    }


def test_the_end_takes_the_open_minute_along() -> None:
    """What was counted in a minute that has not ended comes at the end, once."""
    history = History()
    added(history, 60.0)
    assert jobs(history.flush()) == {60.0: 1}
    assert history.flush() is None
    added(history, 70.0)
    assert jobs(history.due(120.0)) == {60.0: 1}


def test_a_clock_that_is_trimmed_makes_no_new_rows() -> None:
    """Set back over the edge of a minute by a moment, the minute that is open goes on."""
    history = History()
    added(history, 120.1)
    added(history, 119.9)
    assert history.due(119.9) is None
    added(history, 121.0)
    assert jobs(history.due(180.0)) == {120.0: 3}


def test_a_clock_that_is_set_back_far_is_followed() -> None:
    """The minute that was open ends, and what comes is counted where the clock then stands."""
    history = History()
    added(history, 1_000_020.0)
    counted = history.due(600.0)
    added(history, 600.0)
    assert jobs(counted, history.due(660.0)) == {1_000_020.0: 1, 600.0: 1}


def test_no_clock_loses_or_doubles_anything() -> None:
    """However the clock jumps, each job is counted exactly once."""
    rng = random.Random(1)
    history, now_s, told, got = History(), 1_000_000.0, 0, 0
    for _ in range(5000):
        now_s += rng.choice([0.5, 1.0, 59.0, 61.0, -0.5, -59.0, -61.0, 86400.0, -86400.0])
        if rng.random() < 0.7:
            added(history, now_s, rng.randint(1, 3))
            told += 1
        else:
            got += sum(jobs(history.due(now_s)).values())
    assert told == got + sum(jobs(history.flush()).values())


def test_memory_is_bounded_when_nobody_asks() -> None:
    """Rows that nobody fetches for days are put together, and none of what they count is lost."""
    history = History()
    for minute in range(4 * ROWS_MOST):
        added(history, minute * 60.0)
    assert sum(len(sums) for _, sums in history._ended) <= ROWS_MOST
    assert sum(jobs(history.flush()).values()) == 4 * ROWS_MOST


def test_durations_and_failed_items_are_counted_by_the_minute() -> None:
    """Each stage is in the step it belongs to, one at an edge in that above it."""
    history = History()
    for busy_s in (0.0005, 0.001, 0.9, 5000.0):
        history.add(1, "read", jobs=1, items=2, errors=1, busy_s=busy_s, now_at_s=60.0)
    history.add(1, "read", items=3, errors=2, now_at_s=61.0)  # a checkpoint: no stage ended
    (row,) = history.open_rows()
    assert (row.jobs, row.items, row.errors, sum(row.took)) == (4, 11, 6, 4)
    steps = [step for step, count in enumerate(row.took) if count]
    assert steps == [0, 1, TOOK_S.index(1.0), len(TOOK_S)]
    assert history.open_rows(2) == []
    counted = history.flush()
    assert counted is not None
    assert counted.rows == (row,)
    assert history.open_rows() == []


def test_a_minute_that_has_ended_is_seen_until_it_is_handed_over() -> None:
    """Else what is shown of a batch would fall at each minute's end, and rise again."""
    history = History()
    for now_at_s in (60.0, 119.0, 120.0):
        history.add(1, "read", jobs=1, now_at_s=now_at_s)
    assert [(row.at_s, row.jobs) for row in history.open_rows()] == [(120.0, 1), (60.0, 2)]
    assert history.open_rows(2) == []
    assert jobs(history.due(120.0)) == {60.0: 2}
    assert [row.at_s for row in history.open_rows()] == [120.0]


def test_a_history_that_nobody_fetches_loses_no_duration() -> None:
    """Rows that are put together keep all that was counted in them."""
    history = History()
    for minute in range(ROWS_MOST + 500):
        history.add(1, "read", jobs=1, errors=1, busy_s=0.003, now_at_s=60.0 * minute)
    counted = history.flush()
    assert counted is not None
    assert sum(sum(row.took) for row in counted.rows) == ROWS_MOST + 500
    assert sum(row.errors or 0 for row in counted.rows) == ROWS_MOST + 500
