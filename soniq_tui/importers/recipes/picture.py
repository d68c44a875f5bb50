"""The picture of a recipe, small and ready to paint; only this file knows Pillow."""

import io
import warnings
from pathlib import Path

from soniq_tui.model.results import Picture

MOST_BYTES, MOST_PIXELS = 20 * 1024 * 1024, 25_000_000
"""Of a picture that is decoded beside the engine: 75 MB as RGB."""
MOST_SIDE = 1024
GROUND = (128, 128, 128)
"""What shows through a picture: neutral on dark and on light screens."""
_KILO = 1000


def picture(file: Path, side: int) -> Picture | str:
    """Return a picture whose longer side has ``side`` pixels, or why there is none.

    For a thread: it reads a file and computes. Whatever the file holds, it raises nothing.
    """
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            return f"the picture has {size:,} bytes"
        if not file.is_file():
            return "the picture cannot be read: it is no file"
        data = file.read_bytes()
    except OSError as exc:
        return f"the picture cannot be read: {exc.strerror}"
    # Pillow warns of damaged EXIF and the like on standard error, which would spoil the screen.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        return _small(data, min(max(1, side), MOST_SIDE))
    except Exception as exc:  # noqa: BLE001  its readers raise anything on damaged input
        said = " ".join(str(exc).split())[:200] or type(exc).__name__
        return f"the picture cannot be shown: {said}"


def _small(data: bytes, side: int) -> Picture | str:
    from PIL import Image, ImageOps

    formats = ("JPEG", "PNG", "WEBP", "GIF")
    with Image.open(io.BytesIO(data), formats=formats) as image:
        kind, (width, height) = image.format or "picture", image.size
        if width * height > MOST_PIXELS:
            return f"the picture has {width:,} by {height:,} pixels"
        image.draft("RGB", (2 * side, 2 * side))
        turned = ImageOps.exif_transpose(image).convert("RGBA")
    longer = max(turned.size)
    box = tuple(max(1, round(n * min(side, longer) / longer)) for n in turned.size)
    small = turned.resize((box[0], box[1]), Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", small.size, (*GROUND, 255))
    ground.alpha_composite(small)
    words = f"{kind}, {width:,} by {height:,}, {len(data) / _KILO:,.0f} kB"
    return Picture(
        width=small.width, height=small.height, rgb=ground.convert("RGB").tobytes(), about=words
    )
