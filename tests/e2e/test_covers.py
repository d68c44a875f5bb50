"""The covers batch from the command line, on a real library."""

import shutil
import signal
from pathlib import Path

from soniq_tui.importers.music.covers import image
from soniq_tui.importers.music.demo import master
from tests.e2e.command import Soniq, one_line


def covers(soniq: Soniq, *words: object) -> dict:
    """Run a covers batch without a screen and return the report."""
    done = soniq.run("covers", *words, "--headless", "--json")
    assert done.returncode in {0, 1}, done.stderr
    return one_line(done.stdout)


def with_covers(soniq: Soniq) -> list[dict]:
    return [row["cover"] for row in soniq.export("tracks") if row["cover"]]


def thumbnails(soniq: Soniq) -> list[Path]:
    return sorted((soniq.data / "covers").rglob("*.jpg"))


def test_sizes_and_hashes_come_into_the_export(scanned: Soniq) -> None:
    """After the batch each cover has size and hash and one thumbnail; a second run does nothing."""
    before = with_covers(scanned)
    assert before
    assert {cover["width"] for cover in before} == {None}
    keys = {cover["key"] for cover in before}
    report = covers(scanned)
    assert report["state"] == "done"
    assert report["items"] == {"total": len(keys), "done": len(keys), "skipped": 0, "failed": 0}
    assert report["slots"]["covers"]["peak"] >= 1
    after = with_covers(scanned)
    assert all(cover["width"] and cover["height"] for cover in after)
    assert {len(cover["sha256"]) for cover in after} == {64}
    assert len({cover["sha256"] for cover in after}) == len(keys)
    assert {path.stem for path in thumbnails(scanned)} == keys
    assert covers(scanned)["items"]["total"] == 0
    assert covers(scanned, "--all", "--limit", 2)["items"]["done"] == 2


def test_bad_pictures_are_in_the_error_list(soniq: Soniq, own_library: Path) -> None:
    """A picture that cannot be shown is told by its path with kind and reason, once."""
    place = own_library / "bad" / "folder.jpg"
    place.parent.mkdir()
    place.write_bytes(next(own_library.rglob("folder.jpg")).read_bytes()[:-300])
    (place.parent / "song.ogg").write_bytes(master("ogg"))
    soniq.scan(own_library)
    (error,) = covers(soniq)["errors"]
    assert (error["item"], error["kind"], error["stage"]) == (str(place), "corrupt", "look")
    assert error["reason"]
    assert covers(soniq)["items"]["total"] == 0


def test_a_scan_can_ask_for_it(soniq: Soniq, own_library: Path) -> None:
    """With --covers a scan looks at new pictures when it is done; without it, it does not."""
    report = soniq.scan(own_library, "--covers")
    assert report["items"]["total"] == 60 + len(thumbnails(soniq)) > 60
    assert all(cover["width"] for cover in with_covers(soniq))
    assert soniq.scan(own_library, "--covers")["items"]["total"] == 60
    shutil.rmtree(soniq.data)
    assert soniq.scan(own_library)["items"]["total"] == 60
    assert thumbnails(soniq) == []


def test_without_a_library(soniq: Soniq) -> None:
    """Where nothing was scanned the next step is named, with exit status 2."""
    done = soniq.run("covers", "--headless")
    assert done.returncode == 2
    assert "scan one first: soniq-tui scan FOLDER" in done.stderr


def test_killed_and_resumed(scanned: Soniq) -> None:
    """A kill leaves whole thumbnails or none; resume does the rest."""
    process = scanned.start("covers", "--headless", "--json")
    # A batch may be seen a moment before it is in the journal; not so what it has made.
    scanned.wait_for(lambda _: thumbnails(scanned))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert all(image.pixels(path.read_bytes(), 10).width for path in thumbnails(scanned))
    done = scanned.run("resume", "--headless")
    assert done.returncode in {0, 1}, done.stderr
    after = with_covers(scanned)
    assert all(cover["width"] for cover in after)
    assert {path.stem for path in thumbnails(scanned)} == {cover["key"] for cover in after}
