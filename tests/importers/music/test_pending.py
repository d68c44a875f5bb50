"""What is pending: a folder that is taken at once makes the job that its files make one by one."""

import pytest

from soniq_tui.importers.music.discovery.pending import Change, Fault, Pending, Place
from soniq_tui.importers.music.sides.beside import Names
from soniq_tui.importers.music.words import FileRef
from soniq_tui.model.job import ErrorKind

SONGS = tuple(FileRef(b"%d.mp3" % n, n, 2, 3, 4, 5) for n in range(5))
PLACE = Place(b"/m/a", Names((b"cover.jpg",)), 7)
MANY_LYRICS = Names((), {"1": b"1.lrc"})
FAULT = Fault(b"/m/a/9.mp3", ErrorKind.UNREADABLE, "denied")


def numbered(*changes: Change) -> list[tuple[int, Change]]:
    return list(enumerate(changes))


def room(place: Place) -> int:
    """Return the bytes that all songs of a folder take."""
    pending = Pending(100, 10_000)
    assert pending.take(place, numbered(*SONGS))
    return pending._bytes


def test_taken_at_once() -> None:
    """Folders are as they are when each file is added, and so is how much room is left."""
    once, each = Pending(10, 10_000), Pending(10, 10_000)
    for place in (PLACE, PLACE._replace(path=b"/m/b")):
        assert once.take(place, numbered(*SONGS))
        assert all(each.add(place, song) for song in SONGS)
    assert once.folders == each.folders
    assert (once.first, once.files, once._bytes) == (each.first, each.files, each._bytes)


@pytest.mark.parametrize("files", [4, 5])
@pytest.mark.parametrize("missing", [0, 1])
def test_only_where_there_is_room(files: int, missing: int) -> None:
    """All of it has to go into the job, by number and by bytes."""
    pending = Pending(files, room(PLACE) - missing)
    fits = files == len(SONGS) and not missing
    assert pending.take(PLACE, numbered(*SONGS)) is fits
    assert pending.files == (len(SONGS) if fits else 0)


def test_only_files_to_be_read() -> None:
    """What is not a file to be read is booked in its place among the files."""
    pending = Pending(10, 10_000)
    assert not pending.take(PLACE, numbered(*SONGS, FAULT))
    assert not pending.files


def test_lyrics_of_each_song() -> None:
    """Where lyrics are too many for one job, each song brings its own."""
    assert not Pending(10, 10_000).take(PLACE._replace(beside=MANY_LYRICS), numbered(*SONGS))


def test_a_folder_in_two_parts() -> None:
    """Files that follow on others of their folder stay one folder."""
    pending = Pending(10, 10_000)
    assert pending.add(PLACE, SONGS[0])
    assert not pending.take(PLACE, numbered(*SONGS[1:]))
