"""What ``purge`` does: says which missing files would go, and what with them, asks, forgets them.

It changes the catalogue itself, in short transactions beside the writer's, so no engine is needed;
only where a scan has not ended it waits for another day.
"""

from typing import NamedTuple

from soniq_tui.errors import UsageError
from soniq_tui.host import ask, lists, out
from soniq_tui.host.lock import checked, holder
from soniq_tui.importers.music.library import missing
from soniq_tui.importers.music.library.missing import Forgotten, Weight
from soniq_tui.model.settings import Settings
from soniq_tui.model.text import path_text, shown
from soniq_tui.model.unfinished import writing
from soniq_tui.words import _, many, use
from soniq_tui.words.told import told

NAMED_MOST = 10
"""So many files are named, more are counted."""


class Asked(NamedTuple):
    """What the command line says."""

    words: missing.Words
    dry_run: bool
    yes: bool
    as_json: bool


def run(settings: Settings, asked: Asked) -> int:
    """Say what would go, ask and forget it; return the exit status.

    Raises:
        UsageError: nobody can be asked, a scan has not ended, or what is asked makes no sense.
        DataDirError: the catalogue cannot be read or written.
    """
    if asked.as_json:
        use("en")
    folder = checked(settings.data_path)
    weight = missing.weigh(folder, asked.words)
    if not asked.as_json:
        out.say("\n".join(_plan(weight, asked)) + "\n")
    done = Forgotten()
    if weight.files and not asked.dry_run:
        _refuse_beside_scan(settings)
        question, kept = _("Forget this for good? [y/N] "), _("nothing was forgotten")
        if not asked.yes and not ask.sure(question, kept, silent=asked.as_json):
            return 1
        _refuse_beside_scan(settings)  # a person may have taken their time
        done = missing.forget(folder, weight.files)
        if not asked.as_json:
            out.say(told(missing.told(done)) + "\n")
    if asked.as_json:
        out.say_json(_object(weight, done))
    return 0


def _refuse_beside_scan(settings: Settings) -> None:
    """Leave files alone that a scan may yet find under other names.

    Raises:
        UsageError: one has not ended.
    """
    running = holder(settings.data_path) is not None
    page = lists.page_of(settings, writing("music"), running=running)
    if page.rows:
        text = _(
            "batch {n} has not ended and may find some of these files elsewhere; "
            "let it end first ('soniq-tui resume'), or cancel it"
        )
        raise UsageError(text.format(n=getattr(page.rows[0], "batch_id", "")))


def _plan(weight: Weight, asked: Asked) -> list[str]:
    """Return what would go, in lines for people."""
    away = _away(weight, too=bool(asked.words.get("unmounted")))
    if not weight.files:
        return [_("nothing to forget: no such file is gone"), *away]
    count = len(weight.files)
    parts = [many("{n} track", "{n} tracks", weight.tracks)]
    if weight.albums:
        text = many("{n} whole album", "{n} whole albums", weight.albums)
        parts.append(text)
    text = many("{n} file is gone: {things}", "{n} files are gone: {things}", count)
    lines = [text.format(things=", ".join(parts))]
    if count <= NAMED_MOST:
        paths = (path_text(file.path.partition(b"\0")[0]) for file in weight.files)
        lines += [f"  {shown(path)}" for path in paths]
    if weight.entries:
        entries = many("{n} entry", "{n} entries", weight.entries)
        text = many(
            "With them go: {entries} of {n} playlist.",
            "With them go: {entries} of {n} playlists.",
            weight.playlists,
        )
        lines.append(text.format(entries=entries))
    lines.append(_("That cannot be undone. Files that come back are read as new ones."))
    return [*lines, *away]


def _away(weight: Weight, *, too: bool) -> list[str]:
    """Return what there is to say of files on disks that are not mounted, which go too or stay."""
    if not weight.unmounted:
        return []
    if too:
        text = many(
            "{n} of them was on a disk that is not mounted now, and may be there still.",
            "{n} of them were on disks that are not mounted now, and may be there still.",
            weight.unmounted,
        )
    else:
        text = many(
            "{n} more was on a disk that is not mounted now; it stays, unless with --unmounted.",
            "{n} more were on disks that are not mounted now; they stay, unless with --unmounted.",
            weight.unmounted,
        )
    return [text]


def _object(weight: Weight, done: Forgotten) -> dict[str, int]:
    return {
        "forgotten": done.files,
        "files": len(weight.files),
        "tracks": weight.tracks,
        "albums": weight.albums,
        "entries": weight.entries,
        "playlists": weight.playlists,
        "unmounted": weight.unmounted,
        "back": done.back,
        "unsure": done.unsure,
    }
