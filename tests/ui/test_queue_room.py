"""The screen of queues shares its room: events take what is left, and no more than they need."""

import msgspec
import pytest

from tests.ui import fakes
from tests.ui.pilots import running


@pytest.mark.parametrize("events", [0, 1, 2, 3])
async def test_events_take_no_more_lines_than_they_have(events: int) -> None:
    """With one of them, too: nine lines below it were empty, and queues had none."""
    now = fakes.held()
    now = msgspec.structs.replace(now, scaled=now.scaled[:events])
    async with running(fakes.FakeClient(now), keys=["Q"]) as (app, _pilot, _client):
        screen = app.top
        assert screen.events.size.height == (events or 0)
        assert screen.table.size.height == 24 - 3 - (events + 1 if events else 0)
