"""Playlists: made from searches, lists and paths; written for players and read from them."""

import os
import threading
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.errors import DataDirError, UsageError
from soniq_tui.importers.music import importer, store
from soniq_tui.importers.music.library import m3u, playlists
from soniq_tui.importers.music.library.m3u import Entry, Line
from tests.importers.music.shelf import facts, names, page, shelve, song, track
from tests.ui.fakes import HOSTILE

GOLDEN = Path(__file__).parent / "golden" / "playlist.m3u8"


def do(data: Path, deed: str, **words: str) -> str:
    return importer.deeds[f"playlist.{deed}"](data, words)


def held(data: Path, name: str) -> list[str]:
    """Return the titles of the tracks of a playlist in order."""
    return names(data, "playlists", key=playlists.key_of(data, name))


@pytest.fixture
def shelf(data: Path) -> Path:
    shelve(
        data,
        song("Blue", "Joni", "Blue", 1),
        song("Carey", "Joni", "Blue", 2),
        song("Blue Train", "Coltrane", "Blue Train", 1),
        song("Été", "Ada", "E\u0301", 1),
        track(b"/m/caf\xe9.mp3", title="Latin"),
    )
    return data


# ------------------------------------------------------------------ deeds


def test_a_search_is_kept(shelf: Path) -> None:
    """A playlist holds what a search found, by artist, album and number, and is listed."""
    assert do(shelf, "save", name="Blues", query="blue") == "playlist 'Blues' saved: 3 tracks"
    assert held(shelf, "Blues") == ["Blue Train", "Blue", "Carey"]
    (row,) = page(shelf, "playlists").rows
    assert row.cells[:3] == ("Blues", "3", "5:00")
    assert facts(shelf, "playlist", row.key)["Tracks"] == "3"
    shelve(shelf, song("Blue Moon", "Elvis"))
    assert len(held(shelf, "Blues")) == 3


def test_a_search_is_kept_album_by_album(data: Path) -> None:
    """Albums stand by artist and title, each whole: guests, discs and singles tear none apart."""
    driun = partial(track, album="Driun", album_artists=("Driu",))
    at = "/m/Driu/Driun"
    shelve(
        data,
        driun(f"{at}/16.mp3", title="Sixteen", artists=("Driu",), disc=2, track=16),
        driun(f"{at}/1.mp3", title="One", artists=("Z Guest",), disc=1, track=1),
        driun(f"{at}/10.mp3", title="Ten", artists=("Driu",), track=10),
        driun(f"{at}/2.mp3", title="Two", artists=("Driu",), disc=1, track=2),
        driun(f"{at}/no.mp3", title="Last", artists=("Driu",), disc=2),
        driun(f"{at}/13.mp3", title="Thirteen", artists=("A Guest",), disc=2, track=13),
        song("Early", "Driu", "An Album", 2),
        song("Other", "Ann", "Driun", 1, path="/m/Ann/Driun/1.mp3"),
        track("/m/loose.mp3", title="Loose Driun", artists=("Bea",)),
        track("/m/loose too.mp3", title="Driun"),
    )
    album = ["One", "Two", "Ten", "Thirteen", "Sixteen", "Last"]
    expected = ["Other", "Loose Driun", *album, "Driun"]
    do(data, "save", name="a", query="driun")
    assert held(data, "a") == expected
    do(data, "save", name="b", view="tracks", key="", query="driun")
    assert held(data, "b") == expected
    do(data, "save", name="c", query="driu")
    assert held(data, "c") == ["Other", "Loose Driun", "Early", *album, "Driun"]


def test_a_list_in_view_is_kept(shelf: Path) -> None:
    """What a list shows can be kept: its tracks, or those of its albums and artists."""
    (joni,) = [r.key for r in page(shelf, "artists").rows if r.cells[0] == "Joni"]
    do(shelf, "save", name="a", view="albums", key=joni, query="")
    assert held(shelf, "a") == ["Blue", "Carey"]
    do(shelf, "save", name="b", view="artists", key="", query="coltrane")
    assert held(shelf, "b") == ["Blue Train"]
    do(shelf, "save", name="c", view="tracks", key="", query="carey")
    assert held(shelf, "c") == ["Carey"]
    do(shelf, "save", name="d", view="genres", key="Rock", query="été")
    assert held(shelf, "d") == ["Été"]


def test_adding_leaves_out_what_is_there(shelf: Path) -> None:
    """Further tracks go to the end; those that are in it already are counted and left out."""
    do(shelf, "save", name="p", query="carey")
    said = do(shelf, "add", name="p", query="joni")
    assert said == "playlist 'p': 1 track added; 1 was in it already"
    assert held(shelf, "p") == ["Carey", "Blue"]
    keys = {row.cells[0]: row.key for row in page(shelf).rows}
    do(shelf, "add", name="p", tracks=f"{keys['Latin']} {keys['Été']} 999")
    assert held(shelf, "p")[2:] == ["Latin", "Été"]


def test_paths_are_added(shelf: Path) -> None:
    """Files are named by their paths, one a line, also when those are not UTF-8."""
    paths = "/m/Joni/Blue/02 Carey.mp3\n" + os.fsdecode(b"/m/caf\xe9.mp3")
    do(shelf, "save", name="p", paths=paths)
    assert held(shelf, "p") == ["Carey", "Latin"]
    with pytest.raises(UsageError, match=r"not in the library: /m/no\.mp3"):
        do(shelf, "add", name="p", paths="/m/no.mp3")


def test_renaming_replacing_and_deleting(shelf: Path) -> None:
    """A name is changed, what is in it replaced when that is meant, and it goes as a whole."""
    do(shelf, "save", name="a", query="carey")
    do(shelf, "save", name="b", query="train")
    with pytest.raises(UsageError, match="already"):
        do(shelf, "rename", name="a", to="b")
    do(shelf, "rename", name="a", to="  c  d ")
    do(shelf, "rename", name="c d", to="c d")
    with pytest.raises(UsageError, match=r"already; .*'playlist add'.*--replace"):
        do(shelf, "save", name="b", query="carey")
    do(shelf, "save", name="b", query="carey", replace="yes")
    assert (held(shelf, "b"), held(shelf, "c d")) == (["Carey"], ["Carey"])
    do(shelf, "delete", name="b", key="2")
    assert names(shelf, "playlists") == ["c d"]
    do(shelf, "save", name="new", query="train")
    assert held(shelf, "new") == ["Blue Train"]


@pytest.mark.parametrize(
    ("deed", "words", "said"),
    [
        ("save", {"name": "", "query": "blue"}, "cannot be the name"),
        ("save", {"name": "a\x1bb", "query": "blue"}, "cannot be the name"),
        ("save", {"name": "x" * 201, "query": "blue"}, "cannot be the name"),
        ("save", {"name": "x\ud800", "query": "blue"}, "cannot be the name"),
        ("save", {"query": "blue"}, "cannot be the name"),
        ("save", {"name": "x"}, "none was given"),
        ("save", {"name": "x", "query": "  "}, "none was given"),
        ("save", {"name": "x", "query": "nothing-like-it"}, "no track fits"),
        ("save", {"name": "x", "query": "artst:x"}, "did you mean 'artist:'"),
        ("save", {"name": "x", "tracks": "1 x"}, "has the key 'x'"),
        ("save", {"name": "x", "view": "album", "query": "a"}, "did you mean 'albums'"),
        ("save", {"name": "x", "paths": "/no\ud800"}, "not in the library"),
        ("add", {"name": "evning", "query": "blue"}, "did you mean 'evening'"),
        ("add", {"name": "\ud800", "query": "blue"}, "there is no playlist"),
        ("delete", {"name": "zzz"}, "names them"),
        ("delete", {}, "there is no playlist"),
        ("rename", {"name": "evening", "to": ""}, "cannot be the name"),
        ("export", {"name": "evening"}, "not the name of a file"),
        ("export", {"name": "evening", "file": "/no/such/folder/x"}, "cannot be written"),
        ("export", {"name": "evening", "file": "a\0b"}, "not the name of a file"),
        ("import", {"file": "/no/such"}, "cannot be read"),
        ("import", {"file": "/tmp"}, "cannot be read"),  # noqa: S108  nothing is written there
    ],
)
def test_what_cannot_be_done_is_told(shelf: Path, deed: str, words: dict, said: str) -> None:
    """A deed that makes no sense changes nothing and says why, with the nearest name."""
    do(shelf, "save", name="evening", query="train")
    with pytest.raises(UsageError, match=said):
        do(shelf, deed, **words)
    assert names(shelf, "playlists") == ["evening"]
    assert held(shelf, "evening") == ["Blue Train"]


def test_before_a_scan_there_is_nothing(data: Path) -> None:
    """Without a catalogue no playlist can be made, and none is on disk after the attempt."""
    for deed, words in (("save", {"name": "a", "query": "b"}), ("delete", {"name": "a"})):
        with pytest.raises(UsageError, match="nothing was scanned"):
            do(data, deed, **words)
    with pytest.raises(UsageError, match="nothing was scanned"):
        playlists.exported(data, "a", None)
    assert not data.exists()


def test_playlists_outlive_rescans_and_moves(shelf: Path) -> None:
    """A track that is gone, back, or tagged anew keeps its place."""
    do(shelf, "save", name="p", query="joni")
    shelve(shelf, vanished=(b"/m/Joni/Blue/01 Blue.mp3",))
    assert [row.muted for row in page(shelf, "playlists", key="1").rows] == [True, False]
    assert facts(shelf, "playlist", "1")["Missing"] == "1"
    shelve(shelf, song("Bluer", "Joni", "Blue", 1, path="/m/Joni/Blue/01 Blue.mp3"))
    assert held(shelf, "p") == ["Bluer", "Carey"]


def test_a_change_waits_for_the_writer(shelf: Path) -> None:
    """While a scan writes, a change waits for its turn; both are there in the end."""
    connection = store.writer(shelf)
    connection.execute("BEGIN IMMEDIATE")
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(do(shelf, "save", name="p", query="blue")))
    thread.start()
    thread.join(0.05)
    assert not said
    connection.execute("COMMIT")
    thread.join(10)
    assert said == ["playlist 'p' saved: 3 tracks"]


def test_a_catalogue_that_cannot_be_written_is_named(shelf: Path) -> None:
    """What is wrong with the catalogue is an error of the data directory."""
    store.close()
    (shelf / store.FILE).write_bytes(b"no database" * 1000)
    with pytest.raises(DataDirError, match=r"library\.db"):
        do(shelf, "save", name="p", query="blue")


def test_a_track_may_stand_twice(shelf: Path, tmp_path: Path) -> None:
    """A player's file that holds a track twice keeps it so; rows keep keys of their own."""
    file = tmp_path / "twice.m3u"
    file.write_text("/m/Joni/Blue/02 Carey.mp3\n" * 2)
    assert playlists.imported(shelf, file).tracks == 2
    rows = page(shelf, "playlists", key="1").rows
    assert len({row.key for row in rows}) == 2
    assert {facts(shelf, "track", row.key)["Title"] for row in rows} == {"Carey"}


# ------------------------------------------------------------------ files of players


ENTRIES = (
    Entry(b"/m/Joni/01 Blue.mp3", "Blue", "Joni Mitchell", 183.5),
    Entry("/m/音楽/é.mp3".encode(), "第一", "音楽", 60.0),
    Entry(b"/m/caf\xe9.mp3", "Latin", "", None),
    Entry(b"/m/line\nend #1.mp3", "Two\nlines\x1b[2J\u2028", "A\tB", 1.0),
    Entry(b"/m/#hash.mp3", "Hash", "x", 1.0),
    Entry(b"/m/space .mp3 ", "Space", "x", 1.0),
    Entry(b"/m/set.flac", "Part", "DJ", 61.25, 122.5),
    Entry(b"/m/set.flac", "Last part", "DJ", None, 0.0),
    Entry(b"/m/http://x.mp3", "Address", "x", 1.0),
    Entry(b"/elsewhere/y.mp3", "Up", "x", 1.0),
)


def test_what_players_are_given() -> None:
    """M3U8: bytes of paths, text on one line, addresses for what cannot be a line, parts."""
    made = m3u.write(ENTRIES) + m3u.write(ENTRIES, b"/m")
    assert made == GOLDEN.read_bytes()


@given(
    st.lists(
        st.binary(min_size=1, max_size=20).filter(lambda b: b"\0" not in b and b != b"."),
        max_size=5,
    )
)
def test_what_is_written_is_read_again(names: list[bytes]) -> None:
    """Whatever bytes paths hold, reading an absolute file gives them back."""
    paths = [os.path.normpath(b"/m/" + name) for name in names]
    found = m3u.read(m3u.write([Entry(path, "t") for path in paths]))
    assert [line.path for line in found] == paths


def test_what_players_write_is_read() -> None:
    """Byte order marks, line ends of all kinds, comments, addresses and paths of Windows."""
    data = (
        b"\xef\xbb\xbf#EXTM3U\r\n#EXTINF:1,x\r\n  a.mp3  \r\n\r\n#EXTVLCOPT:start-time=61.5\r\n"
        b"/m/set.flac\rC:\\Music\\b.mp3\n..\\c\\d.mp3\nfile:///m/%C3%A9.mp3\n"
        b"file://host/m/e.mp3\nhttp://radio/x\n#EXTGRP:z"
    )
    assert m3u.read(data) == [
        Line(b"a.mp3", None, "a.mp3"),
        Line(b"/m/set.flac", 61.5, "/m/set.flac"),
        Line(b"C:\\Music\\b.mp3", None, "C:\\Music\\b.mp3"),
        Line(b"..\\c\\d.mp3", None, "..\\c\\d.mp3"),
        Line("/m/é.mp3".encode(), None, "file:///m/%C3%A9.mp3"),
        Line(b"/m/e.mp3", None, "file://host/m/e.mp3"),
        Line(b"http://radio/x", None, "http://radio/x", foreign=True),
    ]


def test_lists_of_winamp_are_read() -> None:
    """PLS files number their entries, with titles and lengths between; case is no matter."""
    data = (
        b"\xef\xbb\xbf\r\n[Playlist]\r\nFile2=..\\b.mp3\r\nTitle2=File1=x\r\nfile1 = a=1.mp3 \r\n"
        b"Length1=-1\r\nFile10=http://radio/x\r\nNumberOfEntries=3\r\nVersion=2"
    )
    assert m3u.read(data) == [
        Line(b"a=1.mp3", None, "a=1.mp3"),
        Line(b"..\\b.mp3", None, "..\\b.mp3"),
        Line(b"http://radio/x", None, "http://radio/x", foreign=True),
    ]


def test_paths_that_players_escape_are_matched(shelf: Path, tmp_path: Path) -> None:
    """VLC writes relative paths as in addresses; a name that has a per cent sign comes first."""
    for number, name in enumerate(("100%25.mp3", "100%.mp3", "a b!.mp3", "c d.mp3")):
        path = os.fsencode(tmp_path / name) if number < 3 else b"/m/else/c d.mp3"
        shelve(shelf, song(f"Song {number}", "x", path=path))
    file = tmp_path / "x.m3u"
    file.write_text("100%25.mp3\na%20b%21.mp3\nelse/c%20d.mp3\n100%2525.mp3\n%.mp3\n")
    assert playlists.imported(shelf, file).unmatched == ["%.mp3"]
    assert held(shelf, "x") == ["Song 0", "Song 2", "Song 3", "Song 0"]


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(data: bytes) -> None:
    """No file of a player is an error to read."""
    for line in m3u.read(data):
        line.said.encode()


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"])
def test_lists_in_unicode_of_any_kind(charset: str) -> None:
    """A mark at the beginning tells UTF-16; half a character at the end is no error."""
    mark = "\ufeff" if charset[-3:] in {"-be", "-le"} else ""
    data = f"{mark}#EXTM3U\r\nD:\\Größe\\夜.mp3\r\n".encode(charset)
    assert [line.path.decode() for line in m3u.read(data)] == ["D:\\Größe\\夜.mp3"]
    assert m3u.read(data + b"\xd8")


def test_lines_are_matched_by_what_they_say(shelf: Path, tmp_path: Path) -> None:
    """A path counts as it is, then from the file, then by its end; the rest is named."""
    shelve(
        shelf,
        song("Near", "x", path=os.fsencode(tmp_path) + b"/music/near.mp3"),
        song("Twin", "x", "P", path="/m/P/twin.mp3"),
        song("Twin", "x", "Q", path="/m/Q/twin.mp3"),
        song("One", "dj", path="/m/set.flac", part=1, start_s=0.0),
        song("Two", "dj", number=2, path="/m/set.flac", part=2, start_s=90.0),
    )
    file = tmp_path / "list" / "My list.m3u"
    file.parent.mkdir()
    lines = [
        b"/m/Joni/Blue/01 Blue.mp3",
        b"../music/near.mp3",
        b"D:\\Music\\BLUE\\02 carey.mp3",
        "/old/disk/E\u0301/01 Été.mp3".encode(),  # NFD folder in the library, NFC name
        b"caf\xe9.mp3",
        b"/else/Q/twin.mp3",
        b"#EXTVLCOPT:start-time=89.9\n/m/set.flac",
        b"twin.mp3",
        b"http://radio/x",
        b"/m/no\x1b.mp3",
    ]
    file.write_bytes(b"\n".join(lines))
    made = playlists.imported(shelf, file)
    assert (made.name, made.tracks) == ("My list", 7)
    assert made.unmatched == ["twin.mp3", "http://radio/x", "/m/no\x1b.mp3"]
    expected = ["Blue", "Near", "Carey", "Été", "Latin", "Twin", "Two"]
    assert held(shelf, "My list") == expected
    said = do(shelf, "import", file=str(file), name="again")
    assert said == (
        "playlist 'again' imported: 7 tracks; not in the library: 3 "
        "(twin.mp3, http://radio/x, /m/no␛.mp3)"
    )


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("", "there is no entry in it"),
        ("/no.mp3\n", "its one entry is not in the library"),
        ("/no.mp3\n/neither.mp3\n", "none of its 2 entries is in the library"),
    ],
)
def test_a_file_with_nothing_known_makes_no_playlist(
    shelf: Path, tmp_path: Path, entries: str, said: str
) -> None:
    """Where no entry is in the library nothing is made."""
    file = tmp_path / "x.m3u"
    file.write_text(f"#EXTM3U\n{entries}")
    with pytest.raises(UsageError, match=f"x.m3u: {said}$"):
        playlists.imported(shelf, file)
    assert names(shelf, "playlists") == []


@pytest.mark.parametrize("relative", ["", "yes"])
def test_an_export_comes_back(shelf: Path, tmp_path: Path, relative: str) -> None:
    """What was exported imports as the same tracks, with absolute and with relative paths."""
    do(shelf, "save", name="all", query="!zzz")
    file = tmp_path / "all.m3u8"
    do(shelf, "export", name="all", file=str(file), relative=relative)
    assert not [path for path in tmp_path.iterdir() if "part" in path.name]
    do(shelf, "import", name="back", file=str(file))
    assert held(shelf, "back") == held(shelf, "all")
    assert len(held(shelf, "all")) == 5


def test_an_export_replaces_no_pipe(shelf: Path, tmp_path: Path) -> None:
    """What is no plain file stays what it is, as ``/dev/null`` when root exports to it."""
    do(shelf, "save", name="all", query="!zzz")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="it is no file"):
        do(shelf, "export", name="all", file=str(pipe))
    assert pipe.is_fifo()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_go_out_and_come_back(data: Path, tmp_path: Path, text: str) -> None:
    """Whatever a file is called and tagged, its playlist is one track a line and reads again."""
    plain = text.encode("utf-8", "replace").decode()
    path = b"/m/" + text.encode("utf-8", "surrogateescape") + b".mp3"
    shelve(data, song(plain, plain, path=path), song("other", "y"))
    do(data, "save", name="p", query="!other")
    made = playlists.exported(data, "p", None)
    assert made.count(b"\n") == 3
    (tmp_path / "p.m3u8").write_bytes(made)
    assert playlists.imported(data, tmp_path / "p.m3u8", "q").unmatched == []
    assert held(data, "q") == held(data, "p")
