"""What was set of the queues, what they did and when they were scaled."""

from pathlib import Path

import pytest

from soniq_tui.engine import commit as module
from soniq_tui.engine.commit import DAY_S
from soniq_tui.engine.opening import connect
from soniq_tui.engine.reader import JournalFile
from soniq_tui.engine.rows import QueueControl
from soniq_tui.model.events import AutoscaleSet, Counted, QueueHeld, Scaled, SlotsResized
from soniq_tui.model.snapshot import HistoryRow, Query, ScaleRow, View
from tests.engine.journals import commit, rows, write


def minute(at_s: float, batch_id: int = 1, queue: str = "extract") -> HistoryRow:
    return HistoryRow(
        at_s=at_s, batch_id=batch_id, queue=queue, jobs=5, failed=1, items=9, busy_s=12.5
    )


def scaled(number: int, queue: str = "extract") -> Scaled:
    return Scaled(queue=queue, before=number, after=number + 1, reason=f"backlog of {number}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_controls(path: Path) -> None:
    """A queue keeps the newest of what was set of it; what never was is None."""
    write(path, [SlotsResized(queue="scan", slots=2), QueueHeld(queue="fetch", held=True)])
    write(path, [AutoscaleSet(queue="scan", on=False), SlotsResized(queue="scan", slots=4)])
    write(path, [QueueHeld(queue="fetch", held=False)])
    file = JournalFile(path)
    assert file.controls() == {
        "scan": QueueControl(slots=4, autoscaled=False),
        "fetch": QueueControl(held=False),
    }
    file.close()


def test_scales(path: Path) -> None:
    """Scale events are listed newest first, and found by their queue and reason."""
    write(path, [scaled(1), scaled(2, "vector"), scaled(3)], 1000.0)
    file = JournalFile(path)
    page = file.page(Query(view=View.SCALES, limit=2))
    assert page.total == 3
    assert page.rows[0] == ScaleRow(
        at_s=1000.0, queue="extract", before=3, after=4, reason="backlog of 3"
    )
    assert file.page(Query(view=View.SCALES, text="queue:vec")).total == 1
    assert file.page(Query(view=View.SCALES, text='"of 1"')).total == 1
    assert file.page(Query(view=View.SCALES, text='"1 of"')).total == 0
    assert file.page(Query(view=View.SCALES, text="backlog 1")).total == 1
    file.close()


def test_scales_are_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the newest scale events are kept."""
    monkeypatch.setattr(module, "SCALES_MOST", 10)
    write(path, map(scaled, range(7)))
    write(path, map(scaled, range(7, 25)))
    assert rows(path, "SELECT before FROM scale ORDER BY id") == [(n,) for n in range(15, 25)]


def test_history(path: Path) -> None:
    """Minutes are listed newest first, of all batches or of one."""
    some = (minute(120.0), minute(180.0, 2), minute(60.0, 2, "scan"))
    write(path, [Counted(rows=some)], 200.0)
    file = JournalFile(path)
    page = file.page(Query(view=View.HISTORY))
    assert page.rows == (some[1], some[0], some[2])
    assert file.page(Query(view=View.HISTORY, batch_id=2)).total == 2
    assert file.page(Query(view=View.HISTORY, batch_id=2, text="queue:scan")).rows == (some[2],)
    file.close()


def test_old_minutes_are_forgotten(path: Path) -> None:
    """Minutes that are older than so many days are forgotten, when new ones come."""
    now_at_s = 100 * DAY_S
    ages = (31, 29.9, 0)
    write(path, [Counted(rows=tuple(minute(now_at_s - age * DAY_S) for age in ages))], now_at_s)
    assert len(rows(path, "SELECT * FROM history")) == 2
    write(path, [Counted(rows=(minute(now_at_s),))], now_at_s + DAY_S)
    assert len(rows(path, "SELECT * FROM history")) == 2


def test_history_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are never more minutes than the bound, and they are looked through seldom."""
    monkeypatch.setattr(module, "HISTORY_MOST", 50)
    monkeypatch.setattr(module, "PRUNE_ROWS", 10)
    db = connect(path)
    numbers = module.Numbers.of(db)
    pruned = 0
    for step in range(200):
        db.execute("BEGIN")
        part = module.Commit(db, float, 1000.0, numbers)
        part.take(Counted(rows=(minute(900.0 + step),)))
        part.flush()
        db.execute("COMMIT")
        pruned += part.numbers.pruned != numbers.pruned
        numbers = part.numbers
        count = db.execute("SELECT count(*) FROM history").fetchone()[0]
        assert count <= 50
    db.close()
    assert pruned == 20
    newest = rows(path, "SELECT max(at_s), count(*) FROM history")
    assert newest[0][0] == 1099.0
    assert newest[0][1] > 30


def test_pruning_uses_an_index(path: Path) -> None:
    """Forgetting reads only what it forgets."""
    db = connect(path)
    for name in ("prune_history", "prune_history_days", "prune_scales"):
        plan = " ".join(
            row[3] for row in db.execute("EXPLAIN QUERY PLAN " + module.SQL[name], (0,))
        )
        assert plan.startswith("SEARCH"), plan
    db.close()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none(path: Path, value: float) -> None:
    """Minutes with counts and times that no database holds are kept with what it does hold."""
    row = HistoryRow(
        at_s=value, batch_id=1, queue="q", jobs=10**30, failed=0, items=0, busy_s=value
    )
    db = connect(path)
    commit(db, [Counted(rows=(row,))], 0.0)
    db.close()
    assert rows(path, "SELECT at_s, jobs, busy_s FROM history") == [(0.0, 2**63 - 1, 0.0)]
