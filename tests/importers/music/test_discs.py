"""What folders and titles tell of the discs of a set."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from mutagen.flac import FLAC

from soniq_tui.importers.music import discs
from soniq_tui.importers.music.demo import master
from soniq_tui.importers.music.discovery import disks
from tests.importers.music.library import discovered, found_in, root_of
from tests.importers.music.shelf import track
from tests.importers.music.test_same import Catalogue, Scan
from tests.importers.music.upheaval import IDS, SHEET, content


@pytest.mark.parametrize(
    ("folder", "disc"),
    [
        ("CD1", 1),
        ("CD 1", 1),
        ("cd-02", 2),
        ("Disc 2", 2),
        ("disk1", 1),
        ("DVD_3", None),
        ("Disc.10", 10),
        ("CD2 - Live", 2),
        ("CD2[FLAC]", 2),
        ("CD 2: Live", 2),
        ("CD2 \u2013 Live", 2),
        ("[CD 2]", 2),
        ("(Disc 2 of 3)", 2),
        ("Disque 2", 2),
        ("Disc One", 1),
        ("disk_two", 2),
        ("Disc Seven", 7),
        ("CD Twelve", 12),
        ("CD II", 2),
        ("Disc IX - Live", 9),
        ("Disc #2", 2),
        ("\u0414\u0438\u0441\u043a 2", 2),
        ("LP1", 1),
        ("LP 2 - Live", 2),
        ("Vinyl 2", 2),
        ("Tape 1", 1),
        ("Kassette 3", 3),
        ("Bonus CD", 2),
        ("BonusDisc [FLAC]", 2),
        ("CD Bonus", 2),
        ("Side A", 1),
        ("SideB", 2),
        ("side_c - Night", 3),
        ("Face B", 2),
        ("Seite 2", 2),
        ("B-Side", 2),
        ("Digital Media 02", 2),
        ('12" Vinyl 01', 1),
        ("Hybrid SACD 02", 2),
        ("Enhanced CD 2", 2),
        ("CD-R 1", 1),
        ("{CD2}", 2),
        ("CD No. 2", 2),
        ("CD n\u00b02", 2),
        ("Disc Nr 3", 3),
    ],
)
def test_disc_folders(folder: str, disc: int | None) -> None:
    """Folders of single discs collapse into the album's; a DVD is none of the numbered discs."""
    path = f"/m/Album/{folder}".encode()
    assert discs.album_folder(path) == b"/m/Album"
    assert discs.disc_of_folder(path) == disc


@pytest.mark.parametrize(
    "name",
    [
        *("CD", "CD80s Hits", "Discone", "Discovery 2", "1", "CD 123", "CD Mix", "LP", "LPs 2"),
        *(
            "Vinyl Rips",
            "Side Effects",
            "Sides",
            "Sided",
            "B-Sides",
            "Side Z",
            "Bonus",
            "Bonus CDs",
        ),
        "Tapes 1",
    ],
)
def test_other_folders(name: str) -> None:
    """Folders that only look like a disc do not."""
    path = f"/m/{name}".encode()
    assert discs.album_folder(path) == path
    assert discs.disc_of_folder(path) is None


@pytest.mark.parametrize(
    ("path", "album", "tagged", "disc"),
    [
        ("/m/X/CD2/1.mp3", "X", None, 2),
        ("/m/X (Disc 2)/1.mp3", "X", None, 2),
        ("/m/X_CD3 [FLAC]/1.mp3", None, None, 3),
        ("/m/X (Disc 2: Rarities)/1.mp3", "X", None, 2),
        ("/m/X/1.mp3", "X (CD 2)", None, 2),
        ("/m/X/1.mp3", "X [Disc 3: Live]", None, 3),
        ("/m/X/CD2/1.mp3", "X (disc 4 of 5)", None, 4),
        ("/m/X/1.mp3", "X (Disc Two)", None, 2),
        ("/m/X/1.mp3", "X (Disc 2) [Remastered] (Live)", None, 2),
        ("/m/X/CD2/1.mp3", "X", 1, 1),
        ("/m/X/CD0/1.mp3", "X", None, None),
        ("/m/Disc 2/live/1.mp3", "X", None, None),
        ("/m/X/1.mp3", "Disc 2", None, None),
        ("/m/X/1.mp3", "X" * 600 + " (Disc 2)", None, None),
        ("/m/Disco 2/1.mp3", "Compact Disco 3", None, None),
        ("/m/X\udcff CD2/1.mp3", None, None, 2),
        ("/m/X/1.mp3", "X (Bonus Disc 2)", None, None),
        ("/m/X/1.mp3", "X (Disc II)", None, 2),
        ("/m/X/1.mp3", "X {Disc 2}", None, 2),
        ("/m/X (Disc 2) (2003)/1.mp3", None, None, 2),
        ("/m/X (Disc 2) [FLAC] [24-96]/1.mp3", None, None, 2),
        ("/m/X-CD2-2003-GRP/1.mp3", None, None, 2),
        ("/m/X-2CD-2003-GRP/1.mp3", None, None, None),
        ("/m/X - Disc 2 - Day/1.mp3", None, None, 2),
        ("/m/X/1.mp3", "X - Disc 2: Day", None, 2),
        ("/m/X [Bonus Disc] [FLAC]/1.mp3", "X", None, 2),
        ("/m/X/1.mp3", "X (Bonus Disc)", None, None),
        ("/m/A/LP5/1.mp3", "LP5", None, None),
        ("/m/A/LP5/1.mp3", "X", None, 5),
        ("/m/X/LP2/Side A/1.mp3", "X", None, 3),
        ("/m/X/LP2/Side D/1.mp3", "X", None, 4),
        ("/m/X/1.mp3", "American Football (LP2)", None, None),
        ("/m/X/1.mp3", "The Marshall Mathers LP 2", None, None),
        ("/m/X (LP2)/1.mp3", "X", None, None),
    ],
)
def test_disc_of_a_track(
    path: str, album: str | None, tagged: int | None, disc: int | None
) -> None:
    """The tag comes first, then the title of the album, then the folder."""
    given = track(os.fsencode(path), album=album, disc=tagged)
    assert discs.numbered(given).disc == disc


@pytest.mark.parametrize(
    ("title", "left"),
    [
        ("X (Bonus Disc 2)", "X (Bonus Disc 2)"),
        ("X [Deluxe CD 2]", "X [Deluxe CD 2]"),
        ("X - (Disc 2)", "X"),
        ("X {Disc 2}", "X"),
        ("X (Disc II) [Remastered]", "X [Remastered]"),
        ("X, Disc Seven", "X"),
        ("X - Disc 2: Day", "X"),
        ("X - Disc 2 \u2013 Day", "X"),
        ("X (Disc 2", "X"),
        ("X CD 2 of 3", "X"),
        ("X - Disco 2: Day", "X - Disco 2: Day"),
        ("Disc 2 - Day", "Disc 2 - Day"),
        ("Compact Disc I Like", "Compact Disc I Like"),
    ],
)
def test_titles_without_their_disc(title: str, left: str) -> None:
    """What names a disc goes, whole; a title that has more to say in its brackets stays."""
    assert discs.album_title(title) == left


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("X (Disc 2) (2003)", "X (2003)"),
        ("X (Disc 2) [FLAC] [24-96]", "X [FLAC] [24-96]"),
        ("X-CD2-2003-GRP", "X-2003-GRP"),
        ("X-2CD-2003-GRP", "X-2CD-2003-GRP"),
        ("X - Disc 2 - Day", "X"),
        ("X, Disc 2", "X"),
        ("X (Bonus Disc 2)", "X (Bonus Disc 2)"),
        ("X/LP1", "X"),
        ("X/Side B", "X"),
        ("X/LP2/Side B", "X"),
        ("X (Disc 2)/Side B", "X"),
        ("X/CD1/LP2", "X/CD1"),
        ("X/Bonus CD", "X"),
        ("X (CD Bonus) [FLAC]", "X [FLAC]"),
        ("X Bonus CD", "X Bonus CD"),
    ],
)
def test_folders_side_by_side(folder: str, place: str) -> None:
    """What they have in common is what is left of their names."""
    assert discs.album_place(f"/m/{folder}".encode()) == f"/m/{place}"


@pytest.mark.parametrize(
    ("path", "part", "disc"),
    [
        ("/m/X/X - CD1.flac", 3, 1),
        ("/m/X/CD2.flac", 1, 2),
        ("/m/X/X (Disc 2).ape", 1, 2),
        ("/m/X/X.flac", 1, None),
        ("/m/X/CD1/CD2.flac", 1, 2),
        ("/m/X/CD2/X.flac", 1, 2),
        ("/m/X/X - CD1.flac", 0, None),
    ],
)
def test_discs_that_are_one_file_each(path: str, part: int, disc: int | None) -> None:
    """Of tracks of a cue sheet the name of the file tells it, too."""
    assert discs.numbered(track(path, album="X", part=part)).disc == disc


def test_a_file_of_a_disc_that_becomes_another(data: Path, tmp_path: Path) -> None:
    """It is read again, though nothing lies beside it."""
    file = BytesIO(master("flac"))
    parsed = FLAC(file)
    parsed["album"], parsed["cuesheet"] = "X", SHEET.format(name="X.flac", n=1)
    file.seek(0)
    parsed.save(file)
    root = tmp_path / "m"
    root.mkdir()
    (root / "X CD1.flac").write_bytes(file.getvalue())
    for name in ("X CD1", "X CD2"):
        for old in root.iterdir():
            old.rename(root / f"{name}.flac")
        Scan(data, os.fsencode(root)).whole()
        catalogue = Catalogue(data)
        rows = catalogue.exported("tracks").values()
        assert [row["disc"] for row in rows] == 2 * [int(name[-1])]
        catalogue.close()


@pytest.mark.parametrize(
    ("said", "found", "reads"),
    [
        ({"title": "T", "album": "X"}, [1, 1, 2, None, 3], 0),
        ({"title": "T", "album": "X", "disc": "5/6"}, [5, 5, 5, 5, 5], 0),
        ({"title": "T", "album": "CD2"}, [1, 1, None, None, 3], 0),
        ({"title": "T", "album": "X", "track_id": IDS[0]}, [1, 1, 2, None, 3], 4),
        ({"album": "X"}, [1, 1, 2, None, 3], 4),
    ],
)
def test_a_folder_that_becomes_another_disc(
    data: Path, tmp_path: Path, said: dict[str, str], found: list[int | None], reads: int
) -> None:
    """Its files are read only where what they are known by leaves open what their tags say."""
    root = tmp_path / "m"
    (root / "X/CD1").mkdir(parents=True)
    (root / "X/CD1/1.mp3").write_bytes(content(b".mp3", tuple(said.items()), b""))
    read: list[bytes] = []
    for name, disc in zip(("CD1", "Disc 1", "CD2", "Live", "LP3"), found, strict=True):
        for folder in (root / "X").iterdir():
            folder.rename(root / "X" / name)
        read += found_in(discovered(data, root_of(os.fsencode(root))).spawned)
        Scan(data, os.fsencode(root)).whole()
        catalogue = Catalogue(data)
        assert [row["disc"] for row in catalogue.exported("tracks").values()] == [disc]
        catalogue.close()
    assert len(read) == 1 + reads


def test_an_album_that_moves_with_its_discs(data: Path, tmp_path: Path) -> None:
    """They are the discs that they were: nothing is read, whatever its files are known by."""
    root, said = tmp_path / "m", (("title", "T"), ("album", "X"), ("track_id", IDS[0]))
    (root / "X/CD1").mkdir(parents=True)
    (root / "X/CD1/1.mp3").write_bytes(content(b".mp3", said, b""))
    Scan(data, os.fsencode(root)).whole()
    (root / "X").rename(root / "Y")
    assert not found_in(discovered(data, root_of(os.fsencode(root))).spawned)


@pytest.mark.parametrize("to", ["X/CD2", "X"])
def test_a_disc_that_only_a_folder_tells_is_no_part_of_what_a_track_is(
    data: Path, tmp_path: Path, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved to another disk, where its inode is another one, it keeps its number."""
    monkeypatch.setattr(disks, "lasting_inodes", lambda _path: False)
    shelf, song = tmp_path / "m", content(b".mp3", (("title", "T"), ("album", "X")), b"")
    for name in ("O/1.mp3", "X/CD1/1.mp3"):
        (shelf / name).parent.mkdir(parents=True)
        (shelf / name).write_bytes(song if name[0] == "X" else song.replace(b"T", b"O"))
    Scan(data, os.fsencode(shelf)).whole()
    (shelf / to).mkdir(parents=True, exist_ok=True)
    (shelf / "X/CD1/1.mp3").rename(shelf / to / "1.mp3")
    Scan(data, os.fsencode(shelf)).whole()
    catalogue = Catalogue(data)
    ids = catalogue.ids()
    catalogue.close()
    assert ids[os.fsencode(shelf / to / "1.mp3")] == {0: 2}


def test_what_only_the_disc_tells_apart_is_told_apart_by_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both discs begin with the same title, and are met the other way round elsewhere."""
    monkeypatch.setattr(disks, "lasting_inodes", lambda _path: False)
    shelf, song = tmp_path / "m", content(b".mp3", (("title", "Intro"), ("album", "X")), b"")
    for name in ("O/CD1", "O/CD2", "P"):
        (shelf / name).mkdir(parents=True)
        (shelf / name / "1.mp3").write_bytes(song)
    Scan(data, os.fsencode(shelf)).whole()
    for old, new in (("O/CD1", "S/CD1"), ("O/CD2", "R/CD2")):
        (shelf / new).parent.mkdir()
        (shelf / old).rename(shelf / new)
    Scan(data, os.fsencode(shelf)).whole()
    catalogue = Catalogue(data)
    ids = catalogue.ids()
    catalogue.close()
    found = [ids[os.fsencode(shelf / name / "1.mp3")][0] for name in ("S/CD1", "R/CD2", "P")]
    assert found == [1, 2, 3]
