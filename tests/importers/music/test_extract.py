import os

import msgspec
import pytest

from soniq_tui.importers.base import Stopped
from soniq_tui.importers.music import extract, store
from soniq_tui.importers.music.group import persistent_id
from soniq_tui.importers.music.sides import together
from soniq_tui.importers.music.wordindex import words_of
from soniq_tui.importers.music.words import (
    Broken,
    Chunk,
    Extracted,
    FileRef,
    Folder,
    Spooled,
    Track,
    fault_mark,
)
from soniq_tui.model.job import ErrorKind
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.library import discovered, insert, root_of
from tests.importers.music.tagging import master, tagged

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def ref(name, size=7):
    return FileRef(name, size, 11, 12, 13, 14)


@pytest.fixture
def chunk(tmp_path):
    """Two folders: a good file, an empty one, a name that is not UTF-8; a good one; two gone."""
    a, b = tmp_path / "a", tmp_path / "b"
    a.mkdir()
    b.mkdir()
    good = tagged("mp3", {"title": ["One"]}, b"\xff\xd8\xff" + bytes(50))
    (a / "1.mp3").write_bytes(good)
    (a / "2.mp3").write_bytes(b"")
    odd = os.path.join(bytes(a), b"caf\xe9.flac")  # noqa: PTH118
    with open(odd, "wb") as file:  # noqa: PTH123
        file.write(master("flac"))
    (a / "Folder.png").write_bytes(PNG)
    (b / "4.ogg").write_bytes(tagged("ogg", {"title": ["Four"]}))
    return Chunk(
        root=bytes(tmp_path),
        folders=(
            Folder(
                bytes(a),
                (ref(b"1.mp3", len(good)), ref(b"2.mp3"), ref(b"caf\xe9.flac")),
                (b"Folder.png",),
                77,
            ),
            Folder(bytes(b), (ref(b"4.ogg"), ref(b"5.ogg"))),
        ),
        vanished=(b"/gone.mp3",),
    )


def extracted(ctx, spooled):
    return msgspec.msgpack.decode(ctx.read_spool(spooled.spool), type=Extracted)


def test_what_was_told_is_not_booked_again(chunk):
    """The same fault is kept as such and counts as no new one; another one is booked."""
    reason = "the file is empty"
    a, b = chunk.folders
    for mark, failed in (
        (fault_mark("corrupt", reason), ["5.ogg"]),
        (fault_mark("unreadable", reason), ["2.mp3", "5.ogg"]),
    ):
        one, two, three = a.files
        files = one, msgspec.structs.replace(two, told=mark), three
        again = msgspec.structs.replace(chunk, folders=(msgspec.structs.replace(a, files=files), b))
        ctx = FakeContext()
        found = extracted(ctx, ended(extract.run(again, ctx)))
        assert (found.broken[0].kind, found.broken[0].reason) == ("corrupt", reason)
        assert [os.path.basename(item) for item, *_ in ctx.failed] == failed  # noqa: PTH119
        assert ctx.counts["skipped"] == 2 - len(failed)


def test_chunk(chunk):
    """Every file ends as a track or as broken, in order, with what discovery saw of it."""
    ctx = FakeContext()
    spooled = ended(extract.run(chunk, ctx))
    found = extracted(ctx, spooled)
    assert spooled.files == 3
    assert [os.path.basename(t.path) for t in found.tracks] == [  # noqa: PTH119
        b"1.mp3",
        b"caf\xe9.flac",
        b"4.ogg",
    ]
    assert found.pids == tuple(map(persistent_id, found.tracks))
    assert found.words == tuple(words_of(found.tracks))
    first = found.tracks[0]
    assert (first.mtime_ns, first.ctime_ns, first.inode, first.device) == (11, 12, 13, 14)
    assert [(b.kind, b.size, b.inode) for b in found.broken] == [
        ("corrupt", 7, 13),
        ("vanished", 7, 13),
    ]
    assert found.vanished == (b"/gone.mp3",)
    assert [track.beside for track in found.tracks] == [77, 77, 0]
    assert ctx.positions == [(i, 5) for i in range(5)]


def test_failures_are_booked(chunk):
    """Each broken file is booked with kind and reason; done items are not counted here."""
    ctx = FakeContext()
    ended(extract.run(chunk, ctx))
    assert [(item[-5:], kind) for item, kind, _ in ctx.failed] == [
        ("2.mp3", ErrorKind.CORRUPT),
        ("5.ogg", ErrorKind.VANISHED),
    ]
    assert ctx.failed[0][2] == "the file is empty"
    assert ctx.counts == {"done": 0, "skipped": 0, "found": 0}


@pytest.fixture
def tried(tmp_path):
    """What three folders hold, of which the second has a file that cannot be read."""
    for name in ("a/1", "a/2", "b/1", "b/2", "c/1"):
        path = tmp_path / f"music/{name}.mp3"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "b/2" else tagged("mp3", {"title": [name]}))
    (spawn,) = discovered(tmp_path / "data", root_of(bytes(tmp_path / "music"))).spawned
    return tmp_path / "data", spawn["payload"]


def retried(data, chunk, retries=1):
    ctx = FakeContext(data, retries=retries)
    found = extracted(ctx, ended(extract.run(chunk, ctx)))
    return [track.title for track in found.tracks], ctx


def stored(data, chunk):
    ctx = FakeContext()
    insert(data, extracted(ctx, ended(extract.run(chunk, ctx))))


def test_a_retry_reads_folders_in_which_something_failed(tried):
    """What was written of the others stands, and counts as done."""
    data, chunk = tried
    stored(data, chunk)
    titles, ctx = retried(data, chunk)
    assert titles == ["b/1"]
    assert [item[-5:] for item, *_ in ctx.failed] == ["2.mp3"]
    assert ctx.counts["done"] == 3
    assert ctx.positions == [(at, 5) for at in range(5)]
    _, again = retried(data, chunk, retries=0)
    assert again.counts["done"] == 0


def test_a_retry_reads_what_was_never_written(tried):
    """The job was cancelled, or failed as a whole."""
    data, chunk = tried
    assert retried(data, chunk)[0] == ["a/1", "a/2", "b/1", "c/1"]


def test_a_retry_leaves_what_was_read_together(tried):
    """Of a folder whose files mean something for each other the catalogue has another signature."""
    data, chunk = tried
    stored(data, chunk)
    for folder in chunk.folders:
        around = together.signature(folder.signature, folder.path)
        store.writer(data).execute(
            "UPDATE file SET beside = ? WHERE path > ? AND path < ?",
            (around, folder.path + b"/", folder.path + b"0"),
        )
    titles, ctx = retried(data, chunk)
    assert (titles, ctx.counts["done"]) == (["b/1"], 3)


def test_a_retry_reads_what_is_to_be_read_anew(tried):
    """The catalogue cannot tell what of a forced scan was read."""
    data, chunk = tried
    stored(data, chunk)
    forced = msgspec.structs.replace(chunk, forced=True)
    assert retried(data, forced)[0] == ["a/1", "a/2", "b/1", "c/1"]


def test_a_retry_reads_what_is_not_as_it_was_met(tried):
    """Another scan has read the file since, found it gone, or failed to read it."""
    data, chunk = tried
    stored(data, chunk)
    a, _, c = chunk.folders
    (file,) = c.files
    other = msgspec.structs.replace(file, mtime_ns=file.mtime_ns + 1)
    c = msgspec.structs.replace(c, files=(other,))
    assert retried(data, msgspec.structs.replace(chunk, folders=(a, c)))[0] == ["c/1"]
    insert(data, Extracted(vanished=(a.path + b"/1.mp3",)))
    path, signature = c.path + b"/1.mp3", msgspec.structs.astuple(file)[1:6]
    insert(data, Extracted(broken=(Broken(path, *signature, "unreadable", "not allowed"),)))
    assert retried(data, chunk)[0] == ["a/1", "a/2", "b/1", "c/1"]


@pytest.fixture
def without_c(tried):
    """The same when the third folder has another name."""
    data, chunk = tried
    (path,) = {folder.path for folder in chunk.folders if folder.path.endswith(b"/c")}
    os.rename(path, path + b" moved")  # noqa: PTH104  paths are bytes
    return data, chunk


def test_a_retry_passes_over_what_has_another_name(without_c):
    """Where a file is now a later scan has told."""
    data, chunk = without_c
    (later,) = discovered(data, root_of(chunk.root)).spawned
    stored(data, later["payload"])
    titles, ctx = retried(data, chunk)
    assert titles == ["b/1"]
    assert ctx.counts == {"done": 2, "skipped": 1, "found": 0}
    assert [item[-5:] for item, *_ in ctx.failed] == ["2.mp3"]


def test_a_retry_passes_over_what_is_known_to_be_broken_elsewhere(without_c):
    """A file that moved and was found broken there is no missing one."""
    data, chunk = without_c
    stored(data, msgspec.structs.replace(chunk, folders=chunk.folders[:2]))
    (file,) = chunk.folders[2].files
    signature = msgspec.structs.astuple(file)[1:6]
    insert(data, Extracted(broken=(Broken(b"/else/1.mp3", *signature, "corrupt", "no good"),)))
    assert retried(data, chunk)[1].counts["skipped"] == 1


def test_a_retry_passes_over_what_is_known_to_be_missing(without_c):
    """That a file is gone is told once, by the scan that found it so."""
    data, chunk = without_c
    stored(data, msgspec.structs.replace(chunk, folders=chunk.folders[:2]))
    file = msgspec.structs.replace(chunk.folders[2].files[0])
    path = chunk.folders[2].path + b"/1.mp3"
    signature = msgspec.structs.astuple(file)[1:6]
    track = Track(path, *signature, title="c/1", artists=("A",), album="c")
    insert(data, Extracted(tracks=(track,)))
    assert retried(data, chunk)[1].counts["skipped"] == 0
    insert(data, Extracted(vanished=(path,)))
    assert retried(data, chunk)[1].counts["skipped"] == 1


def test_a_retry_passes_over_what_its_folder_is_without(tried):
    """A file gone from a folder that is there is passed over; on another disk it is a fault."""
    data, chunk = tried
    os.unlink(chunk.folders[0].path + b"/1.mp3")  # noqa: PTH108  paths are bytes
    titles, ctx = retried(data, chunk)
    assert titles == ["a/2", "b/1", "c/1"]
    assert ctx.counts["skipped"] == 1
    elsewhere = [
        msgspec.structs.replace(file, device=file.device + 1) for file in chunk.folders[0].files
    ]
    folder = msgspec.structs.replace(chunk.folders[0], files=tuple(elsewhere))
    mounted = msgspec.structs.replace(chunk, folders=(folder,))
    assert [item[-5:] for item, *_ in retried(data, mounted)[1].failed] == ["1.mp3"]


def test_a_retry_counts_a_file_once_that_moved_and_is_to_be_read(tried):
    """Whether it was read and written before, is to be read again, or is not there any more."""
    data, chunk = tried
    stored(data, chunk)
    song = os.path.join(os.fsdecode(chunk.root), "c", "2.mp3")  # noqa: PTH118
    os.rename(song.replace("2.mp3", "1.mp3"), song)  # noqa: PTH104
    with open(song.replace(".mp3", ".lrc"), "w") as lyrics:  # noqa: PTH123
        lyrics.write("[00:01.00]la")
    (spawn,) = discovered(data, root_of(chunk.root)).spawned
    chunk = spawn["payload"]
    assert [file.path for file in chunk.moved] == [os.fsencode(song)]
    assert any(file.name == b"2.mp3" for folder in chunk.folders for file in folder.files)

    def counted():
        ctx = FakeContext(data, retries=1)
        spooled = ended(extract.run(chunk, ctx))
        skipped, done = ctx.counts["skipped"], ctx.counts["done"]
        return done + spooled.files, skipped, len(ctx.failed), extracted(ctx, spooled).moved

    assert counted()[:3] == (1, 0, 0)
    os.rename(song, song + ".away")  # noqa: PTH104
    assert counted() == (0, 1, 0, ())
    os.rename(song + ".away", song)  # noqa: PTH104
    stored(data, chunk)
    assert counted()[:3] == (1, 0, 0)


def test_a_retry_keeps_what_may_come_back(without_c):
    """The folder is not there, and nobody knows of the file: its disk may be away."""
    data, chunk = without_c
    titles, ctx = retried(data, chunk)
    assert titles == ["a/1", "a/2", "b/1"]
    assert ctx.counts["skipped"] == 0
    assert [(item[-7:], kind) for item, kind, _ in ctx.failed] == [
        ("b/2.mp3", ErrorKind.CORRUPT),
        ("c/1.mp3", ErrorKind.VANISHED),
    ]


def test_a_retry_reads_what_has_something_new_beside_it(tried):
    """A picture or lyrics that came since are why the file was to be read."""
    data, chunk = tried
    stored(data, chunk)
    folder = msgspec.structs.replace(chunk.folders[0], signature=99)
    assert retried(data, msgspec.structs.replace(chunk, folders=(folder,)))[0] == ["a/1", "a/2"]


def test_suspects_of_a_retry_are_told_by_their_place(tried):
    """Files that are not read again have their places among the others."""
    data, chunk = tried
    stored(data, chunk)
    ctx = FakeContext(data, retries=1, suspects=(2,))
    found = extracted(ctx, ended(extract.run(chunk, ctx)))
    assert [(b.path[-7:], b.kind) for b in found.broken] == [
        (b"b/1.mp3", "crashed"),
        (b"b/2.mp3", "corrupt"),
    ]


@pytest.fixture
def moved_and_gone(tried):
    """A known file that was met under another name, and went before that was written down."""
    data, chunk = tried
    stored(data, chunk)
    old = os.path.join(os.fsdecode(chunk.root), "c", "1.mp3")  # noqa: PTH118
    new = old.replace("1.mp3", "2.mp3")
    os.rename(old, new)  # noqa: PTH104
    later = [spawn["payload"] for spawn in discovered(data, root_of(chunk.root)).spawned]
    (chunk,) = (each for each in later if each.moved)
    os.unlink(new)  # noqa: PTH108
    return data, chunk, os.fsencode(old)


def found_gone(data, chunk):
    ctx = FakeContext(data)
    return extracted(ctx, ended(extract.run(chunk, ctx))).vanished


def test_what_moved_and_went_is_gone(moved_and_gone):
    """Who saw it go told of its new name, which the catalogue has not."""
    data, chunk, old = moved_and_gone
    assert found_gone(data, chunk) == (old,)
    insert(data, Extracted(vanished=(old,)))
    assert found_gone(data, chunk) == ()


def test_what_moved_and_is_there_again_is_not_gone(moved_and_gone):
    """Under its old name, or as another file in its row."""
    data, chunk, old = moved_and_gone
    with open(old, "wb") as file:  # noqa: PTH123
        file.write(b"")
    assert found_gone(data, chunk) == ()
    os.unlink(old)  # noqa: PTH108
    assert found_gone(data, chunk) == (old,)
    store.writer(data).execute("UPDATE file SET mtime_ns = 5 WHERE path = ?", (old,))
    assert found_gone(data, chunk) == ()


def test_what_moved_and_may_come_back_is_not_gone(moved_and_gone):
    """Its disk, or the whole root, is not there."""
    data, chunk, _ = moved_and_gone
    (file,) = chunk.moved
    away = msgspec.structs.replace(file, device=file.device + 1)
    assert found_gone(data, msgspec.structs.replace(chunk, moved=(away,))) == ()
    os.rename(chunk.root, chunk.root + b" away")  # noqa: PTH104  paths are bytes
    assert found_gone(data, chunk) == ()


def test_suspects_are_not_touched(chunk):
    """A file that ended an earlier process is booked as crashed without being opened."""
    ctx = FakeContext(suspects=(0, 4))
    found = extracted(ctx, ended(extract.run(chunk, ctx)))
    assert [b.kind for b in found.broken] == ["crashed", "corrupt", "crashed"]
    assert ctx.failed[0][1] is ErrorKind.CRASHED


def test_stops_when_asked(chunk):
    """Asked to stop, it lets that through before the next file and spools nothing."""
    ctx = FakeContext(stop_at=2)
    with pytest.raises(Stopped):
        ended(extract.run(chunk, ctx))
    assert ctx.spools == {}


def test_folder_picture_fills_in(chunk):
    """A picture in the folder stands in for an embedded one, which comes first."""
    ctx = FakeContext()
    one, odd, four = extracted(ctx, ended(extract.run(chunk, ctx))).tracks
    assert one.cover.source == "embedded"
    assert (odd.cover.source, odd.cover.length) == ("folder", len(PNG))
    assert odd.cover.file == b"Folder.png"
    assert four.cover is None


def test_nothing_to_read():
    """A chunk of vanished files alone passes them on."""
    ctx = FakeContext()
    spooled = ended(extract.run(Chunk(root=b"/", vanished=(b"/x",)), ctx))
    assert spooled == Spooled(spool="spool-0", files=0)
    assert extracted(ctx, spooled).vanished == (b"/x",)


def test_what_an_older_version_handed_over_as_broken_is_read(tmp_path):
    """Its jobs wait, or have failed and are tried again; the file may have mended."""
    path = tmp_path / "a.mp3"
    path.write_bytes(master("mp3"))
    info = path.stat()
    signature = (info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino, info.st_dev)
    known = Broken(bytes(path), *signature, "corrupt", "no good")
    ctx = FakeContext(tmp_path)
    spooled = ended(extract.run(Chunk(root=bytes(tmp_path), broken=(known,)), ctx))
    assert not ctx.failed
    assert spooled.files == 1
    assert extracted(ctx, spooled).tracks[0].path == bytes(path)


# --- What lies beside the music

SHEET = b"""PERFORMER "Ada"
TITLE "Whole"
FILE "1.wav" WAVE
  TRACK 01 AUDIO
    TITLE "First"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Second"
    INDEX 01 00:00:03
"""


def one_folder(folder, song, **sides):
    """Make a folder with ``1.mp3`` and what lies beside it; return its chunk."""
    folder.mkdir(exist_ok=True)
    (folder / "1.mp3").write_bytes(song)
    for name, data in sides.items():
        (folder / f"1.{name}").write_bytes(data)
    names = tuple(sorted(f"1.{name}".encode() for name in sides))
    files = (ref(b"1.mp3", len(song)),)
    return Chunk(root=bytes(folder), folders=(Folder(bytes(folder), files, names, 1),))


def tracks_of(chunk, **options):
    ctx = FakeContext(**options)
    return extracted(ctx, ended(extract.run(chunk, ctx))).tracks


def test_parts_of_a_sheet_beside(tmp_path):
    """A cue sheet beside a file makes its parts; the file itself is counted once."""
    chunk = one_folder(tmp_path, tagged("mp3", {"title": ["Whole"]}), cue=SHEET)
    found = tracks_of(chunk)
    assert [(t.part, t.title, t.artists, t.start_s) for t in found] == [
        (1, "First", ("Ada",), 0.0),
        (2, "Second", ("Ada",), 0.04),
    ]
    assert {t.path for t in found} == {bytes(tmp_path / "1.mp3")}


def test_lyrics_beside(tmp_path):
    """Lyrics beside a song are its lyrics where the tag has none."""
    chunk = one_folder(tmp_path, tagged("mp3", {"title": ["One"]}), lrc=b"[00:01.00]la")
    assert tracks_of(chunk)[0].lyrics == "[00:01.00]la"


def test_texts_are_repaired(tmp_path):
    """A text that was plainly read in the wrong charset is repaired, the old one is kept."""
    wrong = "Кино".encode().decode("latin-1")
    chunk = one_folder(tmp_path, tagged("mp3", {"title": [wrong]}))
    (found,) = tracks_of(chunk)
    assert (found.title, dict(found.raw)) == ("Кино", {"title": wrong})


def in_doubt(title: str) -> bytes:
    """Return a song whose title was read in the wrong charset, as far as one can tell."""
    return tagged("mp3", {"title": [title.encode("cp1251").decode("latin-1")]})


def test_suspects_have_no_say(tmp_path):
    """A file that ended a process is not read as a neighbour of others, now or in a later scan."""
    data, music = tmp_path / "data", tmp_path / "music"
    music.mkdir()
    for n, title in enumerate(["Группа крови", "Звезда по имени Солнце", "Перемен"]):
        (music / f"{n}.mp3").write_bytes(in_doubt(title))
    names = b"0.mp3", b"1.mp3"
    refs = tuple(ref(name, (music / name.decode()).stat().st_size) for name in names)
    ctx = FakeContext(data, suspects=(0,))
    chunk = Chunk(root=b"/", folders=(Folder(bytes(music), refs),))
    found = extracted(ctx, ended(extract.run(chunk, ctx)))
    assert [b.kind for b in found.broken] == ["crashed"]
    assert set(found.others) == {bytes(music / "2.mp3")}
    insert(data, found)
    ctx = FakeContext(data)
    chunk = Chunk(root=b"/", folders=(Folder(bytes(music), refs[1:]),))
    assert set(extracted(ctx, ended(extract.run(chunk, ctx))).others) == {bytes(music / "2.mp3")}


def test_neighbours_have_a_say(tmp_path):
    """Files whose charset is in doubt are read with their neighbours, which are passed on as such.

    What is kept as lying around them is all of them: a change of any file is one of that.
    """
    titles = ["Группа крови", "Звезда по имени Солнце", "Перемен"]
    for n, title in enumerate(titles):
        (tmp_path / f"{n}.mp3").write_bytes(in_doubt(title))
    (tmp_path / "link.mp3").symlink_to("0.mp3")
    size = (tmp_path / "1.mp3").stat().st_size
    chunk = Chunk(root=b"/", folders=(Folder(bytes(tmp_path), (ref(b"1.mp3", size),)),))
    ctx = FakeContext()
    spooled = ended(extract.run(chunk, ctx))
    found = extracted(ctx, spooled)
    assert sorted(t.title for t in found.tracks) == sorted(titles)
    assert set(found.others) == {bytes(tmp_path / "0.mp3"), bytes(tmp_path / "2.mp3")}
    assert spooled.files == 1
    (before,) = {track.beside for track in found.tracks}
    assert before == together.signature(0, bytes(tmp_path))
    (tmp_path / "2.mp3").unlink()
    (changed,) = {track.beside for track in tracks_of(chunk)}
    assert changed != before


def test_many_at_once_is_the_same(chunk, monkeypatch):
    """However many files are read at once, what comes of it is the same, and in order."""
    alone = tracks_of(chunk)
    monkeypatch.setattr(extract._readers, "width", 8)
    assert tracks_of(chunk) == alone
    assert tracks_of(chunk, attempt=1) == alone


def test_a_folder_that_went_away(tmp_path):
    """Files of a folder that went away are booked as vanished; nothing is raised."""
    ctx = FakeContext()
    gone = Folder(bytes(tmp_path / "gone"), (ref(b"1.mp3"),), (b"1.cue", b"1.lrc", b"cover.jpg"))
    ended(extract.run(Chunk(root=b"/", folders=(gone,)), ctx))
    assert [kind for _, kind, _ in ctx.failed] == [ErrorKind.VANISHED]


def test_a_disk_that_turns_is_read_in_its_order(tmp_path, monkeypatch):
    """On a disk that turns files are opened in the order of their inodes."""
    opened = []
    monkeypatch.setattr(extract, "_turns", lambda device: device == 14)
    monkeypatch.setattr(extract, "by_lane", lambda path, _: opened.append(path) or {})
    files = tuple(FileRef(b"%d.mp3" % n, 7, 11, 12, inode, 14) for n, inode in enumerate([3, 1, 2]))
    folder = Folder(bytes(tmp_path), files)
    found = tracks_of(Chunk(root=b"/", folders=(folder,)))
    assert [path[-5:] for path in opened] == [b"1.mp3", b"2.mp3", b"0.mp3"]
    assert len(found) == 3
    opened.clear()
    files = tuple(msgspec.structs.replace(file, device=15) for file in files)
    tracks_of(Chunk(root=b"/", folders=(Folder(bytes(tmp_path), files),)))
    assert [path[-5:] for path in opened] == [b"0.mp3", b"1.mp3", b"2.mp3"]


def test_a_track_is_given_by_position_which_file_it_is():
    """Each fact of a file stands under its own name."""
    fields = {"title": "a title"}
    met = FileRef(b"1.mp3", 21, 22, 23, 24, 25)
    found = msgspec.structs.asdict(extract._track(b"/m/1.mp3", met, fields, 26))
    assert {name: value for name, value in found.items() if value} == {
        "path": b"/m/1.mp3",
        "size": 21,
        "mtime_ns": 22,
        "ctime_ns": 23,
        "inode": 24,
        "device": 25,
        "beside": 26,
        "title": "a title",
    }
