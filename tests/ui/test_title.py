"""The first line of the dashboard, where more is to be said than there is room for."""

import msgspec
import pytest
from rich.cells import cell_len

from soniq_tui.model.job import BatchState
from soniq_tui.model.snapshot import HostView
from soniq_tui.ui import view
from soniq_tui.ui.glyphs import UNICODE
from tests.ui import fakes
from tests.ui.pilots import flat

HOST = HostView(name="pi4", pid=31_715, cpu_percent=100.0, rss_mib=212.0, temperature_c=71.0)


def title(width: int, **how: object) -> str:
    """Return the line of an attached console, as text."""
    now = msgspec.structs.replace(fakes.running(), host=HOST)
    line = view.header(now, width, UNICODE, attached=True, **how)[0]
    assert sum(cell_len(text) for text, _ in line) <= width
    return flat(line)


@pytest.mark.parametrize("silent_s", [12.0, 1234.0])
def test_a_silent_engine_is_named_in_full(silent_s: float) -> None:
    """Whose engine it is and how long it has been silent are worth more than old figures."""
    line = title(80, silent_s=silent_s)
    assert "pi4  attached to process 31715  3 batches" in line
    assert line.endswith(f"✗ no answer for {silent_s:.0f} s")
    assert "cpu" not in line


def test_where_all_has_room_all_is_there() -> None:
    """Figures of the machine go one by one, the one of the processor first."""
    line = title(100, silent_s=12.0)
    assert line.startswith(" soniq  pi4  attached to process 31715  3 batches  ")
    assert "cpu 100%  71 °C  mem 212M  ✗" in line
    assert title(80).split("  3 batches ")[1].split() == ["71", "°C", "mem", "212M", "▶", "live"]


def test_on_a_narrow_screen_the_count_of_batches_goes() -> None:
    """The table below counts them too."""
    assert "pi4  attached to process 31715  " in title(60, silent_s=3.0)
    assert "batch" not in title(60, silent_s=3.0)


def test_a_cancel_that_can_be_taken_back_is_no_pause() -> None:
    """Its jobs are paused meanwhile; what happens next is not that they wait for somebody."""
    batch = fakes.batch(1, state=BatchState.PAUSED, undo_s=4.0, running=0)
    now = msgspec.structs.replace(fakes.running(), batches=(batch,), queues=fakes.queues(0))
    assert view.state_of(now, UNICODE, frozen=False) == ("✗ cancelling", "bad")
    waits = msgspec.structs.replace(now, batches=(msgspec.structs.replace(batch, undo_s=None),))
    assert view.state_of(waits, UNICODE, frozen=False) == ("⏸ paused", "warn")
