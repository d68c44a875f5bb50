"""What commands print: in the language of whoever reads it, and for programs always the same."""

import ast
import gettext
import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from rich.cells import cell_len

from scripts import make_words
from soniq_tui import cli, config, words
from soniq_tui.errors import UsageError
from soniq_tui.host import doctor, library, line, lists, out, report, tables, verbs
from soniq_tui.host.doctor.findings import Finding, Mark, bad, ok, warn
from soniq_tui.host.plain import failure
from soniq_tui.importers import registry
from soniq_tui.importers.music.library import health
from soniq_tui.model.job import ErrorKind, Items, JobState
from soniq_tui.model.results import ResultColumn, ResultPage, ResultRow
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import CauseRow, LogRow, Page, View
from soniq_tui.verbs import helps
from soniq_tui.words.told import told
from tests.test_words import TWO_WORDS, catalogue, ids
from tests.ui import fakes
from tests.unit.test_report import a_report, a_view

HOUSE = make_words.HOUSE


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    yield
    words.use("en")


@pytest.fixture
def people(monkeypatch):
    """Let a person read standard output."""
    monkeypatch.setattr(tables, "for_people", lambda: True)


def rows(view: View) -> tuple[Any, ...]:
    """Return rows with one of each word that is ours."""
    client = fakes.FakeClient()
    match view:
        case View.JOBS:
            job = client.job_row(0)
            made = [replace(job, state=s, label="x", error="the file is empty") for s in JobState]
        case View.ERRORS:
            made = [replace(client.error(0), kind=k, reason="no picture") for k in ErrorKind]
        case View.CAUSES:
            made = [a_cause(kind) for kind in ErrorKind]
        case _:
            made = [LogRow(id=0, at_s=0.0, level=level, source="host", text="the host ends")
                    for level in ("debug", "info", "warning", "error", "critical")]  # fmt: skip
    return tuple(made)


def a_cause(kind: ErrorKind) -> CauseRow:
    """Return a cause with a long reason and many failures."""
    reason = "not audio: it begins like no format we know"
    return CauseRow(
        batch_id=3,
        importer="music",
        kind=kind,
        stage="extract",
        reason=reason,
        sample="/m/" + "é" * 90,
        count=12_345,
        first_at_s=0.0,
        last_at_s=0.0,
    )


@pytest.fixture
def listed(monkeypatch, tmp_path, capsys):
    """Give what prints a list and returns its lines."""
    monkeypatch.setattr(
        lists, "_read", lambda _settings, asked: Page(rows=rows(asked.view), total=12_345)
    )

    def lines(view: View, *, as_json: bool = False) -> list[str]:
        asked = lists.Asked(view, None, "", "", False, 200)
        lists.show(Settings(data_dir=str(tmp_path)), asked, as_json=as_json)
        return capsys.readouterr().out.splitlines()

    return lines


VIEWS = (View.JOBS, View.ERRORS, View.CAUSES, View.LOG)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("people")
def test_lists_are_aligned_in_any_language(view, listed):
    """At 80 columns: each cell begins, or ends, where its head does."""
    for language in words.LANGUAGES:
        words.use(language)
        head, *body = listed(view)
        assert all(cell_len(line) <= 80 for line in (head, *body))
        titles = [words._(column.title) for column in lists.COLUMNS[view]]
        assert head.split() == titles
        for column, title in zip(lists.COLUMNS[view], titles, strict=True):
            at = head.index(title)
            edge = at + len(title) if column.right else at - 1
            assert all(line[edge : edge + 1] in {"", " "} for line in body if edge >= 0)


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (View.JOBS, ["en file", "échoué", "le fichier est vide"]),
        (View.ERRORS, ["abîmé", "pas d"]),
        (View.CAUSES, ["abîmé", "pas de l’audio"]),
        (View.LOG, ["alerte", "l’hôte finit"]),
    ],
)
def test_a_list_is_in_the_language_of_a_person_and_english_for_programs(
    view, said, listed, monkeypatch
):
    """States, kinds, reasons and levels; tabs and JSON have what filters and scripts know."""
    for_programs = listed(view), listed(view, as_json=True)
    words.use("fr")
    assert listed(view) == for_programs[0]
    assert listed(view, as_json=True) == for_programs[1]
    words.use("fr")
    monkeypatch.setattr(tables, "for_people", lambda: True)
    text = "\n".join(listed(view))
    assert [word for word in said if word not in text] == []


@pytest.mark.usefixtures("people")
def test_a_report_of_checks_is_in_the_language_of_a_person(capsys, monkeypatch):
    """Its heads, its words; programs get the same in any."""
    check = health.CHECKS[0]
    page = ResultPage(
        columns=(ResultColumn(name="check", title="Check"),),
        rows=(ResultRow(key=check.name, kind="check", cells=(check.title,)),),
        total=1,
    )
    words.use("fr")
    library._show(page, as_json=False, keys="Check")
    assert capsys.readouterr().out.split("\n")[1] == f"{check.name:8}  {words._(check.title)}"
    library._speak(as_json=True)
    library._show(page, as_json=True)
    assert json.loads(capsys.readouterr().out)["rows"][0]["check"] == check.title
    words.use("fr")
    monkeypatch.setattr(tables, "for_people", lambda: False)
    library._show(page, as_json=False)
    assert capsys.readouterr().out == check.title + "\n"


def test_a_report_is_in_the_language_in_use_and_the_log_english():
    """Its counts, its kinds of failure, its reasons."""
    found = replace(
        a_report(items=Items(1_234, 1_200, 4, 30), errors=12), failed_by_kind={"too_big": 12}
    )
    before, logged = report.lines(found), report.logged(found)
    assert "1,234 items: 1,200 done, 4 skipped, 30 failed" in logged
    words.use("fr")
    assert told(f"batch 1, {logged}").startswith("lot 1, music ")
    assert "faits\xa0: 1\u202f200," in told(f"batch 1, {logged}")
    after = report.lines(found)
    assert report.logged(found) == logged
    assert len(after) == len(before)
    after = [line.replace("\xa0", " ") for line in after]
    assert after[1] == "  1\u202f234 éléments : 1\u202f200 finis, 4 sautés, 30 échoués"
    assert "12 trop gros" in after[3]
    assert after[4].startswith("  ✗ abîmé : ")
    assert line.words(a_view("/m")) == "music /m\xa0: en cours, 1/9, 0 en échec, 1/s"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1 item: 1 done, 0 skipped, 0 failed"),
        ("fr", "1 élément\xa0: 1 fini, 0 sauté, 0 échoué"),
    ],
)
def test_one_is_one_of_a_kind(language, said):
    """In French nothing is, too."""
    words.use(language)
    assert report.counts(Items(1, 1)) == said


def test_jobs_and_batches_are_called_in_the_language_of_a_person(monkeypatch, capsys, tmp_path):
    """Where their names are words; programs get what the journal has."""
    job = replace(fakes.FakeClient().job_row(0), label="3 covers from /m")
    monkeypatch.setattr(lists, "_read", lambda _settings, _asked: Page(rows=(job,), total=1))
    asked = lists.Asked(View.JOBS, None, "", "", False, 200)
    words.use("fr")
    lists.show(Settings(data_dir=str(tmp_path)), asked, as_json=False)
    assert "\t3 covers from /m\t" in capsys.readouterr().out
    monkeypatch.setattr(tables, "for_people", lambda: True)
    lists.show(Settings(data_dir=str(tmp_path)), asked, as_json=False)
    assert " 3 pochettes de /m" in capsys.readouterr().out
    assert line.words(a_view("3 folders")).startswith("music 3 dossiers\xa0: ")
    assert report.lines(replace(a_report(), label="3 folders"))[0].startswith(
        "music 3 dossiers\xa0: "
    )


def test_numbers_of_a_list_are_written_for_people_alone(listed, monkeypatch):
    """Programs get them in English whatever the language."""
    words.use("fr")
    assert "12,345\t" in listed(View.CAUSES)[0]
    monkeypatch.setattr(tables, "for_people", lambda: True)
    assert any("12\u202f345" in line for line in listed(View.CAUSES))


def test_a_failure_is_told_with_words_for_what_it_is():
    """``--plain`` has the kind and the reason in the language in use."""
    words.use("fr")
    row = replace(fakes.FakeClient().error(0), kind=ErrorKind.TOO_BIG, reason="no picture")
    assert ": trop gros: " in failure(row).replace("\xa0:", ":")
    assert words._("no picture") in failure(row)


# ---------------------------------------------------------------- the doctor


def test_findings_are_aligned_and_translated():
    """The column of marks is as wide as its widest word."""
    words.use("fr")
    lines = [make("disk speed", "4 ms", "x").line() for make in (ok, warn, bad)]
    assert [line.replace("\xa0", " ") for line in lines] == [
        "+ ok      vitesse du disque : 4 ms ; remède : x",
        "! alerte  vitesse du disque : 4 ms ; remède : x",
        "x grave   vitesse du disque : 4 ms ; remède : x",
    ]


def test_the_doctor_tells_programs_the_same_in_any_language(capsys, monkeypatch, tmp_path):
    """``--json`` is English; for people nothing is left in it."""
    monkeypatch.setattr(doctor, "PROBES", tuple(p for p in doctor.PROBES if "speed" not in str(p)))
    monkeypatch.setattr(doctor.examine, "__defaults__", (doctor.PROBES,))
    given = {"data_dir": str(tmp_path), "config_file": None, "log_level": None}
    doctor.run(given, as_json=True)
    english = json.loads(capsys.readouterr().out)["findings"]
    words.use("fr")
    doctor.run(given, as_json=True)
    again = json.loads(capsys.readouterr().out)["findings"]
    assert [(f["name"], f["mark"]) for f in again] == [(f["name"], f["mark"]) for f in english]
    plain = [f["fact"] for f in english]
    assert "none runs" in plain
    words.use("fr")
    doctor.run(given, as_json=False)
    text = capsys.readouterr().out
    facts = [fact for fact in plain if TWO_WORDS.search(fact)]
    assert len(facts) > 8
    assert [fact for fact in facts if fact in text] == []


def test_a_mark_is_the_same_word_for_programs():
    """The value of a mark is not translated where it is JSON."""
    assert [mark.value for mark in Mark] == ["ok", "warn", "bad"]
    assert Finding.__struct_fields__ == ("name", "mark", "fact", "mend")


# ---------------------------------------------------------------- helps and refusals


def commands(group: click.Group, before: tuple[str, ...] = ()):
    """Yield the words of each command."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        yield (*before, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))


def test_every_command_has_its_help_in_the_language_in_use():
    """No paragraph and no option of any is left in English."""
    held = {ids(message)[0] for message in catalogue("fr") if message.id}
    words.use("en")
    every = list(commands(cli.cli))
    assert len(every) > 35
    launches = {registry.load(name).verb for name in registry.names()}
    texts = {" ".join(name): list(helps.texts(command)) for name, command in every
             if name[0] not in launches}  # fmt: skip
    assert {text for each in texts.values() for text in each} <= held
    words.use("fr")
    for name, _command in every:
        shown = CliRunner().invoke(cli.cli, [*name, "--help"]).output
        flat = re.sub(" +", " ", shown.replace("\n", " "))
        assert [t for t in texts.get(" ".join(name), []) if TWO_WORDS.search(t) and t in flat
                and words._(t) != t] == []  # fmt: skip
        assert "Exemple\xa0: soniq-tui " in flat
    assert "Start a batch" not in CliRunner().invoke(cli.cli, ["--help"]).output


def test_the_help_of_a_command_stays_what_it_is():
    """Showing it in one language leaves nothing behind."""
    before = CliRunner().invoke(cli.cli, ["jobs", "--help"]).output
    words.use("fr")
    assert CliRunner().invoke(cli.cli, ["jobs", "--help"]).output != before
    words.use("en")
    assert CliRunner().invoke(cli.cli, ["jobs", "--help"]).output == before


def test_what_is_typed_is_read_in_the_language_that_the_settings_choose(tmp_path, monkeypatch):
    """Filters of commands and searches for playlists, too; the locale has another."""
    file, done = tmp_path / "config.toml", []
    file.write_text('[ui]\nlanguage = "fr"\n', encoding="utf-8")

    async def carry_out(_settings, command, _target):
        done.append(command.target.text)
        return ""

    def make(_settings, _deed, **words):
        done.append(words["query"])
        return 0

    (tmp_path / "journal.db").touch()
    monkeypatch.setattr(verbs, "_run", carry_out)
    monkeypatch.setattr(library, "deed", make)
    for words_typed in (
        ["cancel", "--filter", "state:échoué"],
        ["priority", "--filter", "time>1,5s", "2"],
        ["playlist", "save", "x", "bitrate:1 411"],
    ):
        words.use("en")
        given = ["--config", str(file), "--data-dir", str(tmp_path)]
        CliRunner().invoke(cli.cli, [*words_typed, *given], catch_exceptions=False)
    assert done == ["state:failed", "time>1.5s", "bitrate:1411"]


def test_help_is_in_the_language_that_is_asked_for_before_it():
    """``--language`` counts for what ends before the settings are loaded."""
    words.use("fr")
    french = CliRunner().invoke(cli.cli, ["jobs", "--help"]).output
    for first in (["--language", "fr"], ["--language=fr", "--log-level", "info"]):
        words.use("en")
        assert CliRunner().invoke(cli.cli, [*first, "jobs", "--help"]).output == french
    words.use("en")
    assert "Exemple" in CliRunner().invoke(cli.cli, ["--language", "fr", "--help"]).output


@pytest.mark.parametrize(
    "command", [[], ["jobs"], ["scan"], ["recipes"], ["playlist"], ["playlist", "save"]]
)
def test_help_is_in_the_language_that_the_settings_choose(tmp_path, monkeypatch, command):
    """Of the usual file, and of one that is named before the help, wherever that is allowed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    usual, named = tmp_path / "soniq-tui" / "config.toml", str(tmp_path / "named.toml")
    usual.parent.mkdir()
    Path(named).write_text('[ui]\nlanguage = "fr"\n', encoding="utf-8")

    def shown(*arguments, **env):
        words.use("en")
        return CliRunner().invoke(cli.cli, [*arguments, "--help"], env=env).output

    english, french = shown(*command), shown("--language", "fr", *command)
    assert "Example" in english
    assert "Exemple" in french
    assert shown("--config", named, *command) == french
    assert shown(*command, "--config", named) == french
    usual.write_text('[ui]\nlanguage = "fr"\n', encoding="utf-8")
    assert shown(*command) == french
    assert shown("--language", "en", *command) == english
    assert shown(*command, SONIQ_UI__LANGUAGE="en") == english
    usual.write_text('colour = 1\n[ui]\nlanguage = "fr"\n', encoding="utf-8")
    assert shown(*command) == french  # the command itself refuses it
    for broken in ("[ui", 'ui = "fr"', "[ui]\nlanguage = 7", '[ui]\nlanguage = "xx"'):
        usual.write_text(broken, encoding="utf-8")
        assert shown(*command) == english
    assert shown("--config", str(tmp_path / "none.toml"), *command) == english


def test_no_command_reads_its_settings_twice(tmp_path, monkeypatch):
    """What a help asks of the file is asked where a help is shown, and only there."""
    file, read = tmp_path / "config.toml", []
    file.write_text("", encoding="utf-8")
    plain = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda path, **how: read.append(path) or plain(path, **how)
    )
    for command in (["jobs", "--data-dir", str(tmp_path)], ["jobs", "--help"]):
        read.clear()
        CliRunner().invoke(cli.cli, ["--config", str(file), *command])
        assert read.count(file) == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--language", "fr", "doctor"], "à surveiller"),
        (["doctor"], "to look after"),
        (["--config", "fr.toml", "doctor"], "à surveiller"),
        (["--config", "fr.toml", "--language", "en", "doctor"], "to look after"),
        (["--language", "fr", "doctor", "--json"], '"ok":'),
    ],
)
def test_the_doctor_speaks_as_other_commands_do(tmp_path, monkeypatch, asked, said):
    """The language of the flag, else of the settings; JSON is English."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    Path("fr.toml").write_text("[ui]\nlanguage = 'fr'\n")
    spoken = []
    monkeypatch.setattr(doctor, "examine", lambda _world: spoken.append(words.in_use()) or [])
    assert said in CliRunner().invoke(cli.cli, asked).output
    assert spoken == ["fr" if "à" in said else "en"]


def test_a_look_that_does_not_exist_is_a_finding(tmp_path):
    """The doctor is asked where something is wrong already."""
    asked = ["--theme", "pink", "--data-dir", str(tmp_path / "none"), "doctor"]
    done = CliRunner().invoke(cli.cli, asked)
    assert re.search("^x bad +settings: .*ui.theme 'pink'", done.output, re.MULTILINE)


@pytest.mark.parametrize(
    ("said", "french"),
    [
        ("there is no playlist 'a'; did you mean 'b'?", "il n’y a pas de liste 'a' ; vouliez-vous"),
        ("'year:' wants a value: year:1990, 1990-1999, <1970 or >2010: of those years",
         "'year:' veut une valeur : year:1990, 1990-1999, <1970 ou >2010 : de ces années"),
        ("try compares: try>1", "try"),
        ("/k.toml: there is no action 'jobs.pauze'; did you mean 'jobs.pause'?",
         "/k.toml : pas d’action 'jobs.pauze' ; vouliez-vous dire 'jobs.pause' ?"),
        ("/k.toml: jobs.pause: ctrl+c is taken: it leaves",
         "/k.toml : jobs.pause: ctrl+c est pris : elle quitte"),
        ("/k.toml: s would do a and b on jobs; d would do a and b on jobs, log",
         "/k.toml : s ferait a et b sur jobs ; d ferait a et b sur jobs, log"),
        ("Invalid value for '--limit': 'x' is not a valid integer.",
         "Valeur impossible pour '--limit' : 'x' n’est pas un nombre entier"),
        ("Invalid value for '--limit': 0 is too small; 1 is the least",
         "Valeur impossible pour '--limit' : 0 est trop petit ; au moins 1"),
        ("Music library: slots: 0 is too small; 1 is the least",
         "Discothèque : slots : 0 est trop petit ; au moins 1"),
        ("Music library: priority: -2000 is too small; -1000 is the least",
         "Discothèque : priority : -2000 est trop petit ; au moins -1000"),
        ("/c.toml: engine.keep_days: 1000000000000000000… is too large; 36500 is the most",
         "/c.toml : engine.keep_days : 1000000000000000000… est trop grand ; au plus 36500"),
        ("/c.toml: engine.undo_s: 1e+300 is too large; 60 is the most",
         "/c.toml : engine.undo_s : 1e+300 est trop grand ; au plus 60"),
        ("the environment: SONIQ_ENGINE__NICE: 20 is too large; 19 is the most",
         "l’environnement : SONIQ_ENGINE__NICE : 20 est trop grand ; au plus 19"),
        ("Invalid value for 'FILE': File '/m' is a directory.",
         "Valeur impossible pour 'FILE' : '/m' est un dossier, pas un fichier"),
        ("/m cannot be read: Is a directory", "/m est illisible : C’est un dossier"),
        ("/m cannot be written: Read-only file system", "/m ne peut pas être écrit : Système de"),
        ("/m cannot be written: Permission denied", "/m ne peut pas être écrit : "),
    ],
)  # fmt: skip
def test_refusals_are_in_the_language_in_use(said, french, capsys):
    """Also those of engine and importers, who speak English."""
    words.use("fr")
    assert cli._explain(UsageError(said)) == 2
    line = capsys.readouterr().err.replace("\xa0", " ")
    assert line.startswith("soniq-tui: " + french)
    assert said not in line


def test_a_text_that_has_a_plural_is_known_alone(monkeypatch):
    """Python 3.11.2, which Debian 12 has, knows no such text: French read "1 track"."""
    monkeypatch.setattr(
        gettext.GNUTranslations, "gettext", lambda found, text: found._catalog.get(text, text)
    )
    words.use("fr")
    assert [words._(text) for text in ("{n} track", "held", "?")] == ["{n} piste", "retenue", "?"]
    assert words.everywhere("{n} track") == ("{n} track", "{n} piste")


# ---------------------------------------------------------------- what it costs


def test_a_catalogue_is_read_when_the_first_word_is_said(monkeypatch):
    """What says none, such as ``--version``, never reads one."""
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    read = []
    monkeypatch.setattr(words, "_read", lambda: read.append(1))
    monkeypatch.setattr(cli.sys, "argv", ["soniq-tui", "--version"])
    monkeypatch.setattr(out, "secure_streams", lambda: None)
    assert cli.run() == 0
    assert words.in_use() == "fr"
    assert read == []
    monkeypatch.undo()
    words.use("fr")
    assert words.many("{n} slot", "{n} slots", 2) == "2 places"
    words.use("fr")
    assert words._("held") == "retenue"


def test_the_settings_put_their_language_in_force(tmp_path, monkeypatch):
    """By whichever way it was chosen."""
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    monkeypatch.setattr(config, "default_file", lambda _env: tmp_path / "none.toml")
    cli.settings_of(str(tmp_path), None, None)
    assert words.in_use() == "fr"
    cli.settings_of(str(tmp_path), None, None, language="en")
    assert words.in_use() == "en"


# ---------------------------------------------------------------- the code

TELLING = {"say", "warn", "UsageError", "EngineError", "HostBusyError", "DataDirError"}
SERVES = "its lines are the log of a service, and English like what it answers"
UNSPOKEN = {"host/serve.py": SERVES, "host/launcher.py": "it must not import anything"}


def untranslated(tree: ast.AST):
    """Yield the words in what is told or refused that never came through a catalogue."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in TELLING and node.args:
                yield from (text for text in _bare(node.args[0]) if TWO_WORDS.search(text))


def _bare(node: ast.AST):
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "many", "mark"}:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _bare(child)


def test_nothing_is_told_past_the_catalogues():
    """In the command line and what it calls; what is for programs is written otherwise."""
    files = [HOUSE / "cli.py", *(HOUSE / "verbs").glob("*.py"), *(HOUSE / "host").rglob("*.py")]
    missed = [
        f"{name}: {text!r}"
        for file in sorted(files)
        if (name := Path(file).relative_to(HOUSE).as_posix()) not in UNSPOKEN
        for text in untranslated(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('out.warn("no batch")', ["no batch"]),
        ('raise UsageError(f"no batch {n}")', ["no batch "]),
        ('out.warn(_("no batch"))', []),
        ('raise UsageError(_("no batch {n}").format(n=1))', []),
        ('raise ValueError("no batch")', []),
    ],
)
def test_what_is_told_past_them_is_found(code, found):
    """The search itself."""
    assert list(untranslated(ast.parse(code))) == found
