"""The second stage of a music scan: the tags of a chunk of files."""

import os
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from stat import S_ISREG

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import store, written
from soniq_tui.importers.music.discovery import disks
from soniq_tui.importers.music.discovery.moves import Moves, has_moved
from soniq_tui.importers.music.discovery.stamps import is_gone, numbers, racy
from soniq_tui.importers.music.group import persistent_id
from soniq_tui.importers.music.readers import Readers
from soniq_tui.importers.music.sides.around import Around
from soniq_tui.importers.music.tags import Unusable
from soniq_tui.importers.music.tags.read import by_lane, by_mutagen
from soniq_tui.importers.music.tags.values import Fields
from soniq_tui.importers.music.wordindex import words_of
from soniq_tui.importers.music.words import (
    Broken,
    Chunk,
    Extracted,
    FileRef,
    Folder,
    Moved,
    Spooled,
    Track,
    fault_mark,
)
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.text import path_text

_CRASHED = Unusable(ErrorKind.CRASHED, "reading it ended the process; not tried again")

_turns = cache(disks.rotating)
_readers = Readers()
"""Of this process; what one chunk shows of the disk serves the next."""


class _Item(msgspec.Struct, frozen=True, gc=False):
    """One file to read."""

    path: bytes
    ref: FileRef
    around: Around
    suspect: bool
    done: bool = False
    """It was read before, and what was found is written: a retry leaves it as it is."""


async def run(chunk: Chunk, ctx: Context) -> Spooled:
    """Read the tags of every file of a chunk and keep what was found in a spool.

    A file that cannot be read is booked as failed and kept as Broken: until it changes, a later
    scan need not open it. A retry reads again what failed, with all of its folder. Files that ended
    an earlier process are booked unread. Done items are counted by the stage that stores them. What
    was found to be moved or gone is looked at once more: a job may be done again long after, when
    other scans know better.
    """
    folders = [
        (folder, Around(folder.path, folder.beside, folder.signature)) for folder in chunk.folders
    ]
    items = _items(chunk, folders, ctx)
    ctx.count(done=sum(item.done for item in items))
    read: defaultdict[Around, list[Track]] = defaultdict(list)
    broken: list[Broken] = []
    absent: list[tuple[_Item, Unusable]] = []
    to_read = [item for item in items if not item.done]
    found = _readers.map(_quick, to_read, alone=ctx.attempt > 0)
    for i, item in enumerate(items):
        ctx.progress(i, len(items))
        if item.done:
            continue
        fields = next(found)
        if fields is None:
            fields = _slow(item.path, item.ref.size)
        if not isinstance(fields, Unusable):
            read[item.around].append(_track(item.path, item.ref, fields, item.around.signature))
        elif ctx.retries and fields.kind is ErrorKind.VANISHED:
            absent.append((item, fields))
        else:
            broken.append(Broken(item.path, *_stat(item.ref), fields.kind.value, str(fields)))
            if item.ref.told == fault_mark(fields.kind.value, str(fields)):
                ctx.count(skipped=1)
            else:
                ctx.fail(path_text(item.path), fields.kind, str(fields))
    broken += _lost(absent, ctx)
    tracks = tuple(_finished(read, {item.path for item in items if item.suspect}, ctx))
    own = {track.path for alone in read.values() for track in alone}
    others = {track.path: track for track in tracks if track.path not in own}
    # Some files that moved were to be read as well, and are counted as such.
    done = {i.path for i in items if i.done}
    passed = done | {i.path for i, _ in absent}
    moved = tuple(file for file in chunk.moved if file.path not in passed and has_moved(file))
    # Where the others are now a later scan has told, or will tell.
    there = done | {file.path for file in moved}
    ctx.count(skipped=len({file.path for file in chunk.moved} - there - {i.path for i in items}))
    left = [file for file in chunk.moved if file.path not in there]
    result = Extracted(
        tracks=tracks,
        pids=tuple(map(persistent_id, tracks)),
        words=tuple(words_of(tracks)),
        others=tuple(others),
        broken=tuple(broken),
        moved=moved,
        others_moved=_moved(others.values(), ctx) if others else (),
        vanished=(*filter(is_gone, chunk.vanished), *written.gone(left, chunk.root, ctx)),
    )
    spool = ctx.write_spool(msgspec.msgpack.encode(result))
    return Spooled(spool=spool, files=len(own | {file.path for file in moved}))


def _lost(absent: list[tuple[_Item, Unusable]], ctx: Context) -> list[Broken]:
    """Pass over files that went since they were first tried; book those that may come back."""
    if not absent:
        return []
    lost = written.lost([(item.path, item.ref) for item, _ in absent], ctx)
    booked: list[Broken] = []
    for item, fault in absent:
        if item.path in lost:
            booked.append(Broken(item.path, *_stat(item.ref), fault.kind.value, str(fault)))
            ctx.fail(path_text(item.path), fault.kind, str(fault))
        else:
            ctx.count(skipped=1)
    return booked


def _finished(
    read: Mapping[Around, list[Track]], suspects: Container[bytes], ctx: Context
) -> Iterator[Track]:
    """Yield the tracks of all files that could be read, folder by folder."""

    @cache
    def crashed(folder: bytes) -> set[bytes]:
        return written.crashed(folder, ctx)

    def another(path: bytes) -> Track | None:
        if path in suspects or path in crashed(path.rpartition(b"/")[0]):
            return None
        return _another(path)

    for around, tracks in read.items():
        yield from around.finish(tracks, another)


def _another(path: bytes) -> Track | None:
    """Read a file that is not among those of the chunk."""
    try:
        stat = os.lstat(path)
    except OSError:
        return None  # gone: discovery will say so
    if not S_ISREG(stat.st_mode):
        return None
    size, mtime_ns, ctime_ns, inode, device = numbers(stat)
    if not _lasting(path.rpartition(b"/")[0], device):
        inode = 0
    ref = FileRef(path, size, mtime_ns, ctime_ns - racy(stat), inode, device)
    try:
        fields = by_lane(path, size) or by_mutagen(path, size)
    except Unusable:
        return None
    return _track(path, ref, fields)


@lru_cache(64)
def _lasting(folder: bytes, device: int) -> bool:  # noqa: ARG001  another disk, another answer
    return disks.lasting_inodes(folder)


def _moved(others: Iterable[Track], ctx: Context) -> tuple[Moved, ...]:
    """Return those of the other files that the catalogue has under other names still.

    What is written where they are now would else be taken for theirs whose row is there.
    """
    with store.patience(ctx.data_dir):
        moves = Moves(ctx.data_dir, follow=False)
        try:
            found = (moves.elsewhere(track.path, _ref(track)) for track in others)
            return tuple(moved for moved in found if moved is not None)
        finally:
            moves.close()


def _ref(track: Track) -> FileRef:
    name = track.path.rpartition(b"/")[2]
    return FileRef(name, track.size, track.mtime_ns, track.ctime_ns, track.inode, track.device)


def _items(chunk: Chunk, folders: list[tuple[Folder, Around]], ctx: Context) -> list[_Item]:
    """Return what is to be read."""
    items: list[_Item] = []
    done = written.places(chunk, ctx)
    for at, (folder, around) in enumerate(folders):
        files, prefix = folder.files, folder.path + b"/"
        order = disks.reading_order(files, bool(files) and _turns(files[0].device))
        is_done = at in done
        items += [_Item(prefix + files[i].name, files[i], around, False, is_done) for i in order]
    for known in chunk.broken:
        around = Around(os.path.dirname(known.path), None)  # noqa: PTH120  names are bytes
        items.append(_Item(known.path, FileRef(known.path, *_stat(known)), around, False))
    for i in ctx.suspects:
        items[i] = msgspec.structs.replace(items[i], suspect=True)
    return items


def _quick(item: _Item) -> Fields | Unusable | None:
    """Read a file of a usual form; may run in any thread. None: it takes a parser."""
    if item.suspect:
        return _CRASHED
    try:
        return by_lane(item.path, item.ref.size)
    except Unusable as fault:
        return fault


def _slow(path: bytes, size: int) -> Fields | Unusable:
    """Have a file parsed: in the main thread, where a deadline can be kept."""
    try:
        return by_mutagen(path, size)
    except Unusable as fault:
        return fault


def _track(path: bytes, ref: FileRef, fields: Fields, beside: int = 0) -> Track:
    """Return the track of a file."""
    mtime_ns, ctime_ns = ref.mtime_ns, ref.ctime_ns
    return Track(path, ref.size, mtime_ns, ctime_ns, ref.inode, ref.device, beside, **fields)


def _stat(ref: FileRef | Broken) -> tuple[int, int, int, int, int]:
    return ref.size, ref.mtime_ns, ref.ctime_ns, ref.inode, ref.device
