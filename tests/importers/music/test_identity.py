"""A library that moves as a whole, through all stages: nothing is opened, every number stays."""

import os
import shutil
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.music import extract, store
from soniq_tui.importers.music.discovery import discover, disks, stamps
from soniq_tui.model.job import ErrorKind
from tests.importers.music.library import discovered, root_of
from tests.importers.music.test_same import LIVE, Catalogue, Scan
from tests.importers.music.upheaval import RUSSIAN, content, jpeg

SONGS = 1000
FEW = 30
SAID = (("title", "Song"), ("artists", "Ada"), ("album", "X"))


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans come long after changes, so that nothing is read again for being new."""
    real = stamps.now_ns
    monkeypatch.setattr(stamps, "now_ns", lambda: real() + 10_000_000_000)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The files that a reader has opened."""
    paths: list[bytes] = []

    def seen(real: Callable[..., Any]) -> Callable[..., Any]:
        def read(path: bytes, size: int) -> Any:
            paths.append(path)
            return real(path, size)

        return read

    for name in ("by_lane", "by_mutagen"):
        monkeypatch.setattr(extract, name, seen(getattr(extract, name)))
    return paths


def album(folder: Path, songs: int) -> None:
    """Make an album with a picture; its files differ in content and inode."""
    folder.mkdir(parents=True)
    (folder / "cover.jpg").write_bytes(jpeg(1))
    data = content(b".mp3", SAID, b"")
    for number in range(songs):
        (folder / f"{number:04}.mp3").write_bytes(data + b"\0" * number)


def whole(data: Path, root: bytes) -> None:
    Scan(data, root).whole()


def by_name(data: Path) -> dict[bytes, int]:
    """Return the numbers of tracks that are there by the names of their files."""
    return {path.rpartition(b"/")[2]: number for path, number in ids(data).items()}


def ids(data: Path) -> dict[bytes, int]:
    """Return the numbers of tracks that are there by the paths of their files."""
    catalogue = Catalogue(data)
    try:
        catalogue.assert_sound()
        return {path: parts[0] for path, parts in catalogue.ids().items()}
    finally:
        catalogue.close()


def album_ids(data: Path) -> set[int]:
    """Return the numbers of albums that have tracks that are there."""
    catalogue = Catalogue(data)
    try:
        return {number for (number,) in catalogue.rows(f"SELECT DISTINCT album.id {LIVE}")}
    finally:
        catalogue.close()


def paths(data: Path) -> set[bytes]:
    return set(ids(data))


def test_album_moves(data: Path, music: Path, opened: list[bytes]) -> None:
    """An album of 1,000 files that moves costs no look into any of them, and all numbers stay."""
    album(music / "Ada/X", SONGS)
    whole(data, os.fsencode(music))
    assert len(opened) == SONGS
    assert album_ids(data) == {1}
    before = by_name(data)
    (music / "Béla").mkdir()
    (music / "Ada/X").rename(music / "Béla/Y")
    opened.clear()
    whole(data, os.fsencode(music))
    assert not opened
    assert by_name(data) == before
    assert album_ids(data) == {1}
    assert {path.rpartition(b"/")[0] for path in paths(data)} == {bytes(music / "Béla/Y")}


def test_library_moves(data: Path, tmp_path: Path, opened: list[bytes]) -> None:
    """The same when the top folder has another name, and is scanned under it."""
    old, new = tmp_path / "music", tmp_path / "disk/tunes"
    for number in range(10):
        album(old / f"album {number}", FEW)
    whole(data, os.fsencode(old))
    before = paths(data)
    ids = set(by_name(data).values())
    new.parent.mkdir()
    old.rename(new)
    opened.clear()
    whole(data, os.fsencode(new))
    assert not opened
    assert {path.replace(bytes(new), bytes(old)) for path in paths(data)} == before
    assert set(by_name(data).values()) == ids
    assert album_ids(data) == set(range(1, 11))


def test_emptied_root(data: Path, music: Path) -> None:
    """A folder that is empty now marks nothing, says so, and all is as it was when it is back."""
    album(music / "Ada", FEW)
    root = os.fsencode(music)
    whole(data, root)
    before = by_name(data)
    music.rename(music.with_name("away"))
    music.mkdir()
    ctx = discovered(data, root_of(root))
    ((_, kind, reason),) = ctx.failed
    assert kind is ErrorKind.VANISHED
    assert "is the disk mounted? Nothing was marked missing" in reason
    whole(data, root)
    assert by_name(data) == before
    music.rmdir()
    music.with_name("away").rename(music)
    whole(data, root)
    assert by_name(data) == before


def test_other_device_number(data: Path, music: Path, opened: list[bytes]) -> None:
    """A disk that comes back under another number is the disk it was: nothing read or marked."""
    album(music / "Ada", FEW)
    whole(data, os.fsencode(music))
    before = by_name(data)
    store.writer(data).execute("UPDATE file SET device = 77777")
    opened.clear()
    ctx = discovered(data, root_of(os.fsencode(music)))
    assert (ctx.spawned, ctx.failed, ctx.counts["skipped"]) == ([], [], FEW)
    whole(data, os.fsencode(music))
    assert not opened
    assert by_name(data) == before


def test_another_disk_in_its_place(data: Path, music: Path) -> None:
    """Where another disk is mounted its music comes in, and what was there before stays."""
    album(music / "Ada", FEW)
    root = os.fsencode(music)
    whole(data, root)
    before = by_name(data)
    store.writer(data).execute("UPDATE file SET device = 77777, inode = inode + 1000000")
    shutil.rmtree(music)
    (music / "Béla").mkdir(parents=True)
    (music / "Béla/new.mp3").write_bytes(content(b".mp3", (("title", "New"),), b""))
    whole(data, root)
    now = by_name(data)
    assert now.pop(b"new.mp3") not in before.values()
    assert now == before


def test_a_broken_file_leaves_a_name_that_one_known_elsewhere_had(data: Path, music: Path) -> None:
    """The row under that name is no longer of the one that moved, which has its own by now."""
    for folder in ("a", "b"):
        (music / folder).mkdir(parents=True)
        tags = (("title", folder), *SAID[1:])
        (music / folder / f"{folder}.mp3").write_bytes(content(b".mp3", tags, b""))
    whole(data, os.fsencode(music))
    (music / "b/b.mp3").rename(music / "a/new.mp3")
    (music / "b/b.mp3").write_bytes(b"")
    whole(data, os.fsencode(music))
    number = by_name(data)[b"new.mp3"]
    (music / "b/b.mp3").unlink()
    (music / "a/new.mp3").rename(music / "a/b.mp3")
    whole(data, os.fsencode(music))
    assert by_name(data)[b"b.mp3"] == number


def test_a_broken_file_takes_the_name_of_one_that_moves(data: Path, music: Path) -> None:
    """It is known by its tags, for what has its name now is another file, which says nothing."""
    music.mkdir()
    (music / "a.mp3").write_bytes(content(b".mp3", SAID, b""))
    whole(data, os.fsencode(music))
    number = by_name(data)[b"a.mp3"]
    (music / "a.mp3").rename(music / "new.mp3")
    (music / "a.mp3").write_bytes(b"no song")
    for _ in range(2):
        whole(data, os.fsencode(music))
        assert by_name(data) == {b"new.mp3": number}
    assert list(store.broken(data, os.fsencode(music))) == [os.fsencode(music / "a.mp3")]


def test_encoded_anew_elsewhere(data: Path, music: Path) -> None:
    """An album that was encoded anew in another folder keeps its numbers: its tags say the same."""
    music.mkdir()
    both = ("artists", "Ada"), ("album", "X")
    said = [(("title", f"Song {n}"), *both, ("track", f"{n}/9")) for n in range(1, 10)]
    (music / "old").mkdir()
    for number, tags in enumerate(said):
        (music / f"old/{number}.mp3").write_bytes(content(b".mp3", tags, b""))
    whole(data, os.fsencode(music))
    before = by_name(data)
    shutil.rmtree(music / "old")
    (music / "new").mkdir()
    for number, tags in enumerate(said):
        (music / f"new/{number}.flac").write_bytes(content(b".flac", tags, b""))
    whole(data, os.fsencode(music))
    assert {name.replace(b".flac", b".mp3"): n for name, n in by_name(data).items()} == before
    assert album_ids(data) == {1}


def test_large_folder_given_up(data: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new picture comes to all of a folder in several jobs, also where a scan was given up."""
    monkeypatch.setattr(discover, "CHUNK_FILES", 2)
    album(music / "Ada", 5)
    (music / "Ada/cover.jpg").unlink()
    root = os.fsencode(music)
    whole(data, root)
    (music / "Ada/cover.jpg").write_bytes(jpeg(2))
    given_up = Scan(data, root)
    given_up.job(given_up.discovered()[0])
    whole(data, root)
    catalogue = Catalogue(data)
    try:
        assert all(row["cover"] for row in catalogue.exported("tracks").values())
    finally:
        catalogue.close()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_names_change_places_where_a_folder_is_read_together(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]
) -> None:
    """A file that is read for what it says of its neighbours takes nobody's row, in any order."""
    monkeypatch.setattr(discover, "CHUNK_FILES", 1)
    root = os.fsencode(music)
    for folder, name, title in (("a", "2", RUSSIAN[1]), ("a", "1", "One"), ("b", "1", "Two")):
        (music / folder).mkdir(parents=True, exist_ok=True)
        tags = (("title", title), ("artists", "Ada"))
        (music / folder / f"{name}.mp3").write_bytes(content(b".mp3", tags, b""))
    whole(data, root)
    before = ids(data)
    one, two = root + b"/a/1.mp3", root + b"/b/1.mp3"
    (music / "a/1.mp3").rename(music / "away")
    (music / "b/1.mp3").rename(music / "a/1.mp3")
    (music / "away").rename(music / "b/1.mp3")
    scan = Scan(data, root)
    jobs = scan.discovered()
    for number in order:
        scan.job(jobs[number])
    scan.close()
    assert ids(data) == {**before, one: before[two], two: before[one]}
    scan = Scan(data, root)
    scan.whole()
    assert not scan.read


def test_inodes_that_do_not_last_where_a_folder_is_read_together(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where inodes are made up none is kept, of neighbours that were read along neither."""
    monkeypatch.setattr(disks, "lasting_inodes", lambda _: False)
    monkeypatch.setattr(discover, "CHUNK_FILES", 1)
    extract._lasting.cache_clear()
    music.mkdir()
    for number, title in enumerate(RUSSIAN):
        tags = (("title", title), ("artists", "Ada"))
        (music / f"{number}.mp3").write_bytes(content(b".mp3", tags, b""))
        whole(data, os.fsencode(music))
    extract._lasting.cache_clear()
    assert store.writer(data).execute("SELECT inode FROM file").fetchall() == [(0,), (0,)]


def test_old_job_again(data: Path, music: Path) -> None:
    """A job that is done again long after its batch does not undo what later scans have found."""
    album(music / "Ada", 3)
    root = os.fsencode(music)
    whole(data, root)
    (music / "Ada/0000.mp3").rename(music / "Ada/moved.mp3")
    (music / "Ada/0001.mp3").rename(music.with_name("away.mp3"))
    old = Scan(data, root)
    jobs = old.discovered()
    for job in jobs:
        old.job(job)
    old.close()
    (music / "Ada/moved.mp3").rename(music / "Ada/further.mp3")
    (music / "Ada/0002.mp3").rename(music / "Ada/moved.mp3")
    music.with_name("away.mp3").rename(music / "Ada/0001.mp3")
    whole(data, root)
    before = ids(data)
    assert len(before) == 3
    counts = [old.job(job) for job in jobs]
    old.close()
    assert ids(data) == before
    assert counts == [{"done": 0, "skipped": 1, "found": 0}, {"done": 0, "skipped": 0, "found": 0}]


@pytest.mark.parametrize("early", [0, 1, 2])
def test_two_scans_at_once(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, early: int
) -> None:
    """One scan lets a copy take over from a file that is gone; another knows where that is now.

    Whoever writes first has the number, and the scan after both finds what was left out.
    """
    monkeypatch.setattr(discover, "CHUNK_FILES", 1)
    (music / "a").mkdir(parents=True)
    (music / "a/1.mp3").write_bytes(content(b".mp3", SAID, b""))
    root = os.fsencode(music)
    whole(data, root)
    (number,) = ids(data).values()
    copy, moved = root + b"/a/copy.mp3", root + b"/b/1.mp3"
    shutil.copy(music / "a/1.mp3", music / "a/copy.mp3")
    (music / "b").mkdir()
    (music / "a/1.mp3").rename(music / "b/1.mp3")
    scan = Scan(data, root)
    jobs = scan.discovered()
    assert len(jobs) == 2
    for job in jobs[:early]:
        scan.job(job)
    whole(data, root + b"/a")
    for job in jobs[early:]:
        scan.job(job)
    scan.close()
    assert ids(data)[moved if early == 2 else copy] == number
    whole(data, root)
    now = ids(data)
    assert now.keys() == {copy, moved}
    assert number in now.values()
    assert len(set(now.values())) == 2
    assert not Scan(data, root).discovered()
