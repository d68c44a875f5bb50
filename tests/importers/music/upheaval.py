"""A small library that people change in every way they do, and what must stay the same of it."""

import os
import unicodedata
from functools import lru_cache
from typing import Any

from soniq_tui.importers.music.demo import _own_picture
from tests.importers.music.tagging import tagged

ENDINGS = {b".mp3": "mp3", b".flac": "flac", b".ogg": "ogg", b".m4a": "m4a"}
FOLDERS = (
    b"Ada/X",
    b"Ada/X/CD1",
    b"Ada/X/CD2",
    b"Ada/X (Disc 1)",
    b"Ada/X (Disc 2)",
    b"Sampler",
    unicodedata.normalize("NFC", "Béla").encode(),
    unicodedata.normalize("NFD", "Béla").encode(),
    b"caf\xe9",
    b"Ada",
)
STEMS = (
    b"1",
    b"2",
    b"the song",
    unicodedata.normalize("NFC", "é").encode(),
    unicodedata.normalize("NFD", "é").encode(),
    b"\xe9",
)
IDS = ("6a1d7b44-90c0-4d9e-9c4e-111111111111", "6a1d7b44-90c0-4d9e-9c4e-222222222222")
RUSSIAN = tuple(
    title.encode("cp1251").decode("latin-1") for title in ("Привет, мир", "Ой, мороз, мороз")
)
"""As old programs wrote them: their folder is read together."""
TAGS: dict[str, tuple[Any, ...]] = {
    "title": ("Song A", "Song B", "Lied Ä", *RUSSIAN, None),
    "artists": ("Ada", "ADA", "Béla", "BÉLA", "Ada feat. Béla", None),
    "album": ("X", "x", "X (Disc 2)", "Y", None),
    "album_artists": (None, None, "Ada", "ADA", "Various Artists"),
    "compilation": (None, None, "1"),
    "release": (None, None, None, IDS[0], IDS[1]),
    "recording": (None, None, IDS[0], IDS[1]),
    "artist_ids": (None, None, IDS[0]),
    "artist_sort": (None, "Ada, The"),
    "album_artist_sort": (None, "Ada, The", "ada"),
    "date": (None, "1999", "2001-02-03"),
    "track": ("1/2", "2/2"),
}
"""What a tag may say, by the names of ``tagging.NAMES``, first what most say; None: nothing."""
PID = frozenset({"title", "artists", "album", "album_artists", "release", "recording", "track"})
"""What tells a track again that is both moved and changed."""
NOISE = b"<html>404 Not Found</html>\n" * 40
SHEET = """\
PERFORMER "Ada"
TITLE "Sheet"
FILE "{name}" WAVE
  TRACK 01 AUDIO
    TITLE "First {n}"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Second {n}"
    INDEX 01 00:00:02
"""
NS = 1_000_000_000
BEGAN_NS = 1_600_000_000 * NS + 7

Tags = tuple[tuple[str, Any], ...]


@lru_cache(4096)
def content(ending: bytes, tags: Tags, picture: bytes) -> bytes:
    """Return a file of music that says this."""
    said = {name: [value] for name, value in tags if value is not None}
    return tagged(ENDINGS[ending], said, picture)


@lru_cache(16)
def jpeg(number: int) -> bytes:
    """Return one of several pictures."""
    return _own_picture(str(number))


class File:
    """A file of music, wherever it is called what."""

    def __init__(self, path: bytes, tags: Tags, picture: bytes) -> None:
        self.path, self.tags, self.picture = path, tags, picture
        self.broken = False
        self.ids: dict[int, int] | None = None
        """Numbers of its tracks by part when it was last scanned."""
        self.known_path = path
        """Where it was then."""
        self.changed = False
        """Since then, in any way but its name."""
        self.other = False
        """Since then in what tells it again."""
        self.unseen = False
        """Since then, with size and time as before. Moved as well, or copied with its time in the
        place of a copy that is gone, nothing would tell."""

    @property
    def moved(self) -> bool:
        return self.path != self.known_path

    @property
    def ending(self) -> bytes:
        return self.path[self.path.rindex(b".") :]


class Tree:
    """The tree on disk, and which file is which.

    ``dated``: every change leaves times of its own, long past; else times are those of the moment.
    """

    def __init__(self, root: bytes, *, dated: bool) -> None:
        self.root, self.dated = root, dated
        self.files: dict[bytes, File] = {}
        self._spoiled: set[bytes] = set()
        """Where a scan has met what cannot be read: the row there is of what it was before."""
        self._clock = 0
        os.mkdir(root)  # noqa: PTH102  paths are bytes

    # ------------------------------------------------------------ choices

    def pick(self, number: int) -> File:
        return self.files[sorted(self.files)[number % len(self.files)]]

    def folders(self) -> list[bytes]:
        """Return all folders below the root."""
        return sorted(
            os.path.join(top, name)  # noqa: PTH118
            for top, names, _ in os.walk(self.root)
            for name in names
        )

    def at(self, folder: bytes, name: bytes) -> bytes:
        return self.root + b"/" + folder + b"/" + name

    # ------------------------------------------------------------ writing

    def _stamp(self, path: bytes) -> None:
        self._clock += 1
        if self.dated:
            ns = BEGAN_NS + self._clock * (NS + 1)
            os.utime(path, ns=(ns, ns))

    def write(self, path: bytes, data: bytes, *, replace: bool = False) -> None:
        """Write a file in place, or put another one in its place: taggers do one or the other."""
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        target = path + b".tmp" if replace else path
        with open(target, "wb") as file:  # noqa: PTH123
            file.write(data)
        self._stamp(target)
        if replace:
            os.replace(target, path)  # noqa: PTH105

    def add(self, path: bytes, tags: Tags, picture: bytes) -> None:
        if self.is_blocked(path):
            return
        if path in self.files:
            self.retag(self.files[path], tags, picture, replace=False)
            return
        self.write(path, content(path[path.rindex(b".") :], tags, picture))
        self.files[path] = File(path, tags, picture)

    def copy(self, file: File, path: bytes, *, keep_times: bool) -> None:
        """Make a second file of the same content."""
        path += file.ending
        if path in self.files or self.is_blocked(path):
            return
        if keep_times:  # with the inode of a copy that is gone it would pass for that one, moved
            self.let_see(file)
        with open(file.path, "rb") as old:  # noqa: PTH123
            self.write(path, old.read())
        if keep_times:
            stat = os.stat(file.path)  # noqa: PTH116
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        self.files[path] = made = File(path, file.tags, file.picture)
        made.broken = file.broken

    def retag(self, file: File, tags: Tags, picture: bytes, *, replace: bool) -> None:
        before = {name: value for name, value in file.tags if name in PID}
        after = {name: value for name, value in tags if name in PID}
        file.other = file.other or before != after
        for each in [file] if replace else self._names_of(file):
            each.tags, each.picture, each.changed, each.broken = tags, picture, True, False
        self.write(file.path, content(file.ending, tags, picture), replace=replace)

    def retag_unseen(self, file: File) -> None:
        """Change a title in place and put size and time back: only the time of change tells."""
        tags = dict(file.tags)
        other = {"Song A": "Song B", "Song B": "Song A"}.get(tags["title"])
        if other is None or file.broken or file.moved:
            return
        file.unseen = True
        before = os.stat(file.path)  # noqa: PTH116
        self.retag(file, tuple((tags | {"title": other}).items()), file.picture, replace=False)
        assert os.stat(file.path).st_size == before.st_size  # noqa: PTH116
        while True:
            os.utime(file.path, ns=(before.st_atime_ns, before.st_mtime_ns))
            # Within one tick of the kernel it may be the same.
            if os.stat(file.path).st_ctime_ns != before.st_ctime_ns:  # noqa: PTH116
                return

    def let_see(self, file: File) -> None:
        """Give a file that was changed unseen a time of its own, for it is about to move."""
        before = os.stat(file.path).st_mtime_ns  # noqa: PTH116
        while file.unseen and os.stat(file.path).st_mtime_ns == before:  # noqa: PTH116
            self.touch(file)

    def touch(self, file: File) -> None:
        os.utime(file.path)
        self._stamp(file.path)
        file.changed = True

    def spoil(self, file: File, data: bytes) -> None:
        for each in self._names_of(file):
            each.broken = each.changed = True
        self.write(file.path, data)

    def _names_of(self, file: File) -> list[File]:
        """Return what is changed with a file where it lies: itself and its hard links."""
        return [each for each in self.files.values() if os.path.samefile(each.path, file.path)]  # noqa: PTH121

    # ------------------------------------------------------------ names

    def is_blocked(self, path: bytes) -> bool:
        """Say whether a folder has this name, or a file that of a folder above."""
        above = os.path.dirname(path)  # noqa: PTH120
        while above != self.root:
            if os.path.lexists(above) and not os.path.isdir(above):  # noqa: PTH112
                return True
            above = os.path.dirname(above)  # noqa: PTH120
        return os.path.isdir(path)  # noqa: PTH112

    def move(self, file: File, path: bytes) -> None:
        """Give a file another name; one that has it already is gone."""
        if path == file.path or self.is_blocked(path):
            return
        self.let_see(file)
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        os.replace(file.path, path)  # noqa: PTH105
        if os.path.lexists(file.path):  # rename(2) does nothing where both are one file
            os.unlink(file.path)  # noqa: PTH108
        del self.files[file.path]
        file.path = path
        self.files[path] = file

    def swap(self, one: File, other: File) -> None:
        if one is other:
            return
        self.let_see(one)
        self.let_see(other)
        between = one.path + b".tmp"
        for old, new in ((one.path, between), (other.path, one.path), (between, other.path)):
            os.rename(old, new)  # noqa: PTH104
        one.path, other.path = other.path, one.path
        self.files |= {one.path: one, other.path: other}

    def move_folder(self, folder: bytes, to: bytes) -> None:
        if os.path.lexists(to) or self.is_blocked(to) or to.startswith(folder + b"/"):
            return
        inside = [file for path, file in self.files.items() if path.startswith(folder + b"/")]
        for file in inside:
            self.let_see(file)
        os.makedirs(os.path.dirname(to), exist_ok=True)  # noqa: PTH103, PTH120
        os.rename(folder, to)  # noqa: PTH104
        for file in inside:
            del self.files[file.path]
            file.path = to + file.path[len(folder) :]
            self.files[file.path] = file

    def delete(self, file: File) -> None:
        os.unlink(file.path)  # noqa: PTH108
        del self.files[file.path]

    def delete_folder(self, folder: bytes) -> None:
        for top, _, names in os.walk(folder, topdown=False):
            for name in names:
                os.unlink(os.path.join(top, name))  # noqa: PTH108, PTH118
            os.rmdir(top)  # noqa: PTH106
        for path in [p for p in self.files if p.startswith(folder + b"/")]:
            del self.files[path]

    # ------------------------------------------------------------ beside the music

    def side(self, path: bytes, data: bytes | None) -> None:
        """Write something that is no music, or take it away."""
        if data is not None and not self.is_blocked(path):
            self.write(path, data)
        elif data is None and os.path.isfile(path):  # noqa: PTH113
            os.unlink(path)  # noqa: PTH108

    # ------------------------------------------------------------ numbers

    def told_again(self) -> list[File]:
        """Return the known files whose tracks must have the numbers they had.

        Those that were changed where they lie, and those that were only moved. Not those where
        two could claim the row: another one, unknown or changed, has taken the old name.
        """
        known = [file for file in self.files.values() if file.ids is not None]
        return [
            file
            for file in known
            if not file.moved or (file.path not in self._spoiled and self._only_moved(file, []))
        ]

    def _only_moved(self, file: File, seen: list[File]) -> bool:
        """Say whether a file was moved and nothing else, and so was whoever has its old name."""
        if file.ids is None or file.changed or not file.moved:
            return False
        there = self.files.get(file.known_path)
        if there is None:
            return not os.path.isfile(file.known_path)  # noqa: PTH113
        return there in seen or self._only_moved(there, [*seen, file])

    def scanned(self, ids: dict[bytes, dict[int, int]], met: set[bytes]) -> None:
        """Take down what a scan has made of the files; it has met some of them."""
        for file in self.files.values():
            if file.path not in met:
                file.ids = None
                continue
            if file.broken:
                self._spoiled.add(file.path)
            file.ids = None if file.broken else ids.get(file.path)
            file.known_path, file.changed, file.other, file.unseen = file.path, False, False, False
