"""Forgetting batches from the dashboard: only what has ended, and only after a question."""

import pytest

from soniq_tui.model.commands import Forget, Lost, Reply
from soniq_tui.model.job import BatchState, Items
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of

DONE = fakes.batch(
    1, state=BatchState.DONE, label="/music\x1b[2J", items=Items(9, 7, 0, 2), running=0, waiting=0
)
FAILED = fakes.batch(2, state=BatchState.FAILED, running=0, waiting=0)
RUNNING = fakes.batch(3)


class Keeper(fakes.FakeClient):
    """Says of a rehearsal what would go."""

    def __init__(self, *batches, **lost):
        super().__init__(fakes.running(batches=batches))
        self.lost = lost

    async def send(self, command):
        await super().send(command)
        if command.dry_run:
            return Reply(lost=Lost(batches=command.batches, **self.lost))
        return Reply(text="1 batch forgotten", affected=len(command.batches))


def told(app):
    """Return what is on screen as if nothing had been wrapped."""
    return " ".join(text_of(app).split())


@pytest.mark.parametrize("key", ["d", "delete"])
async def test_a_batch_is_forgotten_after_a_question(key):
    """It is named, with what goes and what stays; y does it."""
    client = Keeper(DONE, jobs=1204, failures=2)
    async with running(client, keys=[key]) as (app, pilot, _):
        assert "Forget batch 1, scan /music␛[2J?" in told(app)
        assert "1,204 jobs and 2 failures go for good, and none can be retried then." in told(app)
        assert "What was imported stays: the library, playlists, recipes." in told(app)
        assert client.sent == [Forget(batches=(1,), dry_run=True)]
        await pilot.press("y")
        await settle(pilot)
        assert client.sent[1:] == [Forget(batches=(1,))]
        assert "1 batch forgotten" in told(app)


@pytest.mark.parametrize("key", ["n", "escape", "enter"])
async def test_without_a_yes_it_stays(key):
    """The default is no."""
    client = Keeper(DONE, jobs=1)
    async with running(client, keys=["d", key]) as (app, _pilot, _):
        assert client.sent == [Forget(batches=(1,), dry_run=True)]
        assert app.top.where == "dash"


async def test_marked_batches_are_forgotten_together():
    """What is marked is meant, and unmarked then."""
    client = Keeper(DONE, FAILED, jobs=3, failures=1)
    async with running(client, keys=["A", "d"]) as (app, pilot, _):
        assert "Forget 2 batches?" in told(app)
        assert "3 jobs and 1 failure go for good" in told(app)
        await pilot.press("y")
        await settle(pilot)
        assert sorted(client.sent[-1].batches) == [1, 2]
        assert app.top.marked() is None


@pytest.mark.parametrize(
    ("batches", "keys", "why"),
    [
        ((RUNNING,), ["d"], "this batch is running: only what has ended can be forgotten"),
        ((DONE, RUNNING), ["A", "d"], "not all that is marked has ended: unmark it"),
        ((DONE, RUNNING), ["tab", "d"], "only whole batches are forgotten; tab leads there"),
        ((), ["d"], "no batch is marked"),
    ],
)
async def test_what_has_not_ended_stays(batches, keys, why):
    """It is said why not, and nothing is asked."""
    client = Keeper(*batches)
    async with running(client, keys=keys) as (app, _pilot, _):
        assert why in told(app)
        assert client.sent == []


async def test_one_that_was_forgotten_elsewhere():
    """What the engine refuses is said, and nothing is asked."""

    async def refused(_command):
        return Reply(ok=False, text="not now: no room")

    client = Keeper(DONE)
    client.send = refused
    async with running(client, keys=["d"]) as (app, _pilot, _):
        assert "not now: no room" in told(app)
        assert app.top.where == "dash"
