"""Files that are gone are forgotten from the results: a row, or all of a list, after a question."""

import pytest

from soniq_tui.model.commands import Reply
from soniq_tui.model.results import ResultPage, ResultQuery, ResultRow
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions.can_results import deletable, is_gone, purgeable
from soniq_tui.ui.screens import result_commands
from soniq_tui.ui.screens.result_commands import gone_words
from tests.ui import fakes
from tests.ui.fake_results import Library
from tests.ui.pilots import running, settle, text_of

NOW_S = 1_767_260_460.0
ALL = {"unmounted": "yes", "until": str(NOW_S)}


def row(kind: str, *, muted: bool = True, key: str = "7", opens: str = "") -> ResultRow:
    return ResultRow(key=key, kind=kind, cells=("x",), muted=muted, opens=opens)


@pytest.mark.parametrize(
    ("meant", "words"),
    [
        (row("track"), {"tracks": "7"}),
        (row("album", opens="tracks"), {"view": "tracks", "key": "7"}),
        (row("artist", opens="albums"), {"view": "albums", "key": "7"}),
        (row("check", key="missing", muted=False), {}),
        (row("check", key="no-title", muted=False), None),
        (row("track", muted=False), None),
        (row("playlist"), None),
    ],
)
def test_what_a_row_means(meant: ResultRow, words: dict[str, str] | None) -> None:
    """A row of which something is there means nothing that could be forgotten."""
    assert is_gone(meant) == (words is not None)
    if words is not None:
        assert gone_words(meant) == words
        assert "forgotten" not in deletable(ActionContext(result=meant, row=True))


@pytest.mark.parametrize(
    ("kind", "view", "why"),
    [
        ("track", "tracks", ""),
        ("track", "health", ""),
        ("album", "albums", "in a list of tracks"),
        ("track", "all", "in a list of tracks"),
    ],
)
def test_a_list_of_tracks_can_be_forgotten(kind: str, view: str, why: str) -> None:
    """What is gone of it; other lists lead to one."""
    asked = ResultQuery(importer="music", view=view)
    said = purgeable(ActionContext(result=row(kind, muted=False), row=True, result_query=asked))
    assert (why in said) if why else ("list of tracks" not in said)


class Gone(Library):
    """A library that knows what would go."""

    async def deed(self, importer: str, name: str, words: dict[str, str]) -> Reply:
        await super().deed(importer, name, words)
        return Reply(text="1 file, 1 track" if name.endswith("weigh") else "forgotten: 1 track")


async def test_files_are_forgotten_only_after_a_question(monkeypatch) -> None:
    """D tells what goes with it, enter means no; beside a scan nothing is asked."""
    monkeypatch.setattr(result_commands.time, "time", lambda: NOW_S)
    library = Gone(fakes.running())
    library.jobs = 0
    keys = ["4", "tab", "tab", *["down"] * 6, "d"]
    async with running(library, keys=keys) as (app, pilot, client):
        assert "Goes for good: 1 file, 1 track. That cannot be undone;" in text_of(app)
        await pilot.press("enter", "d")
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)
        names = [name for _, name, _ in client.deeds]
        assert names == ["missing.weigh", "missing.weigh", "missing.forget"]
        assert client.deeds[-1][2] == {"tracks": "7"} | ALL
        assert "forgotten: 1 track" in text_of(app)
        await pilot.press("D")
        await settle(pilot)
        assert "Forget all files of this list that are gone?" in text_of(app)
        await pilot.press("n")
        assert client.deeds[-1][2] == {"view": "tracks", "key": "", "query": ""} | ALL
        library.jobs = 1
        await pilot.press("D")
        await settle(pilot)
        assert "a scan has not ended" in text_of(app)
        assert len(client.deeds) == 4


class Emptied(Gone):
    """A library in which an album is gone as soon as its files are forgotten."""

    async def results(self, query: ResultQuery) -> ResultPage:
        if query.key and any(name == "missing.forget" for _, name, _ in self.deeds):
            return ResultPage(problem="there is no album 1")
        return await super().results(query)


async def test_a_list_that_went_too_is_left() -> None:
    """When all files of an opened album are forgotten one is back among the albums."""
    library = Emptied(fakes.running())
    library.jobs = 0
    async with running(library, keys=["4", "tab", "enter", "D"]) as (app, pilot, _):
        assert [place.asked.key != "" for place in app.trail.way] == [False, True]
        await pilot.press("y")
        await settle(pilot)
        assert [place.asked.key != "" for place in app.trail.way] == [False]
        assert "forgotten: 1 track" in text_of(app)
        assert "there is no album" not in text_of(app)
