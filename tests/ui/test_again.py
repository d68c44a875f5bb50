"""A batch that was started anywhere is started again: the form is filled as it was."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from soniq_tui.engine import details
from soniq_tui.errors import EngineError
from soniq_tui.importers.music import importer as music
from soniq_tui.importers.music.words import ScanOptions
from soniq_tui.model.commands import Reply
from soniq_tui.model.forms import FieldSpec
from soniq_tui.model.job import BatchState
from soniq_tui.ui import forms, memory, relaunch
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions import can
from soniq_tui.ui.actions.can import repeatable
from soniq_tui.ui.job_lines import command_of
from soniq_tui.ui.keys import actions_on, footer_actions
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.relaunch import Earlier
from soniq_tui.words import use
from tests.ui import fakes
from tests.ui.hostile import KINDS
from tests.ui.pilots import running, settle, text_of, until

MUSIC, RECIPES = fakes.FORMS


def told(**changes):
    """Return an engine that tells of its first batch, which was started elsewhere, by job 1."""
    fake = fakes.FakeClient()
    fake.details[1] = fakes.detail(fake.job_row(0), **changes)
    return fake


async def opened(pilot):
    """Wait until the form is there."""
    await until(pilot, lambda: pilot.app.top.where == "launch" and pilot.app.top.drawn is not None)
    await settle(pilot)
    return pilot.app.top


async def said(pilot, words):
    """Wait until the screen says this."""
    await until(pilot, lambda: words in text_of(pilot.app))


# -------------------------------------------------------------------- from where


def slow_to_tell():
    """Return an engine that tells of no job before the event beside it is set."""
    fake, gate = told(), asyncio.Event()
    real = fake.job

    async def slow(job_id):
        await gate.wait()
        return await real(job_id)

    fake.job = slow
    return fake, gate


@pytest.mark.parametrize("keys", [["N"], ["tab", "N"], ["2", "N"], ["2", "enter", "N"]])
async def test_the_form_is_filled_and_starts_it_again(keys):
    """From the dashboard, a slot, the jobs and one job; nothing starts without the form."""
    fake = told()
    slots = tuple(fakes.running().slots)
    fake.details |= {s.job_id: fake.details[1] for s in slots if s.job_id is not None}
    async with running(fake, keys=keys) as (app, pilot, _):
        top = await opened(pilot)
        assert top.values() == {"paths": "/music", "limit": "500", "force": ""}
        assert "as batch 1; ^J starts it again" in text_of(app)
        assert fake.launched == []
        assert app.memory.recents() == ()
        fake.reply = Reply(ok=True, text="batch 4 is running", batch_id=4)
        await pilot.press("ctrl+j")
        await until(pilot, lambda: fake.launched)
        await said(pilot, "batch 4 is running")
        assert fake.launched == [("music", {"paths": ["/music"], "limit": 500, "force": False})]
        assert app.top.where == "dash"
        assert app.memory.recents()[0].batch_id == 4


async def test_the_two_keys_may_come_at_once():
    """What is typed while the engine is asked waits for the form."""
    fake, gate = slow_to_tell()
    async with running(fake) as (app, pilot, _):
        pressing = asyncio.create_task(pilot.press("N", "ctrl+j"))
        await until(pilot, lambda: app.top.where == "launch")
        assert fake.launched == []
        gate.set()
        await until(pilot, lambda: fake.launched)
        await pressing
        assert fake.launched[0][1]["paths"] == ["/music"]


async def test_the_form_can_be_left_while_the_engine_does_not_answer():
    """The console stays as it was and nobody waits."""
    fake, gate = told(), asyncio.Event()

    async def never(_job_id):
        await gate.wait()

    fake.job = never
    async with running(fake, keys=["N"]) as (app, pilot, _):
        assert app.top.where == "launch"
        await app.top.action_act("form.back")
        await until(pilot, lambda: app.top.where == "dash")
        gate.set()
        await settle(pilot)
        assert app.top.where == "dash"


async def test_nothing_starts_before_the_form_is_there():
    """An engine that is slow to tell the options is waited for, though no screen keeps keys up."""
    fake, gate = slow_to_tell()
    async with running(fake, keys=["N"]) as (app, pilot, _):
        form = app.top
        assert (form.where, form.takes_keys) == ("launch", False)
        form.do_form_start()
        await said(pilot, "the engine has described no form")
        gate.set()
        await opened(pilot)
        assert fake.launched == []


def test_only_where_a_batch_is_meant_is_it_offered():
    """Not in a recording, not without an engine, not where there is no batch."""
    now = ActionContext(screen="dash", snapshot=fakes.running(), batch=fakes.batch(7))
    assert repeatable(now) == ""
    assert relaunch.meant(now) == Earlier(7)
    job = fakes.FakeClient().job_row(4)
    assert relaunch.meant(ActionContext(job=job, batch=fakes.batch(7))) == Earlier(1, 5)
    for changes, why in (
        ({"replaying": True}, "this is a recording: nothing is started in it"),
        ({"lost": True}, "the engine does not answer"),
        ({"batch": None}, "no batch is marked"),
        ({"snapshot": None}, "the engine is still starting"),
    ):
        other = ActionContext(
            **({"screen": "dash", "snapshot": now.snapshot, "batch": now.batch} | changes)
        )
        assert repeatable(other) == why
        assert "batch.again" not in [each.id for each in footer_actions("dash", other)]
    assert "batch.again" in [each.id for each in footer_actions("dash", now)]


def test_it_has_one_key_on_the_screens_that_show_batches():
    """And no key anywhere else."""
    for screen in ("dash", "jobs", "job"):
        assert [a.id for a in actions_on(screen) if "N" in a.keys] == ["batch.again"]
    for screen in ("results", "queues", "errors", "launch"):
        assert "batch.again" not in [a.id for a in actions_on(screen)]
    assert can.repeatable is repeatable


# -------------------------------------------------------------------- what cannot be told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (None, "batch 1 has no job that tells its options; n starts a new one"),
        ({"form": None}, "batch 1: scan is not installed here; n starts a new one"),
        (
            {"values": {"paths": "/x\n" * 1_500_000}},
            "batch 1 was told more than a form can hold; n starts a new one",
        ),
    ],
)
async def test_options_that_cannot_be_told_are_one_line(changes, words):
    """It says why and what to do, where one was; no form stays open."""
    fake = fakes.FakeClient() if changes is None else told(**changes)
    async with running(fake, keys=["N"]) as (app, pilot, _):
        await said(pilot, words)
        assert app.top.where == "dash"
        await pilot.press("n")
        assert (await opened(pilot)).values()["paths"] == ""


async def test_an_importer_of_another_version_is_said_to_be_one():
    """It is there, and does not understand what it was told once."""
    fake = told(form=None)
    known = [msgspec_form("scan")]
    words = await relaunch.held_by(fake, Earlier(1), known)
    assert words == "batch 1: another version of scan started it; n starts a new one"


def msgspec_form(importer):
    """Return the music form under another name."""
    return msgspec.structs.replace(MUSIC, importer=importer)


async def test_a_batch_without_jobs_is_asked_about_once():
    """No job is in view: the engine is asked for the first."""
    fake = fakes.FakeClient(jobs=0)
    words = await relaunch.held_by(fake, Earlier(9), fakes.FORMS)
    assert words == "batch 9 has no job that tells its options; n starts a new one"
    assert [(q.batch_id, q.limit) for q in fake.queries] == [(9, 1)]
    assert fake.asked == []


async def test_an_error_of_the_engine_is_said_where_one_was():
    """The form that cannot be filled is not left open."""
    fake = told()

    async def broken(_job_id):
        raise EngineError("the journal cannot be read")

    fake.job = broken
    async with running(fake, keys=["N"]) as (app, pilot, _):
        await said(pilot, "the journal cannot be read")
        assert app.top.where == "dash"


# -------------------------------------------------------------------- drafts, secrets


@pytest.fixture
def soon(monkeypatch):
    """Remember at once."""
    monkeypatch.setattr(memory, "SAVE_AFTER_S", 0.01)


async def test_what_was_typed_before_is_not_lost(soon):
    """It is there again with n, after ^L, and after the other was started."""
    own = Memory()
    own.keep_draft("music", {"paths": "/typed", "limit": "", "force": ""})
    fake = told()
    async with running(fake, keys=["N"], memory=own) as (app, pilot, _):
        top = await opened(pilot)
        await said(pilot, "^L: what you had typed")
        await pilot.press("escape", "n")
        assert (await opened(pilot)).values()["paths"] == "/typed"
        await pilot.press("escape", "N")
        top = await opened(pilot)
        await pilot.press("/", "x")
        await said(pilot, "^L brings back what you had typed before")
        assert top.values()["paths"] == "/music/x"
        await pilot.press("ctrl+l")
        await said(pilot, "^L goes back to what you have typed since")
        assert top.values()["paths"] == "/typed"
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert top.values()["paths"] == "/music/x"
        await pilot.press("ctrl+j")
        await until(pilot, lambda: fake.launched and app.top.where == "dash")
        assert fake.launched[0][1]["paths"] == ["/music/x"]
        assert own.draft("music")["paths"] == "/typed"


async def test_what_was_typed_before_comes_back_once(soon):
    """Where nothing was typed since there is nothing to go back to; another form has its own."""
    own = Memory()
    own.keep_draft("music", {"paths": "/typed", "limit": "", "force": ""})
    async with running(told(), keys=["N"], memory=own) as (_, pilot, _c):
        top = await opened(pilot)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: top.values()["paths"] == "/typed")
        assert top.hint == "as you left it; ^L begins with nothing"
        await pilot.press("ctrl+l")
        await until(pilot, lambda: top.values()["paths"] == "")
    async with running(told(), keys=["N"], memory=own) as (_, pilot, _c):
        top = await opened(pilot)
        top.aside = {"paths": "/typed"}
        top.choice.focus()
        await pilot.press("right")
        await until(pilot, lambda: top.drawn == RECIPES)
        await settle(pilot)
        assert top.aside is None


async def test_the_same_again_speaks_of_no_draft(soon):
    """What was typed says the same as the batch: there is nothing to bring back."""
    own = Memory()
    own.keep_draft("music", {"paths": "/music", "limit": "500", "force": ""})
    async with running(told(), keys=["N"], memory=own) as (app, pilot, _):
        top = await opened(pilot)
        assert top.aside is None
        assert "what you had typed" not in text_of(app)


async def test_what_was_agreed_to_once_is_not_agreed_to_again():
    """Files that are gone would be booked as gone without a question the second time."""
    fake = told(values={"paths": "/music", "limit": "500", "force": "yes"})
    held = await relaunch.held_by(fake, Earlier(1), fakes.FORMS)
    assert (held.values, held.once) == ({"paths": "/music", "limit": "500"}, ("force",))
    assert (held.without, held.logins) == ((), False)
    assert relaunch.once_words(MUSIC, held.once) == "for that time alone, so left out: Read again"
    assert [f.name for f in music.form().fields if f.once] == ["force"]


async def test_no_password_is_shown():
    """Neither of a field that is called so nor in an address; what is missing is named."""
    secret = FieldSpec(name="api_token", label="Token", kind="text", group="rest")
    form = msgspec.structs.replace(RECIPES, fields=(*RECIPES.fields, secret))
    values = {field.name: "" for field in RECIPES.fields} | {
        "urls": "https://me:hunter2@example.org/soup",
        "model": "small",
        "api_token": "hunter3",
    }
    fake = told(form=form, values=values)
    fake.forms = [MUSIC, form]
    async with running(fake, (120, 40), keys=["N"]) as (app, pilot, _):
        top = await opened(pilot)
        assert top.values()["urls"] == "https://me@example.org/soup"
        assert (top.values()["model"], top.values()["api_token"]) == ("small", "")
        hint = "as batch 1, but what cannot be told is left out: Token, logins in addresses"
        assert top.hint == hint
        assert "as batch 1, but what cannot be told" in text_of(app)
        assert "hunter" not in text_of(app)
        assert "hunter" not in top.command


async def test_logins_that_were_left_out_are_said_to_be():
    """The engine shows them to nobody: what is started would be refused without them."""
    fake = told(logins=True)
    async with running(fake, (80, 24), keys=["N"]) as (app, pilot, _):
        await opened(pilot)
        hint = "as batch 1, but what cannot be told is left out: logins in addresses"
        assert hint in text_of(app)
    held = await relaunch.held_by(told(), Earlier(1), fakes.FORMS)
    assert not held.logins


# -------------------------------------------------------------------- hostile


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_hostile_values_are_shown_clean_and_launched_exactly(size):
    """300 folders with control signs, and an importer that is called like a sequence."""
    nasty = [t for kind in ("escape", "c0", "c1", "bidi", "markup") for t in KINDS[kind]]
    names = [f"/{n}/{t}x" for n, t in enumerate((nasty * 4)[:300]) if "\n" not in t]
    assert len(names) > 290
    fake = told(values={"paths": "\n".join(names), "limit": "\x1b[31m9", "force": "\x9b"})
    async with running(fake, size, keys=["N"]) as (app, pilot, _):
        top = await opened(pilot)
        await said(pilot, f"{len(names)} paths")
        text = text_of(app)
        assert all(c == "\n" or c.isprintable() for c in text)
        assert top.values()["paths"].split("\n") == names
        top.entries["limit"].value = ""
        top.changed()
        await pilot.press("ctrl+j")
        await until(pilot, lambda: fake.launched)
        # What paths mean anyway: slashes that are twice there are once.
        assert fake.launched[0][1]["paths"] == [str(Path(name)) for name in names]
    fake = told(form=None)
    row = msgspec.structs.replace(fake.job_row(0), importer="\x1b]0;PWNED\x07" * 100)
    fake.details[1] = msgspec.structs.replace(fake.details[1], job=row)
    words = await relaunch.held_by(fake, Earlier(1), fakes.FORMS)
    assert words.isprintable()
    assert len(words) < 120


@pytest.mark.parametrize(
    "path",
    ["/a b", " /a", "/a ", "'/a'", '"', "/it's", "/a\rb", "\t/x\x1b[2J\t", "file", "/100%25"],
)
def test_a_path_comes_back_as_it_was(path):
    """What the engine tells of options means the same options when the form is read."""
    options = ScanOptions(paths=(path, "/other"), exclude=("*.tmp", "a b"), limit=3)
    held = forms.meaning(music.form(), details.values_of(music, options)).options
    assert held["paths"] == [str(Path.cwd() / path), "/other"]
    assert (held["exclude"], held["limit"], held["force"]) == (["*.tmp", "a b"], 3, False)


def test_what_no_form_can_hold_is_not_told_as_something_else():
    """A name with a line end would be two names; the field is left out, and so is the command."""
    job = fakes.FakeClient().job_row(0)
    for options, left_out in (
        (ScanOptions(paths=("/a\nb",)), "paths"),
        (ScanOptions(paths=("/a",), exclude=(" x",)), "exclude"),
    ):
        values = details.values_of(music, options)
        assert forms.untold(music.form(), values) == (left_out,)
        assert command_of(fakes.detail(job, form=music.form(), values=values)) == ""
    assert command_of(fakes.detail(job)) == "soniq-tui scan /music --limit 500"


# -------------------------------------------------------------------- the word in the form


async def test_without_recent_launches_the_form_tells_of_the_key():
    """Only where there is a batch that could be started again."""
    async with running(keys=["n", "ctrl+r"]) as (app, pilot, _):
        await said(pilot, "nothing was started from here yet; N on a batch starts it again")
        assert app.top.where == "launch"
    async with running(fakes.FakeClient(fakes.idle()), keys=["n", "ctrl+r"]) as (app, pilot, _):
        await said(pilot, "nothing was started from here yet")
        assert "N on a batch" not in text_of(app)


async def test_french_speaks_of_it():
    """Footer word, line and hint are translated."""
    use("fr")
    try:
        async with running(told(), keys=["N"]) as (app, pilot, _):
            await opened(pilot)
            assert "comme le lot 1 ; ^J le relance" in text_of(app)
    finally:
        use("en")


async def test_a_batch_that_has_ended_is_started_again_as_well():
    """It need not run; this is what a rescan is."""
    fake = told()
    done = fakes.batch(1, state=BatchState.DONE, running=0, waiting=0)
    fake.now = fakes.running(batches=(done,), slots=fakes.idle().slots)
    async with running(fake, keys=["N"]) as (_, pilot, _c):
        assert (await opened(pilot)).values()["paths"] == "/music"
