"""Files that are gone can be forgotten: then it is as if they had never been there."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soniq_tui.errors import DataDirError, UsageError
from soniq_tui.importers.base import WANTED
from soniq_tui.importers.music import importer, store
from soniq_tui.importers.music.covers import thumbs
from soniq_tui.importers.music.discovery import disks
from soniq_tui.importers.music.library import missing
from soniq_tui.importers.music.words import CoverRef, Track
from tests.importers.music.shelf import NOW_S, names, shelve, song, track
from tests.importers.music.test_same import Catalogue, Scan, assert_same
from tests.importers.music.upheaval import Tree

KEY = "12ab-ab" + "0" * 30
PICTURE = CoverRef("embedded", "image/png", 12, KEY)
TABLES = ("file", "track", "album", "artist", "cover", "track_artist", "album_artist", "unsearched")


@pytest.fixture(autouse=True)
def _mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device on which shelves have their files."""
    monkeypatch.setattr(disks, "mounted", lambda: {1})


@pytest.fixture
def shelf(data: Path) -> Path:
    """Four tracks, of which all but the first are gone."""
    tracks = shelved()
    shelve(data, *tracks)
    save(data)
    shelve(data, vanished=tuple(each.path for each in tracks[1:]))
    return data


def shelved() -> list[Track]:
    return [
        song("Blue", "Joni", "Blue", 1),
        song("Carey", "Joni", "Blue", 2),
        song("Naima", "Coltrane", "Giant Steps", 1, cover=PICTURE),
        song("Cousin Mary", "Coltrane", "Giant Steps", 2, cover=PICTURE),
    ]


def save(data: Path, name: str = "All") -> None:
    importer.deeds["playlist.save"](data, {"name": name, "view": "tracks", "query": "joni"})
    importer.deeds["playlist.add"](data, {"name": name, "query": "coltrane"})


def rows(data: Path, query: str) -> list[tuple[Any, ...]]:
    catalogue = Catalogue(data)
    try:
        return catalogue.rows(query)
    finally:
        catalogue.close()


def counts(data: Path) -> dict[str, int]:
    return {name: rows(data, f"SELECT count(*) FROM {name}")[0][0] for name in TABLES}  # noqa: S608


def forget(data: Path, **words: str) -> str:
    return importer.deeds["missing.forget"](data, words)


def gone(data: Path) -> list[str]:
    return sorted(names(data, "tracks", "is:missing"))


def assert_sound(data: Path) -> None:
    catalogue = Catalogue(data)
    try:
        catalogue.assert_sound()
    finally:
        catalogue.close()


# ------------------------------------------------------------------ what goes


def test_it_is_told_before_what_goes(shelf: Path) -> None:
    """Files, tracks, albums that go whole, and entries of playlists."""
    said = importer.deeds["missing.weigh"](shelf, {})
    assert said == "3 files, 3 tracks, 1 whole album, 3 entries of playlists"
    weight = missing.weigh(shelf, {})
    assert (weight.playlists, weight.unmounted) == (1, 0)
    assert len(gone(shelf)) == 3


def test_all_that_only_they_had_goes_with_them(shelf: Path) -> None:
    """Albums, artists, words, pictures with their thumbnails, places in playlists."""
    thumbs.keep(shelf, KEY, b"picture")
    said = forget(shelf)
    assert said == "forgotten: 3 tracks, 1 whole album, 3 entries of playlists"
    assert counts(shelf) == dict.fromkeys(TABLES, 1) | {"cover": 0, "unsearched": 0}
    assert names(shelf, "tracks", "naima") == []
    assert names(shelf, "artists") == ["Joni"]
    assert rows(shelf, "SELECT count(*) FROM playlist_track") == [(1,)]
    assert not thumbs.has(shelf, KEY)
    assert_sound(shelf)


def test_what_others_have_too_stays(data: Path) -> None:
    """The album of a track that is there, its artist, its picture and the thumbnail of that."""
    here, there = song("A", "Ada", cover=PICTURE), song("B", "Ada", number=2, cover=PICTURE)
    shelve(data, here, there)
    shelve(data, vanished=(there.path,))
    thumbs.keep(data, KEY, b"picture")
    assert forget(data) == "forgotten: 1 track"
    assert counts(data) == dict.fromkeys(TABLES, 1) | {"unsearched": 0}
    assert thumbs.has(data, KEY)


def test_names_stay_that_something_has(data: Path) -> None:
    """An artist of a track that is there, and one who has an album, if with tracks of others."""
    own = {"album": "X", "album_artists": ("Ada",)}
    by_bob, by_bob_too, by_ada = (
        track(f"/m/X/{n}.mp3", title=str(n), artists=(name,), track=n, **own)
        for n, name in enumerate(("Bob", "Bob", "Ada"), 1)
    )
    shelve(data, by_bob, by_bob_too, by_ada)
    shelve(data, vanished=(by_bob_too.path, by_ada.path))
    assert forget(data) == "forgotten: 2 tracks"
    assert names(data, "artists") == ["Ada", "Bob"]
    assert_sound(data)


def test_words_that_were_to_be_mended_go(shelf: Path) -> None:
    """Nothing is left to be done for a track that has gone."""
    with store.changing(shelf) as connection:
        connection.execute("INSERT INTO unsearched SELECT id FROM track")
    forget(shelf)
    assert counts(shelf)["unsearched"] == 1


def test_what_was_left_before_goes_too(shelf: Path) -> None:
    """Albums, artists and pictures that lost their last track when it was tagged anew."""
    with store.changing(shelf) as connection:
        connection.execute("INSERT INTO album (key, title, settled) VALUES ('left', 'Left', 1)")
        connection.execute("INSERT INTO artist (key, name, settled) VALUES ('left', 'Left', 1)")
        connection.execute("INSERT INTO cover (key, length) VALUES ('left', 1)")
        connection.execute("INSERT INTO album_artist SELECT 3, 0, id, name, NULL, NULL"
                           " FROM artist WHERE key = 'left'")  # fmt: skip
    forget(shelf)
    assert counts(shelf) == dict.fromkeys(TABLES, 1) | {"cover": 0, "unsearched": 0}


def test_all_parts_of_a_sheet_go(data: Path) -> None:
    """A file that is gone goes whole, whichever of its tracks was found."""
    one, two = (
        track("/m/a.flac", size=1, inode=1, title=title, artists=("Ada",), part=n)
        for n, title in enumerate(("First", "Second"), 1)
    )
    shelve(data, one, two)
    shelve(data, vanished=(one.path,))
    assert forget(data, query="second") == "forgotten: 2 tracks"
    assert counts(data)["track"] == 0


def test_a_displaced_row_goes(data: Path) -> None:
    """Also a file whose name another one has taken by now."""
    shelve(data, song("A", "Ada"), song("B", "Ada", number=2))
    with store.changing(data) as connection:
        connection.execute("UPDATE file SET path = CAST(path || x'00' || '1' AS BLOB), missing = 1,"
                           " missing_at_s = 1 WHERE id = 1")  # fmt: skip
    assert forget(data) == "forgotten: 1 track"
    assert names(data) == ["B"]


def test_nothing_is_gone(data: Path) -> None:
    """It is said, and before a first scan another thing."""
    with pytest.raises(UsageError, match="nothing was scanned yet"):
        missing.weigh(data, {})
    shelve(data, song("A", "Ada"))
    with pytest.raises(UsageError, match="no such file is gone"):
        importer.deeds["missing.weigh"](data, {})
    assert forget(data) == "nothing forgotten"


# ------------------------------------------------------------------ which


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ({"query": "coltrane"}, ["Carey"]),
        ({"query": "!coltrane"}, ["Cousin Mary", "Naima"]),
        ({"view": "artists", "key": "", "query": "coltrane"}, ["Carey"]),
        ({"view": "health", "key": "missing", "query": "carey"}, ["Cousin Mary", "Naima"]),
        ({"view": "health", "key": "missing"}, []),
        ({"view": "tracks", "key": "2"}, ["Cousin Mary", "Naima"]),
        ({"tracks": "2 3#2"}, ["Cousin Mary"]),
        ({"tracks": "1"}, ["Carey", "Cousin Mary", "Naima"]),
        ({"folder": "/m/Joni"}, ["Cousin Mary", "Naima"]),
        ({"folder": "/m/Jo"}, ["Carey", "Cousin Mary", "Naima"]),
        ({"folder": "/m/", "query": "naima"}, ["Carey", "Cousin Mary"]),
    ],
)
def test_some_of_them(shelf: Path, words: dict[str, str], left: list[str]) -> None:
    """What a search finds, a list shows or a folder had; what is there is none of it."""
    forget(shelf, **words)
    assert gone(shelf) == left
    assert names(shelf, "tracks", "title:blue") == ["Blue"]


def test_by_age(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is known to be gone for as long: a moment that nobody noted is no age."""
    with store.changing(shelf) as connection:
        for number, at_s in ((2, NOW_S - 5 * 86_400), (3, None), (4, 86_400.0)):
            connection.execute("UPDATE file SET missing_at_s = ? WHERE id = ?", (at_s, number))
    monkeypatch.setattr(missing.time, "time", lambda: NOW_S)
    assert not missing.weigh(shelf, {"older": "6d"}).files
    assert [file.id for file in missing.weigh(shelf, {"older": "4d"}).files] == [2]
    with pytest.raises(UsageError, match="'soon' is no age"):
        missing.weigh(shelf, {"older": "soon"})


def test_what_went_since_it_was_asked_for_stays(data: Path) -> None:
    """A person agreed to what they were told; what a scan has found to be gone since is no part."""
    a, b, c = (song(title, "Ada", number=n) for n, title in enumerate("ABC", 1))
    shelve(data, a, b, c)
    shelve(data, vanished=(a.path,), at_s=NOW_S)
    shelve(data, vanished=(b.path,), at_s=NOW_S + 2)
    assert forget(data, until=str(NOW_S + 1)) == "forgotten: 1 track"
    assert gone(data) == ["B"]
    with store.changing(data) as connection:
        connection.execute("UPDATE file SET missing_at_s = NULL WHERE missing")
    assert forget(data, until=str(NOW_S + 1)) == "forgotten: 1 track"
    with pytest.raises(UsageError, match="'soon' is no moment"):
        forget(data, until="soon")


def test_a_disk_that_is_not_mounted(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files stay unless they are asked for; it is told how many there are."""
    monkeypatch.setattr(disks, "mounted", lambda: {2})
    assert missing.weigh(shelf, {})[1:] == (0, 0, 0, 0, 3)
    asked = {"unmounted": "yes"}
    said = importer.deeds["missing.weigh"](shelf, asked)
    assert said.endswith("; on disks that are not mounted now: 3 files")
    # Of a network nobody knows: its number is another one at each mount.
    monkeypatch.setattr(disks, "notifies", lambda _path: False)
    assert missing.weigh(shelf, {}).unmounted == 0


def test_a_disk_that_the_kernel_lists_by_another_number(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Btrfs gives files numbers that no mount has: it is mounted if anything of it is there."""
    monkeypatch.setattr(disks, "mounted", lambda: {2})
    here = tmp_path.stat().st_dev
    (tmp_path / "there.mp3").write_bytes(b"")
    files = {"there": 5, "gone": 5, "with the folder": here, "away": 6, "away, too": 6}
    tracks = [
        track(os.fsencode(tmp_path / f"{name}.mp3"), title=name, device=device)
        for name, device in files.items()
    ]
    shelve(data, *tracks)
    shelve(data, vanished=tuple(each.path for each in tracks[1:4]))  # of the last nobody has heard
    assert missing.weigh(data, {}).unmounted == 1
    assert forget(data) == "forgotten: 2 tracks"
    assert gone(data) == ["away"]


# ------------------------------------------------------------------ what is there again


def test_what_is_there_again_stays(data: Path, tmp_path: Path) -> None:
    """It is looked for right before, whatever the catalogue says; what cannot be seen stays too."""
    paths = [tmp_path / f"{n}.mp3" for n in range(4)]
    tracks = [track(os.fsencode(path), title=path.name) for path in paths]
    shelve(data, *tracks)
    shelve(data, vanished=tuple(each.path for each in tracks))
    paths[0].write_bytes(b"")
    paths[1].symlink_to("nowhere")
    paths[2].mkdir()
    assert forget(data) == "forgotten: 2 tracks; there again, so they stay: 2 files"
    assert gone(data) == ["0.mp3", "1.mp3"]


def test_what_cannot_be_looked_at_stays(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that refuses to be looked into may hold it."""

    def lstat(path: bytes) -> os.stat_result:
        raise PermissionError(13, "Permission denied", path)

    with monkeypatch.context() as patched:  # pytest looks at the folder when it removes it
        patched.setattr(missing.os, "lstat", lstat)
        assert forget(shelf) == "nothing forgotten; cannot be looked at, so they stay: 3 files"
    assert len(gone(shelf)) == 3


def test_what_a_scan_has_met_meanwhile_stays(shelf: Path) -> None:
    """Between the question and the deed a file may have come back, or have another name."""
    files = missing.weigh(shelf, {}).files
    with store.changing(shelf) as connection:
        connection.execute("UPDATE file SET missing = 0, missing_at_s = NULL WHERE id = 2")
        connection.execute("UPDATE file SET path = x'2f61' WHERE id = 3")
    done = missing.forget(shelf, files)
    assert (done.files, done.back) == (1, 2)


# ------------------------------------------------------------------ in slices


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing, "SLICE", 1)


def test_each_slice_leaves_a_whole_catalogue(
    shelf: Path, one_by_one: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends it, what has gone is gone and the rest is there, for another time."""

    def fails(_data_dir: Path, _key: str) -> None:
        raise KeyboardInterrupt

    real = thumbs.drop
    monkeypatch.setattr(thumbs, "drop", fails)
    with pytest.raises(KeyboardInterrupt):
        forget(shelf)
    assert gone(shelf) == ["Cousin Mary"]  # the last one of the picture
    assert_sound(shelf)
    monkeypatch.setattr(thumbs, "drop", real)
    assert forget(shelf).startswith("forgotten: 1 track, 1 whole album")
    assert_sound(shelf)


def test_it_ends_when_nobody_wants_it(shelf: Path, one_by_one: None) -> None:
    """An engine that ends waits for one slice, not for all."""
    looks = iter([True, False])
    token = WANTED.set(lambda: next(looks))
    try:
        assert forget(shelf) == "forgotten: 1 track, 1 entry of playlists"
    finally:
        WANTED.reset(token)
    assert len(gone(shelf)) == 2


def test_a_catalogue_that_cannot_be_written(
    shelf: Path, one_by_one: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went before is told with the reason."""
    real, times = store.changing, iter(range(9))

    def changing(data_dir: Path) -> Any:
        if next(times):
            raise DataDirError("disk full; nothing was changed")
        return real(data_dir)

    monkeypatch.setattr(missing.store, "changing", changing)
    with pytest.raises(DataDirError, match=r"^forgotten: 1 track, .*; no more, for disk full"):
        forget(shelf)


def test_no_number_is_given_again(shelf: Path) -> None:
    """What has gone may be known elsewhere by its number: an open list, a picture being read."""
    asked = "SELECT max(id) FROM "
    before = {name: rows(shelf, asked + name)[0][0] for name in TABLES[:5]}
    forget(shelf)
    shelve(shelf, song("New", "New", "New", cover=CoverRef("embedded", None, 1, "other")))
    after = {name: rows(shelf, asked + name)[0][0] for name in TABLES[:5]}
    assert after == {name: number + 1 for name, number in before.items()}


# ------------------------------------------------------------------ as if they had never been


@pytest.fixture(scope="module")
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        fast = store.SQL["open_writer"].replace("synchronous = FULL", "synchronous = OFF")
        patch.setitem(store.SQL, "open_writer", fast)
        yield


@pytest.mark.usefixtures("_quick")
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    said=st.lists(
        st.tuples(
            st.sampled_from(("Ada", "ADA", "Béla", "Ada; Béla")),
            st.sampled_from(("X", "x", "Y", None)),
            st.sampled_from((b"", b"\xff\xd8\xff one", b"\xff\xd8\xff two")),
        ),
        min_size=2,
        max_size=5,
    ),
    goes=st.sets(st.integers(0, 4), min_size=1),
    again=st.booleans(),
)
def test_forgetting_and_scanning_is_never_having_had_them(
    tmp_path_factory: pytest.TempPathFactory,
    said: list[tuple[str, str | None, bytes]],
    goes: set[int],
    again: bool,
) -> None:
    """The catalogue tells the same as one that never met them; the others keep their numbers.

    ``again``: the last of them comes back, as it was, and is read as a new one.
    """
    top = tmp_path_factory.mktemp("purge")
    data, root = top / "data", os.fsencode(top / "music")
    tree = Tree(root, dated=True)
    for number, (artist, album, picture) in enumerate(said):
        tags = (("title", f"Song {number}"), ("artists", artist), ("album", album))
        tree.add(tree.at(b"F%d" % (number % 2), b"%d.mp3" % number), tags, picture)
    Scan(data, root).whole()
    Scan(data, root).whole()  # the second scan makes the sums of folders
    before = numbers(data)
    away = [tree.pick(each).path for each in sorted(goes) if each < len(said)][: len(said) - 1]
    for path in away:
        os.rename(path, path + b".away")  # noqa: PTH104
    Scan(data, root).whole()
    missing.forget(data, missing.weigh(data, {"unmounted": "yes"}).files)
    if again and away:
        os.rename(away[-1] + b".away", away[-1])  # noqa: PTH104
    scan = Scan(data, root)
    scan.whole()
    assert scan.read == (again and len(away) > 0)
    Scan(top / "fresh", root).whole()
    one, fresh = Catalogue(data), Catalogue(top / "fresh")
    try:
        one.assert_sound()
        assert_same(one, fresh, set())
    finally:
        one.close()
        fresh.close()
    assert counts(data) == counts(top / "fresh")
    after = numbers(data)
    assert {path: after[path] for path in before if path not in away} == {
        path: ids for path, ids in before.items() if path not in away
    }
    known = {number for ids in before.values() for number in ids.values()}
    assert all(known.isdisjoint(after[path].values()) for path in away if path in after)


def numbers(data: Path) -> dict[bytes, dict[int, int]]:
    catalogue = Catalogue(data)
    try:
        return catalogue.ids()
    finally:
        catalogue.close()
