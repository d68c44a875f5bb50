"""The covers batch: every picture is looked at once, and what it is gets written down."""

import os
import shutil
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.errors import DataDirError, UsageError
from soniq_tui.importers.base import Stopped
from soniq_tui.importers.music import close, export, store
from soniq_tui.importers.music.covers import batch, image, thumbs
from soniq_tui.importers.music.covers.thumbs import picture
from soniq_tui.importers.music.covers.words import CoverOptions, Findings, Pictures
from soniq_tui.importers.music.words import ScanOptions
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.results import Picture
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.pictures import (
    covers,
    decoded,
    encoded,
    flag,
    jpeg,
    png_header,
    song,
    stored,
    thumbnails,
)


def planned(data_dir: Path, **options: Any) -> list[Pictures]:
    jobs = batch.plan(CoverOptions(**options), data_dir).jobs
    return [decoded(job.payload, Pictures) for job in jobs]


def looked(data_dir: Path, **options: Any) -> FakeContext:
    """Do all that a covers batch does."""
    ctx = FakeContext(data_dir)
    for pictures in planned(data_dir, **options):
        ended(batch.keep(ended(batch.look(pictures, ctx)), ctx))
    return ctx


def many(music: Path, count: int) -> list[Path]:
    """Make so many songs, each with a picture of its own."""
    return [song(music / f"{n:03}.mp3", jpeg((64, 64 + n))) for n in range(count)]


def test_what_a_picture_is_gets_written_down(music: Path, data: Path) -> None:
    """Size, kind and hash are in the catalogue and in the export, and there is a thumbnail."""
    stored(data, song(music / "a.mp3", encoded(flag(), "PNG")))
    ctx = looked(data)
    (row,) = covers(data)
    assert (row["width"], row["height"], row["mime"]) == (400, 200, "image/png")
    assert row["looked_at_s"] > 0
    assert row["problem"] is None
    assert ctx.counts == {"done": 1, "skipped": 0, "found": 0}
    assert ctx.positions == [(0, 1)]
    assert thumbnails(data) == [thumbs.place(data, row["key"])]
    (track,) = export.tracks(data)
    cover = track["cover"]
    assert isinstance(cover, dict)
    assert (cover["width"], cover["height"], cover["sha256"]) == (400, 200, row["sha256"])


def test_one_cover_in_many_files_is_looked_at_once(music: Path, data: Path) -> None:
    """A hundred tracks with one picture, half of them beside it, make one job and one thumbnail."""
    cover = jpeg()
    paths = [song(music / "in" / f"{n}.mp3", cover) for n in range(50)]
    paths += [song(music / "beside" / f"{n}.mp3") for n in range(50)]
    (music / "beside" / "folder.jpg").write_bytes(cover)
    stored(data, *paths)
    assert [len(each.ids) for each in planned(data)] == [1]
    looked(data)
    assert len(thumbnails(data)) == 1
    assert {track["cover"]["width"] for track in export.tracks(data)} == {400}  # type: ignore[index]


def test_no_picture_is_known_under_two_keys(music: Path, data: Path) -> None:
    """Pictures with one hash of all bytes have one cheap key, wherever they are embedded."""
    cover = jpeg((500, 500)) + bytes(9000)
    endings = ("mp3", "flac", "ogg", "opus", "m4a", "wma", "wv", "ape")
    paths = [song(music / f"a.{ending}", cover) for ending in endings]
    stored(data, *paths, *many(music / "more", 5))
    looked(data)
    rows = covers(data)
    assert len(rows) == len({row["sha256"] for row in rows}) == 6


def test_a_second_run_does_nothing(music: Path, data: Path) -> None:
    """What was looked at, good or bad, is left alone until --all asks for it again."""
    stored(data, *many(music, 2), song(music / "bad.mp3", b"\xff\xd8\xff not a picture"))
    looked(data)
    assert planned(data) == []
    assert [len(each.ids) for each in planned(data, all=True)] == [3]
    assert planned(data, all=True, limit=2)[0].again


def test_jobs_are_portions_in_the_order_of_the_files(music: Path, data: Path) -> None:
    """A job has forty pictures at the most and says from where; --limit bounds them all."""
    stored(data, *many(music, 45))
    jobs = batch.plan(CoverOptions(), data).jobs
    assert [job.items for job in jobs] == [40, 5]
    assert [job.label for job in jobs] == [f"40 covers from {music}", f"5 covers from {music}"]
    assert {job.stage for job in jobs} == {"look"}
    assert len({job.key for job in jobs}) == 2
    assert [len(each.ids) for each in planned(data, limit=3)] == [3]
    assert batch.preview(CoverOptions(), data).text == "45 of 45 pictures not looked at yet"
    assert batch.preview(CoverOptions(all=True), data).text == "45 pictures"


def test_a_library_of_one_picture_is_told_in_the_singular(music: Path, data: Path) -> None:
    """Nobody reads of "1 of 1 pictures"."""
    stored(data, *many(music, 1))
    assert batch.preview(CoverOptions(), data).text == "1 of 1 picture not looked at yet"
    assert batch.preview(CoverOptions(all=True), data).text == "1 picture"
    assert not batch.preview(CoverOptions(), data).doubt


def test_what_cannot_be_launched(data: Path) -> None:
    """Without a library the next step is named; a limit of none makes no sense."""
    with pytest.raises(UsageError, match="soniq-tui scan FOLDER"):
        batch.plan(CoverOptions(), data)
    with pytest.raises(UsageError, match="limit is 0"):
        batch.plan(CoverOptions(limit=0), data)
    preview = batch.preview(CoverOptions(), data)
    assert not preview.ok
    assert "soniq-tui scan FOLDER" in preview.text


def test_an_older_catalogue(data: Path) -> None:
    """What to do with a catalogue of before an update is told, wherever pictures are asked for."""
    data.mkdir()
    before = sqlite3.connect(data / store.FILE)
    before.executescript(store.SQL["migration_1"])
    before.close()
    for ask in (batch.plan, batch.preview):
        with pytest.raises(DataDirError, match="the next scan brings it up to date"):
            ask(CoverOptions(), data)
    with pytest.raises(DataDirError, match="the next scan brings it up to date"):
        picture(data, 1, 16)


def test_bad_pictures_are_booked_by_path_with_a_reason(music: Path, data: Path) -> None:
    """Each picture that cannot be shown is a failed item; the others of its job are done."""
    bad = {
        "cut": (jpeg()[:-900], ErrorKind.CORRUPT),
        "page": (b"<html>404</html>", ErrorKind.CORRUPT),
        "svg": (b"<svg/>", ErrorKind.UNSUPPORTED),
        "bomb": (png_header(30_000, 30_000), ErrorKind.TOO_BIG),
        "gone": (jpeg((50, 50)), ErrorKind.VANISHED),
    }
    paths = {name: song(music / f"{name}.flac", cover) for name, (cover, _) in bad.items()}
    stored(data, *paths.values(), song(music / "good.flac", jpeg((60, 60))))
    paths["gone"].unlink()
    ctx = looked(data)
    assert ctx.counts["done"] == 1
    booked = {item: kind for item, kind, _ in ctx.failed}
    assert booked == {str(paths[name]): kind for name, (_, kind) in bad.items()}
    assert all(reason for *_, reason in ctx.failed)
    rows = covers(data)
    assert sum(row["problem"] is not None for row in rows) == 5
    assert [row["width"] for row in rows if row["problem"] and row["width"]] == [400, 30_000]
    assert len(thumbnails(data)) == 1


def test_a_web_page_beside_the_music_is_booked(music: Path, data: Path) -> None:
    """A cover.jpg that is none is told once, by its own path, in whatever way it is looked at."""
    path = song(music / "a.mp3")
    (music / "cover.jpg").write_bytes(b"<!doctype html>" + b"\n<p>not found" * 300)
    stored(data, path)
    assert thumbs.picture(data, 1, 32) == "a web page, no picture"
    booked = [(str(music / "cover.jpg"), ErrorKind.CORRUPT, "a web page, no picture")]
    assert looked(data).failed == booked
    assert looked(data).failed == []


def test_what_is_gone_is_looked_for_again(music: Path, data: Path) -> None:
    """A picture whose disk was away is no less new for that, and loses its problem when seen."""
    path = song(music / "a.mp3", jpeg())
    stored(data, path)
    path.rename(music / "away")
    looked(data)
    (row,) = covers(data)
    assert (row["problem"], row["looked_at_s"]) == ("it is no longer there", None)
    (music / "away").rename(path)
    assert looked(data).counts["done"] == 1
    (row,) = covers(data)
    assert row["problem"] is None


def test_the_mime_is_that_of_the_content(music: Path, data: Path) -> None:
    """A PNG that its tag calls a JPEG is a PNG."""
    stored(data, song(music / "a.flac", encoded(flag(), "PNG")))
    looked(data)
    assert covers(data)[0]["mime"] == "image/png"


def test_suspects_are_not_touched(music: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that ended processes is booked as crashed; the rest of its job is done."""
    stored(data, *many(music, 3))
    (pictures,) = planned(data)
    ctx = FakeContext(data, suspects=(1,))
    found = ended(batch.look(pictures, ctx))
    assert [kind for _, kind, _ in ctx.failed] == [ErrorKind.CRASHED]
    ended(batch.keep(found, ctx))
    assert ctx.counts["done"] == 2
    assert planned(data) == []


def test_stops_between_pictures_and_begins_again(music: Path, data: Path) -> None:
    """A job that was stopped leaves whole thumbnails only, and doing it again does it all."""
    stored(data, *many(music, 5))
    (pictures,) = planned(data)
    with pytest.raises(Stopped):
        ended(batch.look(pictures, FakeContext(data, stop_at=3)))
    made = thumbnails(data)
    assert len(made) == 3
    assert all(image.pixels(path.read_bytes(), 10).width for path in made)
    assert covers(data)[0]["width"] is None
    times = [path.stat().st_mtime_ns for path in made]
    looked(data)
    assert len(thumbnails(data)) == 5
    assert [path.stat().st_mtime_ns for path in made] == times  # not made again


def test_keeping_twice_is_keeping_once(music: Path, data: Path) -> None:
    """The stage that writes may run twice, as after a crash before its job was booked."""
    stored(data, *many(music, 2))
    ctx = FakeContext(data)
    found: Findings = ended(batch.look(planned(data)[0], ctx))
    ended(batch.keep(found, ctx))
    before = [{**row, "looked_at_s": 0} for row in covers(data)]
    ended(batch.keep(found, ctx))
    assert [{**row, "looked_at_s": 0} for row in covers(data)] == before


def test_covers_of_missing_files_are_left_out(music: Path, data: Path) -> None:
    """A picture that only missing files have is not planned."""
    path = song(music / "a.mp3", jpeg())
    stored(data, path)
    store.writer(data).execute("UPDATE file SET missing = 1")
    assert planned(data) == []
    assert batch.preview(CoverOptions(), data).text == "0 of 0 pictures not looked at yet"
    assert batch.preview(CoverOptions(), data).doubt


# ------------------------------------------------------------------ thumbnails and the console


def test_a_picture_for_the_console(music: Path, data: Path) -> None:
    """It comes before any batch, tells what it is, and leaves the thumbnail behind."""
    stored(data, song(music / "a.mp3", jpeg((1400, 700))))
    length = covers(data)[0]["length"]
    first = picture(data, 1, 60)
    assert isinstance(first, Picture)
    assert (first.width, first.height, len(first.rgb)) == (60, 30, 60 * 30 * 3)
    assert first.about == f"embedded JPEG, 1,400 by 700, {length / 1000:,.0f} kB"
    assert len(thumbnails(data)) == 1
    assert covers(data)[0]["width"] is None  # only the writer writes there
    assert picture(data, 1, 60) == first


def test_a_picture_beside_the_music_says_so(music: Path, data: Path) -> None:
    """What lies in the folder is not called embedded."""
    path = song(music / "a.mp3")
    (music / "cover.png").write_bytes(encoded(flag(size=(20, 10)), "PNG"))
    stored(data, path)
    found = picture(data, 1, 20)
    assert isinstance(found, Picture)
    assert found.about.startswith("PNG beside the music, 20 by 10, ")


def test_why_there_is_no_picture(music: Path, data: Path) -> None:
    """A picture that cannot be shown comes as words, from the catalogue once it was looked at."""
    assert picture(data, 1, 60) == "there is no music library yet"
    path = song(music / "a.mp3", b"<html>404</html>")
    stored(data, path)
    assert picture(data, 1, 60) == "a web page, no picture"
    looked(data)
    path.unlink()
    assert picture(data, 1, 60) == "a web page, no picture"
    assert picture(data, 2, 60) == "there is no such picture in the library"


def test_a_huge_picture_waits_for_the_batch(
    music: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes much memory to decode is decoded in a child, not beside the engine."""
    monkeypatch.setattr(thumbs, "SPOT_PIXELS", 400 * 200 - 1)
    stored(data, song(music / "a.mp3", jpeg()))
    assert picture(data, 1, 60) == "400 by 200 pixels: soniq-tui covers makes it small"
    looked(data)
    assert isinstance(picture(data, 1, 60), Picture)
    shutil.rmtree(data / thumbs.FOLDER)  # a person may, and a power cut may take what is new there
    again = "400 by 200 pixels: soniq-tui covers --all makes it small"
    assert picture(data, 1, 60) == again, "another batch does not look at it by itself"


def test_a_thumbnail_outlives_its_picture(music: Path, data: Path) -> None:
    """With the disk away what was seen before is still shown."""
    path = song(music / "a.mp3", jpeg())
    stored(data, path)
    looked(data)
    path.unlink()
    assert isinstance(picture(data, 1, 60), Picture)


@pytest.mark.parametrize("rest", [b"", b"half a JPEG"])
def test_a_damaged_thumbnail_is_made_again(rest: bytes, music: Path, data: Path) -> None:
    """What a power cut left of a thumbnail does no harm."""
    stored(data, song(music / "a.mp3", jpeg()))
    looked(data)
    (file,) = thumbnails(data)
    file.write_bytes(rest)
    assert isinstance(picture(data, 1, 60), Picture)
    assert image.pixels(file.read_bytes(), 10).width == 10


def test_where_nothing_can_be_kept_it_is_shown_all_the_same(music: Path, data: Path) -> None:
    """A thumbnail that cannot be written costs time, not the picture."""
    stored(data, song(music / "a.mp3", jpeg()))
    (data / "covers").write_text("in the way")
    assert isinstance(picture(data, 1, 60), Picture)


def test_two_that_make_the_same_thumbnail(music: Path, data: Path) -> None:
    """Threads that ask for one picture at once all get it, and one whole file is left."""
    stored(data, song(music / "a.mp3", jpeg((1400, 1400))))
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(picture(data, 1, 9))) for _ in "1234"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(each) for each in found] == [Picture] * 4
    assert len(thumbnails(data)) == 1


def test_files_are_private_and_half_ones_are_swept(music: Path, data: Path) -> None:
    """Nobody else can read thumbnails; what a killed process left is deleted an hour later."""
    stored(data, song(music / "a.mp3", jpeg()))
    looked(data)
    (file,) = thumbnails(data)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    old, new = file.with_name("x.part"), file.with_name("y.part")
    old.touch()
    new.touch()
    os.utime(old, (time.time() - 7200,) * 2)
    batch.plan(CoverOptions(), data)
    assert thumbnails(data) == sorted([file, new])


def test_keys_are_no_paths(data: Path) -> None:
    """A key that is none of ours names no file."""
    with pytest.raises(ValueError, match="not the key"):
        thumbs.place(data, "../../etc/passwd")


# ------------------------------------------------------------------ at the end of a scan


def test_the_end_of_a_scan_asks_for_new_covers(
    music: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the option the closing stage spawns the same jobs a covers batch has, bit by bit."""
    monkeypatch.setattr(batch, "CHUNK", 2)
    monkeypatch.setattr(close, "PORTIONS", 2)
    stored(data, *many(music, 7))
    options = ScanOptions(paths=(str(music),), covers=True)
    ctx = FakeContext(data)
    ended(close.run(options, ctx))
    assert [job["payload"] for job in ctx.spawned] == planned(data)
    assert [job["items"] for job in ctx.spawned] == [2, 2, 2, 1]
    assert {job["stage"] for job in ctx.spawned} == {"look"}
    assert ctx.checkpoints == [options, options]
    looked(data)
    ctx = FakeContext(data)
    ended(close.run(options, ctx))
    assert ctx.spawned == []


def test_a_scan_does_not_wait_for_covers(music: Path, data: Path) -> None:
    """Without the option nothing is spawned."""
    stored(data, *many(music, 1))
    ctx = FakeContext(data)
    ended(close.run(ScanOptions(paths=(str(music),)), ctx))
    assert ctx.spawned == []
