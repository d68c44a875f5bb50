"""Starting a batch again: which one is meant, and what its form held. No Textual here."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from soniq_tui.model.forms import FormSpec
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import JobRow, Query, View
from soniq_tui.model.text import shown
from soniq_tui.ui import forms
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.memory import without_secrets
from soniq_tui.words import _


class Earlier(NamedTuple):
    """A batch that is to be started again."""

    batch_id: int
    job_id: int | None = None
    """One of its jobs, where one is in view."""


class Held(NamedTuple):
    """What the form of a batch held."""

    form: FormSpec
    values: dict[str, str]
    """Without secrets, and without what no form can hold."""
    without: tuple[str, ...]
    """Names of fields that are not in ``values``; what is of a launch alone is not named."""
    logins: bool = False
    """Addresses in ``values`` had logins, or passwords, which are left out."""
    once: tuple[str, ...] = ()
    """Names of fields that were agreed to for that launch alone; not in ``values`` either."""


def carried(form: FormSpec, values: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return what of an earlier launch fills a form, and the names of what held for it alone."""
    usual = {field.name: forms.default_of(field) for field in form.fields if field.once}
    once = tuple(name for name in usual if values.get(name, usual[name]) != usual[name])
    return {name: text for name, text in values.items() if name not in once}, once


def once_words(form: FormSpec, names: Iterable[str]) -> str:
    """Return what is to be said of fields that held for one launch alone; nothing of none."""
    labels = {field.name: shown(_(field.label), 20) for field in form.fields}
    fields = ", ".join(labels[name] for name in names)
    return _("for that time alone, so left out: {fields}").format(fields=fields) if fields else ""


def meant(now: ActionContext) -> Earlier | None:
    """Return the batch of the job in view, else the batch under the cursor."""
    if now.job is not None:
        return Earlier(now.job.batch_id, now.job.id) if now.job.batch_id else None
    return Earlier(now.batch.id) if now.batch is not None else None


async def held_by(client: Client, earlier: Earlier, known: Iterable[FormSpec]) -> Held | str:
    """Return what the form of a batch held, or why nobody can tell, with what to do.

    The engine tells it with each job of the batch; ``known`` are the forms there are now.

    Raises:
        SoniqError, OSError: the engine cannot be asked.
    """
    n, key = earlier.batch_id, pressed("batch.new")
    job_id = earlier.job_id
    if job_id is None:
        page = await client.browse(Query(view=View.JOBS, batch_id=n, limit=1))
        job_id = next((row.id for row in page.rows if isinstance(row, JobRow)), None)
    detail = None if job_id is None else await client.job(job_id)
    if detail is None:
        text = _("batch {n} has no job that tells its options; {key} starts a new one")
        return text.format(n=n, key=key)
    importer = detail.form.importer if detail.form is not None else detail.job.importer
    form = next((each for each in known if each.importer == importer), None)
    if form is None or detail.form is None:
        text = _("batch {n}: another version of {importer} started it; {key} starts a new one")
        if form is None:
            text = _("batch {n}: {importer} is not installed here; {key} starts a new one")
        return text.format(n=n, importer=shown(importer, 40), key=key)
    values = without_secrets(detail.values)
    if sum(map(len, values.values())) > forms.MOST_PASTED:
        text = _("batch {n} was told more than a form can hold; {key} starts a new one")
        return text.format(n=n, key=key)
    logins = detail.logins or any(text != detail.values[name] for name, text in values.items())
    kept, once = carried(form, values)
    return Held(form, kept, forms.untold(form, values), logins, once)
