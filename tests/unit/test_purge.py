"""The command ``purge``: what it says, when it asks, and when it does nothing."""

import io
import sys
from pathlib import Path

import pytest

from soniq_tui import words
from soniq_tui.errors import UsageError
from soniq_tui.host import ask, lists, out, purge
from soniq_tui.importers.music.library import missing
from soniq_tui.importers.music.library.missing import Forgotten, Gone, Weight
from soniq_tui.model.job import JobState
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import JobRow, Page
from soniq_tui.words.told import told

FILES = (Gone(1, b"/m/a.mp3"), Gone(2, b"/m/b\x1b.mp3\x002"))
WEIGHT = Weight(FILES, tracks=3, albums=1, entries=2, playlists=1)
SAID = """\
2 files are gone: 3 tracks, 1 whole album
  /m/a.mp3
  /m/b␛.mp3
With them go: 2 entries of 1 playlist.
That cannot be undone. Files that come back are read as new ones.
"""


@pytest.fixture(autouse=True)
def in_english():
    yield
    words.use("en")


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Gone, ...]]:
    """Return what was forgotten of a library in which two files are gone."""
    found: list[tuple[Gone, ...]] = []

    def forget(_folder: Path, files: tuple[Gone, ...]) -> Forgotten:
        found.append(files)
        return Forgotten(files=1, tracks=2, albums=1, entries=2, back=1)

    monkeypatch.setattr(missing, "weigh", lambda _folder, _words: WEIGHT)
    monkeypatch.setattr(missing, "forget", forget)
    monkeypatch.setattr(lists, "page_of", lambda _settings, _query, *, running: Page())
    return found


def run(
    tmp_path: Path,
    *,
    dry_run: bool = False,
    yes: bool = False,
    as_json: bool = False,
    **asked: str,
) -> int:
    settings = Settings(data_dir=str(tmp_path))
    return purge.run(settings, purge.Asked(asked, dry_run, yes, as_json))


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_it_forgets_when_a_person_agrees(
    done, monkeypatch, capsys, tmp_path, typed: str, status: int
) -> None:
    """What would go stands above the question, what went and what stays below it."""
    monkeypatch.setattr(ask, "can_ask", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert run(tmp_path) == status
    assert done == ([FILES] if status == 0 else [])
    said = capsys.readouterr().out
    assert said.startswith(SAID + "Forget this for good? [y/N] ")
    end = "forgotten: 2 tracks, 1 whole album, 2 entries of playlists"
    again = "; there again, so they stay: 1 file"
    assert said.endswith(f"{end}{again}\n" if status == 0 else "nothing was forgotten\n")


def test_nobody_can_be_asked(done, monkeypatch, tmp_path) -> None:
    """Then nothing is forgotten, unless the command line says so; JSON asks nobody."""
    monkeypatch.setattr(ask, "can_ask", lambda: False)
    with pytest.raises(UsageError, match="nobody can be asked here; --yes does it"):
        run(tmp_path)
    monkeypatch.setattr(ask, "can_ask", lambda: True)
    with pytest.raises(UsageError, match="nobody can be asked here; --yes does it"):
        run(tmp_path, as_json=True)
    assert done == []
    assert run(tmp_path, yes=True) == 0
    assert done == [FILES]


def test_a_rehearsal_only_says(done, monkeypatch, capsys, tmp_path) -> None:
    """Nothing is changed, and nobody asked."""
    assert run(tmp_path, dry_run=True) == 0
    assert capsys.readouterr().out == SAID
    objects: list[dict[str, int]] = []
    monkeypatch.setattr(out, "say_json", objects.append)
    assert run(tmp_path, dry_run=True, as_json=True) == 0
    assert done == []
    assert objects[0]["forgotten"] == 0
    assert (objects[0]["files"], objects[0]["tracks"], objects[0]["entries"]) == (2, 3, 2)


def test_it_leaves_files_alone_that_a_scan_may_find(done, monkeypatch, tmp_path) -> None:
    """Where one has not ended, whoever is sure; it is looked at again when a person has agreed."""
    state = JobState.QUEUED
    job = JobRow(
        id=1, batch_id=4, importer="music", queue="scan", label="", stage="extract", state=state
    )
    pages = iter([Page(), Page(rows=(job,), total=1)])
    monkeypatch.setattr(lists, "page_of", lambda _settings, _query, *, running: next(pages))
    with pytest.raises(UsageError, match="batch 4 has not ended and may find some of these"):
        run(tmp_path, yes=True)
    assert done == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "5 more were on disks that are not mounted now; they stay, unless with --unmounted."),
        ("yes", "5 of them were on disks that are not mounted now, and may be there still."),
    ],
)
def test_disks_that_are_not_mounted(
    done, monkeypatch, capsys, tmp_path, asked: str, said: str
) -> None:
    """It is said whether what may be there still goes or stays."""
    monkeypatch.setattr(missing, "weigh", lambda *_: WEIGHT._replace(unmounted=5))
    run(tmp_path, dry_run=True, unmounted=asked)
    assert capsys.readouterr().out.splitlines()[-1] == said


def test_nothing_is_gone(done, monkeypatch, capsys, tmp_path) -> None:
    """That is said, and it is no failure."""
    monkeypatch.setattr(missing, "weigh", lambda *_: Weight())
    assert run(tmp_path) == 0
    assert capsys.readouterr().out == "nothing to forget: no such file is gone\n"
    assert done == []


def test_what_went_before_a_failure_is_told_in_french() -> None:
    """With the reason, to the last word."""
    words.use("fr")
    why = "/x/library.db cannot be written now: disk full; nothing was changed"
    said = told(f"forgotten: 1 track, 2 entries of playlists; no more, for {why}")
    assert said.replace("\xa0", " ") == (
        "oublié : 1 piste, 2 entrées de listes de lecture ; rien de plus, car "
        "/x/library.db ne peut pas être écrit pour l’instant : disk full ; rien n’a changé"
    )


def test_in_french(done, capsys, tmp_path) -> None:
    """What a person reads is in their language, to the last word."""
    words.use("fr")
    run(tmp_path, yes=True)
    lines = capsys.readouterr().out.replace("\xa0", " ").splitlines()
    assert lines[0] == "2 fichiers ont disparu : 3 pistes, 1 album entier"
    assert lines[-1] == (
        "oublié : 2 pistes, 1 album entier, 2 entrées de listes de lecture ; "
        "revenus, ils restent donc : 1 fichier"
    )
