"""The second stage of a music scan: the tags of a chunk of files."""

import os
from typing import NamedTuple

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music.around import Around
from soniq_tui.importers.music.readers import Readers
from soniq_tui.importers.music.tags import Unusable
from soniq_tui.importers.music.tags.read import by_lane, by_mutagen
from soniq_tui.importers.music.tags.values import Fields
from soniq_tui.importers.music.words import Broken, Chunk, Extracted, FileRef, Spooled, Track
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.text import path_text

PRELOAD = (
    "soniq_tui.importers.music.tags.mutagen_files",
    *(f"soniq_tui.importers.music.lanes.{lane}" for lane in ("mpeg", "flac", "mp4", "ogg", "ape")),
)
"""What children import before the first chunk: the parsers."""

_CRASHED = Unusable(ErrorKind.CRASHED, "reading it ended the process; not tried again")

_readers = Readers()
"""Of this process; what one chunk shows of the disk serves the next."""


class _Item(NamedTuple):
    """One file to read."""

    path: bytes
    ref: FileRef
    around: Around
    suspect: bool


async def run(chunk: Chunk, ctx: Context) -> Spooled:
    """Read the tags of every file of a chunk and keep what was found in a spool.

    A file that cannot be read is booked as failed and kept as Broken: until it changes, a later
    scan need not open it. Files that ended an earlier process are booked unread. Done items are
    counted by the stage that stores them.
    """
    items = _items(chunk, ctx)
    tracks: list[Track] = []
    broken: list[Broken] = []
    found = _readers.map(_quick, items, alone=ctx.attempt > 0)
    for i, item in enumerate(items):
        ctx.progress(i, len(items))
        fields = next(found)
        if fields is None:
            fields = _slow(item)
        if isinstance(fields, Unusable):
            broken.append(Broken(item.path, *_stat(item.ref), fields.kind.value, str(fields)))
            ctx.fail(path_text(item.path), fields.kind, str(fields))
        else:
            tracks += item.around.finish(_track(item, fields))
    result = Extracted(
        tracks=tuple(tracks),
        broken=tuple(broken),
        moved=chunk.moved,
        vanished=chunk.vanished,
        folders=tuple((folder.path, folder.signature) for folder in chunk.folders),
    )
    spool = ctx.write_spool(msgspec.msgpack.encode(result))
    return Spooled(spool=spool, tracks=len(tracks), failed=len(broken))


def _items(chunk: Chunk, ctx: Context) -> list[_Item]:
    """Return what is to be read; book what an earlier scan found broken, unless it is a retry."""
    items: list[_Item] = []
    for folder in chunk.folders:
        around = Around(folder.path, folder.beside)
        items += [_Item(folder.path + b"/" + f.name, f, around, False) for f in folder.files]
    for known in chunk.broken:
        if ctx.retries:
            around = Around(os.path.dirname(known.path), None)  # noqa: PTH120  names are bytes
            items.append(_Item(known.path, FileRef(known.path, *_stat(known)), around, False))
        else:
            ctx.fail(path_text(known.path), ErrorKind(known.kind), known.reason)
    for i in ctx.suspects:
        items[i] = items[i]._replace(suspect=True)
    return items


def _quick(item: _Item) -> Fields | Unusable | None:
    """Read a file of a usual form; may run in any thread. None: it takes a parser."""
    if item.suspect:
        return _CRASHED
    try:
        return by_lane(item.path, item.ref.size)
    except Unusable as fault:
        return fault


def _slow(item: _Item) -> Fields | Unusable:
    """Have a file parsed: in the main thread, where a deadline can be kept."""
    try:
        return by_mutagen(item.path, item.ref.size)
    except Unusable as fault:
        return fault


def _track(item: _Item, fields: Fields) -> Track:
    size, mtime_ns, ctime_ns, inode, device = _stat(item.ref)
    return Track(
        path=item.path,
        size=size,
        mtime_ns=mtime_ns,
        ctime_ns=ctime_ns,
        inode=inode,
        device=device,
        **fields,
    )


def _stat(ref: FileRef | Broken) -> tuple[int, int, int, int, int]:
    return ref.size, ref.mtime_ns, ref.ctime_ns, ref.inode, ref.device
