"""The walk on real trees: what is found in which order, and what is passed over."""

import os
import socket
from pathlib import Path

import msgspec
import pytest

from soniq_tui.importers.music.words import Chunk
from soniq_tui.model.job import ErrorKind
from tests.importers.music.library import (
    below,
    discovered,
    root_of,
    seen,
    tree,
)


def test_order(data: Path, music: Path) -> None:
    """The files of a folder come first, then its folders, each sorted by bytes."""
    root = tree(music, "b/z.mp3", "b/a/x.mp3", "b.mp3", "a/1.mp3", "z.mp3", "B.mp3")
    assert seen(data, root) == [b"B.mp3", b"b.mp3", b"z.mp3", b"a/1.mp3", b"b/z.mp3", b"b/a/x.mp3"]


def test_endings(data: Path, music: Path) -> None:
    """Endings count whatever their case; files without a known one do not."""
    root = tree(music, "a.MP3", "b.Flac", "c.jpg", "mp3", "d.mp3.part", "e.", "f.mp+")
    assert seen(data, root) == [b"a.MP3", b"b.Flac", b"f.mp+"]


def test_strange_names(data: Path, music: Path) -> None:
    """Names that are no UTF-8, hold newlines or are 255 bytes long are files like others."""
    names = [b"caf\xe9.mp3", b"new\nline\t.mp3", b"n" * 251 + b".mp3", b" .mp3", b"\xff/\xfe.mp3"]
    root = tree(music, *names)
    ctx = discovered(data, root_of(root))
    assert sorted(below(root, ctx.spawned)) == sorted(names)
    assert not ctx.failed
    assert (
        msgspec.msgpack.decode(msgspec.msgpack.encode(ctx.spawned[0]["payload"]), type=Chunk)
        == (ctx.spawned[0]["payload"])
    )


def test_folder_named_like_a_file(data: Path, music: Path) -> None:
    """A folder named x.mp3 is a folder."""
    assert seen(data, tree(music, "x.mp3/inner.mp3")) == [b"x.mp3/inner.mp3"]


def test_special_files(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FIFOs and sockets are passed over without being opened and without a word."""
    root = tree(tmp_path / "m", "a.mp3")
    os.mkfifo(root + b"/fifo.mp3")
    os.mkfifo(root + b"/.mpdignoreX")
    monkeypatch.chdir(tmp_path / "m")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("sock.mp3")
        ctx = discovered(data, root_of(root))
    assert below(root, ctx.spawned) == [b"a.mp3"]
    assert not ctx.failed


def test_hidden_and_system_names(data: Path, music: Path) -> None:
    """Hidden files and folders and those of NAS boxes and file systems are ignored."""
    root = tree(
        music,
        *("a.mp3", ".b.mp3", "._a.mp3", ".hid/x.mp3", "@eaDir/x.mp3", "#recycle/x.mp3"),
        *("$RECYCLE.BIN/x.mp3", "lost+found/x.mp3", ".Trash-1000/x.mp3", "k/@eaDir/x.mp3"),
    )
    assert seen(data, root) == [b"a.mp3"]


@pytest.mark.parametrize("mark", [".nomedia", ".ndignore", ".mpdignore"])
def test_marked_folder(data: Path, music: Path, mark: str) -> None:
    """An empty mark has its folder and all below ignored."""
    root = tree(music, "a.mp3", "no/x.mp3", "no/below/x.mp3")
    (music / "no" / mark).touch()
    assert seen(data, root) == [b"a.mp3"]


def test_marked_root(data: Path, music: Path) -> None:
    """A mark in the root has nothing scanned."""
    assert seen(data, tree(music, "a.mp3", ".nomedia")) == []


@pytest.mark.parametrize("mark", [".ndignore", ".mpdignore"])
def test_ignore_globs(data: Path, music: Path, mark: str) -> None:
    """Globs in a mark ignore what they match, there and below, and nothing else."""
    root = tree(music, "a.mp3", "k/a.mp3", "k/live.mp3", "k/sub/live 2.mp3", "k/demo/a.mp3")
    (music / "k" / mark).write_text("# a comment\n\nlive*\ndemo/\n")
    assert seen(data, root) == [b"a.mp3", b"k/a.mp3"]


def test_unreadable_mark(data: Path, music: Path) -> None:
    """A mark that cannot be read is told and ignores nothing."""
    root = tree(music, "k/a.mp3")
    (music / "k" / ".mpdignore").mkdir()
    ctx = discovered(data, root_of(root))
    assert below(root, ctx.spawned) == [b"k/a.mp3"]
    assert [(f[0], f[1]) for f in ctx.failed] == [
        (f"{music}/k/.mpdignore", ErrorKind.UNREADABLE),
    ]


def test_include_and_exclude(data: Path, music: Path) -> None:
    """Globs match the path below the root or the name; excluded folders are not entered."""
    root = tree(music, "a.mp3", "a.flac", "live/b.flac", "k/live/c.flac", "k/d.flac")
    assert seen(data, root, include=("*.flac",), exclude=("live",)) == [b"a.flac", b"k/d.flac"]
    assert seen(data, root, include=("k/*",)) == [b"k/d.flac", b"k/live/c.flac"]
    assert seen(data, root, exclude=("k/live/*", "*.mp3", "live/")) == [b"a.flac", b"k/d.flac"]


def test_links_are_left_alone(data: Path, music: Path) -> None:
    """Without being asked discovery follows no link, of a file or of a folder."""
    root = tree(music, "ok/a.mp3")
    (music / "link.mp3").symlink_to("ok/a.mp3")
    (music / "linkdir").symlink_to("ok")
    (music / "dangling.mp3").symlink_to("nowhere")
    assert seen(data, root) == [b"ok/a.mp3"]


def test_links_followed_inside(data: Path, tmp_path: Path, music: Path) -> None:
    """Followed links lead to what is inside the scanned roots, each folder once, never in rings."""
    root = tree(music, "ok/a.mp3", ".store/s.mp3", "loop/b.mp3")
    other = tree(tmp_path / "other", "o.mp3")
    tree(tmp_path / "outside", "secret.mp3")
    for name, target in (
        ("loop/self", "."),
        ("loop/up", ".."),
        ("loop/ring.mp3", "ring.mp3"),
        ("zlinkdir", "ok"),
        ("link.mp3", "ok/a.mp3"),
        ("out", tmp_path / "outside"),
        ("out.mp3", tmp_path / "outside/secret.mp3"),
        ("stored", ".store"),
        ("sibling", tmp_path / "other"),
        ("dangling.mp3", "nowhere"),
    ):
        (music / name).symlink_to(target)
    paths = (os.fsdecode(root), os.fsdecode(other))
    assert seen(data, root, follow_symlinks=True, paths=paths) == [
        *(b"link.mp3", b"loop/b.mp3", b"ok/a.mp3", b"sibling/o.mp3", b"stored/s.mp3"),
    ]
