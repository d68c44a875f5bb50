"""The catalogue: upserts that can be repeated, what is missing or broken, and its readers."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.errors import DataDirError, UsageError
from soniq_tui.importers.base import GoBack, RetryLater
from soniq_tui.importers.music import export, store
from soniq_tui.importers.music import insert as storing
from soniq_tui.importers.music.wordindex import words
from soniq_tui.importers.music.words import (
    Broken,
    CoverRef,
    Extracted,
    Grouped,
    Moved,
    Track,
)
from soniq_tui.model.job import ErrorKind
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.library import discovered, end_scan, insert, root_of

SIGNATURE = {"size": 1, "mtime_ns": 2, "ctime_ns": 3, "inode": 4, "device": 5}
COVER = CoverRef("folder", "image/png", 9, "k1", b"cover.png")


def track(path: bytes = b"/m/1.mp3", **fields: Any) -> Track:
    return Track(path=path, **{**SIGNATURE, **fields})


def broken(path: bytes = b"/m/1.mp3", **fields: Any) -> Broken:
    return Broken(path=path, **{**SIGNATURE, "kind": "corrupt", "reason": "no good", **fields})


def part(*tracks: Track, **others: Any) -> Extracted:
    return Extracted(tracks=tracks, **others)


def moved(number: int, path: bytes, **fields: Any) -> Moved:
    return Moved(id=number, path=path, **{**SIGNATURE, **fields})


def dump(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows but for the times they were written at."""
    connection = store.reader(data)
    assert connection is not None
    try:
        return {
            table: connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
            for table in ("artist", "album", "album_artist", "track_artist", "cover", "file")
        } | {
            "track": [
                tuple(row[name] for name in row if name != "updated_at_s") for row in tracks(data)
            ],
        }
    finally:
        connection.close()


def rows(data: Path, query: str) -> list[dict[str, Any]]:
    connection = store.reader(data)
    assert connection is not None
    try:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]
    finally:
        connection.close()


def tracks(data: Path) -> list[dict[str, Any]]:
    """Return tracks with what is known of their files and pictures, in the order of paths."""
    return rows(
        data,
        "SELECT cover.*, track.*, file.*, track.id AS id FROM track"
        " JOIN file ON file.id = track.file_id LEFT JOIN cover ON cover.id = track.cover_id"
        " ORDER BY file.path, track.part",
    )


def found(data: Path, word: str) -> list[int]:
    """Return the tracks in which a word occurs."""
    query = f"SELECT rowid FROM search WHERE search MATCH '{word}' ORDER BY rowid"  # noqa: S608
    return [row["rowid"] for row in rows(data, query)]


FULL = track(
    beside=-6,
    title="T",
    artists=("A", "B"),
    album="X",
    album_artists=("A",),
    year=1999,
    genres=("Rock",),
    compilation=False,
    duration_s=1.5,
    lyrics="la\nla",
    cover=COVER,
)


MORE = part(track(b"/m/3", title="Three"), track(b"/m/4", title="Four"))


@pytest.mark.parametrize(
    "later",
    [
        [MORE],
        [part(track(b"/m/1", title="Other", inode=9)), MORE],
        [part(moved=(moved(2, b"/m/two.mp3"),)), MORE],
        [
            part(track(b"/m/1", title="Part 1", part=1), track(b"/m/1", title="Part 2", part=2)),
            MORE,
        ],
    ],
    ids=["plain", "tagged anew", "moved", "parted"],
)
def test_words_are_those_of_the_rows(tmp_path: Path, monkeypatch, later: list[Extracted]) -> None:
    """Whatever becomes of new tracks before they are indexed, the index says what they say."""
    monkeypatch.setattr(storing, "SLICE", 3)
    insert(tmp_path, part(track(b"/m/1", title="One", genres=("Hip-Hop",)), track(b"/m/2")))
    for found_then in later:
        insert(tmp_path, found_then)
    end_scan(tmp_path)
    indexed = rows(tmp_path, "SELECT rowid, title, artists, album, genres FROM search")
    connection = store.reader(tmp_path)
    assert connection is not None
    with closing(connection):
        said = connection.execute(store.SQL["words_to_come"], (0, 100)).fetchall()
    assert [tuple(row.values()) for row in indexed] == [words(row) for row in said]
    assert len(said) >= 4


def test_words_of_tracks_that_another_process_changes(tmp_path: Path, monkeypatch) -> None:
    """Queues can be set so that several children write: none trusts what it remembers then."""
    monkeypatch.setattr(storing, "SLICE", 4)
    parts = [track(b"/m/1", title=title, part=n) for n, title in enumerate(("One", "Two"), 1)]
    insert(tmp_path, part(*parts, track(b"/m/2", title="Last")))
    with monkeypatch.context() as patch:
        patch.setattr(store, "_writers", {})
        insert(tmp_path, part(track(b"/m/1", title="Other", part=1)))
        store.close()
    insert(tmp_path, MORE)
    end_scan(tmp_path)
    assert [found(tmp_path, word) for word in ("one", "two", "last")] == [[], [], [3]]


def test_no_words_to_mend_are_found_without_looking_at_tracks(tmp_path: Path) -> None:
    """As a rule there are none, and a scan of what has not changed ends with asking for them."""
    insert(tmp_path, part(track()))
    connection = store.writer(tmp_path)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {store.SQL['words_to_mend']}", (9,)).fetchall()
    scanned = [row[3] for row in plan if row[3].startswith("SCAN")]
    assert scanned == ["SCAN unsearched"]


def test_fields_arrive(tmp_path: Path) -> None:
    """Every field of a track is in the column of its name; lists are JSON, the cover is spread."""
    insert(tmp_path, part(FULL))
    (row,) = tracks(tmp_path)
    for name in set(Track.__struct_fields__) - {"cover", "cue"}:
        value = getattr(FULL, name)
        if isinstance(value, tuple):
            value = msgspec.json.encode(value).decode()
        assert row[name] == value, name
    names = ("cover_source", "mime", "length", "key", "cover_file", "sha256")
    assert [row[n] for n in names] == [*msgspec.structs.astuple(COVER), None]
    assert row["album_id"] is not None
    assert not row["missing"]


def test_twice_is_once(tmp_path: Path) -> None:
    """A job that runs twice changes nothing, ids and days included."""
    chunk = part(FULL, track(b"/m/2.mp3", album="X", album_artists=("A",)))
    first = insert(tmp_path, chunk)
    end_scan(tmp_path)
    before = dump(tmp_path)
    second = insert(tmp_path, chunk)
    end_scan(tmp_path)
    assert dump(tmp_path) == before
    assert first.counts["done"] == second.counts["done"] == 2
    assert not first.failed


def test_retagged(tmp_path: Path) -> None:
    """A track that was retagged keeps its id and moves to its new album and artists."""
    insert(tmp_path, part(FULL))
    before = tracks(tmp_path)[0]
    insert(tmp_path, part(track(title="New", artists=("C",), album="Y", mtime_ns=9)))
    after = tracks(tmp_path)[0]
    assert (after["id"], after["added_at_s"]) == (before["id"], before["added_at_s"])
    assert after["album_id"] != before["album_id"]
    assert (after["title"], after["year"], after["cover_source"]) == ("New", None, None)
    assert len(dump(tmp_path)["track_artist"]) == 1


def test_pictures_are_kept_once(tmp_path: Path) -> None:
    """Tracks with one picture share its row, and what is known of it stays as long as it does."""
    insert(tmp_path, part(FULL, track(b"/m/2.mp3", cover=COVER)))
    assert len({row["cover_id"] for row in tracks(tmp_path)}) == 1
    store.writer(tmp_path).execute("UPDATE cover SET width = 600, sha256 = 'ff'")
    insert(tmp_path, part(FULL))
    row = tracks(tmp_path)[0]
    assert (row["width"], row["sha256"]) == (600, "ff")
    other = msgspec.structs.replace(FULL, cover=CoverRef("embedded", None, 8, "k2"))
    insert(tmp_path, part(other))
    row = tracks(tmp_path)[0]
    assert (row["width"], row["sha256"], row["cover_file"]) == (None, None, None)


def test_what_is_not_said_erases_nothing(tmp_path: Path) -> None:
    """Artists and albums keep what only some of their tracks say."""
    ids = {"musicbrainz_artist_ids": ("m",), "artist_sort": "A, The", "year": 1999}
    base = {"artists": ("A",), "album": "X", "album_artists": ("A",)}
    insert(tmp_path, part(track(**base, **ids)))
    insert(tmp_path, part(track(b"/m/2.mp3", **base)))
    end_scan(tmp_path)
    tables = dump(tmp_path)
    assert tables["artist"][0][2:5] == ("A", "A, The", "m")
    assert tables["album"][0][4] == 1999


def test_an_artist_is_called_what_most_tracks_say(tmp_path: Path) -> None:
    """Of several spellings the most frequent counts, whatever came first; those gone do not."""
    names = ["BJÖRK", "Björk", "björk", "Björk", "BJÖRK", "BJÖRK"]
    for number, name in enumerate(names):
        insert(tmp_path, part(track(b"/m/%d" % number, artists=(name,))))
    end_scan(tmp_path)
    (artist,) = dump(tmp_path)["artist"]
    assert artist[2] == "BJÖRK"
    insert(tmp_path, part(vanished=(b"/m/0", b"/m/4")))
    end_scan(tmp_path)
    (artist,) = dump(tmp_path)["artist"]
    assert artist[2] == "Björk"


def test_what_one_track_alone_says_of_an_artist(tmp_path: Path) -> None:
    """Names that no other track says are taken on at once; two that differ are settled later."""
    plain = track(b"/m/1", artists=("Björk",))
    full = track(b"/m/2", artists=("Björk",), musicbrainz_artist_ids=("id",), artist_sort="B")
    insert(tmp_path, part(plain, full))
    said = "SELECT name, sort_name, musicbrainz_id, settled FROM artist"
    whole = {"name": "Björk", "sort_name": "B", "musicbrainz_id": "id", "settled": 1}
    assert rows(tmp_path, said) == [whole]
    insert(tmp_path, part(track(b"/m/3", artists=("Björk",), musicbrainz_artist_ids=("other",))))
    assert rows(tmp_path, said) == [whole | {"settled": 0}]
    end_scan(tmp_path)
    assert rows(tmp_path, said) == [whole]
    insert(tmp_path, part(vanished=(b"/m/2",)))
    end_scan(tmp_path)
    assert rows(tmp_path, said) == [whole | {"sort_name": None, "musicbrainz_id": "other"}]


def test_broken(tmp_path: Path) -> None:
    """A broken file is noted as it was, with how often it was tried; read again it is forgotten."""
    ctx = insert(tmp_path, part(broken=(broken(),)))
    assert (ctx.counts["done"], ctx.failed) == (0, [])
    insert(tmp_path, part(broken=(broken(size=7, reason="worse"),)))
    (row,) = rows(tmp_path, "SELECT * FROM scan_error")
    assert (row["tries"], row["size"], row["reason"], row["stage"]) == (2, 7, "worse", "extract")
    assert row["first_at_s"] <= row["last_at_s"]
    assert store.broken(tmp_path, b"/m") == {
        b"/m/1.mp3": (7, 2, 3, 4, ErrorKind.CORRUPT, "worse", row["last_at_s"]),
    }
    insert(tmp_path, part(track()))
    assert not rows(tmp_path, "SELECT * FROM scan_error")


def test_gone_is_not_broken(tmp_path: Path) -> None:
    """A file that went before it could be read is none that is known and cannot be read."""
    insert(tmp_path, part(broken=(broken(), broken(b"/m/2.mp3"))))
    insert(tmp_path, part(broken=(broken(kind="vanished", reason="it is no longer there"),)))
    assert [row["path"] for row in rows(tmp_path, "SELECT path FROM scan_error")] == [b"/m/2.mp3"]


def test_track_that_broke(tmp_path: Path) -> None:
    """When the file of a track breaks the row keeps its fields and its old signature."""
    insert(tmp_path, part(FULL))
    insert(tmp_path, part(vanished=(b"/m/1.mp3",)))
    insert(tmp_path, part(broken=(broken(size=99),)))
    (row,) = tracks(tmp_path)
    assert (row["title"], row["size"], row["missing"]) == ("T", 1, 0)


def test_missing(tmp_path: Path) -> None:
    """What vanished is missing with all its fields, until it is there again."""
    insert(tmp_path, part(FULL))
    insert(tmp_path, part(vanished=(b"/m/1.mp3", b"/m/never.mp3")))
    (row,) = tracks(tmp_path)
    assert (row["missing"], row["title"]) == (1, "T")
    insert(tmp_path, part(FULL))
    assert tracks(tmp_path)[0]["missing"] == 0


def test_known(tmp_path: Path) -> None:
    """Known files are those below a root: not of its neighbours, whatever bytes are in a name."""
    names = [b"/m/1.mp3", b"/m/\xff/\n.mp3", b"/m0/x.mp3", b"/m.mp3", b"/m-/x.mp3", b"/n/x.mp3"]
    assert store.known(tmp_path, b"/m") == {}
    insert(tmp_path, part(*map(track, names)))
    assert store.known(tmp_path, b"/m") == dict.fromkeys(names[:2], (1, 2, 3, 4, 0, 0))


def test_all_or_nothing(tmp_path: Path) -> None:
    """A chunk that cannot be written whole leaves nothing behind, and the next one can be."""
    insert(tmp_path, part(FULL))
    before = dump(tmp_path)
    with pytest.raises(OverflowError):
        insert(tmp_path, part(track(b"/m/2.mp3", album="New"), track(b"/m/3", size=2**63)))
    assert dump(tmp_path) == before
    insert(tmp_path, part(track(b"/m/2.mp3", album="New")))
    assert [row["album_id"] for row in tracks(tmp_path)] == [1, 2]


def test_concurrent_reader(tmp_path: Path) -> None:
    """A reader sees one state while the writer goes on, and neither waits for the other."""
    insert(tmp_path, part(*(track(b"/m/%d" % n) for n in range(500))))
    reader = store.reader(tmp_path)
    assert reader is not None
    cursor = reader.execute(store.SQL["export_tracks"])
    cursor.fetchone()
    insert(tmp_path, part(track(b"/m/new")))
    assert len(cursor.fetchall()) == 499
    assert len(reader.execute(store.SQL["export_tracks"]).fetchall()) == 501
    with pytest.raises(sqlite3.OperationalError):
        reader.execute("DELETE FROM track")
    reader.close()


def test_lost_spool(tmp_path: Path) -> None:
    """Where the spool is gone the job goes back; nothing is written."""
    with pytest.raises(GoBack):
        ended(storing.run(Grouped(spool="x", keys="y", files=1), FakeContext(tmp_path)))


def test_locked(tmp_path: Path) -> None:
    """Where another process holds the lock for long, or the disk is full, it is tried later."""
    connection = store.writer(tmp_path)
    connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(tmp_path / store.FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RetryLater, match="locked"):
        insert(tmp_path, part(track()))
    other.close()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(RetryLater, match="full") as caught:
        insert(tmp_path, part(*(track(b"/m/%d" % n, lyrics="x" * 9000) for n in range(99))))
    assert caught.value.kind == ErrorKind.DISK_FULL


def test_full_disk_at_the_end(tmp_path: Path) -> None:
    """Where indexes find no room they are made later, and whoever writes meanwhile can."""
    insert(tmp_path, part(*(track(b"/m/%d" % n, title="x" * 999) for n in range(99))))
    connection = store.writer(tmp_path)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(RetryLater, match="full") as caught:
        end_scan(tmp_path)
    assert caught.value.kind == ErrorKind.DISK_FULL
    assert not connection.in_transaction
    connection.execute("PRAGMA max_page_count = 100000")
    assert insert(tmp_path, part(track())).counts["done"] == 1
    end_scan(tmp_path)


def test_held_by_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue that nobody else may look at is waited for, never called unreadable."""
    insert(tmp_path, part(track()))
    store.close()
    other = sqlite3.connect(tmp_path / store.FILE, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, **{**k, "timeout": 0}))
    for name in ("open_reader", "open_writer"):
        at_once = store.SQL[name].replace("10000", "0")
        monkeypatch.setitem(store.SQL, name, at_once)
    with pytest.raises(RetryLater, match="held by another program"):
        insert(tmp_path, part(track()))
    with pytest.raises(RetryLater, match="held by another program"):
        discovered(tmp_path, root_of(bytes(tmp_path)))
    with pytest.raises(DataDirError, match="try again later"):
        list(export.tracks(tmp_path))
    other.close()
    assert insert(tmp_path, part(track())).counts["done"] == 1


def test_damaged(tmp_path: Path) -> None:
    """Where pages hold nonsense whoever reads, writes or ends a scan is told so, and what to do."""
    insert(tmp_path, part(*(track(b"/m/%d" % n, title="x" * 999) for n in range(99))))
    end_scan(tmp_path)
    store.close()
    file = tmp_path / store.FILE
    with file.open("r+b") as opened:
        opened.seek(8192)
        opened.write(b"\xaa" * (file.stat().st_size - 8192))
    said = "library.db is damaged: .*; move it away and scan again"
    with pytest.raises(DataDirError, match=said):
        insert(tmp_path, part(track(b"/m/100")))
    with pytest.raises(DataDirError, match=said):
        end_scan(tmp_path)
    with pytest.raises(DataDirError, match=said), store.looking(tmp_path) as connection:
        connection.execute("SELECT * FROM track").fetchall()  # type: ignore[union-attr]
    with pytest.raises(DataDirError, match=said), store.changing(tmp_path) as connection:
        connection.execute("DELETE FROM track")


def test_fresh(tmp_path: Path) -> None:
    """A new catalogue is ours, of the present version, in WAL and synced at each commit."""
    connection = store.writer(tmp_path / "not/there/yet")
    values = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version", "journal_mode", "synchronous")
    }
    assert values == {
        "application_id": store.APPLICATION_ID,
        "user_version": store.VERSION,
        "journal_mode": "wal",
        "synchronous": 2,
    }
    assert {f"migration_{n}" for n in range(1, store.VERSION + 1)} <= store.SQL.keys()


def test_made_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is killed while it is made leaves none, not one of an older version."""
    with monkeypatch.context() as patch:
        patch.setitem(store.SQL, "migration_2", "SELECT nobody();")
        with pytest.raises(sqlite3.Error, match="nobody"):
            store.writer(tmp_path)
    with store.looking(tmp_path) as connection:
        assert connection is None
    with pytest.raises(UsageError, match="nothing was scanned"), store.changing(tmp_path):
        pass
    store.writer(tmp_path)


def test_one_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process keeps its connection, but not across a fork, nor when the file is another."""
    first = store.writer(tmp_path)
    assert store.writer(tmp_path) is first
    (tmp_path / store.FILE).rename(tmp_path / "old.db")
    second = store.writer(tmp_path)
    assert second is not first
    pid = os.getpid()
    monkeypatch.setattr(store.os, "getpid", lambda: pid + 1)
    third = store.writer(tmp_path)
    assert third is not second
    second.execute("SELECT 1")  # the process that it belongs to still has it
    second.close()
    store.close()


def test_before_the_first_scan(tmp_path: Path) -> None:
    """Without a catalogue, or with one that is only just being made, nothing is known."""
    assert store.reader(tmp_path) is None
    (tmp_path / store.FILE).touch()
    assert store.reader(tmp_path) is None
    assert store.known(tmp_path, b"/m") == {}


@pytest.mark.parametrize("odd", ["100% #1?", "ünï"])
def test_odd_data_dir(tmp_path: Path, odd: str) -> None:
    """The name of the data directory may hold what means something in a URI."""
    insert(tmp_path / odd, part(track()))
    assert len(store.known(tmp_path / odd, b"/m")) == 1


def test_refused(tmp_path: Path) -> None:
    """A catalogue that is newer, another program's or no database is refused with the next step."""
    file = tmp_path / store.FILE
    for pragma, said in (
        (f"user_version = {store.VERSION + 1}", "newer soniq-tui"),
        ("application_id = 7", "another program"),
    ):
        file.unlink(missing_ok=True)
        connection = sqlite3.connect(file)
        connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE x (y)")
        connection.close()
        for opened in (store.reader, store.writer):
            with pytest.raises(DataDirError, match=said):
                opened(tmp_path)
    file.write_bytes(b"no database " * 100)
    for opened in (store.reader, store.writer):
        with pytest.raises(DataDirError, match="move it away"):
            opened(tmp_path)
    file.unlink()
    file.mkdir()
    for opened in (store.reader, store.writer):
        with pytest.raises(DataDirError):
            opened(tmp_path)
    held = {str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.exists()}
    assert not held & {str(file), f"{file} (deleted)"}


def test_album_does_not_depend_on_the_order(tmp_path: Path) -> None:
    """The same tracks make the same album, in whatever chunks they come, also one by one again."""
    base = {"album": "X", "musicbrainz_album_id": "m"}
    made = [
        track(b"/m/1.mp3", artists=("Ada",), compilation=True, year=1999, **base),
        track(b"/m/2.mp3", artists=("Bert",), date="2001", year=2001, **base),
        track(b"/m/3.mp3", artists=("Cleo",), album_artists=("Cleo",), **base),
    ]

    def album_after(name: str, *chunks: tuple[int, ...]) -> list[object]:
        for chunk in chunks:
            insert(tmp_path / name, part(*(made[i] for i in chunk)))
        end_scan(tmp_path / name)
        (row,) = list(export.EXPORTS["albums"](tmp_path / name))
        return list(row.items())

    whole = album_after("whole", (0, 1, 2))
    assert dict(whole)["compilation"] is True
    assert album_after("parts", (2,), (1,), (0,)) == whole
    assert album_after("again", (0, 1, 2), (1,), (2,)) == whole


def test_album_forgets_what_left_it(tmp_path: Path) -> None:
    """A track that was retagged or vanished no longer has a say in its old album."""
    base = {"album": "X", "musicbrainz_album_id": "m", "album_artists": ("A",)}
    guest = {**base, "album_artists": ("B",)}
    insert(tmp_path, part(track(b"/m/1.mp3", **base), track(b"/m/2.mp3", **guest)))
    (both,) = list(export.EXPORTS["albums"](tmp_path))
    assert both["album_artists"] == ["A", "B"]
    insert(tmp_path, part(vanished=(b"/m/2.mp3",)))
    end_scan(tmp_path)
    (one,) = list(export.EXPORTS["albums"](tmp_path))
    assert one["album_artists"] == ["A"]


def test_an_artist_is_called_anew_after_each_scan(tmp_path: Path) -> None:
    """What an earlier scan decided of a name does not keep a later one from deciding otherwise."""
    for number, name in enumerate(["A", "a", "a"]):
        insert(tmp_path, part(track(b"/m/%d" % number, artists=(name,))))
    end_scan(tmp_path)
    for number in (3, 4):
        insert(tmp_path, part(track(b"/m/%d" % number, artists=("A",))))
    end_scan(tmp_path)
    (artist,) = dump(tmp_path)["artist"]
    assert artist[2] == "A"


@pytest.mark.parametrize("how", ["found", "broken"])
def test_an_artist_whose_songs_come_back(tmp_path: Path, how: str) -> None:
    """Songs that are back, readable or not, have a say in how their artist is spelled again."""
    for number, name in enumerate(["A", "a", "a"]):
        insert(tmp_path, part(track(b"/m/%d" % number, artists=(name,))))
    back = b"/m/1", b"/m/2"
    insert(tmp_path, part(vanished=back))
    end_scan(tmp_path)
    assert dump(tmp_path)["artist"][0][2] == "A"
    if how == "found":
        insert(tmp_path, part(moved=tuple(moved(n, path) for n, path in enumerate(back, 2))))
    else:
        insert(tmp_path, part(broken=tuple(map(broken, back))))
    end_scan(tmp_path)
    assert dump(tmp_path)["artist"][0][2] == "a"


def test_gone_again_before_it_was_read(tmp_path: Path) -> None:
    """A missing file that is seen for a moment only stays missing."""
    insert(tmp_path, part(track()))
    insert(tmp_path, part(vanished=(b"/m/1.mp3",)))
    insert(tmp_path, part(broken=(broken(kind="vanished"),)))
    assert tracks(tmp_path)[0]["missing"] == 1


def test_neighbours_are_written_where_they_are_known(tmp_path: Path) -> None:
    """A file that was read for its neighbours' sake changes its row, and never makes one."""
    insert(tmp_path, part(track(title="Old")))
    others = (b"/m/1.mp3", b"/m/ignored.mp3")
    insert(
        tmp_path,
        part(
            track(title="New"),
            track(b"/m/2.mp3", title="Two"),
            track(b"/m/ignored.mp3"),
            others=others,
        ),
    )
    assert [(row["path"], row["title"]) for row in tracks(tmp_path)] == [
        (b"/m/1.mp3", "New"),
        (b"/m/2.mp3", "Two"),
    ]


def test_neighbours_are_not_counted(tmp_path: Path) -> None:
    """A file that was read for its neighbours' sake is no item of the job."""
    insert(tmp_path, part(track(), track(b"/m/2.mp3")))
    ctx = insert(tmp_path, part(track(), track(b"/m/2.mp3"), others=(b"/m/2.mp3",)))
    assert ctx.counts["done"] == 1


def test_files_of_one_folder_are_looked_up(tmp_path: Path) -> None:
    """Files beside large folders are found among their own kind, whatever bytes names are of."""
    names = [b"/m/a.mp3", b"/m/b/\xff.mp3", b"/m/b/c/1.mp3", b"/m/z\xfe.mp3"]
    insert(tmp_path, part(*map(track, names)))
    before = dump(tmp_path)["file"]
    insert(tmp_path, part(*map(track, names)))
    assert dump(tmp_path)["file"] == before
    query, values = store.SQL["files_between"], (b"/m/a.mp3", b"/m/z\xfe.mp3", 4)
    found = store.writer(tmp_path).execute(query, values).fetchall()
    assert found == [(b"/m/a.mp3", 1), (b"/m/z\xfe.mp3", 4)]


# --- Files that moved


def test_moved_keeps_everything(tmp_path: Path) -> None:
    """A file with a new name keeps row, track and day; its album follows the folder."""
    album = {"album": "X", "title": "T"}
    insert(tmp_path, part(track(b"/m/a/1.mp3", **album), track(b"/m/a/2.mp3", **album)))
    before = {row["id"]: row for row in tracks(tmp_path)}
    ctx = insert(tmp_path, part(moved=(moved(1, b"/m/b/1.mp3", ctime_ns=9),)))
    end_scan(tmp_path)
    assert ctx.counts["done"] == 1
    two, one = tracks(tmp_path)
    assert (one["id"], one["path"], one["ctime_ns"]) == (1, b"/m/b/1.mp3", 9)
    assert one["added_at_s"] == before[1]["added_at_s"]
    assert one["album_id"] != two["album_id"] == before[2]["album_id"]


def test_files_that_change_places(tmp_path: Path) -> None:
    """Two files can take each other's name, in one chunk or in two, and a third can be in it."""
    for chunks in ([(1, 2, 3)], [(1,), (2,), (3,)], [(3,), (1, 2)]):
        data = tmp_path / repr(chunks)
        names = [b"/m/a", b"/m/b", b"/m/c"]
        insert(data, part(*(track(n, title=n.decode(), inode=i) for i, n in enumerate(names))))
        to = {1: b"/m/b", 2: b"/m/c", 3: b"/m/a"}
        for chunk in chunks:
            insert(data, part(moved=tuple(moved(i, to[i], inode=i - 1) for i in chunk)))
        end_scan(data)
        assert [(row["path"], row["title"], row["missing"]) for row in tracks(data)] == [
            (b"/m/a", "/m/c", 0),
            (b"/m/b", "/m/a", 0),
            (b"/m/c", "/m/b", 0),
        ]


def test_overwritten_by_a_move(tmp_path: Path) -> None:
    """A file whose name another one took is missing, and its row is kept."""
    insert(tmp_path, part(track(b"/m/a", title="A"), track(b"/m/b", title="B")))
    insert(tmp_path, part(moved=(moved(1, b"/m/b"),)))
    exported = [(row["path"], row["title"], row["missing"]) for row in
                export.EXPORTS["tracks"](tmp_path)]  # fmt: skip
    assert exported == [("/m/b", "A", False), ("/m/b", "B", True)]


def test_moved_and_changed(tmp_path: Path) -> None:
    """A new file that says of itself what one that is gone said takes over its row and its id."""
    said = {"title": "T", "album": "X", "track": 1, "artists": ("A",)}
    insert(tmp_path, part(track(b"/nowhere/a.mp3", **said)))
    end_scan(tmp_path)
    insert(tmp_path, part(track(b"/nowhere/b.flac", inode=99, codec="flac", **said)))
    insert(tmp_path, part(vanished=(b"/nowhere/a.mp3",)))
    end_scan(tmp_path)
    (row,) = tracks(tmp_path)
    assert (row["id"], row["path"], row["codec"], row["missing"]) == (
        1,
        b"/nowhere/b.flac",
        "flac",
        0,
    )


def test_what_cannot_be_looked_at_is_not_gone(tmp_path: Path) -> None:
    """A file in a place that cannot be looked at keeps its number; another one is a copy of it."""
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    said = {"title": "T", "album": "X", "artists": ("A",)}
    insert(tmp_path, part(track(bytes(loop / "a.mp3"), **said)))
    end_scan(tmp_path)
    insert(tmp_path, part(track(b"/nowhere/b.mp3", **said)))
    end_scan(tmp_path)
    assert sorted(row["id"] for row in tracks(tmp_path)) == [1, 2]


def test_many_that_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many songs that say the same each is looked for once, and each number goes once."""
    said = {"title": "Track", "artists": ("A",)}
    here = tmp_path / "m"
    here.mkdir()
    old = [here / f"{n:03}.mp3" for n in range(100)]
    new = [here / f"new {n:03}.mp3" for n in range(100)]
    for path in (*old[50:], *new):
        path.touch()
    insert(tmp_path, part(*(track(bytes(path), **said) for path in old)))
    end_scan(tmp_path)
    insert(tmp_path, part(*(track(bytes(path), **said) for path in new)))
    asked = []
    real = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path: (asked.append(path), real(path))[1])
    end_scan(tmp_path)
    monkeypatch.undo()
    assert len(asked) <= 200
    ids = {row["path"]: row["id"] for row in tracks(tmp_path)}
    assert [ids[bytes(path)] for path in new[:50]] == list(range(1, 51))
    assert [ids[bytes(path)] for path in old[50:]] == list(range(51, 101))
    assert [ids[bytes(path)] for path in new[50:]] == list(range(151, 201))


def test_copies_are_two_tracks(tmp_path: Path) -> None:
    """A second copy of a file that is still there is a track of its own."""
    here = tmp_path / "a.mp3"
    here.touch()
    said = {"title": "T", "album": "X", "artists": ("A",)}
    insert(tmp_path, part(track(bytes(here), **said)))
    end_scan(tmp_path)
    insert(tmp_path, part(track(b"/nowhere/b.mp3", **said)))
    end_scan(tmp_path)
    assert len(tracks(tmp_path)) == 2


def test_a_copy_and_a_move(tmp_path: Path) -> None:
    """A file that was copied and then moved keeps its number, whatever is met first."""
    here = bytes(tmp_path / "b.mp3")
    (tmp_path / "b.mp3").touch()
    said = {"title": "T", "album": "X", "artists": ("A",)}
    chunks = part(track(b"/nowhere/copy.mp3", inode=99, **said)), part(moved=(moved(1, here),))
    for order in (chunks, chunks[::-1]):
        data = tmp_path / repr(order is chunks)
        insert(data, part(track(b"/nowhere/a.mp3", **said)))
        end_scan(data)
        for chunk in order:
            insert(data, chunk)
        end_scan(data)
        ids = {row["path"]: row["id"] for row in tracks(data)}
        assert ids == {here: 1, b"/nowhere/copy.mp3": 2}


def test_album_of_moved_tracks(tmp_path: Path) -> None:
    """An album whose tracks have all moved is what all of them say, not the first alone."""
    said = [track(b"/m/a/1.mp3", album="X"), track(b"/m/a/2.mp3", album="X", date="2001-02-03")]
    insert(tmp_path, part(*said))
    end_scan(tmp_path)
    insert(tmp_path, part(moved=tuple(moved(n, b"/m/b/%d.mp3" % n) for n in (1, 2))))
    end_scan(tmp_path)
    dates = {row["date"]: row["missing"] for row in export.EXPORTS["albums"](tmp_path)}
    assert dates == {"2001-02-03": 0}


def test_moved_without_a_title(tmp_path: Path) -> None:
    """A track without a title is found by the name its file has now."""
    insert(tmp_path, part(track(b"/m/oldname.mp3", title=None)))
    end_scan(tmp_path)
    insert(tmp_path, part(moved=(moved(1, b"/m/newname.mp3"),)))
    end_scan(tmp_path)
    assert (found(tmp_path, "oldname"), found(tmp_path, "newname")) == ([], [1])


def test_overwritten_has_no_say(tmp_path: Path) -> None:
    """A file that was overwritten by a move no longer says what its album is called."""
    base = {"musicbrainz_album_id": "m", "album": "X"}
    insert(tmp_path, part(track(b"/m/1.mp3", **base | {"album": "x"}), track(b"/m/2.mp3", **base)))
    end_scan(tmp_path)
    insert(tmp_path, part(moved=(moved(2, b"/m/1.mp3"),)))
    end_scan(tmp_path)
    assert [row["title"] for row in export.EXPORTS["albums"](tmp_path)] == ["X"]


# --- Parts of a file


def test_parts(tmp_path: Path) -> None:
    """A file can hold several tracks; one that its cue sheet loses goes, the others stay."""
    parts = tuple(track(part=n, start_s=n * 10.0, title=f"Part {n}") for n in (1, 2, 3))
    ctx = insert(tmp_path, part(*parts))
    end_scan(tmp_path)
    assert ctx.counts["done"] == 1
    assert len(found(tmp_path, "part")) == 3
    insert(tmp_path, part(*parts[:2]))
    end_scan(tmp_path)
    assert [(row["id"], row["part"]) for row in tracks(tmp_path)] == [(1, 1), (2, 2)]
    assert found(tmp_path, "part") == [1, 2]


def test_entries_of_parts_that_are_gone(tmp_path: Path) -> None:
    """What a cue sheet no longer has leaves the playlists; all else keeps its place in them."""
    parts = tuple(track(part=n, start_s=n * 10.0, title=f"Part {n}") for n in (1, 2, 3))
    insert(tmp_path, part(*parts))
    end_scan(tmp_path)
    with store.changing(tmp_path) as connection:
        connection.execute("INSERT INTO playlist_track VALUES (1, 1, 1), (1, 2, 3), (1, 3, 2)")
    insert(tmp_path, part(*parts[:2]))
    end_scan(tmp_path)
    rows = store.writer(tmp_path).execute("SELECT position, track_id FROM playlist_track")
    assert rows.fetchall() == [(1, 1), (3, 2)]


def test_numbers_of_parts_are_not_given_away(tmp_path: Path) -> None:
    """Once a sheet has lost a part nobody else gets its number, and what is new is found."""
    insert(tmp_path, part(*(track(part=n, title=f"Part {n}") for n in (1, 2))))
    end_scan(tmp_path)
    insert(tmp_path, part(track(part=1, title="Part 1")))
    insert(tmp_path, part(track(b"/m/new.mp3", title="Newcomer")))
    end_scan(tmp_path)
    assert found(tmp_path, "newcomer") == [3]


# --- The end of a scan


def test_words(tmp_path: Path) -> None:
    """Tracks are found by words without accents once the scan has ended, also after a change."""
    insert(tmp_path, part(track(title="Ágætis byrjun", artists=("Sigur Rós",))))
    insert(tmp_path, part(track(b"/m/2.mp3", title="終電")))
    end_scan(tmp_path)
    assert found(tmp_path, "agaetis") == found(tmp_path, "ros") == [1]
    assert found(tmp_path, "電") == [2]
    insert(tmp_path, part(track(title="Svefn-g-englar")))
    end_scan(tmp_path)
    assert found(tmp_path, "agaetis") == []
    assert found(tmp_path, "svefn") == [1]


def test_what_lay_around_a_file(tmp_path: Path) -> None:
    """It is kept with each file as it was when the file was read; a move reads nothing."""
    insert(tmp_path, part(track(beside=7), track(b"/m/2.mp3", beside=8)))
    insert(tmp_path, part(track(beside=-9), moved=(moved(2, b"/m/3.mp3"),)))
    signatures = {path: row[5] for path, row in store.known(tmp_path, b"/m").items()}
    assert signatures == {b"/m/1.mp3": -9, b"/m/3.mp3": 8}


def test_of_an_earlier_version(tmp_path: Path) -> None:
    """A catalogue of version 1 keeps ids and days, and every file of it is read again."""
    connection = sqlite3.connect(tmp_path / store.FILE, isolation_level=None)
    connection.executescript(store.SQL["migration_1"])
    connection.execute(
        "INSERT INTO track (id, path, size, mtime_ns, ctime_ns, inode, device, added_at_s,"
        " updated_at_s, title, artists, album_artists, genres, composers, musicbrainz_artist_ids,"
        " musicbrainz_albumartist_ids, cover_key, cover_length, cover_sha256)"
        " VALUES (5, ?, 1, 2, 3, 4, 5, 10.0, 11.0, 'Old', '[]', '[]', '[]', '[]', '[]', '[]',"
        " 'k1', 9, 'ff')",
        (b"/m/1.mp3",),
    )
    connection.close()
    store.writer(tmp_path)
    (row,) = tracks(tmp_path)
    assert (row["id"], row["added_at_s"], row["title"], row["sha256"]) == (5, 10.0, "Old", "ff")
    assert store.known(tmp_path, b"/m") == {b"/m/1.mp3": (1, 2, 0, 4, 0, 0)}
    insert(tmp_path, part(FULL))
    end_scan(tmp_path)
    (row,) = tracks(tmp_path)
    assert (row["id"], row["added_at_s"], row["title"]) == (5, 10.0, "T")
