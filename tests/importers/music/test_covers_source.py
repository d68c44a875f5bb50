"""The bytes of a picture come from any file that has it, and are the ones the scan saw."""

import base64
import os
import struct
from pathlib import Path

import pytest
from mutagen.apev2 import APEv2, APEValue
from mutagen.id3 import APIC, ID3

from soniq_tui.importers.music import store
from soniq_tui.importers.music.covers import source
from soniq_tui.importers.music.covers.source import fetch
from soniq_tui.importers.music.demo import MASTERS, master
from soniq_tui.importers.music.tags import Unusable
from soniq_tui.model.job import ErrorKind
from tests.importers.music.pictures import covers, jpeg, song, stored
from tests.importers.music.tagging import tagged

COVER = jpeg((300, 300)) + bytes(range(256)) * 50
"""Larger than what its key is made of."""


def kind_of(data_dir: Path, cover_id: int = 1) -> ErrorKind:
    """Return of which kind the fault is when the picture cannot be had."""
    connection = store.reader(data_dir)
    assert connection is not None
    try:
        asked = source.wanted(connection, cover_id)
    finally:
        connection.close()
    assert asked is not None
    with pytest.raises(Unusable) as caught:
        source.read(asked)
    return caught.value.kind


@pytest.mark.parametrize("name", MASTERS)
def test_embedded_in_every_format(name: str, music: Path, data: Path) -> None:
    """What was put into the tags of a file comes out of it, byte by byte."""
    music.mkdir()
    path = music / f"song.{name}"
    path.write_bytes(tagged(name, {"title": ["A"]}, COVER))
    stored(data, path)
    assert [row["length"] for row in covers(data)] == [len(COVER)]
    assert fetch(data, 1) == COVER


def test_in_tags_that_are_not_the_file_s_own(music: Path, data: Path) -> None:
    """A picture in an APEv2 tag behind an MP3, or in ID3 before a FLAC file, is found."""
    music.mkdir()
    mp3, flac = music / "a.mp3", music / "b.flac"
    mp3.write_bytes(master("mp3"))
    tag = APEv2()
    tag["Cover Art (Front)"] = APEValue(b"cover.jpg\0" + COVER, 1)
    tag.save(mp3)
    flac.write_bytes(master("flac"))
    other = COVER + b"other"
    id3 = ID3()
    id3.add(APIC(encoding=0, mime="image/jpeg", type=3, desc="", data=other))
    id3.save(flac)
    stored(data, mp3, flac)
    assert [fetch(data, 1), fetch(data, 2)] == [COVER, other]


@pytest.mark.parametrize("name", ["wv", "ape", "mp3"])
def test_in_a_tag_with_an_item_of_another_charset(name: str, music: Path, data: Path) -> None:
    """A picture in an APE tag is found though another item of it is bad, in its own file or not."""
    path = music / f"a.{name}"
    music.mkdir()
    cover = b"Cover Art (Front)\0x.jpg\0" + COVER
    items = (len(COVER) + 6).to_bytes(4, "little") + b"\2\0\0\0" + cover
    items += b"\1\0\0\0\0\0\0\0Title\0\xe9"
    footer = b"APETAGEX" + struct.pack("<4I8x", 1000, len(items) + 32, 2, 0)
    path.write_bytes(master(name) + items + footer)
    stored(data, path)
    assert fetch(data, 1) == COVER


def test_the_older_comment_of_ogg_files(music: Path, data: Path) -> None:
    """A COVERART comment holds a picture alone; one that is damaged is passed over."""
    import mutagen

    path = song(music / "a.ogg")
    file = mutagen.File(path)
    assert file is not None
    good = base64.b64encode(COVER).decode()
    file["metadata_block_picture"] = ["!!!"]
    file["coverart"] = [good]
    file.save()
    stored(data, path)
    assert fetch(data, 1) == COVER


def test_of_several_the_one_that_was_chosen(music: Path, data: Path) -> None:
    """Of several pictures in a tag the one comes that the scan chose: the front cover."""
    path = song(music / "a.mp3")
    id3 = ID3(path)
    for number, kind in enumerate((4, 3, 6)):
        image = COVER + bytes([number])
        id3.add(APIC(encoding=0, mime="image/jpeg", type=kind, desc=str(number), data=image))
    id3.save(path)
    stored(data, path)
    assert fetch(data, 1) == COVER + b"\1"


def test_beside_the_music_and_above_it(music: Path, data: Path) -> None:
    """A picture beside the music is read from where it lies."""
    path = song(music / "a" / "a.mp3")
    (path.parent / "cover.jpg").write_bytes(COVER)
    stored(data, path)
    assert fetch(data, 1) == COVER


def test_another_file_that_has_it(music: Path, data: Path) -> None:
    """When a file is gone or was tagged anew, the next one that has the picture is read."""
    paths = [song(music / f"{number}.flac", COVER) for number in range(3)]
    stored(data, *paths)
    paths[0].unlink()
    song(paths[1], COVER + b"new")
    assert fetch(data, 1) == COVER
    song(paths[2])
    assert fetch(data, 1) == "it is no longer there"
    assert kind_of(data) is ErrorKind.VANISHED


def test_another_picture_of_the_same_size_is_not_taken(music: Path, data: Path) -> None:
    """What has another key is another picture, though it has the same length and name."""
    path = song(music / "a.mp3")
    (music / "cover.jpg").write_bytes(COVER)
    stored(data, path)
    (music / "cover.jpg").write_bytes(COVER[:-1] + b"!")
    assert fetch(data, 1) == "it is not what the last scan saw; scan again"
    assert kind_of(data) is ErrorKind.VANISHED


@pytest.mark.parametrize("what", ["link", "pipe", "folder", "nothing"])
def test_what_took_the_place_of_a_picture(what: str, music: Path, data: Path) -> None:
    """A link, a pipe or a folder where the picture was is not followed, nor waited for."""
    path = song(music / "a.mp3")
    cover = music / "cover.jpg"
    cover.write_bytes(COVER)
    stored(data, path)
    cover.rename(music / "other.jpg")
    if what == "link":
        cover.symlink_to("other.jpg")
    elif what == "pipe":
        os.mkfifo(cover)
    elif what == "folder":
        cover.mkdir()
    assert isinstance(fetch(data, 1), str)
    assert kind_of(data) is ErrorKind.VANISHED


@pytest.mark.parametrize("rest", [b"", b"OggS" + bytes(100), b"ID3\x04\0\0\x7f\x7f\x7f\x7f" * 9])
def test_a_file_that_is_none_any_more(rest: bytes, music: Path, data: Path) -> None:
    """An audio file that was overwritten by something else is told of, and nothing is raised."""
    path = song(music / "a.mp3", COVER)
    stored(data, path)
    path.write_bytes(rest)
    assert fetch(data, 1) == "it is not what the last scan saw; scan again"


def test_too_big(music: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture beyond the bound is not read, and a tag is not read for ever."""
    path = song(music / "a.mp3", COVER)
    stored(data, path)
    monkeypatch.setattr(source, "MAX_BYTES", len(COVER) - 1)
    assert kind_of(data) is ErrorKind.TOO_BIG
    monkeypatch.setattr(source, "MAX_BYTES", len(COVER))
    monkeypatch.setattr(source._Bounded, "left", 5000)
    assert kind_of(data) is ErrorKind.TOO_BIG


def test_what_is_not_known(music: Path, data: Path) -> None:
    """Without a library, or with a number that it does not have, the answer is in words."""
    assert fetch(data, 1) == "there is no music library yet"
    stored(data, song(music / "a.mp3", COVER))
    assert fetch(data, 7) == "there is no such picture in the library"
