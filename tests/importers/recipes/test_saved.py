"""Pages that browsers save in one file, with all that belongs to them."""

import gzip
import plistlib
import quopri
import time
from pathlib import Path

import pytest

from soniq_tui.importers.recipes import demo, pages, plan, save, scraper, web_archives
from soniq_tui.importers.recipes.scraper import ScrapeError, Work
from soniq_tui.importers.recipes.words import RecipeOptions
from soniq_tui.model.job import ErrorKind

ADDRESS = "https://a.example/soup"
PAGE = demo.jsonld(demo.SOUP)


def mhtml(page: str, charset: str, address: str) -> bytes:
    """Return what Chrome saves: the picture before the page, which is no attachment."""
    return b"\r\n".join(
        [
            b"From: <Saved by Blink>",
            f"Snapshot-Content-Location: {address}".encode(),
            b"MIME-Version: 1.0",
            b'Content-Type: multipart/related; type="text/html"; boundary="--x--"',
            b"",
            b"----x--",
            b"Content-Type: image/png",
            b"Content-Transfer-Encoding: base64",
            b"",
            b"AAAA",
            b"----x--",
            f"Content-Type: text/html; charset={charset}".encode(),
            b"Content-Transfer-Encoding: quoted-printable",
            f"Content-Location: {address}".encode(),
            b"",
            quopri.encodestring(page.encode(charset)),
            b"----x----",
            b"",
        ]
    )


def webarchive(page: str, charset: str, address: str, form: plistlib.PlistFormat) -> bytes:
    main = {
        "WebResourceData": page.encode(charset),
        "WebResourceURL": address,
        "WebResourceMIMEType": "text/html",
        "WebResourceTextEncodingName": charset,
    }
    return plistlib.dumps({"WebMainResource": main, "WebSubresources": []}, fmt=form)


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
@pytest.mark.parametrize("form", [None, *plistlib.PlistFormat])
async def test_a_page_in_one_file(tmp_path: Path, form, charset: str) -> None:
    """Its recipe is read, and its address is the one that the browser noted."""
    file = tmp_path / ("soup.webarchive" if form else "soup.MHTML")
    made = webarchive(PAGE, charset, ADDRESS, form) if form else mhtml(PAGE, charset, ADDRESS)
    file.write_bytes(made)
    (job,) = plan.plan(RecipeOptions(sources=(str(file),)), tmp_path).jobs
    assert (job.stage, job.label) == ("scrape", str(file))
    assert pages.read(file).text.strip() == PAGE.strip()
    name = await scraper.scrape(Work(file=file, folder=tmp_path / "out"))
    recipe = save.read(tmp_path / "out" / f"{name}{save.SUFFIX}")
    assert (recipe["name"], recipe["url"]) == (demo.SOUP.name, ADDRESS)


@pytest.mark.parametrize("address", ["", "file:///etc/passwd", "cid:x", "https://[bad"])
async def test_addresses_that_are_none(tmp_path: Path, address: str) -> None:
    """A page without one, or with one of a machine, has that of its file."""
    file = tmp_path / "soup.mht"
    file.write_bytes(mhtml(PAGE, "utf-8", address))
    name = await scraper.scrape(Work(file=file, folder=tmp_path / "out"))
    assert save.read(tmp_path / "out" / f"{name}{save.SUFFIX}")["url"] == file.as_uri()


@pytest.mark.parametrize(
    "data",
    [b"", b"bplist00", b"<plist>", b"<?xml version='1.0'?><plist><array/></plist>", b"%PDF-1.7",
     b"bplist00" + b"\xff" * 90, mhtml(PAGE, "utf-8", ADDRESS).replace(b"text/html", b"text/css")],
)  # fmt: skip
@pytest.mark.parametrize("suffix", [".webarchive", ".mhtml"])
async def test_damaged_ones(tmp_path: Path, data: bytes, suffix: str) -> None:
    """One without a page in it says so, whatever it holds."""
    file = tmp_path / f"soup{suffix}"
    file.write_bytes(data)
    with pytest.raises(ScrapeError) as caught:
        await scraper.scrape(Work(file=file, folder=tmp_path / "out"))
    assert caught.value.kind is ErrorKind.UNSUPPORTED


def test_parts_within_parts_without_end() -> None:
    """What is nested deeper than anybody can follow has no page, and takes no time."""
    part = "Content-Type: multipart/mixed; boundary=x{0}\r\n\r\n--x{0}\r\n"
    began_s = time.thread_time()
    assert web_archives.page_of("".join(part.format(n) for n in range(1000)).encode()) is None
    assert web_archives.page_of(b"<plist>" + b"<array>" * 10_000) is None
    assert time.thread_time() - began_s < 0.3


async def test_entities_do_not_multiply(tmp_path: Path) -> None:
    """A property list of a stranger defines nothing."""
    file = tmp_path / "soup.webarchive"
    bomb = '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaa">]><plist><dict/></plist>'
    file.write_text(bomb)
    with pytest.raises(ScrapeError, match="no page"):
        await scraper.scrape(Work(file=file, folder=tmp_path / "out"))


async def test_a_page_that_somebody_packed(tmp_path: Path) -> None:
    """It is read, though it does not begin with where it came from, as those that we keep."""
    file = tmp_path / "soup.html.gz"
    file.write_bytes(gzip.compress(PAGE.encode("cp1252")))
    name = await scraper.scrape(Work(file=file, folder=tmp_path / "out"))
    assert save.read(tmp_path / "out" / f"{name}{save.SUFFIX}")["name"] == demo.SOUP.name


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(PAGE.encode())[:-20],
        b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"garbage" * 9,
        PAGE.encode(),
    ],
    ids=["cut", "garbage", "plain"],
)
def test_a_packed_page_that_is_damaged(tmp_path: Path, data: bytes) -> None:
    """It cannot be read, which is no fault of the program; its job says why."""
    for name in ("soup.html.gz", "pasted-soup.html.gz"):
        file = tmp_path / name
        file.write_bytes(data)
        with pytest.raises(OSError, match=r"."):
            pages.read(file)
    assert len(plan.plan(RecipeOptions(sources=(str(file),)), tmp_path).jobs) == 1
