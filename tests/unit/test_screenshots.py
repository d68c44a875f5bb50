"""Pictures of work are taken while there is work."""

import pytest
from msgspec.structs import replace

from scripts import screenshots
from soniq_tui.model.job import BatchState, Items
from tests.ui import fakes


@pytest.mark.parametrize(
    ("state", "done", "scanning"),
    [
        (BatchState.RUNNING, 60_000, True),
        (BatchState.RUNNING, 120_000, False),
        (BatchState.DONE, 120_000, False),
        (BatchState.PAUSED, 60_000, False),
    ],
)
def test_a_scan_that_is_over_is_seen_to_be(state: BatchState, done: int, scanning: bool) -> None:
    """A paused batch beside it does not count, nor does one that is about to end."""
    large = fakes.batch(1, state=state, items=Items(total=120_000, done=done))
    small = fakes.batch(2, state=BatchState.PAUSED, items=Items(total=300))
    now = replace(fakes.idle(), batches=(large, small))
    assert screenshots.scanning(now) is scanning


def test_the_question_to_leave_is_pictured_while_much_is_left() -> None:
    """Right after the first picture, before all that rest; only the keys of the next close it."""
    names = [look.name for look in screenshots.AT_WORK]
    assert names[:2] == ["dash", "quit"]
    assert screenshots.AT_WORK[1].wait_s < min(look.wait_s for look in screenshots.AT_WORK[2:])
    assert screenshots.AT_WORK[2].keys[0] == "escape"
