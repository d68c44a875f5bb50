"""Walk a music folder: the order, what is ignored, links, and going on where an earlier walk was.

Everything is bytes: a name on disk need not be UTF-8. The order is fixed (the files of a folder
sorted by bytes, then its folders sorted by bytes), so a position in it can be kept as a cursor.
"""

import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import translate
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from soniq_tui.importers.music.discs import album_folder
from soniq_tui.importers.music.sides.beside import ENDINGS, Side, belongs, is_picture
from soniq_tui.importers.music.words import SUFFIXES, ScanOptions

IGNORED = frozenset({b"@eadir", b"#recycle", b"$recycle.bin", b"lost+found"})
"""Folders of NAS boxes and file systems, lower case; names with a leading dot are ignored too."""

WHOLE = b".nomedia"
"""A folder that holds it is ignored with all below; its content does not matter (Android)."""

PATTERNS = frozenset({b".ndignore", b".mpdignore"})
"""Empty: as :data:`WHOLE`. Else one glob a line, for this folder and all below (mpd, navidrome)."""

_ENDINGS = {made: ending for ending in SUFFIXES | ENDINGS for made in (ending, ending.upper())}
"""Endings of interest as they are written as a rule, each with itself in lower case: to look it up
takes less than to make it."""

_MAX_IGNORE_BYTES = 64 * 1024
_DOT = 0x2E

Glob = re.Pattern[bytes]
File = os.DirEntry[bytes]
_by_name = attrgetter("name")

_PASSED: tuple[bytes, ...] = ()
"""The cursor of a folder that lies wholly before it: walked only to know which folders were."""


# Structs, not tuples with names: one of each is made and looked at for every folder.


class Met(msgspec.Struct, frozen=True):
    """One folder as the walk met it."""

    path: bytes
    files: list[File]
    """Its audio files in order of name: regular files, or links that are to be followed."""
    faults: list[tuple[bytes, OSError]]
    """What could not be read. They lie before the files in the order of the walk."""
    sides: list[Side] = []
    """What lies beside the music and belongs to it. The folder of one disc that holds no picture
    takes those of the album's folder above, as ``../cover.jpg``."""


class _Listing(msgspec.Struct, frozen=True):
    files: list[File]
    folders: list[bytes]
    marks: list[bytes]
    sides: list[Side]


class _Visit(msgspec.Struct, frozen=True):
    """A folder to come."""

    path: bytes
    tail: tuple[bytes, ...] | None
    """What of the cursor lies below this folder; None where all of it is still to come."""
    ignore: tuple[tuple[int, Glob], ...]
    """Globs of ignore files above, each with the length of the path it is relative to."""
    above: list[Side]
    """Pictures of the folder above, as seen from this one."""
    wanted: bool = True
    deep: bool = True
    """All below is wanted, too."""
    end: tuple[bytes, ...] = ()
    """What of ``until`` lies below this folder; empty where all of it is walked."""


class Walk:
    """The folders of one root, in order; iterate it once.

    ``only`` names folders inside the root, each with whether all below it is wanted, too; of others
    no more is looked at than whether they have these ignored. With a folder come those of single
    discs in it, which may show its picture.
    """

    def __init__(
        self,
        root: bytes,
        options: ScanOptions,
        cursor: tuple[bytes, ...] = (),
        only: Mapping[bytes, bool] | None = None,
        until: tuple[bytes, ...] = (),
    ) -> None:
        self._root = root
        self._until = until
        self._cursor = cursor
        self._only = only
        self._ways = {way for folder in only or () for way in _above(folder, root)}
        self._include = globs(map(os.fsencode, options.include))
        self._exclude = globs(map(os.fsencode, options.exclude))
        self._follow = options.follow_symlinks
        self._inside = [os.path.realpath(os.fsencode(p)) for p in options.paths] + [root]
        self._visited: set[tuple[int, int]] = set()

    def __iter__(self) -> Iterator[Met]:
        only = self._only
        deep = only is None or only.get(self._root, False)
        wanted = only is None or self._root in only
        stack = [_Visit(self._root, self._cursor or None, (), [], wanted, deep, self._until)]
        while stack:
            visit = stack.pop()
            met, below = self._visit(visit)
            below.reverse()
            stack += below
            if met is not None and visit.tail != _PASSED and (visit.wanted or met.faults):
                yield met

    def _visit(self, visit: _Visit) -> tuple[Met | None, list[_Visit]]:
        path = visit.path
        faults: list[tuple[bytes, OSError]] = []
        try:
            if self._follow and not self._first_time(path):
                return None, []
            listing = self._list(path)
        except OSError as exc:
            # A folder that went away while we walked is no fault; a root that is not there is.
            gone = exc.errno in {errno.ENOENT, errno.ENOTDIR} and path != self._root
            return None if gone else Met(path, [], [(path, exc)]), []
        files, folders, sides = listing.files, listing.folders, listing.sides
        ignore = visit.ignore
        if listing.marks:
            found = self._ignore_globs(path, listing.marks, faults if visit.tail is None else [])
            if found is None:
                return None, []
            ignore += found
        if ignore or self._include or self._exclude:
            files = [f for f in files if self._wanted_file(path, f.name, ignore)]
            folders = [f for f in folders if not self._unwanted(path, f, ignore)]
        end = visit.end
        if end:
            folders = [f for f in folders if f < end[0] or (f == end[0] and len(end) > 1)]
        files.sort(key=_by_name)
        folders.sort()
        pictures = _pictures(visit, sides) if sides or visit.above else []
        tails: list[tuple[bytes, ...] | None] = []
        if visit.tail is not None:
            files, folders, tails = self._after(visit.tail, files, folders)
        below = self._below(visit, folders, ignore, pictures) if folders else []
        if tails:
            below = [replace(v, tail=tail) for v, tail in zip(below, tails, strict=True)]
        if below and not visit.deep:
            below = [v for each in below if (v := self._chosen(visit, each)) is not None]
        return Met(path, files if visit.wanted else [], faults, sides), below

    def _below(
        self,
        visit: _Visit,
        folders: list[bytes],
        ignore: tuple[tuple[int, Glob], ...],
        pictures: list[Side],
    ) -> list[_Visit]:
        """Return the visits of folders in one, up to ``until``."""
        path, deep, end = visit.path, visit.deep, visit.end
        visits = [_Visit(path + b"/" + f, None, ignore, pictures, deep, deep) for f in folders]
        if end and folders[-1] == end[0]:
            visits[-1] = replace(visits[-1], end=end[1:])
        return visits

    def _chosen(self, above: _Visit, visit: _Visit) -> _Visit | None:
        """Return a folder as it is wanted; None where neither it nor anything below is."""
        only, path = self._only or {}, visit.path
        wanted = path in only or (above.wanted and album_folder(path) != path)
        if not wanted and path not in self._ways:
            return None
        return replace(visit, wanted=wanted, deep=only.get(path, False))

    def _after(
        self, tail: tuple[bytes, ...], files: list[File], folders: list[bytes]
    ) -> tuple[list[File], list[bytes], list[tuple[bytes, ...] | None]]:
        """Leave out what lies before the cursor; return with each folder its tail, too."""
        if tail == _PASSED:
            return [], folders, [_PASSED] * len(folders)
        if len(tail) == 1:
            return [f for f in files if f.name > tail[0]], folders, [None] * len(folders)
        passed = [name for name in folders if name < tail[0]] if self._follow else []
        there = [name for name in folders if name == tail[0]]
        ahead = [name for name in folders if name > tail[0]]
        tails = [_PASSED] * len(passed) + [tail[1:]] * len(there) + [None] * len(ahead)
        return [], passed + there + ahead, tails

    def _list(self, path: bytes) -> _Listing:
        """Read one folder. An error half-way counts as a folder that cannot be read at all."""
        files: list[File] = []
        folders: list[bytes] = []
        marks: list[bytes] = []
        sides: list[Side] = []
        get = _ENDINGS.get
        with os.scandir(path) as entries:
            for entry in entries:
                name = entry.name
                if name[0] == _DOT:
                    if name == WHOLE or name in PATTERNS:
                        marks.append(name)
                    continue
                ending = get(name[-4:]) or get(name[-5:]) or name[name.rfind(b".") :].lower()
                if ending in SUFFIXES and entry.is_file(follow_symlinks=False):
                    files.append(entry)
                elif entry.is_dir(follow_symlinks=False):
                    if name.lower() not in IGNORED:
                        folders.append(name)
                elif self._follow and entry.is_symlink():
                    self._link(entry, files, folders)
                elif (
                    ending in ENDINGS
                    and belongs(name, ending)
                    and entry.is_file(follow_symlinks=False)
                ):
                    sides.append((name, entry))
        return _Listing(files, folders, marks, sides)

    def _link(self, entry: os.DirEntry[bytes], files: list[File], folders: list[bytes]) -> None:
        """Take a link whose target lies inside what is scanned; pass over all others."""
        name = entry.name
        try:
            real = os.path.realpath(entry.path, strict=True)
            if not any(real == top or real.startswith(top + b"/") for top in self._inside):
                return
            if entry.is_dir():
                if name.lower() not in IGNORED:
                    folders.append(name)
            elif name[name.rfind(b".") :].lower() in SUFFIXES and entry.is_file():
                files.append(entry)
        except OSError:
            return  # dangling, or a loop of links: there is no file

    def _first_time(self, path: bytes) -> bool:
        """Note a folder by device and inode: with links followed it can be met again."""
        stat = os.stat(path)  # noqa: PTH116  paths are bytes
        key = (stat.st_dev, stat.st_ino)
        if key in self._visited:
            return False
        self._visited.add(key)
        return True

    def _ignore_globs(
        self, path: bytes, marks: list[bytes], faults: list[tuple[bytes, OSError]]
    ) -> tuple[tuple[int, Glob], ...] | None:
        """Return the globs of a folder's ignore files; None when all of it is ignored."""
        if WHOLE in marks:
            return None
        lines: list[bytes] = []
        for mark in sorted(marks):
            name = path + b"/" + mark
            try:
                text = _read_plain(name)
            except OSError as exc:
                faults.append((name, exc))
                continue
            if not text.strip():
                return None
            lines += text.splitlines()
        found = globs(line.strip() for line in lines if not line.lstrip().startswith(b"#"))
        return ((len(path) + 1, found),) if found else ()

    def _unwanted(self, path: bytes, name: bytes, ignore: Sequence[tuple[int, Glob]]) -> bool:
        full = path + b"/" + name
        if any(_hit(glob, name, full[start:]) for start, glob in ignore):
            return True
        return _hit(self._exclude, name, full[len(self._root) + 1 :])

    def _wanted_file(self, path: bytes, name: bytes, ignore: Sequence[tuple[int, Glob]]) -> bool:
        if self._unwanted(path, name, ignore):
            return False
        full = path + b"/" + name
        return self._include is None or _hit(self._include, name, full[len(self._root) + 1 :])


def _pictures(visit: _Visit, sides: list[Side]) -> list[Side]:
    """Return what folders below may show; add to ``sides`` what a folder itself has from above."""
    pictures = [(b"../" + side[0], side[1]) for side in sides if is_picture(side[0])]
    if visit.above and not pictures and album_folder(visit.path) != visit.path:
        sides += visit.above
    return pictures


def globbed(root: bytes, options: ScanOptions) -> Callable[[bytes], bool] | None:
    """Return what says whether the globs of a walk let a file in, by its path; None: all are."""
    include = globs(map(os.fsencode, options.include))
    exclude = globs(map(os.fsencode, options.exclude))
    if include is None and exclude is None:
        return None

    def is_let_in(path: bytes) -> bool:
        names = path[len(root) + 1 :].split(b"/")
        ways = (b"/".join(names[: at + 1]) for at in range(len(names)))
        if any(_hit(exclude, name, way) for name, way in zip(names, ways, strict=True)):
            return False
        return include is None or _hit(include, names[-1], b"/".join(names))

    return is_let_in


def _above(folder: bytes, root: bytes) -> Iterator[bytes]:
    """Yield the folders on the way from a root to a folder, both left out."""
    at = folder.rfind(b"/")
    while at > len(root):
        yield folder[:at]
        at = folder.rfind(b"/", 0, at)


def globs(patterns: Iterator[bytes] | Sequence[bytes]) -> Glob | None:
    """Return one expression that matches what any of the shell patterns matches; None for none.

    ``*`` matches ``/`` too; a closing ``/`` is left out.
    """
    words = [p.rstrip(b"/").decode("latin-1") for p in patterns]
    parts = [translate(word) for word in words if word]
    return re.compile("|".join(parts).encode("latin-1")) if parts else None


def _hit(glob: Glob | None, name: bytes, relative: bytes) -> bool:
    return glob is not None and bool(glob.match(name) or glob.match(relative))


def _read_plain(path: bytes) -> bytes:
    """Read a small file; a FIFO or device of that name is empty and must not block."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(handle, _MAX_IGNORE_BYTES)
    finally:
        os.close(handle)
