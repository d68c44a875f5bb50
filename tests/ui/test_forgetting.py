"""Forgetting batches from the dashboard: only what has ended, and only after a question."""

import msgspec
import pytest

from soniq_tui.model.commands import Forget, Lost, Reply
from soniq_tui.model.details import JobDetail
from soniq_tui.model.job import BatchState, Items, JobState
from soniq_tui.model.snapshot import Page, View
from soniq_tui.ui.keys import footer_actions
from soniq_tui.ui.screens.errors import CauseItems
from soniq_tui.ui.screens.job import JobFacts
from soniq_tui.ui.screens.jobs import Jobs
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of, until

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


def offered(app):
    """Return the words of the keys at the foot."""
    now = app.top.context()
    return " ".join(action.words(now) for action in footer_actions(app.top.where, now))


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


class Elsewhere(fakes.FakeClient):
    """An engine whose batch 1 somebody else forgets."""

    def __init__(self, state=JobState.FAILED):
        super().__init__(fakes.running(batches=(DONE,), slots=()))
        job = msgspec.structs.replace(self.job_row(0), state=state, batch_id=1)
        self.details = {job.id: JobDetail(job=job)}
        self.first = job
        self.there = True

    def forget(self):
        """Let the batch go."""
        self.there, self.details = False, {}
        self.put(msgspec.structs.replace(self.now, batches=()))

    async def browse(self, query):
        self.queries.append(query)
        if not self.there:
            return Page()
        if query.view is View.JOBS:
            return Page(rows=(self.first,), total=1)
        return await super().browse(query)


@pytest.mark.parametrize(
    "opened", [lambda _: Jobs(DONE), lambda client: CauseItems(client.cause(0))]
)
async def test_a_list_says_that_its_batch_was_forgotten(opened):
    """Nothing is left of it and nothing can be retried, and the list says why."""
    client = Elsewhere()
    async with running(client) as (app, pilot, _):
        app.push_screen(opened(client))
        await settle(pilot)
        batch_id = app.top.batch_id
        assert "was forgotten" not in told(app)
        client.forget()
        await until(pilot, lambda: f"batch {batch_id} was forgotten" in told(app))
        assert "no jobs yet" not in told(app)
        assert "retry" not in offered(app)
        asked = len(client.queries)
        await pilot.press("r")
        await settle(pilot)
        assert client.sent == []
        client.put(client.now)
        await until(pilot, lambda: len(client.queries) > asked)
        assert {query.view for query in client.queries[asked:]} == {app.top.question().view}


async def test_an_empty_list_of_a_batch_that_is_there():
    """A batch that has no job yet is not taken for one that was forgotten."""
    client = Elsewhere()
    client.first = None
    async with running(client) as (app, pilot, _):

        async def none(query):
            return Page() if query.view is View.JOBS else Page(rows=(DONE,), total=1)

        client.browse = none
        app.push_screen(Jobs(DONE))
        await settle(pilot)
        assert "no jobs yet" in told(app)
        assert "was forgotten" not in told(app)


async def test_a_job_says_that_its_batch_was_forgotten():
    """What was known stays to be read; it is not called failed any more, and nothing is offered."""
    client = Elsewhere()
    async with running(client) as (app, pilot, _):
        app.push_screen(JobFacts(client.first))
        await until(pilot, lambda: app.top.known.detail)
        assert "failed" in told(app)
        client.forget()
        await until(pilot, lambda: "its batch was forgotten" in told(app))
        assert "retry" not in offered(app)
        await pilot.press("r")
        await settle(pilot)
        assert client.sent == []
        assert "batch 1 was forgotten" in told(app)
