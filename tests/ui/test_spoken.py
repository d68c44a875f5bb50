"""What an engine says comes into the console's language at one door; foreign text does not."""

import ast
from pathlib import Path

import msgspec
import pytest

from soniq_tui import words
from soniq_tui.errors import UsageError
from soniq_tui.model.commands import Pause, Reply, Target
from soniq_tui.model.forms import FieldSpec, FormSpec
from soniq_tui.model.results import (
    DetailQuery,
    ResultColumn,
    ResultDetail,
    ResultPage,
    ResultQuery,
    ResultRow,
)
from soniq_tui.model.snapshot import Query, View
from soniq_tui.ui.translated_client import TranslatedClient
from soniq_tui.words import told as tolds
from soniq_tui.words.told import told
from tests.ui import fakes

PUT_TOGETHER = {"7, one by one", "7 batch", "7 batches", "7 job", "7 jobs", "7 and 7", "7 of 7"}
PUT_TOGETHER |= {"cancel", "pause", "resume", "priority", "hold", "release", "autoscale"}
"""Parts of longer texts; each whole stands among the forms."""
ENGINE = Path(words.__file__).resolve().parents[1] / "engine"


@pytest.fixture(autouse=True)
def _loud(monkeypatch):
    """Speak a language that is English in capitals, braces left alone."""

    def louder(text):
        return "".join(
            part if part.startswith("{") else part.upper() for part in tolds.FIELD.sub(
                lambda match: f"\0{match[0]}\0", text).split("\0")
        )  # fmt: skip

    monkeypatch.setattr(words, "_language", "loud")
    monkeypatch.setattr(words, "_text", louder)
    tolds._told.cache_clear()
    yield
    tolds._told.cache_clear()


@pytest.fixture
def _known(monkeypatch):
    """Know only the texts that are marked; others are left as a real catalogue leaves them."""
    louder, forms = words._text, set(tolds.FORMS) | {"Title", "Health", "Albums", "No title"}
    monkeypatch.setattr(words, "_text", lambda text: louder(text) if text in forms else text)


@pytest.mark.usefixtures("_known")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("extract: held, draining 3", "extract: HELD, DRAINING 3"),
        ("insert: 1 slot", "insert: 1 SLOT"),
        ("1,204 jobs queued again", "1,204 JOBS QUEUED AGAIN"),
        (
            "1 job queued again; 3 items had failed",
            "1 JOB QUEUED AGAIN; 3 ITEMS HAD FAILED",
        ),
        ("backlog of 1,204", "BACKLOG OF 1,204"),
        ("held at 2: 78 °C", "HELD AT 2: 78 °C"),
        ("down to 1: throttled by the firmware", "DOWN TO 1: THROTTLED BY THE FIRMWARE"),
        ("throttled, hot", "THROTTLED, HOT"),
        (
            "3 running jobs stop at the next item; 1 job stands still, and the clock with it",
            "3 RUNNING JOBS STOP AT THE NEXT ITEM; 1 JOB STANDS STILL, AND THE CLOCK WITH IT",
        ),
        ("Albums of Nina Simone", "ALBUMS OF Nina Simone"),
        ("music: /music/held", "music: /music/held"),
        ("corrupt: not audio", "corrupt: not audio"),
        ("", ""),
    ],
)
def test_a_text_is_known_by_its_form(text, said):
    """Figures, names and paths in it stay; what nobody knows stays as it is."""
    assert told(text) == said


def texts_of(node):
    """Yield the texts that an expression can be, with 7 for whatever is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        made = [""]
        for part in node.values:
            value = part.value if isinstance(part, ast.FormattedValue) else part
            found = list(texts_of(value)) or ["7"]
            made = [head + each for head in made for each in found]
        yield from made


def replies():
    """Yield what the engine answers and why it holds back, by file."""
    for file in ("answers", "orders", "cancels", "guards", "autoscale", "slots"):
        tree = ast.parse((ENGINE / f"{file}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "mark", "many"}:
                given = [a.value for a in node.args[:2] if isinstance(a, ast.Constant)]
                yield from ((file, tolds.FIELD.sub("7", text)) for text in given)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Reply", "_Step"}:
                given = [k.value for k in node.keywords if k.arg == "text"] + node.args[2:]
                yield from ((file, text) for each in given for text in texts_of(each))
            if isinstance(node, ast.FunctionDef) and node.name in {"banner", "trouble", "_wanted"}:
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return) and inner.value is not None:
                        yield from ((file, text) for text in texts_of(inner.value))


@pytest.mark.usefixtures("_known")
def test_every_answer_of_the_engine_has_a_form():
    """A new answer that nobody can translate is found here."""
    said = [(file, text) for file, text in replies() if any(c.isalpha() for c in text)]
    assert len(said) > 20
    lost = {text for _file, text in said if told(text) == text}
    assert lost <= PUT_TOGETHER


class Speaker(fakes.FakeClient):
    """An engine that has something to say."""

    async def send(self, command):
        return Reply(text="priority 3")

    async def snapshot(self):
        host = msgspec.structs.replace(self.now.host, trouble="hot")
        return msgspec.structs.replace(self.now, banner="undervoltage", host=host)

    async def describe(self):
        field = FieldSpec(name="paths", label="paths", kind="path", help="Folders to scan.")
        return [FormSpec(importer="music", title="Music library", verb="scan", fields=(field,))]

    async def results(self, query):
        rows = (
            ResultRow(key="1", kind="album", cells=("Health", "No title")),
            ResultRow(key="2", kind="check", cells=("No title", "3")),
        )
        return ResultPage(
            title="Health",
            views=(("health", "Health"),),
            columns=(ResultColumn(name="title", title="Title"),),
            rows=rows,
        )

    async def detail(self, query):
        return ResultDetail(title="Health", facts=(("Title", "No title"),))


async def test_labels_are_translated_and_foreign_text_is_not():
    """An album called Health keeps its name wherever it stands."""
    client = TranslatedClient(Speaker(fakes.running()))
    assert (await client.send(Pause(target=Target()))).text == "PRIORITY 3"
    now = await client.snapshot()
    assert (now.banner, now.host.trouble) == ("UNDERVOLTAGE", "HOT")
    (form,) = await client.describe()
    assert (form.title, form.fields[0].label) == ("MUSIC LIBRARY", "PATHS")
    assert (form.importer, form.fields[0].name) == ("music", "paths")
    page = await client.results(ResultQuery(importer="music", view="health"))
    assert (page.title, page.views, page.columns[0].title) == (
        "HEALTH", (("health", "HEALTH"),), "TITLE"
    )  # fmt: skip
    assert [row.cells for row in page.rows] == [("Health", "No title"), ("NO TITLE", "3")]
    album = await client.results(ResultQuery(importer="music", view="tracks", key="7"))
    assert album.title == "Health"
    detail = await client.detail(DetailQuery(importer="music", kind="album", key="7"))
    assert (detail.title, detail.facts) == ("Health", (("TITLE", "No title"),))
    check = await client.detail(DetailQuery(importer="music", kind="check", key="7"))
    assert (check.title, check.facts) == ("HEALTH", (("TITLE", "NO TITLE"),))


async def test_in_english_everything_passes_as_it_is(monkeypatch):
    """Nothing is copied four times a second for nothing."""
    monkeypatch.setattr(words, "_language", "en")
    fake = fakes.FakeClient(fakes.full())
    assert await TranslatedClient(fake).snapshot() is fake.now


class Counter(fakes.FakeClient):
    """An engine whose results have numbers in them."""

    async def results(self, query):
        name, count = (
            ResultColumn(name="name", title="Name"),
            ResultColumn(name="tracks", title="Tracks", right=True),
        )
        rows = (ResultRow(key="1", kind="artist", cells=("10,000 Maniacs", "1,204")),)
        return ResultPage(columns=(name, count), rows=rows)

    async def detail(self, query):
        facts = (("Artist", "10,000 Maniacs"), ("Size", "1,204,555 bytes"), ("Time", "3:41"),
                 ("Sound", "MPEG-2.5, 44.1 kHz, 1,411 kbit/s"))  # fmt: skip
        return ResultDetail(facts=facts)


@pytest.mark.usefixtures("french")
async def test_numbers_are_written_as_people_write_them_and_names_stay():
    """In columns at the right and in facts that are figures."""
    client = TranslatedClient(Counter(fakes.running()))
    (row,) = (await client.results(ResultQuery(importer="music"))).rows
    assert row.cells == ("10,000 Maniacs", "1\u202f204")
    found = await client.detail(DetailQuery(importer="music", kind="track", key="1"))
    assert [value for _label, value in found.facts] == [
        "10,000 Maniacs", "1\u202f204\u202f555 octets", "3:41",
        "MPEG-2.5, 44,1 kHz, 1\u202f411 kbit/s",
    ]  # fmt: skip
    assert "1\u202f204" in told("backlog of 1,204")


class Refusing(fakes.FakeClient):
    """Refuses everything in English, as an engine elsewhere does."""

    def __getattribute__(self, name):
        if name in ASKED:
            return self._refuse
        return super().__getattribute__(name)

    async def _refuse(self, *_, **__):
        raise UsageError("/m does not exist", "paths")


ASKED = {
    "send": (Pause(target=Target(jobs=(1,))),),
    "snapshot": (),
    "browse": (Query(view=View.JOBS),),
    "job": (1,),
    "output": (1, 0),
    "describe": (),
    "preview": ("music", {}),
    "launch": ("music", {}),
    "results": (ResultQuery(importer="music"),),
    "detail": (DetailQuery(importer="music", kind="track", key="1"),),
    "deed": ("music", "playlist.save", {}),
    "report": (1,),
}


@pytest.mark.parametrize("name", ASKED)
async def test_what_is_refused_is_refused_in_the_language_of_the_console(name):
    """Whatever was asked for; which field is meant stays known."""
    with pytest.raises(UsageError) as caught:
        await getattr(TranslatedClient(Refusing()), name)(*ASKED[name])
    assert str(caught.value) == "/M DOES NOT EXIST"
    assert caught.value.field == "paths"
