"""What a form means: entries, options, problems, and a command line that really is the same."""

import subprocess
from pathlib import Path

import click
import msgspec
import pytest

from soniq_tui.engine.options import convert, how_of
from soniq_tui.importers import registry
from soniq_tui.importers.base import Importer, Plan, Stage, option_fields
from soniq_tui.model.forms import FieldSpec, FormSpec, Preview
from soniq_tui.model.snapshot import BatchView
from soniq_tui.ui import forms, launch_view
from soniq_tui.ui.glyphs import ASCII, UNICODE
from soniq_tui.ui.launch_view import Recent
from soniq_tui.ui.memory import Launched
from soniq_tui.verbs.start import How, launch_command
from tests.engine.test_options import All
from tests.ui import fakes

MUSIC, RECIPES = fakes.FORMS
URLS = FieldSpec(name="urls", label="urls", kind="urls", required=True)
PATHS = FieldSpec(name="paths", label="paths", kind="paths")


def test_options():
    """Fields become options; the first thing that is wrong names its field."""
    values = {"paths": "/my music\n\n ~root/x \n", "limit": "1,000", "force": "yes"}
    meant = forms.meaning(MUSIC, values)
    expected = {"paths": ["/my music", str(Path("~root/x").expanduser())], "limit": 1000}
    assert meant == forms.Meant(expected | {"force": True}, None)
    assert forms.meaning(MUSIC, {}).problem == forms.Problem(
        "paths", "Folders: still empty; type or paste one", missing=True
    )
    given = {"urls": "a\nb c", "model": "none"}
    assert forms.meaning(RECIPES, given).options["urls"] == ["a", "b c"]
    wrong = forms.meaning(RECIPES, {"urls": "a", "model": "large"}).problem
    assert wrong == forms.Problem("model", "Model: choose one of none, small")


@pytest.mark.parametrize("text", ["1000", "1,000", "1 000", "1\u00a0000", "1\u202f000"])
def test_a_whole_number_may_be_written_as_it_is_shown_in_any_language(text):
    """With what stands there between thousands; a decimal is none."""
    assert forms.meaning(MUSIC, {"paths": "/a", "limit": text}).options["limit"] == 1000
    assert "limit" not in forms.meaning(MUSIC, {"paths": "/a", "limit": f"{text}.5"}).options


@pytest.mark.parametrize(
    "text", ["1,5", "12,50", "1 5", "1,0000", "1234,567", "10\u202f00", ",100"]
)
def test_what_is_no_whole_number_is_not_made_one(text):
    """Of a French decimal the figures behind the comma are none of the whole."""
    meant = forms.meaning(MUSIC, {"paths": "/a", "limit": text})
    assert "limit" not in meant.options
    assert meant.problem is not None
    assert "is not a whole number" in meant.problem.text


def test_a_number_that_no_engine_can_hold_is_refused_here():
    """It would not even come through to one; of thousands of figures the first are shown."""
    problem = forms.meaning(MUSIC, {"paths": "/a", "limit": "9" * 4000}).problem
    assert problem == forms.Problem(
        "limit", f"At most: {'9' * 19}… is too large; {2**63 - 1} is the most"
    )


@pytest.mark.parametrize(
    "path", ["/a/b", "/a/./b", "/a//b", "/a/", "/a/.", "/.a/b..", "/a/../b", "/", "//a", "/a b/\n"]
)
def test_a_path_is_whole_as_pathlib_makes_it(path):
    """Dots that mean nothing and doubled slashes go; the path is looked at by nobody yet."""
    given = forms.meaning(MUSIC, {"paths": f"'{path.strip()}'"}).options["paths"]
    assert given == [str(Path(path.strip()))]


def test_of_very_many_paths_only_those_are_made_whole_that_are_not(monkeypatch):
    """A form, or a job, with 50,000 of them is drawn again with each key, or each second."""
    monkeypatch.setattr(forms, "Path", None)
    many = [f"/music/{n}/.x" for n in range(100)]
    assert forms.meaning(MUSIC, {"paths": "\n".join(many)}).options["paths"] == many


def test_an_address_is_no_folder():
    """The first kind of batch is offered first; it said that ``http:/a`` does not exist."""
    form = msgspec.structs.replace(MUSIC, fields=(PATHS,))
    why = "paths: HTTP://b/c is an address and no path; another kind of batch may take it"
    meant = forms.meaning(form, {"paths": "/m\n HTTP://b/c"})
    assert meant == forms.Meant({}, forms.Problem("paths", why))


def test_relative_paths_mean_the_folder_of_this_console(tmp_path, monkeypatch):
    """The engine may stand elsewhere."""
    monkeypatch.chdir(tmp_path)
    assert forms.meaning(MUSIC, {"paths": "a/b"}).options["paths"] == [f"{tmp_path}/a/b"]


@pytest.mark.parametrize(
    ("kind", "text", "entries"),
    [
        ("paths", "/a b\n\n  /c  \n'/d '\n\"/e\"", ("/a b", "/c", "/d ", "/e")),
        ("paths", "file:///home/me/a%20b", ("/home/me/a b",)),
        ("paths", "'", ("'",)),
        ("urls", "http://a/ https://b/\nfile of urls.txt", ("http://a/", "https://b/",
                                                            "file of urls.txt")),
        ("list", "*.tmp \n a b", ("*.tmp", "a b")),
        ("list", " \n", ()),
    ],
)  # fmt: skip
def test_entries(kind, text, entries):
    """One to a line; blanks in names stay, quotes of file managers go."""
    assert forms.entries_of(kind, text) == entries


@pytest.mark.parametrize(
    ("text", "entries", "note"),
    [
        ("https://a/1\r\nhttps://a/2\rhttps://a/3\n", ["https://a/1", "https://a/2",
                                                       "https://a/3"], ""),
        ("one.txt\ntwo.txt", ["one.txt", "two.txt"], ""),
        ("See https://a/x.", ["https://a/x"], "1 URL taken out of the text"),
        (
            "http://nas/x\n[it](http://[::1]:8000/y) [http://b/z]",
            ["http://nas/x", "http://[::1]:8000/y", "http://b/z"],
            "3 URLs taken out of the text",
        ),
        (
            "[it](https://a/b_(c)) and <https://d/>;\nno\n\nhref='https://e/?q=1&r=2#s'",
            ["https://a/b_(c)", "https://d/", "https://e/?q=1&r=2#s"],
            "3 URLs taken out of the text; 1 line without one left out",
        ),
        ("x" * 5_000_000, [],
         "that is too long to paste: 5,000,000 characters; put it into a file"),
    ],
)  # fmt: skip
def test_pasted_addresses(text, entries, note):
    """They are found wherever they are buried; a list of them is taken as it is."""
    assert forms.pasted(URLS, text) == forms.Pasted(entries, note)


def test_a_paste_elsewhere():
    """Lines are entries; where there is room for one the first is taken, and it is said."""
    assert forms.pasted(PATHS, "/a b\r\n\r\n/c").entries == ["/a b", "/c"]
    one = forms.pasted(FieldSpec(name="x", label="x", kind="text"), "a\nb")
    assert one == forms.Pasted(["a"], "only the first line was taken: this field has one")


def test_entries_are_counted():
    """And those that are there twice."""
    assert forms.counted(URLS, "http://a\nhttp://a\nhttp://b\n") == ("3 URLs", "1 duplicate")
    assert forms.counted(PATHS, "/a") == ("1 path", "")
    assert forms.counted(PATHS, "\n") == ("", "")


# -------------------------------------------------------------------- as a command


def plan(options, data_dir) -> Plan:
    return Plan(label="", jobs=())


def preview(options, data_dir) -> Preview:
    return Preview(ok=True, text="")


async def work(payload: All, context: object) -> None:
    """Do nothing."""


EVERY = Importer(
    name="every",
    title="Every kind",
    verb="every",
    options=All,
    stages=(Stage("work", "extract", work),),
    plan=plan,
    preview=preview,
)
NASTY = [n for n in fakes.HOSTILE if "\udce9" not in n] + ["-x", "--force", "a'b\\c", "$(id)", "~"]


def asked(importer, command):
    """Return what a shell and the command line make of a command: options, and how."""
    words = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True
    ).stdout.split(b"\0")[:-1]
    program, verb, *rest = [word.decode("utf-8", "surrogateescape") for word in words]
    assert (program, verb) == ("soniq-tui", importer.verb)
    made: click.Command = launch_command(importer)
    given = made.make_context(verb, rest).params
    for name in (*How._fields, "data_dir", "config_file", "log_level"):
        given.pop(name, None)
    options = {k: list(v) if isinstance(v, tuple) else v for k, v in given.items()}
    return convert(importer, options), how_of(importer, options)


FILLED = [
    {"urls": "https://a/?b=1&c=2", "root": "/x"},
    {"urls": "\n".join(n.replace("\n", " ") for n in NASTY), "root": "/my music/\x1b[2J"},
    {
        "urls": "u", "root": "relative dir", "paths": "/a b\n/-c", "words": "-x\n*.tmp\n'q'",
        "depth": "3", "pages": "7", "model": "small", "name": "-n", "force": "",
        "limit": "12", "slots": "2", "priority": "-5", "paused": "yes",
    },
    {"urls": "-u", "root": "-r", "words": "a\nb c", "pages": "", "priority": "0"},
]  # fmt: skip


@pytest.mark.parametrize("changed", FILLED)
def test_the_command_is_the_same(changed):
    """What a shell and the command line make of it equals what the form would launch."""
    form = EVERY.form()
    values = {field.name: forms.default_of(field) for field in form.fields} | changed
    meant = forms.meaning(form, values)
    assert meant.problem is None
    command = forms.command_line(form, values)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in command)
    expected = convert(EVERY, meant.options), how_of(EVERY, meant.options)
    assert asked(EVERY, command) == expected


@pytest.mark.parametrize("name", ["music", "covers"])
def test_the_commands_of_ours_are_the_same(name):
    """With everything turned from what it usually is."""
    importer = registry.load(name)
    form = importer.form()
    some = {"paths": "/a b", "list": "*.x\n-y", "int": "3", "flag": "yes", "text": "t"}
    values = {field.name: some[field.kind] for field in form.fields if field.name != "dry_run"}
    meant = forms.meaning(form, values)
    assert meant.problem is None
    command = forms.command_line(form, values)
    assert asked(importer, command) == (
        convert(importer, meant.options),
        how_of(importer, meant.options),
    )


def test_the_command_while_the_form_is_not_complete():
    """It says what is missing; what is wrong is shown as it was typed; it is cut to be shown."""
    assert forms.command_line(MUSIC, {"limit": "x"}) == "soniq-tui scan --limit x <paths>"
    line = forms.command_line(RECIPES, {"urls": "\n".join(map(str, range(5000)))}, most=100)
    assert len(line) < 120
    more = forms.command_line(MUSIC, {"paths": "/a", "force": "yes"}, more=("--data-dir", "/d d"))
    assert more == "soniq-tui scan /a --force --data-dir '/d d'"


# -------------------------------------------------------------------- beside the form


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_a_recent_launch_in_one_line(glyphs):
    """Verb, first entry, how many more, what else was set; never wider than the screen."""
    values = {"paths": "/music/" + "very long " * 9 + "\n/b\n/c", "force": "yes", "limit": "5"}
    recent = Recent(Launched(importer="music", values=values, at_s=fakes.AT_S), MUSIC)
    line = launch_view.recent_line(3, recent, 80, glyphs, fakes.AT_S)
    text = "".join(part for part, _ in line)
    assert len(text) <= 80
    assert text.startswith(" 3  scan ")
    assert "and 2 more --limit 5 --force" in text
    assert "09:41" in text
    state = fakes.batch(importer="music")
    assert "running 28.7%" in launch_view._ended(_with(recent, state), glyphs)[0]


def test_a_recent_launch_of_what_needs_nothing():
    """It is told by its verb and what else was set."""
    covers = registry.load("covers").form()
    launched = Launched(importer="covers", values={"all": "yes", "limit": "50"}, at_s=fakes.AT_S)
    assert launch_view.summary(Recent(launched, covers), 40, UNICODE) == "covers --all --limit 50"
    launched = Launched(importer="covers", values={}, at_s=fakes.AT_S, label="Covers: all")
    assert launch_view.summary(Recent(launched, covers), 40, UNICODE) == "covers"


def _with(recent: Recent, batch: BatchView) -> Recent:
    return Recent(recent.launch, recent.form, batch)


def test_fields_of_struct_and_form_agree():
    """Nothing of an options struct is missing in its form, and each group is one of those known."""
    own = {f.name for f in option_fields(All)}
    form: FormSpec = EVERY.form()
    assert own <= {f.name for f in form.fields}
    assert {f.group for f in form.fields} <= {"what", "usual", "rest", "common"}
    assert form.argument.name == "urls"
