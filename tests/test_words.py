"""The words people read: each is marked, each has its French, and what is put in stays in."""

import ast
import gettext
import importlib
import pkgutil
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec
import pytest
from babel.messages.catalog import Message
from rich.cells import cell_len

from scripts import make_words
from soniq_tui import ui, words
from soniq_tui.importers import registry
from soniq_tui.importers.music.library import health, listing, lists
from soniq_tui.model.job import BatchState, Items, JobState
from soniq_tui.model.results import ResultColumn
from soniq_tui.model.text import shown
from soniq_tui.ui import terminal_report, view
from soniq_tui.ui.glyphs import UNICODE
from soniq_tui.ui.rows import Column
from soniq_tui.ui.widgets.tones import TONES
from soniq_tui.words import told
from tests.test_house import tree
from tests.ui import fakes
from tests.ui.term import Term

HOUSE = make_words.HOUSE
OTHERS = [language for language in words.LANGUAGES if language != "en"]
FIELD = re.compile(r"\{\w*(?:![rsa])?(?::[^}]*)?\}")


@cache
def catalogue(language):
    """Return the catalogue as people edit it."""
    return make_words.catalogue(language)


@cache
def said():
    """Return every text that the code says, each with the file that says it."""
    return tuple(make_words.gathered())


@cache
def gathered():
    """Return every text that the code says."""
    return {text for text, _file in said()}


@cache
def nodes_of(file):
    """Return the nodes of the syntax tree of a file."""
    return list(ast.walk(tree(file)))


def test_no_text_names_a_key_of_its_own():
    """What is to be pressed is put in: keys.toml may have given the action another key."""
    texts = [text if isinstance(text, str) else text[0] for text in gathered()]
    assert not [text for text in texts if re.search(r"(?<!\w)\^[A-Z]\b", text)]


def ids(message: Message):
    """Return the texts of a message in English: one, or one and many."""
    return [message.id] if isinstance(message.id, str) else list(message.id)


@pytest.fixture(autouse=True)
def _english():
    yield
    words.use("en")


# ---------------------------------------------------------------- catalogues


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_in_the_catalogue(language):
    """What the code says is what the file holds; ``make words`` mends it."""
    said = {text if isinstance(text, str) else text[0] for text in gathered()}
    held = {ids(message)[0] for message in catalogue(language) if message.id}
    assert said - held == set(), "new texts: make words, then translate them"
    assert held - said == set(), "texts that nobody says any more: make words"


def test_what_has_a_plural_is_said_of_a_number():
    """Asked for by itself it would be the form for one, however many there are."""
    counted = {text for pair, _file in said() if not isinstance(pair, str) for text in pair}
    # What an engine says is known again there by either form.
    here = [(text, file) for text, file in said() if not file.startswith("soniq_tui/words/")]
    assert [each for each in here if each[0] in counted] == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language):
    """Nothing is left empty, doubtful or behind."""
    found = catalogue(language)
    assert make_words.untranslated(found) == []
    assert [message.id for message in found if message.fuzzy and message.id] == []
    assert not found.obsolete


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_put_in_is_put_in_everywhere(language):
    """Each field of the English stands in the translation, and no other; so do outer blanks."""
    wrong = []
    for message in catalogue(language):
        if not message.id:
            continue
        one, many = ids(message)[0], ids(message)[-1]
        for text in make_words.said(message):
            fields = sorted(FIELD.findall(text))
            if fields not in (sorted(FIELD.findall(one)), sorted(FIELD.findall(many))):
                wrong.append((one, text))
            if (one[:1] == " ", one[-1:] == " ") != (text[:1] == " ", text[-1:] == " "):
                wrong.append((one, text))
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_the_program_reads_is_what_people_edit(language):
    """The ``.mo`` is made of the ``.po`` beside it; ``make words`` makes it."""
    made = gettext.translation("soniq_tui", HOUSE / "words", languages=[language])
    for message in catalogue(language):
        if not message.id:
            continue
        one, said = ids(message)[0], make_words.said(message)
        if isinstance(message.id, str):
            assert made.gettext(one) == said[0]
        else:
            assert [made.ngettext(one, ids(message)[1], n) for n in (1, 2)] == said


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fits_where_the_english_does(language):
    """Heads of columns and words of states are no wider than half as much again, and two cells."""
    narrow = {state.value for state in (*JobState, *BatchState)}
    wide = []
    for message in catalogue(language):
        if isinstance(message.id, str) and (message.id in narrow or message.id.isupper()):
            (text,) = make_words.said(message)
            if len(text) > len(message.id) * 3 // 2 + 2:
                wide.append((message.id, text))
    assert wide == []


def columns():
    """Yield the heads of all tables that have a width of their own, with it."""
    for info in pkgutil.walk_packages(ui.__path__, "soniq_tui.ui."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, tuple) and value and isinstance(value[0], Column):
                yield from ((each.label, each.width) for each in value if each.width)
    for module in (listing, lists):
        for value in vars(module).values():
            if isinstance(value, ResultColumn) and value.width:
                yield value.title, value.width


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_head_of_a_column_is_no_wider_than_the_column(language):
    """In any language it is read whole."""
    words.use(language)
    seen = list(columns())
    assert len(seen) > 40
    assert [(head, words._(head)) for head, width in seen if len(words._(head)) > width] == []


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_figures_of_the_header_stay_apart(language, width):
    """However large they are and whatever they are called, a blank stands before each."""
    words.use(language)
    big = msgspec.structs.replace(
        fakes.running(),
        items=Items(total=9_876_543, done=2_345_678, failed=98_765),
    )
    text = "".join(span for span, _tone in view.totals_line(big, width, UNICODE))
    labels = ["queue", "slots", "failed"] + ["done"] * (width >= view.USUAL)
    for label in labels:
        assert f" {words._(label)} " in text
    assert f"{words.figure(98_765)} " in text
    assert cell_len(text.rstrip()) <= width


@pytest.mark.timeout(60)
def test_the_console_speaks_the_language_of_its_locale():
    """From the first line on, on a terminal."""
    with Term("idle", env={"LC_MESSAGES": "fr_FR.UTF-8"}) as term:
        assert term.until("toutes les touches")
        term.keys("Q")
        assert term.until("ATTENTE")


def test_forms_are_marked():
    """What the engine says is in the catalogue under its form."""
    assert set(told.EVERY) <= {text if isinstance(text, str) else text[0] for text in gathered()}


def test_every_form_and_list_can_be_translated():
    """Titles, labels and helps of each importer, the lists of the library and its checks."""
    texts = {text if isinstance(text, str) else text[0] for text in gathered()}
    for name in registry.names():
        form = registry.load(name).form()
        fields = [text for field in form.fields for text in (field.label, field.help)]
        assert {form.title, *fields} - {""} <= texts, name
    assert {title for _name, title in listing.LISTS} <= texts
    assert {text for c in health.CHECKS for text in (c.title, c.why, c.mend, c.counts)} <= texts


# ---------------------------------------------------------------- the language


@pytest.mark.parametrize(
    ("chosen", "environ", "language"),
    [
        ("", {}, "en"),
        ("", {"LANG": "fr_FR.UTF-8"}, "fr"),
        ("", {"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "de_DE.UTF-8"}, "en"),
        ("", {"LANG": "en_US.UTF-8", "LC_ALL": "fr_CA.utf8"}, "fr"),
        ("", {"LANG": "fr_FR"}, "en"),
        ("", {"LANG": "C.UTF-8"}, "en"),
        ("en", {"LANG": "fr_FR.UTF-8"}, "en"),
        ("fr", {"LANG": "C"}, "fr"),
    ],
)
def test_the_language_is_the_chosen_one_or_that_of_the_locale(chosen, environ, language):
    """A locale that there is no catalogue for speaks English."""
    assert words.wanted(chosen, environ) == language


def test_french_is_spoken_until_english_is_again():
    """Plurals too: in French nothing is one of a kind."""
    words.use("fr")
    assert words.in_use() == "fr"
    assert words._("every job") != "every job"
    one, many = "{n} job running", "{n} jobs running"
    said = [words.many(one, many, n) for n in (0, 1, 2000)]
    assert said == ["0 travail en cours", "1 travail en cours", "2\u202f000 travaux en cours"]
    words.use("en")
    assert words._("every job") == "every job"
    assert words.many(one, many, 0) == "0 jobs running"


@pytest.mark.parametrize(
    ("number", "digits", "english", "french"),
    [
        (0, 0, "0", "0"),
        (999, 0, "999", "999"),
        (71_204, 0, "71,204", "71\u202f204"),
        (-1_234_567, 0, "-1,234,567", "-1\u202f234\u202f567"),
        (5.06, 1, "5.1", "5,1"),
        (1_234.5, 1, "1,234.5", "1\u202f234,5"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(number, digits, english, french):
    """Each sign takes one cell and comes through the gate for foreign text."""
    assert words.figure(number, digits) == words.spelt(english) == english
    words.use("fr")
    assert words.figure(number, digits) == words.spelt(english) == french
    assert shown(french) == french
    assert cell_len(french) == len(french)


def test_the_console_of_the_kernel_gets_a_space_that_its_fonts_have(monkeypatch):
    """There the narrow one would be a sign for what is not known."""
    monkeypatch.setenv("TERM", "linux")
    words.use("fr")
    assert words.figure(71_204.5, 1) == "71\u00a0204,5"
    monkeypatch.setenv("TERM", "xterm")
    words.use("fr")
    assert words.figure(71_204.5, 1) == "71\u202f204,5"


def test_amounts_in_what_an_engine_says_are_written_too():
    """Numbers by themselves, and those with their unit."""
    words.use("fr")
    said = told.told("1,204 audio files, 12.3 GB in the first 0.4 s")
    assert said.startswith("1\u202f204 ")
    assert " 12,3 GB " in said
    assert " 0,4 s" in said


PLAIN = {"report.py:logged", "host.py:_tell_of_death", "lists.py:_cells", "replay.py:within_bounds"}
"""Where numbers are English: the log, what programs read, errors of code."""


def test_numbers_that_people_read_go_through_one_function():
    """None is written with the English comma where the console, or a command, speaks to people."""
    found = {
        f"{file.name}:{function.name}"
        for file in files_of_people()
        for function in nodes_of(file)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        if any(spec.startswith(",") for spec in specs_in(function))
    }
    assert found == PLAIN
    assert not [text for text in gathered() if ":," in str(text)]


DOTTED = {"report.py:logged", "recording.py:sane", "replay.py:__init__"}
"""Where decimals have the English point: the log, errors of code, a speed as it was typed."""


def test_decimals_that_people_read_go_through_one_function_too():
    """None is written with the English point."""
    found = {
        f"{file.name}:{function.name}"
        for file in files_of_people()
        for function in nodes_of(file)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        if any(re.search(r"g$|\.[1-9]f$", spec) for spec in specs_in(function, but="spelt"))
    }
    assert found == DOTTED


def test_so_do_the_colours_of_the_terminal():
    """They are many."""
    words.use("fr")
    seen = terminal_report.Seen((80, 24), "truecolor", "mono", mouse_on=False, written=0, per_s=0.0)
    lines = terminal_report.report_lines(seen, {}, 79, UNICODE)
    assert "16\u202f777\u202f216" in "".join(text for line in lines for text, _tone in line)


SEMICOLONS = {"keymap.py", "keys.py", "report.py", "launcher.py", "serve.py"}
"""Where they are English: errors of keys.toml, the log, what a process says that has no words."""


def test_what_is_said_in_steps_has_the_semicolons_of_the_language():
    """In French a blank stands before them, which no line begins with."""
    found = {
        file.name
        for file in files_of_people()
        for node in nodes_of(file)
        if isinstance(node, ast.Constant) and str(node.value).startswith("; ")
        if node.value not in plain_texts()
    }
    assert found == SEMICOLONS


@cache
def plain_texts():
    """Return every text that can be translated."""
    return {each for text in gathered() for each in ([text] if isinstance(text, str) else text)}


def specs_in(function, but=""):
    """Yield how numbers in the texts of a function are written, ``but`` in calls of that."""
    passed = {
        id(node)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == but
        for node in ast.walk(call)
    }
    for node in ast.walk(function):
        if (
            id(node) not in passed
            and isinstance(node, ast.FormattedValue)
            and isinstance(node.format_spec, ast.JoinedStr)
        ):
            yield from (v.value for v in node.format_spec.values if isinstance(v, ast.Constant))


def files_of_people():
    """Return the files of the rooms that people read."""
    rooms = [file for room in ("ui", "verbs", "host") for file in (HOUSE / room).rglob("*.py")]
    return [*rooms, HOUSE / "engine" / "answers.py", HOUSE / "engine" / "options.py"]


# ---------------------------------------------------------------- the code

SAYING = {"flash", "tell", "rule", "Column", "Confirm", "stand"}
"""Calls whose texts are seen."""
SILENT = {
    "_", "mark", "many", "Literal", "compile", "getattr", "hasattr", "query_one", "has_class",
    "add_class", "remove_class", "set_class", "Binding", "TypeVar", "cast", "NewType", "work",
    "startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split",
}  # fmt: skip
"""Calls whose texts are not, or are marked."""
NAMES = {"id", "classes", "name", "kind", "DEFAULT_CSS", "CSS_PATH", "group", "origin", "tone"}
"""What is called so is no text."""
FILE = "errors in keys.toml are told by the command line, before there is a screen"
UNSPOKEN: dict[tuple[str, str], str] = {
    ("ui/actions/asks.py", "New batch"): "a group; help_pages.TITLES has it marked",
    ("ui/filters.py", '"two words"'): "typed like this in every language",
    ("ui/keymap.py", "it leaves"): FILE,
    ("ui/keymap.py", "terminals send it for enter"): FILE,
    ("ui/keymap.py", "terminals send it for tab"): FILE,
    ("ui/keymap.py", "the shell would stop the work"): FILE,
    ("ui/keys.py", " would do "): FILE,
    ("ui/keys.py", "; did you mean "): FILE,
}
"""Texts that look like words and are seen by nobody, or are the same in every language: by file
and text, with the reason."""
WORD = re.compile(r"[A-Za-z]{2,}")
TWO_WORDS = re.compile(r"[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}")


def visible(file: Path):
    """Yield the texts of a file that seem to be seen and are not marked, with their lines."""
    yield from _visible(tree(file), saying=False)


def _visible(node, *, saying):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Constant):
            if isinstance(child.value, str) and (WORD if saying else TWO_WORDS).search(child.value):
                yield child.lineno, child.value
        elif isinstance(child, ast.Call):
            yield from _in_call(child)
        elif isinstance(child, ast.Tuple) and _is_span(child):
            yield from _visible(ast.Expression(child.elts[0]), saying=True)
        elif isinstance(child, ast.Dict | ast.AnnAssign) and not _is_silent(child):
            values = child.values if isinstance(child, ast.Dict) else [child.value]
            for value in filter(None, values):
                yield from _visible(ast.Expression(value), saying=False)
        elif not _is_silent(child):
            inner = saying and isinstance(child, ast.JoinedStr | ast.IfExp)
            yield from _visible(child, saying=inner)


def _in_call(call: ast.Call):
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name in SILENT:
        return
    yield from _visible(ast.Expression(call.func), saying=False)
    for number, part in enumerate(call.args):
        says = name in SAYING and number == 0
        yield from _visible(ast.Expression(part), saying=says)
    for keyword in call.keywords:
        if keyword.arg not in NAMES:
            yield from _visible(ast.Expression(keyword.value), saying=False)


def _is_silent(node):
    """Say whether what stands here is a docstring, a condition, an error or a name."""
    if isinstance(node, ast.Raise | ast.Assert | ast.Compare | ast.Subscript):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    return isinstance(node, ast.Assign | ast.AnnAssign) and bool(_names(node) & NAMES)


def _names(node):
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _is_span(node: ast.Tuple):
    """Say whether a tuple is a text and its tone."""
    last = node.elts[-1] if len(node.elts) == 2 else None
    return isinstance(last, ast.Constant) and last.value in {"", *TONES}


def test_what_is_seen_is_marked():
    """No text of a screen is written past the catalogues."""
    found = {
        (file.relative_to(HOUSE).as_posix(), text, line)
        for file in sorted((HOUSE / "ui").rglob("*.py"))
        for line, text in visible(file)
    }
    missed = [f"{file}:{line}: {text!r}" for file, text, line in sorted(found)
              if (file, text) not in UNSPOKEN and text.strip() != "soniq"]  # fmt: skip
    assert not missed, "\n".join(["not marked:", *missed])
    assert set(UNSPOKEN) <= {(file, text) for file, text, _line in found}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('self.flash("gone")', ["gone"]),
        ('self.flash(f"{n} gone", "bad")', [" gone"]),
        ('self.flash(_("gone"), "bad")', []),
        ('x = ((" every key", ""),)', [" every key"]),
        ('x = ((" key", "muted"),)', [" key"]),
        ('x = ((_("every key"), "muted"),)', []),
        ('C = Column("TIME", 5)', ["TIME"]),
        ('x = "two words"', ["two words"]),
        ('x = "word"', []),
        ('raise ValueError("two words")', []),
        ('def f():\n    """Two words."""\n    return "no batch"', ["no batch"]),
        ('Lines(1, id="the key")', []),
    ],
)
def test_unmarked_texts_are_found(code, found):
    """The search itself: what is seen is told from what is not."""
    assert [text for _line, text in _visible(ast.parse(code), saying=False)] == found


JOINED = {
    "ui/keymap.py": FILE,
    "ui/keys.py": FILE,
    "ui/log_rows.py": "a line of the log, as logs are in every language",
}
"""Where a label and what follows it are joined by a colon all the same, with the reason."""


def colons(nodes: Iterable[ast.AST]):
    """Yield the lines in which a colon is set behind something outside of the catalogues.

    A colon is one that a blank or the end follows: others stand in times, filters and names.
    """
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            last = node.values[-1]
            found = [each for each in node.values if _colon(each, at_end=each is last)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            found = [each for each in (node.left, node.right) if _colon(each, at_end=True)]
        else:
            continue
        yield from (each.lineno for each in found)


def _colon(node: ast.AST, *, at_end: bool) -> bool:
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and (text.startswith(": ") or (at_end and text == ":"))


def test_a_label_has_its_colon_from_the_catalogue():
    """French has a blank before it: where a screen joins the two, ``labelled`` does it."""
    found = {
        (file.relative_to(HOUSE).as_posix(), line)
        for file in sorted((HOUSE / "ui").rglob("*.py"))
        for line in colons(nodes_of(file))
    }
    assert {(file, line) for file, line in found if file not in JOINED} == set()
    assert set(JOINED) <= {file for file, _line in found}


@pytest.mark.parametrize(
    ("code", "many"),
    [
        ('f"{name}: {text}"', 1),
        ('f"{name}:"', 1),
        ('_("runs") + ":"', 1),
        ('n + (f": {kinds}" if kinds else "")', 1),
        ('": " + text', 1),
        ('f"{hours}:{minutes:02d}"', 0),
        ('f"{field.name}:{value}"', 0),
        ('_("{name}: {fact}").format(name=a, fact=b)', 0),
        ("labelled(name, text)", 0),
    ],
)
def test_colons_outside_of_the_catalogues_are_found(code, many):
    """The search itself."""
    assert len(list(colons(ast.walk(ast.parse(code))))) == many


def test_french_has_one_apostrophe():
    """The curved one; the other stands around commands."""
    said = [text for message in catalogue("fr") for text in make_words.said(message) if message.id]
    assert [text for text in said if re.search(r"[^\W\d_]'[^\W\d_]", text)] == []
    assert any("\N{RIGHT SINGLE QUOTATION MARK}" in text for text in said)


def test_french_has_a_blank_before_a_colon():
    """A label, a heading and what a launch answers are written as French is."""
    blank = "\N{NO-BREAK SPACE}"
    words.use("fr")
    assert words.labelled(words._("Music library"), "/m") == f"Discothèque{blank}: /m"
    assert words.heading(words._("runs")).endswith(f"{blank}:")
    words.use("en")
    assert words.labelled("Music library", "/m") == "Music library: /m"
