"""Small trees on disk, and a catalogue filled without reading a tag."""

import os
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.importers.music import close, group
from soniq_tui.importers.music import insert as storing
from soniq_tui.importers.music.discovery import discover
from soniq_tui.importers.music.words import (
    Broken,
    Chunk,
    Extracted,
    Root,
    ScanOptions,
    Spooled,
    Track,
)
from tests.importers.fakes import FakeContext, ended


def tree(top: Path, *names: str | bytes) -> bytes:
    """Make files below ``top``, each of another size; a closing slash makes a folder."""
    root = os.fsencode(top)
    for number, name in enumerate(names, 1):
        path = root + b"/" + os.fsencode(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        if not path.endswith(b"/"):
            with open(path, "wb") as file:  # noqa: PTH123
                file.write(b"x" * number)
    return root


def many(count: int, folders: int = 1, ending: str = ".mp3") -> list[str]:
    """Return names of ``count`` files spread over ``folders`` folders."""
    return [f"{n % folders:03}/{n:05}{ending}" for n in range(count)]


def root_of(root: bytes, **options: Any) -> Root:
    options.setdefault("paths", (os.fsdecode(root),))
    return Root(path=root, options=ScanOptions(**options))


def found_in(spawned: list[dict[str, Any]]) -> list[bytes]:
    """Return the full paths of all files in spawned chunks, in their order."""
    return [
        folder.path + b"/" + file.name
        for spawn in spawned
        for folder in spawn["payload"].folders
        for file in folder.files
    ]


def below(root: bytes, spawned: list[dict[str, Any]]) -> list[bytes]:
    return [path[len(root) + 1 :] for path in found_in(spawned)]


def vanished_in(spawned: list[dict[str, Any]]) -> list[bytes]:
    return [path for spawn in spawned for path in spawn["payload"].vanished]


def discovered(data_dir: Path, root: Root) -> FakeContext:
    ctx = FakeContext(data_dir)
    ended(discover.run(root, ctx))
    return ctx


def seen(data_dir: Path, root: bytes, **options: Any) -> list[bytes]:
    """Return what a discovery hands over, as paths below the root."""
    return below(root, discovered(data_dir, root_of(root, **options)).spawned)


def read(chunk: Chunk, broken: dict[bytes, str]) -> Extracted:
    """Stand in for extraction: names become titles; ``broken`` gives kinds by file name."""
    tracks, bad = [], []
    for folder in chunk.folders:
        for file in folder.files:
            name, *signature, _ = msgspec.structs.astuple(file)
            path = folder.path + b"/" + name
            if name in broken:
                bad.append(Broken(path, *signature, broken[name], "no good"))
            else:
                album = os.fsdecode(folder.path).encode(errors="replace").decode()
                title = name.decode(errors="replace")
                said = {"title": title, "artists": ("A",), "album": album}
                tracks.append(Track(path, *signature, folder.signature, **said))
    return Extracted(
        tracks=tuple(tracks),
        broken=tuple(bad),
        moved=chunk.moved,
        vanished=chunk.vanished,
    )


def insert(data_dir: Path, found: Extracted) -> FakeContext:
    """Group and store what was found."""
    ctx = FakeContext(data_dir)
    spool = ctx.write_spool(msgspec.msgpack.encode(found))
    grouped = ended(
        group.run(
            Spooled(spool=spool, files=len({t.path for t in found.tracks}) + len(found.moved)), ctx
        )
    )
    ended(storing.run(grouped, ctx))
    return ctx


def end_scan(data_dir: Path) -> FakeContext:
    """Let the closing stage run."""
    ctx = FakeContext(data_dir)
    ended(close.run(ScanOptions(paths=()), ctx))
    return ctx


def scan(
    data_dir: Path, root: Root, broken: dict[bytes, str] | None = None
) -> tuple[FakeContext, int]:
    """Discover and store; return the discovery and how many tracks were stored."""
    ctx = discovered(data_dir, root)
    done = 0
    for spawn in ctx.spawned:
        done += insert(data_dir, read(spawn["payload"], broken or {})).counts["done"]
    end_scan(data_dir)
    return ctx, done
