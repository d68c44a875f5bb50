"""What an export says beside the rows: on standard error, so that the rows stay rows."""

from pathlib import Path

import pytest

from soniq_tui.engine.reader import JournalFile
from soniq_tui.host import export
from soniq_tui.model.events import ErrorsBooked
from soniq_tui.model.job import ErrorKind, ItemError
from soniq_tui.model.settings import Settings
from tests.engine import journals

TRACKS = [{"path": f"/m/{n}.mp3"} for n in range(1200)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path / "data"))


def exported(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, str]], *to: str
) -> None:
    monkeypatch.setattr(export, "kinds", lambda: {"tracks": lambda _data: iter(rows)})
    assert export.run(settings, "tracks", *(to or (None, "jsonl")), None) == 0


@pytest.mark.parametrize("form", export.PLAIN)
def test_a_file_is_told_with_what_is_in_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, form: str
) -> None:
    """How many rows of what are where."""
    exported(settings, monkeypatch, TRACKS, str(tmp_path / "x"), form)
    assert capsys.readouterr() == ("", f"1,200 tracks written to {tmp_path}/x\n")
    assert len((tmp_path / "x").read_text().splitlines()) == 1200 + (form == "csv")


def test_where_nothing_is_to_be_had_that_is_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """No row, and a word to whoever waits for one; rows speak for themselves."""
    exported(settings, monkeypatch, [])
    assert capsys.readouterr() == ("", "there are none\n")
    exported(settings, monkeypatch, TRACKS[:1])
    assert capsys.readouterr() == ('{"path":"/m/0.mp3"}\n', "")


def test_for_the_failures_of_one_batch_no_other_is_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal may have thousands; without a number the newest of each thing launched counts."""
    settings.data_path.mkdir()
    for number in (1, 2):
        error = ItemError(item=f"/m/{number}", stage="read", kind=ErrorKind.CORRUPT, reason="why")
        events = [
            *journals.admitted(
                journals.a_job(number, batch_id=number), batch=journals.a_batch(number, label="m")
            ),
            ErrorsBooked(batch_id=number, job_id=number, errors=(error,)),
        ]
        journals.write(settings.journal_path, events)
    assert [row["item"] for row in export.errors(settings, None)] == ["/m/2"]
    monkeypatch.setattr(JournalFile, "batches", None)
    assert [row["item"] for row in export.errors(settings, 1)] == ["/m/1"]
