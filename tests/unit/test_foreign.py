"""Exports for other programs: whole or not at all, whatever is there already."""

import errno
import os
import stat
from pathlib import Path

import pytest

from soniq_tui.errors import EngineError, UsageError
from soniq_tui.host import foreign
from soniq_tui.importers.base import Writer, Written
from soniq_tui.model.settings import Settings
from tests.power import Power


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path / "data"))


def writers(
    *, fault: OSError | None = None, problems: tuple[str, ...] = (), pictures: bool = False
) -> dict[str, Writer]:
    """Return a format of one file and one of a folder, which fail half way if they are to."""

    def one(_data: Path, place: Path) -> Written:
        place.write_text("half" if fault else "whole")
        if fault:
            raise fault
        return Written(count=1, problems=problems)

    def several(_data: Path, place: Path) -> Written:
        (place / "a.md").write_text("new")
        if pictures:
            (place / "images").mkdir()
            (place / "images" / "a.jpg").write_text("new")
        if fault:
            raise fault
        (place / "b.md").write_text("new")
        return Written(count=2, problems=problems)

    return {"one": Writer(one), "several": Writer(several, folder=True)}


def use(monkeypatch: pytest.MonkeyPatch, **how: object) -> None:
    monkeypatch.setattr(foreign, "writers", lambda _what: writers(**how))


def test_a_folder_that_is_there_keeps_what_else_it_has(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of the same name are replaced, others stay, nothing of ours is left between."""
    use(monkeypatch)
    place = tmp_path / "book"
    assert foreign.run(settings, "recipes", str(place), "several") == 0
    (place / "a.md").write_text("old")
    (place / "mine.md").write_text("mine")
    assert foreign.run(settings, "recipes", str(place), "several") == 0
    texts = {file.name: file.read_text() for file in place.iterdir()}
    assert texts == {"a.md": "new", "b.md": "new", "mine.md": "mine"}
    assert [file.name for file in tmp_path.iterdir()] == ["book"]


def test_what_a_killed_process_left_holds_nobody_up(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container the next one has the same number; nothing of the dead one is exported."""
    use(monkeypatch)
    left = tmp_path / f".soniq-{os.getpid()}.part"
    left.mkdir()
    (left / "half.md").touch()
    assert foreign.run(settings, "recipes", str(tmp_path / "book"), "several") == 0
    assert [file.name for file in tmp_path.iterdir()] == ["book"]
    assert sorted(file.name for file in (tmp_path / "book").iterdir()) == ["a.md", "b.md"]


def test_a_folder_in_a_folder_that_is_there_keeps_what_else_it_has(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures stand in one, and are exported again as recipes are."""
    use(monkeypatch, pictures=True)
    power, place = Power(monkeypatch), tmp_path / "book"
    (place / "images").mkdir(parents=True)
    for name in ("a.jpg", "mine.jpg"):
        (place / "images" / name).write_text("old")
    assert foreign.run(settings, "recipes", str(place), "several") == 0
    texts = {file.name: file.read_text() for file in (place / "images").iterdir()}
    assert texts == {"a.jpg": "new", "mine.jpg": "old"}
    assert power.left(place)["images/a.jpg"] == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["book"]


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_that_was_told_of_survives_a_power_cut(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """All of its files, in a new folder and in one that was there."""
    use(monkeypatch)
    power, place = Power(monkeypatch), tmp_path / "book"
    if there:
        place.mkdir()
    assert foreign.run(settings, "recipes", str(place), "several") == 0
    left = power.left(place) if there else power.left(tmp_path)
    assert left == {f"{'' if there else 'book/'}{name}.md": b"new" for name in "ab"}


@pytest.mark.parametrize(("form", "name"), [("one", "all.zip"), ("several", "book")])
@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, EngineError), (errno.EACCES, UsageError)]
)
def test_what_fails_half_way_leaves_nothing(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    name: str,
    number: int,
    kind: type[Exception],
) -> None:
    """The old archive stays, no half of a new one is seen, and the reason is told."""
    use(monkeypatch, fault=OSError(number, "no"))
    if form == "one":
        (tmp_path / name).write_text("old")
    with pytest.raises(kind, match="cannot be written: no"):
        foreign.run(settings, "recipes", str(tmp_path / name), form)
    left = [file.read_text() for file in tmp_path.iterdir()]
    assert left == (["old"] if form == "one" else [])


def test_an_archive_takes_the_place_of_a_plain_file_alone(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe or a device stays what it is; a link stays one, and a private file private."""
    use(monkeypatch)
    pipe, file, link = tmp_path / "pipe", tmp_path / "all.zip", tmp_path / "link"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="it is no file"):
        foreign.run(settings, "recipes", str(pipe), "one")
    assert pipe.is_fifo()
    file.touch(0o600)
    link.symlink_to(file)
    assert foreign.run(settings, "recipes", str(link), "one") == 0
    assert link.is_symlink()
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("whole", 0o600)


def test_what_is_left_out_is_named(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit status 1, with ten names and how many more there are."""
    use(monkeypatch, problems=tuple(f"r{n}\x1b[2J" for n in range(12)))
    assert foreign.run(settings, "recipes", str(tmp_path / "x"), "one") == 1
    said = capsys.readouterr().err
    assert said.count("left out: r") == 10
    assert "and 2 more" in said
    assert "\x1b" not in said
