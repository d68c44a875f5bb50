"""What came of a batch that has ended, where people look: below the dashboard and its jobs."""

import msgspec
import pytest

from soniq_tui.model.job import BatchState, ErrorKind, Items
from soniq_tui.model.report import Report
from soniq_tui.model.snapshot import Snapshot
from soniq_tui.ui import batch_lines
from soniq_tui.ui.glyphs import UNICODE
from soniq_tui.ui.outcomes import Outcomes, outcome_line
from tests.ui import fakes
from tests.ui.pilots import flat, running, settle, text_of

CHANGES = {"new_tracks": 12, "tracks_read_again": 3, "missing_files": 1}


def ended(state: BatchState = BatchState.DONE, **items: int) -> Snapshot:
    """Return an engine at rest with one batch that has ended."""
    counts = Items(**({"total": 20_000, "done": 15, "skipped": 19_869, "failed": 116} | items))
    batch = fakes.batch(
        4, state=state, items=counts, running=0, waiting=0, ended_at_s=fakes.AT_S + 9
    )
    plain = fakes.running()
    return msgspec.structs.replace(plain, batches=(batch,), slots=(), queues=fakes.queues(0))


def report(changes: dict[str, int]) -> Report:
    """Return what the engine tells of the batch."""
    return Report(
        batch="4", importer="scan", label="/music", state="done", items=Items(), started_at="",
        duration_s=1.0, items_per_s=1.0, median_item_s=None, success_rate=None, peak_rss_mib=1.0,
        slots={}, errors=[], changes=changes,
    )  # fmt: skip


@pytest.mark.parametrize("keys", [[], ["enter"]])
async def test_a_batch_that_has_ended_says_what_it_changed(keys: list[str]) -> None:
    """In the line below, on the dashboard and among its jobs; the engine is asked once."""
    client = fakes.FakeClient(ended())
    client.reports[4] = report(CHANGES)
    asked = []
    told = client.report

    async def count(batch_id: int) -> Report | None:
        asked.append(batch_id)
        return await told(batch_id)

    client.report = count
    async with running(client, keys=keys) as (app, pilot, _):
        await settle(pilot)
        line = text_of(app).splitlines()[-2]
        assert "✓ new tracks: 12, tracks read again: 3, missing files: 1 · 116 failed" in line
        assert "15 done" not in line, "these are the tracks"
        client.put(client.now)
        await settle(pilot)
        assert asked == [4]


async def gone(_batch_id: int) -> None:
    """Be an engine that has gone."""
    raise ConnectionResetError


async def test_of_older_batches_nothing_is_asked() -> None:
    """No engine can tell what these have changed, and its report is dear."""
    asked: list[object] = []
    outcomes = Outcomes(asked.append, lambda: None)
    now = ended()
    (batch,) = now.batches
    later = msgspec.structs.replace(now, batches=(batch, fakes.batch(5)))
    client = fakes.FakeClient()
    client.reports[4] = report(CHANGES)
    assert outcomes.of(batch, later, client) == {}
    assert asked == []
    lost = fakes.FakeClient()
    lost.report = gone
    outcomes.of(batch, now, lost)
    await asked.pop()
    outcomes.of(batch, now, client)
    await asked.pop()
    assert outcomes.of(batch, later, client) == CHANGES, "it is kept when another begins"


async def test_what_fails_later_elsewhere_is_told_instead() -> None:
    """The newest failure is worth more than what is over."""
    now = ended()
    later = msgspec.structs.replace(now.newest_failure, batch_id=1, at_s=fakes.AT_S + 10)
    client = fakes.FakeClient(msgspec.structs.replace(now, newest_failure=later))
    async with running(client) as (app, _pilot, _):
        assert "07.mp3  corrupt: not audio: header not found" in text_of(app).splitlines()[-2]


def said(width: int, **how: object) -> str:
    """Return the line of a batch as text."""
    batch = msgspec.structs.replace(ended().batches[-1], **how)
    return flat(outcome_line(batch, {}, width, UNICODE)).rstrip()


def test_a_batch_that_did_not_come_to_its_end_says_what_is_left() -> None:
    """What was cancelled is told as it was; nothing is told of a batch that goes on."""
    items = Items(total=20_000, done=3_000)
    cancelled = said(80, state=BatchState.CANCELLED, items=items)
    assert cancelled.endswith("cancelled  3,000 done, 17,000 left · r does the rest")
    same = said(80, items=Items(total=9, skipped=9))
    assert same == " ✓ nothing new: 9 skipped"
    assert said(80, items=Items()).endswith("nothing was found there")
    assert said(80).endswith("15 done, 19,869 skipped, 116 failed · e errors")
    assert said(80, state=BatchState.RUNNING) == ""


def test_what_changed_says_where_it_is_listed() -> None:
    """Where there is room; of what is new and of what failed other keys tell."""
    batch = ended(failed=0).batches[-1]

    def line(changes: dict[str, int], width: int = 80, failed: int = 0) -> str:
        told = msgspec.structs.replace(batch, items=Items(total=9, done=9 - failed, failed=failed))
        return flat(outcome_line(told, changes, width, UNICODE)).rstrip()

    assert line({"moved_files": 2}) == " ✓ moved files: 2 · 4 results: changes"
    assert line({"moved_files": 2}, 30) == " ✓ moved files: 2"
    assert line({"new_tracks": 2}) == " ✓ new tracks: 2"
    both = line({"missing_files": 2}, failed=1)
    assert both == " ✓ missing files: 2 · 1 failed · e errors  4 results: changes"
    assert line({"missing_files": 2}, 60, failed=1).endswith("1 failed · 4 results: changes")


def test_kinds_are_told_of_all_failures_or_not_at_all() -> None:
    """Causes beyond those that are here may be of other kinds."""
    batch = ended(failed=7).batches[-1]
    cause = fakes.FakeClient().cause(0)
    cause = msgspec.structs.replace(cause, batch_id=4, kind=ErrorKind.CORRUPT, count=4)
    assert batch_lines.kinds_text(batch, [cause]) == ""
    rest = msgspec.structs.replace(cause, kind=ErrorKind.TIMEOUT, count=3)
    assert batch_lines.kinds_text(batch, [cause, rest]).startswith("4 corrupt, 3 ")
