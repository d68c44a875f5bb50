"""What an export says beside the rows: on standard error, so that the rows stay rows."""

from pathlib import Path

import pytest

from soniq_tui.host import export
from soniq_tui.model.settings import Settings

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
