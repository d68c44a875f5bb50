"""The music importer: a library of audio files becomes a catalogue in ``library.db``."""

from soniq_tui.importers.base import Importer, Stage
from soniq_tui.importers.music import (
    answers,
    close,
    covers,
    demo,
    discover,
    extract,
    group,
    insert,
    watch,
)
from soniq_tui.importers.music import plan as planning
from soniq_tui.importers.music.export import EXPORTS
from soniq_tui.importers.music.words import ScanOptions

importer = Importer(
    name="music",
    title="Music library",
    verb="scan",
    options=ScanOptions,
    stages=(
        Stage("discover", "scan", discover.run, time_limit_s=0),  # a slow network takes days
        Stage("watch", "watch", watch.run, time_limit_s=0),
        Stage("extract", "extract", extract.run),
        Stage("group", "batch", group.run),
        Stage("insert", "insert", insert.run),
        Stage("close", "insert", close.run),
        *covers.STAGES,
    ),
    plan=planning.plan,
    preview=planning.preview,
    exports=EXPORTS,
    demo=demo.demo,
    preload=extract.PRELOAD,
    closing="close",
    results=answers.results,
    detail=answers.detail,
    deeds=answers.DEEDS,
)
