"""The lists of the music library, and everything about one thing."""

import os
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.errors import DataDirError, UsageError
from soniq_tui.importers.music import importer, store
from soniq_tui.importers.music.library.cells import clock
from soniq_tui.importers.music.library.find import SQL
from soniq_tui.importers.music.library.listing import LISTS, TRACK_ORDERS
from soniq_tui.importers.music.library.lists import VIEWS
from soniq_tui.importers.music.sides.folder_cover import choose_cover
from soniq_tui.importers.music.words import CoverRef, Track
from soniq_tui.model.results import DetailQuery, ResultQuery
from tests.importers.music.pictures import jpeg
from tests.importers.music.shelf import about, broken, facts, names, page, shelve, song, track
from tests.ui.fakes import HOSTILE


def opened(data: Path, view: str, name: str, **fields):
    """Return the page that a row of a list leads to."""
    (row,) = [r for r in page(data, view, **fields).rows if r.cells[0] == name]
    return page(data, row.opens, key=row.key)


def key(data: Path, view: str, name: str) -> str:
    (row,) = [r for r in page(data, view).rows if r.cells[0] == name]
    return row.key


def cells(found) -> list[tuple[str, ...]]:
    return [row.cells for row in found.rows]


def test_before_the_first_scan(data: Path) -> None:
    """Without a catalogue each list says what to do; nothing is made on disk."""
    for view in VIEWS:
        found = page(data, view)
        assert (found.problem, found.rows, found.views) == ("", (), LISTS)
        assert "scan" in found.empty
    assert not data.exists()
    with pytest.raises(UsageError, match="nothing was scanned"):
        about(data, "track", "1")


def test_artists_lead_to_albums_lead_to_tracks(data: Path) -> None:
    """From an artist to albums by year, from an album to its tracks as it has them."""
    shelve(
        data,
        song("B", "Ada", "Late", 2, disc=2, year=2001),
        song("A", "Ada", "Late", 1, disc=2, year=2001),
        song("Z", "Ada", "Late", 1, disc=1, year=2001, duration_s=3700.0),
        song("C", "Ada", "Early", 1, year=1990, album_version="Deluxe"),
        song("D", "Bob", "Other", 1, year=1980),
    )
    assert page(data).title == "Tracks"
    assert cells(page(data, "")) == [("Ada", "2", "4"), ("Bob", "1", "1")]
    albums = opened(data, "artists", "Ada")
    assert albums.title == "Albums of Ada"
    assert cells(albums) == [
        ("Early (Deluxe)", "Ada", "1990", "1", "1:40"),
        ("Late", "Ada", "2001", "3", "1:05:00"),
    ]
    late = opened(data, "albums", "Late")
    assert late.title == "Late"
    assert [row[:2] for row in cells(late)] == [("1", "Z"), ("2.01", "A"), ("2.02", "B")]
    assert {row.kind for row in late.rows} == {"track"}
    assert not any(row.opens for row in late.rows)


def test_tracks_on_albums_of_others(data: Path) -> None:
    """After the albums of an artist stand their tracks on albums of others, and on none."""
    guest = song("Duet", "Bob", "Hits", 1)
    guest = type(guest)(**{n: getattr(guest, n) for n in guest.__struct_fields__}
                        | {"artists": ("Bob", "Ada")})  # fmt: skip
    shelve(data, song("Own", "Ada"), guest, track("/m/x.mp3", title="Loose", artists=("Ada",)))
    albums = opened(data, "artists", "Ada")
    assert [row[0] for row in cells(albums)] == ["Album", "(tracks on other albums)"]
    more = albums.rows[-1]
    assert (albums.total, more.cells[3]) == (2, "2")
    elsewhere = page(data, more.opens, key=more.key)
    assert {row[0] for row in cells(elsewhere)} == {"Duet", "Loose"}
    assert facts(data, more.kind, more.key)["Artist"] == "Ada"


def test_an_article_counts_unless_a_sort_name_says_otherwise(data: Path) -> None:
    """Artists stand by their sort names, the others by their names, accents folded."""
    shelve(
        data,
        song("a", "The Beatles", artist_sort="Beatles, The", album_artist_sort="Beatles, The"),
        song("a", "The Who"),
        song("a", "Édith Piaf"),
        song("a", "Zappa"),
        song("a", "Can"),
    )
    assert names(data, "artists") == ["The Beatles", "Can", "Édith Piaf", "The Who", "Zappa"]
    assert names(data, "artists", descending=True, sort="name")[0] == "Zappa"


def test_various_artists(data: Path) -> None:
    """A collection stands under Various Artists; each of its artists has it elsewhere."""
    tracks = [
        track(f"/m/hits/{i}.mp3", title=name, artists=(name,), album="Hits", compilation=True)
        for i, name in enumerate("AB")
    ]
    shelve(data, *tracks)
    assert cells(page(data, "albums"))[0][:2] == ("Hits", "Various Artists")
    assert names(data, "artists") == ["A", "B", "Various Artists"]
    assert [row[0] for row in cells(opened(data, "artists", "A"))] == ["(tracks on other albums)"]
    assert facts(data, "album", key(data, "albums", "Hits"))["Compilation"] == "yes"


def test_missing_files_are_muted(data: Path) -> None:
    """What is gone stays in the lists, muted; an album is when all of it is gone."""
    shelve(data, song("A", "Ada", path="/m/a.mp3"), song("B", "Ada", path="/m/b.mp3"))
    shelve(data, vanished=(b"/m/a.mp3",))
    assert [row.muted for row in page(data).rows] == [True, False]
    assert not page(data, "albums").rows[0].muted
    assert names(data, text="is:missing") == ["A"]
    assert facts(data, "track", key(data, "tracks", "A"))["Missing since"].startswith("2026")
    shelve(data, vanished=(b"/m/b.mp3",))
    assert page(data, "albums").rows[0].muted
    assert page(data, "artists").rows[0].muted


def test_tracks_by_title_with_the_untitled_last(data: Path) -> None:
    """Tracks stand by title whatever the case; those without show the names of their files."""
    shelve(data, track("/m/07.mp3"), song("beta", "x"), song("Alpha", "x"), song("gamma", "x"))
    assert names(data) == ["Alpha", "beta", "gamma", "(07.mp3)"]


def test_genres_have_one_name(data: Path) -> None:
    """Spellings of a genre are one row, with the others beside it, and lead to all its tracks."""
    shelve(
        data,
        song("A", "x", genres=("hip hop", "Rock")),
        song("B", "y", genres=("HipHop",)),
        song("C", "z", genres=("Hip-Hop", "hiphop")),
    )
    assert cells(page(data, "genres")) == [
        ("Hip-Hop", "3", "HipHop, hip hop, hiphop"),
        ("Rock", "1", ""),
    ]
    assert [row[0] for row in cells(opened(data, "genres", "Hip-Hop"))] == ["A", "B", "C"]
    assert names(data, "genres", sort="tracks") == ["Rock", "Hip-Hop"]


def test_years_lead_to_albums(data: Path) -> None:
    """The newest year is first, the unknown last; each leads to its albums."""
    shelve(data, song("A", "x", "P", year=1990), song("B", "x", "Q", year=2000),
           song("C", "x", "R", year=None))  # fmt: skip
    assert names(data, "years") == ["2000", "1990", "unknown"]
    assert [row[0] for row in cells(opened(data, "years", "1990"))] == ["P"]
    assert [row[0] for row in cells(opened(data, "years", "unknown"))] == ["R"]


def test_recent_is_the_newest_first(data: Path) -> None:
    """What came last into the library is first, a rescan changes nothing in that."""
    shelve(data, song("Old", "x", path="/m/1.mp3"))
    shelve(data, song("New", "x"))
    shelve(data, song("Old", "x", path="/m/1.mp3"))
    assert names(data, "recent") == ["New", "Old"]
    assert names(data, "recent", "old") == ["Old"]


def test_errors_are_listed_with_all_that_is_known(data: Path) -> None:
    """A file that cannot be read shows kind, reason, path and tries."""
    shelve(data, broken=(broken("/m/bad.mp3"), broken("/m/é.ogg", "unsupported", "odd")))
    shelve(data, broken=(broken("/m/bad.mp3"),), at_s=1_800_000_000.0)
    first, second = page(data, "errors").rows
    assert first.cells[:3] == ("corrupt", "no audio", "/m/bad.mp3")
    assert (first.cells[4], first.item, second.kind) == ("2", "/m/bad.mp3", "error")
    assert facts(data, "error", first.key)["Tries"] == "2"
    assert [row.cells[2] for row in page(data, "errors", "odd").rows] == ["/m/é.ogg"]


def test_everything_about_a_track(data: Path) -> None:
    """A track tells its tags, sound, file and lyrics, what is not known left out."""
    shelve(
        data,
        song("Blue", "Joni", "Blue", 3, track_total=10, composers=("Mitchell",), bpm=98.5,
             date="1971-06-22", year=1971, lyrics="line 1\nline 2", sample_rate_hz=44100,
             channels=2,
             codec="flac", container="flac", bits_per_sample=16, bitrate_kbps=900, duration_s=183.4,
             replaygain_track_gain_db=-6.5, isrc="X1", part=2, start_s=65.0,
             raw=(("title", "Bl?e"),), musicbrainz_artist_ids=("a-1", "a-2")),
    )  # fmt: skip
    (row,) = page(data).rows
    found = about(data, "track", row.key)
    told = dict(found.facts)
    assert found.text == "line 1\nline 2"
    assert found.item == "/m/Joni/Blue/03 Blue.mp3"
    assert [label for label, _ in found.facts][:5] == [
        "Title", "Artist", "Album", "Album artist", "Year",
    ]  # fmt: skip
    assert told["Sound"] == "flac, 44.1 kHz, 16 bit, stereo, 900 kbit/s"
    assert told["Track"] == "3 of 10"
    assert told["Year"] == "1971-06-22"
    assert told["Time"] == "3:03"
    assert told["Part"] == "track 2 of its cue sheet, from 1:05"
    assert told["ReplayGain"] == "track -6.50 dB"
    assert told["Title as tagged"] == "Bl?e"
    assert told["MB artists"] == "a-1, a-2"
    assert "Disc" not in told
    assert "AcoustID" not in told


def test_albums_artists_and_checks_tell_what_they_are(data: Path) -> None:
    """An album sums up its tracks, an artist its spellings, a check says what to do."""
    shelve(data, song("A", "Ada", year=1990), song("B", "ADA", number=2, year=1990))
    told = facts(data, "album", page(data, "albums").rows[0].key)
    assert told | {"Added": "", "Size": ""} == {
        "Album": "Album", "Artist": "Ada", "Year": "1990", "Tracks": "1", "Time": "1:40",
        "Genre": "Rock", "Codecs": "mp3", "Folder": "/m/Ada/Album", "Added": "", "Size": "",
    } | ({"Artist": told["Artist"], "Folder": told["Folder"]})  # fmt: skip
    artist = facts(data, "artist", page(data, "artists").rows[0].key)
    assert {artist["Artist"], artist["Also spelt"]} == {"Ada", "ADA"}
    check = facts(data, "check", "no-cover")
    assert check["Found"] == "2 albums"
    assert "cover.jpg" in check["What to do"]
    assert facts(data, "genre", "Rock") == {}
    assert about(data, "year", "1990").title == "1990"


def test_a_picture_that_cannot_be_had_says_why(data: Path) -> None:
    """Asked for a picture, a track answers with one or with the reason."""
    cover = CoverRef("folder", "image/png", 9, "9-" + "0" * 32, b"cover.png")
    shelve(data, song("A", "x", cover=cover), song("B", "x", number=2))
    for name in "AB":
        found = about(data, "track", key(data, "tracks", name), picture=32)
        assert found.picture is None
        assert found.no_picture
    assert not about(data, "track", "1").no_picture


def test_the_picture_of_many_is_one_that_can_be_had(data: Path, tmp_path: Path) -> None:
    """Artists and albums show a picture whose file is there, a sound one where there is one."""

    def laid(album: str, number: int, at: str, content: bytes, *, good: bool = True) -> Track:
        picture = tmp_path / at
        picture.parent.mkdir(exist_ok=True)
        picture.write_bytes(content)
        (tmp_path / album).mkdir(exist_ok=True)
        found = choose_cover(os.fsencode(tmp_path / album), [os.fsencode(f"../{at}")])
        assert found is not None
        assert (found.mime is not None) is good
        path = f"{tmp_path}/{album}/{number}.mp3"
        return song(f"{album} {number}", "x", album, number, path=path, cover=found)

    gone = laid("A", 1, "a/cover.jpg", jpeg((8, 8)))
    none = laid("A", 2, "b/cover.jpg", b"<html>" + bytes(3000), good=False)
    shelve(data, gone, none, vanished=(gone.path,))
    (tmp_path / "a/cover.jpg").unlink()
    assert about(data, "artist", "1", picture=8).no_picture == "a web page, no picture"
    good = laid("A", 3, "c/cover.jpg", jpeg((9, 8)))
    shelve(data, good, laid("B", 1, "d/cover.jpg", jpeg((8, 9))))
    albums = [("album", row.key) for row in page(data, "albums").rows]
    for kind, of in [("artist", "1"), *albums]:
        assert about(data, kind, of, picture=8).picture is not None


@pytest.mark.parametrize("what", ["track", "album", "artist", "error", "check", "playlist"])
@pytest.mark.parametrize("odd", ["", "0", "99999", "x", "1; --", "9" * 400, "-1", "\ud800", "²"])
def test_what_is_not_there_is_told(data: Path, what: str, odd: str) -> None:
    """A key that nothing has is a usage error, whatever it is."""
    shelve(data, song("A", "x"))
    with pytest.raises(UsageError):
        about(data, what, odd)
    for view in ("albums", "tracks", "playlists", "health"):
        found = page(data, view, key=odd)
        assert found.problem or not odd


def test_lists_that_are_not_there_are_told(data: Path) -> None:
    """An unknown list or kind is answered by the nearest there is."""
    assert "did you mean 'albums'?" in page(data, "album").problem
    with pytest.raises(UsageError, match="no details of 'song'"):
        about(data, "song", "1")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_data(data: Path, text: str) -> None:
    """Whatever tags and names hold, every list and detail can be had and sent."""
    plain = text.encode("utf-8", "replace").decode()
    shelve(
        data,
        song(plain, plain, plain, path=b"/m/" + text.encode("utf-8", "surrogateescape") + b".mp3",
             genres=(plain,), lyrics=plain),
        broken=(broken("/m/bad.mp3", reason=plain),),
    )  # fmt: skip
    for view in VIEWS:
        found = page(data, view)
        assert not found.problem
        for row in found.rows:
            "".join((*row.cells, row.item, row.key)).encode()
            if row.opens:
                assert not page(data, row.opens, key=row.key).problem
            about(data, row.kind, row.key)


def test_offsets_and_limits_beyond_reason(data: Path) -> None:
    """Pages beyond the end are empty, and no size of page is an error."""
    shelve(data, *(song(f"T{i}", "x", number=i) for i in range(5)))
    for view in VIEWS:
        assert page(data, view, offset=10**9).rows == ()
        assert page(data, view, offset=-5, limit=10**12).total >= 0
        assert page(data, view, limit=-1).rows == ()


def test_a_damaged_or_older_catalogue_is_named(data: Path) -> None:
    """What cannot be read is an error of the data directory that says what to do."""
    shelve(data, song("A", "x"))
    store.close()
    with sqlite3.connect(data / store.FILE) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(DataDirError, match="the next scan brings it up to date"):
        page(data)
    (data / store.FILE).write_bytes(b"no database" * 1000)
    with pytest.raises(DataDirError, match=r"is damaged: .*; move it away"):
        page(data)


@pytest.mark.parametrize("view", ["errors", "playlists", "health"])
@pytest.mark.parametrize("name", ["artist:x", "title:x", "year:1990", "is:missing", "!no:cover"])
def test_filters_of_music_are_refused_where_they_say_nothing(
    data: Path, view: str, name: str
) -> None:
    """A list that a filter cannot narrow down says so and does not pass for narrowed down."""
    shelve(data, broken=(broken("/m/x.mp3"),))
    found = page(data, view, f"x {name}")
    known = name.strip("!").partition(":")[0]
    said = f"'{known}:' is about music; this list is searched by words alone"
    assert (found.problem, found.rows) == (said, ())
    assert not page(data, "all", f"x {name}").problem


def test_looking_is_possible_while_a_scan_writes(data: Path) -> None:
    """A transaction of the writer neither stops nor changes what is seen."""
    shelve(data, song("A", "x"))
    connection = store.writer(data)
    with store.transaction(connection):
        connection.execute("UPDATE track SET title = 'B'")
        assert names(data) == ["A"]
    assert names(data) == ["B"]


def test_a_first_scan_is_looked_at_without_late_indexes(data: Path) -> None:
    """Lists of artists and albums never look the tracks through again for each row."""
    shelve(data, song("A", "x"), end=False)
    connection = store.writer(data)
    connection.create_function("sortable", 1, str)
    for name in ("artists", "albums", "artist_rows", "album_rows", "years"):
        order = {"artists": "order_artist_name", "albums": "order_album_artist"}.get(name, "")
        text = SQL[name].format(where="1", order=SQL.get(order, "").format(way="ASC"))
        plan = connection.execute(f"EXPLAIN QUERY PLAN {text}", {"ids": "[1]"}).fetchall()
        inner = {row[0] for row in plan if "CORRELATED" in row[3]}
        for number, above, _, what in plan:
            inner |= {number} if above in inner else set()
            assert not (above in inner and re.match(r"SCAN track", what)), (name, what)


def test_sorting_by_counts(data: Path) -> None:
    """Artists and albums can be sorted by what they hold; equals stay in their order."""
    shelve(
        data,
        *(song(f"{i}", "Bob", "Big", i, duration_s=10.0) for i in range(3)),
        song("a", "Ada", "One", duration_s=500.0),
        song("b", "Ada", "Two", duration_s=20.0),
        song("c", "Cy", "Three", duration_s=20.0),
    )
    assert names(data, "artists", sort="tracks", descending=True) == ["Bob", "Ada", "Cy"]
    assert names(data, "artists", sort="albums") == ["Bob", "Cy", "Ada"]
    assert names(data, "albums", sort="tracks", descending=True)[0] == "Big"
    assert names(data, "albums", sort="time") == ["Three", "Two", "Big", "One"]
    assert names(data, "albums", sort="artist") == ["One", "Two", "Big", "Three"]


def test_the_importer_answers(data: Path) -> None:
    """The importer's results, detail and deeds are those of the library."""
    shelve(data, song("A", "x"))
    assert importer.results(data, ResultQuery(importer="music", view="tracks")).total == 1
    detail = importer.detail(data, DetailQuery(importer="music", kind="track", key="1"))
    assert detail.title == "A"
    assert "saved" in importer.deeds["playlist.save"](data, {"name": "p", "query": "a"})


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, ""), (59.6, "1:00"), (225, "3:45"), (3723, "1:02:03"), (1e300, ""),
     (float("nan"), "")],
)  # fmt: skip
def test_times(seconds: float | None, text: str) -> None:
    """Times read like those of players; what cannot be true is left out."""
    assert clock(seconds) == text


SPELT = ("Zebra", "élan", "Eagle", "don't", "Dont b", "ábc", "Ясно", "арка", "Éa", "日本", "ß")
FOLDED = ["ábc", "don't", "Dont b", "Éa", "Eagle", "élan", "ß", "Zebra", "арка", "Ясно", "日本"]


@pytest.mark.parametrize("state", ["whole", "new", "changed"])
def test_tracks_sort_by_what_is_searched_for(data: Path, state: str) -> None:
    """Accents, case and scripts count in the list of tracks as elsewhere, whatever is owing."""
    songs = [song(t, "Ada", path=f"/m/{n}.mp3") for n, t in enumerate(SPELT)]
    untitled = [track(f"/m/x{n}.mp3", artists=("Ada",)) for n in range(2)]
    if state != "new":
        shelve(data, *untitled, *songs)
    if state != "whole":
        shelve(data, *untitled, *songs, end=False)
    none = ["(x0.mp3)", "(x1.mp3)"]
    assert names(data) == FOLDED + none
    assert names(data, sort="title", descending=True) == FOLDED[::-1] + none[::-1]
    assert names(data, text="year:1999") == FOLDED
    assert names(data, text="artist:ada", sort="title") == FOLDED + none


@pytest.mark.parametrize("sort", ["artist", "album"])
def test_tracks_sort_by_artist_and_album_as_other_lists_do(data: Path, sort: str) -> None:
    """Accents and scripts count there, too."""
    nobody = track("/m/1.mp3", title="Song")
    shelve(data, nobody, *(song("Song", text, text) for text in SPELT))
    column = ["title", "artist", "album"].index(sort)
    for way in (1, -1):
        rows = page(data, sort=sort, descending=way < 0).rows
        assert [row.cells[column] for row in rows] == [*FOLDED[::way], ""]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", TRACK_ORDERS)
def test_pages_make_a_whole(data: Path, sort: str, *, descending: bool) -> None:
    """Pages that are looked for from the end are those that follow the ones before."""
    songs = [
        track(
            f"/m/{n}.mp3",
            title=[None, "A", "b", "É"][n % 4],
            artists=((), ("Ada",), ("Béla",))[n % 3],
            album=[None, "X", "Y"][n % 3],
            track=[None, 1, 2][n % 3],
            disc=[None, 1, 2, 1, 2][n % 5],
            year=[None, 1999, 2001, 2002][n % 4],
            duration_s=[None, 5.0, 7.0][n % 3],
            codec=[None, "mp3"][n % 2],
        )
        for n in range(60)
    ]
    shelve(data, *songs)

    def keys(**fields: Any) -> list[str]:
        return [row.key for row in page(data, sort=sort, descending=descending, **fields).rows]

    for text in ("", "codec:mp3"):
        whole = keys(text=text, limit=1000)
        assert len(set(whole)) == len(whole) > 20
        pages = [keys(text=text, limit=7, offset=at) for at in range(0, len(whole) + 7, 7)]
        assert [key for each in pages for key in each] == whole
