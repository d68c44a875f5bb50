"""The door at which the words of an engine come into the console's language.

An engine elsewhere speaks English, and so does whatever it keeps (``words/told.py``). Here its
answers, the labels of forms and lists and the banner are translated; names, paths, titles of music
and the reasons of failures pass as they are.
"""

from collections.abc import Awaitable
from typing import TypeVar

import msgspec

from soniq_tui.errors import SoniqError
from soniq_tui.model.commands import Command, Reply, Target
from soniq_tui.model.details import JobDetail, Output
from soniq_tui.model.forms import FormSpec, Preview
from soniq_tui.model.ports import Client
from soniq_tui.model.report import Report
from soniq_tui.model.results import (
    DetailQuery,
    ResultColumn,
    ResultDetail,
    ResultPage,
    ResultQuery,
    ResultRow,
)
from soniq_tui.model.snapshot import Page, Query, Snapshot, View
from soniq_tui.ui.filters import meant
from soniq_tui.words import _, in_use, labelled, results, steps, typed
from soniq_tui.words.results import CHECK
from soniq_tui.words.told import label, told

T = TypeVar("T")
_replace = msgspec.structs.replace
OWN_TITLES = frozenset({"albums", "genres", "years", "health"})
"""Lists whose title is the importer's own also when they are of one thing."""
QUERY = "query"
"""What is called so in the words of a deed is a search."""
ELSEWHERE = "artist:"
"""How the key of what an artist has on other albums begins."""


class TranslatedClient(Client):
    """A client whose words are in the language in use; see ``Client``."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def send(self, command: Command) -> Reply:
        """See ``Client``."""
        target: Target | None = getattr(command, "target", None)
        if target is not None and target.text:
            view = View.ERRORS if target.failures else View.JOBS
            target = _replace(target, text=meant(target.text, view))
            command = msgspec.structs.replace(command, target=target)
        return _reply(await _heard(self.client.send(command)))

    async def snapshot(self) -> Snapshot:
        """See ``Client``."""
        now = await _heard(self.client.snapshot())
        if in_use() == "en" or not (now.banner or now.host.trouble):
            return now
        host = _replace(now.host, trouble=told(now.host.trouble))
        return _replace(now, banner=told(now.banner), host=host)

    async def changed(self, version: int) -> None:
        """See ``Client``."""
        await self.client.changed(version)

    async def browse(self, query: Query) -> Page:
        """See ``Client``."""
        text = meant(query.text, query.view) if query.text else ""
        return await _heard(self.client.browse(_replace(query, text=text) if text else query))

    async def job(self, job_id: int) -> JobDetail | None:
        """See ``Client``."""
        return await _heard(self.client.job(job_id))

    async def output(self, job_id: int, after: int) -> Output:
        """See ``Client``."""
        return await _heard(self.client.output(job_id, after))

    async def describe(self) -> list[FormSpec]:
        """See ``Client``."""
        forms = await _heard(self.client.describe())
        return forms if in_use() == "en" else [_form(form) for form in forms]

    async def preview(self, importer: str, options: dict[str, object]) -> Preview:
        """See ``Client``."""
        found = await _heard(self.client.preview(importer, options))
        return _replace(found, text=told(found.text))

    async def launch(self, importer: str, options: dict[str, object]) -> Reply:
        """See ``Client``."""
        reply = await _heard(self.client.launch(importer, options))
        title, colon, rest = reply.text.partition(": ")
        begun = bool(colon) and reply.batch_id is not None
        reply = _reply(_replace(reply, text=labelled(_(title), label(rest))) if begun else reply)
        return _replace(reply, text=steps([reply.text, told(reply.note)])) if reply.note else reply

    async def results(self, query: ResultQuery) -> ResultPage:
        """See ``Client``."""
        query = _replace(query, text=typed.sought(query.text)) if query.text else query
        page = await _heard(self.client.results(query))
        return page if in_use() == "en" else _page(page, query)

    async def detail(self, query: DetailQuery) -> ResultDetail:
        """See ``Client``."""
        found = await _heard(self.client.detail(query))
        return found if in_use() == "en" else _detail(found, query.kind)

    async def deed(self, importer: str, name: str, words: dict[str, str]) -> Reply:
        """See ``Client``."""
        sought = {key: typed.sought(text) for key, text in words.items() if key == QUERY}
        return _reply(await _heard(self.client.deed(importer, name, words | sought)))

    async def metrics(self) -> str:
        """See ``Client``."""
        return await _heard(self.client.metrics())

    async def report(self, batch_id: int) -> Report | None:
        """See ``Client``."""
        return await _heard(self.client.report(batch_id))

    async def end(self, *, finish: bool) -> Reply:
        """See ``Client``."""
        return _reply(await _heard(self.client.end(finish=finish)))


async def _heard(asked: Awaitable[T]) -> T:
    """Return an answer; what is refused is refused in the language in use."""
    try:
        return await asked
    except SoniqError as error:
        error.args = (told(str(error)),)
        raise


def _reply(reply: Reply) -> Reply:
    text = told(reply.text)
    return reply if text == reply.text else _replace(reply, text=text)


def _form(form: FormSpec) -> FormSpec:
    fields = tuple(_replace(f, label=_(f.label), help=_(f.help)) for f in form.fields)
    return _replace(form, title=_(form.title), fields=fields)


def _page(page: ResultPage, query: ResultQuery) -> ResultPage:
    # What a list was opened from may have a name of its own: that of an album, of a playlist.
    own = not query.key or query.view in OWN_TITLES or query.key.startswith(ELSEWHERE)
    return _replace(
        page,
        title=results.title(page.title, own=own),
        views=tuple((name, _(title)) for name, title in page.views),
        columns=tuple(_replace(column, title=_(column.title)) for column in page.columns),
        rows=tuple(_row(row, page.columns) for row in page.rows),
        empty=_(page.empty),
        problem=told(page.problem),
    )


def _row(row: ResultRow, columns: tuple[ResultColumn, ...]) -> ResultRow:
    cells = [
        results.cell(column.name, text, row.kind, row.key, right=column.right)
        for column, text in zip(columns, row.cells, strict=False)
    ]
    return _replace(row, cells=(*cells, *row.cells[len(cells) :]))


def _detail(found: ResultDetail, kind: str) -> ResultDetail:
    picture = found.picture
    if picture is not None:
        picture = _replace(picture, about=results.caption(picture.about))
    return _replace(
        found,
        title=_(found.title) if kind == CHECK else found.title,
        facts=tuple((results.label(n), results.fact(n, text, kind)) for n, text in found.facts),
        text=results.body(found.text, kind),
        picture=picture,
        no_picture=told(found.no_picture),
    )
