"""The help: three pages that are made of what is there, and that fit."""

import re

import pytest
from rich.cells import cell_len

from soniq_tui.importers import registry
from soniq_tui.importers.music.library import search
from soniq_tui.importers.recipes import lists
from soniq_tui.model.filters import FIELDS
from soniq_tui.model.settings import default_queues
from soniq_tui.model.snapshot import View
from soniq_tui.ui import filters, help_pages, keymap, keys, terminal_report
from soniq_tui.ui.glyphs import ASCII, UNICODE
from tests.ui.pilots import running, settle, text_of
from tests.ui.term import Term, plain

WIDTHS = [59, 79, 99, 119, 159]
SEEN = terminal_report.Seen(
    (80, 24), "256", "soniq-dark", mouse_on=False, written=4096, per_s=2150.4, frames_dropped=12
)


def flat(lines):
    """Return lines as text."""
    return ["".join(text for text, _ in line) for line in lines]


def words_of(lines):
    """Return the text of lines as if nothing had been wrapped."""
    return " ".join(" ".join(flat(lines)).split())


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits(width, glyphs):
    """Nothing is cut, no key runs into its text, and ASCII is ASCII."""
    pages = [
        help_pages.key_lines(width, glyphs),
        help_pages.filter_lines(width, glyphs),
        terminal_report.report_lines(SEEN, {"TERM": "xterm", "LANG": "C"}, width, glyphs),
    ]
    for line in flat(line for page in pages for line in page):
        assert cell_len(line) <= width
        assert glyphs is UNICODE or line.isascii()
        assert glyphs.cut not in line


def test_the_examples_of_filters_name_what_there_is():
    """Whoever types one finds something: a stage, an importer, a queue of ours."""
    importers = [registry.load(name) for name in registry.names()]
    known = {
        "stage": {stage.name for importer in importers for stage in importer.stages},
        "kind": {importer.name for importer in importers},
        "queue": set(default_queues()),
    }
    for view, of_view in filters.MEANINGS.items():
        for name, (example, _meaning) in of_view.items():
            assert filters.problem(example, view) == ""
            if name in known and (view, name) != (View.CAUSES, "kind"):  # that is of a failure
                assert example.removeprefix(f"{name}:") in known[name], example


def test_the_examples_of_searches_name_every_filter_there_is():
    """Each is one that the importer takes whose results it searches."""
    known = {*search.FILTERS, *lists.FILTERS}
    text = " ".join(f"{typed} {finds}" for typed, finds in filters.SEARCHED)
    assert {name for name in known if f"{name}:" in text} == known
    for typed, finds in filters.SEARCHED:
        if "recipes" in finds:
            assert typed.partition(":")[0] in lists.FILTERS
        else:
            assert search.parse(typed, 0.0)
    assert all(word in text for word in (*search.NO, *search.IS))
    assert "searches of results" in words_of(help_pages.filter_lines(79, UNICODE))


@pytest.mark.parametrize("width", [59, 79])
def test_the_keys_are_all_there_and_stand_apart(width):
    """Each action that is not a screen's own question, with its keys and two blanks after them."""
    lines = flat(help_pages.key_lines(width, UNICODE))
    text = " ".join(" ".join(lines).split())
    for action in keys.ACTIONS:
        if action.group not in help_pages.UNLISTED and action.tooltip:
            assert action.tooltip in text, action.id
    starts = {line[help_pages.INDENT :].index("  ") for line in lines if line.startswith("  : ^P")}
    assert starts == {len(": ^P")}
    backspace = next(line for line in lines if "esc backspace" in line)
    assert "esc backspace  clear" in backspace
    columns = {line.index(text) for line in lines for text in ("every job", "next theme")
               if text in line}  # fmt: skip
    assert len(columns) == 1


def test_chosen_keys_stand_in_the_help():
    """The page is made of the keys in force."""
    keys.use(keymap.parse('[keys]\nall.pause = "w"', "keys.toml"))
    try:
        text = words_of(help_pages.key_lines(79, UNICODE))
        report = words_of(terminal_report.report_lines(SEEN, {}, 79, UNICODE))
    finally:
        keys.use(keymap.Chosen())
    assert " w pause or resume everything" in text
    assert "as they come" in report  # SEEN was asked before


def test_the_filter_page_has_every_field_of_the_grammar():
    """What the lists understand is what the page tells."""
    text = words_of(help_pages.filter_lines(119, UNICODE))
    for view in (View.JOBS, View.CAUSES):
        for field in FIELDS[view]:
            assert any(f" {field.name}{sign}" in text for sign in ":<>"), field.name


def test_the_report_tells_of_the_terminal():
    """Size, colours, what stands between, the way to the clipboard, what was sent and left out."""
    env = {"TERM": "tmux-256color", "TMUX": "x", "SSH_TTY": "/dev/pts/1", "LANG": "fr_FR.UTF-8"}
    text = words_of(terminal_report.report_lines(SEEN, env, 79, UNICODE))
    for words in ("tmux-256color", "80\u00d724", "colours 256", "tmux, SSH", "fr_FR.UTF-8",
                  "plain and wrapped", "2.1 KiB/s", "4 KiB", "12: the terminal was behind",
                  "soniq-dark", "mouse no", "language en"):  # fmt: skip
        assert words in text
    poor = words_of(terminal_report.report_lines(SEEN, {}, 79, ASCII))
    assert "C: not UTF-8, so the signs are ASCII" in poor
    assert "between nothing" in poor


async def test_pages_turn_and_end_at_the_first_again():
    """By tab and right, back by shift+tab and left; each begins at its top."""
    async with running(keys=["question_mark"]) as (app, pilot, _):
        for key, words in (
            ("tab", "rows that do not have it"),
            ("right", "frames left out"),
            ("tab", "start a new batch"),
            ("left", "frames left out"),
            ("shift+tab", "rows that do not have it"),
        ):
            await pilot.press("end", key)
            await settle(pilot)
            assert words in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert app.top.where == "dash"


@pytest.mark.timeout(60)
def test_the_report_tells_what_was_sent_to_this_terminal():
    """While work is shown; the figure is of the ten seconds before."""
    with Term("live") as term:
        assert term.until("scan")
        term.read(2.0)
        sent = len(term.all)
        term.keys("?")
        assert term.until("start a new batch")
        term.keys("\t\t")
        assert term.until("before this page")
        found = re.search(r"([\d.]+) (K?i?B)/s before this page", plain(term.all))
        per_s = float(found[1]) * (1024 if found[2] == "KiB" else 1)
        assert 0 < per_s <= sent / 10 + 100
