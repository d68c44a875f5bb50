"""Pictures decoded: what one is, its thumbnail, its pixels. The only file that knows Pillow.

Whatever a picture claims to be, it costs bounded memory and time: its kind is told by its content,
its size is checked before a pixel is decoded, and a JPEG is decoded at the scale that is needed.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from soniq_tui.importers.music.tags import Unusable
from soniq_tui.importers.music.tags.pictures import choose, picture
from soniq_tui.model.job import ErrorKind

if TYPE_CHECKING:
    from PIL import Image as Images

SIDE = 320
"""Pixels of the longer side of a thumbnail; smaller pictures stay as they are."""
MAX_PIXELS = 64_000_000
"""Of a picture that is decoded: 8,000 by 8,000. As RGB it takes 192 MB."""
QUALITY = 85
GROUND = (128, 128, 128)
"""What shows through a picture: neutral on dark and on light screens."""

_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/bmp": "BMP",
}
"""As content tells them, with their names in Pillow."""
_PLAIN = frozenset({"L", "RGB", "RGBA", "LA", "CMYK", "YCbCr"})
"""Modes that can be made smaller as they are."""
_ORIENTATION = 0x0112
"""Tag of EXIF 2.3, section 4.6.4."""
_TURNED = 5
"""From this orientation on width and height change places."""
_MAX_REASON = 300
_HEAD = 512
_NO_PICTURES = (
    ((b"<svg",), ErrorKind.UNSUPPORTED, "an SVG drawing"),
    ((b"<!doctype", b"<html", b"<?xml", b"<head"), ErrorKind.CORRUPT, "a web page, no picture"),
    ((b"ii*\0", b"mm\0*"), ErrorKind.UNSUPPORTED, "a TIFF picture"),
    ((b"\0\0\0\x0cjxl ", b"\xff\x0a"), ErrorKind.UNSUPPORTED, "a JPEG XL picture"),
    ((b"\0\0\0\x0cjp  ", b"\xff\x4f\xff\x51"), ErrorKind.UNSUPPORTED, "a JPEG 2000 picture"),
)
"""How what we do not read begins, in lower case."""
_BRANDS = {b"avif": "an AVIF picture", b"avis": "an AVIF picture", b"heic": "a HEIC picture"}


class Looked(NamedTuple):
    """What a picture is."""

    sha256: str
    """Of all its bytes."""
    mime: str | None = None
    """By its content."""
    width: int | None = None
    """As it is shown, when a camera's turn is counted."""
    height: int | None = None
    thumbnail: bytes | None = None
    """A JPEG of at most ``SIDE`` pixels; its comment is the size of the picture: ``1400x1400``."""
    kind: ErrorKind | None = None
    problem: str | None = None
    """Why there is no thumbnail."""


class Pixels(NamedTuple):
    """A picture ready to paint."""

    width: int
    height: int
    rgb: bytes
    of: tuple[int, int] | None
    """Width and height of the picture that the thumbnail was made of."""


def look(data: bytes, most: int = MAX_PIXELS) -> Looked:
    """Return what a picture is, with its thumbnail; never raises for what is in it.

    Args:
        data: all bytes of the picture.
        most: pixels that are decoded; a picture with more is too big.
    """
    looked = Looked(sha256(data).hexdigest())
    held = choose([picture(0, "", data)])
    if held is None or held.mime is None:
        kind, problem = _no_picture(data)
        return looked._replace(kind=kind, problem=problem)
    looked = looked._replace(mime=held.mime)
    try:
        with _parsing(), _opened(data, held.mime) as image:
            width, height = image.size
            looked = looked._replace(width=width, height=height)
            if width * height > most:
                problem = f"{width:,} by {height:,} pixels"
                return looked._replace(kind=ErrorKind.TOO_BIG, problem=problem)
            turn = _turn(image)
            if turn >= _TURNED:
                width, height = height, width
            looked = looked._replace(width=width, height=height)
            return looked._replace(thumbnail=_thumbnail(image, turn, (width, height)))
    except Unusable as fault:
        return looked._replace(kind=fault.kind, problem=str(fault))


def pixels(thumbnail: bytes, side: int) -> Pixels:
    """Return a thumbnail at the size at which its longer side has ``side`` pixels.

    Raises:
        Unusable: it is damaged.
    """
    images = _pillow()
    with _parsing(), _opened(thumbnail, "image/jpeg") as image:
        longer = max(image.size)
        width, height = (max(1, round(n * side / longer)) for n in image.size)
        image.draft("RGB", (2 * width, 2 * height))
        small = image.convert("RGB").resize((width, height), images.Resampling.LANCZOS)
        return Pixels(width, height, small.tobytes(), _size(image.info.get("comment", b"")))


def _size(comment: bytes) -> tuple[int, int] | None:
    width, _, height = comment.partition(b"x")
    if width.isdigit() and height.isdigit():
        return int(width), int(height)
    return None


@cache
def _pillow() -> "ModuleType":
    """Return Pillow's module of images, set up; 40 ms the first time."""
    # Pillow finds a format that is not imported yet by importing all of its sixty.
    from PIL import (
        BmpImagePlugin,
        GifImagePlugin,
        Image,
        JpegImagePlugin,
        PngImagePlugin,
        WebPImagePlugin,
    )

    del BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
    # Our own check has one limit, where Pillow warns on the terminal before it refuses.
    Image.MAX_IMAGE_PIXELS = None
    return Image


def _opened(data: bytes, mime: str) -> "Images.Image":
    """Open a picture; only its header is read, no pixel is decoded."""
    image: Images.Image = _pillow().open(io.BytesIO(data), formats=(_FORMATS[mime],))
    return image


@contextmanager
def _parsing() -> Iterator[None]:
    """Turn whatever Pillow lets out on damaged input into a finding."""
    from PIL import UnidentifiedImageError

    # Pillow warns of damaged EXIF and the like; what is said on standard error spoils the screen.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        yield
    except Unusable:
        raise
    except MemoryError as exc:
        raise Unusable(ErrorKind.MEMORY, "decoding it needs more memory than there is") from exc
    except UnidentifiedImageError as exc:
        raise Unusable(ErrorKind.CORRUPT, "damaged: its header makes no sense") from exc
    except Exception as exc:
        # Its readers raise OSError, SyntaxError, struct.error, ValueError, IndexError and others:
        # one such picture must not end its batch.
        said = " ".join(str(exc).split())[:_MAX_REASON]
        if "truncated" in said or isinstance(exc, EOFError):
            raise Unusable(ErrorKind.CORRUPT, "damaged or cut short") from exc
        kind = ErrorKind.UNSUPPORTED if "unsupported" in said.lower() else ErrorKind.CORRUPT
        raise Unusable(kind, f"damaged: {said or type(exc).__name__}") from exc


def _no_picture(data: bytes) -> tuple[ErrorKind, str]:
    """Say what the bytes are that begin like no picture we read."""
    if not data:
        return ErrorKind.CORRUPT, "the picture is empty"
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").lower()
    for starts, kind, what in _NO_PICTURES:
        if head.startswith(starts):
            return kind, what
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return ErrorKind.UNSUPPORTED, _BRANDS[head[8:12]]
    return ErrorKind.CORRUPT, "no picture: it begins like no format we know"


def _turn(image: "Images.Image") -> int:
    """Return the orientation of a camera's picture, 1 where it says nothing or nonsense."""
    try:
        turn = image.getexif().get(_ORIENTATION, 1)
    except (ValueError, LookupError, TypeError, SyntaxError, OverflowError):
        return 1  # damaged EXIF is no part of the picture
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1  # noqa: PLR2004  EXIF


def _thumbnail(image: "Images.Image", turn: int, size: tuple[int, int]) -> bytes:
    images = _pillow()
    if image.mode not in _PLAIN or image.has_transparency_data:
        image = _plain(image)
    image.thumbnail((SIDE, SIDE), images.Resampling.LANCZOS, reducing_gap=2.0)
    if image.mode in {"RGBA", "LA"}:
        image = image.convert("RGBA")
        ground = images.new("RGB", image.size, GROUND)
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    elif image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    if turn > 1:
        way = images.Transpose
        image = image.transpose(
            {
                2: way.FLIP_LEFT_RIGHT,
                3: way.ROTATE_180,
                4: way.FLIP_TOP_BOTTOM,
                5: way.TRANSPOSE,
                6: way.ROTATE_270,
                7: way.TRANSVERSE,
                8: way.ROTATE_90,
            }[turn]
        )
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY, comment=b"%dx%d" % size)
    return file.getvalue()


def _plain(image: "Images.Image") -> "Images.Image":
    """Return a picture with a palette, 16 bits or one clear colour in a mode that can shrink."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
