"""The errors of one batch: whoever looks at a batch wants those, and can see all."""

import msgspec
import pytest

from soniq_tui.model.commands import Cause, Retry, Target
from soniq_tui.model.job import Items
from soniq_tui.model.snapshot import View
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of


def asked_of(client: fakes.FakeClient) -> int | None:
    """Return the batch of which causes were asked for last."""
    return [query for query in client.queries if query.view is View.CAUSES][-1].batch_id


def two(failed: int = 7, before: int = 60) -> fakes.FakeClient:
    """Return an engine with two batches, the newer one under the cursor."""
    counts = (before, failed)
    batches = tuple(
        fakes.batch(number, items=Items(total=100, done=100 - count, failed=count))
        for number, count in enumerate(counts, 1)
    )
    now = msgspec.structs.replace(fakes.running(), batches=batches, failures=sum(counts))
    return fakes.FakeClient(now)


@pytest.mark.parametrize("keys", [["e"], ["enter", "e"]])
async def test_the_errors_are_those_of_the_batch_in_view(keys: list[str]) -> None:
    """Opened from its row or from its jobs; the same key shows those of all."""
    async with running(two(), keys=keys) as (app, pilot, client):
        assert asked_of(client) == 2
        assert "errors of batch 2 " in text_of(app)
        assert "e shows all batches" in text_of(app)
        await pilot.press("e")
        await settle(pilot)
        assert asked_of(client) is None
        assert " soniq  errors by cause " in text_of(app)


async def test_a_retry_of_all_means_the_batch_in_view() -> None:
    """What other batches left is not queued again."""
    async with running(two(), keys=["e", "R"]) as (_app, _pilot, client):
        assert client.sent == [Retry(target=Target(failures=True, batches=(2,)))]


async def test_a_failed_item_in_full_has_the_keys_of_its_list() -> None:
    """What was looked at closely is retried, or its page given, without a step back."""
    client = fakes.FakeClient()
    cause = client.cause(0)
    item = msgspec.structs.replace(client.error(0), item="https://a.example/soup")
    client.cause = lambda _: msgspec.structs.replace(cause, jobs=2)
    client.error = lambda _: item
    async with running(client, keys=["e", "enter", "enter"]) as (app, pilot, _):
        assert "failed item" in text_of(app)
        assert "r retry  W paste page" in text_of(app).splitlines()[-1]
        await pilot.press("r")
        await settle(pilot)
        meant = Cause(batch_id=cause.batch_id, stage=cause.stage, kind=cause.kind,
                      reason=cause.reason)  # fmt: skip
        assert client.sent == [Retry(target=Target(causes=(meant,)))]


async def test_a_page_is_given_for_the_item_in_full_wherever_its_row_has_gone() -> None:
    """The list below may be read anew meanwhile, and its cursor stand on another item."""
    client = fakes.FakeClient()
    error = client.error
    client.error = lambda n: msgspec.structs.replace(error(n), item=f"https://a.example/{n}")
    async with running(client, keys=["e", "enter", "enter"]) as (app, pilot, _):
        assert "https://a.example/0" in text_of(app)
        app.screen_stack[-2].table.move_to(3)
        await pilot.press("W")
        await settle(pilot)
        assert "https://a.example/0" in text_of(app)
        assert "https://a.example/3" not in text_of(app)


@pytest.mark.parametrize(("failed", "before"), [(0, 60), (7, 0)])
async def test_where_one_batch_alone_has_errors_all_are_shown(failed: int, before: int) -> None:
    """A batch in which nothing has failed hides nothing, one that has them all needs no word."""
    async with running(two(failed, before), keys=["e"]) as (app, _pilot, client):
        assert asked_of(client) is None
        assert " soniq  errors by cause " in text_of(app)


async def test_beside_the_batches_those_of_the_one_in_view_come_first() -> None:
    """Whichever table has the focus; of equal ones the engine's order stays."""
    client = two()
    plain = client.cause(0)
    client.cause = lambda i: msgspec.structs.replace(plain, batch_id=1 + i % 2, count=90 - i)
    async with running(client, (160, 50)) as (app, pilot, _):
        for key, first in (("tab", 2), ("tab", 2), ("down", 1)):
            await pilot.press(key)
            await settle(pilot)
            numbers = [cause.batch_id for cause in app.top.own_first]
            assert numbers == sorted(numbers, key=lambda number: number != first)
            assert "#1" in text_of(app)
