"""Covers: each picture of the music library is looked at once, by a batch or when it is shown.

``source`` reads the bytes of a picture from a file that has it; ``image`` decodes them, and it
alone knows Pillow; ``thumbs`` keeps thumbnails and makes pictures for the console; ``batch`` goes
over the library. A scan can ask for the same stages when it is done. All is imported when needed.
"""

from soniq_tui.importers.base import Importer, Stage, later, stage_later
from soniq_tui.importers.music.covers.words import CoverOptions, Findings, Pictures
from soniq_tui.words import mark

_BATCH = "soniq_tui.importers.music.covers.batch"
_LOOK_S = 600.0
"""Files that are made to keep their parser busy are left out after two such times."""


def stages(*, optional: bool) -> tuple[Stage, ...]:
    """Return what a picture goes through; optional where a batch may be without."""
    look = stage_later(f"{_BATCH}:look", Pictures, Findings)
    return (
        Stage("look", "covers", look, time_limit_s=_LOOK_S, optional=optional),
        Stage("keep", "insert", stage_later(f"{_BATCH}:keep", Findings), optional=optional),
    )


importer = Importer(
    name="covers",
    title=mark("Covers"),
    about=mark("Look at the pictures of the library: sizes, and thumbnails for the console."),
    verb="covers",
    options=CoverOptions,
    stages=stages(optional=False),
    plan=later(f"{_BATCH}:plan"),
    preview=later(f"{_BATCH}:preview"),
    preload=(
        _BATCH,
        "soniq_tui.importers.music.tags.mutagen_files",
        "PIL.Image",
        "PIL.JpegImagePlugin",
    ),
)
