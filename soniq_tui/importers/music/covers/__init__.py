"""Covers: each picture of the music library is looked at once, by a batch or when it is shown.

``source`` reads the bytes of a picture from a file that has it; ``image`` decodes them, and it
alone knows Pillow; ``thumbs`` keeps thumbnails and makes pictures for the console; ``batch`` goes
over the library. A scan can ask for the same stages when it is done.
"""

from soniq_tui.importers.base import Importer, Stage
from soniq_tui.importers.music.covers import batch
from soniq_tui.importers.music.covers.image import Looked, look
from soniq_tui.importers.music.covers.source import fetch
from soniq_tui.importers.music.covers.thumbs import picture
from soniq_tui.importers.music.covers.words import CoverOptions

STAGES = (
    Stage("look", "covers", batch.look, time_limit_s=batch.TIME_LIMIT_S),
    Stage("keep", "insert", batch.keep),
)

importer = Importer(
    name="covers",
    title="Covers",
    verb="covers",
    options=CoverOptions,
    stages=STAGES,
    plan=batch.plan,
    preview=batch.preview,
    preload=batch.PRELOAD,
)

__all__ = ["STAGES", "Looked", "fetch", "importer", "look", "picture"]
