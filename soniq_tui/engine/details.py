"""Everything about one job, from what lives and from what is written."""

import msgspec
from msgspec.structs import replace

from soniq_tui.engine.engine import Engine
from soniq_tui.errors import SoniqError
from soniq_tui.importers.base import Importer
from soniq_tui.model.details import JobDetail
from soniq_tui.model.forms import FormSpec, option_fields
from soniq_tui.model.job import Batch, Job, JobState
from soniq_tui.model.text import without_logins

ERRORS_MOST = 50
"""So many failed items of a job are shown; the list of errors has them all."""


async def make(engine: Engine, job_id: int) -> JobDetail | None:
    """Return everything about a job but its row in lists, which is as the journal has it."""
    if job_id not in engine.runs.by_id:
        await engine.settled()  # what it just did is to be found
    reader = engine.lists
    detail = await reader.call(reader.file.detail, job_id, ERRORS_MOST)
    if detail is None:
        return None
    live = engine.scheduler.live.get(detail.job.batch_id)
    batch = live.batch if live else await reader.call(reader.file.batch, detail.job.batch_id)
    if batch is None:
        return None  # it was forgotten, and what it left is being removed
    form, whole = _form(engine, batch)
    values = _told(whole)
    detail = replace(detail, form=form, values=values, logins=values != whole)
    job = live.jobs.get(job_id) if live else None
    return detail if job is None else _now(engine, detail, job)


def _now(engine: Engine, detail: JobDetail, job: Job) -> JobDetail:
    """Put in what only the memory of the engine knows."""
    now_s = engine.clock()
    waits = job.state is JobState.QUEUED
    lanes = engine.scheduler.queue_of(job).lanes
    shut = bool(job.lane) and lanes.used and not lanes.is_open(job.lane, now_s)
    full = engine.scheduler.full_behind(job) if waits else None
    return replace(
        detail,
        priority=job.priority,
        starts=job.fence,
        due_s=job.not_before_s - now_s if waits and job.not_before_s > now_s else None,
        lane_busy=waits and shut,
        full_queue=full.name if full else "",
    )


def _form(engine: Engine, batch: Batch) -> tuple[FormSpec | None, dict[str, str]]:
    """Return the form that a batch was launched by, and what it held, secrets and all."""
    try:
        importer = engine.importer(batch.importer)
        options = msgspec.msgpack.decode(batch.options, type=importer.options)
    except (SoniqError, msgspec.MsgspecError):
        return None, {}  # it was taken away, or an earlier version of it had other options
    return importer.form(), _held(importer, options)


def values_of(importer: Importer, options: msgspec.Struct) -> dict[str, str]:
    """Return what the form held, by field; without what no form can hold, and without logins."""
    return _told(_held(importer, options))


def _held(importer: Importer, options: msgspec.Struct) -> dict[str, str]:
    own = option_fields(importer.options)
    held = ((each.name, _text(getattr(options, each.name), each.kind)) for each in own)
    return {name: text for name, text in held if text is not None}


def _told(held: dict[str, str]) -> dict[str, str]:
    return {name: without_logins(text) for name, text in held.items()}


def _text(value: object, kind: str) -> str | None:
    """Return a value as a field of this kind has it; None where its text would mean another."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    entries = [str(each) for each in value] if isinstance(value, tuple | list) else [str(value)]
    if kind in {"path", "paths"}:
        entries = [_path(each) for each in entries]
    if any("\n" in each or each != each.strip() for each in entries):
        return None
    return "\n".join(entries)  # one to a line, as in the form


def _path(path: str) -> str:
    """Return a path with quotes where the form would take blanks or quotes of it away."""
    quoted = len(path) > 1 and path[0] in "'\"" and path[-1] == path[0]
    return f"'{path}'" if quoted or path != path.strip() else path
