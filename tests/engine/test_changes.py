"""What a batch has changed is told where nobody else can have."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from soniq_tui.engine import report
from soniq_tui.errors import DataDirError
from tests.engine.journals import a_batch

OURS = replace(a_batch(3), added_at_s=100.0)


class Engine:
    """As much of an engine as is asked, with other batches and what the importer answers."""

    def __init__(
        self, *others: Any, newest: int = 3, gone_at_s: float = 0.0, tally: Any = None
    ) -> None:
        lives = {each.id: SimpleNamespace(batch=each) for each in (OURS, *others)}
        self.scheduler = SimpleNamespace(live=lives)
        self.settings = SimpleNamespace(data_path=Path("/data"))
        file = SimpleNamespace(last_ids=lambda: (newest, 0), last_end_s=lambda: gone_at_s)
        self.reader = SimpleNamespace(file=file, call=self._call)
        self._tally = tally or self._asked
        self.asked: list[Any] = []

    async def _call(self, ask: Any) -> Any:
        return ask()

    def importer(self, _: str) -> Any:
        return SimpleNamespace(tally=self._tally)

    def _asked(self, *args: Any) -> dict[str, int]:
        self.asked.append(args)
        return {"new_tracks": 2}


def other(number: int = 2, **how: Any) -> Any:
    return replace(a_batch(number), **how)


async def test_what_it_has_changed() -> None:
    """What came of a batch is asked from its beginning on, where no other had a part in it."""
    engine = Engine(other(ended_at_s=99.0), other(1, importer="another"), gone_at_s=98.0)
    assert await report._changes(engine, OURS) == {"new_tracks": 2}
    assert engine.asked == [(Path("/data"), 100.0, OURS.items.done)]


@pytest.mark.parametrize(
    ("others", "newest", "gone_at_s"),
    [
        ((), 4, 0.0),
        ((other(),), 3, 0.0),
        ((other(ended_at_s=101.0),), 3, 0.0),
        ((), 3, 101.0),
    ],
    ids=["a later one", "one beside it", "one that ended since", "one that was forgotten"],
)
async def test_nothing_is_told_where_others_have_a_part(
    others: Any, newest: int, gone_at_s: float
) -> None:
    """Beside or before a batch of the same kind nobody knows whose a change is."""
    engine = Engine(*others, newest=newest, gone_at_s=gone_at_s)
    assert await report._changes(engine, OURS) == {}
    assert engine.asked == []


async def test_a_report_is_made_without(caplog: pytest.LogCaptureFixture) -> None:
    """Where the library cannot be read the log says why."""

    def refuses(*_: Any) -> dict[str, int]:
        raise DataDirError("library.db cannot be read")

    assert await report._changes(Engine(tally=refuses), OURS) == {}
    assert "what batch 3 changed cannot be told: library.db cannot be read" in caplog.text
