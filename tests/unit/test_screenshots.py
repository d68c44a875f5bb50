"""Pictures of work are taken while there is work."""

import contextlib
import sys

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


class Room:
    """A host that tells whether it was closed."""

    def __init__(self, settings):
        self.client, self.closed = None, False

    async def __aenter__(self):
        return self

    async def __aexit__(self, *how):
        self.closed = True


class Screen:
    """A console that connects and shows nothing."""

    def __init__(self, connect, **how):
        self.connect = connect

    @contextlib.asynccontextmanager
    async def run_test(self, size):
        await self.connect()
        yield None


async def test_a_host_is_closed_when_its_pictures_fail(tmp_path, monkeypatch):
    """What it holds in shared memory is given back, also where the script gives up half-way."""
    monkeypatch.setattr(screenshots, "Host", Room)
    monkeypatch.setattr("soniq_tui.ui.app.ConsoleApp", Screen)
    hosts = []

    async def give_up():
        async with screenshots.console((80, 24), tmp_path) as (host, _app, _pilot):
            hosts.append(host)
            sys.exit("the scan was over")

    with pytest.raises(SystemExit):
        await give_up()
    assert [host.closed for host in hosts] == [True]
