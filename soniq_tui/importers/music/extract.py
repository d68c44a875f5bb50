"""The second stage of a music scan: the tags of a chunk of files."""

import os

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music.tags import Unusable
from soniq_tui.importers.music.tags.pictures import FolderCovers
from soniq_tui.importers.music.tags.read import read
from soniq_tui.importers.music.words import Broken, Chunk, Extracted, FileRef, Spooled, Track
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.text import path_text

PRELOAD = ("soniq_tui.importers.music.tags.mutagen_files",)
"""What children import before the first chunk: the parsers."""

_CRASHED = Unusable(ErrorKind.CRASHED, "reading it ended the process; not tried again")


async def run(chunk: Chunk, ctx: Context) -> Spooled:
    """Read the tags of every file of a chunk and keep what was found in a spool.

    A file that cannot be read is booked as failed and kept as Broken: until it changes, a later
    scan need not open it. Files that ended an earlier process are booked unread. Done items are
    counted by the stage that stores them.
    """
    paths = _paths(chunk, ctx)
    covers = FolderCovers()
    tracks: list[Track] = []
    broken: list[Broken] = []
    for i, (path, ref) in enumerate(paths):
        ctx.progress(i, len(paths))
        found = _CRASHED if i in ctx.suspects else _track(path, ref, covers)
        if isinstance(found, Track):
            tracks.append(found)
        else:
            broken.append(Broken(path, *_stat(ref), found.kind.value, str(found)))
            ctx.fail(path_text(path), found.kind, str(found))
    result = Extracted(
        tracks=tuple(tracks),
        broken=tuple(broken),
        moved=chunk.moved,
        vanished=chunk.vanished,
        folders=tuple((folder.path, folder.signature) for folder in chunk.folders),
    )
    spool = ctx.write_spool(msgspec.msgpack.encode(result))
    return Spooled(spool=spool, tracks=len(tracks), failed=len(broken))


def _paths(chunk: Chunk, ctx: Context) -> list[tuple[bytes, FileRef]]:
    """Return what is to be read; book what an earlier scan found broken, unless it is a retry."""
    paths = [
        (os.path.join(folder.path, ref.name), ref)  # noqa: PTH118  names are bytes
        for folder in chunk.folders
        for ref in folder.files
    ]
    for known in chunk.broken:
        if ctx.retries:
            paths.append((known.path, FileRef(known.path, *_stat(known))))
        else:
            ctx.fail(path_text(known.path), ErrorKind(known.kind), known.reason)
    return paths


def _track(path: bytes, ref: FileRef, covers: FolderCovers) -> Track | Unusable:
    try:
        fields = read(path, ref.size)
    except Unusable as fault:
        return fault
    if fields["cover"] is None:
        cover = covers.of(os.path.dirname(path))  # noqa: PTH120  names are bytes
        if cover is not None and cover.file is not None:
            name = os.path.basename(cover.file)  # noqa: PTH119
            cover = msgspec.structs.replace(cover, file=name)
        fields["cover"] = cover
    size, mtime_ns, ctime_ns, inode, device = _stat(ref)
    return Track(
        path=path,
        size=size,
        mtime_ns=mtime_ns,
        ctime_ns=ctime_ns,
        inode=inode,
        device=device,
        **fields,
    )


def _stat(ref: FileRef | Broken) -> tuple[int, int, int, int, int]:
    return ref.size, ref.mtime_ns, ref.ctime_ns, ref.inode, ref.device
