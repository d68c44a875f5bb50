"""Pages that are given by hand for addresses whose sites do not give them."""

from soniq_tui.errors import SoniqError
from soniq_tui.model.job import JobState
from soniq_tui.model.ports import Client
from soniq_tui.model.text import shown
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.words import _

KEEP = "page.keep"
"""What an importer does with a page that is given itself: it returns the file."""
PAGES = frozenset({"recipe", "failed"})
"""Kinds of results that a page or a file brought, or should have brought."""


def meant(now: ActionContext) -> tuple[str, str]:
    """Return the importer and the address for which a page may be given; empty: for none."""
    importer, item = "", ""
    if now.result is not None and now.result_query is not None and now.result.kind in PAGES:
        importer, item = now.result_query.importer, now.result.item
    elif now.failed is not None:
        importer, item = now.failed.importer, now.failed.item
    elif now.job is not None and now.job.state is JobState.FAILED:
        importer, item = now.job.importer, now.job.label
    return (importer, item) if item.startswith(("http://", "https://")) else ("", "")


async def give(client: Client, importer: str, url: str, what: str, page: str) -> tuple[str, str]:
    """Import a page, a ``text`` or the name of a ``file``, as what an address has.

    Returns:
        What came of it, and its tone.
    """
    try:
        file = page
        if what == "text":
            reply = await client.deed(importer, KEEP, {"text": page, "url": url})
            if not reply.ok:
                return reply.text, "bad"
            file = reply.text
        options: dict[str, object] = {"sources": [file], "url": url, "on_duplicate": "update"}
        reply = await client.launch(importer, options)
    except (SoniqError, OSError) as error:
        return str(error), "bad"
    if not reply.ok:
        return reply.text, "bad"
    if what == "text":
        return _("what was pasted is read for {url}").format(url=shown(url)), "ok"
    return _("{file} is read for {url}").format(file=shown(page), url=shown(url)), "ok"
