"""The music importer: a library of audio files becomes a catalogue in ``library.db``.

Everything but the words is imported by whoever needs it, when it is needed.
"""

from soniq_tui.importers.base import Importer, Stage, later, stage_later
from soniq_tui.importers.music import covers
from soniq_tui.importers.music.words import Chunk, Grouped, Root, ScanOptions, Spooled
from soniq_tui.words import mark

_HERE = "soniq_tui.importers.music"
_FOUND = f"{_HERE}.discovery"
_DEEDS = {
    "save": "save", "add": "add", "delete": "delete", "rename": "rename",
    "export": "export_deed", "import": "import_deed",
}  # fmt: skip
"""What can be done with playlists, and by which function of ``playlists``."""

importer = Importer(
    name="music",
    title=mark("Music library"),
    about=mark("Read music files into the library; another scan reads what is new or changed."),
    verb="scan",
    options=ScanOptions,
    stages=(
        # A slow network takes days, and a watch never ends.
        Stage("discover", "scan", stage_later(f"{_FOUND}.discover:run", Root), time_limit_s=0),
        Stage(
            "watch",
            "watch",
            stage_later(f"{_FOUND}.watch:run", Root),
            time_limit_s=0,
            optional=True,
        ),
        Stage("extract", "extract", stage_later(f"{_HERE}.extract:run", Chunk, Spooled)),
        Stage("group", "batch", stage_later(f"{_HERE}.group:run", Spooled, Grouped)),
        Stage("insert", "insert", stage_later(f"{_HERE}.insert:run", Grouped)),
        Stage("close", "insert", stage_later(f"{_HERE}.close:run", ScanOptions)),
        *covers.stages(optional=True),
    ),
    plan=later(f"{_HERE}.plan:plan"),
    preview=later(f"{_HERE}.plan:preview"),
    exports={what: later(f"{_HERE}.export:{what}") for what in ("tracks", "albums", "artists")},
    demo=later(f"{_HERE}.demo:demo"),
    # mutagen where a file needs it
    preload=(f"{_FOUND}.discover", f"{_HERE}.extract", f"{_HERE}.close"),
    closing="close",
    tally=later(f"{_HERE}.library.tally:tally"),
    results=later(f"{_HERE}.library.lists:results"),
    detail=later(f"{_HERE}.library.detail:detail"),
    deeds={
        f"playlist.{name}": later(f"{_HERE}.library.playlists:{f}") for name, f in _DEEDS.items()
    }
    | {
        f"missing.{name}": later(f"{_HERE}.library.missing:{name}_deed")
        for name in ("weigh", "forget")
    },
    alone=frozenset({"missing.forget"}),
)
