"""What lies in real folders and is no music, through all stages: nothing hangs, nothing raises."""

import os
import socket
from pathlib import Path

import msgspec
import pytest

from soniq_tui.importers.music import export
from soniq_tui.importers.music.words import Root
from tests.importers.fakes import FakeContext
from tests.importers.music.library import discovered, root_of
from tests.importers.music.test_same import Catalogue, Scan
from tests.importers.music.upheaval import NOISE, content

GOOD = content(b".mp3", (("title", "Song"), ("artists", "Ada")), b"")
NAMES = (
    b"line\nbreak.mp3",
    b"tab\t.mp3",
    b"\x1b[31mred\x1b[0m\x07.mp3",
    b"\xe2\x80\xaeright to left.mp3",
    b"\xff\xfe.mp3",
    b"-rf.mp3",
    b"'; DROP TABLE track; --.mp3",
    b"%s %d {0}.mp3",
    b"*?[x].mp3",
    b" .mp3",
    b"~.mp3",
    b"x" * 236 + b".mp3",
    "ö".encode() * 118 + b".mp3",
    b"a.MP3",
)
"""Names of files that can be read all the same."""

pytestmark = pytest.mark.timeout(30)


def put(path: bytes, data: bytes = GOOD) -> None:
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(data)


@pytest.fixture
def hazards(music: Path) -> bytes:
    """A folder with everything in it, and good files between."""
    root = os.fsencode(music)
    for folder in (b"", b"/deep", b"/no entry", b"/x.mp3", b"/new\nline", b"/quiet"):
        os.mkdir(root + folder)  # noqa: PTH102  paths are bytes
    for name in NAMES:
        put(root + b"/" + name)
    for name in (
        b"deep/1.mp3",
        b"no entry/1.mp3",
        b"x.mp3/1.mp3",
        b"new\nline/1.mp3",
        b"quiet/1.mp3",
    ):
        put(root + b"/" + name)
    for name in (b"pipe.mp3", b"cover.jpg", b"deep/album.cue", b"deep/1.lrc", b"quiet/.ndignore"):
        os.mkfifo(root + b"/" + name)
    for target, name in (
        (b"loop2.mp3", b"loop1.mp3"),
        (b"loop1.mp3", b"loop2.mp3"),
        (b"nowhere", b"dangling.mp3"),
        (b"nowhere", b"folder.jpg"),
        (b"..", b"deep/up"),
        (b".", b"here"),
        (b"/dev/zero", b"endless.mp3"),
        (b"/proc/self/mem", b"mem.mp3"),
        (b"pipe.mp3", b"to a pipe.mp3"),
        (b"a.MP3", b"to a file.mp3"),
    ):
        os.symlink(target, root + b"/" + name)  # noqa: PTH211
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(root + b"/socket.mp3")
    put(root + b"/empty.mp3", b"")
    put(root + b"/page.mp3", NOISE)
    put(root + b"/zeros.mp3", bytes(5000))
    put(root + b"/cut.mp3", GOOD[:20])
    return root


GOOD_ONES = {*NAMES, b"deep/1.mp3", b"x.mp3/1.mp3", b"new\nline/1.mp3"}
BAD_ONES = {b"empty.mp3", b"page.mp3", b"zeros.mp3", b"cut.mp3"}


@pytest.mark.parametrize("follow", [False, True])
def test_hazards(data: Path, hazards: bytes, forbidden: set[bytes], *, follow: bool) -> None:
    """What can be read is there, what cannot is named with the reason, the rest is passed over."""
    forbidden.add(hazards + b"/no entry")
    for _ in range(2):
        Scan(data, hazards, follow_symlinks=follow).whole()
        catalogue = Catalogue(data)
        try:
            catalogue.assert_sound()
            there = {path[len(hazards) + 1 :] for path in catalogue.ids()}
            bad = {path[len(hazards) + 1 :] for path in catalogue.errors()}
        finally:
            catalogue.close()
        assert there == GOOD_ONES | ({b"to a file.mp3"} if follow else set())
        assert bad == BAD_ONES
    for what, rows in export.EXPORTS.items():
        for row in rows(data):
            assert msgspec.json.decode(msgspec.json.encode(row)) == row, what


def test_refused_folder_is_named(data: Path, hazards: bytes, forbidden: set[bytes]) -> None:
    """A folder that cannot be read is booked, and what is known in it is not called gone."""
    Scan(data, hazards).whole()
    forbidden.add(hazards + b"/no entry")
    ctx: FakeContext = discovered(data, root_of(hazards))
    assert os.fsdecode(hazards) + "/no entry" in [item for item, _, _ in ctx.failed]
    Scan(data, hazards).whole()
    catalogue = Catalogue(data)
    try:
        assert hazards + b"/no entry/1.mp3" in catalogue.ids()
    finally:
        catalogue.close()


@pytest.mark.parametrize("becomes", ["pipe", "folder", "link", "nothing", "short", "other"])
def test_changes_while_it_is_read(data: Path, music: Path, becomes: str) -> None:
    """A file that is something else when it is to be read does no harm; the next scan is right."""
    music.mkdir()
    root, path = os.fsencode(music), music / "1.mp3"
    path.write_bytes(GOOD)
    (music / "2.mp3").write_bytes(GOOD)
    scan = Scan(data, root)
    jobs = scan.discovered()
    path.unlink()
    if becomes == "pipe":
        os.mkfifo(path)
    elif becomes == "folder":
        path.mkdir()
    elif becomes == "link":
        path.symlink_to("/dev/zero")
    elif becomes == "short":
        path.write_bytes(GOOD[:1000])
    elif becomes == "other":
        path.write_bytes(content(b".mp3", (("title", "Other"),), b""))
    for job in jobs:
        scan.job(job)
    scan.close()
    Scan(data, root).whole()
    Scan(data / "whole", root).whole()
    one, whole = Catalogue(data), Catalogue(data / "whole")
    try:
        assert one.exported("tracks") == whole.exported("tracks")
        assert one.errors().keys() == whole.errors().keys()
    finally:
        one.close()
        whole.close()


@pytest.mark.parametrize("becomes", ["pipe", "link"])
def test_known_file_becomes_no_file(data: Path, music: Path, becomes: str) -> None:
    """A known file in whose place is a named pipe or a device now is gone."""
    music.mkdir()
    root, path = os.fsencode(music), music / "1.mp3"
    path.write_bytes(GOOD)
    (music / "2.mp3").write_bytes(GOOD)
    Scan(data, root).whole()
    path.unlink()
    os.mkfifo(path) if becomes == "pipe" else path.symlink_to("/dev/zero")
    Scan(data, root).whole()
    catalogue = Catalogue(data)
    try:
        assert catalogue.ids().keys() == {root + b"/2.mp3"}
    finally:
        catalogue.close()


def test_the_root_itself(data: Path, music: Path) -> None:
    """A root that is gone, or is a file now, is told of once and ends nothing."""
    root = os.fsencode(music)
    for _ in range(2):
        ctx = discovered(data, Root(path=root, options=root_of(root).options))
        assert len(ctx.failed) == 1
        assert not ctx.spawned
        music.write_bytes(GOOD) if not music.exists() else music.unlink()
