"""Why things failed and what the log says, in the language of whoever reads it."""

import logging
import types
from unittest.mock import AsyncMock

import pytest
from msgspec.structs import replace

from soniq_tui import words
from soniq_tui.engine.narrator import Narrator
from soniq_tui.importers.music.tags import read
from soniq_tui.importers.recipes import fetch
from soniq_tui.model.commands import Reply
from soniq_tui.model.events import AutoscaleSet, BatchChanged, QueueHeld, SlotsResized
from soniq_tui.model.job import Batch, BatchState, ErrorKind, Items
from soniq_tui.model.snapshot import CauseRow, LogRow
from soniq_tui.runners.held import exit_words
from soniq_tui.ui import dash_blocks, job_rows, log_rows, view
from soniq_tui.ui.glyphs import UNICODE
from soniq_tui.ui.translated_client import TranslatedClient
from soniq_tui.words.told import told
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of

pytestmark = pytest.mark.usefixtures("french")


def batch(state, error=""):
    """Return a batch in a state."""
    items = Items(total=12, done=1, skipped=0, failed=11)
    return Batch(
        id=7, importer="music", label="/m: done", options=b"", state=state, items=items,
        added_at_s=0.0, error=error,
    )  # fmt: skip


def test_every_line_about_batches_and_queues_is_known(caplog):
    """As the narrator words them; names stay, whatever they hold."""
    caplog.set_level(logging.INFO, "soniq_tui")
    narrator = Narrator()
    for state in BatchState:
        narrator.tell(BatchChanged(batch=batch(state)))
    narrator.tell(BatchChanged(batch=batch(BatchState.FAILED, "the file is empty")))
    for held in (True, False):
        narrator.tell(QueueHeld(queue="extract", held=held))
        narrator.tell(AutoscaleSet(queue="extract", on=held))
    narrator.tell(SlotsResized(queue="extract", slots=3))
    said = [told(record.getMessage()) for record in caplog.records]
    assert len(said) == len(BatchState) + 6
    for text in said:
        assert text.startswith(("lot 7 ", "file extract : ")), text
        assert text.endswith("music /m: done") or text.startswith("file")
    assert "lot 7 fini (faits : 1, sautés : 0, échoués : 11) : music /m: done" in said
    assert any(" : le fichier est vide (faits : 1" in text for text in said)
    narrator.tell(BatchChanged(batch=replace(batch(BatchState.DONE), label="3 folders")))
    assert told(caplog.records[-1].getMessage()).endswith(" : music 3 dossiers")


def test_the_report_of_a_batch_is_known_in_the_log():
    """With what it changed, and whatever the batch is called."""
    counts = "11 items: 1,391 done, 0 skipped, 9 failed"
    took = "0.1 s, 3,683 items/s, at most 148 MiB"
    said = "éléments : 11, faits : 1\u202f391, sautés : 0, échoués : 9"
    brought = "nouveaux morceaux : 1\u202f391, fichiers disparus : 2"
    time = "0,1 s, 3\u202f683 éléments/s, au plus 148 MiB"
    for logged, shown in (
        (f"batch 1, music /m: done; {counts}; {took}", f"lot 1, music /m : fini ; {said} ; {time}"),
        (
            f"batch 2, recipes 2 recipes: a.html, …: set aside; {counts}; {took}",
            f"lot 2, recipes 2 recettes : a.html, … : mis à part ; {said} ; {time}",
        ),
        (
            f"batch 1, music /m: done; {counts}, new tracks: 1,391, missing files: 2; {took}",
            f"lot 1, music /m : fini ; {said}, {brought} ; {time}",
        ),
    ):
        assert told(logged).replace("\xa0", " ") == shown


@pytest.mark.parametrize("status", [403, 404, 410, 429, 451, 500, 503, 418])
def test_what_a_site_answers_is_known(status):
    """Each answer that brings no page."""
    answer = types.SimpleNamespace(status=status, headers={"retry-after": "30"})
    with pytest.raises(fetch.FetchError) as caught:
        fetch._judge(answer)
    assert told(str(caught.value)) != str(caught.value)
    assert "(" in told(str(caught.value))


@pytest.mark.parametrize("status", [9, 11, 256, 0])
def test_how_a_process_ended_is_known(status):
    """Alone, and in the sentence it stands in."""
    said = f"the process that worked on it {exit_words(status)}"
    assert told(said).startswith("le processus qui y travaillait ")
    assert "exited" not in told(said)
    assert "killed" not in told(said)


@pytest.mark.parametrize(
    "exc",
    [
        FileNotFoundError(2, "x"),
        PermissionError(13, "Permission denied"),
        OSError(12, "x"),
        OSError(5, "Input/output error"),
        EOFError(),
    ],
)
def test_what_a_file_cannot_be_read_for_is_known(exc):
    """What the system says, too."""
    fault = read._of_system(exc) if isinstance(exc, OSError) else read._of_parser(exc, b"")
    assert told(str(fault)) != str(fault)


def test_what_others_said_stays():
    """A reason nobody knows, the words of a library inside a known one, and English."""
    assert told("soup of the day, done twice over") == "soup of the day, done twice over"
    assert told("damaged: unable to read full data") == "endommagé : unable to read full data"
    words.use("en")
    assert told("the file is empty") == "the file is empty"


CAUSE = CauseRow(
    batch_id=1, stage="tags", kind=ErrorKind.CORRUPT, reason="the file is empty", count=2, jobs=1,
    importer="scan", first_at_s=fakes.AT_S, last_at_s=fakes.AT_S, sample="/m/a.mp3",
)  # fmt: skip


def test_screens_say_it():
    """The list of causes, the pane beside the dash, the newest failure and the log."""
    assert "le fichier est vide" in job_rows.cause_row(CAUSE).cells
    assert "le fichier est vide" in dash_blocks.cause_line(CAUSE, 60, UNICODE)[2][0]
    row = LogRow(id=1, at_s=0.0, level="info", source="engine", text="all is well again")
    assert "tout va bien de nouveau" in log_rows.log_row(row).cells
    newest = fakes.running(failures=1).newest_failure
    said = view.failure_line(newest, 160, UNICODE)[1][0]
    assert newest.reason in said, "what is not known stays"


async def test_a_retry_means_the_cause_as_it_is_kept():
    """What is shown is translated, what is sent is not."""
    fake = fakes.FakeClient()

    async def causes(query):
        page = await browse(query)
        rows = tuple(CAUSE for row in page.rows[:1] if isinstance(row, CauseRow))
        return type(page)(rows=rows, total=len(rows)) if rows else page

    browse, fake.browse = fake.browse, causes
    async with running(fake, keys=["e"]) as (app, pilot, client):
        await settle(pilot)
        assert "le fichier est vide" in text_of(app)
        await pilot.press("r")
        await settle(pilot)
        assert client.sent[-1].target.causes[0].reason == "the file is empty"


@pytest.mark.parametrize(
    ("text", "batch_id", "said"),
    [
        ("Music library: /m: a", 7, "Discothèque\N{NO-BREAK SPACE}: /m: a"),
        ("soup: /m", None, "soup: /m"),
    ],
)
async def test_what_a_launch_answers_has_a_french_colon(text, batch_id, said):
    """The title of a form stands before one; where nothing was launched there is no title."""
    client = fakes.FakeClient()
    client.launch = AsyncMock(return_value=Reply(text=text, batch_id=batch_id))
    assert (await TranslatedClient(client).launch("music", {})).text == said
