"""What a picture is, whatever it claims to be."""

import io
import resource
import time
from collections.abc import Callable

import pytest
from PIL import Image

from soniq_tui.importers.music.covers import image
from soniq_tui.importers.music.covers.image import look
from soniq_tui.model.job import ErrorKind
from tests.importers.music.pictures import (
    BLUE,
    RED,
    at,
    encoded,
    flag,
    jpeg,
    near,
    png_header,
    turned,
)

GOOD: dict[str, tuple[Callable[[], bytes], str]] = {
    "jpeg": (jpeg, "image/jpeg"),
    "progressive jpeg": (lambda: jpeg(progressive=True), "image/jpeg"),
    "cmyk jpeg": (lambda: encoded(flag("CMYK"), "JPEG"), "image/jpeg"),
    "png": (lambda: encoded(flag(), "PNG"), "image/png"),
    "palette png": (lambda: encoded(flag("P"), "PNG"), "image/png"),
    "alpha png": (lambda: encoded(flag("RGBA"), "PNG"), "image/png"),
    "webp": (lambda: encoded(flag(), "WEBP", quality=90), "image/webp"),
    "lossless webp": (lambda: encoded(flag("RGBA"), "WEBP", lossless=True), "image/webp"),
    "gif": (lambda: encoded(flag("P"), "GIF"), "image/gif"),
    "animated gif": (
        lambda: encoded(flag(), "GIF", save_all=True, append_images=[flag().rotate(180)]),
        "image/gif",
    ),
    "animated webp": (
        lambda: encoded(flag(), "WEBP", save_all=True, append_images=[flag().rotate(180)]),
        "image/webp",
    ),
    "bmp": (lambda: encoded(flag(), "BMP"), "image/bmp"),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_format(name: str) -> None:
    """Each format has its size, its kind and the colours of its first picture."""
    make, mime = GOOD[name]
    found = look(make())
    assert found.problem is None
    assert (found.mime, found.width, found.height) == (mime, 400, 200)
    assert len(found.sha256) == 64
    assert found.thumbnail is not None
    small = Image.open(io.BytesIO(found.thumbnail))
    assert (small.format, small.size) == ("JPEG", (320, 160))
    assert near(at(found.thumbnail, 0.2), RED)
    assert near(at(found.thumbnail, 0.8), BLUE)


def test_grey_pictures_keep_their_brightness() -> None:
    """A grey picture of 1, 8 or 16 bits is as bright in its thumbnail as it was."""
    deep = Image.new("I;16", (40, 40), 0x8000)
    for picture in (deep, Image.new("L", (40, 40), 128)):
        found = look(encoded(picture, "PNG"))
        assert found.thumbnail is not None
        assert near(at(found.thumbnail, 0.5), (128, 128, 128), 3)
    found = look(encoded(Image.new("1", (40, 40), 1), "PNG"))
    assert found.thumbnail is not None
    assert near(at(found.thumbnail, 0.5), (255, 255, 255), 3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_what_is_clear_shows_a_neutral_ground(mode: str) -> None:
    """Where a picture is transparent, by whatever means, its thumbnail is grey."""
    if mode == "RGB":  # one colour is clear
        data = encoded(Image.new("RGB", (40, 40), (9, 9, 9)), "PNG", transparency=(9, 9, 9))
    elif mode == "P":
        data = encoded(Image.new("P", (40, 40), 0), "GIF", transparency=0)
    else:
        data = encoded(Image.new(mode, (40, 40)), "PNG")
    found = look(data)
    assert found.thumbnail is not None
    assert near(at(found.thumbnail, 0.5), image.GROUND, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_turn_of_a_camera_is_applied(orientation: int) -> None:
    """Size and thumbnail are as the picture is to be seen, for all eight orientations of EXIF."""
    found = look(turned(orientation))
    assert found.thumbnail is not None
    if orientation <= 4:
        assert (found.width, found.height) == (400, 200)
        left = BLUE if orientation in {2, 3} else RED
        assert near(at(found.thumbnail, 0.2), left)
    else:
        assert (found.width, found.height) == (200, 400)
        top = RED if orientation in {5, 6} else BLUE
        assert near(at(found.thumbnail, 0.5, 0.2), top)


def test_damaged_exif_is_no_part_of_the_picture() -> None:
    """A picture with nonsense in its EXIF is shown as it is."""
    found = look(jpeg(exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(40)))
    assert found.problem is None
    assert found.thumbnail is not None


def test_small_pictures_stay_as_they_are() -> None:
    """A picture of 1 by 1 has a thumbnail of 1 by 1, a very long one keeps a pixel of height."""
    for size, small in (((1, 1), (1, 1)), ((300, 20), (300, 20)), ((4000, 2), (320, 1))):
        found = look(encoded(flag(size=size), "PNG"))
        assert (found.width, found.height) == size
        assert found.thumbnail is not None
        assert Image.open(io.BytesIO(found.thumbnail)).size == small


BAD = {
    "nothing": (b"", ErrorKind.CORRUPT, "empty"),
    "page": (b"\n <!DOCTYPE html><html>404</html>", ErrorKind.CORRUPT, "web page"),
    "page with a mark": (b"\xef\xbb\xbf<html>404</html>", ErrorKind.CORRUPT, "web page"),
    "svg": (b"<svg xmlns='x'/>", ErrorKind.UNSUPPORTED, "SVG"),
    "tiff": (encoded(flag(), "TIFF"), ErrorKind.UNSUPPORTED, "TIFF"),
    "avif": (b"\0\0\0\x1cftypavif\0\0\0\0avif", ErrorKind.UNSUPPORTED, "AVIF"),
    "zeros": (bytes(5000), ErrorKind.CORRUPT, "like no format"),
    "truncated jpeg": (jpeg()[:-900], ErrorKind.CORRUPT, "cut short"),
    "truncated png": (encoded(flag(), "PNG")[:-60], ErrorKind.CORRUPT, "damaged"),
    "truncated webp": (encoded(flag(), "WEBP")[:-60], ErrorKind.CORRUPT, "damaged"),
    "truncated gif": (encoded(flag("P"), "GIF")[:-200], ErrorKind.CORRUPT, "damaged"),
    "truncated bmp": (encoded(flag(), "BMP")[:-600], ErrorKind.CORRUPT, "damaged"),
    "jpeg header": (jpeg()[:20], ErrorKind.CORRUPT, "damaged"),
    "png header": (encoded(flag(), "PNG")[:12], ErrorKind.CORRUPT, "damaged"),
    "jpeg in name only": (b"\xff\xd8\xff\xe0" + b"nonsense" * 100, ErrorKind.CORRUPT, "damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_shown_has_a_reason(name: str) -> None:
    """What is no picture, is cut short or is of a kind we do not read is told in words."""
    data, kind, word = BAD[name]
    found = look(data)
    assert found.thumbnail is None
    assert found.kind is kind
    assert found.problem is not None
    assert word in found.problem
    assert len(found.sha256) == 64


def test_a_cut_picture_still_has_its_size() -> None:
    """What the header tells is kept when the rest is missing."""
    found = look(jpeg()[:-900])
    assert (found.mime, found.width, found.height) == ("image/jpeg", 400, 200)


def test_bombs_are_refused_by_their_headers() -> None:
    """A picture that claims 900 million pixels costs neither memory nor time."""
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began_s = time.process_time()
    for data in (png_header(30_000, 30_000), png_header(30_000, 30_000, 16, 6)):
        found = look(data)
        assert found.kind is ErrorKind.TOO_BIG
        assert found.problem == "30,000 by 30,000 pixels"
        assert (found.width, found.height) == (30_000, 30_000)
    assert time.process_time() - began_s < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 20_000


def test_a_frame_larger_than_its_gif_is_refused() -> None:
    """The size of a GIF is that of its first frame too, which may claim more than the screen."""
    data = bytearray(encoded(flag("P", (16, 16)), "GIF"))
    frame = data.index(b",\0\0\0\0")
    data[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    assert look(bytes(data)).kind is ErrorKind.TOO_BIG


def test_a_webp_with_a_huge_canvas_costs_nothing() -> None:
    """A canvas of 16,384 by 16,384 around a small frame is refused without touching its memory."""
    small = flag(size=(16, 16))
    data = bytearray(encoded(small, "WEBP", save_all=True, append_images=[small.rotate(180)]))
    assert data[12:16] == b"VP8X"
    data[24:30] = (16_383).to_bytes(3, "little") * 2
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = look(bytes(data))
    assert found.thumbnail is None
    assert found.kind in {ErrorKind.TOO_BIG, ErrorKind.CORRUPT}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 50_000


def test_pixels_of_a_thumbnail() -> None:
    """A thumbnail comes at the size that is asked for, as RGB, and tells of its original."""
    thumbnail = look(jpeg((1400, 700))).thumbnail
    assert thumbnail is not None
    for side, size in ((60, (60, 30)), (320, (320, 160)), (640, (640, 320)), (1, (1, 1))):
        found = image.pixels(thumbnail, side)
        assert (found.width, found.height) == size
        assert len(found.rgb) == 3 * size[0] * size[1]
        assert found.of == (1400, 700)
    grey = look(encoded(flag("L"), "PNG")).thumbnail
    assert grey is not None
    assert len(image.pixels(grey, 10).rgb) == 3 * 10 * 5


@pytest.mark.parametrize(
    ("comment", "size"),
    [(b"640x480", (640, 480)), (b"640x", None), (b"x480", None), (b"by hand", None), (b"", None)],
)
def test_the_size_of_the_picture_stands_in_its_thumbnail(
    comment: bytes, size: tuple[int, int] | None
) -> None:
    """What somebody else wrote there is none, and costs nothing."""
    kept = io.BytesIO()
    Image.new("RGB", (8, 6)).save(kept, "JPEG", comment=comment)
    assert image.pixels(kept.getvalue(), 4).of == size
