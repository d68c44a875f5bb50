"""Files that are named: texts of any charset are read, and what is no text is refused."""

from pathlib import Path

import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes import sources
from soniq_tui.importers.recipes.words import RecipeOptions

A, B = "http://a.example/x", "http://b.example/y"
TEXT = "Crème\n\nIngrédients\n4 œufs\n100 g de sucre\n\nPréparation\nMélanger le tout.\n"
MHTML = (
    b"From: <Saved by Blink>\r\nSnapshot-Content-Location: http://a.example/x\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="text/html"\r\n\r\n'
    b"--x\r\nContent-Type: text/html\r\n\r\n<p>http://a.example/x\r\n"
)


def named(*names: object) -> sources.Wanted:
    return sources.wanted(RecipeOptions(sources=tuple(map(str, names))))


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "cp1252"])
def test_lists_and_texts_in_any_charset(tmp_path: Path, charset: str) -> None:
    """What Windows writes, too: with a mark, in UTF-16, in its own charset."""
    listed, text = tmp_path / "urls.txt", tmp_path / "soup.txt"
    listed.write_bytes(f"# é\r\n{A}\r\n\r\n{B}\r\n".encode(charset))
    text.write_bytes(TEXT.encode(charset))
    found = named(listed, text)
    assert (found.urls, found.files, found.left_out) == ([A, B], [text], [])


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("soup.pdf", b"%PDF-1.7\n<</URI(http://a.example/x)>>", "application/pdf"),
        ("soup.docx", b"PK\x03\x04 http://a.example/x", "application/zip"),
        ("soup.jpg", b"\xff\xd8\xff\xe0 http://a.example/x", "image/jpeg"),
        ("soup.list", b"bplist00\xd1 http://a.example/x\0", "application/x-webarchive"),
        ("soup.txt", MHTML, "multipart/related (MHTML)"),
        ("soup.bin", b"\x01\x02 http://a.example/x\0\0", "application/octet-stream"),
    ],
)
def test_files_that_are_no_texts(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    """Addresses are not fished out of a PDF or a saved archive: what to give is said instead."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError) as caught:
        named(tmp_path / name)
    assert str(caught.value) == (
        f"{tmp_path / name} is no text, but {kind}; "
        "give addresses, a text, or the page saved as HTML alone"
    )


def test_lists_that_begin_with_a_bracket(tmp_path: Path) -> None:
    """A shortcut of Windows and a link of Markdown are no JSON arrays."""
    shortcut, listed = tmp_path / "soup.url", tmp_path / "links.list"
    shortcut.write_text(f"[InternetShortcut]\nURL={A}\n")
    listed.write_text(f"[a soup]({B})\n")
    assert named(shortcut, listed).urls == [A, B]


def test_addresses_without_a_blank_between() -> None:
    """One ends where the next begins; within one another may stand."""
    archived = "http://web.example/2020/http://a.example/x"
    assert named(f"{A};{B},{archived}").urls == [A, B, archived]


def test_addresses_end_before_what_steers_machines() -> None:
    """An address has no control characters: no command line can take them."""
    assert named(f"{A}\0\x08rest\n{B}\x1b[2J\x9b").urls == [A, B]
    assert named("a.example/x\0rest\n").urls == ["https://a.example/x"]


def test_letters_with_pictures(tmp_path: Path) -> None:
    """A letter is a text, also one of several parts."""
    (tmp_path / "a.eml").write_bytes(
        b"From: <ada@a.example>\nContent-Type: multipart/related\n\nhttp://a.example/x\n"
    )
    assert named(tmp_path / "a.eml").urls == [A]
