"""What is wrong with a library."""

import re
from pathlib import Path

import msgspec
import pytest

from soniq_tui import words
from soniq_tui.errors import DataDirError
from soniq_tui.host import library, tables
from soniq_tui.importers.music import store
from soniq_tui.importers.music.library import health
from soniq_tui.importers.music.words import CoverRef, Track
from soniq_tui.model.settings import Settings
from tests.importers.music.shelf import broken, facts, names, page, shelve, song, track

COVER = CoverRef("embedded", "image/png", 9, "k1")


def found(data: Path, check: str) -> list[tuple[str, ...]]:
    """Return the cells of what a check finds; their number is that of the report."""
    rows = page(data, "health", key=check)
    assert not rows.problem
    counts = {row.key: row.cells[1] for row in page(data, "health").rows}
    assert counts[check] == f"{rows.total:,}"
    return [row.cells for row in rows.rows]


def titles(data: Path, check: str) -> list[str]:
    return [cells[0] for cells in found(data, check)]


def whole(title: str, number: int = 1, **fields):
    """Return a track with which nothing is wrong."""
    fields = {"album": "Good", "cover": COVER} | fields
    return song(title, fields.pop("artist", "Ada"), fields.pop("album"), number, **fields)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_two_columns_of_the_report_are_called_the_same(
    data: Path, language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one types behind ``health`` is told from what that looks for."""
    shelve(data, whole("T"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(tables, "for_people", lambda: True)
    words.use(language)
    try:
        assert library.health(Settings(data_dir=str(data)), None, 9, as_json=False) == 0
    finally:
        words.use("en")
    heads = re.split(r"  +", capsys.readouterr().out.split("\n")[0])
    assert len(heads) == len(set(heads)) == 5


def test_on_a_narrow_terminal_the_report_cuts_no_name(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sentences, of which only beginnings had room, are told of one check at a time."""
    shelve(data, whole("T"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(tables, "for_people", lambda: True)
    assert library.health(Settings(data_dir=str(data)), None, 99, as_json=False) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == len(health.CHECKS) + 1
    assert "…" not in "".join(lines)
    assert last.startswith("'soniq-tui health NAME' tells where")


def test_a_good_library_has_no_findings(data: Path) -> None:
    """Nothing is found where nothing is wrong, and each check is in the report."""
    shelve(data, *(whole(f"T{i}", i, track_total=3) for i in (1, 2, 3)))
    rows = page(data, "health").rows
    assert [row.key for row in rows] == [check.name for check in health.CHECKS]
    assert {row.cells[1] for row in rows} == {"0"}
    for check in health.CHECKS:
        assert found(data, check.name) == []


@pytest.mark.parametrize(
    ("check", "bad"),
    [
        ("no-title", {"title": ""}),
        ("no-artist", {"artists": ()}),
        ("no-album", {"album": None}),
        ("no-track", {"track": None}),
        ("no-year", {"year": None}),
        ("no-genre", {"genres": ()}),
        ("low-bitrate", {"bitrate_kbps": 96}),
        ("wrong-suffix", {"container": "flac", "codec": "flac"}),
        ("repaired", {"raw": (("title", "B?d"),)}),
    ],
)
def test_tracks_with_one_fault(data: Path, check: str, bad: dict) -> None:
    """Each fault of a track is found by its check, with the track."""
    fields = {
        "title": "Bad",
        "artists": ("A",),
        "album": "X",
        "track": 1,
        "year": 1,
        "genres": ("R",),
    }
    shelve(data, whole("Good"), track("/m/bad.mp3", **(fields | bad)))
    assert titles(data, check) in (["Bad"], ["(bad.mp3)"])


def test_lossless_and_loud_are_no_low_bit_rate(data: Path) -> None:
    """A quiet FLAC below 128 kbit/s is none of the lossy ones."""
    shelve(data, whole("A", bitrate_kbps=90, codec="flac", container="flac", path="/m/a.flac"))
    assert found(data, "low-bitrate") == []


def test_repaired_texts_stand_beside_what_was_tagged(data: Path) -> None:
    """A repaired text is shown with the text as it stands in the file."""
    shelve(data, whole("Ночь", raw=(("title", "Íî÷ü"),)))
    assert found(data, "repaired")[0][2] == "title as tagged: Íî÷ü"


@pytest.mark.parametrize(
    ("path", "container", "good"),
    [("/m/a.MP3", "mp3", True), ("/m/a.m4b", "mp4", True), ("/m/a.opus", "ogg", True),
     ("/m/a.wv", "wavpack", True), ("/m/a.flac", "mp3", False), ("/m/amp3", "mp3", False),
     ("/m/a.ogg", "flac", False), ("/m/a.xyz", "unheard-of", True)],
)  # fmt: skip
def test_names_that_promise_another_format(
    data: Path, path: str, container: str, good: bool
) -> None:
    """The end of a name has to fit the container, whatever its case."""
    shelve(data, whole("A", path=path, container=container))
    assert (found(data, "wrong-suffix") == []) is good


def test_duplicates(data: Path) -> None:
    """The same recording twice, and files of one size and length, stand together."""
    shelve(
        data,
        whole("One", 1, musicbrainz_recording_id="r1"),
        whole("Other", 2, musicbrainz_recording_id="r2"),
        whole("Two", 3, musicbrainz_recording_id="r1"),
        whole("S", 4, size=77, path="/a/s.mp3"),
        whole("S", 5, size=77, path="/b/s.mp3"),
        whole("L", 6, size=77, duration_s=5.0),
    )
    assert titles(data, "same-recording") == ["One", "Two"]
    assert [row[2:] for row in found(data, "same-size")] == [
        ("77 bytes, 100.0 s", "/a/s.mp3"),
        ("77 bytes, 100.0 s", "/b/s.mp3"),
    ]


def test_parts_of_a_cue_sheet_are_no_duplicates(data: Path) -> None:
    """Tracks of one file are not copies of each other."""
    parts = [whole("A", i, path="/m/a.mp3", size=9, part=i, start_s=i * 60.0) for i in (1, 2)]
    shelve(data, *parts)
    assert found(data, "same-size") == []


def test_an_album_under_several_artists(data: Path) -> None:
    """Albums of one title in one folder, torn apart by album artists, are found together."""
    shelve(
        data,
        whole("A", 1, artist="Ada", album="Mix", path="/m/mix/CD1/1.mp3"),
        whole("B", 2, artist="Bob", album="MIX", path="/m/mix/CD2/2.mp3"),
        whole("C", 1, artist="Cy", album="Mix", path="/m/other/1.mp3"),
    )
    assert [row[1] for row in found(data, "mixed-artists")] == ["Ada", "Bob"]


def test_an_album_of_several_releases(data: Path) -> None:
    """Where artists are the same it is told that the releases are not."""
    ids = (None, "6a1d7b44-90c0-4d9e-9c4e-111111111111")
    pieces = [
        whole("A", n, path=f"/m/x/{n}.mp3", musicbrainz_album_id=i) for n, i in enumerate(ids)
    ]
    shelve(data, *pieces)
    rows = [(row[1], row[-1]) for row in found(data, "mixed-artists")]
    assert sorted(rows) == [("Ada", ""), ("Ada", f"release id {ids[1]}")]


@pytest.mark.parametrize("order", [1, -1])
def test_mixed_artists_in_any_folder(data: Path, order: int) -> None:
    """Of an album that lies in several folders each counts, whichever came first."""
    ids = "6a1d7b44-90c0-4d9e-9c4e-111111111111"
    parts = [whole("A", 1, path="/m/One/1.mp3"), whole("B", 2, path="/m/Two/2.mp3")]
    for part in parts[::order]:
        shelve(data, msgspec.structs.replace(part, musicbrainz_album_id=ids))
    shelve(data, whole("C", 3, path="/m/Two/3.mp3"))
    assert len(titles(data, "mixed-artists")) == 2


def test_albums_with_gaps(data: Path) -> None:
    """Left out numbers, and other numbers of tracks than the total, are told by disc."""
    shelve(
        data,
        *(whole(f"T{i}", i, album="Gap") for i in (1, 2, 5)),
        *(whole(f"T{i}", i, album="Short", track_total=4) for i in (1, 2)),
        *(whole(f"T{i}", i, album="More", track_total=2) for i in (1, 2, 3)),
        *(whole(f"T{i}", i, album="Discs", disc=2, path=f"/m/d/{i}.mp3") for i in (1, 3)),
        whole("Single", 7, album="One song"),
    )
    assert {row[0]: row[4] for row in found(data, "gaps")} == {
        "Gap": "has 3 of 5, lacks 3, 4",
        "Short": "has 2 of 4, lacks 3, 4",
        "More": "has 3 of 2",
        "Discs": "disc 2: has 2 of 3, lacks 2",
    }


def test_numbers_that_go_on_over_discs(data: Path) -> None:
    """The second disc, or side, may begin where the first one ends; the total is that of all."""

    def disc(number: int, *numbers: int, album: str, total: int | None = None) -> list[Track]:
        place = f"/m/{album}/CD{number}/"
        return [
            whole(f"T{i}", i, album=album, disc=number, track_total=total, path=f"{place}{i}.mp3")
            for i in numbers
        ]

    shelve(
        data,
        *disc(1, 1, 2, 3, album="On", total=5),
        *disc(2, 4, 5, album="On", total=5),
        *disc(1, 1, 2, album="Each", total=2),
        *disc(2, 3, 4, album="Each", total=2),
        *disc(1, 1, 2, album="Hole", total=6),
        *disc(2, 3, 4, 6, album="Hole", total=6),
        *disc(1, 1, 2, album="Short"),
        *disc(2, 3, 4, album="Short", total=9),
        *disc(1, 1, 2, album="Anew"),
        *disc(2, 4, 5, album="Anew"),
    )
    assert {row[0]: row[4] for row in found(data, "gaps")} == {
        "Hole": "has 2 of 6, lacks 3, 4, 5, 6; disc 2: has 3 of 6, lacks 5",
        "Short": "disc 2: has 2 of 9, lacks 5, 6, 7, 8, 9",
        "Anew": "disc 2: has 2 of 5, lacks 1, 2, 3",
    }


def test_pictures(data: Path) -> None:
    """Albums without a picture, and those whose picture is known to be tiny."""
    web = CoverRef("folder", None, 99, "99-0", b"cover.jpg")
    shelve(
        data,
        whole("A", album="None", cover=None),
        whole("B", album="Tiny"),
        whole("C", album="Web page", cover=web),
    )
    assert titles(data, "no-cover") == ["None", "Web page"]
    assert names(data, text="no:cover") == ["A", "C"]
    assert titles(data, "tiny-cover") == []
    store.writer(data).execute("UPDATE cover SET width = 120, height = 90 WHERE mime <> ''")
    assert titles(data, "tiny-cover") == ["Tiny"]


def test_broken_and_missing_files(data: Path) -> None:
    """Unreadable files are counted by kind; what is gone counts as missing and nothing else."""
    shelve(
        data,
        track("/m/gone.mp3"),
        broken=(broken("/m/a"), broken("/m/b", "unsupported"), broken("/m/c")),
    )
    shelve(data, vanished=(b"/m/gone.mp3",))
    (row,) = [row for row in page(data, "health").rows if row.key == "broken"]
    assert row.cells[1:] == ("3", "files", "corrupt 2, unsupported 1")
    assert [cells[0] for cells in found(data, "broken")] == ["corrupt", "corrupt", "unsupported"]
    assert titles(data, "missing") == ["(gone.mp3)"]
    assert found(data, "no-title") == []


@pytest.mark.parametrize("gone", [0, 1])
def test_what_is_gone_is_neither_a_copy_nor_in_the_way(data: Path, gone: int) -> None:
    """A copy that is gone makes no second one; an album is in pieces whichever track is gone."""
    same = {"musicbrainz_recording_id": "r", "size": 9}
    copies = [whole("A", 1, path="/m/a/1.mp3", **same), whole("A", 1, path="/n/a/1.mp3", **same)]
    torn = [
        whole(f"{who}{n}", n, artist=who, album="Mix", path=f"/m/mix/{who}{n}.mp3")
        for who in ("Ada", "Bob")
        for n in (1, 2)
    ]
    shelve(data, *copies, *torn)
    assert (found(data, "same-recording"), len(found(data, "mixed-artists"))) != ([], 0)
    shelve(data, vanished=(copies[gone].path, torn[gone].path))
    assert (found(data, "same-recording"), found(data, "same-size")) == ([], [])
    assert [row[1] for row in found(data, "mixed-artists")] == ["Ada", "Bob"]


def test_names_of_files(data: Path) -> None:
    """Names that are not UTF-8, and names that differ in nothing to the eye."""
    shelve(
        data,
        whole("Latin", 1, path=b"/m/caf\xe9.mp3"),
        whole("NFC", 2, path="/m/é.mp3"),
        whole("NFD", 3, path="/m/e\u0301.mp3"),
        whole("Alone", 4, path="/m/o\u0301.mp3"),
    )
    assert found(data, "bad-names") == [("Latin", "Ada", "/m/caf\\xe9.mp3")]
    assert set(titles(data, "same-names")) == {"NFC", "NFD"}


def test_findings_can_be_searched_and_sorted(data: Path) -> None:
    """What a check finds is a list like others."""
    shelve(data, *(whole(t, i, year=None) for i, t in enumerate(("Blue", "Red", "Blues"), 1)))
    assert [r.cells[0] for r in page(data, "health", '"blue"', key="no-year").rows] == ["Blue"]
    rows = page(data, "health", key="no-year", sort="title", descending=True).rows
    assert [row.cells[0] for row in rows] == ["Red", "Blues", "Blue"]
    assert [row.key for row in page(data, "health", "cover").rows] == ["no-cover", "tiny-cover"]
    assert [row.key for row in page(data, "health", "picture").rows] == ["no-cover", "tiny-cover"]


def test_what_nobody_asked_for_is_not_counted(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One check, or those that fit some words, cost what they cost and not what all do."""
    shelve(data, whole(""))
    monkeypatch.setitem(health.SQL, "health_paths", "SELECT no_such_column FROM file")
    assert facts(data, "check", "no-title")["Found"] == "1 tracks"
    assert facts(data, "check", "gaps")["Found"] == "0 albums"
    assert [row.key for row in page(data, "health", "title").rows] == ["no-title"]
    with pytest.raises(DataDirError, match="no_such_column"):
        page(data, "health")


def test_checks_that_are_not_there(data: Path) -> None:
    """An unknown check is answered by the nearest there is."""
    shelve(data, whole("A"))
    assert "did you mean 'no-cover'?" in page(data, "health", key="nocover").problem


def test_checks_say_why_and_what_to_do() -> None:
    """Each check has a name of its own, a reason, and a mend."""
    assert len({check.name for check in health.CHECKS}) == len(health.CHECKS)
    for check in health.CHECKS:
        assert check.why.endswith(".")
        assert check.mend.endswith(".")
        assert bool(check.where) != bool(check.query) or check.name == "broken"


def test_unknown_check_before_the_first_scan(data: Path) -> None:
    """A check that there is none of is told of also where nothing was scanned yet."""
    assert "did you mean 'broken'?" in page(data, "health", key="brokn").problem
    assert not page(data, "health", key="broken").problem
