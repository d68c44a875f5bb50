"""The covers batch: look at each picture once, make its thumbnail, write down what it is."""

import os
import time
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import groupby
from pathlib import Path

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Context, ItemFault, Plan
from soniq_tui.importers.music import store
from soniq_tui.importers.music.covers import image, thumbs
from soniq_tui.importers.music.covers.source import SQL, Wanted, read, wanted
from soniq_tui.importers.music.covers.words import CoverOptions, Finding, Findings, Pictures
from soniq_tui.importers.music.tags import Unusable
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import ErrorKind, Spawn
from soniq_tui.model.text import path_text

CHUNK = 40
"""Pictures of one job: one to two seconds of work."""

_NO_LIBRARY = "there is no music library yet; scan one first: soniq-tui scan FOLDER"
_CRASHED = Unusable(ErrorKind.CRASHED, "looking at it ended the process; not tried again")
_PASSING = frozenset({ErrorKind.VANISHED, ErrorKind.UNREADABLE, ErrorKind.MEMORY})
"""What another day may mend."""


class Portion(msgspec.Struct, frozen=True):
    """The pictures of one job."""

    pictures: Pictures
    key: str
    label: str


def plan(options: CoverOptions, data_dir: Path) -> Plan:
    """Give each job some pictures that nobody has looked at, in the order of the files.

    Raises:
        UsageError: there is no library, or the limit makes no sense.
    """
    if options.limit is not None and options.limit < 1:
        raise UsageError(f"the limit is {options.limit}; it must be 1 or more")
    thumbs.sweep(data_dir)
    jobs = [
        Spawn(
            key=each.key,
            label=each.label,
            payload=msgspec.msgpack.encode(each.pictures),
            stage="look",
            items=len(each.pictures.ids),
        )
        for each in portions(data_dir, options)
    ]
    label = "all pictures" if options.all else "pictures nobody has looked at"
    return Plan(label=label, jobs=tuple(jobs))


def preview(options: CoverOptions, data_dir: Path) -> Preview:
    """Say how many pictures there are and how many nobody has looked at."""
    with store.looking(data_dir) as connection:
        if connection is None:
            return Preview(ok=False, text=_NO_LIBRARY)
        total, new = connection.execute(SQL["count_pictures"]).fetchone()
    pictures = f"{total:,} picture{'' if total == 1 else 's'}"
    text = pictures if options.all else f"{new:,} of {pictures} not looked at yet"
    return Preview(ok=True, text=text, doubt=not (total if options.all else new))


def portions(data_dir: Path, options: CoverOptions) -> Iterator[Portion]:
    """Yield what is to be looked at, job by job.

    Raises:
        UsageError: there is no library.
    """
    limit = -1 if options.limit is None else options.limit
    with store.looking(data_dir) as connection:
        if connection is None:
            raise UsageError(_NO_LIBRARY)
        rows = connection.execute(SQL["pictures_to_look_at"], (options.all, limit)).fetchall()
    for _, each in groupby(enumerate(rows), key=lambda numbered: numbered[0] // CHUNK):
        part = [row for _, row in each]
        yield _portion(tuple(number for number, _ in part), part[0][1], again=options.all)


def _portion(ids: tuple[int, ...], path: bytes, *, again: bool) -> Portion:
    folder = path_text(os.path.dirname(path))  # noqa: PTH120  paths are bytes
    # The same pictures are the same job, which a batch does not take twice.
    digest = blake2b(repr(ids).encode(), digest_size=8).hexdigest()
    count = f"{len(ids)} cover{'' if len(ids) == 1 else 's'}"
    return Portion(Pictures(ids=ids, again=again), f"covers {digest}", f"{count} from {folder}")


async def look(pictures: Pictures, ctx: Context) -> Findings:
    """Look at some pictures and make their thumbnails; book those that cannot be shown.

    Done items are counted by the stage that writes them down.
    """
    found = []
    for at, asked in enumerate(_wanted(ctx.data_dir, pictures.ids)):
        ctx.progress(at, len(pictures.ids))
        if at in ctx.suspects:
            finding = Finding(asked.id, problem=str(_CRASHED))
            ctx.fail(asked.name, _CRASHED.kind, str(_CRASHED))
        else:
            finding = _look_at(asked, ctx, again=pictures.again)
        found.append(finding)
    return Findings(found=tuple(found))


def _wanted(data_dir: Path, ids: Sequence[int]) -> list[Wanted]:
    with store.looking(data_dir) as connection:
        if connection is None:
            raise ItemFault(ErrorKind.VANISHED, "the music library is no longer there")
        found = [wanted(connection, number) for number in ids]
    return [each for each in found if each is not None]


def _look_at(asked: Wanted, ctx: Context, *, again: bool) -> Finding:
    try:
        data = read(asked)
    except Unusable as fault:
        ctx.fail(asked.name, fault.kind, str(fault))
        return Finding(asked.id, problem=str(fault), met=fault.kind not in _PASSING)
    looked = image.look(data)
    if looked.thumbnail is None:
        problem, kind = looked.problem or "no picture", looked.kind or ErrorKind.CORRUPT
        ctx.fail(asked.name, kind, problem)
    else:
        problem, kind = None, None
        if again or not thumbs.has(ctx.data_dir, asked.key):
            thumbs.keep(ctx.data_dir, asked.key, looked.thumbnail)
    return Finding(
        asked.id,
        looked.width,
        looked.height,
        looked.mime,
        looked.sha256,
        problem,
        kind not in _PASSING,
    )


async def keep(findings: Findings, ctx: Context) -> None:
    """Write down what some pictures are, in one transaction; count those that can be shown."""
    now_s = time.time()
    met = [
        (each.width, each.height, each.mime, each.sha256, each.problem, now_s, each.id)
        for each in findings.found
        if each.met
    ]
    others = [(each.problem, each.id) for each in findings.found if not each.met]
    with store.patience(ctx.data_dir):
        connection = store.writer(ctx.data_dir)
        with store.transaction(connection):
            connection.executemany(SQL["looked_at"], met)
            connection.executemany(SQL["not_met"], others)
    ctx.count(done=sum(each.problem is None for each in findings.found))
