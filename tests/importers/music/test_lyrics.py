"""Lyrics beside the music: which file, what is read of it, when it counts."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.importers.music.sides import lyrics
from soniq_tui.importers.music.words import Track

LRC = "[ti:Svefn-g-englar]\n[00:12.00]Ég er kominn aftur\n[00:21.30]inn í þig\n"
RUSSIAN = (
    "[00:01.00]Тёплое место, но улицы ждут\n[00:04.50]Отпечатков наших ног\n"
    "[00:08.10]Звёздная пыль на сапогах\n"
)


def put(folder: Path, name: str, data: bytes) -> bytes:
    (folder / name).write_bytes(data)
    return name.encode()


def track(path: bytes = b"/m/song.mp3", text: str | None = None) -> Track:
    return Track(path=path, size=1, mtime_ns=1, ctime_ns=1, inode=1, device=1, lyrics=text)


@pytest.mark.parametrize(
    ("name", "song"),
    [
        ("song.lrc", b"song.mp3"),
        ("Song.LRC", b"song.Flac"),
        ("a.b.lrc", b"a.b.ogg"),
        ("Café.lrc", "Cafe\u0301.mp3".encode()),
    ],
)
def test_which_file(tmp_path: Path, name: str, song: bytes) -> None:
    """Lyrics belong to the song of their stem, in any case and composition; times stay."""
    find = lyrics.beside(bytes(tmp_path), [put(tmp_path, name, LRC.encode()), b"cover.jpg"])
    assert find(song) == LRC.strip()
    assert find(b"other.mp3") is None


def test_other_files_do_not_count(tmp_path: Path) -> None:
    """Only ``.lrc`` holds lyrics, and a folder without any has none."""
    names = [put(tmp_path, "song.txt", b"x"), put(tmp_path, "song.lrc.bak", b"x"), b"song"]
    assert lyrics.beside(bytes(tmp_path), names)(b"song.mp3") is None
    assert lyrics.beside(bytes(tmp_path), [])(b"song.mp3") is None


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (LRC, "utf-8"),
        (LRC, "utf-8-sig"),
        (LRC, "utf-16"),
        (LRC, "cp1252"),
        (RUSSIAN, "cp1251"),
        ("[00:01.00]月亮代表我的心\n[00:02.00]你问我爱你有多深\n[00:03.00]我的情也真", "gbk"),
        ("[00:01.00]時の流れに身をまかせ\n[00:02.00]あなたの色に染められ", "shift_jis"),
    ],
)
def test_charsets(text: str, codec: str) -> None:
    """Lyrics are read in Unicode and in the charsets of old."""
    assert lyrics.text(text.encode(codec)) == text.strip()


def test_control_characters() -> None:
    """Line ends become one kind; other control characters but tabs go."""
    assert lyrics.text(b"[00:01]a\tb\x1b[31m\x00\r\nc\rd\x07") == "[00:01]a\tb[31m\nc\nd"
    assert lyrics.text(b"\x00\x1b\r\n") is None


def test_what_is_no_file(tmp_path: Path) -> None:
    """Pipes, folders, links and what is gone hold no lyrics, and nothing waits for them."""
    os.mkfifo(tmp_path / "pipe.lrc")
    (tmp_path / "dir.lrc").mkdir()
    put(tmp_path, "real.lrc", b"x")
    (tmp_path / "link.lrc").symlink_to(tmp_path / "real.lrc")
    stems = (b"pipe", b"dir", b"link", b"gone")
    find = lyrics.beside(bytes(tmp_path), [stem + b".lrc" for stem in stems])
    assert [find(stem + b".mp3") for stem in stems] == [None] * 4


def test_bounded(tmp_path: Path) -> None:
    """Of a huge file 64 KiB are read."""
    find = lyrics.beside(bytes(tmp_path), [put(tmp_path, "song.lrc", b"la \n" * 1_000_000)])
    assert len(find(b"song.mp3") or "") <= 64 * 1024


def test_tag_wins(tmp_path: Path) -> None:
    """Lyrics in the tag win over those beside the file, which fill in where there are none."""
    find = lyrics.beside(bytes(tmp_path), [put(tmp_path, "song.lrc", LRC.encode())])
    assert lyrics.added(track(text="own"), find).lyrics == "own"
    assert lyrics.added(track(), find).lyrics == LRC.strip()
    assert lyrics.added(track(b"/m/other.mp3"), find) == track(b"/m/other.mp3")


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Any bytes are lyrics or none, without control characters."""
    found = lyrics.text(data)
    assert found is None or (found.encode() and not set(map(ord, found)) & {0, 7, 13, 27, 0x9B})
