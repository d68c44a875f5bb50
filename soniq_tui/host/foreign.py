"""Exports for other programs: an archive, or a folder with one file for each thing."""

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from soniq_tui import files
from soniq_tui.errors import EngineError, PluginError, SoniqError, UsageError
from soniq_tui.host import out
from soniq_tui.importers import registry
from soniq_tui.importers.base import Writer, Written
from soniq_tui.model.settings import Settings
from soniq_tui.model.text import shown
from soniq_tui.words import _, figure, many

NAMED_MOST = 10
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def writers(what: str) -> dict[str, Writer]:
    """Return the formats of other programs for what is exported, by name."""
    found: dict[str, Writer] = {}
    for name in registry.names():
        with suppress(PluginError):  # the command line has told of it
            found |= registry.load(name).writers.get(what, {})
    return found


def run(settings: Settings, what: str, output: str | None, form: str) -> int:
    """Write all of ``what``; return the exit status: 1 where something could not be written.

    An archive and a new folder are there whole or not at all; in a folder that is there already
    each file is.

    Raises:
        UsageError: there is no such format, or it cannot be written there.
        EngineError: the disk is full or broken.
    """
    known = writers(what)
    if form not in known:
        names = ", ".join(["jsonl", "csv", *known])
        text = _("{what} cannot be exported as {name}; there are: {known}")
        raise UsageError(text.format(what=what, name=repr(form[:60]), known=names))
    writer = known[form]
    if not output or output == "-":
        place = "FOLDER" if writer.folder else "FILE"
        text = _("{name} is written to a place of its own: give -o {place}")
        raise UsageError(text.format(name=form, place=place))
    path = Path(os.path.expanduser(output))
    try:
        done = (_to_folder if writer.folder else _to_file)(
            path, lambda place: writer.write(settings.data_path, place)
        )
    except OSError as exc:
        raise refused(path, exc) from exc
    for problem in done.problems[:NAMED_MOST]:
        out.warn(_("left out: {what}").format(what=shown(problem)))
    more = len(done.problems) - NAMED_MOST
    if more > 0:
        out.warn("… " + many("and {n} more", "and {n} more", more))
    tell(done.count, what, path)
    return 1 if done.problems else 0


def tell(count: int, what: str, path: Path) -> None:
    """Say how many of what were written where."""
    text = _("{n} {what} written to {file}")
    out.warn(text.format(n=figure(count), what=what, file=shown(str(path))))


def refused(path: Path, exc: OSError) -> SoniqError:
    """Return what to say of a place that cannot be written."""
    kind = EngineError if exc.errno in _FULL else UsageError
    return kind(
        _("{file} cannot be written: {why}").format(file=path, why=_(exc.strerror or "") or exc)
    )


def _to_file(path: Path, write: Callable[[Path], Written]) -> Written:
    if path.is_dir():
        raise UsageError(_("{file} cannot be written: it is a folder").format(file=path))
    if not files.is_replaceable(path):
        raise UsageError(_("{file} cannot be written: it is no file").format(file=repr(str(path))))
    return files.replaced(path, write)


def _to_folder(path: Path, write: Callable[[Path], Written]) -> Written:
    if path.exists() and not path.is_dir():
        raise UsageError(_("{file} cannot be written: it is no folder").format(file=path))
    part = path.absolute().with_name(f".soniq-{os.getpid()}.part")
    if part.exists():
        shutil.rmtree(part)  # of a process that was killed, which had our number
    try:
        part.mkdir()
        done = write(part)
        for each in (part, *part.rglob("*")):
            files.sync(each)
        if path.exists():
            _put_into(path, part)
        else:
            part.rename(path)
            files.sync(part.parent)
    finally:
        if part.exists():
            shutil.rmtree(part)
    return done


def _put_into(path: Path, part: Path) -> None:
    """Move what is in a folder into another one, which keeps what else it has."""
    for each in part.iterdir():
        if each.is_dir():
            (path / each.name).mkdir(exist_ok=True)
            _put_into(path / each.name, each)
        else:
            each.replace(path / each.name)
    files.sync(path)
