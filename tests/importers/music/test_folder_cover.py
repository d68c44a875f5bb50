"""Which picture beside the music is its cover."""

import os
from pathlib import Path

import pytest

from soniq_tui.importers.music.sides.folder_cover import choose_cover
from soniq_tui.importers.music.tags.pictures import choose, picture

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
PNG = b"\x89PNG\r\n\x1a\n" + bytes(9000)


def laid(folder: Path, **files: bytes) -> bytes:
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    return os.fsencode(folder)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([b"front.jpg", b"folder.jpg", b"cover.jpg", b"album.jpg"], b"cover.jpg"),
        ([b"front.jpg", b"Folder.JPG"], b"Folder.JPG"),
        ([b"album.jpg", b"front.jpg"], b"front.jpg"),
        ([b"artwork.png", b"AlbumArt.jpg", b"AlbumArtSmall.jpg"], b"AlbumArt.jpg"),
        ([b"artwork.png", b"art.jpg"], b"artwork.png"),
        ([b"back.jpg", b"disc.jpg", b"cover.txt", b"album.cue"], None),
        ([b"cover.png", b"cover.jpg"], b"cover.jpg"),
        ([], None),
    ],
)
def test_the_name_decides(tmp_path: Path, names: list[bytes], chosen: bytes | None) -> None:
    """Cover goes before folder, front, album and artwork, in any case; others do not count."""
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(JPEG)
    found = choose_cover(os.fsencode(tmp_path), names)
    assert (found and found.file) == chosen


def test_what_lies_in_the_folder_goes_before_what_lies_above(tmp_path: Path) -> None:
    """A disc folder takes its own picture, whatever its name, and else the album's."""
    disc = tmp_path / "CD1"
    disc.mkdir()
    laid(tmp_path, cover__jpg=JPEG)
    laid(disc, album__png=PNG)
    own = choose_cover(os.fsencode(disc), [b"../cover.jpg", b"album.png"])
    assert own is not None
    assert (own.file, own.mime) == (b"album.png", "image/png")
    above = choose_cover(os.fsencode(disc), [b"../cover.jpg"])
    assert above is not None
    assert (above.source, above.file) == ("folder", b"../cover.jpg")


def test_the_key_is_that_of_the_same_picture_in_a_tag(tmp_path: Path) -> None:
    """A picture beside the music and the same one in a tag are known as one."""
    beside = choose_cover(laid(tmp_path, cover__jpg=JPEG), [b"cover.jpg"])
    embedded = choose([picture(3, "image/jpeg", JPEG)])
    assert beside is not None
    assert embedded is not None
    assert (beside.key, beside.length) == (embedded.key, len(JPEG))


def test_what_is_no_picture_is_passed_over(tmp_path: Path) -> None:
    """A web page, an empty file, a link, a pipe, a folder and a name that is gone do not count."""
    folder = laid(tmp_path, cover__jpg=b"<html>", cover__jpeg=b"", album__webp=JPEG)
    (tmp_path / "folder.jpg").symlink_to("album.webp")
    os.mkfifo(tmp_path / "front.jpg")
    (tmp_path / "front.png").mkdir()
    names = [os.fsencode(entry.name) for entry in tmp_path.iterdir()]
    found = choose_cover(folder, [*names, b"cover.webp"])
    assert found is not None
    assert (found.file, found.mime) == (b"album.webp", "image/jpeg")


def test_what_is_no_picture_is_told_where_there_is_none(tmp_path: Path) -> None:
    """A web page under the name of a cover counts, without a kind, as long as nothing better is."""
    disc = tmp_path / "CD1"
    disc.mkdir()
    page = b"<!DOCTYPE html><title>404</title>" + bytes(3000)
    laid(disc, folder__jpg=b"no picture either", cover__jpg=page, front__png=b"")
    names = [b"folder.jpg", b"cover.jpg", b"front.png"]
    found = choose_cover(os.fsencode(disc), names)
    assert found is not None
    assert (found.file, found.mime, found.length) == (b"cover.jpg", None, len(page))
    laid(tmp_path, album__png=PNG)
    above = choose_cover(os.fsencode(disc), [*names, b"../album.png"])
    assert above is not None
    assert above.file == b"../album.png"
    assert choose_cover(os.fsencode(disc), [b"front.png"]) is None
