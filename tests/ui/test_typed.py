"""What is typed in the language of the screen finds what is seen, and the English as before."""

import sqlite3
from contextlib import closing

import pytest

from soniq_tui import words
from soniq_tui.engine.filter import condition
from soniq_tui.engine.logbook import Logbook
from soniq_tui.errors import UsageError
from soniq_tui.host import library, lists, verbs
from soniq_tui.importers.music.library import search
from soniq_tui.model.commands import Cancel, Retry, Target
from soniq_tui.model.filters import CHARS_MOST, FIELDS, Reader, in_english
from soniq_tui.model.job import ErrorKind, JobState
from soniq_tui.model.results import ResultPage, ResultQuery
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import LogRow, Page, Query, View
from soniq_tui.ui import filters
from soniq_tui.ui.translated_client import TranslatedClient
from soniq_tui.words import typed
from soniq_tui.words.failures import FAILURES
from soniq_tui.words.told import told
from tests.ui import fakes

REASONS = [form for form in FAILURES if "{" not in form]


pytestmark = pytest.mark.usefixtures("french")


def matches(text: str, view: View, reason: str) -> bool:
    """Say whether a filter lets a failure through, as the engine reads it."""
    where, values = condition(filters.meant(text, view), view)
    with closing(sqlite3.connect(":memory:")) as db:
        row = "SELECT 'x.mp3' AS item, ? AS reason, 'read' AS stage, 'corrupt' AS kind"
        sql = f"SELECT count(*) FROM ({row}) AS e WHERE {where.replace(':f', '@f')}"  # noqa: S608
        sql = sql.replace("?", "@reason")
        return bool(db.execute(sql, {"reason": reason} | values).fetchone()[0])


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_is_found_as_it_is_seen(reason):
    """The whole of it, also in another case and without accents; and in English as before."""
    seen = told(reason)
    for text in (seen, seen.upper(), typed.folded(seen), reason):
        assert matches(f'"{text}"', View.ERRORS, reason)
        assert not matches(f'!"{text}"', View.ERRORS, reason)
    assert not matches(f'"{seen}"', View.ERRORS, "something else")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("endommagé", "damaged: truncated"),
        ("endommage tronqué", "damaged or cut short"),
        ("mémoire", "not enough memory"),
        ("!fichier vide", "the file is empty"),
    ],
)
def test_words_of_a_reason_find_it(text, reason):
    """Each by itself, and those with something put in by what is the same in all."""
    assert matches(text, View.CAUSES, reason)


def test_a_word_of_many_reasons_is_looked_for_as_it_is():
    """Else each row would be looked at for all of them, to find most."""
    assert filters.meant("pas", View.ERRORS) == "pas"
    assert filters.meant("de", View.ERRORS) == "de"
    most = max(len(typed.reasons(word)) for form in FAILURES for word in told(form).split() if word)
    assert 1 < most <= typed.REASONS_MOST


@pytest.mark.parametrize(
    ("kind", "view", "known"), [("state", View.JOBS, JobState), ("kind", View.ERRORS, ErrorKind)]
)
def test_states_and_kinds_are_found_as_they_are_seen(kind, view, known):
    """By the beginning of the word, and in English as before; the hint has what is seen."""
    for each in known:
        seen = words._(each.value.replace("_", " "))
        found = filters.meant(f'{kind}:"{seen.upper()}"', view)
        assert filters.quoted(each.value) in found.partition(":")[2].split("|")
        assert filters.problem(f'!{kind}:"{seen}"', view) == ""
        assert filters.problem(f'{kind}:"{each.value}"', view) == ""
        assert seen in filters.values_of(view, None)[kind]
        assert filters.meant(f"{kind}:{filters.quoted(each.value)}", view).startswith(
            f"{kind}:{filters.quoted(each.value)}"
        )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("state:échoué", "state:failed"),
        ("state:en", "state:queued|running|paused"),
        ("state:fini|annulé !x", "state:done|cancelled !x"),
        ("state:failed", "state:failed"),
        ("queue:file", "queue:file"),
        ("is:dead try>1 time>5s", "is:dead try>1 time>5s"),
        ("http://fichier", "http://fichier"),
        ("time>5,1s !time>2s", "time>5.1s !time>2s"),
        ("id:1\u202f234 try>1\u00a0000", "id:1234 try>1000"),
        ("batch:1\u202f234|5\u00a0678|9 x", "batch:1234|5678|9 x"),
        ("!id:7|1\u202f234 batch:1|", "!id:7|1234 batch:1|"),
        ("time>5.1s", "time>5.1s"),
        ("time>5,1 s !time<2\u202fm x", "time>5.1s !time<2m x"),
        ("time>5 soupe try>1 m", "time>5 soupe try>1 m"),
        ('queue:5,1 "time>5,1s" x:5,1', 'queue:5,1 "time>5,1s" x:5,1'),
        ("nope:échoué", "nope:échoué"),
        ("state:zzz", "state:zzz"),
        ('"deux mots"', '"deux mots"'),
        ("", ""),
        ("!", "!"),
    ],
)
def test_what_an_engine_reads(text, meant):
    """What it means anyway stays as it was typed."""
    assert filters.meant(text, View.JOBS) == meant


def test_what_is_too_long_for_a_filter_is_not_read():
    """Somebody may paste a book into the line; it is refused anyway."""

    def read(*_):
        raise AssertionError

    text = "mot " * CHARS_MOST
    assert in_english(text, View.JOBS, Reader(read, read, read)) == text
    assert filters.problem(text, View.JOBS) == "c\u2019est trop long pour un filtre"


def test_a_number_is_meant_as_it_is_seen():
    """In English a comma in a number stays what it is there: nothing that a filter takes."""
    assert filters.problem("time>5,1s", View.JOBS) == ""
    words.use("en")
    assert filters.problem("time>5,1s", View.JOBS) != ""


def test_what_cannot_be_is_told_with_what_is_seen():
    """A state that there is none of names those that there are, as they are seen."""
    why = filters.problem("state:zzz", View.JOBS)
    assert "échoué" in why
    assert "failed" not in why


def test_what_is_offered_is_what_is_seen():
    """And the English to who begins it so; what stands before a bar stays."""
    values = filters.values_of(View.JOBS, None)
    assert filters.offer("state:ech", 9, View.JOBS, values).words == ("state:échoué",)
    assert filters.offer("state:fai", 9, View.JOBS, values).words == ("state:failed",)
    held = filters.offer("!state:fini|ann", 15, View.JOBS, values)
    assert held.words == ("!state:fini|annulation", "!state:fini|annulé")


def test_a_filter_does_not_get_too_long():
    """Then it is read as it was typed."""
    text = " ".join(["endommagé"] * 40)
    assert filters.meant(text, View.ERRORS) == text
    assert len(filters.meant("endommagé " * 5, View.ERRORS)) <= CHARS_MOST


def test_in_english_nothing_is_changed_but_signs_between_words():
    """Kinds are seen with blanks where the engine has none."""
    words.use("en")
    assert filters.meant("damaged state:failed", View.JOBS) == "damaged state:failed"
    assert filters.meant('kind:"too big"', View.ERRORS) == "kind:too_big"


class Asked(fakes.FakeClient):
    """Keeps what it was asked for."""

    async def browse(self, query):
        """See ``Client``."""
        self.query = query
        return await super().browse(query)

    async def send(self, command):
        """See ``Client``."""
        self.command = command
        return await super().send(command)


async def test_lists_and_deeds_mean_the_same():
    """What is cancelled, or tried again, is what was seen."""
    client = Asked()
    spoken = TranslatedClient(client)
    await spoken.browse(Query(view=View.JOBS, text="state:échoué"))
    assert client.query.text == "state:failed"
    await spoken.send(Cancel(target=Target(text="state:échoué")))
    assert client.command.target.text == "state:failed"
    await spoken.send(Retry(target=Target(text="kind:abîmé", failures=True)))
    assert client.command.target.text == "kind:corrupt"
    target = verbs.target_of(None, (), "state:échoué")
    assert verbs.read(Cancel(target=target), target)[0] == Cancel(
        target=Target(text="state:failed")
    )
    asked = lists.Asked(View.ERRORS, None, "kind:abîmé", "", False, 9)
    assert asked.query.text == "kind:corrupt"


@pytest.mark.parametrize("as_json", [False, True])
def test_what_a_person_types_is_read_also_where_a_program_reads_the_answer(
    as_json, monkeypatch, tmp_path
):
    """A filter, or a search, means with ``--json`` what it means without."""
    asked = []
    monkeypatch.setattr(lists, "_read", lambda _settings, what: asked.append(what) or Page())
    filtered = lists.Asked(View.JOBS, None, "state:échoué time>1,5s", "", False, 9)
    settings = Settings(data_dir=str(tmp_path))
    lists.show(settings, filtered, as_json=as_json)
    words.use("fr")
    monkeypatch.setattr(
        library, "_page", lambda _settings, what: asked.append(what) or ResultPage()
    )
    library.search(settings, ("rate:44,1 kHz", "bitrate:1 411"), "tracks", 9, as_json=as_json)
    assert [query.text for query in asked] == [
        "state:failed time>1.5s", "rate:44.1k bitrate:1411"
    ]  # fmt: skip


def test_lines_of_the_log_are_found_as_they_are_seen():
    """Their level and their words."""
    rows = [LogRow(id=0, at_s=0.0, level=level, source="host", text=text)
            for level, text in (("info", "the host ends"), ("warning", "x"))]  # fmt: skip
    book = Logbook(rows)

    def found(text):
        query = Query(view=View.LOG, text=filters.meant(text, View.LOG))
        return [row.text for row in book.page(query).rows]

    assert found("finit") == ["the host ends"]
    assert found("level:alerte") == ["x"]
    assert found("level:alerte|info") == ["the host ends", "x"]
    assert found("!finit|x") == []
    with pytest.raises(UsageError):
        found("level:zzz")


def test_every_value_that_is_a_word_is_seen_in_another_language():
    """Where a field has values of its own, each has its translation."""
    fields = {field for of_view in FIELDS.values() for field in of_view if field.form == "word"}
    for field in fields:
        assert [v for v in field.values if not typed.values(field.values, typed.shown(v))] == []


def test_the_hint_says_what_may_come_in_the_language_in_use():
    """As the line for a search of results does."""
    assert filters.hint("", 0, View.LOG, {}) == "mots  !pas  level:  source:"
    words.use("en")
    assert filters.hint("", 0, View.LOG, {}) == "words  !not  level:  source:"


# ---------------------------------------------------------------- searches of results


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("bitrate:1\u202f411", "bitrate:1411"),
        ("bitrate:>1\u00a0000 live", "bitrate:>1000 live"),
        ("bitrate:<=12 345", "bitrate:<=12345"),
        ("bitrate:192-1 411 kbit/s", "bitrate:192-1411"),
        ("bitrate:-1 411", "bitrate:-1411"),
        ("bitrate:320 kbit/s nina", "bitrate:320 nina"),
        ("!rate:44,1 kHz", "!rate:44.1k"),
        ("rate:44,1kHz", "rate:44.1k"),
        ("rate:44,1k-192\u202fkHz", "rate:44.1k-192k"),
        ("rate:>=44 100 Hz x", "rate:>=44100 x"),
        ("rate:192 000", "rate:192000"),
        ('rate:"44,1 kHz"', "rate:44.1k"),
        ("bitrate:192 311", "bitrate:192 311"),
        ("bitrate:320 500 miles", "bitrate:320 500 miles"),
        ("bitrate:320 kilo", "bitrate:320 kilo"),
        pytest.param('year:"' + 4000 * "1", 'year:"' + 4000 * "1", id="no search is so long"),
        ("year:1990 101", "year:1990 101"),
        ("year:1990-1999", "year:1990-1999"),
        ("year:", "year:"),
        ("rate:fast", "rate:fast"),
        ("rate:44.1k", "rate:44.1k"),
        ("title:1 000", "title:1 000"),
        ('"rate:1 000', '"rate:1 000'),
        ("10 000 maniacs", "10 000 maniacs"),
    ],
)
def test_numbers_in_a_search_are_meant_as_they_are_seen(text, meant):
    """With the blanks, the comma and the units of the screen; words and titles stay."""
    assert typed.sought(text) == meant
    words.use("en")
    assert typed.sought(text) == text


def test_the_filters_with_numbers_are_those_of_the_library():
    """What takes a range there takes a French number, and what it means is a range."""
    for name in search.FILTERS:
        try:
            found = search.parse(typed.sought(f"{name}:1 411-2\u202f822"), 0.0)
        except UsageError:
            continue
        ranged = [c for c in found.conditions if c.values == {"low": 1411, "high": 2822}]
        assert bool(ranged) == (name in typed.SOUGHT), name


class Searched(fakes.FakeClient):
    """An engine that keeps what was asked of its results."""

    def __init__(self):
        super().__init__()
        self.heard = []

    async def results(self, query):
        self.heard.append(query.text)
        return await super().results(query)

    async def deed(self, importer, name, words):
        self.heard.append(words)
        return await super().deed(importer, name, words)


async def test_a_search_and_a_playlist_of_it_mean_the_same():
    """The engine is asked in its own numbers, by the console and by a command."""
    client = Searched()
    spoken = TranslatedClient(client)
    await spoken.results(ResultQuery(importer="music", text="rate:44,1 kHz"))
    await spoken.deed("music", "playlist.save", {"name": "rate:44,1 kHz", "query": "rate:44,1 kHz"})
    assert client.heard == ["rate:44.1k", {"name": "rate:44,1 kHz", "query": "rate:44.1k"}]
    assert library.query_of(("rate:44,1 kHz", "nina")) == "rate:44.1k nina"
    assert library.query_of(("bitrate:1\u202f411",)) == "bitrate:1411"
