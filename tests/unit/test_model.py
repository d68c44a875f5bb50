"""The words everyone shares."""

import itertools

import msgspec
import pytest

from soniq_tui.errors import IllegalMoveError
from soniq_tui.model import commands
from soniq_tui.model.job import (
    BATCH_ENDED,
    HOLDS_SLOT,
    MOVES,
    NO_ITEMS,
    TERMINAL,
    Batch,
    BatchState,
    ErrorKind,
    Items,
    Job,
    JobState,
)
from soniq_tui.model.settings import QueueSettings, Settings, default_queues
from soniq_tui.model.snapshot import BatchView, QueueView, Snapshot

S = JobState


def job(state: JobState = S.QUEUED) -> Job:
    return Job(
        id=1,
        batch_id=1,
        importer="fake",
        stage="read",
        first_stage="read",
        key="k",
        label="l",
        state=state,
    )


@pytest.mark.parametrize(("a", "b"), itertools.product(JobState, JobState))
def test_moves(a: JobState, b: JobState) -> None:
    """A job moves along the table of moves and no other way."""
    if b in MOVES[a]:
        assert job(a).moved(b, attempt=2).attempt == 2
        assert job(a).moved(b).state is b
    else:
        with pytest.raises(IllegalMoveError, match=f"{a} -> {b}"):
            job(a).moved(b)


def test_table_of_moves() -> None:
    """Every state has its row; only a retry leads out of an end, and none out of success."""
    assert set(MOVES) == set(JobState)
    assert all(MOVES[state] <= {S.QUEUED} for state in TERMINAL)
    assert not MOVES[S.DONE]
    assert not MOVES[S.SKIPPED]
    reached = {state for moves in MOVES.values() for state in moves}
    assert reached == set(JobState)
    assert not TERMINAL & HOLDS_SLOT


def test_every_run_can_end() -> None:
    """From every state that holds a slot there is a way to an end."""
    for state in HOLDS_SLOT:
        assert MOVES[state] & TERMINAL or MOVES[state] & {S.PAUSED}
    assert {S.QUEUED, S.PAUSED, *HOLDS_SLOT, *TERMINAL} == set(JobState)
    assert set(BatchState) >= BATCH_ENDED


def test_items() -> None:
    """Counts add up, and the difference of a sum is what was added."""
    items = Items(10, 3, 2, 1)
    assert (items.ended, items.left) == (6, 4)
    more = Items(5, 1, 1, 1)
    assert items.plus(more) == Items(15, 4, 3, 2)
    assert items.plus(more).plus(more, -1) == items
    assert NO_ITEMS.plus(items) == items


@pytest.mark.parametrize(
    "value",
    [
        commands.Submit(importer="x", options=b"\x80", priority=3),
        commands.Cancel(target=commands.Target(batches=(1, 2), jobs=(3,)), undo_s=5),
        commands.Undo(),
        commands.Retry(target=commands.Target()),
        commands.Resize(queue="read", slots=2),
    ],
)
def test_commands_travel(value: commands.Command) -> None:
    """A command arrives in another process as what it was."""
    union = commands.Submit | commands.Cancel | commands.Undo | commands.Retry | commands.Resize
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=union) == value


def test_frozen() -> None:
    """Nobody changes a job or a batch behind the scheduler's back."""
    with pytest.raises(AttributeError):
        job().state = S.DONE
    batch = Batch(id=1, importer="x", label="", options=b"")
    with pytest.raises(AttributeError):
        batch.priority = 2


def test_words() -> None:
    """Words in the journal and on screen are the lower-case names."""
    for state in (*JobState, *BatchState):
        assert state.value == state.name.lower().replace("_", " ")
    assert all(kind.value == kind.name.lower() for kind in ErrorKind)


def test_snapshot() -> None:
    """A snapshot knows how much runs and waits, and whether a clock is running."""
    idle = Snapshot(queues=(QueueView(name="a", depth=3), QueueView(name="b", depth=4)))
    assert (idle.depth, idle.active, idle.working) == (7, 0, False)
    busy = Snapshot(queues=(QueueView(name="a", active=2),))
    assert (busy.active, busy.working) == (2, True)
    undo = BatchView(id=1, importer="x", label="", state=BatchState.PAUSED, undo_s=3.0)
    assert Snapshot(batches=(undo,)).working


def test_default_queues() -> None:
    """The queues that nobody configured can be built, and the catalogue has one writer."""
    queues = default_queues()
    assert all(1 <= queue.slots <= 64 for queue in queues.values())
    assert queues["insert"].slots == queues["batch"].slots == 1
    assert Settings().queues == queues


@pytest.mark.parametrize("values", [{"slots": 0}, {"slots": 65}, {"priority": 101}, {"what": 1}])
def test_settings_out_of_bounds(values: dict[str, int]) -> None:
    """A queue cannot have settings beyond their bounds or unknown ones."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, QueueSettings)
